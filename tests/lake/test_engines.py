"""One kernel, several ways to run it: an arriving day, a year's batch, compiled, on a cluster. The same values, cell by cell."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tests.lake.conftest import make_hours

from qingshan.lake import Lake, assess, compiled, days, engine, kernels
from qingshan.methods import air
from qingshan.terms.items import AIR

START, END = date(2025, 12, 20), date(2026, 3, 20)


def test_the_cluster_engine_in_a_process_of_its_own():
    """``on_spark``: the client asks how Python was started, which a test worker cannot say, and the server's threads outlive the tests."""
    for package in ("pyspark", "pysail"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"没有 {package}：pip install -r requirements-spark.lock")
    command = [sys.executable, "-m", "tests.lake.on_spark"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


@pytest.mark.parametrize(("url", "said"), [("http://127.0.0.1:1", "须是 Spark Connect 的地址"), ("", "须是 Spark Connect 的地址")])
def test_a_wrong_address_is_said(filled, url, said):
    with pytest.raises(engine.NoEngine, match=said):
        assess(filled, START, END, engine="spark", url=url, as_of=filled.sequence)


def test_an_unknown_engine_lists_those_there_are(filled):
    with pytest.raises(LookupError, match="local"):
        assess(filled, START, END, engine="flink")


def strange(n: int, seed: int) -> kernels.StationDays:
    """Hours as they should not be: gaps, negative, infinite, huge, up to six decimals, ties, whole days missing."""
    rng, hours = np.random.default_rng(seed), {}
    for item in AIR:
        values = np.round(rng.gamma(2, 30, (n, 24)), rng.integers(0, 7)) / (20 if item == "CO" else 1)
        values[rng.random((n, 24)) < 0.12] = np.nan
        values[rng.random((n, 24)) < 0.02] *= -0.02
        for wrong in (np.inf, -np.inf, 1e7, -0.5, -0.05, 0.0, -0.0, 160.5, 800.5):
            values[rng.random((n, 24)) < 0.0005] = wrong
        values[rng.random(n) < 0.02] = np.nan
        hours[item] = values
    station = pa.array([f"s{i % 7}" for i in range(n)]).dictionary_encode()
    return kernels.StationDays(station, np.datetime64("2024-01-01") + np.arange(n) % 1200, hours)


@pytest.mark.parametrize("seed", range(4))
def test_compiled_days_are_the_same(seed):
    pytest.importorskip("numba")
    given = strange(3000, seed)
    assert kernels.evaluate(given, compiled.days).equals(kernels.evaluate(given))


def test_a_compiled_assessment_is_the_same_run(filled):
    pytest.importorskip("numba")
    fast = assess(filled, START, END, engine="fast", as_of=filled.sequence)
    plain = assess(filled, START, END, as_of=filled.sequence)
    assert fast.identity == plain.identity
    assert fast.days.equals(plain.days)


def test_without_numba_the_fast_engine_says_what_to_do(monkeypatch):
    monkeypatch.setattr(compiled.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(engine.NoEngine, match="fast"):
        days.by("fast")


@pytest.mark.parametrize("seed", range(3))
def test_one_station_day_arriving_is_the_years_batch(seed):
    """A day alone goes another way through the arrays (items together): the values are those of the batch."""
    given = strange(400, seed + 10)
    batch = kernels.evaluate(given)
    rows = range(0, 400, 7)
    alone = [
        kernels.evaluate(kernels.StationDays(given.station[i : i + 1], given.day[i : i + 1], {k: v[i : i + 1] for k, v in given.hours.items()}))
        for i in rows
    ]
    assert pa.concat_tables(alone).combine_chunks().equals(batch.take(pa.array(list(rows))).combine_chunks())


def test_hours_arriving_one_by_one_end_in_the_batch(tmp_path):
    """Every hour evaluated as it comes; when the last has come, the day is that of a store filled at once."""
    whole = make_hours("ab", "2026-02-27T01", 24 * 4, seed=4, gap=0.1)
    drop, batch = Lake(tmp_path / "drop"), Lake(tmp_path / "batch")
    batch.backfill(whole)
    for hour in range(0, 96):
        at = datetime(2026, 2, 27, 1) + timedelta(hours=hour)
        drop.put(whole.filter(pa.compute.equal(whole["time"], pa.scalar(at, pa.timestamp("s")))))
        if hour % 8 == 7:
            assess(drop, date(2026, 2, 27), date(2026, 3, 2))
    want = assess(batch, date(2026, 2, 27), date(2026, 3, 2))
    got = assess(drop, date(2026, 2, 27), date(2026, 3, 2))
    assert got.days.equals(want.days)
    assert got.input_hash == want.input_hash


def test_days_cut_from_a_block_are_the_block(filled):
    """Whole station-days in order take the short way through the layout; a single row less takes the long one: same hours."""
    block = next(iter(filled.blocks(date(2026, 2, 1), date(2026, 2, 28))))()
    n = block.num_rows // 24 * 24
    regular = make_hours("ab", "2026-02-01T01", 48).drop_columns("received")
    short = kernels.station_days(regular)
    long = kernels.station_days(pa.concat_tables([regular, regular.slice(0, 1).set_column(0, "station", pa.array(["z"]))]))
    assert n
    for item in AIR:
        assert np.array_equal(long.hours[item][:-1], short.hours[item], equal_nan=True)
    assert short.station.to_pylist() == ["a", "a", "b", "b"]
    assert list(short.day) == list(long.day[:-1])


def test_no_item_is_a_day_without_its_hours():
    given = strange(5, 1)
    found = air.evaluate_days(given.day, given.hours)
    assert found.aqi.shape == (5,)
