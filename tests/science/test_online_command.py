"""``qingshan online``: readings to hours, hours to days and emissions, each explained."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta

import pytest

from qingshan.cli.main import main

FIRST = datetime(2026, 11, 20)


@pytest.fixture
def sheet(tmp_path):
    """``sheet([(minutes after 20 November, item, value, flag), …])`` as a file."""

    def write(rows) -> str:
        path = tmp_path / "in.csv"
        lines = [f"甲,{FIRST + timedelta(minutes=at)},{item},{value},{flag}" for at, item, value, flag in rows]
        path.write_text("排放口,时间,项目,数值,标记\n" + "\n".join(lines) + "\n", encoding="utf-8")
        return str(path)

    return write


def answer(tmp_path, *words) -> list[dict[str, str]]:
    out = tmp_path / "out.csv"
    assert main(["online", *words, "-o", str(out)]) == 0
    with out.open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_five_second_readings_need_twelve_a_minute_and_forty_five_minutes_an_hour(sheet, tmp_path):
    rows = [(k / 12, "二氧化硫", 20, "N") for k in range(12 * 46) if k not in (5, 17)]  # two minutes of eleven
    (hour,) = answer(tmp_path, "hours", sheet(rows), "--medium", "flue", "--label", "start")
    assert (hour["数值"], hour["有效分钟数"], hour["说明"]) == ("", "44", "有效分钟 44 个，须 45 个")
    (hour,) = answer(tmp_path, "hours", sheet([*rows, (5 / 12, "SO2", 20, "N")]), "--medium", "flue", "--label", "start")
    assert (hour["数值"], hour["标记"]) == ("20.00", "N")


def test_labels_of_the_end_are_moved_to_the_beginning(sheet, tmp_path):
    rows = [(10 * k, "COD", 30, "N") for k in range(1, 7)]
    (hour,) = answer(tmp_path, "hours", sheet(rows), "--medium", "wastewater", "--from", "minute", "--label", "end")
    assert hour["时间"] == "2026-11-20 00:00:00"


def test_a_day_of_flue_gas_converted_with_its_limit_and_rates(sheet, tmp_path):
    rows = [(60 * k, "二氧化硫", 30 if k < 23 else 40, "D" if k == 5 else "N") for k in range(24)]
    rows += [(60 * k, "含氧量", 20.5 if k == 0 else 9, "N") for k in range(24)]
    found = answer(tmp_path, "days", sheet(rows), "--medium", "flue", "--label", "start", "--oxygen", "6", "--limit", "SO2=40")
    so2 = found[0]
    assert (so2["有效小时"], so2["传输率%"], so2["有效率%"], so2["有效传输率%"]) == ("23", "100.00", "95.83", "95.83")
    assert so2["超标"] == "1 小时"  # 40 × 15/12 = 50; 30 × 15/12 = 37.5; the hour at 20.5 % is not converted
    assert so2["折算日均"] == f"{(21 * 37.5 + 50) / 22:.2f}"


def test_what_stands_in_for_an_invalid_day_is_named(sheet, tmp_path):
    rows = [(60 * k, "流量", 10, "N") for k in range(24 * 32)]
    rows += [(60 * k, "化学需氧量", 50 if k < 24 else 30, "D" if k == 24 * 31 + 3 else "N") for k in range(24 * 32)]
    found = answer(tmp_path, "emission", sheet(rows), "--medium", "wastewater", "--label", "start")
    assert (found[1]["排放量kg"], found[1]["其中替代kg"]) == ("25.920", "0.000")
    assert (found[31]["排放量kg"], found[31]["说明"]) == ("25.920", "前 30 个有效日的最大日排放量")  # the 50 is 31 valid days back


def test_what_cannot_be_read_is_refused_with_its_row(sheet, tmp_path, capsys):
    bad = sheet([(0, "甲醛", 1, "N"), (0, "化学需氧量", 1, "Q")])
    assert main(["online", "days", bad, "--medium", "wastewater", "--label", "start"]) == 1
    said = capsys.readouterr().err
    assert "甲醛" in said
    assert "第 3 行 标记“Q”不认识" in said
    assert main(["online", "days", bad, "--medium", "wastewater"]) == 1
    assert "--label" in capsys.readouterr().err
