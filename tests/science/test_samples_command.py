"""Tables as people keep them, through ``qingshan groundwater class``: what is read, converted, refused, and what is said of each row."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import openpyxl
import pytest

from qingshan.cli.main import main

HEAD = "点位,时间,pH,铁,氨氮"
ROW = "甲,2026-03-01,7.2,0.3,0.12"
TEXT = f"{HEAD}\n{ROW}\n"
COMMAND = "groundwater class"


def _is_the_row(ran):
    assert ran.status == 0
    assert [(r["类别"], r["定类指标"]) for r in ran.rows if not r["未评价原因"]] == [("Ⅲ", "铁、氨氮")]
    assert "依据：GB/T 14848—2017 表1、表2" in ran.said
    assert "待核实：GB/T 14848—2017" in ran.said


@pytest.mark.parametrize("content", [
    TEXT.encode("gbk"), TEXT.encode("utf-8-sig"), TEXT.encode("utf-16"), TEXT.replace(",", ";"), TEXT.replace(",", "\t"), TEXT.replace(",", "，"),
    TEXT.replace("\n", "\r\n"), TEXT.replace("\n", "\r"),
    "点位,时间,pH,铁(μg/L),氨氮（mg/L）\n甲,2026-03-01,7.2,300,0.12\n",
    "点位,时间,pH,铁,氨氮\n,,无量纲,μg/L,mg/L\n甲,2026-03-01,7.2,300,0.12\n",
    f"某区地下水监测结果,,,,\n2026年第一季度,,,,\n{TEXT}",
    "点位,时间,监测结果,,\n,,pH,铁(mg/L),氨氮(mg/L)\n甲,2026-03-01,7.2,0.3,0.12\n",
    f"{HEAD}\n甲,２０２６年３月１日,７．２,０．３,０．１２\n",
    "点位,采样日期,pH值,FE(MG/L),氨氮(以N计)(mg/L)\n甲,46082,7.2,3×10⁻¹,1.2e-1\n",
    "序号,点位,时间,经度,备注,pH,铁,氨氮\n1,甲,2026-03-01,116.3,正常,7.2,0.3,0.12\n",
])  # fmt: skip
def test_one_table_written_in_many_ways(evaluate, content):
    _is_the_row(evaluate(COMMAND, content))


def test_a_workbook_with_merged_headers(evaluate):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["某区地下水"], ["点位", "时间", "监测项目(mg/L)"], ["", "", "pH值", "铁", "氨氮"], ["甲", date(2026, 3, 1), 7.2, 0.3, 0.12]):
        sheet.append(row)
    for cells in ("A1:E1", "A2:A3", "B2:B3", "C2:E2"):
        sheet.merge_cells(cells)
    book.create_sheet("另表").append(["x"])
    out = io.BytesIO()
    book.save(out)
    ran = evaluate(COMMAND, out.getvalue(), name="表.xlsx")
    _is_the_row(ran)
    assert "只读了工作表“Sheet”；还有：另表" in ran.said


def test_what_is_no_sample_stays_in_the_result_with_its_reason(evaluate):
    ran = evaluate(COMMAND, f"{TEXT}{HEAD}\n合计,,7.2,0.3,0.12\n平均值,,7.2,0.3,0.12\n注：未审核,,,,\n")
    _is_the_row(ran)
    assert [bool(r["未评价原因"]) for r in ran.rows] == [False, True, True, True, True]
    assert "共 5 行，评价 1 行，未评价 4 行" in ran.said
    assert "第 4 行未评价：“合计”行不是样品" in ran.said


@pytest.mark.parametrize("cell, words", [
    ("偏高", "铁：“偏高”不是数值"), ("0.3mg/L", "“0.3mg/L”不是数值"), ("0.1~0.3", "不是数值"), ("1e400", "无穷大"), ("TRUE", "不是数值"), ("0.3.1", "不是数值"),
])  # fmt: skip
def test_a_wrong_cell_leaves_only_its_row_unjudged(evaluate, cell, words):
    ran = evaluate(COMMAND, f"{TEXT}乙,2026-03-01,7.2,{cell},0.12\n")
    _is_the_row(ran)
    assert words in ran.rows[1]["未评价原因"]
    assert ran.rows[1]["类别"] == ""
    assert "第 3 行未评价：" in ran.said
    alone = evaluate(COMMAND, f"{HEAD}\n乙,2026-03-01,7.2,{cell},0.12\n")
    assert alone.status == 1
    assert "没有一行能评价" in alone.said


def test_negative_and_impossible_values_take_no_part_and_are_named(evaluate):
    ran = evaluate(COMMAND, f"{HEAD}\n甲,2026-03-01,15,0.3,0.12\n乙,2026-03-01,7.2,−0.3,0.12\n丙,2026-03-01,,-0.3,\n")
    assert [r["不是测得值"] for r in ran.rows[:2]] == ["pH 值", "铁"]
    assert [r["类别"] for r in ran.rows] == ["Ⅲ", "Ⅲ", ""]
    assert ran.rows[2]["未评价原因"] == "没有可评价的项目（不是测得值：铁）"
    assert "铁：第 3、4 行不是测得值" in ran.said


def test_below_detection(evaluate):
    text = "点位,时间,铁,汞\n甲,2026-03-01,0.1,＜0.00004\n乙,2026-03-01,0.1,0.01L\n丙,2026-03-01,0.1,未检出\n"
    ran = evaluate(COMMAND, text)
    assert [(r["类别"], r["检出限高不能定类"]) for r in ran.rows] == [("Ⅰ", ""), ("Ⅰ", "汞"), ("Ⅰ", "")]
    assert "汞：第 4 行未检出而没有检出限，按缺测；检出限用 --detection Hg=… 给出" in ran.said
    given = evaluate(COMMAND, text, "--detection", "汞=0.0005", "--below", "half")
    assert [r["各项类别"].split("汞 ")[-1] for r in given.rows] == ["Ⅰ", "Ⅴ", "Ⅲ"]
    assert [r["各项类别"].split("汞 ")[-1] for r in evaluate(COMMAND, text, "--below", "first").rows] == ["Ⅰ", "Ⅰ", "Ⅰ"]


def test_a_day_before_the_standard_and_no_day_at_all(evaluate):
    ran = evaluate(COMMAND, f"{TEXT}乙,1994-09-30,7.2,0.3,0.12\n丙,昨天,7.2,0.3,0.12\n丁,2018-05-01,7.2,0.3,0.12\n")
    assert [r["类别"] for r in ran.rows] == ["Ⅲ", "", "", "Ⅲ"]
    assert ran.rows[1]["未评价原因"].startswith("GB/T 14848 在 1994-09-30 没有现行版本；已有 GB/T 14848—93：1994-10-01至2018-04-30（national）；GB/T 14848—2017：2018-05-01至今")
    assert "“昨天”不是日期" in ran.rows[2]["未评价原因"]
    assert "没有时间列，不能定 GB/T 14848 的版本" in evaluate(COMMAND, "铁\n0.3\n").said
    assert "GB/T 14848 在 1994-01-01 没有现行版本" in evaluate(COMMAND, TEXT, "--at", "1994-01-01").said
    assert "没有GB/T 14848 版本“1992”" in evaluate(COMMAND, TEXT, "--edition", "1992").said
    assert "只写一个" in evaluate(COMMAND, TEXT, "--edition", "2017", "--at", "2026-01-01").said
    assert evaluate(COMMAND, "铁\n0.3\n", "--edition", "2017").rows[0]["类别"] == "Ⅲ"


def _zip(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("content, words", [
    (b"", "是空文件"), (HEAD.encode(), "没有数据行"), ("甲,乙\n一,二\n".encode(), "没有认得的表头"), (b"%PDF-1.4", "是PDF"), (b"\x89PNG\r\n", "PNG 图片"),
    (b"\0\1\2" * 50, "二进制文件"), ("<html><table>铁</table>".encode(), "网页"), (b"PK\x03\x04x", "损坏"), (_zip("a.txt", b"x"), "不是 Excel 表格"),
    ("点位,时间,铁\n".encode() + b"\xff\xfe\x80\x81,2026-03-01,0.3\n", "既不是 UTF-8 也不是 GBK"),
    ('点位,时间,铁\n"甲,2026-03-01,0.3\n乙,2026-03-01,0.3\n'.encode(), "有引号没有成对"),
    ("点位,时间,铁(ppm)\n甲,2026-03-01,1\n".encode(), "单位 ppm 不能换算成 mg/L"), ("点位,时间,铁(mg/kg)\n甲,2026-03-01,1\n".encode(), "单位 mg/kg 不能换算"),
    ("点位,时间,铁,Fe\n甲,2026-03-01,1,1\n".encode(), "“铁”与“Fe”两列都是 Fe"),
    ("点位,时间,铁,氨淡\n甲,2026-03-01,1,1\n".encode(), "不认识的列“氨淡”，里面是数值：若是监测项目请改正名称（如 氨氮）"),
    ("点位,时间,铁,汞\n甲,2026-03-01,300,0.5\n".encode(), "Hg（汞）：中位数 0.5 mg/L"), ("点位,时间\n甲,2026-03-01\n".encode(), "没有地下水项目的列"),
])  # fmt: skip
def test_what_is_refused_whole_says_why(evaluate, content, words):
    ran = evaluate(COMMAND, content)
    assert ran.status == 1
    assert words in ran.said


def test_a_row_longer_than_the_header_is_not_judged(evaluate):
    ran = evaluate(COMMAND, f"{TEXT}乙,2026-03-01,7.2,0.3,0.12,9\n")
    assert "比表头多列" in ran.rows[1]["未评价原因"]


def test_options_that_are_wrong(evaluate, tmp_path, capsys):
    assert "没有“铜铜”" in evaluate(COMMAND, TEXT, "--unit", "铜铜=mg/L").said
    assert "须能换算成 mg/L" in evaluate(COMMAND, TEXT, "--unit", "铁=kg").said
    assert "写成 项目=检出限" in evaluate(COMMAND, TEXT, "--detection", "铁=-1").said
    assert main(["groundwater", "class", str(tmp_path / "没有.csv")]) == 1
    assert "没有这个文件" in capsys.readouterr().err
    assert main(["groundwater", "class", str(tmp_path)]) == 1
    assert "是文件夹" in capsys.readouterr().err
    assert main(["groundwater", "class"]) == 1
    assert "--template" in capsys.readouterr().err
    with pytest.raises(SystemExit) as error:
        main(["groundwater", "grade"])
    assert error.value.code == 2


def test_the_result_never_covers_the_input(tmp_path, capsys):
    path = tmp_path / "in.csv"
    path.write_text(TEXT, encoding="utf-8")
    assert main(["groundwater", "class", str(path), "-o", str(path)]) == 1
    assert "会盖掉输入表" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == TEXT


def test_a_result_as_workbook_keeps_text_as_text(tmp_path):
    source, target = tmp_path / "in.csv", tmp_path / "out.xlsx"
    source.write_text("点位,时间,铁\n=1+1,2026-03-01,0.3\n", encoding="utf-8")
    assert main(["groundwater", "class", str(source), "-o", str(target)]) == 0
    sheet = openpyxl.load_workbook(target).active
    assert [c.value for c in sheet[1]][:4] == ["点位", "时间", "铁", "类别"]
    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["D2"].value) == ("=1+1", "s", "Ⅲ")
