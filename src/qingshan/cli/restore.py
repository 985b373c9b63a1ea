"""``qingshan restore BACKUP``: a data folder out of a backup, refused where its chain does not fit (恢复)."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from qingshan.cli.backup import DUMP, LIST, checked, digests, pg_env


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("backup", type=Path, help="qingshan backup 做的目录")
    parser.add_argument("--data", type=Path, required=True, help="恢复到哪个目录，须不存在或是空的")


def run(options: argparse.Namespace) -> int:
    """0 where the folder stands restored; 1 where nothing was, and why."""
    backup, target = options.backup, options.data
    problem = _problem(backup, target)
    if problem:
        print(f"没有恢复：{problem}", file=sys.stderr)
        return 1
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(backup, part, ignore=shutil.ignore_patterns(LIST, DUMP))
    url = os.environ.get("QINGSHAN_DATABASE_URL", "") if (backup / DUMP).exists() else ""
    try:
        if url:
            _load(backup / DUMP, url)
        fits, words = checked(part, url)
    except subprocess.CalledProcessError as error:
        fits, words = False, f"pg_restore 没有做完（{error.returncode}）"
    if not fits:
        shutil.rmtree(part)
        if url:
            _empty(url)
        print(f"没有恢复：备份与存证不符，{words}", file=sys.stderr)
        return 1
    if target.exists():
        target.rmdir()
    part.rename(target)
    print(f"已恢复到 {target}；{words}")
    return 0


def _problem(backup: Path, target: Path) -> str:
    if not (backup / LIST).is_file():
        return f"{backup} 不是完整的备份（缺 {LIST}）"
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        return f"{target} 不是空目录；恢复不覆盖已有的数据"
    try:
        wanted = json.loads((backup / LIST).read_text(encoding="utf-8"))["files"]
    except (ValueError, KeyError):
        return f"{backup / LIST} 读不出来：它被改动或损坏"
    there = dict(digests(backup))
    for name in sorted(wanted.keys() | there.keys()):
        if name not in there:
            return f"备份里缺少 {name}"
        if wanted.get(name) != there[name]:
            return f"备份里的 {name} 与备份时不同：它被改动、损坏或是后来放进去的"
    if (backup / DUMP).exists():
        url = os.environ.get("QINGSHAN_DATABASE_URL", "")
        if not url:
            return "备份用的是 PostgreSQL，请在 QINGSHAN_DATABASE_URL 写明恢复到哪个空库"
        if _psql(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") != "0":
            return "QINGSHAN_DATABASE_URL 所指的库不是空的；恢复不覆盖已有的数据"
    return ""


def _target(url: str) -> dict:
    from qingshan.bureau.settings import _database

    return _database(url)


def _load(dump: Path, url: str) -> None:
    database = _target(url)
    words = ["pg_restore", "--no-owner", "--exit-on-error", "--dbname", database["NAME"], str(dump)]
    subprocess.run(words, env=pg_env(database), check=True)  # noqa: S603


def _psql(url: str, sql: str) -> str:
    database = _target(url)
    words = ["psql", "-XAtq", "-d", database["NAME"], "-c", sql]
    done = subprocess.run(words, env=pg_env(database), capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout.strip()


def _empty(url: str) -> None:
    """The database as it was found: empty, asked before."""
    _psql(url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
