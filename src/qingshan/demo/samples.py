"""The district's sampled media (手工监测): sections, wells, noise points, dust; sheets of a fixed seed sent through the import door."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cache

from qingshan.bureau.base import audit, packs
from qingshan.bureau.base.models import Area, Organisation, Person
from qingshan.bureau.indicators import actions as indicators
from qingshan.bureau.indicators import roster_pages, roster_sheets
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.monitor.actions import imports
from qingshan.bureau.sites import actions as sites
from qingshan.bureau.sites.models import Level, Network
from qingshan.demo import appraisal, pack
from qingshan.demo.appraisal import share
from qingshan.terms import items

BY = "jiance"
SINCE = date(2024, 12, 1)
LEVELS = {str(level.label): level.value for level in Level}
DUST = ("dustfall", "road_load")
USUAL = {
    "CODMn": 3.4, "COD": 13.0, "BOD5": 2.3, "NH3-N": 0.36, "TP": 0.085, "F": 0.38, "As": 0.0012,
}  # fmt: skip
"""ordinary levels of a river of this district [mg/L]"""
BELOW = {
    "Cu": 0.001, "Zn": 0.05, "Se": 0.0004, "Hg": 0.00004, "Cd": 0.0001, "Cr6+": 0.004, "Pb": 0.002, "CN": 0.004, "VP": 0.0003, "oil": 0.01,
    "LAS": 0.05, "S": 0.01,
}  # fmt: skip
"""detection limits [mg/L] of what a clean river does not show"""
NUTRIENTS = ("NH3-N", "TP")
LAKE = {"TN": 0.62, "SD": 2.1, "chla": 6.0}
WATER = ("temperature", "pH", "DO", *USUAL, *BELOW, *LAKE)
MONTHS_OF_NOISE = (2, 5, 8, 11)
MONTH_OF_REGION = 5
MONTHS_OF_WELLS = (5, 10)
WELL = {
    "pH": 7.5, "hardness": 265.0, "TDS": 455.0, "SO4": 62.0, "Cl": 38.0, "Fe": 0.08, "Mn": 0.045, "CODMn": 1.1, "NH3-N": 0.06,
    "NO3-N": 6.2, "F": 0.42, "Na": 31.0,
}  # fmt: skip
"""ordinary levels of groundwater of this district"""


@cache
def told() -> dict:
    """``samples.toml``: sections, wells, noise points, roads, drinking-water sources."""
    return tomllib.loads((pack.FOLDER / "samples.toml").read_text(encoding="utf-8"))


def fill(opened: datetime) -> None:
    """Register the places, then send last year's sheets and this year's up to last month, as the station's technician does."""
    with audit.source(None, "演示"):
        _open()
    by = Person.objects.get(username=BY)
    with audit.source(by, "演示"):
        for year in (opened.year - 1, opened.year):
            for medium, name, rows in _sheets(year, opened):
                send(f"{year}年{name}.csv", rows, medium, by)
            _lists(year, by)


def _open() -> None:
    towns = {a.name: a for a in Area.objects.filter(level=Area.Level.TOWN)}
    governments = {o.area_id: o for o in Organisation.objects.filter(kind=Organisation.Kind.TOWN)}
    water = Network.objects.create(name="青川区地表水监测网", medium="water", note="演示")
    noise = Network.objects.create(name="青川区功能区声环境监测网", medium="noise", note="演示")
    for row in told()["section"]:
        town = towns[row["town"]]
        sites.add_station(
            by=None, code=row["code"], name=row["name"], network=water, level=LEVELS[row["level"]], area=town, lon=row["at"][0],
            lat=row["at"][1], responsible=governments[town.pk], body=row["body"], target=row["target"], since=SINCE, note=row["river"],
            items=[i for i in WATER if row["body"] == "lake" or i not in LAKE],
        )  # fmt: skip
    ground = Network.objects.create(name="青川区地下水监测网", medium="groundwater", note="演示")
    for row in told()["well"]:
        town = towns[row["town"]]
        sites.add_station(
            by=None, code=row["code"], name=row["name"], network=ground, level=Level.CITY, area=town, responsible=governments[town.pk],
            lon=row["at"][0], lat=row["at"][1], target="Ⅲ", since=SINCE, items=list(WELL),
        )  # fmt: skip
    region = Network.objects.create(name="青川区区域和道路交通噪声监测网", medium="noise", note="演示")
    for row in (*told()["region"], *told()["road"]):
        town = towns[row["town"]]
        sites.add_station(
            by=None, code=row["code"], name=row["name"], network=region, level=Level.CITY, area=town, responsible=governments[town.pk],
            since=SINCE, items=["Leq"],
        )  # fmt: skip
    for row in told()["noise"]:
        town = towns[row["town"]]
        sites.add_station(
            by=None, code=row["code"], name=row["name"], network=noise, level=Level.CITY, area=town, responsible=governments[town.pk],
            target=row["area"], since=SINCE, items=["Ld", "Ln"],
        )  # fmt: skip


