"""One million samples classed on 21 items: our columns beside pandas, in one run, results compared cell by cell.

    python benchmarks/water.py                       # 1,000,000 samples; the plain pandas on 100,000 of them, see --plain
    python benchmarks/water.py --samples 200000 --plain 200000 --rounds 1

Every variant gives the class of each of the 21 items, the class of the sample, times over Ⅲ of each item, and the three main pollutants
(GB 3838—2002 表1, 环办〔2011〕22号) from the same columns in memory, gaps and both water body types included. ``plain`` is what an engineer
writes in an afternoon: ``pd.cut`` per item, then ``DataFrame.apply`` over rows for the main pollutants; ``vectorised`` is pandas with numpy
underneath and no loop over rows. Data are generated (fixed seed). Time is of the evaluation alone.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np
import pandas as pd

from qingshan import standards
from qingshan.methods import surface_water as water
from qingshan.terms import items

SEED = 3838
GB3838 = standards.get("GB 3838", edition="2002")
RULE = standards.get("地表水环境质量评价办法", edition="2011")
BASIS = water.basis(RULE, "21")
TOXIC = set(RULE.table("pollutant")["toxic"])
NAMES = [items.get(i, "water").name.replace(" ", "") for i in BASIS.items]


def generate(size: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Samples around the limits of Ⅱ and Ⅲ, lognormal, written with the decimals of laboratories; 1 % missing in each item."""
    rng = np.random.default_rng(SEED)
    values = {}
    for item in BASIS.items:
        if item == "pH":
            column = np.round(rng.normal(7.8, 0.6, size), 2)
        elif item == "DO":
            column = np.round(np.clip(rng.normal(7.2, 2.0, size), 0.1, 20), 2)
        else:
            middle = water.limit(GB3838, item, 3, "river") * (0.45 if item in ("CODMn", "COD", "BOD5", "NH3-N", "TP") else 0.1)
            column = rng.lognormal(np.log(middle), 0.8, size)
            column = np.round(column, max(0, 3 - int(np.floor(np.log10(middle)))))
        column[rng.random(size) < 0.01] = np.nan
        values[item] = column
    return values, np.where(rng.random(size) < 0.2, "lake", "river").astype(object)


def ours(values: dict[str, np.ndarray], types: np.ndarray):
    found = water.evaluate(GB3838, RULE, BASIS, values, water=types, rounding=None)
    return found.water_class, found.item_class, found.times_over, found.main


def _bounds(item: str, kind: str) -> list[float]:
    return [water.limit(GB3838, item, c, kind) for c in range(1, 6)]


def _cut(column: pd.Series, item: str, kind: str) -> pd.Series:
    """The class of an item with pd.cut; equal limits give the better class."""
    if item == "pH":
        return pd.Series(np.where(column.isna(), 0, np.where((column < 6) | (column > 9), 6, 1)), column.index)
    bounds = _bounds(item, kind)
    if item == "DO":
        edges, labels = [-np.inf, *bounds[::-1], np.inf], [6, 5, 4, 3, 2, 1]
        cut = pd.cut(column, edges, labels=labels, right=False)
    else:
        distinct = sorted(set(bounds))
        labels = [1 + sum(b < d for b in bounds) for d in distinct] + [6]
        cut = pd.cut(column, [-np.inf, *distinct, np.inf], labels=labels)
    return cut.astype(float).fillna(0).astype(int)


def plain(values: dict[str, np.ndarray], types: np.ndarray):
    """As an ordinary engineer would: a column of classes with pd.cut, then a function per row."""
    frame = pd.DataFrame(values)
    lake = types == "lake"
    classes = pd.DataFrame(index=frame.index)
    times = pd.DataFrame(index=frame.index)
    for item in BASIS.items:
        if item == "TP":
            classes[item] = _cut(frame[item], item, "river").where(~lake, _cut(frame[item], item, "lake"))
            limit = np.where(lake, water.limit(GB3838, item, 3, "lake"), water.limit(GB3838, item, 3, "river"))
        else:
            classes[item] = _cut(frame[item], item, "river")
            limit = np.nan if item == "pH" else water.limit(GB3838, item, 3, "river")
        over = (frame[item] - limit) / limit
        times[item] = np.nan if item in ("pH", "DO") else over.clip(lower=0)
    complete = frame.notna().all(axis=1)
    worst = classes.max(axis=1).where(complete, 0)

    def main(row: pd.Series) -> list[int]:
        over = [k for k, item in enumerate(BASIS.items) if row[f"class {item}"] > 3]
        key = lambda k: (  # noqa: E731
            BASIS.items[k] not in TOXIC, -row[f"class {BASIS.items[k]}"], -np.nan_to_num(row[f"times {BASIS.items[k]}"]), k,
        )  # fmt: skip
        return ([*sorted(over, key=key)[:3], -1, -1, -1])[:3]

    joined = pd.concat([classes.add_prefix("class "), times.add_prefix("times ")], axis=1)
    chief = np.array(joined.apply(main, axis=1).tolist())
    return worst.to_numpy(), {i: classes[i].to_numpy() for i in BASIS.items}, {i: times[i].to_numpy() for i in BASIS.items}, chief


