"""Compensation between districts for water (水环境区域补偿): events at sections by a dated scheme into exact money, each line explained.

Money is in 万元, exact (``Decimal``). An amount nobody has published is never guessed: its line stays open and no total is given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from qingshan.methods.single_factor import ROMAN
from qingshan.standards.edition import Edition
from qingshan.stats.columns import numbers
from qingshan.terms import arguments
from qingshan.terms.registry import unknown

Money = Decimal


class Unsettled(ValueError):
    """An amount of the scheme is not known, so there is no total (金额未录，不能结算)."""


@dataclass(frozen=True)
class SectionMonth:
    """One item at one section in one month (断面月)."""

    section: str
    month: str
    """``2015-03``"""
    item: str
    payer: str
    """district upstream, which answers for the section (责任区)"""
    payee: str = ""
    """district downstream; empty: out of the city or none, the money goes to the pool"""
    out_class: int = 0
    """class where the water leaves the payer, 1 … 6 (劣Ⅴ); 0: no valid data"""
    target: int = 0
    """target class of the section"""
    in_class: int = 0
    """class where it entered the payer; 0: none"""
    has_inflow: bool = False
    """whether water enters the payer from upstream (有上游来水); otherwise it rises there (本区发源)"""
    value: Decimal | None = None
    """concentration [mg/L], for schemes by times over"""
    target_value: Decimal | None = None
    """target concentration [mg/L]"""
    is_mouth: bool = False
    """section of a tributary's mouth (入河口断面)"""


@dataclass(frozen=True)
class Line:
    """One line of an account (一笔补偿金) and why."""

    event: SectionMonth
    rule: str
    """id of the rule of the scheme"""
    clause: str
    payer: str
    payee: str
    """a district, or the pool"""
    classes: int
    """classes worse, or missed; 0 for schemes by times over"""
    amount: Money | None
    """[万元]; None: the scheme's amount is not known"""
    words: str
    """what is so, in words"""


@dataclass(frozen=True)
class District:
    """What one district, or the pool, pays and receives [万元] (缴纳、收到)."""

    name: str
    paid: Money
    received: Money

    @property
    def net(self) -> Money:
        """Paid less received (净缴纳); negative: receives more."""
        return self.paid - self.received


@dataclass(frozen=True)
class Account:
    """The lines of a scheme (补偿金核算结果)."""

    scheme: str
    lines: tuple[Line, ...]
    without: tuple[SectionMonth, ...]
    """events without valid data: no line, to be named beside the result"""
    pool: str
    verify: tuple[str, ...]

    @property
    def open_lines(self) -> tuple[Line, ...]:
        """Lines whose amount is not known."""
        return tuple(line for line in self.lines if line.amount is None)

    def total(self) -> Money:
        """Sum of all lines [万元]; Unsettled where a line is open."""
        self._settled()
        return sum((line.amount for line in self.lines if line.amount is not None), Decimal(0))

    def districts(self) -> tuple[District, ...]:
        """Each district, in the order it appears, and the pool; Unsettled where a line is open."""
        self._settled()
        paid: dict[str, Money] = defaultdict(Decimal)
        received: dict[str, Money] = defaultdict(Decimal)
        for line in self.lines:
            if line.amount is not None:
                paid[line.payer] += line.amount
                received[line.payee] += line.amount
        names = dict.fromkeys(n for line in self.lines for n in (line.payer, line.payee))
        return tuple(District(n, paid[n], received[n]) for n in names)

    def net(self) -> dict[str, Money]:
        """Each district's net [万元]: paid − received (缴纳 − 收到), the pool with what it received; sums to 0. Unsettled where open."""
        return {d.name: d.net for d in self.districts()}

    def known(self) -> Money:
        """Sum of the lines that are known [万元], for display beside the open ones; not a total where there are open lines."""
        return sum((line.amount for line in self.lines if line.amount is not None), Decimal(0))

    def _settled(self) -> None:
        if self.open_lines:
            first = self.open_lines[0]
            where = f"{first.event.section} {first.event.month}"
            raise Unsettled(f"{self.scheme}：{len(self.open_lines)} 笔金额未录（如 {where}：{first.words}），不能结算")


