"""The nouns of the ledger: plans and findings, tasks, what happened to them, groups, duties, marks, sheets out and in."""

from qingshan.bureau.ledger.models.duty import Duty, DutyList
from qingshan.bureau.ledger.models.group import Seat, WorkGroup
from qingshan.bureau.ledger.models.mark import SavedFilter, TaskTag
from qingshan.bureau.ledger.models.plan import Finding, Plan, Remembered, ReviewStep, UnreadFile
from qingshan.bureau.ledger.models.progress import TaskEvent, TaskReturn
from qingshan.bureau.ledger.models.sheet import SheetExport, SheetImport
from qingshan.bureau.ledger.models.task import OPERATORS, Target, Task

__all__ = [
    "OPERATORS", "Duty", "DutyList", "Finding", "Plan", "Remembered", "ReviewStep", "SavedFilter", "Seat", "SheetExport", "SheetImport",
    "Target", "Task", "TaskEvent", "TaskReturn", "TaskTag", "UnreadFile", "WorkGroup",
]  # fmt: skip
