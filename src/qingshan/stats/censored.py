"""Values below the detection limit (低于检出限), as laboratories write them: ``<0.01``, ``0.01L``, ``ND``, ``未检出``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qingshan.stats.columns import Flags, NotNumbers, Numbers, numbers, truths
from qingshan.terms import arguments

MISSING = frozenset(
    ("", "-", "--", "---", "—", "——", "/", "*", "na", "n/a", "nan", "null", "none", "无", "缺测", "缺失", "未测", "停站", "故障")
)
"""words of an empty cell"""
NOT_DETECTED = frozenset(("nd", "n.d.", "n.d", "未检出", "未检测出", "低于检出限", "bdl"))
"""words of a value below a detection limit that the cell does not name"""
_BELOW = re.compile(r"(?:[<≤]=?|小于|低于)(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\Z|(\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?:l|\(l\))\Z")
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:e[+-]?\d{1,3})?\Z")
_SHOWN = 8


@dataclass(frozen=True)
class Censored:
    """A column of measured values with what lies below its detection limit (检出限)."""

    value: Numbers
    """the value; the detection limit where `below`; NaN missing"""
    below: Flags
    """below the detection limit"""
    unlimited: Flags
    """said not to be detected (未检出), with no detection limit known: value is NaN"""


def read_cells(cells: Iterable[object], what: str = "数据", *, limit: float | None = None) -> Censored:
    """Cells as written into values and marks; :class:`~qingshan.stats.columns.NotNumbers` lists those that are neither.

    Parameters
    ----------
    cells : text or numbers; ``<0.01``, ``＜0.01``, ``0.01L``, ``ND``, ``未检出``; blank, ``--``, ``NA`` … are missing
    what : the column, for the error
    limit : detection limit for cells that name none, in the unit of the column
    """
    value, below, unlimited, wrong = [], [], [], []
    known: dict[object, tuple[float, bool, bool] | None] = {}
    for row, cell in enumerate(cells):
        read = known[cell] if isinstance(cell, str) and cell in known else _read(cell, limit)
        if isinstance(cell, str):
            known[cell] = read
        if read is None:
            wrong.append(f"第 {row + 1} 个“{cell}”")
            read = (np.nan, False, False)
        value.append(read[0])
        below.append(read[1])
        unlimited.append(read[2])
    if wrong:
        more = f"等 {len(wrong)} 个" if len(wrong) > _SHOWN else ""
        raise NotNumbers(f"{what}：{'、'.join(wrong[:_SHOWN])}{more}不是数值；低于检出限写 <0.01 或 0.01L，缺测留空")
    return Censored(np.array(value, float), np.array(below, bool), np.array(unlimited, bool))


def _read(cell: object, limit: float | None) -> tuple[float, bool, bool] | None:
    if cell is None:
        return np.nan, False, False
    if isinstance(cell, bool | np.bool_):
        return None
    if isinstance(cell, int | float | np.integer | np.floating):
        return float(cell), False, False
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(cell))).lower()
    if text in MISSING:
        return np.nan, False, False
    if text in NOT_DETECTED:
        return (np.nan, False, True) if limit is None else (limit, True, False)
    if found := _BELOW.match(text):
        return float(found[1] or found[2]), True, False
    if _NUMBER.match(text) and any(c.isdigit() for c in text):
        return float(text.replace(",", "")), False, False
    return None


def half(value: ArrayLike, below: ArrayLike, share: float = 0.5) -> Numbers:
    """Values with those below the detection limit replaced by a share of it (以检出限的一半参加计算)."""
    flags = truths(below, "低于检出限的标记")
    return np.where(flags, numbers(value) * share, numbers(value))


arguments.guard(__name__)
