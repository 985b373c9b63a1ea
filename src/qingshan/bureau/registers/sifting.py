"""Sifting the entries of a register by what a rule says of them: grade, what falls due, how full (筛选).

Rules are read in Python over the entries that the other conditions leave, in pieces; only numbers of entries are kept.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import islice

from django.db.models import QuerySet

from qingshan.bureau.registers import agenda, rules
from qingshan.bureau.registers.declared import Register
from qingshan.bureau.registers.models import Entry

WAITING = "待定"
LIGHTS = {"red": "逾期", "amber": "临近", "green": "未到", "none": "没有期限"}
FULL = {"full": "填全的", "80": "80% 以上", "50": "50%–80%", "0": "不到 50%"}
PIECE = 2000


@dataclass(frozen=True)
class Sieve:
    """What is asked: a grade's word, the worst light of all that falls due, a span of completeness; empty asks nothing."""

    grade: str = ""
    light: str = ""
    full: str = ""
    short: str = ""
    """a shortlist"""

    @property
    def asks(self) -> bool:
        return bool(self.grade or self.light or self.full or self.short)


def sieve(of: Register, asked) -> Sieve:
    """The sieve in an address; what a register does not know asks nothing."""
    grade, light, full = (str(asked.get(key, "")) for key in ("grade", "light", "full"))
    short = str(asked.get("list", ""))
    return Sieve(
        grade if grade in words(of) else "", light if of.dues and light in LIGHTS else "", full if full in FULL else "",
        short if short in {x.name for x in of.shortlist} else "",
    )  # fmt: skip


def words(of: Register) -> list[str]:
    """The grades of a register, from worst to best, and the one that waits."""
    return [b.word for b in of.grade.band] + [WAITING] if of.grade else []


def sift(of: Register, found: QuerySet[Entry], by: Sieve, on: dt.date) -> QuerySet[Entry]:
    """Those among `found` that pass."""
    if not by.asks:
        return found
    rows = found.select_related(None).only("pk", "register", "state", "values", "lon").order_by("pk").iterator(chunk_size=PIECE)
    passed: list[int] = []
    failed: list[int] = []
    while piece := list(islice(rows, PIECE)):
        grades = agenda.grades(of, piece, on) if by.grade else {}
        for entry in piece:
            passes = (
                (not by.grade or grades[entry.pk].word == by.grade)
                and _is_due(of, entry, by.light, on)
                and _is_full(of, entry, by.full)
                and (not by.short or of.lists(of.said(entry.state, entry.values), on)[by.short])
            )
            (passed if passes else failed).append(entry.pk)
    # a database takes some 32,000 numbers in a question: the shorter list is asked
    return found.filter(pk__in=passed) if len(passed) <= len(failed) else found.exclude(pk__in=failed)


def worst(of: Register, entry: Entry, on: dt.date) -> str:
    """The worst light of all that falls due of an entry."""
    days = [(due, rules.due_day(due, entry.state, entry.values)) for due in of.dues]
    lights = {rules.light((day - on).days, due.warn)[0] for due, day in days if day}
    return next((light for light in LIGHTS if light in lights), "none")


def _is_due(of: Register, entry: Entry, light: str, on: dt.date) -> bool:
    return not light or worst(of, entry, on) == light


def _is_full(of: Register, entry: Entry, full: str) -> bool:
    if not full:
        return True
    score = of.complete(entry.values, entry.lon is not None)[0]
    return {"full": score == 100, "80": score >= 80, "50": 50 <= score < 80, "0": score < 50}[full]
