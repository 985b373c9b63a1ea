"""Goals and money on the composing form (位次目标、奖补扣缴): rows people fill in, the tables of a declaration they make."""

from __future__ import annotations

import re
from typing import Any

from qingshan.bureau.base.form_lines import Lines, show

MONEY = {
    "score": "按得分，低于起算分每差",
    "item": "按某一项的数值，差于起算值每差",
    "place": "按名次，从第一名起",
    "last": "按名次，从最后一名起",
    "grade": "按等次",
}
GOALS = {"not_last": "不进后几名", "top": "保持前几名"}
GOAL_FIELDS = ("title", "kind", "number", "warn", "units")
MONEY_FIELDS = ("title", "by", "item", "start", "per", "amount", "cap", "amounts", "grades", "unit", "basis")


def goals(r: Lines) -> list[tuple[int, dict]]:
    """The goals typed, each with the number of its row."""
    found = []
    for n in r.rows("goal"):
        at = f"goal-{n}-"
        if not any(r.text(at + key) for key in ("title", "number", "units")):
            continue
        kind = r.text(at + "kind") or "not_last"
        words = f"第 {n + 1} 个目标的名次"
        said: dict[str, Any] = {"title": r.text(at + "title") or _goal_title(kind, r.text(at + "number"))}
        if units := r.list(at + "units"):
            said["units"] = units
        if kind not in GOALS:
            r.faults.append((at + "title", f"第 {n + 1} 个目标的写法不认识，请重选"))
            continue
        if (number := r.whole(at + "number", words, needed=True)) is not None:
            said[kind] = number
        if (warn := r.whole(at + "warn", f"第 {n + 1} 个目标的提前量")) is not None:
            said["warn"] = warn
        found.append((n, said))
    return found


def _goal_title(kind: str, number: str) -> str:
    return f"前 {number} 名" if kind == "top" else f"不进后 {number} 名"


def money(r: Lines, names: dict[int, str]) -> list[tuple[int, dict]]:
    """The money rows typed; `names` are the items of the form by the number of their row."""
    found = []
    for n in r.rows("money"):
        at = f"money-{n}-"
        if not any(r.text(at + key) for key in ("title", "amount", "amounts", "grades")):
            continue
        by, what = r.text(at + "by") or "score", f"第 {n + 1} 条奖补"
        if not r.text(at + "title"):
            r.faults.append((at + "title", f"请填写{what}的名称，例如 超标补偿金"))
        said: dict[str, Any] = {"title": r.text(at + "title"), "by": by}
        said |= {key: r.text(at + key) for key in ("unit", "basis") if r.text(at + key)}
        if by == "item":
            row = r.text(at + "item")
            if row.isdigit() and int(row) in names:
                said["item"] = names[int(row)]
            else:
                r.faults.append((at + "item", f"{what}没有选按哪一项计"))
        if by in ("score", "item"):
            for key, words in (("start", "起算值"), ("per", "每差多少"), ("amount", "金额"), ("cap", "上限")):
                if (number := r.number(at + key, f"{what}的{words}", needed=key == "amount")) is not None:
                    said[key] = number
        elif by in ("place", "last"):
            said["amounts"] = r.numbers(at + "amounts", f"{what}的金额")
        elif by == "grade":
            said["grades"] = _grades(r, at + "grades", what)
        found.append((n, said))
    return found


def _grades(r: Lines, name: str, what: str) -> dict[str, float]:
    found = {}
    for part in re.split(r"[\n;；、]+", r.text(name)):
        grade, sign, amount = part.replace("＝", "=").rpartition("=")
        if not part.strip():
            continue
        if not sign:
            r.faults.append((name, f"{what}“{part.strip()}”看不懂；写法：优秀=10"))
        elif (number := r.parse(name, amount, f"{what}“{grade.strip()}”的金额")) is not None:
            found[grade.strip()] = number
    return found


def form_of(said: dict, rows: dict[str, int]) -> dict[str, str]:
    """Goals and money as the form shows them; `rows` are the rows of the items by name."""
    form: dict[str, str] = {}
    for n, goal in enumerate(said.get("goal") or ()):
        kind = "top" if goal.get("top") is not None else "not_last"
        form |= {f"goal-{n}-title": goal["title"], f"goal-{n}-kind": kind, f"goal-{n}-number": show(goal.get(kind)),
                 f"goal-{n}-warn": show(goal.get("warn")), f"goal-{n}-units": "、".join(goal.get("units") or ())}  # fmt: skip
    for n, one in enumerate(said.get("money") or ()):
        at = f"money-{n}-"
        form |= {at + key: show(one.get(key)) for key in ("title", "by", "start", "per", "amount", "cap", "unit", "basis")}
        form |= {at + "item": show(rows.get(one.get("item", ""))), at + "amounts": "、".join(show(a) for a in one.get("amounts") or ()),
                 at + "grades": "\n".join(f"{name}={show(amount)}" for name, amount in (one.get("grades") or {}).items())}  # fmt: skip
    return form
