"""Each evaluation from a table: published or hand-worked results, and a clear answer where something is missing or wrong."""

from __future__ import annotations

import csv

import pytest


def _cells(ran, *names):
    assert ran.status == 0, ran.said
    return [tuple(r[n] for n in names) for r in ran.rows]


# 海洋


def test_sea_water_joins_inorganic_nitrogen(evaluate):
    head = "点位,时间,硝酸盐氮(mg/L),亚硝酸盐氮(mg/L),氨氮(mg/L),溶解氧\n"
    ran = evaluate("sea class", f"{head}甲,2026-05-01,0.15,0.02,0.03,7\n乙,2026-05-01,0.2,0.05,0.05001,7\n")
    assert _cells(ran, "类别", "定类指标") == [("第一类", ""), ("第三类", "无机氮（以 N 计）")]
    assert "有低于检出限的值，求无机氮前须定取值" in evaluate("sea class", f"{head}甲,2026-05-01,<0.1,0.02,0.03,7\n").said
    assert evaluate("sea class", f"{head}甲,2026-05-01,<0.1,0.02,0.03,7\n", "--below", "half").rows[0]["类别"] == "第一类"
    assert "无机氮须有 NO3-N、NO2-N、NH4-N 三项" in evaluate("sea class", "点位,时间,硝酸盐氮\n甲,2026-05-01,0.1\n").said


def test_biota_needs_its_kind(evaluate):
    ran = evaluate("sea biota", "点位,时间,种类,铜\n甲,2026-08-01,双壳贝类,20\n乙,2026-08-01,牡蛎,20\n丙,2026-08-01,,20\n丁,2026-08-01,鱼,20\n")
    assert [r["类别"] for r in ran.rows][2:] == ["", ""]
    assert "缺种类：铜、锌限值牡蛎另有规定，不作默认" in ran.rows[2]["未评价原因"]
    assert "没有海洋生物种类“鱼”" in ran.rows[3]["未评价原因"]


def test_coastal_area_needs_three_surveys_for_a_year(evaluate):
    head = "单元,面积(km²),春季,夏季,秋季\n"
    ran = evaluate("sea area", f"{head}甲,120,一类,二类,Ⅱ类\n乙,80,第二类,四类,三类\n", "--at", "2026-01-01")
    assert _cells(ran, "监测期", "优良面积比例(%)") == [("春季", "100.0"), ("夏季", "60.0"), ("秋季", "60.0"), ("年度", "73.3")]
    two = evaluate("sea area", "单元,面积(km²),春季,夏季\n甲,120,一类,劣四类\n", "--at", "2026-01-01")
    assert two.rows[-1]["优良面积比例(%)"] == ""
    assert "年度值要三期齐全" in two.said
    assert "在 2019-12-31 没有现行版本" in evaluate("sea area", f"{head}甲,1,一类,一类,一类\n", "--at", "2019-12-31").said
    bad = evaluate("sea area", f"{head}甲,0,一类,一类,一类\n乙,10,优,一类,一类\n丙,10,一类,一类,一类\n", "--at", "2026-01-01")
    assert "第 2 行未评价：面积 0 不是正数" in bad.said
    assert "“优”不是海水类别" in bad.said


# 饮用水水源


def test_sources_by_count_and_by_volume(evaluate):
    text = (
        "水源,时间,水源类型,取水量(万m³),pH,高锰酸盐指数(mg/L),总磷(mg/L),铁(mg/L)\n"
        "甲,2026-03-01,河流,120,7.6,6,0.2,0.3\n乙,2026-03-01,水库,80,7.9,2.4,0.051,0.03\n丙,2026-03-01,地下水,30,7.3,,,0.31\n"
        "丁,2026-03-01,,10,7,1,0.01,0.1\n戊,2026-03-01,海水,10,7,1,0.01,0.1\n"
    )
    ran = evaluate("source class", text)
    assert [r["达标"] for r in ran.rows] == ["达标", "不达标", "不达标", "", ""]
    assert [r["超标指标"] for r in ran.rows[:3]] == ["", "总磷(0.02)", "铁(0.03)"]
    assert ran.rows[2]["依据"].startswith("GB/T 14848—2017")
    assert "不作默认" in ran.rows[3]["未评价原因"]
    assert "没有水源类型“海水”" in ran.rows[4]["未评价原因"]
    assert "2026-03：3 个水源，1 个达标，水源达标率 33.3%，水量达标率 52.2%" in ran.said
    assert "缺的项目" in ran.rows[0]
    assert "砷" in ran.rows[0]["缺的项目"]


