"""Accounting of safe use (安全利用核算): farmland, plots, strictly controlled land to zero, and use of manure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
from numpy.typing import ArrayLike

from qingshan.standards.edition import Edition
from qingshan.stats.columns import NotNumbers, numbers, truths
from qingshan.terms import arguments
from qingshan.terms.registry import unknown

Amount = int | float | Decimal


def _amount(value: Amount, what: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise NotNumbers(f"{what}：得到 {value!r}，须为数值")
    found = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not found.is_finite() or found < 0:
        raise ValueError(f"{what}须为不小于 0 的数值，得到 {value}；未统计的不能当 0")
    return found


def _percent(part: Decimal, whole: Decimal, decimals: int) -> float:
    return float((100 * part / whole).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN))


@dataclass(frozen=True)
class FarmlandRate:
    """受污染耕地安全利用率 and what it rests on."""

    rate: float
    """[%]; NaN where there is no polluted farmland: there is no rate, it is not 100"""
    safe: Decimal
    polluted: Decimal
    left: Decimal
    """polluted farmland not yet used safely"""
    target: float
    """national target of the period [%]"""
    is_about: bool
    """the target says "about" (左右)"""
    words: str
    verify: tuple[str, ...]

    def meets(self, goal: float | None = None) -> bool:
        """Whether the rate reaches a goal [%] (≥), by default the national target; by the areas, not the printed rate."""
        aim = Decimal(str(self.target if goal is None else goal))
        return bool(self.polluted) and 100 * self.safe >= aim * self.polluted


def farmland_rate(rule: Edition, area: Mapping[str, Amount]) -> FarmlandRate:
    """Safe use rate of polluted farmland (受污染耕地安全利用率) A = (B + C + D) / E · 100 %.

    Parameters
    ----------
    rule : Edition of 受污染耕地安全利用率, of the plan period asked for
    area : ``light_protected`` B, ``safe_use`` C, ``strict`` D, ``polluted`` E: all of one unit (亩 or km²); all four, none missing
    """
    table = rule.table("rate")
    wanted = [*table["parts"], table["whole"]]
    strange = [k for k in area if k not in wanted]
    if strange:
        raise LookupError(unknown("核算面积", "、".join(strange), wanted))
    absent = [f"{k}（{table['words'][k]}）" for k in wanted if k not in area]
    if absent:
        raise LookupError(f"{rule.clause('rate')}：缺 {'、'.join(absent)}；没有的写 0，未统计的不能当 0")
    values = {k: _amount(v, str(table["words"][k])) for k, v in area.items()}
    safe, whole = sum((values[k] for k in table["parts"]), Decimal(0)), values[table["whole"]]
    if safe > whole:
        raise ValueError(f"{rule.clause('rate')}：B + C + D = {safe} 大于 E = {whole}，请核对面积")
    rate = _percent(safe, whole, int(table["decimals"])) if whole else float("nan")
    aim = rule.table("target")
    words = f"（{' + '.join(str(values[k]) for k in table['parts'])}）÷ {whole} × 100 %" if whole else "没有受污染耕地，不计算安全利用率"
    return FarmlandRate(rate, safe, whole, whole - safe, float(aim["percent"]), bool(aim["about"]), words, rule.verify)


@dataclass(frozen=True)
class Field:
    """One unit of polluted farmland in the ledger (受污染耕地台账的一个单元)."""

    area: Amount
    category: int
    """1 优先保护 (轻微污染), 2 安全利用, 3 严格管控"""
    measures: bool
    """safe use or strict control was put into effect (措施落实)"""
    produce: bool | None = None
    """what it grew meets the food standard (农产品达标); None where nothing was sampled. Asked for category 2 only"""


def farmland_areas(rule: Edition, fields: Iterable[Field]) -> tuple[dict[str, Amount], tuple[str, ...]]:
    """The areas :func:`farmland_rate` asks for, from a ledger of fields, and why each field left out does not count (逐单元核算).

    Category 1 counts; category 2 counts with measures in effect and produce that meets the standard; category 3 with strict control
    in effect. Produce that was not sampled is not produce that meets the standard.
    """
    parts = list(rule.table("rate")["parts"])
    found: dict[str, Amount] = {**dict.fromkeys(parts, Decimal(0)), str(rule.table("rate")["whole"]): Decimal(0)}
    out = []
    for number, field in enumerate(fields, 1):
        if field.category not in (1, 2, 3):
            raise LookupError(f"第 {number} 个单元：{unknown('类别', str(field.category), ('1 优先保护', '2 安全利用', '3 严格管控'))}")
        area = _amount(field.area, f"第 {number} 个单元的面积")
        found["polluted"] = Decimal(found["polluted"]) + area
        why = "" if field.category == 1 else _not_safe(field)
        if not why:
            part = parts[field.category - 1]
            found[part] = Decimal(found[part]) + area
        out.append(why)
    return found, tuple(out)


def _not_safe(field: Field) -> str:
    if not field.measures:
        return "安全利用措施未落实" if field.category == 2 else "严格管控措施未落实"
    if field.category == 2 and field.produce is None:
        return "农产品没有抽测"
    return "农产品不达标" if field.category == 2 and not field.produce else ""


@dataclass(frozen=True)
class PlotRate:
    """Safe use of plots (污染地块、重点建设用地安全利用) and what it rests on."""

    rate: float
    """area reused that meets the planned use over area reused [%]; NaN where nothing was reused"""
    reused: int
    safe: int
    """plots reused, and those of them that meet the requirement"""
    area_reused: float
    area_safe: float
    violations: tuple[int, ...]
    """plots reused without meeting it, from 0"""
    is_met: bool | None
    """whether the period's rule is met; None where there was nothing to judge"""
    words: str
    verify: tuple[str, ...]


