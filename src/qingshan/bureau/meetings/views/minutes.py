"""Minutes entered, read and reviewed: the words on one side, what was decided on the other (纪要核对)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number
from qingshan.bureau.ledger import forms
from qingshan.bureau.meetings import actions, spans
from qingshan.bureau.meetings.actions.holding import KEEP
from qingshan.bureau.meetings.models import Decision, Meeting
from qingshan.bureau.meetings.queries import decisions
from qingshan.bureau.meetings.views.meeting import found, may_read_minutes, show


def _show(request: HttpRequest, meeting: Meeting, wrong: Refused | None = None, pk: int = 0) -> HttpResponse:
    person = request.user
    whole = person.scope_areas() is None
    if not may_read_minutes(person, meeting) or not meeting.text:
        raise Http404("还没有纪要")
    rows = decisions.of_meeting(person, meeting)
    may_keep = person.has_perm("meetings.keep_minutes") and whole
    for row in rows:
        row.decision.form = request.POST if wrong and row.decision.pk == pk else None
    declared = meeting.declared
    context = {
        "meeting": meeting,
        "lines": spans.lines(meeting, [r.decision for r in rows]),
        "rows": rows,
        "n_pending": sum(r.decision.is_pending for r in rows),
        "may_keep": may_keep and meeting.state == Meeting.State.HELD,
        "may_sign": person.has_perm("meetings.sign_minutes") and whole,
        "becomes": declared.becomes if declared else "task",
        "wrong": wrong,
        "wrong_pk": pk,
        **(forms.options() if may_keep else {}),
    }
    return render(request, "meetings/minutes.html", context, status=wrong.status if wrong else 200)


@login_required
@require_GET
def minutes(request: HttpRequest, pk: int) -> HttpResponse:
    """The words and the decisions side by side."""
    return _show(request, found(request, pk))


@login_required
@require_POST
def enter(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter the minutes, pasted or as a file."""
    need(request.user, "meetings.keep_minutes", KEEP)
    there = found(request, pk)
    try:
        made = actions.enter_minutes(pk, by=request.user, text=request.POST.get("text", ""), upload=request.FILES.get("file"))
    except Refused as refused:
        return show(request, there, refused, "enter")
    n = made.decisions.standing().count()
    messages.success(request, f"已识读{made.decided} {n} 项，请逐项核对" if n else f"没有读到{made.decided}；有的请在原文里选中补录")
    return redirect("meetings:minutes", pk)


@login_required
@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a sentence the reader missed."""
    need(request.user, "meetings.keep_minutes", KEEP)
    there = found(request, pk)
    start, end = number(request.POST.get("start")), number(request.POST.get("end"))
    try:
        if start is None or end is None:
            raise Refused("请先在原文里选中一句话，再点“补录”", status=422)
        made = actions.add_decision(pk, by=request.user, start=start, end=end)
    except Refused as refused:
        return _show(request, there, refused)
    messages.success(request, f"已补录“{made}”")
    return redirect(f"{reverse('meetings:minutes', args=[pk])}#decision-{made.pk}")


@login_required
@require_POST
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Review one decision: ``do`` is task, case, answer, leave or reset."""
    need(request.user, "meetings.keep_minutes", KEEP)
    row = get_object_or_404(Decision.objects.filter(meeting__in=Meeting.objects.within(request.user)), pk=pk)
    post, by = request.POST, request.user
    version, words, do = number(post.get("version")), post.get("words", ""), post.get("do", "")
    try:
        if do in ("task", "case"):
            made = actions.accept_decision(pk, by=by, fields=forms.posted(post), become=do, version=version)
            said = f"已入台账第 {made.task.label} 项" if made.task_id else f"已交办 {made.case.number}"
        elif do == "answer":
            actions.answer_decision(pk, by=by, words=words, version=version)
            said = "已记当场答复"
        elif do == "leave":
            actions.leave_decision(pk, by=by, reason=words, version=version)
            said = "已记不督办"
        elif do == "reset":
            actions.reset_decision(pk, by=by, reason=words, version=version)
            said = "已退回待核对"
        else:
            raise Refused("请选怎么办：入台账、交办、当场答复或不督办", status=422)
    except Refused as refused:
        return _show(request, found(request, row.meeting_id), refused, pk)
    messages.success(request, said)
    following = row.meeting.decisions.standing().filter(state=Decision.State.PENDING, start__gte=row.start).exclude(pk=pk).first()
    anchor = f"#decision-{following.pk if following and do != 'reset' else pk}"
    return redirect(reverse("meetings:minutes", args=[row.meeting_id]) + anchor)
