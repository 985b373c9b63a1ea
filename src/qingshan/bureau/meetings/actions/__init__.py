"""What changes meetings: one function a change, each checks, writes and records in one transaction."""

from qingshan.bureau.meetings.actions.agenda import add_item, drop_item, give_paper
from qingshan.bureau.meetings.actions.answering import answer_notice
from qingshan.bureau.meetings.actions.calling import (
    call_units,
    cancel_meeting,
    make_meeting,
    postpone_meeting,
    restore_meeting,
    send_notice,
    take_back_notice,
)
from qingshan.bureau.meetings.actions.charges import end_charge, take_charge
from qingshan.bureau.meetings.actions.deciding import accept_decision, add_decision, answer_decision, leave_decision, reset_decision
from qingshan.bureau.meetings.actions.holding import enter_minutes, hold_meeting, reopen_meeting, sign_minutes

__all__ = [
    "accept_decision",
    "add_decision",
    "add_item",
    "answer_decision",
    "answer_notice",
    "call_units",
    "cancel_meeting",
    "drop_item",
    "end_charge",
    "enter_minutes",
    "give_paper",
    "hold_meeting",
    "leave_decision",
    "make_meeting",
    "postpone_meeting",
    "reopen_meeting",
    "reset_decision",
    "restore_meeting",
    "send_notice",
    "sign_minutes",
    "take_back_notice",
    "take_charge",
]
