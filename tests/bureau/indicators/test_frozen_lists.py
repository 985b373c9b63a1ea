"""Shares of the year's frozen list: a section without data stays in the denominator; rivers, kept targets, wells, sea, sources, roads.

Every value comes in through ``qingshan import --samples`` and is read back; expectations are worked out by hand in the comments.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from tests.bureau.indicators.listed import FOURTH, GOOD, HEAD, OCTOBER, WORST, ask, declare, send, stations, water_list

from qingshan.bureau.indicators import actions, assessments, reruns
from qingshan.bureau.indicators.models import AssessmentRun, Report
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.values import SHORT
from qingshan.bureau.sites.models import Station

pytestmark = pytest.mark.django_db


def test_without_a_list_the_value_says_that_nothing_is_frozen(four):
    value = ask(four)
    assert value.text == "33.3"  # 1 of the 3 that have a class
    assert any("年没有“地表水考核断面”名单" in n for n in value.notes)


def test_a_section_without_data_stays_in_the_frozen_denominator(four, own_folders, as_, clerk):
    water_list(own_folders)
    value = ask(four)
    assert value.text == "25.0"  # 1 of 4
    assert ask(four, "water_worst_ratio").text == "25.0"
    assert ask(four, "water_target_ratio").text == "25.0"
    assert "4 个，1 个没有结果（点D），计入分母，不计入分子" in value.notes[0]
    assert "点D" in value.left_out
    page = as_(clerk).get("/indicators/water_good_ratio/?span=2026-10").content.decode()
    assert "没有结果（点D）" in page
    with assessments.steady():
        held = assessments.of(OCTOBER)
        kept = held.value("water_good_ratio", area=four.district, period=OCTOBER)
        run = actions.record_run(held, kept)
    water_list(own_folders, "AB")  # the list changes afterwards; the run on record does not
    again = reruns.again(AssessmentRun.objects.get(number=run.number))
    assert again.same, again.words
    assert again.value.text == "25.0"
    assert ask(four).text == "50.0"


@pytest.mark.parametrize(
    ("policy", "text", "words"),
    [("kept", "25.0", "计入分母，不计入分子"), ("last", "50.0", "沿用最近一次类别"), ("left_out", "33.3", "不计入分母"), ("refuse", SHORT, "缺一不算")],
)  # fmt: skip
def test_each_policy_for_absent_sections(four, own_folders, policy, text, words):
    water_list(own_folders)
    declare(own_folders, "own_share", f'''name = "own_share"
code = "KQ-991"
title = "本局优良比例"
short = "优良"
unit = "%"
better = "higher"
decimals = 1
definition = "本局口径"
source = {{ medium = "water", method = "water.class_share", basis = "5+X", grade = ["Ⅰ", "Ⅱ", "Ⅲ"], standard = "GB 3838", roster = "water_sections", absent = "{policy}" }}
''', "indicators")  # fmt: skip
    value = ask(four, "own_share")
    assert value.text == text
    assert words in " ".join([*value.notes, value.reason])
    if policy == "last":
        assert any("沿用2026年9月" in i.text for i in value.inputs if i.title == "点D")


def test_half_of_the_list_has_to_speak_before_anything_is_kept(four, own_folders):
    water_list(own_folders, "ADEFG")  # D has no October sample; E, F, G are not even registered: 1 of 5
    value = ask(four)
    assert value.text == SHORT
    assert "不足一半" in value.reason
    assert "点D、E、F、G" in value.reason


def test_last_year_has_its_own_list_and_a_section_out_of_use_stays_on_it(four, own_folders):
    water_list(own_folders)
    Station.objects.filter(code="B").update(until=date(2026, 9, 30))
    assert ask(four).text == "25.0"
    assert "点B、点D" in ask(four).notes[0]
    assert any("年没有“地表水考核断面”名单" in n for n in ask(four, period=Period.parse("2025-10")).notes)


def test_national_and_city_sections_apart_and_year_to_date(four, own_folders, tmp_path):
    Station.objects.filter(code__in="AD").update(level="national")
    water_list(own_folders)
    assert ask(four, "water_target_national_ratio").text == "50.0"  # A meets, D absent
    assert ask(four, "water_target_city_ratio").text == "0.0"  # B and C fail
    rows = [f"{c},2026-{m:02}-10,{GOOD if c != 'C' else WORST}" for m in range(1, 9) for c in "ABCD"]
    assert send(own_folders, tmp_path, HEAD + "\n".join(rows), name="上半年.csv") == 0
    to_date = Period.year_to(date(2026, 10, 31))
    # means to October: A Ⅱ; B (8 × 0.32 + 1.31)/9 = 0.43, Ⅱ; C 劣Ⅴ; D Ⅱ
    assert ask(four, "water_target_national_ratio", to_date).text == "100.0"
    assert ask(four, "water_target_city_ratio", to_date).text == "50.0"


def test_a_river_meets_when_all_its_sections_do(four, own_folders, tmp_path):
    water_list(own_folders)
    assert ask(four, "water_river_ratio").text == "0.0"  # 清河: B fails; 柳河: C fails
    assert send(own_folders, tmp_path, HEAD + f"B,2026-10-12,{GOOD}\n", name="更正.csv") == 0
    value = ask(four, "water_river_ratio")
    assert (value.text, value.parts) == ("50.0", {"清河": 1.0, "柳河": 0.0})
    declare(own_folders, "water_sections", 'name = "water_sections"\ntitle = "名单"\nmedium = "water"\n[[station]]\ncode = "A"\n')
    assert "没有写所在河流" in ask(four, "water_river_ratio").reason


def test_kept_means_every_month(four, own_folders, tmp_path):
    water_list(own_folders)
    rows = [f"{c},2026-{m:02}-10,{GOOD if (c, m) != ('B', 8) else FOURTH}" for m in (8, 9) for c in "ABC"]
    assert send(own_folders, tmp_path, HEAD + "\n".join(rows), name="前两月.csv") == 0
    value = ask(four, "water_kept_ratio", Period.parse("2026-08..2026-10"))
    # A met in all three months; B failed in August; C failed in October; D has September only: not proven
    assert value.text == "25.0"
    said = {i.title: i.text for i in value.inputs}
    assert said["点A"] == "3 个月逐月达标"
    assert said["点B"].startswith("2026年8月起不达标")
    assert said["点D"].startswith("2 个月没有结果")
    assert "整月" in ask(four, "water_kept_ratio", Period.parse("30d@2026-10-20")).reason


def test_the_index_of_a_lake(own, own_folders, tmp_path):
    stations(own, "water", {"L": {"body": "lake"}, "R": {"body": "river"}})
    head = "点位,采样日期,叶绿素a(µg/L),总磷(mg/L),总氮(mg/L),透明度(m),高锰酸盐指数(mg/L)\n"
    assert send(own_folders, tmp_path, head + "L,2026-10-12,10,0.05,1.0,0.5,4\nR,2026-10-12,99,0.9,9,0.1,30\n") == 0
    # 10(2.5 + 1.086 ln 10) = 50.006; 10(9.436 + 1.624 ln 0.05) = 45.710; 10(5.453 + 1.694 ln 1) = 54.530;
    # 10(5.118 − 1.94 ln 0.5) = 64.627; 10(0.109 + 2.661 ln 4) = 37.979; weights 1, .8436², .8183²…: .2663 .1879 .1790 .1834 .1834
    expected = 0.2663 * 50.006 + 0.1879 * 45.710 + 0.1790 * 54.530 + 0.1834 * 64.627 + 0.1834 * 37.979
    assert abs(ask(own, "lake_trophic_index").value - expected) < 0.06


WELLS = "点位,采样日期,总硬度(mg/L),溶解性总固体(mg/L),锰(mg/L),硝酸盐(以N计)(mg/L)\n"


def test_wells_by_class_and_against_last_year(own, own_folders, tmp_path):
    stations(own, "groundwater", {c: {} for c in "PQR"})
    now = "P,2026-10-10,140,280,0.01L,1.5\nQ,2026-10-10,460,280,0.04,1.5\nR,2026-10-10,140,280,1.6,1.5\n"
    then = "P,2025-10-10,140,280,0.06,1.5\nQ,2025-10-10,140,280,0.04,1.5\n"
    assert send(own_folders, tmp_path, WELLS + now + then, "groundwater") == 0
    good = ask(own, "groundwater_good_ratio")
    # hardness 460 > 450: Ⅳ; manganese 1.6 > 1.5: Ⅴ; P at Ⅰ: two of three are Ⅰ–Ⅳ
    assert (good.text, ask(own, "groundwater_worst_ratio").text) == ("66.7", "33.3")
    assert {k: v for k, v in good.parts.items() if v} == {"Ⅰ": 1, "Ⅳ": 1, "Ⅴ": 1}
    worse = ask(own, "groundwater_worse_wells")
    assert (worse.text, worse.parts) == ("1", {"好转": 1, "不变": 0, "变差": 1})  # P Ⅲ → Ⅰ; Q Ⅰ → Ⅳ; R has no last year
    assert "点R缺一年" in worse.notes[-1]


def test_a_change_of_standard_is_no_change_of_wells(own, own_folders, tmp_path):
    stations(own, "groundwater", {c: {} for c in "PQ"})
    # hardness 600: Ⅴ by GB/T 14848—93 (550), Ⅳ by 2017 (650); manganese 1.2: Ⅴ by 1993 (1.0), Ⅳ by 2017
    rows = "P,2018-10-10,600,280,0.04,1.5\nP,2017-10-10,600,280,0.04,1.5\nQ,2018-10-10,460,280,1.2,1.5\nQ,2017-10-10,460,280,0.04,1.5\n"
    assert send(own_folders, tmp_path, WELLS + rows, "groundwater") == 0
    worse = ask(own, "groundwater_worse_wells", Period.parse("2018-10"))
    assert (worse.text, worse.parts) == ("0", {"好转": 0, "不变": 2, "变差": 0})
    assert any("上年同期按 GB/T 14848—2017 回算，当时施行的是 GB/T 14848—93" in n for n in worse.notes)
    assert ask(own, "groundwater_worst_ratio", Period.parse("2017-10")).text == "50.0"  # 当时的标准


def test_good_coastal_waters_by_area(own, own_folders, tmp_path):
    stations(own, "sea", {c: {} for c in "XYZ"})
    head = "点位,采样日期,pH,溶解氧(mg/L),化学需氧量(mg/L),无机氮(mg/L),活性磷酸盐(mg/L)\n"
    first, third = "8.1,6.5,1.5,0.15,0.010", "8.1,6.5,1.5,0.35,0.010"  # DIN 0.35: above 0.30, up to 0.40: 第三类
    rows = [f"X,2026-05-10,{first}", f"Y,2026-05-10,{third}", f"Z,2026-05-10,{first}", f"X,2026-08-10,{third}", f"Y,2026-08-10,{third}",
            f"Z,2026-08-10,{first}"]  # fmt: skip
    assert send(own_folders, tmp_path, head + "\n".join(rows), "sea") == 0
    assert "没有海域单元名单" in ask(own, "sea_good_area_ratio", Period.parse("2026-05")).reason
    areas = "".join(f'[[station]]\ncode = "{c}"\nweight = {w}\n' for c, w in (("X", 50.0), ("Y", 30.0), ("Z", 20.0)))
    declare(own_folders, "coastal_areas", 'name = "coastal_areas"\ntitle = "海域单元"\nmedium = "sea"\nunit = "km²"\n' + areas)
    assert ask(own, "sea_good_area_ratio", Period.parse("2026-05")).text == "70.0"  # X + Z of 100 km²
    assert ask(own, "sea_good_area_ratio", Period.parse("2026-08")).text == "20.0"
    assert ask(own, "sea_good_area_ratio", Period.parse("2026-01..2026-10")).text == "45.0"
    assert "缺 秋季" in ask(own, "sea_good_area_ratio", Period.year(2026)).reason


def test_drinking_water_sources_by_count_and_by_intake(own, own_folders, tmp_path):
    stations(own, "water", {"S1": {"body": "lake"}, "S2": {"body": "river"}, "S3": {}})
    rows = [f"S1,2026-{m:02}-10,{GOOD.rsplit(',', 1)[0]},0.04" for m in (9, 10)]
    rows += [f"S2,2026-09-10,{GOOD}", f"S2,2026-10-10,{FOURTH}", f"S3,2026-10-10,{GOOD}"]
    assert send(own_folders, tmp_path, HEAD + "\n".join(rows)) == 0
    text = 'name = "drinking_sources"\ntitle = "水源名单"\nmedium = "water"\nunit = "万m³"\n'
    text += "".join(f'[[station]]\ncode = "{c}"\nweight = {w}\n' for c, w in (("S1", 300.0), ("S2", 100.0), ("S3", 50.0)))
    assert "没有水源名单" in ask(own, "source_rate").reason
    declare(own_folders, "drinking_sources", text)
    two = Period.parse("2026-09..2026-10")
    assert ask(own, "source_rate", two).text == "75.0"  # 3 of 4 source-months; S3 has no water type: not judged
    assert ask(own, "source_volume_rate", two).text == "87.5"  # (300 + 300 + 100) of 800
    assert "没有登记水体类型" in ask(own, "source_rate", two).left_out["点S3"]
    assert any("点S3没有监测结果" in n for n in ask(own, "source_rate", two).notes)


def test_wells_among_the_sources_are_judged_as_groundwater(own, own_folders, tmp_path):
    stations(own, "water", {"S1": {"body": "lake"}})
    stations(own, "groundwater", {"Q1": {}, "Q2": {}, "Q3": {}})
    rows = [f"S1,2026-{m:02}-10,{GOOD.rsplit(',', 1)[0]},0.04" for m in (9, 10)]
    assert send(own_folders, tmp_path, HEAD + "\n".join(rows)) == 0
    head = "点位,采样日期,总硬度(mg/L),锰(mg/L),硝酸盐(以N计)(mg/L),苯(µg/L)\n"
    # class Ⅲ: hardness 450, manganese 0.10, nitrate 20, benzene 10 µg/L (0.01 mg/L for surface water: units must not meet)
    wells = "Q1,2026-09-12,450,0.10,20,9.9\nQ1,2026-10-12,451,0.10,20,9.9\nQ2,2026-10-12,140,0.25,1.5,0.5L\n"
    assert send(own_folders, tmp_path, head + wells, "groundwater", name="井.csv") == 0
    text = 'name = "drinking_sources"\ntitle = "水源名单"\nmedium = "water"\nunit = "万m³"\n'
    text += "".join(f'[[station]]\ncode = "{c}"\nweight = {w}\n' for c, w in (("S1", 300.0), ("Q1", 40.0), ("Q2", 10.0), ("Q3", 5.0)))
    declare(own_folders, "drinking_sources", text)
    two = Period.parse("2026-09..2026-10")
    value = ask(own, "source_rate", two)
    # S1 met twice, Q1 once of twice, Q2 failed: 3 of 5 source-months
    assert (value.text, value.valid) == ("60.0", 5)
    assert ask(own, "source_volume_rate", two).text == "92.8"  # (300 + 300 + 40) of 690 → 92.75, to the even: 92.8
    said = {i.title: i.text for i in value.inputs}
    assert said["点Q1"].startswith("9月 达标；10月 超标 总硬度")
    assert said["点Q2"] == "10月 超标 锰(1.5)"
    assert value.left_out["点Q3"] == "没有可评价的采样数据"
    assert "GB/T 14848—2017" in value.editions
    assert ask(own, "source_rate", Period.parse("2026-09"), area=own.towns["石门镇"]).text == "100.0"  # S1 and Q1
    with assessments.steady():
        run = actions.record_run(assessments.of(two), value)
    assert reruns.again(AssessmentRun.objects.get(number=run.number)).same
    assert send(own_folders, tmp_path, head + "Q1,2026-10-12,449,0.10,20,9.9\n", "groundwater", name="更正.csv") == 0
    assert ask(own, "source_rate", two).text == "80.0"
    assert ask(own, "source_rate", two).run != run.identity
    assert reruns.again(AssessmentRun.objects.get(number=run.number)).value.text == "60.0"


def test_a_run_without_a_list_stays_without_one(four, own_folders):
    value = ask(four)
    with assessments.steady():
        run = actions.record_run(assessments.of(OCTOBER), value)
    water_list(own_folders)
    again = reruns.again(AssessmentRun.objects.get(number=run.number))
    assert (again.same, again.value.text) == (True, "33.3"), again.words


def test_roads_weigh_by_length_and_areas_by_their_times(own, own_folders, tmp_path):
    stations(own, "noise", {"H1": {}, "H2": {}, "F1": {"target": "1"}, "F2": {"target": "4a"}})
    head = "测点,采样日期,等效连续A声级,昼间等效声级,夜间等效声级\n"
    rows = "H1,2026-10-10,68.0,,\nH2,2026-10-10,72.0,,\nF1,2026-10-10,,55.0,45.1\nF2,2026-10-10,,70.1,55.0\n"
    assert send(own_folders, tmp_path, head + rows, "noise") == 0
    text = 'name = "noise_roads"\ntitle = "道路路段"\nmedium = "noise"\nunit = "km"\n'
    declare(own_folders, "noise_roads", text + '[[station]]\ncode = "H1"\nweight = 3.0\n[[station]]\ncode = "H2"\nweight = 1.0\n')
    road = ask(own, "noise_road_mean")
    assert road.text == "69.0"  # (3 × 68 + 72) / 4
    assert "超标路段长度占 25.0%" in road.notes[0]
    assert (ask(own, "noise_day_ratio").text, ask(own, "noise_night_ratio").text) == ("50.0", "50.0")  # 55.0 meets 55; 70.1 > 70; 45.1 > 45


def test_dust_by_month(own, own_folders, tmp_path):
    stations(own, "air", {"D1": {"level": "town"}, "D2": {"level": "town"}})
    assert send(own_folders, tmp_path, "站点,采样日期,降尘量\nD1,2026-10-31,4.2\nD2,2026-10-31,5.1\n", "air") == 0
    assert ask(own, "dustfall_mean").text == "4.6"  # 4.65 to the even: 4.6


def test_carbon_intensity_falls_by_reported_values(own, clerk):
    def report(name, year, value):
        Report.objects.create(indicator=name, period=str(year), area=own.district, value=Decimal(value), state="confirmed", by=clerk,
                              at=datetime(2026, 3, 1), organisation=clerk.organisation)  # fmt: skip

    report("co2_emission", 2025, "190")
    report("gdp_constant", 2025, "400")
    year = Period.year(2025)
    assert ask(own, "co2_intensity", year).text == "0.475"
    lacking = ask(own, "co2_intensity_decline", year)
    assert lacking.text == SHORT
    assert "2024年" in lacking.reason
    report("co2_emission", 2024, "200")
    report("gdp_constant", 2024, "400")
    value = ask(own, "co2_intensity_decline", year)
    assert value.text == "5.00"  # 0.475 against 0.500
    assert [i.title for i in value.inputs] == ["KQ-94 单位地区生产总值二氧化碳排放", "KQ-94 单位地区生产总值二氧化碳排放（2024年）"]
    with assessments.steady():
        run = actions.record_run(assessments.of(year), value)
    assert reruns.again(AssessmentRun.objects.get(number=run.number)).same


@pytest.mark.parametrize("text", ["last_year(a, b)", "last_year(3)", "last_year(a + b)", "last_year()"])
def test_last_year_takes_one_name(text):
    from qingshan.bureau.base import expressions

    with pytest.raises(expressions.BadExpression, match="一个口径名"):
        expressions.parse(f"1 + {text}")
