"""A workflow as a form (编制办理流程): states and ways, who may, limits, proofs, what is asked; new or on top of one there is."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from qingshan.bureau.base import packs
from qingshan.bureau.base.form_lines import NAME, Lines, Read, base_of, free, joined, settle, show
from qingshan.bureau.base.packs import written
from qingshan.bureau.cases import soundness
from qingshan.bureau.cases.declared import FOUR, UNITS, Workflow

PLAIN = ("name", "title", "basis", "prefix")
PROOFS = {"file": "文件", "photo": "照片", "document": "有文号的文件", "link": "公开链接", "recheck": "独立复核", "visit": "回访群众"}
ACTORS = {"responsible": "责任单位", "handler": "责任单位或配合单位", "verifier": "核查的人（不是责任单位）", "office": "交办的人"}
ASKS = {"text": "文字", "choice": "选项", "number": "数", "date": "日期", "flag": "是否"}
ENDS = {"": "办理中", "close": "销号", "void": "办结，不算销号"}
STATE = ("title", "name", "was", "end", "amount", "unit", "place")
PROOF = ("title", "name", "was", "type", "days", "own", "branch", "help", "place")
STEP = ("title", "name", "from", "to", "by", "roles", "needs", "asks", "reason", "back", "place")
ASK = ("title", "name", "type", "choices", "required", "secret", "help", "place")
ROWS = {"state": STATE, "proof": PROOF, "step": STEP, "field": ASK}
PLACES = {"step": "第 {} 步", "field": "第 {} 个填报项", "state": "第 {} 个状态", "proof": "第 {} 种佐证"}
FIRST = {
    "by_hand": "1", "term-amount": "15", "term-unit": "workdays", "new": "1", "reopen": "整改中",
    "state-0-title": "待签收", "state-0-amount": "1", "state-0-unit": "workdays", "state-1-title": "整改中",
    "state-2-title": "待核查", "state-2-amount": "3", "state-2-unit": "workdays", "state-3-title": "已销号", "state-3-end": "close",
    "proof-0-title": "整改前照片", "proof-0-type": "photo", "proof-1-title": "整改后照片", "proof-1-type": "photo",
    "proof-2-title": "独立复核", "proof-2-type": "recheck",
    "step-0-title": "签收", "step-0-from": "待签收", "step-0-to": "整改中", "step-0-by": "responsible",
    "step-1-title": "报整改结果", "step-1-from": "整改中", "step-1-to": "待核查", "step-1-by": "responsible",
    "step-1-needs": "整改前照片、整改后照片", "step-1-asks": "整改情况",
    "step-2-title": "退回重办", "step-2-from": "待核查", "step-2-to": "整改中", "step-2-by": "verifier", "step-2-reason": "1",
    "step-2-back": "1",
    "step-3-title": "销号", "step-3-from": "待核查", "step-3-to": "已销号", "step-3-by": "verifier",
    "step-3-needs": "整改前照片、整改后照片、独立复核", "step-3-reason": "1",
}  # fmt: skip
"""what a workflow made from nothing begins with: the shortest that is sound"""


class Named:
    """Rows of the form that others refer to by title: stored names by the title now, and by the one before where it was renamed."""

    def __init__(self, r: Lines, kind: str, letter: str, there: Mapping[str, Any], what: str):
        self.r, self.what, self.rows, self.titles = r, what, r.filled(kind), {}
        taken, self.names = set(there) | {r.text(f"{kind}-{n}-name") for n in self.rows}, {}
        for n in self.rows:
            name = r.text(f"{kind}-{n}-name")
            self.names[n] = name if NAME.fullmatch(name) and name not in self.names.values() else free(letter, taken)
            title = r.text(f"{kind}-{n}-title")
            if title in self.titles:
                r.faults.append((f"{kind}-{n}-title", f"{what}“{title}”写了两次"))
            self.titles.setdefault(title, self.names[n])
        self.now = {self.names[n]: r.text(f"{kind}-{n}-title") for n in self.rows}
        self.before = {r.text(f"{kind}-{n}-was"): self.names[n] for n in self.rows if r.text(f"{kind}-{n}-was")}
        self.numbers = {name: n for n, name in self.names.items()}

    def find(self, word: str) -> str:
        """The stored name a title stands for; empty where nothing has it."""
        return self.titles.get(word) or self.before.get(word, "")

    def read(self, at: str, whose: str) -> list[str]:
        """Stored names of those written in a field by their titles."""
        found = []
        for word in self.r.words(at):
            name = self.find(word)
            if not name:
                self.r.faults.append((at, f"{whose}：没有{self.what}“{word}”；已有：{'、'.join(self.titles)}"))
            elif name not in found:
                found.append(name)
        return found

    def again(self, text: str) -> str:
        """What was written in a field, in titles as they are now; words that stand for nothing stay."""
        if not text.strip():
            return ""
        words = Lines({"_": text}, {}).words("_")
        return joined(self.now[self.find(word)] if self.find(word) else word for word in words)


def _named(r: Lines) -> tuple[Named, Named]:
    return Named(r, "state", "s", r.base.get("state") or {}, "状态"), Named(r, "proof", "p", r.base.get("proof") or {}, "佐证")


def read(form: Mapping[str, str]) -> Read:
    """The declaration a form says, checked as any file of a pack is; rules the form does not show stay those one began from."""
    base = base_of(form)
    r = Lines(dict(form), base)
    said: dict[str, Any] = {key: copy.deepcopy(value) for key, value in base.items() if key not in ("overrides", "edition", *PLAIN)}
    for name, what in (
        ("name", "代码（小写字母、数字、下划线，如 river_patrol）"),
        ("title", "流程名称"),
        ("prefix", "编号字头（大写字母）"),
    ):
        if not r.text(name):
            r.faults.append((name, f"请填写{what}"))
    said |= {key: r.text(key) for key in PLAIN if r.text(key)}
    states, proofs = _named(r)
    _states(r, said, states)
    _limits(r, said, base, states)
    _proofs(r, said, base, proofs)
    rows = r.filled("step")
    said["step"] = _steps(r, rows, base, states, proofs)
    asked = r.filled("field")
    said["field"] = _asks(r, asked, base)
    if not asked:
        said.pop("field")
    said |= {"by_hand": bool(r.text("by_hand")), "merge": bool(r.text("merge"))}
    _relapses(r, said, base, states)
    made = Read(said, r.faults)
    if not states.rows or not rows:
        made.faults.append(("form", "至少要有一个起始状态、一个销号的状态和一个步骤"))
    made.check(Workflow, packs.found(), _teller(states, proofs, {"step": rows, "field": asked}))
    if made.made is not None:
        _look(made, rows, states)
    return made


def _look(made: Read, rows: list[int], states: Named) -> None:
    """What a form does not let pass though a file might, and what is worth a look."""
    place = _teller(states, states, {"step": rows})
    made.faults += [place(loc, words) for loc, words in soundness.muddles(made.made)]
    made.notes += soundness.notes(made.made)
    if made.faults:
        made.made = None


def _states(r: Lines, said: dict, states: Named) -> None:
    """States in their order, where a case ends, and which ends are no 销号."""
    ends = {name: r.text(f"state-{n}-end") for n, name in states.names.items()}
    said["state"] = dict(states.now)
    said["final"] = [name for name, end in ends.items() if end in ("close", "void")]
    said.pop("void", None)
    if void := [name for name, end in ends.items() if end == "void"]:
        said["void"] = void
    if states.rows and "close" not in ends.values():
        r.faults.append((f"state-{states.rows[-1]}-title", "没有销号的状态：把最后的状态改为“销号”"))
    elif states.rows and ends[states.names[states.rows[0]]]:
        r.faults.append(
            (f"state-{states.rows[0]}-title", f"第一个状态“{r.text(f'state-{states.rows[0]}-title')}”是交办时的状态，不能是办结的")
        )


def _limits(r: Lines, said: dict, base: dict, states: Named) -> None:
    """How long each state and the whole may last, and how far that may be put off."""
    limits = {}
    for n, name in states.names.items():
        if limit := _limit(r, f"state-{n}", f"“{states.now[name]}”的时限", (base.get("limit") or {}).get(name) or {}):
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
    if amount <= 0:
        r.faults.append((f"{at}-amount", f"{what}写成 {amount}，应大于 0；不计时限就空着"))
        return {}
    return {unit: amount} | ({"roll": True} if before.get("roll") and unit == "days" else {})


def _proofs(r: Lines, said: dict, base: dict, proofs: Named) -> None:
    """Proofs by stored name; what a measured one measures stays. And the four of 四个不放过, where they are asked."""
    there = base.get("proof") or {}
    found: dict[str, Any] = {}
    for n, name in proofs.names.items():
        title, type_ = proofs.now[name], r.text(f"proof-{n}-type") or "file"
        before = there.get(name) or {}
        branch = {"branch": True} if r.text(f"proof-{n}-branch") else {}
        if isinstance(before, dict) and before.get("type") == "measured":
            found[name] = {key: value for key, value in before.items() if key != "branch"} | {"title": title} | branch
            continue
        one: dict[str, Any] = {"title": title, "type": type_} | branch | ({"own": True} if r.text(f"proof-{n}-own") else {})
        if type_ == "link" and (days := r.whole(f"proof-{n}-days", f"“{title}”要公示几天")):
            one["days"] = days
        found[name] = one | ({"help": h} if (h := r.text(f"proof-{n}-help")) else {})
    said["proof"] = found
    said["photo"] = [name for name in base.get("photo") or () if found.get(name, {}).get("type") == "photo"]
    if not said["photo"]:
        said.pop("photo")
    said.pop("four", None)
    if any(r.text(f"four-{key}") for key in FOUR):
        said["four"] = {key: proofs.read(f"four-{key}", f"四个不放过“{words}”") for key, words in FOUR.items()}
        for key, words in FOUR.items():
            if not r.text(f"four-{key}"):
                r.faults.append((f"four-{key}", f"缺“{words}”（{key}）的佐证；四个不放过要么四条都写，要么都不写"))


def _steps(r: Lines, rows: list[int], base: dict, states: Named, proofs: Named) -> list[dict[str, Any]]:
    """The steps as typed; conditions, kinds of unit and what a step asked stay with the step of that name."""
    there = {row["name"]: row for row in base.get("step") or ()}
    taken, asks = set(there) | {r.text(f"step-{n}-name") for n in rows}, {a["name"] for row in there.values() for a in row.get("ask") or ()}
    known = {role.title: name for name, role in packs.all("roles").items()}
    found: list[dict[str, Any]] = []
    for n in rows:
        name, title = r.text(f"step-{n}-name"), r.text(f"step-{n}-title")
        if not NAME.fullmatch(name) or name in [row["name"] for row in found]:
            name = free("t", taken)
        before, whose = there.get(name, {}), f"步骤“{title}”"
        said: dict[str, Any] = {"name": name, "title": title, "from": states.read(f"step-{n}-from", f"{whose}的“从”")}
        to = states.read(f"step-{n}-to", f"{whose}的“到”")
        if not said["from"] and not r.text(f"step-{n}-from"):
            r.faults.append((f"step-{n}-from", f"{whose}从哪个状态走？写状态的名称"))
        if len(to) > 1 or not r.text(f"step-{n}-to"):
            r.faults.append((f"step-{n}-to", f"{whose}走到哪个状态？写一个状态的名称"))
        said |= {"to": to[0] if to else "", "by": r.text(f"step-{n}-by") or before.get("by", "responsible")}
        roles = []
        for word in r.words(f"step-{n}-roles"):
            if word in known or word in known.values():
                roles.append(known.get(word, word))
            else:
                r.faults.append((f"step-{n}-roles", f"“{title}”：没有角色“{word}”；可用：{'、'.join(known)}"))
        needs = proofs.read(f"step-{n}-needs", f"“{title}”要的佐证")
        asked = {a["title"]: a for a in before.get("ask") or ()}
        ask = [asked.get(word) or {"name": free("a", asks), "title": word} for word in r.words(f"step-{n}-asks")]
        said |= {key: value for key, value in (("roles", roles), ("needs", needs), ("ask", ask)) if value}
        said |= {key: before[key] for key in ("units", "checks") if before.get(key)}
        found.append(said | {key: True for key in ("reason", "back") if r.text(f"step-{n}-{key}")})
    return found


def _asks(r: Lines, rows: list[int], base: dict) -> list[dict[str, Any]]:
    there = {row["name"]: row for row in base.get("field") or ()}
    taken, found = set(there) | {r.text(f"field-{n}-name") for n in rows}, []
    for n in rows:
        title, name, type_ = (r.text(f"field-{n}-{key}") for key in ("title", "name", "type"))
        if not NAME.fullmatch(name) or name in [row["name"] for row in found]:
            name = free("f", taken)
        said: dict[str, Any] = {"name": name, "title": title, "type": type_ or "text"}
        if type_ == "choice":
            old = {word: key for key, word in (there.get(name, {}).get("choices") or {}).items()}
            used = set(old.values())
            said["choices"] = {old.get(word) or free("c", used): word for word in dict.fromkeys(r.words(f"field-{n}-choices"))}
        if not r.text(f"field-{n}-required"):
            said["required"] = False
        said |= {"secret": True} if r.text(f"field-{n}-secret") else {}
        found.append(said | ({"help": h} if (h := r.text(f"field-{n}-help")) else {}))
    return found


def _relapses(r: Lines, said: dict, base: dict, states: Named) -> None:
    """Where a closed case goes when it opens again, and which of the rules by which it does so are kept."""
    kept = [rule for n, rule in enumerate(base.get("relapse") or ()) if r.text(f"relapse-{n}-on")]
    to = states.read("reopen", "重启退到")
    for key in ("relapse", "reopen"):
        said.pop(key, None)
    if kept:
        said["relapse"] = kept
    if to:
        said["reopen"] = to[0]


def _teller(states: Named, proofs: Named, rows: Mapping[str, list[int]]) -> Callable[[tuple, str], tuple[str, str]]:
    """Gives a fault its field of the form, and its place as the form's reader knows it."""

    def told(loc: tuple, words: str) -> tuple[str, str]:
        kind, which = (str(loc[0]), loc[1]) if len(loc) > 1 else (str(loc[0]) if loc else "form", None)
        if kind in rows and isinstance(which, int) and which < len(rows[kind]):
            n, shown = rows[kind][which], rows[kind].index(rows[kind][which]) + 1
            return f"{kind}-{n}-title", f"{PLACES[kind].format(shown)}：{re.sub(rf'^{kind}[^：]*：', '', words)}"
        if kind == "limit" and which in states.numbers:
            return f"state-{states.numbers[which]}-amount", words
        for named, mine in (("state", states), ("proof", proofs)):
            if kind == named and which in mine.numbers:
                return f"{kind}-{mine.numbers[which]}-title", re.sub(rf"^{kind}[^：]*：", "", words)
        if kind == "four":
            return f"four-{which}", words
        if kind in ("term", "extension"):
            return f"{kind}-{'amount' if kind == 'term' else 'most'}", words
        return (kind if kind in (*PLAIN, "reopen") else "form"), words

    return told


