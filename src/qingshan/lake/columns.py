"""The hour table: its columns, their checks, and which version of a value counts.

One row is what one message or file said about one station and one hour. ``time`` labels the END of the hour (GB 3095 practice),
so 00:00 belongs to the day before. A null item says nothing; a flagged item was reported but is not valid.
"""

from __future__ import annotations

import re
import threading
import weakref
import zlib
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qingshan.terms.items import AIR

KEYS = ("station", "time", "received", "sequence", "flags", "origin")
TYPES = {
    "station": pa.string(), "time": pa.timestamp("us"), "received": pa.timestamp("us"),
    "sequence": pa.int64(), "flags": pa.string(), "origin": pa.string(),
}  # fmt: skip
STRUCK = "X"  # the flag of a value struck out by a reviewer (剔除)
NORMAL = "N"  # HJ 212—2017: the device says the value is in order
HOUR = np.timedelta64(3600, "s")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.+\-]{0,39}\Z")


class SeveralVersions(LookupError):
    """Rows that hold several versions of an hour, or lie unsorted, without the columns that tell them apart."""


class LakeRefused(ValueError):
    """Rows the store cannot take; the message says which and why."""


def canonical(table: pa.Table) -> pa.Table:
    """The table with exact column types, checked: names, whole hours, no null key, no infinite value; NaN becomes null."""
    wanted = [n for n in ("station", "time", "received") if n not in table.column_names]
    if wanted:
        raise LakeRefused(f"小时数据缺少列 {'、'.join(wanted)}；已有 {'、'.join(table.column_names)}")
    names = item_names(table)
    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    for name, kind in TYPES.items():
        if name == "sequence":
            continue
        if name not in table.column_names:
            columns[name] = pa.nulls(table.num_rows, kind)
            continue
        if pa.types.is_timestamp(table[name].type) and table[name].type.tz:
            raise LakeRefused(f"列“{name}”带时区 {table[name].type.tz}；这里的时间是当地钟面时间，请先换成北京时间并去掉时区")
        try:
            columns[name] = table[name].cast(kind)
        except pa.ArrowInvalid as error:
            raise LakeRefused(f"列“{name}”不是 {kind}：{error}") from error
    for name in ("station", "time", "received"):
        if columns[name].null_count:
            raise LakeRefused(f"列“{name}”有 {columns[name].null_count} 个空值，站点、时间、接收时间都不能空")
    if pc.any(pc.equal(pc.utf8_trim_whitespace(columns["station"]), "")).as_py():
        raise LakeRefused("有站点编码是空白的行；请补上站点编码")
    whole = columns["time"].cast(pa.int64()).to_numpy() % 3_600_000_000 == 0
    if not whole.all():
        row = int(np.argmin(whole))
        raise LakeRefused(f"第 {row + 1} 行时间 {columns['time'][row].as_py()} 不是整点；小时值的时间是该小时结束的整点")
    for name in names:
        values = table[name].cast(pa.float64())
        if pc.any(pc.is_inf(values)).as_py():
            raise LakeRefused(f"列“{name}”有无穷大的值")
        columns[name] = pc.if_else(pc.is_nan(values), pa.scalar(None, pa.float64()), values)
    return pa.table(columns)


def item_names(table: pa.Table) -> list[str]:
    """The item columns of a table; a name no item can have is refused."""
    names = [n for n in table.column_names if n not in KEYS]
    wrong = [n for n in names if not _NAME.match(n)]
    if wrong:
        raise LakeRefused(f"项目列名 {'、'.join(wrong)} 不合规：字母开头，只含字母、数字和 _ . + -")
    return names


def bucket_of(station: str, buckets: int) -> int:
    """The bucket a station always falls in."""
    return zlib.crc32(station.encode()) % buckets


def buckets_of(stations: pa.Array | pa.ChunkedArray, buckets: int) -> pa.Array:
    """The bucket of each row."""
    coded = pa.array(stations.combine_chunks() if isinstance(stations, pa.ChunkedArray) else stations).dictionary_encode()
    of = np.array([bucket_of(s, buckets) for s in coded.dictionary.to_pylist()] or [0], np.int32)
    return pa.array(of[coded.indices.to_numpy()])


