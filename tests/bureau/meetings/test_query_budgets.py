"""The pages of meetings ask the database no more when meetings, units and decisions double."""

from __future__ import annotations

from datetime import datetime

from tests.bureau.meetings.conftest import MINUTES, decision
from tests.bureau.test_query_budgets import asked

from qingshan.bureau.meetings import actions

BUDGETS = {"/meetings/": 24, "/meetings/decisions/?tab=all": 27, "/meetings/visits/": 27, "/meetings/{}/": 45, "/meetings/{}/minutes/": 31}


def double(bureau, office, chief, n: int) -> None:
    units = [u.pk for u in (*bureau.departments.values(), *bureau.governments.values())]
    made = actions.make_meeting(
        by=office, kind="dispatch", starts_at=datetime(2026, 11, 19, 9), place="三楼", title=f"调度会{n}", unit_ids=units
    )
    for k in range(3):
        actions.add_item(made.pk, by=office, title=f"议题{k}", reporter_id=units[k])
    actions.enter_minutes(made.pk, by=office, text=MINUTES)
    actions.accept_decision(decision(made, "26个重点工地").pk, by=office)
    actions.accept_decision(decision(made, "砂石料场").pk, by=office, become="case")
    for town in list(bureau.towns)[: 2 * n]:
        visit = actions.make_meeting(
            by=office, kind="leader_visit", starts_at=datetime(2026, 11, 19, 9), leader_id=chief.pk, area_id=bureau.towns[town].pk
        )
        actions.enter_minutes(visit.pk, by=office, text=f"发现的问题：\n1.{town}料场12月30日前完成苫盖。")


def test_the_pages_keep_their_budget_however_many_meetings(bureau, held, office, chief, today, as_):
    today("2026-11-20T16:00:00")
    actions.accept_decision(decision(held, "26个重点工地").pk, by=office)
    double(bureau, office, chief, 1)
    client = as_(office)
    client.get("/meetings/")
    urls = {form: form.format(held.pk) for form in BUDGETS}
    before = {form: asked(client, url) for form, url in urls.items()}
    over = {form: len(said) for form, said in before.items() if len(said) > BUDGETS[form]}
    assert not over, f"超过预算：{over}"
    double(bureau, office, chief, 2)
    after = {form: asked(client, url) for form, url in urls.items()}
    grown = {form: (len(before[form]), len(after[form])) for form in BUDGETS if len(after[form]) > len(before[form])}
    assert not grown, f"会议、议定事项加倍后多问了数据库：{grown}"
