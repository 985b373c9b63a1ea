"""The reading page: the text and what was found in it, and every step of the review."""

from __future__ import annotations

import json

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number
from qingshan.bureau.ledger import actions, fields, forms, memory, review, shapes, spans
from qingshan.bureau.ledger.memory import Proposal
from qingshan.bureau.ledger.models import Finding, Plan, Remembered, Task
from qingshan.bureau.ledger.review import Filters, Sheet
from qingshan.bureau.ledger.shapes import Shape
from qingshan.bureau.ledger.views.plans import get_plan, go

QUIET_SHOWN = 60
TABS = (("target", "目标"), ("task", "任务"), ("doubt", "疑点"), ("unread", "未识读"))


@login_required
@require_GET
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """The reading page: the text with its marks on the left, what was found on the right (计划识读)."""
    plan = get_plan(request, pk)
    rows, filters, parts = review.rows(request.user, plan), Filters.read(request.GET), review.sheets(plan)
    about = review.doubts(rows)
    may_review = request.user.has_perm("ledger.review_plan")
    shaped = shapes.proposed(plan, rows) if may_review else {}
    remembered = {*memory.known(plan, [row for row in rows if row.kind in review.ITEMS]), *shaped} if filters.doubt == "memory" else set()
    shown = [row for row in rows if filters.passes(plan, row, about.get(row.pk, []), row.pk in remembered)]
    sheet = next((s for s in parts if s.number == number(request.GET.get("sheet"))), None)
    chosen = next((row for row in rows if row.pk == number(request.GET.get("at"))), None) or _first(shown, sheet)
    if chosen is not None and (sheet is None or request.GET.get("at")):
        sheet = review.sheet_at(parts, chosen.start)
    sheet = sheet or parts[0]
    sure = review.sure(plan, rows) if may_review else []
    here = review.findings(request.user, plan, [row.pk for row in rows if _on(row, sheet)])
    cards = _cards(request, plan, here, {row.pk for row in shown}, shaped)
    return render(request, "ledger/plan.html", {
        "plan": plan, "paragraphs": spans.paragraphs(plan, here, sheet.paragraphs), "n_chars": len(plan.text),
        "lists": [_list(kind, title, shown, sheet, cards) for kind, title in TABS], "tab": chosen.kind if chosen else "target",
        "systems": review.systems(plan, parts),
        "chosen": chosen if chosen and chosen.pk in cards else None, "sheet": sheet, "sheets": parts, "filters": filters,
        "states": Finding.State.choices, "doubt_words": review.DOUBTS, "may_review": may_review,
        "n_paragraphs": len(plan.paragraphs), "n_sure": len(sure), "seal": review.seal(sure), "newer": plan.newer.first(),
        "last_step": review.last_step(request.user, plan) if may_review else None, **review.progress(rows),
    })  # fmt: skip


def _first(shown: list, sheet: Sheet | None):
    """Where the page opens: the first that waits, targets before tasks, else the first there is; on the sheet that was asked for."""
    here = [row for row in shown if sheet is None or _on(row, sheet)]
    waiting = [row for row in here if row.kind in review.ITEMS and row.state == Finding.State.PENDING]
    return next(iter(sorted(waiting, key=lambda row: row.kind != "target") or here), None)


def _on(row, sheet: Sheet) -> bool:
    return row.start < sheet.end and row.end > sheet.start


def _cards(request: HttpRequest, plan: Plan, here: list[Finding], shown: set[int], shaped: dict[int, Shape]) -> dict[int, dict]:
    """The folded cards of a sheet, by finding."""
    about, proposed = review.doubts(here), memory.proposals(plan, here)
    return {
        f.pk: _card(request, f, about.get(f.pk, []), False, proposal=proposed.get(f.pk), shape=shaped.get(f.pk))
        for f in here
        if f.pk in shown
    }


def _list(kind: str, title: str, shown: list, sheet: Sheet, cards: dict[int, dict]) -> dict:
    """One tab: its cards on this sheet, what the reader rightly passed over below the rest, and where the next and the last ones stand."""
    mine = [row for row in shown if row.kind == kind]
    loud, here = [row for row in mine if not row.quiet], [row for row in mine if row.pk in cards]
    passed = [row for row in here if row.quiet]
    now = [row for row in here if not row.quiet]
    return {
        "kind": kind, "title": title, "n": len(loud), "cards": [cards[row.pk] for row in now + passed[:QUIET_SHOWN]], "quiet": len(now),
        "n_quiet": len(passed), "cap": QUIET_SHOWN, "next": next((row for row in loud if row.start >= sheet.end), None),
        "previous": next((row for row in reversed(loud) if row.end <= sheet.start), None),
    }  # fmt: skip


