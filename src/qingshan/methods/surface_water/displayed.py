"""Values as published (显示值): the decimals cut off may hide on which side of a limit a value lies."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from qingshan.methods.surface_water.classes import item_class
from qingshan.methods.surface_water.columns import columns
from qingshan.standards.edition import Edition
from qingshan.stats.columns import Flags
from qingshan.terms import arguments

_WITHIN = 0.4999
"""of the last decimal: a value shown as 0.100 lay within 0.0995 and 0.1005"""

_SAME = 1e-6
"""steps: a value with no more decimals than are shown"""


def settled(std: Edition, rule: Edition, values: Mapping[str, ArrayLike], *, water: object) -> Flags:
    """Whether shown values settle the class (显示值能定类别): whatever decimals were cut off, the worst item's class is the same.

    Parameters
    ----------
    std : Edition of GB 3838
    rule : Edition whose table ``shown`` has the decimals (国家地表水水质自动监测实时数据发布)
    values : by symbol as shown, one shape [mg/L; pH none]; values with more decimals than are shown, and items without, are exact
    water : ``"river"`` or ``"lake"``, one or an array
    """
    decimals = rule.table("shown")["decimals"]
    given = columns(values)
    best, worst = np.zeros((2, *next(iter(given.values())).shape), np.int8)
    for item, shown in given.items():
        step = 10.0 ** -int(decimals.get(item, 0))
        cut = (item in decimals) & (np.abs(shown / step - np.rint(shown / step)) < _SAME)
        hidden = np.where(cut, _WITHIN * step, 0.0)
        classes = [item_class(std, item, np.maximum(shown + d, 0.0), water=water) for d in (-hidden, 0.0, hidden)]
        best, worst = np.maximum(best, np.min(classes, axis=0)), np.maximum(worst, np.max(classes, axis=0))
    return np.asarray(best == worst)


arguments.guard(__name__)
