"""Rows of the monitor: intake state, latest values, alarms, imports, jobs."""

from .alarms import Alarm, AlarmHour
from .imports import ImportRun, SavedMapping
from .intake import Arrival, Cursor, Held, Minute, MinuteHour, Reread
from .jobs import JobRun
from .latest import Hour, Latest

__all__ = [
    "Alarm",
    "AlarmHour",
    "Arrival",
    "Cursor",
    "Held",
    "Hour",
    "ImportRun",
    "JobRun",
    "Latest",
    "Minute",
    "MinuteHour",
    "Reread",
    "SavedMapping",
]
