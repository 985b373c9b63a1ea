"""Class of sections (断面水质类别), single factor: the worst item decides; what is missing, uncertain, and chiefly to blame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods.single_factor import ROMAN
from qingshan.methods.surface_water.bases import Basis, _rounded, judged, rounding_words
from qingshan.methods.surface_water.classes import Limits, class_words, classes_within, enough_oxygen, limits, saturation_percent
from qingshan.methods.surface_water.columns import WATER, Classes, checked_classes, columns, flags, impossible, refuse_units, water_types
from qingshan.standards.edition import Edition
from qingshan.stats import rounding
from qingshan.stats.columns import Flags, Numbers, wholes
from qingshan.terms import arguments, items

Bits = NDArray[np.uint32]
_BLOCK = 1 << 15


@dataclass(frozen=True)
class Sections:
    """Samples or sections evaluated, as columns of one shape; the basis and the rounding stand with them."""

    basis: Basis
    rounding: str
    """how values were rounded before the class"""
    oxygen: str
    """how class Ⅰ of dissolved oxygen was judged"""
    rests_on: tuple[str, ...]
    """standard and clause of class, basis, pollutants"""
    verify: tuple[str, ...]
    water_class: Classes
    """1 … 6; 0: no final class (an item of the basis is missing or cannot be judged)"""
    at_least: Classes
    """the worst of the items that are there (不好于); 0 where none is"""
    grade: NDArray[np.int8]
    """1 … 5 (优 … 重度污染), 0 none"""
    missing: Bits
    """items of the basis that are missing, as bits in its order"""
    impossible: Bits
    """items whose value cannot be one (negative, infinite, pH above 14), as bits"""
    uncertain: Bits
    """items below a detection limit too high to tell their class, where that leaves the section's class open, as bits"""
    item_class: Mapping[str, Classes]
    times_over: Mapping[str, Numbers]
    """over Ⅲ; NaN for pH and DO"""
    main: NDArray[np.int8]
    """(…, 3) main pollutants (主要污染指标) as places in ``basis.items``; −1 none"""

    def names(self, bits: ArrayLike) -> NDArray[np.str_]:
        """Bits as Chinese names joined by 、."""
        given = np.asarray(bits, np.uint32)
        distinct, where = np.unique(given, return_inverse=True)
        names = [items.get(i, "water").name for i in self.basis.items]
        words = ["、".join(n for k, n in enumerate(names) if int(b) >> k & 1) for b in distinct]
        return np.array(words or [""])[where].reshape(given.shape)

    def reason(self) -> NDArray[np.str_]:
        """Why a row has no final class; empty where it has one."""
        why = [
            ("缺项：", self.missing & ~self.impossible), ("数值不可能：", self.impossible),
            ("检出限高于限值，不能判定：", self.uncertain),
        ]  # fmt: skip
        out = np.full(self.water_class.shape, "", object)
        for words, bits in why:
            said = self.names(bits)
            out = np.where((bits > 0) & (self.water_class == 0), np.where(out == "", "", out + "；") + words + said.astype(object), out)
        return out.astype(str)


class _Chief:
    """The first few pollutants of each sample by their key, as items come one after another."""

    def __init__(self, size: int, take: int) -> None:
        self.key, self.who = np.zeros((take, size)), np.full((take, size), -1, np.int8)

    def take(self, place: int, rows: NDArray[np.intp], key: Numbers) -> None:
        """Put an item in its place among those of the rows it exceeds in; of equals the earlier in the basis stays first."""
        who = np.full(rows.size, place, np.int8)
        moved = np.zeros(rows.size, bool)
        for turn in range(self.who.shape[0]):
            held, holder = self.key[turn, rows], self.who[turn, rows]
            moved |= key > held
            self.key[turn, rows], self.who[turn, rows] = np.where(moved, key, held), np.where(moved, who, holder)
            key, who = np.where(moved, held, key), np.where(moved, holder, who)