def vectorised(values: dict[str, np.ndarray], types: np.ndarray):
    """pandas used well: numpy.searchsorted per item, and the order of main pollutants by one sort of a key over the columns."""
    frame = pd.DataFrame(values)
    lake = types == "lake"
    classes, times, keys = {}, {}, []
    for item in BASIS.items:
        column = frame[item].to_numpy()
        gone = np.isnan(column)
        if item == "pH":
            found = np.where((column < 6) | (column > 9), 6, 1)
        elif item == "DO":
            found = 1 + np.searchsorted(-np.array(_bounds(item, "river")), -column, side="left")
        else:
            found = 1 + np.searchsorted(_bounds(item, "river"), column, side="left")
            if item == "TP":
                found = np.where(lake, 1 + np.searchsorted(_bounds(item, "lake"), column, side="left"), found)
        classes[item] = np.where(gone, 0, found)
        if item in ("pH", "DO"):
            times[item] = np.full(column.size, np.nan)
        else:
            limit = np.where(lake, _bounds(item, "lake")[2], _bounds(item, "river")[2])
            times[item] = np.where(gone, np.nan, np.maximum((column - limit) / limit, 0))
        share = np.nan_to_num(times[item] / (1 + times[item]))
        keys.append(np.where(classes[item] > 3, classes[item] + share + 8 * (item in TOXIC), 0.0))
    table = pd.DataFrame(classes)
    worst = table.max(axis=1).where(frame.notna().all(axis=1), 0).to_numpy()
    key = np.array(keys).T
    order = np.argsort(-key, axis=1, kind="stable")[:, :3]
    chief = np.where(np.take_along_axis(key, order, 1) > 0, order, -1)
    return worst, classes, times, chief


def same(a, b) -> int:
    """Cells compared, all equal (times over to 1e-12 relative); an error otherwise."""
    np.testing.assert_array_equal(a[0], b[0])
    np.testing.assert_array_equal(a[3], b[3])
    for item in BASIS.items:
        np.testing.assert_array_equal(a[1][item], b[1][item], err_msg=item)
        np.testing.assert_allclose(a[2][item], b[2][item], rtol=1e-9, atol=1e-12, err_msg=item)
    return a[0].size * (1 + 3 + 2 * len(BASIS.items))


def timed(call, values, types, rounds: int) -> tuple[float, float, float, tuple]:
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        result = call(values, types)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken), min(taken), max(taken), result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--plain", type=int, default=1_000_000, help="samples of the plain variant (it takes minutes on a million)")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    values, types = generate(options.samples)
    few = min(options.plain, options.samples)
    head = {i: v[:few] for i, v in values.items()}
    mine, low, high, result = timed(ours, values, types, options.rounds)
    print(f"{options.samples:,} 个水样，21 项；各类别 {np.bincount(result[0], minlength=7).tolist()}（0 为缺项）")
    print(f"{'qingshan':12} {mine:8.2f} s（{low:.2f}–{high:.2f}） {options.samples / mine:12,.0f} 个/s")
    other, low, high, theirs = timed(vectorised, values, types, options.rounds)
    speed = f"{options.samples / other:12,.0f} 个/s  {other / mine:6.1f} 倍"
    print(f"{'vectorised':12} {other:8.2f} s（{low:.2f}–{high:.2f}） {speed}", end="  ")
    print(f"{same(result, theirs):,} 格相同")
    slow, low, high, theirs = timed(plain, head, types[:few], 1)
    part = (result[0][:few], {i: v[:few] for i, v in result[1].items()}, {i: v[:few] for i, v in result[2].items()}, result[3][:few])
    mine_few = timed(ours, head, types[:few], options.rounds)[0]
    print(f"{'plain':12} {slow:8.2f} s（{few:,} 个） {few / slow:12,.0f} 个/s  {slow / mine_few:6.1f} 倍", end="  ")
    print(f"{same(part, theirs):,} 格相同")


if __name__ == "__main__":
    main()
