"""Observations for the store's tests, made from a seed."""

from __future__ import annotations

from datetime import date, datetime

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


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Lake:
    """Three months over a change of edition: cold files with several versions, flags and whole days missing; hot rows on top."""
    lake = Lake(tmp_path_factory.mktemp("engines") / "lake", buckets=3)
    whole = make_hours("abcdefg", "2025-12-20T01", 24 * 80)
    rng = np.random.default_rng(5)
    lake.backfill(whole.filter(pa.array(rng.random(whole.num_rows) > 0.01)))
    lake.backfill(make_hours("hi", "2026-02-01T01", 24 * 28, seed=3, gap=0.3))
    lake.put_rows([row("a", datetime(2026, 1, 5, h), datetime(2026, 1, 9), PM2_5=900, flags="CO:D") for h in range(1, 24)])
    lake.settle(date(2026, 2, 1))
    lake.put(make_hours("abz", "2026-03-08T01", 24 * 10, seed=9))
    lake.supersede("b", datetime(2026, 3, 9, 5), "O3", None, received=datetime(2026, 3, 10), basis="复核单 3")
    return lake
