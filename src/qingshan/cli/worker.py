"""``qingshan worker``: readings into hours, hours into alarms, and the periodic jobs (后台作业)."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path

from qingshan.cli import lock

log = logging.getLogger("qingshan.worker")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="数据目录（默认 QINGSHAN_DATA，否则检出目录下的 data 或个人目录下的 qingshan）")
    parser.add_argument("--every", type=float, default=1.0, help="没有新数据时的间隔，秒（默认 1）")
    parser.add_argument("--once", action="store_true", help="只做一轮就退出")


def run(options: argparse.Namespace) -> int:
    if options.data:
        os.environ["QINGSHAN_DATA"] = str(options.data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qingshan.bureau.settings")
    import django

    django.setup()
    from django.conf import settings

    held = lock.hold(Path(settings.DATA_FOLDER) / "worker.lock")
    if held is None:
        print(f"没有启动：数据目录 {settings.DATA_FOLDER} 已有一个后台作业在运行", file=sys.stderr)
        return 1
    with held:
        return loop(options.every, options.once)


def loop(every: float, once: bool = False) -> int:
    """Rounds until SIGTERM or SIGINT; a round that fails is logged and tried again, later each time."""
    from django.db import close_old_connections

    from qingshan.bureau.monitor import work

    stop = threading.Event()
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGINT"):
            signal.signal(getattr(signal, name), lambda *_: stop.set())
    print("ready 后台作业", flush=True)
    pause = every
    while not stop.is_set():
        began = time.monotonic()
        try:
            work.one_round(stop.is_set)
            pause = every
        except Exception:
            if once:
                raise
            pause = min(pause * 2, 60)
            log.exception("本轮没有做完，%.0f 秒后再试", pause)
            close_old_connections()
        if once:
            break
        stop.wait(max(0.0, pause - (time.monotonic() - began)))
    if not once:
        _seal()
    print("后台作业已停止", flush=True)
    return 0


def _seal() -> None:
    """Nothing is left unsealed over a stop; what a crash left is sealed in the first round after the next start."""
    from qingshan.bureau.base import trail

    try:
        trail.seal()
    except Exception:
        log.exception("停止前没有封存完，下次启动时封")