def dust_stations() -> dict[str, str]:
    """The station in each town at whose roof the dust cylinder stands."""
    found: dict[str, str] = {}
    for row in pack.district()["station"]:
        found.setdefault(row["town"], row["code"])
    return found


def _sheets(year: int, opened: datetime) -> Iterator[tuple[str, str, list[list]]]:
    months = [Period.month(year, m) for m in range(1, 13) if Period.month(year, m).end < opened.date()]
    if months:
        yield "water", "地表水断面监测结果", [["断面名称", "采样时间", *map(_title, WATER)], *_water(months)]
        yield "air", "降尘和道路积尘负荷监测结果", [["站点名称", "采样时间", *(items.get(i, "air").name for i in DUST)], *_dust(months)]
    quarters = [m for m in months if m.start.month in MONTHS_OF_NOISE]
    if quarters:
        yield "noise", "功能区声环境监测结果", [["站点名称", "采样时间", "昼间等效声级", "夜间等效声级"], *_noise(quarters)]
    wells = [m for m in months if m.start.month in MONTHS_OF_WELLS]
    if wells:
        heads = (_title(i, "groundwater") for i in WELL)
        yield "groundwater", "地下水监测结果", [["站点名称", "采样时间", *heads], *_wells(wells)]
    springs = [m for m in months if m.start.month == MONTH_OF_REGION]
    if springs:
        yield "noise", "区域和道路交通噪声监测结果", [["站点名称", "采样时间", "等效连续A声级"], *_region(springs)]


def _title(symbol: str, medium: str = "water") -> str:
    item = items.get(symbol, medium)
    return f"{item.name}({item.unit})" if item.unit else item.name


def _water(months: Iterable[Period]) -> Iterator[list]:
    for month in months:
        season = math.cos((month.start.month - 1) / 12 * 2 * math.pi)
        for row in told()["section"]:
            at, lake = datetime.combine(month.start + timedelta(days=4 + month.start.month % 5), time(9, 30)), row["body"] == "lake"

            def about(item: str, month=month, row=row) -> float:
                return 0.75 + 0.5 * share(month.token, row["code"], item)

            values: dict[str, object] = {
                "temperature": round(15.5 - 10 * season + about("t"), 1), "pH": round(7.4 + 0.6 * about("pH"), 2),
                "DO": round((8.4 + 1.6 * season) * (1.06 - 0.06 * row["nutrient"]) * (0.95 + 0.1 * about("DO")), 2),
            }  # fmt: skip
            for item, usual in USUAL.items():
                factor = row["nutrient"] if item in NUTRIENTS else row["organic"] if item != "As" else 1.0
                wet = 1 - 0.12 * season if item != "NH3-N" else 1 + 0.18 * season
                values[item] = round(usual * factor * wet * about(item), items.get(item, "water").decimals)
            values |= {item: f"{limit:.5f}".rstrip("0") + "L" for item, limit in BELOW.items()}
            values |= {item: round(usual * about(item), 2) if lake else "" for item, usual in LAKE.items()}
            yield [row["name"], f"{at:%Y-%m-%d %H:%M}", *(values[i] for i in WATER)]


