"""A scheme as a form and as TOML (编制方案): the lines people type, the declaration they make, the file it is kept in."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from qingshan.bureau.base import packs
from qingshan.bureau.base.form_lines import Lines, Read, base_of, show
from qingshan.bureau.base.packs import written
from qingshan.bureau.base.packs.faults import sentences
from qingshan.bureau.indicators import outcomes
from qingshan.bureau.indicators.schemes import Scheme

KINDS = {
    "linear": ("线性", ("满分点", "零分点")),
    "efficacy": ("功效系数", ("满意值", "不允许值", "基础分%")),
    "bands": ("分档", ()),
    "deduct": ("扣分", ("容许值", "每", "扣分", "保底分")),
    "rank": ("位次分", ("每位减", "最低分")),
    "points": ("直接计分", ("最低分",)),
    "value": ("直接排名", ()),
}
KEYS = {
    "linear": ("full_at", "zero_at"),
    "efficacy": ("best", "worst", "base"),
    "deduct": ("allowed", "per", "points", "floor"),
    "rank": ("step", "floor"),
    "points": ("floor",),
}
toml = written.toml
TAKES = {"value": "数值", "change": "同比变化率", "difference": "同比差值", "ratio": "目标完成比"}
ROWS = 6
EXTRA = re.compile(r"((?:(?!\s依据[:：]).)+?)\s+(\S+)\s+(\S+?)(?:\s+依据[:：]\s*(.+))?")
SAME = ("name", "title", "basis", "rhythm", "missing", "capture", "ties", "within", "weights", "dust", "decimals", "marked", "accumulate",
        "bonus_cap", "from", "full")  # fmt: skip
FIELDS = ("title", "source", "weight", "take", "target", "kind", "bands", "better", "unit", "ratchet", "town")


@dataclass
class Composed(Read):
    """A form as read, and the scheme where there is no fault."""

    scheme: Scheme | None = None


def whole(form: dict[str, str]) -> dict[str, str]:
    """A form with all that the page shows: one kept before it showed goals, money and second key has them from where it began."""
    return form if form.get("whole") else _further(base_of(form)) | form


def _further(said: dict) -> dict[str, str]:
    rows = {item["name"]: n for n, item in enumerate(said.get("item") or ())}
    plain = {key: show(said.get(key)) for key in ("draws", "order", "compare")}
    return {"whole": "1", "second": show(rows.get(said.get("second", ""))), **plain, **outcomes.form_of(said, rows)}


def _kept(base: dict, n: int, source: str) -> dict:
    """What the declaration one began from says of an item beyond the form, where the item is still from the same source."""
    rows = base.get("item") or []
    row = rows[n] if n < len(rows) and isinstance(rows[n], dict) else {}
    return row if row and _source_of(row) == source else {}


def read(form: dict[str, str]) -> Composed:
    """The declaration a form says, checked as any file of a pack is."""
    form = whole(form)
    r = Lines(form, base_of(form))
    said: dict[str, Any] = {"name": r.text("name"), "title": r.text("title")}
    for name, what in (("name", "方案代码"), ("title", "方案名称")):
        if not said[name]:
            r.faults.append((name, f"请填写{what}"))
    for key in ("basis", "rhythm", "missing", "ties", "within", "weights", "dust", "accumulate", "compare"):
        if r.text(key):
            said[key] = r.text(key)
    said["units"] = {"kind": r.text("units") or "town"} | ({"words": r.text("units_words")} if r.text("units_words") else {})
    said["units"] |= {key: names for key in ("only", "without") if (names := r.list(f"units_{key}"))}
    for key, what in (("capture", "最低捕集率"), ("bonus_cap", "加分上限"), ("full", "满分")):
        if (number := r.number(key, what)) is not None:
            said[key] = number
    for key, what in (("decimals", "小数位"), ("marked", "标出前后几名"), ("draws", "重抽次数"), ("order", "列表顺序")):
        if (number := r.whole(key, what)) is not None:
            said[key] = number
    if (days := r.whole("cutoff_days", "数据截止天数")) is not None:
        said["cutoff"] = {"days": days, "hour": r.whole("cutoff_hour", "数据截止时刻") or 0}
    if r.text("two") or r.text("number"):
        said["publish"] = {"two": bool(r.text("two")), "number": r.text("number")}
    if r.text("from"):
        try:
            said["from"] = dt.date.fromisoformat(r.text("from")).isoformat()
        except ValueError:
            r.faults.append(("from", f"起用日期写成“{r.text('from')}”，应如 2026-03-01"))
    for key in ("rules", "verify"):
        if lines := r.lines(key):
            said[key] = lines
    made = [(n, item) for n in r.rows("item") if (item := _item(r, n))]
    said["item"] = [item for _, item in made]
    if not said["item"]:
        r.faults.append(("item", "至少要有一个考核项"))
    _names_differ(made)
    _tables(r, said)
    rows = {"item": [n for n, _ in made]}
    _outcomes(r, said, {n: item["name"] for n, item in made}, rows)
    return _checked(said, r.faults, rows)


def _names_differ(made: list[tuple[int, dict]]) -> None:
    """A new item does not take the name of one that is kept."""
    kept: set[str] = set()
    for n, item in sorted(made, key=lambda row: row[1]["name"] == f"item{row[0] + 1}"):
        k = n + 1
        while item["name"] in kept:
            k += 30
            item["name"] = f"item{k}"
        kept.add(item["name"])


def _outcomes(r: Lines, said: dict, names: dict[int, str], rows: dict[str, list[int]]) -> None:
    """What breaks a tie, goals and money."""
    if second := r.text("second"):
        if second.isdigit() and int(second) in names:
            said["second"] = names[int(second)]
        else:
            r.faults.append(("second", "并列时比较的那一项已经没有了，请重选"))
    for key, found in (("goal", outcomes.goals(r)), ("money", outcomes.money(r, names))):
        rows[key] = [n for n, _ in found]
        if found:
            said[key] = [row for _, row in found]


def _item(r: Lines, n: int) -> dict | None:
    def at(key: str) -> str:
        return f"item-{n}-{key}"

    title, source, kind = r.text(at("title")), r.text(at("source")), r.text(at("kind")) or "linear"
    if not title and not source:
        return None
    kept = _kept(r.base, n, source)
    item: dict[str, Any] = {"name": kept.get("name", f"item{n + 1}")} | ({"title": title} if title else {})
    item |= {key: kept[key] for key in ("span", "over", "decimals") if key in kept}
    where, _, name = source.partition(":")
    if not source:
        r.faults.append((at("source"), f"第 {n + 1} 项“{title}”没有选数据来源"))
    elif where == "entered":
        item |= {"entered": True, "better": r.text(at("better")) or "higher"}
        if r.text(at("unit")):
            item["unit"] = r.text(at("unit"))
        if r.text(at("town")):
            item["by"] = kept["by"] if "town" in kept.get("by", ()) else ["bureau", "town"]
    else:
        item[where] = name
        item |= {key: kept[key] for key in ("unit", "better") if key in kept}
    if kind != "value" and (weight := r.number(at("weight"), f"第 {n + 1} 项的分值", needed=True)) is not None:
        item["weight"] = weight
    take = r.text(at("take")) or "value"
    if take != "value":
        item["take"] = {"kind": take}
        if take == "ratio":
            item["take"]["target"] = r.number(at("target"), f"第 {n + 1} 项的目标", needed=True)
    before = kept.get("transform") or {}
    beyond = {key: before[key] for key in ("whole", "table") if key in before and before.get("kind") == kind}
    item["transform"] = beyond | _transform(r, n, kind)
    if (points := r.number(at("ratchet"), f"第 {n + 1} 项的退步扣分")) is not None:
        item["ratchet"] = (kept.get("ratchet") or {}) | {"points": points}
    return item


def _transform(r: Lines, n: int, kind: str) -> dict:
    said: dict[str, Any] = {"kind": kind}
    words = KINDS.get(kind, ("", ()))[1]
    for key, what in zip(KEYS.get(kind, ()), words, strict=True):
        number = r.number(f"item-{n}-{key}", f"第 {n + 1} 项的{what}", needed=kind == "linear" or key == "points")
        if number is not None:
            said[key] = number
    if kind == "bands":
        said["step"] = []
        name = f"item-{n}-bands"
        for part in re.split(r"[\n;；]+", r.text(name)):
            if not part.strip():
                continue
            left, sign, right = re.sub(r"\s", "", part).replace("＝", "=").partition("=")
            points = r.parse(name, right, f"第 {n + 1} 项的档次得分") if sign else None
            if not sign:
                r.faults.append((name, f"第 {n + 1} 项的档次“{part.strip()}”看不懂；写法：35=20，最后一档 其余=0"))
            if points is None:
                continue
            if left in ("其余", "*", ""):
                said["step"].append({"points": points})
            elif (upto := r.parse(name, left.lstrip("≤<"), f"第 {n + 1} 项的档次上限")) is not None:
                said["step"].append({"upto": upto, "points": points})
    return said


def _tables(r: Lines, said: dict) -> None:
    """Groups, grades, extras and vetoes, one a line."""
    names = [i["name"] for i in said["item"]]
    groups, grades, bonus, veto = [], [], [], []
    for k, line in enumerate(r.lines("groups"), 1):
        parts = [p.strip() for p in re.split(r"[:：]", line)]
        if len(parts) != 3:
            r.faults.append(("groups", f"分组第 {k} 行“{line}”看不懂；写法：街道：*街道：40、30、30"))
            continue
        who = [w for w in re.split(r"[、,，\s]+", parts[1]) if w]
        numbers = [r.parse("groups", w, f"分组“{parts[0]}”的分值") for w in re.split(r"[、,，\s]+", parts[2]) if w]
        if len(numbers) != len(names):
            r.faults.append(("groups", f"分组“{parts[0]}”写了 {len(numbers)} 个分值，考核项有 {len(names)} 个"))
            continue
        groups.append({
            "name": _name(r.base.get("group"), parts[0], f"group{k}"), "title": parts[0],
            "units": [w for w in who if not w.startswith("*")],
            "ends": [w[1:] for w in who if w.startswith("*")], "weights": {n: w for n, w in zip(names, numbers, strict=True) if w},
        })  # fmt: skip
    for line in r.lines("grades"):
        words = line.split()
        grade: dict[str, Any] = {"name": words[0]}
        for word in words[1:]:
            number = r.parse("grades", word.rstrip("%％"), f"等次“{words[0]}”")
            if number is not None:
                grade |= {"share": float(Decimal(repr(number)) / 100)} if word[-1] in "%％" else {"at_least": number}
        grades.append(grade)
    for k, line in enumerate(r.lines("bonus"), 1):
        fits = EXTRA.fullmatch(line)
        if not fits:
            r.faults.append(("bonus", f"加减分第 {k} 行“{line}”看不懂；写法：通报表扬 1 3（每次 1 分，最多 3 分），可加 依据：文件名"))
            continue
        numbers = [r.parse("bonus", fits[i], f"加减分“{fits[1]}”") for i in (2, 3)]
        name = _name(r.base.get("bonus"), fits[1], f"extra{k}")
        bonus.append({"name": name, "title": fits[1], "points": numbers[0], "cap": numbers[1]} | ({"basis": fits[4]} if fits[4] else {}))
    for k, line in enumerate(r.lines("veto"), 1):
        title, *basis = re.split(r"\s+依据[:：]\s*", line, maxsplit=1)
        veto.append({"name": _name(r.base.get("veto"), title, f"veto{k}"), "title": title} | ({"basis": basis[0]} if basis else {}))
    said |= {key: rows for key, rows in (("group", groups), ("grade", grades), ("bonus", bonus), ("veto", veto)) if rows}


def _name(rows: Any, title: str, new: str) -> str:
    """The name under which entries of this title are already kept, else a new one."""
    return next((row["name"] for row in rows or () if row.get("title") == title), new)


def _source_of(item: dict) -> str:
    where = next((w for w in ("indicator", "scheme", "figures") if item.get(w)), "")
    return f"{where}:{item[where]}" if where else "entered:"


def _checked(said: dict, faults: list[tuple[str, str]], rows: dict[str, list[int]]) -> Composed:
    made = Composed(said, faults)
    try:
        scheme = Scheme.model_validate(said)
    except ValidationError as error:
        for fault, words in zip(error.errors(include_url=False), sentences(error, Scheme), strict=True):
            if fault["type"] != "missing" or not faults:  # a field left empty has been told already
                made.faults.append((_field(fault["loc"], rows), _said(words, fault["loc"], rows)))
        return made
    for words in scheme.faults(packs.found()):
        made.faults.append(("item", words))
    made.scheme = None if made.faults else scheme
    return made


PLACES = {"item": "第 {} 项", "goal": "第 {} 个目标", "money": "第 {} 条奖补"}


def _row(loc: tuple, rows: dict[str, list[int]]) -> int | None:
    """The row of the form that a place in the declaration came from."""
    if len(loc) > 1 and loc[0] in PLACES and isinstance(loc[1], int) and loc[1] < len(rows.get(loc[0], ())):
        return rows[loc[0]][loc[1]]
    return None


def _said(words: str, loc: tuple, rows: dict[str, list[int]]) -> str:
    """A fault as the form's reader knows the place: 第 2 项, not item[2].transform."""
    words = words.strip().lstrip("：")
    row = _row(loc, rows)
    return words if row is None else f"{PLACES[loc[0]].format(row + 1)}：{re.sub(rf'^{loc[0]}[^：]*：', '', words)}"


