"""Map, stations, frames, alarms as each person sees them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from qingshan.bureau.monitor import work
from qingshan.bureau.monitor.models import Alarm
from qingshan.bureau.sites.models import Device

T = datetime(2026, 11, 20, 14)
CLEAN = {"a21026": 8, "a21004": 20, "a21005": 0.5, "a05024": 60, "a34002": 50}
pytestmark = pytest.mark.django_db


@pytest.fixture
def live(network, journal, hour_frame, clock_at):
    """An hour at both stations, 石门站 above the alarm level, and a frame of a device nobody knows."""
    clock_at(T + timedelta(minutes=5))
    for code, pm in (("SM", 140), ("LQ", 40)):
        journal(hour_frame(network[code].mn, T, {**CLEAN, "a34004": pm}), received=T + timedelta(seconds=9))
    journal(hour_frame("UNKNOWN00000000000001", T, {"a34004": 34}), received=T + timedelta(seconds=9))
    work.take_in()
    return network


def test_the_map_shows_what_is_in_scope(live, clerk, town_person, stranger, as_):
    found = {p: [s["code"] for s in as_(p).get(reverse("monitor:map_json")).json()["stations"]] for p in (clerk, town_person, stranger)}
    assert (sorted(found[clerk]), found[town_person], found[stranger]) == (["LQ", "SM"], ["SM"], [])


def test_a_dot_has_level_alarm_and_values(live, clerk, as_):
    data = as_(clerk).get(reverse("monitor:map_json")).json()
    dot = next(s for s in data["stations"] if s["code"] == "SM")
    assert (dot["aqi"], dot["level"], dot["stale"], dot["alarms"]) == (186, 4, False, ["PM2.5 140"])
    assert ["PM2.5", "140"] in dot["values"]


def test_after_two_hours_without_data_a_station_is_stale(live, clerk, as_, clock_at):
    clock_at(T + timedelta(hours=2, minutes=1))
    data = as_(clerk).get(reverse("monitor:map_json")).json()
    assert all(s["stale"] and s["aqi"] is None and s["state"] == "中断 2 小时" for s in data["stations"])


@pytest.mark.parametrize("name", ["monitor:map", "monitor:stations", "monitor:links", "monitor:alarms", "cases:orders"])
def test_pages_answer_without_any_data(bureau, clerk, town_person, stranger, as_, name):
    for person in (clerk, town_person, stranger):
        assert as_(person).get(reverse(name)).status_code == 200


def test_a_station_page_leads_from_the_hour_to_the_raw_frame(live, clerk, as_):
    client = as_(clerk)
    page = client.get(reverse("monitor:station", args=["SM"])).content.decode()
    card = reverse("monitor:hour", args=["SM", "2026112014"])
    assert card in page
    hour = client.get(card + "?item=PM2.5", headers={"QS-Card": "1"}).content.decode()
    number = int(hour.split("/stations/frames/")[1].split("/")[0])
    frame = client.get(reverse("monitor:frame", args=[number])).content.decode()
    assert "a34004-Avg=140" in frame
    assert "合格" in frame
    assert "封印" in frame


def test_another_towns_station_hour_frame_and_alarm_do_not_exist(live, town_person, as_):
    client = as_(town_person)
    for name, args in (("station", ["LQ"]), ("series", ["LQ"]), ("hour", ["LQ", "2026112014"])):
        assert client.get(reverse(f"monitor:{name}", args=args)).status_code == 404
    assert client.get(reverse("monitor:frame", args=[2])).status_code == 404  # 柳泉's
    assert client.get(reverse("monitor:frame", args=[3])).status_code == 404  # nobody's
    assert client.get(reverse("monitor:frame", args=[1])).status_code == 200
    assert client.get(reverse("monitor:device", args=["UNKNOWN00000000000001"])).status_code == 404


def test_a_town_may_look_at_its_device_but_not_change_it(live, town_person, as_):
    client = as_(town_person)
    url = reverse("monitor:device", args=[live["SM"].mn])
    assert client.get(url).status_code == 200
    assert client.post(url, {"admitted": "on"}).status_code == 404


def test_an_unknown_device_is_listed_and_admitted_with_its_units(live, clerk, as_):
    client = as_(clerk)
    assert "待准入" in client.get(reverse("monitor:links")).content.decode()
    url = reverse("monitor:device", args=["UNKNOWN00000000000001"])
    assert "按数值大小建议 µg/m³" in client.get(url).content.decode()
    answer = client.post(url, {"protocol": "2017", "label": "start", "minutes": 1, "seconds": 5, "admitted": "on", "unit_a34004": "µg/m³"})
    assert answer.status_code == 422
    assert "须先选定它所在的站点" in answer.content.decode()
    station = live["LQ"].station.pk
    answer = client.post(
        url, {"station": station, "protocol": "2017", "label": "start", "minutes": 1, "seconds": 5, "admitted": "on", "unit_a34004": "µg/m³"}
    )
    assert answer.status_code == 302
    assert Device.objects.get(mn="UNKNOWN00000000000001").units == {"a34004": "µg/m³"}


def test_series_say_value_flag_limit_and_gap(live, clerk, as_):
    client = as_(clerk)
    data = client.get(
        reverse("monitor:series", args=["SM"]), {"item": "PM2.5", "window": "hour", "start": "2026-11-20", "end": "2026-11-20"}
    ).json()
    assert data["points"][-1] == [T.isoformat(), 140, ""]
    assert data["points"][0][1:] == [None, "-"]
    data = client.get(
        reverse("monitor:series", args=["SM"]), {"item": "PM2.5", "window": "day", "start": "2026-02-27", "end": "2026-03-02"}
    ).json()
    assert [(s["value"], s["from"]) for s in data["limits"]] == [(75, "2026-02-27"), (60, "2026-03-01")]
    assert data["editions"][0]["day"] == "2026-03-01"
    assert client.get(reverse("monitor:series", args=["SM"]), {"start": "x"}).status_code == 400


def test_an_alarm_page_shows_its_hours_and_order(live, clerk, as_):
    alarm = Alarm.objects.get()
    page = as_(clerk).get(reverse("monitor:alarm", args=[alarm.pk])).content.decode()
    assert alarm.case.number in page
    assert "HJ 633—2026" in page
    data = as_(clerk).get(reverse("monitor:alarm_json", args=[alarm.pk])).json()
    assert data["level"]["value"] == 115


def test_lists_ask_the_database_the_same_number_of_times_for_more_rows(live, clerk, as_, django_assert_max_num_queries, bureau):
    from qingshan.bureau.sites.models import Network, Station

    net = Network.objects.first()
    for i in range(30):
        Station.objects.create(code=f"M{i}", name=f"微站{i}", network=net, level="micro", area=bureau.towns["石门镇"], lon=116.5, lat=40.3)
    client = as_(clerk)
    with django_assert_max_num_queries(40):
        assert client.get(reverse("monitor:stations")).status_code == 200
    with django_assert_max_num_queries(40):
        assert client.get(reverse("monitor:map")).status_code == 200
