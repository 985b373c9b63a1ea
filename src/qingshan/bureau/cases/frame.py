"""Entries of cases in the page frame, and the worker's duties."""

from __future__ import annotations

from django.urls import reverse

from qingshan.bureau.base import clock, composed, duties, frame
from qingshan.bureau.cases import actions, queries
from qingshan.bureau.cases.actions.composing import COMPOSER
from qingshan.bureau.cases.models import Case


def hands_out(person) -> bool:
    return person.has_perm("cases.dispatch_case")


def n_open(person) -> int:
    return Case.objects.within(person).filter(closed_at=None).count()


frame.nav("cases", "事项", "cases:orders", order=20, count=n_open, phone="i-task", prefix="/orders/")
frame.nav("cases", "疑似重复", "cases:doubles", order=25, prefix="/orders/doubles/", may=hands_out)
frame.nav("cases", "办理成效", "cases:results", order=26, prefix="/orders/results/")
frame.nav("cases", "编制流程", "cases:composing", order=28, prefix="/orders/compose/", may="cases.compose_workflow")
frame.count("work", "待办事项", "cases:orders", queries.n_mine)
frame.count("alarms", "待签收", "cases:orders", lambda p: queries.waiting_receipt(p).count())


def find(person, text: str, limit: int) -> list[frame.Hit]:
    """Cases whose number or title holds the text."""
    found = queries.holding(queries.visible(person), text)[:limit]
    return [frame.Hit(c.title, reverse("cases:order", args=[c.number]), "事项", f"{c.noun} {c.number} {c.state_words}") for c in found]


frame.search("事项", find)

MOST = 200
"""rows one's own work shows"""


def waiting(person) -> list[frame.Waiting]:
    """Cases in which the person can take the next step."""
    found = queries.my_work(person, clock.now())[:MOST]
    return [
        frame.Waiting(
            c.title, reverse("cases:order", args=[c.number]), c.state_words, c.due_at.date() if c.due_at else None, f"{c.noun} {c.number}"
        )
        for c in found
    ]  # fmt: skip


frame.work("事项", waiting)
frame.work("流程审定", lambda person: composed.waiting(COMPOSER, person))

duties.register("cases.1_relapse", "反弹重启", 3600, actions.watch_relapses)
duties.register("cases.2_ladder", "逾期提醒与督办", 3600, actions.climb_ladder, after=8)
duties.register("cases.3_reckon", "放假安排公布后重算期限", 24 * 3600, actions.reckon_again)
