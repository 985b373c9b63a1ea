"""Cold rows: closed days in one Delta Lake table, a folder of Parquet files and a log of versions.

Partitioned by month and station bucket, sorted (station, time, received, sequence), LZ4. A partition is replaced as a whole, so a reader
sees it before or after, never between; every version stays (nothing is vacuumed).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from operator import and_
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from deltalake import DeltaTable, PostCommitHookProperties, WriterProperties, write_deltalake

from qingshan.lake import columns

FILE = ("path", "partition.month", "partition.bucket", "max.sequence", "min.time", "max.time")
PARTITION = ["month", "bucket"]
FOR_EVER = "interval 36500 days"
CONFIGURATION = {
    "delta.logRetentionDuration": FOR_EVER,
    "delta.deletedFileRetentionDuration": FOR_EVER,
    "delta.dataSkippingNumIndexedCols": "4",
}
WRITER = WriterProperties(compression="LZ4_RAW", max_row_group_size=65_536)
HOOKS = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)


class File(NamedTuple):
    """One Parquet file of the table and the partition it holds."""

    path: Path
    month: str
    bucket: int
    sequence: int
    """the highest sequence number in it"""
    first: datetime
    last: datetime
    """hour labels from … to"""


class Cold:
    """The Delta table in `folder`. Safe to use from several threads and processes; writers hold the store's lock."""

    def __init__(self, folder: Path, buckets: int):
        self.folder, self._buckets = folder, buckets
        self._lock = threading.Lock()
        self._table: DeltaTable | None = None
        self._stations: tuple[int, frozenset[str]] = (-1, frozenset())
        self._seen: tuple[int, int, tuple[File, ...]] = (-1, 0, ())

    def _look(self) -> tuple[int, int, tuple[File, ...]]:
        """(version, highest sequence, files) of the newest version."""
        with self._lock:
            if self._table is None:
                if not (self.folder / "_delta_log").is_dir():
                    return self._seen
                self._table = DeltaTable(self.folder)
            elif (self.folder / "_delta_log" / f"{self._seen[0] + 1:020}.json").exists():
                self._table.update_incremental()
            version = self._table.version()
            if version != self._seen[0]:
                actions = pa.table(self._table.get_add_actions(flatten=True))
                files = tuple(
                    File(self.folder / path, month, int(bucket), *edges)
                    for path, month, bucket, *edges in zip(*(actions[n].to_pylist() for n in FILE))
                )
                highest = pc.max(actions["max.sequence"]).as_py() if actions.num_rows else 0
                self._seen = (version, highest or 0, tuple(sorted(files)))
            return self._seen

    @property
    def version(self) -> int:
        """The table's version; -1 while nothing has been settled."""
        return self._look()[0]

    def sequence(self) -> int:
        """The highest sequence number in the table."""
        return self._look()[1]

    @property
    def buckets(self) -> int:
        """How many station buckets the table has; fixed when it is created."""
        self._look()
        if self._table is None:
            return self._buckets
        return int(json.loads(self._table.metadata().description)["buckets"])

    def files(self, months: Sequence[str] | None = None, stations: Sequence[str] | None = None) -> list[File]:
        """The files that may hold rows of these months and stations."""
        _, _, files = self._look()
        wanted = None if stations is None else {columns.bucket_of(s, self.buckets) for s in stations}
        chosen = None if months is None else set(months)
        return [f for f in files if (chosen is None or f.month in chosen) and (wanted is None or f.bucket in wanted)]

    def rows(
        self, files: Sequence[File], stations: Sequence[str] | None = None, first: datetime | None = None, last: datetime | None = None
    ) -> pa.Table:
        """The rows of `files` within the stations and hours asked for."""
        return rows(files, self._schema(), stations, first, last) if files else columns.empty()

    def _schema(self) -> pa.Schema:
        with self._lock:
            names = self._table.schema().fields
        items = [f.name for f in names if f.name not in columns.TYPES and f.name not in PARTITION]
        return pa.schema([*columns.TYPES.items(), *((i, pa.float64()) for i in items)])

    def stations(self) -> frozenset[str]:
        """All stations in the table."""
        version, _, files = self._look()
        if self._stations[0] != version:
            found = (pq.read_table(f.path, columns=["station"], partitioning=None)["station"] for f in files)
            self._stations = (version, frozenset(name for column in found for name in pc.unique(column).to_pylist()))
        return self._stations[1]

    def merge(self, rows: pa.Table) -> int:
        """Add rows, month by month, each month one commit; a row already there is not added again. Returns how many were."""
        months = columns.days_of(rows["time"].to_numpy()).astype("datetime64[M]")
        bucket = columns.buckets_of(rows["station"], self.buckets).to_numpy()
        added = 0
        for month in np.unique(months):
            inside = months == month
            added += self._merge_month(str(month), rows.filter(pa.array(inside)), np.unique(bucket[inside]).tolist())
        return added

    def _merge_month(self, month: str, rows: pa.Table, buckets: list[int]) -> int:
        there = self.rows([f for f in self.files([month]) if f.bucket in buckets])
        whole = columns.distinct(columns.concat([there, rows]))
        if whole.num_rows == there.num_rows:
            return 0
        bucket = columns.buckets_of(whole["station"], self.buckets)
        whole = whole.append_column("month", pa.repeat(month, whole.num_rows)).append_column("bucket", bucket)
        if self.version < 0:
            self._write(whole, mode="append", configuration=CONFIGURATION, description=json.dumps({"buckets": self._buckets}))
        else:
            only = f"month = '{month}' AND bucket IN ({', '.join(map(str, buckets))})"
            self._write(whole, mode="overwrite", predicate=only, schema_mode="merge")
        return whole.num_rows - there.num_rows

    def _write(self, rows: pa.Table, **how) -> None:
        write_deltalake(  # of several chunks it would interleave the rows
            self.folder, rows.combine_chunks(), partition_by=PARTITION, writer_properties=WRITER, post_commithook_properties=HOOKS, **how
        )


