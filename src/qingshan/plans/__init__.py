"""Work-plan documents (工作计划): text to targets, tasks and results with exact spans."""

from qingshan.plans.reader import read, systems_of
from qingshan.plans.reading import REASONS, Finding, Heading, Paragraph, Quantity, Reading, Result, System, Target, Task, Unread

__all__ = [
    "REASONS",
    "Finding",
    "Heading",
    "Paragraph",
    "Quantity",
    "Reading",
    "Result",
    "System",
    "Target",
    "Task",
    "Unread",
    "read",
    "systems_of",
]