def test_rates_leave_out_what_was_not_watched(evaluate):
    ran = evaluate("source rate", "水源,取水量(m³),达标\n甲,1200000,是\n乙,800000,否\n丙,300000,未监测\n丁,100000,也许\n", "--at", "2026-01-01")
    assert _cells(ran, "监测水源数", "水源达标率(%)", "水量达标率(%)", "未监测水源数") == [("2", "50.0", "60.0", "1")]
    assert "达标：“也许”须写是或否" in ran.said


# 地下水


def test_wells_before_2018_have_the_composite_score_of_their_edition(evaluate):
    names = "pH,氨氮,硝酸盐氮,亚硝酸盐氮,挥发酚,氰化物,砷,汞,六价铬,总硬度,铅,氟化物,镉,铁,锰,溶解性总固体,高锰酸盐指数,硫酸盐,氯化物"
    clean = "7,0.02,2,0.001,0.001,0.001,0.005,0.00005,0.005,150,0.005,1,0.0001,{fe},0.05,300,1,50,50"
    rows = [("甲", "2016-05-01", "0.3"), ("乙", "2018-05-01", "0.3"), ("丙", "2016-05-01", "")]
    text = f"点位,时间,{names},钠\n" + "".join(f"{w},{day},{clean.format(fe=fe)},90\n" for w, day, fe in rows)
    ran = evaluate("groundwater class", text)
    assert _cells(ran, "类别", "综合评价分值F", "综合评价级别") == [("Ⅲ", "2.12", "良好"), ("Ⅲ", "", ""), ("Ⅰ", "", "")]
    assert ran.rows[0]["依据"].startswith("GB/T 14848—93")
    assert "GB/T 14848—93 没有钠，按该版评价的行不评这几项" in ran.said
    assert "钠 Ⅰ" in ran.rows[1]["各项类别"]
    few = evaluate("groundwater class", "点位,时间,铁\n甲,2016-05-01,0.3\n")
    assert (few.rows[0]["类别"], few.rows[0]["综合评价级别"]) == ("Ⅲ", "")
    assert "参加评分的项目不足，不作综合评价" in few.said


# 土壤


def test_nemerow_index_against_screening_values_or_background(evaluate):
    text = "点位,时间,用地,pH,镉,铅\n甲,2026-04-01,旱地,6,0.45,60\n乙,2026-04-01,旱地,6,<0.06,90\n丙,2026-04-01,旱地,6,,\n"
    ran = evaluate("soil index", text)
    wanted = [("镉 1.50、铅 0.67", "1.31", "轻度污染", "镉 0.3、铅 90"), ("镉 0.10、铅 1.00", "0.81", "尚清洁（警戒限）", "镉 0.3、铅 90")]
    assert [tuple(r[n] for n in ("单项污染指数", "内梅罗污染指数", "内梅罗等级", "评价标准值")) for r in ran.rows[:2]] == wanted
    assert "各项都缺测" in ran.rows[2]["未评价原因"]
    natural = evaluate("soil index", text, "--background", "镉=0.15")
    assert (natural.rows[0]["单项污染指数"], natural.rows[0]["内梅罗等级"]) == ("镉 3.00", "中度污染")
    assert "背景值（录入）" in natural.rows[0]["依据"]


