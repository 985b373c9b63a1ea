"""Plans: the list, the upload, the reading page and its cards."""

from __future__ import annotations

import json
from bisect import bisect_left

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number
from qingshan.bureau.ledger import actions, fields, forms, queries, spans
from qingshan.bureau.ledger.models import Finding, Plan, Task

QUIET_SHOWN = 150
TABS = (("target", "目标"), ("task", "任务"), ("doubt", "疑点"), ("unread", "未识读"))


@login_required
@require_GET
def plans(request: HttpRequest) -> HttpResponse:
    """Plans of all years, side by side (计划文件)."""
    found = list(queries.plans(request.user))
    years: dict[int, list[Plan]] = {}
    for plan in found:
        years.setdefault(plan.year, []).append(plan)
    return render(request, "ledger/plans.html", {"years": sorted(years.items(), reverse=True), "n": len(found)})


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
                messages.success(request, f"已识读《{plan.title}》，请逐项核对")
            else:
                messages.info(
                    request, f"这份文件 {plan.uploaded:%Y年%m月%d日} 已由{plan.uploaded_by}上传过，没有重复入库；下面是原来的核对结果"
                )
            return redirect("ledger:plan", plan.pk)
        except Refused as refused:
            error = refused.message
            return render(request, "ledger/upload.html", {"error": error, "year": year}, status=refused.status)
    return render(request, "ledger/upload.html", {"error": error, "year": year})


def _plan(request: HttpRequest, pk: int) -> Plan:
    return get_object_or_404(Plan.objects.within(request.user).select_related("original", "uploaded_by"), pk=pk)


def _sees_all(request: HttpRequest) -> bool:
    return request.user.has_perm("ledger.review_plan") and request.user.scope_areas() is None


def _findings(request: HttpRequest, plan: Plan) -> list[Finding]:
    """The findings this person sees: all for those who review, else only those behind the person's own rows."""
    found = plan.findings.select_related("task")
    if not _sees_all(request):
        found = found.filter(task__in=Task.objects.within(request.user).values("pk"))
    findings = list(found)
    for finding in findings:
        finding.plan = plan
    return findings


def _progress(findings: list[Finding]) -> dict:
    items = [f for f in findings if f.kind in ("target", "task")]
    reviewed = sum(f.state != Finding.State.PENDING for f in items)
    return {
        "n_items": len(items), "n_reviewed": reviewed, "n_left": len(items) - reviewed,
        "n_ready": sum(f.state == Finding.State.ACCEPTED and not hasattr(f, "task") for f in items),
        "n_doubts": sum(f.kind == "doubt" and f.state == Finding.State.PENDING for f in findings),
        "n_unread": sum(f.kind == "unread" and not f.read.get("quiet") for f in findings),
    }  # fmt: skip


def _doubts(findings: list[Finding]) -> dict[int, list[Finding]]:
    """The doubts that concern each target or task: those whose places overlap."""
    doubts = sorted((f for f in findings if f.kind == Finding.Kind.DOUBT), key=lambda f: f.start)
    starts, longest = [d.start for d in doubts], max((d.end - d.start for d in doubts), default=0)
    return {
        f.pk: [d for d in doubts[bisect_left(starts, f.start - longest) : bisect_left(starts, f.end)] if d.end > f.start]
        for f in findings
        if f.kind in ("target", "task")
    }


@login_required
@require_GET
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """The reading page: the text with its marks on the left, what was found on the right (计划识读)."""
    plan = _plan(request, pk)
    findings = _findings(request, plan)
    chosen = next((f for f in findings if str(f.pk) == request.GET.get("at")), None)
    if chosen is None:
        waiting = (f for f in findings if f.kind in ("target", "task") and f.state == Finding.State.PENDING)
        chosen = next((f for f in sorted(waiting, key=lambda f: f.kind != "target")), findings[0] if findings else None)
    tab = chosen.kind if chosen else "target"
    doubts = _doubts(findings)
    lists = [_list(request, kind, title, [f for f in findings if f.kind == kind], doubts) for kind, title in TABS]
    return render(request, "ledger/plan.html", {
        "plan": plan, "paragraphs": spans.paragraphs(plan, findings), "lists": lists, "tab": tab, "chosen": chosen,
        "may_review": request.user.has_perm("ledger.review_plan"), "n_chars": len(plan.text), **_progress(findings),
    })  # fmt: skip


