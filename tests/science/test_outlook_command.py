"""``qingshan outlook``: what an analyst types, right and wrong."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from qingshan.cli import main


def write(path, first=date(2022, 1, 1), days=1369, head="日期,PM2.5", value=lambda i: f"{30 + i % 7}"):
    lines = [head] + [f"{first + timedelta(days=i)},{value(i)}" for i in range(days)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def test_a_mean_target_is_told_with_its_seed(tmp_path, capsys):
    series = write(tmp_path / "日值.csv")
    assert main.main(["outlook", "budget", series, "--target", "35", "--on", "2025-09-30", "--draws", "200"]) == 0
    text = capsys.readouterr().out
    assert "有效 273 天，剩余 92 天" in text
    assert "后 92 天日均 ≤" in text
    assert "由本地 2022、2023、2024 年逐日变化重抽样 200 次，种子 20260101" in text
    assert main.main(["outlook", "budget", series, "--target", "35", "--on", "2025-09-30", "--draws", "200"]) == 0
    assert capsys.readouterr().out == text


def test_dates_of_a_spreadsheet_and_gbk_are_read(tmp_path, capsys):
    days = [date(2022, 1, 1) + timedelta(days=i) for i in range(1369)]
    lines = ["时间,浓度"] + [f"{d.year}/{d.month}/{d.day} 0:00,{30 + d.day % 7}" for d in days]
    path = tmp_path / "表.csv"
    path.write_bytes("\r\n".join(lines).encode("gbk"))
    assert main.main(["outlook", "budget", str(path), "--target", "33.04", "--on", "2025-09-30", "--draws", "50"]) == 0
    assert "“浓度” 年均值，目标 ≤ 33.04" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["percentile", "good", "ratio", "heavy"])
def test_each_kind_has_its_words(kind, tmp_path, capsys):
    series = write(tmp_path / "a.csv", value=lambda i: f"{60 + 30 * np.cos(i / 58) + i % 11:.0f}")
    target = {"percentile": "90", "good": "330", "ratio": "90", "heavy": "2"}[kind]
    assert main.main(["outlook", "budget", series, "--target", target, "--on", "2025-09-30", "--kind", kind, "--draws", "100"]) == 0
    text = capsys.readouterr().out
    assert "达成概率" in text
    assert "天" in text


def test_a_short_history_says_so_instead_of_a_number(tmp_path, capsys):
    series = write(tmp_path / "a.csv", date(2025, 2, 1), 200)
    assert main.main(["outlook", "budget", series, "--target", "35", "--on", "2025-07-31"]) == 0
    assert "不满一年，不给出概率" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--on", "2021-05-01"], "以前没有数据"),
        (["--on", "2025-01-31", "--column", "PM10"], "没有列“PM10”"),
        (["--on", "2027-03-01"], "2027 年到 2027-03-01 还没有数据"),
        (["--on", "2025-06-30", "--kind", "percentile", "--percent", "100"], "百分位须为"),
        (["--on", "2025-06-30", "--change", "-99"], "变化幅度"),
    ],
)
def test_a_wrong_question_gets_a_clear_answer(options, said, tmp_path, capsys):
    series = write(tmp_path / "a.csv")
    assert main.main(["outlook", "budget", series, "--target", "35", *options]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("日期,PM2.5\n2025-01-01,abc", "第 2 行：“PM2.5”写成“abc”"),
        ("日期,PM2.5\n1月1日,3", "要写成 2026-09-30"),
        ("日期,PM2.5\n2025-01-01,3\n2025-01-01,4", "两行"),
        ("日期,PM2.5\n2025-01-01,-4", "不小于 0"),
        ("值,PM2.5\n1,2", "没有日期列"),
        ("日期,A,B\n2025-01-01,1,2", "用 --column 指明"),
        ("日期,PM2.5\n2025-01-01,3,4", "有 3 列"),
        ("日期", "没有数据行"),
    ],
)
def test_a_wrong_file_is_refused_with_its_row(content, said, tmp_path, capsys):
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    assert main.main(["outlook", "budget", str(path), "--target", "35", "--on", "2025-06-30"]) == 1
    assert said in capsys.readouterr().err


def test_backtest_needs_a_folder_of_stations(tmp_path, capsys):
    assert main.main(["outlook", "backtest", "--data", str(tmp_path / "none")]) == 1
    assert "没有这个文件夹" in capsys.readouterr().err
    assert main.main(["outlook", "backtest", "--data", str(tmp_path)]) == 1
    assert "没有逐小时的站点文件" in capsys.readouterr().err


HEAD = "断面,项目,限值,方向," + ",".join(f"{m}月" for m in range(1, 13))


def sections_file(tmp_path, *rows):
    path = tmp_path / "断面.csv"
    path.write_text("\n".join([HEAD, *rows]), encoding="utf-8")
    return str(path)


def test_sections_are_told_one_by_one_and_as_a_share(tmp_path, capsys):
    path = sections_file(
        tmp_path,
        "甲桥,TP,0.2,," + ",".join(["0.15"] * 9) + ",,,",
        "乙桥,TP,0.2,," + ",".join(["0.30"] * 9) + ",,,",
        "丙桥,DO,5,不低于," + ",".join(["8"] * 9) + ",,,",
    )
    assert main.main(["outlook", "sections", path, "--target", "66.7", "--month", "9"]) == 0
    text = capsys.readouterr().out
    assert "余下 3 个月均值不高于 0.35" in text
    assert "乙桥：已不可能达到" in text
    assert "丙桥：已经达到" in text
    assert "须有 2 个达标，已定 1 个，未定的里面还要 1 个，可再失 0 个" in text
    assert main.main(["outlook", "sections", path, "--target", "66.7", "--month", "9", "--of", "4"]) == 0
    assert "共 4 个断面" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("甲桥,DO,5,," + "," * 11, "方向须写 不低于"),
        ("甲桥,TP,0.2,左右," + "," * 11, "方向“左右”"),
        ("甲桥,TP,,," + "," * 11, "限值须为"),
        ("甲桥,TP,0.2,,-1" + "," * 11, "不小于 0"),
        ("甲桥,TP,0.2,,<0.01" + "," * 11, "不是数"),
        ("甲桥,TP,0.2", "有 3 列"),
    ],
)
def test_a_wrong_section_is_refused_with_its_row(row, said, tmp_path, capsys):
    assert main.main(["outlook", "sections", sections_file(tmp_path, row), "--target", "80", "--month", "3"]) == 1
    err = capsys.readouterr().err
    assert said in err
    assert "第 2 行" in err