def test_ledger_of_polluted_farmland(evaluate):
    head = "单元,面积(亩),类别,措施落实,农产品达标\n"
    text = f"{head}甲,100,优先保护类,,\n乙,200,安全利用,是,是\n丙,50,安全利用,是,\n丁,20,严格管控,是,\n戊,30,荒地,是,是\n己,80,安全利用,是,否\n"
    ran = evaluate("soil fields", text, "--at", "2026-06-01")
    assert [(r["计入安全利用"], r["不计入的原因"]) for r in ran.rows] == [
        ("是", ""), ("是", ""), ("否", "农产品没有抽测"), ("是", ""), ("", ""), ("否", "农产品不达标"),
    ]  # fmt: skip
    assert "类别“荒地”须写优先保护、安全利用、严格管控" in ran.rows[4]["未评价原因"]
    assert "5 个单元，安全利用率 71.1%" in ran.said
    assert "未达到目标" in ran.said


def test_farmland_by_use_and_ph(evaluate):
    head = "点位,时间,用地,pH,镉\n"
    ran = evaluate("soil farmland", f"{head}甲,2026-04-01,水田,5.5,0.3\n乙,2026-04-01,水田,5.5,0.31\n丙,2026-04-01,旱地,5.5,1.51\n")
    assert [r["类别"] for r in ran.rows] == ["优先保护类", "安全利用类", "严格管控类"]
    bad = evaluate("soil farmland", f"{head}甲,2026-04-01,水田,,0.3\n乙,2026-04-01,,6,0.3\n丙,2026-04-01,林地,6,0.3\n丁,2026-04-01,水田,15,0.3\n")
    assert bad.status == 1
    for words in ("缺 pH：筛选值、管制值按 pH 分档，不作默认", "缺用地", "没有用地类型“林地”", "pH 15 不是测得的值", "没有一行能评价"):
        assert words in bad.said
    assert "疑为 µg/kg" in evaluate("soil farmland", f"{head}甲,2026-04-01,水田,6,300\n").said
    assert evaluate("soil farmland", "点位,时间,用地,pH,镉(μg/kg)\n甲,2026-04-01,水田,6,300\n").rows[0]["类别"] == "优先保护类"
    assert "在 2018-07-31 没有现行版本" in evaluate("soil farmland", f"{head}甲,2018-07-31,水田,6,0.3\n").said


def test_construction_land_and_its_background(evaluate):
    text = "点位,时间,用地,砷,铅\n甲,2026-04-01,第一类用地,25,400\n乙,2026-04-01,工业用地,60,800\n丙,2026-04-01,A,25,1\n"
    ran = evaluate("soil land", text)
    assert [r["超筛选值的项目"] for r in ran.rows] == ["砷(0.2)", "", ""]
    assert "没有用地类型“A”" in ran.rows[2]["未评价原因"]
    assert evaluate("soil land", text, "--background", "砷=25").rows[0]["按背景值不算污染"] == "砷"
    assert "可用背景值的项目" in evaluate("soil land", text, "--background", "铅=25").said


def test_safe_use_rates(evaluate):
    head = "区县,优先保护面积(亩),安全利用面积(亩),严格管控面积(亩),受污染耕地面积(亩)\n"
    ran = evaluate("soil rate", f"{head}甲,0,930,0,1000\n乙,0,929.9,0,1000\n丙,0,0,0,0\n丁,1,,0,5\n戊,9,0,0,5\n", "--at", "2025-01-01")
    assert _cells(ran, "安全利用率(%)", "达到目标")[:3] == [("93.0", "是"), ("93.0", "否"), ("", "")]
    assert "缺安全利用面积" in ran.rows[3]["未评价原因"]
    assert "大于 E" in ran.rows[4]["未评价原因"]
    plots = evaluate("soil plots", "地块,面积(亩),再开发利用,符合要求\n甲,15,是,否\n乙,15,否,\n丙,15,是,\n", "--at", "2025-01-01")
    assert "未达到要求" in plots.said
    assert "已再开发利用而符合要求空着" in plots.rows[2]["未评价原因"]


