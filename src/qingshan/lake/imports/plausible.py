"""Samples whose values cannot be (采样值的合理性): another unit by its magnitude, beyond physics; said for each row before it is stored."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from qingshan.stats import plausibility

HINT = "单位确实无误的，在列映射里写 units_checked = true，或命令加 --units-checked"


def suspects(item: str, medium: str, values: np.ndarray, *, units_checked: bool = False) -> Iterator[tuple[np.ndarray, str]]:
    """Places in a column, and what is wrong there; a unit of another magnitude is wrong with every place.

    Parameters
    ----------
    values : of one item, measured ones only (no detection limits), in the item's unit
    """
    every = np.arange(values.size)
    if not units_checked and (found := plausibility.doubt(item, medium, values)):
        yield every, f"{found.refusal().partition('，单位确实')[0]}。{HINT}"
        return
    for finding in plausibility.check(item, medium, values):
        if finding.kind != "unit" and finding.refuse:
            yield finding.places, finding.words
