"""Admitting a device and what follows for the frames it sent before (设备准入)."""

from __future__ import annotations

from django.db import transaction

from qingshan.bureau.base import clock
from qingshan.bureau.base.models import Person
from qingshan.bureau.monitor.actions import console
from qingshan.bureau.monitor.models import Cursor, Held, Reread
from qingshan.bureau.sites import actions as sites
from qingshan.bureau.sites.models import Device


@transaction.atomic
def save(mn: str, *, by: Person | None, **fields) -> Device:
    """Save a device's profile; where its earlier frames now read differently, they are read again by the worker."""
    device, reads_differently = sites.save_device(mn, by=by, **fields)
    read = Cursor.objects.filter(name="readings").values_list("frame", flat=True).first() or 0
    if reads_differently and read:
        first = Held.objects.filter(mn=mn).order_by("first_frame").values_list("first_frame", flat=True).first()
        start = first - 1 if first is not None else 0
        Reread.objects.filter(mn=mn, done=None).delete()
        Reread.objects.create(mn=mn, from_frame=max(0, start), up_to=read, asked=clock.now())
        Held.objects.filter(mn=mn).delete()
    transaction.on_commit(lambda: console.tell_profile(mn))
    return device
