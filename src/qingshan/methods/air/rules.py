"""What the evaluators read from the editions: limits (浓度限值) and rules of validity (有效性)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from qingshan.standards.edition import Edition
from qingshan.stats import rounding
from qingshan.stats.columns import Numbers, aligned
from qingshan.stats.validity import Rule
from qingshan.terms import arguments, items
from qingshan.terms.registry import unknown

LIMITS = ("limit", "limit_other", "limit_annex")
"""The tables of GB 3095 that hold limits: basic items, other items, reference values"""

CLASS_2 = 2
"""Class-2 zones (二类区): all but protected areas. GB 3095—2026 4.1"""


def limit(gb3095: Edition, item: str, window: str, *, zone: int = CLASS_2, phase: str = "") -> float:
    """The limit (浓度限值) of an item and averaging time [µg/m³; CO mg/m³]. GB 3095 表1, 表2 (TSP, NOx, Pb, BaP), 附录A.

    Parameters
    ----------
    gb3095 : Edition of GB 3095
    item, window : as in the table: ``"PM2.5", "year"``; windows are ``year, 24h, 8h, 1h``, of Pb ``quarter``
    zone : 1 or 2 (一类区、二类区)
    phase : ``"transition"`` or ``"final"`` (过渡阶段 to 2030-12-31) where the edition has both; of ``gb3095.phase(day).id``
    """
    table = limit_table(gb3095, item)
    row = gb3095.row(table, item=item, window=window)
    if zone not in (1, 2):
        raise LookupError(f"{gb3095} 只有一类、二类限值，没有 {zone}")
    if phase and phase not in (ids := [p.id for p in gb3095.phases]):
        raise LookupError(unknown(f"{gb3095} 的阶段 phase", phase, ids))
    if "limit" in row:
        return float(row["limit"][zone - 1])
    if phase not in row or phase in ("item", "window", "unit"):
        there = "、".join(p.id for p in gb3095.phases)
        raise LookupError(f"{gb3095.clause(table)} 的限值分阶段，须指明 phase：{there}；得到“{phase}”")
    return float(row[phase][zone - 1])


def limit_table(gb3095: Edition, item: str) -> str:
    """The table of GB 3095 that holds an item's limits: ``"limit"``, ``"limit_other"`` or ``"limit_annex"``."""
    found = [t for t in LIMITS if t in gb3095.tables and gb3095.rows(t, item=item)]
    return found[0] if found else "limit"


def validity_rule(std: Edition, item: str, window: str) -> Rule:
    """The least data a mean needs: ``validity_rule(gb3095, "PM2.5", "24h").at_least == 20``. GB 3095 表4, HJ 663 6.1.2."""
    row = std.row("validity", item=item, window=window)
    return Rule(std.clause("validity"), item, window, row["at_least"], row.get("month", 0), row.get("february", 0))


def places(hj663: Edition, item: str, what: str) -> int:
    """Decimals of an item's ``"statistic"`` or of its value for ``"compliance"``; trace items carry those of their limits. HJ 663."""
    table = hj663.table("decimals")
    unit = items.get(item, "air").unit
    usual = int(table["compliance"][unit])
    own = items.get(item, "air").decimals
    return own + int(table[what][unit]) - usual if own > usual else int(table[what][unit])


def times_over(value: ArrayLike, limit_value: ArrayLike, decimals: int | None = None) -> Numbers:
    """How many times values exceed their limit (超标倍数): B = (C − S)/S; 0 where they meet it, NaN for NaN. HJ 663.

    Parameters
    ----------
    decimals : of the result; None leaves it unrounded
    """
    conc, bar = aligned(浓度=value, 限值=limit_value)
    if not ((bar > 0) & np.isfinite(bar)).all():
        raise ValueError(f"限值须大于 0 且有限，得到 {bar.ravel()[0]:g}")
    over: Numbers = np.maximum((conc - bar) / bar, 0.0)
    return over if decimals is None else rounding.half_even(over, decimals)


arguments.guard(__name__)