# 水环境区域补偿


COMP = "断面,月份,项目,责任区,下游区,出境类别,目标类别,入境类别,有无上游来水\n"


def test_compensation_adds_up_and_nets_to_zero(evaluate, tmp_path):
    text = f"{COMP}甲断面,2015-03,化学需氧量,甲区,乙区,Ⅴ,Ⅳ,Ⅲ,有\n乙断面,2015年3月,氨氮,乙区,,Ⅳ类,Ⅲ,,无\n丙断面,201503,总磷,甲区,乙区,Ⅲ,Ⅲ,Ⅲ,有\n"
    ran = evaluate("compensation", text, "--net", str(tmp_path / "net.csv"))
    assert [r["金额(万元)"] for r in ran.rows] == ["60", "30", "0"]
    assert ran.rows[2]["算式"] == "达到要求，不缴纳"
    with (tmp_path / "net.csv").open(encoding="utf-8-sig") as file:
        net = {r["区"]: r["净额(万元)"] for r in csv.DictReader(file)}
    assert net == {"甲区": "60", "乙区": "-30", "市级统筹": "-30"}


def test_an_amount_nobody_published_leaves_no_total(evaluate, tmp_path):
    text = f"{COMP}甲断面,2015-03,氨氮,甲区,乙区,劣Ⅴ,Ⅳ,Ⅴ,有\n"
    ran = evaluate("compensation", text, "--net", str(tmp_path / "net.csv"))
    assert ran.rows[0]["金额(万元)"] == "不定（已知 30）"
    assert "不出合计与净额；已知部分 30 万元" in ran.said
    assert not (tmp_path / "net.csv").exists()
    assert evaluate("compensation", text, "--entered", "surcharge=10.5").rows[0]["金额(万元)"] == "40.5"
    assert "没有须录入的金额“fine”" in evaluate("compensation", text, "--entered", "fine=1").said.replace("： ", "：")
    assert "不是金额" in evaluate("compensation", text, "--entered", "surcharge=很多").said


def test_compensation_says_what_a_row_lacks(evaluate):
    rows = (
        "甲,2015-03,氨氮,甲区,乙区,Ⅴ,Ⅳ,Ⅲ,\n乙,2015-03,总氮,甲区,乙区,Ⅴ,Ⅳ,Ⅲ,有\n丙,2015-03,氨氮,甲区,乙区,,Ⅳ,Ⅲ,有\n丁,2015-03,氨氮,甲区,乙区,七,Ⅳ,Ⅲ,有\n"
        "戊,三月,氨氮,甲区,乙区,Ⅴ,Ⅳ,Ⅲ,有\n己,2015-03,氨氮,,乙区,Ⅴ,Ⅳ,Ⅲ,有\n庚,2015-03,氨氮,甲区,乙区,Ⅴ,,Ⅲ,有\n"
        "辛,2015-03,氨氮,甲区,乙区,Ⅴ,Ⅳ,Ⅲ,有\n辛,2015-03,氨氮,甲区,乙区,Ⅴ,Ⅳ,Ⅲ,有\n"
    )
    ran = evaluate("compensation", COMP + rows)
    reasons = [r["未评价原因"] for r in ran.rows]
    for reason, words in zip(reasons, (
        "不作默认", "考核项目", "没有有效数据", "出境类别“七”", "“三月”不是月份", "缺责任区", "缺目标类别", "", "与第 9 行重复",
    ), strict=True):  # fmt: skip
        assert words in reason
        assert bool(words) is bool(reason)
    assert "没有现行版本" in evaluate("compensation", f"{COMP}甲,2014-12,氨氮,甲区,乙区,Ⅴ,Ⅳ,Ⅲ,有\n").said
    assert "不是补偿方案" in evaluate("compensation", f"{COMP}甲,2015-03,氨氮,甲区,乙区,Ⅴ,Ⅳ,Ⅲ,有\n", "--scheme", "GB 3838").said


