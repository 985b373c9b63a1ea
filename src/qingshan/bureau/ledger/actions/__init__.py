"""What changes the ledger: one function a change, each checks, writes and records in one transaction."""

from qingshan.bureau.ledger.actions.duties import drop_duty, open_edition, save_duty, take_proposal
from qingshan.bureau.ledger.actions.groups import route_tasks, save_group, seat, unseat
from qingshan.bureau.ledger.actions.marks import drop_filter, save_filter, tag_tasks
from qingshan.bureau.ledger.actions.parts import add_part, split_by_stages
from qingshan.bureau.ledger.actions.plans import ABOUT, describe_plan, enter_ledger, handle_unread, upload_plan
from qingshan.bureau.ledger.actions.returns import close_task, remind_tasks, reopen_task, return_task, send_back_task, verify_task
from qingshan.bureau.ledger.actions.review import (
    ChangedMeanwhile,
    accept_finding,
    accept_sure,
    add_finding,
    drop_finding,
    forget,
    merge_findings,
    recheck_plan,
    reject_finding,
    reset_finding,
    split_finding,
    undo_step,
)
from qingshan.bureau.ledger.actions.sheets import confirm_import, drop_import, export_sheet, export_tasks, read_import
from qingshan.bureau.ledger.actions.tasks import add_task, cancel_task, edit_task, move_deadlines, reassign_tasks
from qingshan.bureau.ledger.actions.years import carry_over, link_tasks, undo_carry

__all__ = [
    "ABOUT",
    "ChangedMeanwhile",
    "accept_finding",
    "accept_sure",
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
    "forget",
    "handle_unread",
    "link_tasks",
    "merge_findings",
    "move_deadlines",
    "open_edition",
    "read_import",
    "reassign_tasks",
    "recheck_plan",
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
    "split_finding",
    "tag_tasks",
    "take_proposal",
    "undo_carry",
    "undo_step",
    "unseat",
    "upload_plan",
    "verify_task",
]
