"""The bureau's tests once more on PostgreSQL, on a cluster of our own in a temporary folder, where its programs are installed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]


def programs() -> Path:
    """The folder of initdb and pg_ctl, newest version first; skips where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    there = shutil.which("pg_ctl")
    folder = Path(there).parent if there else (found[0] if found else None)
    if folder is None or not (folder / "initdb").exists():
        pytest.skip("没有安装 PostgreSQL（initdb、pg_ctl），只在 SQLite 上测试")
    return folder


@pytest.fixture
def cluster(tmp_path):
    """The address of an empty database; the server listens on this machine only and ends with the test."""
    folder = programs()
    owner = {}
    if os.geteuid() == 0:
        try:
            person = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("以 root 运行而没有 postgres 用户，PostgreSQL 不肯启动")
        os.chown(tmp_path, person.pw_uid, person.pw_gid)
        for parent in tmp_path.parents[:2]:
            parent.chmod(0o755)
        owner = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = tmp_path / "cluster"
    run = {"check": True, "cwd": tmp_path, "stdout": subprocess.DEVNULL, **owner}
    subprocess.run([folder / "initdb", "-D", data, "-U", "qingshan", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"], **run)
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={tmp_path} -c fsync=off"
    subprocess.run([folder / "pg_ctl", "-D", data, "-w", "-l", tmp_path / "log", "-o", options, "start"], **run)
    try:
        subprocess.run([folder / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "qingshan", "qingshan"], **run)
        yield f"postgres://qingshan@127.0.0.1:{port}/qingshan"
    finally:
        subprocess.run([folder / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)


def test_the_bureau_works_on_postgresql_too(cluster, tmp_path):
    if os.environ.get("QINGSHAN_DATABASE_URL"):
        pytest.skip("本次已指定数据库")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not browser and not slow", "tests/bureau"]
    done = subprocess.run(command, cwd=CHECKOUT, env={**os.environ, "QINGSHAN_DATABASE_URL": cluster}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
