"""Sheets go out, come back, are looked at row by row, and only then change a list."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.ledger import queries, sheets, workbooks
from qingshan.bureau.ledger.actions.lists import SheetList, lists
from qingshan.bureau.ledger.columns import KEY, labels
from qingshan.bureau.ledger.models import SheetExport, SheetImport
from qingshan.bureau.ledger.units import Directory

AT_ONCE = 1000
"""rows that one confirmation changes; more wait for the next, so that no page hangs"""


def list_of(name: str) -> SheetList:
    """The list of a name; Refused where there is none."""
    try:
        return lists[name]
    except LookupError as unknown:
        raise Refused(str(unknown), status=404) from None


@transaction.atomic
def export_sheet(name: str, rows: list[Any], *, by: Person, about: str, title: str) -> tuple[str, bytes]:
    """A workbook of rows the person sees (导出 Excel); what it says is kept, to compare when it comes back. Without rows, a template."""
    of, now, token = list_of(name), clock.now(), secrets.token_hex(6)
    said = [(of.pk(row), of.cells(row), of.computed(row)) for row in rows]
    export = SheetExport.objects.create(list=name, at=now, by=by, token=token, rows={str(pk): cells for pk, cells, _ in said})
    note = (
        f"导出 {now:%Y-%m-%d %H:%M}，{by}；白底各列可改，改后在“导入 Excel”传回；灰底各列由平台计算。新增{of.one}写在末行之后，第一列留空"
    )
    lines = (
        {KEY: f"{token}-{pk}", **{c.title: cells[c.name] for c in of.columns if c.name in cells}, **computed}
        for pk, cells, computed in said
    )
    data = sheets.write(of.columns, lines, title, note, of.title)
    audit.record(by, f"导出{of.title}" if rows else f"下载{of.title}空表", export, None, {"rows": len(rows), "token": token})
    return f"{of.title}-{title}-{now:%m%d-%H%M}.xlsx" if rows else f"{of.title}-空表.xlsx", data


def export_tasks(judged: list[queries.Row], *, by: Person, year: int) -> tuple[str, bytes]:
    """The ledger's rows as a workbook."""
    queries.add_evidence(judged)
    queries.add_signs(judged, clock.today())
    return export_sheet("tasks", judged, by=by, about=str(year), title=f"{year}年任务台账")


@transaction.atomic
def read_import(upload: UploadedFile, *, by: Person, year: int | None = None, name: str = "tasks", about: str = "") -> SheetImport:
    """Read a sheet and work out what it would change (预览); nothing changes yet."""
    of, about = list_of(name), about or str(year or "")
    of.may_import(by)
    file = (upload.name or "未命名").replace("\\", "/").rsplit("/", 1)[-1][:200]
    if not upload.size:
        raise Refused(f"“{file}”是空文件，请检查后重新选择", field="file", status=400)
    if upload.size > workbooks.MAX_BYTES:
        raise Refused(f"“{file}”有 {upload.size / 2**20:.1f} MB，至多 {workbooks.MAX_BYTES // 2**20} MB", field="file", status=413)
    upload.seek(0)
    data = upload.read()
    found = read_sheet(of, file, data)
    sha256 = hashlib.sha256(data).hexdigest()
    earlier = SheetImport.objects.filter(list=name, about=about, sha256=sha256, state=SheetImport.State.DONE).first()
    if earlier:
        found.remarks.insert(0, f"同一份表已由{earlier.by}在 {earlier.at:%m月%d日 %H:%M} 导入过；下面只列与台账仍不同的地方")
    rows = compare(of, found.rows, by, about)
    reading = {
        "year": of.year(about), "remarks": found.remarks, "rows": rows, "n_read": len(found.rows), "n_same": len(found.rows) - len(rows),
        "passed": [{"line": one.line, "words": one.words, "why": one.why} for one in found.passed],
    }  # fmt: skip
    batch = SheetImport.objects.create(list=name, about=about, at=clock.now(), by=by, name=file, sha256=sha256, reading=reading)
    audit.record(by, f"上传{of.title}表", batch, None, {"name": file, "sha256": sha256, "rows": len(found.rows)})
    return batch


def read_sheet(of: SheetList, file: str, data: bytes) -> sheets.Reading:
    """The first visible sheet of a file that has the list's header; the others are named in the remarks."""
    opened = list(workbooks.sheets(file, data, sheets.OPTIONS))
    for one in opened:
        reading = sheets.read(of.columns, one)
        if reading is not None:
            reading.remarks += [
                f"工作表“{other.name}”没有读：一次只读第一张有表头的表" for other in opened if other is not one and other.rows
            ]
            return reading
    wanted = "”“".join(column.title for column in of.columns if column.must)
    raise Refused(
        f"“{file}”前 30 行里找不到有“{wanted}”的表头。请先从{of.title}导出 Excel 或下载空表，在里面改，再传回来", field="file", status=400
    )