def test_compensation_by_times_over(evaluate):
    head = "断面,月份,项目,责任区,浓度,目标浓度\n"
    ran = evaluate("compensation", f"{head}甲,2016-03,COD,甲县,66,60\n乙,2016-03,COD,甲县,90,60\n丙,2016-03,COD,甲县,,60\n", "--scheme", "zhoukou")
    assert [r["金额(万元)"] for r in ran.rows] == ["0", "15.0000", ""]
    assert "没有有效数据" in ran.rows[2]["未评价原因"]


# 噪声


def test_functional_areas(evaluate):
    ran = evaluate("noise functional", "点位,时间,功能区,昼间,夜间\n甲,2026-03-01,2类,60.04,50.05\n乙,2026-03-01,4,60,50\n丙,2026-03-01,,60,50\n丁,2026-03-01,1,0.02,\n")
    assert _cells(ran, "昼间达标", "夜间达标", "夜间超标dB")[0] == ("达标", "达标", "0.0")
    assert "4 类须写明 4a" in ran.rows[1]["未评价原因"]
    assert "缺功能区类别，不作默认" in ran.rows[2]["未评价原因"]
    assert "疑为声压（Pa）" in ran.rows[3]["未评价原因"]
    assert "达标率 100%" in ran.said


def test_road_means_are_weighted(evaluate):
    ran = evaluate("noise road", "路段,时间,时段,等效声级,路段长度(km)\n甲,2026-03-01,昼间,68,3\n乙,2026-03-01,昼间,72,1\n丙,2026-03-01,清晨,72,1\n丁,2026-03-01,昼间,72,0\n")
    assert _cells(ran, "平均等效声级dB(A)", "等级", "超标比例(%)") == [("69.0", "二级", "25.0")]
    assert "“清晨”须写昼间或夜间" in ran.said
    assert "路段长度 0 不是正数" in ran.said


def test_emission_at_a_boundary(evaluate):
    text = "点位,时间,时段,测量值,背景值,功能区\n甲,2026-03-01,昼间,62,55,2\n乙,2026-03-01,昼间,62,,2\n丙,2026-03-01,昼间,62,60,2\n丁,2026-03-01,夜间,45,40,\n"
    assert "不作默认" in evaluate("noise boundary", text).said
    ran = evaluate("noise boundary", text, "--standard", "gb12348")
    assert _cells(ran, "结论", "修正后声级")[0] == ("超标", "61")
    assert "须测背景后评价" in ran.rows[1]["未评价原因"]
    assert "限值按边界外功能区定，不作默认" in ran.rows[3]["未评价原因"]
    site = evaluate("noise boundary", "工地,时间,时段,测量值,背景值\n甲,2025-12-31,昼间,72,50\n乙,2026-01-01,昼间,72,50\n", "--standard", "gb12523")
    assert [r["结论"] for r in site.rows] == ["超标", "超标"]
    assert "GB 12523—2011" in site.said


# 生态、碳


def test_ei_its_grade_and_change(evaluate):
    head = "区域,年份,生物丰度指数,植被覆盖指数,水网密度指数,土地胁迫指数,污染负荷指数\n"
    ran = evaluate("ecology ei", f"{head}甲,2023,60,80,40,20,10\n甲,2024,63,80,40,20,10\n乙,2024,60,,40,20,10\n丙,2024,160,80,40,20,10\n丁,2014,60,80,40,20,10\n")
    assert _cells(ran, "EI", "等级", "变化")[:2] == [("68.00", "良", ""), ("69.05", "良", "略微变好")]
    assert "缺植被覆盖指数" in ran.rows[2]["未评价原因"]
    assert "须在 0～100 之间" in ran.rows[3]["未评价原因"]
    assert "在 2014-12-31 没有现行版本" in ran.rows[4]["未评价原因"]


