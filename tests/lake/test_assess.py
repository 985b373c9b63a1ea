"""Kernels and runs: the same numbers from one hour arriving, from the year's batch, from a plain reference, and again later."""

from __future__ import annotations

import gzip
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import ceil, isnan, nan

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pytest
from tests.lake.conftest import make_hours, row

from qingshan import standards
from qingshan.lake import AIR, LakeRefused, assess, days, engine, kernels


def half_even(value: Fraction, decimals: int) -> float:
    return float(Fraction(round(value * 10**decimals), 10**decimals))


def plain_iaqi(std, item: str, value: float | None) -> int | None:
    """HJ 633 式（1）on exact fractions."""
    if value is None:
        return None
    row_ = std.row("iaqi", item=item, window="8h" if item == "O3" else "24h")
    bound, index = [Fraction(str(b)) for b in row_["conc"]], std.table("iaqi")["index"]
    c = Fraction(str(value))
    for i in range(1, len(bound)):
        if c <= bound[i]:
            rise = Fraction(index[i] - index[i - 1]) / (bound[i] - bound[i - 1])
            return ceil(rise * (c - bound[i - 1]) + index[i - 1])
    return None if "instead" in row_ else int(row_.get("above", std.table("iaqi")["above"]))


def plain_day(day: date, hours: dict[str, list[float]]) -> dict:
    """One station-day by the words of the standards, in plain Python."""
    std = standards.get("HJ 633", at=day)
    found: dict = {"n": {i: sum(not isnan(v) for v in hours[i]) for i in AIR}}
    for item in AIR:
        values = [Fraction(str(v)) for v in hours[item] if not isnan(v)]
        if item != "O3":
            found[item] = half_even(sum(values) / len(values), 1 if item == "CO" else 0) if len(values) >= 20 else None
    eights = []
    for label in range(8, 25):
        window = [Fraction(str(v)) for v in hours["O3"][label - 8 : label] if not isnan(v)]
        if len(window) >= 6:
            eights.append(half_even(sum(window) / len(window), 0))
    found["windows"] = len(eights)
    found["O3_8h"] = max(eights) if eights and (len(eights) >= 14 or max(eights) > 160) else None
    iaqi = {i: plain_iaqi(std, i, found["O3_8h" if i == "O3" else i]) for i in AIR}
    there = [v for v in iaqi.values() if v is not None]
    aqi = max(there, default=None)
    if aqi is not None and len(there) < 6 and std.edition == "2026" and aqi <= 100:
        aqi = None
    found["iaqi"], found["aqi"] = iaqi, aqi
    found["primary"] = ",".join(i for i in AIR if aqi is not None and aqi > 50 and iaqi[i] == aqi)
    found["edition"] = str(std)
    return found


def test_the_kernel_equals_a_plain_reference_across_the_change_of_edition(lake):
    table = make_hours(["a", "b", "c"], "2026-02-20T01", 24 * 20, seed=3, gap=0.12)
    lake.backfill(table.filter(pa.array(np.random.default_rng(5).random(table.num_rows) > 0.02)))
    result = kernels.air_days(lake.hours())
    at = {(r["station"], r["time"]): r for r in lake.hours().to_pylist()}
    assert result.num_rows == 60
    for got in result.to_pylist():
        first = datetime.combine(got["day"], datetime.min.time())
        labels = [at.get((got["station"], first + timedelta(hours=h)), {}) for h in range(1, 25)]
        want = plain_day(got["day"], {i: [nan if r.get(i) is None else r[i] for r in labels] for i in AIR})
        for item in AIR:
            assert got[f"n_{item}"] == want["n"][item]
            assert got[f"iaqi_{item}"] == want["iaqi"][item], (got, want)
            if item != "O3":
                assert got[item] == want[item]
        assert (got["O3_8h"], got["n_O3_8h"]) == (want["O3_8h"], want["windows"])
        assert (got["aqi"], got["primary"], got["edition"]) == (want["aqi"], want["primary"], want["edition"])
    assert set(result["edition"].to_pylist()) == {"HJ 633—2012", "HJ 633—2026"}


