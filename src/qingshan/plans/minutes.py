"""Minutes of a meeting (会议纪要): what was decided, who does it and by when, each with its exact place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from qingshan.plans import clauses, doers, due, duties, figures, fold, outline, tasks, times, verbs
from qingshan.plans.doers import Doer
from qingshan.plans.due import Due
from qingshan.plans.outline import Block
from qingshan.plans.reading import Piece, Quantity, Unread
from qingshan.plans.words import any_of, listed, words

_W = words("minutes")
FIRM, OPINION, OPEN = "firm", "opinion", "open"
LONGEST = 400  # characters of one decision
_CUE = re.compile(
    rf"^(?:(?:{any_of(listed('minutes', 'speaker'))})(?:{any_of(listed('minutes', 'adverb'))})*|(?:{any_of(listed('minutes', 'adverb'))})+"
    rf"|[\u4e00-\u9fff]{{1,8}}(?:同志|书记|[区县市局镇]长|主任|主席))?"
    rf"(?P<word>{any_of(listed('minutes', 'firm') + listed('minutes', 'opinion'))})"
    r"(?:了)?(?:(?:以下|如下)?(?:几项|几点|事项|工作|意见|要求)?(?=:))?[:,]?"
)
_SPOKEN = re.compile(rf"^(?:{any_of(listed('minutes', 'speaker'))}|经|[\u4e00-\u9fff]{{1,8}}(?:同志|书记|[区县市局镇]长|主任|主席))")
_FIRM = frozenset(listed("minutes", "firm"))
_HEADS = {FIRM: re.compile(_W["firm_heading"]), OPINION: re.compile(_W["opinion_heading"])}
_TITLE = re.compile(_W["title"])
_FACT = {name: re.compile(rf"^(?:{said})[:]") for name, said in _W["facts"].items()}
_ANY_FACT = re.compile("^(?:" + "|".join(_W["facts"].values()) + ")[:]")
_COLUMNS = {name: re.compile(said) for name, said in _W["columns"].items()}
_MARK = re.compile(
    r"^(?:第[一二三四五六七八九十]{1,3}[,、]?|[一二三四五六七八九十]{1,3}[、.]|\([一二三四五六七八九十\d]{1,3}\)|\d{1,2}[.、)](?!\d)|[①-⑳]"
    r"|[一二三四五六七八九十]{1,2}(?:是要?|要))"
)
_DAY = re.compile(r"(20\d\d)年(1[0-2]|0?[1-9])月(3[01]|[12]\d|0?[1-9])日")
_EVENT = re.compile(
    r"^(?:20\d\d年)?\d{1,2}月\d{1,2}日(?:上午|下午|晚|\d{1,2}时)?,[^。;]{2,50}?(?:召开|主持|举行|赴|深入|到[^,]{2,20}(?:调研|检查|走访)|约谈|调研|走访)"
)  # 11月20日,副区长某某主持召开…
_BY_RULE = re.compile(r"^按(?:照)?(?:程序|规定|要求|有关规定|相关要求|职责|分工)")
_NOT_SAID = re.compile(r"没有|尚未|未能|不够|滞后|存在|已(?!经?建)|去年|上周|上月|截至|目前|近期")


@dataclass(frozen=True, slots=True)
class Decision(Piece):
    """One thing decided (议定事项): who does it, with whom, by when.

    `workdays` count from the meeting's day; the caller knows the calendar.
    """

    verb: str
    object: str
    quantity: Quantity | None
    lead_units: tuple[str, ...]
    coop_units: tuple[str, ...]
    people: tuple[str, ...]
    deadline: str | None  # ISO date
    deadline_text: str | None
    workdays: int | None
    recurrence: str | None  # as of plans.reading.Task
    recurrence_text: str | None
    check: str
    said: str  # the word it stands behind: 议定, 要求, 强调; "" for none

    @property
    def lacks(self) -> tuple[str, ...]:
        """What a person must add before it can be followed: 责任单位, 期限."""
        timed = self.deadline or self.workdays or self.recurrence
        return tuple(w for w, there in (("责任单位", self.lead_units or self.people), ("期限", timed)) if not there)


@dataclass(frozen=True, slots=True)
class Fact:
    """What the head or foot of the minutes says: time, place, chair, attend, observer, leave, recorder, subject, sent."""

    name: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Minutes:
    """All that was read of one text. `day` is the meeting's, ISO, as given or as the text says."""

    title: str
    day: str | None
    facts: tuple[Fact, ...]
    decisions: tuple[Decision, ...]
    unread: tuple[Unread, ...]

    def fact(self, name: str) -> str:
        return next((f.text for f in self.facts if f.name == name), "")


