"""What follows from an alarm (派单、并案、转线索、升级): to the responsible unit, to one for a region, to enforcement, to the bureau."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from qingshan.bureau.base import audit, clock, packs
from qingshan.bureau.base.models import Area, Organisation
from qingshan.bureau.cases import actions as cases
from qingshan.bureau.monitor import levels
from qingshan.bureau.monitor.declared import Rule
from qingshan.bureau.monitor.models import Alarm, Region
from qingshan.bureau.notices import actions as notices
from qingshan.bureau.sites.models import Station
from qingshan.bureau.sites.queries import responsible_for

HOUR = timedelta(hours=1)


def follow(touched: list[Alarm]) -> None:
    """Orders and clues of the alarms touched together; an alarm that has its own is left as it is, so a repeat opens nothing."""
    rules = packs.all("alarms")
    for alarm in touched:
        rule: Rule | None = rules.get(alarm.rule)
        if rule is None or not alarm.is_open:
            continue
        if rule.order and alarm.case_id is None and alarm.region_id is None and alarm.order_after is None and not _join(rule, alarm):
            wait = night_ends(rule, clock.now())
            if wait:
                alarm.order_after = wait
                alarm.save(update_fields=["order_after"])
            else:
                open_order(rule, alarm)
        if rule.clue and alarm.clue_id is None and _is_clue(rule, alarm):
            open_clue(rule, alarm)
        tell(rule, alarm)


def tell(rule: Rule, alarm: Alarm) -> None:
    """Say once that an alarm has begun: to the bureau, and to the unit that answers for the station; a regional event is one thing."""
    station, region = alarm.station, alarm.region
    if region is not None:
        key, title = f"region:{region.pk}", f"区域过程：{rule.item} {rule.title}"
        text = f"{levels.hour_words(region.opened_at)}起，多站同时"
    else:
        key, title = f"alarm:{alarm.pk}", f"报警：{station.name} {levels.item_words(alarm)} {rule.title}"
        text = f"{levels.span_words(alarm, alarm.opened_at)}起，{alarm.clause}"
    responsible = None if rule.is_finding else responsible_for(station)
    to = [*_offices(), *([responsible.pk] if responsible else [])]
    notices.send("alarm", title=title, text=text, url=reverse("monitor:alarm", args=[alarm.pk]), to=to, key=key)


def _offices() -> list[int]:
    return list(Organisation.objects.filter(kind__in=(Organisation.Kind.BUREAU, Organisation.Kind.OFFICE)).values_list("pk", flat=True))


def night_ends(rule: Rule, now: datetime) -> datetime | None:
    """When the rule's quiet hours end; None outside them. They may run over midnight."""
    if not rule.night:
        return None
    begin, end = rule.night_span
    inside = begin <= now.time() < end if begin <= end else now.time() >= begin or now.time() < end
    if not inside:
        return None
    day = now.date() if now.time() < end else now.date() + timedelta(days=1)
    return datetime.combine(day, end)


def _value(rule: Rule, alarm: Alarm) -> str:
    """What was last measured, as it is written; a finding has no value."""
    if rule.is_finding:
        return ""
    return f"{_last(alarm):g}" if rule.capture else levels.of_alarm(alarm, _last(alarm))


def open_order(rule: Rule, alarm: Alarm) -> None:
    """The order to the unit that answers for the station (派单)."""
    station = alarm.station
    responsible = unit_named(rule.unit) if rule.unit else responsible_for(station)
    if responsible is None:
        return
    value, name = _value(rule, alarm), levels.item_words(alarm)
    what = f"{name} 小时值" if rule.above else f"{name} {rule.title}".strip()
    unit = "%" if rule.capture else "" if rule.is_finding else levels.unit_of(alarm)
    said = f"{levels.span_words(alarm, alarm.last_at)} {name} {value} {unit}".replace("  ", " ").rstrip()
    summary = f"{said}，高于 {alarm.clause}" if rule.above else f"{said}：{alarm.clause}"
    outlet = getattr(station, "outlet", None)
    if outlet is not None:
        summary += f"；{outlet.firm}{' ' + outlet.number if outlet.number else ''}，排污许可证 {outlet.permit or '未登记'}"
    alarm.case = cases.open_case(
        rule.order,
        title=f"{station.name} {what} {value}".strip()[:120],
        area=station.area, responsible=responsible, station=station, origin=f"alarm:{alarm.pk}",
        place=station.address or station.name, lon=station.lon, lat=station.lat,
        summary=summary[:300], basis=f"报警规则“{rule.title}”（{rule.name}）",
    )  # fmt: skip
    alarm.order_after = None
    alarm.save(update_fields=["case", "order_after"])


def _last(alarm: Alarm) -> float:
    row = alarm.rows.last()
    return row.value if row else alarm.peak


def _join(rule: Rule, alarm: Alarm) -> bool:
    """Whether the alarm belongs to a regional event: one that is going on, or one that with it becomes one."""
    if rule.regional is None:
        return False
    region = Region.objects.filter(rule=rule.name, ended_at=None).first()
    if region is None:
        together = Alarm.objects.filter(rule=rule.name, ended_at=None, opened_at__gte=alarm.opened_at - rule.regional.within * HOUR)
        found = list(together.select_related("station"))
        watched = [s for s in Station.objects.ambient().in_use(clock.today()).filter(level__in=rule.level) if s.measures(rule.item)]
        if len(found) < rule.regional.least or len(found) < rule.regional.share * len(watched):
            return False
        region = Region.objects.create(rule=rule.name, title=rule.title, item=rule.item, opened_at=min(a.opened_at for a in found))
        region.case = _region_order(rule, region, found, len(watched))
        region.save(update_fields=["case"])
        audit.record(None, "区域过程", region, None, {"stations": [a.station.name for a in found], "of": len(watched)}, f"规则 {rule.name}")
        Alarm.objects.filter(pk__in=[a.pk for a in found]).update(region=region)
    alarm.region, alarm.case = region, region.case
    alarm.save(update_fields=["region", "case"])
    return True


