"""What is being read and what has been found so far; each found piece is put in its place in the source."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from qingshan.plans import criteria, duties, indicators, results, tasks, times
from qingshan.plans.clauses import Clause
from qingshan.plans.outline import Block
from qingshan.plans.reading import Finding, Result, Target, Task, Unread
from qingshan.plans.words import words

_TOPICS = {name: re.compile("|".join(re.escape(w) for w in words("topics")[name].split())) for name in words("topics")["order"]}


_BARE_GOOD = re.compile(r"^优良(?:率|比例|比率)$")
_COMPARED = re.compile(
    r"^(?:分别)?(?:[较比与同]?(?:20\d\d年|[上去]年)?(?:同期|同比|相比|比较|[上去]年)*(?:分别)?(?:下降|提高|上升|增加|减少|提升|改善)?了?)$"
)
_AIR = ("good_days", "good_day_ratio", "heavy_days", "pm2_5_mean", "pm10_mean", "o3_8h_p90")


@dataclass
class Page:
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
    standing: tuple[int, int] = (0, -1)  # the sentence that only says how many there are: paragraph, sentence
    umbrella: tuple[int, int, int] = (0, 0, -2)  # the last umbrella clause: paragraph, segment, place
    forward: bool = False  # a report has come to 下一步
    seen: dict[tuple[object, ...], int] = field(default_factory=dict)
    last: tuple[int, int] = (0, -1)  # paragraph and sentence of the last target: 力争下降至… goes on with it


def skip(page: Page, block: Block, number: int, reason: str) -> None:
    start, end = block.line.span(block.body, len(block.s))
    page.unread.append(Unread(start, end, page.source[start:end], number, block.path, reason))


def leave(page: Page, block: Block, number: int, one: Clause, reason: str) -> None:
    start, end = block.line.span(one.i, one.j)
    page.unread.append(Unread(start, end, page.source[start:end], number, block.path, reason))


def add_target(page: Page, block: Block, number: int, one: Clause, shift: int, d: criteria.Draft, by: times.Time | None = None) -> None:
    start, end = block.line.span(one.i + shift + d.i, one.i + shift + d.j)
    key, _, unit = indicators.known(d.indicator)
    if key is None and page.targets and _BARE_GOOD.match(d.indicator) and page.last[0] == number:
        near = page.targets[-1].indicator_key  # 优良天数300天,优良率86%: the rate is of what stands before it
        key = {"water_good_ratio": near, "water_target_ratio": "water_good_ratio"}.get(
            near or "", "good_day_ratio" if near in _AIR else None
        )
    if d.value_kind == "rank" or d.unit == "名" or (d.unit and unit and d.unit != unit and d.operator not in ("increase", "decrease")):
        key = None  # 污染天数比率 is not the number of days, a rank is not the mean
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


def add_task(page: Page, block: Block, number: int, one: Clause, shift: int, c: str, k: tasks.Draft, by: times.Time | None) -> None:
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
            "in_progress" if page.kind == "report" or (block.zone == "REPORT" and not page.forward) else "planned",
            topic,
            k.masked,
            k.verb_inherited,
            same if same < len(page.tasks) else None,
        )
    )


def add_result(page: Page, block: Block, number: int, one: Clause, shift: int, d: results.Draft) -> None:
    start, end = block.line.span(one.i + shift + d.i, one.i + shift + d.j)
    if _COMPARED.match(d.subject) and page.results and page.results[-1].paragraph == number:
        d = replace(d, subject=page.results[-1].subject)  # 同比下降5%: of what stands before it
    page.results.append(
        Result(
            start, end, page.source[start:end], number, block.path, d.subject, d.value, d.unit, d.operator, d.value_kind, d.status, d.period
        )
    )


def amended(t: Task, *, lead: tuple[str, ...] = (), coop: tuple[str, ...] = (), due: times.Time | None = None) -> Task:
    return replace(
        t,
        lead_units=t.lead_units or lead,
        coop_units=t.coop_units or coop,
        deadline=due.day if due else t.deadline,
        deadline_text=due.text if due else t.deadline_text,
    )
