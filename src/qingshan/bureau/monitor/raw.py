"""Real-time readings gathered into minutes (实时值汇总成分钟值). HJ 212—2017 附录 C、D.

What is still open is held in memory; it can be gathered again from the journal, from the frame :attr:`Gathered.first` on, so a stop loses
nothing. A period is closed once frames received well after its end have come: by the journal's own times, not by this machine's clock.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

import numpy as np

from qingshan.bureau.monitor.declared import Rollup
from qingshan.methods import online

NEVER = datetime(1, 1, 1)
WAITS = timedelta(seconds=20)
"""after the end of a period, frames of it are waited for"""
PACE = 5
"""[s] between readings, for which the counts of 附录 D are"""


class Said(NamedTuple):
    """One real-time reading."""

    station: int
    item: str
    at: datetime
    value: float | None
    flag: str
    frame: int
    received: datetime


class Made(NamedTuple):
    """One minute value made of real-time readings."""

    station: int
    item: str
    time: datetime
    minutes: int
    value: float | None
    flag: str
    count: int
    first: int
    frame: int
    received: datetime


@dataclass
class Period:
    """The readings of one station in one period, by the frame they came in; a column an item, NaN where a frame lacks it."""

    rule: Rollup
    seconds: array = field(default_factory=lambda: array("d"))
    columns: dict[str, array] = field(default_factory=dict)
    flags: dict[tuple[str, int], str] = field(default_factory=dict)
    first: int = 0
    frame: int = -1
    received: datetime = NEVER

    def add(self, said: Said, start: datetime) -> None:
        if said.frame != self.frame:
            self.first = self.first or said.frame
            self.frame, self.received = said.frame, max(said.received, self.received)
            self.seconds.append((said.at - start).total_seconds())
        row = len(self.seconds) - 1
        column = self.columns.get(said.item)
        if column is None:
            column = self.columns[said.item] = array("d")
        if len(column) <= row:
            column.extend([np.nan] * (row - len(column)))
            column.append(np.nan if said.value is None else said.value)
        else:
            column[row] = np.nan if said.value is None else said.value
        if said.flag not in ("", "N"):
            self.flags[said.item, row] = said.flag

    def table(self) -> tuple[list[str], np.ndarray, np.ndarray]:
        """(items, values (items, n), flags (items, n)): one reading a second, the last said."""
        n, names = len(self.seconds), list(self.columns)
        values, flags = np.full((len(names), n), np.nan), np.full((len(names), n), "N", "<U4")
        for k, name in enumerate(names):
            column = self.columns[name]
            values[k, : len(column)] = column
        for (name, row), flag in self.flags.items():
            flags[names.index(name), row] = flag
        _, last = np.unique(np.frombuffer(self.seconds, float)[::-1], return_index=True)
        keep = np.sort(n - 1 - last)
        return names, values[:, keep], flags[:, keep]


class Gathered:
    """Open periods of all stations."""

    def __init__(self) -> None:
        self.open: dict[tuple[int, datetime], Period] = {}
        self.rules: dict[int, Rollup] = {}
        self.paces: dict[int, int] = {}
        self.newest = NEVER
        self.begun = False
        self.read: datetime | None = None
        """when the rules were read"""

    def add(self, rows: Iterable[Said]) -> None:
        for said in rows:
            rule = self.rules.get(said.station)
            if rule is None or not rule.minute:
                continue
            start = period_start(said.at, rule.step)
            period = self.open.get((said.station, start))
            if period is None:
                period = self.open[said.station, start] = Period(rule)
            period.add(said, start)
            self.newest = max(self.newest, said.received)

    @property
    def first(self) -> int | None:
        """The first frame of what is open; None where nothing is."""
        return min((p.first for p in self.open.values()), default=None)

    def ripe(self, now: datetime, most: int = 200) -> list[tuple[int, datetime]]:
        """Periods whose end lies long enough before `now`, the oldest first, some at a time."""
        over = [key for key, p in self.open.items() if key[1] + timedelta(minutes=p.rule.step) + WAITS <= now]
        return sorted(over, key=lambda key: key[1])[:most]

    def make(self, keys: Iterable[tuple[int, datetime]]) -> Iterator[Made]:
        """The minute values of periods."""
        for station, start in keys:
            period = self.open[station, start]
            yield from minute(period, period.rule, self.paces.get(station, PACE), station, start)

    def forget(self, keys: Iterable[tuple[int, datetime]]) -> None:
        for key in keys:
            self.open.pop(key, None)


def period_start(at: datetime, step: int) -> datetime:
    """The beginning of the period of `step` minutes a moment lies in."""
    return at.replace(minute=at.minute // step * step, second=0, microsecond=0)


def least(rule: Rollup, pace: int) -> int:
    """Readings a minute value needs of a device that sends one every `pace` seconds: the counts of 附录 D are for five."""
    return max(1, ceil(rule.minute * PACE / max(pace, PACE)))


def minute(period: Period, rule: Rollup, pace: int, station: int, start: datetime) -> Iterator[Made]:
    """The values of one period: means of what counts, weighted by flow where the rule says so."""
    names, values, flags = period.table()
    if not names:
        return
    needed = least(rule, pace)
    weights = None
    if rule.weight in names:
        k = names.index(rule.weight)
        flow = np.where((flags[k] == "N") & (values[k] >= 0), values[k], np.nan)
        weights = flow if np.nan_to_num(flow).any() else None
    plain = online.roll_up(values, flags, least=needed, rule=rule.flags, share=rule.share)
    weighted = plain
    if weights is not None:
        weighted = online.roll_up(
            values, flags, least=needed, rule=rule.flags, share=rule.share, weights=np.broadcast_to(weights, values.shape)
        )
    for k, name in enumerate(names):
        found = plain if name == rule.weight else weighted
        flag = str(found.flag[k])
        value = float(found.mean[k]) if flag == online.NORMAL else None
        count = int(np.count_nonzero(~np.isnan(values[k]) | (flags[k] != "N")))
        yield Made(station, name, start, rule.step, value, flag or "-", count, period.first, period.frame, period.received)
