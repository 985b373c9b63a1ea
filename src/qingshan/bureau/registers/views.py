"""Pages of registers: the list of them, one register, one entry with its history, sheet out and in."""

from __future__ import annotations

import base64
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qingshan.bureau.base import clock
from qingshan.bureau.base import queries as base
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Organisation
from qingshan.bureau.base.permissions import need
from qingshan.bureau.registers import actions, agenda, keeping, listing, outlines, queries, sheets
from qingshan.bureau.registers.actions.entries import PERMISSION, SENTENCE
from qingshan.bureau.registers.declared import Register
from qingshan.bureau.registers.forms import EntryForm, SheetForm
from qingshan.bureau.registers.models import Entry, Verdict
from qingshan.bureau.registers.values import shown

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_SHEET = 10 * 2**20
COLUMNS = listing.COLUMNS
DAYS = {"0": "已逾期", "30": "30 天内", "90": "90 天内", "365": "一年内"}


@login_required
@require_GET
def registers(request: HttpRequest) -> HttpResponse:
    """Every register this person may open, with how many entries they see; those in use first."""
    mine = Entry.objects.within(request.user).filter(archived=False)
    counts = dict(mine.values("register").annotate(n=Count("pk")).values_list("register", "n"))
    rows = [{"register": of, "n": counts.get(of.name, 0)} for of in queries.registers(request.user)]
    return render(request, "registers/registers.html", {"rows": sorted(rows, key=lambda row: not row["n"])})


@login_required
@require_GET
def entries(request: HttpRequest, name: str) -> HttpResponse:
    """The entries of one register: search, state, place, light."""
    of = opened(request, name)
    found = listing.narrowed(request, of)
    page = Paginator(found.order_by("key"), 50).get_page(request.GET.get("page"))
    columns = listing.columns(request, of)
    grades = agenda.grades(of, page.object_list, clock.today())
    rows = [_line(of, e, columns) | {"grade": grades.get(e.pk)} for e in page]
    context = {
        "archived": request.GET.get("archived") == "1",
        "of": of, "page": page, "columns": [*columns, *of.figure], "rows": rows, "may": request.user.has_perm(PERMISSION),
        "search": request.GET.get("q", ""), "choices": listing.choices(request, of),
        "pickable": [f for f in of.field if not f.key and not f.heading], "keep": [("col", c) for c in request.GET.getlist("col")],
        "others": [(k, v) for k, v in request.GET.items() if k not in ("col", "page")],
        "views": base.views_of(request.user, f"registers:{of.name}"), "views_page": f"registers:{of.name}",
        "clear": bool(set(request.GET) - {"page", "col"}),
    }  # fmt: skip
    return render(request, "registers/entries.html", context)


def _line(of: Register, entry: Entry, columns: list) -> dict:
    light, words = of.light_of(entry.state, entry.values, clock.today())
    cells = [(f, shown(f, entry.values.get(f.name))) for f in columns] + figures(of, entry)
    return {"entry": entry, "cells": cells, "state": of.state.get(entry.state, entry.state), "light": light, "words": words}


def figures(of: Register, entry: Entry) -> list[tuple]:
    """The numbers that follow from an entry's fields, as people read them."""
    made = of.figures(entry.values)
    return [(f, "—" if made[f.name] is None else f"{made[f.name]:,.{f.decimals}f}") for f in of.figure]


