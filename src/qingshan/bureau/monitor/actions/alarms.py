"""Alarm episodes: opened, continued, ended by valid hours (报警): one a station, item and rule, not one an hour."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from qingshan.bureau.base import audit, clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.monitor import conditions
from qingshan.bureau.monitor.actions import orders
from qingshan.bureau.monitor.conditions import Seen
from qingshan.bureau.monitor.declared import Rule
from qingshan.bureau.monitor.models import Alarm, AlarmHour, Region, Verdict
from qingshan.bureau.sites.models import Station

HOUR = timedelta(hours=1)


def consider(station: Station, time: datetime, values: dict[str, float], frame: int | None, lake) -> list[Alarm]:
    """Hold one hour of a station against every rule and do what follows; inside the transaction that marks the hour judged."""
    touched = hold(station, time, values, frame, conditions.Hours(lake), last_of([station.pk], time))
    orders.follow(touched)
    return touched


Last = dict[tuple[int, str, str], Alarm]
"""The latest alarm of each station, rule and item."""


def last_of(stations: list[int], since: datetime) -> Last:
    """The latest alarms, asked once for many hours: those open, and those of the month before `since` and later."""
    there = Alarm.objects.filter(Q(ended_at=None) | Q(opened_at__gte=since - timedelta(days=31)), station__in=stations)
    found = there.select_related("station__area", "station__network", "region").order_by("opened_at", "id")
    return {(a.station_id, a.rule, a.item): a for a in found}


def hold(
    station: Station, time: datetime, values: dict[str, float], frame: int | None, hours: conditions.Hours, last: Last
) -> list[Alarm]:
    """The episodes one hour opens, continues or ends; orders are left to :func:`orders.follow`, which sees all stations of the hour.

    values : of the air; what an outlet or a section has in the hour is asked of `hours`
    """
    medium, touched = station.network.medium, []
    for rule in packs.all("alarms", at=(time - timedelta(seconds=1)).date()).values():
        if station.level not in rule.level or medium not in rule.media or rule.is_standing or rule.is_daily:
            continue
        there = values if medium == "air" else hours.values(station, time, rule.of)
        touched += hold_rule(rule, station, time, there, frame, hours, last)
    return touched


def hold_rule(
    rule: Rule, station: Station, time: datetime, values: dict[str, float], frame: int | None, hours: conditions.Hours, last: Last
) -> list[Alarm]:
    """One rule in one hour, or on one day by its end: a missing value neither opens nor ends, one of a stopped outlet ends."""
    touched = []
    for item in (rule.item,) if rule.item else _limited(rule, station, time, hours):
        known, value = last.get((station.pk, rule.name, item)), values.get(item)
        if value is not None and station.measures(item):
            alarm = _hold(rule, conditions.Hour(rule, station, item, time, value, hours), frame, known)
        elif rule.limit and known and known.is_open and time > known.last_at and hours.stopped(station, item, time, rule.of):
            alarm = _clear(known, time, rule, Seen(False, True, known.threshold, conditions.STOPPED))
        elif value is None and known and known.opened_at <= time <= known.last_at:
            alarm = _drop(known, time)
        else:
            continue
        if alarm:
            touched.append(alarm)
            last[station.pk, rule.name, item] = alarm
    return touched


def _limited(rule: Rule, station: Station, time: datetime, hours: conditions.Hours) -> list[str]:
    """The items with a limit of the rule's kind at a station, on the day of an hour."""
    one = hours.days(station, time)
    there = one.bounds((time - timedelta(seconds=1)).date(), rule.of)
    return [item for item in there if station.measures(item)]


def _hold(rule: Rule, hour: conditions.Hour, frame: int | None, last: Alarm | None) -> Alarm | None:
    station, time, value = hour.station, hour.time, hour.value
    is_open = last is not None and last.is_open
    stale = time < clock.now() - rule.fresh * HOUR
    if not is_open and stale and not (last and last.opened_at <= time <= (last.ended_at or last.last_at) + rule.quiet * HOUR):
        return None  # back-filled history opens no alarm, and nothing it could correct is there
    seen = conditions.look(hour)
    if last and last.opened_at <= time <= last.last_at:  # a corrected or repeated hour inside the episode
        return _correct(last, time, value, seen.holds, frame)
    if last and is_open and time > last.last_at:
        return _go_on(last, time, value, frame) if seen.holds else _clear(last, time, rule, seen)
    if not seen.holds:
        return None
    if last and last.ended_at and last.ended_at <= time <= last.ended_at + rule.quiet * HOUR:
        return _resume(last, time, value, frame)
    if stale or (last and time < last.opened_at):
        return None
    run = _run(hour)
    return _open(rule, seen, station, run, frame, hour.item) if len(run) >= rule.consecutive else None


