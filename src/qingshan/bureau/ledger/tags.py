"""Declared tags: which there are, which a task's words propose, how many tasks carry each pair (标签)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from qingshan.bureau.base import packs
from qingshan.bureau.ledger.models import Task

if TYPE_CHECKING:
    from qingshan.bureau.ledger.declared import TagScheme


@dataclass(frozen=True)
class Proposed:
    """A tag a task's words propose, and the word."""

    key: str
    title: str
    word: str


def schemes(on: date) -> list[TagScheme]:
    """The tag schemes in force on a day."""
    return list(packs.all("tags", on).values())


def titles(on: date) -> dict[str, str]:
    """Every tag's title by its key; where two schemes have one title, the scheme says which."""
    pairs = [(scheme.key(tag), tag.title, scheme.title) for scheme in schemes(on) for tag in scheme.tag]
    twice = Counter(title for _, title, _ in pairs)
    return {key: f"{scheme}·{title}" if twice[title] > 1 else title for key, title, scheme in pairs}


def choices(on: date) -> list[tuple[str, list[tuple[str, str]]]]:
    """Schemes with their tags, as a select offers them."""
    return [(scheme.title, [(scheme.key(tag), tag.title) for tag in scheme.tag]) for scheme in schemes(on)]


def proposed(task: Task, has: Iterable[str], on: date) -> list[Proposed]:
    """Tags that the words of a task's title or section propose and it does not have yet."""
    there, said = set(has), f"{task.title} {task.topic} {task.indicator_text}"
    found = []
    for scheme in schemes(on):
        for tag in scheme.tag:
            word = next((word for word in tag.words if word in said), "")
            if word and scheme.key(tag) not in there:
                found.append(Proposed(scheme.key(tag), f"{scheme.title}·{tag.title}", word))
    return found


@dataclass
class Cell:
    """One pair of tags: how many tasks carry both."""

    row: str
    column: str
    n: int
    late: int


@dataclass
class Pairs:
    """Tags against tags: the columns, and the rows with their cells."""

    columns: list[tuple[str, str]]
    rows: list[tuple[str, str, list[Cell]]]
    n_tagged: int


def pairs(rows: Iterable, across: TagScheme, down: TagScheme) -> Pairs:
    """Tasks by pairs of tags of two schemes (or of one with itself, where the diagonal counts single tags)."""
    count: dict[tuple[str, str], int] = defaultdict(int)
    late: dict[tuple[str, str], int] = defaultdict(int)
    n_tagged = 0
    for row in rows:
        has = {one.tag for one in row.task.tags.all()}
        columns = [key for tag in across.tag if (key := across.key(tag)) in has]
        lines = [key for tag in down.tag if (key := down.key(tag)) in has]
        n_tagged += bool(columns or lines)
        for line in lines:
            for column in columns:
                count[line, column] += 1
                late[line, column] += row.light.late
    columns_ = [(across.key(tag), tag.title) for tag in across.tag]
    return Pairs(
        columns_,
        [
            (
                down.key(tag),
                tag.title,
                [Cell(down.key(tag), key, count[down.key(tag), key], late[down.key(tag), key]) for key, _ in columns_],
            )
            for tag in down.tag
        ],
        n_tagged,
    )
