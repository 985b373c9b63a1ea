"""What the parts of a task say of the whole (子任务汇总): pure arithmetic on weights and lights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qingshan.bureau.ledger.lights import Light

if TYPE_CHECKING:
    from qingshan.bureau.ledger.declared import LightScheme

SEVERITY = {"red": 3, "amber": 2, "none": 1, "green": 1, "blue": 0}
LATE, TIGHT = "滞后", "偏紧"


@dataclass(frozen=True)
class Part:
    """One part as it counts: its weight and its own light."""

    weight: float
    light: Light


def share(light: Light) -> float:
    """How much of a part is done, 0 to 100: all where it is closed, else its figure's share; what was only said counts for nothing."""
    if light.colour == "blue":
        return 100.0
    return 0.0 if light.done is None or light.capped else min(100.0, max(0.0, light.done))


def progress(parts: Sequence[Part]) -> float:
    """Percentage of the whole that is done: the parts' shares by weight; equal where no weight is above zero."""
    weights = [max(0.0, part.weight) for part in parts]
    if not any(weights):
        weights = [1.0] * len(parts)
    total = sum(weights)
    return round(sum(w * share(part.light) for w, part in zip(weights, parts)) / total, 1)


def roll_up(own: Light, parts: Sequence[Part], due: float, scheme: LightScheme) -> Light:
    """The light of a task with parts: never better than its worst part, nor than its own judgement.

    A task with a figure of its own keeps its pace bar; the others take the weighted progress of the parts. A closed or withdrawn
    task keeps its light, and a light without parts stays as it is.
    """
    if not parts or own.colour == "blue" or own.words == "已撤销":
        return own
    done = progress(parts)
    light = own if own.done is not None else replace(own, done=done, due=due)
    paced = _paced(done, due, scheme) if own.done is None and own.colour != "red" else own
    worst = max((part.light for part in parts), key=lambda one: SEVERITY[one.colour])
    n_bad = sum(part.light.colour == worst.colour for part in parts)
    if SEVERITY[worst.colour] >= 2 and SEVERITY[worst.colour] >= max(SEVERITY[own.colour], SEVERITY[paced.colour]):
        words = f"子任务{LATE if worst.colour == 'red' else TIGHT} {n_bad}/{len(parts)}"
        return replace(light, colour=worst.colour, words=words, why=f"子任务完成 {done:g}%，序时 {due:g}%")
    if SEVERITY[own.colour] >= 2:
        return light
    if all(part.light.colour == "blue" for part in parts):
        return replace(light, colour="green", words="子任务已全部销号", why="等报完成、核查销号")
    if paced is own or own.words == "已报完成":
        return light
    if paced.colour == "green" and all(part.light.colour in ("none", "blue") and share(part.light) == 0 for part in parts):
        return replace(light, colour="none", words="未开始")
    return replace(light, colour=paced.colour, words=paced.words, why=f"子任务完成 {done:g}%，序时 {due:g}%")


def _paced(done: float, due: float, scheme: LightScheme) -> Light:
    behind = due - done
    if behind > scheme.red_behind:
        return Light("red", LATE)
    return Light("amber", TIGHT) if behind > scheme.amber_behind else Light("green", "按序时")