def rows(
    files: Sequence[File], schema: pa.Schema, stations: Sequence[str] | None = None, first: datetime | None = None,
    last: datetime | None = None,
) -> pa.Table:  # fmt: skip
    """The rows of files within the stations and hours asked for, as columns of `schema`."""
    clauses = []
    if stations is not None:
        clauses.append(ds.field("station").isin(list(stations)))
    if first is not None:
        clauses.append(ds.field("time") >= pa.scalar(first, pa.timestamp("us")))
    if last is not None:
        clauses.append(ds.field("time") <= pa.scalar(last, pa.timestamp("us")))
    wanted = reduce(and_, clauses) if clauses else None
    return ds.dataset([str(f.path) for f in files], schema, "parquet").to_table(filter=wanted)


def lean(files: Sequence[File], items: Sequence[str]) -> pa.Table:
    """Only what is needed where each hour has one version: station (as a dictionary), time, flags and items, NaN where missing."""
    return columns.concat([_lean(f.path, items) for f in files])


def _lean(path: Path, items: Sequence[str]) -> pa.Table:
    with pq.ParquetFile(path, read_dictionary=["station"], memory_map=True, pre_buffer=False) as file:
        flags = file.schema_arrow.get_field_index("flags")
        groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
        said = [group.column(flags).statistics for group in groups]
        empty = all(s is not None and s.null_count == group.num_rows for s, group in zip(said, groups))
        table = file.read(columns=["station", "time", *([] if empty else ["flags"]), *items], use_threads=False)
    columns = {name: table[name] for name in table.column_names} | {item: _missing_as_nan(table[item]) for item in items}
    return pa.table({"flags": pa.nulls(table.num_rows, pa.string())} | columns)


def _missing_as_nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """NaN for null, written where the nulls are: what was just read belongs to nobody else."""
    return pa.chunked_array([_filled(chunk) for chunk in column.chunks], pa.float64())


def _filled(values: pa.Array) -> pa.Array:
    valid, numbers = values.buffers()
    if valid is None or values.offset or not numbers.is_mutable:
        return pc.fill_null(values, np.nan)
    missing = np.unpackbits(np.frombuffer(valid, np.uint8), bitorder="little")[: len(values)] == 0
    np.copyto(np.frombuffer(numbers, float)[: len(values)], np.nan, where=missing)
    return pa.Array.from_buffers(pa.float64(), len(values), [None, numbers])
