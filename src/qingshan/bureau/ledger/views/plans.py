"""Plans: the list, the upload, what is said about one, what was read as JSON, what could not be read."""

from __future__ import annotations

import json

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number
from qingshan.bureau.ledger import actions, fields, queries, review
from qingshan.bureau.ledger.models import Plan, UnreadFile


@login_required
@require_GET
def plans(request: HttpRequest) -> HttpResponse:
    """Plans of all years, side by side, and the files that could not be read (计划文件)."""
    found = list(queries.plans(request.user))
    years: dict[int, list[Plan]] = {}
    for plan in found:
        years.setdefault(plan.year, []).append(plan)
    may_upload = request.user.has_perm("ledger.upload_plan")
    return render(request, "ledger/plans.html", {
        "years": sorted(years.items(), reverse=True), "n": len(found), "unread": review.unread_files() if may_upload else (),
    })  # fmt: skip


@login_required
def upload(request: HttpRequest) -> HttpResponse:
    """Upload a plan (上传计划文件)."""
    need(request.user, "ledger.upload_plan", "上传计划文件需要“上传计划文件”权限")
    error, year = "", request.POST.get("year", "")
    if request.method == "POST":
        try:
            file = request.FILES.get("file")
            if file is None:
                raise Refused("请先选文件：txt、docx、pdf（有文字层）或 html", field="file", status=400)
            if year and number(year) not in range(1990, 2101):
                raise Refused("年度应是四位数字，如 2026", field="year", status=400)
            plan, is_new = actions.upload_plan(file, by=request.user, year=int(year) if year else None)
            if is_new:
                older = f"，它代替了 {plan.replaces.uploaded:%Y年%m月%d日} 上传的旧版" if plan.replaces else ""
                messages.success(request, f"已识读《{plan.title}》{older}，请逐项核对")
            else:
                messages.info(
                    request, f"这份文件 {plan.uploaded:%Y年%m月%d日} 已由{plan.uploaded_by}上传过，没有重复入库；下面是原来的核对结果"
                )
            return redirect("ledger:plan", plan.pk)
        except Refused as refused:
            error = refused.message
            return render(request, "ledger/upload.html", {"error": error, "year": year}, status=refused.status)
    return render(request, "ledger/upload.html", {"error": error, "year": year})


@login_required
@require_POST
def handle_unread(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a file that could not be read off the list."""
    need(request.user, "ledger.upload_plan", "上传计划文件需要“上传计划文件”权限")
    file = actions.handle_unread(get_object_or_404(UnreadFile, pk=pk).pk, by=request.user)
    messages.success(request, f"“{file.name}”已处理，不再列出；原件仍在")
    return redirect("ledger:plans")


def get_plan(request: HttpRequest, pk: int) -> Plan:
    """The plan, where this person may see it."""
    return get_object_or_404(Plan.objects.within(request.user).select_related("original", "uploaded_by", "replaces"), pk=pk)


def go(request: HttpRequest, address: str) -> HttpResponse:
    """On to another page, for htmx as for a plain browser."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


@login_required
def about(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct the title, number, issuer, dates and disclosure header of a plan, in a drawer."""
    need(request.user, "ledger.review_plan", "改文件说明需要“核对识读结果”权限")
    plan = get_plan(request, pk)
    data = {name: getattr(plan, name) or "" for name in actions.ABOUT}
    error = None
    if request.method == "POST":
        data = {name: request.POST.get(name, "").strip() for name in data}
        try:
            actions.describe_plan(plan.pk, by=request.user, **_described(data))
            messages.success(request, "已改文件说明")
            return go(request, reverse("ledger:plan", args=[plan.pk]))
        except Refused as refused:
            error = refused
    status = 422 if error else 200
    return render(request, "ledger/parts/about.html", {"plan": plan, "f": data, "error": error}, status=status)


def _described(data: dict) -> dict:
    """What was typed about a plan, checked."""
    if not data["title"]:
        raise Refused("标题不能为空", field="title")
    if number(data["year"]) not in range(1990, 2101):
        raise Refused("年度应是四位数字，如 2026", field="year")
    year = int(data["year"])
    days = {name: fields.deadline_of(data[name], year, name) if data[name] else None for name in ("issued", "published")}
    return data | days | {"year": year}


@login_required
@require_GET
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """What was read and decided, as JSON with exact places (导出识读结果)."""
    plan = get_plan(request, pk)
    found = [
        {
            "kind": f.kind, "start": f.start, "end": f.end, "spans": f.places, "text": f.text, "place": f.place,
            "heading_path": f.heading_path, "state": f.state, "read": f.read, "fields": f.fields,
        }
        for f in review.findings(request.user, plan)
    ]  # fmt: skip
    said = {
        "title": plan.title,
        "number": plan.number,
        "index_number": plan.index_number,
        "year": plan.year,
        "sha256": plan.sha256,
        "n_chars": len(plan.text),
        "findings": found,
    }
    response = HttpResponse(json.dumps(said, ensure_ascii=False, indent=1), content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="plan-{plan.pk}.json"'
    return response
