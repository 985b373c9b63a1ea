"""Leads found, kept once, dealt with; marks filed, reviewed by others, lifted; values never touched."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.cases.models import Case
from qingshan.bureau.monitor import effects, plots, stores
from qingshan.bureau.monitor.actions import leads, marks
from qingshan.bureau.monitor.models import Arrival, Lead, Mark
from qingshan.bureau.monitor.observed import observe

HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 21, 8, 0)
START = datetime(2026, 11, 21) - timedelta(days=60) + HOUR
pytestmark = pytest.mark.django_db


def series(seed: int, size: int = 60 * 24) -> np.ndarray:
    """Sixty days of plausible PM2.5."""
    rng = np.random.default_rng(seed)
    walk = np.zeros(size)
    for n in range(1, size):
        walk[n] = 0.93 * walk[n - 1] + rng.normal(0, 0.25)
    return np.round(np.clip(40 * np.exp(walk), 3, 400))


@pytest.fixture
def months(network, clock_at):
    """``months(SM=column, LQ=column, flags={hour: "D"})``: sixty days of PM2.5 of both stations."""
    stores._lake.cache_clear()
    clock_at(NOW)

    def put(flags: dict[int, str] | None = None, **columns: np.ndarray) -> None:
        rows = []
        for code, column in columns.items():
            for n, value in enumerate(column):
                time = START + n * HOUR
                flag = (flags or {}).get(n) if code == "SM" else None
                rows.append(
                    {"station": code, "time": time, "received": time, "PM2.5": float(value), "flags": f"PM2.5:{flag}" if flag else None}
                )
        stores.lake().put_rows(rows)

    return put


@pytest.fixture
def flat(months):
    """石门站 stands still for thirty hours; 柳泉站 is in order."""
    column = series(1)
    column[700:730] = 57
    months(SM=column, LQ=series(2))
    leads.screen_all(NOW)
    return Lead.objects.get(check_name="flat")


def test_a_flat_line_is_found_once_and_drawn(flat):
    assert (flat.station.code, flat.item, flat.strength, flat.state) == ("SM", "PM2.5", 3, "open")
    assert flat.start >= START + 699 * HOUR
    assert flat.stop == START + 729 * HOUR
    assert "不是认定" in flat.words
    assert "第二十五条" in flat.touches
    before = Lead.objects.count()
    assert leads.screen_all(NOW) == ""
    leads.screen_all(NOW + timedelta(days=1))
    assert Lead.objects.count() == before
    drawn = plots.picture(flat)
    assert drawn.band
    assert drawn.lines[0].path.startswith("M")
    assert not Lead.objects.filter(station__code="LQ").exists()


def test_the_watched_town_is_not_told(flat, clerk, town_person, as_):
    assert "石门站" in as_(clerk).get(reverse("monitor:leads")).content.decode()
    page = as_(clerk).get(reverse("monitor:lead", args=[flat.pk])).content.decode()
    assert "evidence-plot" in page
    assert "连续 30 小时为 57" in page
    assert as_(town_person).get(reverse("monitor:lead", args=[flat.pk])).status_code == 403


def test_a_lead_is_set_aside_with_a_reason_and_stays_so(flat, clerk, as_):
    url = reverse("monitor:lead", args=[flat.pk])
    answer = as_(clerk).post(url, {"act": "dismiss", "reason": "无"})
    assert answer.status_code == 422
    assert "请写明理由" in answer.content.decode()
    assert as_(clerk).post(url, {"act": "dismiss", "reason": "仪器断电后自检，运维记录在册"}).status_code == 302
    leads.screen_all(NOW + timedelta(days=1))
    flat.refresh_from_db()
    assert (flat.state, flat.by) == ("dismissed", clerk)
    assert Lead.objects.filter(check_name="flat").count() == 1
    with pytest.raises(Refused, match="不能再处理"):
        leads.dismiss(flat.pk, by=clerk, reason="再排除一次")


def test_a_lead_opens_one_case_for_an_office(flat, clerk, bureau, as_):
    url = reverse("monitor:lead", args=[flat.pk])
    assert as_(clerk).post(url, {"act": "pursue", "reason": "要看原始记录"}).status_code == 422  # no office named
    unit = bureau.offices["执法大队"].pk
    assert as_(clerk).post(url, {"act": "pursue", "reason": "要看原始记录", "unit": unit}).status_code == 302
    case = Case.objects.get()
    assert (case.workflow, case.responsible_id, case.origin) == ("data_check", unit, f"lead:{flat.pk}")


def test_the_devices_own_flags_become_marks_in_force(months):
    months(SM=series(1), LQ=series(2), flags=dict.fromkeys((100, 101, 102), "C") | {300: "D"})
    leads.screen_all(NOW)
    leads.screen_all(NOW)
    found = [(m.kind, m.start, m.end, m.state) for m in Mark.objects.order_by("start")]
    assert found == [
        ("C", START + 99 * HOUR, START + 102 * HOUR, "in_force"), ("D", START + 299 * HOUR, START + 300 * HOUR, "in_force"),
    ]  # fmt: skip


def test_a_later_value_of_an_hour_is_seen_beside_the_first(months):
    months(SM=series(1))
    time = START + 50 * HOUR
    stores.lake().put_rows([{"station": "SM", "time": time, "received": time + HOUR, "PM2.5": 1.5}])
    there = observe(stores.lake(), ["SM"], START, START + 99 * HOUR)["SM"]
    assert there.values["PM2.5"][50] == 1.5
    assert there.before["PM2.5"][50] == series(1)[50]
    assert np.isnan(there.before["PM2.5"][49])


def file(by, first=10, last=12, kind="M", **more) -> Mark:
    start = datetime(2026, 11, 20, first)
    return marks.file_mark("SM", kind, start, datetime(2026, 11, 20, last), by=by, reason="更换采样泵，运维单 12 号", **more)


def value(hour: int):
    """The valid PM2.5 of 石门站 in an hour of 20 November, and how many versions there are."""
    time = datetime(2026, 11, 20, hour)
    return stores.lake().hours(["SM"], time, time)["PM2.5"].to_pylist()[0], len(stores.lake().versions("SM", time))


def test_an_hour_counts_as_covered_when_fewer_than_45_minutes_are_left():
    mark = Mark(start=datetime(2026, 11, 20, 10, 44), end=datetime(2026, 11, 20, 12, 15))
    assert [h.hour for h in mark.hours()] == [11, 12]  # 16 and 60 minutes; 15 minutes leave 45


def test_a_mark_counts_only_after_another_person_agreed_and_the_value_stays(months, town_person, clerk, chief):
    months(SM=series(1), LQ=series(1) * 3)  # far apart: no order changes
    was = value(11)[0]
    mark = file(town_person)
    assert (mark.reviewers, mark.effect["items"][0]["hours"]) == (1, 2)
    assert value(11) == (was, 1)
    with pytest.raises(PermissionDenied):
        marks.agree(mark.pk, by=town_person)
    marks.agree(mark.pk, by=clerk)
    assert value(11) == (None, 2)
    assert value(13)[0] is not None
    assert stores.lake().versions("SM", datetime(2026, 11, 20, 11))[-1]["PM2.5"] == was
    assert Arrival.objects.filter(time=datetime(2026, 11, 20, 11)).exists()
    with pytest.raises(PermissionDenied):
        marks.withdraw(mark.pk, by=town_person, note="填错了日期")
    marks.withdraw(mark.pk, by=chief, note="查明未检修")
    assert value(11) == (was, 3)


def test_a_mark_that_moves_the_order_of_stations_needs_two(months, clerk, chief, town_person, administrator):
    column = np.full(60 * 24, 50.0)
    column[::7] = 51
    other = column.copy()
    column[-14] = 300.0  # hour 11 of 20 November, 248 above: the month's mean of 石门站 is the higher one, without it the lower
    column[-200:-190] = 40.0
    months(SM=column, LQ=other)
    mark = file(town_person, 10, 11)
    assert mark.effect["ranks"] == [{"item": "PM2.5", "was": 2, "becomes": 1, "of": 2}]
    assert mark.reviewers == 2
    marks.agree(mark.pk, by=clerk)
    mark.refresh_from_db()
    assert mark.state == "filed"
    with pytest.raises(Refused, match="另一人"):
        marks.agree(mark.pk, by=clerk)
    marks.agree(mark.pk, by=chief)
    mark.refresh_from_db()
    assert mark.state == "in_force"
    assert effects.effect_of(mark)["items"][0]["hours"] == 0  # nothing left to change


def test_a_later_frame_does_not_undo_a_mark(months, network, journal, hour_frame, town_person, clerk):
    from qingshan.bureau.monitor import work

    months(SM=series(1), LQ=series(1) * 3)
    mark = file(town_person)
    marks.agree(mark.pk, by=clerk)
    time = datetime(2026, 11, 20, 11)
    journal(hour_frame(network["SM"].mn, time, {"a34004": 88}), received=NOW)
    work.take_in()
    assert value(11)[0] is None
    assert stores.lake().versions("SM", time)[-1]["PM2.5"] == 88


def test_a_review_can_say_a_flagged_value_counts(months, clerk, chief, town_person):
    months(SM=series(1), LQ=series(1) * 3, flags={60 * 24 - 14: "T"})
    assert value(11)[0] is None
    with pytest.raises(PermissionDenied):
        file(town_person, 10, 11, kind="N")
    mark = file(clerk, 10, 11, kind="N")
    for person in (chief, *([] if mark.reviewers == 1 else [town_person])):
        marks.agree(mark.pk, by=person)
    assert value(11)[0] == series(1)[60 * 24 - 14]


def test_the_page_refuses_what_cannot_be_and_keeps_what_was_typed(months, town_person, clerk, as_):
    months(SM=series(1), LQ=series(1) * 3)
    url = reverse("monitor:mark_new")
    said = {"station": "SM", "kind": "M", "start": "2026-11-20T10:00", "end": "2026-11-20T09:00", "reason": "更换采样泵"}
    answer = as_(town_person).post(url, said)
    assert answer.status_code == 422
    assert "止须在起以后" in answer.content.decode()
    assert "更换采样泵" in answer.content.decode()
    answer = as_(town_person).post(url, said | {"end": "2026-11-20T12:00", "items": "PM2.5"})
    assert answer.status_code == 302
    mark = Mark.objects.get(source="person")
    assert mark.items == ["PM2.5"]
    page = as_(clerk).get(answer.headers["Location"]).content.decode()
    assert "同意" in page
    assert "月均" in page
    assert as_(clerk).post(answer.headers["Location"], {"act": "refuse", "note": "时间与运维单不符"}).status_code == 302
    mark.refresh_from_db()
    assert mark.state == "refused"
    assert as_(town_person).get(reverse("monitor:mark_new") + "?station=LQ").status_code == 200
    assert as_(town_person).post(url, said | {"station": "LQ", "end": "2026-11-20T12:00"}).status_code == 422


def test_an_hour_of_minutes_says_why_it_has_no_value(network, journal, minute_frame, clock_at):
    from qingshan.bureau.monitor import work

    stores._lake.cache_clear()
    hour = datetime(2026, 11, 20, 11)
    for n in range(60):
        flag = "C" if n < 20 else "N"
        start = hour - HOUR + timedelta(minutes=n)
        journal(minute_frame(network["SM"].mn, start, {"a34004": 40, "a34002": 60 if n < 45 else None}, flags={"a34004": flag}),
                received=start + timedelta(minutes=1))  # fmt: skip
    clock_at(hour + timedelta(minutes=6))
    work.take_in()
    (row,) = stores.lake().versions("SM", hour)
    assert (row["PM2.5"], row["flags"], row["PM10"]) == (None, "PM2.5:C", 60)  # 40 minutes are too few, 45 are enough


def test_every_value_says_why_it_counts_or_not(months, town_person, clerk, chief, as_):
    months(SM=series(1), LQ=series(1) * 3)
    mark = file(town_person)
    marks.agree(mark.pk, by=clerk)
    page = as_(clerk).get(reverse("monitor:hour", args=["SM", "2026112011"]) + "?item=PM2.5").content.decode()
    assert f"第 {mark.pk} 号数据标记 M（维护），不参与评价" in page
    assert reverse("monitor:mark", args=[mark.pk]) in page
    marks.withdraw(mark.pk, by=chief, note="查明未检修")
    points = as_(clerk).get(
        reverse("monitor:series", args=["SM"]), {"item": "PM2.5", "window": "hour", "start": "2026-11-20", "end": "2026-11-20"}
    ).json()["points"]
    assert points[10][1:] == [series(1)[60 * 24 - 14], ""]
    assert "登记" in as_(town_person).get(reverse("monitor:station", args=["SM"])).content.decode()


def test_the_worker_screens_once_a_day_a_station_at_a_time(months, clock_at):
    column = series(1)
    column[700:730] = 57
    months(SM=column, LQ=series(2))
    clock_at(NOW.replace(hour=1))
    assert leads.screen_some() == ""
    assert not Lead.objects.exists()
    clock_at(NOW)
    said = [leads.screen_some(seconds=0) for _ in range(4)]  # one station a call, then done
    assert "新增 1 条" in said[0]
    assert said[1:] == ["", "", ""]
    Lead.objects.all().delete()
    assert leads.screen_some() == ""
    clock_at(NOW + timedelta(days=1))
    assert "新增 1 条" in leads.screen_some(seconds=60)
