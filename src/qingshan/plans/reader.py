"""Reads a plan: outline, clauses, then what each clause is (识读)."""

from __future__ import annotations

import re
from dataclasses import replace

from qingshan.plans import clauses, duties, figures, fold, lint, outline, report, results, systems, tables, times, verbs, verdict
from qingshan.plans.clauses import Clause
from qingshan.plans.outline import Block
from qingshan.plans.page import Page, amended, leave, skip
from qingshan.plans.reading import Heading, Paragraph, Reading, System

LONGEST = 240  # characters; what runs on longer is no clause of a plan
_YEAR = re.compile(r"(?<!\d)(20\d\d)年?(?:度)?")
_THIS_YEAR = re.compile(r"(?:^|[。;:,\n])(20\d\d)年(?:度)?(?:,|全[市县区镇州省]|[我本][市县区局])")
_PLAN_YEAR = re.compile(r"(?<![\d较比以])(20\d\d)年(?:度|全[市区县]|[市区县])?.{0,14}?(?:工作|计划|要点|方案|目标|任务|是)")
_DATE = re.compile(r"(?:时间|日期|发布)[^\d]{0,6}(20\d\d)")
_FORWARD = re.compile(r"下一步|下半年|明年|接下来|今后|将(?:继续|进一步|持续|全面|深入|加快|大力)")
_BODY_OF = re.compile(r"^(?:成立|组建|设立)(?:以|由)")
_BODY_NAMED = re.compile(r"(?:小组|专班|指挥部|委员会|办公室|工作组|机构)(?:办公室)?$")
_PROBLEM = re.compile(r"(?:反馈|存在的?|具体|主要)?问题(?:描述|表述|情况)?:")  # of a plan of rectification: how it was
_YEARS_GOAL = re.compile(
    r"(?:^|.*?[^\d])(?:20\d\d年)?[^,;:。]{0,14}(?:年度目标|考核目标|年度指标|目标值|目标任务|全年目标)(?:值|任务)?(?:为|是)?:"
)
_AIM_YEAR = re.compile(r"^(?P<to>到|至)?(?P<year>20\d\d)年(?:底|末)?,")
_AIM_FIGURE = re.compile(r"\d(?:%|微克/立方米|万?吨|天|个百分点)")
_SETS_AMOUNT = re.compile(
    r"^(?:20\d\d年(?:度)?|今年|年内)?,?(?:全[市县区省州镇])?(?:计划|拟|要)(?:新建|新增|完成|实施|建设|改造|治理|整治|建成|投资|安排)[^,]*\d"
)
_GOALS_OF = re.compile(  # 环境空气质量目标:…
    r"(?!完成|分解|落实|围绕|实现|明确|细化|对照)[^,;:。]{0,14}(?:质量|控制|减排|改善|考核|防治|变化|保护|总量|安全)(?:约束性)?(?:目标|指标)(?:任务)?:"
)
_INLINE_PRE = re.compile(r"(?:总体要求|指导思想|基本原则|总体思路|基本思路)(?:是|为)?:")
_INLINE_WORK = re.compile(r"(?:重点任务|主要任务|工作任务|工作重点|主要措施|工作措施|保障措施)(?:是|为)?:")


def read(text: str, year: int | None = None) -> Reading:
    """Read a document's text.

    ``year`` is the plan's year where the caller knows it; else it is read from the title or the opening.
    Deterministic, linear in the length of the text. Every piece has ``text == source[start:end]``.
    """
    folded = fold.fold(text)
    all_ = outline.blocks(folded)
    kind, title = outline.lay_out(all_)
    page = Page(text, year or _year_of(title, all_), kind)
    paragraphs, headings = [], []
    table: tables.Table | None = None
    sections: list[tuple[tuple[str, ...], duties.Duty]] = []  # units that a chapter's heading names for all that stands under it
    for number, block in enumerate(all_, 1):
        start, end = block.line.span(0, len(block.s))
        paragraphs.append(Paragraph(number, start, end, block.kind))
        if block.head:
            a, b = block.line.span(*block.head)
            headings.append(Heading(block.level, text[a:b], a, b, number))
        if (named := _units_of_section(block, all_[number - 2] if number > 1 else None)) is not None:
            sections.append(named)
            if block.kind == "body":
                leave(page, block, number, Clause(0, len(block.s), 0, 0, True, False), "CTX")
                continue
        page.findings += lint.of_block(text, block, number, number == len(all_))
        if block.kind == "table":
            table = tables.row(page, block, number, table)
            continue
        if table is not None and not (block.head and block.body >= len(block.s)):
            table = None  # a line of a section stands between the rows of its table
        if block.zone == "BOIL":
            skip(page, block, number, "BOIL")
        elif block.kind == "body":
            _body(page, block, number)
    _inherit(page, sections)
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
        systems=_named(text, all_, kind),
    )


