"""A plan or chosen tasks get a rhythm; units get their reporters (填报安排、信息员)."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from qingshan.bureau.base import audit, clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.base.permissions import need, need_whole
from qingshan.bureau.ledger.models import Plan, Task
from qingshan.bureau.returns.models import Reporter, Rota

WHOLE = "报送期、节奏和信息员是全区的，由局或委员会办公室的人办"
MANAGE = "安排填报需要“安排填报节奏、指定信息员”权限"


@transaction.atomic
def make_rota(
    *, by: Person, title: str, rhythm: str, plan_id: int | None = None, task_ids: tuple[int, ...] | list[int] = (),
    who: str = Rota.Who.LEADS, began: date | None = None, basis: str = "",
) -> Rota:  # fmt: skip
    """Give a plan, or chosen tasks, a rhythm of returns; the first period is the one in which `began` lies."""
    need(by, "returns.manage_rota", MANAGE)
    need_whole(by, WHOLE)
    title = " ".join(title.split())
    if not title:
        raise Refused("请写名称，如“工作要点月报”", field="title", status=422)
    if rhythm not in packs.all("rhythms", at=clock.today()):
        raise Refused("请选报送节奏", field="rhythm", status=422)
    if who not in Rota.Who.values:
        raise Refused("请选由谁填报", field="who", status=422)
    if bool(plan_id) == bool(task_ids):
        raise Refused("请选一份文件，或选若干任务，二者选一", field="plan", status=422)
    began = began or clock.today()
    if not date(2000, 1, 1) <= began <= clock.today().replace(year=clock.today().year + 2, day=1):
        raise Refused(f"起始日 {began} 不对，请重选", field="began", status=422)
    plan = None
    if plan_id:
        plan = Plan.objects.within(by).filter(pk=plan_id).first()
        if plan is None:
            raise Refused("没有这份文件，请重新选择", field="plan", status=422)
        same = Rota.objects.filter(plan=plan, rhythm=rhythm, stopped=None).first()
        if same:
            raise Refused(f"“{plan}”已有同一节奏的填报“{same}”，不必再安排一份", field="plan", status=422)
    tasks = list(Task.objects.within(by).filter(pk__in=list(task_ids)))
    if len(tasks) != len(set(task_ids)):
        raise Refused("所选任务里有的不存在，请重新选择", field="tasks", status=422)
    rota = Rota.objects.create(title=title[:80], rhythm=rhythm, plan=plan, who=who, began=began, by=by, basis=basis.strip()[:200])
    rota.tasks.set(tasks)
    after = audit.snapshot(rota, "title", "rhythm", "plan", "tasks", "who", "began")
    audit.record(by, "安排填报", rota, None, after, basis=rota.basis)
    return rota


@transaction.atomic
def stop_rota(rota_id: int, *, by: Person, reason: str, on: date | None = None) -> Rota:
    """No further periods are opened after a day; those that are open go on."""
    need(by, "returns.manage_rota", MANAGE)
    need_whole(by, WHOLE)
    rota = Rota.objects.select_for_update().get(pk=rota_id)
    if rota.stopped:
        raise Refused(f"“{rota}”已于 {rota.stopped} 停止")
    if not reason.strip():
        raise Refused("请写停止的理由", field="reason", status=422)
    rota.stopped = on or clock.today()
    rota.save(update_fields=["stopped"])
    audit.record(by, "停止填报", rota, {"stopped": None}, {"stopped": audit.plain(rota.stopped)}, basis=reason.strip())
    return rota


@transaction.atomic
def name_reporter(*, by: Person, organisation_id: int, person_id: int, duty: str) -> Reporter:
    """Name a person for a unit's returns; a new A 角 follows the old one, whose time ends today."""
    need(by, "returns.manage_rota", "指定信息员需要“安排填报节奏、指定信息员”权限")
    need_whole(by, WHOLE)
    if duty not in Reporter.Duty.values:
        raise Refused("请选职责：A角、B角或分管领导", field="duty", status=422)
    unit = Organisation.objects.filter(pk=organisation_id).first()
    person = Person.objects.filter(pk=person_id, is_active=True).select_related("organisation").first()
    if unit is None or person is None:
        raise Refused("请选单位和在职人员", field="person" if unit else "organisation", status=422)
    if duty != Reporter.Duty.LEADER and not person.has_perm("returns.send_return"):
        raise Refused(f"{person}没有“报送进展”权限，先在“人员与权限”里给他相应角色", field="person", status=422)
    there = Reporter.objects.select_for_update().filter(organisation=unit, until=None)
    same = there.filter(person=person).first()
    if same and same.duty == duty:
        return same
    before = [str(row) for row in there]
    today = clock.today()
    if same:
        there.filter(pk=same.pk).update(until=today)
    if duty == Reporter.Duty.MAIN:
        there.filter(duty=Reporter.Duty.MAIN).update(until=today)
    row = Reporter.objects.create(organisation=unit, person=person, duty=duty, since=today)
    audit.record(
        by,
        "指定信息员",
        unit,
        {"reporters": before},
        {"reporters": [str(r) for r in Reporter.objects.filter(organisation=unit, until=None)]},
    )
    return row


@transaction.atomic
def end_reporter(reporter_id: int, *, by: Person) -> Reporter:
    """A person's duty for a unit ends today."""
    need(by, "returns.manage_rota", "指定信息员需要“安排填报节奏、指定信息员”权限")
    need_whole(by, WHOLE)
    row = Reporter.objects.select_for_update().get(pk=reporter_id)
    if row.until is None:
        row.until = clock.today()
        row.save(update_fields=["until"])
        audit.record(by, "信息员卸任", row.organisation, {"reporter": str(row)}, {"until": audit.plain(row.until)})
    return row
