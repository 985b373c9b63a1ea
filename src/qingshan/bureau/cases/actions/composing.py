"""Composing a workflow by form: the draft, and its publication where no case loses a proof or an answer by it."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Count

from qingshan.bureau.base import composed, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.form_lines import base_of
from qingshan.bureau.base.models import Draft, Person
from qingshan.bureau.base.permissions import need, need_whole
from qingshan.bureau.cases import composing
from qingshan.bureau.cases.declared import Workflow
from qingshan.bureau.cases.models import Proof

COMPOSE = "编制办理流程需要“编制办理流程”权限"
WHOLE = "办理流程由区局编制"


@transaction.atomic
def save_workflow_draft(form: dict[str, str], *, by: Person, draft: Draft | None = None) -> Draft:
    """Keep a workflow being composed (存草稿), faults and all."""
    need(by, "cases.compose_workflow", COMPOSE)
    need_whole(by, WHOLE)
    return composed.keep("cases", form, composing.read(form).said, by=by, draft=draft)


@transaction.atomic
def publish_workflow(draft_id: int, *, by: Person, basis: str) -> Draft:
    """Publish a composed workflow as the next version of its declaration (发布流程); going cases are handled by it from then on."""
    need(by, "cases.compose_workflow", COMPOSE)
    need_whole(by, WHOLE)
    draft = Draft.objects.select_for_update().get(pk=draft_id, kind="cases")
    made = composing.read(draft.form)
    if made.workflow is None:
        raise Refused("还有没改好的地方：" + "；".join(words for _, words in made.faults[:8]), status=422)
    packs.refresh(now=True)
    composed.moved("cases", "办理流程", made.workflow.name, base_of(draft.form), composing.form_of)
    if losses := list(lost(made.workflow)):
        raise Refused("没有发布，已有事项会受影响：" + "；".join(losses[:8]), status=409)
    return composed.publish(draft, made.said, by=by, basis=basis)


def lost(new: Workflow) -> Iterator[str]:
    """What cases of this workflow would lose by a new declaration of it: proofs of a kind that is gone; one sentence each."""
    old = packs.all("cases").get(new.name)
    if old is None:
        return
    held = Proof.objects.filter(case__workflow=new.name).exclude(kind__in=new.proof).order_by().values("kind").annotate(n=Count("pk"))
    for row in held:
        title = old.proof[row["kind"]].title if row["kind"] in old.proof else row["kind"]
        yield f"佐证“{title}”已有 {row['n']} 份，不能去掉"
