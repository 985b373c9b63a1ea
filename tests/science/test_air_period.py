"""Periods, rankings, alerts and year on year of air: shapes, missing data, wrong questions. Values at the limits are cases."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import numpy as np
import pytest

from qingshan import standards
from qingshan.methods import air
from qingshan.stats import ranking

HJ663, GB3095 = standards.get("HJ 663", edition="2026"), standards.get("GB 3095", edition="2026")
RULE = standards.get("城市环境空气质量排名技术规定", edition="2018")
PLAN = standards.get("城市环境空气质量变化程度排名方案", edition="2017")
ALERT = standards.get("重污染天气预警分级", edition="2024")
YEAR = np.arange("2027-01-01", "2028-01-01", dtype="datetime64[D]")


def six(dates, **changed):
    base = {"SO2": 5.0, "NO2": 20.0, "CO": 0.5, "O3_8h": 90.0, "PM10": 50.0, "PM2.5": 25.0}
    return {k: np.full(len(dates), changed.get(k.replace(".", "_"), v), float) for k, v in base.items()}


def month(year, number, **changed):
    start = np.datetime64(f"{year}-{number:02d}", "M")
    dates = np.arange(start.astype("datetime64[D]"), (start + 1).astype("datetime64[D]"))
    return air.spell(dates, six(dates, **changed))


def test_many_stations_are_evaluated_at_once_like_each_alone():
    random = np.random.default_rng(7)
    days = {k: random.integers(1, 120, (5, YEAR.size)).astype(float) for k in air.COLUMNS}
    days["PM10"][2, :40] = np.nan
    together = air.evaluate_period(HJ663, GB3095, YEAR, days, phase="transition")
    for i in range(5):
        alone = air.evaluate_period(HJ663, GB3095, YEAR, {k: v[i] for k, v in days.items()}, phase="transition")
        assert str(alone.verdict) == together.verdict[i]
        for one, many in zip(alone.standings, together.standings, strict=True):
            assert one.key == many.key
            assert (float(one.value), str(one.verdict)) == (many.value[i], many.verdict[i])
    assert together.standing("PM10_mean").verdict[2] == air.UNKNOWN
    assert not together.sufficient["PM10"][2]
    assert together.valid_days["PM10"].tolist() == [365, 365, 325, 365, 365]
    assert together.basis[0] == "HJ 663—2026"
    assert together.judged
    with pytest.raises(LookupError, match=r"没有统计量“PM1_mean”；已有：.*PM2\.5_mean"):
        together.standing("PM1_mean")


def test_a_period_shorter_than_a_year_is_compared_but_not_judged():
    dates = YEAR[:31]
    assert not air.evaluate_period(HJ663, GB3095, dates, six(dates), phase="transition", period="month").judged


def test_days_left_out_are_no_valid_days():
    dust_days = np.zeros(YEAR.size, bool)
    dust_days[80:85] = True
    days = six(YEAR)
    days["PM10"][80:85] = 2000.0
    kept = air.evaluate_period(HJ663, GB3095, YEAR, days, phase="transition")
    out = air.evaluate_period(HJ663, GB3095, YEAR, days, phase="transition", excluded=dust_days)
    assert kept.standing("PM10_mean").value > out.standing("PM10_mean").value == 50.0
    assert out.valid_days["PM10"] == 360
    assert str(out.verdict) == air.UNKNOWN  # 3月只剩 26 天


def test_wrong_shapes_and_phases_are_refused():
    with pytest.raises(ValueError, match="日期 365 天，日值 10 个，须等长"):
        air.evaluate_period(HJ663, GB3095, YEAR, {"SO2": np.ones(10)}, phase="transition")
    with pytest.raises(LookupError, match="须指明 phase"):
        air.evaluate_period(HJ663, GB3095, YEAR, {"SO2": np.ones(365)})
    with pytest.raises(TypeError, match="excluded 须为真假值"):
        air.evaluate_period(HJ663, GB3095, YEAR, {"SO2": np.ones(365)}, phase="transition", excluded=np.ones(365))


def test_times_over_of_columns():
    np.testing.assert_array_equal(air.times_over([45, 30, 20, np.nan], 30, 2), [0.5, 0, 0, np.nan])
    with pytest.raises(ValueError, match="限值须大于 0"):
        air.times_over(45, 0)


@pytest.mark.parametrize("n", [4, 5, 6, 7, 8])
def test_the_critical_values_are_those_of_all_orders(n):
    """The smallest r with P(R ≥ r) ≤ α over all n! orders, to three decimals: what the table prints."""
    orders = np.array(list(permutations(range(1, n + 1))))
    r = 1 - 6 * ((orders - np.arange(1, n + 1)) ** 2).sum(axis=1) / (n**3 - n)
    for level in ("0.05", "0.01"):
        row = HJ663.row("trend", n=n)
        if level not in row:
            continue
        values, counts = np.unique(np.round(r, 9), return_counts=True)
        tail = counts[::-1].cumsum()[::-1] / len(orders)
        assert round(float(values[tail <= float(level)].min()), 3) == pytest.approx(float(row[level]))


def test_the_trend_of_every_edition_agrees():
    for edition in ("2013", "2026"):
        found = air.trend(standards.get("HJ 663", edition=edition), [40, 38, 35, 33, 30])
        assert (found.word, found.significant, found.r) == ("下降", True, -1)
        assert found.clause == f"HJ 663—{edition} 附录B（α = 0.05）"
    with pytest.raises(ValueError, match="趋势序列须为一列"):
        air.trend(HJ663, [[1, 2], [3, 4]])


def test_spearman_of_many_series_at_once():
    table = np.random.default_rng(3).integers(0, 9, (20, 12)).astype(float)
    table[4, 3] = np.nan
    many = ranking.spearman(table)
    np.testing.assert_array_equal(many, [ranking.spearman(row) for row in table])
    assert np.isnan(many[4])


def test_a_composite_index_says_what_it_is_made_of():
    statistics = {"SO2_mean": 60, "NO2_mean": 40, "PM10_mean": 60, "PM2.5_mean": 30, "CO_P95": 4, "O3_P90": 160}
    found = air.composite_under(RULE, statistics, at=date(2026, 3, 31))
    assert found.value == 6
    assert found.basis == "《城市环境空气质量排名技术规定》（2018年修订）；GB 3095—2026 二级，过渡阶段；等权"
    assert sum(float(v) for v in found.shares().values()) == pytest.approx(100, abs=0.3)
    assert air.composite_under(RULE, statistics, at=date(2031, 1, 1)).value > 6
    assert "GB 3095—2012（含2018年修改单）" in air.composite_under(RULE, statistics, at=date(2026, 2, 28)).basis
    with pytest.raises(TypeError, match="要日期 at="):
        air.composite_under(RULE, statistics)
    with pytest.raises(standards.NotInForce):
        air.composite_under(RULE, statistics, at=date(2010, 1, 1))


def test_ranking_by_change_lists_best_and_worst():
    now = np.array([3.0, 4.4, 2.0, 3.3, np.nan])
    before = np.array([3.3, 4.0, 2.0, 3.0, 4.0])
    found = air.rank_change(PLAN, now, before, compliant=[False, False, True, False, False])
    assert found.rank.tolist() == [1, 3, 2, 3, 0]
    assert found.worst_rank.tolist() == [3, 1, 0, 1, 0]
    assert found.best.tolist() == [0, 2, 1, 3]
    assert found.worst.tolist() == [1, 3, 0]
    with pytest.raises(ValueError, match="六项均达标）须为是否"):
        air.rank_change(PLAN, now, before, compliant=[1, 0, 1, 0, 0])


def test_places_gained_and_lost():
    assert ranking.movement([1, 3, 0, 2], [4, 2, 1, 0]).tolist() == [3, -1, 0, 0]
    with pytest.raises(ValueError, match="名次个数"):
        ranking.ends([1, 2], 0)


def test_an_alert_explains_itself():
    dates = np.arange("2026-12-01", "2026-12-09", dtype="datetime64[D]")
    (one,) = air.alerts(ALERT, dates, [90, 210, 310, 220, 100, 80, 60, 70], primary=["PM2.5"] * 8)
    assert (one.title, str(one.start), str(one.end), one.peak) == ("红色", "2026-12-02", "2026-12-04", 310)
    assert one.triggers[0].words == "AQI 大于 200 持续 72 小时及以上，且大于 300 持续 24 小时及以上"
    assert [t.title for t in one.triggers] == ["红色", "橙色", "橙色", "黄色", "黄色"]
    assert str(one.issue_by) == "2026-12-01T00"
    assert str(one.lift) == "2026-12-05"
    assert one.measures == "应急减排措施全部执行"
    (ozone,) = air.alerts(ALERT, dates[:1], [210], primary=["O3"])
    assert ozone.measures.startswith("健康提示")
    with pytest.raises(ValueError, match="逐日连续"):
        air.alerts(ALERT, dates[[0, 2]], [210, 210])
    with pytest.raises(ValueError, match="首要污染物 1 个与日期 2 天"):
        air.alerts(ALERT, dates[:2], [210, 210], primary=["O3"])


@pytest.mark.parametrize("issued, now, words", [(0, 2, "发布"), (2, 3, "升级"), (3, 3, "维持"), (3, 2, "降级"), (2, 0, "解除"), (0, 0, "无")])
def test_what_to_do_when_the_forecast_changes(issued, now, words):
    assert air.alert_action(issued, now) == words


def test_a_month_across_the_change_is_given_under_both_standards():
    found = air.year_on_year(month(2026, 3, PM2_5=70.0), month(2025, 3, PM2_5=70.0), "good_days")
    assert found.crosses
    assert [(s.standard, s.now, s.before) for s in found.sides] == [("HJ 633—2012", 31, 31), ("HJ 633—2026", 0, 0)]
    assert (found.in_force.now, found.in_force.before, found.in_force.change) == (0, 31, -31)
    assert found.changed == (date(2026, 3, 1),)
    assert found.sentence == (
        "优良天数：按 HJ 633—2012，本期 31 天、上年同期 31 天，持平；按 HJ 633—2026，本期 0 天、上年同期 0 天，持平。"
        "两期跨 2026-03-01 标准更换，不同标准下的数不能直接相比。"
    )


def test_a_month_within_one_standard_is_given_once():
    found = air.year_on_year(month(2026, 2), month(2025, 2, PM2_5=80.0), "good_days")
    assert not found.crosses
    assert found.sentence == "优良天数：本期 28 天、上年同期 0 天，增加 28 天（HJ 633—2012）。"
    assert found.sides[0].rate != found.sides[0].rate  # 同期为 0，没有变化率


def test_a_period_that_itself_crosses_counts_each_day_by_its_own_standard():
    dates = np.arange("2026-02-01", "2026-04-01", dtype="datetime64[D]")
    now = air.spell(dates, six(dates, PM2_5=70.0))
    before_dates = np.arange("2025-02-01", "2025-04-01", dtype="datetime64[D]")
    found = air.year_on_year(now, air.spell(before_dates, six(before_dates, PM2_5=70.0)), "good_ratio")
    assert [s.now for s in found.sides] == [100.0, 0.0]
    assert found.in_force.now == 47.5  # 28 / 59
    over = air.year_on_year(now, air.spell(before_dates, six(before_dates, PM2_5=70.0)), "over_days:PM2.5")
    assert [s.now for s in over.sides] == [0, 59]
    assert over.in_force.now == 31
    rate = air.year_on_year(now, air.spell(before_dates, six(before_dates, PM2_5=70.0)), "over_rate:PM2.5")
    assert rate.in_force.now == 52.5


def test_the_final_limits_of_2031_change_the_index_but_not_the_aqi():
    now, before = month(2031, 3), month(2030, 3)
    assert not air.year_on_year(now, before, "good_days").crosses
    index = air.year_on_year(now, before, "composite_index")
    assert [s.standard for s in index.sides] == ["GB 3095—2026（过渡阶段）", "GB 3095—2026（2031年起）"]
    assert index.changed == (date(2031, 1, 1),)
    assert "两期跨 2031-01-01 标准更换" in index.sentence


def test_the_amendment_of_2018_is_no_change_of_limits():
    assert not air.year_on_year(month(2019, 3), month(2018, 3), "composite_index").crosses


def test_what_cannot_be_compared_says_so():
    empty = month(2026, 3, PM2_5=np.nan)
    found = air.year_on_year(empty, month(2025, 3), "composite_index")
    assert "本期 数据不足" in found.sentence
    with pytest.raises(LookupError, match="没有同比指标“good”；已有："):
        air.year_on_year(empty, empty, "good")
    with pytest.raises(LookupError, match="写成 over_days:项目"):
        air.year_on_year(empty, empty, "over_days")
    with pytest.raises(standards.NotInForce):
        air.year_on_year(month(2016, 3), month(2015, 3), "good_days")
    with pytest.raises(ValueError, match="有缺失或重复"):
        air.spell(["2026-03-01", "2026-03-01"], {"SO2": [1, 2]})
    with pytest.raises(ValueError, match="等长"):
        air.spell(["2026-03-01"], {"SO2": [1, 2]})


def test_other_items_keep_the_decimals_of_their_limits():
    assert air.statistic(HJ663, "BaP", "mean", [0.0011, 0.0012, 0.0012]) == 0.00117
    assert air.places(HJ663, "Pb", "compliance") == 2
    assert air.places(HJ663, "PM2.5", "statistic") == 1
    assert air.places(standards.get("HJ 663", edition="2013"), "PM2.5", "statistic") == 0
    assert air.limit_table(GB3095, "TSP") == "limit_other"


def test_a_year_to_date_has_statistics_and_no_verdict():
    dates = YEAR[:100]
    found = air.evaluate_period(HJ663, GB3095, dates, six(dates, PM2_5=80.0), phase="transition")
    assert found.standing("PM2.5_mean").value == 80
    assert found.standing("PM2.5_mean").times_over == 1.67
    assert str(found.verdict) == air.PARTIAL
    two_years = np.arange("2027-01-01", "2029-01-01", dtype="datetime64[D]")
    assert str(air.evaluate_period(HJ663, GB3095, two_years, six(two_years), phase="transition").verdict) == air.MET
    with pytest.raises(ValueError, match="日期须逐日连续"):
        air.evaluate_period(HJ663, GB3095, YEAR[::2], six(YEAR[::2]), phase="transition")


@pytest.mark.parametrize("wrong", [-999.0, np.inf])
def test_marks_of_missing_values_take_no_part_in_a_mean(wrong):
    with pytest.raises(ValueError, match="负值、无穷大不能参加统计；缺测用 NaN"):
        air.statistics(HJ663, {"SO2": [5, wrong]})
    statistics = {"SO2_mean": wrong, "NO2_mean": 40, "PM10_mean": 60, "PM2.5_mean": 30, "CO_P95": 4, "O3_P90": 160}
    with pytest.raises(ValueError, match=r"SO2_mean 有 .*缺测用 NaN"):
        air.composite_index(RULE, GB3095, statistics, phase="transition")


def test_a_statistic_of_another_unit_is_refused():
    statistics = {"SO2_mean": 5, "NO2_mean": 40, "PM10_mean": 60, "PM2.5_mean": 30, "CO_P95": 800, "O3_P90": 160}
    with pytest.raises(ValueError, match="CO 统计量 800 过大（应为 mg/m³），疑为 µg/m³"):
        air.composite_under(RULE, statistics, limits="2012")


def test_the_state_of_gases_before_september_2018_is_said():
    found = air.year_on_year(month(2019, 3), month(2018, 3), "composite_index")
    assert found.sentence.endswith("2018-09-01 起气态项目浓度由标准状态改为参比状态，此前的浓度未换算。")
    assert "参比状态" not in air.year_on_year(month(2020, 3), month(2019, 3), "composite_index").sentence


def test_joint_primary_pollutants_count_for_each():
    bits = [air.primary_bits("PM10,PM2.5"), air.primary_bits("O3"), 0, air.primary_bits("O3")]
    found = air.primary_days(bits)
    assert {i: int(n) for i, n in found.items() if n} == {"O3": 2, "PM10": 1, "PM2.5": 1}
    assert int(air.primary_days(bits, excluded=[True, False, False, False])["PM10"]) == 0
    assert air.primary_days(np.array([bits, bits], np.uint8))["O3"].tolist() == [2, 2]
