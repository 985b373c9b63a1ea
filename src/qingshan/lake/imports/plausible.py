"""Samples whose values cannot be (采样值的合理性): another unit by its magnitude, beyond physics; said for each row before it is stored."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from qingshan import standards
from qingshan.methods import single_factor, surface_water
from qingshan.stats import plausibility

CLASSED = {"groundwater": ("GB/T 14848", ("regular", "other")), "sea": ("GB 3097", ("limit",))}
HINT = "单位确实无误的，在列映射里写 units_checked = true，或命令加 --units-checked"


def suspects(item: str, medium: str, values: np.ndarray, *, units_checked: bool = False) -> Iterator[tuple[np.ndarray, str]]:
    """Places in a column, and what is wrong there; a unit of another magnitude is wrong with every place.

    Parameters
    ----------
    values : of one item, measured ones only (no detection limits), in the item's unit
    """
    every = np.arange(values.size)
    if not units_checked and (said := _unit(item, medium, values)):
        yield every, said
        return
    for finding in plausibility.check(item, medium, values):
        if finding.kind == "unit":
            if not units_checked:
                yield every, f"{finding.words}。{HINT}"
                return
        elif finding.refuse:
            yield finding.places, finding.words


def _unit(item: str, medium: str, values: np.ndarray) -> str:
    """The sentence that a column is of another magnitude, by what its medium's evaluation would refuse."""
    said = ""
    if medium == "water":
        said = next(iter(surface_water.unit_faults({item: values})), "")
    elif medium in CLASSED:
        code, tables = CLASSED[medium]
        std = standards.get(code, edition=standards.editions(code)[-1].edition)
        rows = (row for table in tables for row in std.table(table)["row"] if row["item"] == item)
        row = next(({"unit": std.table(tables[0]).get("unit", ""), **row} for row in rows), None)
        said = single_factor.unit_fault(std, row, values, medium) if row else ""
    return f"{said.partition('；单位确实')[0].partition('，单位确实')[0]}。{HINT}" if said else ""
