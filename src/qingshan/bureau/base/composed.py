"""Declarations composed by form: drafts, a second person's word, publication as files of the bureau's own pack (编制、送审、发布声明).

A room says in a :class:`Composer` how its form is read and what a new declaration would lose, asks its own permission, and calls these.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.urls import reverse

from qingshan.bureau.base import audit, clock, frame, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.form_lines import Read, base_of
from qingshan.bureau.base.models import Draft, Person
from qingshan.bureau.base.packs import written

OWN = "own"
"""the pack folder composed declarations are kept in"""
LONGEST = 200_000
FAULTS = 8
"""faults told in one refusal"""


@dataclass(frozen=True)
class Composer:
    """How declarations of one kind are composed by form."""

    kind: str
    word: str
    """登记册、办理流程"""
    read: Callable[[Mapping[str, str]], Read]
    form_of: Callable[[Any], Mapping[str, str]]
    """a declaration as the form shows it; the inverse of `read`"""
    settled: Callable[[dict[str, str]], dict[str, str]]
    """what was typed as the form shows it again: rows in their order, words as they are now"""
    lost: Callable[[Any], Iterable[str]]
    """what is kept by the declaration in force and would be lost by this one; a sentence each"""
    editions: bool = False
    """what was begun by an earlier version goes on by it: every version is a file of its own"""


def find(composer: Composer, pk: int, *, lock: bool = False) -> Draft:
    """A draft of this kind; Draft.DoesNotExist otherwise."""
    there = Draft.objects.select_for_update() if lock else Draft.objects.select_related("by", "changed_by", "asked_by", "published_by")
    return there.get(pk=pk, kind=composer.kind)


@transaction.atomic
def keep(composer: Composer, form: Mapping[str, str], *, by: Person, draft: Draft | None = None, seen: str = "") -> Draft:
    """Keep what was typed, faults and all; a published draft is a version and does not change.

    Refused where somebody changed the draft since it stood as `seen` (:func:`stamp`). A change takes back what was handed in.
    """
    typed = {key: str(value)[:LONGEST] for key, value in form.items() if key not in ("csrfmiddlewaretoken", "seen")}
    kept = composer.settled(typed)
    before = None
    if draft is None:
        draft = Draft(kind=composer.kind, by=by)
    else:
        draft = find(composer, draft.pk, lock=True)
        if draft.published:
            raise Refused("这份草稿已发布，请从现行版本另起一份")
        if seen and seen != stamp(draft):
            raise Refused(f"“{draft}”在您打开之后由 {draft.changed_by} 改过")
        before = {"填写": draft.form}
    said = composer.read(kept).said
    draft.form, draft.name, draft.title = kept, str(said.get("name", ""))[:60], str(said.get("title", ""))[:120]
    draft.changed, draft.changed_by = clock.now(), by
    draft.asked = draft.asked_by = None
    draft.save()
    audit.record(by, "修改编制草稿" if before else "起草声明", draft, before, {"填写": kept})
    return draft


def stamp(draft: Draft) -> str:
    """How a draft stood when it was read: another one later means somebody changed it."""
    return hashlib.sha256(json.dumps([draft.changed.isoformat(), draft.form], ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


def second(kind: str) -> tuple[str, ...] | None:
    """Roles of which another person must approve; empty: any other who may compose; None: nobody is asked."""
    rule = packs.all("publishing", at=clock.today()).get("publishing")
    return rule.second.get(kind) if rule is not None else None


def may_approve(draft: Draft, person: Person) -> bool:
    """Whether this person is the second one a draft that was handed in waits for: neither who wrote, changed nor handed it in."""
    roles = second(draft.kind)
    if roles is None or draft.asked is None or person.pk in (draft.by_id, draft.changed_by_id, draft.asked_by_id):
        return False
    return not roles or person.groups.filter(name__in=roles).exists()


def _sound(composer: Composer, draft: Draft) -> Read:
    """The draft as read, where nothing stands against its publication."""
    if draft.published:
        raise Refused(f"“{draft}”已于 {draft.published:%Y-%m-%d} 发布")
    made = composer.read(draft.form)
    if made.made is None:
        raise Refused("还有没改好的地方：" + "；".join(words for _, words in made.faults[:FAULTS]), status=422)
    packs.refresh(now=True)  # another process may have published since this request began
    _moved(composer, made.made.name, base_of(draft.form))
    if losses := list(composer.lost(made.made)):
        raise Refused("没有发布，已有的内容会受影响：" + "；".join(losses[:FAULTS]), status=409)
    return made


@transaction.atomic
def ask(composer: Composer, draft_id: int, *, by: Person, basis: str) -> Draft:
    """Hand a draft in for a second person's word (送审), with the basis it is to be published on."""
    draft = find(composer, draft_id, lock=True)
    if second(composer.kind) is None:
        raise Refused(f"发布规则没有要求{composer.word}送审，可以直接发布")
    if draft.asked:
        raise Refused(f"“{draft}”已由 {draft.asked_by} 送审，等人审定")
    _sound(composer, draft)
    draft.asked, draft.asked_by, draft.basis, draft.refusal, draft.refused_by = clock.now(), by, _basis(basis), "", None
    draft.save()
    audit.record(by, "送审声明", draft, None, {"填写": draft.form}, draft.basis)
    return draft