def _list(request: HttpRequest, kind: str, title: str, findings: list[Finding], doubts: dict[int, list[Finding]]) -> dict:
    """The cards of one tab; what the reader rightly passed over (page headers, manner, purpose) stands below the rest."""
    loud = [f for f in findings if not f.read.get("quiet")]
    passed = [f for f in findings if f.read.get("quiet")]
    cards = [_card(request, f, doubts.get(f.pk, []), False) for f in loud + passed[:QUIET_SHOWN]]
    return {"kind": kind, "title": title, "cards": cards, "n": len(loud), "quiet": len(loud), "n_quiet": len(passed), "cap": QUIET_SHOWN}


def _card(
    request: HttpRequest, finding: Finding, doubts: list[Finding], is_open: bool, error: Refused | None = None, typed: dict | None = None
) -> dict:
    shown = forms.of_finding(finding) | (typed or {}) if finding.kind in ("target", "task") else {}
    context = {
        "finding": finding, "f": shown, "doubts": doubts, "is_open": is_open, "entered": getattr(finding, "task", None),
        "masked": fields.is_masked(finding), "may_review": request.user.has_perm("ledger.review_plan"),
        "error": error.message if error else "", "error_field": error.field if error else "",
        "basis": (typed or {}).get("basis", shown.get("basis", "")),
    }  # fmt: skip
    return context | (forms.options() if is_open else {})


def _get_finding(request: HttpRequest, pk: int) -> Finding:
    finding = get_object_or_404(Finding.objects.select_related("plan", "task"), pk=pk, plan__in=Plan.objects.within(request.user))
    if not _sees_all(request) and not Task.objects.within(request.user).filter(finding=finding).exists():
        raise Http404
    return finding


def _answer(request: HttpRequest, finding: Finding, is_open: bool, error: Refused | None = None, typed: dict | None = None) -> HttpResponse:
    """The card alone for htmx, with the counts beside it; for a plain browser the page at the card."""
    if not request.headers.get("HX-Request"):
        if error:
            messages.error(request, error.message)
        return redirect(f"{reverse('ledger:plan', args=[finding.plan_id])}?at={finding.pk}")
    doubts = list(finding.plan.findings.filter(kind=Finding.Kind.DOUBT, start__lt=finding.end, end__gt=finding.start))
    context = _card(request, finding, doubts if finding.kind in ("target", "task") else [], is_open, error, typed)
    if request.method == "POST":
        context |= _progress(_findings(request, finding.plan))
    response = render(
        request,
        "ledger/parts/card_answer.html",
        context | {"plan": finding.plan, "oob": request.method == "POST"},
        status=422 if error else 200,
    )
    if request.method == "POST" and not error:
        marks = (
            " ".join(sorted({finding.kind} | ({"doubt"} if fields.is_masked(finding) else set())))
            if finding.state != "rejected"
            else "left-out"
        )
        response.headers["HX-Trigger-After-Settle"] = json.dumps(
            {"ledger:reviewed": {"id": finding.pk, "state": finding.state, "marks": marks}}
        )
    return response


@login_required
@require_GET
def finding(request: HttpRequest, pk: int) -> HttpResponse:
    """One card, open for review; `closed=1` gives it folded."""
    return _answer(request, _get_finding(request, pk), is_open=not request.GET.get("closed"))


