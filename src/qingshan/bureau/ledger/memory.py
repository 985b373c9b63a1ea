"""Corrections that are remembered for a wording, and where they are proposed again (记住的更正)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from qingshan.bureau.base.models import Area, Organisation
from qingshan.bureau.ledger import fields as rules
from qingshan.bureau.ledger.models import OPERATORS, Finding, Plan, Remembered, Task
from qingshan.plans.promises import wording

LABELS = {
    "title": "任务", "indicator": "指标口径", "indicator_text": "指标", "operator": "比较", "value": "数值", "value_text": "数值原文",
    "unit": "单位", "deadline": "期限", "leads": "牵头单位", "coops": "配合单位", "check": "检查方式", "rhythm": "反馈节奏",
    "topic": "章节", "area": "范围", "note": "备注", "aspirational": "力争",
}  # fmt: skip
OWN_FIGURE = ("value", "value_text", "operator")  # where the plan's own figure is masked, another plan's says nothing


@dataclass(frozen=True)
class Proposal:
    """What is proposed for a finding: the fields as they would stand, said in words, and where it comes from."""

    remembered: Remembered
    fields: dict
    words: tuple[str, ...]

    @property
    def source(self) -> str:
        return source_of(self.remembered)


def source_of(one: Remembered) -> str:
    """Where a memory comes from, for people."""
    return f"《{one.finding.plan.title}》{one.finding.place}，{one.by}，{one.at:%Y年}{one.at.month}月{one.at.day}日"


def mark_of(text: str) -> str:
    """The fingerprint by which a wording is known again."""
    return hashlib.sha256(wording(text).encode()).hexdigest()


def corrected(finding: Finding) -> dict:
    """What a person changed of what was read, in a form that another year's plan can take."""
    year = finding.plan.year
    was = rules.cleaned(finding.read, year)
    skip = OWN_FIGURE if rules.is_masked(finding) else ()
    changed = {name: finding.fields[name] for name in LABELS if name not in skip and finding.fields.get(name) != was.get(name)}
    if "deadline" in changed:
        changed["deadline"] = {"years": int(changed["deadline"][:4]) - year, "day": changed["deadline"][5:]}
    return changed


def applied(changed: dict, year: int) -> dict:
    """Remembered fields as they would stand in a plan of another year."""
    fields = dict(changed)
    if "deadline" in fields:
        there, day = year + fields["deadline"]["years"], fields["deadline"]["day"]
        fields["deadline"] = f"{there}-{'02-28' if day == '02-29' and not _leaps(there) else day}"
    return fields


def _leaps(year: int) -> bool:
    return (date(year, 3, 1) - date(year, 2, 28)).days == 2


def known(plan: Plan, rows: Iterable) -> dict[int, Remembered]:
    """What is remembered of the wordings of these rows (`pk kind state start end`); of what still waits, from other plans."""
    there = Remembered.objects.filter(forgotten=None, act=Remembered.Act.CORRECT).exclude(finding__plan=plan)
    there = there.select_related("finding__plan", "by").defer("finding__plan__text", "finding__plan__paragraphs").order_by("at", "pk")
    found = {(one.kind, one.mark): one for one in there}
    if not found:
        return {}
    hits = {row.pk: found.get((row.kind, mark_of(plan.text[row.start : row.end]))) for row in rows if row.state == Finding.State.PENDING}
    return {pk: one for pk, one in hits.items() if one is not None}


def proposals(plan: Plan, findings: Iterable[Finding]) -> dict[int, Proposal]:
    """What is proposed for these findings, by finding; nothing where the fields stand like that already."""
    findings = [f for f in findings if f.is_item]
    hits = known(plan, findings)
    names = Names() if hits else None
    out = {}
    for finding in findings:
        if names and (remembered := hits.get(finding.pk)):
            fields = {name: value for name, value in applied(remembered.fields, plan.year).items() if finding.fields.get(name) != value}
            words = ("不入账",) if remembered.left_out else tuple(names.said(name, value) for name, value in fields.items())
            if words:
                out[finding.pk] = Proposal(remembered, fields, words)
    return out


def said(one: Remembered, names: Names) -> list[str]:
    """A remembered correction in words."""
    return ["不入账"] if one.left_out else [names.said(name, value) for name, value in one.fields.items()]


class Names:
    """Values of fields in words for people; units and areas read once."""

    def __init__(self) -> None:
        self.units = {unit.pk: str(unit) for unit in Organisation.objects.all()}
        self.areas = {area.pk: str(area) for area in Area.objects.defer("geometry")}

    def said(self, name: str, value) -> str:
        """One field in words: 牵头单位：大气科."""
        if name in ("leads", "coops"):
            words = "、".join(self.units.get(pk, "已撤的单位") for pk in value) or "无"
        elif name == "area":
            words = self.areas.get(value, "全区")
        elif name in ("check", "rhythm"):
            words = dict(Task.Check.choices if name == "check" else Task.Rhythm.choices).get(value, str(value))
        elif name == "deadline" and isinstance(value, dict):
            words = f"{'当年' if value['years'] == 0 else '次年' if value['years'] == 1 else '另一年'} {value['day']}"
        elif name == "aspirational":
            words = "是" if value else "否"
        elif name == "operator":
            words = OPERATORS.get(value, "不比较")
        else:
            words = f"{value:.10g}" if isinstance(value, float | int) else str(value or "空")
        return f"{LABELS[name]}：{words}"
