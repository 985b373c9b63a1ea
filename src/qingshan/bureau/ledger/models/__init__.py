"""The nouns of the ledger: plans and findings, tasks, what happened to them, sheets out and in."""

from qingshan.bureau.ledger.models.plan import Finding, Plan, Remembered, ReviewStep, UnreadFile
from qingshan.bureau.ledger.models.progress import TaskEvent, TaskReturn
from qingshan.bureau.ledger.models.sheet import SheetExport, SheetImport
from qingshan.bureau.ledger.models.task import OPERATORS, Target, Task

__all__ = [
    "OPERATORS",
    "Finding",
    "Plan",
    "Remembered",
    "ReviewStep",
    "SheetExport",
    "SheetImport",
    "Target",
    "Task",
    "TaskEvent",
    "TaskReturn",
    "UnreadFile",
]
