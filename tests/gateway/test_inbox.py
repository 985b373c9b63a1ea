"""The inbox: what a door drops reaches the journal once, whatever stops when; what cannot be taken is set aside with its reason."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from tests.gateway.conftest import MN

from qingshan.gateway.doors import delivery as deliveries
from qingshan.gateway.doors.delivery import Delivery, Faulty, Line, identity
from qingshan.gateway.doors.inbox import Inbox, InboxFull, Taker
from qingshan.gateway.journal import Journal, Reader


def parcel(key: str = "a", n: int = 3, value: float = 35.0, **more) -> Delivery:
    lines = [
        Line("SM", "hour", f"2026-11-22T{h:02}:00:00", {"a34004": {"Avg": deliveries.value_text(value + h)}}, f"SM,{h},{value + h}")
        for h in range(n)
    ]
    return Delivery("file", "日报.csv", identity("test", key), lines, **more)


@contextmanager
def taking(folder, wrap=None):
    journal = Journal(folder)
    if wrap:
        wrap(journal)
    taker = Taker(Inbox(folder), journal, every=0.02).start()
    try:
        yield taker
    finally:
        taker.close()
        journal.close()


def until(condition, within: float = 5.0) -> bool:
    end = time.monotonic() + within
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return bool(condition())


def test_a_delivery_becomes_frames_with_source_and_raw_text(tmp_path):
    inbox = Inbox(tmp_path)
    inbox.drop(parcel())
    with taking(tmp_path):
        assert until(lambda: not inbox.waiting())
    frames = Reader(tmp_path).frames()
    assert [(f.mn, f.cn, f.data_time, f.peer, f.verdict, f.notes) for f in frames] == [
        ("@SM", "2061", f"2026-11-22T{h:02}:00:00", "file:日报.csv", "ok", "door") for h in range(3)
    ]
    assert frames[1].raw.decode() == f"{identity('test', 'a')} SM,1,36.0"
    assert [r.value for r in Reader(tmp_path).readings()] == [35, 36, 37]
    assert Reader(tmp_path).links() == []  # a station is no device
    assert Reader(tmp_path).verify().is_whole


def test_the_same_again_stores_nothing_even_after_a_correction(tmp_path):
    inbox = Inbox(tmp_path)
    with taking(tmp_path):
        for one in (parcel("a"), parcel("a"), parcel("b", value=50), parcel("a"), parcel("c", value=50)):
            inbox.drop(one)
        assert until(lambda: not inbox.waiting())
    assert [(f.version, f.notes) for f in Reader(tmp_path).frames()] == [(1, "door")] * 3 + [(2, "door,changed")] * 3


def test_deliveries_are_taken_in_the_order_in_which_they_came(tmp_path):
    inbox = Inbox(tmp_path)
    for n in range(30):
        inbox.drop(
            Delivery("mqtt", "t", identity(str(n)), [Line("SM", "now", f"2026-11-22T00:00:{n:02}", {"a34004": {"Rtd": str(n)}}, str(n))])
        )
    with taking(tmp_path):
        assert until(lambda: not inbox.waiting())
    assert [r.value for r in Reader(tmp_path).readings()] == list(range(30))


@pytest.mark.parametrize("content, words", [
    (b"", "空的"), (b"{", "不是规整的 JSON"), (b"\xff\xfe", "不是规整的 JSON"), (b"[]\n", "不是对象"),
    (b'{"door":"file"}\n', "缺少"), (b"[" * 5000, "不是规整的 JSON"),
    (deliveries.encode(parcel()).replace(b'"hour"', b'"week"'), "没有数据种类"),
    (deliveries.encode(parcel()).replace(b"2026-11-22T01", b"2026-13-22T01"), "不是时间"),
    (deliveries.encode(parcel()).replace(b"35", b'3"5'), "不是规整的 JSON"),
    (deliveries.encode(parcel()).replace(b'"file"', b"[]"), "类型不对"),
])  # fmt: skip
def test_a_bad_file_is_set_aside_with_its_reason_and_holds_nobody_up(tmp_path, content, words):
    inbox = Inbox(tmp_path)
    inbox.make()
    (inbox.new / "00000000000000000001-bad.jsonl").write_bytes(content)
    inbox.drop(parcel())
    with taking(tmp_path):
        assert until(lambda: not inbox.waiting())
    (bad,) = inbox.aside()
    assert words in bad.reason
    assert Reader(tmp_path).last() == 3
    assert inbox.read_aside(bad.name) == content
    inbox.again(bad.name)
    assert inbox.waiting() == [bad.name]
    assert inbox.aside() == []


def test_nothing_outside_the_folder_can_be_named(tmp_path):
    (tmp_path / "secret.jsonl").write_text("x")
    for name in ("../../secret.jsonl", "..", "", "nothing.jsonl"):
        with pytest.raises(LookupError):
            Inbox(tmp_path).read_aside(name)


def test_a_faulty_delivery_is_refused_at_the_door(tmp_path):
    with pytest.raises(Faulty, match="没有数据"):
        Inbox(tmp_path).drop(Delivery("file", "x", identity("x"), []))
    with pytest.raises(Faulty, match="没有入口"):
        Inbox(tmp_path).drop(Delivery("ftp", "x", identity("x"), parcel().lines))


def test_a_full_inbox_takes_nothing_more(tmp_path, monkeypatch):
    monkeypatch.setattr("qingshan.gateway.doors.inbox.FULL", 2)
    inbox = Inbox(tmp_path)
    inbox.drop(parcel("a"))
    inbox.drop(parcel("b"))
    with pytest.raises(InboxFull, match="没有取走"):
        inbox.drop(parcel("c"))


def test_a_disk_that_fails_for_a_while_loses_nothing(tmp_path):
    import sqlite3

    inbox = Inbox(tmp_path)
    inbox.drop(parcel())
    fails = [3]

    def wrap(journal):
        write = journal._write

        def broken(batch):
            if fails[0]:
                fails[0] -= 1
                raise sqlite3.OperationalError("database or disk is full")
            write(batch)

        journal._write = broken

    with taking(tmp_path, wrap):
        assert until(lambda: not inbox.waiting(), 10)
    assert Reader(tmp_path).last() == 3


def test_devices_are_answered_while_the_inbox_is_taken(bench):
    async def conversation():
        async with bench.gateway() as gateway:
            taker = Taker(Inbox(bench.folder), gateway.journal, every=0.02).start()
            line = await gateway.dial()
            for n in range(10):
                Inbox(bench.folder).drop(parcel(str(n), value=n))
                line.send(bench.hour(n))
                (answer,) = await line.hear()
                assert (answer.cn, answer.mn) == ("9014", MN)
            assert await asyncio.to_thread(until, lambda: not Inbox(bench.folder).waiting())
            await asyncio.to_thread(taker.close)
            assert gateway.pending == 0

    asyncio.run(conversation())
    assert bench.reader.last() == 10 + 30


TAKE = """
import sys, time
from pathlib import Path
from qingshan.gateway.doors.inbox import Inbox, Taker
from qingshan.gateway.journal import Journal
folder = Path(sys.argv[1])
journal = Journal(folder)
taker = Taker(Inbox(folder), journal, every=0.005).start()
print("up", flush=True)
time.sleep(60)
"""


def test_killed_at_random_every_line_is_there_once(tmp_path):
    inbox, dropped = Inbox(tmp_path), []
    stop = threading.Event()

    def feed():
        n = 0
        while not stop.is_set():
            inbox.drop(parcel(f"k{n}", n=20, value=float(n)))
            dropped.append(n)
            n += 1
            time.sleep(0.002)

    feeder = threading.Thread(target=feed)
    feeder.start()
    for pause in (0.02, 0.11, 0.05, 0.17):
        child = subprocess.Popen([sys.executable, "-c", TAKE, str(tmp_path)], stdout=subprocess.PIPE, env=os.environ)
        child.stdout.readline()
        time.sleep(pause)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    stop.set()
    feeder.join()
    with taking(tmp_path):
        assert until(lambda: not inbox.waiting(), 20)
    raws = [f.raw for f in Reader(tmp_path).frames(limit=1_000_000)]
    expected = [r.raw for n in dropped for r in deliveries.records(parcel(f"k{n}", n=20, value=float(n)))]
    assert raws == expected
    assert len(raws) > 400