def days_of(times: np.ndarray) -> np.ndarray:
    """The natural day each end-of-hour label belongs to."""
    return (times.astype("datetime64[s]") - HOUR).astype("datetime64[D]")


def bounds(start: date | datetime | None, end: date | datetime | None) -> tuple[datetime | None, datetime | None]:
    """First and last hour label meant: a date is the whole day (01:00 to 24:00), a datetime that label; both included."""
    first = start if start is None or isinstance(start, datetime) else datetime(start.year, start.month, start.day, 1)
    last = end if end is None or isinstance(end, datetime) else datetime(end.year, end.month, end.day) + timedelta(days=1)
    return first, last


def concat(tables: Iterable[pa.Table]) -> pa.Table:
    """Tables one under another; an item one of them lacks is null there."""
    return pa.concat_tables(list(tables), promote_options="default")


def empty(items: Iterable[str] = AIR) -> pa.Table:
    """A table of no rows, with all columns."""
    return pa.schema([*TYPES.items(), *((i, pa.float64()) for i in items)]).empty_table()


def known_at(rows: pa.Table, as_of: datetime | int | None) -> pa.Table:
    """Only the rows that had been received (a time) or stored (the store's own sequence number) by then."""
    if as_of is None:
        return rows
    if isinstance(as_of, datetime):
        return rows.filter(pc.less_equal(rows["received"], pa.scalar(as_of, pa.timestamp("us"))))
    return rows.filter(pc.less_equal(rows["sequence"], pa.scalar(as_of, pa.int64())))


class WholeDays(NamedTuple):
    """Rows that are whole station-days, 24 each, sorted (station, day), each hour once: what a closed month mostly is."""

    station: pa.DictionaryArray
    """(n,)"""
    day: np.ndarray
    """(n,) days since 1970-01-01"""

    def labels(self) -> pa.Array:
        """The hour label of every row again, in whole seconds."""
        return pa.array((self.day[:, None] * 86_400 + (_LABELS + 1) * 3600).ravel()).view(pa.timestamp("s"))


_seen = threading.local()  # the table this thread last found to be whole days: who reads it next need not look again


def whole_days(rows: pa.Table) -> WholeDays | None:
    """The station-days of rows that are nothing but whole ones in order; None where they are not."""
    table, whole = getattr(_seen, "last", (None, None))
    if table is not None and table() is rows:
        return whole
    n = rows.num_rows // 24
    if n == 0 or n * 24 != rows.num_rows:
        return None
    hour = _HOURS[rows["time"].type.unit]
    time = rows["time"].to_numpy().view(np.int64).reshape(n, 24)
    day, rest = np.divmod(time[:, 0] - hour, 24 * hour)
    if rest.any() or not (time - time[:, :1] == _LABELS * hour).all():
        return None
    station = _coded(rows["station"])
    code = station.indices.to_numpy().reshape(n, 24)
    if not (code == code[:, :1]).all():
        return None
    first = code[:, 0]
    if n > 1:
        key = (_rank(station)[first] << 24) + (day + (1 << 22))
        if not (key[1:] > key[:-1]).all():
            return None
    return WholeDays(pa.DictionaryArray.from_arrays(pa.array(first), station.dictionary), day)


_LABELS = np.arange(24)
_HOURS = {"s": 3600, "ms": 3_600_000, "us": 3_600_000_000, "ns": 3_600_000_000_000}


def _coded(station: pa.ChunkedArray) -> pa.DictionaryArray:
    coded = station.unify_dictionaries().combine_chunks()
    return coded if pa.types.is_dictionary(coded.type) else coded.dictionary_encode()


