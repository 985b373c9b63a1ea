"""Entries of the monitor in the page frame, its search, and its panel on the order page."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse

from qingshan.bureau.base import frame
from qingshan.bureau.cases import panels
from qingshan.bureau.monitor import queries
from qingshan.bureau.monitor.levels import item_words, of_alarm
from qingshan.bureau.sites.models import Station

frame.nav("map", "一张图", "monitor:map", order=10, alone=True, phone="i-map")
frame.nav("monitor", "监测站点", "monitor:stations", order=10, count=lambda p: Station.objects.within(p).ambient().count())
frame.nav("monitor", "污染源排放口", "monitor:outlets", order=12)
frame.nav("monitor", "网络运行", "monitor:operations", order=55)
frame.nav("monitor", "设备与报文", "monitor:links", order=60)
frame.nav("monitor", "数据质量核查", "monitor:leads", order=30, may="monitor.review_lead")
frame.nav("monitor", "数据标记", "monitor:marks", order=40)
frame.nav("monitor", "导入数据", "monitor:imports", order=70, may="monitor.import_observations")
frame.nav("monitor", "数据入口", "monitor:doors", order=75, may="monitor.import_observations")
frame.nav("monitor", "区划边界", "sites:boundaries", order=80, may="sites.manage_boundary")
frame.nav("cases", "报警", "monitor:alarms", order=10, count=lambda p: queries.alarms(p).filter(ended_at=None).count())


def find(person, text: str, limit: int) -> list[frame.Hit]:
    """Stations whose name or code holds the text."""
    found = Station.objects.within(person).select_related("area").filter(Q(name__icontains=text) | Q(code__icontains=text))[:limit]
    return [frame.Hit(s.name, reverse("monitor:station", args=[s.code]), "站点", f"{s.get_level_display()} {s.area}") for s in found]


frame.search("站点", find)


def order_panel(case, person) -> panels.Panel | None:
    """The episode a case was opened for."""
    alarm = queries.alarms_of(case).first()
    if alarm is None or not alarm.item:
        return None
    said = {"alarm": alarm, "peak": of_alarm(alarm, alarm.peak), "item": item_words(alarm)}
    return panels.Panel("monitor/parts/order_alarm.html", said, ("monitor/series.js",))


panels.more["alarm"] = order_panel


def marks_waiting(person) -> list[frame.Waiting]:
    """Marks the person can review."""
    return [
        frame.Waiting(f"{m.station} {m.get_kind_display()}标记", reverse("monitor:mark", args=[m.pk]), "待审核", None, m.reason[:40])
        for m in queries.waiting_marks(person)[:50]
    ]


def unsigned(person) -> list[frame.Waiting]:
    """Alarms whose order nobody signed, for those who dispatch."""
    if not person.has_perm("cases.dispatch_case"):
        return []
    found = queries.alarms(person).exclude(escalated_at=None).filter(case__closed_at=None)
    return [
        frame.Waiting(f"{a.case.responsible} 未签收 {a.case.number}", reverse("monitor:alarm", args=[a.pk]), "升级", None, str(a))
        for a in found[:50] if a.case.state == a.case.declared.first
    ]  # fmt: skip


frame.work("数据标记", marks_waiting)
frame.work("报警升级", unsigned)
