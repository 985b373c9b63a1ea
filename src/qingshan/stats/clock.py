"""Hour labels (时标): a value labelled h stands for the hour that ends at h; 24:00 belongs to the day it ends."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.terms import arguments


def day_of(labels: ArrayLike) -> NDArray[np.datetime64]:
    """The natural day an end-of-hour label belongs to: ``2026-03-01 00:00`` belongs to 2026-02-28. NaT stays NaT."""
    return (arguments.moments(labels, "s", "时间") - np.timedelta64(1, "s")).astype("datetime64[D]")


def hour_of(labels: ArrayLike) -> NDArray[np.int64]:
    """The hour 1 … 24 of its natural day that a label stands for; 0 where the label is missing or not on a full hour."""
    at = arguments.moments(labels, "s", "时间")
    day = day_of(at)
    seconds = (at - day.astype("datetime64[s]")).astype("int64")
    hour = seconds // 3600
    return np.where(np.isnat(at) | (seconds % 3600 != 0), 0, hour)


def days_in(start: date, end: date) -> NDArray[np.datetime64]:
    """All days from `start` to `end`, both included."""
    return np.arange(np.datetime64(start, "D"), np.datetime64(end, "D") + 1)


arguments.guard(__name__)
