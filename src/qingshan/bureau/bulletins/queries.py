"""Questions about issues (通报查询)."""

from __future__ import annotations

from dataclasses import dataclass

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Person
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

    @property
    def changed(self) -> bool:
        return self.text != self.now


def templates() -> list[Template]:
    return sorted(packs.all("bulletins").values(), key=lambda t: t.title)


def style(issue: Issue) -> HouseStyle:
    return packs.get("house_styles", template(issue.template).style)


def issues(person: Person):
    return Issue.objects.within(person).select_related("by", "signer", "run")


def document(issue: Issue) -> Document:
    return Document.from_data(issue.content)


def composer(issue: Issue) -> Composer:
    """The issue's template over the data as they stand now."""
    period = Period.parse(issue.period)
    return Composer(template(issue.template), period, assessments.of(period), issue.written)


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
                ref, said["label"], text, current, said["indicator"], said["code"], said["period"], said["area"], issue.kept.get(ref, "")
            )
        )
    return found


def undecided(issue: Issue) -> list[Figure]:
    """Figures that have changed since the draft and about which nobody has decided (已变待定)."""
    return [f for f in figures(issue) if f.changed and f.kept != f.now]


def unwritten(issue: Issue) -> list[Block]:
    """Written blocks that still stand empty (待填写)."""
    return [b for b in template(issue.template).block if b.kind == "written" and not issue.written.get(b.name, b.text).strip()]
