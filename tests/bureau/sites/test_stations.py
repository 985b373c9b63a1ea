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
