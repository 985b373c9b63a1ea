"""The bureau's tests once more on PostgreSQL, on a cluster of our own in a temporary folder, where its programs are installed:
of every file the first test and every fourth after it; all of them with ``--slow``."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from qingshan.cli.backup import digests
from tests.frames import frames

CHECKOUT = Path(__file__).resolve().parents[1]
ALL = "QINGSHAN_ALL_ON_POSTGRESQL"
QUICK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def programs() -> Path:
    """The folder of initdb and pg_ctl, newest version first; skips where there is none."""
    there = shutil.which("initdb")
    found = [Path(there).resolve().parent] if there else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if not found:
        pytest.skip("没有安装 PostgreSQL（initdb、pg_ctl），只在 SQLite 上测试")
    return found[0]


@pytest.fixture
def cluster():
    """The address of an empty server; it listens on this machine only and ends with the test.

    Its folder is not ``tmp_path``: PostgreSQL refuses to run as root, and no other user may enter pytest's folders.
    """
    folder, owner = programs(), {}
    if os.geteuid() == 0:
        try:
            person = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("以 root 运行而没有 postgres 用户，PostgreSQL 不肯启动")
        owner = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="qingshan-pg-") as home:
        if owner:
            os.chown(home, owner["user"], owner["group"])
        data, run = f"{home}/data", {"check": True, "cwd": home, "stdout": subprocess.DEVNULL, **owner}
        subprocess.run([folder / "initdb", "-D", data, "-U", "qingshan", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"], **run)
        settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": home, **QUICK}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        subprocess.run([folder / "pg_ctl", "-D", data, "-w", "-l", f"{home}/log", "-o", options, "start"], **run)
        try:
            yield f"postgres://qingshan@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([folder / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)


def pytest_collection_modifyitems(config, items):
    """As a plugin of the second run: keep only what touches the database, and of that a sample unless all is asked for."""
    kept, seen = [], Counter()
    for item in items:
        if {"db", "transactional_db"} & {*item.fixturenames} or item.get_closest_marker("django_db"):
            if os.environ.get(ALL) or seen[item.path] % 6 == 0:
                kept.append(item)
            seen[item.path] += 1
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def again(cluster: str, **environment: str) -> None:
    if os.environ.get("QINGSHAN_DATABASE_URL"):
        pytest.skip("本次已指定数据库")
    plugins = ["-p", "no:cacheprovider", "-p", __name__]
    command = [sys.executable, "-m", "pytest", *plugins, "-m", "not browser and not slow", "-n", "2", "tests/bureau"]
    environment = {**os.environ, "QINGSHAN_DATABASE_URL": cluster, **environment}
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_the_bureau_works_on_postgresql_too(cluster):
    again(cluster)


@pytest.mark.slow
def test_all_of_the_bureau_works_on_postgresql_too(cluster):
    again(cluster, **{ALL: "1"})


WRITER = """
import django, sys, time
django.setup()
from qingshan.bureau.base import audit, trail
print("writing", flush=True)
for n in range(200):
    audit.record(None, "改动", f"第 {n} 件")
    trail.seal()
    time.sleep(0.02)
"""


@pytest.mark.slow
def test_a_backup_made_while_people_write_comes_back_by_its_chain(cluster, tmp_path):
    """pg_dump and the files while a writer seals and frames come in; restored into an empty database, and refused once altered."""
    data, copy, again = tmp_path / "data", tmp_path / "copy", tmp_path / "again"
    other, third = (cluster.rsplit("/", 1)[0] + f"/{name}" for name in ("other", "third"))

    def run(*words: str, url: str = cluster, folder: Path = data, start: bool = False):
        env = {
            **os.environ,
            "QINGSHAN_DATA": str(folder),
            "QINGSHAN_DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "qingshan.bureau.settings",
        }
        piped = {"env": env, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "cwd": CHECKOUT}
        return subprocess.Popen([sys.executable, *words], **piped) if start else subprocess.run([sys.executable, *words], **piped)

    def asked(url: str, sql: str) -> str:
        return subprocess.run(["psql", "-XAtq", url, "-c", sql], check=True, capture_output=True, text=True).stdout.strip()

    data.mkdir()
    main = ("-m", "qingshan.cli.main")
    done = run(*main, "manage", "migrate", "--verbosity", "0")
    assert done.returncode == 0, done.stdout
    frames(data, 40)
    writer = run("-c", WRITER, start=True)
    assert writer.stdout.readline() == "writing\n"
    done = run(*main, "backup", str(copy))
    assert writer.poll() is None, "备份期间没有人在写"
    assert done.returncode == 0, done.stdout
    assert (copy / "bureau.dump").exists()
    frames(data, 5, 40)
    writer.kill()
    writer.wait()
    asked(cluster, "CREATE DATABASE other")
    asked(cluster, "CREATE DATABASE third")
    assert "不是空的" in run(*main, "restore", str(copy), "--data", str(again)).stdout
    done = run(*main, "restore", str(copy), "--data", str(again), url=other)
    assert done.returncode == 0, done.stdout
    assert int(asked(other, "SELECT count(*) FROM base_trailentry")) > 1
    export = tmp_path / "trail.jsonl"
    done = run(*main, "verify", "--export", str(export), url=other, folder=again)
    assert done.returncode == 0, done.stdout
    done = run("-I", str(CHECKOUT / "docs" / "verify" / "verify.py"), str(export), "--data", str(again))
    assert (done.returncode, "报文 40 个" in done.stdout) == (0, True), done.stdout
    asked(other, "ALTER TABLE base_auditevent DISABLE TRIGGER ALL; UPDATE base_auditevent SET action = '别的' WHERE id = 3")
    done = run(*main, "verify", url=other, folder=again)
    assert (done.returncode, " 3（存证第" in done.stdout) == (1, True), done.stdout
    with sqlite3.connect(copy / "journal.sqlite3") as db:
        db.execute("UPDATE frame SET peer = '' WHERE id = 7")
    db.close()
    listed = json.loads((copy / "backup.json").read_text("utf-8"))  # whoever changes the list as well
    (copy / "backup.json").write_text(json.dumps({**listed, "files": dict(digests(copy))}), encoding="utf-8")
    done = run(*main, "restore", str(copy), "--data", str(tmp_path / "no"), url=third)
    assert (done.returncode, "报文 7 " in done.stdout) == (1, True), done.stdout
    assert not (tmp_path / "no").exists()
    assert asked(third, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "0"
