"""A whole demonstration district on this machine: real processes, real sockets, a real browser."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

READY_WITHIN = 300


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Process:
    """A ``qingshan`` command; `lines` is what it has said so far."""

    command: list[str]
    environment: dict[str, str]
    lines: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.child = subprocess.Popen(
            [sys.executable, "-u", "-m", "qingshan.cli.main", *self.command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", env=self.environment,
        )
        threading.Thread(target=lambda: self.lines.extend(self.child.stdout), daemon=True).start()

    def wait_for(self, words: str, within: float = READY_WITHIN) -> None:
        end = time.monotonic() + within
        while not any(words in line for line in self.lines):
            assert self.child.poll() is None, f"{self.command} 停了：{''.join(self.lines)}"
            assert time.monotonic() < end, f"{self.command} {within} 秒内没有说“{words}”：{''.join(self.lines)}"
            time.sleep(0.1)

    def stop(self) -> int:
        self.child.terminate()
        try:
            return self.child.wait(30)
        except subprocess.TimeoutExpired:
            self.child.kill()
            return self.child.wait()


@dataclass
class District:
    """Where the running district answers, and who may sign in."""

    data: Path
    url: str
    gateway_port: int
    password: str


@pytest.fixture(scope="session")
def district(tmp_path_factory):
    """The demonstration opened once for all journeys; its data loggers stay silent, the tests send the frames."""
    data = tmp_path_factory.mktemp("district")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("QINGSHAN_", "DJANGO_"))} | {"PYTHONIOENCODING": "utf-8"}
    opened = subprocess.run(
        [sys.executable, "-m", "qingshan.cli.main", "demo", "open", "--data", str(data)], env=environment, capture_output=True, text=True
    )
    assert opened.returncode == 0, opened.stdout + opened.stderr
    web, gateway = free_port(), free_port()
    processes = [
        Process(["gateway", "--data", str(data), "--host", "127.0.0.1", "--port", str(gateway)], environment),
        Process(["worker", "--data", str(data)], environment),
        Process(["web", "--data", str(data), "--host", "127.0.0.1", "--port", str(web)], environment),
    ]
    try:
        for process in processes:
            process.wait_for("ready")
        password = json.loads((data / "demo.json").read_text(encoding="utf-8"))["password"]
        yield District(data, f"http://127.0.0.1:{web}", gateway, password)
    finally:
        for process in reversed(processes):
            process.stop()


@pytest.fixture(scope="module")
def chromium():
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        pytest.skip("没有 Chromium，浏览器里的流程没有走（Debian：apt-get install chromium fonts-noto-cjk）")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def sign_in(chromium, district):
    """``sign_in("duban")`` gives a page of that person; a script error or an outside address fails the test."""
    contexts, faults = [], []

    def enter(login: str, width: int = 1366, height: int = 768):
        context = chromium.new_context(viewport={"width": width, "height": height}, locale="zh-CN", accept_downloads=True)
        context.set_default_timeout(90_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"{page.url}：{error}"))
        page.on("request", lambda r: faults.append(f"外部地址 {r.url}") if not r.url.startswith((district.url, "data:", "blob:")) else None)
        page.goto(district.url + "/login/")
        page.fill("[name=username]", login)
        page.fill("[name=password]", district.password)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login/" not in url)
        return page

    yield enter
    for context in contexts:
        context.close()
    assert not faults, "\n".join(faults)
