"""What a person should look at before accepting a plan (审读提示)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qingshan.plans import count, fold
from qingshan.plans.outline import Block, mark_level
from qingshan.plans.promises import Promise, compared, identity, of_reading
from qingshan.plans.reading import Finding, Reading, Target, Task

_MASK = re.compile(
    r"(?<![A-Za-z0-9])(?:[xX×*＊]{2,}(?:\.[xX×*]{1,2})?|[A-Za-z]{2}[xX]{1,2}(?:\.[xX])?)(?![A-Za-z0-9])|(?<=[\u4e00-\u9fff])[xX×](?=[\u4e00-\u9fff])"
)

WORDS = {
    "masked": ("数字被遮盖（{0}），没有猜测", "请向制定单位索取原文，补上数字"),
    "lost_number": ("序号或数字丢失（{0}）", "请对照原文补上"),
    "cut_sentence": ("句子不完整：“…{0}”", "请对照原文补全，可能还有漏掉的内容"),
    "unmeasurable": ("目标没有可衡量的标准：“{0}”", "请补充指标、数值或判定办法，否则年底无法评定"),
    "pending_reference": ("数字由别的文件或上级确定（{0}），尚未到位", "请在下达文件到后补录数值"),
    "no_lead_unit": ("没有写明牵头单位（全文 {0} 项任务中有 {1} 项未写）", "请在分解时确定牵头单位和配合单位"),
    "no_deadline": ("全覆盖、清零类承诺没有时限：“{0}”", "请写明完成时限，否则按年底计"),
    "no_count_rule": ("“{0}”没有计数办法，平台里没有哪本台账在数它", "请指定凭什么计数：建一本登记册、挂一个指标，或由责任单位附佐证填报"),
    "conflict_within": ("同一指标在文中写了两个数：这里 {0}，前面 {1}", "请与制定单位核对，以哪一个为准"),
    "conflict": ("与《{2}》不一致：这里 {0}，那里 {1}", "请核对两份文件，以后印发的或上级的为准"),
    "weaker": ("比《{2}》的要求低：那时 {1}，现在 {0}", "确属调整的请留下依据；否则可能是笔误"),
    "reference_arrived": ("数字可能已由《{2}》给出：{1}", "请核对后补录数值和依据"),
}
LEVELS = {
    "masked": "warning",
    "lost_number": "warning",
    "cut_sentence": "warning",
    "unmeasurable": "warning",
    "pending_reference": "note",
    "no_lead_unit": "note",
    "no_deadline": "note",
    "no_count_rule": "note",
    "conflict_within": "warning",
    "conflict": "warning",
    "weaker": "warning",
    "reference_arrived": "note",
}
_PROMISED = re.compile(r"^(?:并|要|努力)*(?:力争|争取|确保|努力让|努力使|让[^,]{0,10}群众)")
_LOST = re.compile(r"\(\)|_{3,}|(?<=[达率例善降高长占])%|^、(?=[\u4e00-\u9fff])|(?:先后|共计|累计)[次家个件起](?=[\u4e00-\u9fff])")
_QUIET = ("BOIL", "PRE", "HEAD", "NEWS", "UMB")
_MANY = 0.5  # of the tasks without a lead unit: above it the plan names none, and one note says so for all


def _finding(code: str, source: str, start: int, end: int, paragraph: int, path: tuple[str, ...], *said: object) -> Finding:
    message, advice = WORDS[code]
    return Finding(start, end, source[start:end], paragraph, path, code, LEVELS[code], message.format(*said), advice)


def of_block(source: str, block: Block, number: int, last: bool) -> Iterable[Finding]:
    """Masked and lost figures, and a sentence that breaks off."""
    if block.kind in ("boilerplate", "title"):
        return
    s = block.s
    for m in _MASK.finditer(s):
        start, end = block.line.span(*m.span())
        yield _finding("masked", source, start, end, number, block.path, source[start:end])
    for m in _LOST.finditer(s):
        start, end = block.line.span(*m.span())
        yield _finding("lost_number", source, start, end, number, block.path, source[start:end])
    if (
        block.kind == "body"
        and len(s) - block.body > 25
        and s[-1] not in '。;!?:…”)》"、'
        and re.search(r"[,。;]", s[block.body :])
        and mark_level(s) != 4
    ):
        start, end = block.line.span(max(block.body, len(s) - 12), len(s))
        yield _finding("cut_sentence", source, start, end, number, block.path, source[start:end])


def of_targets(source: str, targets: Iterable[Target]) -> Iterable[Finding]:
    """Promises nobody could judge, and figures that are another's to set."""
    seen: set[tuple[int, int, str]] = set()
    for t in targets:
        code = {"qualitative": "unmeasurable", "reference": "pending_reference"}.get(t.value_kind)
        if t.value_kind == "state" and re.search(r"尽早|尽快|逐步", t.text):
            code = "no_deadline"
        if code and (t.start, t.end, code) not in seen:
            seen.add((t.start, t.end, code))
            yield _finding(
                code,
                source,
                t.start,
                t.end,
                t.paragraph,
                t.heading_path,
                (t.value_ref or t.text) if code == "pending_reference" else t.text,
            )


