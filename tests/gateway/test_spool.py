"""The spool: what is acknowledged during a rush comes into the journal in order, once, whatever happens in between."""

from __future__ import annotations

import asyncio
import errno
import itertools
import logging
import shutil
import time
from datetime import timedelta

import pytest

from qingshan import hj212
from qingshan.cli import backup
from qingshan.gateway import journal as journal_module
from qingshan.gateway import server
from qingshan.gateway.devices import Device
from qingshan.gateway.journal import Journal, Reader
from qingshan.gateway.record import Record, evaluate, now
from qingshan.gateway.schema import FILE
from qingshan.gateway.spool import FOLDER, Position, Spool

MN = "010000A8900016F000169DC0"
QN = "20261122090000000"


def unread(n: int) -> Record:
    raw = hj212.build("2011", MN, f"DataTime=202611220{n // 3600}{n // 60 % 60:02d}{n % 60:02d};a34004-Rtd={n}", qn=QN).rstrip()
    return Record(now().isoformat(timespec="microseconds"), "127.0.0.1:1", raw, "ok", is_identified=True, is_unread=True)


def spoiled(n: int) -> Record:
    raw = b"##0012QN=\xff%d&&ABCD" % n
    frame = hj212.frame_of(raw)
    return evaluate(frame, None, hj212.parse(frame), now(), now().isoformat(timespec="microseconds"), "127.0.0.1:1")


@pytest.fixture
def rush(monkeypatch):
    """Every batch goes to the spool, and nothing is settled before the journal is closed."""
    monkeypatch.setattr(journal_module, "_DIRECT", 0)
    monkeypatch.setattr(journal_module, "_RUSH", -1)
    return monkeypatch


def keep(journal: Journal, records: list[Record]) -> list[Exception | None]:
    """Hand over and wait until reported."""
    told: list[Exception | None] = []
    journal.done = lambda batch, error: told.extend([error] * len(batch))
    journal.submit(records)
    wait(lambda: len(told) >= len(records))
    return told


def wait(condition, within: float = 10.0) -> None:
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def raws(folder) -> list[bytes]:
    return [frame.raw for frame in Reader(folder).frames(0, 100_000)]


def test_records_come_back_as_they_went_in(tmp_path):
    spool = Spool(tmp_path, Position(0, 0))
    whole = [unread(1), spoiled(2), unread(3), Record("r", "p", b"", "noise", notes="x,y", data_time=None, digest=b"\0" * 12, pno=3)]
    spool.append(whole)
    taken, place = spool.take(3)
    taken += spool.take(3)[0]
    for before, after in zip(whole, taken, strict=True):
        for name in ("received", "peer", "raw", "verdict", "notes", "items", "digest", "pno", "is_identified", "is_unread"):
            assert getattr(after, name) == getattr(before, name), name
    again = Spool(tmp_path, place)
    assert [r.raw for r in again.take(9)[0]] == [b""]


def test_what_is_acknowledged_in_a_rush_is_settled_in_order_and_once(tmp_path, rush):
    records = [unread(n) if n % 5 else spoiled(n) for n in range(1300)]
    journal = Journal(tmp_path / "a" / FILE)
    assert keep(journal, records) == [None] * 1300
    assert raws(tmp_path / "a") == []
    assert Reader(tmp_path / "a").backlog() == journal.backlog > 100_000
    shutil.copytree(tmp_path / "a", tmp_path / "b")  # as after a crash
    journal.close()
    assert raws(tmp_path / "a") == [r.raw for r in records]
    assert list((tmp_path / "a" / FOLDER).iterdir()) == []
    assert Reader(tmp_path / "a").backlog() == 0
    shutil.copytree(tmp_path / "b" / FOLDER, tmp_path / "a" / FOLDER, dirs_exist_ok=True)  # segments that were settled before
    for folder in ("a", "b"):
        Journal(tmp_path / folder / FILE).close()
        assert raws(tmp_path / folder) == [r.raw for r in records]
        assert Reader(tmp_path / folder).verify().is_whole