def systems_of(text: str) -> tuple[System, ...]:
    """The named systems alone, in a fraction of the time of a whole reading."""
    all_ = outline.blocks(fold.fold(text))
    return _named(text, all_, outline.lay_out(all_)[0])


def _named(text: str, all_: list[Block], kind: str) -> tuple[System, ...]:
    named = systems.Systems(text)
    if kind in ("plan", "report"):
        for number, block in enumerate(all_, 1):
            if block.zone != "BOIL":
                named.take(block, number)
    return named.all()


def _title(text: str, all_: list[Block]) -> str:
    said = [text[slice(*b.line.span(0, len(b.s)))] for b in all_ if b.kind == "title"]
    return "".join(dict.fromkeys(said[-2:]))


def _year_of(title: str, all_: list[Block]) -> int | None:
    if years := list(_YEAR.finditer(title)):
        return int((next((m for m in reversed(years) if re.match(r".{0,16}(?:计划|要点|打算|安排|思路)", title[m.end() :])), years[-1]))[1])
    body = "\n".join(b.s for b in all_ if b.zone != "BOIL")[:3000]
    if m := _PLAN_YEAR.search(body):
        return int(m[1])
    if m := _THIS_YEAR.search(body):
        return int(m[1])
    dates = [int(m[1]) for b in all_ if b.zone == "BOIL" for m in [_DATE.search(b.s)] if m]
    return dates[0] if dates else None


def _body(page: Page, block: Block, number: int) -> None:
    notes = duties.notes(block.s)
    whole = _conditions_joined(block.s, clauses.split(block.s, block.body))
    ends = {one.i: one.j for one in whole}  # a note at the end may say by when, too
    pieces = [_before_note(one, notes) for one in whole]
    if block.head:
        page.forward = False
    zone, strict, before_pre = block.zone, block.lead_in, ""
    due: tuple[int, int, times.Time] | None = None
    heads = [block.s[p.i : p.j] for k, p in enumerate(pieces) if not k or pieces[k - 1].sentence != p.sentence]
    principled = len(heads) > 1 and all(h.startswith("坚持") for h in heads)
    until = -1  # the sentence of a principle: 坚持…,…
    period, governed = "", -1  # the sentence whose list 确保, 保障 governs
    fresh: list[int] = []  # tasks of this block, for the notes of units and days behind them
    asides: list[duties.Duty | times.Time] = [*notes, *times.stated(block.s, page.year)]
    for n, one in enumerate(pieces):
        c = block.s[one.i : one.j]
        if any(d.i < one.j and one.i < d.j and (d.j - d.i) * 2 > one.j - one.i for d in asides) or one.aside:
            leave(page, block, number, one, "CTX")
            continue
        if zone in ("BODY", "GOAL") and (_INLINE_PRE.match(c) or _PROBLEM.match(verdict.unnumbered(c))):
            zone, before_pre = "PRE", zone
        elif before_pre and (verdict.marked(c) or _INLINE_WORK.match(c)):
            zone, before_pre = before_pre, ""
        elif zone == "PRE" and _INLINE_WORK.match(c):
            zone = "BODY"
        if m := outline.INLINE_GOAL.match(c) or (_GOALS_OF.match(c) if zone in ("BODY", "GOAL") else None):
            zone, before_pre = ("GOAL" if zone != "REPORT" else zone), ""
            one = Clause(one.i + m.end(), one.j, one.sentence, one.segment, True, False)
            if one.j <= one.i:
                continue
            c = block.s[one.i : one.j]
        if one.j - one.i > LONGEST:
            leave(page, block, number, one, "GEN")
            continue
        if report.ENSURE.match(verdict.unmarked(c)[1]) and zone not in ("PRE", "NEWS", "REPORT"):
            governed = one.sentence
        if one.first or not n or pieces[n - 1].sentence != one.sentence:
            until = one.sentence if principled and zone in ("BODY", "GOAL") and c.startswith("坚持") else -1
        if until == one.sentence and _only_urges(c):
            leave(page, block, number, one, "SLO")
            continue
        if zone == "PRE" and one.first and block.zone == "PRE" and _aims(_sentence(block.s, pieces, n), page.year):
            zone = "GOAL"  # 总体要求 that ends in the year's figures
        if zone == "PRE" and _SETS_AMOUNT.match(c):
            zone, before_pre = "BODY", ""  # an opening that ends in the year's amounts: 2022年全市计划新建绿地1000公顷
        if zone in ("PRE", "NEWS"):
            leave(page, block, number, one, zone)
            continue
        if (n < 8 or block.lead_in) and _opens(_sentence(block.s, pieces, n)):
            leave(page, block, number, one, "PRE")
            continue
        who = duties.inline(c)
        if who[0] and re.match(r"由.{2,60}(?:牵头|配合|协助|参与)$", c):
            page.led = (number, one.segment, *who)
            leave(page, block, number, one, "CTX")
            continue
        clock = times.deadlines(block.s[one.i : ends.get(one.i, one.j)], page.year)
        if clock and _only_time(c, clock):
            due = (one.sentence, one.segment, clock[-1])
            leave(page, block, number, one, "CTX")
            continue
        by = clock[-1] if clock else due[2] if due and _still_due(due, one) else None
        period = results.period_of(c) or period
        if zone == "REPORT" and (m := _YEARS_GOAL.match(c)) and m.end() < len(c) - 4:
            governed = one.sentence  # 年度目标:… in a report says what was to be reached
            one = replace(one, i=one.i + m.end())
            c = block.s[one.i : one.j]
        if zone == "REPORT" and (page.forward or _FORWARD.search(c)):
            page.forward, zone = True, "BODY"
        if zone in ("REPORT", "BODY") and not n and _topic_of_list(block.s, pieces):
            leave(page, block, number, one, "UMB")
            continue
        if zone == "REPORT":
            if _heads_the_rest(block.s, pieces, n, True, True):
                leave(page, block, number, one, "UMB")
                continue
            report.clause(page, block, number, one, c, period, governed == one.sentence)
            if report.ENSURE.match(verdict.unmarked(c)[1]):
                governed = one.sentence
            continue
        if zone == "BODY" and _heads_the_rest(block.s, pieces, n, False, block.head is not None):
            leave(page, block, number, one, "UMB")
            continue
        first = len(page.tasks)
        verdict.clause(page, block, number, one, c, zone, strict, pieces, n, by)
        fresh += range(first, len(page.tasks))
    _give_units(page, block, notes, fresh)
    _give_days(page, block, asides, fresh)


