"""What changes returns: one function a change, each checks, writes and records in one transaction."""

from qingshan.bureau.returns.actions.chasing import chase_due, chase_units
from qingshan.bureau.returns.actions.freezing import correct_figure, freeze_due, freeze_period, thaw_period
from qingshan.bureau.returns.actions.news import adopt_item, file_item
from qingshan.bureau.returns.actions.opening import open_by_hand, open_due
from qingshan.bureau.returns.actions.orders import issue_due, issue_order, note_doubts
from qingshan.bureau.returns.actions.rotas import end_reporter, make_rota, name_reporter, stop_rota
from qingshan.bureau.returns.actions.routines import open_occasions, record_occasion, skip_occasion
from qingshan.bureau.returns.actions.sending import save_drafts, send_line

__all__ = [
    "adopt_item",
    "chase_due",
    "chase_units",
    "correct_figure",
    "end_reporter",
    "file_item",
    "freeze_due",
    "freeze_period",
    "issue_due",
    "issue_order",
    "make_rota",
    "name_reporter",
    "note_doubts",
    "open_by_hand",
    "open_due",
    "open_occasions",
    "record_occasion",
    "save_drafts",
    "send_line",
    "skip_occasion",
    "stop_rota",
    "thaw_period",
]
