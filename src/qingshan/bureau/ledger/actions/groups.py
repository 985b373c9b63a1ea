"""Groups and work teams are set up, staffed and given tasks (专项小组、工作专班)."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.ledger import fields as rules
from qingshan.bureau.ledger.actions.tasks import EDIT, WATCHED, chosen, keep, locked
from qingshan.bureau.ledger.models import Seat, TaskEvent, WorkGroup

MANAGE = "维护小组和责任清单需要“维护专项小组、专班和责任清单”权限"
SHOWN = ("name", "kind", "committee", "lead", "number", "duty", "words", "begins", "ends", "basis")


@transaction.atomic
def save_group(group_id: int | None, *, by: Person, fields: dict, version: int | None = None) -> WorkGroup:
    """Set up a group or change it (新设、修改小组); a field left out stays, a newer change is never overwritten."""
    need(by, "ledger.manage_groups", MANAGE)
    group = WorkGroup.objects.select_for_update().get(pk=group_id) if group_id else WorkGroup(number=WorkGroup.objects.count() + 1)
    if group.pk and version is not None and version != group.version:
        raise Refused(f"“{group}”在您打开之后被改过，您的改动没有保存，请看过新内容再改")
    before = audit.snapshot(group, *SHOWN) if group.pk else None
    for name, length in (("name", 80), ("committee", 80), ("duty", 300), ("words", 200), ("basis", 200)):
        if name in fields:
            setattr(group, name, " ".join(str(fields[name] or "").split())[:length])
    if "kind" in fields:
        group.kind = rules.choice(fields["kind"], WorkGroup.Kind, "kind")
    if "lead" in fields:
        group.lead = Organisation.objects.filter(pk=fields["lead"]).first() if fields["lead"] else None
    for name in ("begins", "ends"):
        if name in fields:
            setattr(group, name, rules.deadline_of(fields[name], clock.today().year, name) if fields[name] else None)
    _check(group)
    if before is not None and audit.snapshot(group, *SHOWN) == before:
        return group
    group.version += 1 if group.pk else 0
    group.changed = clock.now()
    group.save()
    audit.record(by, "修改小组" if before else "新设小组", group, before, audit.snapshot(group, *SHOWN), basis=group.basis)
    return group


def _check(group: WorkGroup) -> None:
    if not group.name:
        raise Refused("小组名称不能为空", field="name", status=422)
    if WorkGroup.objects.filter(name=group.name).exclude(pk=group.pk).exists():
        raise Refused(f"已有“{group.name}”，请直接改它", field="name", status=422)
    if group.kind == WorkGroup.Kind.TEAM and not (group.begins and group.ends):
        raise Refused("专班有始有终：请写成立和到期日期", field="ends", status=422)
    if group.begins and group.ends and group.ends < group.begins:
        raise Refused(f"到期 {group.ends} 早于成立 {group.begins}", field="ends", status=422)


@transaction.atomic
def seat(
    group_id: int, *, by: Person, organisation: int, person: int | None = None, post: str = "member",
    begins: date | None = None, ends: date | None = None,
) -> Seat:  # fmt: skip
    """Give a unit, or one of its people, a place in a group (入组); said again it changes the post and the days."""
    need(by, "ledger.manage_groups", MANAGE)
    group = WorkGroup.objects.select_for_update().get(pk=group_id)
    unit = Organisation.objects.filter(pk=organisation).first()
    if unit is None:
        raise Refused("请选成员单位", field="organisation", status=422)
    who = Person.objects.filter(pk=person, is_active=True).first() if person else None
    if person and (who is None or who.organisation_id != unit.pk):
        raise Refused(f"没有这个人，或这个人不在{unit}", field="person", status=422)
    if begins and ends and ends < begins:
        raise Refused(f"止 {ends} 早于起 {begins}", field="ends", status=422)
    there = {"group": group, "person": who} if who else {"group": group, "organisation": unit, "person": None}
    found = Seat.objects.filter(**there).first() or Seat(**there)
    before = audit.snapshot(found, "organisation", "person", "post", "begins", "ends") if found.pk else None
    found.organisation, found.post = unit, rules.choice(post, Seat.Post, "post")
    found.begins, found.ends = begins, ends
    found.save()
    audit.record(by, "小组成员", group, before, audit.snapshot(found, "organisation", "person", "post", "begins", "ends"))
    return found


@transaction.atomic
def unseat(seat_id: int, *, by: Person) -> WorkGroup:
    """Take a unit or a person out of a group (出组); the trail keeps who sat there."""
    need(by, "ledger.manage_groups", MANAGE)
    found = Seat.objects.select_related("group").get(pk=seat_id)
    audit.record(by, "小组成员出组", found.group, audit.snapshot(found, "organisation", "person", "post", "begins", "ends"), None)
    found.delete()
    return found.group


@transaction.atomic
def route_tasks(task_ids: list[int], group_id: int, *, by: Person, out: bool = False) -> int:
    """Give tasks to a group, or take them out of it (归组、出组); its members see them from then on. Says how many changed."""
    need(by, "ledger.edit_task", EDIT)
    group, today, n = WorkGroup.objects.get(pk=group_id), clock.today(), 0
    if not out and not group.stands(today):
        raise Refused(f"“{group}”{'已到期' if group.ends and group.ends < today else '还没有成立'}，不能再归入任务")
    for pk in chosen(task_ids):
        task = locked(pk, by)
        if task.groups.filter(pk=group.pk).exists() != out:
            continue
        before = audit.snapshot(task, *WATCHED)
        (task.groups.remove if out else task.groups.add)(group)
        keep(task, by, TaskEvent.Act.ROUTE, before, words=f"{'移出' if out else '归入'}{group}")
        n += 1
    return n
