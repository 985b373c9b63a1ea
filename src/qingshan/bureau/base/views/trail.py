"""The audit trail and the declared packs."""

from __future__ import annotations

from datetime import date

from django.apps import apps
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from qingshan.bureau.base import audit, clock, packs, queries, trail
from qingshan.bureau.base.permissions import need


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _kind(label: str) -> str:
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except (LookupError, ValueError):
        return label


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """操作记录; ``?verify=1`` walks the whole chain."""
    need(request.user, "base.view_audit", "查看操作记录需要“查看操作记录”权限")
    text, action, kind = (request.GET.get(key, "").strip()[:60] for key in ("q", "action", "kind"))
    since, until = _day(request.GET.get("since")), _day(request.GET.get("until"))
    page = Paginator(queries.events(text, action, kind, since, until), 50).get_page(request.GET.get("page"))
    for event in page.object_list:
        event.kind_words, event.changes = _kind(event.object_type) if event.object_type else "", _changes(event)
    actions, kinds = queries.event_choices()
    choices = [("action", "操作", [(a, a) for a in actions], action), ("kind", "对象", [(k, _kind(k)) for k in kinds], kind)]
    context = {"page": page, "choices": choices, "search": text, "since": since, "until": until}
    context["verdict"] = audit.verify() if request.GET.get("verify") else None
    return render(request, "base/audit.html", {**context, "clear": any((text, action, kind, since, until))})


def _changes(event) -> list[tuple[str, object, object]]:
    """(field in words, before, after) of one event."""
    before, after = event.before or {}, event.after or {}
    if not isinstance(before, dict) or not isinstance(after, dict):
        return [("内容", _shown(event.before), _shown(event.after))]
    try:
        fields = {f.name: str(getattr(f, "verbose_name", f.name)) for f in apps.get_model(event.object_type)._meta.get_fields()}
    except (LookupError, ValueError):
        fields = {}
    fields |= {"roles": "角色", "permissions": "权限"}
    return [(fields.get(key, key), _shown(before.get(key)), _shown(after.get(key))) for key in {**before, **after}]


def _shown(value: object) -> str:
    if value is None or value == "" or value == []:
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(_shown(one) for one in value)
    if isinstance(value, dict):
        return "；".join(f"{key}：{_shown(one)}" for key, one in value.items())
    return str(value)


@login_required
@require_GET
def sealed(request: HttpRequest) -> HttpResponse:
    """数据存证: the last daily roots; ``?verify=1`` checks every sealed record."""
    need(request.user, "base.view_audit", "查看数据存证需要“查看操作记录”权限")
    verdict = trail.verify() if request.GET.get("verify") else None
    kinds = [(trail.streams[name].title, count) for name, count in trail.counts() if name in trail.streams]
    return render(request, "base/trail.html", {"roots": trail.roots(), "verdict": verdict, "kinds": kinds})


@login_required
@require_GET
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The trail as a file for the verifier without the platform."""
    need(request.user, "base.view_audit", "导出存证需要“查看操作记录”权限")
    audit.record(request.user, "导出存证", "数据存证")
    answer = StreamingHttpResponse(trail.export(), content_type="application/x-ndjson; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="trail-{clock.today()}.jsonl"'
    return answer


@login_required
@require_GET
def declarations(request: HttpRequest) -> HttpResponse:
    """声明: every declaration in force or not, its basis, days and what nobody has read in the source."""
    catalogue, day = packs.found(), clock.today()
    groups = [
        (packs.kinds[kind].words, [one for name in catalogue.names(kind) for one in catalogue.items[kind][name]])
        for kind in packs.kinds
        if catalogue.names(kind)
    ]
    return render(request, "base/declarations.html", {"groups": groups, "day": day, "packs": catalogue.packs})
