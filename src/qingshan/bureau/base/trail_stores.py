"""What is sealed outside the database: the journal's frames, versions of observed values, files of the store and attachments."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings

from qingshan.bureau.base import trail
from qingshan.bureau.base.models import TrailEntry
from qingshan.bureau.base.trail import CHANGED, Record, Stream
from qingshan.gateway.journal import Reader

REST = 10
"""[s] a file must have lain unchanged before it is sealed: it may still be written"""
FOLDERS = ("lake/hours", "lake/runs", "attachments")
SKIPPED = ("_last_checkpoint",)
"""rewritten by each commit, and only points at what is sealed"""


def _data() -> Path:
    return Path(settings.DATA_FOLDER)


def _frames() -> Iterator[Record]:
    reader = Reader(_data())
    try:
        last = reader.last()
        if last > trail.newest_key("frames"):
            yield Record(str(last), reader.frame(last).chain.hex().encode())
    finally:
        reader.close()


def _frames_now(entries: Sequence[TrailEntry]) -> dict[str, bytes]:
    reader, found = Reader(_data()), {}
    for entry in entries:
        try:
            found[entry.key] = reader.frame(int(entry.key)).chain.hex().encode()
        except LookupError:
            continue
        except sqlite3.DatabaseError:
            found[entry.key] = b"unreadable"
    reader.close()
    return found


def _frame_faults() -> Iterator[str]:
    reader = Reader(_data())
    try:
        verdict = reader.verify()
        if not verdict.is_whole:
            yield f"报文 {verdict.count + 1} 与封印不符：它被改动过，或它之前的报文被删除；此前 {verdict.count} 个完好"
        yield from reader.faults()
    except sqlite3.DatabaseError as error:
        yield f"报文流水 {reader.path} 读不出来（{error}）：文件被改动或损坏"
    finally:
        reader.close()


def _repeats() -> Iterator[Record]:
    reader = Reader(_data())
    try:
        number, seal = reader.repeat_seal()
        if number > trail.newest_key("repeats"):
            yield Record(str(number), seal.encode())
    finally:
        reader.close()


def _repeats_now(entries: Sequence[TrailEntry]) -> dict[str, bytes]:
    reader, found = Reader(_data()), {}
    for entry in entries:
        try:
            number, seal = reader.repeat_seal(int(entry.key))
        except sqlite3.DatabaseError:
            number, seal = int(entry.key), "unreadable"
        if number:
            found[entry.key] = seal.encode()
    reader.close()
    return found


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _hour_line(row: dict) -> str:
    """One stored hour row, the same whether it lies in the hot file or in the table; its batch is said by the entry."""
    kept = {k: v for k, v in row.items() if k not in ("id", "sequence", "month", "bucket") and v is not None}
    said = {k: repr(v) if isinstance(v, float) else v for k, v in kept.items()}
    return json.dumps(["hour", said], ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=repr)


def _sample_line(row: dict) -> str:
    said = {k: repr(v) if isinstance(v, float) else v for k, v in row.items() if k != "id"}
    return json.dumps(["sample", said], ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=repr)


def _hot() -> sqlite3.Connection | None:
    path = _data() / "lake" / "hot.sqlite3"
    if not path.exists():
        return None
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=20)
    db.row_factory = sqlite3.Row
    return db


def _rows_of(db: sqlite3.Connection, sequences: Sequence[int]) -> dict[int, dict[str, str]]:
    """Batch → digest of each of its rows in the hot file → the row in words."""
    marks = ",".join("?" * len(sequences))
    out: dict[int, dict[str, str]] = {n: {} for n in sequences}
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table, line in (("hour", _hour_line), ("sample", _sample_line)):
        if table in tables:
            for row in map(dict, db.execute(f"SELECT * FROM {table} WHERE sequence IN ({marks})", list(sequences))):  # noqa: S608
                out.setdefault(row["sequence"], {})[_digest(line(row))] = f"{row['station']} {_moment(row['time'])}"
    return out


def _moment(micros: object) -> str:
    if not isinstance(micros, int) or abs(micros) > 1e17:  # changed to what no time is
        return repr(micros)
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(micros / 1e6))


def _content(sequence: int, kind: str, parts: Sequence[str]) -> bytes:
    return "\n".join((f"{sequence} {kind}", *parts)).encode()


def _values() -> Iterator[Record]:
    db = _hot()
    if db is None:
        return
    try:
        after = trail.newest_key("values")
        batches = db.execute("SELECT sequence, kind FROM batch WHERE sequence > ? ORDER BY sequence", (after,)).fetchall()
        for at in range(0, len(batches), 200):
            part = batches[at : at + 200]
            found = _rows_of(db, [sequence for sequence, _ in part])
            for sequence, kind in part:
                parts = tuple(sorted(found[sequence]))
                yield Record(str(sequence), _content(sequence, kind, parts), parts)
    finally:
        db.close()


def _values_now(entries: Sequence[TrailEntry]) -> dict[str, bytes]:
    """Each batch as it is: rows that left the hot file are looked for in the table."""
    db = _hot()
    if db is None:
        return {}
    try:
        numbers = [int(e.key) for e in entries]
        marks = ",".join("?" * len(numbers))
        kinds = dict(tuple(r) for r in db.execute(f"SELECT sequence, kind FROM batch WHERE sequence IN ({marks})", numbers))  # noqa: S608
        hot = _rows_of(db, numbers)
    except sqlite3.DatabaseError as error:
        return {e.key: CHANGED + f"（观测数据热库读不出来：{error}）".encode() for e in entries}
    finally:
        db.close()
    parts = {int(e.key): set(filter(None, e.parts.split("\n"))) for e in entries}
    gone = {number: wanted - hot[number].keys() for number, wanted in parts.items()}
    cold = _cold_digests({n for n, lost in gone.items() if lost})
    out: dict[str, bytes] = {}
    for entry in entries:
        number = int(entry.key)
        if number not in kinds:
            continue
        extra = [words for digest, words in hot[number].items() if digest not in parts[number]]
        lost = gone[number] - cold
        if extra or lost:
            what = f"：{extra[0]} 的值" if extra else f"：少了 {len(lost)} 行"
            out[entry.key] = CHANGED + what.encode()
        else:
            out[entry.key] = _content(number, kinds[number], sorted(parts[number]))
    return out


def _cold_digests(sequences: set[int]) -> set[str]:
    """Digests of the table's rows that came with these batches, and of rows of any batch in the same hours that say the very same."""
    if not sequences:
        return set()
    found: set[str] = set()
    for path in _cold_files():
        try:
            table = pq.read_table(path, partitioning=None)
        except (OSError, ValueError):
            continue  # the file's own seal names it
        table = table.filter(pc.less_equal(table["sequence"], max(sequences)))
        for name in ("time", "received"):
            table = table.set_column(table.column_names.index(name), name, table[name].cast("timestamp[us]").cast("int64"))
        found.update(_digest(_hour_line(row)) for row in table.to_pylist())
    return found


