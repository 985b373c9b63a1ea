"""The list of duties is kept edition by edition, and what it proposes is taken by a person (责任清单)."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Max

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.ledger import duties
from qingshan.bureau.ledger.actions.groups import MANAGE
from qingshan.bureau.ledger.actions.tasks import EDIT, edit_task, locked
from qingshan.bureau.ledger.models import Duty, DutyList, Task

SHOWN = ("number", "text", "words", "unit", "basis", "dropped")


@transaction.atomic
def open_edition(*, by: Person, title: str, begins: date, basis: str = "", copy: bool = True) -> DutyList:
    """Begin a new edition (新版责任清单): the one before ends the day before, its lines are taken over as a start."""
    need(by, "ledger.manage_groups", MANAGE)
    title = " ".join(title.split())[:120]
    if not title:
        raise Refused("请写清单名称，如“青川区生态环境保护责任清单（2026年版）”", field="title", status=422)
    last = DutyList.objects.select_for_update().first()
    if last is not None and begins <= last.begins:
        raise Refused(f"施行日期须晚于上一版“{last}”的 {last.begins}", field="begins", status=422)
    now = clock.now()
    edition = DutyList.objects.create(title=title, begins=begins, basis=basis.strip()[:200], changed=now)
    if last is not None:
        if last.ends is None or last.ends >= begins:
            before = audit.snapshot(last, "ends")
            last.ends, last.changed = begins - timedelta(days=1), now
            last.save()
            audit.record(by, "责任清单废止", last, before, audit.snapshot(last, "ends"), basis=basis.strip())
        if copy:
            Duty.objects.bulk_create(
                Duty(edition=edition, number=d.number, text=d.text, words=d.words, unit_id=d.unit_id, basis=d.basis, changed=now)
                for d in last.duties.filter(dropped=False)
            )
    audit.record(by, "新版责任清单", edition, None, {"begins": begins, "duties": edition.duties.count()}, basis=edition.basis)
    return edition


@transaction.atomic
def save_duty(
    duty_id: int | None, *, by: Person, fields: dict, edition_id: int | None = None, version: int | None = None
) -> Duty:
    """Write or change one line (新增、修改职责); a newer change is never overwritten, a line of an ended edition never changed."""
    need(by, "ledger.manage_groups", MANAGE)
    if duty_id:
        duty = Duty.objects.select_for_update().select_related("edition").get(pk=duty_id)
    else:
        edition = DutyList.objects.select_for_update().get(pk=edition_id)
        duty = Duty(edition=edition, number=(edition.duties.aggregate(last=Max("number"))["last"] or 0) + 1)
    _open(duty.edition)
    if duty.pk and version is not None and version != duty.version:
        raise Refused(f"第 {duty.number} 项在您打开之后被改过，您的改动没有保存，请看过新内容再改")
    before = audit.snapshot(duty, *SHOWN) if duty.pk else None
    for name, length in (("text", 300), ("words", 200), ("basis", 200)):
        if name in fields:
            setattr(duty, name, " ".join(str(fields[name] or "").split())[:length])
    if "unit" in fields:
        unit = Organisation.objects.filter(pk=fields["unit"]).first() if fields["unit"] else None
        if unit is None:
            raise Refused("请选责任单位", field="unit", status=422)
        duty.unit = unit
    if not duty.text:
        raise Refused("职责不能为空", field="text", status=422)
    if not duty.cues:
        raise Refused("请写关键词（两个字以上，用顿号隔开）：没有关键词的职责不会被用来提出牵头单位", field="words", status=422)
    if not duty.unit_id:
        raise Refused("请选责任单位", field="unit", status=422)
    if before is not None and audit.snapshot(duty, *SHOWN) == before:
        return duty
    duty.version += 1 if duty.pk else 0
    duty.changed = clock.now()
    duty.save()
    audit.record(by, "修改职责" if before else "新增职责", duty, before, audit.snapshot(duty, *SHOWN), basis=duty.basis)
    return duty


@transaction.atomic
def drop_duty(duty_id: int, *, by: Person, back: bool = False) -> Duty:
    """Strike a line out, or take it back (删去职责、撤回); it stays readable and proposes nothing."""
    need(by, "ledger.manage_groups", MANAGE)
    duty = Duty.objects.select_for_update().select_related("edition").get(pk=duty_id)
    _open(duty.edition)
    if duty.dropped != back:
        return duty
    before = audit.snapshot(duty, *SHOWN)
    duty.dropped, duty.changed = not back, clock.now()
    duty.version += 1
    duty.save()
    audit.record(by, "恢复职责" if back else "删去职责", duty, before, audit.snapshot(duty, *SHOWN))
    return duty


def _open(edition: DutyList) -> None:
    if edition.ends is not None and edition.ends < clock.today():
        raise Refused(f"“{edition}”{edition.ends} 已废止，不能再改；请改现行版本")


@transaction.atomic
def take_proposal(task_id: int, duty_id: int, *, by: Person) -> Task:
    """Make the unit a duty proposes the task's lead (按责任清单定牵头单位); only where it has none, and for the reason shown."""
    need(by, "ledger.edit_task", EDIT)
    task = locked(task_id, by)
    if task.leads.exists():
        raise Refused(f"“{task}”已由{'、'.join(map(str, task.leads.all()))}牵头，要换请用转派")
    found = [one for one in duties.of([task], clock.today()).get(task.pk, []) if one.duty.pk == duty_id]
    if not found:
        raise Refused("责任清单或任务改过了，这条提议已不成立，请看新的提议")
    return edit_task(task.pk, by=by, fields={"leads": [found[0].unit.pk]}, basis=f"按责任清单：{found[0].reason}")
