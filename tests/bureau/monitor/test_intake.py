"""Readings into hours: labels, units, flags, held readings, and nothing lost or doubled whatever stops when."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from qingshan.bureau.monitor import readings, stores, work
from qingshan.bureau.monitor.actions import hours, intake
from qingshan.bureau.monitor.models import Arrival, Cursor, Held, Hour, Latest, Reread
from qingshan.terms import items

T = datetime(2026, 11, 20, 14)
CLEAN = {"a21026": 8, "a21004": 20, "a21005": 0.5, "a05024": 60, "a34002": 50, "a34004": 30}
pytestmark = pytest.mark.django_db


def rows(station="SM"):
    return stores.lake().hours(stations=[station]).to_pylist()


def test_an_hour_labelled_by_its_start_is_stored_under_its_end(network, journal, hour_frame, clock_at):
    clock_at(T + timedelta(minutes=2))
    frame = hour_frame(network["SM"].mn, T, CLEAN)
    assert b"DataTime=20261120130000" in frame
    journal(frame, received=T + timedelta(seconds=12))
    work.take_in()
    (row,) = rows()
    assert (row["time"], row["PM2.5"], row["CO"]) == (T, 30, 0.5)


def test_the_last_hour_of_a_day_is_hour_24_of_that_day(network, journal, hour_frame, clock_at):
    midnight = datetime(2026, 11, 21)
    clock_at(midnight + timedelta(minutes=2))
    journal(hour_frame(network["SM"].mn, midnight, CLEAN), received=midnight + timedelta(seconds=5))
    work.take_in()
    assert rows()[0]["time"] == midnight
    assert hours.day_of(midnight).day == 20


def test_an_hour_labelled_by_its_end_stays(network, journal, hour_frame, clock_at):
    clock_at(T)
    network["SM"].device.label = "end"
    network["SM"].device.save()
    journal(hour_frame(network["SM"].mn, T + timedelta(hours=1), CLEAN), received=T)
    work.take_in()
    assert rows()[0]["time"] == T


@pytest.mark.parametrize(
    ("value", "unit", "symbol", "expected"),
    [
        (75600, "ng/m³", "PM2.5", 75.6), (34.2, "µg/m³", "PM2.5", 34.2), (0.1783, "mg/m³", "PM2.5", 178.3),
        (900, "µg/m³", "CO", 0.9), (0.9, "mg/m³", "CO", 0.9), (0.012, "mg/m³", "SO2", 12.0),
    ],
)  # fmt: skip
def test_units_are_those_of_the_profile(value, unit, symbol, expected):
    assert readings.convert(value, unit, items.get(symbol)) == pytest.approx(expected, rel=1e-12)


def test_a_unit_of_another_kind_is_refused():
    with pytest.raises(readings.UnitUnknown, match="可用单位"):
        readings.convert(20, "%", items.get("PM2.5"))


def test_units_are_suggested_by_magnitude():
    pm = items.get("PM2.5")
    assert [readings.suggest_unit(pm, v) for v in ([75600, 12000], [34.2, 51], [0.1783], [])] == ["ng/m³", "µg/m³", "mg/m³", ""]


def test_a_flagged_value_is_kept_but_does_not_count(network, journal, hour_frame, clock_at):
    clock_at(T + timedelta(minutes=2))
    journal(hour_frame(network["SM"].mn, T, CLEAN, flags={"a34004": "D", "a21005": "C"}), received=T + timedelta(seconds=9))
    work.take_in()
    (row,) = rows()
    assert row["PM2.5"] is None
    assert row["CO"] is None
    assert row["PM10"] == 50
    (version,) = stores.lake().versions("SM", T)
    assert version["PM2.5"] == 30
    assert "PM2.5:D" in version["flags"]
    latest = Latest.objects.get(station__code="SM", item="PM2.5", kind="hour")
    assert (latest.value, latest.flag, latest.is_valid) == (30, "D", False)
    assert Hour.objects.get(station__code="SM").aqi is None  # HJ 633—2026 5.3.1: an item missing, the rest ≤ 100


def test_an_hour_leads_back_to_its_frame(network, journal, hour_frame, clock_at):
    clock_at(T + timedelta(minutes=2))
    journal(hour_frame(network["SM"].mn, T, CLEAN), received=T + timedelta(seconds=9))
    work.take_in()
    (version,) = stores.lake().versions("SM", T)
    number = int(version["origin"].removeprefix("frame:"))
    assert b"a34004-Avg=30" in stores.reader().frame(number).raw


@pytest.mark.parametrize("stop", ["store", "keep", "cursor"])
def test_a_stop_between_any_two_steps_loses_and_doubles_nothing(network, journal, hour_frame, clock_at, monkeypatch, stop):
    clock_at(T + timedelta(minutes=2))
    for i in range(3):
        journal(
            hour_frame(network["SM"].mn, T - timedelta(hours=2 - i), {**CLEAN, "a34004": 30 + i}), received=T + timedelta(seconds=9 + i)
        )

    class Killed(BaseException):
        pass

    def die(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as patch:
        if stop == "store":
            patch.setattr(intake, "store", die)
        elif stop == "keep":
            patch.setattr(intake, "keep", die)  # stored in the lake, nothing in the database
        else:
            patch.setattr(intake.clock, "now", die)  # after keep, before the cursor moves
        with pytest.raises(Killed):
            intake.step(stores.reader(), stores.lake())
    assert Cursor.objects.filter(frame__gt=0).count() == 0
    assert Arrival.objects.count() == 0  # the same transaction
    work.take_in()
    work.take_in()
    assert [r["PM2.5"] for r in rows()] == [30, 31, 32]
    assert all(len(stores.lake().versions("SM", r["time"])) == 1 for r in rows())
    assert Hour.objects.get().time == T


def test_a_corrected_hour_supersedes_and_the_earlier_stays(network, journal, hour_frame, clock_at):
    clock_at(T + timedelta(minutes=40))
    journal(hour_frame(network["SM"].mn, T, CLEAN), received=T + timedelta(seconds=9))
    work.take_in()
    journal(hour_frame(network["SM"].mn, T, {**CLEAN, "a34004": 44}), received=T + timedelta(minutes=30))
    work.take_in()
    assert rows()[0]["PM2.5"] == 44
    assert [v["PM2.5"] for v in stores.lake().versions("SM", T)] == [30, 44]
    assert stores.lake().hours(stations=["SM"], as_of=T + timedelta(minutes=10)).to_pylist()[0]["PM2.5"] == 30


def test_an_unknown_device_is_held_and_taken_in_once_admitted(network, journal, hour_frame, clock_at, clerk):
    from qingshan.bureau.monitor.actions import devices

    clock_at(T + timedelta(minutes=2))
    journal(hour_frame("NEWDEVICE0000000000001", T, {"a34004": 34200}), received=T + timedelta(seconds=9))
    work.take_in()
    assert rows() == []
    held = Held.objects.get()
    assert (held.mn, held.sample) == ("NEWDEVICE0000000000001", [34200])
    devices.save("NEWDEVICE0000000000001", by=clerk, station=network["SM"].station, units={"a34004": "ng/m³"}, admitted=True)
    assert Reread.objects.filter(done=None).count() == 1
    work.take_in()
    assert rows()[0]["PM2.5"] == pytest.approx(34.2)
    assert not Held.objects.exists()


def test_a_factor_without_a_unit_is_held_and_said_so(network, journal, hour_frame, clock_at):
    clock_at(T + timedelta(minutes=2))
    device = network["SM"].device
    device.units = {"a34004": "µg/m³"}
    device.save()
    journal(hour_frame(network["SM"].mn, T, {"a34004": 30, "a34002": 50}), received=T)
    work.take_in()
    assert rows()[0]["PM10"] is None
    held = Held.objects.get()
    assert (held.code, held.reason) == ("a34002", "设备档案未写这个因子的单位")


def minutes(network, minute_frame, n, flags=None):
    start = T - timedelta(hours=1)
    return [
        minute_frame(network["SM"].mn, start + timedelta(minutes=m), {"a34004": 30 + m % 2}, flags=flags(m) if flags else None)
        for m in range(n)
    ]


def test_an_hour_is_built_from_45_valid_minutes_when_the_device_sends_none(network, journal, minute_frame, clock_at):
    clock_at(T + timedelta(minutes=2))
    journal(*minutes(network, minute_frame, 45), received=T + timedelta(seconds=1))
    work.take_in()
    assert rows() == []  # the device's own hour is waited for
    clock_at(T + timedelta(minutes=6))
    work.take_in()
    (row,) = rows()
    assert row["time"] == T
    assert row["PM2.5"] == pytest.approx((23 * 30 + 22 * 31) / 45)


def test_44_valid_minutes_are_not_an_hour(network, journal, minute_frame, clock_at):
    clock_at(T + timedelta(minutes=6))
    journal(*minutes(network, minute_frame, 60, lambda m: {"a34004": "N" if m < 44 else "C"}), received=T + timedelta(seconds=1))
    work.take_in()
    assert [r["PM2.5"] for r in rows()] in ([], [None])


def test_the_devices_own_hour_stands_over_its_minutes(network, journal, minute_frame, hour_frame, clock_at):
    clock_at(T + timedelta(minutes=6))
    journal(*minutes(network, minute_frame, 60), hour_frame(network["SM"].mn, T, {"a34004": 29}), received=T + timedelta(seconds=1))
    work.take_in()
    assert rows()[0]["PM2.5"] == 29
    assert len(stores.lake().versions("SM", T)) == 1


def test_hourly_aqi_is_by_the_edition_of_the_day(network):
    values = {"SO2": 8, "NO2": 20, "CO": 0.5, "O3": 60, "PM10": 50, "PM2.5": 70}
    before = hours.evaluate(datetime(2026, 3, 1, 0), values)  # hour 24 of 28 February
    after = hours.evaluate(datetime(2026, 3, 1, 1), values)
    assert (before["edition"], before["aqi"], before["level"]) == ("HJ 633—2012", 94, 2)
    assert (after["edition"], after["aqi"], after["level"], after["primary"]) == ("HJ 633—2026", 110, 3, "PM2.5")


def test_an_hour_from_the_future_never_runs_ahead_of_live_data(network, journal, hour_frame, clock_at):
    clock_at(T + timedelta(minutes=2))
    journal(hour_frame(network["SM"].mn, datetime(2027, 1, 1, 8), CLEAN), received=T + timedelta(seconds=9))
    work.take_in()
    assert rows() == []
    assert "请核对时间标签或设备时钟" in Held.objects.first().reason
    journal(hour_frame(network["SM"].mn, T, CLEAN), received=T + timedelta(seconds=20))
    work.take_in()
    assert Hour.objects.get().time == T


def test_a_label_set_wrong_is_noticed_by_hours_that_end_after_they_came(network, journal, hour_frame, clock_at):
    clock_at(T + timedelta(minutes=2))
    journal(hour_frame(network["SM"].mn, T + timedelta(hours=1), CLEAN), received=T + timedelta(seconds=9))  # labelled by its end: 14:00
    work.take_in()
    assert rows() == []
    assert Held.objects.exists()


def test_a_hostile_device_name_breaks_no_page(network, journal, hour_frame, clock_at, clerk, as_):
    from django.urls import reverse

    clock_at(T + timedelta(minutes=2))
    journal(hour_frame("../a/b?x<script>", T, {"a34004": 30}), received=T + timedelta(seconds=9))
    work.take_in()
    page = as_(clerk).get(reverse("monitor:links"))
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()
    assert "a/b?x&lt;script&gt;" in page.content.decode()