def test_one_station_day_arriving_equals_the_batch(lake):
    lake.backfill(make_hours([f"S{i}" for i in range(9)], "2026-01-01T01", 24 * 70, gap=0.1))
    whole = assess(lake, date(2026, 1, 1), date(2026, 3, 11)).days
    for station, day in (("S3", date(2026, 2, 28)), ("S8", date(2026, 3, 1)), ("S0", date(2026, 1, 1))):
        one = kernels.air_days(lake.hours([station], day, day))
        mine = pc.and_(pc.equal(whole["station"], station), pc.equal(whole["day"], pa.scalar(day)))
        assert one.to_pylist() == whole.filter(mine).to_pylist()


def test_any_cut_into_blocks_gives_the_same_rows(lake):
    lake.backfill(make_hours([f"S{i}" for i in range(9)], "2026-01-01T01", 24 * 70, gap=0.1))
    want = kernels.air_days(lake.hours())
    for workers in (1, 2, 3):
        got = pa.concat_tables(engine.local(kernels.air_days, lake.blocks(), workers))
        assert got.sort_by([("station", "ascending"), ("day", "ascending")]).equals(want)


def test_an_unsorted_block_is_refused_and_an_empty_one_is_not():
    block = make_hours(["a"], "2026-01-01T01", 48).drop_columns("received")
    assert kernels.air_days(block).num_rows == 2
    assert kernels.air_days(block.slice(0, 0)).num_rows == 0
    with pytest.raises(ValueError, match="排序"):
        kernels.air_days(block.take(pa.array([3, 2, 1])))


def test_a_run_again_has_the_same_bytes_and_identity(lake):
    lake.put(make_hours(["a", "b"], "2026-02-20T01", 24 * 20))
    first, second = (assess(lake, date(2026, 2, 20), date(2026, 3, 10)) for _ in range(2))
    assert first.asdict() == second.asdict()
    assert first.days.equals(second.days)
    assert first.editions == (
        "GB 3095—2012（含2018年修改单）", "GB 3095—2026", "HJ 633—2012", "HJ 633—2026", "HJ 663—2013", "HJ 663—2026",
    )  # fmt: skip
    lake.settle(date(2026, 3, 5))
    third = assess(lake, date(2026, 2, 20), date(2026, 3, 10))
    assert (third.identity, third.input_hash) == (first.identity, first.input_hash)
    assert third.days.equals(first.days)
    assert third.table_version > first.table_version


def test_a_bulletins_run_is_rebuilt_after_corrections_and_settling(lake):
    lake.put(make_hours(["a", "b"], "2026-03-01T01", 24 * 10))
    reported = assess(lake, date(2026, 3, 1), date(2026, 3, 10))
    lake.supersede("a", datetime(2026, 3, 4, 5), "PM2.5", 450, received=datetime(2026, 3, 20), basis="复核单 8")
    lake.supersede("b", datetime(2026, 3, 5), "O3", None, received=datetime(2026, 3, 20), basis="复核单 9")
    now = assess(lake, date(2026, 3, 1), date(2026, 3, 10))
    assert now.identity != reported.identity
    for _ in range(2):
        assert assess(lake, date(2026, 3, 1), date(2026, 3, 10), as_of=reported.sequence).identity == reported.identity
        assert assess(lake, date(2026, 3, 1), date(2026, 3, 10), as_of=datetime(2026, 3, 19)).days.equals(reported.days)
        assert assess(lake, date(2026, 3, 1), date(2026, 3, 10)).identity == now.identity
        lake.settle(date(2026, 4, 1))
    changed = [(a["station"], a["day"].day) for a, b in zip(reported.days.to_pylist(), now.days.to_pylist()) if a != b]
    assert changed == [("a", 4), ("b", 4)]


