"""What a bureau declares about files that arrive in a folder (文件夹收取)."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.conf import settings
from pydantic import Field, field_validator

from qingshan.bureau.base.packs import Declaration, kinds
from qingshan.lake.imports import ImportRefused, Mapping

DONE, FAULTY = "done", "faulty"
ANSWER = ".答复.csv"


@kinds.add("drops")
class Drop(Declaration):
    """A folder ``<data>/drop/<name>`` whose files are taken in by themselves (文件夹收取): which files, and what their columns mean."""

    words: ClassVar[str] = "文件夹收取"

    files: tuple[str, ...] = ("*.csv", "*.txt", "*.xlsx", "*.xls")
    """names of the files that are taken; others stay where they are"""
    zone: str = Field("+08:00", pattern=r"^[+-](0\d|1[0-4]):(00)$")
    """offset of the clock by which the file tells the time; whole hours"""
    settle: int = Field(10, ge=1, le=3600)
    """[s] a file must have stood unchanged before it is read"""
    stations: tuple[str, ...] = ()
    """codes of the stations it may speak of; all of the medium where empty"""
    mapping: dict = Field(default_factory=dict)
    """what the columns mean, as ``qingshan import --save-mapping`` writes it; recognised file by file where empty"""

    @field_validator("mapping")
    @classmethod
    def _reads(cls, said: dict) -> dict:
        try:
            mapping = Mapping.fromdict(said)
        except (ImportRefused, TypeError) as wrong:
            raise ValueError(str(wrong)) from None
        if mapping.grain != "hours":
            raise ValueError('文件夹只收逐小时数据（grain = "hours"）；手工采样请在“导入数据”页导入')
        return said


def folder(drop: Drop | str) -> Path:
    """Where the files of a declared folder are put."""
    return Path(settings.DATA_FOLDER) / "drop" / (drop if isinstance(drop, str) else drop.name)
