"""Observations for the store's tests, made from a seed."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from qingshan.lake import AIR, Lake


def make_hours(stations, first: str, hours: int, seed: int = 1, gap: float = 0.03, delay: int = 300) -> pa.Table:
    """Whole-number concentrations of `stations` for `hours` hours from `first`, some missing; received `delay` seconds after the hour."""
    rng = np.random.default_rng(seed)
    names = list(stations)
    time = np.tile(np.datetime64(first, "s") + np.arange(hours) * np.timedelta64(3600, "s"), len(names))
    columns = {
        "station": pa.array(np.repeat(names, hours)),
        "time": pa.array(time),
        "received": pa.array(time.astype("datetime64[us]") + np.timedelta64(delay, "s")),
    }
    for item in AIR:
        values = np.round(rng.gamma(2, 20, len(time)))
        values = values / 10 if item == "CO" else values
        columns[item] = pa.array(values, mask=rng.random(len(time)) < gap)
    return pa.table(columns)


def row(station="1009A", time=datetime(2026, 3, 1, 5), received=datetime(2026, 3, 1, 5, 5), **items):
    """One row for ``Lake.put_rows``; ``PM2_5`` stands for PM2.5."""
    return {"station": station, "time": time, "received": received, **{k.replace("PM2_5", "PM2.5"): v for k, v in items.items()}}


@pytest.fixture
def lake(tmp_path) -> Lake:
    return Lake(tmp_path / "lake")
