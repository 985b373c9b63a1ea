"""A register as a form (编制登记册): the rows people fill in, the declaration they make, and the form of one there is."""

from __future__ import annotations

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
from qingshan.bureau.registers.declared import EDITORS, WHOLE, Register

TYPES = {"text": "文字", "number": "数", "integer": "整数", "date": "日期", "choice": "选项", "flag": "是否"}
PLAIN = ("name", "title", "basis", "keeper", "numbering")
FIELD = ("title", "name", "type", "unit", "decimals", "low", "high", "choices", "required", "seen", "help")
DUE = ("title", "by", "months", "warn")
FIRST = {"field-0-title": "编号", "field-0-type": "text", "field-0-required": "1", "key": "0", "field-1-title": "名称",
         "field-1-type": "text", "field-1-required": "1", "heading": "1", "shape": "point"}  # fmt: skip
"""what an empty form begins with"""
PLACES = {"field": "第 {} 个字段", "due": "第 {} 个到期"}


@dataclass
class Composed(Read):
    """A form as read, and the register where there is no fault."""

    register: Register | None = None


def whom() -> dict[str, str]:
    """Who may be named to see a field."""
    roles = {name: role.title for name, role in packs.all("roles").items()}
    return {"": "都能看", WHOLE: "全局（镇街不看）", EDITORS: "维护登记册的人", **roles}


def read(form: Mapping[str, str]) -> Composed:
    """The declaration a form says, checked as any file of a pack is; what the form does not show stays as it was."""
    base = base_of(form)
    r = Lines(dict(form), base)
    said: dict[str, Any] = {key: value for key, value in base.items() if key not in ("overrides", "field", "state", "due")}
    for key in PLAIN:
        said.pop(key, None)
        if r.text(key):
            said[key] = r.text(key)
    for name, what in (("name", "代码（小写字母、数字、下划线，如 quiet_street）"), ("title", "登记册名称")):
        if not r.text(name):
            r.faults.append((name, f"请填写{what}"))
    for key, value in (("shape", "point"), ("coverage", "town")):
        said.pop(key, None)
        if r.text(key):
            said[key] = value
    said.pop("seen_by", None)
    if r.text("town"):
        said["seen_by"] = ["town"]
    states = _states(r, base)
    if states:
        said["state"] = states
    rows = [n for n in r.rows("field") if r.text(f"field-{n}-title")]
    names = _names(r, rows, base)
    said["field"] = [_field(r, n, names[n], base) for n in rows]
    if not rows:
        r.faults.append(("field", "至少要有一个字段"))
    dues = [n for n in r.rows("due") if r.text(f"due-{n}-title")]
    if dues:
        said["due"] = [_due(r, n, names, base) for n in dues]
    return _checked(said, r.faults, {"field": rows, "due": dues})


def _states(r: Lines, base: dict) -> dict[str, str]:
    """Stored word → shown word: a row that had a stored word keeps it, a new one gets the next free."""
    found: dict[str, str] = {}
    taken = set(base.get("state") or {}) | {r.text(f"state-{n}-name") for n in r.rows("state")}
    for n in r.rows("state"):
        title, name = r.text(f"state-{n}-title"), r.text(f"state-{n}-name")
        if not title:
            continue
        if title in found.values():
            r.faults.append((f"state-{n}-title", f"状态“{title}”写了两次"))
            continue
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) or name in found:
            name = _free("s", taken)
        found[name] = title
    return found


def _names(r: Lines, rows: list[int], base: dict) -> dict[int, str]:
    """Row → stored name; a kept row keeps its own, whatever its title becomes."""
    kept = {row.get("name", "") for row in base.get("field") or ()}
    taken, names = set(kept), {}
    for n in rows:
        name = r.text(f"field-{n}-name")
        names[n] = name if re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name) and name not in names.values() else ""
        taken.add(names[n])
    return {n: name or _free("f", taken) for n, name in names.items()}


def _free(letter: str, taken: set[str]) -> str:
    n = 1
    while f"{letter}{n}" in taken:
        n += 1
    taken.add(f"{letter}{n}")
    return f"{letter}{n}"


def _field(r: Lines, n: int, name: str, base: dict) -> dict[str, Any]:
    def at(key: str) -> str:
        return f"field-{n}-{key}"

    before = next((row for row in base.get("field") or () if row.get("name") == name), {})
    title, type_ = r.text(at("title")), r.text(at("type")) or "text"
    said: dict[str, Any] = {"name": name, "title": title, "type": type_}
    for key in ("unit", "help"):
        if r.text(at(key)):
            said[key] = r.text(at(key))
    if type_ in ("number", "integer"):
        for key, what in (("low", "下限"), ("high", "上限")):
            if (number := r.number(at(key), f"“{title}”的{what}")) is not None:
                said[key] = number
        if (decimals := r.whole(at("decimals"), f"“{title}”的小数位")) is not None:
            said["decimals"] = decimals
    if type_ == "choice":
        said["choices"] = _choices(r, at("choices"), title, before.get("choices") or {})
    if not r.text(at("required")):
        said["required"] = False
    if type_ == "number" and "compute" in before:
        said["compute"] = before["compute"]
    seen = r.text(at("seen"))
    if seen:
        said["seen_by"] = [word for word in re.split(r"[、,，\s]+", seen) if word]
    if r.text("key") == str(n):
        said["key"] = True
    if r.text("heading") == str(n) and r.text("heading") != r.text("key"):
        said["heading"] = True
    return said


