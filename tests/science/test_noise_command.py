"""``qingshan noise day``: a table of hours to days, and every fault by its line."""

from __future__ import annotations

import csv

import pytest

from qingshan.cli import main


def _table(tmp_path, rows, head="time,station,area,leq", encoding="utf-8"):
    path = tmp_path / "in.csv"
    path.write_bytes(("\n".join([head, *rows]) + "\n").encode(encoding))
    return path


def _hours(station="甲", area="2", day="2026-03-01", level=lambda hour: 61.0 if 7 <= hour <= 22 else 50.0):
    return [f"{day} {hour:02d}:00,{station},{area},{level(hour)}" for hour in range(1, 25)]


def _run(path, tmp_path, *more):
    out = tmp_path / "out.csv"
    code = main.main(["noise", "day", str(path), "-o", str(out), *more])
    return code, list(csv.DictReader(out.open(encoding="utf-8-sig"))) if out.exists() else []


@pytest.mark.parametrize("encoding, head", [("utf-8", "time,station,area,leq"), ("gbk", "监测时间,点位名称,功能区,等效声级（dB(A)）")])
def test_a_day_of_one_point(tmp_path, encoding, head):
    code, rows = _run(_table(tmp_path, _hours(), head, encoding), tmp_path)
    assert code == 0
    assert rows == [{
        "station": "甲", "date": "2026-03-01", "ld": "61.0", "ln": "50.0", "ldn": "60.7", "day_hours": "16", "night_hours": "8",
        "area": "2", "ld_limit": "60.0", "ld_over": "1.0", "ln_limit": "50.0", "ln_over": "0.0",
    }]  # fmt: skip


def test_a_missing_hour_gives_no_level_unless_asked(tmp_path):
    rows = _hours()
    rows[11] = rows[11].rsplit(",", 1)[0] + ",NA"
    path = _table(tmp_path, rows)
    assert _run(path, tmp_path)[1][0]["ld"] == "NA"
    assert _run(path, tmp_path, "--day-hours", "12")[1][0]["ld"] == "61.0"


def test_local_times_of_day(tmp_path):
    path = _table(tmp_path, _hours(level=lambda hour: 61.0 if 8 <= hour <= 23 else 50.0))
    assert _run(path, tmp_path, "--day", "7-23")[1][0]["ln"] == "50.0"


@pytest.mark.parametrize("row, words", [
    ("2026-03-01 08:30,甲,2,50", "整点"), ("2026-03-01 08:00,甲,2,0.02", "疑为声压"), ("明天,甲,2,50", "读不懂"),
    ("2026-03-01 08:00,甲,2,很吵", "不是数值"), ("2026-03-01 07:00,甲,2,50", "与第 8 行同一点位同一小时"),
    ("2026-03-02 07:00,甲,3,50", "功能区有两种"), ("2026-03-02 07:00,乙,4,50", "4 类须写明"), ("2026-03-01,甲,2,50", "整点"),
])  # fmt: skip
def test_a_fault_is_told_and_nothing_written(tmp_path, capsys, row, words):
    code, rows = _run(_table(tmp_path, [*_hours(), row]), tmp_path)
    assert (code, rows) == (1, [])
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("head, words", [("time,station,leq,风速", "没有列“风速”"), ("station,leq", "缺列 time"), ("time,time,leq", "有两个")])
def test_a_wrong_head_is_told(tmp_path, capsys, head, words):
    assert _run(_table(tmp_path, _hours(), head), tmp_path)[0] == 1
    assert words in capsys.readouterr().err


def test_a_shifted_day_must_leave_eight_hours(tmp_path, capsys):
    assert _run(_table(tmp_path, _hours()), tmp_path, "--day", "6-21")[0] == 1
    assert "夜间须连续 8 小时" in capsys.readouterr().err
