"""Calls of the cases for the emission inventory."""

from __future__ import annotations

from qingshan.methods import inventory


def _tax(std, **given):
    found = inventory.tax(std, **given)
    return {"yuan": found.yuan, "taxed": [t.pollutant for t in found.rows if t.taxed]}


def _reductions(std, projects, assigned, **more):
    found = inventory.reductions([inventory.Project(**p) for p in projects], assigned, **more)
    return [[a.pollutant, a.reduced, a.left, a.met] for a in found]


CALLS = {
    "inventory.emission": lambda std, **given: inventory.emission(**given),
    "inventory.effective": lambda std, **given: inventory.effective(**given),
    "inventory.road_factor": lambda std, **given: inventory.road_factor(std, **given),
    "inventory.road": lambda std, **given: inventory.road(std, **given),
    "inventory.site": lambda std, **given: inventory.site(std, **given),
    "inventory.pile_factor": lambda std, **given: inventory.pile_factor(std, **given),
    "inventory.soil": lambda std, **given: inventory.soil(std, **given),
    "inventory.reductions": _reductions,
    "inventory.equivalent": lambda std, **given: inventory.equivalent(std, **given),
    "inventory.equivalents": lambda std, **given: inventory.equivalents(std, **given),
    "inventory.ph_equivalents": lambda std, **given: inventory.ph_equivalents(std, **given),
    "inventory.other_equivalents": lambda std, **given: inventory.other_equivalents(std, **given),
    "inventory.relief": lambda std, **given: inventory.relief(std, **given),
    "inventory.tax": _tax,
    "inventory.solid_tax": lambda std, **given: inventory.solid_tax(std, **given),
    "inventory.noise_tax": lambda std, **given: inventory.noise_tax(std, **given),
    "inventory.ofp": lambda std, **given: inventory.ofp(std, **given).total,
    "inventory.soap": lambda std, **given: inventory.soap(std, **given).total,
    "inventory.mass": lambda std, **given: inventory.mass(std, **given),
}
