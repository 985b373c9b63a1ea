"""The outputs of R openair 2.18-2 on its own data, reproduced: London Marylebone, hours of 1998-01-01 to 2005-06-23."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.reference import r_partial_sort

from qingshan.stats import aggregate, agreement, percentile, rose, season, slope

TIGHT = 1e-9
"""same arithmetic, another order of addition"""


@pytest.fixture(scope="module")
def openair(shared: Path):
    return shared / "data" / "openair"


@pytest.fixture(scope="module")
def mydata(openair: Path):
    return pd.read_csv(openair / "mydata.csv.gz")


@pytest.fixture(scope="module")
def time(mydata):
    return pd.to_datetime(mydata["date"]).to_numpy().astype("datetime64[s]")


@pytest.mark.parametrize(
    "name, period, statistic, options",
    [
        ("timeAverage_day_mean.csv.gz", "day", "mean", {}),
        ("timeAverage_day_max.csv.gz", "day", "max", {}),
        ("timeAverage_month_mean_thresh75.csv", "month", "mean", {"at_least": 75}),
        ("timeAverage_year_p98.csv", "year", "percentile", {"percent": 98}),
    ],
)
def test_time_average(openair, mydata, time, name, period, statistic, options):
    ref = pd.read_csv(openair / "ref" / name)
    columns = [c for c in ref.columns if c not in ("date", "wd")]
    assert len(columns) == 8
    for column in columns:
        found = aggregate.aggregate(time, mydata[column], period, statistic, **options)
        assert (found.start == pd.to_datetime(ref["date"]).to_numpy().astype("datetime64[D]")).all()
        np.testing.assert_allclose(found.value, ref[column].to_numpy(float), atol=TIGHT, err_msg=column)


def test_time_average_of_wind_direction_is_that_of_the_vector(openair, mydata, time):
    ref = pd.read_csv(openair / "ref" / "timeAverage_day_mean.csv.gz")
    angle = np.deg2rad(mydata["wd"].to_numpy())
    u, v = (aggregate.aggregate(time, mydata["ws"] * f(angle), "day").value for f in (np.sin, np.cos))
    found = np.rad2deg(np.arctan2(u, v)) % 360
    np.testing.assert_allclose(found, ref["wd"].to_numpy(float), atol=TIGHT)
    day = aggregate.period_of(time, "day") == np.datetime64("1998-01-05")
    one = aggregate.mean_direction(mydata["wd"][day], mydata["ws"][day])
    assert one == pytest.approx(ref.loc[ref["date"].str.startswith("1998-01-05"), "wd"].iloc[0])


def test_rolling_mean_of_eight_hours_to_the_right(openair, mydata):
    ref = pd.read_csv(openair / "ref" / "rollingMean_o3_8h_right_thresh75_first8760.csv.gz")
    found = aggregate.rolling_mean(mydata["o3"].to_numpy()[: len(ref)], 8, at_least=75)
    np.testing.assert_allclose(found, ref["rolling8o3"].to_numpy(float), atol=TIGHT)


def test_percentiles_of_years(openair, mydata, time):
    ref = pd.read_csv(openair / "ref" / "calcPercentile_o3_year.csv")
    for percent in (25, 50, 75, 95, 99):
        found = aggregate.aggregate(time, mydata["o3"], "year", "percentile", percent=percent)
        np.testing.assert_allclose(found.value, ref[f"percentile.{percent}"], atol=TIGHT)


@pytest.mark.parametrize("name", ["FALSE", "TRUE"])
def test_theil_sen_on_the_values_openair_used(openair, name):
    """Slope and intercept exact; the interval within 6 % of the slope, as two bootstraps differ; p and stars the same."""
    ref = pd.read_csv(openair / "ref" / f"TheilSen_nox_deseason{name}_main.csv")
    day = pd.to_datetime(ref["date"]).to_numpy().astype("datetime64[D]").astype(float)
    found = slope.theil_sen(day, ref["conc"])
    first = ref.iloc[0]
    assert found.slope == pytest.approx(first["b"], rel=1e-9)
    assert found.intercept == pytest.approx(first["a"], rel=1e-9)
    assert found.lower == pytest.approx(first["lower.b"], abs=0.06 * abs(first["b"]))
    assert found.upper == pytest.approx(first["upper.b"], abs=0.06 * abs(first["b"]))
    assert found.intercept_lower == pytest.approx(first["upper.a"], rel=0.06)
    assert found.intercept_upper == pytest.approx(first["lower.a"], rel=0.06)
    assert (found.p, found.stars) == (first["p"], first["p.stars"])
    assert found == slope.theil_sen(day, ref["conc"])  # 同一种子，同一区间


def test_deseasonalised_from_the_hours(openair, mydata, time):
    """Monthly means by loess: within 2.3 % of openair's value in every month, 0.2 % in the median; the slope within 2 %."""
    ref = pd.read_csv(openair / "ref" / "TheilSen_nox_deseasonTRUE_main.csv")
    month = aggregate.aggregate(time, mydata["nox"], "month")
    found = season.deseasonalise(month.value)
    away = np.abs(found - ref["conc"]) / ref["conc"]
    assert away.max() < 0.023
    assert np.median(away) < 0.002
    assert slope.theil_sen(month.start.astype(float), found).slope == pytest.approx(ref["b"].iloc[0], rel=0.02)