def test_ei_of_three_years_and_more_tells_of_fluctuation(evaluate):
    head = "区域,年份,生物丰度指数,植被覆盖指数,水网密度指数,土地胁迫指数,污染负荷指数\n"
    rows = [("甲", 2021, 60), ("甲", 2022, 64), ("甲", 2023, 60), ("乙", 2021, 60), ("乙", 2022, 64), ("乙", 2023, 68), ("甲", 2025, 60)]
    ran = evaluate("ecology ei", head + "".join(f"{p},{y},{v},80,40,20,10\n" for p, y, v in rows))
    assert [r["多年波动"] for r in ran.rows] == ["", "", "波动", "", "", "不呈波动", ""]
    assert "待核实：HJ 192—2015 fluctuation" in ran.said


def test_energy_and_co2(evaluate):
    ran = evaluate("carbon energy", "品种,消费量,单位\n原煤,1,万吨\n天然气,1,万m³\n原煤,1,m³\n原煤,-1,t\n月光,1,t\n原煤,1,\n", "--at", "2025-01-01")
    assert ran.rows[0]["折标准煤(tce)"] == "7143.0"
    for row, words in zip(ran.rows[1:], ("须在“系数”列给", "不能换算", "为负值", "没有能源品种“月光”", "缺单位"), strict=True):
        assert words in row["未评价原因"]
    co2 = evaluate("carbon co2", "年份,品种,消费量,单位\n2023,电力,1,万kWh\n2019,电力,1,万kWh\n2023,烟煤,1,t\n2015,烟煤,1,t\n")
    assert co2.rows[0]["CO2(t)"] == "5.306"
    assert "没有 2019 年全国" in co2.rows[1]["未评价原因"]
    assert "没有现行版本" in co2.rows[3]["未评价原因"]


def test_intensity_and_allowance(evaluate):
    ran = evaluate("carbon intensity", "地区,年份,总量,GDP(亿元)\n甲,2020,100000,10\n甲,2021,96100,10\n甲,2021,1,10\n甲,2022,1,0\n")
    assert _cells(ran, "强度(每万元)", "比上年下降(%)")[:2] == [("1.0", ""), ("0.961", "3.90")]
    assert "重复" in ran.rows[2]["未评价原因"]
    assert "须大于 0" in ran.rows[3]["未评价原因"]
    text = "机组,年份,机组类别,电量(亿kWh),供热量(GJ)\n甲,2024,coal_large,20,500000\n乙,2018,coal_large,20,0\n丙,2024,核电,20,0\n丁,2024,,20,0\n"
    quota = evaluate("carbon allowance", text)
    assert quota.rows[0]["配额合计(t)"] == "1633650.0"
    for row, words in zip(quota.rows[1:], ("没有现行版本", "没有机组类别“核电”", "不作默认"), strict=True):
        assert words in row["未评价原因"]


# 清单


def test_emissions_with_units_and_efficiencies(evaluate):
    head = "源,活动水平,活动单位,排放系数,系数单位,去除效率\n"
    ran = evaluate("inventory emission", f"{head}甲,1200,t,9.6,kg/t,0.9\n乙,1.2,万t,9.6,kg/t,85\n丙,1200,m³,9.6,kg/t,0\n丁,1200,t,9.6,,0\n戊,-1,t,9.6,kg/t,0\n")
    assert ran.rows[0]["排放量"] == "1.152"
    for row, words in zip(ran.rows[1:], ("疑为百分数", "对不上", "缺系数单位", "为负值"), strict=True):
        assert words in row["未评价原因"]
    percent = evaluate("inventory emission", "源,活动水平,排放系数,去除效率(%)\n甲,100,2,85\n")
    assert percent.rows[0]["排放量"] == "30.0"


