"""Single-factor evaluation (单因子评价): the class of each item by its limits, the worst item is the class of the sample.

One kernel for every standard that prints limits class by class: groundwater, sea water, sediment, biota, and sources of drinking water.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.standards.edition import Edition
from qingshan.stats import plausibility, rounding
from qingshan.stats.columns import Flags, NotNumbers, Numbers, numbers, truths
from qingshan.terms import arguments, items
from qingshan.terms.registry import unknown

ROMAN = ("—", "Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "劣Ⅴ")
"""Class numbers as printed; 0 is no class."""
CENSORED = {"bound": "检出限不高于Ⅰ类限值的为Ⅰ类，否则类别不定", "half": "以检出限的一半参加评价", "first": "未检出为Ⅰ类"}
"""What a value below its detection limit counts as (低于检出限的处理)."""
_EXACT = 1e-12  # floats stand for the decimals they were written as: 0.1 + 0.2 meets a limit of 0.3
PRESENCE = ("odour", "visible")
"""Items that are 无 or 有 (嗅和味、肉眼可见物); no other item takes these words."""
_WORDS = {"无": 0.0, "有": 1.0}


@dataclass(frozen=True)
class Classes:
    """Classes of samples by single factor (单因子评价的结果), with all they rest on. Samples have shape (…), items come first."""

    standard: str
    """``GB/T 14848—2017``"""
    clause: str
    verify: tuple[str, ...]
    """marks to print beside the result (待核实)"""
    items: tuple[str, ...]
    names: tuple[str, ...]
    """Chinese names of the items"""
    overall: NDArray[np.int8]
    """class of the sample, 1 the best; 0 where no item has a class"""
    by_item: NDArray[np.int8]
    """(items, …); 0: missing, no measured value, or below a detection limit that does not tell"""
    worst: Flags
    """(items, …): the items that decide the class"""
    times_over: Numbers
    """(items, …): times over the limit of the target class (超标倍数); 0 met, NaN none (pH, dissolved oxygen, missing)"""
    limits: Mapping[str, tuple[float, ...]]
    """limit of the target class of each item: one number, or low and high"""
    target: int
    undecided: Flags
    """(items, …): below a detection limit that lies above the best class, so its class is open"""
    refused: Flags
    """(items, …): no measured value: negative, infinite, beyond physics"""
    labels: tuple[str, ...] = ROMAN

    def words(self) -> NDArray[np.str_]:
        """Classes as printed: ``Ⅲ``; ``—`` where there is none."""
        return np.array(self.labels)[self.overall]

    def worst_items(self) -> NDArray[np.str_]:
        """The items that decide the class, named (定类指标): ``"铁、锰"``; empty for the best class and where there is none."""
        return self._named(self.worst & (self.overall > 1))

    def exceeding(self) -> NDArray[np.str_]:
        """The items that miss the target class, worst class first, with times over: ``"锰(1.2)、pH 值"``."""
        over = self.by_item > self.target
        flat, times = self.by_item.reshape(len(self.items), -1), self.times_over.reshape(len(self.items), -1)
        out = []
        for sample in range(flat.shape[1]):
            rows = [i for i in range(len(self.items)) if over.reshape(flat.shape)[i, sample]]
            rows.sort(key=lambda i: (-flat[i, sample], -np.nan_to_num(times[i, sample])))
            out.append("、".join(self.names[i] + times_words(times[i, sample]) for i in rows))
        return np.array(out, np.str_).reshape(self.overall.shape)

    def open_items(self) -> NDArray[np.str_]:
        """Items whose class is open because the detection limit is too high (检出限高于限值)."""
        return self._named(self.undecided)

    def refused_items(self) -> NDArray[np.str_]:
        """Items whose values are no measured values: negative, infinite, beyond physics (不成其为测得值)."""
        return self._named(self.refused)

    def meets(self, target: int | None = None) -> Flags:
        """Whether each sample has a class and it is the target or better (达标)."""
        return (self.overall > 0) & (self.overall <= (self.target if target is None else target))

    def _named(self, mask: Flags) -> NDArray[np.str_]:
        flat = mask.reshape(len(self.items), -1)
        words = ["、".join(self.names[i] for i in np.flatnonzero(flat[:, s])) for s in range(flat.shape[1])]
        return np.array(words, np.str_).reshape(self.overall.shape)


def times_words(value: float) -> str:
    """Times over as printed after an item: ``(1.2)``; two decimals where one would print 0.0, then ``(<0.01)``; nothing for NaN."""
    if np.isnan(value):
        return ""
    for decimals in (1, 2):
        rounded = float(rounding.half_even(value, decimals))
        if rounded > 0 or value <= 0:
            return f"({rounded:.{decimals}f})"
    return "(<0.01)"


def column(item: str, values: ArrayLike, medium: str) -> Numbers:
    """One item's values as floats that stand for the decimals they were written as; other text than 无、有 raises."""
    what = f"{item}（{items.get(item, medium).name}）"
    try:
        array = np.asarray(values) if not isinstance(values, np.ma.MaskedArray) else values
    except ValueError:
        return numbers(values, what)  # 说明各行长短不一
    if item in PRESENCE and array.dtype.kind in "UO" and all(v is None or v in _WORDS or v != v for v in array.ravel().tolist()):
        return np.array([_WORDS.get(v, np.nan) for v in array.ravel().tolist()], float).reshape(array.shape)
    if array.dtype.kind == "b":
        raise NotNumbers(f"{what}：得到是否（bool），须为数值，缺测用 None 或 NaN")
    return numbers(values, what)


