"""Composing a register by form: the draft, the second person's word, and publication where no value is lost by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from qingshan.bureau.base import composed, packs
from qingshan.bureau.base.composed import Composer
from qingshan.bureau.base.models import Draft, Person
from qingshan.bureau.base.permissions import need, need_whole
from qingshan.bureau.registers import composing
from qingshan.bureau.registers.models import Change, Entry
from qingshan.bureau.registers.values import Wrong, stored

COMPOSE = "编制登记册需要“编制登记册”权限"
WHOLE = "登记册由区局编制"


def may_compose(by: Person) -> None:
    """Go on only for who composes registers of the whole bureau."""
    need(by, "registers.compose_register", COMPOSE)
    need_whole(by, WHOLE)


def save_register_draft(form: dict[str, str], *, by: Person, draft: Draft | None = None, seen: str = "") -> Draft:
    """Keep a register being composed (存草稿), faults and all: nothing typed is lost."""
    may_compose(by)
    return composed.keep(COMPOSER, form, by=by, draft=draft, seen=seen)


def ask_register(draft_id: int, *, by: Person, basis: str) -> Draft:
    """Hand a register in for a second person's word (送审登记册)."""
    may_compose(by)
    return composed.ask(COMPOSER, draft_id, by=by, basis=basis)


def refuse_register(draft_id: int, *, by: Person, reason: str) -> Draft:
    """Send a register that was handed in back, with the reason (退回登记册)."""
    may_compose(by)
    return composed.refuse(COMPOSER, draft_id, by=by, reason=reason)


def publish_register(draft_id: int, *, by: Person, basis: str = "") -> Draft:
    """Publish a composed register as the next version of its declaration (发布登记册); refused where entries would lose a value."""
    may_compose(by)
    return composed.publish(COMPOSER, draft_id, by=by, basis=basis)


def lost(new: Any) -> Iterator[str]:
    """What entries, taken out ones too, and their past would lose by a new declaration of their register; one sentence each."""
    try:
        old = packs.get("registers", new.name)
    except LookupError:
        return
    fields, known = {f.name: f for f in new.field}, {f.name for f in new.known}
    if not Entry.objects.filter(register=new.name).exists():
        return
    if old.key.name != new.key.name:
        yield f"编号不能由“{old.key.title}”改为“{new.key.title}”：历次变更按它存放"
    gone = [f for f in old.known if f.name not in known]
    if gone:
        held: Counter[str] = Counter()
        for after in Change.objects.filter(entry__register=new.name).values_list("after", flat=True).iterator(chunk_size=5000):
            held.update(f.name for f in gone if after["values"].get(f.name) not in (None, ""))
        yield from (f"字段“{f.title}”有 {held[f.name]} 次登记填了值，不能去掉；不再用的请勾“停用”" for f in gone if held[f.name])
    states = Counter(Entry.objects.filter(register=new.name).values_list("state", flat=True))
    yield from (f"状态“{old.state.get(s, s)}”还有 {n} 个条目，不能去掉" for s, n in states.items() if s and s not in new.state)
    wrong: dict[str, list[str]] = {}
    for values in Entry.objects.filter(register=new.name).values_list("values", flat=True).iterator(chunk_size=5000):
        for name, value in values.items():
            if name in fields and value is not None and (why := _refused(fields[name], value)):
                wrong.setdefault(name, []).append(why)
    guarded = {f.name for f in old.known if f.seen_by}  # who composes need not see what is written there
    for name, whys in wrong.items():
        example = "" if name in guarded else f"（如：{whys[0]}）"
        yield f"字段“{fields[name].title}”有 {len(whys)} 个条目的值不合新的要求{example}，请先改条目"


def _refused(field, value) -> str:
    """Why a stored value is none of the field; empty where it is one, of the same kind."""
    try:
        kept = stored(field, "是" if value is True else "否" if value is False else value)
    except Wrong as no:
        return str(no)
    return "" if kept == value and isinstance(kept, bool) == isinstance(value, bool) else f"“{str(value)[:20]}”会变成“{str(kept)[:20]}”"


COMPOSER = Composer("registers", "登记册", composing.read, composing.form_of, composing.settled, lost)
