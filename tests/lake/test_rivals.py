"""The daily evaluation written again in DuckDB SQL, polars and pandas gives the same table, cell by cell."""

from __future__ import annotations

import pytest
from benchmarks import evaluation


def test_four_ways_to_the_same_days(tmp_path):
    folder = tmp_path / "lake"
    assert evaluation.generate(folder, 3) > 24 * 360 * 3 * 0.9
    files = [str(p) for p in sorted((folder / "hours").glob("month=*/bucket=*/*.parquet"))]
    mine = evaluation.normal(evaluation.ours(files, folder, 2))
    assert mine.num_rows > 1000
    for name in evaluation.RIVALS:
        pytest.importorskip(name)
        other = evaluation.normal(getattr(evaluation, f"by_{name}")(files, folder, 2))
        assert other.equals(mine), name