def _run(hour: conditions.Hour) -> list[tuple[datetime, float]]:
    """The unbroken hours that met the rule and end at this one, oldest first."""
    rule, run = hour.rule, [(hour.time, hour.value)]
    if rule.consecutive == 1 and rule.conditions not in (("above",), ("limit",)):
        return run
    there = hour.hours.long(hour.station, hour.item, hour.time, rule.of)
    at = hour.time - hour.step
    while at in there and len(run) < max(rule.consecutive, 12):
        if not conditions.look(conditions.Hour(rule, hour.station, hour.item, at, there[at], hour.hours)).holds:
            break
        run.append((at, there[at]))
        at -= hour.step
    return run[::-1]


def _open(
    rule: Rule, seen: Seen, station: Station, run: list[tuple[datetime, float]], frame: int | None, item: str | None = None
) -> Alarm:
    """Open an episode."""
    peak_at, peak = (min if seen.low else max)(run, key=lambda r: r[1])
    alarm = Alarm.objects.create(
        rule=rule.name, title=rule.title, station=station, item=rule.item if item is None else item, of=rule.of, low=seen.low,
        threshold=seen.level, clause=seen.words[:200],
        opened_at=run[0][0], last_at=run[-1][0], hours=len(run), peak=peak, peak_at=peak_at, raised=clock.now(),
    )  # fmt: skip
    AlarmHour.objects.bulk_create([AlarmHour(alarm=alarm, time=t, value=v, frame=frame if t == run[-1][0] else None) for t, v in run])
    audit.record(
        None, "报警", alarm, None, audit.snapshot(alarm, "station", "item", "opened_at", "peak", "threshold"), basis=f"规则 {rule.name}"
    )
    return alarm


def _go_on(alarm: Alarm, time: datetime, value: float, frame: int | None) -> Alarm:
    AlarmHour.objects.create(alarm=alarm, time=time, value=value, frame=frame)
    alarm.last_at, alarm.hours, alarm.below = time, alarm.hours + 1, 0
    if alarm.is_worse(value):
        alarm.peak, alarm.peak_at = value, time
    alarm.save(update_fields=["last_at", "hours", "below", "peak", "peak_at"])
    return alarm


def _clear(alarm: Alarm, time: datetime, rule: Rule, seen: Seen) -> Alarm | None:
    """An hour that no longer holds: between release and level it says nothing, and only so many clear ones in a row end the episode."""
    alarm.below = alarm.below + 1 if seen.clears else 0
    if alarm.below >= rule.clear:
        return _end(alarm, time)
    alarm.save(update_fields=["below"])
    return None


def _end(alarm: Alarm, time: datetime) -> Alarm:
    alarm.ended_at = time
    alarm.save(update_fields=["ended_at", "below"])
    audit.record(None, "报警回落", alarm, {"ended_at": None}, {"ended_at": str(time)})
    region = alarm.region
    if region and region.ended_at is None and not region.alarms.filter(ended_at=None).exists():
        region.ended_at = time
        region.save(update_fields=["ended_at"])
    return alarm


def _resume(alarm: Alarm, time: datetime, value: float, frame: int | None) -> Alarm:
    """Above again within the quiet period: the same episode goes on."""
    audit.record(None, "报警再起", alarm, {"ended_at": str(alarm.ended_at)}, {"ended_at": None})
    alarm.ended_at = None
    alarm.save(update_fields=["ended_at"])
    if alarm.region_id and not Region.objects.filter(rule=alarm.rule, ended_at=None).exists():
        Region.objects.filter(pk=alarm.region_id).update(ended_at=None)
    return _go_on(alarm, time, value, frame)


def _correct(alarm: Alarm, time: datetime, value: float, is_above: bool, frame: int | None) -> Alarm:
    """An hour inside the episode came again with another value: the rows and the peak follow, the episode stays."""
    if is_above:
        AlarmHour.objects.update_or_create(alarm=alarm, time=time, defaults={"value": value, "frame": frame})
    else:
        AlarmHour.objects.filter(alarm=alarm, time=time).delete()
    _recount(alarm)
    return alarm


def _recount(alarm: Alarm) -> int:
    """Peak and length by the rows there are; returns how many."""
    rows = list(alarm.rows.all())
    if rows:
        top = (min if alarm.low else max)(rows, key=lambda r: r.value)
        alarm.peak, alarm.peak_at, alarm.hours = top.value, top.time, len(rows)
        alarm.save(update_fields=["peak", "peak_at", "hours"])
    return len(rows)


