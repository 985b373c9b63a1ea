"""How a named battle goes (战役得分): its rows picked from the ledger, its declared parts, and the points they make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qingshan.bureau.ledger.declared import Battle, Pick
    from qingshan.bureau.ledger.queries import Row

GOOD = ("green", "blue")


@dataclass(frozen=True)
class Points:
    """One part of a score: what it measures, on how many rows, the share reached and the points; no share where it has no rows."""

    title: str
    weight: float
    n: int
    share: float | None
    points: float | None

    @property
    def words(self) -> str:
        return "没有对应任务，不计" if self.share is None else f"{self.n} 项，{self.share:g}%"


@dataclass(frozen=True)
class Score:
    """A battle with its rows and its score out of 100; none where it has no rows at all."""

    battle: Battle
    rows: tuple[Row, ...]
    parts: tuple[Points, ...]
    total: float | None

    @property
    def n_late(self) -> int:
        return sum(row.light.late for row in self.rows)

    @property
    def n_closed(self) -> int:
        return sum(row.light.colour == "blue" for row in self.rows)


def score(battle: Battle, rows: Iterable[Row]) -> Score:
    """Score a battle over the rows that belong to it; the weight of a part without rows goes to the others in proportion."""
    mine = tuple(row for row in rows if belongs(battle.pick, row))
    shares = [(one, *_share(one.of, mine)) for one in battle.measure]
    weights = sum(one.weight for one, n, share in shares if share is not None)
    parts = tuple(
        Points(one.title, one.weight, n, share, None if share is None else round(share * one.weight / weights, 1))
        for one, n, share in shares
    )
    total = round(sum(share * one.weight for one, n, share in shares if share is not None) / weights, 1) if weights else None
    return Score(battle, mine, parts, total)


def belongs(pick: Pick, row: Row) -> bool:
    """Whether a row is part of the battle: by tag, by a word of its section, or by its indicator."""
    task = row.task
    if task.parent_id is not None:
        return False
    return (
        any(word in task.topic for word in pick.topics)
        or (bool(task.indicator) and task.indicator in pick.indicators)
        or (bool(pick.tags) and any(one.tag in pick.tags for one in task.tags.all()))
    )


def _share(of: str, rows: tuple[Row, ...]) -> tuple[int, float | None]:
    """How many rows a part looks at, and the percentage they reach."""
    targets, tasks = [r for r in rows if r.task.is_target], [r for r in rows if not r.task.is_target]
    if of == "reached":
        judged = [row for row in targets if row.light.colour != "none"]
        return len(judged), _percent(sum(row.light.colour in GOOD for row in judged), len(judged))
    if of == "closed":
        return len(tasks), _percent(sum(row.light.colour == "blue" for row in tasks), len(tasks))
    if of == "green":
        return len(tasks), _percent(sum(row.light.colour in GOOD for row in tasks), len(tasks))
    paced = [row.light for row in tasks if row.light.done is not None and row.light.due]
    ratios = [min(1.0, light.done / light.due) for light in paced]
    return len(paced), round(100 * sum(ratios) / len(ratios), 1) if ratios else None


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None
