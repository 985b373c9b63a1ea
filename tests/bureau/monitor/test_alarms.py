"""Alarm episodes: one a station and item, opened, continued, ended, resumed; and the order they open."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.cases.models import Case
from qingshan.bureau.monitor import levels, stores, work
from qingshan.bureau.monitor.models import Alarm

T = datetime(2026, 11, 20, 14)
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db
FULL = {"a21026": 8, "a21004": 20, "a21005": 0.5, "a05024": 60, "a34002": 90}


@pytest.fixture
def arrive(network, journal, hour_frame, clock_at):
    """``arrive(hour, value, code=)``: the hour comes 10 s after its end and the worker does a round."""

    def one(time: datetime, value, code="a34004", station="SM", late=timedelta(seconds=10), flag="N"):
        clock_at(time + late + timedelta(seconds=2))
        values = {**FULL, "a34004": 30, code: value}
        journal(hour_frame(network[station].mn, time, values, flags={code: flag}), received=time + late)
        work.take_in()

    return one


def test_a_value_equal_to_the_level_opens_nothing(arrive):
    arrive(T, 115)  # HJ 633—2026 表3: 115 is index 150
    assert not Alarm.objects.exists()


def test_a_value_above_opens_one_alarm_and_one_order_to_the_town(arrive, network, bureau):
    arrive(T, 116)
    alarm = Alarm.objects.get()
    assert (alarm.station.code, alarm.item, alarm.peak, alarm.threshold, alarm.opened_at) == ("SM", "PM2.5", 116, 115, T)
    assert alarm.is_open
    case = Case.objects.get()
    assert alarm.case == case
    assert (case.responsible, case.area, case.state) == (bureau.governments["石门镇"], bureau.towns["石门镇"], "issued")
    assert case.title == "石门站 PM2.5 小时值 116"
    assert "HJ 633—2026" in alarm.clause
    assert AuditEvent.objects.filter(action="报警").count() == 1


def test_values_are_rounded_before_they_are_compared(arrive):
    arrive(T, 115.5)  # 115.5 → 116 (GB/T 8170, ties to even)
    assert Alarm.objects.count() == 1
    assert levels.shown("PM2.5", 115.5) == "116"


def test_an_episode_goes_on_and_is_one_alarm(arrive):
    for i, value in enumerate([120, 150, 130]):
        arrive(T + i * HOUR, value)
    alarm = Alarm.objects.get()
    assert (alarm.hours, alarm.peak, alarm.peak_at, alarm.last_at) == (3, 150, T + HOUR, T + 2 * HOUR)
    assert [r.value for r in alarm.rows.all()] == [120, 150, 130]
    assert Case.objects.count() == 1


def test_it_ends_with_the_first_valid_hour_not_above(arrive):
    arrive(T, 120)
    arrive(T + HOUR, 115)
    alarm = Alarm.objects.get()
    assert alarm.ended_at == T + HOUR
    assert alarm.hours == 1


@pytest.mark.parametrize("flag", ["D", "C", "M"])
def test_an_invalid_hour_neither_opens_nor_ends(arrive, flag):
    arrive(T, 300, flag=flag)
    assert not Alarm.objects.exists()
    arrive(T + HOUR, 120)
    arrive(T + 2 * HOUR, 10, flag=flag)
    assert Alarm.objects.get().is_open


def test_above_again_within_the_quiet_period_is_the_same_episode(arrive):
    arrive(T, 120)
    arrive(T + HOUR, 80)
    arrive(T + 3 * HOUR, 130)
    alarm = Alarm.objects.get()
    assert alarm.is_open
    assert (alarm.hours, alarm.peak) == (2, 130)
    assert Case.objects.count() == 1


def test_above_again_after_the_quiet_period_is_a_new_alarm(arrive):
    arrive(T, 120)
    arrive(T + HOUR, 80)
    arrive(T + 8 * HOUR, 130)
    assert Alarm.objects.count() == 2
    assert Case.objects.count() == 2


def test_ozone_waits_for_two_hours_in_a_row(arrive):
    arrive(T, 201, code="a05024")
    assert not Alarm.objects.exists()
    arrive(T + HOUR, 205, code="a05024")
    alarm = Alarm.objects.get()
    assert (alarm.item, alarm.opened_at, alarm.hours) == ("O3", T, 2)


def test_a_gap_between_two_hours_is_not_a_row(arrive):
    arrive(T, 201, code="a05024")
    arrive(T + 2 * HOUR, 205, code="a05024")
    assert not Alarm.objects.exists()


def test_back_filled_history_opens_nothing(arrive):
    arrive(T, 300, late=timedelta(hours=9))
    assert not Alarm.objects.exists()


def test_the_same_hour_again_opens_nothing_more(arrive, journal, hour_frame, network):
    arrive(T, 120)
    arrive(T, 125, late=timedelta(minutes=20))
    alarm = Alarm.objects.get()
    assert (alarm.hours, alarm.peak) == (1, 125)
    assert Case.objects.count() == 1


def test_a_stop_before_the_commit_repeats_no_alarm(arrive, monkeypatch):
    from qingshan.bureau.monitor.actions import orders

    class Killed(BaseException):
        pass

    real = orders.cases.open_case

    def die(*args, **kwargs):
        real(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(orders.cases, "open_case", die)
        with pytest.raises(Killed):
            arrive(T, 120)
    assert not Alarm.objects.exists()
    assert not Case.objects.exists()
    work.take_in()
    work.take_in()
    assert Alarm.objects.count() == Case.objects.count() == 1


def test_two_stations_are_two_alarms_each_to_its_own_town(arrive, bureau):
    arrive(T, 120)
    arrive(T, 130, station="LQ")
    assert {c.responsible for c in Case.objects.all()} == {bureau.governments["石门镇"], bureau.governments["柳泉镇"]}


def test_the_level_is_that_of_the_day(network):
    from qingshan.bureau.base import packs

    rule = packs.get("alarms", "so2_hour_high")
    assert levels.threshold(rule, T).value == 500
    assert "分指数 100" in levels.threshold(rule, T).words
    assert stores.lake().span() is None
