"""``qingshan water``: what it writes, and what it refuses, by row."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from qingshan.cli.main import main

ITEMS = "pH,溶解氧,高锰酸盐指数,化学需氧量,五日生化需氧量,氨氮,总磷,铜,锌,氟化物,硒,砷,汞,镉,六价铬,铅,氰化物,挥发酚,石油类,阴离子表面活性剂,硫化物"
CLEAN = "7.5,8,1.5,8,1,0.1,0.01,0.001,0.01,0.2,0.0002,0.001,0.00002,0.00005,0.002,0.0005,0.0005,0.0005,0.01,0.02,0.005"
HEAD = f"断面,时间,水体类型,目标类别,{ITEMS}\n"


@pytest.fixture
def run(tmp_path: Path, capsys):
    """Runs the command on a text; gives the rows written, or the lines it refused with."""

    def command(what: str, content: str, *options: str):
        source, target = tmp_path / "in.csv", tmp_path / "out.csv"
        target.unlink(missing_ok=True)
        source.write_text(content, encoding="utf-8")
        status = main(["water", what, str(source), "-o", str(target), *options])
        said = capsys.readouterr().err
        if status:
            assert status == 1
            assert not target.exists()
            assert sorted(p.name for p in tmp_path.iterdir()) == ["in.csv"]
            return said
        with target.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    return command


def test_each_section_has_its_class_and_what_it_rests_on(run):
    worse = CLEAN.replace("7.5,8,1.5,", "7.5,8,13.2,", 1)
    rows = run("class", f"{HEAD}甲,2026-03-01,河流,Ⅲ,{CLEAN}\n乙,2026-03-02,河流,Ⅳ类,{worse}\n")
    assert [(r["水质类别"], r["定性评价"], r["表征颜色"], r["主要污染指标"], r["达标"]) for r in rows] == [
        ("Ⅰ", "优", "蓝色", "", "达标"), ("Ⅴ", "中度污染", "橙色", "高锰酸盐指数(1.2)", "不达标"),
    ]  # fmt: skip
    assert rows[1]["对目标的超标倍数"] == "高锰酸盐指数(0.32)"
    assert rows[0]["评价项目"] == "21项"
    assert rows[0]["修约"].startswith("先修约后判定（总站水字〔2020〕90号")
    assert rows[0]["标准"] == "GB 3838—2002"


def test_a_missing_item_leaves_no_class_and_says_which(run):
    row = run("class", f"{HEAD}甲,2026-03-01,河流,,{CLEAN.replace('7.5,', ',', 1)}\n")[0]
    assert (row["水质类别"], row["没有类别的原因"], row["主要污染指标"]) == ("", "缺项：pH 值", "")


def test_rounding_and_basis_are_named_and_change_the_class(run):
    text = "断面,水体类型,pH,DO,CODMn,氨氮,总磷\n甲,河流,7.5,8,1.5,0.1,0.2004\n乙,湖库,7.5,8,1.5,0.1,0.05\n"
    official = run("class", text, "--basis", "5+X", "--edition", "2002")
    raw = run("class", text, "--basis", "realtime-5", "--edition", "2002")
    assert [r["水质类别"] for r in official] == ["Ⅲ", "Ⅲ"]
    assert [(r["水质类别"], r["显示值能定类别"]) for r in raw] == [("Ⅳ", "是"), ("Ⅲ", "否，恰在限值上")]  # 0.2004 是未修约值
    assert "显示值能定类别" not in official[0]
    assert {r["评价项目"] for r in official} == {"5+X（无 X）"}
    assert {r["修约"] for r in raw} == {"不修约，按原值判定"}


def test_below_detection_is_judged_only_where_it_makes_no_difference(run):
    text = "断面,水体类型,汞,高锰酸盐指数\n甲,河流,<0.00004,1\n乙,河流,0.0002L,1\n丙,河流,未检出,1\n"
    options = ("--items", "汞,高锰酸盐指数", "--edition", "2002")
    rows = run("class", text, *options, "--detection", "汞=0.00001")
    assert [(r["水质类别"], r["没有类别的原因"]) for r in rows] == [("Ⅰ", ""), ("", "检出限高于限值，不能判定：汞"), ("Ⅰ", "")]
    assert [r["水质类别"] for r in run("class", text, *options, "--below", "half")] == ["Ⅰ", "Ⅲ", ""]


def test_units_in_the_head_are_converted_and_others_suspected(run):
    options = ("--items", "氨氮", "--edition", "2002", "--water", "river")
    assert [r["水质类别"] for r in run("class", "断面,氨氮(µg/L)\n甲,850\n乙,1000\n", *options)] == ["Ⅲ", "Ⅲ"]
    assert [r["水质类别"] for r in run("class", "断面,氨氮\n甲,850\n", *options, "--unit", "氨氮=ug/L")] == ["Ⅲ"]
    assert "NH3-N（氨氮）：中位数 850 mg/L，疑为 µg/L" in run("class", "断面,氨氮\n甲,850\n", *options)
    assert run("class", "断面,氨氮\n甲,850\n", *options, "--units-checked")[0]["水质类别"] == "劣Ⅴ"
    assert "单位 ppm 不能换算成 mg/L" in run("class", "断面,氨氮(ppm)\n甲,850\n", *options)


@pytest.mark.parametrize(
    "text, options, words",
    [
        ("断面,水体类型,总磷\n甲,,0.1\n乙,河流,0.1\n", (), "第 2 行没有水体类型：总磷限值河流与湖库不同，不作默认"),
        ("断面,水体类型,总磷\n甲,海,0.1\n", (), "没有水体类型“海”；已有：lake、river、河流、湖库"),
        ("断面,水体类型,总磷\n甲,河流,偏高\n", (), "第 2 行 总磷：“偏高”不是数值；低于检出限写 <0.01"),
        ("断面,水体类型,总磷,总铬\n甲,河流,1,1\n", (), "不认识的列：总铬；要原样带到结果里写 --extra"),
        ("断面,水体类型,总磷,TP\n甲,河流,1,1\n", (), "“总磷”与“TP”两列都是 TP；留一列"),
        ("断面,水体类型,目标类别,总磷\n甲,河流,七,0.1\n", (), "第 2 行 目标类别：“七”不是Ⅰ至Ⅴ类；没有目标的留空"),
        ("断面,水体类型,目标类别,总磷\n甲,河流,劣Ⅴ,0.1\n", (), "第 2 行 目标类别：“劣Ⅴ”不是Ⅰ至Ⅴ类"),
        ('断面,水体类型,总磷\n"甲,河流,0.1\n乙,河流,0.1\n', (), "有引号没有成对"),
        ("断面,水体类型,总磷\n甲,河流,0.1,9\n", (), "第 2 行比表头多列"),
        ("断面,水体类型,总磷\n", (), "没有数据行"),
        ("断面,水体类型,氯化物\n甲,河流,1\n", (), "没有21项的任何一列"),
        ("断面,水体类型,总磷\n甲,河流,0.1\n", ("--unit", "总磷=ppb"), "--unit 总磷=ppb：写成 项目=单位"),
        ("断面,水体类型,总磷\n甲,河流,0.1\n", ("--items", "总铬"), "没有水质项目“总铬”"),
    ],
)
def test_wrong_tables_are_refused_by_row(run, text, options, words):
    assert words in run("class", text, "--edition", "2002", *options)


def test_a_table_needs_a_day_or_an_edition_and_days_before_it_are_refused(run):
    assert "没有时间列，不能定标准的版本" in run("class", "断面,水体类型,总磷\n甲,河流,0.1\n", "--items", "总磷")
    said = run("class", "断面,时间,水体类型,总磷\n甲,2002-05-31,河流,0.1\n", "--items", "总磷")
    assert "GB 3838 在 2002-05-31 没有现行版本" in said
    assert "“昨天”不是日期" in run("class", "断面,时间,水体类型,总磷\n甲,昨天,河流,0.1\n", "--items", "总磷")
    assert run("class", "断面,时间,水体类型,总磷\n甲,2003-01,河流,0.1\n", "--items", "总磷")[0]["水质类别"] == "Ⅱ"


@pytest.mark.parametrize("day", ["2026/3/1", "2026年3月1日", "20260301", "46082", "2026-03-01 08:00", "2026.3", "202603"])
def test_days_are_read_as_people_write_them(run, day):
    row = run("class", f"断面,水体类型,采样日期,高锰酸盐指数(CODMn)(mg/L)\n甲,河流,{day},4\n", "--items", "CODMn", "--mean", "month")[0]
    assert (row["时段"], row["水质类别"]) == ("2026-03", "Ⅱ")


@pytest.mark.parametrize("day", ["2026-13-01", "2026-02-30", "3月1日", "460820", "2026-03-01x", "0026-03-01"])
def test_what_is_no_day_is_refused(run, day):
    assert f"第 2 行 时间：“{day}”不是日期" in run("class", f"断面,水体类型,时间,总磷\n甲,河流,{day},0.1\n", "--items", "TP")


def test_means_need_the_least_number_of_values(run):
    lines = "".join(f"甲,2026-{m:02d}-05,河流,{v}\n" for m, v in ((1, 4), (2, 5), (3, 9), (4, 12)))
    rows = run("class", f"断面,时间,水体类型,高锰酸盐指数\n{lines}", "--items", "CODMn", "--mean", "quarter")
    assert [(r["时段"], r["最少有效个数"], r["水质类别"]) for r in rows] == [("2026年第1季度", "3", "Ⅲ"), ("2026年第2季度", "1", "")]
    year = run("class", f"断面,时间,水体类型,高锰酸盐指数\n{lines}", "--items", "CODMn", "--mean", "year")
    assert [(r["时段"], r["水质类别"], r["没有类别的原因"]) for r in year] == [("2026年", "", "缺项：高锰酸盐指数")]
    twice = run("class", "断面,时间,水体类型,pH\n甲,2026-01-05,河流,7\n甲,2026-01-25,河流,9\n", "--items", "pH", "--mean", "month")
    assert twice[0]["pH 值"] == "7.29671"


def test_a_lake_without_chlorophyll_is_refused_and_fewer_are_named(run):
    text = "湖库,总磷,总氮,透明度(cm),高锰酸盐指数\n洱海,0.05,1,100,4\n洱海,0.05,1,100,4\n"
    assert "缺 chla（叶绿素 a）；权重 r² 以叶绿素 a 为基准参数" in run("lake", text)
    row = run("lake", text, "--parameters", "TP,TN,SD,CODMn", "--by", "湖库")[0]
    assert (row["湖库"], row["点位数"], row["营养状态"], row["TLI(Σ)"]) == ("洱海", "2", "中营养", "47.3")
    assert row["参数"].startswith("4 项参数（TP、TN、SD、CODMn）")
    full = run("lake", "湖库,叶绿素a,总磷,总氮,透明度,高锰酸盐指数\n甲,30,0.1,2,0.5,6\n")[0]
    assert (full["TLI(Σ)"], full["营养状态"], full["参数"]) == ("59.9", "轻度富营养", "五项参数")


def test_inflow_is_taken_off_by_the_amounts_told(run, tmp_path):
    head = f"断面,城市,水体类型,{ITEMS}\n"
    dirty = CLEAN.replace("7.5,8,1.5,8,", "7.5,8,1.5,28,", 1)
    off = tmp_path.parent / "扣除.csv"
    off.write_text("断面,化学需氧量(mg/L)\n入境桥,20\n", encoding="utf-8")
    text = f"{head}入境桥,甲市,河流,{dirty}\n乙桥,乙市,河流,{CLEAN}\n"
    plain = run("index", text, "--edition", "2002")
    rows = run("index", text, "--edition", "2002", "--deducted", str(off))
    assert [r["名次"] for r in plain] == ["2", "1"]
    assert [r["名次"] for r in rows] == ["1", "1"]
    assert float(plain[0]["CWQI城市"]) - float(rows[0]["CWQI城市"]) == pytest.approx(1.0)  # 20 / 20
    assert "未扣除上游影响" in plain[0]["依据"]
    assert "按 扣除.csv 扣除上游影响" in rows[0]["依据"]
    off.write_text("断面,化学需氧量(mg/L)\n入境桥,29\n别处,1\n", encoding="utf-8")
    assert "断面“别处”不在水样表里" in run("index", text, "--edition", "2002", "--deducted", str(off))
    off.write_text("断面,化学需氧量(mg/L)\n入境桥,29\n", encoding="utf-8")
    assert "扣除量 29 大于测得值" in run("index", text, "--edition", "2002", "--deducted", str(off))


def test_cities_are_ranked_by_the_index(run):
    worse = CLEAN.replace("7.5,8,1.5,", "7.5,8,13.2,", 1)
    head = f"城市,水体类型,{ITEMS}\n"
    rows = run("index", f"{head}乙市,河流,{worse}\n甲市,河流,{CLEAN}\n甲市,湖库,{CLEAN}\n丙市,河流,{CLEAN}\n", "--edition", "2002")
    assert [(r["城市"], r["河流断面数"], r["湖库点位数"], r["名次"]) for r in rows] == [
        ("乙市", "1", "0", "3"), ("甲市", "1", "1", "2"), ("丙市", "1", "0", "1"),
    ]  # fmt: skip
    assert "未扣除上游影响" in rows[0]["依据"]
    assert "缺 高锰酸盐指数" in run("index", "城市,水体类型,pH,溶解氧\n甲,河流,7,8\n", "--edition", "2002")


def test_a_river_of_few_sections_is_judged_by_its_mean(run):
    head = "河流,断面,水体类型,高锰酸盐指数\n"
    few = "".join(f"小河,{k},河流,{v}\n" for k, v in enumerate((4, 6, 11, 5)))
    many = "".join(f"大河,{k},河流,{v}\n" for k, v in enumerate((4, 6, 11, 5, 5)))
    rows = run("basin", head + few + many, "--items", "CODMn", "--edition", "2002")
    assert [(r["河流"], r["方法"], r["水质类别"], r["定性评价"], r["主要污染指标"]) for r in rows] == [
        ("小河", "断面均值", "Ⅳ", "轻度污染", "高锰酸盐指数(0.1)"), ("大河", "类别比例", "", "良好", "高锰酸盐指数(20.0%)"),
    ]  # fmt: skip
    assert rows[1]["评价"].startswith("大河水质状况为良好，5 个断面中Ⅱ类 1 个、Ⅲ类 3 个、Ⅴ类 1 个，Ⅰ～Ⅲ类占 80.0 %")


def test_a_lake_is_judged_by_the_mean_of_its_points(run):
    text = "湖库,点位,水体类型,总磷\n" + "".join(f"大湖,{k},湖库,{v}\n" for k, v in enumerate((0.02, 0.02, 0.02, 0.02, 0.02, 0.3)))
    row = run("basin", text, "--items", "TP", "--edition", "2002", "--by", "湖库")[0]
    assert (row["方法"], row["水质类别"], row["主要污染指标"]) == ("点位均值", "Ⅳ", "总磷(0.3)")
    assert row["评价"].startswith("大湖水质状况为轻度污染，水质类别为Ⅳ类，6 个点位中Ⅱ类 5 个、劣Ⅴ类 1 个，主要污染指标为总磷(0.3)")
    assert "水体类型不是湖库" in run("basin", text.replace("大湖,0,湖库", "大湖,0,河流"), "--items", "TP", "--edition", "2002", "--by", "湖库")


def test_a_workbook_is_read_as_well(tmp_path):
    source, target = tmp_path / "in.xlsx", tmp_path / "out.xlsx"
    book = openpyxl.Workbook()
    for row in (["断面", "时间", "水体类型", "氨氮\n(µg/L)"], ["甲", date(2026, 3, 1), "河流", 1000]):
        book.active.append(row)
    book.save(source)
    assert main(["water", "class", str(source), "-o", str(target), "--items", "氨氮"]) == 0
    sheet = openpyxl.load_workbook(target).active
    assert dict(zip([c.value for c in sheet[1]], [c.value for c in sheet[2]], strict=True))["水质类别"] == "Ⅲ"
