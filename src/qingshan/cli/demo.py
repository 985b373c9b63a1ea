"""``qingshan demo open`` opens the demonstration district; ``qingshan demo play`` is its data loggers."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from qingshan.cli import init


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["open", "play"], help="open 开演示区县；play 模拟它的监测设备")
    parser.add_argument("--data", required=True, type=Path, help="数据目录")
    parser.add_argument("--host", default="127.0.0.1", help="网关地址")
    parser.add_argument("--port", type=int, default=9212, help="网关端口")


def run(options: argparse.Namespace) -> int:
    return open_demo(options.data) if options.what == "open" else play(options)


def open_demo(data: Path) -> int:
    """Open it once; a data folder that is a demonstration already, or a real bureau, is left as it is."""
    init.prepare(data)
    from qingshan.bureau.base.models import Person
    from qingshan.demo import opening

    if (data / "demo.json").exists():
        return 0
    if Person.objects.exists():
        print(f"没有启动：数据目录 {data} 里已有一个局，不能再开演示；用 --empty 打开它，或用 --data 换一个目录", file=sys.stderr)
        return 1
    print("正在开演示区县 …", flush=True)
    (data / "demo.json").write_text(json.dumps(opening.open_all(data), ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


def play(options: argparse.Namespace) -> int:
    from qingshan.bureau.base import clock
    from qingshan.demo.devices import Loggers

    loggers = Loggers(options.data, options.host, options.port, clock.now)
    for name in ("SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        asyncio.run(loggers.play())
    except KeyboardInterrupt:
        pass
    return 0
