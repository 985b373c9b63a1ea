"""Evaluation of a year: our block kernels beside DuckDB SQL, polars and pandas, in one run, results compared cell by cell.

    python -m benchmarks.evaluate                         # 1,000 stations, a year, 6 pollutants: 52.6 million hourly values
    python -m benchmarks.evaluate --scale 10              # 10,000 stations: 525.6 million
    python -m benchmarks.evaluate --stations 100 --rounds 1

Data are generated (fixed seed, gaps) into a store in a temporary folder, which is removed. Every variant reads the same Parquet files in
a process of its own, after a first run on one month that warms it, and gives the same two tables: day means, largest 8-hour mean,
indices, AQI, primary pollutants of every station-day
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
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from benchmarks import evaluate_year

YEAR, SEED = 2027, 20270101
ITEMS = ("SO2", "NO2", "CO", "O3", "PM10", "PM2.5")
RIVALS = ("duckdb", "polars", "pandas")


def generate(folder: Path, stations: int) -> int:
    """Fill a store: concentrations with a yearly and a daily course, 3 % of values and whole outages missing, some days absent."""
    from qingshan.lake import Lake

    lake, rng, total = Lake(folder, buckets=max(4, stations // 250)), np.random.default_rng(SEED), 0
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


def ours(files: list[str], folder: Path, workers: int, kernel: Callable[[pa.Table], pa.Table] | None = None) -> tuple[pa.Table, pa.Table]:
    from qingshan.lake import Lake, engine, kernels

    keep = ["station", "day", "SO2", "NO2", "CO", "O3_8h", "PM10", "PM2.5", *(f"iaqi_{i}" for i in ITEMS), "aqi", "primary"]
    days = pa.concat_tables(t.select(keep) for t in engine.local(kernel or kernels.air_days, _blocks(Lake(folder), files), workers))
    return days, evaluate_year.our_year(days, workers)


def ours_fast(files: list[str], folder: Path, workers: int) -> tuple[pa.Table, pa.Table]:
    from qingshan.lake import compiled

    return ours(files, folder, workers, compiled.air_days)


def _blocks(lake, files: list[str]):
    wanted = set(files)
    return (block for block in lake.blocks() if all(str(f.path) in wanted for f in block.files))


def one_day(folder: Path) -> dict[str, float]:
    """Milliseconds to evaluate one station-day again, as when an hour arrives: layout, statistics, indices, Arrow out."""
    from qingshan.lake import Lake, compiled, kernels

    day = next(iter(Lake(folder).blocks()))().slice(0, 24).combine_chunks()
    found = {}
    for name, kernel in (("numpy", kernels.air_days), ("numba", compiled.air_days)):
        kernel(day)
        times = []
        for _ in range(2000):
            start = time.perf_counter()
            kernel(day)
            times.append(time.perf_counter() - start)
        found[name] = statistics.median(times) * 1000
    return found


def by_duckdb(files: list[str], folder: Path, workers: int) -> tuple[pa.Table, pa.Table]:
    import duckdb

    db = duckdb.connect()
    db.execute(f"SET threads = {workers}")
    db.execute(f"CREATE TEMP TABLE days AS {sql(files)}")
    return db.sql("FROM days").to_arrow_table(), db.sql(evaluate_year.sql_year()).to_arrow_table()


def sql(files: list[str]) -> str:
    """The whole evaluation as one statement over Parquet, in whole numbers. Eight-hour means from the 24 hours as columns of a day: three
    times as fast as a window function over the hours."""
    mean = evaluate_year.sql_mean

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
    o3 = ", ".join(f"max(o3) FILTER (hour = {h}) h{h}" for h in range(24))
    eights = ", ".join(
        f"{' + '.join(f'coalesce(h{k}, 0)' for k in range(h - 7, h + 1))} s{h}, "
        f"{' + '.join(f'(h{k} IS NOT NULL)::INTEGER' for k in range(h - 7, h + 1))} n{h}"
        for h in range(7, 24)
    )
    eight = {h: f"CASE WHEN n{h} >= 6 THEN {mean(f's{h}', f'n{h}')} END" for h in range(7, 24)}
    return f"""
