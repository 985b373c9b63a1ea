"""The page of the doors other than HJ 212 (数据入口), and what an operator does there."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from qingshan.bureau.base import clock
from qingshan.bureau.base.permissions import need, need_whole
from qingshan.bureau.monitor import queries
from qingshan.bureau.monitor.actions import drop


def _may(request: HttpRequest) -> None:
    need(request.user, "monitor.import_observations", "数据入口需要“导入观测数据”权限")
    need_whole(request.user, "数据入口由局里管理")


@login_required
@require_safe
def doors(request: HttpRequest) -> HttpResponse:
    """Inbox, folders, MQTT and forwarding as they stand."""
    _may(request)
    return render(request, "monitor/doors.html", {"doors": queries.doors(clock.now())})


@login_required
@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Take a file or a delivery again that was set aside."""
    _may(request)
    name, folder = request.POST.get("name", ""), request.POST.get("drop", "")
    if folder:
        drop.take_again(folder, name, by=request.user)
    else:
        drop.take_delivery_again(name, by=request.user)
    messages.success(request, "已放回，稍后重新收取")
    return redirect("monitor:doors")


@login_required
@require_safe
def kept(request: HttpRequest) -> HttpResponse:
    """A kept file or its answer, or a message set aside."""
    _may(request)
    name, folder = request.GET.get("name", ""), request.GET.get("drop", "")
    if folder:
        path = drop.kept_file(folder, name, request.GET.get("part", ""))
        return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)
    data = drop.delivery_aside(name)
    return HttpResponse(data, content_type="text/plain; charset=utf-8", headers={"Content-Disposition": "attachment"})
