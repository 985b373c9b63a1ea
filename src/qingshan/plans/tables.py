"""Tables of tasks (任务表): a row's cells by the words of its head."""

from __future__ import annotations

import re
from dataclasses import replace

from qingshan.plans import clauses, duties, figures, fold, targets, times, verdict
from qingshan.plans.clauses import Clause
from qingshan.plans.outline import Block
from qingshan.plans.page import Page, add_target, amended

_TABLE_HEAD = {
    "task": re.compile(r"任务|内容|措施|项目|事项|举措"),
    "lead": re.compile(r"牵头|责任|主办|承办|实施单位"),
    "coop": re.compile(r"配合|协办|参与"),
    "due": re.compile(r"时限|时间|期限|节点"),
    "target": re.compile(r"目标|指标|要求"),
    "number": re.compile(r"序号|编号"),
}
_INDICATOR = re.compile(r"^(?:具体|主要|考核|目标)?指标(?:名称)?$")
_VALUE = re.compile(r"目标值?$|^目标|^20\d\d年(?:度)?(?:目标|任务)?值?$")
_UNIT = re.compile(r"^(?:计量)?单位$")


def _goal_columns(cells: list[fold.Line], year: int | None) -> dict[str, int]:
    """Columns of a table of indicators (指标、单位、目标值); empty where the row is no such head. Of several years, the plan's own."""
    said = [c.s for c in cells]
    name = next((n for n, s in enumerate(said) if _INDICATOR.search(s)), None)
    values = [n for n, s in enumerate(said) if _VALUE.search(s) and n != name]
    if name is None or not values or any(len(s) > 14 for s in said):
        return {}
    own = next((n for n in values if str(year) in said[n]), values[-1])
    unit = next((n for n, s in enumerate(said) if _UNIT.match(s)), -1)
    return {"indicator": name, "value": own, "unit": unit}


def _goal(page: Page, block: Block, number: int, columns: dict[str, int]) -> None:
    """A row of a table of indicators is a target: name, value and unit as one clause."""
    cells = block.cells
    if block.zone in ("PRE", "NEWS", "REPORT") or max(columns.values()) >= len(cells):
        return
    name, value = cells[columns["indicator"]].s, cells[columns["value"]].s
    unit = cells[columns["unit"]].s if columns["unit"] >= 0 else ""
    if not unit and (m := re.search(r"\(([^()]{1,12})\)$", name)) and m[1] in figures.COUNT | figures.SIZE | figures.MEASURE:
        name, unit = name[: m.start()], m[1]
    if unit and unit not in value and "分之" not in value:
        value = re.sub(r"(\d[\d.,~-]*|[xX*×]+(?:\.[xX*×]+)?)", lambda m: m[0] + unit, value, count=1)
    said = name + value
    made, _ = targets.of_figures(said, figures.find(said))
    whole = Clause(0, len(block.s), 0, 0, True, False)
    for d in made:
        add_target(page, block, number, whole, 0, replace(d, i=0, j=len(block.s)))


def row(page: Page, block: Block, number: int, columns: dict[str, int]) -> dict[str, int]:
    """A row of a table of tasks: its cells by the head row's words; without a head, the longest cell is the task."""
    cells = block.cells
    if columns.get("head") == -1:
        return columns  # a table of other things
    if "indicator" in columns:
        _goal(page, block, number, columns)
        return columns
    if not columns and (found := _goal_columns(cells, page.year)):
        return found
    heads = {
        name: n for name, p in _TABLE_HEAD.items() for n in range(len(cells) - 1, -1, -1) if len(cells[n].s) <= 12 and p.search(cells[n].s)
    }
    if len(heads) >= 2 and not columns and all(len(c.s) <= 14 for c in cells):
        return heads if "task" in heads and {"lead", "due", "coop"} & heads.keys() else {"head": -1}
    if not any(len(c.s) >= 6 for c in cells):
        return columns
    at = columns.get("task", max(range(len(cells)), key=lambda n: len(cells[n].s)))
    if at >= len(cells):
        return columns
    first = len(page.tasks)
    wanted = [at] + ([columns["target"]] if columns.get("target", at) != at and columns["target"] < len(cells) else [])
    for which in wanted:
        if cells[which].s:
            _cell(page, block, number, cells[which], which == at and bool(columns))
    due = lead = coop = None
    for name, n in columns.items():
        if n < len(cells) and n not in wanted:
            if name == "due":
                due = next(iter(times.deadlines(cells[n].s, page.year)), None)
            elif name == "lead":
                lead = duties.units(cells[n].s)
            elif name == "coop":
                coop = duties.units(cells[n].s)
    for k in range(first, len(page.tasks)):
        page.tasks[k] = amended(page.tasks[k], lead=lead or (), coop=coop or (), due=due)
    return columns


def _cell(page: Page, block: Block, number: int, cell: fold.Line, is_task: bool) -> None:
    part = Block(cell, path=block.path, zone=block.zone)
    pieces = clauses.split(cell.s, 0)
    before = len(page.tasks) + len(page.targets) + len(page.results)
    for n, one in enumerate(pieces):
        verdict.clause(
            page,
            part,
            number,
            one,
            cell.s[one.i : one.j],
            "BODY",
            False,
            pieces,
            n,
            next(iter(times.deadlines(cell.s[one.i : one.j], page.year)), None),
        )
    if is_task and len(page.tasks) + len(page.targets) + len(page.results) == before and len(cell.s) >= 4:
        whole = Clause(0, len(cell.s), 0, 0, True, False)
        verdict.clause(page, part, number, whole, cell.s, "BODY", False, [whole], 0, None, cell=True)
