"""Pages on which a bureau composes its own register by form, and adds fields to one there is (编制登记册)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qingshan.bureau.base import clock, composed, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.form_lines import numbered
from qingshan.bureau.base.models import Draft
from qingshan.bureau.base.permissions import need, need_whole
from qingshan.bureau.registers import actions, composing, queries
from qingshan.bureau.registers.actions.composing import COMPOSE, WHOLE, lost
from qingshan.bureau.registers.declared import Register
from qingshan.bureau.registers.forms import EntryForm
from qingshan.bureau.registers.views import COLUMNS

MOST, MORE = 80, 4
"""rows of a form at most, and empty ones kept below those filled in"""


def _may(request: HttpRequest) -> None:
    need(request.user, "registers.compose_register", COMPOSE)
    need_whole(request.user, WHOLE)


def _form(request: HttpRequest) -> dict[str, str]:
    return {key: value for key, value in request.POST.items() if key != "csrfmiddlewaretoken"}


@login_required
@require_GET
def composing_list(request: HttpRequest) -> HttpResponse:
    """Drafts, what has been published, and where to begin."""
    _may(request)
    found = Draft.objects.filter(kind="registers").select_related("by", "published_by")
    context = {
        "drafts": found.filter(published=None), "published": found.exclude(published=None).order_by("-published")[:50],
        "registers": queries.registers(request.user), "own": {f.declaration.name for v in _own() for f in v},
    }  # fmt: skip
    return render(request, "registers/composing.html", context)


def _own():
    return [v for v in packs.found().items.get("registers", {}).values() if v[-1].pack == composed.OWN]


@login_required
@require_http_methods(["GET", "POST"])
def compose(request: HttpRequest) -> HttpResponse:
    """Begin a register, empty or from one there is; keep it as a draft."""
    _may(request)
    if request.method == "POST":
        draft = actions.save_register_draft(_form(request), by=request.user)
        return redirect("registers:draft", draft.pk)
    form = dict(composing.FIRST)
    if name := request.GET.get("from"):
        try:
            form = composing.form_of(queries.register(name))
        except LookupError as error:
            raise Http404(str(error)) from None
        if request.GET.get("new"):
            form |= {"name": "", "title": "", "basis": "", "new": "1"}
    return render(request, "registers/compose.html", _context(form))


@login_required
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """One draft: change it, see its faults, and the form and the list it would have."""
    _may(request)
    found = get_object_or_404(Draft.objects.select_related("by", "published_by"), pk=pk, kind="registers")
    if request.method == "POST":
        actions.save_register_draft(_form(request), by=request.user, draft=found)
        messages.success(request, "已存草稿，下面是做出来的样子")
        return redirect("registers:draft", pk)
    made = composing.read(found.form)
    context = _context(found.form, made.by_field) | {"draft": found}
    if made.register is not None:
        context |= _preview(made.register, request) | {"lost": list(lost(made.register))}
        context["versions"] = composed.versions("registers", made.register.name)
    return render(request, "registers/compose.html", context)


@login_required
@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a draft: the register is there at once."""
    _may(request)
    get_object_or_404(Draft, pk=pk, kind="registers")
    try:
        made = actions.publish_register(pk, by=request.user, basis=request.POST.get("basis", ""))
    except Refused as no:
        messages.error(request, no.message)
        return redirect("registers:draft", pk)
    messages.success(request, f"“{made}”第 {made.version} 版已发布，可以登记了")
    return redirect("registers:entries", made.name)


def _context(form: dict[str, str], faults: dict[str, list[str]] | None = None) -> dict:
    """The form's rows, with the faults of each."""
    faults = faults or {}
    fields = [n for n in numbered(form, "field") if form.get(f"field-{n}-title")]
    return {
        "form": form, "faults": faults, "n_faults": sum(map(len, faults.values())), "types": composing.TYPES, "whom": composing.whom(),
        "fields": _rows("field", composing.FIELD, form, faults), "states": _rows("state", ("title", "name"), form, faults),
        "dues": _rows("due", composing.DUE, form, faults, 2), 
        "general": [w for key in ("form", "field", "light", "grade", "state") for w in faults.get(key, ())],
        "dates": [(str(n), form[f"field-{n}-title"]) for n in fields if form.get(f"field-{n}-type") == "date"],
    }  # fmt: skip


def _rows(kind: str, keys: tuple[str, ...], form: dict[str, str], faults: dict, more: int = MORE) -> list[dict]:
    filled = [n for n in numbered(form, kind) if form.get(f"{kind}-{n}-title")]
    rows = []
    for n in range(min(max(filled, default=-1) + 1 + more, MOST)):
        wrong = [w for key in keys for w in faults.get(f"{kind}-{n}-{key}", ())]
        rows.append({"n": n, "at": {key: form.get(f"{kind}-{n}-{key}", "") for key in keys}, "faults": list(dict.fromkeys(wrong))})
    return rows


def _preview(of: Register, request: HttpRequest) -> dict:
    """How the register will look: its form of entry and the head of its list."""
    entry = EntryForm(of=of, person=request.user, today=clock.today())
    for box in entry.fields.values():
        box.disabled = True
    return {"of": of, "entry_form": entry, "columns": [f for f in of.field if not f.key and not f.heading][:COLUMNS]}