def compare(of: SheetList, rows: Iterable[sheets.SheetRow], by: Person, about: str) -> list[dict]:
    """What each row of a sheet would do: change, add, clash with a newer edit, or an error; rows that change nothing are left out."""
    rows = list(rows)
    tokens = {row.token for row in rows if row.token}
    exports = {one.token: one.rows for one in SheetExport.objects.filter(token__in=tokens, list=of.name)}
    look = _Look(of, about, by, exports, of.names(by, about))
    ids = {row.pk for row in rows if row.pk}
    ids |= {pk for row in rows if not row.token for pk in look.names.get(of.name_of(row.cells), ())}
    look.there = {of.pk(one): one for one in of.some(by, ids)}
    look.now = {pk: of.cells(one) for pk, one in look.there.items()}
    found = ((row.line, look.at(row)) for row in rows)
    return [{"line": line, **result} for line, result in found if result]


class _Look:
    """One sheet held against the list as it stands."""

    def __init__(self, of: SheetList, about: str, by: Person, exports: dict, names: dict[str, list[int]]):
        self.of, self.about, self.by, self.exports, self.names = of, about, by, exports, names
        self.columns = {column.name: column for column in of.columns if column.is_open}
        self.labels = labels(of.columns)
        self.directory, self.year = Directory(), of.year(about)
        self.there: dict[int, Any] = {}
        self.now: dict[int, dict[str, str]] = {}
        self.seen: dict[int, int] = {}
        self.added: dict[str, int] = {}

    def at(self, row: sheets.SheetRow) -> dict | None:
        title = self.of.name_of(row.cells)
        if row.token and (row.pk is None or str(row.pk) not in self.exports.get(row.token, {})):
            return _error(title, "导入标记不是本台账导出的，或被改动过；没有处理这一行")
        if row.pk is not None:
            return self._keyed(row, self.exports[row.token][str(row.pk)], title)
        known = self.names.get(title, []) if title else []
        if len(known) > 1:
            return _error(title, f"没有导入标记，而同名的有 {len(known)} 项，认不出是哪一项；请从台账导出后在导出的表里改")
        if known:
            return self._named(row, known[0], title)
        return _error("", "；".join(row.errors)) if row.errors and not title else self._new(row, title)

    def _keyed(self, row: sheets.SheetRow, base: dict[str, str], title: str) -> dict | None:
        one = self.there.get(row.pk or 0)
        if one is None:
            return _error(title, "台账里没有这一项，或不在您的可见范围内")
        others = [pk for pk in self.names.get(title, []) if pk != row.pk]
        if title and title != self.of.name_of(base) and others:
            return _error(title, f"导入标记是“{self.of.name_of(base)[:30]}”的，名称却是另一项：可能只排序了部分列。请整行排序后再传")
        return self._different(row, one, base)

    def _named(self, row: sheets.SheetRow, pk: int, title: str) -> dict | None:
        """A row without a key that goes by a name the list has: what differs is asked, what is empty or not in the sheet stays."""
        one = self.there.get(pk)
        if one is None:
            return _error(title, "台账里有同名的一项，不在您的可见范围内")
        row.cells = {name: said for name, said in row.cells.items() if said}
        result = self._different(row, one, None)
        if result and result["do"] == "clash":
            result["note"] = "没有导入标记，按名称对上"
        return result

    def _different(self, row: sheets.SheetRow, one: Any, base: dict[str, str] | None) -> dict | None:
        pk = self.of.pk(one)
        title, current = self.of.name_of(self.now[pk]), self.now[pk]
        if pk in self.seen:
            return _error(title, f"与第 {self.seen[pk]} 行是同一项，请只留一行")
        self.seen[pk] = row.line
        changes, clashes, errors = [], [], list(row.errors)
        faulty = {error.split("”")[0].lstrip("“") for error in row.errors}
        for name, column in self.columns.items():
            if name not in row.cells or column.title in faulty:
                continue
            said = column.shaped(row.cells[name], self.year)
            was = current.get(name, "") if base is None else base.get(name, "")
            if said == current.get(name, "") or (base is not None and said == was) or self._same_units(column, said, current.get(name, "")):
                continue
            change = {"field": name, "label": column.title, "was": current.get(name, ""), "now": said, "base": "" if base is None else was}
            error = column.wrong(said, self.directory, self.year)
            if error:
                errors.append(f"“{column.title}”{error}")
            else:
                (changes if base is not None and was == current.get(name, "") else clashes).append(change)
        shut = self.of.shut(one) if changes or clashes else ""
        errors += [shut] if shut else []
        if not changes and not clashes and not errors:
            return None
        weighty = [c["label"] for c in changes + clashes if self.columns[c["field"]].weighty]
        if weighty and not row.basis and not errors and base is not None:
            errors.append(f"改了{'、'.join(weighty)}，须在“{sheets.BASIS}”列写明会议、文件或批示")
        do = "error" if errors else "clash" if clashes else "change"
        return {
            "do": do, "task": pk, "title": title, "version": self.of.version(one), "changes": changes, "clashes": clashes, "errors": errors,
            "basis": row.basis,
        }  # fmt: skip

    def _same_units(self, column, said: str, now: str) -> bool:
        """Whether two ways of writing units mean the same ones."""
        if column.kind not in ("units", "unit") or not said:
            return False
        matched = self.directory.match(said)
        return not matched.missing and set(matched.found) == set(self.directory.match(now).found)

    def _new(self, row: sheets.SheetRow, title: str) -> dict | None:
        must = [column for column in self.of.columns if column.must]
        if not title:
            wanted = "、".join(column.title for column in must)
            return _error("", f"没有写“{must[0].title}”；没有导入标记的行按新增处理，须有{wanted}")
        if title in self.added:
            return _error(title, f"与第 {self.added[title]} 行同名，请只留一行，或把名称写得不同")
        self.added[title] = row.line
        errors = list(row.errors)
        errors += [
            f"“{column.title}”{error}"
            for name, column in self.columns.items()
            if row.cells.get(name) and (error := column.wrong(column.shaped(row.cells[name], self.year), self.directory, self.year))
        ]
        errors += [f"没有写“{column.title}”" for column in must if not row.cells.get(column.name)]
        return {"do": "error" if errors else "add", "title": title, "errors": errors, "cells": row.cells, "basis": row.basis}


