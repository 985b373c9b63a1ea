"""Import of observations: upload, what the columns mean, trial, confirm, history (导入)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.permissions import need
from qingshan.bureau.monitor import forms
from qingshan.bureau.monitor.actions import imports as actions
from qingshan.bureau.monitor.levels import hour_words, shown
from qingshan.bureau.monitor.models import ImportRun, SavedMapping
from qingshan.bureau.sites.models import Station
from qingshan.lake import imports as lake_imports
from qingshan.terms import items

MAX_ERRORS = 200


@login_required
@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """Upload a file; what was imported before."""
    need(request.user, "monitor.import_observations", "导入观测数据需要“导入观测数据”权限")
    form = forms.UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = actions.upload(file.name, file.read(), by=request.user, saved=form.cleaned_data["saved"], what=form.cleaned_data["what"])
        except Refused as no:
            form.add_error("file", no.message)
        else:
            return redirect("monitor:import", run.pk)
    page = Paginator(ImportRun.objects.select_related("by"), 30).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "saved": SavedMapping.objects.select_related("by")}
    return render(request, "monitor/imports.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: columns, trial, confirm."""
    need(request.user, "monitor.import_observations", "导入观测数据需要“导入观测数据”权限")
    found = get_object_or_404(ImportRun, pk=pk)
    if request.method == "POST":
        act = request.POST.get("act", "")
        if act == "confirm":
            found = actions.confirm(pk, by=request.user, digest=request.POST.get("digest", ""))
            messages.success(request, f"《{found.name}》已入库：新增 {found.stored} 个值，更新 {found.changed}，未变 {found.same}")
            return redirect("monitor:import", pk)
        if act == "leave":
            actions.leave(pk, by=request.user)
            messages.success(request, f"已放弃《{found.name}》")
            return redirect("monitor:imports")
        table = actions.table_of(found)
        mapping = forms.mapping_from(request.POST, table, lake_imports.Mapping.fromdict(found.mapping))
        actions.remap(pk, mapping, by=request.user, save_as=request.POST.get("save_as", ""))
        if request.POST.get("save_as", "").strip():
            messages.success(request, f"列对应已存为“{request.POST['save_as'].strip()[:60]}”，下次上传时可直接选用")
        return redirect("monitor:import", pk)
    medium = (found.mapping or {}).get("medium", "air")
    symbols = items.symbols(medium)
    context: dict = {
        "run": found, "roles": forms.ROLES, "air": items.AIR if medium == "air" else symbols, "units": forms.units_of(medium),
        "others": [s for s in symbols if s not in items.AIR] if medium == "air" else [],
        "sampled": (found.mapping or {}).get("grain") == "samples", "medium": items.MEDIA[medium],
    }  # fmt: skip
    if found.state == ImportRun.State.UPLOADED:
        context |= _trial(request, found)
    return render(request, "monitor/import.html", context)


def _trial(request: HttpRequest, found: ImportRun) -> dict:
    """Columns and what the file would store; a mapping that does not fit says so in place of the preview."""
    mapping = lake_imports.Mapping.fromdict(found.mapping)
    table = actions.table_of(found)
    context: dict = {
        "mapping": mapping,
        "table": table,
        "head_rows": [[_plain(c) for c in r[:12]] for r in table.rows[: max(mapping.header, 3)][:5]],
    }
    names = dict(Station.objects.within(request.user).values_list("code", "name"))
    try:
        context["columns"] = forms.columns_of(table, mapping)
        seen = actions.preview(found, request.user)
    except (Refused, lake_imports.ImportRefused) as no:
        return context | {"wrong": getattr(no, "message", str(no))}
    shown_items = [i for i in seen.rows.column_names if i in items.symbols()]
    sampled = mapping.grain == "samples"
    return context | {
        "seen": seen, "errors": seen.errors[:MAX_ERRORS], "shown_items": shown_items,
        "sample": [
            (names.get(r["station"], r["station"]), f"{r['time']:%Y-%m-%d %H:%M}" if sampled else hour_words(r["time"]),
             ["—" if r[i] is None else _sample_words(r, i) if sampled else shown(i, r[i]) for i in shown_items])
            for r in seen.sample[:12]
        ],
    }  # fmt: skip


def _sample_words(row: dict, item: str) -> str:
    """A sample's value as it will be kept: <0.01 below the limit."""
    return f"{'<' if f'{item}:<' in (row['flags'] or '').split(';') else ''}{row[item]:g}"


def _plain(cell) -> str:
    return "" if cell is None else str(cell)[:24]