def _rank(station: pa.DictionaryArray) -> np.ndarray:
    """The place of each name of the dictionary in the order of names."""
    names = station.dictionary.to_pylist()
    rank = np.empty(max(len(names), 1), np.int64)
    rank[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    return rank


def order(rows: pa.Table) -> tuple[np.ndarray | None, np.ndarray, bool]:
    """How to sort rows by (station, time, received, sequence): (positions or None when sorted, sorted station-hour keys, no key twice)."""
    coded = _coded(rows["station"])
    hour = rows["time"].cast(pa.int64()).to_numpy() // 3_600_000_000
    key = (_rank(coded)[coded.indices.to_numpy()] << 24) + (hour + (1 << 22))
    step = np.diff(key)
    if (step > 0).all():
        return None, key, True
    if "received" not in rows.column_names:
        raise SeveralVersions
    received, sequence = (rows[n].cast(pa.int64()).to_numpy() for n in ("received", "sequence"))
    positions = np.lexsort((sequence, received, key))
    key = key[positions]
    return positions, key, bool((np.diff(key) > 0).all())


def distinct(rows: pa.Table) -> pa.Table:
    """Rows sorted by (station, time, received, sequence); of rows that say the very same, the first stored."""
    positions, key, unique = order(rows)
    if positions is not None:
        rows = rows.take(pa.array(positions))
    if unique:
        return rows
    group = np.flatnonzero(np.concatenate(([True], np.diff(key) > 0)))
    size = np.diff(np.append(group, len(key)))
    suspects = np.flatnonzero(np.repeat(size > 1, size))
    names = [n for n in rows.column_names if n != "sequence"]
    part = rows.select(names).take(pa.array(suspects)).append_column("row", pa.array(suspects))
    firsts = part.group_by(names).aggregate([("row", "min")])["row_min"].to_numpy()
    if len(firsts) == len(suspects):
        return rows
    keep = np.ones(rows.num_rows, bool)
    keep[suspects] = False
    keep[firsts] = True
    return rows.filter(pa.array(keep))


def flagged(rows: pa.Table) -> dict[str, np.ndarray]:
    """For each item any row flags as other than normal: which rows do."""
    column = rows["flags"].combine_chunks()
    if column.null_count == len(column):
        return {}
    coded = column.dictionary_encode()
    codes = coded.indices.fill_null(-1).to_numpy()
    found: dict[str, np.ndarray] = {}
    for code, text in enumerate(coded.dictionary.to_pylist()):
        for item, flag in parse_flags(text).items():
            if flag != NORMAL:
                found[item] = found.get(item, np.zeros(len(codes), bool)) | (codes == code)
    return found


def parse_flags(text: str | None) -> dict[str, str]:
    """``"PM2.5:D;CO:C"`` as item → flag."""
    pairs = (part.rpartition(":") for part in (text or "").split(";") if part.strip())
    return {item.strip(): flag.strip() for item, _, flag in pairs if item}


def latest(rows: pa.Table, items: Iterable[str]) -> pa.Table:
    """One row a station-hour: each item as its latest version says; flagged or struck out gives null. Sorted (station, time)."""
    items = list(items)
    none = pa.nulls(rows.num_rows, pa.float64())
    if rows["flags"].null_count == rows.num_rows and (whole := whole_days(rows)):
        keys = {"station": rows["station"], "time": whole.labels()}
        found = pa.table(keys | {item: rows[item] if item in rows.column_names else none for item in items})
        _seen.last = weakref.ref(found), whole
        return found
    positions, key, unique = order(rows)
    if positions is not None:
        rows = rows.take(pa.array(positions))
    bad = flagged(rows)
    starts = np.flatnonzero(np.concatenate(([True], np.diff(key) > 0))) if len(key) else np.zeros(0, np.int64)
    head = rows if unique else rows.take(pa.array(starts))
    columns = {"station": head["station"], "time": head["time"].cast(pa.timestamp("s"))}
    for item in items:
        column = rows[item] if item in rows.column_names else none
        if unique and item not in bad:
            columns[item] = column
            continue
        values = column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy()
        says = ~np.isnan(values)
        values = np.where(bad[item], np.nan, values) if item in bad else values
        if not unique:
            says = says | bad[item] if item in bad else says
            last = np.maximum.reduceat(np.where(says, np.arange(len(says)), -1), starts)
            values = np.where(last >= 0, values[last], np.nan)
        columns[item] = pa.array(values, from_pandas=True)
    return pa.table(columns)
