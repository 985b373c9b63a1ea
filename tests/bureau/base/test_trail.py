"""Sealed records: whatever is changed, the trail names it; the verifier without the platform says the same."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from tests.frames import NOW, frames

from qingshan.bureau.base import audit, clock, duties, guards, trail
from qingshan.bureau.base.models import Attachment, AuditEvent, TrailEntry
from qingshan.bureau.bulletins.models import Issue
from qingshan.bureau.cases.models import Case, CaseEvent, Proof
from qingshan.bureau.indicators.models import AssessmentRun
from qingshan.bureau.monitor.models import Mark, MarkReview
from qingshan.bureau.registers.models import Change, Entry
from qingshan.bureau.sites.models import Network, Station
from qingshan.cli import restore, worker
from qingshan.cli.backup import digests
from qingshan.lake import Lake
from qingshan.lake.samples import Sample

VERIFIER = Path(__file__).parents[3] / "docs" / "verify" / "verify.py"


def hours(lake: Lake, days: int) -> None:
    for day in range(1, days + 1):
        lake.put_rows(
            [
                {"station": s, "time": datetime(2026, 11, day, h), "received": datetime(2026, 11, day, h, 5), "PM2.5": 30.5 + h, "origin": "t"}
                for s in ("S1", "S2") for h in (1, 2, 3)
            ]
        )  # fmt: skip


@pytest.fixture
def sealed(chief, bureau, own_folders, monkeypatch):
    """One record of every kind: frames, hours hot and settled, a sample, an attachment, a case, a run, an issue, a mark, an entry."""
    monkeypatch.setattr("qingshan.bureau.base.trail_stores.REST", 0)
    frames(own_folders, 5)
    frames(own_folders, 1, 4)  # the last comes again
    lake = Lake(own_folders / "lake")
    hours(lake, 2)
    sample = Sample("R1", datetime(2026, 11, 3), "NH3-N", 0.4)
    lake.put_samples([sample], received=datetime(2026, 11, 4), origin="t")
    assert trail.seal()
    lake.settle(date(2026, 11, 2))  # hours move to the table after they were sealed
    blob = own_folders / "attachments" / "ab" / "ab01"
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"%PDF evidence")
    Attachment.objects.create(sha256="ab01", name="证据.pdf", kind="document", content_type="application/pdf", size=13, by=chief, at=NOW)
    case = Case.objects.create(
        number="1",
        workflow="problem",
        title="扬尘",
        state="open",
        area=bureau.district,
        responsible=bureau.own,
        opened_at=NOW,
        entered_at=NOW,
    )
    CaseEvent.objects.create(case=case, step="open", title="交办", became="open", by=chief, at=NOW, answers={"情况": "未覆盖"})
    Proof.objects.create(case=case, kind="photo", attachment=Attachment.objects.get(), by=chief, at=NOW)
    AssessmentRun.objects.create(
        number="2026-1119-01", identity="a" * 64, start=NOW.date(), end=NOW.date(), stations=["S1"], editions=["HJ 633—2026"], code_version="1",
        table_version=0, sequence=1, input_hash="b" * 64, result_hash="c" * 64, station_days=1, made=NOW,
    )  # fmt: skip
    Issue.objects.create(
        template="t", title="通报", period="2026-10", state="published", series="青环通", year=2026, number=16, content={"数": "31.5"},
        by=chief, drafted=NOW, changed=NOW, published=NOW,
    )  # fmt: skip
    station = Station.objects.create(code="S1", name="石门站", network=Network.objects.create(name="大气"), area=bureau.district)
    mark = Mark.objects.create(station=station, kind="X", start=NOW, end=NOW, reason="采样管堵", by=chief, at=NOW)
    MarkReview.objects.create(mark=mark, by=chief, at=NOW, step="agree")
    entry = Entry.objects.create(register="boiler", key="1", name="锅炉", area=bureau.district, values={})
    Change.objects.create(entry=entry, version=1, day=NOW.date(), at=NOW, by=chief, after={"state": "running"})
    trail.seal()
    return own_folders


def execute(sql: str) -> None:
    """Change the database behind the platform's back."""
    with connection.cursor() as cursor:
        for table in (guards.TABLE, guards.ENTRIES):
            if connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_update")
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete")
            else:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_keep")
        cursor.execute(sql)


