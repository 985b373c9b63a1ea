"""The year's lists (考核名单): by year, one with its versions, a sheet out and in, taking a version back."""

from __future__ import annotations

import base64
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qingshan.bureau.base import clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.permissions import need
from qingshan.bureau.indicators import actions, assessments, queries, roster_pages, roster_sheets
from qingshan.bureau.indicators.actions.rosters import FIRST_YEAR, PERMISSION, SENTENCE
from qingshan.bureau.indicators.declared_rosters import RosterKind
from qingshan.bureau.indicators.models import RosterVersion
from qingshan.bureau.sites.forms import SheetForm
from qingshan.bureau.sites.sheets import SheetRefused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_SHEET = 3 * 2**20


def _bureau_only(request: HttpRequest) -> None:
    if request.user.scope_areas() is not None:
        raise Http404


def _asked(request: HttpRequest, name: str, year: int) -> RosterKind:
    """The list named, for those of the bureau."""
    _bureau_only(request)
    kind = packs.all("roster_kinds").get(name)
    if kind is None or not FIRST_YEAR <= year <= clock.today().year + 1:
        raise Http404(f"没有{year}年的名单“{name}”")
    return kind


@login_required
@require_GET
def rosters(request: HttpRequest) -> HttpResponse:
    """Every list of a year: how many stations, which version, on what it rests, which indicators use it."""
    _bureau_only(request)
    said = request.GET.get("year", "")
    year = int(said) if said.isdecimal() and len(said) == 4 and int(said) >= FIRST_YEAR else clock.today().year
    with assessments.steady():
        context = {
            "rows": roster_pages.overview(year), "year": year, "years": sorted({*roster_pages.years(), year}, reverse=True),
            "may": request.user.has_perm(PERMISSION) and year <= clock.today().year + 1,
        }  # fmt: skip
    return render(request, "indicators/rosters.html", context)


@login_required
@require_GET
def roster(request: HttpRequest, name: str, year: int) -> HttpResponse:
    """One year's list with every version of it."""
    kind = _asked(request, name, year)
    with assessments.steady():
        context = roster_pages.one(kind, year, request.user)
    return render(request, "indicators/roster.html", context | {"may": request.user.has_perm(PERMISSION)})


@login_required
@require_GET
def roster_export(request: HttpRequest, name: str, year: int) -> HttpResponse:
    """A year's list as Excel; ``?from=2025`` another year's as the template of this one."""
    kind = _asked(request, name, year)
    base = request.GET.get("from", "")
    found = queries.roster(name, int(base) if base.isdecimal() and len(base) == 4 else year)
    names = {s.code: s.name for s in roster_pages.known(request.user)}
    data = roster_sheets.write(kind, found.station if found else (), names)
    words = quote(f"{year}年{kind.title}.xlsx")
    return HttpResponse(data, content_type=XLSX, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{words}"})


@login_required
@require_http_methods(["GET", "POST"])
def roster_sheet(request: HttpRequest, name: str, year: int) -> HttpResponse:
    """A list from a sheet: upload, faults and what would change, confirm on whose word."""
    kind = _asked(request, name, year)
    need(request.user, PERMISSION, SENTENCE)
    current = next((v for v in queries.rosters_of(name, year) if v.withdrawn is None), None)
    context = {
        "kind": kind, "year": year, "form": SheetForm(), "head": roster_sheets.head(kind), "current": current,
        "before": queries.roster(name, year - 1), "begun": year <= clock.today().year,
    }  # fmt: skip
    if request.method == "GET":
        return render(request, "indicators/roster_sheet.html", context)
    salt, stations = f"roster{name}{year}{request.user.pk}", roster_pages.known(request.user)
    if "confirm" in request.POST:
        try:
            kept = signing.loads(request.POST["confirm"], salt=salt, max_age=3600)
        except signing.BadSignature:
            raise Refused("预览已过一小时，请重新上传") from None
        file, data = kept["name"], base64.b64decode(kept["data"])
        basis = request.POST.get("basis", "")
        lines, faults = roster_sheets.read(file, data, kind, stations)
        try:
            if faults:
                raise Refused("核对以后站点登记有变，名单里有不对的行，请重新上传核对")
            made = actions.freeze_roster(
                name, year, [line.row for line in lines], by=request.user, basis=basis, file=file, after=kept["after"]
            )
        except Refused as no:
            context |= _previewed(kind, lines, faults, current, file, request.POST["confirm"]) | {"error": no.message, "basis": basis}
            return render(request, "indicators/roster_sheet.html", context, status=no.status)
        messages.success(request, f"已登记《{made}》，{len(lines)} 个")
        return redirect("indicators:roster", name, year)
    form = context["form"] = SheetForm(request.POST, request.FILES)
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            if upload.size > MAX_SHEET:
                raise SheetRefused(f"文件 {upload.size / 2**20:.1f} MB，超过 {MAX_SHEET // 2**20} MB，名单不应这样大")
            data = upload.read()
            lines, faults = roster_sheets.read(upload.name, data, kind, stations)
        except SheetRefused as no:
            form.add_error("file", str(no))
        else:
            kept = {"name": upload.name[:120], "data": base64.b64encode(data).decode(), "after": current.version if current else 0}
            confirm = signing.dumps(kept, salt=salt, compress=True) if lines and not faults else ""
            context |= _previewed(kind, lines, faults, current, upload.name, confirm)
    return render(request, "indicators/roster_sheet.html", context, status=422 if form.errors else 200)


def _previewed(kind: RosterKind, lines, faults, current: RosterVersion | None, name: str, confirm: str) -> dict:
    seen = roster_pages.preview(kind, lines, current.declared if current else None)
    return seen | {"faults": faults[:200], "n_faults": len(faults), "name": name, "confirm": confirm}


@login_required
@require_POST
def withdraw_roster(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the version that counts back."""
    _bureau_only(request)
    found = get_object_or_404(RosterVersion, pk=pk)
    actions.withdraw_roster(pk, by=request.user, basis=request.POST.get("basis", ""))
    messages.success(request, f"已撤回《{found}》")
    return redirect("indicators:roster", found.roster, found.year)
