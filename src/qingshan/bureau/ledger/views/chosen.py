"""What the bulk bar does to the chosen rows beside chasing, moving and reassigning: tags, groups, carry-over (批量)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from qingshan.bureau.base.permissions import need
from qingshan.bureau.base.typed import number
from qingshan.bureau.ledger import actions
from qingshan.bureau.ledger.models import WorkGroup
from qingshan.bureau.ledger.views.tasks import bulk, ids

EDIT = "需要“新增、调整任务”权限"


@login_required
@require_POST
def tag(request: HttpRequest) -> HttpResponse:
    """Set a tag on the chosen rows, or take it off."""
    need(request.user, "ledger.edit_task", "打标签" + EDIT)
    off = request.POST.get("off") == "1"
    return bulk(
        request,
        lambda: f"{'去掉' if off else '标上'} {actions.tag_tasks(ids(request), request.POST.get('mark', ''), by=request.user, off=off)} 项",
    )


@login_required
@require_POST
def route(request: HttpRequest) -> HttpResponse:
    """Give the chosen rows to a group."""
    need(request.user, "ledger.edit_task", "归组" + EDIT)

    def act() -> str:
        group = WorkGroup.objects.filter(pk=number(request.POST.get("group_to")) or 0).first()
        if group is None:
            return "没有变：还没有选小组"
        return f"{actions.route_tasks(ids(request), group.pk, by=request.user)} 项归入{group}"

    return bulk(request, act)


@login_required
@require_POST
def carry(request: HttpRequest) -> HttpResponse:
    """Carry the chosen rows into the next year."""
    need(request.user, "ledger.edit_task", "结转" + EDIT)

    def act() -> str:
        basis, rest = request.POST.get("carry_reason", ""), request.POST.get("rest") == "1"
        made = actions.carry_over(ids(request), by=request.user, basis=basis, rest=rest)
        return f"已结转 {len(made)} 项到 {made[0].year} 年"

    return bulk(request, act)