def in_file(path: Path, sql: str) -> None:
    with sqlite3.connect(path) as db:
        db.execute(sql)
    db.close()


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at % len(data)] ^= 1
    path.write_bytes(data)


def independent(folder: Path, *more: str, export: Path | None = None) -> tuple[int, str]:
    path = export or folder / "trail.jsonl"
    if export is None:
        path.write_text("".join(trail.export()), encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", VERIFIER, path, *more], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_what_nobody_touched_is_whole_and_nothing_waits(sealed):
    assert trail.verify().is_whole, trail.verify().sentence
    assert trail.waiting() == trail.seal() == 0
    streams = set(TrailEntry.objects.values_list("stream", flat=True))
    assert streams >= {"audit", "frames", "repeats", "values", "files", "attachments", "runs", "bulletins"}
    code, words = independent(sealed, "--data", str(sealed))
    assert (code, "全部相符" in words) == (0, True), words


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("UPDATE indicators_assessmentrun SET result_hash = 'd'", "评价批次"),
        ("UPDATE cases_caseevent SET answers = '{}'", "case event"),
        ("UPDATE cases_proof SET kind = 'x'", "proof"),
        ("UPDATE bulletins_issue SET title = '通告'", "通报"),
        ("UPDATE base_attachment SET name = 'x'", "附件"),
        ("UPDATE monitor_mark SET reason = '别的'", "数据标记"),
        ("UPDATE monitor_markreview SET step = 'refuse'", "mark review"),
        ("UPDATE registers_change SET after = '{}'", "变更"),
        ("DELETE FROM bulletins_issue", "不见了"),
        ("UPDATE base_trailentry SET digest = 'ff' WHERE number = 2", "存证第 2 条"),
        ("UPDATE base_trailentry SET at = '2026-01-01 00:00:00' WHERE number = 3", "存证第 3 条"),
        ("UPDATE base_trailentry SET parts = '' WHERE stream = 'values'", "观测值批次"),
        ("DELETE FROM base_trailentry WHERE number = (SELECT max(number) FROM base_trailentry)", "末尾"),
        ("UPDATE base_auditevent SET by_name = '别人' WHERE id = (SELECT min(id) FROM base_auditevent)", "操作记录"),
    ],
)
def test_a_changed_row_is_named(sealed, sql, named):
    execute(sql)
    verdict = trail.verify()
    assert not verdict.is_whole
    assert named in verdict.sentence