@login_required
@require_GET
def entry(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """One entry as it stands, and every change of it."""
    of = opened(request, name)
    found = get_object_or_404(queries.entries(of, request.user), pk=pk)
    changes = list(found.changes.select_related("by").order_by("-version"))
    lines, before = [], None
    for change in reversed(changes):
        lines.append({"change": change, "what": _differences(of, before, change.after), "first": before is None})
        before = change.after
    light, words = of.light_of(found.state, found.values, clock.today())
    context = {
        "of": of, "entry": found, "facts": [(f, shown(f, found.values.get(f.name))) for f in of.field] + figures(of, found),
        "retired": [(f, shown(f, found.values[f.name])) for f in of.retired if found.values.get(f.name) not in (None, "")],
        "lines": lines[::-1],
        "state": of.state.get(found.state, found.state), "light": light, "words": words, "may": request.user.has_perm(PERMISSION),
    }  # fmt: skip
    graded = agenda.grades(of, [found], clock.today()).get(pk)
    if graded:
        context |= {"grade": graded, "asked": [of.title_of(name) for name in graded.missing if name != "state"]}
    on_lists = of.lists(of.said(found.state, found.values), clock.today())
    context["shortlists"] = [x.title for x in of.shortlist if on_lists[x.name]]
    context["belonging"] = outlines.belonging(of, found, request.user)
    if of.shape == "area" and found.geometry:
        context |= {"inside": outlines.inside(found.geometry, request.user), "km2": f"{outlines.square_km(found.geometry):.3f}"}
    context["score"], context["empty"] = of.complete(found.values, found.lon is not None)
    context["duties"] = keeping.of_entry(of, found, clock.today())
    context["firm_key"] = found.firm_code or f"e{found.pk}"
    merged = Verdict.objects.filter(Q(first=found) | Q(second=found), kind=Verdict.Kind.MERGED, undone_at=None)
    context["verdicts"] = merged.select_related("first", "second", "kept", "by")
    if not found.archived and request.user.has_perm("cases.dispatch_case"):
        context["clauses"] = agenda.clauses(of)
        context["responsible"] = Organisation.objects.order_by("kind", "pk")
    return render(request, "registers/entry.html", context)


@login_required
@require_POST
def finding(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """Write down what an inspection found at an entry; goes on to the case it opened."""
    of = opened(request, name)
    get_object_or_404(queries.entries(of, request.user), pk=pk)
    need(request.user, "cases.dispatch_case", "登记检查发现需要“交办事项”权限")
    chosen = request.POST.get("responsible", "")
    responsible = Organisation.objects.filter(pk=int(chosen)).first() if chosen.isdecimal() and len(chosen) < 19 else None
    if responsible is None:
        raise Refused("请选整改单位", field="responsible")
    named = [int(c) for c in request.POST.getlist("clauses") if c.isdecimal() and len(c) < 19]
    summary = request.POST.get("summary", "")
    return redirect(actions.open_finding(pk, summary, responsible=responsible, by=request.user, clauses=named))


@login_required
@require_GET
def due(request: HttpRequest) -> HttpResponse:
    """What is overdue or falls due soon, over all registers."""
    name, days, place = (request.GET.get(key, "") for key in ("register", "days", "place"))
    area = int(place) if place.isdecimal() and len(place) < 19 else None
    lines = agenda.falling(request.user, clock.today(), within=int(days) if days in DAYS else 30, name=name, area=area)
    lines = [x for x in lines if not request.GET.get("light") or x.light == request.GET["light"]]
    places = Area.objects.within(request.user).filter(level=Area.Level.TOWN).order_by("code").values_list("pk", "name")
    of = [r for r in queries.registers(request.user) if r.dues]
    context = {
        "page": Paginator(lines, 50).get_page(request.GET.get("page")), "late": sum(x.light == "red" for x in lines),
        "choices": [
            ("register", "登记册", [(r.name, r.title) for r in of], name),
            ("days", "到期", list(DAYS.items()), days),
            ("place", "区域", list(places), place),
            ("light", "灯", [("red", "逾期"), ("amber", "临近"), ("green", "未到")], request.GET.get("light", "")),
        ],
        "clear": bool(set(request.GET) - {"page"}),
    }  # fmt: skip
    return render(request, "registers/due.html", context)


@login_required
@require_GET
def coverage(request: HttpRequest) -> HttpResponse:
    """How registers cover the towns and how full their entries are; one register with its towns."""
    mine = queries.registers(request.user)
    chosen = [r for r in mine if r.name == request.GET.get("register")]
    context = {"rows": agenda.coverage(request.user, chosen or mine), "one": bool(chosen)}
    context["duties"] = keeping.duties(request.user, chosen or mine, clock.today())
    return render(request, "registers/coverage.html", context)


def _differences(of: Register, before: dict | None, after: dict) -> list[tuple[str, str, str]]:
    """(field, was, is) of one change; empty for the first."""
    if before is None:
        return []
    found = []
    for field in of.known:
        was, now = before["values"].get(field.name), after["values"].get(field.name)
        if was != now:
            found.append((field.title, shown(field, was), shown(field, now)))
    if before["state"] != after["state"]:
        found.append(("状态", of.state.get(before["state"], before["state"]), of.state.get(after["state"], after["state"])))
    if before["archived"] != after["archived"]:
        found.append(("登记", "已移出" if before["archived"] else "在册", "已移出" if after["archived"] else "在册"))
    if before.get("geometry") != after.get("geometry"):
        found.append(("范围", "已划定" if before.get("geometry") else "", "改划" if before.get("geometry") else "划定"))
    if (before["lon"], before["lat"]) != (after["lon"], after["lat"]) or before["area"] != after["area"]:
        found.append(("位置", "", "已改"))
    return found


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, name: str) -> HttpResponse:
    """Enter one."""
    of = opened(request, name)
    need(request.user, PERMISSION, SENTENCE)
    form = EntryForm(request.POST or None, of=of, person=request.user, today=clock.today())
    if request.method == "POST" and form.is_valid():
        said = form.said()
        try:
            made = actions.add_entry(of, said.pop("values"), by=request.user, **said)
        except Refused as no:
            form.add_error(no.field if no.field in form.fields else None, no.message)
        else:
            messages.success(request, f"已登记“{made}”")
            return redirect("registers:entry", of.name, made.pk)
    return render(request, "registers/form.html", {"of": of, "form": form, "title": f"登记{of.title}"}, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """Change one from a day on."""
    of = opened(request, name)
    need(request.user, PERMISSION, SENTENCE)
    found = get_object_or_404(queries.entries(of, request.user), pk=pk)
    form = EntryForm(request.POST or None, of=of, person=request.user, entry=found, today=clock.today())
    if request.method == "POST" and form.is_valid():
        said = form.said()
        version = request.POST.get("version", "")
        try:
            actions.change_entry(
                pk, said.pop("values"), by=request.user, version=int(version) if version.isdecimal() and len(version) < 10 else None, **said
            )
        except Refused as no:
            form.add_error(no.field if no.field in form.fields else None, no.message)
        else:
            messages.success(request, f"已变更“{found}”")
            return redirect("registers:entry", of.name, pk)
    context = {"of": of, "form": form, "entry": found, "title": f"变更“{found}”"}
    return render(request, "registers/form.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def archive(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """Take one out of the register, or put it back."""
    of = opened(request, name)
    found = get_object_or_404(queries.entries(of, request.user), pk=pk)
    act = actions.restore_entry if found.archived else actions.archive_entry
    act(pk, by=request.user, basis=request.POST.get("basis", ""))
    messages.success(request, f"“{found}”已{'恢复' if found.archived else '移出登记册'}")
    return redirect("registers:entry", of.name, pk)


@login_required
@require_POST
def archive_many(request: HttpRequest, name: str) -> HttpResponse:
    """Take the chosen entries out of the register, or put them back; all or none."""
    of = opened(request, name)
    need(request.user, PERMISSION, SENTENCE)
    chosen = [int(pk) for pk in request.POST.getlist("pick") if pk.isdecimal() and len(pk) < 19]
    back = request.POST.get("act") == "restore"
    act = actions.restore_many if back else actions.archive_many
    n = act(of, chosen, by=request.user, basis=request.POST.get("basis", ""))
    messages.success(request, f"{'已恢复' if back else '已移出'} {n} 条")
    return redirect("registers:entries", of.name)


@login_required
@require_GET
def export(request: HttpRequest, name: str) -> HttpResponse:
    """The entries of a list as Excel; ``?template=1`` without entries."""
    of = opened(request, name)
    found = listing.narrowed(request, of).order_by("key")
    data = sheets.write(of, [] if request.GET.get("template") else found.iterator(chunk_size=2000))
    words = quote(f"{of.title}{'（模板）' if request.GET.get('template') else ''}.xlsx")
    return HttpResponse(data, content_type=XLSX, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{words}"})


@login_required
@require_http_methods(["GET", "POST"])
def sheet(request: HttpRequest, name: str) -> HttpResponse:
    """Entries from a sheet: upload, faults and what would change, confirm."""
    of = opened(request, name)
    need(request.user, PERMISSION, SENTENCE)
    context = {"of": of, "form": SheetForm(), "head": sheets.head(of)}
    if request.method == "GET":
        return render(request, "registers/sheet.html", context)
    salt = f"registers{of.name}{request.user.pk}"
    if "confirm" in request.POST:
        try:
            kept = signing.loads(request.POST["confirm"], salt=salt, max_age=3600)
        except signing.BadSignature:
            raise Refused("预览已过一小时，请重新上传") from None
        rows, _ = sheets.read(of, kept["name"], base64.b64decode(kept["data"]), request.user)
        added, changed, same = actions.store_rows(of, rows, by=request.user, basis=f"导入《{kept['name'][:100]}》")
        messages.success(request, f"已导入：新增 {added}，变更 {changed}，未变 {same}")
        return redirect("registers:entries", of.name)
    form = context["form"] = SheetForm(request.POST, request.FILES)
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            if upload.size > MAX_SHEET:
                raise sheets.SheetRefused(f"文件 {upload.size / 2**20:.1f} MB，超过 {MAX_SHEET // 2**20} MB，请分开上传")
            data = upload.read()
            rows, faults = sheets.read(of, upload.name, data, request.user)
        except sheets.SheetRefused as no:
            form.add_error("file", str(no))
        else:
            there = set(queries.entries(of, request.user).filter(key__in=[r.key for r in rows]).values_list("key", flat=True))
            context |= {"rows": rows[:200], "count": len(rows), "there": there, "name": upload.name}
            context |= {"faults": faults[:200], "n_faults": len(faults)}
            if rows:
                kept = {"name": upload.name, "data": base64.b64encode(data).decode()}
                context["confirm"] = signing.dumps(kept, salt=salt, compress=True)
    return render(request, "registers/sheet.html", context, status=422 if form.errors else 200)


def opened(request: HttpRequest, name: str) -> Register:
    """The register of that name, as this person sees it; 404 where there is none for them."""
    try:
        return queries.seen(name, request.user)
    except LookupError:
        raise Http404(f"没有登记册“{name}”") from None
