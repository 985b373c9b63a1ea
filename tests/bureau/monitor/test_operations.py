"""The operations page, and reporting an instrument down."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.monitor import stores, work
from qingshan.bureau.monitor.actions import marks
from qingshan.bureau.monitor.models import Alarm, Mark
from qingshan.bureau.monitor.queries import operations as of
from qingshan.bureau.monitor.standing import watch_silence

T = datetime(2026, 11, 20, 14)
CLEAN = {"a21026": 8, "a21004": 20, "a21005": 0.5, "a05024": 60, "a34002": 50, "a34004": 30}
MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("检修单.txt", "泵故障，更换中".encode())


def rows(person, at, area=None) -> dict[str, of.Running]:
    return {r.station.code if r.station else r.link.mn: r for r in of.running(person, at, area)}


@pytest.fixture
def live(network, journal, hour_frame, minute_frame, clock_at):
    """Ten minutes to 14:00 of 石门站, whose PM2.5 fell silent at 11:00; 柳泉站 with a clock half an hour slow."""
    for end in (T - timedelta(hours=3), T):
        values = CLEAN if end < T else {k: v for k, v in CLEAN.items() if k != "a34004"}
        journal(hour_frame(network["SM"].mn, end, values), received=end + timedelta(seconds=8))
    for k in range(10):
        start = T + k * MINUTE
        journal(minute_frame(network["SM"].mn, start, {"a21026": 8}), received=start + MINUTE + timedelta(seconds=4))
    journal(minute_frame(network["LQ"].mn, T - 25 * MINUTE, CLEAN), received=T + 6 * MINUTE)
    clock_at(T + 10 * MINUTE + timedelta(seconds=5))
    work.take_in()
    return network


def test_pace_clock_and_silent_items(live, clerk):
    found = rows(clerk, T + 10 * MINUTE + timedelta(seconds=5))
    good, slow = found["SM"], found["LQ"]
    assert (good.pace, good.drift, good.is_off) == (1.1, timedelta(seconds=4), False)
    assert good.silent == ("PM2.5",)
    assert (slow.drift_words, slow.is_off, slow.state) == ("慢 30 分", True, "fault")
    assert good.capture == pytest.approx(100 * 11 / 144)


def test_only_ones_own_town_and_a_towns_filter(live, bureau, clerk, town_person, stranger):
    at = T + 10 * MINUTE
    assert sorted(rows(clerk, at)) == ["LQ", "SM"]
    assert sorted(rows(clerk, at, bureau.towns["柳泉镇"])) == ["LQ"]
    assert (sorted(rows(town_person, at)), rows(stranger, at)) == (["SM"], {})


def test_the_page_shows_the_machine_to_the_bureau_only(live, clerk, town_person, as_):
    page = as_(clerk).get("/stations/operations/").content.decode()
    assert "磁盘剩余" in page
    assert "慢 30 分" in page
    town = as_(town_person).get("/stations/operations/?state=fault").content.decode()
    assert "磁盘剩余" not in town
    assert "柳泉站" not in town


def test_frames_before_a_moment_are_found_by_their_order(live):
    reader = stores.reader()
    assert reader.before("2000") == 0
    assert reader.before("2030") == reader.last()
    assert reader.frame(reader.before("2026-11-20T14:05:00")).received < "2026-11-20T14:05:00"
    assert reader.frame(reader.before("2026-11-20T14:05:00") + 1).received >= "2026-11-20T14:05:00"


def test_a_notice_agreed_to_stops_the_offline_alarm_and_its_end_starts_it_again(live, bureau, town_person, chief, clock_at):
    now = T + timedelta(hours=1)
    clock_at(now)
    mark = marks.report_down(
        "SM", "D", now, now + timedelta(hours=24), by=town_person, reason="采样泵损坏，厂家在修", evidence=photo()
    )  # fmt: skip
    assert of.down(now) == set()
    marks.agree(mark.pk, by=chief)
    assert of.down(now) == {live["SM"].station.pk}
    late = now + timedelta(hours=12)
    clock_at(late)
    watch_silence(late)
    assert not Alarm.objects.filter(station=live["SM"].station, item="", ended_at=None).exists()
    after = now + timedelta(hours=25)
    clock_at(after)
    watch_silence(after)
    assert Alarm.objects.filter(station=live["SM"].station, item="", ended_at=None).count() == 1


def test_an_open_offline_alarm_ends_once_the_notice_is_agreed_to(live, town_person, chief, clock_at):
    late = T + timedelta(hours=12)
    clock_at(late)
    watch_silence(late)
    assert Alarm.objects.filter(station=live["SM"].station, item="", ended_at=None).exists()
    mark = marks.report_down("SM", "F", late, late + timedelta(hours=5), by=town_person, reason="站房停电检修", evidence=photo())
    watch_silence(late)
    assert Alarm.objects.filter(station=live["SM"].station, item="", ended_at=None).exists()
    marks.agree(mark.pk, by=chief)
    watch_silence(late)
    assert not Alarm.objects.filter(station=live["SM"].station, item="", ended_at=None).exists()


def test_hours_that_come_while_it_is_down_carry_the_mark(live, journal, hour_frame, town_person, chief, clock_at):
    now = T + timedelta(hours=1)
    clock_at(now)
    mark = marks.report_down("SM", "M", now, now + timedelta(hours=3), by=town_person, reason="年度维护校准", evidence=photo())
    marks.agree(mark.pk, by=chief)
    journal(hour_frame(live["SM"].mn, now + timedelta(hours=2), CLEAN), received=now + timedelta(hours=2, seconds=5))
    work.take_in()
    row = stores.lake().versions("SM", now + timedelta(hours=2))[-1]
    assert row["PM2.5"] == 30
    assert "PM2.5:M" in row["flags"]


def test_a_notice_needs_evidence_and_is_not_for_next_month(live, town_person, clock_at):
    clock_at(T)
    with pytest.raises(Refused, match="佐证"):
        marks.report_down("SM", "D", T, T + timedelta(hours=2), by=town_person, reason="采样泵损坏", evidence=None)
    begin = T + timedelta(days=8)
    with pytest.raises(Refused, match="7 天以后"):
        marks.report_down("SM", "D", begin, begin + timedelta(hours=2), by=town_person, reason="计划检修", evidence=photo())
    with pytest.raises(Refused, match="故障、维护"):
        marks.report_down("SM", "N", T, T + timedelta(hours=2), by=town_person, reason="计划检修", evidence=photo())


def test_the_form_of_a_notice(live, town_person, stranger, as_, clock_at):
    clock_at(T + timedelta(minutes=20))
    said = {"station": "SM", "kind": "D", "start": "2026-11-20T14:00", "end": "2026-11-21T14:00", "reason": "采样泵损坏，厂家在修"}
    client = as_(town_person)
    assert client.get("/stations/operations/down/?station=SM").status_code == 200
    assert client.post("/stations/operations/down/", said).status_code == 422
    assert client.post("/stations/operations/down/", {**said, "evidence": photo()}).status_code == 302
    assert Mark.objects.get().state == Mark.State.FILED
    assert client.post("/stations/operations/down/", {**said, "station": "LQ", "evidence": photo()}).status_code == 422
    assert as_(stranger).get("/stations/operations/down/").status_code == 403