@dataclass
class _Part:
    """A decision in the making: clauses ``i:j`` of one line that belong together."""

    i: int
    j: int
    doer: Doer | None = None
    coop: tuple[str, ...] = ()
    due: Due | None = None
    act: verbs.Act | None = None
    draft: tasks.Draft | None = None
    reason: str = "CTX"
    rhythm: tuple[str, str] | None = None

    @property
    def is_timed(self) -> bool:
        return self.due is not None or self.rhythm is not None or (self.draft is not None and self.draft.quantity is not None)


@dataclass
class _Page:
    source: str
    day: date | None
    zone: str
    decisions: list[Decision] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    said: str = ""


def read(text: str, on: date | None = None, firm: bool = False) -> Minutes:
    """Read the text of minutes, of an instruction or of notes.

    ``on`` is the day of the meeting: “本周五前”, “15日内” and days without a year count from it; without it the first whole date of the
    text. ``firm``: the text is an order throughout, as a leader's instruction is.
    """
    folded = fold.fold(text)
    blocks = [part for block in outline.blocks(folded) for part in _facts_apart(block, folded)]
    day = on or _day_of(blocks)
    page = _Page(text, day, FIRM if firm else OPEN)
    title, heads, table, begun = "", [(0, page.zone, "")], None, False
    for number, block in enumerate(blocks, 1):
        s = block.s
        if block.kind == "table":
            table = _row(page, block, number, table, tuple(h for _, _, h in heads if h))
            continue
        table = None
        if not title and not begun and len(s) <= 60 and _TITLE.search(s) and not re.search(r"[。;:]", s):
            title = text[slice(*block.line.span(0, len(s)))]
            continue
        if name := next((n for n, p in _FACT.items() if p.match(s)), ""):
            k = s.index(":") + 1
            if k < len(s):
                start, end = block.line.span(k, len(s))
                page.facts.append(Fact(name, start, end, text[start:end]))
            continue
        level = outline.mark_level(s)
        head, begins = _head(s, level)
        if head:
            while heads[-1][0] >= level:
                heads.pop()
            words_of = text[slice(*block.line.span(0, head))]
            heads.append((level, _zone_of(s[:head]) or heads[-1][1], words_of))
        if head:
            page.zone, page.said = heads[-1][1], ""
        begun = True
        path = tuple(h for _, _, h in heads if h)
        if begins < len(s) and not (outline.SIGN_DATE.match(s) or (outline.SIGN_ORG.search(s) and len(s) <= 30 and not level)):
            _block(page, block, number, begins, path)
    return Minutes(title, day.isoformat() if day else None, tuple(page.facts), tuple(page.decisions), tuple(page.unread))


def _facts_apart(block: Block, folded: str) -> Iterator[Block]:
    """Lines of the head that had been taken for one sentence: 出席:甲,乙 / 列席:丙,丁 / 11月20日,…"""
    line = block.line
    cuts = [
        g for g in line.gaps
        if _ANY_FACT.match(line.s[g : g + 8]) or (_ANY_FACT.match(line.s) and "\n" in folded[line.at[g - 1] : line.at[g]])
    ]  # fmt: skip
    if block.kind == "table" or not cuts:
        yield block
        return
    k = 0
    for cut in [*cuts, len(line.s)]:
        if cut > k:
            yield Block(line.part(k, cut))
        k = cut


def _day_of(blocks: list[Block]) -> date | None:
    for block in blocks:
        for m in _DAY.finditer(block.s):
            try:
                return date(int(m[1]), int(m[2]), int(m[3]))
            except ValueError:
                continue
    return None


