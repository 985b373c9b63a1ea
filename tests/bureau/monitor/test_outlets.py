"""Outlets of pollution sources: registered like stations, their frames become hours, days, emissions and rates."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from tests.bureau.conftest import make_person

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.monitor import stores, work
from qingshan.bureau.monitor.actions import hours, marks
from qingshan.bureau.monitor.queries import outlets as of
from qingshan.bureau.sites import actions as sites
from qingshan.bureau.sites import plans, sheets
from qingshan.bureau.sites.models import Device, Network, Outlet, Station

T = datetime(2026, 11, 20, 14)
pytestmark = pytest.mark.django_db
LIMITS = "化学需氧量 50 GB 18918—2002 一级A；氨氮 5；pH 6-9"


@pytest.fixture
def outlets(bureau):
    """A works' outlet WW with device, and a boiler's stack FG."""
    found = {}
    for code, medium, more in (
        ("WW", "wastewater", {"limits": plans.limits(LIMITS, "wastewater")}),
        ("FG", "flue", {"oxygen": 9.0, "limits": plans.limits("二氧化硫 35；氮氧化物 50；颗粒物 10", "flue")}),
    ):
        station = sites.add_station(
            by=None, code=code, name=f"{code}排放口", network=f"{medium}网", medium=medium, level="city", area=bureau.towns["石门镇"],
            items=["flow", "pH", "COD", "NH3-N"] if medium == "wastewater" else ["flue_flow", "flue_SO2", "flue_NOx", "O2"],
            outlet={"firm": "石门污水处理厂", "number": "DW001", **more},
        )  # fmt: skip
        units = {"w00000": "L/s"} if code == "WW" else {"a00000": "m³/s", "a21026": "mg/m³", "a21002": "mg/m³"}
        Device.objects.create(
            mn=f"QSDEMO0000000000000{code}01", station=station, units=units, admitted=True, minutes=10 if code == "WW" else 1
        )
        found[code] = station
    return found


def test_limits_are_read_as_people_write_them():
    rows = plans.limits(LIMITS, "wastewater")
    assert [(r["item"], r["low"], r["high"], r["basis"]) for r in rows] == [
        ("COD", None, 50, "GB 18918—2002 一级A"), ("NH3-N", None, 5, ""), ("pH", 6, 9, ""),
    ]  # fmt: skip
    assert plans.limits("SO2≤35mg/m³ 许可证", "flue")[0] == {"item": "flue_SO2", "low": None, "high": 35, "basis": "许可证"}
    for wrong, words in (("总磷", "看不懂"), ("甲醛 1", "没有“甲醛”"), ("pH 9-6", "不低于"), ("COD 50；化学需氧量 60", "两个限值")):
        with pytest.raises(ValueError, match=words):
            plans.limits(wrong, "wastewater")


def test_a_changed_limit_holds_from_its_day_and_the_old_days_keep_theirs(outlets):
    outlet = outlets["WW"].outlet
    was = outlet.limits
    outlet.limits = plans.limits_from(was, plans.limits("化学需氧量 30 新许可证；pH 6-9", "wastewater"), date(2026, 11, 20))
    assert outlet.limits_on(date(2026, 11, 19))["COD"]["high"] == 50
    assert {i: r["high"] for i, r in outlet.limits_on(date(2026, 11, 20)).items()} == {"COD": 30, "pH": 9}
    again = plans.limits_from(outlet.limits, plans.limits(LIMITS, "wastewater"), date(2026, 11, 20))
    outlet.limits = again  # a slip of the same day is taken back without a trace in the limits
    assert again == was


def test_an_outlet_needs_its_firm(bureau):
    with pytest.raises(Refused, match="排污单位"):
        sites.add_station(by=None, code="X1", name="某口", network="废水网", medium="wastewater", area=bureau.towns["石门镇"], outlet={})


def test_outlets_go_out_as_a_sheet_and_come_in_again(outlets, clerk):
    data = sheets.write(Station.objects.filter(code__in=["WW", "FG"]))
    rows, faults = sheets.read("站点.xlsx", data, clerk)
    assert faults == []
    assert sites.store_stations(rows, by=clerk) == (0, 0, 2)
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.active
    head = [c.value for c in sheet[1]]
    for cells in sheet.iter_rows(min_row=2):
        if cells[0].value == "WW":
            cells[0].value, cells[head.index("排放限值")].value = "WW2", "化学需氧量 60；甲醛 3"
    out = io.BytesIO()
    book.save(out)
    _, faults = sheets.read("站点.xlsx", out.getvalue(), clerk)
    assert [f[1] for f in faults] == ["排放限值"]


def test_an_outlet_is_registered_on_the_page(bureau, clerk, client):
    client.force_login(clerk)
    network = Network.objects.create(name="重点排污单位", medium="flue")
    page = client.get("/stations/new/", {"network": network.pk}, HTTP_HX_REQUEST="true").content.decode()
    assert "排污单位" in page
    assert "基准含氧量" in page
    said = {
        "code": "FQ1", "name": "锅炉烟囱", "network": network.pk, "level": "city", "area": bureau.towns["石门镇"].pk, "for_medium": "flue",
        "items": ["flue_SO2", "O2"], "firm": "石门热力", "oxygen": "9", "limits": "二氧化硫 35 GB 13271",
    }  # fmt: skip
    assert client.post("/stations/new/", said | {"limits": "二氧化硫"}).status_code == 422
    assert client.post("/stations/new/", said).status_code == 302
    outlet = Outlet.objects.get(station__code="FQ1")
    assert (outlet.firm, outlet.oxygen, outlet.limits[0]["high"]) == ("石门热力", 9, 35)


def test_an_hour_record_of_flue_gas_is_kept_in_its_own_unit_with_the_devices_own_conversion(outlets, journal, clock_at, hour_frame):
    clock_at(T + timedelta(minutes=2))
    frame = hour_frame("QSDEMO0000000000000FG01", T, {"a21026": 21.5, "a19001": 10, "a00000": 12}, st="31", flags={"a19001": "C"})
    journal(frame, received=T + timedelta(seconds=9))
    work.take_in()
    (row,) = stores.lake().rows(["FG"], T, T).to_pylist()
    assert (row["time"], row["flue_SO2"], row["flue_flow"], row["O2"], row["flags"]) == (T, 21.5, 12, 10, "O2:C")
    assert row.get("SO2") is None


def test_ten_minute_values_of_wastewater_are_weighted_by_flow(outlets, journal, minute_frame, clock_at):
    for k, (flow, cod) in enumerate(((10, 20), (30, 40), (0, 90))):
        frame = minute_frame("QSDEMO0000000000000WW01", T + timedelta(minutes=10 * k), {"w00000": flow, "w01018": cod}, st="32")
        journal(frame, received=T + timedelta(minutes=10 * k + 10, seconds=5))
    clock_at(T + timedelta(hours=1, minutes=6))
    work.take_in()
    hours.build(stores.lake())
    (row,) = stores.lake().rows(["WW"], T + timedelta(hours=1), T + timedelta(hours=1)).to_pylist()
    assert row["COD"] == pytest.approx((10 * 20 + 30 * 40) / 40)
    assert row["flow"] == pytest.approx(40 / 3)


def test_one_abnormal_value_makes_the_hour_of_wastewater_abnormal(outlets, journal, minute_frame, clock_at):
    for k in range(6):
        frame = minute_frame(
            "QSDEMO0000000000000WW01", T + timedelta(minutes=10 * k), {"w00000": 10, "w01018": 20}, st="32",
            flags={"w01018": "D"} if k == 3 else {},
        )  # fmt: skip
        journal(frame, received=T + timedelta(minutes=10 * k + 10, seconds=5))
    clock_at(T + timedelta(hours=1, minutes=6))
    work.take_in()
    hours.build(stores.lake())
    (row,) = stores.lake().rows(["WW"], T + timedelta(hours=1), T + timedelta(hours=1)).to_pylist()
    assert (row["COD"], row["flow"], row["flags"]) == (None, 10, "COD:D")


def fill(code: str, columns: dict, first: date, last: date, flags: dict | None = None) -> None:
    """Hours of every day from `first` to `last` into the store: a value or a function of the hour's beginning; flags by beginning."""
    rows, at = [], datetime.combine(first, datetime.min.time())
    while at.date() <= last:
        said = {item: value(at) if callable(value) else value for item, value in columns.items()}
        marks = (flags or {}).get(at, {})
        text = ";".join(f"{i}:{f}" for i, f in marks.items()) or None
        end = at + timedelta(hours=1)
        rows.append({"station": code, "time": end, "received": end + timedelta(minutes=2), "origin": "test", "flags": text, **said})
        at = end
    stores.lake().put_rows(rows)


