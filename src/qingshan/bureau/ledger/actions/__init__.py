"""What changes the ledger: one function a change, each checks, writes and records in one transaction."""

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
from qingshan.bureau.ledger.actions.sheets import confirm_import, drop_import, export_tasks, read_import
from qingshan.bureau.ledger.actions.tasks import add_task, cancel_task, edit_task, move_deadlines, reassign_tasks

__all__ = [
    "accept_finding",
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
    "move_deadlines",
    "read_import",
    "reassign_tasks",
    "reject_finding",
    "remind_tasks",
    "reopen_task",
    "reset_finding",
    "return_task",
    "send_back_task",
    "upload_plan",
    "verify_task",
]
