"""Quality checks beside ``ioos_qc``: speed and agreement, in one run, on the same series.

    python benchmarks/quality.py                     # 1,000,000 values, windows of 12 and 180
    python benchmarks/quality.py --values 200000 --turns 5

Where ``ioos_qc`` is installed it is measured itself; where not, a literal port of its documented definitions (version 3: windows of
``count + 1`` values as a strided view, largest less smallest below the tolerance, masked values passed over) stands in, and the run says
so. Turns are interleaved, time is of the process, the best and the median of each are printed; flags are compared value by value.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np

from qingshan.quality import values as checks

try:
    from ioos_qc import qartod
except ImportError:
    qartod = None

GOOD, SUSPECT, FAIL, MISSING = 1, 3, 4, 9
HOUR = 3600


def series(size: int, *, gaps: float, seed: int = 212) -> np.ndarray:
    """An hour series in tenths, with flat stretches, spikes and gaps."""
    rng = np.random.default_rng(seed)
    out = np.round(30 + np.cumsum(rng.normal(0, 1, size)) * 0.05 + rng.normal(0, 2, size), 1)
    for at in rng.integers(0, size, size // 2000).tolist():
        out[at : at + int(rng.integers(5, 400))] = out[at]
    out[rng.integers(0, size, size // 1000)] += 60
    out[rng.random(size) < gaps] = np.nan
    return out


def port_flat(column: np.ndarray, count: int, tolerance: float) -> np.ndarray:
    """Flat line: the range of the last ``count + 1`` values is below the tolerance; the first ``count`` pass; missing is missing."""
    masked = np.ma.masked_invalid(column)
    flags = np.full(column.size, GOOD, np.uint8)
    if column.size > count:
        view = np.ma.masked_invalid(np.lib.stride_tricks.sliding_window_view(column, count + 1))
        range_ = np.abs(np.ma.max(view, 1) - np.ma.min(view, 1))
        flags[count:][np.ma.filled(range_ < tolerance, False)] = FAIL
    flags[np.ma.getmaskarray(masked)] = MISSING
    return flags


def port_range(column: np.ndarray, low: float, high: float) -> np.ndarray:
    """Gross range: outside the span, both ends included in it."""
    flags = np.full(column.size, GOOD, np.uint8)
    flags[(column < low) | (column > high)] = FAIL
    flags[np.isnan(column)] = MISSING
    return flags


def port_rate(column: np.ndarray, most: float) -> np.ndarray:
    """Rate of change a second from the value before, the first passes."""
    rate = np.zeros(column.size)
    rate[1:] = np.abs(np.diff(column) / HOUR)
    flags = np.full(column.size, GOOD, np.uint8)
    flags[rate > most] = SUSPECT
    flags[np.isnan(column)] = MISSING
    return flags


def port_spike(column: np.ndarray, most: float) -> np.ndarray:
    """Spike, method average: distance from the mean of the two beside it."""
    off = np.zeros(column.size)
    off[1:-1] = np.abs(column[1:-1] - (column[:-2] + column[2:]) / 2)
    flags = np.full(column.size, GOOD, np.uint8)
    flags[off > most] = FAIL
    flags[np.isnan(column)] = MISSING
    return flags


def peers(column: np.ndarray, count: int, tolerance: float) -> dict[str, tuple[Callable[[], np.ndarray], Callable[[], np.ndarray]]]:
    """By test: ours (True where flagged) and theirs (flags)."""
    times = np.datetime64("2026-01-01", "s") + np.arange(column.size) * np.timedelta64(HOUR, "s")
    ours = {
        f"flat line {count}": lambda: checks.flat_line(column, count, tolerance),
        "gross range": lambda: checks.out_of_range(column, 0.0, 80.0),
        "rate of change": lambda: checks.steps(column, 20.0),
        "spike": lambda: checks.spikes(column, 25.0),
    }
    if qartod is None:
        theirs = {
            f"flat line {count}": lambda: port_flat(column, count, tolerance),
            "gross range": lambda: port_range(column, 0.0, 80.0),
            "rate of change": lambda: port_rate(column, 20.0 / HOUR),
            "spike": lambda: port_spike(column, 25.0),
        }
    else:
        theirs = {
            f"flat line {count}": lambda: qartod.flat_line_test(column, times, count * HOUR, count * HOUR, tolerance),
            "gross range": lambda: qartod.gross_range_test(column, (0.0, 80.0)),
            "rate of change": lambda: qartod.rate_of_change_test(column, times, 20.0 / HOUR),
            "spike": lambda: qartod.spike_test(column, 25.0, 25.0),
        }
    return {name: (ours[name], theirs[name]) for name in ours}


def timed(call: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    """Process time of a call, and what it gave."""
    begin = time.process_time()
    out = call()
    return time.process_time() - begin, out


def main() -> None:
    """Print a table of speed and agreement."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--values", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    named = "ioos_qc" if qartod is not None else "ioos_qc 未安装：以其公开定义的逐字移植代替"
    print(f"对照：{named}；{options.values:,} 个值，交替 {options.turns} 轮，进程时间，最好值（中位）")
    print(f"{'检查':<16}{'缺测':>6}{'我们 个/秒':>26}{'对照 个/秒':>26}{'倍':>8}{'不一致':>8}{'标出':>10}")
    for gaps in (0.0, 0.02):
        column = series(options.values, gaps=gaps)
        for count in (12, 180):
            for name, (our, their) in peers(column, count, 0.15).items():
                if count == 180 and not name.startswith("flat"):
                    continue
                mine, others = [], []
                for _ in range(options.turns):
                    seconds, flags = timed(our)
                    mine.append(seconds)
                    seconds, peer = timed(their)
                    others.append(seconds)
                theirs = np.isin(np.ma.filled(peer, MISSING), (SUSPECT, FAIL))
                differ = int((np.asarray(flags) != theirs).sum())
                speed = [f"{options.values / min(t):,.0f}（{options.values / statistics.median(t):,.0f}）" for t in (mine, others)]
                ratio = min(others) / min(mine)
                print(f"{name:<18}{gaps:>6.0%}{speed[0]:>28}{speed[1]:>28}{ratio:>9.1f}{differ:>9}{int(theirs.sum()):>11,}")


if __name__ == "__main__":
    main()
