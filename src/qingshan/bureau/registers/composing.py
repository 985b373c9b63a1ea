"""A register as a form (编制登记册): the rows people fill in, the declaration they make, and the form of one there is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from qingshan.bureau.base import packs
from qingshan.bureau.base.form_lines import NAME, Lines, Read, base_of, free, joined, settle, show
from qingshan.bureau.base.linked import counts
from qingshan.bureau.base.packs import written
from qingshan.bureau.registers.declared import EDITORS, WHOLE, Register
from qingshan.bureau.registers.rules import Condition

TYPES = {"text": "文字", "number": "数", "integer": "整数", "date": "日期", "choice": "选项", "flag": "是否"}
PLAIN = ("name", "title", "basis", "keeper", "numbering")
FIELD = (
    "title", "name", "group", "type", "unit", "decimals", "low", "high", "choices", "required", "scored", "seen", "help", "retired",
    "place",
)  # fmt: skip
STATE = ("title", "name", "place")
DUE = ("title", "by", "months", "warn", "place")
BAND = ("title", "light", "all", "place")
RULE = ("title", "band", "field", "test", "value", "place")
ROWS = {"field": FIELD, "state": STATE, "due": DUE, "band": BAND, "rule": RULE}
LIGHTS = {"red": "红灯", "amber": "黄灯", "green": "绿灯", "blue": "蓝灯", "none": "不亮灯"}
SIGNS = {">": "above", "<": "below", "≥": "at_least", "≤": "at_most"}
TESTS = {
    "is": "等于", "above": "大于", "below": "小于", "at_least": "不小于", "at_most": "不大于", "between": "在两数之间",
    "older": "早于几天以前", "empty": "没有填", "filled": "填了", "count": "至少几件",
}  # fmt: skip
FIRST = {"field-0-title": "编号", "field-0-type": "text", "field-0-required": "1", "key": "0", "field-1-title": "名称",
         "field-1-type": "text", "field-1-required": "1", "field-1-scored": "1", "heading": "1", "shape": "point", "new": "1"}  # fmt: skip
"""what an empty form begins with"""
PLACES = {"field": "第 {} 个字段", "due": "第 {} 个到期", "retired": "停用的第 {} 个字段"}
YES, NO = ("是", "有", "1", "true"), ("否", "无", "没有", "0", "false")


def whom() -> dict[str, str]:
    """Who may be named to see a field."""
    roles = {name: role.title for name, role in packs.all("roles").items()}
    return {"": "都能看", WHOLE: "全局（镇街不看）", EDITORS: "维护登记册的人", **roles}


def read(form: Mapping[str, str]) -> Read:
    """The declaration a form says, checked as any file of a pack is; what the form does not show stays as it was."""
    base = base_of(form)
    r = Lines(dict(form), base)
    mine = ("overrides", "edition", "field", "retired", "state", "due", "grade", "light", "shape", "coverage", "seen_by", *PLAIN)
    said: dict[str, Any] = {key: value for key, value in base.items() if key not in mine}
    said |= {key: r.text(key) for key in PLAIN if r.text(key)}
    for name, what in (("name", "代码（小写字母、数字、下划线，如 quiet_street）"), ("title", "登记册名称")):
        if not r.text(name):
            r.faults.append((name, f"请填写{what}"))
    shape = "area" if base.get("shape") == "area" else "point"
    said |= {key: value for key, value in (("shape", shape), ("coverage", "town"), ("seen_by", ["town"])) if r.text(BOXES[key])}
    if states := _states(r, base):
        said["state"] = states
    rows = r.filled("field")
    names = _names(r, rows, base)
    used, retired = ([n for n in rows if bool(r.text(f"field-{n}-retired")) is off] for off in (False, True))
    said["field"] = [_field(r, n, names[n], base) for n in used]
    if retired:
        said["retired"] = [_field(r, n, names[n], base) for n in retired]
    if not used:
        r.faults.append(("field", "至少要有一个在用的字段"))
    live = {n: names[n] for n in used}
    dues = r.filled("due")
    if dues:
        said["due"] = [_due(r, n, live, base) for n in dues]
    _light(r, said, live, base)
    _grade(r, said, live)
    made = Read(said, r.faults)
    made.check(Register, packs.found(), _teller(said, {"field": used, "due": dues, "retired": retired}))
    return made


BOXES = {"shape": "shape", "coverage": "coverage", "seen_by": "town"}
"""key of the declaration → box of the form"""


def _states(r: Lines, base: dict) -> dict[str, str]:
    """Stored word → shown word: a row that had a stored word keeps it, a new one gets the next free."""
    found: dict[str, str] = {}
    rows = r.filled("state")
    taken = set(base.get("state") or {}) | {r.text(f"state-{n}-name") for n in rows}
    for n in rows:
        title, name = r.text(f"state-{n}-title"), r.text(f"state-{n}-name")
        if title in found.values():
            r.faults.append((f"state-{n}-title", f"状态“{title}”写了两次"))
            continue
        found[name if NAME.fullmatch(name) and name not in found else free("s", taken)] = title
    return found


def _names(r: Lines, rows: list[int], base: dict) -> dict[int, str]:
    """Row → stored name; a kept row keeps its own, whatever its title becomes and wherever it stands."""
    taken = {row.get("name", "") for key in ("field", "retired") for row in base.get(key) or ()}
    names: dict[int, str] = {}
    for n in rows:
        name = r.text(f"field-{n}-name")
        names[n] = name if NAME.fullmatch(name) and name not in names.values() else ""
        taken.add(names[n])
    return {n: name or free("f", taken) for n, name in names.items()}


def _field(r: Lines, n: int, name: str, base: dict) -> dict[str, Any]:
    def at(key: str) -> str:
        return f"field-{n}-{key}"

    before = next((row for key in ("field", "retired") for row in base.get(key) or () if row.get("name") == name), {})
    title, type_ = r.text(at("title")), r.text(at("type")) or "text"
    said: dict[str, Any] = {"name": name, "title": title, "type": type_}
    said |= {key: r.text(at(key)) for key in ("unit", "help", "group") if r.text(at(key))}
    if type_ in ("number", "integer"):
        for key, what in (("low", "下限"), ("high", "上限")):
            if (number := r.number(at(key), f"“{title}”的{what}")) is not None:
                said[key] = number
        if (decimals := r.whole(at("decimals"), f"“{title}”的小数位")) is not None:
            said["decimals"] = decimals
    if type_ == "choice":
        said["choices"] = _choices(r, at("choices"), title, before.get("choices") or {})
    said |= {key: False for key in ("required", "scored") if not r.text(at(key)) and not (key == "scored" and r.text("key") == str(n))}
    if type_ == "text" and before.get("entry_of"):
        said["entry_of"] = before["entry_of"]
    if seen := r.text(at("seen")):
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
        found[key or free("c", taken)] = word
    if not found:
        r.faults.append((name, f"“{title}”是选项，请写可选的词，用顿号隔开"))
    return found


def _of_row(names: dict[int, str], said: str) -> str:
    """The stored name of the row of that number, where it is one in use."""
    return names.get(int(said), "") if said.isdecimal() else ""


def _due(r: Lines, n: int, names: dict[int, str], base: dict) -> dict[str, Any]:
    title = r.text(f"due-{n}-title")
    before = next((row for row in base.get("due") or () if row.get("title") == title), {})
    said = {key: before[key] for key in ("in",) if key in before} | {"title": title, "by": _of_row(names, r.text(f"due-{n}-by"))}
    if not said["by"]:
        r.faults.append((f"due-{n}-by", f"“{title}”按哪个日期字段算？请选择在用的日期字段"))
    for key, what in (("months", "加几个月"), ("warn", "提前几天亮灯")):
        if (number := r.whole(f"due-{n}-{key}", f"“{title}”{what}")) is not None:
            said[key] = number
    return said


def _light(r: Lines, said: dict, names: dict[int, str], base: dict) -> None:
    """The date whose light an entry shows; the states in which it matters stay."""
    if not r.text("light-by"):
        return
    by = _of_row(names, r.text("light-by"))
    if not by:
        r.faults.append(("light", "期限灯按哪个日期字段算？请选择在用的日期字段，或不用期限灯"))
        return
    said["light"] = {key: value for key, value in (base.get("light") or {}).items() if key == "in"} | {"by": by}
    if (warn := r.whole("light-warn", "期限灯提前几天亮")) is not None:
        said["light"]["warn"] = warn


def _grade(r: Lines, said: dict, names: dict[int, str]) -> None:
    """Bands from worst to best, with the conditions that give them; the last takes all the rest."""
    bands = r.filled("band")
    rules = r.filled("rule")
    if not bands:
        if rules:
            r.faults.append((f"rule-{rules[0]}-title", "写了判定条件而没有等级；请先写等级，如 红、黄、绿"))
        return
    made: dict[int, dict[str, Any]] = {
        n: {"word": r.text(f"band-{n}-title"), "light": r.text(f"band-{n}-light") or "none"}
        | ({"all": True} if r.text(f"band-{n}-all") else {})
        for n in bands
    }
    for n in rules:
        band = r.text(f"rule-{n}-band")
        if not band.isdecimal() or int(band) not in made:
            r.faults.append((f"rule-{n}-band", f"“{r.text(f'rule-{n}-title')}”判为哪一档？请选择"))
        elif int(band) == bands[-1]:
            r.faults.append((f"rule-{n}-band", f"“{made[bands[-1]]['word']}”是最后一档，其余的都归它，不写条件"))
        elif condition := _rule(r, n, said, names):
            made[int(band)].setdefault("when", []).append(condition)
    for n in bands[:-1]:
        if "when" not in made[n]:
            r.faults.append((f"band-{n}-title", f"“{made[n]['word']}”没有判定条件；请在下面写至少一条，或去掉这一档"))
    if len(bands) < 2:
        r.faults.append((f"band-{bands[0]}-title", "等级至少两档，从最差到最好"))
    said["grade"] = ({"title": r.text("grade-title")} if r.text("grade-title") else {}) | {"band": list(made.values())}


def _rule(r: Lines, n: int, said: dict, names: dict[int, str]) -> dict[str, Any] | None:
    """One condition as typed; None where something about it was not understood, and said."""
    words, asked, test = (r.text(f"rule-{n}-{key}") for key in ("title", "field", "test"))
    at = f"rule-{n}-value"
    if asked.startswith("count:"):
        least = r.whole(at, f"“{words}”至少几件") or 1
        return {"words": words, "count": asked.removeprefix("count:")} | ({"least": least} if least > 1 else {})
    made = {row["name"] for row in said.get("figure", ())}
    name = asked if asked == "state" or asked in made else _of_row(names, asked)
    if not name:
        r.faults.append((f"rule-{n}-field", f"“{words}”看哪个字段？请选择在用的字段"))
        return None
    field = next((f for f in said["field"] if f["name"] == name), {"type": "choice", "choices": said.get("state", {})})
    found: dict[str, Any] = {"words": words, "field": name}
    before = len(r.faults)
    if test == "older":
        number = r.whole(at, f"“{words}”早于几天以前", needed=True)
        found["older"] = number
    elif test in ("empty", "filled"):
        found["empty"] = test == "empty"
    elif test in SIGNS.values():
        found[test] = r.number(at, f"“{words}”的数", needed=True)
    elif test == "between":
        found |= _bounds(r, at, words)
    else:
        found["is"] = _values(r, at, words, field)
    return found if len(r.faults) == before else None


def _bounds(r: Lines, at: str, words: str) -> dict[str, float | None]:
    """Two bounds as typed: ``10、20`` between them, ``≥10、<20`` as the signs say."""
    parts = [part for part in re.split(r"[、,，;；\s]+", r.text(at)) if part]
    keys = [SIGNS.get(part[0], plain) for part, plain in zip(parts, ("above", "below"))]
    if len(parts) != 2 or keys[0] not in ("above", "at_least") or keys[1] not in ("below", "at_most"):
        r.faults.append((at, f"“{words}”：要写两个数，小的在前，用顿号隔开，如 10、20，含两端写 ≥10、≤20"))
        return {}
    return {key: r.parse(at, part.lstrip("><≥≤"), f"“{words}”的数") for key, part in zip(keys, parts)}


def _values(r: Lines, at: str, words: str, field: dict) -> list[str | bool]:
    """What a condition is held against, as it is stored."""
    typed = r.words(at)
    if not typed:
        r.faults.append((at, f"“{words}”等于什么？请填写，几个用顿号隔开"))
    if field["type"] == "flag":
        if wrong := [word for word in typed if word not in (*YES, *NO)]:
            r.faults.append((at, f"“{words}”：“{wrong[0]}”应为 是 或 否"))
        return [word in YES for word in typed]
    if field["type"] == "choice":
        stored = {word: key for key, word in field["choices"].items()} | {key: key for key in field["choices"]}
        if wrong := [word for word in typed if word not in stored]:
            r.faults.append((at, f"“{words}”：没有“{wrong[0]}”；可用：{'、'.join(field['choices'].values())}"))
        return [stored[word] for word in typed if word in stored]
    return list(typed)


def _teller(said: dict[str, Any], rows: dict[str, list[int]]) -> Callable[[tuple, str], tuple[str, str]]:
    """Gives a fault its field of the form, and its place and names as the form's reader knows them."""

    def told(loc: tuple, words: str) -> tuple[str, str]:
        for row in (*said.get("field", ()), *said.get("retired", ())):
            words = words.replace(f"字段“{row['name']}”", f"字段“{row['title']}”").replace(
                f"不能叫“{row['name']}”", f"不能用代码“{row['name']}”"
            )
        if words.startswith("numbering"):
            return "numbering", words.removeprefix("numbering（自动编号）")
        if len(loc) > 1 and loc[0] in PLACES and isinstance(loc[1], int) and loc[1] < len(rows[loc[0]]):
            row = rows[loc[0]][loc[1]]
            kind = "field" if loc[0] == "retired" else loc[0]
            return f"{kind}-{row}-title", f"{PLACES[loc[0]].format(loc[1] + 1)}：{re.sub(rf'^{loc[0]}[^：]*：', '', words)}"
        return (str(loc[0]) if loc else "form"), words

    return told


