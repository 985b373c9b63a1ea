"""The version of the code that numbers come from (程序版本)."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from qingshan.lake import days

ROOM = Path(__file__).parent
OWN = (
    "assessments.py", "counting.py", "declared_sources.py", "denominators.py", "drinking_sources.py", "evaluating.py", "methods.py",
    "../base/expressions.py", "noise_points.py", "periods.py", "reporting.py", "rosters.py", "sampling.py", "series.py", "surface_water.py",
    "values.py", "wells_and_sea.py",
)  # fmt: skip


@lru_cache(maxsize=1)
def code_version() -> str:
    """The store's version of the science, and a digest of the code that makes values of it."""
    total = hashlib.sha256()
    for name in OWN:
        total.update(name.encode() + b"\0" + (ROOM / name).read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return f"{days.code_version()}.{total.hexdigest()[:8]}"
