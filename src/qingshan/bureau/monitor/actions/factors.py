"""Changing what a device's factors mean (因子对照): checked, audited, and the frames read again from where they now read differently."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.monitor import readings
from qingshan.bureau.monitor.actions import devices
from qingshan.bureau.sites import factors
from qingshan.bureau.sites import queries as sites
from qingshan.bureau.sites.models import Device


@transaction.atomic
def save_factors(mn: str, rows: Sequence[factors.Factor], *, by: Person) -> Device:
    """Set all rows of a device; what it has sent is read again by them."""
    need(by, "sites.admit_device", "修改因子对照需要“准入设备”权限")
    device = sites.devices(by).filter(mn=mn).first()
    if device is None or device.station is None:
        raise Refused("先在设备档案里选定站点：项目按站点的要素列", field="rows", status=422)
    factors.check(rows, device.station.network.medium, readings.units)
    return devices.save(mn, by=by, factors=factors.kept(rows))