@pytest.mark.parametrize("spoil", ["cut", "flip"])
def test_a_torn_end_costs_only_what_was_not_acknowledged(tmp_path, rush, spoil):
    journal = Journal(tmp_path / "a" / FILE)
    keep(journal, [unread(n) for n in range(20)])
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    journal.close()
    (segment,) = (tmp_path / "b" / FOLDER).iterdir()
    data = bytearray(segment.read_bytes())
    if spoil == "cut":
        del data[-7:]
    else:
        data[-7] ^= 1
    segment.write_bytes(data)
    again = Journal(tmp_path / "b")
    keep(again, [unread(n) for n in range(19, 25)])
    again.close()
    assert raws(tmp_path / "b") == [unread(n).raw for n in range(25)]
    assert again.backlog == 0


def test_segments_follow_each_other_and_are_deleted(tmp_path, rush):
    rush.setattr("qingshan.gateway.spool.SEGMENT", 5000)
    journal = Journal(tmp_path)
    for at in range(0, 200, 10):
        keep(journal, [unread(n) for n in range(at, at + 10)])
    assert len(list((tmp_path / FOLDER).iterdir())) > 3
    rush.setattr(journal_module, "_RUSH", 1e9)
    wait(lambda: journal.backlog == 0)
    assert len(list((tmp_path / FOLDER).iterdir())) <= 1
    rush.setattr(journal_module, "_DIRECT", 400)  # the rush is over: straight into the journal again
    keep(journal, [unread(300)])
    assert raws(tmp_path) == [unread(n).raw for n in (*range(200), 300)]
    journal.close()


def test_a_full_disk_for_the_spool_is_not_acknowledged_and_recovers(tmp_path, rush, caplog):
    journal = Journal(tmp_path)
    keep(journal, [unread(1)])

    def full(_number):
        raise OSError(errno.ENOSPC, "No space left on device")

    with rush.context() as patch, caplog.at_level(logging.ERROR, "qingshan.gateway"):
        patch.setattr("qingshan.gateway.spool._flush", full)
        (error,) = keep(journal, [unread(2)])
        assert isinstance(error, OSError)
    assert "磁盘已满" in caplog.text
    assert "未应答" in caplog.text
    assert keep(journal, [unread(3)]) == [None]
    journal.close()
    assert [raw for raw in raws(tmp_path) if raw != unread(2).raw] == [unread(1).raw, unread(3).raw]


def test_a_full_disk_for_the_journal_keeps_the_acknowledged_in_the_spool(tmp_path, rush, caplog):
    journal = Journal(tmp_path)
    keep(journal, [unread(n) for n in range(400)])
    pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._connection.execute(f"PRAGMA max_page_count={pages + 1}")
    with caplog.at_level(logging.ERROR, "qingshan.gateway"):
        rush.setattr(journal_module, "_RUSH", 1e9)
        wait(lambda: "一个不少" in caplog.text)
    assert raws(tmp_path) == []
    assert keep(journal, [unread(n) for n in range(400, 410)]) == [None] * 10  # the spool still takes them
    journal._connection.execute("PRAGMA max_page_count=1000000")
    wait(lambda: journal.backlog == 0)
    journal.close()
    assert raws(tmp_path) == [unread(n).raw for n in range(410)]


def test_past_its_cap_the_spool_takes_nothing_until_it_has_settled(tmp_path, rush):
    rush.setattr(journal_module, "_CAP", 20_000)
    journal = Journal(tmp_path)
    for at in range(0, 2000, 100):
        keep(journal, [unread(n) for n in range(at, at + 100)])
        assert journal.backlog < 20_000 + 100 * 300
    journal.close()
    assert raws(tmp_path) == [unread(n).raw for n in range(2000)]


COLUMNS = ("peer", "received", "chain", "id")


