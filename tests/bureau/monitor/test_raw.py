"""Real-time readings into minutes and hours: the counts of 附录 D, flow, flags, what a device says differently, and a stop half-way."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from qingshan.bureau.monitor import stores, work
from qingshan.bureau.monitor.actions import hours, intake
from qingshan.bureau.monitor.models import Cursor, Difference, MadeMinute
from qingshan.bureau.sites import actions as sites
from qingshan.bureau.sites.models import Device
from qingshan.gateway import simulator

T = datetime(2026, 11, 20, 14)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def outlets(bureau):
    """A stack FG and a works' outlet WW with their devices."""
    stores._lake.cache_clear()
    stores._gathered.cache_clear()
    for code, medium, its, units in (
        ("FG", "flue", ["flue_flow", "flue_SO2", "O2"], {"a00000": "m³/s", "a21026": "mg/m³"}),
        ("WW", "wastewater", ["flow", "COD"], {"w00000": "L/s"}),
    ):
        station = sites.add_station(
            by=None, code=code, name=f"{code}口", network=f"{medium}网", medium=medium, level="city", area=bureau.towns["石门镇"],
            items=its, outlet={"firm": "石门热力"},
        )  # fmt: skip
        Device.objects.create(mn=mn(code), station=station, units=units, admitted=True, minutes=10 if code == "WW" else 1)


def mn(code: str) -> str:
    return f"QSDEMO0000000000000{code}01"


clocks = simulator.Clock(datetime(2026, 1, 1))


def now(code: str, at: datetime, values: dict, cn: str = "2011", **more) -> bytes:
    return simulator.record(mn(code), at, values, qn=clocks.next(at), cn=cn, st="31" if code == "FG" else "32", **more)


def made(item: str) -> list[tuple]:
    found = MadeMinute.objects.filter(item=item).order_by("time")
    return [(m.time, None if m.value is None else round(m.value, 6), m.flag, m.count) for m in found]


def test_a_minute_of_flue_gas_needs_twelve_readings_and_three_quarters_normal(outlets, journal, clock_at):
    clock_at(T + timedelta(minutes=9))
    for k, n, odd in ((0, 12, 0), (1, 11, 0), (2, 16, 4), (3, 17, 5)):
        for i in range(n):
            at = T + k * MINUTE + 3 * i * SECOND
            flag = {"a21026": "D"} if i < odd else {}
            journal(now("FG", at, {"a21026": 20 + i}, flags=flag), received=at + SECOND)
    at = T + 8 * MINUTE
    journal(now("FG", at, {"a21026": 1}), received=at)
    work.take_in()
    assert made("flue_SO2") == [
        (T, 25.5, "N", 12), (T + MINUTE, None, "-", 11), (T + 2 * MINUTE, 29.5, "N", 16), (T + 3 * MINUTE, None, "D", 17),
    ]  # fmt: skip


def test_ten_minutes_of_wastewater_are_weighted_and_one_abnormal_reading_spoils_them(outlets, journal, clock_at):
    clock_at(T + timedelta(minutes=40))
    frames = []
    for k in range(3):
        for i in range(120):
            at = T + (10 * k) * MINUTE + 5 * i * SECOND
            flag = {"w01018": "T"} if k == 1 and i == 7 else {}
            frames.append((at, now("WW", at, {"w00000": 30 if i % 2 else 10, "w01018": 40 if i % 2 else 20}, flags=flag)))
    for at, frame in frames[:300]:  # the third has 60
        journal(frame, received=at + SECOND)
    journal(now("WW", T + 39 * MINUTE, {"w00000": 1, "w01018": 1}), received=T + 39 * MINUTE)
    work.take_in()
    assert made("COD") == [(T, 35, "N", 120), (T + 10 * MINUTE, None, "T", 120), (T + 20 * MINUTE, None, "-", 60)]
    assert made("flow") == [(T, 20, "N", 120), (T + 10 * MINUTE, 20, "N", 120), (T + 20 * MINUTE, None, "-", 60)]


def minute_of(journal, k: int, value: float, n: int = 12) -> None:
    for i in range(n):
        at = T + k * MINUTE + 5 * i * SECOND
        journal(now("FG", at, {"a21026": value, "a19001": 9}), received=at + SECOND)


