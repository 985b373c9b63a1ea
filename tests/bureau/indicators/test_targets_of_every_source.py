"""Targets without a single hour of air: tasks, reports, water say their own values and lights."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from qingshan.bureau.indicators import assessments, targets
from qingshan.bureau.indicators.models import Report
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.sites.models import Network, Station
from qingshan.lake import Lake
from qingshan.lake.samples import Sample

pytestmark = pytest.mark.django_db
TODAY = date(2026, 7, 2)  # 183 of 365 days: 50.1 %


@pytest.fixture
def july(bureau, own_folders, monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-07-02T10:00:00")
    assessments.clear()
    yield bureau
    assessments.clear()


def target(indicator, operator, value, area=None):
    return Task(indicator=indicator, operator=operator, value=Decimal(str(value)), area=area, year=2026)


def test_air_says_there_are_no_data_yet(july):
    assert targets.measure(target("pm2_5_mean", "<=", 30), TODAY).reason == "还没有监测数据"


def test_a_register_and_a_report_have_values_without_air(july, clerk):
    network = Network.objects.create(name="空气站")
    Station.objects.create(code="A1", name="甲", network=network, level="town", area=july.towns["石门镇"])
    found = targets.measure(target("stations_in_use", ">=", 1), TODAY)
    assert (found.value, found.light, found.words) == (1, "green", "已达到")
    empty = targets.measure(target("coal_use", "<=", 1000), TODAY)
    assert (empty.value, empty.words) == (None, "数据不足")
    for month, tons in ((1, 150), (2, 150), (3, 100), (4, 80), (5, 20)):
        Report.objects.create(
            indicator="coal_use", period=f"2026-{month:02}", area=july.district, value=Decimal(tons), state="confirmed", by=clerk,
            at=datetime(2026, month + 1, 3), organisation=clerk.organisation,
        )  # fmt: skip
    found = targets.measure(target("coal_use", "<=", 1000), TODAY)
    assert (found.value, found.done, found.due) == (500, 50.0, 41.4)  # to 31 May, the last month reported: 151 of 365 days
    assert (found.light, found.words, found.capped, found.on) == ("red", "超进度", True, date(2026, 5, 31))
    some = targets.measure(target("coal_use", ">=", 1000), TODAY)
    assert (some.light, some.words) == ("green", "按序时")


def test_water_has_a_light_of_its_own(july, own_folders):
    network = Network.objects.create(name="断面", medium="water")
    for code, town in (("W1", "石门镇"), ("W2", "柳泉镇")):
        Station.objects.create(code=code, name=code, network=network, level="city", area=july.towns[town], body="river", target="Ⅲ")
    rows = []
    for month in range(1, 7):
        for code, ammonia in (("W1", 0.3), ("W2", 1.2)):
            values = {"pH": 7.5, "DO": 8.0, "CODMn": 3.0, "NH3-N": ammonia, "TP": 0.05}
            rows += [Sample(code, datetime(2026, month, 10), item, value) for item, value in values.items()]
    Lake(own_folders / "lake").put_samples(rows, received=datetime(2026, 7, 1), origin="import:1")
    assessments.clear()
    found = targets.measure(target("water_good_ratio", ">=", 100), TODAY)
    assert (found.value, found.light, found.words) == (50.0, "red", "未达标")
    assert "低于目标 50.0" in found.gap
    town = targets.measure(target("water_good_ratio", ">=", 100, july.towns["石门镇"]), TODAY)
    assert (town.value, town.light) == (100.0, "green")
