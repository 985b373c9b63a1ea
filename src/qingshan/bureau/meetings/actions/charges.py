"""Leaders take townships into their charge (领导包片镇街)."""

from __future__ import annotations

from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.meetings.models import Charge

CHARGE = "安排包片需要“召集会议、安排走访”权限"


@transaction.atomic
def take_charge(*, by: Person, leader_id: int, area_ids: list[int] | tuple[int, ...]) -> list[Charge]:
    """Give townships to a leader; who had one before hands it over today."""
    need(by, "meetings.call_meeting", CHARGE)
    leader = Person.objects.within(by).filter(pk=leader_id, is_active=True).first()
    if leader is None:
        raise Refused("请选领导", field="leader", status=422)
    areas = list(Area.objects.filter(pk__in=list(area_ids), level=Area.Level.TOWN).defer("geometry"))
    if not areas:
        raise Refused("请选镇街", field="area", status=422)
    made, today = [], clock.today()
    for area in areas:
        there = Charge.objects.select_for_update(of=("self",)).filter(area=area, until=None).select_related("leader").first()
        if there and there.leader_id == leader.pk:
            continue
        if there:
            there.until = today
            there.save(update_fields=["until"])
        made.append(Charge.objects.create(leader=leader, area=area, since=today))
        audit.record(by, "安排包片", area, {"leader": str(there.leader) if there else ""}, {"leader": str(leader)})
    return made


@transaction.atomic
def end_charge(pk: int, *, by: Person) -> Charge:
    """A leader no longer has the township in their charge."""
    need(by, "meetings.call_meeting", CHARGE)
    charge = Charge.objects.select_for_update(of=("self",)).select_related("leader", "area").get(pk=pk)
    if charge.until is None:
        charge.until = clock.today()
        charge.save(update_fields=["until"])
        audit.record(by, "结束包片", charge.area, {"leader": str(charge.leader)}, {"leader": ""})
    return charge