def _head(s: str, level: int) -> tuple[int, int]:
    """Where the heading of a block ends and where its text begins; (0, …) where it has none."""
    mark = _MARK.match(s)
    begins = mark.end() if mark else 0
    if not level:
        return 0, begins
    stop = re.search(r"[。;:]", s)
    first = s[begins : stop.start() if stop else len(s)]
    if stop is None:
        return (0, begins) if len(s) > outline.LONGEST_HEADING or _says(first, level > 2) else (len(s), len(s))
    if stop[0] == "。" and s[stop.end() : stop.end() + 1] not in ("", "(", "[") and len(first) <= 24 and not _says(first, True):
        return stop.start(), stop.end()  # (一)关于扬尘治理。会议认为…
    return 0, begins


def _says(first: str, is_item: bool) -> bool:
    """Whether what stands behind a mark is a sentence of its own rather than a heading."""
    if "," in first or doers.at_head(first) is not None or times.deadlines(first, 2000):
        return True
    return is_item and not first.startswith("关于") and bool(tasks.read(first, figures.find(clauses.blanked(first)), False)[0])


def _zone_of(heading: str) -> str:
    return next((zone for zone, p in _HEADS.items() if p.search(heading)), "")


def _block(page: _Page, block: Block, number: int, begins: int, path: tuple[str, ...]) -> None:
    s, notes = block.s, [d for d in duties.notes(block.s) if _is_note(block.s, d)]
    fresh: list[int] = []
    segment = -1
    run: list[tuple[int, int]] = []
    for one in clauses.split(s, begins):
        j = next((d.i for d in notes if one.i < d.i < one.j), one.j)
        if any(d.i <= one.i < d.j for d in notes):
            continue
        if one.segment != segment and run:
            fresh += _segment(page, block, number, run, path, bool(notes))
            run = []
        segment = one.segment
        run.append((one.i, j))
    if run:
        fresh += _segment(page, block, number, run, path, bool(notes))
    _give_units(page, block, number, notes, fresh)


def _is_note(s: str, duty: duties.Duty) -> bool:
    """(责任单位:区住建委) is a note of who; 区住建委牵头,区城管委配合。 alone as well. A sentence that says what is to be done is none."""
    return s[duty.i : duty.i + 1] in "([" or ":" in s[duty.i : duty.j]


def _segment(page: _Page, block: Block, number: int, run: list[tuple[int, int]], path: tuple[str, ...], noted: bool) -> list[int]:
    """Clauses between two semicolons or stops: each doer begins a decision of its own. `noted`: a note of units stands behind."""
    s = block.s
    parts: list[_Part] = []
    if _EVENT.match(s[run[0][0] : run[-1][1]]):
        start, end = block.line.span(run[0][0], run[-1][1])
        page.unread.append(Unread(start, end, page.source[start:end], number, path, "NEWS"))
        return []
    for i, j in run:
        i += _past_cue(page, s[i:j])
        if mark := _MARK.match(s[i:j]):
            i += mark.end()
            i += _past_cue(page, s[i:j])
        if i >= j:
            continue
        if j - i > LONGEST:  # no clause that people write
            start, end = block.line.span(i, j)
            page.unread.append(Unread(start, end, page.source[start:end], number, path, "GEN"))
            continue
        _add(parts, i, j, s, page)
    made = []
    for part in parts:
        start, end = block.line.span(part.i, part.j)
        if reason := _refused(part, s[part.i : part.j], page, noted):
            page.unread.append(Unread(start, end, page.source[start:end], number, path, reason))
            continue
        made.append(len(page.decisions))
        page.decisions.append(_decision(page, part, s[part.i : part.j], start, end, number, path))
    return made


def _past_cue(page: _Page, c: str) -> int:
    """Takes note of 会议议定, 会议强调 at the head of a clause; how many characters to leave out."""
    m = _CUE.match(c)
    if not m or (not _SPOKEN.match(c) and c[m.end() - 1 : m.end()] != ":"):
        return 0
    word = m["word"]
    if re.match(r"(?:清单|方案|计划|书|函)", c[m.end() :]):
        return 0
    page.zone, page.said = (FIRM if word in _FIRM else OPINION), word
    return m.end() if word != "同意" else c.find("原则同意" if "原则同意" in m[0] else "同意")


