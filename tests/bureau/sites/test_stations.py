"""The station register: forms, sheet out and in, scope."""

from __future__ import annotations

import io

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.sites import queries, sheets
from qingshan.bureau.sites.models import Network, Station

pytestmark = pytest.mark.django_db


@pytest.fixture
def stations(bureau):
    net = Network.objects.create(name="镇街空气站")
    return {
        code: Station.objects.create(code=code, name=name, network=net, level="town", area=bureau.towns[town], lon=116.5, lat=40.3)
        for code, name, town in (("SM", "石门站", "石门镇"), ("LQ", "柳泉站", "柳泉镇"))
    }


def form(station_area, network, **more):
    return {
        "code": "XX-1", "name": "新站", "network": network.pk, "level": "town", "area": station_area.pk, "lon": "116.51", "lat": "40.31",
        "items": ["PM2.5", "PM10"], **more,
    }  # fmt: skip


def test_a_station_is_added_and_recorded(stations, bureau, clerk, as_):
    network = stations["SM"].network
    answer = as_(clerk).post(reverse("sites:new"), form(bureau.towns["竹溪乡"], network))
    assert answer.status_code == 302
    station = Station.objects.get(code="XX-1")
    assert station.measured == ("PM2.5", "PM10") or set(station.measured) == {"PM2.5", "PM10"}
    assert AuditEvent.objects.filter(action="新增站点", by=clerk).exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [({"code": "SM"}, "已"), ({"lon": "40.3", "lat": "116.5"}, "经度须在"), ({"lat": ""}, "要一起填"), ({"code": "links"}, "编号不能是"), ({"code": "站 1"}, "编号只用字母")],
)  # fmt: skip
def test_a_wrong_form_comes_back_filled_with_the_reason(stations, bureau, clerk, as_, more, said):
    answer = as_(clerk).post(reverse("sites:new"), form(bureau.towns["竹溪乡"], stations["SM"].network, **more))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "新站" in answer.content.decode()


def test_a_code_cannot_be_changed(stations, bureau, clerk, as_):
    answer = as_(clerk).post(reverse("sites:edit", args=["SM"]), form(bureau.towns["石门镇"], stations["SM"].network, code="ZZ"))
    assert answer.status_code == 302
    assert Station.objects.get(code="SM").name == "新站"
    assert not Station.objects.filter(code="ZZ").exists()


def test_a_town_sees_its_own_stations_only(stations, town_person, stranger, clerk):
    assert [s.code for s in queries.stations(town_person)] == ["SM"]
    assert not queries.stations(stranger).exists()
    assert queries.stations(clerk).count() == 2


def test_the_responsible_unit_is_the_town_unless_named(stations, bureau):
    assert queries.responsible_for(stations["SM"]) == bureau.governments["石门镇"]
    stations["SM"].responsible = bureau.departments["住建局"]
    assert queries.responsible_for(stations["SM"]) == bureau.departments["住建局"]


def test_a_sheet_goes_out_and_comes_back_unchanged(stations, clerk):
    rows, faults = sheets.read("站点.xlsx", sheets.write(queries.stations(clerk)), clerk)
    assert faults == []
    for row in rows:
        station = Station.objects.get(code=row["code"])
        assert all(getattr(station, name) == value for name, value in row.items())


def test_a_gbk_sheet_with_faults_names_the_row(stations, clerk, as_):
    text = "某区站点表,,,,,,\n站点编号,站点名称,监测网络,级别,责任区域,经度,纬度\nＮ１,甲站,镇街空气站,乡镇,石门镇,１１６．５,40.3\nN2,乙站,镇街空气站,村级,石门镇,116.5,40.3\nN1,丙站,镇街空气站,乡镇,石门镇,40.3,116.5\n"
    upload = SimpleUploadedFile("站点.csv", text.encode("gbk"))
    page = as_(clerk).post(reverse("sites:sheet"), {"file": upload})
    content = page.content.decode()
    assert page.context["count"] == 1
    assert "没有“村级”；可填：国控" in content
    assert "与第 3 行重复" in content
    assert "经纬度可能颠倒" in content
    answer = as_(clerk).post(reverse("sites:sheet"), {"confirm": page.context["confirm"]})
    assert answer.status_code == 302
    assert Station.objects.get(code="N1").lon == 116.5


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02" * 50, b"PK\x03\x04broken", "无关,内容\n1,2\n".encode()])
def test_what_is_no_sheet_is_refused_in_words(stations, clerk, as_, data):
    answer = as_(clerk).post(reverse("sites:sheet"), {"file": SimpleUploadedFile("x.xlsx", data)})
    assert answer.status_code == 422
    assert "error" in answer.content.decode()


