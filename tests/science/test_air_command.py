"""``qingshan air``: what it writes, and what it refuses, by row."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from qingshan.cli.main import main

HEAD = "time,station,pm2_5,pm10,so2,no2,co,o3\n"


@pytest.fixture
def run(tmp_path: Path, capsys):
    """Runs the command on a text or bytes; gives the rows written, or the lines it refused with."""

    def command(content: str | bytes, *options: str, report: str = "hourly"):
        source, target = tmp_path / "in.csv", tmp_path / "out.csv"
        target.unlink(missing_ok=True)
        source.write_bytes(content if isinstance(content, bytes) else content.encode())
        status = main(["air", report, str(source), "-o", str(target), *options])
        said = capsys.readouterr().err
        if status:
            assert status == 1
            assert not target.exists()
            assert sorted(p.name for p in tmp_path.iterdir()) == ["in.csv"]  # 没有半个文件留下
            return said
        with target.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    return command


def test_each_hour_has_the_edition_of_the_day_it_belongs_to(run):
    values = "55,76,2,22,0.8,37\n"
    rows = run(f"{HEAD}2026-03-01 00:00,甲,{values}2026-03-01 01:00,甲,{values}2026-02-28 24:00,乙,{values}")
    assert [(r["aqi"], r["edition"]) for r in rows] == [("75", "HJ 633—2012"), ("90", "HJ 633—2026"), ("75", "HJ 633—2012")]
    assert [(r["primary"], r["level"], r["class"], r["note"]) for r in rows] == [("PM2.5", "2", "良", "")] * 3
    assert rows[2]["time"] == "2026-02-28 24:00"  # 原样保留


def test_one_edition_for_all_when_asked(run):
    text = HEAD + "2026-03-01 01:00,甲,55,76,2,22,0.8,37\n2010-03-01 01:00,甲,55,76,2,22,0.8,37\n"
    assert [r["aqi"] for r in run(text, "--edition", "2012")] == ["75", "75"]
    assert [r["edition"] for r in run(text, "--edition", "2026")] == ["HJ 633—2026"] * 2


def test_a_day_before_all_editions_is_refused_with_what_to_do(run):
    said = run(HEAD + "2010-03-01 01:00,甲,55,76,2,22,0.8,37\n")
    assert "第 2 行 time：2010-03-01 在 HJ 633 全国实施（2016-01-01）之前，没有现行版本" in said
    assert "--edition 2012" in said


def test_missing_values_in_many_forms(run):
    rows = run(HEAD + "2026-03-01 01:00,甲,,130,NA,—,-,n/a\n2026-03-01 02:00,甲,20,,2,22,0.8,37\n2026-03-01 03:00,甲,,,,,,\n")
    assert [(r["aqi"], r["primary"]) for r in rows] == [("104", "PM10"), ("NA", ""), ("NA", "")]
    assert rows[1]["note"] == "缺PM10，其余未超过 100，不发布（HJ 633—2026 5.3.1）"
    assert rows[1]["level"] == rows[1]["class"] == ""
    assert rows[2]["note"] == "无有效数据"


def test_an_item_not_in_the_plan_may_be_left_out(run):
    text = "time,pm2_5,pm10,so2,no2,o3\n2026-03-01 01:00,40,130,2,20,30\n2026-03-01 02:00,40,50,2,20,30\n"
    assert "缺列 co（一氧化碳）；未列入监测计划的项目写 --unplanned co" in run(text)
    assert [r["aqi"] for r in run(text, "--unplanned", "co")] == ["104", "60"]
    withheld = run("time,pm2_5,pm10,so2,no2,o3\n2026-03-01 01:00,40,,2,20,30\n", "--unplanned", "co")
    assert withheld[0]["note"].startswith("缺PM10，")
    assert "没有项目“pm1”" in run(text, "--unplanned", "pm1")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_tables_as_people_keep_them(run, encoding):
    text = (
        "监测时间,站点名称,细颗粒物(PM2.5)（ug/m3）,PM10 (ug/m3),ＳＯ２,NO2,CO(mg/m3),臭氧\r\n"
        "2026年3月1日 1时,龙山镇,５５,76,2,22,0.8,37\r\n\r\n2026年03月01日02时00分,龙山镇,60.5,76,2,22,0.8,37\r\n"
    )
    rows = run(text.encode(encoding))
    assert [(r["aqi"], r["站点名称"]) for r in rows] == [("90", "龙山镇"), ("100", "龙山镇")]


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_other_delimiters(run, delimiter):
    rows = run((HEAD + '"2026-03-01T01:00:00","甲","55",76,2,22,0.8,37\n').replace(",", delimiter))
    assert rows[0]["aqi"] == "90"


def test_a_column_with_nothing_in_it_is_no_column(run):
    assert run("time,station,pm2_5,pm10,so2,no2,co,o3,,\n2026-03-01 01:00,甲,55,76,2,22,0.8,37,,\n")[0]["aqi"] == "90"
    assert "第 9 列（无表头）" in run("time,station,pm2_5,pm10,so2,no2,co,o3,\n2026-03-01 01:00,甲,55,76,2,22,0.8,37,1\n")


def test_ties_are_joined_in_one_cell(run):
    assert run(HEAD + "2026-03-01 01:00,甲,60,120,2,22,0.8,37\n")[0]["primary"] == "PM10,PM2.5"


def test_unknown_columns_are_named(run):
    text = "time,pm2_5,pm10,so2,no2,co,o3,湿度,pm25\n2026-03-01 01:00,40,130,2,20,0.5,30,55,40\n"
    said = run(text)
    assert "不认识的列：湿度" in said
    assert "“pm2_5”与“pm25”两列都是 pm2_5" in said
    kept = run("time,pm2_5,pm10,so2,no2,co,o3,湿度,aqi\n2026-03-01 01:00,40,130,2,20,0.5,30,55,9\n", "--extra")
    assert (kept[0]["湿度"], kept[0]["aqi_input"], kept[0]["aqi"]) == ("55", "9", "104")


@pytest.mark.parametrize(
    "row, words",
    [
        ("40,130,2,20,800,30", "co：第 2 行数值过大（800 至 800 mg/m³），疑为 µg/m³；若单位确为 mg/m³ 写 --unit co=mg/m³，"),
        ("34200,130,2,20,0.5,30", "pm2_5：第 2 行数值过大（34200 至 34200 µg/m³），疑为 ng/m³"),
        ("0.034,130,2,20,0.5,30", "pm2_5：第 2 行数值过小（0.034 至 0.034 µg/m³），疑为 mg/m³"),
        ("34,130,0.002,20,0.5,30", "so2：第 2 行数值过小（0.002 至 0.002 µg/m³），疑为 mg/m³"),
        ("34,130,2,20,0.5,4000", "o3：第 2 行数值过大（4000 至 4000 µg/m³），请核对"),
    ],
)
def test_another_unit_is_seen_by_its_magnitude(run, row, words):
    assert words in run(HEAD + f"2026-03-01 01:00,甲,{row}\n")


@pytest.mark.parametrize(
    "header, value, shown",
    [
        ("CO(µg/m³)", "800", "16"),
        ("CO（ug/m3）", "800", "16"),
        ("CO [mg/m3]", "0.8", "16"),
        ("一氧化碳(微克/立方米)", "800", "16"),
    ],
)
def test_a_unit_the_header_states_is_converted(run, header, value, shown):
    rows = run(HEAD.replace("co", header) + f"2026-03-01 01:00,甲,5,6,2,2,{value},7\n")
    assert (rows[0]["aqi"], rows[0][header]) == (shown.replace("16", "8"), value)


@pytest.mark.parametrize(
    "column, header, words",
    [
        ("so2", "so2(ppb)", "“so2(ppb)”：单位 ppb 不能直接评价；请先换成 µg/m³"),
        ("co", "CO(ppm)", "“CO(ppm)”：单位 ppm 不能直接评价；请先换成 mg/m³"),
        ("co", "CO(µg/m³)", "co：第 2 行数值过小（0.0008 至 0.0008 mg/m³），请核对"),
    ],
)
def test_a_unit_in_the_header_that_cannot_be_is_refused(run, column, header, words):
    assert words in run(HEAD.replace(column, header) + "2026-03-01 01:00,甲,5,6,2,2,0.8,7\n")


def test_dates_as_excel_counts_them(run):
    values = "55,76,2,22,0.8,37\n"
    rows = run(f"{HEAD}46082,甲,{values}46082.0416666667,甲,{values}46082.0833333333,甲,{values}")
    assert [r["aqi"] for r in rows] == ["75", "90", "90"]  # 2026-03-01 00:00、01:00、02:00
    assert "只有日期没有小时" in run(f"{HEAD}46082,甲,{values}46083,甲,{values}")


def test_sulfur_dioxide_above_800_in_2012_takes_the_24_hours_before(run):
    hour = "2020-01-02 {:02}:00,甲,5,6,{},2,0.1,7\n".format
    rows = run(HEAD + "".join(hour(h, 801 if h == 20 else 100) for h in range(1, 21)))
    assert (rows[19]["aqi"], rows[19]["primary"]) == ("93", "SO2")  # 前 24 小时 20 个值，均值 135（135.05）
    short = run(HEAD + "".join(hour(h, 801 if h == 19 else 100) for h in range(1, 20)))
    assert short[18]["note"] == "SO2 大于 800 而前 24 小时有效值不足，没有 SO2 分指数（HJ 633—2012 表1 注）"


def test_one_station_in_another_unit_is_seen_among_others(run):
    rows = [f"2026-03-01 {h:02}:00,{s},30,80,2,20,{co},30" for s, co in (("甲", 0.8), ("乙", 0.6), ("丙", 90)) for h in range(1, 5)]
    assert "co：第 10、11、12、13 行数值过大（90 至 90 mg/m³），疑为 µg/m³" in run(HEAD + "\n".join(rows))
    rows = [f"2026-03-01 {h:02}:00,{s},{pm},80,2,20,0.6,30" for s, pm in (("甲", 30), ("乙", 0.03)) for h in range(1, 3)]
    assert "pm2_5：第 4、5 行数值过小" in run(HEAD + "\n".join(rows))


def test_a_unit_that_is_stated_is_converted(run):
    text = HEAD + "2026-03-01 01:00,甲,34200,0.13,2,20,800,30\n"
    rows = run(text, "--unit", "pm2_5=ng/m3", "--unit", "PM10=mg/m³", "--unit", "co=ug/m3")
    assert (rows[0]["aqi"], rows[0]["primary"], rows[0]["co"]) == ("104", "PM10", "800")
    assert "--unit co=ppm：写成 列=单位" in run(text, "--unit", "co=ppm")
    assert run(HEAD + "2026-03-01 01:00,甲,30,13251,2,20,0.8,30\n", "--unit", "pm10=µg/m³")[0]["aqi"] == "500"


def test_a_dust_hour_among_ordinary_ones_is_plausible(run):
    rows = "".join(f"2026-03-01 {h:02}:00,甲,30,{13251 if h == 5 else 80},2,20,0.8,30\n" for h in range(1, 24))
    assert run(HEAD + rows)[4]["aqi"] == "500"


def test_bad_times_and_values_are_named_by_row(run):
    said = run(
        HEAD + "2026-03-01 01:30,甲,40,130,2,20,0.5,30\n\n昨天,甲,<1,130,2,20,0.5,30\n2026-02-30 01:00,甲,40,未检出,2,20,0.5,30\n"
        "2026-03-01,甲,40,130,2,20,0.5,30\n2026-03-01 25:00,甲,40,130,2,20,inf,30\n"
        "0001-01-01 00:00,甲,40,130,2,20,1e999,30\n9999-12-31 24:00,甲,40,130,2,20,0.5,30\n"
    )
    assert "第 8 行 time：“0001-01-01 00:00”不是时间" in said
    assert "第 7、8 行 co：无穷大不是浓度" in said
    assert "第 9 行 time" in said
    assert "第 2 行 time：不是整点" in said
    assert "第 4 行 time：“昨天”不是时间；写成 2026-03-01 01:00" in said
    assert "第 4 行 pm2_5：“<1”不是数值；缺测留空或写 NA" in said
    assert "第 5 行 time：“2026-02-30 01:00”不是时间" in said
    assert "第 5 行 pm10：“未检出”不是数值" in said
    assert "第 6 行 time：只有日期没有小时" in said
    assert "第 7 行 time：“2026-03-01 25:00”不是时间" in said


def test_duplicate_rows_are_named(run):
    values = "40,130,2,20,0.5,30\n"
    said = run(f"{HEAD}2026-03-01 01:00,甲,{values}2026-03-01 01:00,乙,{values}2026/3/1 1:00,甲,41,130,2,20,0.5,30\n")
    assert "第 4 行与第 2 行重复：甲 2026-03-01 01:00" in said
    assert "第 3 行" not in said


def test_negative_values_are_missing_and_said_so(tmp_path, capsys):
    (tmp_path / "a.csv").write_text(HEAD + "2026-03-01 01:00,甲,-999,130,2,20,0.5,30\n", encoding="utf-8")
    assert main(["air", "hourly", str(tmp_path / "a.csv"), "-o", "-"]) == 0
    said = capsys.readouterr()
    assert "注意：pm2_5：第 2 行为负值，按缺测处理" in said.err
    assert "104,PM10" in said.out


def test_what_was_not_read_in_the_source_is_said(tmp_path, capsys):
    (tmp_path / "a.csv").write_text(HEAD + "2026-03-01 01:00,甲,9,130,2,20,0.5,30\n", encoding="utf-8")
    main(["air", "hourly", str(tmp_path / "a.csv"), "-o", "-"])
    assert "待核实：所用标准有 2 处未在原文读到，加 --verify 列出" in capsys.readouterr().err
    main(["air", "daily", str(tmp_path / "a.csv"), "-o", "-", "--verify"])
    assert "待核实：HJ 663—2026 全文未读到" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "文件是空的"),
        (b"\n\n", "文件是空的"),
        (HEAD.encode(), "只有表头"),
        (b"PK\x03\x04rest", "压缩结构已损坏或已加密"),
        (b"\x00\x01\x02", "不是 CSV，也不是 Excel 表格"),
        (b"\xff\x80,\x81\n1,2\n", "既不是 UTF-8 也不是 GBK"),
        (HEAD.encode() + b"2026-03-01 01:00,a,1,2\n", "第 2 行：有 4 列，表头有 8 列"),
        (HEAD.encode() + b'2026-03-01 01:00,"a,1,2,3,4,5,6\n2026-03-01 02:00,a",1,2,3,4,5,6\n', "行"),
        (b"a,b\n1,2\n", "缺列 time（时间）"),
        ("时间\n2026-03-01 01:00\n".encode(), "缺列 so2（二氧化硫）"),
    ],
)
def test_what_is_no_table_is_refused(run, content, words):
    assert words in run(content)


def test_a_file_or_folder_that_is_not_there(tmp_path, capsys):
    assert main(["air", "hourly", str(tmp_path / "none.csv"), "-o", str(tmp_path / "out.csv")]) == 1
    assert "none.csv：读不了" in capsys.readouterr().err
    (tmp_path / "a.csv").write_text(HEAD + "2026-03-01 01:00,甲,9,130,2,20,0.5,30\n", encoding="utf-8")
    assert main(["air", "hourly", str(tmp_path / "a.csv"), "-o", str(tmp_path / "no" / "out.csv")]) == 1
    assert "写不了" in capsys.readouterr().err


def _book(rows: list[list[object]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        sheet = book.add_worksheet("小时值")
        for k, row in enumerate(rows):
            for j, cell in enumerate(row):
                sheet.write(k, j, cell)
        book.add_worksheet("说明").write(0, 0, "仪器编号")
    return out.getvalue()


def test_a_workbook_gives_what_its_csv_gives(run, tmp_path, capsys):
    """Midnight in a column of instants is an hour; a column of days stays one of days; numbers as they are written."""
    hours = [datetime(2026, 3, 1, h) for h in range(1, 24)] + [datetime(2026, 3, 2, 0)]
    values = [40, 70.5, 8, 30, 0.6, 90]
    text = HEAD + "".join(f"{at:%Y-%m-%d %H:%M},甲,{','.join(map(str, values))}\n" for at in hours)
    book = _book([HEAD.strip().split(","), *([at, "甲", *values] for at in hours)])
    for report in ("hourly", "daily"):
        found, wanted = run(book, report=report), run(text, report=report)
        assert [{k: v for k, v in r.items() if k != "time"} for r in found] == [{k: v for k, v in r.items() if k != "time"} for r in wanted]
    assert wanted[0]["aqi"] != "NA"
    days = HEAD.replace("o3", "o3_8h") + "2026-03-01,甲,40,70.5,8,30,0.6,90\n"
    day = _book([days.splitlines()[0].split(","), [datetime(2026, 3, 1), "甲", *values]])
    assert run(day, "--from-days", report="daily")[0]["aqi"] == run(days, "--from-days", report="daily")[0]["aqi"]
    assert main(["air", "hourly", str(tmp_path / "in.csv"), "-o", "-"]) == 1
    (tmp_path / "in.xlsx").write_bytes(book)
    assert main(["air", "hourly", str(tmp_path / "in.xlsx"), "-o", "-"]) == 0
    assert "注意：只读了工作表“小时值”；还有：说明" in capsys.readouterr().err


def test_a_workbook_of_more_columns_than_headers_or_of_headers_alone_is_refused(run):
    head = HEAD.strip().split(",")
    assert "不认识的列：第 9 列（无表头）" in run(_book([head, [datetime(2026, 3, 1, 1), "甲", 1, 2, 3, 4, 5, 6, 7]]))
    assert "只有表头，没有数据行" in run(_book([head]))
    assert "“so2”有两列" in run(_book([[*head, "so2"], [datetime(2026, 3, 1, 1), "甲", 1, 2, 3, 4, 5, 6, 7]]))


def test_a_moving_8_hour_mean_is_not_taken_for_an_hour(run):
    assert "缺列 o3" in run(HEAD.replace("o3", "o3_8h") + "2026-03-01 01:00,甲,40,130,2,20,0.5,30\n")


def _day(day: str, station: str, hours: range, **over) -> str:
    base = {"pm2_5": 40, "pm10": 70, "so2": 8, "no2": 30, "co": 0.6, "o3": 90} | over
    values = ",".join(str(base[c]) for c in ("pm2_5", "pm10", "so2", "no2", "co", "o3"))
    return "".join(f"{day} {h:02}:00,{station},{values}\n" for h in hours)


def test_days_from_hours(run):
    text = HEAD + _day("2026-02-28", "甲", range(1, 25)) + _day("2026-03-01", "甲", range(1, 25))
    text += _day("2026-03-01", "乙", range(1, 20), pm10=300)
    rows = run(text, report="daily")
    assert [(r["time"], r["station"], r["aqi"], r["primary"], r["edition"]) for r in rows] == [
        ("2026-02-28", "甲", "60", "PM10", "HJ 633—2012"),
        ("2026-03-01", "甲", "65", "PM10", "HJ 633—2026"),
        ("2026-03-01", "乙", "NA", "", "HJ 633—2026"),
    ]
    assert rows[0]["o3_8h"] == "90"
    assert rows[0]["co"] == "0.6"
    assert (rows[2]["hours_pm10"], rows[2]["pm10"]) == ("19", "")
    assert rows[2]["note"].startswith("缺SO2、NO2、CO、PM10、PM2.5，")  # 19 小时仍有 14 个 8 小时平均


def test_start_labels_are_moved_to_the_end_of_the_hour(run):
    text = HEAD + _day("2026-03-01", "甲", range(24))
    assert [(r["time"], r["hours_co"]) for r in run(text, "--label", "start", report="daily")] == [("2026-03-01", "24")]
    assert [(r["time"], r["hours_co"]) for r in run(text, report="daily")] == [("2026-02-28", "1"), ("2026-03-01", "23")]


def test_daily_values_can_be_given(run):
    text = HEAD + "2026-02-28,甲,60,120,8,30,2.2,169\n2026-03-01,甲,60.5,120,8,30,2.2,100\n"
    rows = run(text.replace("o3", "O3_8h"), "--from-days", report="daily")
    assert [(r["aqi"], r["primary"]) for r in rows] == [("109", "O3"), ("100", "PM10,PM2.5")]
    assert "带了小时" in run(HEAD + "2026-03-01 01:00,甲,60,120,8,30,2.2,169\n", "--from-days", report="daily")
    assert "--from-days 只用于 daily" in run(text, "--from-days")