def _add(parts: list[_Part], i: int, j: int, s: str, page: _Page) -> None:
    """Put a clause to the decision it belongs to."""
    c = s[i:j]
    when, last = due.find(c, page.day), parts[-1] if parts else None
    if coop := doers.helping(c):
        if last is not None:
            last.coop, last.j = last.coop + coop, j
        return
    doer = _doer(c, when)
    core = _core(c[doer.end :] if doer else c, when)
    if doer and not core:  # …,由区城管委负责
        if last is not None and last.doer is None:
            for part in (p for p in parts if p.doer is None):
                part.doer = doer
            last.j, last.due = j, last.due or when
        else:
            parts.append(_Part(i, j, doer, doer.coop, when))
        return
    drafts, reason = tasks.read(core, figures.find(clauses.blanked(core)), False) if core else ([], "CTX")
    new = _Part(
        i, j, doer, doer.coop if doer else (), when, verbs.act_of(clauses.without_asides(core)) if core else None,
        drafts[0] if drafts else None, reason, times.rhythm(c),
    )  # fmt: skip
    if last is None:
        parts.append(new)
        return
    last.coop += doers.together(c)
    if last.draft and new.draft and last.due and when and not doer:  # 11月底前完成排查,12月底前完成整改
        new.doer = last.doer
        parts.append(new)
    elif (doer and (last.doer or last.draft or _is_preface(last, new, s))) or j - last.i > LONGEST:
        parts.append(new)
    else:
        _join(last, new)


def _doer(c: str, when: Due | None) -> Doer | None:
    """Who acts; 15日前各镇街上报… names the time before."""
    found = doers.at_head(c) or doers.by_whom(c)
    if found is None and when and c.startswith(when.text):
        k = len(when.text)
        behind = doers.at_head(c[k:])
        found = replace(behind, end=behind.end + k) if behind else None
    return found


def _is_preface(last: _Part, new: _Part, s: str) -> bool:
    """二要突出重点,区交通支队…: what goes before the first doer says nothing by itself, unless the time or what the matter is about."""
    if new.draft is None or last.due is not None or re.match(r"反映|针对|关于|对", s[last.i : last.j]):
        return False
    return last.act is not None and last.act.cls in ("attitude", "weak", "purpose", "means")


def _join(last: _Part, new: _Part) -> None:
    """A clause goes on with the decision before it."""
    last.j, last.due, last.rhythm = new.j, _firmer(last.due, new.due), last.rhythm or new.rhythm
    if last.doer is None and new.doer:
        last.doer, last.coop = new.doer, last.coop + new.coop
    if last.draft is None or (new.draft and new.draft.verb and new.draft.quantity and not last.draft.quantity):
        last.draft, last.reason = new.draft or last.draft, new.reason
    last.act = last.act or new.act


def _core(rest: str, when: Due | None) -> str:
    """What is to be done: the clause without who, with whom and by when at its head."""
    rest = doers.without_helpers(rest)
    lead = times.LEAD.match(rest)
    if when and rest.lstrip("在于到,").startswith(when.text):
        rest = rest.lstrip("在于到,")[len(when.text) :]
    elif lead and when and lead.end() < len(rest):
        rest = rest[lead.end() :]
    return _BY_RULE.sub("", doers.without_helpers(rest).lstrip(","))


def _firmer(a: Due | None, b: Due | None) -> Due | None:
    """Of two times the first; 三日内 before 立即, which is no day."""
    return b if a is None or (b is not None and not (a.day or a.workdays) and (b.day or b.workdays)) else a


