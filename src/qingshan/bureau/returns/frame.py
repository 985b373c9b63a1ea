"""Entries of returns in the page frame, who may read its evidence, the panel on an inspection order, and the worker's duties."""

from __future__ import annotations

from django.urls import reverse

from qingshan.bureau.base import attachments, clock, duties, frame, packs
from qingshan.bureau.cases import panels
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.returns import actions
from qingshan.bureau.returns.models import DoubtSeen, Item, Line, Occasion, Period
from qingshan.bureau.returns.models.rota import units_of
from qingshan.bureau.returns.queries import due


def reports(person) -> bool:
    """Whether the person files returns for some unit."""
    return person.has_perm("returns.send_return")


def whole_bureau(person) -> bool:
    return person.scope_areas() is None


frame.nav("returns", "我的填报", "returns:mine", order=6, prefix="/returns/mine/", may=reports, phone="i-plan")
frame.nav("returns", "报送汇总", "returns:periods", order=30, prefix="/returns/")
frame.nav("returns", "催报", "returns:chases", order=31, prefix="/returns/chases/")
frame.nav("returns", "不严不实", "returns:doubts", order=32, prefix="/returns/doubts/")
frame.nav("returns", "督查单", "returns:orders", order=33, prefix="/returns/orders/")
frame.nav("returns", "例行工作", "returns:routines", order=34, prefix="/returns/routines/", may=whole_bureau)
frame.nav("returns", "信息报送", "returns:news", order=35, prefix="/returns/news/")
frame.nav("returns", "减负", "returns:burden", order=36, prefix="/returns/burden/")
frame.count("work", "待填报", "returns:mine", due.n_owed, may=reports)


@attachments.owners.add("ledger.task")
def reads_proof(person, owner_id: str) -> bool:
    """Who sees the task, and who reports on it for its unit."""
    if Task.objects.within(person).filter(pk=owner_id).exists():
        return True
    return Line.objects.filter(task=owner_id, organisation__in=units_of(person)).exists()


@attachments.owners.add("returns.occasion")
def reads_record(person, owner_id: str) -> bool:
    return whole_bureau(person) and Occasion.objects.filter(pk=owner_id).exists()


@attachments.owners.add("returns.item")
def reads_item(person, owner_id: str) -> bool:
    return Item.objects.within(person).filter(pk=owner_id).exists()


def order_panel(case, person) -> panels.Panel | None:
    """What an inspection order is about: the task, the rule, since when it has stood, what its reports said."""
    if not case.origin.startswith("doubt:"):
        return None
    _, rule, task_id = case.origin.split(":")
    task = Task.objects.within(person).filter(pk=task_id).first()
    declared = packs.all("doubts").get(rule)
    seen = DoubtSeen.objects.filter(rule=rule, task=task_id).order_by("-since").first()
    sent = Line.objects.within(person).filter(task=task_id).exclude(sent_at=None).select_related("period__rota", "organisation")
    context = {"task": task, "rule": declared, "seen": seen, "sent": sent.order_by("-period__last")[:4], "today": clock.today()}
    return panels.Panel("returns/parts/order_panel.html", context)


panels.more["returns"] = order_panel


def find(person, text: str, limit: int) -> list[frame.Hit]:
    """Periods by the name of their rota."""
    found = Period.objects.within(person).filter(rota__title__icontains=text).select_related("rota")[:limit]
    return [frame.Hit(str(p), reverse("returns:period", args=[p.pk]), "报送期", f"{p.first} 至 {p.last}") for p in found]


frame.search("报送期", find)


def owed(person) -> list[frame.Waiting]:
    """What the person's units still owe, one row a period."""
    if not reports(person):
        return []
    lines: dict[Period, int] = {}
    for line in due.still_owed(due.open_lines(person)):
        lines[line.period] = lines.get(line.period, 0) + 1
    url = reverse("returns:mine")
    return [frame.Waiting(str(period), url, "待填报", period.due_at.date(), f"{n} 项") for period, n in lines.items()]


frame.work("进展填报", owed)

duties.register("returns.1_open", "按节奏开期", 15 * 60, actions.open_due)
duties.register("returns.2_freeze", "到时定格", 15 * 60, actions.freeze_due)
duties.register("returns.3_routines", "例行工作开出", 3600, actions.open_occasions)
duties.register("returns.4_chase", "催报", 3600, actions.chase_due, after=8)
duties.register("returns.5_orders", "不严不实与督查单", 6 * 3600, actions.issue_due, after=7)
