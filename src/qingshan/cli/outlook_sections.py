"""``qingshan outlook sections SECTIONS.csv --target 83.3 --month 9``: what the months left allow each section, and their share."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from qingshan.cli.outlook_data import BadData, number, text
from qingshan.outlook import budget, sections

NEEDED = ("断面", "项目", "限值")
SENSES = {"": "max", "不高于": "max", "max": "max", "不低于": "min", "min": "min"}


@dataclass(frozen=True)
class Line:
    """One item at one section, as read."""

    section: str
    item: str
    limit: float
    sense: str
    months: tuple[float, ...]


def read(path: Path) -> list[Line]:
    """A CSV of sections: 断面, 项目, 限值, optionally 方向 (不高于, 不低于), and 1月 … 12月 with monthly means."""
    rows = list(csv.reader(io.StringIO(text(path))))
    head = [c.strip() for c in rows[0]] if rows else []
    missing = [c for c in (*NEEDED, "1月") if c not in head]
    if missing:
        raise BadData(f"{path}：没有列 {'、'.join(missing)}；须有 断面、项目、限值、1月…12月，可有 方向（不高于、不低于）")
    out: list[Line] = []
    for at, row in enumerate(rows[1:], 2):
        if not any(c.strip() for c in row):
            continue
        if len(row) != len(head):
            raise BadData(f"{path} 第 {at} 行：有 {len(row)} 列，表头有 {len(head)} 列")
        cell = dict(zip(head, (c.strip() for c in row), strict=True))
        sense = SENSES.get(cell.get("方向", ""))
        if sense is None:
            raise BadData(f"{path} 第 {at} 行：方向“{cell['方向']}”须为 不高于 或 不低于")
        if cell["项目"] in ("DO", "溶解氧") and sense == "max":
            raise BadData(f"{path} 第 {at} 行：溶解氧越高越好，方向须写 不低于")
        limit = number(cell["限值"], path, "限值", at)
        if not 0 <= limit < float("inf"):
            raise BadData(f"{path} 第 {at} 行：限值须为不小于 0 的数")
        months = tuple(number(cell.get(f"{m}月", ""), path, f"{m}月", at) for m in range(1, 13))
        if any(v < 0 or v == float("inf") for v in months):
            raise BadData(f"{path} 第 {at} 行：月均值须为不小于 0 的数；未监测的月份留空")
        if any((line.section, line.item) == (cell["断面"], cell["项目"]) for line in out):
            raise BadData(f"{path} 第 {at} 行：{cell['断面']} {cell['项目']} 写了两次")
        out.append(Line(cell["断面"], cell["项目"], limit, sense, months))
    if not out:
        raise BadData(f"{path}：没有数据行")
    return out


def told(lines: list[Line], month: int, target: float, decimals: int, of: int | None) -> list[str]:
    """The sections one by one, then the share, in sentences. Months after `month` are not read."""
    left = 12 - month
    said, state = [], {}
    for name in dict.fromkeys(line.section for line in lines):
        found = [
            (line, sections.section(line.limit, line.months[:month], left, sense=line.sense)) for line in lines if line.section == name
        ]
        verdicts = {f.verdict for _, f in found}
        failed = verdicts & {budget.IMPOSSIBLE, budget.MISSED}
        state[name] = budget.IMPOSSIBLE if failed else budget.MET if verdicts == {budget.MET} else budget.OPEN
        said.append(f"{name}：{budget.WORDS[state[name]]}")
        said += [f"  {_item(line, f, left)}" for line, f in found]
    n = len(state) if of is None else of
    if n < len(state):
        raise BadData(f"当年断面数 {n} 少于表里的 {len(state)} 个")
    good, bad = (sum(s == v for s in state.values()) for v in (budget.MET, budget.IMPOSSIBLE))
    share = sections.share(target, decimals, n, good, bad)
    lacking, spare = int(share.lacking), int(share.spare)
    said.append(
        f"比例目标 ≥ {target:g}%（共 {n} 个断面，分母当年不变）：{budget.WORDS[str(share.verdict)]}，须有 {int(share.needed)} 个达标，"
        f"已定 {good} 个，" + (f"未定的里面还要 {lacking} 个，可再失 {spare} 个" if spare >= 0 else f"不达标的已多 {-spare} 个")
    )
    return said


def _item(line: Line, found: sections.SectionBudget, left: int) -> str:
    side = "不高于" if line.sense == "max" else "不低于"
    now = "未监测" if found.now != found.now else f"{found.now:.4g}"
    if found.verdict != budget.OPEN or found.allowed != found.allowed:
        return f"{line.item} 现均值 {now}，限值{side} {line.limit:g}：{budget.WORDS[found.verdict]}"
    return f"{line.item} 现均值 {now}，限值{side} {line.limit:g}：余下 {left} 个月均值{side} {found.allowed:.4g}"
