"""Rows of the monitor: intake state, latest values, leads and marks, alarms, imports, jobs."""

from .alarms import Alarm, AlarmHour, Of, Region, Verdict
from .devices import DeviceCommand, DevicePolicy
from .imports import ImportRun, SavedMapping
from .intake import Arrival, Cursor, Difference, Held, MadeMinute, Minute, MinuteHour, Reread
from .jobs import JobRun
from .latest import Hour, Latest
from .quality import Lead, Mark, MarkReview

__all__ = [
    "Alarm",
    "AlarmHour",
    "Arrival",
    "Cursor",
    "DeviceCommand",
    "DevicePolicy",
    "Difference",
    "Held",
    "Hour",
    "ImportRun",
    "JobRun",
    "Latest",
    "Lead",
    "MadeMinute",
    "Mark",
    "MarkReview",
    "Minute",
    "MinuteHour",
    "Of",
    "Region",
    "Reread",
    "SavedMapping",
    "Verdict",
]
