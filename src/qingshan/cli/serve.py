"""``qingshan serve``: web, gateway and worker (and the demonstration's devices) under one supervisor.

Standard library only: the supervisor starts the others as child processes, keeps what they say in ``<data>/logs``,
starts a fallen one again, and on Ctrl-C or SIGTERM stops all of them in order.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from qingshan.cli import lock

READY_WITHIN = 90
STOP_WITHIN = 20
LOG_SIZE = 10 * 2**20


@dataclass
class Child:
    """One supervised process; it is up once it has printed a line with “ready”."""

    title: str
    arguments: list[str]
    log: Path
    process: subprocess.Popen | None = None
    up: threading.Event = field(default_factory=threading.Event)
    falls: int = 0
    again_at: float = 0.0

    def start(self, environment: dict[str, str]) -> None:
        away = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if os.name == "nt" else {"start_new_session": True}
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "qingshan.cli.main", *self.arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, **away,
        )
        threading.Thread(target=self._listen, args=(self.process,), daemon=True).start()

    def _listen(self, process: subprocess.Popen) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_SIZE:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            for line in process.stdout:
                log.write(line)
                log.flush()
                if b"ready" in line:
                    self.up.set()

    def last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if self.log.exists() else []
        return lines[-1] if lines else "没有留下日志"

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.CTRL_BREAK_EVENT if os.name == "nt" else signal.SIGTERM)

    def wait(self, seconds: float) -> None:
        if self.process:
            try:
                self.process.wait(max(seconds, 0.1))
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", required=True, type=Path, help="数据目录")
    parser.add_argument("--host", default="127.0.0.1", help="监听地址")
    parser.add_argument("--port", type=int, default=8000, help="网页端口")
    parser.add_argument("--gateway-port", type=int, default=9212, help="HJ 212 网关端口")
    parser.add_argument("--demo", action="store_true", help="开演示区县并模拟它的监测设备")


def run(options: argparse.Namespace) -> int:
    data = options.data.resolve()
    data.mkdir(parents=True, exist_ok=True)
    held = lock.hold(data / "serve.lock")
    if held is None:
        print(f"没有启动：数据目录 {data} 已有一个青山在运行；先停掉它，或用 --data 换一个目录", file=sys.stderr)
        return 1
    environment = {**os.environ, "QINGSHAN_DATA": str(data), "PYTHONIOENCODING": "utf-8"}
    prepare = ["demo", "open"] if options.demo else ["init"]
    done = subprocess.run([sys.executable, "-m", "qingshan.cli.main", *prepare, "--data", str(data)], env=environment)
    if done.returncode:
        return done.returncode
    with held:
        return supervise(children(options, data), environment, lambda: greet(options, data))


def children(options: argparse.Namespace, data: Path) -> list[Child]:
    logs = data / "logs"
    logs.mkdir(exist_ok=True)
    here = ["--data", str(data)]
    gateway = ["--host", options.host, "--port", str(options.gateway_port)]
    known = [
        Child("HJ 212 网关", ["gateway", *here, *gateway], logs / "gateway.log"),
        Child("网页", ["web", *here, "--host", options.host, "--port", str(options.port)], logs / "web.log"),
        Child("后台作业", ["worker", *here], logs / "worker.log"),
    ]
    if (data / "mqtt.toml").exists():
        known.append(Child("MQTT 入口", ["mqtt", *here], logs / "mqtt.log"))
    if options.demo:
        known.append(Child("演示设备", ["demo", "play", *here, "--port", str(options.gateway_port)], logs / "devices.log"))
    return known


def supervise(all_children: list[Child], environment: dict[str, str], when_ready) -> int:
    """Run the children until told to stop; a child that falls is started again, later each time."""
    stopping = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stopping.set())
    try:
        for child in all_children:
            child.start(environment)
        if wait_until_up(all_children, stopping):
            when_ready()
            while not stopping.wait(0.5):
                for child in all_children:
                    revive(child, environment)
            return 0
        return 0 if stopping.is_set() else 1
    finally:
        print("正在停止 …", flush=True)
        end = time.monotonic() + STOP_WITHIN
        for child in reversed(all_children):
            child.stop()
        for child in reversed(all_children):
            child.wait(end - time.monotonic())
        print("已停止，数据都在。", flush=True)


def wait_until_up(all_children: list[Child], stopping: threading.Event) -> bool:
    end = time.monotonic() + READY_WITHIN
    waiting = list(all_children)
    while waiting and not stopping.is_set():
        for child in list(waiting):
            if child.up.is_set():
                waiting.remove(child)
            elif child.process.poll() is not None or time.monotonic() > end:
                time.sleep(0.2)
                words = f"{child.title}没有起来：{child.last_words()}（详情见 {child.log}）"
                print(f"没有启动：{words}", file=sys.stderr)
                return False
        time.sleep(0.05)
    return not waiting


def revive(child: Child, environment: dict[str, str]) -> None:
    if child.process.poll() is None:
        return
    if not child.again_at:
        child.falls += 1
        pause = min(2**child.falls, 60)
        child.again_at = time.monotonic() + pause
        print(f"{child.title}停了（{child.last_words()}），{pause} 秒后重新启动", file=sys.stderr, flush=True)
    elif time.monotonic() >= child.again_at:
        child.again_at = 0.0
        child.start(environment)


def greet(options: argparse.Namespace, data: Path) -> None:
    shown = "127.0.0.1" if options.host in ("0.0.0.0", "::") else options.host  # noqa: S104
    print("\n青山已运行")
    print(f"  网页          http://{shown}:{options.port}/")
    print(f"  HJ 212 网关   {shown}:{options.gateway_port}")
    print(f"  数据目录      {data}")
    marker = data / "demo.json"
    if marker.exists():
        told = json.loads(marker.read_text(encoding="utf-8"))
        print(f"  演示区县      {told['district']}（{told['notice']}）")
        print(f"  演示账号      密码都是 {told['password']}")
        for person in told["people"]:
            print(f"    {person['login']:<10}{person['name']}　{person['post']}")
    print("  停止          Ctrl-C\n", flush=True)
