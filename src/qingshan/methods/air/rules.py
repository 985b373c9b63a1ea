"""What the evaluators read from the editions: limits (浓度限值) and rules of validity (有效性)."""

from __future__ import annotations

from qingshan.standards.edition import Edition
from qingshan.stats.validity import Rule

CLASS_2 = 2
"""Class-2 zones (二类区): all but protected areas. GB 3095—2026 4.1"""


def limit(gb3095: Edition, item: str, window: str, *, zone: int = CLASS_2, phase: str = "") -> float:
    """The limit (浓度限值) of an item and averaging time [µg/m³; CO mg/m³]. GB 3095 表1.

    Parameters
    ----------
    gb3095 : Edition of GB 3095
    item, window : as in the table: ``"PM2.5", "year"``; windows are ``year, 24h, 8h, 1h``
    zone : 1 or 2 (一类区、二类区)
    phase : ``"transition"`` or ``"final"`` (过渡阶段 to 2030-12-31) where the edition has both; of ``gb3095.phase(day).id``
    """
    row = gb3095.row("limit", item=item, window=window)
    if zone not in (1, 2):
        raise LookupError(f"{gb3095} 只有一类、二类限值，没有 {zone}")
    if "limit" in row:
        return float(row["limit"][zone - 1])
    if phase not in row or phase in ("item", "window", "unit"):
        there = "、".join(p.id for p in gb3095.phases)
        raise LookupError(f"{gb3095.clause('limit')} 的限值分阶段，须指明 phase：{there}；得到“{phase}”")
    return float(row[phase][zone - 1])


def validity_rule(std: Edition, item: str, window: str) -> Rule:
    """The least data a mean needs: ``validity_rule(gb3095, "PM2.5", "24h").at_least == 20``. GB 3095 表4, HJ 663 6.1.2."""
    row = std.row("validity", item=item, window=window)
    return Rule(std.clause("validity"), item, window, row["at_least"], row.get("month", 0), row.get("february", 0))


def times_over(value: float, limit_value: float) -> float:
    """How many times a value exceeds its limit (超标倍数): B = (C − S)/S; 0 where it meets it, NaN for NaN."""
    if value != value:
        return float("nan")
    return max(0.0, (value - limit_value) / limit_value)