def _error(title: str, words: str) -> dict:
    return {"do": "error", "title": title, "errors": [words]}


def _typed(of: SheetList, cells: dict[str, str], directory: Directory) -> dict:
    """Cells as the fields that actions take."""
    columns = {column.name: column for column in of.columns if column.name}
    return {name: columns[name].typed(said, directory) for name, said in cells.items() if name in columns}


@transaction.atomic
def confirm_import(import_id: int, *, by: Person, take: set[int] | None = None) -> SheetImport:
    """Make the changes of a sheet that was looked at (确认导入), AT_ONCE rows at a time until all are done.

    `take` are the lines with clashes where the sheet's word shall stand; the others keep the newer edit. A row edited after the
    preview is left alone and said so; a row that an action refuses is said with its reason, and the others go on. Confirmed again
    after the end, nothing more happens.
    """
    batch = SheetImport.objects.select_for_update().get(pk=import_id, by=by)
    of = list_of(batch.list)
    of.may_import(by)
    if batch.state != SheetImport.State.WAITING:
        return batch
    done: dict[str, Any] = batch.outcome or {"changed": [], "added": [], "kept": [], "errors": [], "stale": [], "refused": {}, "take": []}
    done["take"] = sorted({*done["take"], *(take or ())})
    directory, rows, begin, names = Directory(), batch.reading["rows"], done.get("next", 0), set(of.names(by, batch.about))
    for row in rows[begin : begin + AT_ONCE]:
        try:
            with transaction.atomic():
                _make(of, row, batch, by, row["line"] in done["take"], directory, names, done)
        except (Refused, PermissionDenied) as no:
            done["refused"][str(row["line"])] = no.message if isinstance(no, Refused) else str(no)
    done["next"] = min(begin + AT_ONCE, len(rows))
    batch.outcome = done
    if done["next"] >= len(rows):
        batch.state = SheetImport.State.DONE
    batch.save(update_fields=["state", "outcome"])
    counted = {name: len(items) for name, items in done.items() if name not in ("next", "take")}
    audit.record(by, f"导入{of.title}", batch, None, {**counted, "next": done["next"]})
    return batch


def _make(
    of: SheetList, row: dict, batch: SheetImport, by: Person, takes_sheet: bool, directory: Directory, names: set[str], done: dict
) -> None:  # fmt: skip
    line, basis = row["line"], row.get("basis") or f"导入《{batch.name}》第 {row['line']} 行"
    if row["do"] == "error":
        done["errors"].append(line)
    elif row["do"] == "add":
        if of.name_of(row["cells"]) in names:
            done["stale"].append(line)
            return
        done["added"].append(of.add(by=by, fields=_typed(of, row["cells"], directory), basis=basis, about=batch.about))
        names.add(of.name_of(row["cells"]))
    else:
        one = next(iter(of.some(by, [row["task"]])), None)
        if one is None or of.version(one) != row["version"]:
            done["stale"].append(line)
            return
        changes = row["changes"] + (row["clashes"] if takes_sheet else [])
        if row["clashes"] and not takes_sheet:
            done["kept"].append(line)
        if changes:
            fields = _typed(of, {c["field"]: c["now"] for c in changes}, directory)
            of.change(row["task"], by=by, fields=fields, basis=basis, version=row["version"])
            done["changed"].append(row["task"])


@transaction.atomic
def drop_import(import_id: int, *, by: Person) -> SheetImport:
    """Put a sheet aside without importing it (先不导入); what an earlier part of it did stays."""
    batch = SheetImport.objects.select_for_update().get(pk=import_id, by=by)
    list_of(batch.list).may_import(by)
    if batch.state == SheetImport.State.WAITING:
        batch.state = SheetImport.State.DROPPED
        batch.save(update_fields=["state"])
        audit.record(by, "放弃导入", batch)
    return batch
