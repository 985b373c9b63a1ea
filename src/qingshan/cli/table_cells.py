"""The days and numbers people write into cells (单元格)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

import numpy as np

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?(?:[ T]*\d{1,2}[:时点].*)?")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})?")
_EXCEL = np.datetime64("1899-12-30", "D")


def read_day(text: str) -> np.datetime64 | None:
    """A day as written: 2026-03-01, 2026年3月, 20260301, or the serial number of Excel; None for what is none."""
    text = unicodedata.normalize("NFKC", text).strip()
    if text.isdigit() and len(text) == 5:
        return _EXCEL + np.timedelta64(int(text), "D")
    found = _DAY.fullmatch(text) or _COMPACT.fullmatch(text)
    if found is None or not 1950 <= int(found[1]) <= 2200:
        return None
    try:
        return np.datetime64(date(int(found[1]), int(found[2]), int(found[3] or 1)), "D")
    except ValueError:
        return None


def number_text(cell: str) -> str:
    """A cell with its power of ten as computers write it: ``1.2×10⁻³`` is ``1.2e-3``."""
    plain = unicodedata.normalize("NFKC", cell).replace("−", "-").strip()
    return re.sub(r"\s*[×xX*]\s*10\s*\^?\s*\(?([-+]?\d+)\)?", r"e\1", plain)