def test_tax_of_outlets(evaluate):
    head = "排放口,月份,介质,污染物,排放量,税额,浓度,限值,污水量,数值\n"
    rows = "A,2026-03,大气,SO2,95,6,50,100,,\nA,2026-03,大气,氮氧化物,95,6,70,100,,\nB,2026-03,水,pH值,,7,,,100,5.5\nC,2026-03,水,化学需氧量,1,,,,,\n"
    ran = evaluate("inventory tax", head + rows + "D,2017-12,大气,SO2,95,6,,,,\nE,2026-03,大气,月光,95,6,,,,\nF,2026-03,大气,SO2,95,60,,,,\n")
    assert _cells(ran, "污染当量数", "征收比例(%)", "税额_应纳(元)")[:3] == [("100.0", "50", "300.00"), ("100.0", "75", "450.00"), ("20.0", "100", "140.00")]
    for row, words in zip(ran.rows[3:], ("缺税额", "没有现行版本", "没有污染物“月光”", "每污染当量"), strict=True):
        assert words in row["未评价原因"]
    assert "合计 890.00 元" in ran.said


def test_ozone_potential(evaluate):
    ran = evaluate("inventory ofp", "点位,时间,甲苯(ppb),备注\n甲,2026-07-01,1,晴\n乙,2026-07-01,<0.1,阴\n丙,2026-07-01,-1,阴\n")
    assert ran.rows[0]["OFP(µg/m³)"] == "15.06"
    assert "取值规则须写明" in ran.rows[1]["未评价原因"]
    assert "为负值" in ran.rows[2]["未评价原因"]
    assert "没有写浓度单位" in evaluate("inventory ofp", "点位,甲苯\n甲,1\n").said
    assert "没有物种“月光”" in evaluate("inventory ofp", "点位,甲苯(ppb),月光(ppb)\n甲,1,2\n").said
    assert "单位 mg/L 不能用" in evaluate("inventory ofp", "点位,甲苯(mg/L)\n甲,1\n").said


@pytest.mark.parametrize("command", ["sea class", "sea sediment", "source class", "soil farmland", "noise functional", "ecology ei", "carbon energy", "inventory tax"])
def test_no_table_at_all_is_refused_in_words(evaluate, command):
    ran = evaluate(command, "甲,乙\n一,二\n", "--at", "2026-01-01")
    assert ran.status == 1
    assert "--template" in ran.said


def test_rules_of_another_time_and_units_of_another_size_are_said(evaluate):
    old = evaluate("noise functional", "点位,时间,功能区,昼间\n甲,2010-03-01,2,55\n")
    assert "HJ 640 在 2010-03-01 没有现行版本" in old.said
    assert "按该版回算" in old.said
    head = "水源,时间,水源类型,氨氮\n"
    assert "NH3-N（氨氮）：中位数 850 mg/L，疑为 µg/L" in evaluate("source class", f"{head}甲,2026-03-01,水库,850\n").said
    assert evaluate("source class", f"{head}甲,2026-03-01,水库,850\n", "--units-checked").rows[0]["达标"] == "不达标"
    assert "只给了参考项目" in evaluate("source class", "水源,时间,水源类型,总氮\n甲,2026-03-01,水库,0.5\n").said
    assert "没有补偿方案“shanghai”" in evaluate("compensation", f"{COMP}甲,2015-03,氨氮,甲,乙,Ⅴ,Ⅳ,Ⅲ,有\n", "--scheme", "shanghai").said
    pm1 = evaluate("inventory dust", "类型,项目,施工面积,施工月数\n施工,PM1,1,1\n", "--at", "2026-01-01")
    assert "没有颗粒物项目“PM1”；已有：PM10、PM2.5、TSP" in pm1.said


def test_units_half_said_or_of_another_quantity(evaluate):
    assert "单位 pa 不能换算成 dB(A)" in evaluate("noise functional", "点位,时间,功能区,昼间(Pa)\n甲,2026-03-01,2,55\n").said
    assert "四列都写明单位" in evaluate("soil rate", "区县,B,C,D,E(km²)\n甲,1,2,3,10\n", "--at", "2025-06-01").said
    assert evaluate("carbon intensity", "地区,年份,总量(万tce),GDP(亿元)\n甲,2020,10,10\n").rows[0]["强度(每万元)"] == "1.0"