def _refused(part: _Part, said: str, page: _Page, noted: bool) -> str:
    """Why a run of clauses is no decision; "" where it is one."""
    if page.zone == OPINION:
        return "" if part.doer and (part.draft or part.act) and part.is_timed and not _NOT_SAID.search(said) else "NEWS"
    if part.doer and not _NOT_SAID.search(said[:12]):
        if part.draft or (part.act is not None and part.act.cls not in ("attitude", "purpose", "means")):
            return ""
        return "" if part.act is not None and part.is_timed else part.reason or "SLO"
    if part.draft is None:
        return part.reason or "GEN"
    if page.zone == FIRM or noted:
        strong = part.act is not None and part.act.cls in ("strong", "milestone")
        return "" if strong or part.is_timed else "GEN"
    return "" if part.due and part.draft else "CTX"


def _decision(page: _Page, part: _Part, said: str, start: int, end: int, number: int, path: tuple[str, ...]) -> Decision:
    draft, act, who = part.draft, part.act, part.doer or Doer(0, (), (), ())
    rhythm = part.rhythm or (draft.recurrence if draft else None)
    return Decision(
        start, end, page.source[start:end], number, path, (draft.verb if draft else act.verb if act else ""),
        (draft.object if draft else act.object if act else said).strip("、,"), draft.quantity if draft else None, who.lead,
        tuple(dict.fromkeys(part.coop)), who.people, part.due.day if part.due else None, part.due.text if part.due else None,
        part.due.workdays if part.due else None, rhythm[0] if rhythm else None, rhythm[1] if rhythm else None,
        draft.check if draft else "ongoing", page.said,
    )  # fmt: skip


def _give_units(page: _Page, block: Block, number: int, notes: list[duties.Duty], fresh: list[int]) -> None:
    """A note of units goes to the decisions before it, back to the note before; a line that is only a note, to the paragraph above."""
    done: set[int] = set()
    above = page.decisions[-1].paragraph if page.decisions and not fresh else None
    own = fresh or [n for n, d in enumerate(page.decisions) if d.paragraph == above]
    for note in notes:
        at, when = block.line.at[note.i], due.find(block.s[note.i : note.j], page.day)
        for n in own:
            d = page.decisions[n]
            if n in done or (fresh and d.start >= at):
                continue
            done.add(n)
            page.decisions[n] = _with(d, note.lead, note.coop, when)


def _with(d: Decision, lead: tuple[str, ...], coop: tuple[str, ...], when: Due | None) -> Decision:
    if when is not None and d.deadline_text is None:
        d = replace(d, deadline=when.day, deadline_text=when.text, workdays=when.workdays)
    return replace(d, lead_units=d.lead_units or lead, coop_units=d.coop_units or coop)


def _row(page: _Page, block: Block, number: int, table: dict[str, int] | None, path: tuple[str, ...]) -> dict[str, int]:
    """A row of a table of decisions, by the words of its head; other tables are left."""
    cells = block.cells
    if table is None:
        found: dict[str, int] = {}
        for n, cell in enumerate(cells):
            name = next((name for name, p in _COLUMNS.items() if p.search(cell.s) and len(cell.s) <= 12), "")
            if name and name not in found:
                found[name] = n
        return found if "what" in found and ("lead" in found or "due" in found) else {}
    if not table or max(table.values()) >= len(cells) or not cells[table["what"]].s:
        return table
    what = cells[table["what"]]
    said = {name: cells[n].s for name, n in table.items()}
    start, end = what.span(0, len(what.s))
    when = due.find(said.get("due", ""), page.day, bare=True) or due.find(what.s, page.day)
    drafts, _ = tasks.read(what.s, figures.find(clauses.blanked(what.s)), False, plain_cell=True)
    draft = drafts[0] if drafts else None
    rhythm = times.rhythm(said.get("due", "")) or times.rhythm(what.s)
    page.decisions.append(
        Decision(
            start, end, page.source[start:end], number, path, draft.verb if draft else "", draft.object if draft else what.s,
            draft.quantity if draft else None, duties.units(said.get("lead", "")), duties.units(said.get("coop", "")), (),
            when.day if when else None, when.text if when else None, when.workdays if when else None, rhythm[0] if rhythm else None,
            rhythm[1] if rhythm else None, draft.check if draft else "milestone", page.said,
        )
    )  # fmt: skip
    return table
