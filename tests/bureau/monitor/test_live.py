"""The live page: frames and alarms of the person's scope, and in a real browser neither heap nor nodes grow."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from benchmarks import live as bench

from qingshan.bureau.monitor import work

T = datetime(2026, 11, 20, 14)


@pytest.mark.django_db
def test_frames_after_a_place_and_the_alarms_going_on(network, journal, hour_frame, clock_at, clerk, town_person, as_):
    clock_at(T + timedelta(minutes=2))
    journal(hour_frame(network["SM"].mn, T, {"a34004": 180}), received=T + timedelta(seconds=9))
    journal(hour_frame(network["LQ"].mn, T, {"a34004": 30}), received=T + timedelta(seconds=9))
    work.take_in()
    said = as_(clerk).get("/stations/live/data.json").json()
    assert [(f["station"], f["values"]) for f in said["frames"]] == [("石门站", "PM2.5 180"), ("柳泉站", "PM2.5 30")]
    assert (said["last"], said["n_alarms"], said["alarms"][0]["words"]) == (2, 1, "石门站 PM2.5 180")
    assert as_(clerk).get("/stations/live/data.json?after=1").json()["frames"][0]["station"] == "柳泉站"
    assert [f["station"] for f in as_(town_person).get("/stations/live/data.json").json()["frames"]] == ["石门站"]
    for text in ("x", "-5", "9" * 30, "²"):
        assert as_(clerk).get("/stations/live/data.json", {"after": text}).json()["last"] == 2
    assert "收到的报文" in as_(town_person).get("/stations/live/").content.decode()


def test_what_counts_as_growing():
    flat = [(float(t), 5.0 + t % 2 / 10, 900 + t % 7, 200, 40) for t in range(60)]
    assert bench.faults(flat, 100) == []
    grows = [(t, heap + t / 20, nodes + int(t), n, 900) for t, heap, nodes, n, _ in flat]
    assert [w[:3] for w in bench.faults(grows, 100)] == ["JS ", "DOM", "落后 "[:3]]


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(bench.CHROMIUM is None, reason="没有 Chromium")
@pytest.mark.parametrize("seconds", [45, 600])
def test_the_live_page_keeps_up_and_does_not_grow(seconds):
    rows = bench.measure(seconds, 100, 100)
    assert bench.faults(rows, 100) == []
    assert {r[3] for r in rows} == {200}
