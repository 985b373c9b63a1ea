"""``qingshan gateway``: the HJ 212 server on a data folder, until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sqlite3
import sys
from functools import partial
from pathlib import Path

from qingshan.cli import lock
from qingshan.gateway import devices, schema
from qingshan.gateway.desk import Desk
from qingshan.gateway.doors.forward import Forwarding
from qingshan.gateway.doors.inbox import Inbox, Taker
from qingshan.gateway.journal import Journal
from qingshan.gateway.keyring import KeyLost
from qingshan.gateway.rereading import reread
from qingshan.gateway.server import Limits, serve

SETTLE_S = 10.0
"""seconds the spool may take at the end, less than the supervisor waits"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", required=True, type=Path, help=f"数据目录，流水写在其中的 {schema.FILE}")
    parser.add_argument("--host", default="127.0.0.1", help="监听地址，缺省只接受本机；0.0.0.0 为所有网口")
    parser.add_argument("--port", type=int, default=9212, help="端口，缺省 9212")
    parser.add_argument("--devices", type=Path, help=f"设备登记（TOML）；缺省为数据目录下的 {devices.FILE}，没有则接受所有设备")
    parser.add_argument("--idle", type=float, default=Limits.idle_s, metavar="S", help="多少秒无数据则断开，缺省 900")
    parser.add_argument("--links", type=int, default=Limits.links, metavar="N", help="最多连接数，缺省 2000")


def run(options: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    try:
        options.data.mkdir(parents=True, exist_ok=True)
        held = lock.hold(options.data / "gateway.lock")
        if held is None:
            print(f"没有启动：数据目录 {options.data} 已有一个网关在运行", file=sys.stderr)
            return 1
        register = _register(options)
        desk = Desk(options.data, register)
        journal = Journal(options.data / schema.FILE)
    except (OSError, sqlite3.Error, devices.DeviceError, KeyLost) as error:
        print(f"没有启动：{error}", file=sys.stderr)
        return 1
    with held:
        try:
            return asyncio.run(_serve(journal, register, desk, options))
        except KeyboardInterrupt:
            return 0
        finally:
            journal.close(SETTLE_S)
            desk.close()


def _register(options: argparse.Namespace) -> devices.Register | None:
    path = options.devices or options.data / devices.FILE
    if options.devices is None and not path.exists():
        return None
    return devices.Register(path)


async def _serve(journal: Journal, register: devices.Register | None, desk: Desk, options: argparse.Namespace) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(stopping.set))
    try:
        gateway = await serve(journal, options.host, options.port, desk, Limits(links=options.links, idle_s=options.idle))
    except OSError as error:
        print(f"没有启动：{options.host}:{options.port} 不能监听（{error.strerror or error}）；端口被占用时换 --port", file=sys.stderr)
        return 1
    who = "所有设备" if register is None else f"登记的 {len(register)} 台设备"
    print(f"ready：HJ 212 网关 {options.host}:{gateway.port}，接受{who}，流水 {journal.path}", flush=True)
    gateway.listener, desk.rereads = desk, partial(reread, journal)
    taker, forwarding = Taker(Inbox(options.data), journal).start(), Forwarding(options.data).start()
    watchers = [asyncio.create_task(desk.run())] + ([asyncio.create_task(_reread(register))] if register else [])
    await stopping.wait()
    await forwarding.close()
    await asyncio.to_thread(taker.close)
    for watcher in watchers:
        watcher.cancel()
    await gateway.close()
    await asyncio.to_thread(journal.close, SETTLE_S)
    left = f"；另有 {journal.backlog} 字节在缓存区，下次启动后入流水" if journal.backlog else ""
    print(f"已停止：本次保存 {journal.stored} 个报文，重复 {journal.repeats} 个{left}", flush=True)
    return 0


async def _reread(register: devices.Register) -> None:
    while True:
        await asyncio.sleep(5)
        try:
            register.read()
        except (devices.DeviceError, OSError) as error:
            logging.getLogger("qingshan.gateway").error("%s", error)
