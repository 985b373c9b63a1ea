"""The demonstration's data loggers: real HJ 212 frames over TCP to the real gateway, back-fill first, then live.

Like a real logger, it remembers the last hour that was acknowledged, so a stop of any length is made good at the next start.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from qingshan.demo import air, effluent, pack
from qingshan.gateway import simulator
from qingshan.terms import items

CODE = {item: items.get(item).codes[0] for item in items.AIR}
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class Loggers:
    """All data loggers of the district; `now` is the clock they share."""

    def __init__(self, folder: Path, host: str, port: int, now: Callable[[], datetime]):
        told = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
        self.opened = datetime.fromisoformat(told["opened"])
        self.history_until = datetime.fromisoformat(told["history_until"])
        self.memory = folder / "devices.json"
        self.host, self.port, self.now = host, port, now
        self.qn = simulator.Clock(now())
        self.outlets = effluent.codes()
        self.codes = [row["code"] for row in pack.district()["station"]] + self.outlets

    async def play(self) -> None:
        """Back-fill what is missing, say “ready”, then send every minute and every hour until cancelled."""
        await self.send_hours()
        print("ready 演示设备", flush=True)
        while True:
            await asyncio.sleep(60 - self.now().second - self.now().microsecond / 1e6)
            try:
                await self.send_hours()
                await asyncio.gather(*(self.send(code, self.minute(code)) for code in self.codes))
            except OSError as fault:
                print(f"没有送达，下一分钟补传：{fault}", flush=True)

    async def send_hours(self) -> None:
        """Every whole hour since the last one acknowledged."""
        sent = self.sent()
        last = self.now().replace(minute=0, second=0, microsecond=0)
        if last <= sent:
            return
        await asyncio.gather(*(self.send(code, list(self.hours(code, sent + HOUR, last))) for code in self.codes))
        self.memory.write_text(json.dumps({"acknowledged": last.isoformat()}), encoding="utf-8")

    def sent(self) -> datetime:
        if not self.memory.exists():
            return self.history_until
        return datetime.fromisoformat(json.loads(self.memory.read_text(encoding="utf-8"))["acknowledged"])

    def hours(self, code: str, first: datetime, last: datetime) -> Iterator[bytes]:
        """Hour records (2061), labelled by the start of the hour as HJ 212 wants; in 2025 all but the newest are marked back-fill."""
        if code in self.outlets:
            yield from self.outlet_hours(code, first, last)
            return
        label, values = air.hours(code, first, last, self.opened)
        for i, end in enumerate(label.astype("datetime64[s]").tolist()):
            found = {CODE[item]: float(values[item][i]) for item in items.AIR if not np.isnan(values[item][i])}
            if found:
                late = {"rf": end < last} if pack.protocol(code) == "2025" else {}
                yield simulator.hour_record(pack.mn(code), end - HOUR, found, qn=self.qn.next(), version=pack.protocol(code), **late)

    def outlet_hours(self, code: str, first: datetime, last: datetime) -> Iterator[bytes]:
        """Hour records of an outlet (ST 31, 32), with the flags its instruments set."""
        label, values, flags = effluent.hours(code, first, last, self.opened)
        for i, end in enumerate(label.astype("datetime64[s]").tolist()):
            late = {"rf": end < last} if pack.protocol(code) == "2025" else {}
            found = {item: float(column[i]) for item, column in values.items()}
            yield self.outlet_record(code, end - HOUR, found, {item: str(column[i]) for item, column in flags.items()}, "2061", **late)

    def outlet_record(self, code: str, start: datetime, found: dict, flags: dict, cn: str, **late: bool) -> bytes:
        medium = effluent.told(code)["medium"]
        said = {effluent.factor(item, medium): value for item, value in found.items()}
        marks = {effluent.factor(item, medium): flag for item, flag in flags.items()}
        return simulator.record(
            pack.mn(code), start, said, qn=self.qn.next(), cn=cn, st=effluent.ST[medium], flags=marks, version=pack.protocol(code), **late
        )  # fmt: skip

    def outlet_minute(self, code: str) -> list[bytes]:
        """The last minute of a stack, or the last ten of wastewater once they are over."""
        every = 10 if effluent.told(code)["medium"] == "wastewater" else 1
        now = self.now().replace(second=0, microsecond=0)
        if now.minute % every:
            return []
        start = now - every * MINUTE
        label = start.replace(minute=0) + HOUR
        _, values, flags = effluent.hours(code, label, label, self.opened)
        ripple = 1 + 0.02 * np.sin(start.minute * 0.7)
        found = {item: float(column[0]) * (1.0 if item == "pH" else ripple) for item, column in values.items()}
        return [self.outlet_record(code, start, found, {item: str(column[0]) for item, column in flags.items()}, "2051")]

    def minute(self, code: str) -> list[bytes]:
        """One minute record (2051): the hour's level with a ripple of a few per cent."""
        if code in self.outlets:
            return self.outlet_minute(code)
        start = self.now().replace(second=0, microsecond=0) - MINUTE
        label = start.replace(minute=0) + HOUR
        _, values = air.hours(code, label, label, self.opened)
        ripple = 1 + 0.03 * np.sin(start.minute * 0.7 + int(code.removeprefix("QC")))
        found = {CODE[item]: float(values[item][0] * ripple) for item in items.AIR if not np.isnan(values[item][0])}
        return [simulator.record(pack.mn(code), start, found, qn=self.qn.next(), cn="2051", version=pack.protocol(code))] if found else []

    async def send(self, code: str, frames: list[bytes]) -> None:
        """Send and wait for the acknowledgements."""
        if frames:
            await simulator.send(self.host, self.port, pack.mn(code), frames)
