"""Files that arrive in a folder (文件夹收取): read when whole, delivered to the journal, answered row by row, kept.

A file is moved to ``done/`` or ``faulty/`` only once what is in order has been delivered and the answer is written beside it. Stopped in
between, it is read again: the deliveries are the same, and the journal knows them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from fnmatch import fnmatch
from pathlib import Path

from django.conf import settings

from qingshan.bureau.base import audit, clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.monitor.actions.imports import known_stations
from qingshan.bureau.monitor.drops import ANSWER, DONE, FAULTY, Drop, folder
from qingshan.gateway.doors.delivery import BEIJING, Delivery, Line, identity, value_text
from qingshan.gateway.doors.inbox import Inbox
from qingshan.lake import columns, imports
from qingshan.lake.imports.cells import plain
from qingshan.terms import items

A_PARCEL = 2_000
HOUR = timedelta(hours=1)
_seen: dict[Path, tuple[int, int]] = {}


def take_files() -> str:
    """Every file that is whole; returns what was done, in words."""
    taken = faulty = 0
    for drop in packs.all("drops", at=clock.now().date()).values():
        for path in whole_files(drop):
            if take_file(drop, path):
                taken += 1
            else:
                faulty += 1
    return f"收取文件 {taken} 份" + (f"，有误 {faulty} 份" if faulty else "") if taken or faulty else ""


def whole_files(drop: Drop) -> Iterator[Path]:
    """Files of the folder that have not changed since the last look and for `settle` seconds, oldest first."""
    here = folder(drop)
    for part in (DONE, FAULTY):
        (here / part).mkdir(parents=True, exist_ok=True)
    found = []
    for path in here.iterdir():
        name = path.name.lower()
        if path.is_symlink() or not path.is_file() or name.startswith((".", "~$")) or not any(fnmatch(name, f.lower()) for f in drop.files):
            continue
        stat = path.stat()
        before, _seen[path] = _seen.get(path), (stat.st_size, stat.st_mtime_ns)
        if before == _seen[path] and datetime.now().timestamp() - stat.st_mtime >= drop.settle:
            found.append((stat.st_mtime_ns, path))
    for _, path in sorted(found):
        yield path


def take_file(drop: Drop, path: Path) -> bool:
    """Read, deliver, answer, move; returns whether everything of it was in order. Raises OSError where the disk fails."""
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    try:
        table, seen, offset = read(drop, path.name, data)
    except imports.ImportRefused as no:
        answer = [("", "", path.name, f"整份退回：{no}")]
        hours, fine = 0, False
    else:
        lines, uncoded = lines_of(table, seen, offset)
        deliver(path.name, digest, seen.digest, lines)
        answer = list(_answer(table, seen, uncoded))
        hours, fine = len(lines), seen.n_errors == 0 and not uncoded and bool(lines)
    _keep(drop, path, digest, answer, fine)
    audit.record(None, "收取文件", f"《{path.name[-80:]}》", None, {"drop": drop.name, "sha256": digest, "hours": hours, "fine": fine})
    return fine


def read(drop: Drop, name: str, data: bytes) -> tuple[imports.Table, imports.Preview, timedelta]:
    """The file by the declared mapping, and how far its clock is behind Beijing's; raises ImportRefused."""
    said = imports.Mapping.fromdict(drop.mapping)
    table = imports.read_table(name, data, said.sheet or None, said.encoding or None)
    stations = known_stations(None, said.medium)
    if drop.stations:
        stations = {n: code for n, code in stations.items() if code in drop.stations}
    proposed = not (said.time or said.date)
    mapping = imports.propose(table, stations, said.medium) if proposed else said
    if proposed and drop.mapping:  # only what the file cannot say: the label, the medium, detection limits
        mapping = imports.Mapping.fromdict(mapping.asdict() | {k: v for k, v in drop.mapping.items() if k not in ("sheet", "encoding")})
    offset = _offset(drop.zone)
    return table, imports.preview(table, mapping, stations, clock.now() + HOUR - offset), offset


def _offset(zone: str) -> timedelta:
    hours = int(zone[:3])
    return BEIJING.utcoffset(None) - timezone(timedelta(hours=hours)).utcoffset(None)


