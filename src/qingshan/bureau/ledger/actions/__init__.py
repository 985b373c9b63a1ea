"""What changes the ledger: one function a change, each checks, writes and records in one transaction."""

from qingshan.bureau.ledger.actions.duties import drop_duty, open_edition, save_duty, take_proposal
from qingshan.bureau.ledger.actions.groups import route_tasks, save_group, seat, unseat
from qingshan.bureau.ledger.actions.marks import drop_filter, save_filter, tag_tasks
from qingshan.bureau.ledger.actions.parts import add_part, split_by_stages
from qingshan.bureau.ledger.actions.plans import (
    accept_finding,
    add_finding,
    describe_plan,
    drop_finding,
    enter_ledger,
    reject_finding,
    reset_finding,
    upload_plan,
)
from qingshan.bureau.ledger.actions.returns import close_task, remind_tasks, reopen_task, return_task, send_back_task, verify_task
from qingshan.bureau.ledger.actions.sheets import confirm_import, drop_import, export_sheet, export_tasks, read_import
from qingshan.bureau.ledger.actions.tasks import add_task, cancel_task, edit_task, move_deadlines, reassign_tasks
from qingshan.bureau.ledger.actions.years import carry_over, link_tasks, undo_carry

__all__ = [
    "accept_finding",
    "add_finding",
    "add_part",
    "add_task",
    "cancel_task",
    "carry_over",
    "close_task",
    "confirm_import",
    "describe_plan",
    "drop_duty",
    "drop_filter",
    "drop_finding",
    "drop_import",
    "edit_task",
    "enter_ledger",
    "export_sheet",
    "export_tasks",
    "link_tasks",
    "move_deadlines",
    "open_edition",
    "read_import",
    "reassign_tasks",
    "reject_finding",
    "remind_tasks",
    "reopen_task",
    "reset_finding",
    "return_task",
    "route_tasks",
    "save_duty",
    "save_filter",
    "save_group",
    "seat",
    "send_back_task",
    "split_by_stages",
    "tag_tasks",
    "take_proposal",
    "undo_carry",
    "unseat",
    "upload_plan",
    "verify_task",
]
