"""What a share is of (分母): the stations with a result, or the year's list with what its absent ones do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qingshan.methods.surface_water.compliance import ABSENT

LEAST = 0.5
"""share of a list that needs a result before absent stations may be kept in a denominator"""


@dataclass(frozen=True)
class Denominator:
    """How many stations a share is of, with what absent ones did."""

    counts: np.ndarray
    """stations in the denominator"""
    reason: str
    notes: tuple[str, ...]


def denominator(roster: str, absent: str, names: Sequence[str], has: np.ndarray, filled: np.ndarray | None = None) -> Denominator:
    """Which stations a share is of. `has`: those with a result; `filled`: those whose latest one stands in.

    Without a list: those with a result. With one: by the policy, and every absent station is named.
    """
    has = np.asarray(has, bool)
    if not roster:
        return Denominator(has, "", ())
    gone = [name for name, ok in zip(names, has) if not ok]
    if not gone:
        return Denominator(np.ones(has.shape, bool), "", (f"按“{roster}”{has.size} 个，全部有结果",))
    said = f"“{roster}”{has.size} 个，{len(gone)} 个没有结果（{'、'.join(gone[:12])}{'等' if len(gone) > 12 else ''}）"
    if absent == "refuse":
        return Denominator(has, f"{said}，{ABSENT[absent]}", ())
    if absent == "left_out":
        return Denominator(has, "", (f"{said}，{ABSENT[absent]}",))
    if has.sum() < LEAST * has.size:
        return Denominator(has, f"{said}，有结果的不足一半，不出数", ())
    extra = ""
    if absent == "last" and filled is not None:
        still = [name for name, ok in zip(names, has | filled) if not ok]
        extra = f"；{'、'.join(still)}没有可沿用的，计入分母、不计入分子" if still else ""
    return Denominator(np.ones(has.shape, bool), "", (f"{said}，{ABSENT[absent]}{extra}",))
