"""Questions about issues (通报查询)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.bulletins.compose import Composer, template
from qingshan.bureau.bulletins.declared import Block, Template
from qingshan.bureau.bulletins.document import Document
from qingshan.bureau.bulletins.house import HouseStyle
from qingshan.bureau.bulletins.models import Issue
from qingshan.bureau.indicators import assessments
from qingshan.bureau.indicators.periods import Period


@dataclass(frozen=True)
class Figure:
    """One figure of an issue beside what the indicators say now (核对)."""

    ref: str
    label: str
    text: str
    now: str
    indicator: str
    code: str
    period: str
    area: str
    kept: str = ""
    url: str = ""

    @property
    def changed(self) -> bool:
        return self.text != self.now


def templates() -> list[Template]:
    return sorted(packs.all("bulletins").values(), key=lambda t: t.title)


@dataclass(frozen=True)
class Start:
    """What may be drafted next from a template (可起草的一期)."""

    template: Template
    periods: tuple[Period, ...]
    towns: tuple[Area, ...] = ()


def starts(today: date, last: date | None) -> list[Start]:
    """Templates with the periods they can be drafted for: measured ones once their data are whole, newest first. `last`: the last day
    of data."""
    towns = tuple(Area.objects.filter(level=Area.Level.TOWN))
    found = [Start(t, tuple(periods(t, today, last)), towns if t.per else ()) for t in templates()]
    return [start for start in found if start.periods]


def periods(declared: Template, today: date, last: date | None) -> list[Period]:
    """The periods of a template's rhythm a draft can be made for; of the ledger alone the one under way too."""
    until = today if not declared.is_measured else min(last, today - timedelta(days=1)) if last else None
    if until is None:
        return []
    if declared.every == "event":
        return [Period.year_to(until)]
    at, found = _period(declared.every, until), []
    for _ in range(MOST):
        if at.end <= until or not declared.is_measured:
            found.append(at)
        at = _period(declared.every, at.start - timedelta(days=1))
    return found


MOST = 12


def _period(every: str, day: date) -> Period:
    """The period of a rhythm that a day lies in."""
    if every == "week":
        return Period.week(*day.isocalendar()[:2])
    if every == "ten_days":
        return Period.ten_days(day.year, day.month, min(3, (day.day + 9) // 10))
    if every == "quarter":
        first = (day.month - 1) // 3 * 3 + 1
        return Period.months(day.year, first, first + 2)
    return Period.month(day.year, day.month)


def style(issue: Issue) -> HouseStyle:
    return packs.get("house_styles", template(issue.template).style)


def issues(person: Person):
    return Issue.objects.within(person).select_related("by", "signer", "run", "area")


def document(issue: Issue) -> Document:
    return Document.from_data(issue.content)


def composer(issue: Issue) -> Composer:
    """The issue's template over the data as they stand now, the ledger's limits and pace as on the day it was drafted."""
    declared, period = template(issue.template), Period.parse(issue.period)
    return Composer(
        declared, period, assessments.of(period) if declared.is_measured else None, issue.written, issue.as_of or issue.drafted.date(),
        issue.area,
    )  # fmt: skip


def figures(issue: Issue) -> list[Figure]:
    """Every figure of the issue in reading order, each beside the indicators as they stand."""
    content = document(issue)
    now = composer(issue)
    for i, block in enumerate(now.template.block):
        now.paragraphs(block, str(i))
    found, seen = [], set()
    for ref, text in content.figures():
        if ref in seen:
            continue
        seen.add(ref)
        said = content.refs[ref]
        current = now.refs.get(ref, {}).get("text", "（已无此数）")
        found.append(
            Figure(
                ref, said["label"], text, current, said["indicator"], said["code"], said["period"], said["area"], issue.kept.get(ref, ""),
                said.get("url", ""),
            )
        )
    return found


def undecided(issue: Issue) -> list[Figure]:
    """Figures that have changed since the draft and about which nobody has decided (已变待定)."""
    return [f for f in figures(issue) if f.changed and f.kept != f.now]


def unwritten(issue: Issue) -> list[Block]:
    """Written blocks that still stand empty (待填写)."""
    return [b for b in template(issue.template).block if b.kind == "written" and not issue.written.get(b.name, b.text).strip()]
