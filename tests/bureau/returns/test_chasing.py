"""The silent are chased by rule: before and after the due day, once a day, louder with time, on working days."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from tests.bureau.conftest import make_person

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.returns import actions
from qingshan.bureau.returns.models import Chase


def levels(unit) -> list[tuple[str, str]]:
    return [(f"{c.on:%m-%d}", c.get_level_display()) for c in Chase.objects.filter(organisation=unit).order_by("on")]


def test_chased_before_and_after_once_a_day_and_louder(line, traffic, office, today, bureau, as_):
    chief = make_person("fenguan", "分管", bureau.departments["住建局"], "department_officer")
    actions.name_reporter(by=office, organisation_id=line.organisation_id, person_id=traffic.pk, duty="main")
    actions.name_reporter(by=office, organisation_id=line.organisation_id, person_id=chief.pk, duty="leader")
    for day in ("2026-11-30", "2026-12-01", "2026-12-02", "2026-12-03", "2026-12-04", "2026-12-05", "2026-12-06", "2026-12-07"):
        for hour in ("08:30", "12:00", "18:00"):
            today(f"{day}T{hour}:00")
            actions.chase_due()
    assert levels(line.organisation) == [
        ("12-02", "将到期提醒"), ("12-03", "到期催报"), ("12-04", "告知分管领导"), ("12-07", "列入未报单位"),
    ]  # fmt: skip
    told = {f"{c.on:%m-%d}": {p.name for p in c.people.all()} for c in Chase.objects.filter(organisation=line.organisation)}
    assert told == {"12-02": {"陈嘉"}, "12-03": {"陈嘉"}, "12-04": {"陈嘉", "分管"}, "12-07": {"陈嘉", "分管"}}
    today("2026-12-07T19:00:00")
    assert "列入未报单位" in as_(chief).get(reverse("returns:mine")).content.decode()  # told, though it is another unit's silence
    assert "交通局" in as_(chief).get(reverse("returns:chases")).content.decode()
    assert AuditEvent.objects.filter(action="催报", object_id=str(line.organisation_id)).count() == 4


def test_who_has_reported_is_left_alone_and_where_nobody_is_named_the_unit_is_told(line, traffic, november, today, ledger):
    for owed in november.lines.filter(organisation=line.organisation):
        actions.send_line(owed.pk, by=traffic, token=f"token-{owed.pk:05}", value=1)
    today("2026-12-03T08:30:00")
    assert actions.chase_due() == "催报 2 个单位"
    assert not Chase.objects.filter(organisation=line.organisation).exists()
    Task.objects.filter(pk=ledger["废气"].pk).update(state="closed")
    today("2026-12-04T08:30:00")
    assert actions.chase_due() == "催报 1 个单位"


def test_the_office_chases_by_hand_and_the_rule_does_not_repeat_it(line, november, office, stranger, today, as_, traffic):
    with pytest.raises(PermissionDenied):
        actions.chase_units(november.pk, by=stranger, unit_ids=[line.organisation_id])
    [chase] = actions.chase_units(november.pk, by=office, unit_ids=[line.organisation_id], words="请今天报")
    assert (chase.by, chase.owed, chase.words.startswith("请今天报")) == (office, 2, True)
    with pytest.raises(Refused, match="每天最多催一次"):
        actions.chase_units(november.pk, by=office, unit_ids=[line.organisation_id])
    assert "请今天报" in as_(traffic).get(reverse("returns:mine")).content.decode()


def test_the_page_lists_units_that_have_not_reported(line, today, as_, office, traffic, stranger):
    today("2026-12-07T09:00:00")
    actions.chase_due()
    page = as_(office).get(reverse("returns:chases")).content.decode()
    assert "未报单位 3 个" in page
    mine = as_(traffic).get(reverse("returns:chases")).content.decode()
    assert "未报单位 1 个" in mine
    assert "农业农村局" not in mine.split('id="page"')[1]


def test_no_chasing_on_days_off_nor_of_frozen_periods(november, today, office):
    today("2026-12-05T09:00:00")
    assert actions.chase_due() == ""
    today("2026-12-07T18:00:00")
    actions.freeze_due()
    assert actions.chase_due() == ""