def _money(value: object, what: str) -> Money:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError(f"{what}：金额须为整数、Decimal 或写成文字的小数（万元），得到 {value!r}；浮点数不精确")
    try:
        money = Decimal(value)
    except ArithmeticError:
        raise ValueError(f"{what}：“{value}”不是金额") from None
    if not money.is_finite() or money < 0:
        raise ValueError(f"{what}：金额须不小于 0，得到 {value}")
    return money


def section_months(
    section: Sequence[str], month: Sequence[str], item: Sequence[str], payer: Sequence[str], payee: Sequence[str], out_class: ArrayLike,
    target: ArrayLike, in_class: ArrayLike, has_inflow: ArrayLike,
) -> tuple[SectionMonth, ...]:  # fmt: skip
    """Events from columns (断面月的列), one row each; classes as the evaluators give them: 1 … 6, 0 or NaN none."""
    inflow = np.asarray(has_inflow)
    if inflow.dtype != bool:
        raise ValueError(f"有无上游来水（has_inflow）须为是否（bool），得到 {inflow.dtype}")
    columns = [_whole(v, n) for v, n in ((out_class, "出境类别"), (target, "目标类别"), (in_class, "入境类别"))]
    words: list[Sequence[str]] = [section, month, item, payer, payee]
    sizes = {len(c) for c in words} | {len(c) for c in columns} | {inflow.size}
    if len(sizes) != 1:
        raise ValueError(f"断面月各列须等长，得到 {sorted(sizes)}")
    rows = zip(section, month, item, payer, payee, *columns, inflow.tolist(), strict=True)
    return tuple(SectionMonth(s, m, i, p, q or "", o, t, c, h) for s, m, i, p, q, o, t, c, h in rows)


def _whole(values: ArrayLike, what: str) -> list[int]:
    array = np.nan_to_num(numbers(values, what), nan=0.0).ravel()
    if (array != np.rint(array)).any():
        raise ValueError(f"{what}须为整数类别，得到 {array[array != np.rint(array)][0]:g}")
    return [int(v) for v in array]


def account(scheme: Edition, events: Iterable[SectionMonth], *, entered: Mapping[str, object] | None = None) -> Account:
    """Lines of money for events, by the scheme's method (补偿金核算).

    Parameters
    ----------
    scheme : Edition of a compensation scheme, e.g. 北京市水环境区域补偿 2014
    entered : amounts [万元] the scheme's file does not give, entered by the bureau: ``{"surcharge": "10"}``

    Raises
    ------
    LookupError : unknown item, method or entered amount; ValueError : a class that is none, an event twice;
    Unsettled : the scheme's amounts are not published and were not entered
    """
    table = scheme.table("scheme")
    method = table["method"]
    if method not in _METHODS:
        raise LookupError(unknown("核算方法", str(method), _METHODS))
    asked = list(events)
    seen: set[tuple[str, str, str]] = set()
    for event in asked:
        _check(scheme, event)
        key = (event.section, event.month, event.item)
        if key in seen:
            raise ValueError(f"{event.section} {event.month} {event.item} 给了两次：同一断面、月份、项目只能核算一次")
        seen.add(key)
    known = _entered(scheme, entered or {})
    lines, without = _METHODS[method](scheme, asked, known)
    return Account(str(scheme), tuple(lines), tuple(without), str(table["pool"]), scheme.verify)


def _entered(scheme: Edition, entered: Mapping[str, object]) -> dict[str, Money]:
    wanted = [name for name, t in scheme.tables.items() if name == "surcharge" and "amount" not in t]
    wanted += [r["id"] for r in scheme.tables.get("accounting", {}).get("row", ()) if "amount" not in r]
    for name in entered:
        if name not in wanted:
            raise LookupError(f"{scheme}：" + unknown("须录入的金额", name, wanted))
    return {name: _money(value, name) for name, value in entered.items()}


