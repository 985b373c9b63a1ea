"""Screening stations for leads, and what an officer does with one (质量筛查、线索处理)."""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta
from time import monotonic

import numpy as np
from django.db import transaction

from qingshan.bureau.base import audit, clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.cases import actions as cases
from qingshan.bureau.cases.models import Case
from qingshan.bureau.monitor import neighbours, stores
from qingshan.bureau.monitor.declared import Screening
from qingshan.bureau.monitor.levels import hour_words
from qingshan.bureau.monitor.models import Cursor, Lead, Mark
from qingshan.bureau.monitor.observed import HOUR, Observed, observe, spans
from qingshan.bureau.sites.models import Station
from qingshan.quality import wire
from qingshan.quality.declared import place_items
from qingshan.quality.findings import Finding
from qingshan.quality.screen import Place, screen
from qingshan.terms import items

log = logging.getLogger("qingshan.worker")
MAY = "核查数据质量线索需要“核查数据质量线索”权限"
DEVICE_KINDS = {"M", "C", "F", "D"}
LONGEST = 60 * 24  # hours of a plot kept
CURSOR, FROM, DONE = "screening", 2, -1


def screen_all(now: datetime | None = None) -> str:
    """Screen every station in use now, however long it takes; says what is new. Safe to run again."""
    now = now or clock.now()
    return _said([_screen(station, now) for station in _due(now, after=0)])


def screen_some(seconds: float = 0.5) -> str:
    """Once a day from 2 o'clock, station by station, a slice of time each call, so that intake never waits for it."""
    now, ends = clock.now(), monotonic() + seconds
    if now.hour < FROM:
        return ""
    cursor, _ = Cursor.objects.get_or_create(name=CURSOR)
    if cursor.at is None or cursor.at.date() != now.date():
        cursor.frame, cursor.at = 0, now
    elif cursor.frame == DONE:
        return ""
    found = []
    for station in _due(now, after=cursor.frame):
        try:
            found.append(_screen(station, now))
        except Exception:  # one station's strange data must not keep the others from being screened
            log.exception("“%s”没有筛查", station)
        cursor.frame = station.pk
        if monotonic() > ends:
            break
    else:
        cursor.frame = DONE
    cursor.save()
    return _said(found)


def _due(now: datetime, after: int) -> list[Station]:
    """Stations in use of media that are screened, by number, after one."""
    media = {r.medium for r in packs.all("screenings", at=now.date()).values()}
    found = Station.objects.in_use(now.date()).filter(network__medium__in=media, pk__gt=after)
    return list(found.select_related("network", "area").order_by("pk"))


def _said(found: list[tuple[int, int]]) -> str:
    new = sum(n for _, n in found)
    return f"线索 {sum(n for n, _ in found)} 条，新增 {new} 条" if new else ""


def _screen(station: Station, now: datetime) -> tuple[int, int]:
    """(leads seen, new) of one station over its screening's days."""
    last = now.replace(hour=0, minute=0, second=0, microsecond=0)  # hour 24 of yesterday
    seen = new = 0
    for rule in packs.all("screenings", at=now.date()).values():
        if rule.medium != station.network.medium:
            continue
        beside = Station.objects.in_use(now.date()).filter(network__medium=rule.medium).exclude(level="micro")
        near = [n.station.code for n in neighbours.near(station, beside, rule.radius, rule.neighbours)]
        there = observe(stores.lake(), [station.code, *near], last - timedelta(days=rule.days) + HOUR, last)
        mine = there[station.code]
        if mine.values:
            for finding in find(rule, mine, [there[code] for code in near]):
                seen += 1
                new += keep(rule, station, mine, finding, now)
            device_marks(station, mine, now)
    return seen, new


def find(rule: Screening, mine: Observed, near: list[Observed]) -> list[Finding]:
    """Every lead of one station over its hours, by the screening's thresholds."""
    known = [i for i in place_items(rule.place) if i in mine.values]
    others = {i: np.array(rows) for i in known if (rows := [o.valid(i) for o in near if i in o.values])}
    marked = np.zeros(mine.size, bool)
    stopped = np.zeros(mine.size, bool)
    calibrated = []
    for item in known:
        marked |= mine.flags[item] != ""
        stopped |= mine.flags[item] == "F"
        calibrated += [a for a, _, flag in spans(mine.flags[item]) if flag == "C"]
    place = Place(
        rule.place, {i: mine.values[i] for i in known}, limits=rule.limits, others=others, marked=marked if marked.any() else None,
        stopped=stopped if stopped.any() else None, calibrations=sorted(set(calibrated)) or None,
        first_hour=(mine.first - HOUR).weekday() * 24 + (mine.first - HOUR).hour,
    )  # fmt: skip
    found = screen(place, only=rule.only, **rule.threshold)
    for item in known:
        if not rule.only or "backfill" in rule.only:
            later = np.where(np.isnan(mine.before[item]), np.nan, mine.values[item])
            found += wire.backfill(rule.place, item, mine.before[item], later)
    return [f for f in found if f.strength >= rule.strength]


