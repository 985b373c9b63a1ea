"""The cluster engine against a Spark Connect server in this process: the same values, cell by cell.

``python -m tests.lake.on_spark`` from the checkout; `test_engines` runs it so.
"""

from __future__ import annotations

import importlib
import os
import sys
from functools import partial

import pytest
from tests.lake.test_engines import END, START

from qingshan.lake import assess, days, engine, kernels
from qingshan.standards import editions


@pytest.fixture(scope="module")
def server():
    """A Spark Connect server in this process."""
    # the client is imported before the server starts: its threads import it too, and two at once would wait for each other
    importlib.import_module("pyspark.sql.connect.session")
    running = importlib.import_module("pysail.spark").SparkConnectServer()
    running.start(background=True)
    host, port = running.listening_address
    yield f"sc://{host}:{port}"
    running.stop()


@pytest.fixture(scope="module")
def months() -> list[str]:
    return ["2025-12", "2026-01", "2026-02", "2026-03"]


def test_a_cluster_gives_the_same_values(filled, months, server):
    here = days.compute(filled, months, None)
    there = days.compute(filled, months, None, days.by("spark", url=server))
    assert here.num_rows > 600
    assert here["aqi"].null_count not in (0, here.num_rows)
    assert there.schema == here.schema
    assert there.equals(here)


def test_an_assessment_on_a_cluster_is_the_same_run(filled, server):
    there = assess(filled, START, END, engine="spark", url=server, as_of=filled.sequence)
    here = assess(filled, START, END, as_of=filled.sequence)
    assert there.identity == here.identity
    assert there.days.equals(here.days)
    assert {e for e in here.editions if e.startswith("HJ 633")} == {str(e) for e in editions("HJ 633")}


def test_any_kernel_maps_in_the_order_of_the_blocks(filled, server):
    blocks = list(filled.blocks(START, END))
    assert len(blocks) > 6
    here = list(engine.local(kernels.air_days, blocks))
    there = list(engine.spark(kernels.air_days, blocks, server, kernels.AIR_DAYS))
    assert [t.num_rows for t in there] == [t.num_rows for t in here]
    assert all(a.equals(b.combine_chunks()) for a, b in zip(there, here))
    assert list(engine.spark(kernels.air_days, [], server, kernels.AIR_DAYS)) == []


def test_a_worker_with_other_code_refuses(filled, server, monkeypatch):
    evaluate = partial(engine.spark, days.Checked("0.0+feedfeedfeed"), url=server, schema=days.SCHEMA)
    with pytest.raises(engine.NoEngine, match="装成同一版本"):
        days.compute(filled, ["2026-03"], None, evaluate)


if __name__ == "__main__":
    status = pytest.main([__file__, "-p", "no:cacheprovider"])
    sys.stdout.flush()
    os._exit(status)  # the server's threads would keep the process
