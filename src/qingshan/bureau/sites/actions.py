"""What changes stations, devices and boundaries (站点、设备、边界)."""

from __future__ import annotations

import hashlib

from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.sites import geojson, plans
from qingshan.bureau.sites.models import OUTLETS, Boundary, Device, Network, Outlet, Station

STATION_FIELDS = (
    "code", "name", "network", "level", "area", "responsible", "lon", "lat", "address", "items", "body", "target", "since", "until", "note",
)  # fmt: skip
OUTLET_FIELDS = ("firm", "credit_code", "permit", "number", "oxygen", "limits")
DEVICE_FIELDS = ("mn", "station", "protocol", "sealed_password", "units", "factors", "label", "minutes", "seconds", "admitted", "note")


def _need(by: Person) -> None:
    need(by, "sites.manage_station", "管理站点需要“管理站点”权限")


def _network(said: Network | str, by: Person | None, medium: str = "air") -> Network:
    """The network itself; one that is only named and not there yet is registered."""
    if isinstance(said, Network):
        return said
    network, is_new = Network.objects.get_or_create(name=said, defaults={"medium": medium})
    if network.medium != medium:
        raise Refused(f"已有“{said}”，是{network.get_medium_display()}网络；请换一个名称，或直接选它", field="new_network")
    if is_new:
        audit.record(by, "新增监测网络", network, None, audit.snapshot(network, "name", "medium"))
    return network


@transaction.atomic
def add_station(*, by: Person | None, **fields) -> Station:
    """Register a station; `by` None is a set-up command. `network` may be the name of a new one, of `medium`; `outlet`: its own fields."""
    if by is not None:
        _need(by)
    outlet = fields.pop("outlet", None)
    fields["network"] = _network(fields["network"], by, fields.pop("medium", "air"))
    if Station.objects.filter(code=fields["code"]).exists():
        raise Refused(f"站点编号“{fields['code']}”已有，编号不能重复", field="code")
    station = Station.objects.create(**fields)
    audit.record(by, "新增站点", station, None, audit.snapshot(station, *STATION_FIELDS))
    _save_outlet(station, outlet, by)
    return station


@transaction.atomic
def change_station(code: str, *, by: Person, **fields) -> Station:
    """Change a station's register; its code stays for good, since observations are kept under it."""
    _need(by)
    station = Station.objects.within(by).select_for_update().get(code=code)
    before, medium, outlet = audit.snapshot(station, *STATION_FIELDS), station.network.medium, fields.pop("outlet", None)
    if "network" in fields:
        network = fields["network"] = _network(fields["network"], by, fields.pop("medium", medium))
        if network.medium != medium:
            words = f"“{station}”是{plans.MEDIA[medium]}站点，数据按它存放，不能改到{plans.MEDIA[network.medium]}网络；请另立站号"
            raise Refused(words, field="network")
    for name, value in fields.items():
        setattr(station, name, value)
    station.save()
    after = audit.snapshot(station, *STATION_FIELDS)
    if after != before:
        audit.record(by, "修改站点", station, before, after)
    _save_outlet(station, outlet, by)
    return station


def _save_outlet(station: Station, said: dict | None, by: Person | None) -> None:
    """What an outlet has beyond a station; its limits hold from today where there were others before (`limits` as :func:`plans.limits`)."""
    if station.network.medium not in OUTLETS:
        return
    outlet = Outlet.objects.filter(station=station).first()
    if said is None:
        if outlet is None:
            raise Refused("排放口要写排污单位", field="firm")
        return
    before = audit.snapshot(outlet, *OUTLET_FIELDS) if outlet else None
    outlet = outlet or Outlet(station=station)
    for name, value in said.items():
        setattr(outlet, name, plans.limits_from(outlet.limits, value, clock.today()) if name == "limits" else value)
    if not outlet.firm:
        raise Refused("排放口要写排污单位", field="firm")
    outlet.save()
    after = audit.snapshot(outlet, *OUTLET_FIELDS)
    if after != before:
        audit.record(by, "登记排放口" if before is None else "修改排放口", station, before, after)


