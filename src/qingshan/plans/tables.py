"""Tables of tasks (任务表): a row's cells by the words of its head."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from qingshan.plans import clauses, duties, figures, fold, report, results, targets, times, verdict
from qingshan.plans.clauses import Clause
from qingshan.plans.outline import Block, mark_level
from qingshan.plans.page import Page, add_target, amended, leave

_HEADS = (  # the first that fits
    ("number", re.compile(r"^序号$|^编号$|^No\.?$", re.I)),
    ("done", re.compile(r"(?:完成|进展|落实|开展|推进|整改|实施)情况|进展$|成效|进度$")),
    ("coop", re.compile(r"配合|协办|参与|协助")),
    ("lead", re.compile(r"牵头|责任|主办|主责|承办|(?:实施|落实|负责)(?:单位|部门)|^(?:单位|部门|科室)$|责任科室")),
    ("plan", re.compile(r"^(?!.*内容).*(?:施工图|时间表|路线图|阶段|步骤|节点安排|进度安排|推进计划)")),
    ("due", re.compile(r"时限|时间|期限|节点|限期")),
    ("measure", re.compile(r"措施|举措|内容|要求|做法")),
    ("task", re.compile(r"任务|项目|事项|工作|清单|问题")),
    ("target", re.compile(r"目标|指标|标准")),
)
_DITTO = re.compile(r"^(?:〃|\"|同上|''|″)$")
_STOP = re.compile(r"[。;]")
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


@dataclass
class Table:
    """A table being read: columns by what they hold, the section its rows stand under, the units and time of the row above."""

    columns: dict[str, int] = field(default_factory=dict)
    strange: bool = False  # a table of other things
    section: str = ""
    head: tuple[str, ...] = ()  # the head row's words: it comes again on the next page
    above: dict[str, str] = field(default_factory=dict)


def row(page: Page, block: Block, number: int, table: Table | None) -> Table:
    """A row of a table of tasks: its cells by the head row's words; without a head, the longest cell is the task."""
    cells = block.cells
    table = table or Table()
    if not table.columns and not table.strange:
        if found := _goal_columns(cells, page.year):
            table.columns = found
            return table
        if (heads := _heads(cells)) is not None:
            table.columns, table.strange = heads, not heads
            table.head = tuple(c.s for c in cells)
            return table
    if table.head and tuple(c.s for c in cells) == table.head:
        return table
    if table.strange:
        _leave_cells(page, block, number, set())
        return table
    if "indicator" in table.columns:
        _goal(page, block, number, table.columns)
        return table
    filled = [c for c in cells if c.s]
    if len({c.s for c in filled}) == 1 and len(filled[0].s) <= (40 if mark_level(filled[0].s) else 16 if len(cells) > 1 else 0):
        table.section = filled[0].s
        return table
    if any(len(c.s) >= 4 for c in cells):
        _row(page, block, number, table)
    return table


def _heads(cells: list[fold.Line]) -> dict[str, int] | None:
    """Columns by the head row's words; {} for the head of a table of other things, None for a row that is no head."""
    if len(cells) < 2 or any(len(c.s) > 16 or _STOP.search(c.s) for c in cells):
        return None
    heads: dict[str, int] = {}
    for n, c in enumerate(cells):
        name = next((name for name, p in _HEADS if c.s and p.search(c.s)), None)
        name = "led" if name == "lead" and name in heads else name  # 牵头部门 and 主责单位
        if name and name not in heads:
            heads[name] = n
    if sum("公开" in c.s for c in cells) >= 2:
        return {}  # what an office publishes
    if len(heads) < 2:
        return None
    if "task" not in heads and "measure" not in heads and "target" in heads:
        heads["task"] = heads.pop("target")
    told = {"lead", "due", "coop", "done", "plan"} & heads.keys() or ("task" in heads and "measure" in heads)
    return heads if told and {"task", "measure"} & heads.keys() else {}