def plot_rate(rule: Edition, area: ArrayLike, reused: ArrayLike, meets: ArrayLike) -> PlotRate:
    """Safe use of contaminated plots (污染地块安全利用率) or of key construction land (重点建设用地安全利用), by the period's rule.

    Parameters
    ----------
    rule : Edition of 地块安全利用率: to 2020 the share of area; 2021–2025 no plot may be reused in violation (有效保障)
    area : of each plot, above 0
    reused, meets : bool, one a plot: put to a new use; meets the requirement of its planned use
    """
    size = numbers(area, "地块面积")
    used, good = truths(reused, "已再开发利用"), truths(meets, "符合规划用途要求")
    if not size.shape == used.shape == good.shape or size.ndim != 1:
        raise ValueError(f"地块面积 {size.shape}、再开发利用 {used.shape}、符合要求 {good.shape} 须为等长的列")
    if not np.isfinite(size).all() or (size <= 0).any():
        raise ValueError("地块面积须为正数，没有面积的地块不能参加核算")
    table, aim = rule.table("rate"), rule.table("target")
    exact = [_amount(float(v), "地块面积") for v in size]
    whole = sum((a for a, u in zip(exact, used, strict=True) if u), Decimal(0))
    part = sum((a for a, u, g in zip(exact, used, good, strict=True) if u and g), Decimal(0))
    wrong = tuple(int(i) for i in np.flatnonzero(used & ~good))
    rate = _percent(part, whole, int(table["decimals"])) if whole else float("nan")
    if table["method"] == "no-violation":
        met: bool | None = not wrong
        words = "没有违规开发利用的地块，有效保障" if not wrong else f"{len(wrong)} 个地块再开发利用不符合规划用途要求"
    elif table["method"] == "area-share":
        met = None if not whole else 100 * part >= Decimal(str(aim["percent"])) * whole
        words = f"{part} ÷ {whole} × 100 %" if whole else "没有再开发利用的污染地块，不计算安全利用率"
    else:
        raise LookupError(unknown("核算方法", str(table["method"]), ("area-share", "no-violation")))
    return PlotRate(rate, int(used.sum()), int((used & good).sum()), float(whole), float(part), wrong, met, words, rule.verify)


@dataclass(frozen=True)
class StrictLand:
    """Strictly controlled farmland still to be dealt with (严格管控类耕地清零)."""

    remaining: Decimal
    plots: tuple[int, ...]
    """plots not done, from 0"""
    is_cleared: bool


def strict_land(area: ArrayLike, done: ArrayLike) -> StrictLand:
    """Area of strictly controlled farmland not yet dealt with, down to 0 (清零): one row a plot."""
    size, flag = numbers(area, "严格管控类面积"), truths(done, "已落实")
    if size.shape != flag.shape or size.ndim != 1 or not np.isfinite(size).all() or (size < 0).any():
        raise ValueError(f"面积 {size.shape}、已落实 {flag.shape} 须为等长的列，面积不小于 0、不缺")
    left = np.flatnonzero(~flag & (size > 0))
    remaining = sum((_amount(float(size[i]), "面积") for i in left), Decimal(0))
    return StrictLand(remaining, tuple(map(int, left)), not left.size)


def pig_equivalents(rule: Edition, heads: Mapping[str, Amount]) -> Decimal:
    """Livestock in pig equivalents (猪当量): 100 pigs are 15 dairy cows, 30 beef cattle, 250 sheep, 2500 poultry."""
    table = rule.table("pig_equivalent")
    known = {r["animal"]: Decimal(r["head"]) for r in table["row"]}
    total = Decimal(0)
    for animal, count in heads.items():
        if animal not in known:
            raise LookupError(unknown("畜种", animal, known))
        total += _amount(count, animal) * Decimal(table["pigs"]) / known[animal]
    return total


def manure_use_rate(rule: Edition, used: Amount, produced: Amount) -> float:
    """Use rate of livestock manure (畜禽粪污综合利用率) [%]: used over produced, both of one unit; NaN where none arises."""
    part, whole = _amount(used, "综合利用量"), _amount(produced, "产生量")
    if part > whole:
        raise ValueError(f"{rule.clause('rate')}：综合利用量 {part} 大于产生量 {whole}，请核对")
    return _percent(part, whole, int(rule.table("rate")["decimals"])) if whole else float("nan")


arguments.guard(__name__)