@pytest.fixture
def two_weeks(outlets, settings, clock_at):
    """1—14 November: COD 80 on the 3rd, faulty an hour on the 5th, the boiler stopped on the 7th and over for an hour on the 8th."""
    stores._lake.cache_clear()
    stores._reader.cache_clear()
    clock_at(datetime(2026, 11, 15, 9, 30))
    first, last = date(2026, 11, 1), date(2026, 11, 14)
    fill(
        "WW", {"flow": 20.0, "pH": 7.2, "COD": lambda t: 80.0 if t.day == 3 else 30.0, "NH3-N": 1.5}, first, last,
        {datetime(2026, 11, 5, 13): {"COD": "D"}},
    )  # fmt: skip
    stop = {datetime(2026, 11, 7, h): dict.fromkeys(("flue_flow", "flue_SO2", "flue_NOx", "O2"), "F") for h in range(24)}
    fill(
        "FG", {"flue_flow": 12.0, "O2": 9.0, "flue_NOx": 30.0, "flue_SO2": lambda t: 36.0 if (t.day, t.hour) == (8, 4) else 20.0},
        first, last, stop,
    )  # fmt: skip
    return outlets


def days_of(code: str) -> of.OutletDays:
    station = Station.objects.select_related("network", "outlet").get(code=code)
    return of.of_days([station], date(2026, 11, 1), date(2026, 11, 14))[code]