def _check(scheme: Edition, event: SectionMonth) -> None:
    where = f"{event.section} {event.month} {event.item}"
    allowed = scheme.table("scheme").get("items")
    if allowed is not None and event.item not in allowed:
        raise LookupError(f"{scheme} {scheme.table('scheme')['clause']}：" + unknown("考核项目", event.item, allowed))
    if not isinstance(event.month, str):
        raise ValueError(f"{where}：月份须写成 2015-03，得到 {event.month!r}")
    if not isinstance(event.has_inflow, bool | np.bool_) or not isinstance(event.is_mouth, bool | np.bool_):
        given = f"{event.has_inflow!r}、{event.is_mouth!r}"
        raise ValueError(f"{where}：有无上游来水（has_inflow）、是否入河口（is_mouth）须为是否，得到 {given}")
    parts = event.month.split("-")
    if len(parts) != 2 or not all(p.isdigit() for p in parts) or len(event.month) != 7 or not 1 <= int(parts[1]) <= 12:
        raise ValueError(f"{where}：月份须写成 2015-03，得到“{event.month}”")
    if not any(str(p.start)[:7] <= event.month and (p.end is None or event.month <= str(p.end)[:7]) for p in scheme.phases):
        raise LookupError(f"{where}：{scheme} 在该月未实施；实施阶段：{'、'.join(map(str, scheme.phases))}")
    if not event.payer:
        raise ValueError(f"{where}：没有责任区（payer）")
    if event.payer == event.payee:
        raise ValueError(f"{where}：缴纳方与收款方同为“{event.payer}”")


def _class(event: SectionMonth, name: str, value: int, none_allowed: bool) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__") or not (0 if none_allowed else 1) <= int(value) <= 6:
        where = f"{event.section} {event.month} {event.item}"
        raise ValueError(f"{where}：{name}须为 1 至 6 的整数（6 为劣Ⅴ）{'，没有数据用 0' if none_allowed else ''}，得到 {value!r}")
    return int(value)


def _by_classes(scheme: Edition, events: list[SectionMonth], entered: Mapping[str, Money]) -> tuple[list[Line], list[SectionMonth]]:
    """By classes worse than the inflow or the target (每变差一个功能类别)."""
    lines, without = [], []
    pool = str(scheme.table("scheme")["pool"])
    for event in events:
        out = _class(event, "出境类别", event.out_class, True)
        target, came = _class(event, "目标类别", event.target, False), _class(event, "入境类别", event.in_class, True)
        if not event.has_inflow and came:
            raise ValueError(f"{event.section} {event.month} {event.item}：给了入境类别，却写明没有上游来水（has_inflow=False）")
        if out == 0 or (event.has_inflow and came == 0):
            without.append(event)
            continue
        payee = event.payee or pool
        for rule in scheme.table("rule")["row"]:
            against = came if rule["compare"] == "in" else target
            if rule["inflow"] == event.has_inflow and out > against:
                lines.append(_class_line(scheme, event, rule, out, against, payee))
                break
        extra = scheme.tables.get("surcharge")
        if extra is not None and out > int(extra["beyond"]) and lines and lines[-1].event is event:
            amount = entered.get("surcharge", _money(extra["amount"], "surcharge") if "amount" in extra else None)
            told = f"{amount} 万元" if amount is not None else "追加金额未录，须由使用者录入"
            words = f"{event.item} 出境{ROMAN[out]}类，劣于{ROMAN[int(extra['beyond'])]}类，追加补偿金：{told}"
            lines.append(Line(event, "surcharge", scheme.clause("surcharge"), event.payer, payee, 0, amount, words))
    return lines, without