WITH h AS (SELECT station, (epoch(time)::BIGINT // 3600 - 1) AS label, {cast} FROM read_parquet([{names}], hive_partitioning = false)),
d AS (SELECT station, label // 24 AS day, {sums}, {o3} FROM (SELECT *, label % 24 AS hour FROM h) GROUP BY station, day),
w AS (SELECT * EXCLUDE ({", ".join(f"h{h}" for h in range(24))}), {eights} FROM d),
e AS (SELECT *, greatest({", ".join(eight.values())}) m8, {" + ".join(f"(n{h} >= 6)::INTEGER" for h in range(7, 24))} n_m8 FROM w),
m AS (SELECT station, day, {means}, CASE WHEN n_m8 >= 14 OR m8 > 160 THEN m8 END o3 FROM e),
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

    year = evaluate_year.polars_year(days)
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
    year = evaluate_year.pandas_year(d)
    d["CO"] = d["CO"] / 10
    d = d.reset_index().rename(columns={"O3": "O3_8h"})
    d["day"] = d["day"].to_numpy().astype("datetime64[D]").astype("datetime64[s]")
    return pa.Table.from_pandas(d, preserve_index=False), year


def normal(table: pa.Table) -> pa.Table:
    """The same columns, types and order, so that equal results are equal tables."""
    names = ["station", "day", "SO2", "NO2", "CO", "O3_8h", "PM10", "PM2.5", *(f"iaqi_{i}" for i in ITEMS), "aqi", "primary"]
    if "rank" in table.column_names:
        names = evaluate_year.NAMES
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
    work = {"duckdb": by_duckdb, "polars": by_polars, "pandas": by_pandas, "qingshan numba": ours_fast}.get(variant, ours)
    importlib.import_module(variant if variant in RIVALS else "qingshan.lake")
    ladders()
    workers = 1 if variant == "qingshan serial" else workers
    work([f for f in files if "-06/" in f][:1], folder, workers)
    start = time.perf_counter()
    table, year = work(files, folder, workers)
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


WANTED = {1: {"qingshan": (0.75, 500), "qingshan numba": (0.40, None)}, 10: {"qingshan": (0.35, 900)}}
"""By scale and variant: times DuckDB, megabytes"""


def report(found: dict[str, list[dict]], scale: int) -> bool:
    """One table; whether what is wanted holds."""
    base = statistics.median(r["seconds"] for r in found["duckdb"])
    met = True
    print(f"{'variant':16} {'seconds (min–max)':>22} {'× DuckDB':>9} {'of minima':>9} {'peak MB':>8}  wanted")
    for variant, runs in found.items():
        times, peak = [r["seconds"] for r in runs], max(r["peak"] for r in runs)
        middle = statistics.median(times)
        spread = f"{middle:.2f} ({min(times):.2f}–{max(times):.2f})"
        ratio, least = middle / base, min(times) / min(r["seconds"] for r in found["duckdb"])
        most, room = WANTED.get(scale, {}).get(variant, (None, None))
        said = f"≤ {most:.2f} ×{f', ≤ {room} MB' if room else ''}" if most else ""
        met &= (most is None or ratio <= most) and (room is None or peak <= room)
        print(f"{variant:16} {spread:>22} {ratio:9.2f} {least:9.2f} {peak:8.0f}  {said}")
    return met


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=int, default=1, help="1: 1,000 stations; 10: 10,000")
    parser.add_argument("--stations", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--leave-out", action="append", default=[], choices=["polars", "pandas", "qingshan serial"])
    parser.add_argument("--variant", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.variant:
        measure(options.variant, options.folder, options.workers, options.out)
        return 0
    variants = [v for v in ("qingshan", "qingshan serial", "qingshan numba", *RIVALS) if v not in options.leave_out]
    with tempfile.TemporaryDirectory(prefix="qingshan-bench-") as temporary:
        folder, out = Path(temporary) / "lake", Path(temporary) / "out"
        out.mkdir()
        start = time.perf_counter()
        script = [sys.executable, "-m", "benchmarks.evaluate"]
        script += ["--workers", str(options.workers), "--folder", str(folder), "--out", str(out)]
        rows = generate(folder, options.stations or 1000 * options.scale)
        size = sum(p.stat().st_size for p in (folder / "hours").rglob("*.parquet")) / 2**20
        seconds = time.perf_counter() - start
        print(f"{rows:,} rows × {len(ITEMS)} items = {rows * 6:,} hourly values, {size:.0f} MB, generated in {seconds:.0f} s")
        found: dict[str, list[dict]] = {v: [] for v in variants}
        for _ in range(options.rounds):
            for variant in variants:
                subprocess.run([*script, "--variant", variant], check=True)
                found[variant].append(json.loads((out / f"{variant}.json").read_text()))
        met = report(found, options.scale if options.stations is None else 0)
        same = compare(out, variants)
        alone = one_day(folder)
        print("one station-day: " + ", ".join(f"{ms:.2f} ms ({name})" for name, ms in alone.items()) + "; wanted ≤ 1 ms")
        return 0 if same and met and alone["numpy"] <= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
