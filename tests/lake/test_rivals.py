"""The evaluation of a year written again in DuckDB SQL, polars and pandas gives the same tables, cell by cell."""

from __future__ import annotations

import pytest
from benchmarks import evaluate


def test_four_ways_to_the_same_days_and_the_same_year(tmp_path):
    folder = tmp_path / "lake"
    assert evaluate.generate(folder, 3) > 24 * 360 * 3 * 0.9
    files = [str(p) for p in sorted((folder / "hours").glob("month=*/bucket=*/*.parquet"))]
    mine, year = map(evaluate.normal, evaluate.ours(files, folder, 2))
    assert mine.num_rows > 1000
    assert year.num_rows == 3
    assert sorted(year["rank"].to_pylist()) == [1, 2, 3]
    for name in evaluate.RIVALS:
        pytest.importorskip(name)
        days, others = map(evaluate.normal, getattr(evaluate, f"by_{name}")(files, folder, 2))
        assert days.equals(mine), name
        assert others.equals(year), name
