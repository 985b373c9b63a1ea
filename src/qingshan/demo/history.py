"""The hours before the live frames begin: the year before and this year, straight into the lake."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa

from qingshan.demo import air, effluent, pack
from qingshan.lake import Lake
from qingshan.terms import items


def fill(lake: Lake, last: datetime, opened: datetime) -> int:
    """Every station's hours from 1 January of last year to `last`; each received two minutes after it ended."""
    first = datetime(last.year - 1, 1, 1, 1)
    for row in pack.district()["outlet"]:
        lake.backfill(outlet_table(row["code"], datetime(last.year - 1, 10, 1, 1), last, opened))
    return lake.backfill(pa.concat_tables(table(row["code"], first, last, opened) for row in pack.district()["station"]))


def outlet_table(code: str, first: datetime, last: datetime, opened: datetime) -> pa.Table:
    """An outlet's hours, flagged ones too; from a quarter before the year on, so that gaps of January can be replaced."""
    label, values, flags = effluent.hours(code, first, last, opened)
    time = label.astype("datetime64[s]")
    told = [";".join(f"{i}:{flags[i][k]}" for i in flags if flags[i][k] != "N") or None for k in range(label.size)]
    return pa.table({
        "station": pa.array([code] * label.size, pa.string()),
        "time": pa.array(time, pa.timestamp("s")),
        "received": pa.array((time + np.timedelta64(2, "m")).astype("datetime64[us]"), pa.timestamp("us")),
        **{item: pa.array(np.round(column, 3), pa.float64()) for item, column in values.items()},
        "flags": pa.array(told, pa.string()),
        "origin": pa.array(["demo:history"] * label.size, pa.string()),
    })  # fmt: skip


def table(code: str, first: datetime, last: datetime, opened: datetime) -> pa.Table:
    label, values = air.hours(code, first, last, opened)
    seen = ~np.all([np.isnan(values[item]) for item in items.AIR], axis=0)
    time = label[seen].astype("datetime64[s]")
    received = (time + np.timedelta64(2, "m")).astype("datetime64[us]")
    columns = {
        "station": pa.array([code] * int(seen.sum()), pa.string()),
        "time": pa.array(time, pa.timestamp("s")),
        "received": pa.array(received, pa.timestamp("us")),
        **{item: pa.array(values[item][seen], pa.float64(), from_pandas=True) for item in items.AIR},
        "origin": pa.array(["demo:history"] * int(seen.sum()), pa.string()),
    }
    return pa.table(columns)