def _heads_the_rest(s: str, pieces: list[Clause], n: int, told: bool, may_open: bool) -> bool:
    """1.严控产能。各地加快…: a short numbered sentence within a paragraph, with sentences without a number behind it."""
    one = pieces[n]
    c = s[one.i : one.j]
    bullet = r"[—-]{1,2}[\u4e00-\u9fff]"
    mark = (
        r"[一二三四五六七八九十]{1,2}是[^,]{4}"
        if told
        else rf"(?:\d{{1,2}}[.、][^\d]|\([一二三四五六七八九十]{{1,3}}\)|[一二三四五六七八九十]{{1,2}}是[^,]{{4,10}}$|{bullet})"
    )
    if (not n and not may_open and not re.match(bullet, c)) or one.j - one.i > 24 or not one.first or not re.match(mark, c):
        return False
    after = pieces[n + 1] if n + 1 < len(pieces) else None
    return (
        after is not None
        and after.sentence != one.sentence
        and not figures.find(c)
        and not re.match(r"(?:\d{1,2}[.、]|\([一二三四五六七八九十\d]{1,3}\)|[一二三四五六七八九十]{1,2}[、是])", s[after.i : after.j])
    )


def _topic_of_list(s: str, pieces: list[Clause]) -> bool:
    """有序推进绿化项目。一是…二是…: a short sentence that only names what the list is about."""
    if len(pieces) < 3 or pieces[0].sentence == pieces[1].sentence or pieces[0].j - pieces[0].i > 24:
        return False
    return bool(re.match(r"一(?:是|要)|首先|第一,|1[.、]|\(1\)", s[pieces[1].i :])) and not figures.find(s[pieces[0].i : pieces[0].j])


def _units_of_section(block: Block, above: Block | None) -> tuple[tuple[str, ...], duties.Duty] | None:
    """(一)治气(牵头单位:甲局), or 牵头单位:甲局 as a line right under a heading: the heading's path and the note."""
    if block.kind == "heading" and re.search(r"牵头|责任单位|负责", block.s):
        path = block.path
    elif (
        above is not None
        and above.kind == "heading"
        and block.kind == "body"
        and re.match(r"[(\[]?(?:牵头|责任|主责|配合)(?:单位|部门|科室)", block.s)
    ):
        path = above.path
    else:
        return None
    found = duties.notes(block.s)
    if not found or (block.kind == "body" and sum(d.j - d.i for d in found) < 0.8 * len(block.s.rstrip("。"))):
        return None
    lead = tuple(dict.fromkeys(u for d in found for u in d.lead))
    return path, duties.Duty(0, len(block.s), lead, tuple(dict.fromkeys(u for d in found for u in d.coop)))


