"""``qingshan web``: the pages, served by waitress; says ``ready`` once it listens, stops cleanly on SIGTERM and Ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

MAX_BODY = 256 * 2**20


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="数据目录（默认 QINGSHAN_DATA，否则检出目录下的 data 或个人目录下的 qingshan）")
    parser.add_argument("--host", default="127.0.0.1", help="监听地址")
    parser.add_argument("--port", type=int, default=8000, help="端口")
    parser.add_argument("--threads", type=int, default=8, help="同时办理的请求数")


def run(options: argparse.Namespace) -> int:
    if options.data:
        os.environ["QINGSHAN_DATA"] = str(options.data.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qingshan.bureau.settings")
    _answer_own_address(options.host)

    import django
    from django.db import DatabaseError

    django.setup()
    from qingshan.bureau.base import packs

    try:
        packs.found()
        waiting = _migrations_waiting()
    except DatabaseError as error:
        print(f"数据库打不开：{error}", file=sys.stderr)
        return 1
    except packs.PackFaults as error:
        print(f"制度包有误，网页服务没有启动：\n{error}", file=sys.stderr)
        return 1
    if waiting:
        print(f"数据库还差 {waiting} 步升级：先运行 qingshan manage migrate", file=sys.stderr)
        return 1
    return _serve(options)


def _answer_own_address(host: str) -> None:
    """Listening on one address means answering to it as a name."""
    if host not in ("127.0.0.1", "0.0.0.0", "::", "localhost"):  # noqa: S104 - compared, not bound
        names = [os.environ.get("QINGSHAN_HOSTS", ""), f"[{host}]" if ":" in host else host]
        os.environ["QINGSHAN_HOSTS"] = ",".join(filter(None, names))


def _migrations_waiting() -> int:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _serve(options: argparse.Namespace) -> int:
    from django.conf import settings
    from waitress import create_server

    from qingshan.bureau.wsgi import application

    scheme = {"url_scheme": "https"} if settings.HTTPS and not settings.TRUSTED_PROXIES else {}
    try:
        server = create_server(
            application, host=options.host, port=options.port, threads=options.threads,
            max_request_body_size=MAX_BODY, ident=None, clear_untrusted_proxy_headers=False, channel_timeout=120, **scheme,
        )  # fmt: skip
    except OSError as error:
        print(f"端口 {options.port} 用不了（{error.strerror or error}）：换一个端口，或先停掉占用它的程序", file=sys.stderr)
        return 1

    def stop(*_):
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    if hasattr(signal, "SIGBREAK"):
        signal.signal(signal.SIGBREAK, stop)
    host = "127.0.0.1" if options.host in ("0.0.0.0", "::") else options.host  # noqa: S104
    print(f"ready http://{f'[{host}]' if ':' in host else host}:{server.effective_port}/", flush=True)
    try:
        server.run()
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        server.close()
    return 0
