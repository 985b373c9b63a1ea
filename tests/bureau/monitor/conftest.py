"""A network of two stations, a device, and a journal written through the real gateway journal."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from qingshan import hj212
from qingshan.bureau.monitor import stores
from qingshan.bureau.sites.models import Device, Network, Station
from qingshan.gateway import simulator
from qingshan.gateway.devices import everyone
from qingshan.gateway.journal import Journal
from qingshan.gateway.record import evaluate

UNITS = {"a21026": "µg/m³", "a21004": "µg/m³", "a21005": "mg/m³", "a05024": "µg/m³", "a34002": "µg/m³", "a34004": "µg/m³"}
CLEAN = {"a21026": 8, "a21004": 20, "a21005": 0.5, "a05024": 60, "a34002": 50, "a34004": 30}


@pytest.fixture
def network(bureau):
    """镇空气站: 石门站 with device SM1, 柳泉站 with LQ1."""
    net = Network.objects.create(name="镇街空气站")
    found = {}
    for i, (code, name, town) in enumerate((("SM", "石门站", "石门镇"), ("LQ", "柳泉站", "柳泉镇"))):
        mn = f"QSDEMO0000000000000{code}01"
        station = Station.objects.create(
            code=code, name=name, network=net, level="town", area=bureau.towns[town], lon=116.5 + i / 10, lat=40.3
        )
        device = Device.objects.create(mn=mn, station=station, units=UNITS, admitted=True)
        found[code] = SimpleNamespace(station=station, device=device, mn=mn)
    return found


@pytest.fixture
def clock_at(monkeypatch):
    """``clock_at(datetime)`` stops the bureau's clock."""

    def at(moment: datetime) -> None:
        monkeypatch.setenv("QINGSHAN_NOW", moment.isoformat())

    return at


@pytest.fixture
def journal(settings):
    """``journal(bytes, …, received=)`` writes frames as the gateway does."""
    stores._lake.cache_clear()
    stores._reader.cache_clear()
    committed = threading.Event()
    writer = Journal(settings.DATA_FOLDER / "journal.sqlite3", done=lambda *_: committed.set())

    def write(*frames: bytes, received: datetime) -> None:
        text = received.isoformat(timespec="microseconds")
        records = [
            evaluate(frame, everyone("", ""), hj212.parse(frame), received, text, "127.0.0.1:1")
            for raw in frames for frame in hj212.Framer().feed(raw)
        ]  # fmt: skip
        while records and not all(r.frame for r in records):
            committed.clear()
            writer.submit([r for r in records if not r.frame])
            assert committed.wait(10)
        assert all(r.verdict == "ok" for r in records), [r.verdict for r in records]

    yield write
    writer.close()


@pytest.fixture
def hour_frame():
    """``hour_frame(mn, end, {"a34004": 92}, flags=…)``: a 2061 packet for the hour that ends at `end`."""
    clocks = simulator.Clock(datetime(2026, 1, 1))

    def frame(mn: str, end: datetime, values: dict, **more) -> bytes:
        return simulator.hour_record(mn, end - timedelta(hours=1), values, qn=clocks.next(end), **more)

    return frame


@pytest.fixture
def minute_frame():
    clocks = simulator.Clock(datetime(2026, 1, 1))

    def frame(mn: str, start: datetime, values: dict, **more) -> bytes:
        return simulator.record(mn, start, values, qn=clocks.next(start), cn="2051", **more)

    return frame
