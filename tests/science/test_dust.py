"""Dust: dustfall, road dust load, half-monthly TSP. Values at the limits are cases."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from qingshan import standards
from qingshan.methods import dust

nan = float("nan")
TSP = standards.get("乡镇街道粗颗粒物排名", edition="北京")
WEIFANG = standards.get("道路积尘负荷", edition="潍坊2021")


def test_the_docstring_of_the_room_is_true():
    assert doctest.testmod(dust).failed == 0


def test_a_month_and_thirty_days_are_told_apart():
    assert dust.per_30_days([3.1, nan], [31, 31]).tolist()[0] == 3.0
    assert dust.per_month(dust.per_30_days(5.6, 28, decimals=6), 28) == 5.6
    assert [dust.days_in_month(2026, 2), dust.days_in_month(2028, 2), dust.days_in_month(2026, 7)] == [28, 29, 31]


def test_an_empty_jar_weighs_nothing_within_the_balance():
    std = standards.get("HJ 1221", edition="2021")
    assert dust.dustfall(std, 40.0005, 40, 0, 176.7, 30) == 0
    assert dust.reach(std, 0.0) == dust.Reach.BELOW


def test_road_sections_weigh_by_their_length():
    means = dust.load_mean([0.3, 0.5, nan, 0.2], [1, 3, 2, 0], groups=["甲", "甲", "乙", "丙"])
    assert list(means) == ["甲", "乙", "丙"]
    assert means["甲"] == 0.45
    assert np.isnan(means["乙"])
    assert np.isnan(means["丙"])  # 里程为 0，没有权
    assert dust.load_mean([0.3, 0.5]) == {"": 0.4}
    with pytest.raises(ValueError, match="不能为负"):
        dust.load_mean([-0.1])
    with pytest.raises(ValueError, match="权重"):
        dust.load_mean([0.1], [-1])
    with pytest.raises(ValueError, match="等长"):
        dust.load_mean([0.1, 0.2], [1])


def test_grades_share_the_length_they_were_found_on():
    found = dust.grade_shares(WEIFANG, [0.2, 0.6, 1.2, 2.0, nan], [40, 10, 2.7, 3.3, 100])
    assert found == {"清洁": 71.4, "较好": 17.9, "较差": 4.8, "差": 5.9}
    assert all(np.isnan(v) for v in dust.grade_shares(WEIFANG, [nan], [1]).values())


def test_days_belong_to_their_half_month():
    days = ["2026-03-01", "2026-03-15", "2026-03-16", "2026-03-31"]
    assert dust.half_month(TSP, days).tolist() == ["2026-03-1", "2026-03-1", "2026-03-2", "2026-03-2"]
    assert dust.half_month_dates(TSP, "2026-03-2").size == 16
    for wrong in ("2026-13-1", "2026-03", "abc-1"):
        with pytest.raises(ValueError, match="半月写成"):
            dust.half_month_dates(TSP, wrong)


def test_towns_need_their_days_and_tie_when_they_print_alike():
    days = np.array([[100, 101, 100], [100, 100, nan], [nan, nan, nan], [-5, np.inf, 300]])
    mean = dust.tsp_mean(TSP, days)
    np.testing.assert_array_equal(mean, [100, 100, nan, 300])
    np.testing.assert_array_equal(dust.tsp_mean(TSP, days, at_least_days=2), [100, 100, nan, nan])
    found = dust.rank_tsp(TSP, mean, district=["甲区", "甲区", "乙区", "乙区"])
    assert found.worst_rank.tolist() == [2, 2, 0, 1]
    assert found.rank.tolist() == [1, 1, 0, 3]
    assert found.named.tolist() == [3, 0, 1]
    assert [e.tolist() for e in found.ends["甲区"]] == [[0, 1], [0, 1]]
    assert [e.tolist() for e in found.ends["乙区"]] == [[3], [3]]
    with pytest.raises(ValueError, match="乡镇数"):
        dust.tsp_mean(TSP, [1.0])
    with pytest.raises(ValueError, match="正整数"):
        dust.tsp_mean(TSP, days, at_least_days=0)


def test_the_three_figures_of_a_month_stand_side_by_side():
    found = dust.dust_month(["甲", "乙", "丙"], tsp={"甲": 120.4, "乙": 99}, dustfall={"甲": 3.15, "乙": 3.25}, road_load={"甲": 0.3, "丙": 0.3})
    np.testing.assert_array_equal(found.tsp, [120, 99, nan])
    np.testing.assert_array_equal(found.dustfall, [3.2, 3.2, nan])
    assert found.ranks["tsp"].tolist() == [2, 1, 0]
    assert found.ranks["dustfall"].tolist() == [1, 1, 0]
    assert found.missing == {"乙": ("积尘负荷",), "丙": ("TSP", "降尘")}
    with pytest.raises(LookupError, match="不在考核名单里的镇街 丁；名单：甲"):
        dust.dust_month(["甲"], tsp={"丁": 1}, dustfall={}, road_load={})
    with pytest.raises(ValueError, match="镇街重复：甲"):
        dust.dust_month(["甲", "甲"], tsp={}, dustfall={}, road_load={})
    with pytest.raises(ValueError, match="降尘 有负值"):
        dust.dust_month(["甲"], tsp={}, dustfall={"甲": -1}, road_load={})
