"""Pages of firms (一企一档): the firms there are, and the file of one."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from qingshan.bureau.base import clock
from qingshan.bureau.registers import agenda, queries, rules, sight
from qingshan.bureau.registers import firms as files
from qingshan.bureau.registers.values import shown


@login_required
@require_GET
def firms(request: HttpRequest) -> HttpResponse:
    """Firms by code, those in most registers first; ``?code=none``: entries that name a firm without a code."""
    text, name, code = (request.GET.get(key, "")[:100] for key in ("q", "register", "code"))
    mine = [of for of in queries.registers(request.user) if of.whose]
    found = files.nameless(request.user, text, name) if code == "none" else files.known(request.user, text, name)
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    titles = {of.name: of.title for of in mine}
    if code == "none":
        rows = [
            {"key": f"e{e.pk}", "name": e.firm_name, "sub": f"{titles.get(e.register, e.register)} {e.key}，{e.area.name}"} for e in page
        ]
    else:
        rows = [{"key": f["firm_code"], **f} for f in page]
    context = {
        "page": page, "rows": rows, "search": text, "none": code == "none", "clear": bool(set(request.GET) - {"page"}),
        "choices": [
            ("register", "登记册", list(titles.items()), name), ("code", "信用代码", [("none", "没有填的")], code),
        ],
    }  # fmt: skip
    return render(request, "registers/firms.html", context)


@login_required
@require_GET
def firm(request: HttpRequest, key: str) -> HttpResponse:
    """The file of one firm: where it is registered, what falls due, what happened."""
    found = files.file(request.user, key)
    if found is None:
        raise Http404
    if found.key != key:
        return redirect("registers:firm", found.key)
    today, mine = clock.today(), {of.name: of for of in queries.registers(request.user)}
    told = files.told(request.user, found)
    kinds: dict[str, list] = {}
    for line in sorted(told, key=lambda x: x.day, reverse=True):
        kinds.setdefault(line.kind, []).append(line)
    context = {
        "file": found, "rows": _rows(found, mine, today), "dues": _dues(found, mine, today), "kinds": kinds,
        "totals": _totals(found, mine, request.user),
        "timeline": files.timeline(request.user, found, told)[: files.LINES], "today": today,
    }  # fmt: skip
    return render(request, "registers/firm.html", context)


def _rows(found: files.File, mine: dict, today) -> list[dict]:
    rows = []
    by_register: dict[str, list] = {}
    for entry in found.entries:
        by_register.setdefault(entry.register, []).append(entry)
    for name, entries in by_register.items():
        of = mine[name]
        grades = agenda.grades(of, [e for e in entries if not e.archived], today)
        for entry in entries:
            light, words = of.light_of(entry.state, entry.values, today)
            rows.append({
                "entry": entry, "of": of, "state": of.state.get(entry.state, entry.state), "light": light, "words": words,
                "grade": grades.get(entry.pk), "score": of.complete(entry.values, entry.lon is not None)[0],
            })  # fmt: skip
    return sorted(rows, key=lambda r: (r["entry"].archived, r["of"].title, r["entry"].key))


def _totals(found: files.File, mine: dict, person) -> list[tuple[str, int, str]]:
    """Of each register that adds a number up: its title, how many entries stand, and the sum in words, where the person sees the number."""
    lines = []
    for name, of in mine.items():
        entries = [e for e in found.entries if e.register == name and not e.archived]
        if of.total and entries and sight.shows(person, of, {of.total}):
            field = of.get(of.total)
            amounts = [v for e in entries if (v := e.values.get(of.total)) is not None]
            lines.append((of.title, len(entries), f"{field.title}合计 {shown(field, float(sum(amounts)))} {field.unit}".rstrip()))
    return lines


def _dues(found: files.File, mine: dict, today) -> list[agenda.Falling]:
    lines = []
    for entry in found.entries:
        of = mine[entry.register]
        for due in of.dues if not entry.archived else ():
            day = rules.due_day(due, entry.state, entry.values)
            if day:
                lines.append(agenda.Falling(of, entry, due.title, day, *rules.light((day - today).days, due.warn)))
    return sorted(lines, key=lambda x: x.day)