def test_the_calendar_says_over_invalid_stopped(two_weeks):
    water = {d.day.day: d for d in days_of("WW").calendar()}
    assert [n for n, d in water.items() if d.state != "ok"] == [3, 5]
    assert (water[3].state, water[3].words) == ("over", "11月3日 超标：化学需氧量 80.0")
    assert (water[5].state, water[5].words) == ("invalid", "11月5日 无效：化学需氧量")
    gas = {d.day.day: d for d in days_of("FG").calendar()}
    assert (gas[7].state, gas[8].state, gas[8].words) == ("stopped", "over", "11月8日 超标：二氧化硫 1 小时")


def test_rates_leave_stopped_hours_out(two_weeks):
    gas = days_of("FG").counts()
    assert (gas[6].due, gas[6].effective) == (0, None)
    limited = days_of("FG").limited
    assert limited == ["flue_dust", "flue_SO2", "flue_NOx"]  # dust is limited and never came: it is due
    assert (gas[0].due, gas[0].valid, gas[0].transmission) == (96, 72, 75)
    water = days_of("WW").counts()
    assert (water[4].due, water[4].came, water[4].valid) == (96, 96, 95)


def test_a_persons_mark_outranks_the_device(two_weeks, clerk, chief):
    both = make_person("he", "何清", clerk.organisation, "officer")
    both.groups.add(*chief.groups.all())
    hour = (datetime(2026, 11, 5, 13), datetime(2026, 11, 5, 14))
    mark = marks.file_mark("WW", "N", *hour, by=both, reason="核对仪器日志，读数有效", items=("COD",))
    marks.agree(mark.pk, by=chief)
    one = days_of("WW")
    assert (one.calendar()[4].state, one.counts()[4].valid) == ("ok", 96)