def evaluate(
    std: Edition, rule: Edition, basis: Basis, values: Mapping[str, ArrayLike], *, water: object, rounding: Edition | None,
    below: Mapping[str, ArrayLike] | None = None, saturation: ArrayLike | None = None, units_checked: bool = False,
) -> Sections:  # fmt: skip
    """Class, grade, main pollutants of each sample or section (断面水质评价). GB 3838—2002 5.1; 环办〔2011〕22号 二（一）.

    Parameters
    ----------
    std : Edition of GB 3838
    rule : Edition of 地表水环境质量评价办法: grades and main pollutants
    basis : items judged, of :func:`basis` or :func:`chosen`; printed with the result
    values : by symbol, one shape [mg/L; pH none; temperature ℃ for the saturation of oxygen]; items outside the basis take no part;
        NaN missing. Negative, infinite and impossible values are taken as missing and told in ``impossible``
    water : ``"river"`` or ``"lake"``, one or an array: without it ValueError, there is no default
    rounding : Edition of 地表水监测数据修约 (official evaluation rounds first), or None: by the value as it stands
    below : item → flags of values that are detection limits (the true value lies below): judged only where it makes no difference.
        To take half the limit, as means do, use :func:`qingshan.stats.censored.half` before
    saturation : of oxygen [%], of :func:`saturation_percent` with pressure, altitude or salinity; without it that of the temperature
        at sea level, in fresh water
    units_checked : skip the check of magnitudes

    Raises
    ------
    LookupError : unknown item; ValueError : no water type, shapes that differ, magnitudes of another unit; NotNumbers : text
    """
    if not isinstance(basis, Basis):
        raise TypeError(f"basis 要评价项目（water.basis(规定, \"21\") 或 water.chosen([…])），得到 {basis!r}")
    if not isinstance(rounding, Edition | None):
        raise TypeError(f"rounding 要“地表水监测数据修约”的一版，或 None（不修约），得到 {rounding!r}")
    given = columns(values)
    refuse_units({i: v for i, v in given.items() if i in basis.items}, units_checked)
    shape = next(iter(given.values())).shape
    marks = flags(below, given, shape)
    lake = water_types(water, shape).reshape(-1)
    if basis.saturation and saturation is None and "DO" in given and "temperature" in given:
        saturation = saturation_percent(std, given["DO"], given["temperature"])
    if saturation is not None and np.shape(saturation) not in ((), shape):
        raise ValueError(f"饱和率 {np.shape(saturation)} 与水样 {shape} 须同形")
    rich = None if saturation is None else np.broadcast_to(enough_oxygen(std, saturation), shape).reshape(-1)
    size = int(np.prod(shape))
    work = _Work(std, rule, basis, rounding, size)
    work.oxygen = _oxygen_words(basis, rich is not None)
    flat = {i: v.reshape(-1) for i, v in given.items() if i in basis.items}
    less = {i: m.reshape(-1) for i, m in marks.items() if i in basis.items}
    masks = {i: judged(basis, i, shape).reshape(-1) for i in basis.extra}
    for start in range(0, size, _BLOCK):
        rows = slice(start, min(start + _BLOCK, size))
        work.block(rows, {i: v[rows] for i, v in flat.items()}, {i: m[rows] for i, m in less.items()},
                   {i: m[rows] for i, m in masks.items()}, lake[rows], None if rich is None else rich[rows])  # fmt: skip
    return work.result(shape)


