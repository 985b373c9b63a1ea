"""Frames and devices: what came, from whom, and whether it is admitted (报文与设备)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from qingshan.bureau.base import clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.monitor import queries, readings, stores
from qingshan.bureau.monitor.actions import devices
from qingshan.bureau.monitor.models import Held, Reread
from qingshan.bureau.monitor.queries.console import due_keys
from qingshan.bureau.sites.forms import DeviceForm
from qingshan.bureau.sites.models import Device
from qingshan.gateway import record
from qingshan.hj212 import codes
from qingshan.terms import items


@login_required
@require_safe
def links(request: HttpRequest) -> HttpResponse:
    """Every device with its last frame, dialect, verdicts; unknown ones wait here for admission."""
    now = clock.now()
    rows = queries.links(request.user, now)
    whole = request.user.scope_areas() is None
    verdicts = (
        [(record.VERDICTS.get(k, k), n, k == "ok") for k, n in sorted(stores.reader().count().items(), key=lambda p: -p[1])]
        if whole
        else []
    )
    due = due_keys(now)
    context = {
        "due": sum(r.mn in due for r in rows),
        "page": Paginator(rows, 100).get_page(request.GET.get("page")), "verdicts": verdicts, "total": sum(n for _, n, _ in verdicts),
        "waiting": sum(r.words == "待准入" for r in rows), "silent": sum(r.light == "red" for r in rows),
        "n": len(rows), "commands": codes.COMMANDS,
    }  # fmt: skip
    return render(request, "monitor/links.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def device(request: HttpRequest, mn: str) -> HttpResponse:
    """One device: profile (for those who may), last frames, held readings."""
    row = next((r for r in queries.links(request.user, clock.now()) if r.mn == mn), None)
    if row is None:
        raise Http404
    may = request.user.has_perm("sites.admit_device")
    form = None
    if may:
        form = _form(request, mn, row.device)
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            fields = {name: said[name] for name in ("station", "protocol", "label", "minutes", "seconds", "password", "admitted", "note")}
            kept = dict(row.device.units) if row.device else {}
            try:
                devices.save(
                    mn,
                    by=request.user,
                    units={**{c: u for c, u in kept.items() if c not in {x[0] for x in form.codes}}, **form.units()},
                    **fields,
                )
            except Refused as no:
                form.add_error(no.field, no.message)
            else:
                messages.success(
                    request,
                    f"已保存设备 {mn} 的档案" + ("，先前的报文正在补读" if Reread.objects.filter(mn=mn, done=None).exists() else ""),
                )
                return redirect("monitor:device", mn)
    elif request.method == "POST":
        raise Http404
    context = {
        "mn": mn, "row": row, "form": form, "frames": [_line(f) for f in stores.reader().recent(30, mn)],
        "held": Held.objects.filter(mn=mn).order_by("code"), "rereading": Reread.objects.filter(mn=mn, done=None).exists(),
    }  # fmt: skip
    return render(request, "monitor/device.html", context, status=422 if form and form.errors else 200)


def _form(request: HttpRequest, mn: str, known: Device | None) -> DeviceForm:
    """The profile's form with a unit for each factor the device sent or has one for."""
    samples: dict[str, list[float]] = {h.code: h.sample for h in Held.objects.filter(mn=mn)}
    units = dict(known.units) if known else {}
    wanted = []
    for code in sorted({*samples, *units}):
        item = items.find_code(code, known.station.network.medium if known and known.station and known.station.is_outlet else "")
        if item is None or item.unit not in readings.UNITS:
            continue
        wanted.append((code, item.symbol, readings.units(item), readings.suggest_unit(item, samples.get(code, []))))
    initial = {f"unit_{code}": units.get(code) or suggestion for code, _, _, suggestion in wanted}
    initial |= {"protocol": "2017", "label": "start", "minutes": 1, "seconds": 5}
    if known:
        initial |= {n: getattr(known, n) for n in ("station", "protocol", "label", "minutes", "seconds", "admitted", "note")}
        try:
            initial["password"] = known.password
        except Refused as no:
            messages.error(request, f"访问密码：{no}")
    return DeviceForm(request.POST or None, person=request.user, codes=wanted, initial=initial)


def _line(frame) -> dict:
    return {
        "id": frame.id, "received": frame.received[:19].replace("T", " "),
        "command": codes.COMMANDS.get(frame.cn, frame.cn), "cn": frame.cn,
        "data_time": (frame.data_time or "").replace("T", " "), "ok": frame.verdict == "ok",
        "verdict": record.VERDICTS.get(frame.verdict, frame.verdict),
        "notes": [record.NOTES.get(n, n) for n in frame.notes.split(",") if n], "size": len(frame.raw),
    }  # fmt: skip


@login_required
@require_safe
def frame(request: HttpRequest, number: int) -> HttpResponse:
    """One raw frame: text, verdict, values, seal."""
    try:
        view = queries.frame_for(request.user, number)
    except LookupError:
        raise Http404 from None
    return render(request, "monitor/frame.html", {"view": view, "number": number})
