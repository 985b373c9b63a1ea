"""Scores and places: at the points, between, beyond, missing; and the properties no scheme may break."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qingshan.methods import scoring
from qingshan.methods.scoring import Band, Grade

NAN = math.nan


def same(found, wanted):
    np.testing.assert_allclose(found, wanted, atol=1e-9, equal_nan=True)


# ── transforms ──
def test_linear_is_full_at_one_point_and_none_at_the_other():
    same(scoring.linear([30, 45, 60, 20, 75, NAN], zero_at=60, full_at=30, full=40), [40, 20, 0, 40, 0, NAN])
    same(scoring.linear([60, 90], zero_at=60, full_at=90, full=10), [0, 10])  # high is good
    with pytest.raises(ValueError, match="两点不能相同"):
        scoring.linear([1], zero_at=5, full_at=5)


def test_efficacy_between_given_values_or_those_of_the_units():
    # 60 + 40 × (x − 135)/(43 − 135)：济南 2019-07 最高 135、最低 43
    same(scoring.efficacy([43, 135, 89], "lower"), [100, 60, 80])
    same(scoring.efficacy([43, 135, 200, 20], "lower", worst=135, best=43), [100, 60, 60, 100])
    same(scoring.efficacy([50, 50, NAN], "lower"), [100, 100, NAN])
    same(scoring.efficacy([7], "higher"), [100])  # one unit
    same(scoring.efficacy([NAN, NAN], "lower"), [NAN, NAN])
    same(scoring.efficacy([80, 79], "higher", worst=80, best=80), [100, 60])
    with pytest.raises(ValueError, match="颠倒"):
        scoring.efficacy([1], "lower", worst=10, best=20)
    with pytest.raises(ValueError, match="基础分"):
        scoring.efficacy([1], "lower", base=120)


def test_a_value_at_a_limit_is_in_the_lower_band():
    table = (Band(0.3, 10), Band(0.5, 6), Band(math.inf, 0))
    same(scoring.bands([0.29, 0.3, 0.1 + 0.2, 0.31, 0.5, 0.51, NAN], table), [10, 10, 10, 6, 6, 0, NAN])
    with pytest.raises(ValueError, match="不能重叠"):
        scoring.bands([1], (Band(5, 1), Band(5, 2), Band(math.inf, 0)))
    with pytest.raises(ValueError, match="最后一档"):
        scoring.bands([1], (Band(5, 1),))
    with pytest.raises(ValueError, match="至少要一档"):
        scoring.bands([1], ())


def test_deductions_stop_at_the_floor():
    same(scoring.deduct([30, 31, 31.5, 80, NAN], allowed=30, points=2, full=10, floor=1), [10, 8, 7, 1, NAN])
    same(scoring.deduct([31.5], allowed=30, points=2, full=10, whole="up"), [6])
    same(scoring.deduct([31.5], allowed=30, points=2, full=10, whole="down"), [8])
    same(scoring.deduct([90, 85], allowed=95, points=1, full=10, better="higher"), [5, 0])
    same(scoring.deduct([0.3], allowed=0, per=0.1, points=1, full=10, whole="up"), [7])  # 0.3/0.1 is three, not four
    with pytest.raises(ValueError, match="高于满分"):
        scoring.deduct([1], points=1, full=10, floor=11)
    with pytest.raises(ValueError, match="不足一个单位"):
        scoring.deduct([1], points=1, whole="half")


def test_points_for_places_are_shared_by_ties():
    same(scoring.rank_points([1, 2, 2, 4, 0], full=10, step=2, floor=1), [10, 8, 8, 4, NAN])
    same(scoring.rank_points([1, 3, 9], table=(10, 8, 6), floor=2), [10, 6, 2])
    with pytest.raises(ValueError, match="由大到小"):
        scoring.rank_points([1], table=(5, 8))


def test_change_and_ratio_have_no_value_without_a_base():
    same(scoring.change_rate([36, 40, 30, NAN, 5], [40, 40, 0, 3, NAN]), [-10, 0, NAN, NAN, NAN])
    same(scoring.ratio([2412, 10], [3000, 0]), [80.4, NAN])


def test_infinite_and_text_are_refused():
    with pytest.raises(ValueError, match="无穷大"):
        scoring.linear([math.inf], zero_at=1, full_at=0)
    with pytest.raises(ValueError, match="须为数值"):
        scoring.deduct(["三十"], points=1)


def test_the_ratchet_never_rewards():
    same(scoring.ratchet([30, 33, 36, 50, NAN], [33, 33, 33, 33, 33], points=2, cap=8), [0, 0, 6, 8, NAN])
    same(scoring.ratchet([35], [NAN], points=2), [0])
    same(scoring.ratchet([70, 81], [80, 80], points=1, better="higher"), [10, 0])
    same(scoring.ratchet([34], [33], points=2, allowed=1), [0])


RANDOM = np.random.default_rng(3)
VALUES = np.sort(np.round(RANDOM.uniform(-20, 200, 300), 1))


@pytest.mark.parametrize(
    "points",
    [
        lambda v: scoring.linear(v, zero_at=60, full_at=30, full=40),
        lambda v: scoring.efficacy(v, "lower", worst=90, best=20),
        lambda v: scoring.efficacy(v, "lower"),
        lambda v: scoring.bands(v, (Band(20, 9), Band(35.5, 5), Band(math.inf, 0))),
        lambda v: scoring.deduct(v, allowed=30, per=0.7, points=0.3, full=20, whole="up"),
        lambda v: -scoring.ratchet(v, np.full(v.size, 30.0), points=1.5, cap=30),
        lambda v: scoring.rank_points(scoring.places(v), full=300, step=1),
    ],
)
def test_a_worse_value_never_has_more_points(points):
    assert (np.diff(points(VALUES)) <= 1e-9).all()


# ── adding up ──
def test_hand_worked_scores_and_what_each_item_costs():
    # 甲：40×0.5=20，60×0.9=54，共 74；乙：40，60×1/3=20
    found = scoring.weigh([[0.5, 1.0], [0.9, 1 / 3]], [40, 60])
    same(found.points, [[20, 40], [54, 20]])
    same(found.total, [74, 60])
    same(found.lost, [[20, 0], [6, 40]])


def test_printed_parts_add_up_to_the_printed_total():
    share = RANDOM.uniform(0, 1, (7, 200))
    found = scoring.weigh(share, [13, 17, 9, 11, 20, 10, 20], decimals=2)
    assert [round(float(t) * 100) for t in found.total] == [sum(round(p * 100) for p in c) for c in found.points.T.tolist()]


@pytest.mark.parametrize(
    ("rule", "total"),
    [("apart", [80, NAN, 60]), ("zero", [80, 30, 60]), ("mean", [80, 65, 60]), ("last", [80, 60, 60]), ("reweigh", [80, 60, 60])],
)
def test_each_rule_for_a_missing_item(rule, total):
    # 两项各 50 分；乙缺第一项，第二项得 0.6；甲 0.8、0.8，丙 0.6、0.6
    found = scoring.weigh([[0.8, NAN, 0.6], [0.8, 0.6, 0.6]], [50, 50], missing=rule)
    same(found.total, total)
    assert found.filled.tolist() == [[False, rule != "apart", False], [False, False, False]]


@pytest.mark.parametrize("rule", list(scoring.MISSING))
def test_a_unit_with_nothing_has_no_score_but_under_zero(rule):
    found = scoring.weigh([[NAN, 1.0], [NAN, 1.0]], [50, 50], missing=rule)
    same(found.total, [0.0 if rule == "zero" else NAN, 100])
    nobody = scoring.weigh([[NAN], [NAN]], [50, 50], missing=rule)
    same(nobody.total, [0.0 if rule == "zero" else NAN])
    assert scoring.weigh(np.zeros((2, 0)), [50, 50], missing=rule).total.shape == (0,)


def test_weights_by_kind_of_unit_and_an_item_that_takes_no_part():
    marks = np.array([[60, 0], [40, 100]])
    found = scoring.weigh([[0.5, NAN], [1, 0.7]], marks)
    same(found.total, [70, 70])
    same(scoring.normalised([1, 1, 2]), [25, 25, 50])
    same(scoring.normalised([[1, 3], [1, 1]]).sum(axis=0), [100, 100])
    for bad in ([0, 0], [-1, 2], [NAN, 1]):
        with pytest.raises(ValueError, match="权重"):
            scoring.normalised(bad)
    with pytest.raises(ValueError, match="没有缺项规则“none”；已有：apart"):
        scoring.weigh([[1]], [1], missing="none")


# ── order ──
def test_published_ties():
    """广东 2017-08：河源、江门 2.88 并列第 10，下一位第 12；宿迁“10 个”只有 8 个名次。"""
    index = [3.61, 2.93, 2.38, 2.63, 3.3, 3.55, 2.88, 2.82, 2.97, 2.09, 3.57, 2.81, 2.88, 2.13, 2, 2.07, 3.18, 3.95, 3.1, 2.87, 2.96]
    rank = [20, 12, 5, 6, 17, 18, 10, 8, 14, 3, 19, 7, 10, 4, 1, 2, 16, 21, 15, 9, 13]
    assert scoring.places(index).tolist() == rank
    assert scoring.places([5, 3, 3, 1], ties="dense").tolist() == [3, 2, 2, 1]
    # 优良率相同看 PM2.5，都相同并列（某市 2025-01 备注）
    assert scoring.places([96.8, 96.8, 90, 96.8], [30, 28, 20, 28], better=("higher", "lower")).tolist() == [3, 1, 4, 1]


def test_places_do_not_depend_on_the_order_of_units_and_ties_are_mutual():
    keys = np.round(RANDOM.uniform(20, 30, 60))
    for ties in ("smaller", "dense"):
        found = scoring.places(keys, ties=ties)
        shuffle = RANDOM.permutation(60)
        assert (scoring.places(keys[shuffle], ties=ties) == found[shuffle]).all()
        assert ((keys[:, None] == keys) == (found[:, None] == found)).all()
    assert scoring.places([]).tolist() == []
    assert scoring.places([5.0]).tolist() == [1]
    assert scoring.places([NAN, NAN]).tolist() == [0, 0]


def test_neighbours_and_the_smallest_change_that_passes_them():
    keys = [20, 25, 25, 31, NAN]
    near = scoring.neighbours(keys, scoring.places(keys))
    assert near.ahead.tolist() == [-1, 0, 0, 1, -1]
    assert near.behind.tolist() == [1, 3, 3, -1, -1]
    same(near.to_ahead, [NAN, 5, 5, 6, NAN])

    def score(value):
        return float(scoring.linear([value], zero_at=60, full_at=30, full=40)[0])

    # 每 1 微克 4/3 分；从 45（20 分）要超过 21 分，需低 0.8（21.07），0.7 得 20.93 不够
    assert scoring.smallest_change(score, 45, step=0.1, better="lower", beyond=21) == 0.8
    assert scoring.smallest_change(score, 45, step=0.1, better="lower", beyond=40) is None
    assert scoring.smallest_change(score, 45, step=0.1, better="lower", beyond=19) == 0


def test_grades_by_score_by_share_and_by_veto():
    table = (Grade("优秀", 90, 0.25), Grade("良好", 80), Grade("合格", 60), Grade("不合格"))
    # 4 个单位优秀至多 1 个；92 分的两个并列放不下，都落到良好
    assert scoring.grades([92, 92, 85, 50], table) == ["良好", "良好", "良好", "不合格"]
    assert scoring.grades([95, 92, 79, 60], table) == ["优秀", "良好", "合格", "合格"]
    assert scoring.grades([95, 92, NAN, 60], table, [True, False, False, False]) == ["不合格", "良好", "", "合格"]
    assert scoring.grades([], table) == []
    with pytest.raises(ValueError, match="由高到低"):
        scoring.grades([1], (Grade("良好", 80), Grade("优秀", 90)))


def test_money_is_counted_beyond_the_start_only():
    same(scoring.money([3, 4, 6, NAN], start=3, per=1, amount=30), [0, 30, 90, NAN])
    same(scoring.money([3, 9], start=3, per=1, amount=30, cap=100), [0, 100])
    same(scoring.money([85, 78.5], start=80, per=1, amount=-2, better="higher"), [0, -3])


# ── firmness ──
def test_bounds_hold_every_order_the_intervals_allow():
    low, high = [10, 12, 30], [15, 20, 31]
    best, worst = scoring.bounds(low, high)
    assert (best.tolist(), worst.tolist()) == ([1, 1, 3], [2, 2, 3])
    for _ in range(200):
        at = scoring.places(RANDOM.uniform(low, high))
        assert (best <= at).all()
        assert (at <= worst).all()
    assert scoring.bounds([5, 5], [5, 5])[1].tolist() == [1, 1]
    assert scoring.bounds([5, NAN], [5, NAN])[0].tolist() == [1, 0]


def test_without_gaps_the_order_is_as_published_and_the_seed_repeats():
    days = np.round(RANDOM.uniform(20, 60, (5, 31)))
    means = np.round(days.mean(axis=1), 1)
    whole = scoring.filled_means(days, np.ones_like(days, bool), 1, draws=20, seed=1)
    found = scoring.firmness(means, whole, seed=1)
    assert (found.best == found.worst).all()
    assert (found.same == 1).all()
    holed = days.copy()
    holed[0, :8] = NAN
    a, b = (scoring.filled_means(holed, np.ones_like(days, bool), 1, draws=50, seed=9) for _ in range(2))
    assert (a == b).all()
    assert len(set(a[:, 0])) > 1
    assert (a[:, 1:] == means[1:]).all()
    deducted = np.ones_like(days, bool)
    deducted[0, :8] = False
    kept = scoring.filled_means(holed, deducted, 1, draws=5, seed=9)
    assert len(set(kept[:, 0])) == 1