def test_only_changed_days_are_computed_again(lake, monkeypatch):
    lake.backfill(make_hours(["a", "b", "c"], "2026-03-01T01", 24 * 62))
    assess(lake, date(2026, 3, 1), date(2026, 5, 1))
    counted = []
    kernel = days.kernel
    monkeypatch.setattr(days, "kernel", lambda block: counted.append(kernel(block)) or counted[-1])
    assess(lake, date(2026, 3, 1), date(2026, 5, 1))
    assert not counted
    lake.put_rows([row(station="b", time=datetime(2026, 4, 2), received=datetime(2026, 5, 2), PM2_5=77)])
    after = assess(lake, date(2026, 3, 1), date(2026, 5, 1))
    assert [t.num_rows for t in counted] == [1]
    assert counted[0]["day"].to_pylist() == [date(2026, 4, 1)]
    monkeypatch.undo()
    days._memory.clear()
    for file in (lake.folder / "days").iterdir():
        file.unlink()
    assert assess(lake, date(2026, 3, 1), date(2026, 5, 1)).days.equals(after.days)


def test_what_settles_between_two_runs_is_not_missed(lake):
    lake.put(make_hours(["a"], "2026-03-01T01", 48))
    before = assess(lake, date(2026, 3, 1), date(2026, 3, 5))
    lake.put(make_hours(["a", "new"], "2026-03-02T01", 72, seed=9, delay=90000))
    lake.settle(date(2026, 3, 20))
    after = assess(lake, date(2026, 3, 1), date(2026, 3, 5))
    assert (before.days.num_rows, after.days.num_rows) == (2, 7)
    assert after.days.equals(kernels.air_days(lake.hours()))


def test_a_month_another_process_kept_later_moves_the_run_forward(lake, monkeypatch):
    lake.put(make_hours(["a"], "2026-03-01T01", 48))
    early = lake.sequence
    lake.put_rows([row(station="a", time=datetime(2026, 3, 1, 5), received=datetime(2026, 3, 9), PM2_5=9)])
    now = assess(lake, date(2026, 3, 1), date(2026, 3, 2))
    with pytest.raises(days.Moved):
        days.Kept(lake).months(["2026-03"], early)
    monkeypatch.setattr(type(lake), "sequence", property(lambda self: early))
    assert assess(lake, date(2026, 3, 1), date(2026, 3, 2)).asdict() == now.asdict()


def test_a_backfill_broken_off_is_left_out_of_runs_until_the_store_counts_it(lake, monkeypatch):
    lake.put(make_hours(["a"], "2026-03-30T01", 24, gap=0))
    before = assess(lake, date(2026, 3, 1), date(2026, 4, 30))
    merge_month = lake.cold._merge_month

    def only_march(month, *rest):
        if month != "2026-03":
            raise OSError("磁盘已满")
        return merge_month(month, *rest)

    monkeypatch.setattr(lake.cold, "_merge_month", only_march)
    more = make_hours(["b"], "2026-03-30T01", 72, gap=0)
    with pytest.raises(OSError, match="磁盘已满"):
        lake.backfill(more)
    assert assess(lake, date(2026, 3, 1), date(2026, 4, 30)).days.equals(before.days)
    monkeypatch.undo()
    assert lake.backfill(more) == 24
    after = assess(lake, date(2026, 3, 1), date(2026, 4, 30))
    assert after.days.num_rows == 4
    assert assess(lake, date(2026, 3, 1), date(2026, 4, 30), as_of=before.sequence).identity == before.identity


def test_a_damaged_kept_month_is_computed_again(lake):
    lake.put(make_hours(["a"], "2026-03-01T01", 48))
    want = assess(lake, date(2026, 3, 1), date(2026, 3, 31))
    days._memory.clear()
    (lake.folder / "days" / "2026-03.arrow").write_bytes(b"ARROW1 nonsense")
    assert assess(lake, date(2026, 3, 1), date(2026, 3, 31)).asdict() == want.asdict()


def test_stations_and_periods_that_have_nothing(lake):
    assert assess(lake, date(2026, 3, 1), date(2026, 3, 2)).days.num_rows == 0
    lake.put(make_hours(["a"], "2026-03-01T01", 48))
    assert assess(lake, date(2026, 3, 1), date(2026, 3, 2), ["nobody"]).days.num_rows == 0
    assert assess(lake, date(2025, 3, 1), date(2025, 3, 2)).days.num_rows == 0
    with pytest.raises(LakeRefused, match="晚于"):
        assess(lake, date(2026, 3, 2), date(2026, 3, 1))


