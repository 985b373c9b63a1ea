"""Composing a workflow by form: draft, second person's word, publication; cases under way go on by the version they began by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qingshan.bureau.base import composed, packs
from qingshan.bureau.base.composed import Composer
from qingshan.bureau.base.models import Draft, Person
from qingshan.bureau.base.permissions import need, need_whole
from qingshan.bureau.cases import composing

COMPOSE = "编制办理流程需要“编制办理流程”权限"
WHOLE = "办理流程由区局编制"


def may_compose(by: Person) -> None:
    """Go on only for who composes workflows of the whole bureau."""
    need(by, "cases.compose_workflow", COMPOSE)
    need_whole(by, WHOLE)


def save_workflow_draft(form: dict[str, str], *, by: Person, draft: Draft | None = None, seen: str = "") -> Draft:
    """Keep a workflow being composed (存草稿), faults and all."""
    may_compose(by)
    return composed.keep(COMPOSER, form, by=by, draft=draft, seen=seen)


def ask_workflow(draft_id: int, *, by: Person, basis: str) -> Draft:
    """Hand a workflow in for a second person's word (送审流程)."""
    may_compose(by)
    return composed.ask(COMPOSER, draft_id, by=by, basis=basis)


def refuse_workflow(draft_id: int, *, by: Person, reason: str) -> Draft:
    """Send a workflow that was handed in back, with the reason (退回流程)."""
    may_compose(by)
    return composed.refuse(COMPOSER, draft_id, by=by, reason=reason)


def publish_workflow(draft_id: int, *, by: Person, basis: str = "") -> Draft:
    """Publish a composed workflow as the next version of its declaration (发布流程); cases opened from then on go by it."""
    may_compose(by)
    return composed.publish(COMPOSER, draft_id, by=by, basis=basis)


def lost(new: Any) -> Iterator[str]:
    """What stands against a version beside its faults; cases under way lose nothing by it, they go on by theirs."""
    there = packs.all("cases")
    if new.name in there and there[new.name].prefix == new.prefix:
        return
    for name, flow in there.items():
        if name != new.name and flow.prefix == new.prefix:
            yield f"编号字头“{new.prefix}”已由“{flow.title}”使用，请换一个"


COMPOSER = Composer("cases", "办理流程", composing.read, composing.form_of, composing.settled, lost, editions=True)