def test_an_invalid_day_of_wastewater_has_no_total_until_thirty_valid_days_came(two_weeks):
    found = days_of("WW").emissions("COD", date(2026, 11, 1))
    assert found[0].kg == pytest.approx(30 * 20 * 86400 / 1e6)
    assert (found[4].lacking, found[4].why) == (1, "1 日无效，前面的有效日不够替代")
    fill("WW", {"flow": 20.0, "COD": 40.0}, date(2026, 9, 25), date(2026, 10, 31))
    station = Station.objects.select_related("network", "outlet").get(code="WW")
    longer = of.of_days([station], date(2026, 9, 25), date(2026, 11, 14))["WW"].emissions("COD", date(2026, 11, 1))
    assert (longer[4].kg, longer[4].why) == (pytest.approx(80 * 20 * 86400 / 1e6), "前 30 个有效日的最大日排放量")


def test_the_pages_of_outlets(two_weeks, clerk, town_person, stranger, as_):
    page = as_(clerk).get("/stations/outlets/?month=2026-11")
    assert "石门污水处理厂" in page.content.decode()
    assert as_(clerk).get("/stations/outlets/").status_code == 200
    assert "WW排放口" not in as_(stranger).get("/stations/outlets/").content.decode()
    for code in ("WW", "FG"):
        page = as_(town_person).get(f"/stations/{code}/").content.decode()
        assert "有效传输率" in page
        assert as_(stranger).get(f"/stations/{code}/").status_code == 404
        assert as_(stranger).get(f"/stations/{code}/series.json?start=2026-11-01&end=2026-11-14").status_code == 404
    series = as_(clerk).get("/stations/FG/series.json?item=flue_SO2&window=hour&start=2026-11-07&end=2026-11-08").json()
    assert [p[2] for p in series["points"][:2]] == ["F", "F"]
    assert [p[1] for p in series["points"] if p[0] == "2026-11-08T05:00:00"] == [36.0]
    assert series["limits"][0]["value"] == 35
    days = as_(clerk).get("/stations/WW/series.json?item=COD&window=day&start=2026-11-01&end=2026-11-14").json()
    assert [p[1] for p in days["points"]][2:6] == [80, 30, None, 30]


def test_the_rates_as_excel(two_weeks, clerk, as_):
    book = openpyxl.load_workbook(io.BytesIO(as_(clerk).get("/stations/outlets/rates.xlsx?month=2026-11").content))
    rows = {r[0]: r for r in book["合计"].iter_rows(min_row=2, values_only=True)}
    assert (rows["WW排放口"][5], rows["WW排放口"][7]) == (14 * 96, 14 * 96 - 1)
    assert book["逐日"].max_row == 29


def test_converted_by_oxygen_and_the_devices_own_word_first(two_weeks, journal, clock_at, hour_frame):
    station = Station.objects.select_related("network", "outlet").get(code="FG")
    fill("FG", {"flue_SO2": 20.0, "O2": 13.0}, date(2026, 11, 14), date(2026, 11, 14))
    one = of.of_days([station], date(2026, 11, 14), date(2026, 11, 14))["FG"]
    assert one.judged("flue_SO2")[-1] == pytest.approx(20 * 12 / 8)
    stores.lake().put_rows([{
        "station": "FG", "time": datetime(2026, 11, 15), "received": datetime(2026, 11, 15, 0, 5), "origin": "test", "flue_SO2_zs": 29.0,
    }])  # fmt: skip
    one = of.of_days([station], date(2026, 11, 14), date(2026, 11, 14))["FG"]
    assert (one.judged("flue_SO2")[-1], one.judged("flue_SO2")[-2]) == (29, pytest.approx(30))


def test_pages_of_other_rooms_name_the_items_of_flue_gas(two_weeks, clerk, as_):
    page = as_(clerk).get("/stations/FG/hours/2026110805/?item=flue_SO2").content.decode()
    assert "二氧化硫" in page.split("<main", 1)[-1]
    assert "36.0" in page
