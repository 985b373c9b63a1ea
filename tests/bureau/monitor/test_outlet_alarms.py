"""Alarms of outlets and sections: the limit of the day, converted values, day means, rates, stops and marks, clues, what the page says."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from django.contrib.auth.models import Permission
from tests.bureau.registers.hands import put

from qingshan.bureau.base import packs
from qingshan.bureau.indicators import queries as indicators
from qingshan.bureau.indicators import stores as assets
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.monitor import bounds, standing, stores
from qingshan.bureau.monitor.actions import hours
from qingshan.bureau.monitor.actions.alarms import judge
from qingshan.bureau.monitor.declared import Rule
from qingshan.bureau.monitor.models import Alarm, Arrival, Hour, Mark
from qingshan.bureau.monitor.queries import outlets
from qingshan.bureau.sites import actions as sites
from qingshan.bureau.sites import plans
from qingshan.bureau.sites.models import Network, Outlet, Station

T = datetime(2026, 11, 20, 14)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
pytestmark = pytest.mark.django_db
GAS = "二氧化硫 35 许可证 91110000X；氮氧化物 50；二氧化硫 速率 2 kg/h GB 16297 表2；二氧化硫 日均 30 许可证 91110000X"


@pytest.fixture
def places(bureau, settings):
    """A boiler's stack FG, a works' outlet WW, a section DM of target Ⅲ on a river, all in 石门镇."""
    stores._lake.cache_clear()
    stores._reader.cache_clear()
    found = {}
    for code, medium, limits, its in (
        ("FG", "flue", GAS, ["flue_flow", "flue_SO2", "flue_NOx", "O2"]),
        ("WW", "wastewater", "化学需氧量 50 GB 18918—2002 一级A；氨氮 5；pH 6-9", ["flow", "pH", "COD", "NH3-N"]),
    ):
        found[code] = sites.add_station(
            by=None, code=code, name=f"{code}排放口", network=f"{medium}网", medium=medium, level="city", area=bureau.towns["石门镇"], items=its,
            outlet={"firm": "石门热力", "number": "D1", "permit": "91110000X", "limits": plans.limits(limits, medium)}
            | ({"oxygen": 9.0} if medium == "flue" else {}),
        )  # fmt: skip
    net = Network.objects.create(name="水站", medium="water")
    found["DM"] = Station.objects.create(
        code="DM", name="石门断面", network=net, level="city", area=bureau.towns["石门镇"], body="river", target="Ⅲ", lon=116.5, lat=40.3,
        items=["pH", "DO", "CODMn", "NH3-N", "TP", "TN"],
    )  # fmt: skip
    return found


@pytest.fixture
def hour(places, clock_at):
    """``hour("FG", time, flags=…, flue_SO2=20, O2=9)``: the hour is stored and judged as the worker does it."""

    def arrive(code: str, at: datetime, flags: str | None = None, **values: float) -> None:
        clock_at(at + timedelta(seconds=12))
        received = at + timedelta(seconds=10)
        row = {"station": code, "time": at, "received": received, "flags": flags, "origin": "test"}
        stores.lake().put_rows([row | {k.replace("NH3N", "NH3-N"): v for k, v in values.items()}])
        Arrival.objects.create(station=places[code], time=at, frame=None, received=received)
        while hours.judge(stores.lake()):
            pass

    return arrive


@pytest.fixture
def day(places, clock_at):
    """``day("WW", date, COD=60, flow=20)``: a whole day of hours, then the daily watch of the morning after."""

    def arrive(code: str, of: date, at: tuple[int, ...] = tuple(range(24)), flags: str | None = None, **values: float) -> None:
        begin, rows = datetime.combine(of, time.min), []
        for h in at:
            end = begin + (h + 1) * HOUR
            row = {"station": code, "time": end, "received": end + timedelta(minutes=2), "flags": flags, "origin": "test"}
            rows.append(row | {k.replace("NH3N", "NH3-N"): v for k, v in values.items()})
        stores.lake().put_rows(rows)
        clock_at(begin + DAY + timedelta(hours=2))
        standing.watch_days()

    return arrive


def of(rule: str, item: str = "") -> list[Alarm]:
    found = Alarm.objects.filter(rule=rule, item=item) if item else Alarm.objects.filter(rule=rule)
    return list(found.order_by("opened_at").select_related("station__network", "case", "clue"))


def test_the_limit_holds_against_what_is_converted_and_equal_is_within(hour):
    hour("FG", T, flue_SO2=30, O2=9, flue_flow=10)
    hour("FG", T + HOUR, flue_SO2=35, O2=9, flue_flow=10)
    assert not of("outlet_gas_hour_over")
    hour("FG", T + 2 * HOUR, flue_SO2=30, O2=13, flue_flow=10)  # 30 × 12 / 8
    (alarm,) = of("outlet_gas_hour_over")
    assert (alarm.item, alarm.peak, alarm.threshold, alarm.of, alarm.low) == ("flue_SO2", 45, 35, "hour", False)
    assert alarm.clause == "折算小时值高于限值 35 mg/m³（许可证 91110000X）"
    assert alarm.case.workflow == "outlet_order"
    assert alarm.case.responsible.short == "石门镇"
    assert "排污许可证 91110000X" in alarm.case.summary
    hour("FG", T + 3 * HOUR, flue_SO2=20, O2=9, flue_flow=10)
    assert of("outlet_gas_hour_over")[0].ended_at == T + 3 * HOUR


def test_three_hours_or_twice_the_limit_are_a_clue(hour):
    for n, value in enumerate((36, 40)):
        hour("FG", T + n * HOUR, flue_NOx=10, flue_SO2=value, O2=9)
    assert of("outlet_gas_hour_over")[0].clue is None
    hour("FG", T + 2 * HOUR, flue_SO2=36, flue_NOx=100, O2=9)
    long, large = of("outlet_gas_hour_over", "flue_SO2")[0], of("outlet_gas_hour_over", "flue_NOx")[0]
    assert long.clue.responsible.short == "执法大队"
    assert "连续 3 小时" in long.clue.title
    assert (large.hours, large.clue.workflow) == (1, "alarm_clue")
    assert "2.0 倍" in large.clue.summary
    hour("FG", T + 3 * HOUR, flue_SO2=36, flue_NOx=100, O2=9)
    assert of("outlet_gas_hour_over", "flue_SO2")[0].clue_id == long.clue_id  # one a process


def test_a_stop_ends_and_maintenance_says_nothing(hour):
    hour("FG", T, flue_SO2=60, O2=9)
    hour("FG", T + HOUR, flags="flue_SO2:M;O2:M", flue_SO2=0, O2=9)
    assert of("outlet_gas_hour_over")[0].is_open
    hour("FG", T + 2 * HOUR, flags="flue_SO2:F;O2:F", flue_SO2=0, O2=20.9)
    assert of("outlet_gas_hour_over")[0].ended_at == T + 2 * HOUR


def test_an_hour_that_a_mark_covers_leaves_the_episode(hour, places, clerk):
    hour("FG", T, flue_SO2=60, O2=9)
    Mark.objects.create(
        station=places["FG"], kind="D", items=[], start=T - HOUR, end=T, reason="探头堵塞", by=clerk, at=T, state=Mark.State.IN_FORCE, effect={},
    )  # fmt: skip
    hour("FG", T, flags="flue_SO2:D;O2:D", flue_SO2=60, O2=9)
    (alarm,) = of("outlet_gas_hour_over")
    assert (alarm.is_open, alarm.rows.count()) == (False, 0)


def test_the_rate_has_its_own_limit(hour):
    hour("FG", T, flue_SO2=30, O2=9, flue_flow=18)  # 30 × 18 × 3600 / 1e6 = 1.944
    assert not of("outlet_gas_rate_over")
    hour("FG", T + HOUR, flue_SO2=30, O2=9, flue_flow=19)
    (alarm,) = of("outlet_gas_rate_over")
    assert (alarm.of, round(alarm.peak, 3)) == ("rate", 2.052)
    assert alarm.clause == "排放速率高于限值 2 kg/h（GB 16297 表2）"


def test_a_limit_holds_from_its_day(hour, places):
    outlet = places["FG"].outlet
    outlet.limits = plans.limits_from(outlet.limits, plans.limits("二氧化硫 50 新证", "flue"), T.date())
    outlet.save()
    hour("FG", T - 2 * DAY, flue_SO2=40, O2=9)
    hour("FG", T, flue_SO2=40, O2=9)
    (alarm,) = of("outlet_gas_hour_over")
    assert (alarm.opened_at, alarm.threshold) == (T - 2 * DAY, 35)


def test_wastewater_is_held_by_the_day_once_it_is_over(hour, day):
    hour("WW", T + DAY, COD=90, flow=10, pH=7)
    assert not of("outlet_water_day_over")  # a corrected hour follows
    day("WW", date(2026, 11, 21), COD=50, flow=10, pH=7)
    assert not of("outlet_water_day_over")
    day("WW", date(2026, 11, 22), COD=60, flow=10, pH=5.5)
    found = {a.item: a for a in of("outlet_water_day_over")}
    assert set(found) == {"COD", "pH"}
    assert (found["COD"].peak, found["COD"].opened_at, found["COD"].hours) == (60, datetime(2026, 11, 23), 1)
    assert (found["pH"].low, found["pH"].threshold, found["pH"].clause) == (True, 6, "日均值低于下限 6")
    standing.watch_days()
    assert len(of("outlet_water_day_over")) == 2  # asked again, the same
    assert of("outlet_water_day_over", "COD")[0].hours == 1
    day("WW", date(2026, 11, 23), COD=70, flow=10, pH=7)
    cod = of("outlet_water_day_over", "COD")[0]
    assert (cod.hours, cod.peak, cod.step_words, cod.clue is not None) == (2, 70, "天", True)
    assert of("outlet_water_day_over", "pH")[0].ended_at == datetime(2026, 11, 24)
    assert "11月22日 化学需氧量 日均值 60.0 mg/L" in cod.case.summary


def test_a_day_of_gas_has_its_own_limit(day):
    day("FG", date(2026, 11, 21), flue_SO2=31, O2=9, flue_flow=5)
    (alarm,) = of("outlet_gas_day_over")
    assert (alarm.item, alarm.threshold, alarm.peak) == ("flue_SO2", 30, 31)
    assert not of("outlet_gas_hour_over")


def test_a_day_or_rate_beyond_its_limit_is_drawn_in_the_calendar(day, places):
    first = date(2026, 11, 21)
    day("FG", first, flue_SO2=31, flue_NOx=20, O2=9, flue_flow=5)
    day("FG", first + DAY, flue_SO2=30, flue_NOx=20, O2=9, flue_flow=20)  # 30 × 20 × 3600 / 1e6 = 2.16 kg/h
    day("FG", first + 2 * DAY, flue_SO2=30, flue_NOx=20, O2=9, flue_flow=5)
    found = outlets.of_days([Station.objects.select_related("network", "outlet").get(code="FG")], first, first + 2 * DAY)["FG"].calendar()
    assert [(d.state, d.words) for d in found] == [
        ("over", "11月21日 超标：二氧化硫 日均 31.0"), ("over", "11月22日 超标：二氧化硫 速率 24 小时"), ("ok", "11月23日 达标"),
    ]  # fmt: skip
    outlet = places["FG"].outlet
    outlet.limits = plans.limits_from([], plans.limits("二氧化硫 日均 30", "flue"), first)
    outlet.save()
    alone = outlets.of_days([Station.objects.select_related("network", "outlet").get(code="FG")], first, first + DAY)["FG"].calendar()
    assert [d.state for d in alone] == ["over", "ok"]  # a day's limit without an hour's is one


def test_a_section_worse_than_its_target(day):
    four = (3, 7, 11, 15, 19, 23)
    day("DM", date(2026, 11, 21), four, NH3N=1.0, DO=5.0, TP=0.2, pH=7, CODMn=6, TN=9)
    assert not of("section_day_worse")  # equal meets; total nitrogen of rivers is not held
    day("DM", date(2026, 11, 22), four, NH3N=1.2, DO=4.4, TP=0.2, pH=7, CODMn=6, TN=9)
    found = {a.item: a for a in of("section_day_worse")}
    assert set(found) == {"NH3-N", "DO"}
    assert found["NH3-N"].clause == "日均值高于限值 1 mg/L（GB 3838—2002 表1 Ⅲ类）"
    assert (found["DO"].low, found["DO"].peak) == (True, 4.4)
    assert found["DO"].case.workflow == "section_order"


def test_a_section_that_jumps(hour):
    hour("DM", T, NH3N=0.3, DO=8)
    hour("DM", T + 4 * HOUR, NH3N=0.9, DO=8)
    assert [(a.item, a.peak) for a in of("section_nh3n_jump")] == [("NH3-N", 0.9)]


def test_too_little_comes_from_an_outlet(places, day, clock_at):
    Hour.objects.create(station=places["WW"], time=T, edition="", received=T)
    for n in range(3):
        day("WW", date(2026, 11, 20 + n), tuple(range(20)), COD=20, flow=5, pH=7, NH3N=1)
    standing.watch_capture(datetime(2026, 11, 23, 3))
    (alarm,) = of("outlet_water_capture_low")
    assert (alarm.item, alarm.peak) == ("", 83.3)
    assert "有效传输率 83.3%" in alarm.clause
    assert alarm.case is not None


def test_an_alarm_of_an_outlet_explains_itself(hour, day, places, clerk, stranger, as_):
    hour("FG", T, flue_SO2=30, O2=13, flue_flow=10, flue_NOx=20)
    (alarm,) = of("outlet_gas_hour_over")
    page = as_(clerk).get(f"/alarms/{alarm.pk}/").content.decode()
    for words in ("石门热力", "91110000X", "许可证 91110000X", "基准含氧量 9%", "GB 16297 表2", "45.0", "13.00", "WW排放口", "二氧化硫"):
        assert words in page, words
    assert "可能是谁" not in page
    assert as_(stranger).get(f"/alarms/{alarm.pk}/").status_code == 404
    said = as_(clerk).get(f"/alarms/{alarm.pk}/series.json").json()
    assert said["level"] == {"value": 35, "text": "限值 35", "low": False}
    assert [p[1] for p in said["points"] if p[1]] == [45]
    day("DM", date(2026, 11, 21), (3, 7, 11, 15), NH3N=1.2, DO=6, pH=7)
    section = of("section_day_worse")[0]
    page = as_(clerk).get(f"/alarms/{section.pk}/").content.decode()
    assert "GB 3838—2002 表1 Ⅲ类" in page
    assert "可能是谁" in page
    days = as_(clerk).get(f"/alarms/{section.pk}/series.json").json()
    assert (days["daily"], days["points"][-1][1], days["limits"][0]["value"]) == (True, 1.2, 1.0)
    for url in ("/alarms/", "/alarms/rules/", "/alarms/?item=flue_SO2", f"/orders/{alarm.case.number}/"):
        assert "二氧化硫" in as_(clerk).get(url).content.decode() or url == "/alarms/rules/"


def test_a_real_exceedance_counts_against_the_firm_and_stands_in_its_file(hour, places, bureau, clerk, chief, as_, clock_at):
    code, other = "91110000600037341L", "91110000100000004K"
    for number, (firm, its) in enumerate((("石门热力", code), ("石门水务", other))):
        put("key_unit", clerk, bureau.towns["石门镇"], state="listed", code=f"K{number}", firm=firm, credit_code=its, kind="air")
    Outlet.objects.filter(station__code="FG").update(credit_code=code)
    Outlet.objects.filter(station__code="WW").update(credit_code=other, firm="石门水务")
    hour("FG", T, flue_SO2=60, O2=9, flue_flow=5)
    hour("FG", T + HOUR, flue_SO2=20, O2=9, flue_flow=5)
    clock_at(T + 2 * DAY)
    november = Period(date(2026, 11, 1), date(2026, 11, 30))

    def rate(period: Period = november):
        return indicators.value("key_firms_stable_ratio", area=bureau.towns["石门镇"], period=period, comparison=False)

    found = rate()
    assert (found.value, found.n_days) == (100.0, 30)
    assert "另有 1 起未定性" in " ".join(i.text for i in found.inputs)
    chief.user_permissions.add(Permission.objects.get(codename="judge_alarm"))
    chief = type(chief).objects.get(pk=chief.pk)
    (alarm,) = of("outlet_gas_hour_over")
    assert alarm.case is not None  # opened by rule
    page = as_(clerk).get(f"/firms/{code}/").content.decode()
    assert "未定性" in page
    judge(alarm.pk, "source", by=chief, note="现场核查，脱硫停泵")
    assets.forget()
    found = rate()
    assert found.value == 50.0
    assert {i.title: i.counted for i in found.inputs} == {"石门热力": False, "石门水务": True}
    assert rate(Period(date(2026, 11, 1), date(2026, 11, 19))).value == 100.0
    page = as_(clerk).get(f"/firms/{code}/").content.decode()
    assert "排放口超标" in page
    assert "真实污染源" in page
    assert "排放口超标" not in as_(clerk).get(f"/firms/{other}/").content.decode()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"limit": {"of": "hour"}}, "环境空气写 above"),
        ({"medium": "flue", "item": "COD", "limit": {}}, "COD"),
        ({"medium": "water", "limit": {"of": "rate"}}, "只有排放口"),
        ({"medium": "water", "item": "TP", "above": {"iaqi": 150}}, "分指数"),
        ({"medium": "flue", "limit": {"of": "day"}, "rise": {"value": 1}, "item": "flue_SO2"}, "单独成一条"),
        ({"medium": "flue", "item": "flue_SO2", "beyond": {"times": 2, "value": 1}}, "环境空气"),
        ({"medium": "soil", "item": "Pb", "above": {"value": 1}}, "soil"),
        ({"medium": "flue", "rise": {"value": 1}}, "可以不写"),
        ({"medium": "water", "item": "TP", "capture": {"below": 80}}, "捕集率"),
    ],
)
def test_what_a_rule_cannot_ask_is_refused_in_words(said, words):
    with pytest.raises(ValueError, match=words):
        Rule.model_validate({"name": "x", "title": "x", "level": ["town"], **said})


def test_a_rule_of_any_item_of_any_medium(hour, own_folders):
    folder = own_folders / "packs" / "own" / "alarms"
    folder.mkdir(parents=True)
    head = 'title = "试"\nlevel = ["city"]\n'
    (folder / "a.toml").write_text(f'name = "a"\nmedium = "wastewater"\nitem = "NH3-N"\nabove = {{ value = 3 }}\n{head}', "utf-8")
    (folder / "b.toml").write_text(f'name = "b"\nmedium = "wastewater"\nitem = "COD"\nlimit = {{ times = 0.9 }}\n{head}', "utf-8")
    packs.clear()
    hour("WW", T, NH3N=3.2, COD=45, flow=1)
    assert [(a.item, a.peak) for a in of("a")] == [("NH3-N", 3.2)]
    assert not of("b")
    hour("WW", T + HOUR, NH3N=3.2, COD=46, flow=1)
    assert of("b")[0].clause == "小时值高于限值 50 × 0.9 mg/L（GB 18918—2002 一级A）"


def test_limits_of_a_section_follow_target_and_body(places):
    station = places["DM"]
    assert bounds.on(station, T.date())["TP"]["high"] == 0.2
    assert (bounds.on(station, T.date())["DO"]["low"], bounds.on(station, T.date())["pH"]["high"]) == (5, 9)
    station.body = "lake"
    assert bounds.on(station, T.date())["TP"]["high"] == 0.05
    station.target = ""
    assert bounds.on(station, T.date()) == {}


def test_limits_of_rates_and_days_are_written_and_read_again(places):
    text = plans.limits_text(places["FG"].outlet, T.date())
    assert "二氧化硫 速率 2 kg/h GB 16297 表2" in text.splitlines()
    again = {(r["item"], r.get("of", "")): (r["high"], r["basis"]) for r in plans.limits(text, "flue")}
    assert again == {(r["item"], r.get("of", "")): (r["high"], r["basis"]) for r in places["FG"].outlet.limits}
    with pytest.raises(ValueError, match="kg/h"):
        plans.limits("二氧化硫 35 kg/h", "flue")


def test_a_section_has_its_page_with_target_and_calendar(hour, day, clerk, stranger, as_):
    hour("DM", datetime(2026, 11, 21, 4), NH3N=1.3, DO=6, pH=7)
    day("DM", date(2026, 11, 21), (7, 11, 15), NH3N=1.3, DO=6, pH=7)
    page = as_(clerk).get("/stations/DM/").content.decode()
    for words in ("目标 Ⅲ类", "差于目标", "GB 3838—2002 表1 Ⅲ类", "氨氮"):
        assert words in page, words
    assert "排放量" not in page.split("<main", 1)[-1]
    assert as_(stranger).get("/stations/DM/").status_code == 404
    days = as_(clerk).get("/stations/DM/series.json?item=NH3-N&window=day&start=2026-11-20&end=2026-11-21").json()
    assert (days["points"][-1][1], days["limits"][0]["value"]) == (1.3, 1.0)


def test_outlets_stand_on_the_map_with_what_they_do(hour, places, clerk, stranger, as_):
    Station.objects.filter(code="FG").update(lon=116.52, lat=40.31)
    hour("FG", T, flue_SO2=60, O2=9)
    said = as_(clerk).get("/map/data.json").json()["outlets"]
    assert [(o["code"], o["net"], o["alarms"], o["firm"]) for o in said] == [("FG", "废气口", ["二氧化硫 60.0"], "石门热力")]
    assert as_(stranger).get("/map/data.json").json()["outlets"] == []
    assert "废气口 1" in as_(clerk).get("/map/").content.decode()
