"""Pages on which a bureau composes a workflow by form, on top of one there is (编制办理流程)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qingshan.bureau.base import composed, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.form_lines import base_of, numbered
from qingshan.bureau.base.models import Draft
from qingshan.bureau.base.permissions import need, need_whole
from qingshan.bureau.cases import actions, composing
from qingshan.bureau.cases.actions.composing import COMPOSE, WHOLE, lost
from qingshan.bureau.cases.declared import FOUR, UNITS, Workflow

MOST, MORE = 60, 3


def _may(request: HttpRequest) -> None:
    need(request.user, "cases.compose_workflow", COMPOSE)
    need_whole(request.user, WHOLE)


def _form(request: HttpRequest) -> dict[str, str]:
    return {key: value for key, value in request.POST.items() if key != "csrfmiddlewaretoken"}


@login_required
@require_GET
def composing_list(request: HttpRequest) -> HttpResponse:
    """Drafts, workflows to begin from, and what has been published."""
    _may(request)
    found = Draft.objects.filter(kind="cases").select_related("by", "published_by")
    flows = sorted(packs.found().items.get("cases", {}).values(), key=lambda v: v[-1].declaration.title)
    context = {
        "drafts": found.filter(published=None), "published": found.exclude(published=None).order_by("-published")[:50],
        "flows": [(v[-1].declaration, v[-1].pack == composed.OWN) for v in flows],
    }  # fmt: skip
    return render(request, "cases/composing.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def compose(request: HttpRequest) -> HttpResponse:
    """Begin from a workflow: change it, or with ``?new=1`` make another like it."""
    _may(request)
    if request.method == "POST":
        draft = actions.save_workflow_draft(_form(request), by=request.user)
        return redirect("cases:draft", draft.pk)
    flow = packs.all("cases").get(request.GET.get("from", ""))
    if flow is None:
        raise Http404("请从一种已有的办理流程起草")
    form = composing.form_of(flow)
    if request.GET.get("new"):
        form |= {"name": "", "title": "", "basis": "", "new": "1"}
    return render(request, "cases/compose.html", _context(form))


@login_required
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """One draft: change it, see its faults and how a case would go."""
    _may(request)
    found = get_object_or_404(Draft.objects.select_related("by", "published_by"), pk=pk, kind="cases")
    if request.method == "POST":
        actions.save_workflow_draft(_form(request), by=request.user, draft=found)
        messages.success(request, "已存草稿，下面是办理的走向")
        return redirect("cases:draft", pk)
    made = composing.read(found.form)
    context = _context(found.form, made.by_field) | {"draft": found}
    if made.workflow is not None:
        context |= {"flow": made.workflow, "lines": _lines(made.workflow), "lost": list(lost(made.workflow))}
        context["versions"] = composed.versions("cases", made.workflow.name)
    return render(request, "cases/compose.html", context)


@login_required
@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a draft: cases may be opened by it at once."""
    _may(request)
    get_object_or_404(Draft, pk=pk, kind="cases")
    try:
        made = actions.publish_workflow(pk, by=request.user, basis=request.POST.get("basis", ""))
    except Refused as no:
        messages.error(request, no.message)
        return redirect("cases:draft", pk)
    messages.success(request, f"“{made}”第 {made.version} 版已发布，可以交办了")
    return redirect("cases:composing")


def _context(form: dict[str, str], faults: dict[str, list[str]] | None = None) -> dict:
    faults, base = faults or {}, base_of(form)
    units = list(UNITS.items())
    titles = list((base.get("state") or {}).values())
    return {
        "form": form, "faults": faults, "n_faults": sum(map(len, faults.values())), "units": units, "proof_types": composing.PROOFS,
        "actors": composing.ACTORS, "asks": composing.ASKS,
        "general": [w for key in ("form", "step", "field") for w in faults.get(key, ())],
        "states": [_row("state", n, composing.STATE, form, faults) | {"was": titles[n]} for n in range(len(titles))],
        "term": _row("term", 0, ("amount", "unit"), {f"term-0-{k}": form.get(f"term-{k}", "") for k in ("amount", "unit")}, {}),
        "extension": {key: form.get(f"extension-{key}", "") for key in ("most", "amount", "unit")},
        "edges": [w for key in ("term-amount", "extension-most", "extension-amount") for w in faults.get(key, ())],
        "four": [(k, words, form.get(f"four-{k}", ""), faults.get(f"four-{k}", ())) for k, words in FOUR.items() if base.get("four")],
        "steps": [_row("step", n, composing.STEP, form, faults) | _way(base, step) for n, step in enumerate(base.get("step") or ())],
        "proofs": _rows("proof", composing.PROOF, form, faults), "fields": _rows("field", composing.ASK, form, faults),
    }  # fmt: skip


def _way(base: dict, step: dict) -> dict:
    state = base.get("state") or {}
    return {"way": f"{'、'.join(state.get(s, s) for s in step['from'])} → {state.get(step['to'], step['to'])}"}


def _row(kind: str, n: int, keys: tuple[str, ...], form: dict[str, str], faults: dict) -> dict:
    wrong = [w for key in keys for w in faults.get(f"{kind}-{n}-{key}", ())]
    return {"n": n, "at": {key: form.get(f"{kind}-{n}-{key}", "") for key in keys}, "faults": list(dict.fromkeys(wrong))}


def _rows(kind: str, keys: tuple[str, ...], form: dict[str, str], faults: dict) -> list[dict]:
    filled = [n for n in numbered(form, kind) if form.get(f"{kind}-{n}-title")]
    return [_row(kind, n, keys, form, faults) for n in range(min(max(filled, default=-1) + 1 + MORE, MOST))]


def _lines(flow: Workflow) -> list[dict]:
    """Each state in order, how long it may last, and the steps out of it with what they need."""
    return [
        {
            "title": title, "limit": flow.limit[name].words if name in flow.limit else "",
            "steps": [
                (s.title, flow.state[s.to], composing.ACTORS.get(s.by, s.by), [flow.proof[p].title for p in flow.needs_of(s)])
                for s in flow.steps_from(name)
            ],
        }
        for name, title in flow.state.items()
    ]  # fmt: skip
