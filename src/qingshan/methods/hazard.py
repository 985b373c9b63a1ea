"""Hazardous waste, emergencies, radiation (危险废物、突发环境事件、放射源、电磁环境): levels, grades, classes, share of a limit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from qingshan.standards.edition import Edition
from qingshan.stats.columns import Numbers, amount
from qingshan.terms import arguments
from qingshan.terms.registry import unknown

Amount = int | float | Decimal


def _amount(value: object, what: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError(f"{what}：得到 {value!r}，须为数值")
    found = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not found.is_finite() or found < 0:
        raise ValueError(f"{what}须为不小于 0 的数值，得到 {value}")
    return found


@dataclass(frozen=True)
class WasteLevel:
    """Management level of a maker of hazardous waste (危险废物管理类别) and what it rests on."""

    level: str
    amount: Decimal
    """yearly amount that decided [t]"""
    words: str
    """how the amount was taken, and why this level"""
    months: int
    """declared every so many months (申报周期)"""
    clause: str
    verify: tuple[str, ...]


def yearly_amount(
    std: Edition, years: Sequence[Amount], *, permitted: Amount | None = None, assessed: Amount | None = None, intermittent: bool = False
) -> tuple[Decimal, str]:
    """The yearly amount (年产生量) [t] that decides the level, and how it was taken. HJ 1259—2022 4.2.3.

    Parameters
    ----------
    years : amounts of the full years in operation, oldest first; three or more: the maximum of the last three; one or two: their maximum
    permitted, assessed : of discharge permit and EIA; for new makers and `intermittent` ones (cycle over 3 years) the larger of both
    """
    made = [_amount(v, "年产生量") for v in years]
    rules = {r["case"]: r for r in std.table("amount")["row"]}
    if intermittent or not made:
        given = [_amount(v, n) for v, n in ((permitted, "许可量"), (assessed, "环评量")) if v is not None]
        if not given:
            raise ValueError(f"{std.clause('amount')}：新建或间歇产生的须有环评量或许可量，都没有不能定类别")
        return max(given), str(rules["new"]["words"])
    running = rules["running"]
    if len(made) >= int(running["years_at_least"]):
        return max(made[-int(running["of"]) :]), str(running["words"])
    return max(made), str(rules["young"]["words"])


def waste_level(std: Edition, amount: Amount, *, treats_itself: bool = False, is_licensed: bool = False, basis: str = "") -> WasteLevel:
    """Management level of hazardous waste (重点监管、简化管理、登记管理) of a maker. HJ 1259—2022 4.2; ≥ 100 t, ≥ 10 t, less.

    Parameters
    ----------
    amount : yearly amount [t], see :func:`yearly_amount`
    treats_itself, is_licensed : 自行利用处置, 持危险废物经营许可证: 重点监管 whatever the amount
    """
    tonnes = _amount(amount, "年产生量")
    flags = [name for name, is_so in (("自行利用处置", treats_itself), ("经营许可证", is_licensed)) if is_so]
    for row in std.table("level")["row"]:
        why = [f for f in flags if f in row.get("always", ())]
        if why or tonnes >= row["at_least"]:
            told = "、".join(why) if why else f"年产生量 {tonnes} t，不小于 {row['at_least']} t"
            words = "；".join(filter(None, (basis, told)))
            return WasteLevel(row["level"], tonnes, words, int(row["months"]), std.clause("level"), std.verify_of("level", "amount"))
    raise LookupError(f"{std.clause('level')}：没有一级管 {tonnes} t")


def declarations_due(std: Edition, level: str, year: int) -> tuple[date, ...]:
    """Days by which a year's waste is declared (申报截止日): monthly or quarterly by the 15th of the next month, yearly by 31 March."""
    row = std.row("level", level=level)
    dates = std.table("dates")
    months = int(row["months"])
    due = [_next_month(year, m, int(row["day"])) for m in range(months, 13, months)] if months < 12 else []
    return (*due, date(year + 1, int(dates["month"]), int(dates["day"])))


def _next_month(year: int, month: int, day: int) -> date:
    return date(year + 1, 1, day) if month == 12 else date(year, month + 1, day)


@dataclass(frozen=True)
class Manifest:
    """Parts of the number of a transfer manifest (联单编号)."""

    year: int
    province: str
    city: str
    serial: str


def manifest_number(std: Edition, number: str) -> Manifest:
    """The parts of a manifest's number: 14 digits, year 4, province 2, city 2, serial 6. 危险废物转移管理办法."""
    text = str(number).strip()
    sizes = [(name, int(size)) for name, size in std.table("number")["parts"]]
    total = sum(size for _, size in sizes)
    if not (text.isascii() and text.isdigit()) or len(text) != total:
        raise ValueError(f"联单编号“{number}”：须为 {total} 位数字（年份 4、省 2、市 2、流水 6），得到 {len(text)} 位")
    parts, at = {}, 0
    for name, size in sizes:
        parts[name], at = text[at : at + size], at + size
    if not 2000 <= int(parts["year"]) <= 2099:
        raise ValueError(f"联单编号“{number}”：前四位 {parts['year']} 不是年份")
    if int(parts["serial"]) == 0:
        raise ValueError(f"联单编号“{number}”：流水号为 0")
    return Manifest(int(parts["year"]), parts["province"], parts["city"], parts["serial"])


@dataclass(frozen=True)
class IncidentGrade:
    """Grade of an environmental emergency (突发环境事件级别)."""

    grade: str
    number: int
    """1 特别重大 … 4 一般"""
    hours: int
    """to be reported within so many hours"""
    reasons: tuple[str, ...]
    """what reached the grade"""
    clause: str
    verify: tuple[str, ...]