def test_a_glance_gives_what_a_full_look_gives(tmp_path, shared, monkeypatch):
    """The corpus, each packet three times with other times, at two gateways: one knows no header, the other does."""
    lines = (shared / "data" / "hj212" / "packets.txt").read_text(encoding="utf-8").splitlines()
    corpus = [frame for frame in (hj212.frame_of(line.encode()) for line in lines if line.startswith("##")) if frame.sent >= 0]
    stream = [raw for frame in corpus for raw in (frame.raw, *later(frame))]
    kept, heard, glances = {}, {}, []
    glance = server.Link._glance
    monkeypatch.setattr(server.Link, "_glance", lambda *a: glances.append(glance(*a)) or glances[-1])
    for heads in (0, 200):
        monkeypatch.setattr(server, "_HEADS", heads)
        glances.clear()
        heard[heads] = asyncio.run(converse(tmp_path / str(heads), stream))
        kept[heads] = [
            {n: v for n, v in frame._asdict().items() if n not in COLUMNS} for frame in Reader(tmp_path / str(heads)).frames(0, 100_000)
        ]
        assert (sum(record is not None for record in glances) > 100) == bool(heads)
    assert len(kept[0]) > 200
    assert kept[0] == kept[200]
    assert heard[0] == heard[200]


def later(frame: hj212.Frame) -> list[bytes]:
    """The packet some minutes later, as the same device would send it."""
    if frame.sent != frame.computed or not frame.segment.startswith(b"QN="):
        return []
    segments = [frame.segment[:14] + b"%02d" % n + frame.segment[16:] for n in (41, 42)]
    return [b"##%04d%s%04X" % (len(s), s, hj212.crc.crc(s)) for s in segments]


async def converse(folder, stream: list[bytes], limits: server.Limits | None = None) -> list[bytes]:
    journal = Journal(folder / FILE)
    gateway = await server.serve(journal, "127.0.0.1", 0, lambda mn, peer: DEVICES.setdefault(mn, Device(mn)), limits)
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port, limit=2**24)
    for at in range(0, len(stream), 20):
        writer.write(b"\r\n".join(stream[at : at + 20]) + b"\r\n")
        await writer.drain()
    writer.write(hj212.build("9015", MN, qn=QN))
    heard = await asyncio.wait_for(reader.readuntil(b"CN=9013;PW=123456;MN=" + MN.encode()), 10)
    writer.close()
    await gateway.close()
    journal.close()
    return [frame.raw for frame in hj212.Framer().feed(heard) if b"CN=1012;" not in frame.raw]  # which tells the time


DEVICES: dict[str, Device] = {}


def test_a_backup_taken_in_a_rush_holds_all_that_was_acknowledged(tmp_path, rush):
    journal = Journal(tmp_path / "data" / FILE)
    keep(journal, [unread(n) for n in range(700)])
    (tmp_path / "copy").mkdir()
    backup._copy(tmp_path / "data", tmp_path / "copy")
    journal.close()
    Journal(tmp_path / "copy").close()
    assert raws(tmp_path / "copy") == [unread(n).raw for n in range(700)]


def test_an_end_in_a_hurry_leaves_the_rest_for_the_next_start(tmp_path, rush):
    journal = Journal(tmp_path)
    keep(journal, [unread(n) for n in range(1200)])
    journal.close(settle_s=0)
    assert len(raws(tmp_path)) < 1200
    Journal(tmp_path).close()
    assert raws(tmp_path) == [unread(n).raw for n in range(1200)]


def test_a_slow_disk_holds_the_links_and_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(journal_module, "_DIRECT", 0)
    monkeypatch.setattr("qingshan.gateway.spool._flush", lambda _number: time.sleep(0.05))
    pending = []
    monkeypatch.setattr(
        server.Link, "_take", lambda link, frames, take=server.Link._take: (take(link, frames), pending.append(link.gateway.pending))
    )
    stream = [unread(n).raw for n in range(3000)]
    heard = asyncio.run(converse(tmp_path, stream, server.Limits(waiting=300)))
    assert len(heard) == 3000
    assert raws(tmp_path)[:-1] == stream
    assert max(pending) < 300 + 1800  # one read brings at most 256 KiB


def test_clock_jumps_lose_and_double_nothing(tmp_path, monkeypatch):
    jumps = itertools.cycle([timedelta(0), timedelta(days=-400), timedelta(days=400), timedelta(hours=-1)])
    monkeypatch.setattr(server, "now", lambda: now() + next(jumps))
    stream = [unread(n).raw for n in range(400)]
    asyncio.run(converse(tmp_path, [*stream, *stream]))
    assert raws(tmp_path)[:-1] == stream
    assert Reader(tmp_path).verify().is_whole