def _region_order(rule: Rule, region: Region, found: list[Alarm], watched: int):
    """One order for the whole event, to the unit the rule names."""
    unit = unit_named(rule.regional.unit)
    district = Area.objects.filter(level=Area.Level.DISTRICT).order_by("pk").first()
    if unit is None or district is None:
        return None
    names = "、".join(a.station.name for a in found[:6])
    return cases.open_case(
        rule.order, title=f"{rule.item} 区域过程：{watched} 站中 {len(found)} 站同时{rule.title}"[:120], area=district, responsible=unit,
        origin=f"region:{region.pk}", place=district.name,
        summary=f"{levels.hour_words(region.opened_at)}起 {names}{'等' if len(found) > 6 else ''} {len(found)} 站；各站不再单独派单",
        basis=f"报警规则“{rule.title}”（{rule.name}）合并：不少于 {rule.regional.least} 站且占 {rule.regional.share:.0%}",
    )  # fmt: skip


def unit_named(name: str) -> Organisation | None:
    """The office or department a rule names by its short name, else the bureau."""
    named = Organisation.objects.filter(short=name).exclude(kind=Organisation.Kind.TOWN).first() if name else None
    return named or Organisation.objects.filter(kind=Organisation.Kind.BUREAU).order_by("pk").first()


def _is_clue(rule: Rule, alarm: Alarm) -> bool:
    long = rule.clue.hours and alarm.hours >= rule.clue.hours
    large = rule.clue.times and alarm.threshold > 0 and not alarm.low and alarm.peak >= rule.clue.times * alarm.threshold
    return bool(long or large)


def open_clue(rule: Rule, alarm: Alarm) -> None:
    """A clue for enforcement: the episode was long or large (连续或大幅超标转执法线索)."""
    unit = unit_named(rule.clue.unit)
    if unit is None:
        return
    station, value = alarm.station, levels.of_alarm(alarm, alarm.peak)
    times, step = f"，报警值的 {alarm.peak / alarm.threshold:.1f} 倍" if alarm.threshold > 0 and not alarm.low else "", alarm.step_words
    outlet = getattr(station, "outlet", None)
    whose = f"{outlet.firm} {outlet.number}，排污许可证 {outlet.permit or '未登记'}；" if outlet else "周边可疑源见报警页；"
    title = f"{station.name} {levels.item_words(alarm)} 连续 {alarm.hours} {step}、峰值 {value}"
    alarm.clue = cases.open_case(
        rule.clue.order, title=title[:120], area=station.area,
        responsible=unit, origin=f"clue:{alarm.pk}", place=station.address or station.name, lon=station.lon, lat=station.lat,
        summary=f"{levels.span_words(alarm, alarm.opened_at)}起 {value} {levels.unit_of(alarm)}{times}；{whose}{alarm.clause}"[:300],
        basis=f"报警规则“{rule.title}”：连续 {rule.clue.hours or '—'} {step}或达报警值 {rule.clue.times or '—'} 倍",
    )  # fmt: skip
    alarm.save(update_fields=["clue"])
    audit.record(None, "转执法线索", alarm, None, {"case": alarm.clue.number}, f"规则 {rule.name}")


def open_waiting(now: datetime | None = None) -> int:
    """Orders that waited for the end of the quiet hours; one that became regional meanwhile has its order already."""
    now, done = now or clock.now(), 0
    rules = packs.all("alarms")
    for pk in Alarm.objects.filter(case=None, region=None, order_after__lte=now).values_list("pk", flat=True):
        with transaction.atomic():
            alarm = Alarm.objects.select_for_update(of=("self",)).select_related("station__area", "station__network").get(pk=pk)
            rule = rules.get(alarm.rule)
            if rule is not None and alarm.case_id is None and rule.order:
                open_order(rule, alarm)
                done += 1
    return done


def escalate(now: datetime | None = None) -> int:
    """Tell the bureau of orders nobody signed for, once each (无人签收升级)."""
    now, done = now or clock.now(), 0
    rules = packs.all("alarms")
    unsigned = Alarm.objects.filter(escalated_at=None, case__closed_at=None, case__due_at__lt=now).select_related("case", "station")
    for alarm in unsigned:
        rule, case = rules.get(alarm.rule), alarm.case
        if rule is None or not rule.escalate or case.state != case.declared.first or now < case.due_at + rule.escalate * HOUR:
            continue
        with transaction.atomic():
            if Alarm.objects.filter(pk=alarm.pk, escalated_at=None).update(escalated_at=now):
                words = f"{case.responsible} 逾期 {rule.escalate} 小时仍未签收{case.noun} {case.number}"
                audit.record(None, "报警升级", alarm, {"escalated_at": None}, {"escalated_at": str(now)}, words)
                url = reverse("cases:order", args=[case.number])
                notices.send("alarm_unsigned", title=words, text=case.title, url=url, to=[*_offices(), case.responsible_id])
                done += 1
    return done
