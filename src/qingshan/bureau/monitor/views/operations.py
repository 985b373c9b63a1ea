"""How the network runs, and reporting an instrument down (网络运行、报仪器停用)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from qingshan.bureau.base import clock, frame
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.permissions import need
from qingshan.bureau.monitor.actions import marks
from qingshan.bureau.monitor.forms import NoticeForm
from qingshan.bureau.monitor.queries import operations as of
from qingshan.hj212 import codes

TABS = (
    ("down", "中断", "red"), ("fault", "有问题", "amber"), ("told", "已报停用", "blue"), ("never", "未上报", "none"),
    ("up", "正常", "green"),
)  # fmt: skip


@login_required
@require_safe
def operations(request: HttpRequest) -> HttpResponse:
    """Links with pace, clock, capture and silent instruments; disk and queue for the whole bureau."""
    now = clock.now()
    rows = of.running(request.user, now, frame.area_of(request))
    text, state = (request.GET.get(k, "").strip()[:60] for k in ("q", "state"))
    if text:
        rows = [r for r in rows if text.lower() in f"{r.link.mn}{r.station or ''}{r.station.area if r.station else ''}".lower()]
    tabs = [(key, words, light, sum(r.state == key for r in rows)) for key, words, light in TABS]
    shown = [r for r in rows if not state or r.state == state]
    context = {
        "page": Paginator(shown, 100).get_page(request.GET.get("page")), "tabs": tabs, "state": state, "n": len(rows), "now": now,
        "search": text, "clear": bool(text or state), "commands": codes.COMMANDS,
        "machine": of.machine() if request.user.scope_areas() is None else None, "pace": sum(r.pace for r in rows),
        "may_mark": request.user.has_perm("monitor.file_mark"),
    }  # fmt: skip
    return render(request, "monitor/operations.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def notice(request: HttpRequest) -> HttpResponse:
    """Report an instrument down from … to; once another person agrees it is a mark, and raises no offline alarm."""
    need(request.user, "monitor.file_mark", "报仪器停用需要“登记数据标记”权限")
    initial = {k: request.GET[k][:60] for k in ("station", "kind") if request.GET.get(k)}
    form = NoticeForm(request.POST or None, request.FILES or None, person=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            mark = marks.report_down(
                said["station"].code, said["kind"], said["start"], said["end"], by=request.user, reason=said["reason"],
                evidence=said["evidence"], items=tuple(said["items"]),
            )  # fmt: skip
        except Refused as no:
            form.add_error(no.field if no.field in form.fields else None, no.message)
        else:
            messages.success(request, "已报，待另一人审核；同意以后这段时间不报断线")
            return redirect("monitor:mark", mark.pk)
    return render(request, "monitor/notice.html", {"form": form}, status=422 if form.errors else 200)