def _field(loc: tuple, rows: dict[str, list[int]]) -> str:
    """The form field a place in the declaration belongs to."""
    if not loc:
        return "form"
    row = _row(loc, rows)
    if row is not None:
        return f"{loc[0]}-{row}-{('weight' if 'weight' in loc else 'kind') if loc[0] == 'item' else 'title'}"
    return {"group": "groups", "grade": "grades", "cutoff": "cutoff_days", "publish": "number"}.get(str(loc[0]), str(loc[0]))


def form_of(said: dict) -> dict[str, str]:
    """A declaration as the form shows it, so that one can go on from it; the inverse of `read`."""
    form: dict[str, str] = {key: show(said.get(key)) for key in SAME}
    units, cutoff, publish = said.get("units") or {}, said.get("cutoff") or {}, said.get("publish") or {}
    form["base"] = json.dumps(said, ensure_ascii=False)
    form |= {"units": units.get("kind", "town"), "units_words": units.get("words", ""),
             "units_only": "、".join(units.get("only") or ()), "units_without": "、".join(units.get("without") or ()),
             "cutoff_days": show(cutoff.get("days")),
             "cutoff_hour": show(cutoff.get("hour")), "number": publish.get("number", ""), "two": "1" if publish.get("two") else "",
             "rules": "\n".join(said.get("rules") or ()), "verify": "\n".join(said.get("verify") or ())}  # fmt: skip
    names = [i["name"] for i in said.get("item", ())]
    form["groups"] = "\n".join(
        f"{g['title']}：{'、'.join([*(g.get('units') or ()), *('*' + e for e in g.get('ends') or ())])}："
        + "、".join(show(g["weights"].get(n, 0)) for n in names) for g in said.get("group") or ()
    )  # fmt: skip
    form["grades"] = "\n".join(
        " ".join([g["name"], *([show(g["at_least"])] if g.get("at_least") is not None else []),
                  *([_percent(g["share"])] if g.get("share", 1) != 1 else [])]) for g in said.get("grade") or ()
    )  # fmt: skip
    form["bonus"] = "\n".join(f"{b['title']} {show(b['points'])} {show(b['cap'])}{_basis(b)}" for b in said.get("bonus") or ())
    form["veto"] = "\n".join(v["title"] + _basis(v) for v in said.get("veto") or ())
    form |= _further(said)
    for n, item in enumerate(said.get("item", ())):
        form |= {f"item-{n}-{key}": value for key, value in _item_form(item).items()}
    return form


