"""Sheets out and in: export, template, upload, preview, confirm, the answer line by line."""

from __future__ import annotations

import csv
import io

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base import clock, frame
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.typed import number, numbers
from qingshan.bureau.ledger import actions, queries
from qingshan.bureau.ledger.actions.lists import SheetList, lists
from qingshan.bureau.ledger.models import DutyList, SheetImport, Task

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 300
"""rows of one kind that the preview shows; the rest stand in the answer file"""


def _sent(name: str, data: bytes) -> HttpResponse:
    return HttpResponse(data, content_type=XLSX, headers={"Content-Disposition": content_disposition_header(True, name)})


def _list(name: str) -> SheetList:
    if name not in lists:
        raise Http404("没有这份清单")
    return lists[name]


def _about(request: HttpRequest, name: str) -> str:
    """Which of several a sheet belongs to: the year, the task, the edition."""
    said = request.GET.get("about") or request.POST.get("about") or ""
    if name == "tasks":
        return said or str(frame.period_of(request).start.year)
    if name == "parts":
        get_object_or_404(Task.objects.within(request.user), pk=number(said) or 0)
    if name == "duties":
        get_object_or_404(DutyList, pk=number(said) or 0)
    return said


def _home(name: str, about: str) -> str:
    """The page a list belongs to."""
    if name == "parts":
        return reverse("ledger:task", args=[number(about) or 0])
    return reverse({"groups": "ledger:groups", "duties": "ledger:duties"}.get(name, "ledger:tasks")) + (
        f"?edition={about}" if name == "duties" else ""
    )


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
    return _sent(*actions.export_tasks(judged, by=request.user, year=year))


@login_required
@require_GET
def download(request: HttpRequest, name: str) -> HttpResponse:
    """A list as an Excel sheet, or its empty template (``?empty=1``)."""
    of, about = _list(name), _about(request, name)
    rows = [] if request.GET.get("empty") == "1" else of.all(request.user, about)
    return _sent(*actions.export_sheet(name, rows, by=request.user, about=about, title=of.title))


@login_required
def upload(request: HttpRequest) -> HttpResponse:
    """Send a sheet in; nothing changes before the preview was confirmed."""
    name = request.GET.get("list") or request.POST.get("list") or "tasks"
    of = _list(name)
    of.may_import(request.user)
    about, error = _about(request, name), None
    if request.method == "POST":
        try:
            file = request.FILES.get("file")
            if file is None:
                raise Refused("请先选 xlsx 文件", field="file", status=400)
            batch = actions.read_import(file, by=request.user, name=name, about=about)
            return redirect("ledger:import_one", batch.pk)
        except Refused as refused:
            error = refused
    recent = SheetImport.objects.filter(by=request.user, list=name).defer("reading", "outcome")[:8]
    context = {
        "error": error, "recent": recent, "list": of, "about": about, "home": _home(name, about),
        "template": f"{reverse('ledger:sheet', args=[name])}?{urlencode({'about': about, 'empty': 1})}",
        "must": [column.title for column in of.columns if column.must],
        "weighty": [column.title for column in of.columns if column.weighty],
    }  # fmt: skip
    return render(request, "ledger/import.html", context, status=error.status if error else 200)


def _batch(request: HttpRequest, pk: int) -> SheetImport:
    batch = get_object_or_404(SheetImport, pk=pk, by=request.user)
    _list(batch.list).may_import(request.user)
    return batch


@login_required
@require_GET
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What a sheet would change, row by row, with its errors and clashes."""
    batch = _batch(request, pk)
    rows = batch.reading["rows"]
    by_kind: dict[str, list] = {"error": [], "clash": [], "change": [], "add": []}
    for row in rows:
        by_kind[row["do"]].append(row)
    counts = {do: len(some) for do, some in by_kind.items()}
    return render(request, "ledger/import_preview.html", {
        "batch": batch, "remarks": batch.reading["remarks"], "kinds": {do: some[:SHOWN] for do, some in by_kind.items()}, "counts": counts,
        "more": {do: n - SHOWN for do, n in counts.items() if n > SHOWN}, "n": len(rows), "list": _list(batch.list),
        "passed": Paginator(batch.reading.get("passed", []), 50).get_page(1), "n_passed": len(batch.reading.get("passed", [])),
        "n_same": batch.reading.get("n_same"), "done": batch.outcome,
        "left": len(rows) - batch.outcome.get("next", 0) if batch.outcome else 0,
        "refused": list(batch.outcome.get("refused", {}).items())[:SHOWN] if batch.outcome else [], "home": _home(batch.list, batch.about),
    })  # fmt: skip


@login_required
@require_GET
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer to every line of a sheet, as a table (逐行回执): what was read, what became of it, what is wrong with it."""
    batch = _batch(request, pk)
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["行", batch.list and _list(batch.list).one, "结果", "说明"])
    lines = [(one["line"], one["words"], "没有当作一行", one["why"]) for one in batch.reading.get("passed", [])]
    lines += [(row["line"], row["title"], *_verdict(batch, row)) for row in batch.reading["rows"]]
    for line in sorted(lines):
        table.writerow([f"'{cell}" if str(cell)[:1] in "=+-@\t" else cell for cell in line])
    words = out.getvalue() + f"\n读到 {batch.reading.get('n_read', 0)} 行，其中 {batch.reading.get('n_same', 0)} 行与台账相同，没有列出\n"
    headers = {"Content-Disposition": content_disposition_header(True, f"逐行回执-{batch.name.rsplit('.', 1)[0]}.csv")}
    return HttpResponse(words.encode("utf-8-sig"), content_type="text/csv; charset=utf-8", headers=headers)


def _verdict(batch: SheetImport, row: dict) -> tuple[str, str]:
    done, line = batch.outcome or {}, row["line"]
    if row["do"] == "error":
        return "有错，没有导入", "；".join(row["errors"])
    if str(line) in done.get("refused", {}):
        return "办不成，没有导入", done["refused"][str(line)]
    if line in done.get("stale", []):
        return "预览后有变，没有动", ""
    words = "；".join(
        f"{c['label']}：{c['was'] or '（空）'} → {c['now'] or '（空）'}" for c in row.get("changes", []) + row.get("clashes", [])
    )
    made = (
        bool(done) and batch.reading["rows"].index(row) < done.get("next", 0)
        if len(batch.reading["rows"]) < 3000
        else batch.state == "done"
    )
    verb = {"add": "新增", "change": "改动", "clash": "冲突"}[row["do"]]
    if row["do"] == "clash":
        return "冲突" + ("，用表里的" if line in done.get("take", []) else "，保留台账的"), words
    return (f"已{verb}" if made else f"待{verb}"), words


@login_required
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the changes of a sheet that was looked at."""
    _batch(request, pk)
    batch = actions.confirm_import(pk, by=request.user, take=set(numbers(request.POST.getlist("take"))))
    done = batch.outcome
    if done:
        n_left = len(done["errors"]) + len(done["stale"]) + len(done.get("refused", {}))
        said = f"已改 {len(done['changed'])} 项，新增 {len(done['added'])} 项，未处理 {n_left} 行"
        messages.success(request, said + ("" if batch.state == SheetImport.State.DONE else "；还有没办的，请继续"))
    return redirect("ledger:import_one", batch.pk)


@login_required
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the sheet aside."""
    batch = _batch(request, pk)
    actions.drop_import(pk, by=request.user)
    messages.success(request, "这份表没有导入完，已放下" if batch.outcome else "这份表没有导入，台账没有变")
    return redirect(f"{reverse('ledger:import')}?{urlencode({'list': batch.list, 'about': batch.about})}")
