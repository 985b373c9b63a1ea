"""Sheets go out, come back, are looked at row by row, and only then change the ledger."""

from __future__ import annotations

import hashlib
import secrets

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.ledger import fields as rules
from qingshan.bureau.ledger import queries, sheets
from qingshan.bureau.ledger.actions.tasks import add_task, edit_task
from qingshan.bureau.ledger.models import SheetExport, SheetImport, Task
from qingshan.bureau.ledger.units import Directory

LABELS = {name: title for title, name in sheets.EDITABLE.items()}
IMPORT = "导入台账需要“导入 Excel”权限"


@transaction.atomic
def export_tasks(judged: list[queries.Row], *, by: Person, year: int) -> tuple[str, bytes]:
    """A workbook of rows the person sees (导出 Excel); what it says is kept, to compare when it comes back. Returns (name, bytes)."""
    queries.add_evidence(judged)
    now, token = clock.now(), secrets.token_hex(6)
    export = SheetExport.objects.create(at=now, by=by, token=token, rows={str(row.task.pk): sheets.cells(row) for row in judged})
    note = (
        f"导出 {now:%Y-%m-%d %H:%M}，{by}；白底各列可改，改后在台账“导入 Excel”传回；灰底各列由平台计算。新增任务写在末行之后，第一列留空"
    )
    data = sheets.write(judged, token, f"{year}年任务台账", note)
    audit.record(by, "导出台账", export, None, {"rows": len(judged), "token": token})
    return f"任务台账-{year}-{now:%m%d-%H%M}.xlsx", data


@transaction.atomic
def read_import(upload: UploadedFile, *, by: Person, year: int) -> SheetImport:
    """Read a sheet and work out what it would change (预览); nothing changes yet."""
    need(by, "ledger.import_tasks", IMPORT)
    name = (upload.name or "未命名").replace("\\", "/").rsplit("/", 1)[-1][:200]
    if not upload.size:
        raise Refused(f"“{name}”是空文件，请检查后重新选择", field="file", status=400)
    if upload.size > sheets.MAX_BYTES:
        raise Refused(f"“{name}”有 {upload.size / 2**20:.1f} MB，至多 {sheets.MAX_BYTES // 2**20} MB", field="file", status=413)
    upload.seek(0)
    data = upload.read()
    rows, remarks = sheets.read(name, data)
    sha256 = hashlib.sha256(data).hexdigest()
    earlier = SheetImport.objects.filter(sha256=sha256, state=SheetImport.State.DONE).first()
    if earlier:
        remarks.insert(0, f"同一份表已由{earlier.by}在 {earlier.at:%m月%d日 %H:%M} 导入过；下面只列与台账仍不同的地方")
    reading = {"year": year, "remarks": remarks, "rows": compare(rows, by, year)}
    batch = SheetImport.objects.create(at=clock.now(), by=by, name=name, sha256=sha256, reading=reading)
    audit.record(by, "上传台账表", batch, None, {"name": name, "sha256": sha256, "rows": len(rows)})
    return batch


def compare(rows: list[sheets.SheetRow], by: Person, year: int) -> list[dict]:
    """What each row of a sheet would do: change, add, clash with a newer edit, or an error; rows that change nothing are left out."""
    directory = Directory()
    exports = {e.token: e.rows for e in SheetExport.objects.filter(token__in={r.token for r in rows if r.token})}
    ids = {r.task for r in rows if r.task}
    tasks = {
        t.pk: t for t in Task.objects.within(by).filter(pk__in=ids).prefetch_related("leads", "coops").select_related("finding", "plan")
    }
    now = {row.task.pk: sheets.cells(row) for row in queries.judged_rows(list(tasks.values()), clock.today())}
    titles = {(t.title, t.year) for t in Task.objects.within(by).live().filter(year=year)}
    seen: dict[int, int] = {}
    found = []
    for row in rows:
        result = _compared(row, exports, tasks, now, titles, seen, directory, year)
        if result:
            found.append({"line": row.line, **result})
    return found


def _compared(row, exports, tasks, now, titles, seen, directory, year) -> dict | None:
    if row.token and (row.task is None or row.token not in exports or str(row.task) not in exports[row.token]):
        return {"do": "error", "errors": ["导入标记不是本台账导出的，或被改动过；没有处理这一行"], "title": row.cells.get("title", "")}
    if row.task is None:
        return _added(row, titles, directory, year)
    task = tasks.get(row.task)
    if task is None:
        return {"do": "error", "errors": ["台账里没有这一项，或不在您的可见范围内"], "title": row.cells.get("title", "")}
    if row.task in seen:
        return {"do": "error", "errors": [f"与第 {seen[row.task]} 行是同一项任务，请只留一行"], "title": task.title}
    seen[row.task] = row.line
    base, current = exports[row.token][str(row.task)], now[row.task]
    changes, clashes, errors = [], [], []
    for name, said in row.cells.items():
        said = _same_shape(name, said, task.year)
        if said == base.get(name, "") or said == current[name]:
            continue
        error = _wrong(name, said, directory, task.year)
        change = {"field": name, "label": LABELS[name], "was": current[name], "now": said, "base": base.get(name, "")}
        if error:
            errors.append(f"“{LABELS[name]}”{error}")
        elif base.get(name, "") != current[name]:
            clashes.append(change)
        else:
            changes.append(change)
    if (changes or clashes) and not task.is_going:
        errors.append(f"这一项{task.get_state_display()}，不能改；确需改请先恢复办理")
    if not changes and not clashes and not errors:
        return None
    weighty = [c["label"] for c in changes + clashes if c["field"] in ("value", "operator", "deadline", "leads")]
    if weighty and not row.basis and not errors:
        errors.append(f"改了{'、'.join(weighty)}，须在“改动依据”列写明会议、文件或批示")
    do = "error" if errors else "clash" if clashes else "change"
    return {
        "do": do,
        "task": task.pk,
        "title": task.title,
        "version": task.version,
        "changes": changes,
        "clashes": clashes,
        "errors": errors,
        "basis": row.basis,
    }