def test_day_means_and_eight_hour_means_agree_with_openair(shared):
    """Peers' output: openair timeAverage (day) and rollingMean (8 h, right-aligned, 75 % = 6 hours); labels are hour starts there."""
    from qingshan.stats import moving, rounding

    folder = shared / "data" / "openair"
    read = lambda path: pyarrow.csv.read_csv(  # noqa: E731
        pa.BufferReader(gzip.decompress(path.read_bytes())), convert_options=pyarrow.csv.ConvertOptions(null_values=["NA", ""])
    )
    mine = read(folder / "mydata.csv.gz")
    n = 24 * 365
    o3 = mine["o3"].slice(0, n).cast(pa.float64()).to_numpy().reshape(-1, 24)
    ref = read(folder / "ref" / "rollingMean_o3_8h_right_thresh75_first8760.csv.gz")
    column = next(c for c in ref.column_names if "roll" in c.lower())
    theirs = ref[column].cast(pa.float64()).to_numpy().reshape(-1, 24)[:, 7:]
    ours = moving.mean8h(o3, 4)
    assert (np.isnan(ours) == np.isnan(theirs)).all()
    assert np.nanmax(np.abs(ours - theirs)) < 1e-4
    day = read(folder / "ref" / "timeAverage_day_mean.csv.gz")
    for item in ("no2", "o3", "pm10"):
        hours = mine[item].cast(pa.float64()).to_numpy()
        hours = hours[: len(hours) // 24 * 24].reshape(-1, 24)
        theirs = day[item].cast(pa.float64()).to_numpy()[: len(hours)]
        ours = rounding.mean(hours, 4)
        both = ~np.isnan(theirs)
        assert both.sum() > 2000
        assert np.abs(ours[both] - theirs[both]).max() < 1e-4


def test_items_a_station_does_not_plan_to_measure_hold_no_index_back(lake):
    """HJ 633—2026 5.3.2; the others keep 5.3.1, and the run says what it was told."""
    table = make_hours(["a", "b"], "2026-02-27T01", 24 * 5, seed=4, gap=0)
    table = table.set_column(table.schema.get_field_index("CO"), "CO", pa.nulls(table.num_rows, pa.float64()))
    lake.put(table)
    start, end = date(2026, 2, 27), date(2026, 3, 3)
    plain, planned = assess(lake, start, end), assess(lake, start, end, unplanned={"a": ["CO"], "z": ["SO2"]})
    assert plain.identity != planned.identity
    assert planned.asdict()["unplanned"] == {"a": ["CO"], "z": ["SO2"]}
    changed = 0
    for was, got in zip(plain.days.to_pylist(), planned.days.to_pylist(), strict=True):
        if was["station"] == "a" and was["withheld"]:
            index = {i: got[f"iaqi_{i}"] for i in AIR if got[f"iaqi_{i}"] is not None}
            assert set(index) == set(AIR) - {"CO"}
            assert got["aqi"] == max(index.values()) <= 100
            assert got["primary"] == ",".join(i for i in AIR if got["aqi"] > 50 and index.get(i) == got["aqi"])
            assert (got["level"], got["withheld"]) == (1 if got["aqi"] <= 50 else 2, False)
            changed += 1
        else:
            assert got == was
    assert changed >= 1
    with pytest.raises(LakeRefused, match="没有监测项目“PM1”"):
        assess(lake, start, end, unplanned={"a": ["PM1"]})


def test_days_before_the_first_edition_are_left_out_and_said_so(lake):
    lake.put(make_hours(["a"], "2015-12-31T01", 48, gap=0))
    run = assess(lake, date(2015, 1, 1), date(2016, 1, 1))
    assert (run.start, run.days["day"].to_pylist()) == (date(2016, 1, 1), [date(2016, 1, 1)])
    with pytest.raises(standards.NotInForce, match="自 2016-01-01 起全国实施，2015-01-01 至 2015-12-31 没有现行版本"):
        assess(lake, date(2015, 1, 1), date(2015, 12, 31))
