"""Areas with outlines: in from a file, every version kept, on the map of any day, what lies inside, what applies at a place."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.bureau.registers.hands import put, shown

from qingshan.bureau.cases import actions as cases
from qingshan.bureau.registers import actions, outlines, queries
from qingshan.bureau.registers.models import Change

pytestmark = pytest.mark.django_db
LAST, NOW = dt.date(2025, 12, 20), dt.date(2026, 11, 1)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T10:00:00")


def box(west: float, south: float, size: float = 0.1) -> list:
    east, north = west + size, south + size
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def geojson(**drawn) -> bytes:
    features = [
        {"type": "Feature", "properties": {"code": c}, "geometry": {"type": "Polygon", "coordinates": at}} for c, at in drawn.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.fixture
def zones(bureau, clerk):
    """A ban on fireworks: the small one of last year, widened this November; a barbecue ban beside it without an outline."""
    said = {"document": "青政告〔2025〕9号", "from_on": "2025-12-20", "rule": "全年禁放", "state": "active", "day": LAST}
    ban = put("control_zone", clerk, bureau.district, code="F1", zone="城区禁放区", kind="firework", **said)
    of = queries.register("control_zone")
    for size, day in ((0.1, LAST), (0.2, NOW)):
        drawn = outlines.matched(of, geojson(F1=box(116.1, 39.9, size)), clerk)
        actions.set_outlines(of, drawn, by=clerk, day=day, basis="青政告〔2025〕9号")
    put("control_zone", clerk, bureau.towns["石门镇"], code="B1", zone="夜市禁烤区", kind="barbecue")
    return ban


def test_outlines_come_through_the_page_and_one_that_fits_nothing_keeps_all_out(bureau, zones, clerk, town_person, as_):
    address = reverse("registers:outline", args=["control_zone"])
    form = {"day": "2026-11-20", "basis": "青政告〔2026〕1号"}
    wrong = as_(clerk).post(address, form | {"file": SimpleUploadedFile("区.geojson", geojson(B1=box(116.2, 39.8), B9=box(116, 39)))})
    assert wrong.status_code == 422
    assert "“B9”" in wrong.content.decode()
    assert as_(clerk).post(address, form | {"file": SimpleUploadedFile("区.geojson", geojson(B1=box(116.2, 39.8)))}).status_code == 302
    assert as_(town_person).get(address).status_code == 403
    assert queries.entries(queries.register("control_zone"), clerk).get(key="B1").geometry["type"] == "Polygon"


def test_the_map_and_the_number_are_those_of_the_day(zones, clerk, as_, bureau):
    address = reverse("registers:map_json", args=["control_zone"])
    areas = {on: as_(clerk).get(address, {"on": on}).json()["areas"] for on in ("2025-12-01", "2026-01-01", "2026-11-02")}
    east = {on: max(x for x, _ in found[0]["geometry"]["coordinates"][0]) for on, found in areas.items() if found}
    assert (areas["2025-12-01"], east) == ([], {"2026-01-01": 116.2, "2026-11-02": pytest.approx(116.3)})
    assert as_(clerk).get(reverse("registers:map", args=["control_zone"])).status_code == 200
    small, wide = (float(shown("firework_zone_km2", bureau.district, p)) for p in ("2026-01", "2026-11"))
    assert small == pytest.approx(11.12 * 11.12 * 0.7673, rel=0.01)  # a tenth of a degree each way at 39.95° N
    assert wide == pytest.approx(4 * small, rel=0.01)
    back = as_(clerk).get(reverse("registers:outline_file", args=["control_zone"]), {"on": "2026-01-01"}).json()
    assert max(x for x, _ in back["features"][0]["geometry"]["coordinates"][0]) == 116.2
    assert Change.objects.filter(entry=zones).count() == 3  # nothing of the past is lost


def test_what_lies_inside_is_listed(zones, clerk, town_person, bureau, as_):
    put("catering", clerk, bureau.towns["石门镇"], shop="里面烧烤店", lon=116.25, lat=39.95)
    put("catering", clerk, bureau.towns["石门镇"], shop="外面烧烤店", lon=116.35, lat=39.95)
    cases.open_case(
        "fire_point",
        title="里面火点",
        area=bureau.towns["石门镇"],
        responsible=bureau.governments["石门镇"],
        by=clerk,
        lon=116.15,
        lat=39.95,
    )
    page = as_(clerk).get(reverse("registers:entry", args=["control_zone", zones.pk])).content.decode()
    assert ("里面烧烤店" in page, "外面烧烤店" in page, "里面火点" in page) == (True, False, True)
    assert [
        len(there)
        for _, there in outlines.inside(queries.entries(queries.register("control_zone"), clerk).get(key="F1").geometry, clerk).entries
    ] == [1]


def test_a_place_is_checked_against_the_units_of_its_day_with_the_rules_that_belong_to_them(bureau, clerk, as_):
    unit = put(
        "control_unit",
        clerk,
        bureau.district,
        code="ZH01",
        unit="石门重点单元",
        level="key",
        edition="2021版",
        discharge="不新增化工",
        day=LAST,
    )
    of = queries.register("control_unit")
    actions.set_outlines(of, {unit.pk: {"type": "Polygon", "coordinates": box(116.1, 39.9)}}, by=clerk, day=LAST, basis="方案")
    actions.change_entry(
        unit.pk, unit.values | {"edition": "2026版", "discharge": "不新增印染"}, by=clerk, area=unit.area, day=NOW, basis="动态更新"
    )
    put("access_rule", clerk, bureau.district, code="R1", rule="禁止新建化工项目", unit="ZH01")
    put("catering", clerk, bureau.towns["石门镇"], shop="旁边饭店", lon=116.151, lat=39.95)
    address = reverse("registers:at")
    now = as_(clerk).get(address, {"lon": "116.15", "lat": "39.95"}).content.decode()
    assert all(word in now for word in ("石门重点单元", "不新增印染", "禁止新建化工项目", "旁边饭店"))
    then = as_(clerk).get(address, {"lon": "116.15", "lat": "39.95", "on": "2026-01-01"}).content.decode()
    assert "不新增化工" in then
    assert "不新增印染" not in then
    assert "不在任何已划定的范围里" in as_(clerk).get(address, {"lon": "116.5", "lat": "39.95"}).content.decode()
    swapped = as_(clerk).get(address, {"lon": "39.95", "lat": "116.15"})
    assert swapped.status_code == 422
    assert "颠倒" in swapped.content.decode()