@transaction.atomic
def store_stations(rows: list[dict], *, by: Person) -> tuple[int, int, int]:
    """Stations read from a sheet: (added, changed, the same); all or none."""
    _need(by)
    added = changed = same = 0
    for row in rows:
        row["network"] = _network(row["network"], by, row.pop("medium", "air"))
        there = Station.objects.within(by).filter(code=row["code"]).first()
        if there is None:
            add_station(by=by, **row)
            added += 1
        elif any(getattr(there, name) != value for name, value in row.items() if name != "outlet") or _outlet_differs(
            there, row.get("outlet")
        ):
            change_station(row["code"], by=by, **{k: v for k, v in row.items() if k != "code"})
            changed += 1
        else:
            same += 1
    return added, changed, same


def _outlet_differs(station: Station, said: dict | None) -> bool:
    """Whether a sheet's row says anything else of an outlet than is registered."""
    outlet = Outlet.objects.filter(station=station).first()
    if said is None or outlet is None:
        return said is not None
    return any(
        plans.limits_from(outlet.limits, value, clock.today()) != outlet.limits if name == "limits" else getattr(outlet, name) != value
        for name, value in said.items()
    )


@transaction.atomic
def save_device(mn: str, *, by: Person | None, **fields) -> tuple[Device, bool]:
    """Admit a device or change its profile; returns it and whether its earlier frames now read differently.

    A device is admitted with a station; what each factor is sent in stands in `units`. `by` None is a set-up command.
    """
    if by is not None:
        need(by, "sites.admit_device", "准入设备需要“准入设备”权限")
    device = Device.objects.select_for_update().filter(mn=mn).first()
    before = audit.snapshot(device, *DEVICE_FIELDS) if device else None
    device = device or Device(mn=mn)
    if fields.get("admitted") and not (fields.get("station") or device.station_id):
        raise Refused("准入设备须先选定它所在的站点", field="station")
    was = _reads(device) if device.pk else None
    for name, value in fields.items():
        setattr(device, name, value)
    if device.admitted and device.admitted_at is None:
        device.admitted_at = clock.now()
    device.save()
    after = audit.snapshot(device, *DEVICE_FIELDS)
    if after != before:
        audit.record(
            by, "准入设备" if device.admitted and not (was and was[0]) else "修改设备档案", device, _masked(before), _masked(after)
        )
    now = _reads(device)
    return device, device.admitted and now != was


def _reads(device: Device) -> tuple:
    """What of a profile decides how frames read."""
    return device.admitted, device.station_id, dict(device.units), dict(device.factors), device.label, device.minutes


def _masked(shown: dict | None) -> dict | None:
    """A password does not go into the trail, sealed or not."""
    if shown is None:
        return None
    sealed = shown["sealed_password"]
    return {name: value for name, value in shown.items() if name != "sealed_password"} | {"password": "（已设）" if sealed else ""}


@transaction.atomic
def take_boundaries(
    name: str, data: bytes, *, by: Person | None, review_number: str = "", source: str = ""
) -> tuple[Boundary, list[str], list[str]]:
    """Put the outlines of a GeoJSON file on the areas of the same code or name; returns what had no match and what was repaired."""
    if by is not None:
        need(by, "sites.manage_boundary", "更换区划边界需要“管理区划边界”权限")
    try:
        outlines = geojson.read(data)
    except geojson.GeometryRefused as wrong:
        raise Refused(f"《{name[:60]}》不能用：{wrong}", field="file") from None
    by_code = {a.code: a for a in Area.objects.all()}
    by_name = {n: a for a in by_code.values() for n in (a.name, *a.aliases)}
    matched, unmatched = {}, []
    for outline in outlines:
        area = by_code.get(outline.code) or by_name.get(outline.name)
        if area is None:
            unmatched.append(outline.name or outline.code)
        elif area.pk in matched:
            raise Refused(f"《{name[:60]}》里“{area.name}”出现两次，请只留一个", field="file")
        else:
            matched[area.pk] = (area, outline)
    if not matched:
        raise Refused(
            f"《{name[:60]}》里的区域名称、编码与本局区划对不上：{'、'.join(unmatched[:5])}；请先在“区划与单位”里核对名称", field="file"
        )
    for area, outline in matched.values():
        Area.objects.filter(pk=area.pk).update(geometry=outline.geometry)
    boundary = Boundary.objects.create(
        name=name[:200], sha256=hashlib.sha256(data).hexdigest(), review_number=review_number.strip(), source=source.strip(),
        areas=len(matched), at=clock.now(), by=by,
    )  # fmt: skip
    audit.record(by, "更换区划边界", boundary, None, audit.snapshot(boundary, "name", "sha256", "review_number", "areas"))
    return boundary, unmatched, [o.name for _, o in matched.values() if o.repaired]
