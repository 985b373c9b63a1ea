"""``qingshan air period|rank|warn|dust``: what they write, and what they refuse, by row."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from qingshan.cli.main import main

ROW = {"pm2_5": 25, "pm10": 50, "so2": 5, "no2": 20, "co": 0.5, "o3": 90}


@pytest.fixture
def run(tmp_path: Path, capsys):
    """Runs a sub-command on a text; gives the rows written, or the lines it refused with."""

    def command(text: str, *words: str):
        source, target = tmp_path / "in.csv", tmp_path / "out.csv"
        target.unlink(missing_ok=True)
        source.write_text(text, encoding="utf-8")
        status = main(["air", *words[: 2 if words[0] == "dust" else 1], str(source), "-o", str(target), *words[2 if words[0] == "dust" else 1 :]])
        command.said = capsys.readouterr().err
        if status:
            assert status == 1
            assert not target.exists()
            return command.said
        with target.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    return command


def table(first: date, days: int, stations=("甲",), **changed) -> str:
    lines = ["time,station," + ",".join(ROW)]
    for station in stations:
        for k in range(days):
            values = {n: changed.get(n, lambda *_, v=v: v)(station, k) if callable(changed.get(n)) else v for n, v in ROW.items()}
            lines.append(f"{first + timedelta(k)},{station}," + ",".join(map(str, values.values())))
    return "\n".join(lines) + "\n"


def pick(rows, **wanted):
    found = [r for r in rows if all(r[k] == v for k, v in wanted.items())]
    assert len(found) == 1, (wanted, found)
    return found[0]


def test_a_year_has_its_statistics_index_and_days(run):
    rows = run(table(date(2027, 1, 1), 365), "period", "--from-days")
    pm = pick(rows, item="PM2.5", statistic="mean")
    assert (pm["value"], pm["limit"], pm["verdict"], pm["valid_days"], pm["note"]) == ("25.0", "30", "达标", "365", "")
    assert pm["basis"] == "HJ 663—2026；GB 3095—2026 表1（过渡阶段） year"
    assert pick(rows, statistic="达标评价")["verdict"] == "达标"
    assert pick(rows, item="综合指数")["value"] == "2.94"  # 0.083 + 0.5 + 0.833 + 0.833 + 0.125 + 0.563
    assert pick(rows, statistic="优良天数")["value"] == "365"
    assert pick(rows, statistic="首要污染物天数")["note"] == "无（并列的各计一天）"
    assert pick(rows, item="PM2.5", statistic="日超标天数")["note"].startswith("超标率 0.0%")


def test_a_year_across_the_change_is_given_under_both(run):
    rows = run(table(date(2026, 1, 1), 365, pm2_5=lambda *_: 70), "period", "--from-days")
    values = [(r["limit"], r["times_over"], r["verdict"]) for r in rows if r["item"] == "PM2.5" and r["statistic"] == "mean"]
    assert values == [("35", "1.00", "超标"), ("30", "1.33", "超标")]
    days = {r["basis"]: r["value"] for r in rows if r["statistic"] == "优良天数"}
    assert days == {"HJ 633—2012": "365", "HJ 633—2026": "0", "各按当日标准：HJ 633—2012 / HJ 633—2026": "59"}
    only = run(table(date(2026, 1, 1), 365, pm2_5=lambda *_: 70), "period", "--from-days", "--edition", "2026-final")
    assert [r["limit"] for r in only if r["item"] == "PM2.5" and r["statistic"] == "mean"] == ["25"]


def test_a_year_that_is_not_over_is_not_judged(run):
    rows = run(table(date(2027, 1, 1), 100), "period", "--from-days")
    assert pick(rows, item="SO2", statistic="mean")["verdict"] == "时段未满"
    assert pick(rows, statistic="达标评价")["verdict"] == "时段未满"


def test_all_stations_together_are_an_area(run):
    text = table(date(2027, 3, 1), 31, ("甲", "乙"), pm10=lambda s, k: "" if s == "乙" and k > 15 else 40 if s == "甲" else 60)
    rows = run(text, "period", "--from-days", "--by", "month", "--area", "本区")
    assert pick(rows, station="本区", item="SO2", statistic="mean")["value"] == "5.0"
    assert pick(rows, station="本区", item="PM10", statistic="mean")["value"] == "45.2"  # (16×50 + 15×40)/31
    assert pick(rows, station="乙", item="PM10", statistic="mean")["verdict"] == "数据不足"


def test_other_items_come_along(run):
    text = table(date(2027, 1, 1), 365).replace("\n", ",250\n").replace("o3,250", "o3,TSP")
    rows = run(text, "period", "--from-days")
    assert pick(rows, item="TSP", statistic="mean")["times_over"] == "0.25"


def test_days_left_out_move_concentrations_and_not_day_counts(run, tmp_path):
    (tmp_path / "dust.txt").write_text("2027-03-21\n2027-03-22\n", encoding="utf-8")
    text = table(date(2027, 3, 1), 31, pm10=lambda s, k: 900 if k in (20, 21) else 50)
    rows = run(text, "period", "--from-days", "--by", "month", "--exclude", str(tmp_path / "dust.txt"))
    assert pick(rows, item="PM10", statistic="mean")["value"] == "50.0"
    assert pick(rows, statistic="优良天数")["value"] == "29"
    (tmp_path / "dust.txt").write_text("三月\n", encoding="utf-8")
    assert "每行须为一个日期" in run(text, "period", "--from-days", "--exclude", str(tmp_path / "dust.txt"))


def test_from_hours(run):
    lines = ["time,pm2_5,pm10,so2,no2,co,o3"]
    for day in range(31):
        lines += [f"2027-03-{day + 1:02d} {h:02d}:00,25,50,5,20,0.5,90" for h in range(1, 24)]
        lines.append(f"2027-03-{day + 1:02d} 24:00,25,50,5,20,0.5,90")
    rows = run("\n".join(lines) + "\n", "period", "--by", "month")
    assert pick(rows, item="O3", statistic="P90")["value"] == "90.0"
    assert pick(rows, statistic="优良天数")["value"] == "31"


def test_a_day_before_all_editions_is_refused(run):
    assert "没有现行版本" in run(table(date(2010, 1, 1), 31), "period", "--from-days")
    assert run(table(date(2010, 1, 1), 31), "period", "--from-days", "--by", "all", "--edition", "2012")


def test_another_unit_is_refused_with_what_it_likely_is(run):
    said = run(table(date(2027, 1, 1), 31, co=lambda *_: 500), "period", "--from-days")
    assert "co：" in said
    assert "疑为 µg/m³" in said
    said = run(table(date(2027, 1, 1), 31, pm2_5=lambda s, k: 9999 if k == 3 else 30), "period", "--from-days")
    assert "第 5 行 pm2_5：9999 疑为缺测标记；改为空或 NA" in said


def test_pm25_above_pm10_is_said_and_counted(run):
    run(table(date(2027, 1, 1), 31, pm2_5=lambda s, k: 60 if k == 3 else 30), "period", "--from-days")
    assert "PM2.5 大于 PM10 的有 1 行，第 5 行" in run.said


STATISTICS = "城市,SO2,NO2,PM10,PM2.5,CO,O3\n淄博,12,27,65,29,0.8,191\n五原,11,16,40,16,0.6,139\n缺,11,16,40,16,0.6,\n同,11,16,40,16,0.6,139\n"


def test_areas_are_ranked_with_ties_and_without_those_that_lack_data(run):
    rows = run(STATISTICS, "rank", "--limits", "2012")
    assert [(r["rank"], r["name"], r["index"], r["note"]) for r in rows] == [
        ("1", "五原", "2.63", "并列 2 个"), ("1", "同", "2.63", "并列 2 个"), ("3", "淄博", "4.03", ""), ("", "缺", "", "缺数据，不排名"),
    ]  # fmt: skip
    assert "--at" in run(STATISTICS, "rank")
    new = run(STATISTICS, "rank", "--at", "2026-03-31")
    assert new[2]["index"] == "4.32"
    assert "过渡阶段" in new[0]["basis"]
    assert "没有现行版本" in run(STATISTICS, "rank", "--at", "2010-01-01")


def test_a_unit_stated_in_the_header_is_converted(run):
    text = STATISTICS.replace("PM2.5", "PM2.5（mg/m³）").replace(",29,", ",0.029,").replace(",16,0.6", ",0.016,0.6")
    assert [r["index"] for r in run(text, "rank", "--limits", "2012")] == ["2.63", "2.63", "4.03", ""]
    assert "单位 ppb 不能直接评价" in run(STATISTICS.replace("SO2", "SO2(ppb)"), "rank", "--limits", "2012")
    assert run("日期,街道,TSP(mg/m3)\n2026-02-01,甲,0.12\n", "dust", "tsp")[0]["tsp"] == "120"


def test_areas_are_ranked_by_change_and_by_good_days(run):
    rows = run("区县,综合指数,上年同期\n甲,4.03,4.16\n乙,4.2,4.0\n", "rank", "--by", "change")
    assert [(r["rank"], r["name"], r["change"]) for r in rows] == [("1", "甲", "-3.1"), ("2", "乙", "5.0")]
    rows = run("区县,优良天数比例,PM2.5\n甲,90.3,30\n乙,90.3,28\n丙,93.5,40\n", "rank", "--by", "good-days")
    assert [r["name"] for r in rows] == ["丙", "乙", "甲"]


@pytest.mark.parametrize(
    "text, options, said",
    [
        ("城市,SO2\n甲,1\n", ("--limits", "2012"), "缺列 no2、pm10、pm2_5、co、o3"),
        ("a,b\n1,2\n", (), "缺列 name（名称、城市）；表中有：a、b"),
        (STATISTICS.replace("0.8,", "800,"), ("--limits", "2012"), "一氧化碳：1 个值大于 150 mg/m³（800）"),
        (STATISTICS.replace("五原", "淄博"), ("--limits", "2012"), "第 3 行与第 2 行重复：淄博"),
        ("城市,综合指数\n甲,三\n", (), "第 2 行 综合指数：“三”不是数值"),
        ("城市,综合指数\n,3\n", (), "名称为空"),
        ("城市,综合指数\n甲,3\n", ("--by", "change"), "要有 before"),
        ("城市,综合指数\n甲,3\n", ("--by", "good-days"), "要有 good_ratio"),
    ],
)
def test_what_a_ranking_refuses(run, text, options, said):
    assert said in run(text, "rank", *options)


def test_alerts_of_a_forecast(run):
    text = "日期,AQI,首要污染物\n2026-12-01,80,PM2.5\n2026-12-02,210,PM2.5\n2026-12-03,310,PM2.5\n2026-12-04,205,PM2.5\n2026-12-05,90,\n2026-12-06,60,\n"
    (one,) = run(text, "warn")
    assert (one["level"], one["from"], one["to"], one["issue_by"], one["lift"]) == ("红色", "2026-12-02", "2026-12-04", "2026-12-01T00:00", "2026-12-05")
    (old,) = run(text, "warn", "--edition", "2018")
    assert old["level"] == "橙色"
    assert run(text.replace("2026", "2020"), "warn")[0]["basis"].startswith("重污染天气预警分级（环办大气函〔2018〕875号）")
    assert "没有现行版本" in run(text.replace("2026", "2015"), "warn")
    assert "第 3 行 aqi：AQI 在 0 至 500 之间，得到 810" in run(text.replace("210", "810"), "warn")
    assert "第 3 行与第 2 行重复" in run(text.replace("12-02", "12-01"), "warn")
    assert run("日期,AQI\n2026-12-01,80\n", "warn") == []


def test_towns_by_half_months(run):
    text = "日期,街道,TSP,区\n2026-02-01,甲,100,A\n2026-02-15,甲,110,A\n2026-02-16,甲,120,A\n2026-02-16,甲,119.6,B\n2026-02-28,丙,90,B\n"
    rows = run(text, "dust", "tsp")
    later = [(r["worst_rank"], r["district"], r["town"], r["tsp"], r["note"]) for r in rows if r["period"] == "2026-02下半月"]
    assert later == [("1", "A", "甲", "120", "并列"), ("1", "B", "甲", "120", "并列"), ("3", "B", "丙", "90", "")]
    assert pick(rows, period="2026-02上半月", district="A")["tsp"] == "105"
    assert pick(run(text, "dust", "tsp", "--at-least-days", "3"), period="2026-02上半月", district="A")["note"] == "有效天数不足，不排名"
    assert "总悬浮颗粒物：数值过小" in run("日期,街道,TSP\n2026-02-01,甲,0.1\n", "dust", "tsp")
    assert "第 3 行与第 2 行重复：甲 2026-02-01" in run("日期,街道,TSP\n2026-02-01,甲,100\n2026-02-01,甲,90\n", "dust", "tsp")


def test_dustfall_by_weight_or_by_month(run):
    rows = run("名称,月份,降尘(吨/月·平方公里)\n甲,2026-02,5.6\n乙,2026年3月,\n丙,202603,0.2\n", "dust", "fall")
    assert [(r["dustfall"], r["note"]) for r in rows] == [("6.0", ""), ("", "缺测"), ("0.2", "低于检出限")]
    (one,) = run("名称,m0,m1,m2,面积,天数\n甲,40,40.25,0.001,176.7,30\n", "dust", "fall")
    assert one["dustfall"] == "14.1"
    assert "“二月”不是月份" in run("名称,月份,降尘\n甲,二月,5.6\n", "dust", "fall")
    assert "要么给 m0" in run("名称,月份\n甲,2026-02\n", "dust", "fall")
    assert "m1 小于 m0" in run("名称,m0,m1,m2,面积,天数\n甲,41,40.25,0.001,176.7,30\n", "dust", "fall")


def test_road_dust_by_town(run):
    rows = run("街道,道路,积尘负荷,里程\n甲,一路,0.3,1\n甲,二路,0.5,3\n乙,三路,,1\n丙,四路,0.4,1\n", "dust", "road")
    assert [(r["rank"], r["town"], r["load"], r["largest"]) for r in rows] == [("1", "丙", "0.40", "四路 0.40"), ("2", "甲", "0.45", "二路 0.50"), ("", "乙", "", "")]
    assert "疑为 mg/m²" in run("街道,积尘负荷\n甲,350\n", "dust", "road")


def test_two_years_are_compared_under_both_standards(run, tmp_path):
    before = tmp_path / "before.csv"
    before.write_text(table(date(2025, 3, 1), 31, pm2_5=lambda *_: 70), encoding="utf-8")
    rows = run(table(date(2026, 3, 1), 31, pm2_5=lambda *_: 65), "compare", str(before), "--from-days")
    good = [(r["standard"], r["now"], r["before"], r["change"]) for r in rows if r["item"] == "优良天数"]
    assert good == [
        ("HJ 633—2012", "31", "31", "0"), ("HJ 633—2026", "0", "0", "0"), ("各按当日现行标准（HJ 633—2012 / HJ 633—2026）", "0", "31", "-31"),
    ]  # fmt: skip
    assert all("两期跨 2026-03-01 标准更换" in r["sentence"] for r in rows)
    before.write_text(table(date(2025, 3, 1), 31, ("乙",)), encoding="utf-8")
    assert "两张表没有同名站点：本期 甲；上年同期 乙" in run(table(date(2026, 3, 1), 31), "compare", str(before), "--from-days")
    before.write_text(table(date(2027, 3, 1), 31), encoding="utf-8")
    assert len([r for r in run(table(date(2028, 3, 1), 31), "compare", str(before), "--from-days") if r["item"] == "优良天数"]) == 1
