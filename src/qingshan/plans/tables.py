"""Tables of tasks (任务表): a row's cells by the words of its head."""

from __future__ import annotations

import re

from qingshan.plans import clauses, duties, fold, times, verdict
from qingshan.plans.clauses import Clause
from qingshan.plans.outline import Block
from qingshan.plans.page import Page, amended

_TABLE_HEAD = {
    "task": re.compile(r"任务|内容|措施|项目|事项|举措"),
    "lead": re.compile(r"牵头|责任|主办|承办|实施单位"),
    "coop": re.compile(r"配合|协办|参与"),
    "due": re.compile(r"时限|时间|期限|节点"),
    "target": re.compile(r"目标|指标|要求"),
    "number": re.compile(r"序号|编号"),
}


def row(page: Page, block: Block, number: int, columns: dict[str, int]) -> dict[str, int]:
    """A row of a table of tasks: its cells by the head row's words; without a head, the longest cell is the task."""
    cells = block.cells
    if columns.get("head") == -1:
        return columns  # a table of other things
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
