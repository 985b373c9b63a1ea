"""Cases opened by form or by sheet, and the list written out (交办、导入、导出)."""

from __future__ import annotations

import base64
import secrets
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from qingshan.bureau.base import clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.permissions import need
from qingshan.bureau.cases import actions, queries, sheets
from qingshan.bureau.cases.actions.opening import PERMISSION, SENTENCE
from qingshan.bureau.cases.declared import Workflow
from qingshan.bureau.cases.forms import OpenForm, SheetForm
from qingshan.bureau.cases.models import Case
from qingshan.bureau.cases.views.lists import narrowed

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_SHEET, MAX_LISTED = 10 * 2**20, 50_000


def _flow(name: str) -> Workflow:
    flow = packs.all("cases", at=clock.today()).get(name)
    if flow is None or not flow.by_hand:
        raise Http404(f"没有流程“{name}”")
    return flow


def flows() -> list[Workflow]:
    """What a person may open by hand."""
    return [flow for flow in packs.all("cases", at=clock.today()).values() if flow.by_hand]


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose what is handed out, then hand it out."""
    need(request.user, PERMISSION, SENTENCE)
    name = request.GET.get("workflow", "")
    if not name:
        return render(request, "cases/new.html", {"flows": flows()})
    flow = _flow(name)
    form = OpenForm(request.POST or None, of=flow, person=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            case = actions.open_case(flow.name, by=request.user, **form.said())
        except Refused as no:
            field = no.field if no.field in form.fields else f"fact_{no.field}"
            form.add_error(field if field in form.fields else None, no.message)
        else:
            messages.success(request, f"已交办{case.noun} {case.number}")
            return redirect("cases:order", case.number)
    return render(request, "cases/new.html", {"flow": flow, "form": form}, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def sheet(request: HttpRequest) -> HttpResponse:
    """Cases from a sheet: template, upload, faults and what would be opened, confirm."""
    need(request.user, PERMISSION, SENTENCE)
    flow = _flow(request.GET.get("workflow", "inspection_finding"))
    if request.GET.get("template"):
        return _xlsx(sheets.template(flow), f"{flow.title}（模板）")
    context = {"flow": flow, "flows": flows(), "form": SheetForm(), "head": sheets.head(flow)}
    if request.method == "GET":
        return render(request, "cases/sheet.html", context)
    salt = f"cases{flow.name}{request.user.pk}"
    if "confirm" in request.POST:
        try:
            kept = signing.loads(request.POST["confirm"], salt=salt, max_age=3600)
        except signing.BadSignature:
            raise Refused("预览已过一小时，请重新上传") from None
        rows, _ = sheets.read(flow, kept["name"], base64.b64decode(kept["data"]), request.user, clock.today())
        opened, same = actions.open_rows(flow.name, rows, by=request.user, basis=f"导入《{kept['name'][:100]}》", upload=kept["upload"])
        messages.success(request, f"已交办 {len(opened)} 件{flow.noun}" + (f"，{same} 件已在系统里" if same else ""))
        return redirect(f"{reverse('cases:orders')}?workflow={flow.name}")
    form = context["form"] = SheetForm(request.POST, request.FILES)
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            if upload.size > MAX_SHEET:
                raise sheets.SheetRefused(f"文件 {upload.size / 2**20:.1f} MB，超过 {MAX_SHEET // 2**20} MB，请分开上传")
            data = upload.read()
            rows, faults = sheets.read(flow, upload.name, data, request.user, clock.today())
        except sheets.SheetRefused as no:
            form.add_error("file", str(no))
        else:
            context |= {"rows": rows[:200], "count": len(rows), "name": upload.name, "faults": faults[:200], "n_faults": len(faults)}
            if rows:
                kept = {"name": upload.name, "data": base64.b64encode(data).decode(), "upload": secrets.token_hex(8)}
                context["confirm"] = signing.dumps(kept, salt=salt, compress=True)
    return render(request, "cases/sheet.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The list as it is narrowed, as Excel."""
    found, _, _ = narrowed(request)
    found = queries.tab(found, request.GET.get("tab", "open"), clock.now(), request.user)[:MAX_LISTED]
    mains = dict(Case.objects.filter(sources__isnull=False).values_list("pk", "number").distinct())
    flow = packs.all("cases").get(request.GET.get("workflow", ""))
    rows = found.defer("content", "answers", "facts").iterator(chunk_size=2000)
    return _xlsx(sheets.write(rows, mains, flow), f"{flow.title if flow else sheets.TITLE}{clock.today():%Y%m%d}")


def _xlsx(data: bytes, words: str) -> HttpResponse:
    return HttpResponse(data, content_type=XLSX, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(words)}.xlsx"})