@login_required
@require_POST
def review(request: HttpRequest, pk: int, do: str) -> HttpResponse:
    """Confirm, leave out or take back one finding."""
    finding = _get_finding(request, pk)
    typed = forms.posted(request.POST) if do == "accept" else None
    try:
        if do == "accept":
            actions.accept_finding(pk, by=request.user, fields=typed, basis=request.POST.get("basis", ""))
        elif do == "reject":
            actions.reject_finding(pk, by=request.user, reason=request.POST.get("reason", ""))
        else:
            actions.reset_finding(pk, by=request.user)
    except Refused as refused:
        if typed is not None:
            typed["basis"] = request.POST.get("basis", "")
        return _answer(request, finding, True, refused, typed)
    return _answer(request, _get_finding(request, pk), is_open=do == "reset")


@login_required
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a place a person had added by hand."""
    plan = actions.drop_finding(_get_finding(request, pk).pk, by=request.user)
    messages.success(request, "已删除补录的一项")
    return _go(request, reverse("ledger:plan", args=[plan.pk]))


@login_required
@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a place the reader missed."""
    plan = _plan(request, pk)
    start, end = number(request.POST.get("start")), number(request.POST.get("end"))
    if start is None or end is None:
        raise Refused("没有选中原文，请先用鼠标选一段文字", status=400)
    finding = actions.add_finding(plan.pk, request.POST.get("kind", ""), start, end, by=request.user)
    messages.success(request, f"已补录“{finding.text[:20]}”，请核对字段后确认")
    return _go(request, f"{reverse('ledger:plan', args=[plan.pk])}?at={finding.pk}")


def _go(request: HttpRequest, address: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


@login_required
@require_POST
def enter(request: HttpRequest, pk: int) -> HttpResponse:
    """Put what was confirmed into the ledger (入台账)."""
    plan = _plan(request, pk)
    try:
        tasks = actions.enter_ledger(plan.pk, by=request.user)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("ledger:plan", plan.pk)
    messages.success(request, f"{len(tasks)} 项已入台账")
    return redirect(f"{reverse('ledger:tasks')}?plan={plan.pk}")


@login_required
def about(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct the title, number, issuer and date of a plan, in a drawer."""
    need(request.user, "ledger.review_plan", "改文件说明需要“核对识读结果”权限")
    plan = _plan(request, pk)
    data = {"title": plan.title, "number": plan.number, "issuer": plan.issuer, "issued": plan.issued or "", "year": plan.year}
    error = None
    if request.method == "POST":
        data = {name: request.POST.get(name, "").strip() for name in data}
        try:
            if not data["title"]:
                raise Refused("标题不能为空", field="title")
            if number(data["year"]) not in range(1990, 2101):
                raise Refused("年度应是四位数字，如 2026", field="year")
            issued = fields.deadline_of(data["issued"], int(data["year"]), "issued") if data["issued"] else None
            actions.describe_plan(
                plan.pk,
                by=request.user,
                title=data["title"],
                number=data["number"],
                issuer=data["issuer"],
                issued=issued,
                year=int(data["year"]),
            )
            messages.success(request, "已改文件说明")
            return _go(request, reverse("ledger:plan", args=[plan.pk]))
        except Refused as refused:
            error = refused
    status = 422 if error else 200
    return render(request, "ledger/parts/about.html", {"plan": plan, "f": data, "error": error}, status=status)


@login_required
@require_GET
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """What was read and decided, as JSON with exact places (导出识读结果)."""
    plan = _plan(request, pk)
    found = [
        {
            "kind": f.kind, "start": f.start, "end": f.end, "text": f.text, "place": f.place, "heading_path": f.heading_path,
            "state": f.state, "read": f.read, "fields": f.fields,
        }
        for f in _findings(request, plan)
    ]  # fmt: skip
    said = {
        "title": plan.title,
        "number": plan.number,
        "year": plan.year,
        "sha256": plan.sha256,
        "n_chars": len(plan.text),
        "findings": found,
    }
    response = HttpResponse(json.dumps(said, ensure_ascii=False, indent=1), content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="plan-{plan.pk}.json"'
    return response
