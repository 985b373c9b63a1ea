"""Calls of the cases for groundwater, sea, sediment, biota, soil and compensation."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from qingshan.methods import compensation, groundwater, sea, soil


def _told(found):
    return {"class": found.words().tolist(), "worst": found.worst_items().tolist()}


def _below(item, below):
    return {} if below is None else {"below": {item: np.array(below, bool)}}


def _groundwater(std, samples, below=None, **options):
    marks = {k: np.array(v, bool) for k, v in (below or {}).items()}
    found = groundwater.classes(std, samples, below=marks, **options)
    extra = {"exceeding": found.exceeding(), "open": found.open_items(), "refused": found.refused_items()}
    return _told(found) | {k: v.tolist() for k, v in extra.items() if any(v.ravel())}


def _wells(std, overall):
    found = groundwater.well_shares(std, overall)
    return {"wells": found.wells, "without": found.without, "good": found.good, "worst": found.worst}


def _change(std, before, now):
    found = groundwater.well_change(std, before, now)
    return {"words": found.words().tolist(), "better": found.better, "same": found.same, "worse": found.worse, "stable": found.is_stable()}


def _area(std, overall, area):
    found = sea.area_shares(std, overall, area)
    return {"good": list(found.good), "year": found.year, "missing": list(found.missing)}


def _farmland(std, use, samples, **options):
    found = soil.farmland(std, use, samples, **options)
    return {"class": found.words().tolist(), "level": found.level.tolist(), "over": found.over_screening().tolist()}


def _construction(std, use, samples, **options):
    found = soil.construction_land(std, use, samples, **options)
    return {"level": found.level.tolist(), "over": found.over_screening().tolist()}


def _rate(std, **area):
    found = soil.farmland_rate(std, area)
    return {"rate": found.rate, "left": float(found.left), "meets": found.meets()}


def _score(std, samples):
    found = groundwater.composite_score(std, groundwater.classes(std, samples))
    return {"score": found.score.tolist(), "words": found.words().tolist(), "missing": list(found.missing)}


def _indices(std, samples, reference):
    found = soil.indices(std, samples, reference)
    return {
        "single": found.single.tolist(), "single_words": found.single_words().tolist(), "nemerow": found.nemerow.tolist(),
        "words": found.words().tolist(),
    }  # fmt: skip


def _fields(std, fields):
    area, why = soil.farmland_areas(std, [soil.Field(**f) for f in fields])
    return {"area": {k: float(v) for k, v in area.items()}, "rate": soil.farmland_rate(std, area).rate, "why": list(why)}


def _plots(std, area, reused, meets):
    found = soil.plot_rate(std, area, np.array(reused, bool), np.array(meets, bool))
    return {"rate": found.rate, "violations": list(found.violations), "met": found.is_met}


def _account(std, events, entered=None):
    made = [compensation.SectionMonth(**{k: Decimal(v) if k.endswith("value") else v for k, v in e.items()}) for e in events]
    found = compensation.account(std, made, entered=entered)
    return {
        "rules": [line.rule for line in found.lines],
        "amounts": [float(line.amount) if line.amount is not None else float("nan") for line in found.lines],
        "net": {k: float(v) for k, v in found.net().items()} if not found.open_lines else {},
    }


def _total(std, **given):
    events = [compensation.SectionMonth(**e) for e in given["events"]]
    return float(compensation.account(std, events, entered=given.get("entered")).total())


CALLS = {
    "groundwater_class": lambda std, item, value, below=None: groundwater.classes(std, {item: value}, **_below(item, below)).overall,
    "groundwater": _groundwater,
    "composite_score": _score,
    "soil_indices": _indices,
    "farmland_fields": _fields,
    "well_shares": _wells,
    "well_change": _change,
    "sea_class": lambda std, item, value, below=None: sea.classes(std, {item: value}, **_below(item, below)).overall,
    "sea": lambda std, samples: _told(sea.classes(std, samples)),
    "inorganic_nitrogen": sea.inorganic_nitrogen,
    "unionized_ammonia": sea.unionized_ammonia,
    "area_shares": _area,
    "sediment_class": lambda std, item, value: sea.sediment_classes(std, {item: value}).overall,
    "biota_class": lambda std, kind, item, value: sea.biota_classes(std, kind, {item: value}).overall,
    "farmland_item": lambda std, use, ph, item, value: soil.farmland(std, use, {item: value, "pH": ph}).by_item[0],
    "farmland": _farmland,
    "construction_item": lambda std, use, item, value: soil.construction_land(std, use, {item: value}).level,
    "construction_land": _construction,
    "farmland_rate": _rate,
    "plot_rate": _plots,
    "pig_equivalents": lambda std, heads: float(soil.pig_equivalents(std, heads)),
    "manure_use_rate": soil.manure_use_rate,
    "compensation": _account,
    "compensation_total": _total,
}