def _inherit(page: Page, sections: list[tuple[tuple[str, ...], duties.Duty]]) -> None:
    """Tasks that name no lead take the units of the nearest heading above them that names some."""
    for n, t in enumerate(page.tasks):
        if t.lead_units:
            continue
        over = [(len(path), note) for path, note in sections if tuple(t.heading_path[: len(path)]) == path]
        if over:
            note = max(over, key=lambda o: o[0])[1]
            page.tasks[n] = amended(t, lead=note.lead, coop=note.coop)


def _before_note(one: Clause, notes: list[duties.Duty]) -> Clause:
    """完成12家治理(牵头单位:区局;配合单位:各镇): the clause ends where the note of units at its end begins."""
    cut = next((d.i for d in notes if one.i + 1 < d.i < one.j <= d.j), one.j)
    return replace(one, j=cut)


def _conditions_joined(s: str, pieces: list[Clause]) -> list[Clause]:
    """What is cut at a comma and yet one thing: 对…的, and what is to be done then; 成立由甲任组长, 乙参加的领导小组."""
    out: list[Clause] = []
    for one in pieces:
        if out and out[-1].segment == one.segment and _hangs(s[out[-1].i : out[-1].j], s[one.i : one.j]):
            out[-1] = Clause(out[-1].i, one.j, one.sentence, one.segment, out[-1].first, False)
        else:
            out.append(one)
    return out


def _hangs(before: str, after: str) -> bool:
    """True where the first clause says nothing without the second."""
    if len(before) > 160:
        return False
    if _BODY_OF.match(before) and not _BODY_NAMED.search(before):
        return True
    if before[0] != "对" or len(before) < 5 or re.match(r"(?:其他|要|以)", after):
        return False
    if before[-1] == "的":
        return True
    return len(before) <= 80 and not figures.find(before) and verbs.act_of(before) is None and verbs.act_of(after) is not None


def _only_time(c: str, clock: list[times.Time]) -> bool:
    """A clause that says when and nothing else; 6月底前完成1家 says what, too."""
    rest = c[: clock[0].i] + c[clock[-1].j :]
    return len(rest) <= 4 and not re.search(r"\d|[建改拆]", rest)


def _still_due(due: tuple[int, int, times.Time], one: Clause) -> bool:
    """A day holds up to the semicolon; a year (到2025年) to the full stop."""
    sentence, segment, day = due
    return segment == one.segment or (
        sentence == one.sentence and bool(re.search(r"20\d\d年", day.text)) and "月" not in day.text and not day.text.endswith("前")
    )


def _aims(sentence: str, year: int | None) -> bool:
    """到2020年,… with two figures to be reached, or the plan's own year with 力争, 控制在 …"""
    m = _AIM_YEAR.match(sentence)
    if m is None or len(_AIM_FIGURE.findall(sentence)) < 2:
        return False
    return bool(m["to"]) or bool(re.search(r"力争|确保|控制在|不低于|不高于|以上|以内", sentence) and year and int(m["year"]) >= year)


def _only_urges(c: str) -> bool:
    """强化…机制, 完善…体系 in the sentence of a principle, without a figure."""
    act = verbs.act_of(c)
    return act is not None and act.cls == "weak" and not figures.find(clauses.blanked(c))


def _opens(sentence: str) -> bool:
    return len(sentence) < 200 and bool(outline.OPENING.search(sentence)) and not re.search(r"牵头|单位", sentence)


def _sentence(s: str, pieces: list[Clause], n: int) -> str:
    a = b = n
    while a and n - a < 20 and pieces[a - 1].sentence == pieces[n].sentence:
        a -= 1
    while b - n < 20 and b + 1 < len(pieces) and pieces[b + 1].sentence == pieces[n].sentence:
        b += 1
    return s[pieces[a].i : pieces[b].j]


def _give_units(page: Page, block: Block, notes: list[duties.Duty], fresh: list[int]) -> None:
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
                page.tasks[n] = amended(t, lead=note.lead, coop=note.coop)


def _give_days(page: Page, block: Block, asides: list[duties.Duty | times.Time], fresh: list[int]) -> None:
    """完成时限:… is the day of the tasks before it, back to the note before, that name none; a line of its own, of the block above."""
    above = page.tasks[-1].paragraph if page.tasks else None
    own = fresh or [n for n, t in enumerate(page.tasks) if t.paragraph == above]
    marks = [(block.line.at[one.i], one) for one in asides]
    for at, day in marks:
        mine = [n for n in own if page.tasks[n].start < at or not fresh]
        if not isinstance(day, times.Time) or not mine:
            continue
        floor = max((a for a, _ in marks if fresh and a < page.tasks[mine[-1]].start), default=0)
        for n in mine:
            if page.tasks[n].deadline is None and page.tasks[n].start >= floor:
                page.tasks[n] = amended(page.tasks[n], due=day)
