"""What changes the ledger: one function a change, each checks, writes and records in one transaction."""

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
from qingshan.bureau.ledger.actions.sheets import confirm_import, drop_import, export_tasks, read_import
from qingshan.bureau.ledger.actions.tasks import add_task, cancel_task, edit_task, move_deadlines, reassign_tasks

__all__ = [
    "ABOUT",
    "ChangedMeanwhile",
    "accept_finding",
    "accept_sure",
    "add_finding",
    "add_task",
    "cancel_task",
    "close_task",
    "confirm_import",
    "describe_plan",
    "drop_finding",
    "drop_import",
    "edit_task",
    "enter_ledger",
    "export_tasks",
    "forget",
    "handle_unread",
    "merge_findings",
    "move_deadlines",
    "read_import",
    "reassign_tasks",
    "recheck_plan",
    "reject_finding",
    "remind_tasks",
    "reopen_task",
    "reset_finding",
    "return_task",
    "send_back_task",
    "split_finding",
    "undo_step",
    "upload_plan",
    "verify_task",
]