def settled(form: dict[str, str]) -> dict[str, str]:
    """What was typed, rows in their order, those retired last, each with its stored name, and what points at rows by their new numbers."""
    form = dict(form)
    r = Lines(form, base_of(form))
    rows = r.filled("field")
    for n, name in _names(r, rows, r.base).items():
        form[f"field-{n}-name"] = name
    for place, n in enumerate(sorted(rows, key=lambda n: bool(r.text(f"field-{n}-retired")))):
        form[f"field-{n}-place"] = str(place + 1)
    moved = {kind: settle(form, kind, [key for key in keys if key != "place"]) for kind, keys in ROWS.items()}

    def point(key: str, kind: str) -> None:
        said = form.get(key, "")
        if said.isdecimal():
            form[key] = str(moved[kind].get(int(said), ""))

    for key in ("key", "heading", "light-by"):
        point(key, "field")
    for key in list(form):
        if re.fullmatch(r"due-\d{1,3}-by|rule-\d{1,3}-field", key):
            point(key, "field")
        elif re.fullmatch(r"rule-\d{1,3}-band", key):
            point(key, "band")
    return form


def form_of(of: Register) -> dict[str, str]:
    """A register as the form shows it, so that one can go on from it; the inverse of :func:`read`."""
    said = written.plain(of)
    form = {key: show(said.get(key)) for key in PLAIN} | {"base": json.dumps(said, ensure_ascii=False)}
    form |= {"shape": "" if of.shape == "none" else of.shape, "coverage": of.coverage, "town": "1" if "town" in of.seen_by else ""}
    for n, (name, title) in enumerate(of.state.items()):
        form |= {f"state-{n}-name": name, f"state-{n}-title": title}
    for n, f in enumerate(of.known):
        form |= {
            f"field-{n}-title": f.title, f"field-{n}-name": f.name, f"field-{n}-group": f.group, f"field-{n}-type": f.type,
            f"field-{n}-unit": f.unit, f"field-{n}-decimals": show(f.decimals), f"field-{n}-low": show(f.low),
            f"field-{n}-high": show(f.high),
            f"field-{n}-choices": joined(f.choices.values()), f"field-{n}-required": show(f.required), f"field-{n}-scored": show(f.scored),
            f"field-{n}-seen": "、".join(f.seen_by), f"field-{n}-help": f.help, f"field-{n}-retired": show(n >= len(of.field)),
        }  # fmt: skip
        form |= {"key": str(n)} if f.key else {}
        form |= {"heading": str(n)} if f.heading else {}
    places = {f.name: str(n) for n, f in enumerate(of.field)}
    for n, due in enumerate(of.due):
        form |= {f"due-{n}-title": due.title, f"due-{n}-by": places.get(due.by, ""), f"due-{n}-months": show(due.months)}
        form |= {f"due-{n}-warn": show(due.warn)}
    if of.light:
        form |= {"light-by": places[of.light.by], "light-warn": show(of.light.warn)}
    return form | _grade_form(of, places)


