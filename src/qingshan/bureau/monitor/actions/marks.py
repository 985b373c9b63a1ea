"""Filing, reviewing and taking back a mark (数据标记): values stay, a further version says whether they count."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction

from qingshan.bureau.base import attachments, audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.monitor import effects, readings, stores
from qingshan.bureau.monitor.models import Arrival, Lead, Mark, MarkReview
from qingshan.bureau.sites.models import Station
from qingshan.lake.columns import parse_flags

HOUR = timedelta(hours=1)
LONGEST = timedelta(days=92)
FRESH = timedelta(hours=48)


FILE = ("monitor.file_mark", "登记数据标记需要“登记数据标记”权限")


@transaction.atomic
def file_mark(
    station: str, kind: str, start: datetime, end: datetime, *, by: Person, reason: str, items: tuple[str, ...] = (), evidence=None,
    lead: int | None = None, ahead: timedelta = timedelta(0),
) -> Mark:  # fmt: skip
    """File a mark for review; what it would change is counted now and shown to the reviewers."""
    need(by, *FILE)
    place = Station.objects.within(by).get(code=station)
    if kind not in Mark.Kind.values:
        raise Refused(f"没有标记“{kind[:10]}”", field="kind", status=422)
    if end <= start:
        raise Refused("止须在起以后", field="end", status=422)
    if end - start > LONGEST:
        raise Refused(f"一条标记最长 {LONGEST.days} 天，请分段登记", field="end", status=422)
    if start > clock.now() + ahead:
        words = f"起在 {ahead.days} 天以后；请临近时再报" if ahead else "起在将来；停机、检修请在发生以后登记"
        raise Refused(words, field="start", status=422)
    if wrong := [i for i in items if not place.measures(i)]:
        raise Refused(f"{place.name}不监测 {'、'.join(wrong)}；监测的有 {'、'.join(place.measured)}", field="items", status=422)
    if len(reason.strip()) < 4:
        raise Refused("请写明理由，至少四个字", field="reason", status=422)
    if kind in (Mark.Kind.INVALID, Mark.Kind.VALID):
        need(by, "monitor.review_mark", "人工审核数据需要“审核数据标记”权限")
    kept = attachments.keep(evidence, by) if evidence else None
    mark = Mark(
        station=place, kind=kind, items=list(items), start=start, end=end, reason=reason.strip()[:300], by=by, at=clock.now(),
        evidence=kept, lead=Lead.objects.within(by).filter(pk=lead).first() if lead else None,
    )  # fmt: skip
    if not mark.hours():
        raise Refused("这一段没有盖住任何一个小时 15 分钟以上，不影响小时值，不必登记", field="end", status=422)
    mark.effect = effects.effect_of(mark)
    mark.reviewers = 2 if mark.effect["moves"] else 1
    mark.save()
    if kept:
        attachments.give(kept, mark)
    audit.record(by, "登记数据标记", mark, None, audit.snapshot(mark, "station", "kind", "items", "start", "end", "reviewers"), mark.reason)
    return mark


NOTICES = (Mark.Kind.FAULT, Mark.Kind.MAINTENANCE, Mark.Kind.CALIBRATION, Mark.Kind.STOP)
"""what a unit may report of its instrument beforehand"""
AHEAD = timedelta(days=7)


def report_down(
    station: str, kind: str, start: datetime, end: datetime, *, by: Person, reason: str, evidence, items: tuple[str, ...] = ()
) -> Mark:
    """Report that an instrument is down from … to (报仪器停用): a mark that may begin in the next days, with evidence, for review."""
    need(by, *FILE)
    if kind not in NOTICES:
        raise Refused(f"请选 {'、'.join(k.label for k in NOTICES)} 之一", field="kind", status=422)
    if not evidence:
        raise Refused("请附佐证：故障照片、检修单或停产报告", field="evidence", status=422)
    return file_mark(station, kind, start, end, by=by, reason=reason, items=items, evidence=evidence, ahead=AHEAD)


@transaction.atomic
def agree(pk: int, *, by: Person, note: str = "") -> Mark:
    """Agree to a mark; with the last reviewer needed it comes into force."""
    mark = _open(pk, by)
    MarkReview.objects.create(mark=mark, by=by, at=clock.now(), step="agree", note=note.strip()[:300])
    agreed = mark.reviews.filter(step="agree").count()
    audit.record(by, "同意数据标记", mark, None, {"agreed": agreed, "needed": mark.reviewers}, note.strip())
    if agreed >= mark.reviewers:
        mark.state, mark.decided_at = Mark.State.IN_FORCE, clock.now()
        mark.save(update_fields=["state", "decided_at"])
        put_flags(mark)
        audit.record(by, "数据标记生效", mark, {"state": Mark.State.FILED}, {"state": mark.state})
    return mark


@transaction.atomic
def refuse(pk: int, *, by: Person, note: str) -> Mark:
    """Say no to a mark, with the reason; nothing changes."""
    mark = _open(pk, by)
    _said(note)
    MarkReview.objects.create(mark=mark, by=by, at=clock.now(), step="refuse", note=note.strip()[:300])
    mark.state, mark.decided_at = Mark.State.REFUSED, clock.now()
    mark.save(update_fields=["state", "decided_at"])
    audit.record(by, "不同意数据标记", mark, {"state": Mark.State.FILED}, {"state": mark.state}, note.strip())
    return mark


@transaction.atomic
def withdraw(pk: int, *, by: Person, note: str) -> Mark:
    """Take a mark back: its filer before it is decided, a reviewer who did not file it once it is in force; values count as before."""
    if not by.has_perm("monitor.file_mark"):
        need(by, "monitor.review_mark", "撤销数据标记需要“登记数据标记”或“审核数据标记”权限")
    mark = Mark.objects.within(by).select_for_update().get(pk=pk)
    if mark.source == Mark.Source.DEVICE:
        raise Refused("设备上报的标记不能撤销；认为应当有效的，登记“审核有效”")
    was = mark.state
    if was == Mark.State.FILED:
        if mark.by_id != by.pk:
            raise PermissionDenied("只有登记人可以撤回还没有审核的标记")
    elif was == Mark.State.IN_FORCE:
        need(by, "monitor.review_mark", "撤销生效的标记需要“审核数据标记”权限")
        if mark.by_id == by.pk:
            raise PermissionDenied("登记人不能自己撤销已经生效的标记，须由另一人撤销")
    else:
        raise Refused(f"这条标记{mark.get_state_display()}，不能撤销")
    _said(note)
    MarkReview.objects.create(mark=mark, by=by, at=clock.now(), step="withdraw", note=note.strip()[:300])
    mark.state = Mark.State.WITHDRAWN
    mark.save(update_fields=["state"])
    if was == Mark.State.IN_FORCE:
        lift_flags(mark)
    audit.record(by, "撤销数据标记", mark, {"state": was}, {"state": mark.state}, note.strip())
    return mark


def _open(pk: int, by: Person) -> Mark:
    need(by, "monitor.review_mark", "审核数据标记需要“审核数据标记”权限")
    mark = Mark.objects.within(by).select_for_update().get(pk=pk)
    if mark.state != Mark.State.FILED:
        raise Refused(f"这条标记{mark.get_state_display()}，不在待审核；请刷新后再看")
    if mark.by_id == by.pk:
        raise PermissionDenied("登记人不能审核自己登记的标记，须由另一人审核")
    if mark.reviews.filter(by=by, step="agree").exists():
        raise Refused("您已经同意过；这条标记会改变排名，还须另一人同意")
    return mark


def _said(note: str) -> None:
    if len(note.strip()) < 4:
        raise Refused("请写明理由，至少四个字", field="note", status=422)


def put_flags(mark: Mark) -> int:
    """A further version of every hour it covers: the same value, with the mark for its flag. Returns how many hours there were."""
    rows = []
    now = clock.now()
    for time in mark.hours():
        said = _standing(mark, time)
        if said:
            rows.append(_row(mark, time, {i: (v, mark.kind) for i, (v, _) in said.items()}, f"mark:{mark.pk}", now))
    _store(mark, rows, now)
    return len(rows)


def lift_flags(mark: Mark) -> int:
    """A further version that says of every hour what was said before the mark."""
    rows = []
    now = clock.now()
    for time in mark.hours():
        said = _standing(mark, time, without=f"mark:{mark.pk}")
        if said:
            rows.append(_row(mark, time, said, f"unmark:{mark.pk}", now))
    _store(mark, rows, now)
    return len(rows)


def _standing(mark: Mark, time: datetime, without: str = "") -> dict[str, tuple[float | None, str]]:
    """Value and flag of each item of the mark as the latest version says, versions of the origin `without` left out."""
    found: dict[str, tuple[float | None, str]] = {}
    for row in stores.lake().versions(mark.station.code, time):
        if without and row.get("origin") == without:
            continue
        flags = parse_flags(row.get("flags"))
        for item in mark.covered:
            if row.get(item) is not None or item in flags:
                found[item] = (row.get(item), flags.get(item, ""))
    return found


def _row(mark: Mark, time: datetime, said: dict[str, tuple[float | None, str]], origin: str, now: datetime) -> dict:
    row: dict = {"station": mark.station.code, "time": time, "received": now, "origin": origin}
    row |= {item: value for item, (value, _) in said.items()}
    flags = [f"{item}:{flag or 'N'}" for item, (_, flag) in sorted(said.items())]
    return row | {"flags": ";".join(flags)}


def _store(mark: Mark, rows: list[dict], now: datetime) -> None:
    if not rows:
        return
    stores.lake().put_rows(rows)
    for row in rows:  # what is still shown as now is judged again
        if row["time"] >= now - FRESH:
            Arrival.objects.update_or_create(station=mark.station, time=row["time"], defaults={"frame": None, "received": now})


def overlay(rows: list[dict]) -> list[dict]:
    """Rows on their way into the store with the marks in force over their hours: a later frame does not undo what people reviewed."""
    if not rows:
        return rows
    first, last = min(r["time"] for r in rows) - HOUR, max(r["time"] for r in rows)
    standing = list(
        Mark.objects.filter(
            state=Mark.State.IN_FORCE, source=Mark.Source.PERSON, station__code__in={r["station"] for r in rows}, start__lt=last,
            end__gt=first,
        ).select_related("station__network").order_by("decided_at")
    )  # fmt: skip
    if not standing:
        return rows
    over: dict[tuple[str, datetime], list[Mark]] = {}
    for mark in standing:
        for time in mark.hours():
            over.setdefault((mark.station.code, time), []).append(mark)
    out = []
    for row in rows:
        marks = over.get((row["station"], row["time"]), ())
        flags = parse_flags(row.get("flags"))
        for mark in marks:
            for item in mark.covered:
                if item in row:
                    flags[item] = mark.kind
        text = ";".join(f"{i}:{f}" for i, f in sorted(flags.items()) if not readings.is_valid(f))
        out.append({**row, "flags": text or None} if marks else row)
    return out
