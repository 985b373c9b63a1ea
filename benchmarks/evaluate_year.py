"""The year of every station from its days, four ways: means and percentiles by HJ 663—2026, counts of days, composite index and rank.

Values are taken in whole steps (µg/m³, 0.1 mg/m³); statistics have one decimal more; everything is rounded half to even, exactly.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ITEMS = ("SO2", "NO2", "CO", "O3", "PM10", "PM2.5")
YEARLY = {
    "SO2": ("mean", 98), "NO2": ("mean", 98), "CO": (95,), "O3": (90,), "PM10": ("mean", 95), "PM2.5": ("mean", 95),
}  # fmt: skip
STATISTICS = [f"{i}_{s if s == 'mean' else f'P{s}'}" for i, those in YEARLY.items() for s in those]
NAMES = ["station", *STATISTICS, "days", "good", "heavy", "index", "rank"]

AT_ONCE = 1000
"""Stations whose year is one array: temporaries stay small"""


def composite() -> tuple[dict[str, int], int]:
    """Of each statistic in whole steps its weight, and their common divisor: the composite index is Σ weight·steps / divisor."""
    from fractions import Fraction
    from math import lcm

    from qingshan import standards
    from qingshan.methods import air

    rule, gb3095 = standards.get("城市环境空气质量排名技术规定", edition="2018"), standards.get("GB 3095", edition="2026")
    share = {}
    for row in rule.table("index")["row"]:
        limit = Fraction(air.limit(gb3095, row["item"], row["limit"], phase="transition"))
        share[f"{row['item']}_{row['statistic']}"] = 1 / (limit * (100 if row["item"] == "CO" else 10))
    divisor = lcm(*(s.denominator for s in share.values()))
    return {name: int(s * divisor) for name, s in share.items()}, divisor


def our_year(days: pa.Table, workers: int = 1) -> pa.Table:
    from qingshan import standards
    from qingshan.methods import air
    from qingshan.stats import ranking

    hj633, hj663, gb3095 = (standards.get(code, edition="2026") for code in ("HJ 633", "HJ 663", "GB 3095"))
    rule = standards.get("城市环境空气质量排名技术规定", edition="2018")
    station = pc.dictionary_encode(days["station"]).unify_dictionaries()
    day = days["day"].cast(pa.int32()).to_numpy()
    names, first = station.chunk(0).dictionary, day.min()
    shape = len(names), int(day.max() - first) + 1
    place = np.concatenate([chunk.indices.to_numpy() for chunk in station.chunks])
    place *= np.int32(shape[1])
    place += day
    place -= first
    del day, station

    def grid(name: str) -> np.ndarray:
        out, at = np.full(shape[0] * shape[1], np.nan), 0
        for chunk in days[name].chunks:  # a piece at a time: the column is never there twice
            out[place[at : at + len(chunk)]] = chunk.to_numpy(zero_copy_only=False)
            at += len(chunk)
        return out.reshape(shape)

    def pieces(name: str) -> list[np.ndarray]:
        return np.array_split(grid(name), -(-shape[0] // AT_ONCE))

    def statistics(name: str) -> dict[str, np.ndarray]:
        parts = [air.statistics(hj663, {name: piece}) for piece in pieces(name)]
        return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}

    with ThreadPoolExecutor(workers) as pool:
        parts = dict(zip(air.COLUMNS, pool.map(statistics, air.COLUMNS)))
    found = {name: values for part in parts.values() for name, values in part.items()}
    counts = [(air.good_days(hj633, piece), air.heavy_days(hj633, piece)) for piece in pieces("aqi")]
    of, good, heavy = (np.concatenate(those) for those in zip(*((g.of, g.count, h.count) for g, h in counts)))
    index = air.composite_index(rule, gb3095, found, phase="transition")
    return pa.table({"station": names, **found, "days": of, "good": good, "heavy": heavy,
                     "index": index, "rank": ranking.rank(index)})  # fmt: skip


def sql_mean(total: str, count: str) -> str:
    """Half to even, in whole numbers."""
    odd = f"({total} // {count}) % 2 = 1"
    rest = f"2 * ({total} % {count})"
    return f"{total} // {count} + CASE WHEN {rest} > {count} OR ({rest} = {count} AND {odd}) THEN 1 ELSE 0 END"


def sql_year() -> str:
    """The year of every station from its days: statistics in whole steps of a decimal more than the days have."""
    key = {i: i.lower().replace(".", "") for i in ITEMS}
    column = {i: '"O3_8h"' if i == "O3" else f'"{i}"' for i in ITEMS}
    whole = ", ".join(f"CAST(round({column[i]} * {10 if i == 'CO' else 1}) AS BIGINT) {key[i]}" for i in ITEMS)
    lists = ", ".join(f"list({key[i]} ORDER BY {key[i]}) FILTER ({key[i]} IS NOT NULL) l_{key[i]}" for i in ITEMS)
    sums = ", ".join(f"CAST(sum({key[i]}) AS BIGINT) s_{key[i]}" for i in ITEMS)
    found, names = [], []
    for item, those in YEARLY.items():
        values, n = f"l_{key[item]}", f"len(l_{key[item]})"
        for s in those:
            names.append(f"{item}_{s if s == 'mean' else f'P{s}'}")
            if s == "mean":
                found.append(f'{sql_mean(f"(10 * s_{key[item]})", n)} "{names[-1]}"')
            else:
                at, rest = f"((({n} - 1) * {s}) // 100)", f"((({n} - 1) * {s}) % 100)"
                low, high = f"{values}[{at} + 1]", f"{values}[least({at} + 2, {n})]"
                found.append(f'{sql_mean(f"(100 * {low} + ({high} - {low}) * {rest})", "10")} "{names[-1]}"')
    weights, divisor = composite()
    total = " + ".join(f'{w} * "{name}"' for name, w in weights.items())
    out = ", ".join(f'"{n}" / {100.0 if n.startswith("CO") else 10.0} AS "{n}"' for n in names)
    return f"""