@pytest.mark.parametrize(
    ("file", "sql", "named"),
    [
        ("journal.sqlite3", "UPDATE frame SET raw = x'00' WHERE id = 3", "报文 3 "),
        ("journal.sqlite3", "UPDATE frame SET items = replace(items, '12', '13') WHERE id = 3", "报文 3 "),
        ("journal.sqlite3", "UPDATE frame SET received = '2026-11-19 09:00:00.9' WHERE id = 4", "报文 4 "),
        ("journal.sqlite3", "DELETE FROM frame WHERE id = 2", "报文 2 "),
        ("journal.sqlite3", "DELETE FROM frame WHERE id = 5", "报文 5"),
        ("journal.sqlite3", "UPDATE chain_rule SET first = 99", "报文 1 "),
        ("journal.sqlite3", "UPDATE repeat SET received = '2026-11-19 09:00:01'", "重复报文记录 1 "),
        ("journal.sqlite3", "DELETE FROM repeat", "重复报文 1（"),
        ("journal.sqlite3", "UPDATE link SET received = '2026-11-19 09:00:01'", "设备 MN1 的最近状态"),
        ("journal.sqlite3", "UPDATE link SET verdict = 'bad_crc'", "设备 MN1 的最近状态"),
        (
            "lake/hot.sqlite3",
            "UPDATE hour SET \"PM2.5\" = 1 WHERE station = 'S2' AND id = (SELECT max(id) FROM hour)",
            "S2 2026-11-02 03:00",
        ),
        ("lake/hot.sqlite3", "DELETE FROM hour WHERE id = (SELECT max(id) FROM hour)", "少了 1 行"),
        ("lake/hot.sqlite3", "UPDATE sample SET value = 0.3", "R1 2026-11-03"),
        ("lake/hot.sqlite3", "UPDATE batch SET kind = 'backfill' WHERE sequence = 1", "观测值批次 1"),
        ("lake/hot.sqlite3", "DELETE FROM batch WHERE sequence = 1", "观测值批次 1"),
    ],
)
def test_a_change_in_a_file_of_rows_is_named(sealed, file, sql, named):
    in_file(sealed / file, sql)
    verdict = trail.verify()
    assert not verdict.is_whole
    assert named in verdict.sentence


@pytest.mark.parametrize("pattern", ["lake/hours/**/*.parquet", "lake/hours/_delta_log/*.json", "attachments/*/*"])
def test_one_byte_of_a_file_is_named_by_both(sealed, pattern):
    path = next(sealed.glob(pattern))
    flip(path, path.stat().st_size // 2)
    name = path.relative_to(sealed).as_posix()
    rows = path.suffix == ".parquet"  # a changed row may be met before the file that holds it
    sentence = trail.verify().sentence
    assert name in sentence or (rows and "观测值批次" in sentence), sentence
    export = sealed / "trail.jsonl"
    export.write_text("".join(trail.export()), encoding="utf-8")
    code, words = independent(sealed, "--data", str(sealed), export=export)
    assert code == 1
    assert name in words or (rows and "values" in words), words


@effort(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10**9), bit=st.integers(0, 7))
def test_any_bit_of_an_export_is_noticed(sealed, at, bit):
    """The verifier's own reading, in this process: a flipped bit of the text never passes."""
    export = sealed / "trail.jsonl"
    if not export.exists():
        export.write_text("".join(trail.export()), encoding="utf-8")
    good = export.read_bytes()
    data = bytearray(good)
    data[at % len(data)] ^= 1 << bit
    changed = sealed / "changed.jsonl"
    changed.write_bytes(bytes(data))
    space: dict = {"__name__": "verify"}
    exec(compile(VERIFIER.read_text("utf-8"), str(VERIFIER), "exec"), space)
    try:
        read = list(space["entries"](changed, []))
    except (SystemExit, UnicodeDecodeError):
        return
    assert read == [json.loads(line) for line in good.decode().splitlines()]  # white space between the words only


def test_roots_are_printed_exported_and_hold_against_a_rewritten_chain(sealed, monkeypatch):
    (root,) = trail.roots()
    assert trail.verify({root.day: root.seal}).is_whole
    assert "根" in trail.verify({root.day: "0" * 64}).sentence
    assert independent(sealed, "--root", f"{root.day}={root.seal}")[0] == 0
    assert independent(sealed, "--root", f"{root.day}={'0' * 64}")[0] == 1
    assert trail.words(clock.now()) == ""
    assert root.seal in trail.words(clock.now() + timedelta(days=1))


def test_sm3_by_declaration_goes_on_from_sha256(sealed, settings):
    own = settings.BUREAU_PACKS / "own" / "seals"
    own.mkdir(parents=True)
    (own / "trail.toml").write_text('name="trail"\ntitle="数据存证"\nmethod="sm3"\noverrides="national"\n', encoding="utf-8")
    from qingshan.bureau.base import packs

    packs.clear()
    audit.record(None, "改用国密", "存证")
    trail.seal()
    assert set(TrailEntry.objects.values_list("method", flat=True)) == {"sha256", "sm3"}
    assert trail.verify().is_whole
    assert independent(sealed)[0] == 0


