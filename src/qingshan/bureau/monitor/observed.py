"""Hours of stations as they stand, flagged values included (逐时资料): arrays on one hour axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from qingshan.bureau.monitor import readings
from qingshan.lake import Lake, columns

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Observed:
    """One station's hours; index 0 is the hour that ends at `first`."""

    first: datetime
    size: int
    values: Mapping[str, np.ndarray] = field(default_factory=dict)
    """as reported, flagged ones too; NaN missing"""
    flags: Mapping[str, np.ndarray] = field(default_factory=dict)
    """flag by item and hour, "" where the value counts"""
    before: Mapping[str, np.ndarray] = field(default_factory=dict)
    """the first value said of an hour, where another came later; NaN elsewhere"""

    def time(self, hour: int) -> datetime:
        """The end label of an hour."""
        return self.first + hour * HOUR

    def valid(self, item: str) -> np.ndarray:
        """Values that count."""
        return np.where(self.flags[item] == "", self.values[item], np.nan)


def observe(lake: Lake, stations: Sequence[str], start: datetime, end: datetime) -> dict[str, Observed]:
    """Hours of stations from `start` to `end`, both labels included: each item as its latest version says it."""
    size = int((end - start) / HOUR) + 1
    rows = lake.rows(stations, start, end)
    rows = rows.sort_by([(c, "ascending") for c in ("received", "sequence") if c in rows.column_names])
    codes = np.array(rows["station"].to_pylist(), object)
    hour = ((rows["time"].to_numpy() - np.datetime64(start, "us")) // np.timedelta64(1, "h")).astype(int)
    flagged = _flags(rows)
    found = {}
    for code in stations:
        mine = np.flatnonzero(codes == code)
        values, flags, before = {}, {}, {}
        for item in columns.item_names(rows):
            said = rows[item].to_numpy(zero_copy_only=False)[mine]
            flag = flagged.get(item)
            flag = flag[mine] if flag is not None else np.full(len(mine), "", object)
            says = ~np.isnan(said) | (flag != "")
            if not says.any():
                continue
            at = hour[mine][says]
            values[item], flags[item] = np.full(size, np.nan), np.full(size, "", object)
            values[item][at], flags[item][at] = said[says], flag[says]  # the last row of an hour stands
            first = np.full(size, np.nan)
            first[at[::-1]] = said[says][::-1]
            times = np.bincount(at, minlength=size)
            before[item] = np.where(times > 1, first, np.nan)
        found[code] = Observed(start, size, values, flags, before)
    return found


def _flags(rows) -> dict[str, np.ndarray]:
    """Flags other than N by item: one text a row."""
    found: dict[str, np.ndarray] = {}
    for i, text in enumerate(rows["flags"].to_pylist()):
        for item, flag in columns.parse_flags(text).items() if text else ():
            if not readings.is_valid(flag):
                found.setdefault(item, np.full(rows.num_rows, "", object))[i] = flag
    return found


def spans(flags: np.ndarray) -> list[tuple[int, int, str]]:
    """Runs of one flag: (first hour, hour after, flag)."""
    found, begin = [], 0
    for i in range(1, len(flags) + 1):
        if i == len(flags) or flags[i] != flags[begin]:
            if flags[begin]:
                found.append((begin, i, str(flags[begin])))
            begin = i
    return found