def _card(
    request: HttpRequest, finding: Finding, doubts: list[Finding], is_open: bool, error: Refused | None = None,
    typed: dict | None = None, proposal: Proposal | None = None, shape: Shape | None = None,
) -> dict:  # fmt: skip
    shown = forms.of_finding(finding) | (typed or {}) if finding.is_item else {}
    context = {
        "finding": finding, "f": shown, "doubts": doubts, "is_open": is_open, "entered": getattr(finding, "task", None),
        "masked": fields.is_masked(finding), "loud": any(d.code not in review.MINOR for d in doubts),
        "may_review": request.user.has_perm("ledger.review_plan"), "proposal": proposal, "shape": shape,
        "error": error.message if error else "", "error_field": error.field if error else "",
        "basis": (typed or {}).get("basis", shown.get("basis", "")),
    }  # fmt: skip
    return context | (forms.options() if is_open else {})


def _get_finding(request: HttpRequest, pk: int) -> Finding:
    plans = Plan.objects.within(request.user)
    finding = get_object_or_404(Finding.objects.select_related("plan", "task", "reviewed_by"), pk=pk, plan__in=plans)
    if not review.sees_all(request.user) and not Task.objects.within(request.user).filter(finding=finding).exists():
        raise Http404
    return finding


def _address(finding: Finding) -> str:
    return f"{reverse('ledger:plan', args=[finding.plan_id])}?at={finding.pk}"


def _answer(request: HttpRequest, finding: Finding, is_open: bool, error: Refused | None = None, typed: dict | None = None) -> HttpResponse:
    """The card alone for htmx, with the counts beside it; for a plain browser the page at the card."""
    if not request.headers.get("HX-Request"):
        if error:
            messages.error(request, error.message)
        return redirect(_address(finding))
    about = finding.plan.findings.standing().filter(kind=Finding.Kind.DOUBT, start__lt=finding.end, end__gt=finding.start)
    proposal = memory.proposals(finding.plan, [finding]).get(finding.pk)
    if request.GET.get("fill") and proposal:
        typed = proposal.fields | ({"value": forms.shown_value(proposal.fields["value"])} if "value" in proposal.fields else {})
    asked = request.user.has_perm("ledger.review_plan") and shapes.may_have(finding)
    rows = review.rows(request.user, finding.plan) if asked or request.method == "POST" else []
    shape = shapes.proposed(finding.plan, rows).get(finding.pk) if asked else None
    context = _card(request, finding, list(about) if finding.is_item else [], is_open, error, typed, proposal, shape)
    if request.method == "POST":
        context |= review.progress(rows)
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
    """One card, open for review; `closed=1` gives it folded, `fill=1` with the remembered correction filled in."""
    return _answer(request, _get_finding(request, pk), is_open=not request.GET.get("closed"))


@login_required
@require_POST
def step(request: HttpRequest, pk: int, do: str) -> HttpResponse:
    """Confirm, leave out or take back one finding."""
    found, version = _get_finding(request, pk), number(request.POST.get("version"))
    typed = forms.posted(request.POST) if do == "accept" else None
    try:
        if do == "accept":
            actions.accept_finding(pk, by=request.user, fields=typed, basis=request.POST.get("basis", ""), version=version)
        elif do == "reject":
            actions.reject_finding(pk, by=request.user, reason=request.POST.get("reason", ""), version=version)
        else:
            actions.reset_finding(pk, by=request.user, version=version)
    except Refused as refused:
        if found.retired:
            messages.error(request, refused.message)
            return go(request, reverse("ledger:plan", args=[found.plan_id]))
        if typed is not None:
            typed["basis"] = request.POST.get("basis", "")
        return _answer(request, found, True, refused, typed)
    return _answer(request, _get_finding(request, pk), is_open=do == "reset")


