"""Evaluation of a year: our block kernels beside DuckDB SQL, polars and pandas, in one run, results compared cell by cell.

    python benchmarks/evaluation.py                       # 1,000 stations, a year, 6 pollutants: 52.6 million hourly values
    python benchmarks/evaluation.py --stations 100 --rounds 1

Data are generated (fixed seed, gaps) into a store in a temporary folder, which is removed. Every variant reads the same Parquet files in
a process of its own and gives the same two tables: day means, largest 8-hour mean, indices, AQI, primary pollutants of every station-day
by HJ 633—2026; and of every station the year's means and percentiles by HJ 663, good and heavy-pollution days, composite index and rank.
Time is from the first byte read to both tables in memory, imports aside; memory is the peak of the process.
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent))
import evaluation_year

YEAR, SEED = 2027, 20270101
ITEMS = ("SO2", "NO2", "CO", "O3", "PM10", "PM2.5")
RIVALS = ("duckdb", "polars", "pandas")


def generate(folder: Path, stations: int) -> int:
    """Fill a store: concentrations with a yearly and a daily course, 3 % of values and whole outages missing, some days absent."""
    from qingshan.lake import Lake

    lake, rng, total = Lake(folder), np.random.default_rng(SEED), 0
    names = np.array([f"S{i:05d}" for i in range(stations)])
    level = dict(zip(ITEMS, (9, 32, 0.8, 70, 65, 36)))
    for month in range(1, 13):
        first = np.datetime64(f"{YEAR}-{month:02d}", "M")
        days = int(((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(int))
        hours = days * 24
        label = first.astype("datetime64[s]") + (np.arange(hours) + 1) * np.timedelta64(3600, "s")
        season, course = np.cos(2 * np.pi * (month - 1) / 12), np.sin(2 * np.pi * (np.arange(hours) % 24 - 8) / 24)
        out = rng.random((stations, hours)) < 0.0007
        dead = np.zeros_like(out)
        for lag in range(30):
            dead[:, lag:] |= out[:, : hours - lag] if lag else out
        absent = np.repeat(rng.random((stations, days)) < 0.01, 24, axis=1).ravel()
        table = {"station": pa.array(np.repeat(names, hours)), "time": pa.array(np.tile(label, stations))}
        table["received"] = pa.array(np.tile(label.astype("datetime64[us]") + np.timedelta64(300, "s"), stations))
        for item in ITEMS:
            sign = -1 if item == "O3" else 1
            course_of = 1 - sign * 0.3 * course + sign * 0.4 * season
            value = level[item] * course_of * rng.lognormal(0, 0.5, (stations, hours)) * rng.lognormal(0, 0.4, (stations, 1))
            value = np.round(value, 1) if item == "CO" else np.round(value)
            table[item] = pa.array(value.ravel(), mask=(dead | (rng.random((stations, hours)) < 0.03)).ravel())
        total += lake.backfill(pa.table(table).filter(pa.array(~absent)))
    return total


# the rules, read from the same editions, for the variants that know nothing of them


def ladders() -> dict[str, tuple[list[int], list[int], int]]:
    """Bounds in whole steps, index at them, index above; by item."""
    from qingshan import standards

    std = standards.get("HJ 633", edition="2026")
    table, found = std.table("iaqi"), {}
    for item in ITEMS:
        row = std.row("iaqi", item=item, window="8h" if item == "O3" else "24h")
        scale = 10 ** table["decimals"][row["unit"]]
        bound = [int(b * scale) for b in row["conc"]]
        found[item] = bound, list(table["index"][: len(bound)]), int(row.get("above", table["above"]))
    return found


def ours(files: list[str], folder: Path, workers: int) -> tuple[pa.Table, pa.Table]:
    from qingshan.lake import Lake, engine, kernels

    lake = Lake(folder)
    days = pa.concat_tables(engine.local(kernels.air_days, lake.blocks(), workers))
    keep = ["station", "day", "SO2", "NO2", "CO", "O3_8h", "PM10", "PM2.5", *(f"iaqi_{i}" for i in ITEMS), "aqi", "primary"]
    days = days.select(keep)
    return days, evaluation_year.our_year(days)


def by_duckdb(files: list[str], folder: Path, workers: int) -> tuple[pa.Table, pa.Table]:
    import duckdb

    db = duckdb.connect()
    db.execute(f"SET threads = {workers}")
    db.execute(f"CREATE TEMP TABLE days AS {sql(files)}")
    return db.sql("FROM days").to_arrow_table(), db.sql(evaluation_year.sql_year()).to_arrow_table()


def sql(files: list[str]) -> str:
    """The whole evaluation as one statement over Parquet, in whole numbers."""
    mean = evaluation_year.sql_mean

    def index(item: str, c: str) -> str:
        bound, value, above = ladders()[item]
        cases = " ".join(
            f"WHEN {c} <= {b} THEN {v} - ({v - v0}*({b} - {c})) // {b - b0}" for b0, b, v0, v in zip(bound, bound[1:], value, value[1:])
        )
        return f"CASE WHEN {c} IS NULL THEN NULL {cases} ELSE {above} END"

    plain = [i for i in ITEMS if i != "O3"]
    key = {i: i.lower().replace(".", "") for i in ITEMS}
    names = ", ".join(f"'{f}'" for f in files)
    cast = ", ".join(f'CAST(round("{i}" * {10 if i == "CO" else 1}) AS INTEGER) {key[i]}' for i in ITEMS)
    sums = ", ".join(f"CAST(sum({key[i]}) AS BIGINT) s_{key[i]}, count({key[i]}) n_{key[i]}" for i in plain)
    means = ", ".join(f"CASE WHEN n_{key[i]} >= 20 THEN {mean(f's_{key[i]}', f'n_{key[i]}')} END {key[i]}" for i in plain)
    indices = ", ".join(f"{index(i, key[i])} i_{key[i]}" for i in ITEMS)
    greatest = f"greatest({', '.join('i_' + key[i] for i in ITEMS)})"
    missing = " OR ".join(f"i_{key[i]} IS NULL" for i in ITEMS)
    primary = ", ".join(f"CASE WHEN aqi > 50 AND i_{key[i]} = aqi THEN '{i}' END" for i in ITEMS)
    out_indices = ", ".join(f'i_{key[i]} AS "iaqi_{i}"' for i in ITEMS)
    out = ", ".join([f"{key[i]}{' / 10.0' if i == 'CO' else ''} AS \"{'O3_8h' if i == 'O3' else i}\"" for i in ITEMS])
    return f"""
