"""Reads a plan: outline, clauses, then what each clause is (识读)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from qingshan.plans import clauses, duties, figures, fold, lint, outline, results, targets, tasks, times
from qingshan.plans.clauses import Clause
from qingshan.plans.outline import Block
from qingshan.plans.reading import Finding, Heading, Paragraph, Reading, Result, Target, Task, Unread
from qingshan.plans.words import words

_TOPICS = {name: re.compile("|".join(re.escape(w) for w in words("topics")[name].split())) for name in words("topics")["order"]}
LONGEST = 240  # characters; what runs on longer is no clause of a plan
_YEAR = re.compile(r"(?<!\d)(20\d\d)年?(?:度)?")
_PLAN_YEAR = re.compile(r"(?<!\d)(20\d\d)年(?:度|全[市区县]|[市区县])?.{0,14}?(?:工作|计划|要点|方案|目标|任务|是)")
_DATE = re.compile(r"(?:时间|日期|发布)[^\d]{0,6}(20\d\d)")
_FORWARD = re.compile(r"下一步|下半年|明年|接下来|今后|将(?:继续|进一步|持续|全面|深入|加快|大力)")
_BACKWARD = re.compile(r"(?:去年|上年|过去一年|20\d\d年以来|今年以来|截至|已(?:经)?(?:完成|建成|累计)|累计|同比|较上年|比上年|较去年)")
_ENSURE = re.compile(r"^(?:并)?(?:确保|保障)")
_HEAD_MARK = re.compile(
    r"^(?:第[一二三四五六七八九十]{1,3}(?:部分|章|篇|节)|[一二三四五六七八九十]{1,3}[、.]|\([一二三四五六七八九十\d]{0,3}\)|\d{1,2}[.、]|[①-⑳])"
)
_SECTIONS = re.compile(r".{0,30}?\d{1,3}[个条座处].{0,24}?(?:断面|河流|水源地?|点位|水体|海域)")
_LIST_MARK = re.compile(
    r"(?:[一二三四五六七八九十]{1,2}(?:是要?|要)|第[一二三四五六七八九十],?(?=[^次轮批期])|首先,?|其次,?|再次,?|最后,?)(?=[\u4e00-\u9fff“])"
)
_TABLE_HEAD = {
    "task": re.compile(r"任务|内容|措施|项目|事项|举措"),
    "lead": re.compile(r"牵头|责任|主办|承办|实施单位"),
    "coop": re.compile(r"配合|协办|参与"),
    "due": re.compile(r"时限|时间|期限|节点"),
    "target": re.compile(r"目标|指标|要求"),
    "number": re.compile(r"序号|编号"),
}


@dataclass
class _Page:
    """What is being read, and what has been found so far."""

    source: str
    year: int | None
    kind: str
    targets: list[Target] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    led: tuple[int, int, tuple[str, ...], tuple[str, ...]] = (0, 0, (), ())  # paragraph and segment of 由…牵头, and the units
    umbrella: tuple[int, int, int] = (0, 0, -2)  # the last umbrella clause: paragraph, segment, place
    forward: bool = False  # a report has come to 下一步
    seen: dict[tuple[object, ...], int] = field(default_factory=dict)
    last: tuple[int, int] = (0, -1)  # paragraph and sentence of the last target: 力争下降至… goes on with it


def read(text: str, year: int | None = None) -> Reading:
    """Read a document's text.

    ``year`` is the plan's year where the caller knows it; else it is read from the title or the opening.
    Deterministic, linear in the length of the text. Every piece has ``text == source[start:end]``.
    """
    folded = fold.fold(text)
    all_ = outline.blocks(folded)
    kind, title = outline.lay_out(all_)
    page = _Page(text, year or _year_of(title, all_), kind)
    paragraphs, headings = [], []
    columns: dict[str, int] = {}
    for number, block in enumerate(all_, 1):
        start, end = block.line.span(0, len(block.s))
        paragraphs.append(Paragraph(number, start, end, block.kind))
        if block.head:
            a, b = block.line.span(*block.head)
            headings.append(Heading(block.level, text[a:b], a, b, number))
        page.findings += lint.of_block(text, block, number, number == len(all_))
        if block.kind == "table":
            columns = _table_row(page, block, number, columns)
            continue
        columns = {}
        if block.zone == "BOIL":
            _skip(page, block, number, "BOIL")
        elif block.kind == "body":
            _body(page, block, number)
    page.findings += lint.of_targets(text, page.targets)
    page.findings += lint.of_tasks(text, page.tasks)
    found = sorted(page.findings, key=lambda f: (f.start, f.end, f.code))
    return Reading(
        kind,
        _title(text, all_),
        page.year,
        tuple(paragraphs),
        tuple(headings),
        tuple(page.targets),
        tuple(page.tasks),
        tuple(page.results),
        tuple(found),
        tuple(page.unread),
    )


def _title(text: str, all_: list[Block]) -> str:
    block = next((b for b in reversed(all_) if b.kind == "title"), None)
    return "" if block is None else text[slice(*block.line.span(0, len(block.s)))]


def _year_of(title: str, all_: list[Block]) -> int | None:
    if years := list(_YEAR.finditer(title)):
        return int((next((m for m in reversed(years) if re.match(r".{0,16}(?:计划|要点|打算|安排|思路)", title[m.end() :])), years[-1]))[1])
    body = "".join(b.s for b in all_ if b.zone != "BOIL")[:3000]
    if m := _PLAN_YEAR.search(body):
        return int(m[1])
    dates = [int(m[1]) for b in all_ if b.zone == "BOIL" for m in [_DATE.search(b.s)] if m]
    return dates[0] if dates else None


def _skip(page: _Page, block: Block, number: int, reason: str) -> None:
    start, end = block.line.span(block.body, len(block.s))
    page.unread.append(Unread(start, end, page.source[start:end], number, block.path, reason))


def _body(page: _Page, block: Block, number: int) -> None:
    notes = duties.notes(block.s)
    pieces = _conditions_joined(block.s, clauses.split(block.s, block.body))
    if block.head:
        page.forward = False
    zone, strict = block.zone, block.lead_in
    due: tuple[int, times.Time] | None = None
    period, governed = "", -1  # the sentence whose list 确保, 保障 governs
    fresh: list[int] = []  # tasks of this block, for the notes of units behind them
    for n, one in enumerate(pieces):
        c = block.s[one.i : one.j]
        if any(d.i < one.j and one.i < d.j and (d.j - d.i) * 2 > one.j - one.i for d in notes) or one.aside:
            _leave(page, block, number, one, "CTX")
            continue
        if m := outline.INLINE_GOAL.match(c):
            zone = "GOAL" if zone != "REPORT" else zone
            one = Clause(one.i + m.end(), one.j, one.sentence, one.segment, True, False)
            if one.j <= one.i:
                continue
            c = block.s[one.i : one.j]
        if one.j - one.i > LONGEST:
            _leave(page, block, number, one, "GEN")
            continue
        if _ENSURE.match(_unmarked(c)[1]) and zone not in ("PRE", "NEWS", "REPORT"):
            governed = one.sentence
        if zone in ("PRE", "NEWS"):
            _leave(page, block, number, one, zone)
            continue
        if (n < 8 or block.lead_in) and _opens(_sentence(block.s, pieces, n)):
            _leave(page, block, number, one, "PRE")
            continue
        who = duties.inline(c)
        if who[0] and re.match(r"由.{2,60}(?:牵头|配合|协助|参与)$", c):
            page.led = (number, one.segment, *who)
            _leave(page, block, number, one, "CTX")
            continue
        clock = times.deadlines(c, page.year)
        if clock and clock[-1].j - clock[0].i >= len(c) - 4:
            due = (one.segment, clock[-1])
            _leave(page, block, number, one, "CTX")
            continue
        by = clock[-1] if clock else due[1] if due and due[0] == one.segment else None
        period = results.period_of(c) or period
        if zone == "REPORT" and (page.forward or _FORWARD.search(c)):
            page.forward, zone = True, "BODY"
        if zone == "REPORT":
            _report(page, block, number, one, c, period, governed == one.sentence)
            if _ENSURE.match(_unmarked(c)[1]):
                governed = one.sentence
            continue
        first = len(page.tasks)
        _clause(page, block, number, one, c, zone, strict, pieces, n, by)
        fresh += range(first, len(page.tasks))
    _give_units(page, block, notes, fresh)


def _conditions_joined(s: str, pieces: list[Clause]) -> list[Clause]:
    """对…的, and what is to be done then, are one clause."""
    out: list[Clause] = []
    for one in pieces:
        if out and out[-1].segment == one.segment and s[out[-1].i] == "对" and s[out[-1].j - 1] == "的" and out[-1].j - out[-1].i > 4:
            out[-1] = Clause(out[-1].i, one.j, one.sentence, one.segment, out[-1].first, False)
        else:
            out.append(one)
    return out


def _opens(sentence: str) -> bool:
    return len(sentence) < 200 and bool(outline.OPENING.search(sentence)) and not re.search(r"牵头|单位", sentence)


def _sentence(s: str, pieces: list[Clause], n: int) -> str:
    a = b = n
    while a and n - a < 20 and pieces[a - 1].sentence == pieces[n].sentence:
        a -= 1
    while b - n < 20 and b + 1 < len(pieces) and pieces[b + 1].sentence == pieces[n].sentence:
        b += 1
    return s[pieces[a].i : pieces[b].j]


def _leave(page: _Page, block: Block, number: int, one: Clause, reason: str) -> None:
    start, end = block.line.span(one.i, one.j)
    page.unread.append(Unread(start, end, page.source[start:end], number, block.path, reason))


def _clause(
    page: _Page,
    block: Block,
    number: int,
    one: Clause,
    c: str,
    zone: str,
    strict: bool,
    pieces: list[Clause],
    n: int,
    by: times.Time | None,
    cell: bool = False,
) -> None:
    shift, said = _unmarked(c)
    found = figures.find(clauses.blanked(said))
    if _BACKWARD.search(said) and not re.search(r"力争|达到.{0,12}以上|以内|下降|提升|改善|控制在|[较比](?:20\d\d|上|去)年", said):
        drafts = results.read(said, found, "") if any(f.kind != "size" or f.unit not in ("年",) for f in found) else []
        for d in drafts:
            _add_result(page, block, number, one, shift, d)
        if drafts or said.startswith("截至"):
            if not drafts:
                _leave(page, block, number, one, "CTX")
            return
    made, left = targets.of_figures(said, found, page.targets[-1].indicator if page.targets and page.last == (number, one.sentence) else "")
    if not made:
        made = targets.of_words(said, zone, False)
        if made and _SECTIONS.match(said):
            left = []  # 3个国考断面全部达到Ⅲ类: the count says which, the class is the criterion
    for t in made:
        _add_target(page, block, number, one, shift, t, by)
    if made:
        page.last = (number, one.sentence)
    if not made and not found and _bracketed(page, block, number, one, c):
        return
    if made and not any(tasks._is_quantity(f, said) for f in left):
        return
    if zone == "GOAL" and not left and not made and tasks.UMBRELLA.match(said):
        _leave(page, block, number, one, "GEN")
        return
    follows = any(p.segment == one.segment for p in pieces[n + 1 : n + 2])
    opens = one.first or page.umbrella == (number, one.segment, n - 1)
    if opens and follows and not found and tasks.UMBRELLA.match(said) and _labels_follow(block.s, pieces, n):
        page.umbrella = (number, one.segment, n)
        _leave(page, block, number, one, "UMB")
        return
    drafts_k, reason = tasks.read(said, left, strict, cell)
    if reason:
        if not made:
            _leave(page, block, number, one, reason)
        return
    for k in drafts_k:
        _add_task(page, block, number, one, shift, said, k, by)


def _labels_follow(s: str, pieces: list[Clause], n: int) -> bool:
    for p in pieces[n + 1 : n + 13]:
        if p.segment != pieces[n].segment:
            return False
        c = s[p.i : p.j]
        found = figures.find(clauses.blanked(c))
        if targets.of_figures(c, found)[0] or targets.of_words(c, "BODY", False) or not tasks.read(c, found, False)[1]:
            return True
    return False


def _unmarked(c: str) -> tuple[int, str]:
    m = _HEAD_MARK.match(c)
    shift = m.end() if m and m.end() < len(c) else 0
    if (m := _LIST_MARK.match(c, shift)) and m.end() < len(c) - 3:
        shift = m.end()
    label = re.match(r"^(?:[^:,;“(]{2,16}(?:方面|领域)[:,]?|[^:,;“(]{2,14}:)(?=[\u4e00-\u9fffA-Z0-9])", c[shift:])
    if label and label[0].endswith(":") and label.end() < len(c) - shift - 3 and not targets.names_indicator(label[0][:-1]):
        shift += label.end()
    if (t := times.LEAD.match(c[shift:])) and 2 <= t.end() < len(c) - shift - 2 and times.CERTAIN.search(t[0]):
        shift += t.end()
    return shift, c[shift:]


def _add_target(page: _Page, block: Block, number: int, one: Clause, shift: int, d: targets.Draft, by: times.Time | None = None) -> None:
    start, end = block.line.span(one.i + shift + d.i, one.i + shift + d.j)
    key, _, unit = targets.known(d.indicator)
    value_unit = d.unit if d.unit is not None else unit or None
    same = page.seen.setdefault((d.indicator, d.value, d.operator), len(page.targets))
    page.targets.append(
        Target(
            start,
            end,
            page.source[start:end],
            number,
            block.path,
            d.indicator,
            key,
            d.operator,
            d.value,
            value_unit,
            d.value_kind,
            d.value_text,
            d.value_ref,
            None,
            by.day[:4] if by else str(page.year or ""),
            d.aspirational,
            d.masked,
            same if same < len(page.targets) else None,
        )
    )


def _add_task(page: _Page, block: Block, number: int, one: Clause, shift: int, c: str, k: tasks.Draft, by: times.Time | None) -> None:
    start, end = block.line.span(one.i + shift + k.i, one.i + shift + k.j)
    lead, coop = duties.inline(c)
    lead = lead or duties.subject(k.subject)
    if not lead and page.led[:2] == (number, one.segment):
        lead, coop = page.led[2:]
    same = page.seen.setdefault((page.source[start:end],), len(page.tasks)) if k.verb else len(page.tasks)
    topic = next((name for name, p in _TOPICS.items() if p.search(k.object)), None) or next(
        (name for head in reversed(block.path) for name, p in _TOPICS.items() if p.search(head)), "其他"
    )
    page.tasks.append(
        Task(
            start,
            end,
            page.source[start:end],
            number,
            block.path,
            k.verb,
            k.object.strip("、,"),
            k.items,
            k.quantity,
            by.day if by else None,
            by.text if by else None,
            k.recurrence[0] if k.recurrence else None,
            k.recurrence[1] if k.recurrence else None,
            lead,
            coop,
            k.executor,
            k.check,
            "in_progress" if page.kind == "report" else "planned",
            topic,
            k.masked,
            k.verb_inherited,
            same if same < len(page.tasks) else None,
        )
    )


def _add_result(page: _Page, block: Block, number: int, one: Clause, shift: int, d: results.Draft) -> None:
    start, end = block.line.span(one.i + shift + d.i, one.i + shift + d.j)
    page.results.append(
        Result(
            start, end, page.source[start:end], number, block.path, d.subject, d.value, d.unit, d.operator, d.value_kind, d.status, d.period
        )
    )


def _report(page: _Page, block: Block, number: int, one: Clause, c: str, period: str, governed: bool) -> None:
    shift, said = _unmarked(c)
    found = figures.find(clauses.blanked(said))
    if governed or _ENSURE.match(said) or re.search(r"不得低于|不进入", said):
        made, _ = targets.of_figures(said, found)
        made = targets.of_words(said, "REPORT", True) or made
        for t in made:
            _add_target(page, block, number, one, shift, t)
        if made:
            return
    if _bracketed(page, block, number, one, c):
        return
    drafts = results.read(said, found, period)
    for d in drafts:
        _add_result(page, block, number, one, shift, d)
    if not drafts or re.search(r"推进", said):
        drafts_k, reason = tasks.read(said, found, False)
        if not reason:
            for k in drafts_k:
                _add_task(page, block, number, one, shift, said, k, None)
            return
    if not drafts:
        _leave(page, block, number, one, tasks.judge(said, False)[1] or "CTX")


def _bracketed(page: _Page, block: Block, number: int, one: Clause, c: str) -> bool:
    """Targets that stand in a bracket of the clause: 围绕…考核任务(甲、乙均达到90%以上)."""
    found = False
    for a, b in clauses.pairs(c).items():
        if c[a] != "(" or b - a < 8:
            continue
        inner = c[a + 1 : b]
        made, _ = targets.of_figures(inner, figures.find(clauses.blanked(inner)))
        for t in made:
            _add_target(page, block, number, one, a + 1, t)
        found = found or bool(made)
    return found


def _give_units(page: _Page, block: Block, notes: list[duties.Duty], fresh: list[int]) -> None:
    """Each note of units goes to the tasks before it, back to the note before; a line that is only a note, to the block above."""
    if not notes:
        return
    own = fresh
    if not fresh:
        above = page.tasks[-1].paragraph if page.tasks else None
        own = [n for n, t in enumerate(page.tasks) if t.paragraph == above and not t.lead_units]
    done: set[int] = set()
    for note in notes:
        at = block.line.at[note.i]
        for n in own:
            t = page.tasks[n]
            if n not in done and (t.start < at or not fresh):
                done.add(n)
                page.tasks[n] = _with(t, lead=note.lead, coop=note.coop)


def _with(t: Task, *, lead: tuple[str, ...] = (), coop: tuple[str, ...] = (), due: times.Time | None = None) -> Task:
    return replace(
        t,
        lead_units=t.lead_units or lead,
        coop_units=t.coop_units or coop,
        deadline=due.day if due else t.deadline,
        deadline_text=due.text if due else t.deadline_text,
    )


def _table_row(page: _Page, block: Block, number: int, columns: dict[str, int]) -> dict[str, int]:
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
        page.tasks[k] = _with(page.tasks[k], lead=lead or (), coop=coop or (), due=due)
    return columns


def _cell(page: _Page, block: Block, number: int, cell: fold.Line, is_task: bool) -> None:
    part = Block(cell, path=block.path, zone=block.zone)
    pieces = clauses.split(cell.s, 0)
    before = len(page.tasks) + len(page.targets) + len(page.results)
    for n, one in enumerate(pieces):
        _clause(
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
        _clause(page, part, number, whole, cell.s, "BODY", False, [whole], 0, None, cell=True)
