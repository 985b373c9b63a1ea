"""A device's own map of factors: other codes, other units, a factor, from a day on; nothing guessed in silence."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.monitor import readings, stores, work
from qingshan.bureau.monitor.actions import factors as actions
from qingshan.bureau.monitor.models import Held
from qingshan.bureau.sites.factors import Factor
from qingshan.bureau.sites.models import Device
from qingshan.terms import items

T = datetime(2026, 11, 20, 14)
pytestmark = pytest.mark.django_db


def value(item: str, at: datetime = T) -> float | None:
    return stores.lake().hours(["SM"], at, at, (item,))[item].to_pylist()[0]


def test_a_code_of_its_own_is_held_until_the_map_says_what_it_is(network, journal, hour_frame, clock_at, clerk):
    clock_at(T + timedelta(minutes=2))
    mn = network["SM"].mn
    journal(hour_frame(mn, T, {"a34004": 30, "a99xyz": 0.052}), received=T + timedelta(seconds=9))
    work.take_in()
    assert Held.objects.get(mn=mn).code == "a99xyz"
    actions.save_factors(mn, [Factor("a99xyz", "PM10", "mg/m³", 2.0)], by=clerk)
    work.take_in()
    assert (value("PM10"), value("PM2.5")) == (104, 30)
    assert not Held.objects.filter(mn=mn).exists()


def test_a_unit_changes_on_its_day(network, journal, hour_frame, clock_at, clerk):
    clock_at(T + timedelta(days=1, minutes=2))
    mn = network["SM"].mn
    rows = [
        Factor("a34004", "PM2.5", "µg/m³", until="2026-11-20"), Factor("a34004", "PM2.5", "mg/m³", since="2026-11-21"),
        Factor("a21026", ""),
    ]  # fmt: skip
    actions.save_factors(mn, rows, by=clerk)
    journal(hour_frame(mn, T, {"a34004": 30, "a21026": 8}), received=T + timedelta(seconds=9))
    later = T + timedelta(days=1)
    journal(hour_frame(mn, later, {"a34004": 0.031, "a21026": 8}), received=later + timedelta(seconds=9))
    work.take_in()
    assert (value("PM2.5"), value("PM2.5", later), value("SO2")) == (30, 31, None)
    assert not Held.objects.filter(mn=mn).exists()  # left out on purpose


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([Factor("a34004", "COD")], "没有项目"),
        ([Factor("a34004", "PM2.5", "L/s")], "不能以"),
        ([Factor("a34004", "PM2.5", "µg/m³", 0)], "系数"),
        ([Factor("a34004", "PM2.5", since="2026-13-01")], "不是日期"),
        ([Factor("a34004", "PM2.5", since="2026-02-01", until="2026-01-01")], "早于"),
        ([Factor("a34004", "PM2.5", until="2026-02-01"), Factor("a34004", "PM10", since="2026-02-01")], "重叠"),
        ([Factor("", "PM2.5")], "编码"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(network, clerk, rows, words):
    with pytest.raises(Refused, match=words):
        actions.save_factors(network["SM"].mn, rows, by=clerk)
    assert Device.objects.get(mn=network["SM"].mn).factors == {}


def test_the_page_shows_changes_and_refuses(network, journal, hour_frame, clock_at, clerk, town_person, stranger, as_):
    clock_at(T + timedelta(minutes=2))
    mn = network["SM"].mn
    journal(hour_frame(mn, T, {"a34004": 30, "a99xyz": 0.052, "a01001": 12}), received=T + timedelta(seconds=9))
    work.take_in()
    url = f"/stations/factors/{mn}/"
    page = as_(clerk).get(url).content.decode()
    for words in ("a99xyz", "0.052", "1 个因子没有入库", "没有确认"):
        assert words in page, words
    said = {"code": ["a99xyz"], "item": ["PM10"], "unit": ["mg/m³"], "times": ["1,5"], "since": [""], "until": [""]}
    assert as_(clerk).post(url, said).status_code == 422
    assert as_(clerk).post(url, said | {"times": ["1.5"]}).status_code == 302
    assert Device.objects.get(mn=mn).factors["a99xyz"][0]["times"] == 1.5
    assert "照这一行" in as_(clerk).get(url).content.decode()
    assert as_(stranger).get(url).status_code == 404
    assert as_(town_person).post(url, said).status_code == 404
    with pytest.raises(Exception, match="准入设备"):
        actions.save_factors(mn, [], by=town_person)


def test_units_of_water_convert_and_are_suggested_by_size():
    cod = items.get("COD", "wastewater")
    assert readings.convert(52000, "µg/L", cod) == pytest.approx(52)
    assert readings.units(cod) == ("mg/L", "µg/L", "g/L")
    assert [readings.suggest_unit(cod, v) for v in ([52000, 48000], [52, 48], [])] == ["µg/L", "mg/L", ""]