WITH h AS (SELECT station, (epoch(time)::BIGINT // 3600 - 1) AS label, {cast} FROM read_parquet([{names}], hive_partitioning = false)),
w AS (SELECT *, label // 24 AS day, label % 24 AS hour, sum(o3) OVER eight AS s8, count(o3) OVER eight AS n8 FROM h
      WINDOW eight AS (PARTITION BY station ORDER BY label ROWS 7 PRECEDING)),
d AS (SELECT station, day, {sums}, max(CASE WHEN hour >= 7 AND n8 >= 6 THEN {mean("s8::BIGINT", "n8")} END) m8,
      count(CASE WHEN hour >= 7 AND n8 >= 6 THEN 1 END) n_m8 FROM w GROUP BY station, day),
m AS (SELECT station, day, {means}, CASE WHEN n_m8 >= 14 OR m8 > 160 THEN m8 END o3 FROM d),
i AS (SELECT *, {indices} FROM m),
a AS (SELECT *, CASE WHEN ({missing}) AND NOT {greatest} > 100 THEN NULL ELSE {greatest} END aqi FROM i)
SELECT station, CAST(DATE '1970-01-01' + CAST(day AS INTEGER) AS DATE) AS day, {out}, {out_indices},
       aqi, concat_ws(',', {primary}) AS "primary" FROM a"""


def by_polars(files: list[str], folder: Path, workers: int) -> tuple[pa.Table, pa.Table]:
    import polars as pl

    def mean(total, count):
        whole, rest = total // count, total % count
        return whole + ((2 * rest > count) | ((2 * rest == count) & (whole % 2 == 1))).cast(pl.Int64)

    def index(item, c):
        bound, value, above = ladders()[item]
        chain = pl.when(c.is_null()).then(None)
        for b0, b, v0, v in zip(bound, bound[1:], value, value[1:]):
            chain = chain.when(c <= b).then(v - ((v - v0) * (b - c)) // (b - b0))
        return chain.otherwise(above)

    plain = [i for i in ITEMS if i != "O3"]
    label = pl.col("time").dt.epoch("s") // 3600 - 1
    hours = pl.scan_parquet(files, hive_partitioning=False).select(
        "station", (label // 24).alias("day"), (label % 24).alias("hour"),
        *((pl.col(i) * (10 if i == "CO" else 1)).round().cast(pl.Int64).alias(i) for i in ITEMS),
    ).with_columns(  # rows are whole days in order, so eight rows before hour 8 never reach into the day before
        pl.col("O3").fill_null(0).rolling_sum(8).alias("s8"), pl.col("O3").is_not_null().cast(pl.Int64).rolling_sum(8).alias("n8")
    )  # fmt: skip
    eight = (pl.col("hour") >= 7) & (pl.col("n8") >= 6)
    days = hours.group_by("station", "day").agg(
        *(pl.col(i).sum().alias(f"s_{i}") for i in plain), *(pl.col(i).count().alias(f"n_{i}") for i in plain),
        mean(pl.col("s8"), pl.col("n8")).filter(eight).max().alias("m8"), eight.sum().alias("n_m8"),
    ).select(
        "station", "day",
        *(pl.when(pl.col(f"n_{i}") >= 20).then(mean(pl.col(f"s_{i}"), pl.col(f"n_{i}").cast(pl.Int64))).alias(i) for i in plain),
        pl.when((pl.col("n_m8") >= 14) | (pl.col("m8") > 160)).then(pl.col("m8")).alias("O3"),
    ).with_columns(*(index(i, pl.col(i)).alias(f"iaqi_{i}") for i in ITEMS))  # fmt: skip
    highest = pl.max_horizontal(*(f"iaqi_{i}" for i in ITEMS))
    missing = pl.any_horizontal(*(pl.col(f"iaqi_{i}").is_null() for i in ITEMS))
    days = days.with_columns(pl.when(missing & ~(highest > 100)).then(None).otherwise(highest).alias("aqi"))
    primary = [pl.when((pl.col("aqi") > 50) & (pl.col(f"iaqi_{i}") == pl.col("aqi"))).then(pl.lit(i)) for i in ITEMS]
    days = days.with_columns(pl.concat_str(primary, separator=",", ignore_nulls=True).alias("primary"))
    days = days.collect()

    year = evaluation_year.polars_year(days)
    table = days.select(
        "station", pl.col("day").cast(pl.Int32).cast(pl.Date),
        *(pl.col(i).cast(pl.Float64).alias("O3_8h" if i == "O3" else i) for i in ITEMS), *(f"iaqi_{i}" for i in ITEMS), "aqi", "primary",
    ).to_arrow()  # fmt: skip
    at = table.column_names.index("CO")  # polars divides by a constant as times its reciprocal: 14 / 10 is not 1.4 there
    return table.set_column(at, "CO", pc.divide(table["CO"], 10.0)), year


def by_pandas(files: list[str], folder: Path, workers: int) -> tuple[pa.Table, pa.Table]:
    import pandas as pd

    def mean(total, count):
        whole, rest = total // count, total % count
        return whole + ((2 * rest > count) | ((2 * rest == count) & (whole % 2 == 1)))

    def index(item, c):
        bound, value, above = (np.array(x) for x in ladders()[item])
        i = np.clip(np.searchsorted(bound, c), 1, len(bound) - 1)
        result = value[i] - ((value[i] - value[i - 1]) * (bound[i] - c)) // (bound[i] - bound[i - 1])
        return np.where(np.isnan(c), np.nan, np.where(c > bound[-1], above, result))

    h = pd.concat([pd.read_parquet(f, columns=["station", "time", *ITEMS], partitioning=None) for f in files], ignore_index=True)
    label = h["time"].astype("datetime64[s]").astype("int64") // 3600 - 1
    h["day"], hour = label // 24, label % 24
    for item in ITEMS:
        h[item] = (h[item] * (10 if item == "CO" else 1)).round()
    total, count = h["O3"].fillna(0).rolling(8).sum(), h["O3"].notna().rolling(8).sum()
    eight = (hour >= 7) & (count >= 6)
    h["m8"] = mean(total, count).where(eight)
    plain = [i for i in ITEMS if i != "O3"]
    groups = h.groupby(["station", "day"], sort=False, observed=True)
    s, n, m8, n8 = groups[plain].sum(), groups[plain].count(), groups["m8"].max(), groups["m8"].count()
    d = pd.DataFrame({i: mean(s[i], n[i]).where(n[i] >= 20) for i in plain})
    d["O3"] = m8.where((n8 >= 14) | (m8 > 160))
    for item in ITEMS:
        d[f"iaqi_{item}"] = index(item, d[item].to_numpy())
    indices = d[[f"iaqi_{i}" for i in ITEMS]]
    highest = indices.max(axis=1)
    d["aqi"] = highest.where(indices.notna().all(axis=1) | (highest > 100))
    bits = sum((1 << k) * ((d["aqi"] > 50) & (d[f"iaqi_{i}"] == d["aqi"])) for k, i in enumerate(ITEMS))
    d["primary"] = np.array([",".join(i for k, i in enumerate(ITEMS) if b >> k & 1) for b in range(64)], object)[bits]
    year = evaluation_year.pandas_year(d)
    d["CO"] = d["CO"] / 10
    d = d.reset_index().rename(columns={"O3": "O3_8h"})
    d["day"] = d["day"].to_numpy().astype("datetime64[D]").astype("datetime64[s]")
    return pa.Table.from_pandas(d, preserve_index=False), year


def normal(table: pa.Table) -> pa.Table:
    """The same columns, types and order, so that equal results are equal tables."""
    names = ["station", "day", "SO2", "NO2", "CO", "O3_8h", "PM10", "PM2.5", *(f"iaqi_{i}" for i in ITEMS), "aqi", "primary"]
    if "rank" in table.column_names:
        names = evaluation_year.NAMES
    kinds = {"station": pa.string(), "day": pa.date32(), "primary": pa.string()}
    columns = {}
    for name in names:
        kind = kinds.get(name, pa.float64())
        column = table[name].cast(kind)
        columns[name] = pa.array(column.to_numpy(), kind, from_pandas=True) if kind == pa.float64() else column
    order = [(name, "ascending") for name in ("station", "day") if name in columns]
    return pa.table(columns).sort_by(order).combine_chunks()


def measure(variant: str, folder: Path, workers: int, out: Path) -> None:
    """Run one variant in this process; time, peak memory and the table go to `out`."""
    files = [str(p) for p in sorted((folder / "hours").glob("month=*/bucket=*/*.parquet"))]
    work = {"qingshan": ours, "qingshan serial": ours, "duckdb": by_duckdb, "polars": by_polars, "pandas": by_pandas}[variant]
    importlib.import_module(variant if variant in RIVALS else "qingshan.lake")
    ladders()
    start = time.perf_counter()
    table, year = work(files, folder, 1 if variant == "qingshan serial" else workers)
    seconds = time.perf_counter() - start
    (out / f"{variant}.json").write_text(json.dumps({"seconds": seconds, "peak": peak_megabytes(), "rows": table.num_rows}))
    if not (out / f"{variant}.parquet").exists():
        pq.write_table(normal(table), out / f"{variant}.parquet")
        pq.write_table(normal(year), out / f"{variant} year.parquet")


def peak_megabytes() -> float:
    """Peak resident memory of this process; on Linux without what a parent had before it was started."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def compare(out: Path, variants: list[str]) -> bool:
    """Cell by cell against ours."""
    same, cells = True, []
    for what in ("", " year"):
        mine = pq.read_table(out / f"qingshan{what}.parquet")
        cells.append(mine.num_rows * mine.num_columns)
        for variant in variants[1:]:
            other = pq.read_table(out / f"{variant}{what}.parquet")
            if mine.num_rows != other.num_rows:
                print(f"{variant}{what}: {other.num_rows} rows, ours {mine.num_rows}")
                same = False
                continue
            wrong = [n for n in mine.column_names if not mine[n].equals(other[n])]
            for name in wrong:
                pairs = zip(mine[name].to_pylist(), other[name].to_pylist())
                diff = [(i, a, b) for i, (a, b) in enumerate(pairs) if a != b]
                print(f"{variant}{what} {name}: {len(diff)} cells differ, first {diff[:3]}")
            same &= not wrong
    print(f"cells compared per variant: {cells[0]:,} of days, {cells[1]:,} of the year; {'all identical' if same else 'NOT identical'}")
    return same


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stations", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--variant", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.variant:
        measure(options.variant, options.folder, options.workers, options.out)
        return 0
    variants = ["qingshan", "qingshan serial", *RIVALS]
    with tempfile.TemporaryDirectory(prefix="qingshan-bench-") as temporary:
        folder, out = Path(temporary) / "lake", Path(temporary) / "out"
        out.mkdir()
        start = time.perf_counter()
        script = [sys.executable, __file__, "--folder", str(folder), "--out", str(out), "--workers", str(options.workers)]
        rows = generate(folder, options.stations)
        size = sum(p.stat().st_size for p in (folder / "hours").rglob("*.parquet")) / 2**20
        seconds = time.perf_counter() - start
        print(f"{rows:,} rows × {len(ITEMS)} items = {rows * 6:,} hourly values, {size:.0f} MB, generated in {seconds:.0f} s")
        found: dict[str, list[dict]] = {v: [] for v in variants}
        for _ in range(options.rounds):
            for variant in variants:
                subprocess.run([*script, "--variant", variant], check=True)
                found[variant].append(json.loads((out / f"{variant}.json").read_text()))
        base = statistics.median(r["seconds"] for r in found["duckdb"])
        print(f"{'variant':16} {'seconds (min–max)':>22} {'× DuckDB':>9} {'peak MB':>8}")
        for variant, runs in found.items():
            times = [r["seconds"] for r in runs]
            middle = statistics.median(times)
            spread = f"{middle:.2f} ({min(times):.2f}–{max(times):.2f})"
            print(f"{variant:16} {spread:>22} {middle / base:9.2f} {max(r['peak'] for r in runs):8.0f}")
        same = compare(out, variants)
        ratio = statistics.median(r["seconds"] for r in found["qingshan"]) / base
        peak = max(r["peak"] for r in found["qingshan"])
        print(f"wanted: ≤ 0.80 × DuckDB, got {ratio:.2f}; ≤ 600 MB, got {peak:.0f} MB")
        return 0 if same and ratio <= 0.8 and peak <= 600 else 1


if __name__ == "__main__":
    sys.exit(main())