def test_a_row_put_in_afterwards_is_named(sealed, monkeypatch):
    monkeypatch.setattr(trail, "LATE", 1)
    first = AuditEvent.objects.order_by("pk").first()
    for n in range(3):
        audit.record(None, "补", f"{n}")
    trail.seal()
    execute(f"UPDATE base_auditevent SET id = -5 WHERE id = {first.pk}")
    assert not trail.verify().is_whole


WRITER = """
import os, django; django.setup()
from qingshan.bureau.base import audit, trail
for n in range(8):
    audit.record(None, "并行", f"{os.getpid()}-{n}")
    trail.seal()
"""


def started(folder: Path, *words: str) -> subprocess.Popen:
    env = {**os.environ, "QINGSHAN_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "qingshan.bureau.settings", "QINGSHAN_DATABASE_URL": ""}
    return subprocess.Popen([sys.executable, *words], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_parallel_writers_keep_one_chain_and_a_backup_made_meanwhile_comes_back(db, tmp_path, capsys):
    if connection.vendor != "sqlite":
        pytest.skip("各进程用自己的 SQLite 文件；PostgreSQL 上由下一项核对")
    data, copy, again = tmp_path / "data", tmp_path / "copy", tmp_path / "again"
    data.mkdir()
    (data / "bureau.sqlite3").write_bytes(connection.connection.serialize())
    frames(data, 50)
    lake = Lake(data / "lake")
    hours(lake, 3)
    lake.settle(date(2026, 11, 2))
    writer = started(data, "-c", WRITER)
    made = started(data, "-m", "qingshan.cli.main", "backup", str(copy))
    said = made.communicate()[0]
    assert made.returncode == 0, said
    assert writer.communicate()[0] == ""

    def restored(target: Path) -> tuple[int, str]:
        capsys.readouterr()
        return restore.run(SimpleNamespace(backup=copy, data=target)), "".join(capsys.readouterr())

    code, said = restored(again)
    assert code == 0, said
    assert "不是空目录" in restored(again)[1]
    in_file(copy / "journal.sqlite3", "UPDATE frame SET peer = '' WHERE id = 7")
    assert "journal.sqlite3 与备份时不同" in restored(tmp_path / "third")[1]
    listed = json.loads((copy / "backup.json").read_text("utf-8"))  # whoever changes the list as well
    (copy / "backup.json").write_text(json.dumps({**listed, "files": dict(digests(copy))}), encoding="utf-8")
    code, said = restored(tmp_path / "third")
    assert (code, "报文 7 " in said) == (1, True), said
    assert not (tmp_path / "third").exists()


@pytest.mark.django_db(transaction=True)
def test_parallel_writers_keep_one_chain_on_postgresql():
    if connection.vendor == "sqlite":
        pytest.skip("内存中的 SQLite 只有一个连接；上一项用文件核对")

    def write(n: int) -> None:
        try:
            for i in range(8):
                audit.record(None, "并发", f"{n}-{i}")
                trail.seal()
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert trail.waiting() == 0
    assert trail.verify().is_whole
    assert TrailEntry.objects.filter(stream="audit").count() == AuditEvent.objects.count()


def read_now(path: Path) -> list[list]:
    """Everything a SQLite file says, or nothing where it cannot be read."""
    try:
        with sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True) as db:
            names = [n for (n,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
            return [[n, *db.execute(f'SELECT * FROM "{n}"').fetchall()] for n in names if n in SEALED_TABLES]
    except sqlite3.DatabaseError:
        return []


SEALED_TABLES = {"frame", "chain_rule", "repeat", "hour", "sample", "batch"}


@pytest.mark.parametrize("name", ["journal.sqlite3", "lake/hot.sqlite3"])
def test_any_byte_of_a_store_that_says_something_else_afterwards_is_noticed(sealed, name):
    path, chance = sealed / name, random.Random(6)
    for file in path.parent.glob(f"{path.name}-*"):
        file.unlink()
    in_file(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    good, before, noticed = path.read_bytes(), read_now(path), 0
    used = [n for n in range(100, len(good)) if good[n]]  # zeros are mostly free space
    assert before
    assert trail.verify().is_whole
    for _ in range(40):
        flip(path, chance.choice(used))
        after = read_now(path)
        if after != before:
            verdict = trail.verify()
            if name == "journal.sqlite3" and after and after[1:] != before[1:]:
                code, words = independent(sealed, "--data", str(sealed))
                assert (code, "Traceback" in words) == (1, False), words
            assert not verdict.is_whole, [(a, b) for a, b in zip(before, after) if a != b] or (len(before), len(after))
            noticed += 1
        path.write_bytes(good)
    assert noticed > 5
    assert trail.verify().is_whole


def other(value: object) -> object:
    """A value of the same sort that says something else."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case datetime() | date():
            return value + timedelta(days=1)
        case str():
            return value[:-1] + ("x" if value[-1:] != "x" else "y")
        case _:
            return {"另": "写"}


def test_any_column_of_any_sealed_row_is_named_and_the_verifier_agrees(sealed):
    """Every stream of rows, every sealed column that holds something: changed alone, it is named, by the platform and without it."""
    space: dict = {"__name__": "verify"}
    exec(compile(VERIFIER.read_text("utf-8"), str(VERIFIER), "exec"), space)
    execute("SELECT 1")  # the guards are off
    tried = set()
    for name in trail.streams:
        stream = trail.streams[name]
        entry = TrailEntry.objects.filter(stream=name).order_by("number").first()
        if stream.model is None or entry is None:
            continue
        for column in stream.fields:
            field = stream.model._meta.get_field(column)
            if field.primary_key or (field.is_relation and connection.vendor != "sqlite"):
                continue
            row = stream.model._base_manager.filter(pk=entry.key)
            value = row.values_list(column, flat=True).get()
            if value in (None, "", [], {}):
                continue
            point = transaction.savepoint()
            row.update(**{column: other(value)})
            verdict = trail.verify()
            assert not verdict.is_whole, (name, column)
            assert f"{stream.title} {entry.key}（存证第 {entry.number} 条）" in verdict.sentence, (column, verdict.sentence)
            export = sealed / "changed.jsonl"
            export.write_text("".join(trail.export()), encoding="utf-8")
            with pytest.raises(SystemExit, match=f"第 {entry.number} 条"):
                list(space["entries"](export, []))
            transaction.savepoint_rollback(point)
            tried.add((name, column))
    assert {name for name, _ in tried} >= {
        "audit", "attachments", "case_events", "proofs", "runs", "bulletins", "marks", "mark_reviews", "register_changes",
    }  # fmt: skip
    assert trail.verify().is_whole


def test_the_worker_seals_every_ten_seconds_and_before_it_stops(sealed, chief, monkeypatch):
    assert (duties.duties["base.seal"].every, duties.duties["base.seal_files"].every) == (10, 60)
    audit.record(chief, "改动", "某事")
    (sealed / "attachments" / "ab" / "ab02").write_bytes(b"later")
    duties.duties["base.seal"].run()
    assert TrailEntry.objects.filter(stream="audit").count() == AuditEvent.objects.count()
    assert trail.waiting() == 1  # the file, by its own clock
    monkeypatch.setattr("qingshan.bureau.monitor.work.one_round", lambda stopping: os.kill(os.getpid(), signal.SIGTERM))
    handlers = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}
    try:
        assert worker.loop(0.01) == 0
    finally:
        for name, handler in handlers.items():
            signal.signal(name, handler)
    assert trail.waiting() == 0
