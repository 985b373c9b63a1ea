"""What is wrong with samples is said at the import door, row by row, or beside the value; nothing becomes a silent default."""

from __future__ import annotations

import csv
from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from qingshan.bureau.indicators import assessments, queries
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.sites.models import Network, Station
from qingshan.cli.main import main
from qingshan.lake import Lake

pytestmark = pytest.mark.django_db
HEAD = "断面名称,采样日期,pH值,溶解氧(mg/L),高锰酸盐指数(mg/L),氨氮(mg/L),总磷(mg/L)\n"
OCTOBER = Period.parse("2026-10")


@pytest.fixture
def river(bureau, own_folders, monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T10:00:00")
    network = Network.objects.create(name="断面", medium="water")
    for code, body in (("A", "river"), ("B", "river"), ("N", "")):
        Station.objects.create(code=code, name=code, network=network, level="city", area=bureau.towns["石门镇"], body=body, target="Ⅲ")
    assessments.clear()
    yield bureau
    assessments.clear()


@pytest.fixture
def door(own_folders, tmp_path):
    """Send a text through the command; gives its exit code and the faults as (row, column) → words."""

    def send(text, medium="water", *more):
        path, faults = tmp_path / "表.csv", tmp_path / "错.csv"
        path.write_text(text, "utf-8")
        code = main(["import", str(path), "--data", str(own_folders), "--medium", medium, "--samples", "--errors", str(faults), *more])
        assessments.clear()
        with faults.open(encoding="utf-8-sig", newline="") as file:
            return code, {(int(r[0]), r[1]): r[3] for r in list(csv.reader(file))[1:]}

    return send


def stored(folders, item):
    rows = Lake(folders / "lake").samples(None, datetime(1990, 1, 1), datetime(2027, 1, 1)).to_pylist()
    return {(r["station"], r["time"].day): (r["value"], r["censor"]) for r in rows if r["item"] == item}


def test_ammonia_in_micrograms_is_refused_with_its_rows(river, door, own_folders, capsys):
    code, said = door(HEAD + "A,2026-10-12,7.5,8,3,320,0.08\nB,2026-10-12,7.5,8,3,450,0.08\n")
    assert code == 0  # the other items are stored
    assert set(said) == {(2, "氨氮(mg/L)"), (3, "氨氮(mg/L)")}
    assert "疑为 µg/L" in said[2, "氨氮(mg/L)"]
    assert stored(own_folders, "NH3-N") == {}
    assert stored(own_folders, "TP")["A", 12] == (0.08, "")
    assert door(HEAD + "A,2026-10-12,7.5,8,3,320,0.08\n", "water", "--strict")[0] == 1
    # the same column with its unit said is converted
    assert door(HEAD.replace("氨氮(mg/L)", "氨氮(µg/L)") + "A,2026-10-12,7.5,8,3,320,0.08\n")[1] == {}
    assert stored(own_folders, "NH3-N") == {("A", 12): (0.32, "")}


def test_units_that_were_checked_are_taken_as_they_are(river, door, own_folders):
    rows = "".join(f"{code},2026-10-12,7.5,8,3,{value},0.08\n" for code, value in (("A", 45), ("B", 52), ("N", 47)))
    assert door(HEAD + rows, "water", "--units-checked")[1] == {}
    assert stored(own_folders, "NH3-N") == {("A", 12): (45, ""), ("B", 12): (52, ""), ("N", 12): (47, "")}
    value = queries.value("water_worst_ratio", area=river.district, period=OCTOBER)
    assert (value.text, value.reason) == ("100.0", "")


def test_one_value_beyond_physics_loses_its_own_row_only(river, door, own_folders):
    _, said = door(HEAD + "A,2026-10-12,7.5,8,3,0.3,0.08\nA,2026-10-13,7.5,45,3,0.3,0.08\nA,2026-10-14,7.5,8.2,3,0.3,0.08\n")
    assert list(said) == [(3, "溶解氧(mg/L)")]
    assert "大于 40" in said[3, "溶解氧(mg/L)"]
    assert set(stored(own_folders, "DO")) == {("A", 12), ("A", 14)}


@pytest.mark.parametrize(
    ("cell", "words"), [("-0.3", "不能为负"), ("未检出", "没有检出限"), ("abc", "请改为数值"), ("1e9", "疑为")],
)  # fmt: skip
def test_a_wrong_cell_is_named(river, door, own_folders, cell, words):
    _, said = door(HEAD + f"A,2026-10-12,7.5,8,3,{cell},0.08\n")
    assert words in said[2, "氨氮(mg/L)"]
    assert stored(own_folders, "NH3-N") == {}


def test_a_censored_value_keeps_its_limit_and_is_no_magnitude(river, door, own_folders):
    assert door(HEAD + "A,2026-10-12,7.5,8,3,0.025L,0.01L\n")[1] == {}
    assert stored(own_folders, "NH3-N") == {("A", 12): (0.025, "<")}


def test_an_unknown_item_is_named_not_dropped(river, door, own_folders, capsys):
    head = HEAD.strip() + ",氨态物(mg/L),流量\n"
    _, said = door(head + "A,2026-10-12,7.5,8,3,0.3,0.08,1.5,22\n")
    assert list(said) == [(1, "氨态物(mg/L)")]
    assert "没有这个监测项目" in said[1, "氨态物(mg/L)"]
    assert "没有认出、没有导入的列：流量" in capsys.readouterr().out
    _, said = door("断面名称,采样日期,监测项目,监测值\nA,2026-10-12,氨态物,1.5\nA,2026-10-12,氨氮,0.3\n")
    assert "不是能认的监测项目" in said[2, "监测项目"]


def test_groundwater_and_sea_in_micrograms(river, door):
    _, said = door("点位,采样日期,锰(mg/L)\nW,2026-10-12,120\n", "groundwater")
    assert "疑为 µg/L" in said[2, "锰(mg/L)"]
    _, said = door("点位,采样日期,无机氮(mg/L)\nX,2026-10-12,250\n", "sea")
    assert "疑为 µg/L" in said[2, "无机氮(mg/L)"]


def test_a_section_without_a_water_type_is_named_beside_the_value(river, door):
    door(HEAD + "A,2026-10-12,7.5,8,3,0.3,0.08\nN,2026-10-12,7.5,8,3,0.3,0.08\n")
    value = queries.value("water_good_ratio", area=river.district, period=OCTOBER)
    assert (value.text, value.stations) == ("100.0", ("A",)) or value.reason.startswith("采样完成")
    assert "没有登记水体类型" in value.left_out["N"]
    one = queries.value("water_good_ratio", station="N", period=OCTOBER)
    assert one.value is None


def test_a_class_without_ph_is_refused_by_the_item_it_lacks(river, door):
    door("断面名称,采样日期,溶解氧(mg/L),高锰酸盐指数(mg/L),氨氮(mg/L),总磷(mg/L)\nA,2026-10-12,8,3,0.3,0.08\n")
    value = queries.value("water_good_ratio", station="A", period=OCTOBER)
    assert value.value is None
    assert "pH" in " ".join([value.reason, *value.left_out.values()])


def test_a_day_before_any_edition_says_so(river, door):
    _, said = door(HEAD + "A,2001-10-12,7.5,8,3,0.3,0.08\n")
    assert said == {}
    value = queries.value("water_good_ratio", station="A", period=Period.parse("2001-10"))
    assert value.value is None
    assert "2002" in value.reason or "2011" in value.reason


def test_the_page_says_the_same_as_the_command(river, clerk, as_):
    text = HEAD + "A,2026-10-12,7.5,8,3,320,0.08\n"
    answer = as_(clerk).post("/imports/", {"file": SimpleUploadedFile("表.csv", text.encode()), "what": "samples:water"})
    page = as_(clerk).get(answer.url).content.decode()
    assert "疑为 µg/L" in page
    assert "320" in page
