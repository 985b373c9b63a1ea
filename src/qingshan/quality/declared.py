"""What is declared (阈值与条款): thresholds by place and item, and the article each check could touch. TOML beside this file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from qingshan.terms import arguments, items
from qingshan.terms.registry import unknown

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Thresholds:
    """Where each check begins to speak of an item (阈值); ``thresholds/common.toml`` says what each is."""

    item: str
    medium: str
    """of the item, as in ``terms``"""
    flat_hours: int
    flat_odds: float
    weak_hours: int
    weak_share: float
    repeat_hours: int
    repeat_odds: float
    coarse_hours: int
    coarse_least: int
    digit_hours: int
    digit_least: int
    digit_effect: float
    digit_span: float
    hug_hours: int
    hug_least: int
    hug_share: float
    hug_odds: float
    clip_hours: int
    clip_least: int
    clip_times: float
    clip_steps: float
    order_share: float
    order_hours: int
    shift_days: int
    shift_least: float
    shift_score: float
    calibrate_days: float
    adjust_hours: int
    adjust_odds: float
    adjust_level: float
    mark_odds: float
    habit_least: int
    habit_odds: float
    visit_hours: int
    visit_change: float
    visit_score: float
    power_hours: int
    running_kw: float
    off_kw: float
    stopped_hours: int
    payloads: int
    dialect_steady: int
    backfill_steps: float
    backfill_least: int
    clock_s: float
    step: float = float("inf")
    """change an hour [unit of the item]"""
    spike: float = float("inf")
    spike_times: float = 0.0
    floor: float = 0.0
    """at or below it values are near detection, and standing still or standing twice says nothing"""
    offset: float = 1.0
    """added before logarithms"""
    order_least: float = 0.0
    """by which a part may exceed its whole"""


@dataclass(frozen=True)
class Law:
    """What a check is called and could touch (检查与条款)."""

    name: str
    title: str
    regulation: str
    article: str
    """empty for checks of instruments, which touch none"""
    rule_out: str
    """innocent causes to look at first"""


@cache
def _raw(name: str) -> Mapping[str, Any]:
    path = _HERE / "thresholds" / f"{name}.toml"
    if name not in kinds() and name != "common":
        raise LookupError(unknown("质控场所", name, kinds()))
    return tomllib.loads(path.read_text(encoding="utf-8"))


def kinds() -> tuple[str, ...]:
    """Kinds of places with thresholds: ``air``, ``outlet``, ``water``."""
    return tuple(sorted(p.stem for p in (_HERE / "thresholds").glob("*.toml") if p.stem != "common"))


def place_items(place: str) -> tuple[str, ...]:
    """The items of a kind of place, as declared."""
    return tuple(row["item"] for row in _raw(place)["row"])


def place_medium(place: str) -> str:
    """The medium in ``terms`` the items of a kind of place belong to."""
    return str(_raw(place)["medium"])


@cache
def thresholds(place: str, item: str) -> Thresholds:
    """The shipped thresholds of an item at a kind of place; an item without a row has the common ones and neither step nor spike."""
    raw, names = _raw(place), {f.name for f in fields(Thresholds)}
    items.get(item, raw["medium"])
    common = {k: v for k, v in _raw("common").items() if k in names}
    row: Mapping[str, Any] = next((r for r in raw["row"] if r["item"] == item), {})
    if wrong := [k for k in row if k not in names]:
        raise LookupError(unknown("阈值", wrong[0], names))
    return Thresholds(**{**common, **row, "item": item, "medium": raw["medium"]})


def marks(place: str) -> tuple[str, ...]:
    """What of the thresholds and the law has not been verified (待核实)."""
    return (*_raw("common")["verify"], *(f"{_raw(place)['title']}：{v}" for v in _raw(place)["verify"]), *_law()["verify"])


@cache
def _law() -> Mapping[str, Any]:
    return tomllib.loads((_HERE / "law.toml").read_text(encoding="utf-8"))


def checks() -> tuple[str, ...]:
    """The names of all checks, in the order they are run."""
    return tuple(row["name"] for row in _law()["check"])


def law(check: str) -> Law:
    """The article a check could touch; LookupError names the checks there are."""
    row = next((r for r in _law()["check"] if r["name"] == check), None)
    if row is None:
        raise LookupError(unknown("质控检查", check, checks()))
    return Law(check, row["title"], _law()["regulation"], row["article"], row["rule_out"])


arguments.guard(__name__)
