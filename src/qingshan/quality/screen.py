"""All checks of one place over its hours (逐站筛查), at the shipped thresholds: leads in the order of the checks, then of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from qingshan.quality import series
from qingshan.quality.declared import Thresholds, checks, place_medium, thresholds
from qingshan.quality.findings import Finding
from qingshan.quality.of_place import against_others, against_people, order_leads, works_leads
from qingshan.quality.of_values import LEADS, range_leads
from qingshan.quality.place import Place
from qingshan.stats import plausibility
from qingshan.stats.columns import Flags, numbers, truths
from qingshan.terms import arguments, items
from qingshan.terms.registry import unknown

__all__ = ["Place", "screen"]


def screen(place: Place, *, only: Sequence[str] = (), **other: float) -> list[Finding]:
    """Every check the place has data for (筛查).

    Parameters
    ----------
    only : names of checks; all where empty
    other : thresholds of this bureau in place of the shipped ones, by name
    """
    if wrong := [name for name in only if name not in checks()]:
        raise LookupError(unknown("质控检查", wrong[0], checks()))
    medium = place_medium(place.kind)
    columns = {item: series.clean(column, items.get(item, medium).name) for item, column in place.columns.items()}
    if len({c.size for c in columns.values()}) > 1:
        raise ValueError(f"各列须等长：{'、'.join(f'{k} {v.size} 个' for k, v in columns.items())}")
    found: list[Finding] = []
    at: dict[str, Thresholds] = {}
    for item, column in columns.items():
        at[item] = _with(thresholds(place.kind, item), other)
        # 物理上不可能的值只报一次，不再让别的检查重复说
        sound = np.where(plausibility.impossible(item, medium, column), np.nan, column)
        found += range_leads(at[item], numbers(place.columns[item], item))
        live = np.where(_invalid(place, sound.size), np.nan, sound)
        for leads in LEADS:
            found += leads(at[item], live)
        found += against_others(place, at[item], live)
        found += against_people(place, at[item], sound)
    if columns:
        first = next(iter(columns))
        found += order_leads(place, columns, at)
        found += works_leads(place, columns[first].size, at[first])
    order = {name: k for k, name in enumerate(checks())}
    return sorted((f for f in found if not only or f.check in only), key=lambda f: (order[f.check], f.item, f.start))


def _invalid(place: Place, size: int) -> Flags:
    """Hours that are marked or stopped: their values are no measurements, and only the checks of marks look at them."""
    out = np.zeros(size, bool)
    for marks in (place.marked, place.stopped):
        if marks is not None:
            given = truths(marks, "标记").ravel()
            if given.size != size:
                raise ValueError(f"标记与数据须等长，得到 {given.size} 与 {size}")
            out |= given
    return out


def _with(at: Thresholds, other: Mapping[str, float]) -> Thresholds:
    if wrong := [name for name in other if not hasattr(at, name) or name in ("item", "medium")]:
        raise LookupError(unknown("阈值", wrong[0], [k for k in vars(at) if k not in ("item", "medium")]))
    return replace(at, **other)  # type: ignore[arg-type]


arguments.guard(__name__)