class _Work:
    """The columns of a result while blocks fill them."""

    def __init__(self, std: Edition, rule: Edition, basis: Basis, rounding: Edition | None, size: int) -> None:
        self.std, self.rule, self.basis, self.rounding = std, rule, basis, rounding
        self.oxygen = ""
        table = rule.table("pollutant")
        self.over, self.take = int(table["over_class"]), int(table["take"])
        self.toxic = [i in table["toxic"] for i in basis.items]
        for item in basis.items:  # 不在表1 的项目先拒绝
            for kind in WATER:
                if kind == "lake" or std.rows("limit", item=item, water="river"):
                    limits(std, item, kind)
        if any(not std.rows("limit", item=i, water="river") for i in basis.items):
            raise LookupError(f"{std.clause('limit')}：总氮只评湖、库且不在 21 项之内，单独用 item_class(std, 'TN', …, water='lake')")
        self.no_multiple = frozenset(table["no_multiple"])
        self.limits: dict[str, tuple[Limits, Limits]] = {}
        for item in basis.items:
            river = limits(std, item, "river")
            self.limits[item] = river, (limits(std, item, "lake") if len(std.rows("limit", item=item)) > 1 else river)
        self.places: dict[str, tuple[int, bool]] = {}
        if rounding is not None:
            for item in basis.items:
                row = rounding.row("decimals", item=item)
                self.places[item] = int(row["decimals"]), bool(rounding.table("decimals")["keep_one_digit"])
        self.classes = {i: np.empty(size, np.int8) for i in basis.items}
        self.times = {i: np.empty(size) for i in basis.items}
        self.water_class, self.at_least = np.empty(size, np.int8), np.empty(size, np.int8)
        self.missing, self.impossible, self.uncertain = (np.zeros(size, np.uint32) for _ in range(3))
        self.main = np.full((size, self.take), -1, np.int8)

    def block(
        self, rows: slice, values: Mapping[str, Numbers], less: Mapping[str, Flags], masks: Mapping[str, Flags], lake: Flags,
        rich: Flags | None,
    ) -> None:  # fmt: skip
        size = lake.size
        worst, ceiling = np.zeros(size, np.int8), np.zeros(size, np.int8)
        absent, wrong, open_ = (np.zeros(size, np.uint32) for _ in range(3))
        optional = np.uint32(0)
        any_lake, any_river = bool(lake.any()), not bool(lake.all())
        chief = _Chief(size, self.take)
        for place, item in enumerate(self.basis.items):
            bit = np.uint32(1 << place)
            if item in self.basis.optional:
                optional |= bit
            if item not in values:
                self.classes[item][rows], self.times[item][rows] = 0, np.nan
                absent |= np.where(masks[item], bit, np.uint32(0)) if item in masks else bit
                continue
            value = values[item]
            bad = impossible(item, value)
            gone = np.isnan(value)
            if some_bad := bool(bad.any()):
                gone |= bad
            judged_here = masks.get(item)
            if item in self.places:
                value = _rounded(value, *self.places[item])
            found, bound = self._item(item, value, lake, any_lake, any_river)
            if item == "DO" and self.basis.saturation and rich is not None:
                found = np.where(rich, np.int8(1), found)
            top = found
            if item in less:
                found, top = self._below(item, found, less[item])
            if (some := gone.any()) or judged_here is not None:
                out = gone if judged_here is None else gone | ~judged_here
                same = top is found
                found = np.where(out, np.int8(0), found)
                top = found if same else np.where(out, np.int8(0), top)
                if some:
                    lacks = gone if judged_here is None else gone & judged_here
                    absent |= lacks * bit
                    if some_bad:
                        wrong |= (bad if judged_here is None else bad & judged_here) * bit
            else:
                out = gone
            if item in less:
                open_ |= (top > found) * bit
                ceiling = np.maximum(ceiling, top)
            over = np.flatnonzero(found > self.over)
            self.classes[item][rows] = found
            self._times(item, rows, value, bound, out if some or judged_here is not None else None, over)
            np.maximum(worst, found, out=worst)
            if over.size:
                chief.take(place, over, self._key(place, found[over], self.times[item][rows][over]))
        final = ((absent & ~optional) == 0) & (worst > 0) & ((wrong & optional) == 0)
        unsure = ceiling > worst
        self.water_class[rows] = np.where(final & ~unsure, worst, 0)
        self.at_least[rows] = worst
        self.missing[rows], self.impossible[rows] = absent, wrong
        self.uncertain[rows] = np.where(unsure, open_, 0)
        self.main[rows] = chief.who.T

    def _item(self, item: str, value: Numbers, lake: Flags, any_lake: bool, any_river: bool) -> tuple[Classes, Numbers]:
        """Classes by the limits of each sample's water body, and the limit of Ⅲ: one, or one a sample."""
        river, other = self.limits[item]
        if river is other or not any_lake:
            return classes_within(river, value), np.asarray(river.limit[self.over - 1] if river.limit else np.nan)
        if not any_river:
            return classes_within(other, value), np.asarray(other.limit[self.over - 1])
        found = np.where(lake, classes_within(other, value), classes_within(river, value))
        return found, np.where(lake, other.limit[self.over - 1], river.limit[self.over - 1])

    def _times(
        self, item: str, rows: slice, value: Numbers, bound: Numbers, missing: Flags | None, over: NDArray[np.intp]
    ) -> None:  # fmt: skip
        """Times over Ⅲ into the result: computed where the item exceeds, 0 where it meets, NaN where it is missing."""
        column = self.times[item][rows]
        if item in self.no_multiple:
            column[:] = np.nan
            return
        column[:] = 0.0
        if missing is not None:
            column[missing] = np.nan
        limit = bound if bound.ndim == 0 else bound[over]
        column[over] = (value[over] - limit) / limit

    def _below(self, item: str, found: Classes, below: Flags) -> tuple[Classes, Classes]:
        """Least and greatest class a value below its detection limit may have: Ⅰ, and that of the limit."""
        if item == "pH":
            return found, found
        if item == "DO":  # 越低越差：至少是检出限的类别，可至劣Ⅴ
            return found, np.where(below, np.int8(len(ROMAN) - 1), found)
        return np.where(below, np.int8(1), found), found

    def _key(self, place: int, found: Classes, times: Numbers) -> Numbers:
        """Order of main pollutants as one number: toxic first, then class, then times over."""
        squeezed = np.where(times > 0, times / (1 + times), 0.0)
        return np.asarray(found + squeezed + 8 * self.toxic[place])

    def result(self, shape: tuple[int, ...]) -> Sections:
        rests = (str(self.std.clause("limit")), self.basis.rests_on, self.rule.clause("grade"), self.rule.clause("pollutant"))
        marks = [*self.basis.verify]
        for edition, tables in ((self.std, ("limit",)), (self.rule, ("grade", "pollutant"))):
            marks += [f"{edition.code} {m}" for m in edition.verify_of(*tables)]
        if self.rounding is not None:
            marks += [f"{self.rounding.code} {m}" for m in self.rounding.verify_of("decimals")]
        return Sections(
            self.basis, rounding_words(self.rounding), self.oxygen, tuple(r for r in rests if r), tuple(dict.fromkeys(marks)),
            self.water_class.reshape(shape), self.at_least.reshape(shape), grades(self.rule, self.water_class).reshape(shape),
            self.missing.reshape(shape), self.impossible.reshape(shape), self.uncertain.reshape(shape),
            {i: c.reshape(shape) for i, c in self.classes.items()}, {i: t.reshape(shape) for i, t in self.times.items()},
            self.main.reshape((*shape, self.take)),
        )  # fmt: skip