def test_an_hour_is_built_of_real_time_readings_alone(outlets, journal, clock_at):
    frames = [now("FG", T + 5 * i * SECOND, {"a21026": 20, "a19001": 9}) for i in range(46 * 12)]
    for k in range(46):
        journal(*frames[k * 12 : k * 12 + 12], received=T + (k + 1) * MINUTE)
    clock_at(T + timedelta(minutes=66))
    work.take_in()
    hours.build(stores.lake())
    (row,) = stores.lake().rows(["FG"], T + timedelta(hours=1), T + timedelta(hours=1)).to_pylist()
    assert (row["flue_SO2"], row["O2"], row["origin"].startswith("frames:1-")) == (20, 9, True)


def test_what_the_device_says_stands_and_what_differs_is_shown(outlets, journal, clock_at, clerk, as_):
    minute_of(journal, 0, 20)
    minute_of(journal, 1, 20)
    for k, said in ((0, 20.2), (1, 15)):
        at = T + (k + 1) * MINUTE
        journal(now("FG", T + k * MINUTE, {"a21026": said}, cn="2051"), received=at + 5 * SECOND)
    end = T + timedelta(hours=1)
    journal(now("FG", T, {"a21026": 12}, cn="2061"), received=end + 9 * SECOND)
    clock_at(end + timedelta(minutes=6))
    work.take_in()
    hours.build(stores.lake())
    found = {(d.kind, d.time): (d.said, d.made) for d in Difference.objects.all()}
    assert found == {("minute", T + MINUTE): (15, 20)}  # two minutes make no hour to hold the device's against
    (row,) = stores.lake().rows(["FG"], end, end).to_pylist()
    assert row["flue_SO2"] == 12
    page = as_(clerk).get("/stations/FG/").content.decode()
    assert "汇总与上报不符" in page


def test_an_hour_of_the_device_that_its_minutes_contradict(outlets, journal, clock_at):
    for k in range(50):
        journal(now("FG", T + k * MINUTE, {"a21026": 20}, cn="2051"), received=T + (k + 1) * MINUTE)
    end = T + timedelta(hours=1)
    journal(now("FG", T, {"a21026": 12}, cn="2061"), received=end + 9 * SECOND)
    clock_at(end + timedelta(minutes=6))
    work.take_in()
    hours.build(stores.lake())
    (one,) = Difference.objects.all()
    assert (one.kind, one.said, one.made) == ("hour", 12, 20)
    assert stores.lake().hours(["FG"], end, end, ("flue_SO2",))["flue_SO2"].to_pylist() == [12]
    hours.build(stores.lake())
    assert Difference.objects.count() == 1


def test_a_stop_half_way_through_a_minute_loses_and_doubles_nothing(outlets, journal, clock_at, monkeypatch):
    clock_at(T + 40 * SECOND)
    minute_of(journal, 0, 20, n=7)
    work.take_in()
    stores._gathered.cache_clear()  # the process ends; what was open was in memory
    for i in range(7, 12):
        at = T + 5 * i * SECOND
        journal(now("FG", at, {"a21026": 32, "a19001": 9}), received=at + SECOND)
    real = intake.keep

    def fails(batch):
        real(batch)
        raise OSError("磁盘满")

    monkeypatch.setattr(intake, "keep", fails)
    with pytest.raises(OSError, match="磁盘满"):
        work.take_in()
    monkeypatch.setattr(intake, "keep", real)
    journal(now("FG", T + 4 * MINUTE, {"a21026": 1}), received=T + 4 * MINUTE)
    work.take_in()
    assert made("flue_SO2") == [(T, 25, "N", 12)]
    assert Cursor.objects.get(name="raw").frame == 12  # the last minute is open


def test_a_device_of_another_pace_needs_fewer(outlets, journal, clock_at):
    Device.objects.filter(mn=mn("FG")).update(seconds=30)
    clock_at(T + timedelta(minutes=5))
    minute_of(journal, 0, 20, n=2)
    journal(now("FG", T + 4 * MINUTE, {"a21026": 1}), received=T + 4 * MINUTE)
    work.take_in()
    assert made("flue_SO2") == [(T, 20, "N", 2)]
