"""Pages on which a bureau composes a workflow by form, and tries it before it is published (编制办理流程)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from qingshan.bureau.base import clock, packs
from qingshan.bureau.base.form_lines import base_of
from qingshan.bureau.base.models import Draft
from qingshan.bureau.base.views.composed import Bench, Words
from qingshan.bureau.cases import actions, composing, diagram, queries, trial
from qingshan.bureau.cases.actions.composing import COMPOSER, may_compose
from qingshan.bureau.cases.declared import FOUR, UNITS, Step, Workflow, actors


def _about(form: dict[str, str], faults: dict[str, list[str]]) -> dict[str, Any]:
    base = base_of(form)
    return {
        "units": list(UNITS.items()), "proof_types": composing.PROOFS, "actors": composing.ACTORS, "asks": composing.ASKS,
        "ends": composing.ENDS,
        "term": {key: form.get(f"term-{key}", "") for key in ("amount", "unit")},
        "extension": {key: form.get(f"extension-{key}", "") for key in ("most", "amount", "unit")},
        "edges": [w for key in ("term-amount", "extension-most", "extension-amount") for w in faults.get(key, ())],
        "four": [(k, words, form.get(f"four-{k}", ""), faults.get(f"four-{k}", ())) for k, words in FOUR.items()],
        "relapses": [(n, rule.get("title"), form.get(f"relapse-{n}-on")) for n, rule in enumerate(base.get("relapse") or ())],
    }  # fmt: skip


def _sight(flow: Workflow, request: HttpRequest) -> dict[str, Any]:
    return {"flow": flow, "lines": _lines(flow), "picture": diagram.svg(flow)}


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


BENCH = Bench(
    composer=COMPOSER, noun="workflow", may=may_compose, first=composing.FIRST, about=_about, sight=_sight,
    words=Words(
        title="编制办理流程", room="处置单", home="cases:orders", new="新编一种", style="cases/cases.css",
        lead="状态、走向、谁办、时限、佐证都用表单定；发布后新交办的马上能用", seen="已存草稿，下面是流程图和走向", done="可以交办了",
    ),
    actions={
        "save": actions.save_workflow_draft, "ask": actions.ask_workflow, "refuse": actions.refuse_workflow,
        "publish": actions.publish_workflow,
    },
    rows={"state": (composing.STATE[:-1], 2), "proof": (composing.PROOF[:-1], 2), "step": (composing.STEP[:-1], 2),
    "field": (composing.ASK[:-1], 2)},
    after=lambda made: reverse("cases:composing"),
    size=lambda flow: f"{flow.prefix}，{len(flow.state)} 个状态，{len(flow.step)} 个步骤，{len(flow.proof)} 种佐证",
)  # fmt: skip


@login_required
@require_GET
def attempt(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a workflow: a case that is nowhere kept goes through it step by step."""
    may_compose(request.user)
    draft = get_object_or_404(Draft, pk=pk, kind=COMPOSER.kind)
    flow = COMPOSER.read(draft.form).made
    if flow is None:
        return redirect("cases:draft", pk)
    way = _way(request.GET.get("way", ""))
    if request.GET.get("go"):
        way.append((request.GET["go"], _whole(request.GET.get("wait", ""))))
    have = [name for name in request.GET.getlist("have") if name in flow.proof]
    start = clock.now()
    found = trial.walk(flow, way, have, start, queries.term(flow, start), queries.due)
    gone = [(one.step.name, wait) for one, (_, wait) in zip(found.passed, way)]
    back = urlencode([("way", _said(gone[:-1])), *(("have", name) for name in have)])
    return render(request, "cases/try.html", {
        "draft": draft, "trial": found, "way": _said(gone), "back": f"?{back}", "days": (found.at - start).days,
        "proofs": [(name, proof.title, name in have) for name, proof in flow.proof.items()],
        "steps": [
            {"step": s, "to": flow.state[s.to], "who": _who(s), "lacks": lacks, "asks": [a.title for a in s.ask], "checks": s.checks}
            for s, lacks in found.steps(have)
        ],
        "picture": diagram.svg(flow, found.state),
    })  # fmt: skip


def _way(said: str) -> list[tuple[str, int]]:
    parts = [part.partition(":") for part in said.split(",") if part]
    return [(name, _whole(wait)) for name, _, wait in parts]


def _whole(said: str) -> int:
    return int(said) if said.isdecimal() and len(said) < 5 else 0


def _said(way: list[tuple[str, int]]) -> str:
    return ",".join(f"{name}:{wait}" for name, wait in way)


def _who(step: Step) -> str:
    """Who may take a step, with the roles whose holders may."""
    held = getattr(actors[step.by], "permission", "")
    roles = [role.title for name, role in packs.all("roles").items() if held in role.permissions and (not step.roles or name in step.roles)]
    return f"{composing.ACTORS.get(step.by, step.by)}（{'、'.join(roles) or '没有角色能办'}）"
