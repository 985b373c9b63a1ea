"""Kernels: pure functions on blocks. A block is an Arrow table of whole station-days; an Arrow table of results comes back.

The one place where Arrow meets the science: columns out of a block, a call, columns back. The same kernel serves one arriving
hour, a year's batch, a test and a cluster.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qingshan import standards
from qingshan.lake import columns
from qingshan.methods import air
from qingshan.methods.air.days import DaysCall
from qingshan.terms.items import AIR

AIR_DAYS = pa.schema(
    [
        ("station", pa.string()), ("day", pa.date32()),
        *((name, pa.float64()) for name in (*air.COLUMNS, "O3_1h")),
        *((f"n_{item}", pa.int8()) for item in (*AIR, "O3_8h")),
        *((f"iaqi_{item}", pa.int16()) for item in AIR),
        ("aqi", pa.int16()), ("primary", pa.string()), ("level", pa.int8()), ("withheld", pa.bool_()), ("edition", pa.string()),
    ]
)  # fmt: skip
"""What `air_days` gives: day values [µg/m³; CO mg/m³], hours (O3_8h: eight-hour means) that were valid, indices, words"""


class StationDays(NamedTuple):
    """Hours laid out by station-day, in the order of the block."""

    station: pa.Array
    day: np.ndarray
    """(n,) datetime64[D]"""
    hours: dict[str, np.ndarray]
    """by item (n, 24): labels 1 … 24; NaN missing"""


def station_days(block: pa.Table) -> StationDays:
    """Lay out a block sorted by (station, time), each hour once, as `Lake.hours` gives it."""
    if whole := columns.whole_days(block):
        hours = {item: block[item].to_numpy().reshape(-1, 24) for item in AIR}
        return StationDays(whole.station, whole.day.astype("datetime64[D]"), hours)
    block = block.combine_chunks()
    label = block["time"].to_numpy().astype("datetime64[s]").astype(np.int64) // 3600 - 1
    day, hour = np.divmod(label, 24)
    coded = block["station"].combine_chunks()
    if not pa.types.is_dictionary(coded.type):
        coded = coded.dictionary_encode()
    code = coded.indices.to_numpy()
    new = np.ones(len(day), bool)
    new[1:] = (np.diff(day) != 0) | (np.diff(code) != 0)
    starts, row = np.flatnonzero(new), np.cumsum(new) - 1
    place = row * 24 + hour
    if (np.diff(place) <= 0).any():
        raise ValueError("数据块须按站点、时间排序，每小时一行")
    hours = {}
    for item in AIR:
        hours[item] = np.full(len(starts) * 24, np.nan)
        hours[item][place] = block[item].to_numpy()
        hours[item] = hours[item].reshape(-1, 24)
    return StationDays(coded.take(pa.array(starts)), day[starts].astype("datetime64[D]"), hours)


def air_days(block: pa.Table) -> pa.Table:
    """Daily values, indices and AQI of whole station-days (日报), each day by the editions in force on it.

    Parameters
    ----------
    block : station, time (END of hour), the six items [µg/m³; CO mg/m³]; sorted (station, time)

    Returns
    -------
    table of :data:`AIR_DAYS`, one row a station-day that has a row in the block; null where not valid or not published
    """
    return evaluate(station_days(block))


def evaluate(days: StationDays, statistics: DaysCall = air.days) -> pa.Table:
    """`air_days` of hours already laid out. `statistics`: how days are made of hours, see `qingshan.lake.compiled`."""
    found = air.evaluate_days(days.day, days.hours, statistics=statistics)
    numbers = _rows([found.days.values[name] for name in air.COLUMNS], float)
    numbers += _rows([found.days.values["O3_1h"]], float)  # of its own, so that who leaves it out does not keep its memory
    counts = _rows([*(found.days.hours[item] for item in AIR), found.days.windows], np.int8)
    indices = _rows([*(found.iaqi[item] for item in AIR), found.aqi], np.int16)
    arrays = [
        days.station.dictionary_decode() if pa.types.is_dictionary(days.station.type) else days.station,
        pa.array(days.day), *numbers, *counts, *indices, _PRIMARY.take(pa.array(found.primary)),
        pa.array(found.level, mask=found.level == 0), pa.array(found.withheld), _words(found.edition),
    ]  # fmt: skip
    return pa.Table.from_arrays(arrays, schema=AIR_DAYS)


def planned(days: pa.Table, unplanned: Mapping[str, Collection[str]]) -> pa.Table:
    """`air_days` of stations whose monitoring plan leaves items out: a day held back only for want of these has its AQI.
    HJ 633—2026 5.3.2.

    Parameters
    ----------
    days : of :data:`AIR_DAYS`, further columns are kept
    unplanned : by station, the items not in its plan; the others as they are
    """
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    held = days.filter(pc.and_(days["withheld"], pc.is_in(days["station"], pa.array(list(unplanned), pa.string()))))
    for row in held.group_by(["station", "edition"]).aggregate([]).to_pylist():
        items = tuple(i for i in AIR if i in unplanned[row["station"]])
        groups.setdefault((row["edition"], items), []).append(row["station"])
    for (edition, items), stations in groups.items():
        mine = pc.and_(days["withheld"], pc.equal(days["edition"], edition))
        mine = pc.and_(mine, pc.is_in(days["station"], pa.array(stations, pa.string()))).combine_chunks()
        std = next(e for e in standards.editions("HJ 633") if str(e) == edition)
        rows = days.filter(mine)
        report = air.daily(std, {name: rows[name].to_numpy() for name in (*air.COLUMNS, "O3_1h")}, unplanned=items)
        found = {
            "aqi": _rows([report.aqi], np.int16)[0], "primary": pa.array(air.primary_words(report.primary).tolist(), pa.string()),
            "level": pa.array(report.level, mask=report.level == 0), "withheld": pa.array(report.withheld),
        }  # fmt: skip
        for name, values in found.items():
            whole = pc.replace_with_mask(days[name].combine_chunks(), mine, values)
            days = days.set_column(days.schema.get_field_index(name), name, whole)
    return days


_PRIMARY = pa.array(air.primary_words(np.arange(64)).tolist())


def _rows(columns: Sequence[np.ndarray], kind: type) -> list[pa.Array]:
    """Columns of one length as Arrow, NaN as null; all in one go, so that an arriving hour costs few calls."""
    whole = np.concatenate(columns)
    missing = np.isnan(whole)
    if kind is not float:
        whole = np.where(missing, 0, whole).astype(kind)
    one = pa.array(whole, mask=missing)
    return [one.slice(at, len(columns[0])) for at in range(0, len(whole), len(columns[0]))] if len(whole) else [one] * len(columns)


def _words(values: np.ndarray) -> pa.Array:
    if len(values) > 24 and (values == values[0]).all():
        return pa.repeat(pa.scalar(str(values[0])), len(values))
    return pa.array(values.tolist(), pa.string())


