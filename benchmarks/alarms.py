"""From a raw frame on the wire to its alarm on the page, while the network sends 1,000 packets a second.

    python -m benchmarks.alarms [packets/s] [links] [probes]                # 1000 packets/s over 1000 links, 20 probes

Gateway, worker and web are the product's own processes over one data folder; the load is 2011 packets of 13 factors from admitted
devices. A probe sends one 2061 frame with a PM2.5 above the level from a device of its own and asks the alarm page until the
station stands there. A device sends once a second at most: the gateway keeps one packet of a
device, command and second. Printed: what was sent, answered and kept, and p50, p95 and the largest latency.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from qingshan import hj212
from qingshan.gateway import simulator

FACTORS = ("a21026", "a21004", "a21005", "a05024", "a34002", "a34004", "a01001", "a01002", "a01006", "a01007", "a01008", "a34001", "a21003")
UNITS = dict.fromkeys(("a21026", "a21004", "a05024", "a34002", "a34004", "a34001", "a21003"), "µg/m³") | {"a21005": "mg/m³"}
PASSWORD = "Ben-2026-alarm"


def prepare(folder: Path, links: int, probes: int) -> None:
    """A bureau with a station and an admitted device for every link and every probe."""
    from qingshan.cli import init

    init.prepare(folder)
    from django.contrib.auth.models import Group

    from qingshan.bureau.base.models import Area, Organisation, Person
    from qingshan.bureau.sites.models import Device, Network, Station

    district = Area.objects.create(code="990100", name="青川区", level="district")
    town = Area.objects.create(code="990101", name="石门镇", level="town", parent=district)
    own = Organisation.objects.create(name="青川区生态环境局", kind="bureau", area=district)
    Organisation.objects.create(name="石门镇人民政府", short="石门镇", kind="town", area=town)
    person = Person.objects.create_user("bench", password=PASSWORD, name="基准", organisation=own)
    person.groups.add(Group.objects.get(name="officer"))
    net = Network.objects.create(name="镇街空气站")
    for kind, count in (("L", links), ("P", probes)):
        for n in range(count):
            code = f"{kind}{n:04d}"
            lon, lat = 116.5 + n % 20 / 100, 40.3 + n // 20 / 100
            station = Station.objects.create(code=code, name=f"站{code}", network=net, level="town", area=town, lon=lon, lat=lat)
            Device.objects.create(mn=mn_of(code), station=station, units=UNITS, admitted=True)


def mn_of(code: str) -> str:
    return f"BENCH{code:0>19}"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


async def load(port: int, links: int, rate: float, ends: float, count: list[int]) -> None:
    """Links that together send `rate` packets a second, each 2011 with 13 factors; answers are counted."""

    async def one(n: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        async def count_answers() -> None:
            while data := await reader.read(65536):
                count[1] += data.count(b"\r\n")

        answers = asyncio.create_task(count_answers())
        pause, due = links / rate, time.perf_counter() + n / rate
        head = b";ST=22;CN=2011;PW=123456;MN=" + mn_of(f"L{n:04d}").encode() + b";Flag=5;CP=&&DataTime="
        tail = "".join(f";{code}-Rtd={20 + (n + k) % 40},{code}-Flag=N" for k, code in enumerate(FACTORS)).encode() + b"&&"
        while due < ends:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            stamp = hj212.stamp(now()).encode()
            segment = b"".join((b"QN=", stamp, head, stamp[:14], tail))
            writer.write(b"##%04d%s%04X\r\n" % (len(segment), segment, hj212.crc.crc(segment)))
            count[0] += 1
            due += pause
        await asyncio.sleep(1)
        answers.cancel()
        writer.close()

    await asyncio.gather(*(one(n) for n in range(links)))


def now() -> datetime:
    return datetime.now(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None)


class Page:
    """The alarm page as a browser asks for it."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies = port, {}
        page = self.ask("GET", "/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page).group(1)
        self.ask("POST", "/login/", urlencode({"csrfmiddlewaretoken": token, "username": "bench", "password": PASSWORD}))

    def ask(self, method: str, path: str, body: str | None = None) -> str:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        head = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), "Referer": f"http://127.0.0.1:{self.port}/login/"}
        if body is not None:
            head["Content-Type"] = "application/x-www-form-urlencoded"
        link.request(method, path, body, head)
        answer = link.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        text = answer.read().decode()
        link.close()
        return text


def probe(port: int, page: Page, n: int) -> float:
    """Seconds from writing the frame to reading its station on the page; infinite after 30."""
    hour = now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    frame = simulator.hour_record(mn_of(f"P{n:04d}"), hour, {"a34004": 180.0 + n}, qn=hj212.stamp(now()))
    with socket.create_connection(("127.0.0.1", port)) as link:
        begun = time.perf_counter()
        link.sendall(frame)
        while time.perf_counter() - begun < 30:
            if f"站P{n:04d}" in page.ask("GET", "/alarms/?tab=open"):
                return time.perf_counter() - begun
            time.sleep(0.2)
    return float("inf")


def main() -> None:
    given = [int(v) for v in sys.argv[1:]]
    rate, links, probes = [*given, *(1000, 1000, 20)[len(given) :]]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        os.environ["QINGSHAN_DATA"] = str(folder)
        subprocess.run([sys.executable, __file__, "--prepare", name, str(links), str(probes)], check=True)
        port, web = free_port(), free_port()
        here = [sys.executable, "-m", "qingshan.cli.main"]
        commands = (
            [*here, "gateway", "--data", name, "--port", str(port)], [*here, "worker", "--data", name],
            [*here, "web", "--data", name, "--port", str(web)],
        )  # fmt: skip
        children = [subprocess.Popen(c, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for c in commands]
        try:
            wait_for(port)
            wait_for(web)
            asyncio.run(run(port, web, rate, links, probes, folder))
        finally:
            for child in children:
                child.terminate()
            for child in children:
                child.wait(20)


def wait_for(port: int) -> None:
    for _ in range(1200):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"端口 {port} 没有起来")


async def run(port: int, web: int, rate: int, links: int, probes: int, folder: Path) -> None:
    count, seconds = [0, 0], 6 + probes * 2.0
    ends = time.perf_counter() + seconds
    begun = time.perf_counter()
    loading = asyncio.create_task(load(port, links, rate, ends, count))
    await asyncio.sleep(4)
    page = await asyncio.to_thread(Page, web)
    took = []
    for n in range(probes):
        took.append(await asyncio.to_thread(probe, port, page, n))
        await asyncio.sleep(0.37)  # so that probes do not fall in step with the worker
    await loading
    from qingshan.gateway.journal import Reader

    last = Reader(folder).last()
    took.sort()
    print(f"发出 {count[0]} 包，应答 {count[1]}，{count[0] / (time.perf_counter() - begun):.0f} 包/秒；流水至第 {last} 帧")
    p95 = took[int(0.95 * (probes - 1))]
    print(f"报文到页面：{probes} 次，p50 {statistics.median(took):.2f} s，p95 {p95:.2f} s，最大 {took[-1]:.2f} s")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--prepare"]:
        prepare(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