def _drop(alarm: Alarm, time: datetime) -> Alarm | None:
    """An hour of the episode does not count any more (a mark, a correction): it leaves, and with the last one the episode ends."""
    if not AlarmHour.objects.filter(alarm=alarm, time=time).delete()[0]:
        return None
    audit.record(None, "报警小时不再计入", alarm, {"time": str(time)}, None, "这个小时的值不再有效（数据标记或更正）")
    if not _recount(alarm) and alarm.is_open:
        return _end(alarm, alarm.last_at)
    return alarm


@transaction.atomic
def stand(
    rule: Rule, station: Station, *, holds: bool, value: float, level: float, words: str, since: datetime, at: datetime
) -> Alarm | None:
    """Open, continue or end the episode of a standing condition (断线、捕集率): one at a time a station, however often it is asked."""
    there = Alarm.objects.select_for_update().filter(station=station, item=rule.item, rule=rule.name, ended_at=None).first()
    if there is None:
        if not holds:
            return None
        seen = Seen(True, False, level, words)
        alarm = _open(rule, seen, station, [(since, value)], None)
        orders.follow([alarm])
        return alarm
    if not holds:
        return _end(there, at)
    there.peak, there.peak_at, there.last_at = value, at, at
    there.save(update_fields=["peak", "peak_at", "last_at"])
    return there


@transaction.atomic
def judge(pk: int, verdict: str, *, by: Person, note: str) -> Alarm:
    """Say what an alarm turned out to be (定性): a real source, the equipment, a regional episode, or a false one."""
    need(by, "monitor.judge_alarm", "报警定性需要“报警定性”权限")
    alarm = Alarm.objects.within(by).select_for_update().get(pk=pk)
    if verdict not in Verdict.values:
        raise Refused(f"定性须为 {'、'.join(Verdict.labels)} 之一", field="verdict", status=422)
    if len(note.strip()) < 4:
        raise Refused("请写明依据，至少四个字：查到了什么", field="note", status=422)
    before = audit.snapshot(alarm, "verdict", "verdict_note")
    _judged(alarm, verdict, by, note.strip())
    audit.record(by, "报警定性", alarm, before, audit.snapshot(alarm, "verdict", "verdict_note"), note.strip())
    return alarm


def set_aside(alarm: Alarm, note: str) -> None:
    """An alarm of leads that were all dismissed was a false one, where nobody has judged it yet."""
    if not alarm.verdict:
        _judged(alarm, Verdict.FALSE, None, note)
        audit.record(None, "报警定性", alarm, {"verdict": ""}, {"verdict": Verdict.FALSE}, note)


def _judged(alarm: Alarm, verdict: str, by: Person | None, note: str) -> None:
    alarm.verdict, alarm.verdict_by, alarm.verdict_at, alarm.verdict_note = verdict, by, clock.now(), note[:300]
    alarm.save(update_fields=["verdict", "verdict_by", "verdict_at", "verdict_note"])


CAUSES = {
    "source": Verdict.SOURCE, "dust": Verdict.SOURCE, "burning": Verdict.SOURCE, "traffic": Verdict.SOURCE, "regional": Verdict.REGIONAL,
    "facility": Verdict.SOURCE, "dosing": Verdict.SOURCE, "startup": Verdict.SOURCE, "rain": Verdict.SOURCE, "farming": Verdict.SOURCE,
    "dredging": Verdict.SOURCE, "upstream": Verdict.REGIONAL, "equipment": Verdict.EQUIPMENT, "false": Verdict.FALSE,
    "power": Verdict.EQUIPMENT, "network": Verdict.EQUIPMENT, "upkeep": Verdict.EQUIPMENT, "planned": Verdict.FALSE,
}  # fmt: skip
"""What an order's 原因类别 says of its alarm."""
FINDINGS = {"instrument": Verdict.EQUIPMENT, "process": Verdict.SOURCE, "none": Verdict.FALSE}
"""What the conclusion of a check of data says of its alarm; 存疑 waits for a person."""


@transaction.atomic
def take_verdicts() -> int:
    """Alarms whose order is closed take the cause found on it, where nobody has judged them yet; 其他 waits for a person."""
    done = 0
    waiting = Alarm.objects.select_for_update(of=("self",)).filter(verdict="", ended_at__isnull=False, case__closed_at__isnull=False)
    for alarm in waiting.select_related("case", "station"):
        said = alarm.case.answers
        verdict = CAUSES.get(str(said.get("cause", ""))) or FINDINGS.get(str(said.get("finding", "")))
        if verdict:
            note = f"按{alarm.case.noun} {alarm.case.number} 查明的原因"
            _judged(alarm, verdict, None, note)
            audit.record(None, "报警定性", alarm, {"verdict": ""}, {"verdict": verdict}, note)
            done += 1
    return done


def all_touched(groups: Iterable[list[Alarm]]) -> list[Alarm]:
    """The alarms of several hours, each once, the last state of each."""
    return list({a.pk: a for group in groups for a in group}.values())
