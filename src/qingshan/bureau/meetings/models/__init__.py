from qingshan.bureau.meetings.models.charge import Charge
from qingshan.bureau.meetings.models.decision import Decision
from qingshan.bureau.meetings.models.meeting import Agenda, Attendee, Meeting, MeetingStep, Paper

__all__ = ["Agenda", "Attendee", "Charge", "Decision", "Meeting", "MeetingStep", "Paper"]