def samples(given: Mapping[str, ArrayLike], medium: str) -> dict[str, Numbers]:
    """Samples by item, each a known item of the medium and all of one shape; LookupError, ValueError, NotNumbers otherwise."""
    if not given:
        raise LookupError(f"没有{items.MEDIA[medium]}项目的列")
    known = items.symbols(medium)
    for name in given:
        if name not in known:
            same = [i for i in items.of_medium(medium) if str(name).strip().casefold() in (i.symbol.casefold(), i.name.casefold())]
            if same:
                raise LookupError(f"没有{items.MEDIA[medium]}项目“{name}”；写成“{same[0].symbol}”（{same[0].name}）")
            raise LookupError(unknown(f"{items.MEDIA[medium]}项目", str(name), known))
    found = {name: column(name, v, medium) for name, v in given.items()}
    shapes = {name: c.shape for name, c in found.items()}
    if len(set(shapes.values())) > 1:
        raise ValueError(f"各项须同形：{shapes}")
    return found


def at_most(value: Numbers, limit: ArrayLike) -> Flags:
    """``value ≤ limit`` (含本数), exact for decimals: a value equal to the limit meets it."""
    bound = np.asarray(limit, float)
    with np.errstate(invalid="ignore"):
        met: Flags = value <= bound + np.abs(bound) * _EXACT
    return met


def at_least(value: Numbers, limit: ArrayLike) -> Flags:
    """``value ≥ limit`` (含本数), exact for decimals."""
    bound = np.asarray(limit, float)
    with np.errstate(invalid="ignore"):
        met: Flags = value >= bound - np.abs(bound) * _EXACT
    return met


def _bounds(row: Mapping[str, Any]) -> list[tuple[float, float]]:
    """What each class holds, as (low, high); equal limits stay, so that the first, better class takes a value (从优不从劣)."""
    sense = row.get("sense", "upper")
    if sense == "range":
        low, high = row["low"], row["high"]
        pairs = zip(low, high, strict=True) if isinstance(low, list) else [(low, high)]
        return [(float(a), float(b)) for a, b in pairs]
    limit = row["limit"] if isinstance(row["limit"], list) else [row["limit"]]
    if sense == "lower":
        return [(float(v), np.inf) for v in limit]
    if sense == "upper":
        return [(-np.inf, float(v)) for v in limit]
    raise LookupError(unknown("限值的含义 sense", str(sense), ("upper", "lower", "range")))


