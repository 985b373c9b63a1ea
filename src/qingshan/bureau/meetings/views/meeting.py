"""One meeting: its notice, units and receipts, agenda, papers, attendance and what it decided (会议页)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base import clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation
from qingshan.bureau.base.typed import number, numbers
from qingshan.bureau.ledger import forms
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.meetings import actions
from qingshan.bureau.meetings.models import Attendee, Meeting
from qingshan.bureau.meetings.queries import decisions, register
from qingshan.bureau.meetings.views.register import moment


def found(request: HttpRequest, pk: int) -> Meeting:
    """The meeting, where the person may see it."""
    return get_object_or_404(Meeting.objects.within(request.user).select_related("area", "leader", "by", "signer", "original"), pk=pk)


def may_read_minutes(person, meeting: Meeting) -> bool:
    """The bureau at any time, the units once they were signed."""
    return person.scope_areas() is None or meeting.state == Meeting.State.CLOSED


def show(request: HttpRequest, meeting: Meeting, wrong: Refused | None = None, form: str = "") -> HttpResponse:
    """The page of one meeting, with a form that was refused filled as it was."""
    person, now = request.user, clock.now()
    whole = person.scope_areas() is None
    called = meeting.attendees.filter(dropped=False).select_related("organisation", "answered_by")
    attendees = list(called.order_by("observes", "organisation__kind", "pk"))
    mine = [a for a in attendees if a.organisation_id in person.scope_organisations_ids()]
    agenda = list(meeting.agenda.filter(dropped=False).select_related("reporter", "task__parent", "case"))
    seen = set(Task.objects.within(person).filter(pk__in=[i.task_id for i in agenda if i.task_id]).values_list("pk", flat=True))
    rows = decisions.of_meeting(person, meeting)
    may_call = person.has_perm("meetings.call_meeting") and whole
    context = {
        "meeting": meeting,
        "declared": meeting.declared,
        "attendees": attendees if whole else mine,
        "n_units": len(attendees),
        "n_comes": sum(a.answer == Attendee.Answer.COMES for a in attendees),
        "n_leave": sum(a.answer == Attendee.Answer.LEAVE for a in attendees),
        "n_silent": sum(a.answer == "" for a in attendees),
        "n_came": sum(bool(a.came) for a in attendees),
        "mine": mine,
        "may_answer": person.has_perm("meetings.answer_notice") and meeting.state == Meeting.State.CALLED,
        "agenda": agenda,
        "seen": seen,
        "papers": register.papers(meeting, attendees, agenda, now),
        "may_give": may_call or (bool(mine) and person.has_perm("meetings.answer_notice")),
        "rows": rows,
        "n_pending": sum(r.decision.is_pending for r in rows),
        "may_call": may_call,
        "may_keep": person.has_perm("meetings.keep_minutes") and whole,
        "may_sign": person.has_perm("meetings.sign_minutes") and whole,
        "may_read": may_read_minutes(person, meeting),
        "steps": meeting.steps.select_related("by__organisation") if whole else [],
        "begun": now >= meeting.starts_at,
        "minutes_due": register.minutes_due(meeting),
        "short": register.notice_short(meeting, now) if whole else None,
        "leads": [a.organisation_id for a in attendees if not a.observes],
        "coops": [a.organisation_id for a in attendees if a.observes],
        "units": Organisation.objects.filter(pk__in=[a.organisation_id for a in attendees]) if may_call else [],
        "tasks": Task.objects.within(person).going().whole().filter(year=meeting.year).only("pk", "number", "title") if may_call else [],
        "now": now,
        "wrong": wrong,
        "form": form,
        "typed": request.POST if wrong else {},
        **(forms.options() if may_call and meeting.is_open else {}),
    }
    return render(request, "meetings/meeting.html", context, status=wrong.status if wrong else 200)


@login_required
@require_GET
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """The meeting's page."""
    return show(request, found(request, pk))


