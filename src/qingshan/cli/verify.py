"""``qingshan verify``: does every sealed record still fit, and which is the first that does not (核验存证)."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import date
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="数据目录（默认 QINGSHAN_DATA，否则检出目录下的 data 或个人目录下的 qingshan）")
    parser.add_argument("--root", action="append", default=[], metavar="日期=根", help="通报上印的日存证根，可写几次：2026-11-18=9f3c…")
    parser.add_argument("--seal", action="store_true", help="先把还没有封的封上")
    parser.add_argument("--export", type=Path, metavar="文件", help="另把存证导出为一个文件，交 docs/verify/verify.py 独立核验")


def run(options: argparse.Namespace) -> int:
    """0 where everything fits, 1 where something does not, 2 for a root that cannot be read."""
    try:
        known = {date.fromisoformat(day): _root(root) for day, _, root in (text.partition("=") for text in options.root)}
    except ValueError as error:
        print(f"--root 应写成 2026-11-18=64 位十六进制：{error}", file=sys.stderr)
        return 2
    trail = opened(options.data)
    if options.seal:
        print(f"新封 {trail.seal()} 条")
    verdict = trail.verify(known)
    print(verdict.sentence)
    waiting = trail.waiting() if verdict.is_whole else 0
    if waiting:
        print(f"另有 {waiting} 条记录还没有封，后台作业每 10 秒封一次（文件每分钟）")
    if options.export:
        with options.export.open("w", encoding="utf-8") as file:
            file.writelines(trail.export())
        print(f"已导出 {options.export}")
    return 0 if verdict.is_whole else 1


def _root(text: str) -> str:
    if len(bytes.fromhex(text)) != 32:
        raise ValueError(text)
    return text


def opened(data: Path | None):
    """The trail of a data folder."""
    if data:
        os.environ["QINGSHAN_DATA"] = str(data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qingshan.bureau.settings")
    import django

    django.setup()
    from qingshan.bureau.base import trail

    return trail