def test_the_edit_form_shows_the_dates_it_has(stations, clerk, as_):
    from datetime import date

    Station.objects.filter(code="SM").update(since=date(2025, 3, 1))
    assert 'value="2025-03-01"' in as_(clerk).get(reverse("sites:edit", args=["SM"])).content.decode()


def test_a_sheet_whose_last_cell_is_miles_away_is_refused_without_being_unfolded(clerk):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        page.write_string(0, 0, "站点编号")
        page.write_string(1_048_575, 16_383, "远")
    with pytest.raises(sheets.SheetRefused, match="过大"):
        sheets.read("远.xlsx", out.getvalue(), clerk)


def test_a_bureau_without_networks_names_its_first_with_the_first_station(bureau, clerk, as_):
    said = {
        "code": "XX-1", "name": "新站", "network": "", "new_network": "", "level": "town",
        "area": bureau.towns["竹溪乡"].pk, "lon": "", "lat": "",
    }  # fmt: skip
    answer = as_(clerk).post(reverse("sites:new"), said)
    assert answer.status_code == 422
    assert "写新的网络名称" in answer.content.decode()
    answer = as_(clerk).post(reverse("sites:new"), said | {"new_network": "镇街空气站"})
    assert answer.status_code == 302
    station = Station.objects.get(code="XX-1")
    assert station.network == Network.objects.get(name="镇街空气站")
    assert AuditEvent.objects.filter(action="新增监测网络").count() == 1
    as_(clerk).post(reverse("sites:edit", args=["XX-1"]), said | {"new_network": "微站网"})
    station.refresh_from_db()
    assert station.network.name == "微站网"


HEAD_OF_SECTIONS = "站点编号,站点名称,监测网络,监测要素,级别,责任区域,水体类型,目标类别或功能区\n"


def test_sections_and_noise_points_come_and_go_by_sheet(bureau, clerk, as_):
    text = HEAD_OF_SECTIONS + (
        "W1,清河桥,区控断面,地表水,市控,石门镇,河流,III类\nW2,竹溪湖心,区控断面,地表水,市控,竹溪乡,湖库,Ⅱ\n"
        "Z1,县府街,功能区噪声,声环境,市控,城关街道,,4A类\n"
    )
    page = as_(clerk).post(reverse("sites:sheet"), {"file": SimpleUploadedFile("断面.csv", text.encode("gbk"))})
    assert page.context["count"] == 3, page.content.decode()
    as_(clerk).post(reverse("sites:sheet"), {"confirm": page.context["confirm"]})
    found = {s.code: (s.network.medium, s.body, s.target) for s in Station.objects.select_related("network")}
    assert found == {"W1": ("water", "river", "Ⅲ"), "W2": ("water", "lake", "Ⅱ"), "Z1": ("noise", "", "4a")}
    rows, faults = sheets.read("站点.xlsx", sheets.write(queries.stations(clerk)), clerk)
    assert faults == []
    for row in rows:
        station = Station.objects.get(code=row["code"])
        assert all(getattr(station, name) == value for name, value in row.items())


