"""Merges and splits that are remembered for a wording, and where they are proposed again (记住的合并、拆分)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qingshan.bureau.ledger import memory
from qingshan.bureau.ledger.models import Finding, Plan, Remembered
from qingshan.plans.promises import wording

ITEMS = (Finding.Kind.TARGET, Finding.Kind.TASK)
ENDS = " \t\r\n\u3000，、；,;。"
"""blanks and stops that belong to neither part of a sentence that is cut"""


@dataclass(frozen=True)
class Shape:
    """A merge or split proposed for a finding: `at` where to cut the text, or `second` the finding to be joined to it."""

    remembered: Remembered
    at: int | None = None
    second: int | None = None

    @property
    def words(self) -> str:
        return said(self.remembered)

    @property
    def source(self) -> str:
        return memory.source_of(self.remembered)


def said(one: Remembered) -> str:
    """What was done, in words: 拆成“…”和“…”."""
    if one.act == Remembered.Act.MERGE:
        return f"并入下一项“{one.pieces[0]}”"
    return f"拆成“{one.pieces[0]}”和“{one.pieces[1]}”"


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A run without the blanks and stops at its ends."""
    while start < end and text[start] in ENDS:
        start += 1
    while start < end and text[end - 1] in ENDS:
        end -= 1
    return start, end


def cut_of(text: str, start: int, end: int, pieces: list[str]) -> int | None:
    """Where `text[start:end]` is to be cut so that its parts say `pieces`; None where no cut does."""
    whole = text[start:end]
    if not wording(whole).startswith(pieces[0]):
        return None
    for at in range(start + 1, end):
        first, second = trimmed(text, start, at), trimmed(text, at, end)
        if wording(text[slice(*first)]) == pieces[0] and wording(text[slice(*second)]) == pieces[1]:
            return at
    return None


def proposed(plan: Plan, rows: Iterable) -> dict[int, Shape]:
    """What is remembered of the shape of these rows, by the first finding it concerns.

    `rows` are all that stand in the plan, in the order of the text (`pk kind state start end entered`); only what still waits is
    proposed, and only what was done in another plan.
    """
    there = Remembered.objects.filter(forgotten=None).exclude(act=Remembered.Act.CORRECT).exclude(finding__plan=plan)
    there = there.select_related("finding__plan", "by").defer("finding__plan__text", "finding__plan__paragraphs")
    known = {(one.kind, one.mark): one for one in there.order_by("at", "pk")}
    if not known:
        return {}
    open_ones = [row for row in rows if row.kind in ITEMS and row.entered is None]
    made = {}
    for row in open_ones:
        one = known.get((row.kind, memory.mark_of(plan.text[row.start : row.end]))) if row.state == Finding.State.PENDING else None
        shape = one and (_split(plan, row, one) if one.act == Remembered.Act.SPLIT else _merge(plan, row, one, open_ones))
        if shape:
            made[row.pk] = shape
    return made


def may_have(finding: Finding) -> bool:
    """Whether anything is remembered of the shape of these words, before the whole plan is looked through."""
    there = Remembered.objects.filter(kind=finding.kind, mark=memory.mark_of(finding.text), forgotten=None)
    return finding.is_item and there.exclude(act=Remembered.Act.CORRECT).exists()


def concerned(shapes: dict[int, Shape]) -> set[int]:
    """Every finding that a proposed shape touches."""
    return set(shapes) | {shape.second for shape in shapes.values() if shape.second is not None}


def _split(plan: Plan, row, one: Remembered) -> Shape | None:
    at = cut_of(plan.text, row.start, row.end, one.pieces)
    return None if at is None else Shape(one, at=at)


def _merge(plan: Plan, row, one: Remembered, rows: list) -> Shape | None:
    second = next((r for r in rows if r.kind == row.kind and r.pk != row.pk and r.start >= row.start), None)
    if second is None or second.state != Finding.State.PENDING or wording(plan.text[second.start : second.end]) != one.pieces[0]:
        return None
    return Shape(one, second=second.pk)
