"""Quality checks: definitions as cases, planted falsifications found, clean series left in peace."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from benchmarks import falsification
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qingshan.quality import declared, digits, habits, limits, places, repeats, series, transport, values, wire
from qingshan.quality.findings import lead
from qingshan.quality.screen import Place, screen

CASES = tomllib.loads((Path(__file__).parent / "test_quality_cases.toml").read_text("utf-8"))["case"]
COLUMNS = hnp.arrays(np.float64, st.integers(1, 80), elements=st.one_of(st.just(np.nan), st.integers(0, 6).map(float)))


def year(seed: int = 1, hours: int = 8760) -> np.ndarray:
    """A clean series of COD [mg/L]."""
    rng = np.random.default_rng(seed)
    return np.round(20 * np.exp(0.2 * falsification._walk(rng, hours, 0.95) + 0.03 * rng.normal(size=hours)), 1)


def seen(place: Place, **other: float) -> list[tuple[str, str]]:
    return [(f.check, f.item) for f in screen(place, **other)]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['check']}：{c['why']}")
def test_a_definition_holds(case):
    assert getattr(values, case["check"])(case["values"], **case["args"]).astype(int).tolist() == case["flags"]


@given(COLUMNS, st.integers(1, 12), st.sampled_from([0.5, 1.0, 2.5]))
def test_a_flat_line_is_that_of_the_plain_definition(column, count, tolerance):
    flags = values.flat_line(column, count, tolerance)
    for k, value in enumerate(column.tolist()):
        window = column[max(k - count, 0) : k + 1]
        there = window[~np.isnan(window)]
        assert flags[k] == (k >= count and value == value and there.max() - there.min() < tolerance)


def test_long_series_are_cut_into_pieces_without_a_seam():
    column = np.tile([1.0, 2.0, 3.0], 40_000)
    column[32_700:32_900] = 7.0
    flags = values.flat_line(column, 150, 0.5)
    assert np.flatnonzero(flags).tolist() == list(range(32_850, 32_900))


@given(COLUMNS, st.integers(2, 6))
def test_every_repeat_is_one(column, least):
    for found in repeats.repeats(column, least=least, evidence=-50.0):
        block, again = column[found.start : found.stop], column[found.again : found.again + found.stop - found.start]
        assert np.array_equal(block, again)
        assert found.stop - found.start >= least <= found.again - found.start


def test_a_block_that_was_copied_is_found_whole_and_runs_of_one_value_are_not():
    column = year()
    column[5000:5030] = column[700:730]
    (found,) = repeats.repeats(column, least=8, evidence=6)
    assert (found.start, found.stop, found.again) == (700, 730, 5000)
    other = year(2)
    other[100:130] = column[4000:4030]
    (found,) = repeats.copies(column, other, least=8, evidence=6)
    assert (found.start, found.stop, found.again) == (4000, 4030, 100)
    assert repeats.repeats(np.repeat([3.0, 4.0, 3.0], 200), least=8, evidence=6) == []


def test_a_coarser_scale_is_found_with_its_step():
    column = year()
    column[2000:3000] = np.round(column[2000:3000])
    (found,) = digits.coarser(column, width=72, least=48)
    assert (found.step, found.usual) == (1.0, 0.1)
    assert abs(found.start - 2000) <= 72
    assert abs(found.stop - 3000) <= 72


def test_last_digits_that_a_person_likes():
    rng = np.random.default_rng(3)
    even = rng.integers(100, 1000, 2000) / 10
    assert digits.last_digit(even).effect < 0.02
    liked = np.where(rng.random(2000) < 0.5, np.floor(even) + 0.5, even)
    found = digits.last_digit(liked)
    assert found.effect > 1
    assert found.counts.argmax() == 5
    assert np.isnan(digits.last_digit(np.round(even / 100)).effect)  # 跨度不到 30 个分度，不判


def test_the_tail_of_the_binomial_is_exact():
    assert limits.few(0, 10, 0.5) == pytest.approx(np.log10(0.5**10))
    assert limits.many(10, 10, 0.5) == pytest.approx(np.log10(0.5**10))
    assert limits.few(2, 4, 0.25) == pytest.approx(np.log10(1 - 4 * 0.25**3 * 0.75 - 0.25**4))
    assert limits.few(4, 4, 0.25) == limits.many(0, 4, 0.25) == 0


def test_hugging_counts_the_limit_itself_as_met():
    found = limits.hugging([45.0] * 5 + [50.0] * 40 + [50.1], 50)
    assert (found.under, found.over) == (45, 1)


@pytest.mark.parametrize("excess, flags", [(1.24, [False]), (1.26, [True])])
def test_a_part_above_its_whole_is_allowed_the_error_of_instruments(excess, flags):
    assert places.reversed_order([100 * excess], [100.0], share=0.25, least=5).tolist() == flags


def test_a_mark_of_the_hour_of_the_week():
    begin = np.datetime64("2026-01-05T09", "h")  # 星期一
    day, hour, count, odds = habits.same_hour(begin + np.arange(10) * np.timedelta64(168, "h"))
    assert (day, hour, count) == (0, 9, 10)
    assert odds < -15


def test_marks_over_exceedances_count_whole_episodes_by_their_length():
    column, marked = np.full(1000, 10.0), np.zeros(1000, bool)
    column[[100, 300, 500, 700]], marked[[100, 300, 500, 700]] = 60.0, True
    found = habits.covered(column, 50.0, marked)
    assert (found.over, found.covered, found.places.tolist()) == (4, 4, [100, 300, 500, 700])
    assert found.odds == pytest.approx(4 * np.log10(0.004))
    column[:] = 60.0
    assert habits.covered(column, 50.0, marked).odds == 0  # 一直超标，碰上标记不稀奇


def test_gaps_between_calibrations_reach_to_both_ends():
    assert habits.rare_calibrations([200], 300, most_days=7).tolist() == [[0, 200]]
    assert habits.rare_calibrations([0, 168], 336, most_days=7).tolist() == []
    assert habits.rare_calibrations([], 200, most_days=7).tolist() == [[0, 200]]
    with pytest.raises(ValueError, match="校准须为 0 至 299 的小时序号"):
        habits.rare_calibrations([300], 300, most_days=7)


def test_the_wire_tells():
    (found,) = transport.shared_payloads(["甲", "乙", "丙", "乙", "甲"], ["x", "x", "y", "z", "z"], least=2)
    assert (found.devices, found.count, found.places.tolist()) == (("乙", "甲"), 2, [0, 1, 3, 4])
    assert transport.dialect_changes(["a"] * 30 + ["?"] + ["a"] * 30 + ["b"] * 30, steady=24).tolist() == [61]
    assert transport.dialect_changes(["a"] * 30 + ["b"] * 3 + ["a"] * 30, steady=24).tolist() == []
    assert transport.edited_backfill([1.0, 2.0, np.nan], [1.0, 1.5, 1.0], tolerance=0.1).tolist() == [False, True, False]
    said = ["2026-01-01T01:00", "2026-01-01T02:00"]
    (ahead,) = wire.clocks(said, ["2026-01-01T01:00", "2026-01-01T01:50"], ahead_s=300)
    assert (ahead.start, ahead.stop) == (1, 2)


def test_hours_may_come_in_any_order_but_once():
    order = np.random.default_rng(5).permutation(48)
    times = np.datetime64("2026-03-01T00", "h") + np.arange(48)
    axis, columns = series.on_hours(times[order], {"COD": np.arange(48.0)[order]})
    assert columns["COD"].tolist() == list(range(48))
    assert axis[0] == times[0]
    with pytest.raises(ValueError, match="2026-03-01T01 出现不止一次"):
        series.on_hours(["2026-03-01T00:00", "2026-03-01T01:00", "2026-03-01T01:00"], {"COD": [1, 2, 3]})
    assert np.isnan(series.on_hours(["2026-03-01T00:00", "2026-03-01T02:00"], {"COD": [1, 2]})[1]["COD"][1])


@settings(max_examples=8)
@given(st.integers(0, 10_000))
def test_a_clean_series_gives_at_most_a_lead_a_month(seed):
    place = Place("outlet", {"COD": year(seed), "NH3-N": np.round(year(seed + 1) / 15, 2)}, limits={"COD": 50.0})
    assert len(screen(place)) <= 2  # 一年，远低于每月 1 条


@settings(max_examples=30)
@given(hnp.arrays(np.float64, st.integers(0, 400), elements=st.floats(allow_nan=True, allow_infinity=True)))
def test_no_series_breaks_the_screen(column):
    n = column.size
    place = Place(
        "outlet", {"COD": column, "NH3-N": column[::-1]}, limits={"COD": 50.0}, others={"COD": np.tile(column, (3, 1))},
        upstream={"COD": column}, marked=np.arange(n) % 5 == 0, stopped=np.zeros(n, bool), visits=[0] if n else [], flow=column, production=column, treatment=column,
    )  # fmt: skip
    for found in screen(place):
        assert 0 <= found.start < found.stop <= n


def test_planted_falsifications_are_found_and_little_else():
    made, found = falsification.trial(outlets=6, plants=2, seed=11)
    planted = sum(len(o.planted) for o in made)
    assert planted == 2 * len(falsification.PLANTS)
    last = falsification.report(made, found)[-1]
    hit, false = map(int, re.search(r"找到 (\d+) 处；误报 (\d+) 条", last).groups())
    assert hit >= 0.85 * planted, last
    assert false <= 6 * 12, last
    assert false <= 4, last


@pytest.mark.parametrize("name", falsification.PLANTS)
def test_every_family_is_found_where_it_is_planted_alone(name):
    rng = np.random.default_rng(8)
    hits = 0
    for _ in range(2):
        o = falsification.outlet(rng)
        item, at = falsification.PLANTS[name](rng, o)
        hits += any(f.check == name and f.item in ("", item) and f.start < at.stop + 240 and f.stop > at.start - 240 for f in falsification.leads(o))
    assert hits >= 1


def test_marked_hours_are_not_measurements():
    column = year()
    column[100:124] = 33.3
    marked = np.zeros(8760, bool)
    assert ("flat", "COD") in seen(Place("outlet", {"COD": column}))
    marked[100:124] = True
    assert ("flat", "COD") not in seen(Place("outlet", {"COD": column}, marked=marked))


def test_the_order_of_items_makes_no_difference():
    o = falsification.outlet(np.random.default_rng(4))
    for name in ("flat", "repeat", "order", "mark"):
        falsification.PLANTS[name](np.random.default_rng(6), o)
    one = [(f.check, f.item, f.start, f.stop, f.words) for f in screen(o.place())]
    o.columns = dict(reversed(o.columns.items()))
    assert [(f.check, f.item, f.start, f.stop, f.words) for f in screen(o.place())] == one
    assert {check for check, *_ in one} >= {"flat", "repeat", "order"}


def test_a_bureau_may_set_its_own_threshold_and_a_wrong_name_is_told():
    column = year()
    column[100:110] = 33.3
    assert ("flat", "COD") not in seen(Place("outlet", {"COD": column}), flat_hours=12)
    with pytest.raises(LookupError, match=r"没有阈值“flat”；已有：.*flat_hours"):
        screen(Place("outlet", {"COD": column}), flat=3)
    with pytest.raises(LookupError, match="没有质控检查“rnage”；已有："):
        screen(Place("outlet", {"COD": column}), only=["rnage"])
    with pytest.raises(LookupError, match="没有质控场所“stack”；已有：air、outlet、water"):
        screen(Place("stack", {"COD": column}))


def test_a_lead_is_worded_as_one_and_carries_its_evidence():
    column = year()
    column[4000:4030] = 33.3
    (found,) = screen(Place("outlet", {"COD": column}), only=["flat"])
    assert (found.start, found.stop, found.strength) == (4000, 4030, 3)
    assert "可能涉及《生态环境监测条例》" in found.words
    assert "须由人核查，不是认定" in found.words
    assert found.numbers["hours"] == 30
    assert found.plot["COD"].size == found.plot["hour"].size == 30 + 2 * 48
    assert found.plot["hour"][0] == 3952
    with pytest.raises(ValueError, match="强度为 1 至 3"):
        lead("flat", "COD", 0, 1, 4, "", {}, {})


@pytest.mark.parametrize("kind", declared.kinds())
def test_what_is_declared_is_sound_and_marked(kind):
    assert all(declared.marks(kind))
    for item in declared.place_items(kind):
        at = declared.thresholds(kind, item)
        assert at.offset > 0
        assert at.spike <= at.step or item == "pH"
    for name in declared.checks():
        assert declared.law(name).rule_out


def test_clean_public_series_are_left_in_peace(shared):
    lines = falsification.control(shared / "data")
    if any("略去" in line for line in lines):
        pytest.skip("；".join(lines))
    for line in lines:
        assert float(re.search(r"每站每月 ([\d.]+)", line)[1]) <= 1.0, line


COMMAND = """时间,排口,化学需氧量(mg/L),标记
"""


def test_the_command_names_the_hours(evaluate):
    column = year(hours=400)
    column[100:130] = 33.3
    hours = [str(h).replace("T", " ") for h in np.datetime64("2026-03-01T00", "m") + np.arange(400) * np.timedelta64(60, "m")]
    text = COMMAND + "".join(f"{h},一号,{v},N\n" for h, v in zip(hours, column.tolist(), strict=True))
    (row,) = evaluate("quality check", text, "--place", "outlet").rows
    assert (row["检查"], row["起"], row["止"]) == ("flat", "2026-03-05 04:00", "2026-03-06 09:00")
    assert "没有默认" in evaluate("quality check", text).said
    lines = text.splitlines(keepends=True)
    assert evaluate("quality check", "".join([lines[0], *reversed(lines[1:])]), "--place", "outlet").rows == [row]
    four = COMMAND + "".join(f"{h},一号,{v},N\n" for h, v in list(zip(hours, column.tolist(), strict=True))[::4])
    assert "COD 只有 25% 的小时有值" in evaluate("quality check", four, "--place", "outlet").said
    again = COMMAND + f"{hours[0]},一号,1,N\n{hours[0]},一号,2,N\n{hours[1]},一号,3,N\n"
    assert "一号：时间：2026-03-01T00 出现不止一次" in evaluate("quality check", again, "--place", "outlet").said
    assert "不是整点" in evaluate("quality check", COMMAND + "2026-03-01 00:30,一号,1,N\n", "--place", "outlet").said
    assert "没有水项目的列" in evaluate("quality check", "时间,甲\n2026-03-01 00:00,1\n", "--place", "outlet").said