_FACTS = {"deaths": "死亡人数", "poisoned": "中毒人数", "evacuated": "疏散转移人数", "loss": "直接经济损失（万元）"}


def incident_grade(std: Edition, facts: Mapping[str, Any], *, is_unclear_and_sensitive: bool = False) -> IncidentGrade:
    """Grade of an emergency (突发环境事件分级) by any one of its facts. 突发环境事件信息报告办法 附录.

    Parameters
    ----------
    facts : ``deaths``, ``poisoned``, ``evacuated`` [people], ``loss`` [万元], ``source`` (``地市级水源``, ``县级水源``, ``乡镇水源``
        interrupted), ``reach`` (``跨国界``, ``跨省界``, ``跨市界``); what is absent is not known and not judged
    is_unclear_and_sensitive : the grade is not clear and the matter sensitive: treated as 重大 at least
    """
    rows = std.table("grade")["row"]
    words = {k: [str(r[k]) for r in rows if k in r] for k in ("source", "reach")}
    for key, value in facts.items():
        if key not in _FACTS and key not in words:
            raise LookupError(unknown("事件情形", key, [*_FACTS, *words]))
        if key in words and value not in words[key]:
            raise LookupError(unknown("影响范围", str(value), words[key]))
    counts = {k: _amount(v, _FACTS[k]) for k, v in facts.items() if k in _FACTS}
    for row in rows:
        reasons = [f"{_FACTS[k]} {v}，不小于 {row[k]}" for k, v in counts.items() if k in row and v >= row[k]]
        reasons += [str(facts[k]) for k in words if k in facts and facts[k] == row.get(k)]
        if reasons or row is rows[-1]:
            return _raised(std, rows, row, reasons, is_unclear_and_sensitive)
    raise LookupError(f"{std.clause('grade')}：没有级别")


def _raised(std: Edition, rows: Sequence[Mapping[str, Any]], row: Mapping[str, Any], reasons: list[str], sensitive: bool) -> IncidentGrade:
    least = int(std.table("sensitive")["treat_as"])
    if sensitive and int(row["number"]) > least:
        row = next(r for r in rows if int(r["number"]) == least)
        reasons = [*reasons, f"级别不明而敏感，按{row['grade']}事件处理"]
    return IncidentGrade(row["grade"], int(row["number"]), int(row["hours"]), tuple(reasons), std.clause("grade"), std.verify_of("grade"))


def hazard_quotient(stock: Mapping[str, Amount], critical: Mapping[str, Amount]) -> Decimal:
    """Q = Σ q/Q of substances in stock over their critical amounts (风险物质数量与临界量比值) [both t]. HJ 941—2018."""
    total = Decimal(0)
    for name, held in stock.items():
        if name not in critical:
            raise LookupError(unknown("临界量", name, critical))
        bound = _amount(critical[name], f"{name} 临界量")
        if not bound:
            raise ValueError(f"{name} 临界量须大于 0")
        total += _amount(held, name) / bound
    return total


def _band(value: Amount, bounds: Iterable[Any], what: str) -> int:
    number = _amount(value, what)
    return sum(number >= bound for bound in bounds)


def enterprise_risk(std: Edition, q: Amount, m: Amount, e: int, *, was_punished: bool = False) -> str:
    """Risk level of an enterprise for air or for water (企业突发环境事件风险等级): 一般, 较大, 重大. HJ 941—2018.

    Air and water are graded apart; the higher of both is the enterprise's.

    Parameters
    ----------
    q : :func:`hazard_quotient`; below 1 the level is 一般
    m : score of process and control; e : 1, 2, 3 (E1 … E3) sensitivity of what lies around
    was_punished : recently punished: one level up, 重大 stays
    """
    order = std.table("levels")["order"]
    if isinstance(e, bool) or e not in (1, 2, 3):
        raise LookupError(unknown("受体敏感程度", f"E{e}", ("E1", "E2", "E3")))
    amount, score = _band(q, std.table("q")["from"], "Q"), _band(m, std.table("m")["from"], "M")
    level = order[0] if amount == 0 else std.row("matrix", e=e, q=amount)["levels"][score]
    return str(order[min(order.index(level) + was_punished, len(order) - 1)])


def source_class(std: Edition, nuclide: str, activity: Amount) -> int:
    """Class of a sealed radiation source (放射源类别), 1 … 5, by nuclide and activity [Bq]; 0 below exemption. 公告2005年第62号."""
    row = std.row("activity", nuclide=nuclide)
    number = _amount(activity, f"{nuclide} 活度（Bq）")
    return next((i for i, bound in enumerate(row["from"], 1) if number >= bound), 0)


def field_share(std: Edition, band: str, quantity: str, values: ArrayLike, *, under_line: bool = False) -> Numbers:
    """Electromagnetic field over its limit for the public (电磁环境控制限值); above 1 it exceeds it. GB 8702—2014 4.1.

    Parameters
    ----------
    band : ``50Hz``, ``30-3000MHz``; other bands are not in the edition and raise LookupError
    quantity : ``E`` [V/m], ``B`` [µT], ``S`` [W/m²]; magnitudes, NaN missing. Fields of several frequencies are not added up here
    under_line : on farmland, roads and the like beneath an overhead line, where 10 kV/m holds for E at 50 Hz
    """
    limit = float(std.row("line" if under_line else "limit", band=band, quantity=quantity)["limit"])
    return np.asarray(amount(values, f"{quantity}（{band}）") / limit)


arguments.guard(__name__)
