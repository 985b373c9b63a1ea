"""A workflow as a form (编制办理流程), on top of one there is: limits, proofs, steps, what is asked; its states and paths stay."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from qingshan.bureau.base import packs
from qingshan.bureau.base.form_lines import Lines, Read, base_of, joined, show
from qingshan.bureau.base.packs import written
from qingshan.bureau.base.packs.faults import sentences
from qingshan.bureau.cases.declared import FOUR, UNITS, Workflow

PLAIN = ("name", "title", "basis", "prefix")
PROOFS = {"file": "文件", "photo": "照片", "document": "有文号的文件", "link": "公开链接", "recheck": "独立复核", "visit": "回访群众"}
ACTORS = {"responsible": "责任单位", "handler": "责任单位或配合单位", "verifier": "核查的人（不是责任单位）", "office": "交办的人"}
ASKS = {"text": "文字", "choice": "选项", "number": "数", "date": "日期", "flag": "是否"}
STATE = ("title", "amount", "unit")
PROOF = ("title", "name", "type", "help")
STEP = ("title", "name", "by", "roles", "needs", "reason")
ASK = ("title", "name", "type", "choices", "required", "secret", "help")
PLACES = {"step": "第 {} 步", "field": "第 {} 个填报项"}


@dataclass
class Composed(Read):
    """A form as read, and the workflow where there is no fault."""

    workflow: Workflow | None = None


def read(form: Mapping[str, str]) -> Composed:
    """The declaration a form says, checked as any file of a pack is; states, paths and rules stay those one began from."""
    base = base_of(form)
    r = Lines(dict(form), base)
    said: dict[str, Any] = {key: copy.deepcopy(value) for key, value in base.items() if key not in ("overrides", *PLAIN)}
    if not base:
        return Composed({}, [("form", "请从一种已有的办理流程起草")])
    for name, what in (("name", "代码（小写字母、数字、下划线）"), ("title", "流程名称"), ("prefix", "编号字头（大写字母）")):
        if not r.text(name):
            r.faults.append((name, f"请填写{what}"))
    said |= {key: r.text(key) for key in PLAIN if r.text(key)}
    _limits(r, said, base)
    names = _proofs(r, said, base)
    said["step"] = [_step(r, n, row, names) for n, row in enumerate(base.get("step") or ())]
    rows = [n for n in r.rows("field") if r.text(f"field-{n}-title")]
    said["field"] = _asks(r, rows, base)
    said |= {"by_hand": bool(r.text("by_hand"))}
    return _checked(said, r.faults, {"field": rows})


def _limits(r: Lines, said: dict, base: dict) -> None:
    """How long each state and the whole may last, and how far that may be put off."""
    states = list(base.get("state") or {})
    said["state"], limits = {}, {}
    for n, name in enumerate(states):
        title = r.text(f"state-{n}-title")
        if not title:
            r.faults.append((f"state-{n}-title", f"状态“{base['state'][name]}”要有名称：流程的状态和走向不在表单里增减"))
        said["state"][name] = title or base["state"][name]
        if limit := _limit(r, f"state-{n}", f"“{title}”的时限", (base.get("limit") or {}).get(name) or {}):
            limits[name] = limit
    for key, value in (("limit", limits), ("term", _limit(r, "term", "全程时限", base.get("term") or {}))):
        said.pop(key, None)
        if value:
            said[key] = value
    said.pop("extension", None)
    most = r.whole("extension-most", "最多延期次数")
    if most:
        amount = r.whole("extension-amount", "每次最多延几天", needed=True)
        unit = r.text("extension-unit") if r.text("extension-unit") in ("days", "workdays") else "workdays"
        said["extension"] = {"most": most, unit: amount}


def _limit(r: Lines, at: str, what: str, before: dict) -> dict[str, Any]:
    amount, unit = r.whole(f"{at}-amount", what), r.text(f"{at}-unit") or "workdays"
    if amount is None:
        return {}
    if unit not in UNITS:
        r.faults.append((f"{at}-amount", f"{what}的单位不对；可用：{'、'.join(UNITS.values())}"))
        return {}
    return {unit: amount} | ({"roll": True} if before.get("roll") and unit == "days" else {})


def _proofs(r: Lines, said: dict, base: dict) -> dict[str, str]:
    """Proofs by stored name; what a measured one measures stays. Gives title → stored name."""
    there = base.get("proof") or {}
    taken = set(there)
    found: dict[str, Any] = {}
    titles: dict[str, str] = {}
    for n in r.rows("proof"):
        title, name, type_ = (r.text(f"proof-{n}-{key}") for key in ("title", "name", "type"))
        if not title:
            continue
        if title in titles:
            r.faults.append((f"proof-{n}-title", f"佐证“{title}”写了两次"))
            continue
        if name not in there:
            name = _free("p", taken)
        before = there.get(name) or {}
        if before.get("type") == "measured":
            found[name] = before | {"title": title}
        else:
            kept = {key: before[key] for key in ("own", "days") if key in before and (key != "days" or type_ == "link")}
            found[name] = kept | {"title": title, "type": type_ or "file"} | ({"help": h} if (h := r.text(f"proof-{n}-help")) else {})
        titles[title] = name
    said["proof"] = found
    said["photo"] = [name for name in base.get("photo") or () if found.get(name, {}).get("type") == "photo"]
    if not said["photo"]:
        said.pop("photo")
    if base.get("four"):
        said["four"] = {key: _named(r, f"four-{key}", titles, f"四个不放过“{words}”") for key, words in FOUR.items()}
    return titles


def _named(r: Lines, at: str, titles: dict[str, str], what: str) -> list[str]:
    """Stored names of proofs written by their titles."""
    found = []
    for title in r.words(at):
        if title not in titles:
            r.faults.append((at, f"{what}：没有佐证“{title}”；已有：{'、'.join(titles)}"))
        elif titles[title] not in found:
            found.append(titles[title])
    return found


def _step(r: Lines, n: int, row: dict, titles: dict[str, str]) -> dict[str, Any]:
    title = r.text(f"step-{n}-title")
    said = {key: value for key, value in row.items() if key not in ("title", "by", "roles", "needs", "reason")}
    said |= {"title": title or row["title"], "by": r.text(f"step-{n}-by") or row["by"]}
    known = {role.title: name for name, role in packs.all("roles").items()}
    roles = []
    for word in r.words(f"step-{n}-roles"):
        if word in known or word in known.values():
            roles.append(known.get(word, word))
        else:
            r.faults.append((f"step-{n}-roles", f"“{said['title']}”：没有角色“{word}”；可用：{'、'.join(known)}"))
    needs = _named(r, f"step-{n}-needs", titles, f"“{said['title']}”要的佐证")
    said |= {key: value for key, value in (("roles", roles), ("needs", needs)) if value}
    return said | ({"reason": True} if r.text(f"step-{n}-reason") else {})


def _asks(r: Lines, rows: list[int], base: dict) -> list[dict[str, Any]]:
    there = {row["name"]: row for row in base.get("field") or ()}
    taken, found = set(there), []
    for n in rows:
        title, name, type_ = (r.text(f"field-{n}-{key}") for key in ("title", "name", "type"))
        if name not in there or name in [row["name"] for row in found]:
            name = _free("f", taken)
        said: dict[str, Any] = {"name": name, "title": title, "type": type_ or "text"}
        if type_ == "choice":
            old = {word: key for key, word in (there.get(name, {}).get("choices") or {}).items()}
            used = set(old.values())
            said["choices"] = {old.get(word) or _free("c", used): word for word in dict.fromkeys(r.words(f"field-{n}-choices"))}
        if not r.text(f"field-{n}-required"):
            said["required"] = False
        said |= {"secret": True} if r.text(f"field-{n}-secret") else {}
        found.append(said | ({"help": h} if (h := r.text(f"field-{n}-help")) else {}))
    return found


def _free(letter: str, taken: set[str]) -> str:
    n = 1
    while f"{letter}{n}" in taken:
        n += 1
    taken.add(f"{letter}{n}")
    return f"{letter}{n}"


def _checked(said: dict[str, Any], faults: list[tuple[str, str]], rows: dict[str, list[int]]) -> Composed:
    made = Composed(said, faults)
    try:
        flow = Workflow.model_validate(said)
    except ValidationError as error:
        for fault, words in zip(error.errors(include_url=False), sentences(error, Workflow), strict=True):
            if fault["type"] != "missing" or not faults:
                made.faults.append(_told(fault["loc"], words, rows))
        return made
    made.faults += [("form", words) for words in flow.faults(packs.found())]
    made.workflow = None if made.faults else flow
    return made


def _told(loc: tuple, words: str, rows: dict[str, list[int]]) -> tuple[str, str]:
    words = words.strip().lstrip("：")
    if len(loc) > 1 and loc[0] in PLACES and isinstance(loc[1], int):
        row = rows[loc[0]][loc[1]] if loc[0] in rows else loc[1]
        return f"{loc[0]}-{row}-title", f"{PLACES[loc[0]].format(row + 1)}：{re.sub(rf'^{loc[0]}[^：]*：', '', words)}"
    return (str(loc[0]) if loc and loc[0] in PLAIN else "form"), words


def form_of(flow: Workflow) -> dict[str, str]:
    """A workflow as the form shows it; the inverse of :func:`read`."""
    said = written.plain(flow)
    form = {key: show(said.get(key)) for key in PLAIN} | {"base": json.dumps(said, ensure_ascii=False), "by_hand": show(flow.by_hand)}
    for n, (name, title) in enumerate(flow.state.items()):
        form |= {f"state-{n}-title": title} | _span(f"state-{n}", flow.limit.get(name))
    form |= _span("term", flow.term)
    if flow.extension:
        unit = "days" if flow.extension.days else "workdays"
        form |= {"extension-most": show(flow.extension.most), "extension-amount": show(flow.extension.span), "extension-unit": unit}
    titles = {name: proof.title for name, proof in flow.proof.items()}
    for n, (name, proof) in enumerate(flow.proof.items()):
        form |= {f"proof-{n}-{key}": show(value) for key, value in zip(PROOF, (proof.title, name, proof.type, proof.help), strict=True)}
    for key, needed in flow.four.items():
        form[f"four-{key}"] = joined(titles[p] for p in needed)
    roles = packs.all("roles")
    for n, step in enumerate(flow.step):
        form |= {
            f"step-{n}-title": step.title, f"step-{n}-by": step.by, f"step-{n}-reason": show(step.reason),
            f"step-{n}-roles": "、".join(roles[x].title if x in roles else x for x in step.roles),
            f"step-{n}-needs": joined(titles[p] for p in step.needs),
        }  # fmt: skip
    for n, ask in enumerate(flow.field):
        form |= {
            f"field-{n}-title": ask.title, f"field-{n}-name": ask.name, f"field-{n}-type": ask.type,
            f"field-{n}-choices": joined(ask.choices.values()), f"field-{n}-required": show(ask.required),
            f"field-{n}-secret": show(ask.secret), f"field-{n}-help": ask.help,
        }  # fmt: skip
    return form


def _span(at: str, limit) -> dict[str, str]:
    if limit is None:
        return {}
    unit = next(name for name in UNITS if getattr(limit, name) is not None)
    return {f"{at}-amount": show(getattr(limit, unit)), f"{at}-unit": unit}