@login_required
@require_POST
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Make one of this finding and the next."""
    found = _get_finding(request, pk)
    try:
        merged = actions.merge_findings(
            pk, by=request.user, version=number(request.POST.get("version")), second=number(request.POST.get("second"))
        )
    except Refused as refused:
        messages.error(request, refused.message)
        return go(request, _address(found))
    messages.success(request, f"已合并为“{merged.fields['title'][:24]}”，按 U 撤回")
    return go(request, _address(merged))


@login_required
@require_POST
def split(request: HttpRequest, pk: int) -> HttpResponse:
    """Make two findings of one, cut at a character of the text."""
    found, at = _get_finding(request, pk), number(request.POST.get("at"))
    try:
        if at is None:
            raise Refused("没有说在哪里拆：请把光标放在要断开的字前", status=400)
        first, second = actions.split_finding(pk, at, by=request.user, version=number(request.POST.get("version")))
    except Refused as refused:
        messages.error(request, refused.message)
        return go(request, _address(found))
    messages.success(request, f"已拆成“{first.text[:16]}”和“{second.text[:16]}”，按 U 撤回")
    return go(request, _address(first))


@login_required
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back one's own last step in this plan."""
    plan = get_plan(request, pk)
    address = reverse("ledger:plan", args=[plan.pk])
    try:
        step, shown = actions.undo_step(plan.pk, by=request.user)
    except Refused as refused:
        messages.error(request, refused.message)
        return go(request, address)
    messages.success(request, f"已撤回：{step}"[:120])
    return go(request, f"{address}?at={shown}" if shown else address)


@login_required
@require_POST
def accept_sure(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm at once all that is in no doubt."""
    plan = get_plan(request, pk)
    try:
        found = actions.accept_sure(plan.pk, by=request.user, seal=request.POST.get("seal", ""))
        messages.success(request, f"已确认无疑点的 {len(found)} 项，按 U 一次撤回")
    except Refused as refused:
        messages.error(request, refused.message)
    return go(request, reverse("ledger:plan", args=[plan.pk]))


@login_required
@require_POST
def recheck(request: HttpRequest, pk: int) -> HttpResponse:
    """Look again for doubts, beside the plans there are now."""
    plan = get_plan(request, pk)
    new, gone = actions.recheck_plan(plan.pk, by=request.user)
    messages.success(request, f"重新审读：新增 {new} 条疑点，消去 {gone} 条" if new or gone else "重新审读：没有变化")
    return go(request, reverse("ledger:plan", args=[plan.pk]))


@login_required
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a place a person had added by hand."""
    plan = actions.drop_finding(_get_finding(request, pk).pk, by=request.user, version=number(request.POST.get("version")))
    messages.success(request, "已删除补录的一项，按 U 撤回")
    return go(request, reverse("ledger:plan", args=[plan.pk]))


@login_required
@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a place the reader missed."""
    plan = get_plan(request, pk)
    start, end = number(request.POST.get("start")), number(request.POST.get("end"))
    if start is None or end is None:
        raise Refused("没有选中原文，请先用鼠标选一段文字", status=400)
    finding = actions.add_finding(plan.pk, request.POST.get("kind", ""), start, end, by=request.user)
    messages.success(request, f"已补录“{finding.text[:20]}”，请核对字段后确认")
    return go(request, _address(finding))


@login_required
@require_POST
def enter(request: HttpRequest, pk: int) -> HttpResponse:
    """Put what was confirmed into the ledger (入台账)."""
    plan = get_plan(request, pk)
    try:
        tasks = actions.enter_ledger(plan.pk, by=request.user)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("ledger:plan", plan.pk)
    messages.success(request, f"{len(tasks)} 项已入台账；入错了，到识读页点“撤回上一步”，没有反馈、催办以前都可撤回")
    return redirect(f"{reverse('ledger:tasks')}?plan={plan.pk}")


@login_required
@require_GET
def remembered(request: HttpRequest) -> HttpResponse:
    """What is remembered of wordings, and where it comes from (记住的更正)."""
    need(request.user, "ledger.review_plan", "看记住的更正需要“核对识读结果”权限")
    names = memory.Names()
    rows = [{"one": one, "words": [shapes.said(one)] if one.act else memory.said(one, names)} for one in review.remembered()[:500]]
    return render(request, "ledger/remembered.html", {"rows": rows, "n": sum(row["one"].forgotten is None for row in rows)})


@login_required
@require_POST
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """No longer propose a remembered correction, or propose it again."""
    need(request.user, "ledger.review_plan", "改记住的更正需要“核对识读结果”权限")
    recall = request.POST.get("recall") == "1"
    one = actions.forget(get_object_or_404(Remembered, pk=pk).pk, by=request.user, recall=recall)
    messages.success(request, f"“{one}”{'恢复提示' if recall else '以后不再提示'}")
    at = number(request.POST.get("at"))
    back = Finding.objects.filter(pk=at, plan__in=Plan.objects.within(request.user)).first() if at else None
    return go(request, _address(back) if back else reverse("ledger:remembered"))