def _percent(share: float) -> str:
    return f"{show(float(Decimal(repr(share)) * 100))}%"


def _basis(row: dict) -> str:
    return f" 依据：{row['basis']}" if row.get("basis") else ""


def _item_form(item: dict) -> dict[str, str]:
    t = item["transform"]
    take, ratchet = item.get("take") or {}, item.get("ratchet") or {}
    out = {"title": item.get("title", ""), "source": _source_of(item), "weight": show(item.get("weight")),
           "take": take.get("kind", "value"), "target": show(take.get("target")), "kind": t["kind"], "better": item.get("better") or "",
           "unit": item.get("unit", ""), "ratchet": show(ratchet.get("points")),
           "town": "1" if "town" in (item.get("by") or ()) else ""}  # fmt: skip
    out |= {key: show(t.get(key)) for key in KEYS.get(t["kind"], ())}
    if t["kind"] == "bands":
        out["bands"] = "\n".join(f"{'其余' if s.get('upto') is None else show(s['upto'])}={show(s['points'])}" for s in t["step"])
    return out


# ── TOML ──
def plain(declaration: Scheme) -> dict:
    """A declaration as its file would say it: only what differs from the defaults."""
    said = written.plain(declaration)
    for item, whole in zip(said["item"], declaration.item, strict=True):
        item["transform"] = {"kind": whole.transform.kind} | item["transform"]
    return said
