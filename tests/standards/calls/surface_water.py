"""Calls of the cases for surface water. A missing value is written ``nan`` in the cases."""

from __future__ import annotations

import numpy as np

from qingshan import standards
from qingshan.methods import surface_water as water
from qingshan.stats import censored

GB3838 = standards.get("GB 3838", edition="2002")
RULE = standards.get("地表水环境质量评价办法", edition="2011")
PLAN = standards.get("十四五国家地表水监测及评价方案", edition="2020")
REALTIME = standards.get("国家地表水水质自动监测实时数据发布", edition="2020")
ROUNDING = standards.get("地表水监测数据修约", edition="2020")
CLEAN = {
    "pH": 7.5, "DO": 8, "CODMn": 1.5, "COD": 8, "BOD5": 1, "NH3-N": 0.1, "TP": 0.01, "Cu": 0.001, "Zn": 0.01, "F": 0.2, "Se": 0.0002,
    "As": 0.001, "Hg": 0.00002, "Cd": 0.00005, "Cr6+": 0.002, "Pb": 0.0005, "CN": 0.0005, "VP": 0.0005, "oil": 0.01, "LAS": 0.02, "S": 0.005,
}  # fmt: skip
"""A clean river, class Ⅰ in all 21 items: a case says only what differs."""


def _basis(name: str, extra=()) -> water.Basis:
    return water.basis({"21": RULE, "5+X": PLAN, "realtime-5": REALTIME}[name], name, extra)


def _evaluate(basis="21", values=None, water_type="river", rounded=False, extra=(), below=(), clean=True, items=()):
    std = GB3838
    chosen = water.chosen(items) if items else _basis(basis, extra)
    given = {**({i: CLEAN[i] for i in chosen.items} if clean else {}), **(values or {})}
    columns = {i: np.atleast_1d(np.array(v, float)) for i, v in given.items()}
    size = max(c.size for c in columns.values())
    columns = {i: np.broadcast_to(c, (size,)) for i, c in columns.items()}
    flags = {i: np.ones(size, bool) for i in below}
    return water.evaluate(std, RULE, chosen, columns, water=water_type, rounding=ROUNDING if rounded else None, below=flags)


def _section(std, **given):
    found = _evaluate(**given)
    return {"class": found.water_class, "main": water.main_words(found, RULE), "reason": found.reason()}


def _basin(std, classes=None, values=None, water_type="river", basis="realtime-5"):
    if classes is not None:
        share = water.class_shares(classes)
        return str(water.grade_words(RULE, water.share_grade(RULE, share[1] + share[2] + share[3], share[6])))
    chosen = _basis(basis)
    size = max(len(np.atleast_1d(v)) for v in values.values())
    columns = {i: np.broadcast_to(np.array(values.get(i, CLEAN[i]), float), (size,)) for i in chosen.items}
    found = water.basin(GB3838, RULE, chosen, columns, water=water_type, rounding=None)
    return {"method": found.method, "class": found.water_class, "grade": str(water.grade_words(RULE, found.grade)), "main": list(found.main)}


def _shares(std, classes, absent, target=None, last=None):
    found = water.shares(classes, absent=absent, target=target, last=last)
    return [found.good_share, found.worst_share, found.denominator, found.without]


def _trend(std, yearly):
    found = water.trend(std, yearly)
    return {"r": found.r, "words": found.words}


def _trophic(std, values, chosen=None):
    found = water.trophic(std, values, chosen=chosen)
    return {"total": found.total, "grade": str(water.tli_words(std, found.grade))}


def _bloom_area(std, area, **of):
    return water.bloom_words(std, water.bloom_area_level(std, area, of["water"]))


def _cwqi(std, values, water_type="river", below=()):
    given = {**CLEAN, **values}
    return water.cwqi(std, GB3838, {i: [v] for i, v in given.items()}, water=water_type, below={i: [True] for i in below})[0]


def _black(std, values, depth=None):
    return water.level_words(std, water.black_odorous(std, {k: np.array(v, float) for k, v in values.items()}, depth_cm=depth).level)


def _cells(std, cells, limit=None):
    found = censored.read_cells(cells, limit=limit)
    return {"value": found.value, "below": found.below, "unlimited": found.unlimited}


CALLS = {
    "water.item_class": lambda std, item, value, water_type=None, saturation=None: water.item_class(
        std, item, np.array(value, float), water=water_type, saturation=saturation
    ),
    "water.limit": lambda std, item, grade, water_type="": water.limit(std, item, grade, water_type),
    "water.meets_limit": lambda std, item, value: water.meets_limit(std, item, value),
    "water.temperature_meets": lambda std, change: water.temperature_meets(std, change),
    "water.saturation": lambda std, **given: water.saturation_percent(std, **given),
    "water.times_over": lambda std, item, value, grade=3, water_type=None: water.times_over(std, item, value, grade, water=water_type),
    "water.section": _section,
    "water.rounded": lambda std, item, value, table="decimals": water.rounded(std, item, value, table),
    "water.basin": _basin,
    "water.share_grade": lambda std, good, worst: str(water.grade_words(std, water.share_grade(std, good, worst))),
    "water.change": lambda std, before, after: water.change_words(std, before, after),
    "water.share_change": lambda std, good, worst: water.share_change_words(std, tuple(good), tuple(worst)),
    "water.trend": _trend,
    "water.period_mean": lambda std, item, value, period: water.period_means(std, {item: value}, period).mean[item],
    "water.ph_mean": lambda std, value: water.ph_mean(value),
    "water.trophic": _trophic,
    "water.combine": lambda std, index: water.combine(std, index),
    "water.tli_grade": lambda std, total: water.tli_words(std, water.tli_grades(std, total)),
    "water.cwqi": _cwqi,
    "water.single_index": lambda std, item, value, water_type="river": water.single_water_index(std, GB3838, item, value, water=water_type),
    "water.rank": lambda std, index: water.rank_index(std, index),
    "water.change_rate": lambda std, now, base: water.change_rate(std, now, base),
    "water.meets_target": lambda std, classes, target: water.meets_target(classes, target),
    "water.year_meets": lambda std, monthly, target, **how: water.year_meets(monthly, target, **how)[0],
    "water.shares": _shares,
    "water.rivers": lambda std, river, met: water.rivers_meet(river, met),
    "water.black": _black,
    "water.bloom": lambda std, density: water.bloom_words(std, water.bloom_level(std, density)),
    "water.rank_change": water.rank_change,
    "water.is_steady": water.is_steady,
    "water.settled": lambda std, values, kind: water.settled(GB3838, std, values, water=kind),
    "water.bloom_area": _bloom_area,
    "water.less_inflow": lambda std, values, deducted: {i: v.tolist() for i, v in water.less_inflow(std, values, deducted).items()},
    "water.lake_bloom": lambda std, density: water.lake_bloom_level(std, density)[0],
    "water.cells": _cells,
}