def settled(form: dict[str, str]) -> dict[str, str]:
    """What was typed, rows in their order, each with its stored name, and what refers to renamed states and proofs in their new words."""
    form = dict(form)
    r = Lines(form, base_of(form))
    states, proofs = _named(r)
    for kind, named in (("state", states), ("proof", proofs)):
        for n, name in named.names.items():
            form |= {f"{kind}-{n}-name": name, f"{kind}-{n}-was": named.now[name]}
    for key in [key for key in form if re.fullmatch(r"step-\d{1,3}-(from|to)|reopen", key)]:
        form[key] = states.again(form[key])
    for key in [key for key in form if re.fullmatch(r"step-\d{1,3}-needs|four-[a-z]+", key)]:
        form[key] = proofs.again(form[key])
    for kind, keys in ROWS.items():
        settle(form, kind, [key for key in keys if key != "place"])
    return form


def form_of(flow: Workflow) -> dict[str, str]:
    """A workflow as the form shows it; the inverse of :func:`read`."""
    said = written.plain(flow)
    form = {key: show(said.get(key)) for key in PLAIN} | {"base": json.dumps(said, ensure_ascii=False)}
    form |= {"by_hand": show(flow.by_hand), "merge": show(flow.merge), "reopen": joined([flow.state[flow.reopen]] if flow.reopen else [])}
    form |= {f"relapse-{n}-on": "1" for n in range(len(flow.relapse))}
    for n, (name, title) in enumerate(flow.state.items()):
        end = "void" if name in flow.void else "close" if name in flow.final else ""
        form |= {f"state-{n}-title": title, f"state-{n}-name": name, f"state-{n}-was": title, f"state-{n}-end": end}
        form |= _span(f"state-{n}", flow.limit.get(name))
    form |= _span("term", flow.term)
    if flow.extension:
        unit = "days" if flow.extension.days else "workdays"
        form |= {"extension-most": show(flow.extension.most), "extension-amount": show(flow.extension.span), "extension-unit": unit}
    titles = {name: proof.title for name, proof in flow.proof.items()}
    for n, (name, proof) in enumerate(flow.proof.items()):
        form |= {
            f"proof-{n}-title": proof.title, f"proof-{n}-name": name, f"proof-{n}-was": proof.title, f"proof-{n}-type": proof.type,
            f"proof-{n}-days": show(proof.days or None), f"proof-{n}-own": show(proof.own), f"proof-{n}-branch": show(proof.branch),
            f"proof-{n}-help": proof.help,
        }  # fmt: skip
    for key, needed in flow.four.items():
        form[f"four-{key}"] = joined(titles[p] for p in needed)
    roles = packs.all("roles")
    for n, step in enumerate(flow.step):
        form |= {
            f"step-{n}-title": step.title, f"step-{n}-name": step.name, f"step-{n}-from": joined(flow.state[s] for s in step.start),
            f"step-{n}-to": joined([flow.state[step.to]]), f"step-{n}-by": step.by, f"step-{n}-reason": show(step.reason),
            f"step-{n}-back": show(step.back), f"step-{n}-roles": "、".join(roles[x].title if x in roles else x for x in step.roles),
            f"step-{n}-needs": joined(titles[p] for p in step.needs), f"step-{n}-asks": joined(ask.title for ask in step.ask),
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
