"""Store what a preview showed. The same file again stores nothing; a changed value becomes a new version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qingshan.lake import columns
from qingshan.lake.imports.preview import BELOW, Preview
from qingshan.lake.samples import Sample
from qingshan.lake.store import Lake


@dataclass(frozen=True)
class Result:
    """What an import did, counted in station-hours and values."""

    rows: int
    """station-hours in the file that were in order"""
    stored: int
    """rows newly stored"""
    added: int
    """values there were none of before"""
    changed: int
    """values that now have a new version"""
    same: int
    """values already there"""


def store(lake: Lake, preview: Preview, origin: str, received: datetime) -> Result:
    """Store the rows of a preview that say something new.

    A value is not new when the store's present version says it, nor when the last one that is no correction by hand (更正、剔除) does:
    so importing an old file again never undoes a correction.
    """
    rows = preview.rows
    if not rows.num_rows:
        return Result(0, 0, 0, 0, 0)
    items = [n for n in rows.column_names if n not in columns.KEYS]
    edges = pc.min_max(rows["time"]).as_py()
    there = lake.rows(pc.unique(rows["station"]).to_pylist(), edges["min"], edges["max"])
    by_hand = pc.fill_null(pc.starts_with(there["origin"], "basis:"), False)
    sources = [_seen(there, rows, items), _seen(there.filter(pc.invert(by_hand)), rows, items)]
    flags = columns.flagged(rows)
    added = changed = same = 0
    out = {}
    for item in items:
        value = rows[item].to_numpy()
        flag = flags.get(item, np.zeros(rows.num_rows, bool))
        says = ~np.isnan(value)
        equal = np.zeros(rows.num_rows, bool)
        for seen, bad in (source[item] for source in sources):
            equal |= (seen == value) & (bad == flag)
        known = ~np.isnan(sources[0][item][0]) | sources[0][item][1]
        same += int((says & equal).sum())
        changed += int((says & ~equal & known).sum())
        added += int((says & ~equal & ~known).sum())
        out[item] = pa.array(np.where(equal, np.nan, value), from_pandas=True)
    new = np.logical_or.reduce([~np.isnan(v.to_numpy(zero_copy_only=False)) for v in out.values()])
    fresh = pa.table(
        {
            "station": rows["station"], "time": rows["time"],
            "received": pa.repeat(pa.scalar(received, pa.timestamp("us")), rows.num_rows),
            **out, "flags": rows["flags"], "origin": pa.repeat(origin, rows.num_rows),
        }
    ).filter(pa.array(new))  # fmt: skip
    stored = lake.backfill(fresh) if fresh.num_rows > BULK else lake.put(fresh)
    return Result(rows.num_rows, stored, added, changed, same)


def store_samples(lake: Lake, preview: Preview, origin: str, received: datetime) -> Result:
    """Store the samples of a preview: a value below its detection limit keeps the limit and its sign."""
    samples = []
    for row in preview.rows.to_pylist():
        flags = columns.parse_flags(row["flags"])
        for item in preview.rows.column_names:
            if item in columns.KEYS or row[item] is None:
                continue
            flag = flags.get(item, "")
            censor, flag = ("<", "") if flag == BELOW else ("", flag)
            samples.append(Sample(row["station"], row["time"], item, row[item], censor, flag))
    added, changed, same = lake.put_samples(samples, received=received, origin=origin)
    return Result(preview.rows.num_rows, added + changed, added, changed, same)


BULK = 5_000  # more rows than this go straight to the cold table


def _seen(there: pa.Table, rows: pa.Table, items: list[str]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each row to store and item: the value last said (NaN: none) and whether it was flagged or struck out."""
    unflagged = there.set_column(there.column_names.index("flags"), "flags", pa.nulls(there.num_rows, pa.string()))
    raw, valid = columns.latest(unflagged, items), columns.latest(there, items)
    place = {key: i for i, key in enumerate(zip(raw["station"].to_pylist(), raw["time"].to_pylist()))}
    index = np.array([place.get(key, -1) for key in zip(rows["station"].to_pylist(), rows["time"].to_pylist())])
    found = {}
    for item in items:
        said = np.append(raw[item].to_numpy(), np.nan)[index]
        good = np.append(valid[item].to_numpy(), np.nan)[index]
        found[item] = (said, ~np.isnan(said) & np.isnan(good))
    return found