def test_wrong_water_bodies_and_targets_are_named_row_by_row(bureau, clerk):
    Network.objects.create(name="断面网", medium="water")
    text = HEAD_OF_SECTIONS + (
        "W1,甲,断面网,,市控,石门镇,小溪,Ⅲ\nW2,乙,断面网,,市控,石门镇,河流,劣V\nW3,丙,断面网,声环境,市控,石门镇,河流,Ⅲ\n"
        "W4,丁,还没有的网,,市控,石门镇,河流,Ⅲ\nZ1,戊,噪声网,声环境,市控,石门镇,,4\nW5,己,断面网,,市控,石门镇,河流,二级\n"
    )
    rows, faults = sheets.read("断面.csv", text.encode("utf-8"), clerk)
    assert rows == []
    said = {(number, column): words for number, column, words in faults}
    assert "可填：河流、湖库" in said[2, "水体类型"]
    assert "不能作目标类别" in said[3, "目标类别或功能区"]
    assert "写成“声环境”" in said[4, "监测要素"]
    assert "同时填“监测要素”" in said[5, "水体类型"]
    assert "可填：0、1、2、3、4a、4b" in said[6, "目标类别或功能区"]
    assert "二级" in said[7, "目标类别或功能区"]


def test_a_sheet_without_the_new_columns_leaves_what_is_registered(bureau, clerk):
    from qingshan.bureau.sites import actions

    network = Network.objects.create(name="断面网", medium="water")
    Station.objects.create(code="W1", name="甲", network=network, level="city", area=bureau.towns["石门镇"], body="river", target="Ⅲ")
    text = "站点编号,站点名称,监测网络,级别,责任区域\nW1,甲桥,断面网,市控,石门镇\n"
    rows, faults = sheets.read("断面.csv", text.encode("utf-8"), clerk)
    assert faults == []
    actions.store_stations(rows, by=clerk)
    station = Station.objects.get(code="W1")
    assert (station.name, station.body, station.target) == ("甲桥", "river", "Ⅲ")


