"""Pollution equivalents and the tax on them (污染当量数、环境保护税). 环境保护税法, 附表一, 附表二."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from qingshan.standards.edition import Edition
from qingshan.stats import rounding
from qingshan.stats.columns import Numbers, amount, numbers, one_shape, single
from qingshan.terms import arguments
from qingshan.terms.registry import unknown

MEDIA = {"air": "大气污染物", "water": "水污染物"}
"""Media whose pollutants are counted in equivalents"""


def _row(law: Edition, medium: str, pollutant: str) -> Mapping[str, object]:
    if medium not in MEDIA:
        raise LookupError(unknown("应税污染物类别", medium, MEDIA))
    rows = law.table(medium)["row"]
    found = [r for r in rows if pollutant in (r["pollutant"], r.get("symbol"))]
    if not found:
        raise LookupError(f"{law.clause(medium)}：{unknown('污染物', pollutant, [r['pollutant'] for r in rows])}")
    row: Mapping[str, object] = found[0]
    return row


def equivalent(law: Edition, medium: str, pollutant: str) -> float:
    """Equivalent value of a pollutant (污染当量值) [kg], by name or symbol: ``equivalent(law, "air", "SO2") == 0.95``."""
    return float(str(_row(law, medium, pollutant)["kg"]))


def equivalents(law: Edition, medium: str, pollutant: str, emitted: ArrayLike) -> Numbers:
    """Pollution equivalents (污染当量数) of emissions [kg]: amount over equivalent value, unrounded. 第八条."""
    given = amount(emitted, f"{pollutant}排放量（kg）")
    return np.asarray(np.round(given / equivalent(law, medium, pollutant), 9))


def _known(value: object, what: str) -> float:
    """A number that a tax may rest on: finite, not below 0, not missing."""
    number = single(value, f"{what}（缺数先补全，不能计税）")
    if number < 0:
        raise ValueError(f"{what} {value}，须不小于 0；缺数先补全，不能计税")
    return number


def ph_equivalents(law: Edition, ph: ArrayLike, water: ArrayLike) -> Numbers:
    """Equivalents of a pH out of range (pH 值污染当量数) of water [t]: 0 from 6 to 9.

    附表二 三、1: 5～6 is ≥ 5 and < 6; 9～10 is > 9 and ≤ 10.

    Parameters
    ----------
    ph : 0 … 14
    water : waste water [t]
    """
    value, tonnes = numbers(ph, "pH 值"), numbers(water, "污水量")
    value, tonnes = (np.broadcast_to(c, one_shape(pH=value.shape, 污水量=tonnes.shape)) for c in (value, tonnes))
    if (~np.isnan(value) & ~((value >= 0) & (value <= 14))).any():
        raise ValueError("pH 值须在 0～14 之间")
    if (~np.isnan(tonnes) & ~(np.isfinite(tonnes) & (tonnes >= 0))).any():
        raise ValueError("污水量（t）须不小于 0 且有限")
    steps = rounding.steps(value, 6)
    found = np.where(np.isnan(value) | np.isnan(tonnes), np.nan, 0.0)
    for row in law.table("ph")["row"]:
        hit = (steps >= row["from"] * 10**6) & (steps < row["to"] * 10**6)
        if "base_from" in row:
            hit |= (steps > row["base_from"] * 10**6) & (steps <= row["base_to"] * 10**6)
        found = np.where(hit, tonnes / float(row["tonnes"]), found)
    return np.asarray(found)


def other_equivalents(law: Edition, pollutant: str, amount: float, *, times: float = 1.0) -> float:
    """Equivalents of 色度 (water [t] × times over), 大肠菌群数, 余氯量 (water [t]). 附表二 三、2—4."""
    rows = law.table("other_water")["row"]
    found = [r for r in rows if r["pollutant"] == pollutant]
    if not found:
        raise LookupError(f"{law.clause('other_water')}：{unknown('污染物', pollutant, [r['pollutant'] for r in rows])}")
    water, over = _known(amount, f"{pollutant}：污水量（t）"), _known(times, f"{pollutant}：超标倍数")
    return float(np.round(water * over / float(found[0]["tonnes"]), 9))


@dataclass(frozen=True)
class Taxed:
    """One pollutant at one outlet (应税项)."""

    pollutant: str
    equivalents: float
    taxed: bool
    """among the first so many, and not another of its 只征一项 group"""
    pays: int
    """of the tax [%]: 100, 75, 50"""
    yuan: float
    """rounded to 分; 0 where not taxed"""
    note: str


@dataclass(frozen=True)
class Tax:
    """Tax of one outlet and medium (一个排放口的应纳税额)."""

    rows: tuple[Taxed, ...]
    """from the most equivalents to the least, class-1 water first"""
    yuan: float
    rests_on: tuple[str, ...]
    verify: tuple[str, ...]


def relief(law: Edition, concentration: float, limit: float) -> int:
    """What is paid of the tax [%] (减征): 75 where the concentration lies 30 % below its limit or more, 50 at 50 %, else 100. 第十三条."""
    found, bar = _known(concentration, "排放浓度"), _known(limit, "排放限值")
    if bar == 0:
        raise ValueError("排放限值须大于 0，与浓度同一单位")
    kept = Fraction(repr(found)) / Fraction(repr(bar))
    for row in law.table("relief")["row"]:
        if kept <= 1 - Fraction(int(row["below"]), 100):
            return int(row["pays"])
    return 100


def tax(
    law: Edition, medium: str, emitted: Mapping[str, float], rate: float, *, pays: Mapping[str, int] | None = None,
    extra: Mapping[str, float] | None = None,
) -> Tax:  # fmt: skip
    """Tax of one outlet (应纳税额): the first three of air, the first five of class 1 and three of class 2 of water. 第七至九条, 第十三条.

    Parameters
    ----------
    emitted : pollutant (name or symbol) → amount [kg], of this outlet and period
    rate : of the province [元 per equivalent]; outside the range of 附表一 is refused
    pays : pollutant → 100, 75 or 50 of the tax [%], see :func:`relief`
    extra : water: ``{"pH值": equivalents, "色度": …}`` from :func:`ph_equivalents` and :func:`other_equivalents`, ranked with class 2
    """
    if medium not in MEDIA:
        raise LookupError(unknown("应税污染物类别", medium, MEDIA))
    low, high = (float(v) for v in law.table("rate")[medium])
    rate = _known(rate, "每污染当量税额")
    if not low <= rate <= high:
        raise ValueError(f"{law.clause('rate')}：{MEDIA[medium]}每污染当量 {low:g}～{high:g} 元，得到 {rate:g}")
    if extra and medium != "water":
        raise ValueError("extra（pH 值、色度等）只用于水污染物")
    named = _named(law, medium, emitted)
    share = {str(_row(law, medium, k)["pollutant"]) if k not in (extra or {}) else k: v for k, v in (pays or {}).items()}
    for name, percent in share.items():
        if percent not in (50, 75, 100):
            raise ValueError(f"{name}：减征比例 {percent}，须为 100、75 或 50（%）")
    groups: dict[str, list[tuple[str, float, str]]] = {}
    for name, kg in named.items():
        row = _row(law, medium, name)
        key = f"water_{row['class']}" if medium == "water" else "air"
        groups.setdefault(key, []).append((name, float(equivalents(law, medium, name, kg)), str(row.get("one_of", ""))))
    special = {r["pollutant"]: r.get("one_of", "") for r in law.table("other_water")["row"]} | {"pH值": ""}
    for name, number in (extra or {}).items():
        if name not in special:
            raise LookupError(unknown("其他水污染物", name, special))
        groups.setdefault("water_2", []).append((name, _known(number, f"{name}污染当量数"), str(special[name])))
    rows = [t for key in sorted(groups) for t in _ranked(groups[key], int(law.table("count")[key]), rate, share)]
    clauses = (law.clause(medium), law.clause("count"), law.clause("rate"))
    marks = law.verify_of(medium, "count", "rate", *(["relief"] if pays else []))
    return Tax(tuple(rows), float(rounding.half_even(sum(t.yuan for t in rows), 2)), clauses, marks)


def _named(law: Edition, medium: str, emitted: Mapping[str, float]) -> dict[str, float]:
    named: dict[str, float] = {}
    for key, kg in emitted.items():
        name = str(_row(law, medium, key)["pollutant"])
        if name in named:
            raise ValueError(f"“{name}”写了两次（名称与符号）")
        named[name] = _known(kg, f"{name}排放量（kg）")
    return named


def _ranked(items: list[tuple[str, float, str]], count: int, rate: float, share: Mapping[str, int]) -> list[Taxed]:
    found, used, seen = [], 0, set()
    for name, number, one_of in sorted(items, key=lambda i: -i[1]):
        note = f"不在前 {count} 项"
        taxed = False
        if one_of and one_of in seen:
            note = "同一排放口只征收一项"
        elif number > 0 and used < count:
            taxed, note, used = True, f"前 {count} 项之第 {used + 1}", used + 1
            seen.add(one_of)
        elif number == 0:
            note = "排放量为 0"
        percent = int(share.get(name, 100))
        yuan = float(rounding.half_even(number * rate * percent / 100.0, 2)) if taxed else 0.0
        found.append(Taxed(name, number, taxed, percent, yuan, note))
    return found


def solid_tax(law: Edition, kind: str, tonnes: float) -> float:
    """Tax on solid waste (固体废物应纳税额) [元]: 煤矸石 5, 尾矿 15, 危险废物 1000, 其他固体废物 25 a tonne. 附表一."""
    rates = law.table("rate")["solid"]
    if not isinstance(kind, str) or kind not in rates:
        raise LookupError(f"{law.clause('rate')}：{unknown('固体废物', str(kind), rates)}")
    return float(rounding.half_even(_known(tonnes, f"{kind}排放量（t）") * float(rates[kind]), 2))


def noise_tax(law: Edition, day_over: float = 0.0, night_over: float = 0.0, *, days: int = 31, far: bool = False) -> float:
    """Monthly tax on industrial noise (工业噪声应纳税额) [元], day and night added. 附表一 噪声.

    Parameters
    ----------
    day_over, night_over : the highest of the month at the place, dB over the limit, 0 where met; parts of a dB are rounded half
        up (四舍五入, 财税〔2018〕117号)
    days : of the month with noise over the limit; fewer than 15 halve
    far : the boundary is longer than 100 m and two places or more are over: doubled
    """
    if not 0 <= days <= 31:
        raise ValueError(f"超标天数须为 0～31，得到 {days}")
    table, total = law.table("noise"), 0.0
    for words, over in (("昼间", day_over), ("夜间", night_over)):
        if not 0 <= single(over, f"{words}超标分贝数") <= 100:
            raise ValueError(f"{words}超标分贝数 {over}，须在 0～100 之间；是超出限值的分贝数，不是声级")
        whole = int((rounding.steps(over, 4) + 5000) // 10000)
        found = [r for r in table["row"] if r["from"] <= whole <= r.get("to", 150)]
        total += float(found[0]["yuan"]) if found else 0.0
    if days == 0:
        return 0.0
    return total * (0.5 if days < int(table["short_days"]) else 1.0) * (2.0 if far else 1.0)


arguments.guard(__name__)
