"""``qingshan manage [--data DIR] COMMAND …``: Django's commands and the bureau's (migrate, sync_roles, verify_audit, shell …)."""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="数据目录（默认 QINGSHAN_DATA，否则检出目录下的 data 或个人目录下的 qingshan）")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="命令与参数，如 migrate、sync_roles、verify_audit")


def run(options: argparse.Namespace) -> int:
    if options.data:
        os.environ["QINGSHAN_DATA"] = str(options.data.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qingshan.bureau.settings")

    import django
    from django.core.management import execute_from_command_line

    django.setup()
    from qingshan.bureau.base import audit

    with audit.source(None, "命令行"):
        execute_from_command_line(["qingshan manage", *(options.command or ["help"])])
    return 0
