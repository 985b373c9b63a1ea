"""Who is scored (参评单位) and the full marks each item has for them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from qingshan.bureau.indicators.inputs import Inputs
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.places import Place
from qingshan.bureau.indicators.scheme_outcomes import Group
from qingshan.bureau.indicators.schemes import Scheme
from qingshan.methods import scoring


@dataclass(frozen=True)
class Unit:
    """One that is scored: an area, a department, or a name."""

    code: str
    name: str
    place: Place | None = None
    group: Group | None = None


def units(inputs: Inputs, scheme: Scheme, period: Period) -> tuple[Unit, ...]:
    """Who is scored, in the order of their codes."""
    said = scheme.units
    if said.kind in ("town", "village"):
        found = [Unit(p.code, p.name, p) for p in inputs.areas(said.kind)]
    elif said.kind == "department":
        found = [Unit(code, name) for code, name in inputs.departments]
    else:
        names: dict[str, str] = {}
        for item in scheme.item:
            for token in tokens(period):
                names |= inputs.named(item.figures if item.figures else f"{scheme.name}.{item.name}", token)
        for extra in (*scheme.bonus, *scheme.veto):
            names |= inputs.named(f"{scheme.name}.{extra.name}", period.token)
        found = [Unit(code, name) for name, code in names.items()]
    if said.only:
        found = [u for u in found if u.name in said.only or u.code in said.only]
    found = [u for u in found if u.name not in said.without and u.code not in said.without]
    return tuple(sorted((replace(u, group=scheme.group_of(u.name, u.code)) for u in found), key=lambda u: (u.code, u.name)))


def marks(scheme: Scheme, who: tuple[Unit, ...]) -> np.ndarray:
    """Full marks by item and unit: the items' own, or those of the unit's group; a plain scheme counts its value as one."""
    if scheme.is_plain:
        return np.ones((1, len(who)))
    out = np.zeros((len(scheme.item), len(who)))
    for k, unit in enumerate(who):
        for i, item in enumerate(scheme.item):
            out[i, k] = item.weight if not scheme.group else unit.group.weights.get(item.name, 0.0) if unit.group else 0.0
    if scheme.weights == "normalised" and who:
        there = out.sum(axis=0) > 0
        out[:, there] = scoring.normalised(out[:, there], scheme.full)
    return out


def months_of(span: Period) -> list[Period]:
    out, at = [], Period.month(span.start.year, span.start.month)
    while at.start <= span.end:
        out.append(at)
        at = Period.month(at.start.year + at.start.month // 12, at.start.month % 12 + 1)
    return out


def tokens(period: Period) -> list[str]:
    return list(dict.fromkeys([period.token, *(m.token for m in months_of(period))]))
