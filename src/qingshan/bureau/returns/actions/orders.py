"""Weak work is written down day by day and answered with an inspection order to the lead unit (督查通知单)."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from qingshan.bureau.base import audit, clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.cases import actions as cases
from qingshan.bureau.cases.models import Case
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.returns.declared import DoubtRule
from qingshan.bureau.returns.doubts import Doubt
from qingshan.bureau.returns.models import DoubtSeen
from qingshan.bureau.returns.queries import weak


@transaction.atomic
def note_doubts() -> dict[tuple[str, int], Doubt]:
    """Write down which weak points stand today, and which are gone; those of tasks that are reported by a rhythm."""
    now = clock.now()
    known = weak.facts(weak.watched(now.date()), now)
    doubts = {doubt.key: doubt for doubt in weak.found(known)}
    standing = {(row.rule, row.task_id): row for row in DoubtSeen.objects.select_for_update().filter(gone=None)}
    for key, row in standing.items():
        if key in doubts:
            row.seen, row.words = now.date(), doubts[key].words[:300]
        else:
            row.gone = now.date()
        row.save(update_fields=["seen", "words", "gone"])
    DoubtSeen.objects.bulk_create(
        DoubtSeen(rule=rule, task_id=task, since=now.date(), seen=now.date(), words=doubt.words[:300])
        for (rule, task), doubt in doubts.items() if (rule, task) not in standing
    )  # fmt: skip
    return doubts


def issue_due() -> str:
    """Note the weak points and write the orders their rules call for; the worker's duty, safe to repeat."""
    doubts, today, done = note_doubts(), clock.today(), 0
    there = weak.open_orders()
    for row in DoubtSeen.objects.filter(gone=None).order_by("since", "pk"):
        doubt = doubts.get((row.rule, row.task_id))
        if doubt is None or not doubt.rule.order or row.since + timedelta(days=doubt.rule.order_after) > today:
            continue
        if weak.origin(row.rule, row.task_id) in there or doubt.unit is None or _answered(row):
            continue
        _issue(doubt, None, "")
        done += 1
    return f"开督查单 {done} 件" if done else ""


def _answered(row: DoubtSeen) -> bool:
    """An order about this was closed while the point stood; the machine writes another only once it is gone and comes back."""
    since = weak.between(row.since, row.since)[0]
    return Case.objects.filter(origin=weak.origin(row.rule, row.task_id), opened_at__gte=since).exclude(closed_at=None).exists()


@transaction.atomic
def issue_order(rule_name: str, task_id: int, *, by: Person, words: str = "") -> Case:
    """Write an order by hand for a weak point that stands now; where one is open already, that one is returned."""
    need(by, "returns.issue_order", "开督查通知单需要“开督查通知单”权限")
    need(by, "cases.dispatch_case", "开督查通知单需要“交办事项”权限")
    rule = packs.all("doubts", at=clock.today()).get(rule_name)
    if rule is None:
        raise Refused("没有这条判据，请刷新后再试", status=404)
    task = Task.objects.within(by).select_for_update().get(pk=task_id)
    there = weak.open_orders().get(weak.origin(rule.name, task.pk))
    if there:
        return there
    known = weak.facts(Task.objects.filter(pk=task.pk), clock.now())
    doubt = next((d for d in weak.found(known) if d.rule.name == rule.name), None)
    if doubt is None:
        raise Refused(f"“{task}”现在没有“{rule.title}”的情况，可能刚刚更正，不用开单")
    if doubt.unit is None:
        raise Refused(f"“{task}”没有牵头单位，先在台账里定牵头单位")
    return _issue(doubt, by, words)


def _issue(doubt: Doubt, by: Person | None, words: str) -> Case:
    rule: DoubtRule = doubt.rule
    task, unit = doubt.task, doubt.unit
    area = task.area or unit.area or Area.objects.filter(level=Area.Level.DISTRICT).order_by("code").first()
    demand = words.strip() or rule.demand or "核查情况，按期回复。"
    leads = [str(u) for u in task.leads.all()]
    shared = f"（牵头单位：{'、'.join(leads)}）" if len(leads) > 1 else ""
    case = cases.open_case(
        weak.WORKFLOW, title=f"{rule.title}：{task.title}"[:120], area=area, responsible=unit, by=by,
        origin=weak.origin(rule.name, task.pk), place="", summary=f"{doubt.words}{shared}。要求：{demand}"[:300], basis=rule.basis[:200],
    )  # fmt: skip
    audit.record(by, "开督查单", task, None, {"case": case.number, "rule": rule.title, "words": doubt.words})
    return case
