"""Values against a slow reference that reads the hours one by one; editions, validity, deductions."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from tests.bureau.indicators.observed import lake_of, put

from qingshan import standards
from qingshan.bureau.indicators import actions, assessments, queries
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.values import SHORT
from qingshan.methods import air

pytestmark = pytest.mark.django_db
OCTOBER = Period.parse("2026-10")


def half_even(value: Fraction, decimals: int) -> Fraction:
    return Fraction((Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN))


def slow_days(folder, stations, item, period, decimals=0) -> dict[date, Fraction]:
    """Daily means of an area, hour by hour with fractions: ≥ 20 hours a day, at least half of fewer than four stations."""
    rows = lake_of(folder).hours(stations=list(stations), start=period.start, end=period.end).to_pylist()
    by: dict[tuple[str, date], list[Fraction]] = {}
    for row in rows:
        day = (row["time"].date() if row["time"].hour else date.fromordinal(row["time"].date().toordinal() - 1))
        if row[item] is not None:
            by.setdefault((row["station"], day), []).append(Fraction(str(row[item])))
    out = {}
    for day in {d for _, d in by}:
        means = [half_even(sum(by[s, day]) / len(by[s, day]), decimals) for s in stations if len(by.get((s, day), ())) >= 20]
        if len(means) >= 0.5 * len(stations):
            out[day] = half_even(sum(means) / len(means), decimals)
    return out


@pytest.mark.parametrize(("unit", "stations"), [("district", ("N1", "C1")), ("石门镇", ("T1",)), ("城关街道", ("N1", "C1"))])
@pytest.mark.parametrize("token", ["2026-10", "2026-09-12", "2026-01..2026-10", "2026-02-03..2026-03-07"])
def test_a_mean_equals_the_mean_of_its_days_taken_one_by_one(observed, own_folders, unit, stations, token):
    period = Period.parse(token)
    area = observed.district if unit == "district" else observed.towns[unit]
    value = queries.value("pm2_5_mean", area=area, period=period)
    days = slow_days(own_folders, stations, "PM2.5", period)
    expected = half_even(sum(days.values()) / len(days), 1)
    assert value.value == float(expected)
    assert value.valid == len(days)
    assert set(value.stations) == set(stations)


def test_an_area_day_is_that_of_the_methods(observed):
    import numpy as np

    period = Period.parse("2026-04")
    held = assessments.of(period)
    rows = [held.table.stations.index(code) for code in ("N1", "C1")]
    expected = air.city_days(standards.get("HJ 663", edition="2026"), {k: v[rows] for k, v in held.table.conc.items()})
    for column, values in held.table.area(("N1", "C1")).conc.items():
        late = held.table.days >= np.datetime64("2026-03-01")
        np.testing.assert_array_equal(values[late], expected[column][late])


def test_good_days_of_the_district_are_those_of_the_methods(observed, own_folders):
    period = Period.parse("2026-01..2026-10")
    columns = {}
    for item in ("SO2", "NO2", "PM10", "PM2.5"):
        columns[item] = slow_days(own_folders, ("N1", "C1"), item, period)
    columns["CO"] = slow_days(own_folders, ("N1", "C1"), "CO", period, 1)
    held = assessments.of(period)
    ozone = held.table.area(("N1", "C1")).conc["O3_8h"][-period.n_days :]
    good = 0
    for i, day in enumerate(period.days):
        std = standards.get("HJ 633", at=day.item())
        conc = {item: [float(c[day.item()])] for item, c in columns.items()} | {"O3_8h": [ozone[i]]}
        good += bool(air.daily(std, conc).aqi[0] <= 100)
    assert queries.value("good_days", area=observed.district, period=period).value == good


def test_a_percentile_and_the_composite_index_follow_their_clauses(observed):
    import numpy as np

    period = Period.parse("2026-10")
    held = assessments.of(period)
    series = held.table.area(("N1", "C1")).cut(period)
    p90 = queries.value("o3_8h_p90", area=observed.district, period=period)
    assert p90.value == round(float(np.percentile(series.conc["O3_8h"], 90)))
    index = queries.value("composite_index", area=observed.district, period=period)
    mean = {k: float(np.mean(series.conc[k])) for k in ("SO2", "NO2", "PM10", "PM2.5")}
    by_hand = mean["SO2"] / 60 + mean["NO2"] / 40 + mean["PM10"] / 60 + mean["PM2.5"] / 30
    by_hand += float(np.percentile(series.conc["CO"], 95)) / 4 + float(np.percentile(series.conc["O3_8h"], 90)) / 160
    assert index.value == round(by_hand, 2)
    assert "GB 3095—2026" in index.edition


def test_a_comparison_across_the_change_of_edition_is_given_under_both_and_says_so(observed):
    value = queries.value("good_days", area=observed.towns["石门镇"], period=Period.parse("2026-03"))
    then = value.last_year
    assert value.editions == ("HJ 633—2026",)
    assert then.then.editions == ("HJ 633—2012",)
    assert then.crosses
    assert then.then_again.editions == ("HJ 633—2026",)
    assert then.then_again.value <= then.then.value  # the limits of 2026 are narrower
    assert "回算" in then.note
    assert "2026年3月1日" in then.note


def test_a_comparison_of_concentrations_is_not_touched_by_the_change(observed):
    then = queries.value("pm2_5_mean", area=observed.district, period=OCTOBER).last_year
    assert not then.crosses
    assert "不受标准换版影响" in then.note


def test_a_period_across_the_change_uses_each_day_its_own_edition(observed):
    both = queries.value("good_days", area=observed.district, period=Period.parse("2026-02..2026-03"))
    parts = [queries.value("good_days", area=observed.district, period=Period.parse(p)).value for p in ("2026-02", "2026-03")]
    assert both.value == sum(parts)
    assert both.editions == ("HJ 633—2012", "HJ 633—2026")


def test_too_few_days_give_no_number_but_a_reason(observed):
    value = queries.value("pm2_5_mean", area=observed.towns["竹溪乡"], period=OCTOBER)
    assert value.value is None
    assert value.text == SHORT
    assert value.reason == "有效 22 天，不足 31 天的 75%"
    assert value.computed != "—"
    assert value.capture_text == "71.0"
    year = queries.value("pm2_5_mean", area=observed.towns["竹溪乡"], period=Period.parse("2026-01..2026-10"))
    assert "少于 27 天" in year.reason
    assert "GB 3095—2026 表4" in year.reason


def test_a_town_without_stations_says_so(observed):
    from qingshan.bureau.sites.models import Station

    Station.objects.filter(code="T3").delete()
    value = queries.value("pm2_5_mean", area=observed.towns["竹溪乡"], period=OCTOBER)
    assert value.reason == "没有参加评价的站点"


def test_a_station_out_of_use_is_left_out_and_named(observed):
    from qingshan.bureau.sites.models import Station

    Station.objects.filter(code="C1").update(until=date(2026, 9, 30))
    value = queries.value("pm2_5_mean", area=observed.district, period=OCTOBER)
    assert value.stations == ("N1",)
    assert value.left_out["城关南站"] == "2026年10月不在用"
    assert value.value == queries.value("pm2_5_mean", station="N1", period=OCTOBER).value


def test_a_micro_station_does_not_count_for_its_town(observed):
    value = queries.value("pm2_5_mean", area=observed.towns["石门镇"], period=OCTOBER)
    assert value.stations == ("T1",)
    assert "微站" in value.left_out["石门微站"]


def test_a_day_deducted_counts_for_no_particulate_value_but_for_good_days(observed, clerk):
    before = queries.value("pm2_5_mean", area=observed.district, period=OCTOBER)
    good = queries.value("good_days", area=observed.district, period=OCTOBER).value
    actions.deduct_day(by=clerk, day=date(2026, 10, 20), symbols=("PM10", "PM2.5"), basis="总站沙尘剔除结果 2026年10月")
    after = queries.value("pm2_5_mean", area=observed.district, period=OCTOBER)
    assert after.valid == before.valid - 1
    assert after.dust_days == ("2026-10-20",)
    assert after.run != before.run
    assert queries.value("good_days", area=observed.district, period=OCTOBER).value == good


def test_a_correction_makes_another_run_and_the_old_one_can_be_rebuilt(observed, own_folders):
    held = assessments.of(OCTOBER)
    run = actions.record_run(held)
    old = held.value("pm2_5_mean", area=observed.towns["石门镇"], period=OCTOBER).exact
    for hour in range(1, 24):
        put(own_folders, "T1", datetime(2026, 10, 3, hour), **{"PM2.5": 300.0})
    new = queries.value("pm2_5_mean", area=observed.towns["石门镇"], period=OCTOBER)
    assert new.exact > old
    assert actions.record_run(assessments.of(OCTOBER)).number != run.number
    again = assessments.of(OCTOBER, as_of=run.sequence)
    assert again.value("pm2_5_mean", area=observed.towns["石门镇"], period=OCTOBER).exact == old
    assert again.result_hash == run.result_hash
    assert again.identity == run.identity
    assert actions.record_run(again).pk == run.pk


def test_an_item_no_station_plans_to_measure_holds_no_day_back(observed, own_folders):
    """HJ 633—2026 5.3.2：只有一个站、监测计划没有 CO 的镇，缺 CO 不影响发布；计划里有而缺的，照 5.3.1 不发布。"""
    from qingshan.bureau.sites.models import Network, Station

    rows = lake_of(own_folders).hours(stations=["T1"], start=OCTOBER.start, end=OCTOBER.end).to_pylist()
    kept = [{k: v for k, v in r.items() if k != "CO"} | {"station": "T9", "received": datetime(2026, 11, 1)} for r in rows]
    lake_of(own_folders).put_rows(kept)
    Station.objects.filter(code="T3").delete()
    town = observed.towns["竹溪乡"]
    station = Station.objects.create(code="T9", name="新站", network=Network.objects.get(), level="town", area=town, lon=110.0, lat=31.0)
    full = queries.value("good_days", area=observed.towns["石门镇"], period=OCTOBER)
    assert queries.value("good_days", area=town, period=OCTOBER).valid < full.valid
    station.items = ["SO2", "NO2", "O3", "PM10", "PM2.5"]
    station.save()
    for where in ({"area": town}, {"station": "T9"}):
        value = queries.value("good_days", period=OCTOBER, **where)
        assert (value.value, value.valid) == (full.value, full.valid)
