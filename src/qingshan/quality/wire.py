"""Leads of the wire (传输线索): one payload from two devices, a changed dialect, edited back-fill, clocks ahead."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from qingshan.quality import series, transport
from qingshan.quality.declared import thresholds
from qingshan.quality.findings import Finding, graded, lead
from qingshan.terms import arguments


def packets(devices: ArrayLike, payloads: ArrayLike, *, payload_least: int) -> list[Finding]:
    """Leads of packets in the order received (一机多传): places are those of the packets."""
    found = []
    for shared in transport.shared_payloads(devices, payloads, least=payload_least):
        said = f"设备 {shared.devices[0]} 与 {shared.devices[1]} 有 {shared.count} 份数据区完全相同的报文"
        first, last = int(shared.places[0]), int(shared.places[-1]) + 1
        found.append(lead("payload", "", first, last, graded(shared.count, 12, 48), said, {"count": shared.count}, {}))
    return found


def dialect(dialects: ArrayLike, *, steady: int) -> list[Finding]:
    """Leads of one device's packets in the order received (疑似换机)."""
    names, found = np.asarray(dialects), []
    for at in transport.dialect_changes(dialects, steady=steady).tolist():
        said = f"第 {at + 1} 份报文起由“{names[at - 1]}”变为“{names[at]}”"
        found.append(lead("dialect", "", at, min(at + steady, names.size), 2, said, {"at": at}, {}))
    return found


def backfill(kind: str, item: str, first: ArrayLike, later: ArrayLike) -> list[Finding]:
    """Leads of hours whose values were sent twice (补传与原报不符): NaN where an hour was sent once."""
    at, one, two = thresholds(kind, item), series.clean(first), series.clean(later)
    step = series.digit_step(one)
    flags = transport.edited_backfill(one, two, tolerance=at.backfill_steps * (1e-9 if np.isnan(step) else step))
    found = []
    for start, stop in series.spans(flags, gap=24).tolist():
        count = int(flags[start:stop].sum())
        if count >= at.backfill_least:
            lower = int((two < one)[start:stop][flags[start:stop]].sum())
            numbers = {"count": count, "lower": lower}
            said = f"{count} 个小时的补传值与原报不同，其中 {lower} 个调低"
            found.append(lead("backfill", item, start, stop, graded(count, 8, 24), said, numbers, {"first": one, "later": two}))
    return found


def clocks(data_time: ArrayLike, received: ArrayLike, *, ahead_s: float) -> list[Finding]:
    """Leads of packets whose time of data lies after their receipt (时钟超前)."""
    flags = transport.clock_off(data_time, received, ahead_s=ahead_s)
    return [
        lead("clock", "", a, b, graded(b - a, 24, 240), f"{b - a} 份报文的数据时间晚于接收时间 {ahead_s:g} 秒以上", {"count": b - a}, {})
        for a, b in series.spans(flags, gap=24).tolist()
    ]


arguments.guard(__name__)
