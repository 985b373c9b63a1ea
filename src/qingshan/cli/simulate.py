"""``qingshan simulate``: any number of devices against a gateway."""

from __future__ import annotations

import argparse
import asyncio
import sys

from qingshan.gateway.fleet import Fleet


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="网关地址")
    parser.add_argument("--port", type=int, default=9212, help="网关端口")
    parser.add_argument("--devices", type=int, default=1, metavar="N", help="多少台空气站数采仪")
    parser.add_argument("--interval", type=float, default=30.0, metavar="S", help="实时数据间隔（秒），小于 1 时用虚拟时钟尽快发送")
    parser.add_argument("--count", type=int, metavar="K", help="每台发多少次实时数据后结束；缺省一直发")
    parser.add_argument("--seed", type=int, default=212, help="随机种子：同一种子在同一时刻给同样的数")
    parser.add_argument("--faults", action="store_true", help="掺入断包、粘包、坏校验码、噪声、重复、断线")


def run(options: argparse.Namespace) -> int:
    for name in ("devices", "count"):
        value = getattr(options, name)
        if value is not None and value < 1:
            print(f"--{name} 应为正数", file=sys.stderr)
            return 2
    fleet = Fleet(options.host, options.port, options.devices, options.interval, options.count, options.seed, options.faults)
    try:
        asyncio.run(fleet.play())
    except KeyboardInterrupt:
        pass
    print(fleet.told(), flush=True)
    return 0 if fleet.unacknowledged == 0 else 1
