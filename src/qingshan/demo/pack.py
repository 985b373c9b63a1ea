"""The demonstration pack as read from its files."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "packs" / "demo"


@cache
def district() -> dict:
    """``district.toml``: areas, organisations, people, stations."""
    return tomllib.loads((FOLDER / "district.toml").read_text(encoding="utf-8"))


@cache
def structure() -> dict:
    """``structure.toml``: groups, the list of duties, parts, tags, a task of last year, saved filters."""
    return tomllib.loads((FOLDER / "structure.toml").read_text(encoding="utf-8"))


@cache
def meetings() -> dict:
    """``meetings.toml``: meetings, visits and instructions around the opening, who has which township in charge."""
    return tomllib.loads((FOLDER / "meetings.toml").read_text(encoding="utf-8"))


def mn(code: str) -> str:
    """The number of the data logger at a station: QC07 has 999101000000000000000007."""
    return district()["code"] + f"{int(code.removeprefix('QC')):018d}"


def protocol(code: str) -> str:
    """National and city stations already speak HJ 212—2025, the others 2017: a mixed field, as it is."""
    level = next(row["level"] for row in (*district()["station"], *district()["outlet"]) if row["code"] == code)
    return "2025" if level in ("国控", "市控") else "2017"


def boundaries() -> bytes:
    """The outlines of district and towns, as GeoJSON."""
    return (FOLDER / "district.geojson").read_bytes()


def plan(year: int) -> bytes:
    """The work plan of the year, a text file as an office would upload it."""
    return (FOLDER / "work_plan.txt").read_text(encoding="utf-8").replace("2026", str(year)).encode()
