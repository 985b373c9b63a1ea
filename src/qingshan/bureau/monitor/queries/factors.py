"""What each factor of a device means now, and what its values speak for (因子对照)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from qingshan.bureau.monitor import readings
from qingshan.bureau.monitor.models import Held
from qingshan.bureau.sites import factors
from qingshan.bureau.sites.models import Device
from qingshan.gateway.journal import StoredFrame, number_of
from qingshan.terms import items


@dataclass(frozen=True)
class FactorRow:
    """One line of the form: what is written, or for a code nothing is written of, how it is read meanwhile."""

    code: str
    item: str
    unit: str
    times: str
    since: str
    until: str
    raw: list[str]
    """last values as sent"""
    standing: str
    """how it is read without a line: by the standard's table, by the profile, or held back"""
    suggestion: str
    becomes: str
    """what the last value is, as the line says"""
    light: str
    units: tuple[str, ...]


def rows_of(device: Device, frames: Sequence[StoredFrame]) -> list[FactorRow]:
    """Lines for every code that is written of or was sent, those held back first."""
    sent: dict[str, list[str]] = {}
    for frame in frames:
        for code, values in json.loads(frame.items or "{}").items():
            text = values.get("Avg") or values.get("Rtd")
            if text is not None:
                sent.setdefault(code, []).append(text)
    held = {h.code: h for h in Held.objects.filter(mn=device.mn)}
    for code, one in held.items():
        sent.setdefault(code, [str(v) for v in one.sample[::-1]])
    written = factors.known(device.factors)
    found = []
    for code in sorted({*sent, *written}, key=lambda c: (c not in held, c)):
        numbers = [n for n in map(number_of, sent.get(code, [])) if n is not None]
        for row in written.get(code) or [factors.Factor(code, "")]:
            found.append(_row(device, row, code in written, sent.get(code, []), numbers, held.get(code)))
    return found


def _row(device: Device, row: factors.Factor, is_written: bool, texts: list[str], numbers: list[float], held: Held | None) -> FactorRow:
    medium = device.station.network.medium
    standard = items.find_code(row.code, medium if device.station.is_outlet else "")
    item = _item(row.item, medium) if is_written else standard
    unit = row.unit or device.units.get(row.code, "") or (item.unit if item and item.unit not in readings.UNITS else "")
    becomes = ""
    if item and unit and numbers and unit in readings.units(item):
        becomes = f"{readings.convert(numbers[0] * row.times, unit, item):.5g} {item.unit}"
    if is_written:
        standing, light = ("照这一行" if item else "不入库", "green" if item else "none")
    elif held is not None:
        standing, light = held.reason, "red"
    elif standard is None:
        standing, light = "编码表里没有，不入库", "red"
    elif device.units.get(row.code):
        standing, light = f"按编码表是{standard.name}，单位按设备档案", "green"
    else:
        standing, light = f"按编码表是{standard.name}，单位按附录 B 的 {standard.unit or '无单位'}，没有确认", "amber"
    suggestion = readings.suggest_unit(item, numbers) if item else ""
    said = unit if is_written else device.units.get(row.code, "")
    return FactorRow(
        row.code, item.symbol if item else "", said, f"{row.times:g}", row.since, row.until, texts[:3],
        standing, suggestion if suggestion != unit else "", becomes, light, readings.units(item) if item else (),
    )  # fmt: skip


def _item(symbol: str, medium: str):
    return next((i for i in factors.choices(medium) if i.symbol == symbol), None)
