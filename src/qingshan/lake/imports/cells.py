"""Single cells as people write them: times, and values with their marks."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from qingshan.lake.imports.tables import Cell

MISSING = {"", "-", "--", "---", "—", "——", "–", "/", "\\", "*", "na", "n/a", "nan", "null", "none", "无", "缺测", "缺失", "无数据", "故障", "#n/a", "#div/0!", "#value!", "#ref!"}  # noqa: E501
NOT_DETECTED = {"nd", "n.d.", "n.d", "未检出", "未检测出", "低于检出限", "bdl"}
SENTINELS = {-1.0, -9.0, -99.0, -99.9, -999.0, -999.9, -9999.0, -99999.0}
_EPOCH = datetime(1899, 12, 30)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?\Z")
_BELOW = re.compile(r"(?:[<≤]|小于|低于)\s*(\d+(?:\.\d+)?)\Z|(\d+(?:\.\d+)?)\s*l\Z", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?\Z", re.IGNORECASE)
_TIME = re.compile(
    r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?"
    r"(?:[\sT]*(?P<h>\d{1,2})(?:\s*[:时点]\s*(?P<min>\d{1,2})?\s*分?(?:\s*:\s*(?P<s>\d{1,2})(?:\.\d+)?)?)?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?\Z"
)
_COMPACT = re.compile(r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})[\sT]*(?:(?P<h>\d{2})(?::?(?P<min>\d{2}))?(?::?(?P<s>\d{2}))?)?\Z")
_CLOCK = re.compile(r"(\d{1,2})\s*(?:[:时点]\s*(\d{1,2})?\s*分?(?::(\d{1,2}))?)?\Z")


class Value(NamedTuple):
    """A cell read: its number or None, and what is to be said about it ("", "missing", "below", "not_detected", "sentinel")."""

    number: float | None
    kind: str = ""


def plain(cell: Cell) -> str:
    """A cell as half-width text without outer or double blanks (NFKC: １２ → 12, ＜ → <, ₂ → 2)."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return _half_width(str(cell))


@lru_cache(maxsize=50_000)  # names, marks and small numbers come again and again
def _half_width(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()


def read_value(cell: Cell, below: str = "half", limit: float | None = None) -> Value:
    """A measured value. Raises ValueError (Chinese) for what is none.

    Parameters
    ----------
    below : what stands for a value under the detection limit: "half" of the limit, the "limit", or "missing"
    limit : the detection limit where the cell names none (未检出)
    """
    if isinstance(cell, bool):
        raise ValueError(f"“{'是' if cell else '否'}”不是数值")
    if isinstance(cell, (int, float)):
        return _number(float(cell))
    if isinstance(cell, (date, time, timedelta)):
        raise ValueError("是日期或时间，不是数值；请检查该列格式")
    return _read_text(plain(cell), below, limit)


@lru_cache(maxsize=50_000)
def _read_text(text: str, below: str, limit: float | None) -> Value:
    if text.lower() in MISSING:
        return Value(None, "missing")
    if text.lower() in NOT_DETECTED:
        return Value(_under(limit, below), "not_detected")
    if found := _BELOW.match(text):
        return Value(_under(float(found[1] or found[2]), below), "below")
    if _THOUSANDS.match(text):
        text = text.replace(",", "")
    text = text.replace(" ", "")
    if not _NUMBER.match(text):
        raise ValueError("不是数值")
    return _number(float(text))


def _under(limit: float | None, below: str) -> float | None:
    if limit is None or below == "missing":
        return None
    return limit / 2 if below == "half" else limit


def _number(value: float) -> Value:
    if value != value or value in (float("inf"), float("-inf")):
        return Value(None, "missing")
    if value in SENTINELS:
        return Value(None, "sentinel")
    return Value(value)


def read_time(cell: Cell) -> datetime:
    """A time as written: text in the usual forms, an Excel date or its serial number; 24:00 is the next day's 00:00.

    Raises ValueError (Chinese). A zone (Z, +08:00) is turned into Beijing time.
    """
    if isinstance(cell, datetime):
        return _to_second(cell)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)
    text = plain(cell)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and 20_000 < cell < 80_000:
        return _to_second(_EPOCH + timedelta(days=float(cell)))
    if _NUMBER.match(text) and 20_000 < float(text) < 80_000:
        return _to_second(_EPOCH + timedelta(days=float(text)))
    found = _TIME.match(text) or _COMPACT.match(text)
    if not found:
        raise ValueError("不是能认的时间；请写成 2026-03-01 05:00")
    part = {k: int(v or 0) for k, v in found.groupdict().items() if k != "zone"}
    at = _moment(date(part["y"], part["m"], part["d"]), part["h"], part["min"], part["s"])
    zone = found.groupdict().get("zone")
    if zone:
        offset = timedelta(0) if zone == "Z" else timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])) * (-1 if zone[0] == "-" else 1)
        at += timedelta(hours=8) - offset
    return at


def has_hour(cell: Cell) -> bool:
    """Whether a date cell says an hour too."""
    if isinstance(cell, datetime):
        return (cell.hour, cell.minute) != (0, 0)
    found = _TIME.match(plain(cell)) or _COMPACT.match(plain(cell))
    return bool(found and found["h"])


def read_clock(day: date, cell: Cell) -> datetime:
    """The hour of `day` an hour column means: 5, "5时", "05:00", "24:00", an Excel time."""
    if isinstance(cell, datetime):
        cell = cell.time()
    if isinstance(cell, timedelta):
        return datetime(day.year, day.month, day.day) + cell
    if isinstance(cell, time):
        return _moment(day, cell.hour, cell.minute, cell.second)
    if isinstance(cell, float) and not cell.is_integer() and 0 < cell < 1:
        return _to_second(datetime(day.year, day.month, day.day) + timedelta(days=cell))
    found = _CLOCK.match(plain(cell))
    if not found:
        raise ValueError("不是能认的小时；请写成 0 至 24 的整数或 05:00")
    return _moment(day, *(int(v or 0) for v in found.groups()))


def _moment(day: date, hour: int, minute: int, second: int) -> datetime:
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and (minute or second)):
        raise ValueError(f"没有 {hour:02d}:{minute:02d} 这个时刻")
    return datetime(day.year, day.month, day.day) + timedelta(hours=hour, minutes=minute, seconds=second)


def _to_second(at: datetime) -> datetime:
    at = at.replace(tzinfo=None)
    return (at + timedelta(microseconds=500_000)).replace(microsecond=0)