def lines_of(table: imports.Table, seen: imports.Preview, offset: timedelta) -> tuple[list[Line], list[str]]:
    """A line a station-hour, and the items that have no factor code and so cannot be delivered."""
    codes = {n: items.get(n).codes for n in seen.rows.column_names if n not in columns.KEYS}
    lines = []
    for row in seen.rows.to_pylist():
        flags = columns.parse_flags(row["flags"])
        values = {
            codes[n][0]: {"Avg": value_text(row[n]), **({"Flag": flags[n]} if n in flags else {})}
            for n in codes if codes[n] and row[n] is not None
        }  # fmt: skip
        if values:
            start = row["time"] + offset - HOUR
            raw = "\n".join(f"第 {n} 行 {_text(table.rows[n - 1])}" for n in seen.lines[row["station"], row["time"]])
            lines.append(Line(row["station"], "hour", start.isoformat(), values, raw))
    return lines, [n for n, known in codes.items() if not known]


def deliver(name: str, digest: str, content: str, lines: list[Line]) -> None:
    """Put the lines into the inbox; the same file read the same way is the same deliveries."""
    inbox = Inbox(settings.DATA_FOLDER)
    for at in range(0, len(lines), A_PARCEL):
        inbox.drop(Delivery("file", name[-200:], identity("file", digest, content, str(at)), lines[at : at + A_PARCEL]))


def _text(row: list) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(plain(c) for c in row)
    return out.getvalue()


def _answer(table: imports.Table, seen: imports.Preview, uncoded: list[str]) -> Iterator[tuple]:
    """(row, column, value, what became of it) for every row of the file."""
    taken = {n for numbers in seen.lines.values() for n in numbers}
    faults: dict[int, list[imports.RowError]] = {}
    for error in seen.errors:
        faults.setdefault(error.row, []).append(error)
    for name in uncoded:
        yield ("", name, "", f"{name} 没有因子编码，这一列没有收取")
    for number, row in enumerate(table.rows, 1):
        for error in faults.get(number, ()):
            yield (number, error.column, error.value, f"{'本值' if number in taken else '本行'}未收取：{error.message}")
        if number in taken:
            yield (number, "", _text(row)[:200], "其余值已收取" if number in faults else "已收取")
    if seen.n_errors > len(seen.errors):
        yield ("", "", "", f"问题共 {seen.n_errors} 处，只列出前 {len(seen.errors)} 处")
    for notice in seen.notices:
        yield ("", "", "", f"说明：{notice}")


def _keep(drop: Drop, path: Path, digest: str, answer: list[tuple], fine: bool) -> None:
    """The answer beside where the file will stand, then the file."""
    to = folder(drop) / (DONE if fine else FAULTY) / f"{clock.now():%Y%m%d-%H%M%S}-{digest[:8]}-{path.name}"
    beside = to.with_name(to.name + ANSWER)
    with beside.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([("行", "列", "值", "结果"), *answer])
        file.flush()
        os.fsync(file.fileno())
    path.replace(to)
    _seen.pop(path, None)


def take_again(drop: str, name: str, *, by: Person) -> None:
    """Put a faulty file back to be read again (重新收取), once the declaration or the stations have been put right."""
    need(by, "monitor.import_observations", "重新收取文件需要“导入观测数据”权限")
    path = kept_file(drop, name, FAULTY)
    back = folder(drop) / name[25:]  # less the time and digest put before it
    if back.exists():
        raise Refused(f"文件夹里已有《{back.name}》，请先等它收取完")
    path.replace(back)
    path.with_name(path.name + ANSWER).unlink(missing_ok=True)
    audit.record(by, "重新收取文件", f"《{back.name[-80:]}》", None, {"drop": drop})


def take_delivery_again(name: str, *, by: Person) -> None:
    """Put a delivery that was set aside back into the inbox."""
    need(by, "monitor.import_observations", "重新收取需要“导入观测数据”权限")
    try:
        Inbox(settings.DATA_FOLDER).again(name)
    except LookupError as no:
        raise Refused(str(no), status=404) from None
    audit.record(by, "重新收取来件", name[:120], None, None)


def kept_file(drop: str, name: str, part: str) -> Path:
    """A kept file or answer of a declared folder; Refused where there is none."""
    path = folder(drop) / part / name
    if drop not in packs.all("drops") or part not in (DONE, FAULTY) or Path(name).name != name or not path.is_file():
        raise Refused(f"没有文件《{name[:80]}》", status=404)
    return path


def delivery_aside(name: str) -> bytes:
    """The bytes of a delivery set aside; Refused where there is none."""
    try:
        return Inbox(settings.DATA_FOLDER).read_aside(name)
    except LookupError as no:
        raise Refused(str(no), status=404) from None
