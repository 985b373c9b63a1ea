"""The store: versions, two times, hot and cold, crashes, several processes."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.lake.conftest import make_hours, row

from qingshan.lake import AIR, Lake, LakeRefused, columns

AT = datetime(2026, 3, 1, 5)


def value(lake, item="PM2.5", **asked):
    return lake.hours(["1009A"], AT, AT, [item], **asked)[item].to_pylist()


def test_what_was_put_is_read_back_sorted(lake):
    table = make_hours(["b", "a"], "2026-01-30T01", 72)
    assert lake.put(table) == 144
    got = lake.hours()
    assert got["station"].to_pylist() == ["a"] * 72 + ["b"] * 72
    want = table.sort_by([("station", "ascending"), ("time", "ascending")])
    assert got["time"].cast(pa.timestamp("s")).equals(want["time"])
    for item in AIR:
        assert got[item].to_pylist() == want[item].to_pylist()


def test_an_identical_row_is_stored_once(lake):
    table = make_hours(["a"], "2026-01-01T01", 48)
    assert lake.put(table) == 48
    state = lake.state()
    assert lake.put(table) == 0
    assert lake.state() == state


def test_a_later_value_supersedes_item_by_item(lake):
    lake.put_rows([row(PM2_5=30, O3=80)])
    lake.put_rows([row(received=datetime(2026, 3, 2), PM2_5=31)])
    assert value(lake) == [31]
    assert value(lake, "O3") == [80]
    assert [v["PM2.5"] for v in lake.versions("1009A", AT)] == [30, 31]


def test_what_arrives_late_but_was_received_earlier_does_not_supersede(lake):
    lake.put_rows([row(received=datetime(2026, 3, 2), PM2_5=31)])
    lake.put_rows([row(received=datetime(2026, 3, 1, 6), PM2_5=30)])
    assert value(lake) == [31]


def test_as_reported_is_rebuilt_before_and_after_settling(lake):
    lake.put_rows([row(PM2_5=30)])
    bulletin = lake.sequence
    lake.put_rows([row(received=datetime(2026, 3, 10, 9), PM2_5=25)])
    for _ in range(2):
        assert value(lake) == [25]
        assert value(lake, as_of=datetime(2026, 3, 10, 8, 59)) == [30]
        assert value(lake, as_of=bulletin) == [30]
        assert value(lake, as_of=datetime(2026, 3, 1)) == []
        lake.settle(date(2026, 4, 1))


def test_a_flagged_item_is_kept_but_not_valid(lake):
    lake.put_rows([row(PM2_5=30, O3=80, flags="PM2.5:D")])
    assert value(lake) == [None]
    assert value(lake, "O3") == [80]
    assert lake.versions("1009A", AT)[0]["PM2.5"] == 30
    lake.put_rows([row(received=datetime(2026, 3, 2), PM2_5=33, flags="PM2.5:N")])
    assert value(lake) == [33]


def test_a_value_is_corrected_and_struck_out_with_its_basis(lake):
    lake.put_rows([row(PM2_5=300, O3=80)])
    lake.supersede("1009A", AT, "PM2.5", 30, received=datetime(2026, 3, 3), basis="复核单 8")
    assert value(lake) == [30]
    lake.supersede("1009A", AT, "PM2.5", None, received=datetime(2026, 3, 4), basis="复核单 9")
    assert value(lake) == [None]
    assert value(lake, "O3") == [80]
    assert [v["origin"] for v in lake.versions("1009A", AT)] == [None, "basis:复核单 8", "basis:复核单 9"]
    with pytest.raises(LakeRefused, match="依据"):
        lake.supersede("1009A", AT, "PM2.5", 30, received=datetime(2026, 3, 3), basis=" ")


def test_24_00_belongs_to_the_day_and_month_it_ends(lake):
    lake.put(make_hours(["a"], "2026-01-31T01", 24, gap=0))
    assert lake.hours(start=date(2026, 1, 31), end=date(2026, 1, 31)).num_rows == 24
    assert lake.hours(start=date(2026, 2, 1), end=date(2026, 2, 1)).num_rows == 0
    assert lake.settle(date(2026, 2, 1)) == 24
    assert {f.month for f in lake.files()} == {"2026-01"}
    assert lake.hours(start=date(2026, 1, 31), end=date(2026, 1, 31)).num_rows == 24


def test_settling_moves_closed_days_only_and_changes_no_answer(lake):
    lake.put(make_hours(["a", "b", "c"], "2026-01-30T01", 96))
    before = lake.hours()
    assert lake.version == -1
    assert lake.settle(date(2026, 2, 2)) == 3 * 72
    assert lake.hot.rows()[0].num_rows == 3 * 24
    assert lake.hours().equals(before)
    assert lake.settle(date(2026, 2, 2)) == 0


def test_a_value_late_by_months_finds_its_settled_day(lake):
    lake.put_rows([row(PM2_5=30, O3=80)])
    lake.settle(date(2026, 3, 2))
    version = lake.version
    lake.put_rows([row(received=datetime(2026, 6, 1), PM2_5=28)])
    assert value(lake) == [28]
    assert lake.settle(date(2026, 6, 1)) == 1
    assert lake.version == version + 1
    assert value(lake) == [28]
    assert value(lake, as_of=datetime(2026, 5, 31)) == [30]
    assert len(lake.versions("1009A", AT)) == 2


def test_a_replayed_frame_that_was_settled_already_is_not_doubled(lake):
    table = make_hours(["a"], "2026-01-01T01", 24)
    lake.put(table)
    lake.settle(date(2026, 1, 2))
    lake.put(table)
    assert len(lake.versions("a", datetime(2026, 1, 1, 1))) == 1
    assert lake.settle(date(2026, 1, 2)) == 0
    assert lake.hot.rows()[0].num_rows == 0


def test_a_new_item_needs_no_migration(lake):
    lake.put_rows([row(PM2_5=30)])
    lake.settle(date(2026, 3, 2))
    lake.put_rows([row(time=datetime(2026, 3, 2, 1), TSP=120, wind_speed=2.5)])
    assert lake.settle(date(2026, 3, 3)) == 1
    got = lake.hours(items=["PM2.5", "TSP", "NO"])
    assert (got["TSP"].to_pylist(), got["NO"].to_pylist()) == ([None, 120], [None, None])


def test_backfill_goes_straight_to_the_cold_table_and_repeats_harmlessly(lake):
    table = make_hours(["a", "b"], "2026-01-01T01", 24 * 90)
    assert lake.backfill(table) == table.num_rows
    state = lake.state()
    assert lake.backfill(table) == 0
    assert lake.state() == state
    assert lake.hours().num_rows == table.num_rows
    assert lake.span() == (datetime(2026, 1, 1, 1), datetime(2026, 4, 1))
    assert lake.stations() == ["a", "b"]


def test_a_sequence_number_the_cold_table_has_is_not_given_out_again(lake):
    lake.backfill(make_hours(["a"], "2026-01-01T01", 24))
    with lake.hot._change() as db:
        db.execute("DELETE FROM batch")  # what a crash between the two commits leaves
    lake.put_rows([row(station="a", time=datetime(2026, 1, 1, 1), received=datetime(2026, 1, 9), PM2_5=5)])
    assert lake.sequence == 2


def test_latest_is_the_last_hour_that_says_something(lake):
    lake.put_rows([row(PM2_5=30), row(time=datetime(2026, 3, 1, 6), flags="PM2.5:D", PM2_5=900), row(station="2A", PM2_5=12)])
    got = lake.latest().to_pylist()
    assert [(r["station"], r["time"], r["PM2.5"]) for r in got] == [("1009A", AT, 30), ("2A", AT, 12)]
    assert lake.latest(at=datetime(2026, 3, 1, 3)).num_rows == 0


def test_an_empty_store_answers(lake):
    assert lake.hours().num_rows == 0
    assert lake.hours([]).num_rows == 0
    assert lake.latest().num_rows == 0
    assert (lake.span(), lake.stations(), lake.state(), lake.settle(date(2026, 1, 1))) == (None, [], (-1, 0), 0)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"time": datetime(2026, 3, 1, 5, 30)}, "不是整点"),
        ({"station": None}, "station.*空值"),
        ({"station": "  "}, "空白"),
        ({"time": datetime(2026, 3, 1, 5, tzinfo=UTC)}, "时区"),
        ({"PM2.5": float("inf")}, "无穷大"),
        ({"PM2.5; DROP": 1.0}, "列名"),
    ],
)
def test_rows_that_cannot_be_right_are_refused_with_the_reason(lake, change, words):
    with pytest.raises(LakeRefused, match=words):
        lake.put_rows([row(PM2_5=1) | change])
    assert lake.state() == (-1, 0)


def test_nan_says_nothing(lake):
    lake.put_rows([row(PM2_5=30)])
    lake.put_rows([row(received=datetime(2026, 3, 2), PM2_5=np.nan, O3=1)])
    assert value(lake) == [30]


CRASH = """
import os, sys
from datetime import date
from qingshan.lake import Lake
lake = Lake(sys.argv[1])
if sys.argv[2] == "before":
    lake.hot.delete = lambda *a: os._exit(9)
