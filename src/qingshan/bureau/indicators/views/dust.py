"""Days left out of particulate values, on whose word (沙尘剔除)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from qingshan.bureau.indicators import actions, queries
from qingshan.bureau.indicators.forms import DeductionForm
from qingshan.bureau.indicators.models import Deduction


@login_required
@require_http_methods(["GET", "POST"])
def deductions(request: HttpRequest) -> HttpResponse:
    """Days left out of particulate values, on whose word (沙尘剔除)."""
    if request.user.scope_areas() is not None:
        raise Http404
    form = DeductionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        actions.deduct_day(by=request.user, day=said["day"], symbols=tuple(said["symbols"]), basis=said["basis"])
        messages.success(request, f"已登记 {said['day']} 沙尘剔除")
        return redirect("indicators:deductions")
    context = {"form": form, "rows": queries.deductions(), "may": request.user.has_perm("indicators.deduct_day")}
    return render(request, "indicators/deductions.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def withdraw_deduction(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a deduction back."""
    if request.user.scope_areas() is not None:
        raise Http404
    get_object_or_404(Deduction, pk=pk)
    actions.withdraw_deduction(pk, by=request.user, basis=request.POST.get("basis", ""))
    messages.success(request, "已撤销，之后的计算不再剔除这一天")
    return redirect("indicators:deductions")
