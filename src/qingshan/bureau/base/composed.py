"""Declarations composed by form: kept as drafts, published as files of the bureau's own pack (编制、发布声明).

A room reads its form into a declaration and asks its own permission; here the draft is kept, the file written, the version counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Max

from qingshan.bureau.base import audit, clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.form_lines import base_of
from qingshan.bureau.base.models import Draft, Person
from qingshan.bureau.base.packs import written

OWN = "own"
"""the pack folder composed declarations are kept in"""
LONGEST = 60_000


def keep(kind: str, form: Mapping[str, str], said: Mapping[str, Any], *, by: Person, draft: Draft | None = None) -> Draft:
    """Keep what was typed, faults and all; a published draft is a version and does not change."""
    kept = {key: str(value)[:LONGEST] for key, value in form.items() if key != "csrfmiddlewaretoken"}
    before = None
    if draft is None:
        draft = Draft(kind=kind, by=by)
    else:
        draft = Draft.objects.select_for_update().get(pk=draft.pk)
        if draft.published:
            raise Refused("这份草稿已发布，请从现行版本另起一份")
        before = {"填写": draft.form}
    draft.form, draft.name, draft.title = kept, str(said.get("name", ""))[:60], str(said.get("title", ""))[:120]
    draft.changed = clock.now()
    draft.save()
    audit.record(by, "修改编制草稿" if before else "起草声明", draft, before, {"填写": kept})
    return draft


def moved(kind: str, word: str, name: str, base: Mapping[str, Any], form_of: Callable[[Any], Mapping[str, str]]) -> None:
    """Refuse where the declaration in force is not the one a draft began from: `base` as its form keeps it."""
    there = packs.all(kind).get(name)
    if there is None:
        return
    if base.get("name") != name:
        raise Refused(f"已有{word}“{there.title}”（{name}），新的请换一个代码；要改它请从它起草", status=409)
    if base_of(form_of(there)) != base:
        raise Refused(f"起草之后“{there.title}”又发布过新的版本，请从现行版本另起一份，免得把别人的改动冲掉", status=409)


def publish(draft: Draft, said: Mapping[str, Any], *, by: Person, basis: str) -> Draft:
    """Write the declaration into the bureau's own pack as its next version; other processes use it within seconds.

    One of the same name from another pack is replaced (``overrides``). Nothing is written where the packs would not load with it.
    """
    if draft.published:
        raise Refused(f"“{draft}”已于 {draft.published:%Y-%m-%d} 发布")
    if not basis.strip():
        raise Refused("请写明发布依据，例如“青环发〔2026〕12号”", field="basis", status=422)
    packs.refresh(now=True)  # another process may have published since this request began
    kind, name = draft.kind, str(said["name"])
    path, overrides = _place(kind, name)
    last = Draft.objects.filter(kind=kind, name=name).aggregate(n=Max("version"))["n"] or 0
    draft.version, draft.published, draft.published_by, draft.basis = last + 1, clock.now(), by, basis.strip()[:200]
    head = re.sub(r"[\r\n\x00-\x1f]", " ", f"# 第 {draft.version} 版，{by} {draft.published:%Y-%m-%d} 发布，依据：{draft.basis}")
    plain = {key: value for key, value in said.items() if key != "overrides"} | ({"overrides": overrides} if overrides else {})
    draft.text = f"{head}\n{written.toml(plain)}"
    draft.save()
    audit.record(by, "发布声明", draft, None, {str(path.relative_to(settings.BUREAU_PACKS)): draft.text}, basis)
    try:
        packs.replace({path: draft.text})
    except (packs.PackFaults, OSError) as error:
        raise Refused("没有发布，制度包校核不过：" + "；".join(str(error).splitlines()[:6]), status=422) from None
    return draft


def _place(kind: str, name: str) -> tuple[Path, str]:
    """The file a declaration goes to, and the pack it replaces one of."""
    folder = Path(settings.BUREAU_PACKS) / OWN / kind
    there = packs.found().items.get(kind, {}).get(name, [])
    if len(there) > 1:
        raise Refused(f"“{name}”在制度包里有按日期分的 {len(there)} 个版本，表单不改它；请改文件", status=409)
    if not there:
        return folder / f"{name}.toml", ""
    if there[0].pack == OWN:
        return folder / Path(there[0].file).name, there[0].declaration.overrides
    return folder / f"{name}.toml", there[0].pack


def versions(kind: str, name: str) -> list[Draft]:
    """The published versions of a declaration, the newest first."""
    found = Draft.objects.filter(kind=kind, name=name).exclude(version=None).select_related("published_by")
    return list(found.order_by("-version"))
