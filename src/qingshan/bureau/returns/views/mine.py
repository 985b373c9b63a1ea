"""我的填报: one short page of all that is due, sent at once or row by row, on a desk or a phone without network."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base import clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number
from qingshan.bureau.returns import actions
from qingshan.bureau.returns.actions.sending import SEND
from qingshan.bureau.returns.models import Chase, Line, Reporter, Shot
from qingshan.bureau.returns.models.rota import units_of
from qingshan.bureau.returns.queries import due, rotas

WORKER = Path(__file__).resolve().parents[1] / "static" / "returns" / "worker.js"
MOST = 300


def _show(request: HttpRequest, wrong: dict[int, Refused] | None = None, status: int = 200) -> HttpResponse:
    person, now = request.user, clock.now()
    need(person, "returns.send_return", SEND)
    wrong = wrong or {}
    groups = due.mine(person, now)
    for _, dues in groups:
        for one in dues:
            one.wrong = wrong.get(one.line.pk)
            if one.wrong is not None:
                typed = {k: request.POST.get(f"{k}-{one.line.pk}", "") for k in ("value", "words", "how")}
                one.line.draft = typed | {"how": typed["how"] or "normal"}
    ids = [one.line.pk for _, dues in groups for one in dues]
    shots: dict[int, list[Shot]] = {}
    for shot in Shot.objects.filter(sending__line__in=ids).select_related("attachment", "sending").order_by("pk"):
        shots.setdefault(shot.sending.line_id, []).append(shot)
    units = units_of(person)
    n_owed = sum(one.line.sent_at is None and one.line.task.state == "doing" for _, dues in groups for one in dues)
    context = {
        "groups": groups,
        "now": now,
        "shots": shots,
        "n_owed": n_owed,
        "n_drafts": sum(one.line.draft is not None for _, dues in groups for one in dues),
        "n_units": len({one.line.organisation_id for _, dues in groups for one in dues}),
        "token": secrets.token_hex(12),
        "chase": _chase(person, units, now.date(), n_owed),
        "named": [row for rows in rotas.reporters(units).values() for row in rows if row.duty != Reporter.Duty.LEADER],
        "hows": Line.How.choices,
        "person": person.pk,
    }
    return render(request, "returns/mine.html", context, status=status)


def _chase(person, units: set[int], on, n_owed: int) -> Chase | None:
    """Today's loudest reminder to this person: of their own units while something is owed, or of a unit they lead."""
    own = Q(organisation__in=units) if n_owed else Q(pk=None)
    return Chase.objects.filter(own | Q(people=person, level__gte=Chase.Level.LEADER), on=on).order_by("-level").first()


@login_required
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """Everything due, period by period."""
    return _show(request)


@login_required
@require_GET
def ready(request: HttpRequest) -> JsonResponse:
    """Whether the person is still signed in, with a fresh mark for forms: asked before what waited on the phone is sent."""
    need(request.user, "returns.send_return", SEND)
    return JsonResponse({"person": request.user.pk, "csrf": get_token(request)})


@login_required
@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The page's service worker, from this folder so that its scope is this page."""
    response = HttpResponse(WORKER.read_bytes(), content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


@login_required
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Send one row (``do=<id>``), all filled rows (``do=all``), or keep drafts (``do=save``); in JSON where JSON is asked for."""
    post, do = request.POST, request.POST.get("do", "all")
    wants_json = "application/json" in request.headers.get("Accept", "")
    ids = [pk for pk in (number(key.removeprefix("words-")) for key in post if key.startswith("words-")) if pk is not None][:MOST]
    need(request.user, "returns.send_return", SEND)
    if do == "save":
        kept = actions.save_drafts({pk: _typed(request, pk) for pk in ids}, by=request.user)
        messages.success(request, f"已存草稿 {kept} 项" if kept else "草稿没有变化")
        return redirect("returns:mine")
    one = number(do)
    chosen = [one] if one is not None else [pk for pk in ids if _is_filled(request, pk)]
    if wants_json:
        return _send_json(request, chosen)
    done, wrong = [], {}
    for pk in chosen:
        try:
            done.append(_send(request, pk))
        except Refused as refused:
            wrong[pk] = refused
        except Line.DoesNotExist:
            wrong[pk] = Refused("这一项不在您的填报里，请刷新")
    if done:
        late = sum(s.is_late for s in done)
        messages.success(request, f"已报 {len(done)} 项" + (f"，其中逾期 {late} 项" if late else ""))
    if wrong:
        messages.error(request, f"有 {len(wrong)} 项没有报出：{next(iter(wrong.values())).message}")
        return _show(request, wrong, 422)
    if not done:
        messages.error(request, "还没有填哪一项：在要报的行里填数或写进展，再点“全部报送”")
    return redirect(reverse("returns:mine"))


def _send_json(request: HttpRequest, chosen: list[int]) -> JsonResponse:
    if len(chosen) != 1:
        return JsonResponse({"ok": False, "said": "一次报一项", "again": False}, status=400)
    try:
        sending = _send(request, chosen[0])
    except Refused as refused:
        return JsonResponse({"ok": False, "said": refused.message, "field": refused.field, "again": False}, status=refused.status)
    except (PermissionDenied, Line.DoesNotExist) as refused:
        return JsonResponse({"ok": False, "said": str(refused) or "这一项不在您的填报里，请刷新", "again": False}, status=403)
    said = "已报" + ("（逾期）" if sending.is_late else "")
    shots = [shot.mismatch for shot in sending.shots.all() if shot.mismatch]
    return JsonResponse({"ok": True, "line": sending.line_id, "said": said, "at": f"{sending.at:%m-%d %H:%M}", "doubts": shots})


def _typed(request: HttpRequest, pk: int) -> dict[str, str]:
    return {name: request.POST.get(f"{name}-{pk}", "") for name in ("value", "words", "how")}


def _is_filled(request: HttpRequest, pk: int) -> bool:
    """Whether a row of the whole form is meant to be sent: chosen by its box, or something was written or attached."""
    typed = _typed(request, pk)
    return bool(
        request.POST.get(f"take-{pk}")
        or typed["words"].strip()
        or request.FILES.getlist(f"files-{pk}")
        or typed["how"] in ("done", "blocked")
    )


def _send(request: HttpRequest, pk: int):
    typed = _typed(request, pk)
    try:
        notes = json.loads(request.POST.get(f"notes-{pk}") or "[]")
    except ValueError:
        notes = []
    return actions.send_line(
        pk, by=request.user, token=f"{request.POST.get('token', '')[:40]}-{pk}", value=typed["value"].strip(), words=typed["words"],
        how=typed["how"] or Line.How.NORMAL, files=request.FILES.getlist(f"files-{pk}"), notes=notes if isinstance(notes, list) else [],
        seconds=number(request.POST.get("seconds")),
    )  # fmt: skip
