"""Many cases at once (批量办理): what is offered beside a list, how each case fared, and the way back."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from qingshan.bureau.base import typed
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.cases import actions, queries
from qingshan.bureau.cases.actions import Outcome
from qingshan.bureau.cases.declared import Workflow

KEPT = "cases_bulk"
"""what the session keeps: how the last bulk work of this person fared"""
FIELDS = {"transfer": "to reason", "join": "helper reason", "extend": "span reason", "ask_extension": "span reason", "publish": "link day"}
"""what each asks for"""
WORDS = {"transfer": "转办", "join": "加配合单位", "extend": "延期", "ask_extension": "申请延期", "publish": "公开"}
NEEDS = {
    "transfer": ("dispatch",), "join": ("dispatch",), "extend": ("dispatch",), "ask_extension": ("handle",),
    "publish": ("dispatch", "handle", "verify"),
}  # fmt: skip
"""any of these permissions"""


@dataclass
class Offered:
    """What the list offers for many at once: (value, words, names of the fields it asks for)."""

    steps: list[tuple[str, str, str]] = field(default_factory=list)
    others: list[tuple[str, str, str]] = field(default_factory=list)
    proofs: list[tuple[str, str, str]] = field(default_factory=list)
    units: list[Organisation] = field(default_factory=list)


def offered(person: Person, flow: Workflow | None) -> Offered:
    """Steps and proofs of one workflow where the list shows one; the rest for any."""
    found = Offered()
    if flow:
        found.steps = [(f"step:{s.name}", s.title, "note") for s in flow.step if not any(a.required for a in s.ask)]
        shared = [(n, e) for n, e in flow.proof.items() if e.type == "document"]
        found.proofs = [(f"prove:{n}", f"交{e.title}", "number day file") for n, e in shared]
    may = {name: person.has_perm(f"cases.{name}_case") for name in ("dispatch", "handle", "verify")}
    found.others = [(name, words, FIELDS[name]) for name, words in WORDS.items() if any(may[n] for n in NEEDS[name])]
    if may["dispatch"]:
        found.units = list(Organisation.objects.order_by("kind", "name"))
    return found


@login_required
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Do the same to every case chosen; the next page says how each fared."""
    chosen, back = request.POST.getlist("case"), _inside(request.POST.get("back", ""))
    try:
        title, outcome = _do(request, chosen, request.POST.get("do", ""))
    except Refused as no:
        messages.error(request, no.message)
        return redirect(back)
    return _told(request, title, outcome, back)


def _do(request: HttpRequest, chosen: list[str], name: str) -> tuple[str, Outcome]:
    said, by, reason = request.POST, request.user, request.POST.get("reason", "").strip()
    kind, _, which = name.partition(":")
    if kind == "step":
        return "办理", actions.step_many(chosen, which, by=by, note=said.get("note", ""))
    if kind == "prove":
        return "交佐证", actions.prove_many(chosen, which, request.FILES.get("file"), by=by, details=said.dict())
    if name not in WORDS:
        raise Refused("请选择批量办什么")
    if name == "publish":
        return "公开", actions.publish_many(chosen, said.get("link", ""), said.get("day", ""), by=by)
    if name in ("transfer", "join"):
        units = Organisation.objects.filter(pk__in=typed.numbers(said.getlist("to")))
        if not units:
            raise Refused(f"请选择{'转给哪个单位' if name == 'transfer' else '配合单位'}", field="to")
        if name == "transfer":
            return "转办", actions.transfer_many(chosen, units[0], by=by, reason=reason)
        return "加配合单位", actions.join_many(chosen, units, by=by, reason=reason)
    many = actions.extend_many if name == "extend" else actions.ask_extension_many
    return WORDS[name], many(chosen, typed.number(said.get("span")) or 0, by=by, reason=reason)


def _told(request: HttpRequest, title: str, outcome: Outcome, back: str) -> HttpResponse:
    rows = [[row.number, row.words, row.back] for row in outcome.rows]
    request.session[KEPT] = {"title": title, "back": back, "rows": rows}
    return redirect("cases:bulk_done")


@login_required
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """How each case of the last bulk work fared; what was done can be taken back."""
    kept = request.session.get(KEPT)
    if not kept:
        return redirect("cases:orders")
    cases = {case.number: case for case in queries.visible(request.user).filter(number__in=[number for number, *_ in kept["rows"]])}
    rows = [(number, cases.get(number), words, back) for number, words, back in kept["rows"]]
    context = {
        "kept": kept, "rows": sorted(rows, key=lambda row: not row[2]), "n_done": sum(not words for *_, words, _ in rows),
        "n_refused": sum(bool(words) for *_, words, _ in rows), "may_undo": any(back for *_, back in rows),
    }  # fmt: skip
    return render(request, "cases/bulk.html", context)


@login_required
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take back what was done to the cases chosen, each by its own reverse step."""
    kept = request.session.get(KEPT) or {"title": "", "back": reverse("cases:orders"), "rows": []}
    chosen = set(request.POST.getlist("case"))
    backs = {number: back for number, _, back in kept["rows"] if back and number in chosen}
    try:
        outcome = actions.undo_many(backs, by=request.user, reason=request.POST.get("reason", ""))
    except Refused as no:
        messages.error(request, no.message)
        return redirect("cases:bulk_done")
    return _told(request, f"撤回“{kept['title']}”", outcome, kept["back"])


def _inside(back: str) -> str:
    """An address of the list itself, else the list."""
    return back if back.startswith(reverse("cases:orders")) and "//" not in back else reverse("cases:orders")
