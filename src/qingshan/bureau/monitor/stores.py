"""The observation store and the journal of this installation, one of each a process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from qingshan.bureau.monitor.raw import Gathered
from qingshan.gateway.journal import Reader
from qingshan.gateway.notebook import DeskReader
from qingshan.lake import Lake


@lru_cache(maxsize=4)
def _lake(folder: Path) -> Lake:
    return Lake(folder)


@lru_cache(maxsize=4)
def _reader(folder: Path) -> Reader:
    return Reader(folder / "journal.sqlite3")


def lake() -> Lake:
    """The observation store under the data folder."""
    return _lake(Path(settings.DATA_FOLDER) / "lake")


def reader() -> Reader:
    """The journal of received frames under the data folder."""
    return _reader(Path(settings.DATA_FOLDER))


@lru_cache(maxsize=4)
def _gathered(folder: Path) -> Gathered:
    return Gathered()


def gathered() -> Gathered:
    """Real-time readings on their way to minutes; the worker's alone."""
    return _gathered(Path(settings.DATA_FOLDER))


def desk() -> DeskReader:
    """What the gateway has written of devices and commands."""
    return DeskReader(Path(settings.DATA_FOLDER))
