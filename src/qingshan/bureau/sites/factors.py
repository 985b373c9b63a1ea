"""Which item each factor of a device is, in which unit, by which factor, from when to when (因子对照)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from qingshan.bureau.base.errors import Refused
from qingshan.terms import items
from qingshan.terms.items import Item

LAST = "9999-12-31"


@dataclass(frozen=True)
class Factor:
    """One row: from `since` to `until`, both included, the code is `item` times `times` in `unit`; without an item it is not taken in."""

    code: str
    item: str
    unit: str = ""
    """the unit it is sent in; empty: as the profile says, else that of the standard's table"""
    times: float = 1.0
    """what a value is multiplied by, before its unit is converted"""
    since: str = ""
    until: str = ""

    def holds_on(self, day: date) -> bool:
        return (self.since or "0001-01-01") <= day.isoformat() <= (self.until or LAST)


def known(said: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, list[Factor]]:
    """The rows of a profile by their code."""
    return {code: [Factor(code, **row) for row in rows] for code, rows in said.items()}


def kept(rows: Iterable[Factor]) -> dict[str, list[dict]]:
    """Rows as a profile keeps them, by code and day."""
    found: dict[str, list[dict]] = {}
    for row in sorted(rows, key=lambda r: (r.code, r.since)):
        said = asdict(row)
        found.setdefault(said.pop("code"), []).append(said)
    return found


def choices(medium: str) -> tuple[Item, ...]:
    """Items a device at a station of the medium may send; weather comes with the air."""
    return items.of_medium(medium) + (items.of_medium("weather") if medium == "air" else ())


def check(rows: Sequence[Factor], medium: str, units) -> None:
    """Refuse rows that cannot be read: unknown items, units that do not convert, factors that are no numbers, days that overlap.

    units : of an item, the units it may be sent in
    """
    there = {i.symbol: i for i in choices(medium)}
    for n, row in enumerate(rows, 1):
        where = f"第 {n} 行（{row.code or '没有编码'}）"
        if not row.code or len(row.code) > 40 or any(c in row.code for c in "=;,&#\n "):
            raise Refused(f"{where}：因子编码不对，照报文里的写，如 a34004", field="rows", status=422)
        if row.item and row.item not in there:
            raise Refused(f"{where}：这个站点没有项目“{row.item}”", field="rows", status=422)
        if row.item and row.unit and row.unit not in units(there[row.item]):
            allowed = "、".join(units(there[row.item]))
            raise Refused(f"{where}：{there[row.item].name}不能以“{row.unit}”上报；可选 {allowed}", field="rows", status=422)
        if not math.isfinite(row.times) or row.times <= 0 or not 1e-9 <= row.times <= 1e9:
            raise Refused(f"{where}：系数须大于 0；不换算的写 1", field="rows", status=422)
        for day in filter(None, (row.since, row.until)):
            _day(day, where)
        if row.since and row.until and row.until < row.since:
            raise Refused(f"{where}：止 {row.until} 早于起 {row.since}", field="rows", status=422)
    for code in {r.code for r in rows}:
        mine = sorted((r for r in rows if r.code == code), key=lambda r: r.since)
        for one, after in itertools.pairwise(mine):
            if (one.until or LAST) >= (after.since or "0001-01-01"):
                raise Refused(f"{code} 有两行的日期重叠；前一行的止须早于后一行的起", field="rows", status=422)


def _day(text: str, where: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise Refused(f"{where}：“{text[:20]}”不是日期", field="rows", status=422) from None