@transaction.atomic
def refuse(composer: Composer, draft_id: int, *, by: Person, reason: str) -> Draft:
    """Send a draft that was handed in back to who wrote it (退回), with the reason; who handed it in takes it back the same way."""
    draft = find(composer, draft_id, lock=True)
    if draft.asked is None:
        raise Refused(f"“{draft}”没有送审，不用退回")
    if not may_approve(draft, by) and by.pk != draft.asked_by_id:
        raise Refused("退回由审定的人办理；送审的人可以撤回自己送的", status=403)
    if not reason.strip():
        raise Refused("请写明退回的理由，例如“缺期限字段”", field="reason", status=422)
    words = "撤回送审" if by.pk == draft.asked_by_id else "退回声明"
    draft.refusal, draft.refused_by, draft.asked, draft.asked_by = reason.strip()[:300], by, None, None
    draft.save()
    audit.record(by, words, draft, None, {"理由": draft.refusal}, draft.refusal)
    return draft


@transaction.atomic
def publish(composer: Composer, draft_id: int, *, by: Person, basis: str = "") -> Draft:
    """Write the declaration into the bureau's own pack as its next version; other processes use it within seconds.

    Where the bureau asks for a second person, that one publishes what was handed in. One of the same name from another pack is
    replaced (``overrides``). Nothing is written where the packs would not load with it.
    """
    draft = find(composer, draft_id, lock=True)
    if second(composer.kind) is not None and not draft.published:
        if draft.asked is None:
            raise Refused(f"发布{composer.word}要第二个人审定，请先送审")
        if not may_approve(draft, by):
            raise Refused(f"“{draft}”由 {draft.asked_by} 送审，须由起草、送审以外的人审定发布", status=403)
        basis = draft.basis
    made = _sound(composer, draft)
    basis, kind, name = _basis(basis), draft.kind, str(made.said["name"])
    last = Draft.objects.filter(kind=kind, name=name).aggregate(n=Max("version"))["n"] or 0
    draft.version, draft.published, draft.published_by, draft.basis = last + 1, clock.now(), by, basis
    path, overrides = _place(kind, name, draft.version if composer.editions else None)
    plain = {key: value for key, value in made.said.items() if key not in ("overrides", "edition")}
    plain |= ({"overrides": overrides} if overrides else {}) | ({"edition": draft.version} if composer.editions else {})
    who = f"{draft.asked_by} 送审，{by} 审定" if draft.asked_by else str(by)
    head = re.sub(r"[\r\n\x00-\x1f]", " ", f"# 第 {draft.version} 版，{who} {draft.published:%Y-%m-%d} 发布，依据：{basis}")
    draft.text = f"{head}\n{written.toml(plain)}"
    try:
        with transaction.atomic():
            draft.save()
    except IntegrityError:
        raise Refused(f"“{draft.title}”刚刚由别人发布了第 {draft.version} 版，请从现行版本另起一份") from None
    audit.record(by, "发布声明", draft, None, {str(path.relative_to(settings.BUREAU_PACKS)): draft.text}, basis)
    try:
        packs.replace({path: draft.text})
    except (packs.PackFaults, OSError) as error:
        raise Refused("没有发布，制度包校核不过：" + "；".join(str(error).splitlines()[:6]), status=422) from None
    return draft


def _basis(said: str) -> str:
    if not said.strip():
        raise Refused("请写明发布依据，例如“青环发〔2026〕12号”", field="basis", status=422)
    return said.strip()[:200]


def _moved(composer: Composer, name: str, base: Mapping[str, Any]) -> None:
    """Refuse where the declaration in force is not the one a draft began from: `base` as its form keeps it."""
    there = packs.all(composer.kind).get(name)
    if there is None:
        return
    if base.get("name") != name:
        raise Refused(f"已有{composer.word}“{there.title}”（{name}），新的请换一个代码；要改它请从它起草", status=409)
    if base_of(composer.form_of(there)) != base:
        raise Refused(f"起草之后“{there.title}”又发布过新的版本，请从现行版本另起一份，免得把别人的改动冲掉", status=409)


def _place(kind: str, name: str, edition: int | None) -> tuple[Path, str]:
    """The file a declaration goes to, and the pack it replaces one of."""
    folder = Path(settings.BUREAU_PACKS) / OWN / kind
    plain = folder / (f"{name}.toml" if edition is None else f"{name}-v{edition}.toml")
    there = packs.found().items.get(kind, {}).get(name, [])
    if len(there) > 1:
        raise Refused(f"“{name}”在制度包里有按日期分的 {len(there)} 个版本，表单不改它；请改文件", status=409)
    if not there:
        return plain, ""
    if there[0].pack == OWN:
        return (folder / Path(there[0].file).name if edition is None else plain), there[0].declaration.overrides
    return plain, there[0].pack


def versions(kind: str, name: str) -> list[Draft]:
    """The published versions of a declaration, the newest first."""
    found = Draft.objects.filter(kind=kind, name=name).exclude(version=None).select_related("published_by", "asked_by")
    return list(found.order_by("-version"))


def waiting(composer: Composer, person: Person) -> list[frame.Waiting]:
    """Drafts handed in that wait for this person's word, as their own work shows them; nothing is asked where no second person is."""
    if second(composer.kind) is None:
        return []
    found = Draft.objects.filter(~Q(asked=None), published=None, kind=composer.kind).select_related("asked_by")
    return [
        frame.Waiting(f"{composer.word}“{d}”", reverse(f"{composer.kind}:draft", args=[d.pk]), f"{d.asked_by} 送审，待审定", None, d.basis)
        for d in found if may_approve(d, person)
    ]  # fmt: skip