# ── every medium has its own items, levels and targets ──
def test_the_form_offers_what_the_medium_has(bureau, clerk, as_):
    client = as_(clerk)
    for medium, has, lacks in (
        ("air", ("PM2.5", "TSP", "道路积尘负荷", "微站"), ("水体类型", "CODMn", 'name="target"')),
        ("water", ("CODMn", "水体类型", "Ⅲ 类", "国控"), ("PM2.5", "微站")),
        ("groundwater", ("总硬度", "Ⅴ 类"), ("水体类型", "微站")),
        ("sea", ("PO4-P", "Ⅳ 类"), ("Ⅴ 类", "水体类型")),
        ("noise", ("Leq", "声功能区", "4a 类"), ("水体类型", "Ⅲ 类")),
        ("soil", ("Cd",), ("水体类型", 'name="target"')),
    ):
        page = client.get(reverse("sites:new"), {"medium": medium, "new_network": "新网"}, headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in page
        for word in has:
            assert word in page, (medium, word)
        for word in lacks:
            assert word not in page, (medium, word)


def test_a_network_of_any_medium_is_made_by_the_form(bureau, clerk, as_):
    client, area = as_(clerk), bureau.towns["竹溪乡"].pk
    said = {"name": "清河桥", "network": "", "level": "city", "area": area, "lon": "", "lat": ""}
    rows = (
        ("W1", "water", {"items": ["CODMn", "TP"], "body": "river", "target": "Ⅲ"}), ("G1", "groundwater", {"items": ["hardness"], "target": "Ⅲ"}),
        ("S1", "sea", {"items": ["DIN"], "target": "Ⅱ"}), ("Z1", "noise", {"items": ["Ld", "Ln"], "target": "4a"}),
        ("D1", "air", {"items": ["TSP", "dustfall"]}), ("T1", "soil", {"items": ["Cd"]}),
    )  # fmt: skip
    for code, medium, more in rows:
        answer = client.post(reverse("sites:new"), {**said, "code": code, "medium": medium, "for_medium": medium, "new_network": f"{medium}网", **more})
        assert answer.status_code == 302, answer.content.decode()
        made = Station.objects.select_related("network").get(code=code)
        assert (made.network.name, made.network.medium, made.items) == (f"{medium}网", medium, more["items"])
        assert (made.body, made.target) == (more.get("body", ""), more.get("target", ""))
    assert AuditEvent.objects.filter(action="新增监测网络").count() == 6
    twice = client.post(reverse("sites:new"), {**said, "code": "W2", "medium": "noise", "for_medium": "noise", "new_network": "water网"})
    assert twice.status_code == 422
    assert "已有“water网”，是地表水网络" in twice.content.decode()
    # without script the items shown were those of the air: asked to choose again, nothing is saved
    network = Network.objects.get(name="water网")
    blind = client.post(reverse("sites:new"), {**said, "code": "W2", "network": network.pk, "for_medium": "air"})
    assert blind.status_code == 422
    assert "请核对后再保存" in blind.content.decode()
    assert "CODMn" in blind.content.decode()
    assert not Station.objects.filter(code="W2").exists()


def test_changing_a_section_keeps_its_water_type_target_and_items(bureau, clerk, as_):
    """改站点表单里曾没有水体类型、目标，项目只有六项空气：改一个地址就把它们全抹掉。"""
    network, client = Network.objects.create(name="断面网", medium="water"), as_(clerk)
    Station.objects.create(
        code="W1", name="甲", network=network, level="city", area=bureau.towns["石门镇"], body="river", target="Ⅲ", items=["pH", "甲基汞"]
    )
    page = client.get(reverse("sites:edit", args=["W1"]))
    form = page.context["form"]
    said = {name: field.value() for name, field in ((n, form[n]) for n in form.fields) if field.value() is not None}
    assert "<details class=\"moreitems\" open>" in page.content.decode()  # 甲基汞 folds away unless it is ticked
    assert client.post(reverse("sites:edit", args=["W1"]), {**said, "address": "清河桥下"}).status_code == 302
    station = Station.objects.get(code="W1")
    assert (station.address, station.body, station.target, station.items) == ("清河桥下", "river", "Ⅲ", ["pH", "甲基汞"])
    air = Network.objects.create(name="空气网")
    assert client.post(reverse("sites:edit", args=["W1"]), {**said, "network": air.pk}).status_code == 422
    moved = client.post(reverse("sites:edit", args=["W1"]), {**said, "network": network.pk, "new_network": "空气网"})
    assert moved.status_code == 422
    assert Station.objects.get(code="W1").network == network


def test_a_sheet_names_items_of_any_medium_and_one_without_the_column_leaves_them(bureau, clerk):
    from qingshan.bureau.sites import actions

    text = HEAD_OF_SECTIONS.replace("\n", ",监测项目\n") + (
        "W1,清河桥,区控断面,地表水,市控,石门镇,河流,Ⅲ,\"氨氮、1,2-二氯乙烷、TP\"\nZ1,县府街,功能区噪声,声环境,市控,城关街道,,2,昼间等效声级\n"
    )
    rows, faults = sheets.read("断面.csv", text.encode(), clerk)
    assert faults == []
    actions.store_stations(rows, by=clerk)
    assert Station.objects.get(code="W1").items == ["NH3-N", "TP", "1,2-二氯乙烷"]
    assert Station.objects.get(code="Z1").items == ["Ld"]
    rows, faults = sheets.read("断面.csv", "站点编号,站点名称,监测网络,级别,责任区域\nW1,甲桥,区控断面,市控,石门镇\n".encode(), clerk)
    actions.store_stations(rows, by=clerk)
    assert Station.objects.get(code="W1").items == ["NH3-N", "TP", "1,2-二氯乙烷"]
    wrong = HEAD_OF_SECTIONS.replace("\n", ",监测项目\n") + "W3,丙,区控断面,地表水,微站,石门镇,河流,Ⅲ,PM2.5\n"
    _, faults = sheets.read("断面.csv", wrong.encode(), clerk)
    said = {column: words for _, column, words in faults}
    assert said["监测项目"].startswith("地表水没有“PM2.5”；可填：pH、DO")
    assert said["级别"].startswith("地表水站点不用“微站”")
