"""``qingshan web`` and ``manage`` as people run them: as processes, on a data folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

QINGSHAN = [sys.executable, "-m", "qingshan.cli.main"]


@pytest.fixture
def environment(tmp_path):
    return {k: v for k, v in os.environ.items() if k not in ("QINGSHAN_DATABASE_URL", "QINGSHAN_NOW")} | {"QINGSHAN_DATA": str(tmp_path)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(environment, *arguments):
    return subprocess.run([*QINGSHAN, *arguments], env=environment, capture_output=True, text=True, timeout=300)


def test_the_pages_are_served_from_a_migrated_folder_and_end_cleanly(environment, tmp_path):
    told = run(environment, "web", "--port", str(free_port()))
    assert told.returncode == 1
    assert "先运行 qingshan manage migrate" in told.stderr

    assert run(environment, "manage", "migrate", "--verbosity", "0").returncode == 0
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0
    assert "没有改动" not in run(environment, "manage", "sync_roles").stdout
    assert "没有改动" in run(environment, "manage", "sync_roles").stdout
    assert "封印完好" in run(environment, "manage", "verify_audit").stdout

    port = free_port()
    server = subprocess.Popen([*QINGSHAN, "web", "--port", str(port)], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout.readline() == f"ready http://127.0.0.1:{port}/\n"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/login/", timeout=30) as answer:
            assert "登录" in answer.read().decode()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/static/web/base.css", timeout=30) as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        second = run(environment, "web", "--port", str(port))
        assert second.returncode == 1
        assert f"端口 {port} 用不了" in second.stderr
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
    finally:
        server.kill()


def test_a_faulty_pack_keeps_the_pages_from_starting_and_says_all(environment, tmp_path):
    (tmp_path / "packs" / "own" / "roles").mkdir(parents=True)
    (tmp_path / "packs" / "own" / "roles" / "x.toml").write_text('name = "x"\ntitel = "甲"\n', "utf-8")
    told = run(environment, "web", "--port", str(free_port()))
    assert told.returncode == 1
    assert "packs/own/roles/x.toml 第 2 行：没有键“titel”" in told.stderr
    assert "packs/own/roles/x.toml：缺少键“title”" in told.stderr
