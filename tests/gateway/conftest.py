"""A gateway on a free port of this machine and a device that speaks to it, for tests that play one conversation."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime

import pytest

from qingshan import hj212
from qingshan.gateway.journal import Journal, Reader
from qingshan.gateway.server import serve
from qingshan.gateway.simulator import Clock, record

MN = "010000A8900016F000169DC0"


class Line:
    """A bare TCP link: bytes out, messages in."""

    def __init__(self, stream, writer) -> None:
        self.stream, self.writer, self.framer = stream, writer, hj212.Framer()
        self.heard: list[hj212.Message] = []

    def send(self, *parts: bytes) -> None:
        self.writer.write(b"".join(parts))

    async def hear(self, count: int = 1, within: float = 5.0) -> list[hj212.Message]:
        """The next `count` messages; fewer where they do not come in time or the link ends."""
        try:
            async with asyncio.timeout(within):
                while len(self.heard) < count:
                    data = await self.stream.read(65536)
                    if not data:
                        break
                    self.heard += [hj212.parse(frame) for frame in self.framer.feed(data)]
        except (TimeoutError, ConnectionError):
            pass
        out, self.heard = self.heard[:count], self.heard[count:]
        return out

    async def is_hung_up(self, within: float = 5.0) -> bool:
        try:
            async with asyncio.timeout(within):
                while await self.stream.read(65536):
                    pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True


class Bench:
    """A journal folder, with a gateway on it whenever one is asked for."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.clock = Clock(datetime(2026, 11, 22, 9))

    @property
    def reader(self) -> Reader:
        return Reader(self.folder)

    @asynccontextmanager
    async def gateway(self, admit=None, limits=None):
        journal = Journal(self.folder)
        gateway = await serve(journal, "127.0.0.1", 0, admit, limits)
        gateway.dial = lambda: self._dial(gateway.port)
        try:
            yield gateway
        finally:
            await gateway.close()
            journal.close()

    async def _dial(self, port: int) -> Line:
        return Line(*await asyncio.open_connection("127.0.0.1", port))

    def hour(self, value: float = 35.2, start: datetime = datetime(2026, 11, 22, 8), mn: str = MN, **options) -> bytes:
        return record(mn, start, {"a34004": value}, qn=options.pop("qn", None) or self.clock.next(), **options)


@pytest.fixture
def bench(tmp_path) -> Bench:
    return Bench(tmp_path)