def _cold_files() -> list[Path]:
    return sorted((_data() / "lake" / "hours").rglob("*.parquet")) if (_data() / "lake" / "hours").is_dir() else []


def _value_faults() -> Iterator[str]:
    """A hot row under a batch that was sealed long ago without it shows in that batch; here: does the file hold together."""
    db = _hot()
    if db is None:
        return
    try:
        said = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        said = str(error)
    finally:
        db.close()
    if said != "ok":
        yield f"观测数据热库 lake/hot.sqlite3 损坏或被改动：{said}"


def _files() -> Iterator[Record]:
    have, now = set(trail.sealed_keys(trail.FILES).values_list("key", flat=True)), time.time()
    for folder in FOLDERS:
        for path in sorted((_data() / folder).rglob("*")):
            if path.is_file() and path.name not in SKIPPED and not path.name.startswith("."):
                key = path.relative_to(_data()).as_posix()
                if key not in have and now - path.stat().st_mtime >= REST:
                    yield Record(key, _file(path))


def _file(path: Path) -> bytes:
    with path.open("rb") as file:
        return f"{path.stat().st_size} {hashlib.file_digest(file, 'sha256').hexdigest()}".encode()


def _files_now(entries: Sequence[TrailEntry]) -> dict[str, bytes]:
    paths = {e.key: _data() / e.key for e in entries}
    return {key: _file(path) for key, path in paths.items() if path.is_file()}


trail.streams.add("frames")(Stream("报文", _frames, _frames_now, _frame_faults))
trail.streams.add("repeats")(Stream("重复报文", _repeats, _repeats_now))
trail.streams.add("values")(Stream("观测值批次", _values, _values_now, _value_faults))
trail.streams.add(trail.FILES)(Stream("文件", _files, _files_now))