def _oxygen_words(basis: Basis, known: bool) -> str:
    if "DO" not in basis.items:
        return ""
    if not basis.saturation:
        return "溶解氧Ⅰ类按 7.5 mg/L，不看饱和率"
    return "溶解氧Ⅰ类按饱和率 90 % 或 7.5 mg/L" if known else "没有水温，溶解氧Ⅰ类按 7.5 mg/L"


def grades(rule: Edition, classes: ArrayLike) -> NDArray[np.int8]:
    """Grade 1 … 5 (优、良好、轻度污染、中度污染、重度污染) of classes; 0 for none. 环办〔2011〕22号 二（一）1."""
    ladder = np.zeros(len(ROMAN), np.int8)
    for row in rule.table("grade")["row"]:
        ladder[row["classes"]] = row["grade"]
    return np.asarray(ladder[checked_classes(classes)])


def grade_words(rule: Edition, grade: ArrayLike) -> NDArray[np.str_]:
    """Grades in words: 优 … 重度污染; empty for none. Colours: ``rule.row("grade", grade=2)["colour"]``."""
    return np.array(["", *(r["words"] for r in rule.table("grade")["row"])])[wholes(grade, "水质状况等级", 5)]


def colour_words(rule: Edition, grade: ArrayLike) -> NDArray[np.str_]:
    """Colours (表征颜色) of grades: 蓝色 … 红色; empty for none."""
    return np.array(["", *(r["colour"] for r in rule.table("grade")["row"])])[wholes(grade, "水质状况等级", 5)]