else:
    merge, done = lake.cold._merge_month, []
    def first_month_only(*a):
        if done:
            os._exit(9)
        done.append(merge(*a))
        return done[0]
    lake.cold._merge_month = first_month_only
lake.settle(date(2026, 3, 1))
"""


@pytest.mark.parametrize("moment", ["before", "between months"])
def test_killed_while_settling_nothing_is_lost_or_doubled(lake, moment):
    lake.put(make_hours(["a", "b"], "2026-01-25T01", 24 * 20))
    want = lake.hours()
    killed = subprocess.run([sys.executable, "-c", CRASH, str(lake.folder), moment], check=False)
    assert killed.returncode == 9
    assert lake.version >= 0
    assert lake.hot.rows()[0].num_rows == want.num_rows
    assert lake.hours().equals(want)
    assert len(lake.versions("a", datetime(2026, 1, 26, 3))) == 1
    lake.settle(date(2026, 3, 1))
    assert lake.hot.rows()[0].num_rows == 0
    assert lake.hours().equals(want)
    assert lake.rows().num_rows == want.num_rows


def _write(folder: str, station: str) -> None:
    lake = Lake(folder)
    for day in range(1, 11):
        lake.put(make_hours([station], f"2026-01-{day:02d}T01", 24, seed=day))


def test_processes_write_read_and_settle_at_once(lake):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(str(lake.folder), name)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    seen = 0
    while any(w.is_alive() for w in writers):
        rows = lake.hours().num_rows
        assert rows >= seen, "已存的小时值在转存中看不见了"
        seen = rows
        lake.settle(date(2026, 1, 6))
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    lake.settle(date(2026, 1, 6))
    assert lake.hours().num_rows == lake.rows().num_rows == 480
    assert os.path.exists(lake.folder / "hours" / "_delta_log")


def test_threads_open_a_new_store_and_write_at_once(tmp_path):
    def work(number: int) -> int:
        return Lake(tmp_path / "lake").put(make_hours([f"S{number}"], "2026-01-01T01", 24))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [24] * 8
    assert Lake(tmp_path / "lake").hours().num_rows == 8 * 24


def test_files_of_the_cold_table_keep_their_order_whatever_pieces_the_rows_come_in(lake):
    rows = make_hours([f"S{i:03d}" for i in range(200)], "2026-03-01T01", 31 * 24)
    lake.backfill(pa.Table.from_batches(rows.to_batches(max_chunksize=20_000)))
    for file in lake.files():
        stored = pq.read_table(file.path, columns=["station", "time"], partitioning=None)
        assert columns.order(stored)[0] is None, f"{file.path.name} is not sorted by station and time"