def _dust(months: Iterable[Period]) -> Iterator[list]:
    for month in months:
        series = appraisal.by_town(month)
        for town, code in dust_stations().items():
            at = datetime.combine(month.end, time(10, 0))
            yield [code, f"{at:%Y-%m-%d %H:%M}", series["dustfall"].get(town, ""), series["road_dust_load"].get(town, "")]


def _noise(months: Iterable[Period]) -> Iterator[list]:
    for month in months:
        for row in told()["noise"]:
            day = round(row["level"] + 4 * share(month.token, row["code"], "day") - 2, 1)
            night = round(row["level"] - row["quiet"] + 4 * share(month.token, row["code"], "night") - 2, 1)
            yield [row["name"], f"{month.start + timedelta(days=11):%Y-%m-%d} 00:00", day, night]


def _wells(months: Iterable[Period]) -> Iterator[list]:
    for month in months:
        for row in told()["well"]:
            at = datetime.combine(month.start + timedelta(days=13), time(10, 0))
            values = {
                item: round(usual * _worse(row, item) * _about(item, month, row["code"]), items.get(item, "groundwater").decimals)
                for item, usual in WELL.items()
            }
            yield [row["name"], f"{at:%Y-%m-%d %H:%M}", *values.values()]


def _worse(row: dict, item: str) -> float:
    return row["iron"] if item in ("Fe", "Mn") else row["hard"] if item in ("hardness", "TDS") else 1.0


def _about(item: str, month: Period, code: str) -> float:
    width = 0.03 if item == "pH" else 0.2
    return 1 - width + 2 * width * share(month.token, code, item)


def _region(months: Iterable[Period]) -> Iterator[list]:
    for month in months:
        for row in (*told()["region"], *told()["road"]):
            level = round(row["level"] + 3 * share(month.token, row["code"]) - 1.5, 1)
            yield [row["name"], f"{month.start + timedelta(days=18):%Y-%m-%d} 10:00", level]


def _lists(year: int, by: Person) -> None:
    """The year's lists, registered as sheets like any bureau's; the reservoir and two wells are the district's sources."""
    known = roster_pages.known(by)
    for name, rows in (
        ("water_sections", [["站点编号", "目标类别", "所在河流"], *([r["code"], r["target"], r["river"]] for r in told()["section"])]),
        ("drinking_sources", [["站点编号", "月取水量"], *([r["code"], r["intake"]] for r in told()["source"])]),
        ("groundwater_wells", [["站点编号"], *([r["code"]] for r in told()["well"])]),
        ("noise_regions", [["站点编号"], *([r["code"]] for r in told()["region"])]),
        ("noise_roads", [["站点编号", "路段长度"], *([r["code"], r["length"]] for r in told()["road"])]),
    ):
        kind, file = packs.get("roster_kinds", name), f"{year}年{name}.csv"
        lines, faults = roster_sheets.read(file, _text(rows), kind, known)
        if faults:
            raise ValueError(f"《{file}》第 {faults[0].number} 行{faults[0].column}：{faults[0].words}")
        indicators.freeze_roster(
            name, year, [line.row for line in lines], by=by, basis=f"青环办〔{year}〕2号（演示）", file=f"{year}年{kind.title}.csv"
        )


def _text(rows: list[list]) -> bytes:
    return ("\n".join(",".join(map(str, row)) for row in rows) + "\n").encode()


def send(name: str, rows: list[list], medium: str, by: Person) -> None:
    """One sheet through the import door: kept, mapped, looked at, confirmed; a cell it does not take fails the opening."""
    run = imports.upload(name, _text(rows), by=by, what=f"samples:{medium}")
    seen = imports.preview(run, by)
    if seen.n_errors:
        raise ValueError(f"《{name}》第 {seen.errors[0].row} 行{seen.errors[0].column}：{seen.errors[0].message}")
    imports.confirm(run.pk, by=by, digest=seen.digest)
