"""``qingshan assess rerun``: the same bytes, whatever arrived since."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from qingshan.cli import main
from qingshan.lake import Lake


@pytest.fixture
def data(tmp_path):
    """Forty days of two stations."""
    random = np.random.default_rng(7)
    times = np.datetime64("2026-02-10T01:00:00") + np.arange(40 * 24) * np.timedelta64(1, "h")
    tables = []
    for code in ("A1", "B2"):
        values = {i: np.round(random.uniform(10, 90, times.size)) for i in ("SO2", "NO2", "O3", "PM10", "PM2.5")}
        values["CO"] = np.round(random.uniform(0.3, 1.5, times.size), 1)
        tables.append(pa.table({
            "station": [code] * times.size, "time": pa.array(times, pa.timestamp("s")),
            "received": pa.array((times + np.timedelta64(60, "s")).astype("datetime64[us]"), pa.timestamp("us")),
            **{k: pa.array(v) for k, v in values.items()}, "flags": pa.nulls(times.size, pa.string()), "origin": ["t"] * times.size,
        }))  # fmt: skip
    Lake(tmp_path / "lake").backfill(pa.concat_tables(tables))
    return tmp_path


def assess(data, *more):
    return main.main(["assess", *more, "--data", str(data)])


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_run_made_again_has_the_same_bytes_though_data_arrived_since(data, capsys, suffix):
    first, second = data / f"first.{suffix}", data / f"second.{suffix}"
    assert assess(data, "--from", "2026-02-12", "--to", "2026-03-15", "-o", str(first)) == 0
    identity = json.loads(first.with_suffix(".run.json").read_text("utf-8"))["identity"]
    lake = Lake(data / "lake")
    at = datetime(2026, 3, 1, 1)
    lake.put_rows([
        {"station": "A1", "time": at + timedelta(hours=k), "received": datetime(2026, 3, 20), "PM2.5": 400.0, "origin": "late"} for k in range(23)
    ])  # fmt: skip
    lake.settle(datetime(2026, 3, 10).date())
    assert assess(data, "rerun", identity, "-o", str(second)) == 0
    assert "结果一致" in capsys.readouterr().out
    assert first.read_bytes() == second.read_bytes()
    assert first.with_suffix(".run.json").read_bytes() == second.with_suffix(".run.json").read_bytes()
    third = data / f"third.{suffix}"
    assert assess(data, "--from", "2026-02-12", "--to", "2026-03-15", "-o", str(third)) == 0
    assert third.read_bytes() != first.read_bytes()


def test_a_run_of_other_code_or_lost_data_says_so(data, capsys):
    assert assess(data, "--from", "2026-02-12", "--to", "2026-03-15") == 0
    record = next((data / "lake" / "runs").glob("*.json"))
    said = json.loads(record.read_text("utf-8"))
    record.write_text(json.dumps(said | {"result_hash": "0" * 64, "code_version": "0.0.1+x"}), "utf-8")
    assert assess(data, "rerun", said["identity"]) == 1
    words = capsys.readouterr().out
    assert "结果不一致" in words
    assert "程序或标准数据已换版" in words


@pytest.mark.parametrize("words", [("rerun",), ("again", "x"), ("rerun", "x", "y"), ("rerun", "x", "--from", "2026-01-01"), ()])
def test_what_is_not_a_rerun_is_refused(data, capsys, words):
    assert assess(data, *words) == 2
    assert capsys.readouterr().err


def test_an_unknown_run_lists_those_there_are(data, capsys):
    assess(data, "--from", "2026-02-12", "--to", "2026-02-15")
    assert assess(data, "rerun", "abcdef") == 1
    assert "运行标识" in capsys.readouterr().err