def item_class(row: Mapping[str, Any], value: Numbers, worst: int) -> NDArray[np.int8]:
    """The class of one item's values by its row of limits; the first class that holds it; `worst` beyond all; 0 for NaN.

    Parameters
    ----------
    row : ``sense`` ``upper`` (at most), ``lower`` (at least) or ``range``; ``limit``, or ``low`` and ``high``, class by class;
        ``above``: the class beyond the last limit where it is not `worst` (总放射性: Ⅳ and Ⅴ both print ">", the better is taken)
    """
    bounds = _bounds(row)
    beyond = int(row.get("above", worst))
    sense = row.get("sense", "upper")
    if sense in ("upper", "lower"):
        edge = np.array([b for pair in bounds for b in pair if np.isfinite(b)])
        side, given = (edge, value) if sense == "upper" else (-edge, -value)
        place = np.zeros(value.shape, np.int8)
        for bar in (side + np.abs(edge) * _EXACT).tolist():
            place += np.asarray(given > bar)
        classes = np.array([*range(1, edge.size + 1), beyond], np.int8)[place]
        return np.where(np.isnan(value), np.int8(0), classes)
    out = np.full(value.shape, beyond, np.int8)
    for number in range(len(bounds), 0, -1):
        low, high = bounds[number - 1]
        out[at_most(value, high) & at_least(value, low)] = number
    out[np.isnan(value)] = 0
    return out


def _target_limit(row: Mapping[str, Any], target: int) -> tuple[float, ...]:
    bounds = _bounds(row)
    low, high = bounds[min(target, len(bounds)) - 1]
    if target > len(bounds) and int(row.get("above", 0)) == target:
        return ()
    return tuple(b for b in (low, high) if np.isfinite(b))


def times_over(row: Mapping[str, Any], value: Numbers, target: int) -> Numbers:
    """Times over the limit of the target class (超标倍数) B = (C − S)/S; 0 met, NaN for ranges, lower limits and missing values."""
    limit = _target_limit(row, target)
    if row.get("sense", "upper") != "upper" or not limit or limit[0] <= 0:
        return np.full(value.shape, np.nan)
    beyond = ~at_most(value, limit[0])  # 缺测也在其中，倍数仍为 NaN
    over: Numbers = np.zeros(value.shape)
    over[beyond] = (value[beyond] - limit[0]) / limit[0]
    return over


def marks(below: Mapping[str, ArrayLike] | None, found: Mapping[str, Numbers]) -> dict[str, Flags]:
    """Marks of values below the detection limit, by item; an item without values, or of another shape, is refused."""
    out: dict[str, Flags] = {}
    for item, mark in (below or {}).items():
        if item not in found:
            raise LookupError(unknown("给了检出标记的项目", item, found))
        flag = truths(mark, f"{item} 的低于检出限标记")
        if flag.shape != found[item].shape:
            raise ValueError(f"{item} 的低于检出限标记 {flag.shape} 与样品 {found[item].shape} 须同形")
        out[item] = flag
    return out