def _added(row, titles, directory, year) -> dict | None:
    title = row.cells.get("title", "")
    if not title:
        return {"do": "error", "errors": ["没有写“任务”；没有导入标记的行按新增处理，须有任务、牵头单位、期限"], "title": ""}
    if (title, year) in titles:
        return None
    errors = [
        f"“{LABELS[name]}”{error}"
        for name, said in row.cells.items()
        if (error := _wrong(name, _same_shape(name, said, year), directory, year))
    ]
    errors += [f"没有写“{label}”" for name, label in (("leads", "牵头单位"), ("deadline", "期限")) if not row.cells.get(name)]
    kind = "target" if row.kind == "目标" else "task"
    return {"do": "error" if errors else "add", "title": title, "errors": errors, "cells": row.cells, "kind": kind, "basis": row.basis}


def _same_shape(name: str, said: str, year: int) -> str:
    """A cell in the shape the export gave it, so that only real changes count."""
    try:
        if name == "deadline" and said:
            return rules.deadline_of(said, year).isoformat()
        if name == "value" and said and "/" not in said:
            return sheets.plain(rules.number(said)[0])
        if name == "operator" and said:
            return dict(Task._meta.get_field("operator").choices).get(rules.operator_of(said), said)
    except Refused:
        return said
    return said


def _wrong(name: str, said: str, directory: Directory, year: int) -> str:
    """What is wrong with a cell, or nothing."""
    try:
        if name == "deadline" and said:
            rules.deadline_of(said, year)
        elif name == "value":
            rules.number(said)
        elif name == "operator":
            rules.operator_of(said)
        elif name == "rhythm" and said and said not in Task.Rhythm.labels:
            return f"写成“{said[:20]}”，可写：{'、'.join(Task.Rhythm.labels)}"
        elif name in ("leads", "coops"):
            missing = directory.match(said).missing
            if missing:
                return f"里没有单位“{missing[0][:20]}”，请按单位表的简称写，几个单位之间用顿号"
        elif name == "title" and not said:
            return "不能空着"
        elif name == "title" and len(said) > 300:
            return f"有 {len(said)} 字，至多 300 字"
    except Refused as refused:
        return refused.message.removeprefix("期限").removeprefix("数值").removeprefix("比较")
    return ""


def _fields(cells: dict[str, str], directory: Directory) -> dict:
    """Cells as the fields that actions take."""
    fields: dict = {}
    for name, said in cells.items():
        if name in ("leads", "coops"):
            fields[name] = [unit.pk for unit in directory.match(said).found]
        elif name == "rhythm":
            fields[name] = dict(zip(Task.Rhythm.labels, Task.Rhythm.values)).get(said, "month")
        else:
            fields[name] = said
    return fields


@transaction.atomic
def confirm_import(import_id: int, *, by: Person, take: set[int] | None = None) -> SheetImport:
    """Make the changes of a sheet that was looked at (确认导入).

    `take` are the lines with clashes where the sheet's word shall stand; the others keep the newer edit. A row edited after the
    preview is left alone and said so. Confirmed twice, nothing more happens.
    """
    need(by, "ledger.import_tasks", IMPORT)
    batch = SheetImport.objects.select_for_update().get(pk=import_id, by=by)
    if batch.state != SheetImport.State.WAITING:
        return batch
    take, directory = take or set(), Directory()
    done: dict[str, list] = {"changed": [], "added": [], "kept": [], "errors": [], "stale": []}
    for row in batch.reading["rows"]:
        line = row["line"]
        if row["do"] == "error":
            done["errors"].append(line)
        elif row["do"] == "add":
            fields = _fields(row["cells"], directory) | {"basis": row["basis"] or f"导入《{batch.name}》第 {line} 行"}
            done["added"].append(add_task(by=by, kind=row["kind"], fields=fields, year=batch.reading["year"]).pk)
        else:
            _change(row, batch, by, line in take, directory, done)
    batch.state, batch.outcome = SheetImport.State.DONE, done
    batch.save(update_fields=["state", "outcome"])
    audit.record(by, "导入台账", batch, None, {name: len(items) for name, items in done.items()})
    return batch


def _change(row: dict, batch: SheetImport, by: Person, takes_sheet: bool, directory: Directory, done: dict) -> None:
    task = Task.objects.within(by).select_for_update().filter(pk=row["task"]).first()
    if task is None or task.version != row["version"]:
        done["stale"].append(row["line"])
        return
    changes = row["changes"] + (row["clashes"] if takes_sheet else [])
    if row["clashes"] and not takes_sheet:
        done["kept"].append(row["line"])
    if changes:
        fields = _fields({change["field"]: change["now"] for change in changes}, directory)
        edit_task(task.pk, by=by, fields=fields, basis=row["basis"] or f"导入《{batch.name}》第 {row['line']} 行")
        done["changed"].append(task.pk)


@transaction.atomic
def drop_import(import_id: int, *, by: Person) -> SheetImport:
    """Put a sheet aside without importing it (先不导入)."""
    need(by, "ledger.import_tasks", IMPORT)
    batch = SheetImport.objects.select_for_update().get(pk=import_id, by=by)
    if batch.state == SheetImport.State.WAITING:
        batch.state = SheetImport.State.DROPPED
        batch.save(update_fields=["state"])
        audit.record(by, "放弃导入台账", batch)
    return batch
