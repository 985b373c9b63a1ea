"""Opening the demonstration district: areas, organisations, people, stations and devices."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import Group

from qingshan.bureau.base import audit
from qingshan.bureau.base.models import Area, Organisation, Person
from qingshan.bureau.sites import actions as sites
from qingshan.bureau.sites import plans
from qingshan.bureau.sites.models import Level, Network
from qingshan.demo import effluent, pack
from qingshan.terms import items

LEVELS = {str(level.label): level.value for level in Level}
UNITS = {item.codes[0]: item.unit for item in map(items.get, items.AIR)}


def open_district(password: str) -> None:
    """Put the district into an empty bureau; every row is recorded as set up by the machine."""
    with audit.source(None, "演示"):
        areas = open_areas()
        organisations = open_organisations(areas)
        open_people(organisations, password)
        open_stations(areas)
        sites.take_boundaries("演示区划.geojson", pack.boundaries(), by=None, source="演示自绘，虚构")


def open_areas() -> dict[str, Area]:
    told = pack.district()
    top = Area.objects.create(code=told["code"], name=told["name"], level=Area.Level.DISTRICT)
    areas = {top.name: top}
    for town in told["town"]:
        areas[town["name"]] = Area.objects.create(
            code=town["code"], name=town["name"], level=Area.Level.TOWN, parent=top, aliases=town.get("aliases", [])
        )
    for village in told["village"]:
        Area.objects.create(code=village["code"], name=village["name"], level=Area.Level.VILLAGE, parent=areas[village["town"]])
    audit.record(None, "开设区划", top, None, {"镇街": len(told["town"])})
    return areas


def open_organisations(areas: dict[str, Area]) -> dict[str, Organisation]:
    told = pack.district()
    district = areas[told["name"]]
    found: dict[str, Organisation] = {}
    for row in told["organisation"]:
        found[row["name"]] = Organisation.objects.create(
            name=row["name"], short=row["short"], kind=row["kind"], parent=found.get(row.get("parent", "")), area=district
        )
    for town in told["town"]:
        name = town["name"] + ("办事处" if town["name"].endswith("街道") else "人民政府")
        found[name] = Organisation.objects.create(name=name, short=town["name"], kind=Organisation.Kind.TOWN, area=areas[town["name"]])
    audit.record(None, "开设单位", district, None, {"单位": len(found)})
    return found


def open_people(organisations: dict[str, Organisation], password: str) -> None:
    for row in pack.district()["person"]:
        person = Person.objects.create_user(
            row["login"], password=password, name=row["name"], post=row["post"], organisation=organisations[row["organisation"]]
        )
        person.groups.set(Group.objects.filter(name__in=row["roles"]))
        audit.record(None, "新增人员", person, None, {"roles": row["roles"]})


def open_stations(areas: dict[str, Area]) -> None:
    network = Network.objects.create(name="青川区环境空气监测网", medium="air", note="演示")
    governments = {o.area_id: o for o in Organisation.objects.filter(kind=Organisation.Kind.TOWN)}
    for row in pack.district()["station"]:
        town = areas[row["town"]]
        station = sites.add_station(
            by=None, code=row["code"], name=row["name"], network=network, level=LEVELS[row["level"]], area=town,
            responsible=governments[town.pk], lon=row["at"][0], lat=row["at"][1], items=list(items.AIR), since=date(2024, 12, 1),
        )  # fmt: skip
        sites.save_device(
            pack.mn(row["code"]), by=None, station=station, protocol=pack.protocol(row["code"]), units=UNITS, admitted=True,
            password="123456",  # noqa: S106
        )  # fmt: skip
    open_outlets(areas, governments)


def open_outlets(areas: dict[str, Area], governments: dict[int, Organisation]) -> None:
    """The outlets of two firms, each with its limits, its entry in the register of sources, and its data logger."""
    for row in pack.district()["outlet"]:
        town, medium = areas[row["town"]], row["medium"]
        station = sites.add_station(
            by=None, code=row["code"], name=row["name"], network="青川区重点排污单位" + ("废水" if medium == "wastewater" else "废气"),
            medium=medium, level=LEVELS[row["level"]], area=town, responsible=governments[town.pk], lon=row["at"][0], lat=row["at"][1],
            items=[i for i in items.symbols(medium) if i in row["mean"]], since=date(2024, 12, 1),
            outlet={
                **{name: row[name] for name in ("firm", "credit_code", "permit", "number")}, "oxygen": row.get("oxygen"),
                "limits": plans.limits(row["limits"], medium),
            },
        )  # fmt: skip
        sites.save_device(
            pack.mn(row["code"]), by=None, station=station, protocol=pack.protocol(row["code"]), units=effluent.units(row["code"]),
            admitted=True, password="123456", minutes=10 if medium == "wastewater" else 1,  # noqa: S106
        )  # fmt: skip
