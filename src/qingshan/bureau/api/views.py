"""The page of one's tokens."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from qingshan.bureau.api import actions
from qingshan.bureau.api.models import OpenStation, Token
from qingshan.bureau.base import clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation
from qingshan.bureau.base.permissions import need
from qingshan.bureau.sites.models import Station


class TokenForm(forms.Form):
    """A new token (令牌)."""

    name = forms.CharField(label="用途", max_length=60, help_text="写明哪个系统用，例如 大屏取数")
    days = forms.IntegerField(label="有效天数", min_value=1, max_value=actions.LONGEST, initial=180)


class PushForm(forms.Form):
    """A new push token (推送令牌)."""

    name = forms.CharField(label="用途", max_length=60, help_text="写明哪个系统用，例如 运维公司平台推送")
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label="所属单位")
    stations = forms.ModelMultipleChoiceField(
        Station.objects.none(), label="可推送的站点", help_text="令牌只能推送选定的站点；按住 Ctrl 多选"
    )
    days = forms.IntegerField(label="有效天数", min_value=1, max_value=actions.LONGEST, initial=actions.LONGEST)
    per_minute = forms.IntegerField(label="每分钟最多请求", min_value=1, max_value=6000, initial=120)

    def __init__(self, *args, person, **more):
        super().__init__(*args, **more)
        whole = person.scope_areas() is None
        self.fields["organisation"].queryset = (
            Organisation.objects.all() if whole else Organisation.objects.filter(pk__in=person.scope_organisations_ids())
        )
        self.fields["organisation"].initial = person.organisation_id
        self.fields["stations"].queryset = Station.objects.within(person)


@login_required
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """One's tokens; a new one is shown this once."""
    need(request.user, "api.hold_token", "使用接口令牌需要“使用接口令牌”权限")
    form, secret = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            _, secret = actions.make_token(
                form.cleaned_data["name"], by=request.user, person=request.user, days=form.cleaned_data["days"]
            )
        except Refused as no:
            form.add_error(no.field, no.message)
        else:
            form = TokenForm()
    rows = Token.objects.filter(person=request.user)
    context = {"form": form, "secret": secret, "rows": rows, "now": clock.now()}
    return render(request, "api/tokens.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def withdraw_token(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a token."""
    found = Token.objects.all() if request.user.has_perm("base.manage_person") else Token.objects.filter(person=request.user)
    get_object_or_404(found, pk=pk)
    actions.withdraw_token(pk, by=request.user)
    messages.success(request, "已作废，用它的系统从现在起取不到数")
    return redirect("tokens:tokens")


@login_required
@require_http_methods(["GET", "POST"])
def push_tokens(request: HttpRequest) -> HttpResponse:
    """Push tokens; a new one is shown this once."""
    need(request.user, "api.manage_push", "管理推送令牌需要“管理推送令牌”权限")
    form, secret = PushForm(request.POST or None, person=request.user), ""
    if request.method == "POST" and form.is_valid():
        try:
            _, secret = actions.make_push_token(by=request.user, **{**form.cleaned_data, "stations": list(form.cleaned_data["stations"])})
        except Refused as no:
            form.add_error(no.field, no.message)
        else:
            form = PushForm(person=request.user)
    rows = actions.push_tokens(request.user).prefetch_related("stations")
    context = {"form": form, "secret": secret, "rows": rows, "now": clock.now()}
    return render(request, "api/push.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def withdraw_push_token(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a push token."""
    need(request.user, "api.manage_push", "管理推送令牌需要“管理推送令牌”权限")
    get_object_or_404(actions.push_tokens(request.user), pk=pk)
    actions.withdraw_push_token(pk, by=request.user)
    messages.success(request, "已作废，用它的系统从现在起推不进数；先前推送的数据不受影响")
    return redirect("tokens:push")


@login_required
@require_http_methods(["GET", "POST"])
def open_stations(request: HttpRequest) -> HttpResponse:
    """Which stations outsiders may read, and opening or closing one."""
    need(request.user, "api.open_station", "开放站点数据需要“开放站点数据”权限")
    stations = Station.objects.within(request.user).select_related("network", "area")
    if request.method == "POST":
        found = get_object_or_404(stations, code=request.POST.get("station", ""))
        if request.POST.get("act") == "close":
            actions.close_station(found.pk, by=request.user)
            messages.success(request, f"“{found}”已停止开放")
        else:
            actions.open_station(found.pk, by=request.user, basis=request.POST.get("basis", ""))
            messages.success(request, f"“{found}”的有效小时值已开放")
        return redirect("tokens:open_stations")
    opened = {o.station_id: o for o in OpenStation.objects.select_related("by")}
    rows = [(s, opened.get(s.pk)) for s in stations]
    return render(request, "api/open.html", {"rows": rows, "n": sum(o is not None for _, o in rows)})