def _grade_form(of: Register, places: dict[str, str]) -> dict[str, str]:
    if of.grade is None:
        return {}
    form, n = {"grade-title": of.grade.title}, 0
    for b, band in enumerate(of.grade.band):
        form |= {f"band-{b}-title": band.word, f"band-{b}-light": band.light, f"band-{b}-all": show(band.all)}
        for condition in band.when:
            asked = f"count:{condition.count}" if condition.count else places.get(condition.field, condition.field)
            test, value = _test(of, condition)
            form |= {f"rule-{n}-title": condition.words, f"rule-{n}-band": str(b), f"rule-{n}-field": asked}
            form |= {f"rule-{n}-test": test, f"rule-{n}-value": value}
            n += 1
    return form


def _test(of: Register, condition: Condition) -> tuple[str, str]:
    """How a condition is shown: its test and what it is held against."""
    if condition.count:
        return "count", show(condition.least)
    if condition.older is not None:
        return "older", show(condition.older)
    if condition.is_:
        words = of.state if condition.field == "state" else of.get(condition.field).choices
        return "is", joined(("是" if v else "否") if isinstance(v, bool) else words.get(v, v) for v in condition.is_)
    if condition.empty is not None:
        return ("empty" if condition.empty else "filled"), ""
    said = {sign: getattr(condition, key) for sign, key in SIGNS.items() if getattr(condition, key) is not None}
    if len(said) == 1:
        return next((SIGNS[sign], show(bound)) for sign, bound in said.items())
    return "between", "、".join(("" if sign in "<>" else sign) + show(said[sign]) for sign in (">", "≥", "<", "≤") if sign in said)


def countings() -> dict[str, str]:
    """What a condition may count, with its title."""
    return {f"count:{name}": counts[name].title for name in counts}