def of_tasks(source: str, tasks: list[Task]) -> Iterable[Finding]:
    """Tasks without a lead unit: each where the others have one; one note at the first where most have none."""
    without = [t for t in tasks if not t.lead_units and t.status == "planned"]
    for t in without if len(without) <= _MANY * len(tasks) else without[:1]:
        yield _finding("no_lead_unit", source, t.start, t.end, t.paragraph, t.heading_path, len(tasks), len(without))


def of_unread(source: str, reading: Reading) -> Iterable[Finding]:
    """Promises that name nothing anyone could look at: 力争让群众的幸福感再多一点."""
    for u in reading.unread:
        if u.reason not in _QUIET and _PROMISED.match("".join(u.text.split())):
            yield _finding("unmeasurable", source, u.start, u.end, u.paragraph, u.heading_path, " ".join(u.text.split()))


@dataclass(frozen=True, slots=True)
class Counter:
    """Something the platform counts: amounts in ``unit`` of what ``words`` (a pattern) says."""

    unit: str
    words: str


def counted(task: Task, counters: Iterable[Counter]) -> bool:
    """Whether something counts what the task promises."""
    q, said = task.quantity, "".join(task.text.split())
    return q is not None and any(c.unit == q.unit and re.search(c.words, said) for c in counters)


def of_amounts(source: str, tasks: Iterable[Task], counters: Sequence[Counter]) -> Iterable[Finding]:
    """Amounts that nothing counts, at their own words; shares (全部, 逐项) are checked by their list and need none."""
    for t in tasks:
        q = t.quantity
        if q is None or q.unit in ("%", None) or t.status != "planned" or counted(t, counters):
            continue
        start, end = _within(source, t.start, t.end, q.text)
        yield _finding("no_count_rule", source, start, end, t.paragraph, t.heading_path, source[start:end])


def _within(source: str, start: int, end: int, words: str) -> tuple[int, int]:
    """Where folded words without spaces stand in a piece of the source; the whole piece where they cannot be found."""
    line = fold.line(fold.fold(source[start:end]), 0, end - start)
    at = line.s.rfind(words) if words else -1
    if at < 0:
        return start, end
    a, b = line.span(at, at + len(words))
    return start + a, start + b


@dataclass(frozen=True, slots=True)
class Other:
    """Another plan's promises; ``year`` its own, ``title`` for people."""

    title: str
    year: int | None
    promises: tuple[Promise, ...]


def of_conflicts(source: str, reading: Reading, others: Iterable[Other]) -> Iterable[Finding]:
    """The same indicator, area and period with two figures, here or in another plan; less than was asked the year before."""
    mine = [p for p in of_reading(reading) if p.kind == "target"]
    pieces = {(t.start, t.end): t for t in reading.targets}
    seen: dict[tuple[object, ...], Promise] = {}
    for p in mine:
        at = pieces[p.start, p.end]
        way = p.operator if p.operator in ("increase", "decrease") else "level"
        key = (*identity(p), p.period, way)
        first = seen.setdefault(key, p)
        if first is not p and _says_other(first, p):
            yield _finding("conflict_within", source, p.start, p.end, at.paragraph, at.heading_path, p.figure, first.figure)
    for other in others:
        yield from _against(source, mine, pieces, other, (reading.year or 0) - (other.year or reading.year or 0))


def _against(
    source: str, mine: Iterable[Promise], pieces: dict[tuple[int, int], Target], other: Other, shift: int
) -> Iterable[Finding]:
    there: dict[object, list[Promise]] = {}
    for q in other.promises:
        if q.kind == "target":
            there.setdefault(identity(q), []).append(q)
    for p in mine:
        at = pieces[p.start, p.end]
        same = [q for q in there.get(identity(p), ()) if q.period == p.period]
        code = "conflict"
        if not same and shift == 1:
            same = [q for q in there.get(identity(p), ()) if q.period == str(other.year) and p.period == str(int(q.period) + 1)]
            code = "weaker"
        same = [q for q in same if (q.operator in ("increase", "decrease")) == (p.operator in ("increase", "decrease"))] or same
        if len(same) != 1:
            continue
        q = same[0]
        if p.value_kind == "reference" and p.value is None and q.value is not None and code == "conflict":
            code = "reference_arrived"
        elif not (_says_other(q, p) if code == "conflict" else q.value is not None and compared(q, p, 1).way == "lowered"):
            continue
        yield _finding(code, source, p.start, p.end, at.paragraph, at.heading_path, p.figure, q.figure, other.title)


def _says_other(a: Promise, b: Promise) -> bool:
    """Two figures that cannot both hold as the plan's word: in one unit, of one kind, and not the same."""
    if a.value is None or b.value is None or a.masked or b.masked or (a.unit or "") != (b.unit or ""):
        return False
    if (a.operator in ("increase", "decrease")) != (b.operator in ("increase", "decrease")):
        return False
    return a.value != b.value


def check(source: str, reading: Reading, counters: Sequence[Counter] = (), others: Iterable[Other] = ()) -> tuple[Finding, ...]:
    """All there is to say of a plan before it is accepted: what the reader noted, and what only the whole shows.

    ``counters`` are what the platform counts, ``others`` the plans to agree with. In the order of the text, each once.
    """
    found = [*reading.findings, *of_unread(source, reading), *of_amounts(source, reading.tasks, counters)]
    found += [*of_conflicts(source, reading, others), *count.findings(source, reading)]
    once = {(f.start, f.end, f.code, f.message): f for f in found}
    return tuple(sorted(once.values(), key=lambda f: (f.start, f.end, f.code)))
