"""The journal by itself: reading beside writing, and the chain."""

import sqlite3
import threading
from contextlib import closing

import pytest

from qingshan.gateway.journal import Journal, Reader
from qingshan.gateway.record import Record
from qingshan.gateway.schema import FILE, TABLES

ITEMS = '{"a34004":{"Rtd":"1","Flag":"N"},"a34002":{"Rtd":"2"}}'


def records(start: int, count: int) -> list[Record]:
    return [one(n) for n in range(start, start + count)]


def one(n: int) -> Record:
    at = f"2026-11-22T09:{n // 60:02d}:{n % 60:02d}"
    return Record(f"{at}.000000", "127.0.0.1:1", b"raw %d" % n, "ok", "A", "22", "2011", str(n), at, items=ITEMS, digest=b"%d" % n)


def write(folder, batch) -> None:
    journal = Journal(folder)
    journal.submit(batch)
    journal.close()


def test_where_no_journal_is_there_is_nothing_to_read(tmp_path):
    reader = Reader(tmp_path)
    assert (reader.last(), reader.frames(), reader.readings(), reader.links(), reader.count()) == (0, [], [], [], {})
    with pytest.raises(LookupError, match="没有报文 7"):
        reader.frame(7)
    write(tmp_path, records(0, 1))
    assert reader.last() == 1


def test_readings_never_cut_a_frame(tmp_path):
    write(tmp_path, records(0, 25))
    reader, after, seen = Reader(tmp_path), 0, []
    while rows := reader.readings(after, limit=4):
        assert len(rows) % 2 == 0
        seen += rows
        after = rows[-1].frame
    assert [(r.frame, r.item_code, r.flag) for r in seen] == [
        (n, c, f) for n in range(1, 26) for c, f in (("a34004", "N"), ("a34002", None))
    ]


def test_readers_in_other_threads_see_whole_batches_while_the_writer_writes(tmp_path):
    journal = Journal(tmp_path)
    reader, wrong, ended = Reader(tmp_path), [], threading.Event()

    def read():
        while not ended.is_set():
            last = reader.last()
            if last and [f.id for f in reader.frames(0, last)] != list(range(1, last + 1)):
                wrong.append(last)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for at in range(0, 1500, 50):
        journal.submit(records(at, 50))
    journal.close()
    ended.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert reader.last() == 1500


@pytest.mark.parametrize("statement", ["UPDATE frame SET raw = x'00' WHERE id = 7", "DELETE FROM frame WHERE id = 7"])
def test_a_changed_or_missing_frame_is_named(tmp_path, statement):
    write(tmp_path, records(0, 20))
    write(tmp_path, records(20, 20))  # the chain goes on after a restart
    assert Reader(tmp_path).verify().is_whole
    with sqlite3.connect(tmp_path / "journal.sqlite3") as connection:
        connection.execute(statement)
    verdict = Reader(tmp_path).verify()
    assert (verdict.is_whole, verdict.broken_at) == (False, 6)


def test_the_writer_refuses_after_its_end(tmp_path):
    journal = Journal(tmp_path)
    journal.close()
    with pytest.raises(RuntimeError, match="已关闭"):
        journal.submit(records(0, 1))


def test_a_batch_is_committed_before_it_is_reported(tmp_path):
    seen = []
    journal = Journal(tmp_path)
    journal.done = lambda batch, error: seen.append((len(batch), error, Reader(tmp_path).last()))
    journal.submit(records(0, 3))
    journal.close()
    assert [(size, error, last >= size) for size, error, last in seen] == [(3, None, True)]


def test_a_journal_from_before_the_chain_of_repeats_is_taken_over(tmp_path):
    old = tmp_path / FILE
    with closing(sqlite3.connect(old)) as db:
        db.executescript(TABLES.replace("peer TEXT NOT NULL, chain BLOB)", "peer TEXT NOT NULL)"))
        db.execute("INSERT INTO repeat VALUES (1, '2026-11-22T09:00:00', '10.0.0.1:1')")
        db.commit()
    assert list(Reader(tmp_path).faults()) == []
    assert Reader(tmp_path).repeat_seal() == (0, "")
    Journal(tmp_path).close()
    assert list(Reader(tmp_path).faults()) == []
