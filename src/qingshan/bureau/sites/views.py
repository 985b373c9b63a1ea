"""Pages of the station register: add, change, sheet out and in, boundaries."""

from __future__ import annotations

import base64

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.permissions import need
from qingshan.bureau.sites import actions, queries, sheets
from qingshan.bureau.sites.forms import BoundaryForm, SheetForm, StationForm
from qingshan.bureau.sites.models import Boundary, Station

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_SHEET = 3 * 2**20


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    need(request.user, "sites.manage_station", "管理站点需要“管理站点”权限")
    if "HX-Request" in request.headers and request.method == "GET":
        return _fields(request, StationForm(initial=_typed(request), person=request.user))
    form = StationForm(request.POST or None, person=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            station = actions.add_station(by=request.user, **form.said())
        except Refused as no:
            form.add_error(no.field, no.message)
        else:
            messages.success(request, f"已新增站点“{station}”")
            return redirect("monitor:station", station.code)
    return render(request, "sites/station_form.html", {"form": form, "title": "新增站点"}, status=422 if form.errors else 200)


def _typed(request: HttpRequest) -> dict:
    """What has been typed of the fields that depend on the medium."""
    said = {name: request.GET.get(name, "")[:60] for name in ("network", "new_network", "medium", "level", "body", "target")}
    return said | {"items": request.GET.getlist("items")}


def _fields(request: HttpRequest, form: StationForm) -> HttpResponse:
    """The fields that go by the medium, for the network now chosen."""
    return render(request, "sites/parts/by_medium.html", {"form": form})


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, code: str) -> HttpResponse:
    need(request.user, "sites.manage_station", "管理站点需要“管理站点”权限")
    station = get_object_or_404(Station.objects.within(request.user), code=code)
    form = StationForm(request.POST or None, person=request.user, instance=station)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_station(code, by=request.user, **{k: v for k, v in form.said().items() if k != "code"})
        except Refused as no:
            form.add_error(no.field, no.message)
        else:
            messages.success(request, f"已修改站点“{station}”")
            return redirect("monitor:station", code)
    context = {"form": form, "station": station, "title": f"修改“{station}”"}
    return render(request, "sites/station_form.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    data = sheets.write(queries.stations(request.user))
    return HttpResponse(data, content_type=XLSX, headers={"Content-Disposition": "attachment; filename*=UTF-8''%E7%AB%99%E7%82%B9.xlsx"})


@login_required
@require_http_methods(["GET", "POST"])
def sheet(request: HttpRequest) -> HttpResponse:
    """Stations from a sheet: upload, faults and what would change, confirm."""
    need(request.user, "sites.manage_station", "管理站点需要“管理站点”权限")
    context = {"form": SheetForm(), "head": sheets.HEAD, "must": sheets.MUST}
    if request.method == "GET":
        return render(request, "sites/station_sheet.html", context)
    if "confirm" in request.POST:
        try:
            kept = signing.loads(request.POST["confirm"], salt=f"stations{request.user.pk}", max_age=3600)
        except signing.BadSignature:
            raise Refused("预览已过一小时，请重新上传") from None
        rows, _ = sheets.read(kept["name"], base64.b64decode(kept["data"]), request.user)
        added, changed, same = actions.store_stations(rows, by=request.user)
        messages.success(request, f"站点已导入：新增 {added}，修改 {changed}，未变 {same}")
        return redirect("monitor:stations")
    form = context["form"] = SheetForm(request.POST, request.FILES)
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            if upload.size > MAX_SHEET:
                raise sheets.SheetRefused(f"文件 {upload.size / 2**20:.1f} MB，超过 {MAX_SHEET // 2**20} MB，请分开上传")
            data = upload.read()
            rows, faults = sheets.read(upload.name, data, request.user)
        except sheets.SheetRefused as no:
            form.add_error("file", str(no))
        else:
            there = set(Station.objects.within(request.user).values_list("code", flat=True))
            context |= {
                "rows": rows[:200],
                "count": len(rows),
                "faults": faults[:200],
                "n_faults": len(faults),
                "there": there,
                "name": upload.name,
            }
            if rows:
                context["confirm"] = signing.dumps(
                    {"name": upload.name, "data": base64.b64encode(data).decode()}, salt=f"stations{request.user.pk}", compress=True
                )
    return render(request, "sites/station_sheet.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def boundaries(request: HttpRequest) -> HttpResponse:
    """The bureau's own outlines: upload, and what was uploaded before."""
    if not request.user.has_perm("sites.manage_boundary"):
        raise Http404
    form = BoundaryForm(request.POST or None, request.FILES or None)
    unmatched: list[str] = []
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            boundary, unmatched, repaired = actions.take_boundaries(
                upload.name,
                upload.read(),
                by=request.user,
                review_number=form.cleaned_data["review_number"],
                source=form.cleaned_data["source"],
            )
        except Refused as no:
            form.add_error(no.field, no.message)
        else:
            said = f"已更换 {boundary.areas} 个区域的边界"
            said += f"；未对上：{'、'.join(unmatched[:5])}" if unmatched else ""
            said += f"；修补自相交：{'、'.join(repaired[:5])}" if repaired else ""
            messages.success(request, said)
            return redirect("sites:boundaries")
    context = {"form": form, "boundaries": Boundary.objects.select_related("by")[:20]}
    return render(request, "sites/boundaries.html", context, status=422 if form.errors else 200)
