"""Leads of the data: list, one with its picture, set aside or pursued (数据质量核查)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from qingshan.bureau.base import frame
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Organisation
from qingshan.bureau.base.permissions import need
from qingshan.bureau.monitor import plots, queries
from qingshan.bureau.monitor.actions import leads as actions
from qingshan.bureau.monitor.models import Lead, Mark
from qingshan.quality.declared import checks, law

TABS = ((Lead.State.OPEN, "待核查"), (Lead.State.CASE, "已立件"), (Lead.State.DISMISSED, "已排除"), ("all", "全部"))


@login_required
@require_safe
def leads(request: HttpRequest) -> HttpResponse:
    need(request.user, "monitor.review_lead", actions.MAY)
    found = queries.leads(request.user)
    area = frame.area_of(request)
    if area is not None and area.level != Area.Level.DISTRICT:
        found = found.filter(station__area__in=Area.objects.below({area.pk}))
    check, strength, text = (request.GET.get(k, "").strip()[:40] for k in ("check", "strength", "q"))
    if check in checks():
        found = found.filter(check_name=check)
    if strength in ("2", "3"):
        found = found.filter(strength__gte=int(strength))
    if text:
        found = found.filter(station__name__icontains=text)
    counts = {state: found.filter(state=state).count() for state in Lead.State.values}
    counts["all"] = sum(counts.values())
    tab = request.GET.get("tab", Lead.State.OPEN)
    tab = tab if tab in counts else Lead.State.OPEN
    page = Paginator(found if tab == "all" else found.filter(state=tab), 50).get_page(request.GET.get("page"))
    seen = sorted(set(queries.leads(request.user).order_by().values_list("check_name", flat=True).distinct()), key=list(checks()).index)
    context = {
        "page": page, "tabs": [(k, w, counts[k]) for k, w in TABS], "tab": tab, "search": text, "clear": bool(check or strength or text),
        "choices": [
            ("check", "检查", [(c, law(c).title) for c in seen], check), ("strength", "强弱", [("2", "中以上"), ("3", "强")], strength),
        ],
    }  # fmt: skip
    return render(request, "monitor/leads.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """One lead: what was seen, its picture, the hours' marks; set it aside or have it looked into."""
    need(request.user, "monitor.review_lead", actions.MAY)
    found = get_object_or_404(queries.leads(request.user), pk=pk)
    error = None
    if request.method == "POST":
        reason, unit = request.POST.get("reason", ""), request.POST.get("unit", "")
        try:
            if request.POST.get("act") == "pursue":
                case = actions.pursue(pk, by=request.user, reason=reason, unit=int(unit) if unit.isdecimal() else 0)
                messages.success(request, f"已立件 {case.number}，交 {case.responsible} 核查")
            else:
                actions.dismiss(pk, by=request.user, reason=reason)
                messages.success(request, "已排除，理由记入操作记录")
            return redirect("monitor:lead", pk)
        except Refused as no:
            error = no
    context = {
        "lead": found, "picture": plots.picture(found), "error": error, "said": request.POST.get("reason", ""),
        "units": Organisation.objects.filter(kind=Organisation.Kind.OFFICE),
        "marks": queries.marks_over(found.station, found.start, found.stop),
        "numbers": [(NUMBERS.get(k, k), v) for k, v in found.numbers.items()],
        "others": queries.leads(request.user).filter(station=found.station).exclude(pk=pk)[:8],
        "may_mark": request.user.has_perm("monitor.file_mark"), "invalid": Mark.Kind.INVALID,
    }  # fmt: skip
    return render(request, "monitor/lead.html", context, status=error.status if error else 200)


NUMBERS = {
    "count": "个数", "worst": "最甚的值", "hours": "小时数", "value": "数值", "odds": "偶然出现的可能 10 的负几次方", "std": "标准差",
    "usual": "平常", "from": "起自第几小时", "step": "分度", "chi2": "卡方", "effect": "卡方/个数", "digit": "最多的末位", "top": "最高值",
    "near": "其下一成内", "under": "限值下", "over": "限值上", "expected": "平滑应有", "ratio": "倍数", "score": "平日变化的倍数",
    "days": "天数", "lower": "调低的", "acts": "次数", "after": "其中升高后", "covered": "其中有标记", "visits": "检查次数", "at": "位置",
}  # fmt: skip
