"""``qingshan reread MN``: frames of a device that were kept and not used are judged again by the gateway (重读未采用的报文)."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import datetime
from pathlib import Path

from qingshan.cli import verify

WAIT_S = 120.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("mn", help="设备编号 MN")
    parser.add_argument("--data", type=Path, help="数据目录（默认 QINGSHAN_DATA，否则检出目录下的 data 或个人目录下的 qingshan）")
    parser.add_argument("--since", type=datetime.fromisoformat, metavar="时刻", help="只重读此后收到的，如 2026-11-01；缺省为全部")
    parser.add_argument("--by", required=True, metavar="用户名", help="经办人的登录名，须有“准入设备”权限")
    parser.add_argument("--reason", required=True, help="理由，留操作记录")


def run(options: argparse.Namespace) -> int:
    """0 where the gateway has judged them, 1 where it may not or has not yet."""
    verify.opened(options.data)
    from django.core.exceptions import ObjectDoesNotExist, PermissionDenied

    from qingshan.bureau.base import audit
    from qingshan.bureau.base.errors import Refused
    from qingshan.bureau.base.models import Person
    from qingshan.bureau.monitor.actions import console

    try:
        by = Person.objects.get(username=options.by, is_active=True)
        with audit.source(by, "qingshan reread"):
            row = console.reread(options.mn, by=by, since=options.since, reason=options.reason)
    except Person.DoesNotExist:
        print(f"没有重读：没有用户“{options.by}”，或已停用", file=sys.stderr)
        return 1
    except (Refused, PermissionDenied, ObjectDoesNotExist) as no:
        print(f"没有重读：{no if isinstance(no, Refused | PermissionDenied) else f'没有设备 {options.mn}'}", file=sys.stderr)
        return 1
    until = time.monotonic() + WAIT_S
    while row.is_open and time.monotonic() < until:
        time.sleep(0.5)
        console.attend()
        row.refresh_from_db()
    if row.is_open:
        print(f"已交网关，还没有结果（网关没有运行的，启动后照办，{row.expires:%H:%M} 前有效）；结果在设备台")
        return 1
    print(row.words)
    return 0 if row.state == "done" else 1
