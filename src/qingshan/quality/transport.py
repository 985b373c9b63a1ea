"""What the wire tells (传输异常): one payload from two devices, a change of dialect, a back-fill that was edited, clocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qingshan.quality.series import clean, whole
from qingshan.stats.columns import Flags, aligned, single
from qingshan.terms import arguments


def _texts(values: ArrayLike, what: str) -> NDArray[np.str_]:
    column = np.asarray(values)
    if column.ndim != 1 or column.dtype.kind not in "UOSiu":
        raise TypeError(f"{what}须为一列文字或整数，得到 {column.dtype}、{column.ndim} 维")
    return column.astype(str)


@dataclass(frozen=True)
class Shared:
    """Packets with one payload from two devices (两台设备同一报文)."""

    devices: tuple[str, str]
    count: int
    places: NDArray[np.int64]
    """of the packets, both devices'"""


def shared_payloads(devices: ArrayLike, payloads: ArrayLike, *, least: int) -> list[Shared]:
    """Pairs of devices that sent at least so many equal payloads (一机多传), data area and data time within the payload."""
    device, payload, least = _texts(devices, "设备"), _texts(payloads, "报文"), whole(least, "个数")
    if device.size != payload.size:
        raise ValueError(f"设备与报文须等长，得到 {device.size} 与 {payload.size}")
    _, code = np.unique(payload, return_inverse=True)
    order = np.lexsort((device, code))
    edges = np.flatnonzero(np.diff(code[order])) + 1
    pairs: dict[tuple[str, str], list[int]] = {}
    for group in np.split(order, edges):
        names = sorted(set(device[group].tolist())) if group.size > 1 else []
        for i, one in enumerate(names):
            for two in names[i + 1 :]:
                pairs.setdefault((one, two), []).extend(p for p in group.tolist() if device[p] in (one, two))
    found = [Shared(pair, len(set(payload[places].tolist())), np.unique(places)) for pair, places in pairs.items()]
    return sorted((s for s in found if s.count >= least), key=lambda s: (-s.count, s.devices))


def dialect_changes(dialects: ArrayLike, *, steady: int) -> NDArray[np.int64]:
    """Places where a device's dialect (check code, flag, factor codes) changes after so many alike and stays so (疑似换机)."""
    names, steady = _texts(dialects, "方言"), whole(steady, "个数")
    _, code = np.unique(names, return_inverse=True)
    edges = np.concatenate([[0], np.flatnonzero(np.diff(code)) + 1, [code.size]])
    long = np.diff(edges) >= steady
    runs = [(int(edges[k]), int(code[edges[k]])) for k in np.flatnonzero(long).tolist()]
    return np.array([at for (at, now), (_, before) in zip(runs[1:], runs[:-1]) if now != before], np.int64)


def edited_backfill(first: ArrayLike, later: ArrayLike, *, tolerance: float) -> Flags:
    """Where a value that was sent again is not the value sent first (补传与原报不符), beyond rounding."""
    one, two = aligned(原报=clean(first), 补传=clean(later))
    return np.asarray(np.abs(one - two) > single(tolerance, "容差"))


def clock_off(data_time: ArrayLike, received: ArrayLike, *, ahead_s: float) -> Flags:
    """Where the time of the data lies after its receipt (数据时间晚于接收时间) by more than so many seconds."""
    said, got = arguments.moments(data_time, "s", "数据时间"), arguments.moments(received, "s", "接收时间")
    if said.shape != got.shape:
        raise ValueError(f"两列时间须等长，得到 {said.size} 与 {got.size}")
    return np.asarray(~np.isnat(said) & ~np.isnat(got) & ((said - got) > np.timedelta64(int(single(ahead_s, "秒数")), "s")))


arguments.guard(__name__)
