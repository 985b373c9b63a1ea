"""Stations and devices as rows to be counted (站点、设备的统计)."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from qingshan.bureau.base.countable import Column, Countable, Row
from qingshan.bureau.sites.models import Device, Level, Network, Station

MEDIA = dict(Network._meta.get_field("medium").choices)


def stations(day: date) -> list[Row]:
    """Every registered station, whether in use on the day or not."""
    rows = []
    for s in Station.objects.select_related("network"):
        since, until = s.since or date.min, s.until or date.max
        fields = {
            "medium": s.network.medium, "network": s.network.name, "level": s.level, "in_use": since <= day <= until,
            "items": len(s.measured) if s.network.medium == "air" else len(s.items), "located": s.lon is not None and s.lat is not None,
        }  # fmt: skip
        rows.append(Row(s.code, s.name, s.area_id, fields, reverse("monitor:station", args=[s.code])))
    return rows


def devices(day: date) -> list[Row]:
    """Data loggers heard of, each in the area of its station."""
    found = Device.objects.select_related("station")
    return [
        Row(d.mn, d.mn, d.station.area_id if d.station else None,
            {"admitted": d.admitted and (d.admitted_at is None or d.admitted_at.date() <= day), "protocol": d.protocol})
        for d in found
    ]  # fmt: skip


def countables(catalogue) -> dict[str, Countable]:
    return {
        "stations": Countable(
            "监测站点",
            {
                "medium": Column("要素", "choice", MEDIA), "network": Column("监测网络"),
                "level": Column("级别", "choice", dict(Level.choices)),
                "in_use": Column("在用", "bool"), "items": Column("监测项目数", "number"), "located": Column("有坐标", "bool"),
            },
            stations,
        ),
        "devices": Countable(
            "数采设备",
            {
                "admitted": Column("已准入", "bool"),
                "protocol": Column("协议版本", "choice", dict(Device._meta.get_field("protocol").choices)),
            },
            devices,
        ),
    }  # fmt: skip
