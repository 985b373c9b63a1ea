"""Groundwater, sea, sources of drinking water, compensation and soil: shapes, what a result rests on, what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from qingshan import standards
from qingshan.methods import compensation, drinking_source, groundwater, sea, single_factor, soil
from qingshan.standards.catalogue import read
from qingshan.stats.columns import NotNumbers

GW = standards.get("GB/T 14848", edition="2017")
SEA = standards.get("GB 3097", edition="1997")
FARM = standards.get("GB 15618", edition="2018")
BUILD = standards.get("GB 36600", edition="2018")
RULE = standards.get("集中式饮用水水源达标评价", edition="2011")
BEIJING = standards.get("北京市水环境区域补偿", edition="2014")

MINI = """
code = "GB 3838"
edition = "2002"
title = "地表水环境质量标准（测试用的几行）"
medium = "water"
phase = [{ id = "national", from = 2002-06-01 }]
verify = ["只有几行"]
[limit]
clause = "表1"
unit = "mg/L"
row = [
  { item = "pH", water = ["river", "lake"], sense = "range", low = 6, high = 9 },
  { item = "DO", water = ["river", "lake"], sense = "lower", limit = [7.5, 6, 5, 3, 2] },
  { item = "TP", water = ["river"], sense = "upper", limit = [0.02, 0.1, 0.2, 0.3, 0.4] },
  { item = "TP", water = ["lake"], sense = "upper", limit = [0.01, 0.025, 0.05, 0.1, 0.2] },
  { item = "TN", water = ["lake"], sense = "upper", limit = [0.2, 0.5, 1.0, 1.5, 2.0] },
  { item = "Cd", water = ["river", "lake"], sense = "upper", limit = [0.001, 0.005, 0.005, 0.005, 0.01] },
]
[supplementary]
clause = "表2"
unit = "mg/L"
row = [{ item = "Fe", limit = 0.3 }, { item = "Mn", limit = 0.1 }]
[specific]
clause = "表3"
unit = "mg/L"
row = [{ item = "chla", limit = 0.02 }]
"""


@pytest.fixture(scope="module")
def surface(tmp_path_factory):
    path = tmp_path_factory.mktemp("gb3838") / "2002.toml"
    path.write_text(MINI, encoding="utf-8")
    return read(path)


def test_a_standard_is_not_asked_for_a_day_before_it_existed():
    with pytest.raises(standards.NotInForce, match="1994-09-30 没有现行版本"):
        standards.get("GB/T 14848", at=date(1994, 9, 30))
    assert standards.get("GB/T 14848", at=date(2018, 4, 30)).edition == "1993"
    assert standards.get("GB/T 14848", at=date(2018, 5, 1)) is GW
    assert standards.get("北京市水环境区域补偿", at=date(2022, 12, 31)).edition == "2014"
    assert standards.get("北京市水环境区域补偿", at=date(2023, 1, 1)).edition == "2022"
    assert [standards.get("受污染耕地安全利用率", at=date(y, 6, 1)).edition for y in (2020, 2025, 2026)] == ["2016—2020", "2021—2025", "2026—2030"]


def test_a_result_carries_what_it_rests_on():
    found = groundwater.classes(GW, {"Mn": [0.22], "pH": [9.5]})
    assert (found.standard, found.clause, found.target) == ("GB/T 14848—2017", "表1、表2", 3)
    assert found.limits == {"Mn": (0.1,), "pH": (6.5, 8.5)}
    assert found.times_over[0, 0] == pytest.approx(1.2)
    assert np.isnan(found.times_over[1, 0])
    assert any("未读原文" in mark for mark in found.verify)
    assert found.exceeding().tolist() == ["pH 值、锰(1.2)"]
    assert not found.meets().any()
    assert found.meets(5).all()


def test_samples_of_any_shape_and_single_numbers():
    grid = np.array([[0.1, 0.2], [0.3, 5.0]])
    assert groundwater.classes(GW, {"Fe": grid}).overall.tolist() == [[1, 2], [3, 5]]
    one = groundwater.classes(GW, {"Fe": 0.31})
    assert one.words() == "Ⅳ"
    assert one.worst_items() == "铁"
    assert groundwater.classes(GW, {"Fe": np.array([], float)}).overall.shape == (0,)
    assert groundwater.classes(GW, {"Fe": np.array([0.1, 0.3], np.float32)}).overall.tolist() == [1, 3]
    assert groundwater.classes(GW, {"Fe": np.ma.array([0.1, 9.0], mask=[False, True])}).overall.tolist() == [1, 0]
    assert groundwater.classes(GW, {"Fe": [None, 0.1]}).overall.tolist() == [0, 1]


def test_every_limit_is_met_by_the_value_equal_to_it_and_missed_just_over():
    for edition, tables in ((GW, ("regular", "other")), (SEA, ("limit",))):
        number = int(edition.table(tables[0])["classes"])
        for row in (r for t in tables for r in edition.table(t)["row"] if r.get("sense", "upper") == "upper"):
            for limit in (float(v) for v in row["limit"]):
                at, over = single_factor.item_class(row, np.array([limit, limit * (1 + 1e-6) + 1e-12]), number)
                assert float(row["limit"][at - 1]) == limit
                assert over > at


def test_worse_is_never_a_better_class():
    rng = np.random.default_rng(7)
    for row in GW.table("regular")["row"]:
        if row.get("sense", "upper") == "upper":
            value = np.sort(rng.uniform(0, float(row["limit"][-1]) * 3 + 1, 500))
            assert (np.diff(single_factor.item_class(row, value, 5)) >= 0).all()


def test_alpha_above_class_3_is_class_4_and_says_why():
    found = groundwater.classes(GW, {"总α": [0.5, 0.51, 100.0]})
    assert found.words().tolist() == ["Ⅲ", "Ⅳ", "Ⅳ"]
    assert any("从优取Ⅳ类" in mark for mark in found.verify)
    assert groundwater.classes(GW, {"总α": [0.51]}, target=4).exceeding().tolist() == [""]


def test_a_column_of_truths_is_no_column_of_values_and_marks_are_truths():
    with pytest.raises(NotNumbers, match="须为数值"):
        groundwater.classes(GW, {"Fe": np.array([True])})
    with pytest.raises(NotNumbers, match="须为是否"):
        groundwater.classes(GW, {"Fe": [0.1]}, below={"Fe": [1]})
    with pytest.raises(ValueError, match="须同形"):
        groundwater.classes(GW, {"Fe": [0.1]}, below={"Fe": [True, False]})


def test_un_ionized_ammonia_rises_with_ph_and_temperature_and_falls_with_salinity():
    def share(**k):
        return float(sea.unionized_ammonia(SEA, 1.0, **({"ph": 8.0, "temperature": 20.0, "salinity": 30.0} | k)))

    assert share(ph=8.5) > share() > share(ph=7.5) > 0
    assert share(temperature=25.0) > share()
    assert share(salinity=5.0) > share()


def test_below_detection_in_a_sum_is_for_the_caller_to_decide():
    forms = {"NO3-N": [0.1], "NO2-N": [0.001], "NH4-N": [0.01]}
    with pytest.raises(ValueError, match="先按采用的规则取值"):
        sea.classes(SEA, forms, below={"NO2-N": [True]})


def test_area_shares_say_how_much_was_judged():
    rule = standards.get("近岸海域水质评价", edition="2020")
    found = sea.area_shares(rule, {s: [1, 0, 5] for s in ("春季", "夏季", "秋季")}, [2.0, 6.0, 2.0])
    assert found.covered == (40.0, 40.0, 40.0)
    assert found.year == 50.0
    assert found.by_class[0].tolist() == [50, 0, 0, 0, 50]
    assert found.verify


def test_surface_sources_meet_class_3_and_the_limits_of_tables_2_and_3(surface):
    found = drinking_source.surface_source(
        RULE, surface, "river", {"DO": [5, 4.99, 8], "TP": [0.2, 0.1, 0.21], "Fe": [0.3, 0.3, 0.6], "TN": [9, 9, 9], "chla": [0.02, 0.02, np.nan]}
    )
    assert found.compliant.tolist() == [True, False, False]
    assert found.exceeding().tolist() == ["", "溶解氧", "铁(1.0)、总磷(0.05)"]
    assert found.reference == ("TN",)
    assert found.absent == ("pH", "Cd", "Mn")


def test_total_phosphorus_of_a_lake_source_has_the_limit_of_lakes(surface):
    assert drinking_source.surface_source(RULE, surface, "lake", {"TP": [0.05, 0.051]}).compliant.tolist() == [True, False]
    assert drinking_source.surface_source(RULE, surface, "river", {"TP": [0.05, 0.051]}).compliant.tolist() == [True, True]
    with pytest.raises(LookupError, match="没有水体类型“”"):
        drinking_source.surface_source(RULE, surface, "", {"TP": [0.05]})


def test_a_source_that_was_not_measured_is_neither_compliant_nor_not(surface):
    found = drinking_source.surface_source(RULE, surface, "river", {"Fe": [np.nan, -1, 0.1]})
    assert found.judged.tolist() == [False, False, True]
    assert found.compliant.tolist() == [False, False, True]
    assert found.undecided[0].tolist() == [False, True, False]


def test_a_detection_limit_above_the_limit_tells_nothing(surface):
    found = drinking_source.surface_source(RULE, surface, "river", {"Cd": [0.005, 0.006]}, below={"Cd": [True, True]})
    assert found.judged.tolist() == [True, False]
    assert found.undecided[0].tolist() == [False, True]


def test_only_reference_items_or_unknown_ones_are_refused(surface):
    with pytest.raises(LookupError, match="只给了参考项目"):
        drinking_source.surface_source(RULE, surface, "lake", {"TN": [0.1], "FC": [100]})
    with pytest.raises(LookupError, match="没有项目“COD”"):
        drinking_source.surface_source(RULE, surface, "lake", {"COD": [10]})


def test_rates_by_count_and_by_intake_volume():
    found = drinking_source.source_rates(RULE, [True, True, False], [100, 50, 50])
    assert found.count_rate.tolist() == [66.7]
    assert found.volume_rate.tolist() == [75.0]
    year = drinking_source.source_rates(RULE, [[True, False], [True, True]], [[3, 1], [3, 1]], [[True, True], [True, False]])
    assert year.count_rate.tolist() == [50.0, 100.0]
    assert year.volume_rate.tolist() == [75.0, 100.0]
    assert year.year_count_rate == 66.7
    assert year.year_volume_rate == 85.7
    none = drinking_source.source_rates(RULE, [True], [0], [False])
    assert np.isnan(none.count_rate[0])
    assert np.isnan(none.volume_rate[0])


def test_a_source_without_volume_counts_by_number_and_is_named():
    found = drinking_source.source_rates(RULE, [True, True], [100, np.nan])
    assert found.count_rate.tolist() == [100.0]
    assert found.without_volume.tolist() == [1]


@pytest.mark.parametrize(
    "given, words",
    [(([1], [1]), "须为是否"), (([True], [-1]), "负值"), (([True], [np.inf]), "无穷大"), (([True, False], [1, 2, 3]), "须同形")],
)
def test_wrong_rates_are_refused(given, words):
    with pytest.raises(ValueError, match=words):
        drinking_source.source_rates(RULE, *given)


def test_groundwater_sources_are_judged_by_class_3():
    met, judged = drinking_source.groundwater_source(RULE, groundwater.classes(GW, {"Fe": [0.3, 0.31, np.nan]}))
    assert met.tolist() == [True, False, False]
    assert judged.tolist() == [True, True, False]
    with pytest.raises(LookupError, match="按 GB/T 14848"):
        drinking_source.groundwater_source(RULE, sea.classes(SEA, {"DO": [7]}))


def _event(**given):
    base = {"section": "甲", "month": "2015-03", "item": "COD", "payer": "A", "payee": "B", "out_class": 4, "target": 3}
    return compensation.SectionMonth(**(base | given))


def test_every_line_of_money_says_its_rule_its_classes_and_its_amount():
    line = compensation.account(BEIJING, [_event(out_class=5)]).lines[0]
    assert line.amount == Decimal(60)
    assert line.classes == 2
    assert "出境Ⅴ类、目标Ⅲ类，差 2 类，30 万元/类 × 2 = 60 万元，由A给B" in line.words
    assert line.clause == "《北京市水环境区域补偿办法（试行）》（京政办发〔2014〕57号） 跨界断面补偿金（一）（二）"


def test_what_districts_pay_and_receive_adds_up_to_nothing():
    rng = np.random.default_rng(3)
    names = ["A", "B", "C", ""]
    events = []
    for i in range(300):
        payer, payee = rng.choice(3), rng.choice(4)
        if payer == payee:
            continue
        events.append(_event(section=str(i), payer=names[payer], payee=names[payee], out_class=int(rng.integers(1, 6)), target=int(rng.integers(1, 6))))
    found = compensation.account(BEIJING, events)
    assert sum(found.net().values()) == 0
    assert found.total() == sum(max(0, e.out_class - e.target) * 30 for e in events)


def test_an_amount_nobody_published_is_not_guessed():
    found = compensation.account(BEIJING, [_event(out_class=6), _event(section="乙")])
    assert [line.amount for line in found.lines] == [90, None, 30]
    assert found.known() == 120
    for ask in (found.total, found.net):
        with pytest.raises(compensation.Unsettled, match="1 笔金额未录"):
            ask()
    assert compensation.account(BEIJING, [_event(out_class=6)], entered={"surcharge": 10}).total() == 100


def test_events_without_data_are_named_not_counted():
    found = compensation.account(BEIJING, [_event(out_class=0), _event(section="乙", has_inflow=True)])
    assert len(found.without) == 2
    assert found.total() == 0


def test_float_concentrations_are_refused_money_is_exact():
    zhoukou = standards.get("周口市水环境生态补偿", edition="2016")
    given = {"month": "2017-05", "value": 60.1, "target_value": Decimal(50)}
    with pytest.raises(ValueError, match="浮点数不精确"):
        compensation.account(zhoukou, [_event(**given)])
    exact = compensation.account(zhoukou, [_event(**(given | {"value": Decimal("60.1")}))])
    assert exact.total() == Decimal("12.0200")


def test_farmland_names_the_values_it_used():
    found = soil.farmland(FARM, ["水田", "旱地"], {"pH": [6.0, 6.0], "Cd": [0.4, 0.4]})
    assert found.screening[0].tolist() == [0.4, 0.3]
    assert found.control[0].tolist() == [2.0, 2.0]
    assert found.words().tolist() == ["优先保护类", "安全利用类"]
    assert found.decided_by == ("Cd",)
    assert any("农产品" in mark for mark in found.verify)


def test_farmland_below_detection_above_screening_is_open():
    found = soil.farmland(FARM, "水田", {"pH": [5.0, 5.0], "Cd": [0.2, 0.5]}, below={"Cd": [True, True]})
    assert found.category.tolist() == [1, 0]
    assert found.undecided[0].tolist() == [False, True]


def test_farmland_in_a_grid_and_alone():
    assert soil.farmland(FARM, "其他", {"pH": 6.0, "Cd": 0.31}).words() == "安全利用类"
    grid = soil.farmland(FARM, [["水田", "其他"]], {"pH": [[6.0, 6.0]], "Cd": [[0.31, 0.31]]})
    assert grid.category.tolist() == [[1, 2]]


def test_strict_land_goes_down_to_nothing_plot_by_plot():
    found = soil.strict_land([10.1, 20.2, 0], [False, True, False])
    assert (found.remaining, found.plots, found.is_cleared) == (Decimal("10.1"), (0,), False)
    assert soil.strict_land([10.0], [True]).is_cleared
    with pytest.raises(ValueError, match="不缺"):
        soil.strict_land([np.nan], [True])
    with pytest.raises(NotNumbers, match="须为是否"):
        soil.strict_land([1.0], [1])


def test_about_stays_about_and_a_goal_of_ones_own_is_asked_for():
    rule = standards.get("受污染耕地安全利用率", edition="2021—2025")
    found = soil.farmland_rate(rule, {"light_protected": 500, "safe_use": 400, "strict": 25, "polluted": 1000})
    assert (found.rate, found.is_about, found.meets(), found.meets(92)) == (92.5, True, False, True)
    assert found.verify


def test_the_rate_printed_does_not_decide_whether_the_target_is_met():
    rule = standards.get("受污染耕地安全利用率", edition="2021—2025")
    found = soil.farmland_rate(rule, {"light_protected": 9296, "safe_use": 0, "strict": 0, "polluted": 10000})
    assert found.rate == 93.0
    assert not found.meets()


def test_classes_of_the_evaluators_are_taken_as_they_are():
    found = compensation.account(BEIJING, [_event(out_class=np.int8(5), target=np.int8(3), has_inflow=np.bool_(False))])
    assert found.total() == 60
    for wrong in ({"has_inflow": None}, {"month": date(2015, 3, 1)}, {"out_class": 4.0}, {"out_class": True}, {"out_class": None}):
        with pytest.raises(ValueError, match="甲"):
            compensation.account(BEIJING, [_event(**wrong)])


def test_brine_is_no_wrong_unit_but_arsenic_in_micrograms_is():
    assert groundwater.classes(GW, {"Cl": [19000.0]}).words().tolist() == ["Ⅴ"]
    with pytest.raises(ValueError, match=r"As（砷）：中位数 5 mg/L，疑为 µg/L"):
        groundwater.classes(GW, {"As": [3.0, 5.0, 9.0]})


def test_codes_of_city_land_have_their_class_and_ambiguous_ones_are_refused():
    assert soil.construction_land(BUILD, ["R", "M"], {"As": [21, 21]}).level.tolist() == [2, 1]
    with pytest.raises(LookupError, match="没有用地类型“A”"):
        soil.construction_land(BUILD, "A", {"As": [21]})


def test_not_detected_without_a_limit_is_open_not_clean():
    found = groundwater.classes(GW, {"Cd": [np.nan], "LAS": [np.nan]}, below={"Cd": [True], "LAS": [True]})
    assert found.by_item[:, 0].tolist() == [0, 1]
    assert found.open_items().tolist() == ["镉"]
    assert soil.farmland(FARM, "水田", {"pH": [6.0], "Cd": [np.nan]}, below={"Cd": [True]}).undecided.tolist() == [[True]]


def test_columns_of_classes_become_events_and_districts_pay_and_receive():
    events = compensation.section_months(
        ["甲", "乙", "丙"], ["2015-03"] * 3, ["COD", "TP", "COD"], ["A", "B", "A"], ["B", "A", None], np.array([5, 4, np.nan]), [3, 3, 3],
        np.array([0, 5, 0]), np.array([False, True, False]),
    )  # fmt: skip
    found = compensation.account(BEIJING, events)
    assert [(d.name, d.paid, d.received, d.net) for d in found.districts()] == [("A", 60, 15, 45), ("B", 15, 60, -45)]
    assert [e.section for e in found.without] == ["丙"]
    with pytest.raises(ValueError, match="整数类别"):
        compensation.section_months(["甲"], ["2015-03"], ["COD"], ["A"], ["B"], [2.5], [3], [0], np.array([False]))
    with pytest.raises(ValueError, match="等长"):
        compensation.section_months(["甲"], ["2015-03"], ["COD"], ["A"], ["B"], [2, 3], [3], [0], np.array([False]))
    with pytest.raises(ValueError, match="须为是否"):
        compensation.section_months(["甲"], ["2015-03"], ["COD"], ["A"], ["B"], [2], [3], [0], [1])


def test_shares_carry_what_they_rest_on():
    assert groundwater.well_shares(GW, [1, 5]).verify
    assert drinking_source.source_rates(RULE, [True], [1]).clause.endswith("达标率")
