"""Sheets out and in: export, upload, preview, confirm."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base import clock, frame
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import numbers
from qingshan.bureau.ledger import actions, queries
from qingshan.bureau.ledger.models import SheetImport

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@login_required
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The filtered list, or the chosen rows, as an Excel sheet."""
    year = frame.period_of(request).start.year
    filters = queries.Filters.read(request.POST)
    judged = queries.narrowed(queries.rows(request.user, filters, clock.today(), year), filters)
    ids = set(numbers(request.POST.getlist("task")))
    if ids:
        judged = [row for row in judged if row.task.pk in ids]
    name, data = actions.export_tasks(judged, by=request.user, year=year)
    return HttpResponse(data, content_type=XLSX, headers={"Content-Disposition": content_disposition_header(True, name)})


@login_required
def upload(request: HttpRequest) -> HttpResponse:
    """Send a sheet in; nothing changes before the preview was confirmed."""
    need(request.user, "ledger.import_tasks", "导入台账需要“导入 Excel”权限")
    error = None
    if request.method == "POST":
        try:
            file = request.FILES.get("file")
            if file is None:
                raise Refused("请先选 xlsx 文件", field="file", status=400)
            batch = actions.read_import(file, by=request.user, year=frame.period_of(request).start.year)
            return redirect("ledger:import_one", batch.pk)
        except Refused as refused:
            error = refused
    recent = SheetImport.objects.filter(by=request.user)[:8]
    return render(request, "ledger/import.html", {"error": error, "recent": recent}, status=error.status if error else 200)


@login_required
@require_GET
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What a sheet would change, row by row, with its errors and clashes."""
    need(request.user, "ledger.import_tasks", "导入台账需要“导入 Excel”权限")
    batch = get_object_or_404(SheetImport, pk=pk, by=request.user)
    rows = batch.reading["rows"]
    kinds = {do: [row for row in rows if row["do"] == do] for do in ("error", "clash", "change", "add")}
    return render(
        request, "ledger/import_preview.html", {"batch": batch, "remarks": batch.reading["remarks"], "kinds": kinds, "n": len(rows)}
    )


@login_required
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the changes of a sheet that was looked at."""
    get_object_or_404(SheetImport, pk=pk, by=request.user)
    take = set(numbers(request.POST.getlist("take")))
    batch = actions.confirm_import(pk, by=request.user, take=take)
    done = batch.outcome
    if done:
        messages.success(
            request, f"已改 {len(done['changed'])} 项，新增 {len(done['added'])} 项，未处理 {len(done['errors']) + len(done['stale'])} 行"
        )
    return redirect("ledger:import_one", batch.pk)


@login_required
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the sheet aside."""
    get_object_or_404(SheetImport, pk=pk, by=request.user)
    actions.drop_import(pk, by=request.user)
    messages.success(request, "这份表没有导入，台账没有变")
    return redirect("ledger:import")
