"""Days on record as sand and dust."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.indicators.models import Deduction

SYMBOLS = ("PM10", "PM2.5", "TSP")
"""items whose days may be left out: particulate matter"""


@transaction.atomic
def deduct_day(*, by: Person, day: date, symbols: tuple[str, ...], basis: str, area: Area | None = None) -> Deduction:
    """Leave a day out of particulate values where indicators say so (登记沙尘剔除)."""
    need(by, "indicators.deduct_day", "登记沙尘剔除需要“登记沙尘剔除”权限")
    wrong = [s for s in symbols if s not in SYMBOLS]
    if wrong or not symbols:
        raise Refused(f"沙尘剔除只用于 {'、'.join(SYMBOLS)}，不能用于 {'、'.join(wrong) or '空项目'}", field="symbols")
    if not basis.strip():
        raise Refused("请填写依据，例如“中国环境监测总站沙尘剔除结果 2026年4月”", field="basis")
    if day > clock.today():
        raise Refused(f"{day} 还没有到，不能登记剔除", field="day")
    if Deduction.objects.filter(day=day, area=area, withdrawn=None).exists():
        raise Refused(f"{day}已经登记过剔除；要改请先撤销原记录", field="day")
    made = Deduction.objects.create(
        area=area, day=day, items=[s for s in SYMBOLS if s in symbols], basis=basis.strip(), by=by, at=clock.now()
    )
    audit.record(by, "登记沙尘剔除", made, None, audit.snapshot(made, "day", "items", "basis", "area"), basis)
    return made


@transaction.atomic
def withdraw_deduction(deduction_id: int, *, by: Person, basis: str) -> Deduction:
    """Take a deduction back (撤销沙尘剔除); the row stays with the day it ended."""
    need(by, "indicators.deduct_day", "撤销沙尘剔除需要“登记沙尘剔除”权限")
    found = Deduction.objects.select_for_update().get(pk=deduction_id)
    if found.withdrawn:
        raise Refused(f"{found.day}的剔除已于{found.withdrawn:%Y-%m-%d}撤销")
    if not basis.strip():
        raise Refused("请填写撤销原因", field="basis")
    before = audit.snapshot(found, "withdrawn")
    found.withdrawn = clock.now()
    found.save(update_fields=["withdrawn"])
    audit.record(by, "撤销沙尘剔除", found, before, audit.snapshot(found, "withdrawn"), basis)
    return found
