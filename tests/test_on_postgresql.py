"""The bureau's tests once more on PostgreSQL, on a cluster of our own in a temporary folder, where its programs are installed:
of every file the first test and every fourth after it; all of them with ``--slow``."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

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
            if os.environ.get(ALL) or seen[item.path] % 4 == 0:
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
