"""One command runs everything, stops cleanly, loses nothing, and says in one line why it will not start."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.journeys.conftest import Process, free_port

CHECKOUT = Path(__file__).resolve().parents[2]


def environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith(("QINGSHAN_", "DJANGO_"))} | {"PYTHONIOENCODING": "utf-8"}


def serve(data: Path, web: int, gateway: int) -> Process:
    return Process(["serve", "--demo", "--data", str(data), "--port", str(web), "--gateway-port", str(gateway)], environment())


def frames(data: Path) -> set[tuple]:
    with sqlite3.connect(f"file:{data / 'journal.sqlite3'}?mode=ro", uri=True) as journal:
        return set(journal.execute("SELECT id, chain FROM frame"))


def kill_web(port: int) -> None:
    found = subprocess.run(["pgrep", "-f", f"cli.main web .*--port {port}"], capture_output=True, text=True).stdout.split()
    os.kill(int(found[0]), signal.SIGKILL)


def until_answered(url: str, within: float = 60) -> None:
    end = time.monotonic() + within
    while True:
        try:
            assert urllib.request.urlopen(url, timeout=5).status == 200
            return
        except OSError:
            assert time.monotonic() < end, f"{url} 没有重新起来"
            time.sleep(0.5)


def accounts(data: Path) -> list[tuple]:
    with sqlite3.connect(f"file:{data / 'bureau.sqlite3'}?mode=ro", uri=True) as bureau:
        return bureau.execute("SELECT username, password FROM base_person ORDER BY id").fetchall()


@pytest.mark.skipif(os.name == "nt" or not shutil.which("pgrep"), reason="用 POSIX 信号与 pgrep")
def test_serve_revives_a_fallen_child_stops_on_ctrl_c_and_a_second_start_loses_nothing(tmp_path):
    data, web, gateway = tmp_path / "data", free_port(), free_port()
    first = serve(data, web, gateway)
    first.wait_for("Ctrl-C")
    said = "".join(first.lines)
    assert f"http://127.0.0.1:{web}/" in said
    assert "duban" in said
    assert urllib.request.urlopen(f"http://127.0.0.1:{web}/login/", timeout=20).status == 200
    kill_web(web)
    first.wait_for("重新启动")
    until_answered(f"http://127.0.0.1:{web}/login/")
    kept, people = frames(data), accounts(data)
    assert kept, "演示设备的报文应已到网关"

    again = subprocess.run(
        [sys.executable, "-m", "qingshan.cli.main", "serve", "--demo", "--data", str(data), "--port", str(free_port())],
        env=environment(), capture_output=True, text=True, timeout=180,
    )
    assert again.returncode == 1
    assert "已有一个青山在运行" in again.stderr

    first.child.send_signal(signal.SIGINT)
    assert first.child.wait(40) == 0
    assert "已停止" in "".join(first.lines)
    for port in (web, gateway):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0, f"{port} 还有人在听"

    second = serve(data, web, gateway)
    second.wait_for("Ctrl-C")
    assert kept <= frames(data)
    assert accounts(data) == people
    assert second.stop() == 0


def test_a_port_in_use_gets_one_clear_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run([sys.executable, "start.py", "--port", str(port)], cwd=CHECKOUT, capture_output=True, text=True, timeout=180)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"端口 {port} 不能用" in done.stderr
    assert f"--port {port + 1}" in done.stderr


def test_a_real_bureau_is_never_turned_into_the_demonstration(tmp_path):
    command = [sys.executable, "-m", "qingshan.cli.main"]
    opened = subprocess.run([*command, "init", "--data", str(tmp_path)], env=environment(), capture_output=True, text=True, timeout=300)
    assert opened.returncode == 0, opened.stderr
    assert "一次性密码" in opened.stdout
    refused = subprocess.run([*command, "demo", "open", "--data", str(tmp_path)], env=environment(), capture_output=True, text=True, timeout=300)
    assert refused.returncode == 1
    assert "已有一个局" in refused.stderr
    assert [name for name, _ in accounts(tmp_path)] == ["admin"]
