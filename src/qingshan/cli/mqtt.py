"""``qingshan mqtt``: the MQTT door on a data folder, until it is told to stop."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

from qingshan.cli import lock


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", required=True, type=Path, help="数据目录，其中的 mqtt.toml 写明 MQTT 服务器")


def run(options: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    os.environ["QINGSHAN_DATA"] = str(options.data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qingshan.bureau.settings")
    import django

    django.setup()
    from qingshan.bureau.monitor import subscriber

    held = lock.hold(options.data / "mqtt.lock")
    if held is None:
        print(f"没有启动：数据目录 {options.data} 已有一个 MQTT 入口在运行", file=sys.stderr)
        return 1
    with held:
        try:
            one = subscriber.Subscriber(options.data, subscriber.broker(options.data))
        except (subscriber.WrongBroker, OSError) as error:
            print(f"没有启动：{error}", file=sys.stderr)
            return 1
        for name in ("SIGTERM", "SIGINT"):
            signal.signal(getattr(signal, name), lambda *_: one.stop())
        print(f"ready：MQTT 入口，服务器 {one.broker.host}:{one.broker.port}", flush=True)
        one.run()
    return 0
