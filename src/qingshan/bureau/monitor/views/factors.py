"""The factors of one device: which item, unit, factor, from when to when (因子对照)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.monitor import readings, stores
from qingshan.bureau.monitor.actions import factors as actions
from qingshan.bureau.monitor.queries import factors as queries
from qingshan.bureau.sites import factors as of
from qingshan.bureau.sites import queries as sites

COLUMNS = ("code", "item", "unit", "times", "since", "until")
MOST = 200
SPARE = 3
FRAMES = 60


@login_required
@require_http_methods(["GET", "POST"])
def factors(request: HttpRequest, mn: str) -> HttpResponse:
    """All lines of a device's map; those who may admit devices change it."""
    device = sites.devices(request.user).filter(mn=mn).first()
    if device is None or device.station is None:
        raise Http404
    may, error = request.user.has_perm("sites.admit_device"), None
    if request.method == "POST":
        if not may:
            raise Http404
        try:
            actions.save_factors(mn, _said(request), by=request.user)
        except Refused as no:
            error = no
        else:
            messages.success(request, "因子对照已保存；先前的报文按新的对照补读")
            return redirect("monitor:factors", mn)
    rows = queries.rows_of(device, stores.reader().recent(FRAMES, mn))
    written = [{c: getattr(r, c) for c in COLUMNS} for r in rows]
    if error:
        written = _posted(request)
    medium = device.station.network.medium
    units = sorted({u for i in of.choices(medium) for u in readings.units(i) if u})
    about = {r.code: r for r in rows}
    context = {
        "mn": mn, "device": device, "may": may, "error": error, "units": units, "items": of.choices(medium),
        "lines": [(w, about.get(w["code"])) for w in written] + [(dict.fromkeys(COLUMNS, ""), None)] * (SPARE if may else 0),
        "held": sum(r.light == "red" for r in rows), "unsure": sum(r.light == "amber" for r in rows),
    }  # fmt: skip
    return render(request, "monitor/factors.html", context, status=error.status if error else 200)


def _posted(request: HttpRequest) -> list[dict[str, str]]:
    columns = [request.POST.getlist(name)[:MOST] for name in COLUMNS]
    rows = [dict(zip(COLUMNS, (c.strip()[:60] for c in cells), strict=True)) for cells in zip(*columns, strict=False)]
    return [r for r in rows if r["code"]]


def _said(request: HttpRequest) -> list[of.Factor]:
    """The lines that say something: one whose item is "as the table" and nothing else is no line. Raises Refused."""
    found = []
    for n, row in enumerate(_posted(request), 1):
        if row["item"] == "=":
            continue
        try:
            times = float(row["times"] or 1)
        except ValueError:
            raise Refused(f"第 {n} 行（{row['code']}）：系数“{row['times']}”不是数", field="rows", status=422) from None
        found.append(of.Factor(row["code"], row["item"], row["unit"] if row["item"] else "", times, row["since"], row["until"]))
    return found
