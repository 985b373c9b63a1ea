"""Values that units report: what is due, reporting, confirming."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.indicators import actions, pages, queries
from qingshan.bureau.indicators.forms import ReportForm
from qingshan.bureau.indicators.models import Report


@login_required
@require_http_methods(["GET", "POST"])
def reports(request: HttpRequest) -> HttpResponse:
    """Report a value; what was reported, and what waits for a second person (填报)."""
    may = request.user.has_perm("indicators.report_value")
    name = request.GET.get("indicator", "")
    form = ReportForm(request.POST or None, request.FILES or None, person=request.user, initial={"indicator": name}) if may else None
    if request.method == "POST" and form is not None and form.is_valid():
        said = form.cleaned_data
        try:
            made = actions.report_value(
                said["indicator"], said["area"].pk, said["period"], said["value"], by=request.user, note=said["note"],
                files=[said["file"]] if said["file"] else [],
            )  # fmt: skip
        except Refused as no:
            form.add_error(no.field if no.field in form.fields else None, no.message)
        else:
            messages.success(request, "已填报，计入" if made.state == Report.State.CONFIRMED else "已填报，待第二人确认后计入")
            return redirect(f"{reverse('indicators:reports')}?indicator={made.indicator}")
    found = queries.reports(request.user, name)
    page = Paginator(found, 30).get_page(request.GET.get("page"))
    context = {
        "form": form, "page": page, "rows": pages.report_rows(page, request.user), "name": name,
        "choices": [("indicator", "口径", [(i.name, i.title) for i in queries.indicators() if i.source.kind == "reported"], name)],
        "clear": bool(name),
    }  # fmt: skip
    return render(request, "indicators/reports.html", context, status=422 if form is not None and form.errors else 200)


@login_required
@require_POST
def decide_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm a report, or send it back."""
    found = get_object_or_404(Report.objects.within(request.user), pk=pk)
    if request.POST.get("act") == "refuse":
        actions.refuse_report(pk, by=request.user, reason=request.POST.get("reason", ""))
        messages.success(request, "已退回，填报单位可以重报")
    else:
        actions.confirm_report(pk, by=request.user)
        messages.success(request, "已确认，从现在起计入")
    return redirect(f"{reverse('indicators:reports')}?indicator={found.indicator}")