def _choices(r: Lines, name: str, title: str, before: dict[str, str]) -> dict[str, str]:
    """``红、黄、绿``; a word that was there keeps what is stored for it, ``red=红牌`` gives it another word."""
    found: dict[str, str] = {}
    taken, old = set(before), {word: key for key, word in before.items()}
    for part in r.words(name):
        key, sign, word = (p.strip() for p in part.replace("＝", "=").partition("="))
        if not sign:
            key, word = old.get(key, ""), key
        if key and not re.fullmatch(r"[a-z0-9_]{1,40}", key):
            r.faults.append((name, f"“{title}”的选项“{part}”看不懂；写法：红、黄、绿，改名写 red=红牌"))
            continue
        if word in found.values():
            r.faults.append((name, f"“{title}”的选项“{word}”写了两次"))
            continue
        found[key or _free("c", taken)] = word
    if not found:
        r.faults.append((name, f"“{title}”是选项，请写可选的词，用顿号隔开"))
    return found


def _due(r: Lines, n: int, names: dict[int, str], base: dict) -> dict[str, Any]:
    title, by = r.text(f"due-{n}-title"), r.text(f"due-{n}-by")
    before = next((row for row in base.get("due") or () if row.get("title") == title), {})
    said = {key: before[key] for key in ("in",) if key in before} | {"title": title, "by": names.get(int(by), "") if by.isdecimal() else ""}
    if not said["by"]:
        r.faults.append((f"due-{n}-by", f"“{title}”按哪个日期字段算？请选择"))
    for key, what in (("months", "加几个月"), ("warn", "提前几天亮灯")):
        if (number := r.whole(f"due-{n}-{key}", f"“{title}”{what}")) is not None:
            said[key] = number
    return said


def _checked(said: dict[str, Any], faults: list[tuple[str, str]], rows: dict[str, list[int]]) -> Composed:
    made = Composed(said, faults)
    try:
        register = Register.model_validate(said)
    except ValidationError as error:
        for fault, words in zip(error.errors(include_url=False), sentences(error, Register), strict=True):
            where, told = _told(fault["loc"], words, rows)
            known = any(name.startswith(where.removesuffix("title")) for name, _ in faults) if where.endswith("-title") else False
            if not known and (fault["type"] != "missing" or not faults):
                made.faults.append((where, _by_title(told, said)))
        return made
    made.faults += [("form", words) for words in register.faults(packs.found())]
    made.register = None if made.faults else register
    return made


def _by_title(words: str, said: dict[str, Any]) -> str:
    """A sentence that names fields as people do, not by what they are stored under."""
    for row in said.get("field", ()):
        words = words.replace(f"字段“{row['name']}”", f"字段“{row['title']}”")
    return words


def _told(loc: tuple, words: str, rows: dict[str, list[int]]) -> tuple[str, str]:
    """A fault with the field of the form it belongs to, and its place as the form's reader knows it."""
    words = words.strip().lstrip("：")
    if len(loc) > 1 and loc[0] in PLACES and isinstance(loc[1], int) and loc[1] < len(rows[loc[0]]):
        row = rows[loc[0]][loc[1]]
        return f"{loc[0]}-{row}-title", f"{PLACES[loc[0]].format(row + 1)}：{re.sub(rf'^{loc[0]}[^：]*：', '', words)}"
    return (str(loc[0]) if loc else "form"), words


def form_of(of: Register) -> dict[str, str]:
    """A register as the form shows it, so that one can go on from it; the inverse of :func:`read`."""
    said = written.plain(of)
    form = {key: show(said.get(key)) for key in PLAIN} | {"base": json.dumps(said, ensure_ascii=False)}
    form |= {"shape": "point" if of.shape == "point" else "", "coverage": of.coverage, "town": "1" if "town" in of.seen_by else ""}
    for n, (name, title) in enumerate(of.state.items()):
        form |= {f"state-{n}-name": name, f"state-{n}-title": title}
    for n, f in enumerate(of.field):
        form |= {
            f"field-{n}-title": f.title, f"field-{n}-name": f.name, f"field-{n}-type": f.type, f"field-{n}-unit": f.unit,
            f"field-{n}-decimals": show(f.decimals), f"field-{n}-low": show(f.low), f"field-{n}-high": show(f.high),
            f"field-{n}-choices": joined(f.choices.values()), f"field-{n}-required": "1" if f.required else "",
            f"field-{n}-seen": "、".join(f.seen_by), f"field-{n}-help": f.help,
        }  # fmt: skip
        form |= {"key": str(n)} if f.key else {}
        form |= {"heading": str(n)} if f.heading else {}
    places = {f.name: str(n) for n, f in enumerate(of.field)}
    for n, due in enumerate(of.due):
        form |= {
            f"due-{n}-title": due.title,
            f"due-{n}-by": places.get(due.by, ""),
            f"due-{n}-months": show(due.months),
            f"due-{n}-warn": show(due.warn),
        }
    return form