def _send(pk, person, post):
    made = actions.send_notice(pk, by=person)
    return f"通知已发 {made.attendees.filter(dropped=False).count()} 个单位"


def _units(pk, person, post):
    actions.call_units(pk, by=person, unit_ids=numbers(post.getlist("leads")), observer_ids=numbers(post.getlist("coops")))
    return "参会单位已调整"


def _postpone(pk, person, post):
    made = actions.postpone_meeting(
        pk, by=person, starts_at=moment(post.get("starts_at")), place=post.get("place", ""), reason=post.get("reason", "")
    )
    return f"已改到 {made.starts_at:%m月%d日 %H:%M}，请各单位重新回执"


def _item(pk, person, post):
    made = actions.add_item(
        pk, by=person, title=post.get("title", ""), reporter_id=number(post.get("reporter")), task_id=number(post.get("task")),
        case_number=post.get("case", ""), link=post.get("link", ""),
    )  # fmt: skip
    return f"“{made}”已列入议程"


def _hold(pk, person, post):
    actions.hold_meeting(pk, by=person, came=numbers(post.getlist("came")) if "listed" in post else None)
    return "到会情况已记"


ACTS = {
    "send": _send,
    "units": _units,
    "postpone": _postpone,
    "item": _item,
    "hold": _hold,
    "drop": lambda pk, by, post: f"“{actions.drop_item(pk, number(post.get('item')) or 0, by=by)}”已撤下",
    "take-back": lambda pk, by, post: f"“{actions.take_back_notice(pk, by=by, reason=post.get('reason', ''))}”的通知已撤回",
    "cancel": lambda pk, by, post: f"“{actions.cancel_meeting(pk, by=by, reason=post.get('reason', ''))}”已取消",
    "restore": lambda pk, by, post: f"“{actions.restore_meeting(pk, by=by, reason=post.get('reason', ''))}”恢复召开",
    "sign": lambda pk, by, post: f"纪要已签发，{actions.sign_minutes(pk, by=by).issue_words}",
    "reopen": lambda pk, by, post: f"“{actions.reopen_meeting(pk, by=by, reason=post.get('reason', ''))}”的纪要已撤回签发",
}
"""what the forms of the page do, by their name"""


@login_required
@require_POST
def act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Do one of the page's acts; what is refused comes back with its form filled."""
    there = found(request, pk)
    if act not in ACTS:
        raise Http404(act)
    try:
        said = ACTS[act](pk, request.user, request.POST)
    except Refused as refused:
        return show(request, found(request, pk), refused, act)
    messages.success(request, said)
    return redirect("meetings:meeting", there.pk)


@login_required
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """A unit answers the notice."""
    post = request.POST
    row = get_object_or_404(Attendee.objects.filter(meeting__in=Meeting.objects.within(request.user)), pk=pk)
    try:
        made = actions.answer_notice(
            pk, by=request.user, answer=post.get("answer", ""), who=post.get("who", ""), phone=post.get("phone", ""),
            reason=post.get("reason", ""),
        )  # fmt: skip
    except Attendee.DoesNotExist:
        raise Http404("没有这份通知") from None
    except Refused as refused:
        return show(request, found(request, row.meeting_id), refused, f"answer-{pk}")
    messages.success(request, f"{made.organisation}已{'请假' if made.answer == 'leave' else '回执'}")
    return redirect("meetings:meetings" if post.get("back") else "meetings:meeting", *([] if post.get("back") else [row.meeting_id]))


@login_required
@require_POST
def give_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Upload a paper."""
    there = found(request, pk)
    try:
        made = actions.give_paper(pk, by=request.user, name=request.POST.get("name", "other"), upload=request.FILES.get("file"))
    except Refused as refused:
        return show(request, there, refused, "paper")
    messages.success(request, f"“{made}”已交")
    return redirect("meetings:meeting", pk)
