"""Chances stated in past years, beside what came: twelve stations of Beijing, and London as a place nothing was set by."""

from __future__ import annotations

import csv
import gzip
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from qingshan.cli import main
from qingshan.outlook.backtest import tell
from qingshan.outlook.chance import mean_of
from qingshan.outlook.resampling import History

ROW = re.compile(r"^(\S.*?)\s+(\d+)\s+(\d+)\s+([\d.]+)%", re.M)


@pytest.fixture(scope="module")
def printed(shared: Path, tmp_path_factory):
    """What ``qingshan outlook backtest`` prints, run once."""
    import contextlib
    import io

    out, cases = io.StringIO(), tmp_path_factory.mktemp("backtest") / "cases.csv"
    with contextlib.redirect_stdout(out):
        code = main.main(
            ["outlook", "backtest", "--data", str(shared / "data/uci_prsa"), "--draws", "500", "--at-least", "0.85", "--cases", str(cases)]
        )
    return code, out.getvalue(), cases.read_text(encoding="utf-8")


def test_the_band_covers_at_least_85_percent_at_the_end_of_months_3_6_and_9(printed):
    code, text, _ = printed
    assert code == 0
    rows = ROW.findall(text)
    assert [(name, int(month)) for name, month, *_ in rows] == [
        (name, month) for name in ("PM2.5 年均值", "优良天数", "O3 第90百分位") for month in (3, 6, 9)
    ]
    for name, month, n, share in rows:
        assert int(n) >= 30, (name, month)
        assert float(share) >= 85, (name, month, share)


def test_the_years_are_those_that_were(printed):
    """天坛 2016 年：区间与结果逐条存下，结果就是当年修约后的均值。"""
    _, _, cases = printed
    rows = [r for r in csv.DictReader(cases.splitlines()) if r["place"] == "Tiantan" and r["measure"] == "PM2.5" and r["begin"] == "2016-01-01"]
    assert [r["on"] for r in rows] == ["2016-03-31", "2016-06-30", "2016-09-30"]
    assert len({r["outcome"] for r in rows}) == 1
    widths = [float(r["high"]) - float(r["low"]) for r in rows]
    assert widths[0] > widths[2]


def test_bands_hold_where_nothing_was_set_by(shared: Path):
    """Marylebone Road, London, 1998–2005 (openair): the constants come from Beijing alone."""
    path = shared / "data/openair/mydata.csv.gz"
    if not path.exists():
        pytest.skip(f"没有 {path}")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    day = np.array([r["date"][:10] for r in rows], "datetime64[D]")
    at = (day - day.min()).astype(int)
    days = np.arange(day.min(), day.max() + 1)
    told = []
    for item in ("pm10", "no2", "o3", "pm25", "so2"):
        value = np.array([float(r[item]) if r[item] not in ("", "NA") else np.nan for r in rows])
        count = np.bincount(at, ~np.isnan(value), days.size)
        total = np.bincount(at, np.nan_to_num(value), days.size)
        mean = np.where(count >= 20, np.maximum(total, 0) / np.maximum(count, 1), np.nan)
        history = History.of(days, {item: np.round(mean, 1)})
        for year in range(1999, 2005):
            for on in (date(year, 3, 31), date(year, 6, 30), date(year, 9, 30)):
                found = tell(item, history, date(year, 1, 1), on, mean_of(item), decimals=1, operator="<=", seed=1, draws=500)
                told += [found] if found else []
    assert len(told) >= 70
    assert np.mean([t.covered for t in told]) >= 0.85
    assert np.mean([t.crps for t in told]) < np.nanmean([abs(t.naive - t.outcome) for t in told])
