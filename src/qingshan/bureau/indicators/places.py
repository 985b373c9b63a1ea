"""Stations and areas as an assessment knows them (点位、区域)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Site:
    """A station as an assessment knows it."""

    code: str
    name: str
    level: str
    area: int
    since: date | None
    until: date | None
    unplanned: tuple[str, ...] = ()
    """items its monitoring plan leaves out"""
    medium: str = "air"
    body: str = ""
    """what kind of water it is: river, lake"""
    target: str = ""
    """the class it has to reach, or its functional area"""
    plan: tuple[str, ...] = ()
    """the items it measures; empty where nobody said"""
    river: str = ""
    weight: float | None = None
    """what the year's list says of it: its river; how much it stands for"""


@dataclass(frozen=True)
class Place:
    """An area and the areas in it."""

    id: int
    code: str
    name: str
    level: str
    inside: frozenset[int]
    stations: frozenset[str] | None = None
    """of a group that names stations: only these"""


class Unknown(LookupError):
    """An area, station or indicator that is not there."""