def multiple_words(value: float, decimals: int = 1) -> str:
    """Times over as printed in brackets: 1.2; what would be 0.0 keeps one significant digit (0.04); "" for none."""
    if not value > 0:
        return ""
    shown = float(rounding.half_even(value, decimals))
    if shown == 0:
        decimals = int(-np.floor(np.log10(value)))
        shown = float(rounding.half_even(value, decimals))
    return f"{shown:.{decimals}f}"


def main_words(found: Sections, rule: Edition) -> NDArray[np.str_]:
    """Main pollutants in words: ``高锰酸盐指数(1.2)、总磷(0.4)``; pH and DO without multiple; empty where there is none."""
    names = [items.get(i, "water").name.replace(" ", "") for i in found.basis.items]
    decimals = int(rule.table("pollutant")["decimals"])
    main = found.main.reshape(-1, found.main.shape[-1])
    out = np.full(main.shape[0], "", object)
    times = [found.times_over[i].reshape(-1) for i in found.basis.items]
    for row in np.flatnonzero(main[:, 0] >= 0):
        parts = []
        for place in main[row]:
            if place >= 0:
                multiple = multiple_words(times[place][row], decimals)
                parts.append(f"{names[place]}({multiple})" if multiple else names[place])
        out[row] = "、".join(parts)
    return out.astype(str).reshape(found.water_class.shape)


def sentences(found: Sections, rule: Edition, names: ArrayLike) -> NDArray[np.str_]:
    """A sentence a section as bulletins write it: 甲断面水质符合Ⅱ类标准，水质状况为优 …, with the basis and the rounding."""
    label = np.asarray(names, object)
    if label.shape != found.water_class.shape:
        raise ValueError(f"断面名 {label.shape} 与结果 {found.water_class.shape} 须同形")
    words, grade = np.asarray(class_words(found.water_class)), np.asarray(grade_words(rule, found.grade))
    main, reason = main_words(found, rule), found.reason()
    tail = f"（评价项目：{found.basis.title}；{found.rounding}）"
    out = []
    for k in np.ndindex(found.water_class.shape):
        cls = int(found.water_class[k])
        if cls == 0:
            worse = f"，已有项目不好于{ROMAN[int(found.at_least[k])]}类" if found.at_least[k] > 1 else ""
            out.append(f"{label[k]}断面不能定水质类别：{reason[k] or '无数据'}{worse}{tail}")
            continue
        said = "水质劣于Ⅴ类标准" if cls == len(ROMAN) - 1 else f"水质符合{words[k]}类标准"
        blame = f"，主要污染指标为{main[k]}" if main[k] else ""
        out.append(f"{label[k]}断面{said}，水质状况为{grade[k]}{blame}{tail}")
    return np.array(out or [""])[: found.water_class.size].reshape(found.water_class.shape)


arguments.guard(__name__)
