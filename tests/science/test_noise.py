"""Noise beyond the cases: hours by day, energy means against direct sums, order and shape."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingshan import standards
from qingshan.methods import noise

GB3096 = standards.get("GB 3096", edition="2008")
HJ706 = standards.get("HJ 706", edition="2014")
LEVELS = st.lists(st.integers(200, 1200).map(lambda n: n / 10), min_size=1, max_size=40)


def test_midnight_belongs_to_the_day_it_ends():
    labels = np.array(["2026-03-01T00:00", "2026-03-01T01:00", "2026-02-28T23:00"], "datetime64[m]")
    grid = noise.by_day(labels, [40.0, 41.0, 42.0])
    assert grid.days.tolist() == [np.datetime64("2026-02-28").item(), np.datetime64("2026-03-01").item()]
    assert (grid.hours[0, 22], grid.hours[0, 23], grid.hours[1, 0]) == (42.0, 40.0, 41.0)
    assert np.isnan(grid.hours).sum() == 45


@pytest.mark.parametrize("labels, words", [
    (["2026-03-01T00:30"], "不在整点"), ([None], "缺失"), (["2026-03-01T01:00", "2026-03-01T01:00"], "时标重复"),
])  # fmt: skip
def test_a_wrong_label_is_refused(labels, words):
    with pytest.raises(ValueError, match=words):
        noise.by_day(np.array(labels, "datetime64[m]"), [50.0] * len(labels))


def test_no_hours_are_no_days():
    grid = noise.by_day(np.array([], "datetime64[m]"), [])
    assert grid.hours.shape == (0, 24)
    assert noise.day_levels(GB3096, grid.hours).ld.shape == (0,)


def test_hours_of_the_night_are_those_before_six_and_after_twenty_two():
    times = noise.period(GB3096)
    assert (np.flatnonzero(~times.day) + 1).tolist() == [1, 2, 3, 4, 5, 6, 23, 24]


def test_day_levels_of_any_shape():
    hours = np.random.default_rng(1).uniform(40, 70, (2, 3, 24)).round(1)
    found = noise.day_levels(GB3096, hours)
    assert found.ld.shape == found.ln.shape == found.ldn.shape == (2, 3)
    night = np.r_[hours[1, 2, :6], hours[1, 2, 22:]]
    assert found.ln[1, 2] == pytest.approx(10 * np.log10(np.mean(10 ** (night / 10))), abs=0.05)


@given(LEVELS)
def test_the_energy_mean_lies_between_mean_and_largest(levels):
    found = float(noise.leq(levels))
    assert np.mean(levels) - 1e-9 <= found <= max(levels) + 1e-9


@given(LEVELS)
def test_statistical_levels_fall_and_are_among_the_samples(levels):
    found = noise.statistical(levels)
    assert found["L10"] >= found["L50"] >= found["L90"]
    assert {float(v) for v in found.values()} <= set(levels)
    above = sum(v >= found["L10"] for v in levels)
    assert above >= len(levels) * 0.1


@given(st.lists(st.sampled_from(["0", "1", "2", "3", "4a", "4b"]), min_size=1, max_size=20), st.integers(300, 800))
def test_a_column_is_judged_as_its_values_one_by_one(areas, tenth):
    level = tenth / 10
    for when in noise.WHEN:
        whole = noise.meets(GB3096, areas, when, [level] * len(areas))
        for i, area in enumerate(areas):
            limit = noise.limit(GB3096, area, when)
            assert whole.met[i] == (tenth <= limit * 10)
            assert whole.over[i] * 10 == pytest.approx(max(tenth - limit * 10, 0), abs=1e-9)


@given(st.integers(400, 900), st.integers(400, 900))
def test_a_correction_never_raises_a_level(measured, background):
    found = noise.corrected(HJ706, measured / 10, background / 10)
    whole = int(Decimal(measured - background).scaleb(-1).to_integral_value(ROUND_HALF_EVEN))
    assert found.redo == (whole < 3)
    assert found.redo or -3 <= float(found.correction) <= 0


def test_background_must_be_said():
    with pytest.raises(TypeError, match="只取一个"):
        noise.emission(standards.get("GB 12348", edition="2008"), HJ706, "day", [60.0], [50.0], zone="2", quiet=True)


def test_every_verdict_says_what_it_rests_on():
    found = noise.emission(standards.get("GB 12348", edition="2008"), HJ706, "night", [60.0, 47.0, np.nan, 54.0, 55.0], [50.0, 46.0, 40.0, 52.0, 53.0], zone="2")
    assert found.rests_on[0] == "GB 12348—2008 表1"
    assert found.note.tolist() == ["已按背景修正", "差值不足 3 dB，测量值未超过限值，达标", "缺测",
                                  "差值不足 3 dB，超出限值不多于 4 dB，判为达标，结果写作小于限值", "差值不足 3 dB，须降低背景后重测"]
    assert any("凭记忆" in mark for mark in found.verify)
