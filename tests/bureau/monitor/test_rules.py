"""Rules beyond one level: jumps, neighbours, forecasts, two of three, hysteresis, quiet hours, regions, clues, silence, escalation, verdicts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from qingshan.bureau.base import packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.cases.models import Case
from qingshan.bureau.monitor import conditions, standing, work
from qingshan.bureau.monitor.actions import alarms, orders
from qingshan.bureau.monitor.models import Alarm, Lead, Region, Verdict
from qingshan.bureau.monitor.queries import causes, record
from qingshan.bureau.registers.models import Entry
from qingshan.bureau.sites.models import Network, Station

T = datetime(2026, 11, 20, 14)
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def rules(own_folders):
    """``rules(name=text, …)``: the national rules give way to these."""

    def write(**texts: str) -> None:
        folder = own_folders / "packs" / "own" / "alarms"
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            common = f'name = "{name}"\ntitle = "试"\nitem = "PM10"\nlevel = ["town"]\n'
            (folder / f"{name}.toml").write_text(common + text, "utf-8")
        packs.clear()

    return write


@pytest.fixture
def stations(bureau):
    """Six stations about a kilometre apart."""
    net = Network.objects.create(name="镇街空气站")
    towns = list(bureau.towns.values())
    return [
        Station.objects.create(code=f"S{i}", name=f"{i}号站", network=net, level="town", area=towns[i % 4], lon=116.5 + i / 100, lat=40.3)
        for i in range(6)
    ]


@pytest.fixture
def hour(stations, clock_at, settings):
    """``hour(time, {code: PM10})``: the hour is stored and judged as the worker does it."""
    from qingshan.bureau.monitor import stores
    from qingshan.bureau.monitor.actions import hours
    from qingshan.bureau.monitor.models import Arrival

    stores._lake.cache_clear()
    by_code = {s.code: s for s in stations}

    def arrive(time: datetime, values: dict[str, float]) -> None:
        clock_at(time + timedelta(seconds=12))
        received = time + timedelta(seconds=10)
        stores.lake().put_rows([{"station": c, "time": time, "received": received, "PM10": v} for c, v in values.items()])
        for code in values:
            Arrival.objects.create(station=by_code[code], time=time, frame=None, received=received)
        while hours.judge(stores.lake()):
            pass

    return arrive


def of(rule: str) -> list[Alarm]:
    return list(Alarm.objects.filter(rule=rule).order_by("opened_at"))


def test_a_jump_is_held_against_the_lowest_hour_before(rules, hour):
    rules(jump="rise = { value = 100, hours = 2 }")
    for n, value in enumerate((50, 90, 149)):
        hour(T + n * HOUR, {"S0": value})
    assert not of("jump")  # 99 above the lowest of the two hours before
    hour(T + 3 * HOUR, {"S0": 190})
    assert [a.peak for a in of("jump")] == [190]  # 190 − 90
    assert "由 90 升 100 以上" in of("jump")[0].clause


def test_above_the_stations_around_needs_enough_of_them(rules, hour):
    rules(local="beyond = { times = 2.0, value = 60, radius = 5, least = 3 }")
    hour(T, {"S0": 300, "S1": 50, "S2": 60})
    assert not of("local")  # two around
    hour(T + HOUR, {"S0": 120, "S1": 50, "S2": 60, "S3": 70})
    assert not of("local")  # 120 is not more than 2 × 60
    hour(T + 2 * HOUR, {"S0": 121, "S1": 50, "S2": 60, "S3": 70})
    assert [(a.station.code, a.threshold) for a in of("local")] == [("S0", 120)]


def test_two_of_three(rules, hour):
    rules(two="above = { value = 150 }\nrise = { value = 100 }\nbeyond = { times = 2.0, value = 60, least = 2 }\nleast = 2")
    hour(T, {"S0": 140, "S1": 100, "S2": 100})
    hour(T + HOUR, {"S0": 160, "S1": 100, "S2": 100})  # above alone
    assert not of("two")
    hour(T + 2 * HOUR, {"S0": 210, "S1": 100, "S2": 100})  # above, and above the others
    assert len(of("two")) == 1


def test_a_forecast_speaks_before_the_level_and_ends_when_it_is_reached(rules, hour):
    rules(ahead="ahead = { above = { value = 150 }, hours = 2, over = 4 }")
    for n, value in enumerate((60, 80, 100, 120)):
        hour(T + n * HOUR, {"S0": value})
    (alarm,) = of("ahead")
    assert alarm.opened_at == T + 3 * HOUR  # 120 + 2 × 20 = 160
    hour(T + 4 * HOUR, {"S0": 160})
    alarm.refresh_from_db()
    assert alarm.ended_at == T + 4 * HOUR


def test_the_line_knows_its_own_scatter():
    import numpy as np

    assert conditions.line(np.array([10.0, 20, 30, 40]), 2) == pytest.approx((10, 60, 0), abs=1e-9)
    slope, _, scatter = conditions.line(np.array([10.0, 60, 20, 50]), 2)
    assert slope * 2 < 2 * scatter  # up and down is no trend


def test_between_release_and_level_an_episode_neither_goes_on_nor_ends(rules, hour):
    rules(level="above = { value = 150 }\nrelease = { value = 120 }\nclear = 2\nquiet = 0")
    for n, value in enumerate((160, 140, 110, 130, 110, 120)):
        hour(T + n * HOUR, {"S0": value})
    (alarm,) = of("level")
    assert (alarm.hours, alarm.ended_at) == (1, T + 5 * HOUR)  # 110, 120 are two in a row; 130 between broke the first


def test_in_quiet_hours_the_alarm_is_kept_and_the_order_waits_for_the_morning(rules, hour, clock_at):
    rules(night='above = { value = 150 }\norder = "alarm_order"\nnight = "22:00-06:00"')
    night = datetime(2026, 11, 20, 23)
    hour(night, {"S0": 200})
    (alarm,) = of("night")
    assert (alarm.case, alarm.order_after) == (None, datetime(2026, 11, 21, 6))
    clock_at(datetime(2026, 11, 21, 5, 59))
    assert orders.open_waiting() == 0
    clock_at(datetime(2026, 11, 21, 6, 1))
    assert orders.open_waiting() == 1
    assert orders.open_waiting() == 0
    assert Case.objects.get().origin == f"alarm:{alarm.pk}"


def test_many_stations_at_once_are_one_event_with_one_order(rules, hour):
    rules(wide='above = { value = 150 }\norder = "alarm_order"\nregional = { least = 3, share = 0.5, within = 2, unit = "大气科" }')
    hour(T, {f"S{i}": 200 for i in range(5)})
    hour(T + HOUR, {"S5": 210})
    assert len(of("wide")) == 6
    region, case = Region.objects.get(), Case.objects.get()
    assert {a.region for a in of("wide")} == {region}
    assert (case.responsible.short, case.title) == ("大气科", "PM10 区域过程：6 站中 5 站同时试")
    hour(T + 2 * HOUR, {f"S{i}": 50 for i in range(6)})
    region.refresh_from_db()
    assert region.ended_at == T + 2 * HOUR


def test_two_stations_are_no_event(rules, hour):
    rules(wide='above = { value = 150 }\norder = "alarm_order"\nregional = { least = 3, share = 0.5 }')
    hour(T, {"S0": 200, "S1": 200, "S2": 60})
    assert not Region.objects.exists()
    assert Case.objects.count() == 2


def test_a_long_or_a_large_episode_becomes_a_clue_once(rules, hour):
    rules(long='above = { value = 150 }\nclue = { order = "alarm_clue", hours = 3, times = 3, unit = "执法大队" }')
    hour(T, {"S0": 200, "S1": 450})
    (large,) = Case.objects.filter(workflow="alarm_clue")
    assert (large.title, large.responsible.short) == ("1号站 PM10 连续 1 小时、峰值 450", "执法大队")
    for n in (1, 2, 3):
        hour(T + n * HOUR, {"S0": 200})
    assert sorted(c.origin for c in Case.objects.filter(workflow="alarm_clue")) == sorted(f"clue:{a.pk}" for a in of("long"))


def test_silence_opens_one_alarm_and_the_next_hour_ends_it(rules, hour, stations, clock_at):
    rules(off='silent = 4\norder = "alarm_order"')
    hour(T, {"S0": 50})
    for late, n in ((3, 0), (4, 1), (5, 1)):
        clock_at(T + late * HOUR + timedelta(minutes=1))
        standing.watch_silence()
        assert len(of("off")) == n, late
    assert "断线" not in of("off")[0].clause
    assert (of("off")[0].peak, of("off")[0].threshold) == (5, 4)
    hour(T + 6 * HOUR, {"S0": 50})
    standing.watch_silence()
    assert not of("off")[0].is_open
    assert Case.objects.filter(workflow="alarm_order").count() == 1


def test_capture_counts_the_valid_hours_of_whole_days(rules, hour, stations, clock_at):
    from qingshan.bureau.monitor import stores

    rules(few="capture = { below = 75, days = 1 }")
    day = datetime(2026, 11, 19)
    hour(T, {"S0": 50, "S1": 50})
    rows = [{"station": "S0", "time": day + n * HOUR, "received": day + n * HOUR, "PM10": 40.0} for n in range(1, 18)]
    rows += [{"station": "S1", "time": day + n * HOUR, "received": day + n * HOUR, "PM10": 40.0} for n in range(1, 19)]
    stores.lake().put_rows(rows)
    standing.watch_capture()
    standing.watch_capture()
    assert [(a.station.code, a.peak) for a in of("few")] == [("S0", 70.8)]  # 17 / 24; 18 / 24 is 75 %


def test_an_order_nobody_signs_is_told_once(rules, hour, clock_at, clerk, as_, town_person):
    rules(late='above = { value = 150 }\norder = "alarm_order"\nescalate = 2')
    hour(T, {"S0": 200})
    clock_at(T + timedelta(hours=3, minutes=59))
    assert orders.escalate() == 0  # receipt was due at 16:00, and two hours more
    clock_at(T + timedelta(hours=4, minutes=1))
    assert (orders.escalate(), orders.escalate()) == (1, 0)
    assert of("late")[0].escalated_at
    assert "未签收" in as_(clerk).get("/work/").content.decode()


def test_an_alarm_of_a_closed_order_takes_the_cause_found(rules, hour, clock_at):
    rules(level='above = { value = 150 }\norder = "alarm_order"')
    hour(T, {"S0": 200, "S1": 210})
    hour(T + HOUR, {"S0": 50, "S1": 50})
    for case, cause in zip(Case.objects.order_by("pk"), ("dust", "other")):
        Case.objects.filter(pk=case.pk).update(answers={"cause": cause}, closed_at=T + HOUR)
    assert (alarms.take_verdicts(), alarms.take_verdicts()) == (1, 0)
    assert sorted(a.verdict for a in of("level")) == ["", Verdict.SOURCE]


def test_a_person_judges_with_a_reason_and_the_page_counts_it(rules, hour, clerk, town_person, as_, clock_at):
    rules(level="above = { value = 150 }")
    hour(T, {"S0": 200})
    pk = of("level")[0].pk
    with pytest.raises(Refused, match="依据"):
        alarms.judge(pk, "false", by=clerk, note="否")
    answer = as_(town_person).post(reverse("monitor:alarm", args=[pk]), {"verdict": "false", "note": "现场没有发现"})
    assert answer.status_code == 403
    assert as_(clerk).post(reverse("monitor:alarm", args=[pk]), {"verdict": "false", "note": "现场没有发现"}).status_code == 302
    row = next(r for r in record.standings(clerk, T - 24 * HOUR, T + HOUR) if r.rule.name == "level")
    assert (row.counts, row.precision, row.noticed) == ({"false": 1}, 0, timedelta(seconds=12))
    page = as_(clerk).get(reverse("monitor:rules") + "?period=2026-11").content.decode()
    assert "12" in page or "分钟" in page


def test_a_level_is_proposed_from_what_was_judged(rules, stations):
    rules(level="above = { value = 150 }")
    rule = packs.get("alarms", "level")

    def seen(peak, verdict):
        return Alarm(rule="level", item="PM10", threshold=150, peak=peak, verdict=verdict)

    some = [seen(300 + n, Verdict.SOURCE) for n in range(8)] + [seen(160 + n, Verdict.FALSE) for n in range(4)]
    assert record.propose(rule, some) == "报警值调到 163 µg/m³：误报和设备问题 4 条中少报 4 条，属实的保留 100%"
    mixed = [seen(160 + n, Verdict.SOURCE) for n in range(8)] + [seen(300 + n, Verdict.FALSE) for n in range(4)]
    assert "分不开" in record.propose(rule, mixed)
    assert "不足 10 条" in record.propose(rule, some[:3])


def test_an_alarm_ranks_the_sources_by_nearness_and_wind(rules, hour, clerk, as_, bureau, stations):
    from qingshan.bureau.monitor import stores

    rules(level="above = { value = 150 }")
    town = bureau.towns["石门镇"]
    for key, lon, lat in (("A", 116.52, 40.3), ("B", 116.485, 40.3)):  # 1.7 km east, 1.3 km west
        Entry.objects.create(
            register="construction_site", key=key, name=f"{key}工地", area=town, state="working", values={"code": key}, lon=lon, lat=lat
        )
    Entry.objects.create(register="construction_site", key="C", name="C工地", area=town, state="finished", values={}, lon=116.5, lat=40.3)
    Entry.objects.create(register="filling_station", key="D", name="D油站", area=town, state="open", values={}, lon=116.5, lat=40.3)
    stores.lake().put_rows([{"station": "S0", "time": T, "received": T, "wind_direction": 90.0, "wind_speed": 3.0}])
    hour(T, {"S0": 200, "S1": 60, "S2": 60, "S3": 60})
    (alarm,) = of("level")
    wind = causes.wind_of(alarm)
    assert (round(wind.degrees), round(wind.speed, 1)) == (90, 3.0)
    found = causes.candidates(alarm, clerk, wind)
    assert [c.entry.key for c in found] == ["A", "B"]  # nearer by 0.4 km, but downwind
    assert any("上风向" in r for r in found[0].reasons)
    page = as_(clerk).get(reverse("monitor:alarm", args=[alarm.pk])).content.decode()
    assert "A工地" in page
    assert "像本地源" in page


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "须写条件"),
        ("silent = 3\nrise = { value = 10 }", "单独成一条规则"),
        ("rise = { value = 10 }\nleast = 2", "条件只有 1 个"),
        ("rise = { value = 10 }\nrelease = { value = 5 }", "同写"),
        ("above = { value = 9 }\nclue = { order = \"alarm_clue\" }", "连续几小时"),
        ('found = { checks = ["flatt"] }', "flatt"),
    ],
)
def test_a_faulty_rule_says_what_is_wrong(rules, text, words, bureau):
    rules(wrong=text)
    with pytest.raises(packs.PackFaults, match=words):
        packs.all("alarms")


def test_the_worker_does_all_of_it_without_a_word_on_an_empty_bureau(bureau):
    assert work.watch() == ""


def test_strong_leads_open_one_check_and_the_watched_town_is_not_told(stations, clock_at, clerk, town_person, as_, bureau):
    clock_at(T)
    town = bureau.governments["石门镇"].area
    station = next(s for s in stations if s.area_id == town.pk)
    lead = Lead.objects.create(
        station=station, check_name="flat", title="长时间不变", item="PM10", start=T - 9 * HOUR, stop=T, strength=3, words="九小时不变",
        screening="air", found_at=T, seen_at=T,
    )  # fmt: skip
    Lead.objects.create(
        station=stations[1], check_name="flat", title="弱", item="PM10", start=T, stop=T, strength=1, words="弱", screening="air", found_at=T,
        seen_at=T,
    )  # fmt: skip
    standing.watch_findings()
    standing.watch_findings()
    (alarm,) = of("quality_finding")
    assert (alarm.case.workflow, alarm.case.responsible.kind) == ("data_check", "bureau")
    lead.refresh_from_db()
    assert (lead.state, lead.case) == (Lead.State.CASE, alarm.case)
    assert as_(clerk).get(f"/alarms/{alarm.pk}/").status_code == 200
    assert as_(town_person).get(f"/alarms/{alarm.pk}/").status_code == 404
    Case.objects.filter(pk=alarm.case_id).update(closed_at=T, answers={"finding": "instrument"})
    standing.watch_findings(T + HOUR)
    alarms.take_verdicts()
    alarm.refresh_from_db()
    assert (alarm.ended_at, alarm.verdict) == (T + HOUR, Verdict.EQUIPMENT)


def test_a_dismissed_lead_was_a_false_alarm(stations, clock_at, own_folders):
    clock_at(T)
    folder = own_folders / "packs" / "own" / "alarms"
    folder.mkdir(parents=True)
    (folder / "q.toml").write_text('name = "q"\ntitle = "线索"\nfound = { strength = 3 }\nlevel = ["town"]\n', "utf-8")
    packs.clear()
    lead = Lead.objects.create(
        station=stations[0], check_name="flat", title="不变", item="PM10", start=T - 9 * HOUR, stop=T, strength=3, words="不变",
        screening="air", found_at=T, seen_at=T,
    )  # fmt: skip
    Lead.objects.filter(pk=lead.pk).update(state=Lead.State.DISMISSED)
    standing._watch_leads(packs.get("alarms", "q"), stations[0], [lead], T)
    standing.watch_findings(T + HOUR)
    (alarm,) = of("q")
    assert (alarm.is_open, alarm.verdict, alarm.case) == (False, Verdict.FALSE, None)
