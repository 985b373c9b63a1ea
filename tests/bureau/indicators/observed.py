"""Two years of hours for six stations of the test district, made once (fixed seed): shared by indicators and bulletins.

柳泉镇's station repeats 石门镇's hours, so the two tie; 竹溪乡 loses nine days of October 2026; a micro station never counts.
"""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from qingshan.bureau.indicators import assessments
from qingshan.bureau.sites.models import Network, Station
from qingshan.lake import Lake

FIRST, LAST = date(2025, 1, 1), date(2026, 11, 19)
NOW = "2026-11-20T14:20:00"
STATIONS = {
    "N1": ("城关站", "national", "城关街道", 1.00),
    "C1": ("城关南站", "city", "城关街道", 1.06),
    "T1": ("石门站", "town", "石门镇", 1.25),
    "T2": ("柳泉站", "town", "柳泉镇", 1.25),
    "T3": ("竹溪站", "town", "竹溪乡", 0.70),
    "M1": ("石门微站", "micro", "石门镇", 3.00),
}
LOST = (date(2026, 10, 5), date(2026, 10, 13))


def hours() -> pa.Table:
    """Hour rows of all stations, END labelled, values as devices report them."""
    random = np.random.default_rng(20260301)
    n_days = (LAST - FIRST).days + 1
    days = np.arange(n_days)
    season = 1 + 0.55 * np.cos((days % 365 - 15) / 365 * 2 * np.pi)
    weather = np.exp(random.normal(0, 0.42, n_days))
    hour = np.arange(1, 25)
    rush = 1 + 0.15 * np.sin((hour - 4) / 24 * 2 * np.pi)
    summer = 1.25 - 0.55 * np.cos((days % 365 - 15) / 365 * 2 * np.pi)
    sun = np.clip(np.sin((hour - 7) / 24 * 2 * np.pi) + 0.25, 0.12, None)
    start = np.datetime64(datetime.combine(FIRST, datetime.min.time()))
    times = (start + (days[:, None] * 24 + hour).ravel() * np.timedelta64(1, "h")).astype("datetime64[s]")
    tables, kept = [], {}
    for code, (_, _, _, factor) in STATIONS.items():
        noise = kept["T1"] if code == "T2" else np.exp(random.normal(0, 0.12, (n_days, 24)))
        kept[code] = noise
        fine = np.round(30 * factor * season[:, None] * weather[:, None] * rush * noise)
        values = {
            "PM2.5": fine,
            "PM10": np.round(fine * 1.7 + 12),
            "SO2": np.round(8 * season[:, None] * noise),
            "NO2": np.round(26 * season[:, None] * rush * noise),
            "CO": np.round(0.7 * season[:, None] * noise, 1),
            "O3": np.round(78 * summer[:, None] * sun * noise),
        }
        values = {k: v.ravel().astype(float) for k, v in values.items()}
        if code == "T3":
            first = (LOST[0] - FIRST).days * 24
            gone = slice(first, first + ((LOST[1] - LOST[0]).days + 1) * 24)
            for column in values.values():
                column[gone] = np.nan
        tables.append(
            pa.table(
                {
                    "station": pa.array([code] * times.size),
                    "time": pa.array(times, pa.timestamp("s")),
                    "received": pa.array((times + np.timedelta64(300, "s")).astype("datetime64[us]"), pa.timestamp("us")),
                    **{k: pa.array(v, from_pandas=True) for k, v in values.items()},
                    "flags": pa.nulls(times.size, pa.string()),
                    "origin": pa.array(["import:1"] * times.size),
                }
            )
        )
    return pa.concat_tables(tables)


@pytest.fixture(scope="session")
def observed_lake(tmp_path_factory):
    """The store, made once; tests get their own copy."""
    folder = tmp_path_factory.mktemp("observed") / "lake"
    Lake(folder).backfill(hours())
    return folder


@pytest.fixture
def observed(bureau, observed_lake, own_folders, monkeypatch):
    """The bureau with its stations and two years of hours; the clock stands at 2026-11-20 14:20."""
    monkeypatch.setenv("QINGSHAN_NOW", NOW)
    shutil.copytree(observed_lake, own_folders / "lake")
    network = Network.objects.create(name="空气自动监测网")
    for code, (name, level, town, _) in STATIONS.items():
        Station.objects.create(code=code, name=name, network=network, level=level, area=bureau.towns[town], lon=110.0, lat=31.0)
    assessments.clear()
    yield bureau
    assessments.clear()


def lake_of(folder) -> Lake:
    return Lake(folder / "lake")


def put(folder, code: str, at: datetime, **values) -> None:
    """One later hour row of a station."""
    lake_of(folder).put_rows([{"station": code, "time": at, "received": at + timedelta(days=3), **values, "origin": "import:2"}])
