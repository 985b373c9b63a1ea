"""SensorThings 1.1 for outsiders: what is opened and valid, nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from tests.bureau.monitor.conftest import clock_at, network  # noqa: F401

from qingshan.bureau.api import actions
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.monitor import stores

T = datetime(2026, 11, 20, 14)
STREAM = "Datastreams('SM:PM2.5')/Observations"
pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(network, chief, clock_at, settings):  # noqa: F811
    clock_at(T)
    stores._lake.cache_clear()
    rows = [
        {"station": code, "time": T - timedelta(hours=h), "received": T, "PM2.5": 30.0 + h, "CO": 0.5, "flags": "PM2.5:D" if h == 3 else None, "origin": "x"}
        for code in ("SM", "LQ") for h in range(6)
    ]  # fmt: skip
    stores.lake().put_rows(rows)
    actions.open_station(network["SM"].station.pk, by=chief, basis="公开目录〔2026〕1号")


def get(path: str, status: int = 200, **options):
    answer = Client().get(f"/api/sta/v1.1/{path}" if path else "/api/sta/v1.1", {f"${k}": v for k, v in options.items()})
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def follow(link: str):
    parts = urlsplit(link)
    answer = Client().get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 200, (link, answer.content.decode())
    return answer.json()


def test_every_link_leads_somewhere(opened):
    seen, waiting = set(), [one["url"] for one in get("")["value"] if one["name"] != "Observations"]
    while waiting:
        link = waiting.pop()
        if link in seen or "FeaturesOfInterest('SM')/Observations" in link:
            continue
        seen.add(link)
        said = follow(link)
        for entity in said.get("value", [said]):
            waiting += [v for k, v in entity.items() if k.endswith(("navigationLink", "selfLink"))]
    assert len(seen) > 40


def test_only_what_is_opened_and_valid_is_there(opened):
    assert [t["@iot.id"] for t in get("Things")["value"]] == ["SM"]
    get("Things('LQ')", 404)
    get("Datastreams('LQ:PM2.5')/Observations", 404)
    found = get(STREAM)["value"]
    assert [o["result"] for o in found] == [35, 34, 32, 31, 30]  # 33 is flagged
    assert found[-1]["phenomenonTime"] == "2026-11-20T05:00:00Z/2026-11-20T06:00:00Z"
    get("Observations('SM:PM2.5:2026112011')", 404)
    assert get("Observations('SM:PM2.5:2026112014')")["result"] == 30
    assert get("Things('SM')/Locations")["value"][0]["location"] == {"type": "Point", "coordinates": [116.5, 40.3]}


def test_pages_follow_one_another_until_the_end(opened):
    page, got = get(STREAM, top=2, count="true", orderby="phenomenonTime desc", filter="result gt 30"), []
    assert page["@iot.count"] == 4
    while True:
        got += [o["result"] for o in page["value"]]
        if "@iot.nextLink" not in page:
            break
        page = follow(page["@iot.nextLink"])
    assert got == [31, 32, 34, 35]


@pytest.mark.parametrize("text, expected", [
    ("phenomenonTime ge 2026-11-20T04:00:00Z", [31, 30]), ("phenomenonTime gt 2026-11-20T12:00:00+08:00", [30]),
    ("phenomenonTime lt 2026-11-20T02:00:00Z", [35]), ("phenomenonTime le 2026-11-20T02:00:00Z", [35, 34]),
    ("phenomenonTime ge 2026-11-20T02:00:00Z and result le 31.5", [31, 30]), ("resultTime eq 2026-11-20T06:00:00Z", [30]),
    ("result ne 30", [35, 34, 32, 31]),
])  # fmt: skip
def test_filters(opened, text, expected):
    assert [o["result"] for o in get(STREAM, filter=text)["value"]] == expected


def test_one_level_is_expanded(opened):
    (thing,) = get("Things", expand="Locations,Datastreams($top=2;$count=true)")["value"]
    assert thing["Locations"][0]["name"] == "石门站"
    assert (len(thing["Datastreams"]), thing["Datastreams@iot.count"], "Datastreams@iot.nextLink" in thing) == (2, 6, True)
    stream = get("Datastreams('SM:PM2.5')", expand="Thing,ObservedProperty,Observations($top=1;$orderby=phenomenonTime desc)")
    assert (stream["Thing"]["@iot.id"], stream["ObservedProperty"]["name"], stream["Observations"][0]["result"]) == ("SM", "细颗粒物", 30)
    assert "Observations" in follow(stream["Observations@iot.nextLink"])["value"][0]["@iot.selfLink"]


def test_a_data_array_and_a_selection(opened):
    (group,) = get(STREAM, resultFormat="dataArray", top=2)["value"]
    assert (group["components"][-1], group["dataArray@iot.count"], group["dataArray"][0][3]) == ("result", 2, 35)
    assert get("Things('SM')", select="name") == {"name": "石门站"}


def test_all_streams_at_once_need_a_bounded_time(opened):
    get("Observations", 400)
    found = get("Observations", filter="phenomenonTime ge 2026-11-20T05:00:00Z")["value"]
    assert {o["@iot.id"] for o in found} == {"SM:PM2.5:2026112014", "SM:CO:2026112014"}


@pytest.mark.parametrize("path, options, status", [
    ("Thing", {}, 404), ("Things(1)", {}, 404), ("Things('x')", {}, 404), ("Things('SM')/Sensor", {}, 404), ("Things/Locations", {}, 404),
    ("Things('SM')/Datastreams/Observations", {}, 501), (STREAM, {"filter": "contains(x,'y')"}, 501), (STREAM, {"filter": "result gt"}, 501),
    (STREAM, {"filter": "result gt 1 or result lt 2"}, 501), (STREAM, {"filter": "result gt 'x'"}, 400),
    (STREAM, {"filter": "phenomenonTime gt 2026-11-20T05:00:00"}, 400), (STREAM, {"filter": "phenomenonTime gt 5"}, 400),
    (STREAM, {"top": "-1"}, 400), (STREAM, {"top": "x"}, 400), (STREAM, {"orderby": "id"}, 501), (STREAM, {"apply": "x"}, 501),
    ("Things", {"expand": "Datastreams($expand=Observations)"}, 501), ("Things", {"expand": "Sensors"}, 400), ("Things", {"filter": "name gt 'a'"}, 501),
    ("Things", {"resultFormat": "dataArray"}, 501), ("Observations('SM:PM2.5:9999999999')", {}, 404),
])  # fmt: skip
def test_what_is_not_answered_is_said(opened, path, options, status):
    assert get(path, status, **options)["message"]


def test_opening_and_closing_is_a_leaders_decision(opened, network, chief, clerk, as_):  # noqa: F811
    with pytest.raises(Exception, match="权限"):
        actions.open_station(network["LQ"].station.pk, by=clerk, basis="x")
    with pytest.raises(Refused):
        actions.open_station(network["LQ"].station.pk, by=chief, basis=" ")
    as_(chief).post("/open/", {"station": "LQ", "basis": "公开目录"})
    assert len(get("Things")["value"]) == 2
    as_(chief).post("/open/", {"station": "SM", "act": "close"})
    assert [t["@iot.id"] for t in get("Things")["value"]] == ["LQ"]
    assert AuditEvent.objects.filter(action="停止开放站点数据").exists()
    assert Client().post("/api/sta/v1.1/Things").status_code == 405
