"""The evidence of a lead as a picture (证据图): drawn on the server, so that it prints and needs no script."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from qingshan.bureau.monitor.models import Lead

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 220, 46, 24, 12


@dataclass(frozen=True)
class Line:
    """One column as the path of its unbroken stretches."""

    name: str
    path: str
    number: int


@dataclass(frozen=True)
class Picture:
    """What the template draws."""

    lines: list[Line]
    bars: list[tuple[float, float, float, float, str, str]]  # x, y, width, height, label, title
    band: tuple[float, float] | None  # x, width of the lead itself
    marks: list[tuple[float, str]]  # y, words
    days: list[tuple[float, str]]  # x, words
    words: str
    width: int = WIDTH
    height: int = HEIGHT


NAMES = {"others": "周边或上游", "first": "原报", "later": "补传", "production": "生产用电", "treatment": "治污用电"}


def picture(lead: Lead) -> Picture | None:
    """The lead's stretch with two days to each side; None where there is nothing to draw."""
    columns = {n: c for n, c in lead.plot.items() if any(v is not None for v in c)}
    if not columns:
        return None
    if "counts" in columns:
        return _counts(lead, columns["counts"])
    values = [v for c in columns.values() for v in c if v is not None]
    top, low = max(values), min(min(values), 0.0)
    top = top if top > low else low + 1
    size = max(map(len, columns.values()))
    x = [LEFT + i * (WIDTH - LEFT - 8) / max(size - 1, 1) for i in range(size)]

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - (value - low) / (top - low) * (HEIGHT - BOTTOM - TOP), 1)

    lines = [
        Line(NAMES.get(name, name), _path(x, [None if v is None else y(v) for v in column]), n)
        for n, (name, column) in enumerate(columns.items(), 1)
    ]
    begin = lead.plot_from
    band, days = None, []
    if begin is not None:
        a, b = (_hour(begin, t, size) for t in (lead.start, lead.stop))
        band = (round(x[a] - 2, 1), round(max(x[b] - x[a] + 4, 3), 1))
        every = max(1, size // 24 // 8)
        for n in range(size):
            at = begin + timedelta(hours=n)
            if at.hour == 0 and (at.toordinal() % every == 0) and x[n] < WIDTH - 30:
                days.append((round(x[n], 1), f"{at.month}月{at.day}日"))
    ticks = [(y(v), f"{v:.4g}") for v in (low, low + (top - low) / 2, top)]
    words = f"{lead.item or '整站'}，{size} 小时，最高 {top:g}；灰底为线索所指的时段"
    return Picture(lines, [], band, ticks, days, words)


def _hour(begin: datetime, at: datetime, size: int) -> int:
    return min(max(int((at - begin) / timedelta(hours=1)), 0), size - 1)


def _path(x: list[float], y: list[float | None]) -> str:
    parts, pen = [], False
    for px, py in zip(x, y):
        if py is None:
            pen = False
            continue
        parts.append(f"{'L' if pen else 'M'}{px:.1f} {py:.1f}")
        pen = True
    return "".join(parts)


def _counts(lead: Lead, counts: list[float]) -> Picture:
    """Counts of last digits as bars."""
    top = max(counts) or 1
    wide = (WIDTH - LEFT - 8) / len(counts)
    span = HEIGHT - BOTTOM - TOP
    bars = [
        (round(LEFT + i * wide + 3, 1), round(HEIGHT - BOTTOM - c / top * span, 1), round(wide - 6, 1), round(c / top * span, 1), str(i),
         f"末位 {i}：{c:.0f} 个")
        for i, c in enumerate(counts)
    ]  # fmt: skip
    return Picture([], bars, None, [(HEIGHT - BOTTOM, "0"), (TOP, f"{top:.0f}")], [], f"末位数字 0—9 的个数，最多 {top:.0f}")
