"""``qingshan backup FOLDER``: a copy of everything while the platform runs, checked by its own chain (备份)."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from qingshan.cli import verify
from qingshan.gateway.spool import FOLDER as SPOOL

LIST = "backup.json"
DUMP = "bureau.dump"
SKIPPED = (".lock", "-wal", "-shm", "-journal", ".part")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="备份放到哪个新目录")
    parser.add_argument("--data", type=Path, help="数据目录（默认 QINGSHAN_DATA，否则检出目录下的 data 或个人目录下的 qingshan）")


def run(options: argparse.Namespace) -> int:
    """0 where the copy was made and fits its chain; 1 where not, and then nothing stays under the name asked for."""
    target = options.folder
    if target.exists():
        print(f"没有备份：{target} 已存在，请换一个新目录", file=sys.stderr)
        return 1
    trail = verify.opened(options.data)
    from django.conf import settings

    source, part = Path(settings.DATA_FOLDER), target.with_name(target.name + ".part")
    if part.resolve().is_relative_to(source):
        print(f"没有备份：{target} 在数据目录里面，请放到别处，最好是另一块盘", file=sys.stderr)
        return 1
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    trail.seal()
    try:
        dumped = _database(settings.DATABASES["default"], part)
        _copy(source, part)
    except (OSError, sqlite3.Error, subprocess.CalledProcessError) as error:
        shutil.rmtree(part, ignore_errors=True)
        print(f"没有备份：{error}；腾出空间或改好后再来一次", file=sys.stderr)
        return 1
    said = {"made": datetime.now().isoformat(timespec="seconds"), "postgresql": dumped, "files": dict(digests(part))}
    (part / LIST).write_text(json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
    sentence = trail.verify() if dumped else None
    fits, words = (sentence.is_whole, sentence.sentence) if sentence else checked(part)
    if not fits:
        print(f"备份没有通过核验，留在 {part} 供查：{words}", file=sys.stderr)
        return 1
    part.rename(target)
    print(f"已备份到 {target}：{len(said['files'])} 个文件；{words}")
    return 0


def _database(database: dict, part: Path) -> bool:
    """The bureau's database first: whatever it seals is in the files copied after it. True where it is a PostgreSQL dump."""
    if database["ENGINE"].endswith("sqlite3"):
        snapshot(Path(database["NAME"]), part / "bureau.sqlite3")
        return False
    words = ["pg_dump", "--format=custom", "--no-owner", "--file", str(part / DUMP), database["NAME"]]
    subprocess.run(words, env=pg_env(database), check=True)  # noqa: S603
    return True


def pg_env(database: dict) -> dict[str, str]:
    """What PostgreSQL's programs need to reach the database; the password does not show among processes."""
    named = {f"PG{key}": database.get(key) for key in ("HOST", "PORT", "USER", "PASSWORD")}
    return {**os.environ, **{key: str(value) for key, value in named.items() if value}}


def snapshot(source: Path, target: Path) -> None:
    """A consistent copy of a SQLite file others are writing to."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(source, timeout=60)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there, pages=2000)


def _copy(source: Path, part: Path) -> None:
    """The gateway's spool before the journal it empties into; SQLite files by their own backup, the hot hours before the table
    they move to; then all other files as they lie."""
    _copy_spool(source / SPOOL, part / SPOOL)
    inside = [p for p in sorted(source.rglob("*")) if p.is_file() and not p.name.endswith(SKIPPED)]
    for path in (p for p in inside if p.suffix == ".sqlite3" and p != source / "bureau.sqlite3"):
        snapshot(path, part / path.relative_to(source))
    for path in sorted(source.rglob("*")):  # asked anew: a settled day may have come meanwhile
        if path.is_file() and path.suffix != ".sqlite3" and source / SPOOL not in path.parents and not path.name.endswith(SKIPPED):
            there = part / path.relative_to(source)
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, there)


def _copy_spool(spool: Path, there: Path) -> None:
    """A segment that goes away meanwhile is in the journal, which is copied after; its end may be cut, and is read up to there."""
    for path in sorted(spool.glob("*.spool")):
        there.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            shutil.copy2(path, there / path.name)


def digests(folder: Path) -> Iterator[tuple[str, str]]:
    """Path and SHA-256 of every file but the list itself."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != LIST and not path.name.endswith(SKIPPED):
            with path.open("rb") as file:
                yield path.relative_to(folder).as_posix(), hashlib.file_digest(file, "sha256").hexdigest()


def checked(data: Path, url: str = "") -> tuple[bool, str]:
    """Whether another data folder fits its chain, and the sentence that says so; asked of a process of its own."""
    env = {**os.environ, "QINGSHAN_DATA": str(data), "QINGSHAN_DATABASE_URL": url}
    done = subprocess.run([sys.executable, "-m", "qingshan.cli.main", "verify"], env=env, capture_output=True, text=True, check=False)
    lines = (done.stdout.strip() or done.stderr.strip() or "核验没有结果").splitlines()
    return done.returncode == 0, lines[0] if done.stdout.strip() else lines[-1]