def _row(page: Page, block: Block, number: int, table: Table) -> None:
    cells, columns = block.cells, table.columns
    said = {name: _at(cells, n) for name, n in columns.items()}
    if columns:
        at = next((columns[k] for k in ("measure", "task") if said.get(k) and len(said[k]) >= 4), None)
    else:
        at = max(range(len(cells)), key=lambda n: len(cells[n].s))
    path = block.path + ((table.section,) if table.section else ())
    if "measure" in columns and at == columns["measure"] and said.get("task"):
        path += (said["task"],)
    used: set[int] = {columns[k] for k in ("number", "lead", "led", "coop", "due") if k in columns}
    first = len(page.tasks)
    wanted = [n for n in (at, columns.get("target")) if n is not None and n < len(cells)]
    for which in dict.fromkeys(wanted):
        if cells[which].s:
            before = _found(page)
            _cell(page, block, number, cells[which], path, which == at and bool(columns))
            used.add(which)
            if which == at and _found(page) == before and "measure" in columns and which != columns.get("task", which) and said.get("task"):
                _cell(page, block, number, cells[columns["task"]], path[:-1], True)
                used.add(columns["task"])
    if "measure" in columns and "task" in columns:
        if at == columns["measure"] and columns["task"] not in used and said.get("task"):
            _goals_of(page, block, number, cells[columns["task"]], path[:-1])
        used.add(columns["task"])
    due = next(iter(times.deadlines(_same("due", said, table), page.year)), None)
    lead, led, coop = (duties.units(_same(name, said, table)) for name in ("lead", "led", "coop"))
    lead = tuple(dict.fromkeys(lead + led))
    for k in range(first, len(page.tasks)):
        page.tasks[k] = amended(page.tasks[k], lead=lead, coop=coop, due=due if page.tasks[k].deadline is None else None)
    if said.get("done"):
        _done(page, block, number, cells[columns["done"]], path)
        used.add(columns["done"])
    _leave_cells(page, block, number, used)


def _at(cells: list[fold.Line], n: int) -> str:
    return cells[n].s if n < len(cells) else ""


def _same(name: str, said: dict[str, str], table: Table) -> str:
    """A cell's words; 同上, 〃 stand for those of the row above."""
    words = said.get(name, "")
    if _DITTO.match(words):
        return table.above.get(name, "")
    table.above[name] = words
    return words


def _goals_of(page: Page, block: Block, number: int, cell: fold.Line, path: tuple[str, ...]) -> None:
    """The column of tasks beside one of measures is a heading; what it says is to be reached is a target all the same."""
    first, findings, unread = len(page.tasks), len(page.findings), len(page.unread)
    _cell(page, block, number, cell, path, False)
    del page.tasks[first:], page.findings[findings:], page.unread[unread:]


def _found(page: Page) -> int:
    return len(page.tasks) + len(page.targets) + len(page.results)


def _done(page: Page, block: Block, number: int, cell: fold.Line, path: tuple[str, ...]) -> None:
    """The column 完成情况: a report."""
    part = Block(cell, path=path, zone="REPORT")
    period = ""
    for one in clauses.split(cell.s, 0):
        c = cell.s[one.i : one.j]
        period = results.period_of(c) or period
        report.clause(page, part, number, one, c, period, False)


def _leave_cells(page: Page, block: Block, number: int, used: set[int]) -> None:
    """Cells that were not read, so that nothing is lost silently."""
    for n, cell in enumerate(block.cells):
        if n not in used and len(cell.s) >= 2 and not cell.s.isdigit():
            leave(page, Block(cell, path=block.path), number, Clause(0, len(cell.s), 0, 0, True, False), "CTX")


def _cell(page: Page, block: Block, number: int, cell: fold.Line, path: tuple[str, ...], is_task: bool) -> None:
    part = Block(cell, path=path, zone=block.zone)
    pieces = clauses.split(cell.s, 0)
    before = _found(page)
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
    if is_task and _found(page) == before and len(cell.s) >= 4:
        whole = Clause(0, len(cell.s), 0, 0, True, False)
        verdict.clause(page, part, number, whole, cell.s, "BODY", False, [whole], 0, None, cell=True)
