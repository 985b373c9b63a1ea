"""Pages of entries that seem to be one (疑似重复): the list, two side by side, what was said and taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.permissions import need
from qingshan.bureau.registers import actions, queries
from qingshan.bureau.registers import duplicates as doubles
from qingshan.bureau.registers.actions.duplicates import PLACE, STATE
from qingshan.bureau.registers.actions.entries import PERMISSION, SENTENCE
from qingshan.bureau.registers.models import Entry
from qingshan.bureau.registers.values import shown

BETWEEN = {"within": "同一册里", "across": "不同册之间"}


@login_required
@require_GET
def duplicates(request: HttpRequest) -> HttpResponse:
    """Pairs that wait for a word, the likest first; ``?said=1``: those that were judged."""
    need(request.user, PERMISSION, SENTENCE)
    name, between, said = (request.GET.get(key, "") for key in ("register", "between", "said"))
    mine = {of.name: of for of in queries.registers(request.user)}
    context = {"said": said, "clear": bool(set(request.GET) - {"page"})}
    if said:
        judged = doubles.verdicts(request.user)
        if name in mine:
            judged = judged.filter(first__register=name) | judged.filter(second__register=name)
        context["page"] = Paginator(judged, 50).get_page(request.GET.get("page"))
        context["rows"] = [{"verdict": v, "of": (mine[v.first.register], mine[v.second.register])} for v in context["page"]]
    else:
        found = doubles.found(request.user)
        pairs = [p for p in found.pairs if name in ("", *p.registers) and (between not in BETWEEN or p.within == (between == "within"))]
        context |= {"found": found, "page": Paginator(pairs, 50).get_page(request.GET.get("page"))}
        there = Entry.objects.select_related("area").in_bulk([pk for p in context["page"] for pk in (p.first, p.second)])
        context["rows"] = [
            {"pair": p, "first": there[p.first], "second": there[p.second], "of": [mine[r] for r in p.registers]} for p in context["page"]
        ]
    context["choices"] = [
        ("register", "登记册", [(of.name, of.title) for of in mine.values()], name),
        *([] if said else [("between", "范围", list(BETWEEN.items()), between)]),
        ("said", "判断", [("1", "已判断的")], said),
    ]
    return render(request, "registers/duplicates.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def pair(request: HttpRequest, first: int, second: int) -> HttpResponse:
    """Two entries side by side; a person says what they are."""
    need(request.user, PERMISSION, SENTENCE)
    one, two = (_entry(request, pk) for pk in sorted((first, second)))
    if one.pk == two.pk:
        raise Http404
    wrong = ""
    if request.method == "POST":
        try:
            return _said(request, one, two)
        except Refused as no:
            wrong = no.message
    of = queries.seen(one.register, request.user), queries.seen(two.register, request.user)
    scores = [o.complete(e.values, e.lon is not None)[0] for o, e in zip(of, (one, two))]
    kept = one if scores[0] >= scores[1] else two
    context = {
        "one": one, "two": two, "of": of, "within": one.register == two.register, "scores": scores, "kept": kept, "wrong": wrong,
        "lines": _lines(of, one, two, kept, request.POST), "reason": request.POST.get("reason", ""),
        "like": next((p for p in doubles.found(request.user).pairs if (p.first, p.second) == (one.pk, two.pk)), None),
        "verdicts": list(doubles.verdicts(request.user).filter(first=one, second=two)),
    }  # fmt: skip
    context["standing"] = next((v for v in context["verdicts"] if not v.undone_at), None)
    context["open"] = not (context["standing"] or one.archived or two.archived)
    return render(request, "registers/pair.html", context, status=409 if wrong else 200)


@login_required
@require_POST
def back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a word back."""
    need(request.user, PERMISSION, SENTENCE)
    verdict = get_object_or_404(doubles.verdicts(request.user), pk=pk)
    actions.take_back(pk, by=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, f"已撤回：{verdict.get_kind_display()}")
    return redirect("registers:pair", verdict.first_id, verdict.second_id)


def _said(request: HttpRequest, one: Entry, two: Entry) -> HttpResponse:
    what, reason = request.POST.get("what", ""), request.POST.get("reason", "")
    if what == "merge":
        kept, gone = (two, one) if request.POST.get("kept") == str(two.pk) else (one, two)
        names = [key[5:] for key in request.POST if key.startswith("take_")]
        taken = {name for name in names if request.POST[f"take_{name}"] == str(gone.pk)}
        read = {pk: request.POST.get(f"version_{pk}", "") for pk in (kept.pk, gone.pk)}
        versions = tuple(int(v) for v in read.values() if v.isdecimal() and len(v) < 10)
        actions.merge_entries(
            kept.pk, gone.pk, by=request.user, reason=reason, taken=taken, versions=versions if len(versions) == 2 else (0, 0)
        )
        messages.success(request, f"已合并：保留 {kept.key}，{gone.key} 移出并指向它；可以撤回")
        return redirect("registers:entry", kept.register, kept.pk)
    act = {"link": actions.link_entries, "apart": actions.keep_apart}.get(what)
    if act is None:
        raise Refused("请选：合并、同一主体、不是同一个")
    verdict = act(one.pk, two.pk, by=request.user, reason=reason)
    messages.success(request, f"已记下：{verdict.get_kind_display()}")
    return redirect("registers:duplicates")


def _entry(request: HttpRequest, pk: int) -> Entry:
    found = get_object_or_404(Entry.objects.within(request.user).select_related("area", "into"), pk=pk)
    if not queries.may_see(request.user, queries.register(found.register)):
        raise Http404
    return found


def _lines(of: tuple, one: Entry, two: Entry, kept: Entry, said) -> list[dict]:
    """Rows side by side: of one register every field, of two those that both have by title."""
    rows = []
    other = {f.title: f for f in of[1].field}
    for field in of[0].field:
        beside = other.pop(field.title, None)
        values = one.values.get(field.name), two.values.get(beside.name) if beside else None
        rows.append(
            _line(field.name, field.label, values, (shown(field, values[0]), shown(beside, values[1]) if beside else ""), field.key)
        )
    rows += [_line(f.name, f.label, (None, two.values.get(f.name)), ("", shown(f, two.values.get(f.name))), f.key) for f in other.values()]
    if of[0].state or of[1].state:
        rows.append(_line(STATE, "状态", (one.state, two.state), [o.state.get(e.state, "") for o, e in zip(of, (one, two))]))
    places = [f"{e.area.name}" + ("" if e.lon is None else f"（{e.lon}，{e.lat}）") for e in (one, two)]
    rows.append(_line(PLACE, "位置", tuple(places), places))
    for row in rows:
        full = two if row["empty"][0] and not row["empty"][1] else one if row["empty"][1] and not row["empty"][0] else kept
        row["chosen"] = said.get(f"take_{row['name']}") or str(full.pk)
    return rows


def _line(name: str, label: str, values: tuple, words, is_key: bool = False) -> dict:
    empty = [value in (None, "") for value in values]
    return {"name": name, "label": label, "words": words, "empty": empty, "differs": values[0] != values[1], "key": is_key}
