"""What outlets emitted, delivered and exceeded in a span of days, as rows that can be counted (排放量、传输有效率、稳定达标)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from django.urls import reverse

from qingshan.bureau.base import clock, countable
from qingshan.bureau.base.countable import Column, Countable, Row
from qingshan.bureau.monitor import exceedances
from qingshan.bureau.monitor.models import Alarm, Verdict
from qingshan.bureau.monitor.queries import outlets
from qingshan.bureau.sites.models import OUTLETS, Station
from qingshan.terms import items

DAY = timedelta(days=1)
PERMITS, KEY_UNITS = "discharge_permit", "key_unit"
ALLOWED = {
    "COD": "allowed_cod", "NH3-N": "allowed_nh3n", "TP": "allowed_tp", "TN": "allowed_tn", "flue_SO2": "allowed_so2",
    "flue_NOx": "allowed_nox", "flue_dust": "allowed_dust",
}  # fmt: skip
"""fields of a permit with the tonnes a year allowed of an item"""
OVER = ("expired", "cancelled")
"""states of a permit that allows nothing any more"""
MASSES = {i: items.get(i, m).name for m in sorted(OUTLETS) for i in items.symbols(m) if outlets.is_mass(i, m)}
MEDIA = {m: items.MEDIA[m] for m in sorted(OUTLETS)}


def _there(first: date, last: date) -> list[Station]:
    """Outlets in use on any of the days."""
    found = Station.objects.filter(network__medium__in=OUTLETS, outlet__isnull=False).select_related("network", "outlet").order_by("code")
    return [s for s in found if (s.since or date.min) <= last and (s.until or date.max) >= first]


def _past(first: date, last: date) -> tuple[date, date] | None:
    """The whole days of a span that are over; None where there is none."""
    last = min(last, clock.today() - DAY)
    return (first, last) if first <= last else None


def _in_use(station: Station, day: date) -> bool:
    return (station.since or date.min) <= day <= (station.until or date.max)


def emissions(first: date, last: date) -> list[Row]:
    """A row an outlet and item: tonnes emitted, of them replaced; days without a total are named.

    What replaces an invalid period goes by the capture of the whole quarter so far, so that months add up to their quarter.
    """
    span = _past(first, last)
    if span is None or not (found := _there(*span)):
        return []
    begin = next(b for b, _ in outlets.quarters(span[0], span[0]))
    ending = min(next(e for _, e in outlets.quarters(span[1], span[1] + 93 * DAY)), clock.today() - DAY)
    days = outlets.of_days(found, begin - outlets.BACK * DAY, ending)
    rows = []
    for station in found:
        one = days[station.code]
        for item in (i for i in items.symbols(one.medium) if i in MASSES and (i in station.items or i in one.observed.values)):
            rows.append(_emission(one, item, *span))
    return rows


def _emission(one: outlets.OutletDays, item: str, first: date, last: date) -> Row:
    station = one.station
    masses = [m for m in one.emissions(item, first) if m.day <= last and _in_use(station, m.day)]
    kg, replaced = sum(m.kg for m in masses), sum(m.replaced for m in masses)
    lacking = [m for m in masses if m.lacking]
    rules = sorted({m.rule for m in masses if m.rule})
    said = f"其中按“{'、'.join(rules)}”替代 {replaced:.3f} kg" if rules else ""
    lacks = f"{len(lacking)} 天有无效时段没有可替代的数" if lacking else ""
    if not masses:
        lacks = "没有流量，排放量算不出" if item in one.observed.values else "没有数据，排放量算不出"
    fields = {
        "item": item, "medium": one.medium, "firm": one.outlet.firm, "outlet": station.code, "permit": one.outlet.permit,
        "t": round(kg / 1000, 6) if masses else None, "replaced": round(replaced / 1000, 6),
    }  # fmt: skip
    title = f"{one.outlet.firm} {station.name}"
    return Row(f"{station.code}/{item}", title, station.area_id, fields, reverse("monitor:station", args=[station.code]), said, lacks)


def against_permits(first: date, last: date) -> list[Row]:
    """A row a permit and item it allows an amount of: tonnes all its outlets emitted, tonnes allowed a year."""
    emitted: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in emissions(first, last):
        emitted[row.fields["permit"], row.fields["item"]].append(row)
    rows = []
    permits = countable.known().get(PERMITS)
    for permit in permits.rows(last) if permits else ():
        number = str(permit.fields.get("permit") or "")
        if not number or permit.fields.get("state") in OVER:
            continue
        for item, name in ALLOWED.items():
            mine = emitted.get((number, item), [])
            amount = permit.fields.get(name)
            if amount in (None, "") or not mine:
                continue
            tonnes = [r.fields["t"] for r in mine if r.fields["t"] is not None]
            fields = {
                "item": item, "permit": number, "firm": permit.title, "allowed": amount,
                "t": round(sum(tonnes), 6) if tonnes else None,
            }  # fmt: skip
            said = f"排放口 {len(mine)} 个"
            lacks = "；".join(f"{r.title}：{r.lacks}" for r in mine if r.lacks)
            area = permit.area if permit.area is not None else mine[0].area
            rows.append(Row(f"{number}/{item}", permit.title, area, fields, permit.url, said, lacks))
    return rows


def delivered(first: date, last: date) -> list[Row]:
    """A row an outlet: hours due, come and valid over the items its rates are taken over."""
    span = _past(first, last)
    if span is None or not (found := _there(*span)):
        return []
    rows = []
    for rate in outlets.rates(found, *span):
        station, total = rate.station, rate.total
        fields = {
            "outlet": station.code, "firm": rate.of.outlet.firm, "medium": rate.of.medium, "due": total.due, "came": total.came,
            "valid": total.valid,
        }  # fmt: skip
        title = f"{rate.of.outlet.firm} {station.name}"
        rows.append(Row(station.code, title, station.area_id, fields, reverse("monitor:station", args=[station.code])))
    return rows


def key_firms(first: date, last: date) -> list[Row]:
    """A row a firm on the list of key units that has an outlet on line: whether an exceedance of it was found to be real.

    Alarms found false, of the equipment or not judged yet do not count against it; how many wait is said.
    """
    span = _past(first, last)
    units = countable.known().get(KEY_UNITS)
    if span is None or units is None:
        return []
    listed = {str(u.fields.get("credit_code") or ""): u for u in units.rows(span[1]) if u.fields.get("state") == "listed"}
    theirs: dict[str, list[Station]] = defaultdict(list)
    for station in _there(*span):
        if station.outlet.credit_code in listed and station.outlet.credit_code:
            theirs[station.outlet.credit_code].append(station)
    raised: dict[str, list[Alarm]] = defaultdict(list)
    for alarm in exceedances.alarms(*span):
        raised[alarm.station.outlet.credit_code].append(alarm)
    rows = []
    for code, stations in sorted(theirs.items()):
        real = [a for a in raised[code] if a.verdict == Verdict.SOURCE]
        waiting = sum(not a.verdict for a in raised[code])
        said = [f"排放口 {len(stations)} 个"]
        said += [f"属实的超标 {len(real)} 起：{'、'.join(dict.fromkeys(a.station.name for a in real))}"] if real else []
        said += [f"另有 {waiting} 起未定性"] if waiting else []
        unit = listed[code]
        fields = {"credit_code": code, "firm": unit.title, "exceeded": bool(real), "real": len(real), "waiting": waiting}
        rows.append(Row(code, unit.title, unit.area, fields, unit.url, "，".join(said)))
    return rows


def _thing(title: str, columns: dict[str, Column], between, **more) -> Countable:
    def today(day: date) -> Sequence[Row]:
        return between(day, day)

    return Countable(title, columns, today, between=between, **more)


def _may_see_units(person) -> bool:
    units = countable.known().get(KEY_UNITS)
    return units is not None and units.may_see(person) and units.shows(person, {"credit_code", "firm"})


def _may_see_permits(person) -> bool:
    permits = countable.known().get(PERMITS)
    return permits is not None and permits.may_see(person) and permits.shows(person, set(ALLOWED.values()) & set(permits.columns))


FIRM, MEDIUM = Column("排污单位"), Column("介质", "choice", MEDIA)
ITEM, OUTLET, TONNES = Column("污染物", "choice", MASSES), Column("排放口"), Column("排放量（t）", "number")


@countable.providers.add("outlets")
def counted(catalogue) -> dict[str, Countable]:
    """Emissions, emissions against permits, delivery of outlets, and key firms."""
    permit = Column("排污许可证编号")
    return {
        "outlet_emissions": _thing(
            "排放口排放量",
            {"item": ITEM, "medium": MEDIUM, "firm": FIRM, "outlet": OUTLET, "permit": permit, "t": TONNES,
             "replaced": Column("其中替代（t）", "number")},
            emissions,
        ),
        "permit_emissions": _thing(
            "许可证排放量",
            {"item": ITEM, "permit": permit, "firm": FIRM, "t": TONNES, "allowed": Column("许可年排放量（t）", "number")},
            against_permits, may_see=_may_see_permits,
        ),
        "key_firms_online": _thing(
            "联网的重点监管企业",
            {"credit_code": Column("统一社会信用代码"), "firm": FIRM, "exceeded": Column("超标属实", "bool"),
             "real": Column("属实的超标起数", "number"), "waiting": Column("未定性起数", "number")},
            key_firms, may_see=_may_see_units,
        ),
        "outlet_hours": _thing(
            "排放口传输小时",
            {"outlet": OUTLET, "firm": FIRM, "medium": MEDIUM, "due": Column("应传", "number"), "came": Column("实传", "number"),
             "valid": Column("有效", "number")},
            delivered,
        ),
    }  # fmt: skip
