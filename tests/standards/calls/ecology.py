"""Calls of the cases for ecology."""

from __future__ import annotations

from qingshan.methods import ecology


def _goals(std, index, **more):
    found = ecology.two_goals(std, index, **more)
    return {"kept": found.kept, "reached": found.reached, "to_stretch": found.to_stretch}


CALLS = {
    "ecology.ei": lambda std, **parts: ecology.ei(std, parts),
    "ecology.eqi": lambda std, **parts: ecology.eqi(std, parts),
    "ecology.grade": lambda std, index, **more: ecology.grade(std, index, **more),
    "ecology.grade_words": lambda std, index, **more: ecology.grade_words(std, ecology.grade(std, index, **more)),
    "ecology.change_words": ecology.change_words,
    "ecology.fluctuation_words": ecology.fluctuation_words,
    "ecology.two_goals": _goals,
    "ecology.habitat": ecology.habitat,
    "ecology.vegetation": ecology.vegetation,
    "ecology.water_network": ecology.water_network,
    "ecology.land_stress": ecology.land_stress,
    "ecology.pollution_load": ecology.pollution_load,
}
