"""Places of the marks on the budget page's two drawings (目标倒算图): months as bars, the year's end as a band."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qingshan.bureau.indicators.budgets import Budget, Month
from qingshan.bureau.indicators.values import figure
from qingshan.outlook.chance import Chance

WIDTH, HEIGHT, BASE, TOP, LEFT = 720, 220, 184, 18, 34
BAND_LEFT, BAND_RIGHT = 20, 340


@dataclass(frozen=True)
class Bar:
    """One month: this year's bar, last year's line, the allowed bar."""

    month: Month
    x: float
    mid: float
    now_y: float
    now_h: float
    then_y: float | None
    allowed_y: float | None
    allowed_h: float
    words: str
    label: str
    label_y: float
    table: tuple[str, str, str, str]
    """this year, last year, allowed by the season, allowed equally"""


@dataclass(frozen=True)
class Months:
    """The drawing of months."""

    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    goal_y: float | None
    unit: str


@dataclass(frozen=True)
class Band:
    """The year's end on a line: band, middle, goal, value now."""

    low: float
    high: float
    middle: float
    goal: float
    goal_end: str
    """which side the goal's label hangs to: start, middle or end"""
    now: float
    words: tuple[str, str, str]


def months(budget: Budget) -> Months | None:
    """Bars of the months; None where months say nothing (a composite index)."""
    if not budget.months:
        return None
    whole = budget.month_unit == "天"
    decimals = 0 if whole else budget.indicator.decimals
    is_mean = not whole
    seen = [v for m in budget.months for v in (m.now, m.then, m.allowed) if v == v]
    most = max([*seen, budget.goal.value if is_mean else 0, 1]) * 1.08
    step = _step(most)

    def y(value: float) -> float:
        return round(BASE - (BASE - TOP) * value / most, 1)

    slot = (WIDTH - LEFT) / 12
    bars = []
    for i, m in enumerate(budget.months):
        x = round(LEFT + slot * i + slot * 0.16, 1)
        now, then, allowed = _cut(m.now, decimals), _cut(m.then, decimals), _down(m.allowed, decimals)
        text = tuple("—" if v != v else figure(v, decimals) for v in (now, then, allowed, _down(m.equal, decimals)))
        said = [f"{m.number}月"]
        said += [f"今年 {text[0]}"] if now == now else []
        said += [f"去年 {text[1]}"] if then == then else []
        said += [f"余下 {m.days} 天可用 {text[2]}"] if allowed == allowed else []
        top = allowed if allowed == allowed else now
        label_y = _clear(y(top) if top == top else BASE, y(then) if then == then else None)
        bars.append(
            Bar(
                m, x, round(LEFT + slot * (i + 0.5), 1), y(now) if now == now else BASE, BASE - y(now) if now == now else 0,
                y(then) if then == then else None, y(allowed) if allowed == allowed else None,
                round(BASE - y(allowed), 1) if allowed == allowed else 0, "，".join(said),
                text[2] if allowed == allowed else text[0] if now == now else "", label_y, text,
            )
        )  # fmt: skip
    ticks = tuple((y(k * step), figure(k * step, 0)) for k in range(int(most // step) + 1))
    return Months(tuple(bars), ticks, y(budget.goal.value) if is_mean else None, budget.month_unit)


def band(found: Chance | None, goal: float, now: float, decimals: int) -> Band | None:
    """The year's end as drawn; None without a chance."""
    if found is None:
        return None
    low, high = min(found.low, goal, now), max(found.high, goal, now)
    room = (high - low) * 0.12 or 1
    low, high = low - room, high + room

    def x(value: float) -> float:
        return round(BAND_LEFT + (BAND_RIGHT - BAND_LEFT) * (value - low) / (high - low), 1)

    side = "start" if x(goal) < 90 else "end" if x(goal) > 270 else "middle"
    said = tuple(figure(v, decimals) for v in (found.low, found.middle, found.high))
    return Band(x(found.low), max(x(found.high), x(found.low) + 2), x(found.middle), x(goal), side, x(now), said)  # type: ignore[arg-type]


def _clear(top: float, line: float | None) -> float:
    """Where a bar's label stands: above it, and above last year's line where that would cross the label."""
    return (line if line is not None and top - 20 < line < top else top) - 4


def _step(most: float) -> float:
    """A round step that gives three to six lines."""
    size = 10 ** math.floor(math.log10(most / 3))
    return max(next(s * size for s in (1, 2, 5, 10) if most / (s * size) <= 6), 1)


def _cut(value: float, decimals: int) -> float:
    return value if value != value else round(value, decimals)


def _down(value: float, decimals: int) -> float:
    """Never rounded up: what is allowed is allowed."""
    return value if value != value else math.floor(round(value * 10**decimals, 6)) / 10**decimals