@transaction.atomic
def keep(rule: Screening, station: Station, there: Observed, finding: Finding, now: datetime) -> bool:
    """Keep a finding once: one that lies on a kept lead of its kind only widens it while nobody has dealt with it."""
    start, stop = there.time(finding.start), there.time(finding.stop - 1)
    kind = {"station": station, "check_name": finding.check, "item": finding.item}
    known = Lead.objects.select_for_update().filter(**kind, start__lte=stop, stop__gte=start).order_by("-strength", "start").first()
    said = {
        "strength": finding.strength, "words": dated(finding.words, there), "numbers": _plain(finding.numbers), "plot": _plot(finding.plot),
        "plot_from": there.time(int(finding.plot["hour"][0])) if "hour" in finding.plot else None,
    }  # fmt: skip
    if known is None:
        law = finding.law
        lead = Lead.objects.create(
            **kind, **said, start=start, stop=stop, title=law.title, rule_out=law.rule_out, screening=rule.name, found_at=now, seen_at=now,
            touches=f"{law.regulation}{law.article}" if law.article else "",
        )  # fmt: skip
        said = audit.snapshot(lead, "station", "check_name", "item", "start", "stop", "strength")
        audit.record(None, "质量线索", lead, None, said, rule.title)
        return True
    known.seen_at = now
    if known.state == Lead.State.OPEN and finding.strength >= known.strength:
        for name, value in said.items():
            setattr(known, name, value)
        known.stop = max(known.stop, stop)
    known.save()
    return False


def dated(words: str, there: Observed) -> str:
    """The words of a finding with its hours as people name them: 第 12 小时 is 11月2日12时."""

    def named(said: re.Match) -> str:
        first, last = said.group(1), said.group(2)
        return f" {hour_words(there.time(int(first)))}" + (f"至 {hour_words(there.time(int(last)))} " if last else "")

    return re.sub(r"第 (\d+)(?:～(\d+))? 小时", named, words)


def _plain(numbers) -> dict[str, float]:
    return {name: round(float(value), 6) for name, value in numbers.items() if np.isfinite(value)}


def _plot(plot) -> dict[str, list]:
    """What is drawn, as JSON: missing values are null; a very long stretch keeps its end."""
    kept = {name: column[-LONGEST:] for name, column in plot.items() if name != "hour"}
    return {name: [None if np.isnan(v) else round(float(v), 4) for v in column] for name, column in kept.items()}


def device_marks(station: Station, there: Observed, now: datetime) -> int:
    """Runs of a device's own flags as marks in force (设备标记): what it said, from when to when. Values are already flagged."""
    runs: dict[tuple[int, int, str], list[str]] = {}
    for item, flags in there.flags.items():
        for a, b, flag in spans(flags):
            if flag in DEVICE_KINDS:
                runs.setdefault((a, b, flag), []).append(item)
    made = 0
    for (a, b, flag), symbols in runs.items():
        start = there.time(a) - HOUR
        known = Mark.objects.filter(station=station, kind=flag, start=start, source=Mark.Source.DEVICE, items=sorted(symbols)).first()
        if known is None:
            Mark.objects.create(
                station=station, kind=flag, items=sorted(symbols), start=start, end=there.time(b - 1), source=Mark.Source.DEVICE,
                reason=f"设备数据标记 {flag}", state=Mark.State.IN_FORCE, at=now, decided_at=now, reviewers=0,
            )  # fmt: skip
            made += 1
        elif known.end < there.time(b - 1):
            known.end = there.time(b - 1)
            known.save(update_fields=["end"])
    return made


def _take(pk: int, by: Person, reason: str) -> Lead:
    need(by, "monitor.review_lead", MAY)
    lead = Lead.objects.within(by).select_for_update().get(pk=pk)
    if lead.state != Lead.State.OPEN:
        raise Refused(f"这条线索{lead.get_state_display()}（{lead.by}，{lead.reason or '—'}），不能再处理；请刷新后再看")
    if len(reason.strip()) < 4:
        raise Refused("请写明理由，至少四个字：看了什么，为什么这样处理", field="reason", status=422)
    lead.by, lead.at, lead.reason = by, clock.now(), reason.strip()[:300]
    return lead


@transaction.atomic
def dismiss(pk: int, *, by: Person, reason: str) -> Lead:
    """Leave a lead aside, with the reason (排除); the same stretch is not raised again."""
    lead = _take(pk, by, reason)
    lead.state = Lead.State.DISMISSED
    lead.save()
    audit.record(by, "排除线索", lead, {"state": Lead.State.OPEN}, {"state": lead.state}, lead.reason)
    return lead


@transaction.atomic
def pursue(pk: int, *, by: Person, reason: str, unit: int) -> Case:
    """Open a case of the lead for an office of the bureau (立件核查)."""
    lead = _take(pk, by, reason)
    office = Organisation.objects.filter(pk=unit, kind=Organisation.Kind.OFFICE).first()
    if office is None:
        raise Refused("请选定由哪个科室核查", field="unit", status=422)
    rule = packs.all("screenings").get(lead.screening)
    station = lead.station
    case = cases.open_case(
        rule.order if rule else "data_check", title=f"{station.name} {lead.item}{lead.title}核查"[:120], area=station.area,
        responsible=office, by=by, origin=f"lead:{lead.pk}", place=station.address or station.name, lon=station.lon, lat=station.lat,
        summary=lead.words[:300], basis=lead.reason,
    )  # fmt: skip
    lead.state, lead.case = Lead.State.CASE, case
    lead.save()
    audit.record(by, "线索立件核查", lead, {"state": Lead.State.OPEN}, {"state": lead.state, "case": case.number}, lead.reason)
    return case


def unit_of(item: str, medium: str = "air") -> str:
    return items.get(item, medium).unit if item else ""
