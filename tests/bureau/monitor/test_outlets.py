"""Outlets of pollution sources: registered like stations, their frames become hours, days, emissions and rates."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

import openpyxl
import pytest

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.monitor import stores, work
from qingshan.bureau.monitor.actions import hours
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