def test_what_is_left_of_the_difference_is_the_median_of_r(openair, mydata, time, monkeypatch):
    """With the middle values taken as R takes them, every month is that of openair: nothing else differs."""
    ref = pd.read_csv(openair / "ref" / "TheilSen_nox_deseasonTRUE_main.csv")
    month = aggregate.aggregate(time, mydata["nox"], "month")
    monkeypatch.setattr(season, "_spread", r_partial_sort.six_medians)
    np.testing.assert_allclose(season.deseasonalise(month.value), ref["conc"], rtol=TIGHT)


def test_the_median_of_r_is_wrong_for_some_even_series_only():
    random = np.random.default_rng(1)
    for n, faults in ((91, False), (90, True)):
        columns = random.random((200, n))
        wrong = [r_partial_sort.six_medians(c) != pytest.approx(6 * np.median(c), rel=1e-12) for c in columns]
        assert (0 < sum(wrong) < 60) if faults else not any(wrong)


def test_raw_monthly_trend_from_the_hours(openair, mydata, time):
    ref = pd.read_csv(openair / "ref" / "TheilSen_nox_deseasonFALSE_res2.csv").iloc[0]
    month = aggregate.aggregate(time, mydata["nox"], "month")
    found = slope.theil_sen(month.start.astype(float), month.value)
    assert 365 * found.slope == pytest.approx(ref["slope"], rel=1e-9)
    start = found.intercept + found.slope * float(month.start[0].astype(float))
    assert 100 * 365 * found.slope / start == pytest.approx(ref["slope.percent"], rel=1e-9)


def test_model_statistics(openair, mydata):
    ref = pd.read_csv(openair / "ref" / "modStats_nox_vs_0.8nox+20.csv").iloc[0]
    found = agreement.agreement(0.8 * mydata["nox"] + 20, mydata["nox"])
    names = {"mb": "MB", "mge": "MGE", "nmb": "NMB", "nmge": "NMGE", "rmse": "RMSE", "r": "r", "coe": "COE", "ioa": "IOA"}
    for ours, theirs in names.items():
        assert getattr(found, ours) == pytest.approx(ref[theirs], rel=1e-9), theirs
    assert found.n == ref["n"]
    assert found.fac2 == pytest.approx(ref["FAC2"], rel=1e-9)


def test_correlations_of_pairs(openair, mydata):
    ref = pd.read_csv(openair / "ref" / "corPlot_data.csv")
    columns = list(dict.fromkeys(ref["x"]))
    found = agreement.correlations(mydata[columns].to_numpy().T)
    assert len(ref) == len(columns) ** 2 == 49
    for _, row in ref.iterrows():
        assert found[columns.index(row["x"]), columns.index(row["y"])] == pytest.approx(row["cor"], abs=1e-9)


def test_wind_rose(openair, mydata):
    ref = pd.read_csv(openair / "ref" / "windRose_data.csv")
    sectors = ref[ref["wd"] > 0].sort_values("wd")
    found = rose.rose(mydata["wd"], mydata["ws"], bounds=[0, 2, 4, 6, 100])
    assert found.sector.tolist() == sectors["wd"].tolist()
    np.testing.assert_allclose(found.cumulative, sectors[[f"Interval{i}" for i in range(1, 5)]], atol=TIGHT)
    assert round(found.calm, 1) == ref["calm"].iloc[0]


def test_pollution_rose(openair, mydata):
    """The same hours in every sector and class. openair leaves out hours of exactly 0 and divides by all hours with wind."""
    ref = pd.read_csv(openair / "ref" / "pollutionRose_nox_data.csv")
    sectors = ref[ref["wd"] > 0].sort_values("wd")
    wind = rose.rose(mydata["wd"], mydata["ws"], bounds=[0, 2, 4, 6, 100])
    found = rose.rose(
        mydata["wd"], mydata["ws"], mydata["nox"].where(mydata["nox"] > 0), bounds=[*range(0, 351, 50), mydata["nox"].max()]
    )
    assert found.sector.tolist() == sectors["wd"].tolist()
    hours = sectors[[f"Interval{i}" for i in range(1, 9)]] * wind.count
    np.testing.assert_allclose(found.cumulative * found.count, hours, rtol=TIGHT)


def test_percentile_of_hj663_is_numpys_linear():
    """HJ 663—2013 附录A against numpy's ``linear`` on 2,000 random columns, every percentile the standards use."""
    random = np.random.default_rng(20260301)
    for percent in (90, 95, 98, 50, 1, 99):
        for n in (1, 2, 3, 28, 30, 31, 90, 365, 366):
            table = random.integers(0, 500, (40, n)).astype(float)
            np.testing.assert_allclose(percentile.percentile(table, percent), np.percentile(table, percent, axis=1, method="linear"), atol=1e-9)