WITH d AS (SELECT station, aqi, {whole} FROM days),
g AS (SELECT station, {lists}, {sums}, count(aqi) AS days, count(*) FILTER (aqi <= 100) AS good, count(*) FILTER (aqi > 200) AS heavy
      FROM d GROUP BY station),
s AS (SELECT station, days, good, heavy, {", ".join(found)} FROM g),
i AS (SELECT *, {sql_mean(f"(100 * ({total}))", str(divisor))} steps FROM s)
SELECT station, {out}, days, good, heavy, steps / 100.0 AS "index", rank() OVER (ORDER BY steps) AS rank FROM i"""


def polars_year(days):
    """The same of a polars frame of days in whole steps."""
    import polars as pl

    def mean(total, count):
        whole, rest = total // count, total % count
        return whole + ((2 * rest > count) | ((2 * rest == count) & (whole % 2 == 1))).cast(pl.Int64)

    def percentile(item, percent):
        values = pl.col(item).drop_nulls().sort()
        k = (values.len().cast(pl.Int64) - 1) * percent
        low, high = values.get(k // 100), values.get(pl.min_horizontal(k // 100 + 1, values.len().cast(pl.Int64) - 1))
        return mean(100 * low + (high - low) * (k % 100), pl.lit(10))

    year = days.group_by("station").agg(
        *(
            (mean(10 * pl.col(i).sum(), pl.col(i).count().cast(pl.Int64)) if s == "mean" else percentile(i, s)).alias(
                f"{i}_{s if s == 'mean' else f'P{s}'}"
            )
            for i, those in YEARLY.items()
            for s in those
        ),
        pl.col("aqi").count().alias("days"), (pl.col("aqi") <= 100).sum().alias("good"), (pl.col("aqi") > 200).sum().alias("heavy"),
    )  # fmt: skip
    weights, divisor = composite()
    total = sum(w * pl.col(name) for name, w in weights.items())
    year = year.with_columns(mean(100 * total, pl.lit(divisor)).alias("index"))
    return scaled(year.with_columns(pl.col("index").rank("min").alias("rank")).to_arrow())


def pandas_year(d):
    """The same of a pandas frame of days in whole steps, by station and day."""
    import pandas as pd

    def mean(total, count):
        whole, rest = total // count, total % count
        return whole + ((2 * rest > count) | ((2 * rest == count) & (whole % 2 == 1)))

    year, stations = {}, d.groupby(level="station")
    for item, those in YEARLY.items():
        values = d[item].dropna().sort_values()
        groups = values.groupby(level="station")
        n, place, at = groups.size(), groups.cumcount().to_numpy(), values.index.get_level_values("station")
        for s in those:
            if s == "mean":
                year[f"{item}_mean"] = mean(10 * groups.sum(), n)
                continue
            k = (n - 1) * s
            low = values[place == (k // 100).reindex(at).to_numpy()].droplevel("day")
            high = values[place == np.minimum(k // 100 + 1, n - 1).reindex(at).to_numpy()].droplevel("day")
            year[f"{item}_P{s}"] = mean(100 * low + (high - low) * (k % 100), 10)
    year = pd.DataFrame(year)
    year["days"] = stations["aqi"].count()
    year["good"] = (d["aqi"] <= 100).groupby(level="station").sum()
    year["heavy"] = (d["aqi"] > 200).groupby(level="station").sum()
    weights, divisor = composite()
    year["index"] = mean(100 * sum(w * year[name] for name, w in weights.items()), divisor)
    year["rank"] = year["index"].rank(method="min")
    return scaled(pa.Table.from_pandas(year.reset_index(), preserve_index=False))


def scaled(year: pa.Table) -> pa.Table:
    """A year in whole steps as decimals."""
    for name in [*STATISTICS, "index"]:
        steps = 100.0 if name.startswith("CO") or name == "index" else 10.0
        year = year.set_column(year.column_names.index(name), name, pc.divide(year[name].cast(pa.float64()), steps))
    return year