def _rows(std: Edition, tables: Iterable[str], given: Iterable[str], where: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    known: list[str] = []
    for table in tables:
        for row in std.table(table)["row"]:
            if row.get("sense") == "change" or any(v not in _cell(row, k) for k, v in where.items() if k in row):
                continue
            known.append(row["item"])
            found.setdefault(row["item"], {"unit": std.table(table).get("unit", ""), **row})
    absent = [item for item in given if item not in found]
    if absent:
        clauses = "、".join(dict.fromkeys(str(std.table(t)["clause"]) for t in tables))
        raise LookupError(f"{std} {clauses} 没有项目“{'、'.join(absent)}”；已有：{'、'.join(dict.fromkeys(known))}")
    return found


def _cell(row: Mapping[str, Any], key: str) -> list[Any]:
    value = row[key]
    return value if isinstance(value, list) else [value]


def evaluate(
    std: Edition, given: Mapping[str, ArrayLike], *, tables: tuple[str, ...], target: int, below: Mapping[str, ArrayLike] | None = None,
    censored: str = "bound", units_checked: bool = False, where: Mapping[str, str] | None = None, labels: tuple[str, ...] = ROMAN,
) -> Classes:  # fmt: skip
    """Classes of samples by single factor (单因子评价): each item by its limits, the worst decides and is named.

    Parameters
    ----------
    std : Edition whose `tables` print limits class by class; ``classes`` of the first is the number of the class beyond all limits
    given : item → values (…), NaN or None missing; units as in the edition
    target : class whose limits exceedance and times over refer to
    below : item → whether the value is below its detection limit; the value is then that limit
    censored : what such a value counts as, see :data:`CENSORED`
    units_checked : take values as they are although their magnitude is that of another unit
    where : which rows, for tables that tell kinds apart (``{"water": "lake"}``)
    """
    if censored not in CENSORED:
        raise LookupError(unknown("低于检出限的处理", censored, CENSORED))
    found = samples(given, std.medium)
    rows = _rows(std, tables, found, where or {})
    number = int(std.table(tables[0])["classes"])
    if not 1 <= target < number:
        raise LookupError(f"{std} 的目标类别须为 1 至 {number - 1}，得到 {target}")
    flags = marks(below, found)
    plausibility.refuse_units(std.medium, found, units_checked)
    shape = next(iter(found.values())).shape
    by_item = np.zeros((len(found), *shape), np.int8)
    undecided, refused = np.zeros(by_item.shape, bool), np.zeros(by_item.shape, bool)
    times = np.full(by_item.shape, np.nan)
    for i, (item, value) in enumerate(found.items()):
        row = rows[item]
        refused[i] = plausibility.impossible(item, std.medium, value)
        value = np.where(refused[i], np.nan, value)
        by_item[i], times[i] = item_class(row, value, number), times_over(row, value, target)
        if item in flags:
            flag = flags[item] & ~refused[i]
            by_item[i], times[i], undecided[i] = _below(row, value, flag, by_item[i], times[i], number, target, censored)
    overall = by_item.max(axis=0).astype(np.int8)
    return Classes(
        str(std), "、".join(dict.fromkeys(str(std.table(t)["clause"]) for t in tables)), std.verify_of(*tables), tuple(found),
        tuple(items.get(i, std.medium).name for i in found), overall, by_item, (by_item == overall) & (by_item > 0), times,
        {i: _target_limit(rows[i], target) for i in found}, target, undecided, refused, labels,
    )  # fmt: skip


def _below(
    row: Mapping[str, Any], value: Numbers, flag: Flags, classes: NDArray[np.int8], times: Numbers, number: int, target: int, censored: str
) -> tuple[NDArray[np.int8], Numbers, Flags]:
    """Classes, times over and what stays open where values lie below their detection limit."""
    none = np.zeros(flag.shape, bool)
    if row.get("sense", "upper") != "upper":
        return np.where(flag, 0, classes).astype(np.int8), np.where(flag, np.nan, times), flag
    if censored == "half" and _bounds(row)[0][1] > 0:
        halved = np.where(flag, value / 2, value)
        return item_class(row, halved, number), times_over(row, halved, target), none
    clean = np.where(flag, 1, classes).astype(np.int8)
    met = np.where(flag, 0.0, times)
    if censored == "first" or _bounds(row)[0][1] <= 0:  # 不得检出：未检出即Ⅰ类
        return clean, met, none
    sure = at_most(value, _bounds(row)[0][1])
    open_ = flag & ~sure
    return np.where(open_, 0, clean).astype(np.int8), np.where(open_, np.nan, met), open_


arguments.guard(__name__)