def _class_line(scheme: Edition, event: SectionMonth, rule: Mapping[str, Any], out: int, against: int, payee: str) -> Line:
    number = out - against
    each = _money(rule["amount"], str(rule["id"]))
    base = "入境" if rule["compare"] == "in" else "目标"
    words = (
        f"{rule['words']}：{event.item} 出境{ROMAN[out]}类、{base}{ROMAN[against]}类，差 {number} 类，"
        f"{each} 万元/类 × {number} = {each * number} 万元，由{event.payer}给{payee}"
    )
    return Line(event, rule["id"], scheme.clause("rule"), event.payer, payee, number, each * number, words)


def _by_times(scheme: Edition, events: list[SectionMonth], entered: Mapping[str, Money]) -> tuple[list[Line], list[SectionMonth]]:
    """By times over the target concentration, in bands (按超标倍数分档): amount × (1 + n)."""
    lines, without = [], []
    pool = str(scheme.table("scheme")["pool"])
    for event in events:
        where = f"{event.section} {event.month} {event.item}"
        if event.target_value is None:
            raise ValueError(f"{where}：按超标倍数核算须有目标浓度（target_value）")
        goal = _concentration(event.target_value, where)
        if goal == 0:
            raise ValueError(f"{where}：目标浓度为 0，没有超标倍数")
        if event.value is None:
            without.append(event)
            continue
        times = (_concentration(event.value, where) - goal) / goal
        payee = event.payee or pool
        if event.is_mouth:
            if times > 0:
                lines.append(_times_line(scheme, "mouth", event, _money(scheme.table("mouth")["amount"], "mouth"), times, payee))
            continue
        if goal <= Decimal(scheme.row("applies", item=event.item)["above"]):
            raise Unsettled(f"{where}：目标 {goal} mg/L 的断面另有分档，{scheme} 未录，不能核算")
        for band in scheme.table("band")["row"]:
            if times > Decimal(band["over"]) and ("to" not in band or times <= Decimal(band["to"])):
                lines.append(_times_line(scheme, "band", event, _money(band["amount"], "band"), times, payee))
    return lines, without


def _concentration(value: Decimal, where: str) -> Decimal:
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        raise ValueError(f"{where}：浓度须为整数或 Decimal，得到 {value!r}；浮点数不精确")
    found = Decimal(value)
    if not found.is_finite() or found < 0:
        raise ValueError(f"{where}：浓度 {value} 不是测得的值")
    return found


def _times_line(scheme: Edition, rule: str, event: SectionMonth, each: Money, times: Decimal, payee: str) -> Line:
    amount = (each * (1 + times)).quantize(Decimal("0.0001"))
    words = (
        f"{event.item} {event.value} mg/L，目标 {event.target_value} mg/L，超标 {times.quantize(Decimal('0.0001')).normalize():f} 倍，"
        f"{each} 万元 ×（1 + 超标倍数）= {amount.normalize():f} 万元，由{event.payer}给{payee}"
    )
    return Line(event, rule, scheme.clause(rule), event.payer, payee, 0, amount, words)


def _by_entry(scheme: Edition, events: list[SectionMonth], entered: Mapping[str, Money]) -> tuple[list[Line], list[SectionMonth]]:
    """By amounts the bureau has entered for each accounting item; refused until then."""
    lines = []
    known = [r["id"] for r in scheme.table("accounting")["row"]]
    pool = str(scheme.table("scheme")["pool"])
    for event in events:
        if event.item not in known:
            raise LookupError(f"{scheme} {scheme.table('accounting')['clause']}：" + unknown("核算指标", event.item, known))
        if event.item not in entered:
            raise Unsettled(f"{scheme}：核算指标“{event.item}”的金额未录；请按文件录入（entered），程序不推定")
        amount, payee = entered[event.item], event.payee or pool
        words = f"{event.item}：录入金额 {amount} 万元，由{event.payer}给{payee}"
        lines.append(Line(event, event.item, scheme.clause("accounting"), event.payer, payee, 0, amount, words))
    return lines, []


_METHODS = {"classes": _by_classes, "times-over": _by_times, "entered": _by_entry}


arguments.guard(__name__)
