"""What a class rests on (评价依据): the items judged, how values are rounded first, named with every result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.methods.surface_water.classes import classes_within, limits, symbol
from qingshan.methods.surface_water.columns import column, columns, impossible, water_types
from qingshan.standards.edition import Edition
from qingshan.stats import rounding
from qingshan.stats.columns import Flags, Numbers, truths
from qingshan.terms import arguments
from qingshan.terms.registry import unknown


@dataclass(frozen=True)
class Basis:
    """The items a class is judged on (评价项目). A class without its basis means nothing: 21 items, 5+X and 5 items differ."""

    name: str
    title: str
    """as printed with each result"""
    items: tuple[str, ...]
    optional: tuple[str, ...] = ()
    """items whose absence leaves the class final (实时发布：总磷)"""
    saturation: bool = True
    """whether 90 % saturation gives dissolved oxygen class Ⅰ where temperature is known"""
    rests_on: str = ""
    verify: tuple[str, ...] = ()
    extra: Mapping[str, Flags] = field(default_factory=dict)
    """X of 5+X where it differs by sample: item → whether it is judged"""


def basis(rule: Edition, name: str, extra: Iterable[str] | Mapping[str, ArrayLike] = ()) -> Basis:
    """A named set of items out of a document that has a table ``basis``.

    Parameters
    ----------
    rule : Edition of 地表水环境质量评价办法 (``"21"``), 十四五国家地表水监测及评价方案 (``"5+X"``) or
        国家地表水水质自动监测实时数据发布 (``"realtime-5"``)
    extra : the X of 5+X: items judged in every sample, or item → array of bool where it differs by section
        (of :func:`extra_items`)
    """
    extra = (extra,) if isinstance(extra, str) else extra
    rows = rule.table("basis")["row"]
    found = [r for r in rows if r["name"] == name]
    if not found:
        raise LookupError(f"{rule.clause('basis')}：{unknown('评价项目集', name, [r['name'] for r in rows])}")
    row = found[0]
    fixed = tuple(row["items"])
    if extra and name != "5+X":
        raise ValueError(f"{rule.clause('basis')}：只有 5+X 可加项目，“{name}”不可")
    by_sample = {symbol(k): truths(v, f"{k} 的 X 标记") for k, v in extra.items()} if isinstance(extra, Mapping) else {}
    more = tuple(dict.fromkeys(symbol(x) for x in extra)) if extra else ()
    more = tuple(x for x in more if x not in fixed)
    if never := [x for x in more if x in row.get("never", ())]:
        raise LookupError(f"{rule.clause('basis')}：{'、'.join(never)} 不参加类别评价，不能作 X")
    title = row["title"]
    if more:
        title = f"{title}（X：{'、'.join(more)}{'，逐断面' if by_sample else ''}）"
    elif name == "5+X":
        title = f"{title}（无 X）"
    return Basis(
        name, title, fixed + more, tuple(row["optional"]), bool(row["saturation"]), rule.clause("basis"), rule.verify_of("basis"),
        {k: v for k, v in by_sample.items() if k in more},
    )  # fmt: skip


def chosen(items: Iterable[str]) -> Basis:
    """A set of items the caller names (自选项目); it is printed with the result as such."""
    found = tuple(dict.fromkeys(symbol(i) for i in ((items,) if isinstance(items, str) else items)))
    if not found:
        raise LookupError("自选项目至少一项")
    return Basis("chosen", f"自选{len(found)}项（{'、'.join(found)}）", found, rests_on="自选项目，不是 21 项评价")


def extra_items(
    std: Edition, rule: Edition, values: Mapping[str, ArrayLike], *, section: ArrayLike, sections: int, target: ArrayLike, water: object
) -> dict[str, Flags]:
    """X of 5+X for each section: the other items of 表1 that were worse than Ⅲ, or than a target of Ⅰ or Ⅱ, in any sample given.

    Parameters
    ----------
    values : samples of last year and of this year, (n,) each, by item [mg/L]
    section : (n,) the section of each sample, 0 … sections − 1
    target : (sections,) target class of each, 1 … 5; 0 none
    water : as in :func:`~qingshan.methods.surface_water.evaluate`, one or (n,)

    Returns
    -------
    item → (sections,) bool, of items that are X somewhere
    """
    found = columns(values)
    shape = next(iter(found.values())).shape
    where = np.asarray(section)
    if where.shape != shape or where.dtype.kind not in "iu" or (where < 0).any() or (where >= sections).any():
        raise ValueError(f"section 须为每个水样所属断面的序号 0 至 {sections - 1}，与水样同形 {shape}")
    lake = water_types(water, shape)
    bar = np.minimum(np.where(np.asarray(target) == 0, 3, np.asarray(target)), 3)[where]
    row = rule.row("basis", name="5+X")
    judged = [r["item"] for r in std.table("limit")["row"] if r["item"] not in (*row["items"], *row["never"])]
    out: dict[str, Flags] = {}
    for item in dict.fromkeys(judged):
        if item not in found:
            continue
        value = found[item]
        kinds = [classes_within(limits(std, item, kind), value) for kind in ("river", "lake")]
        over = (np.where(lake, kinds[1], kinds[0]) > bar) & ~np.isnan(value) & ~impossible(item, value)
        if over.any():
            out[item] = np.bincount(where[over], minlength=sections) > 0
    return out


def rounded(rule: Edition, item: str, values: ArrayLike, table: str = "decimals") -> Numbers:
    """Values rounded for evaluation (评价修约): half to even to the item's decimals; what would be 0 keeps one significant digit.

    Parameters
    ----------
    rule : Edition of 地表水监测数据修约
    table : ``"decimals"`` for evaluation, ``"hourly"`` for automatic stations
    """
    name = symbol(item)
    found = rule.rows(table, item=name)
    if not found:
        known = [r["item"] for r in rule.table(table)["row"]]
        raise LookupError(f"{rule.clause(table)}：{unknown('修约项目', item, known)}")
    return _rounded(column(name, values), int(found[0]["decimals"]), bool(rule.table(table)["keep_one_digit"]))


def _rounded(given: Numbers, decimals: int, keep_one_digit: bool) -> Numbers:
    out = rounding.half_even(given, decimals)
    small = np.flatnonzero((out.ravel() == 0) & (given.ravel() > 0))
    if keep_one_digit and small.size:
        flat, source = out.ravel().copy(), given.ravel()
        for k in small:
            place = int(-np.floor(np.log10(source[k] * (1 + 1e-12))))
            flat[k] = float(rounding.half_even(source[k], place))
        out = flat.reshape(out.shape)
    return out


def rounding_words(rule: Edition | None) -> str:
    """How values were rounded before the class, for print: the mode stands with each result."""
    return "不修约，按原值判定" if rule is None else f"先修约后判定（{rule.clause('decimals')}）"


def judged(basis: Basis, item: str, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """In which samples an item is judged; ValueError where the X of the basis has another shape."""
    if item not in basis.extra:
        return np.ones(shape, bool)
    mask = np.asarray(basis.extra[item], bool)
    if mask.shape != shape:
        raise ValueError(f"5+X：{item} 的 X 标记 {mask.shape} 与水样 {shape} 须同形")
    return mask


arguments.guard(__name__)
