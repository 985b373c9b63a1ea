"""Files of observations: kept, mapped, tried, stored (导入). Nothing is stored before someone has seen what would be."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.monitor import stores
from qingshan.bureau.monitor.models import Arrival, ImportRun, SavedMapping
from qingshan.bureau.sites.models import Station
from qingshan.lake import imports

FRESH = 48  # [h] imported hours this new are judged like those of frames


def _need(by: Person) -> None:
    need(by, "monitor.import_observations", "导入观测数据需要“导入观测数据”权限")


def folder() -> Path:
    return Path(settings.DATA_FOLDER) / "imports"


def known_stations(person: Person | None, medium: str = "air") -> dict[str, str]:
    """Names and codes of a medium's stations in this person's scope (None: the platform itself) → code."""
    found = {}
    there = Station.objects.within(person) if person else Station.objects.all()
    for code, name in there.filter(network__medium=medium).values_list("code", "name"):
        found[name] = found[code] = code
    return found


def table_of(run: ImportRun) -> imports.Table:
    """The kept file as rows; Refused in the words of the reader."""
    mapping = run.mapping or {}
    try:
        data = (folder() / run.path).read_bytes()
        return imports.read_table(run.name, data, sheet=mapping.get("sheet") or None, encoding=mapping.get("encoding") or None)
    except OSError:
        raise Refused(f"《{run.name}》的原文件不在了，请重新上传", status=404) from None
    except imports.ImportRefused as no:
        raise Refused(str(no), field="file", status=422) from None


def upload(name: str, data: bytes, *, by: Person, saved: SavedMapping | None = None, what: str = "") -> ImportRun:
    """Keep a file and propose what its columns mean; with a saved mapping, that one. `what`: ``hours:air``, ``samples:water`` …"""
    _need(by)
    try:
        table = imports.read_table(name, data)
        grain, _, medium = (what or "hours:air").partition(":")
        mapping = imports.Mapping.fromdict(saved.mapping) if saved else imports.propose(table, known_stations(by, medium), medium, grain)
    except imports.ImportRefused as no:
        raise Refused(str(no), field="file", status=422) from None
    digest = hashlib.sha256(data).hexdigest()
    folder().mkdir(parents=True, exist_ok=True)
    path = folder() / digest
    if not path.exists():
        part = path.with_suffix(".part")
        part.write_bytes(data)
        part.replace(path)
    with transaction.atomic():
        run = ImportRun.objects.create(
            name=name[-200:], sha256=digest, size=len(data), path=digest, mapping=mapping.asdict(), by=by, at=clock.now()
        )
        audit.record(by, "上传导入文件", f"《{name[:60]}》", None, {"sha256": digest, "size": len(data)})
    return run


@transaction.atomic
def remap(pk: int, mapping: dict, *, by: Person, save_as: str = "") -> ImportRun:
    """Change what the columns mean, and keep it under a name where one is given."""
    _need(by)
    run = ImportRun.objects.select_for_update().get(pk=pk)
    if run.state != ImportRun.State.UPLOADED:
        raise Refused(f"《{run.name}》{run.get_state_display()}，列对应不能再改；请重新上传")
    try:
        run.mapping = imports.Mapping.fromdict(mapping).asdict()
    except imports.ImportRefused as no:
        raise Refused(str(no), status=422) from None
    run.save(update_fields=["mapping"])
    if save_as.strip():
        SavedMapping.objects.update_or_create(name=save_as.strip()[:60], defaults={"mapping": run.mapping, "by": by, "at": clock.now()})
        audit.record(by, "保存列对应", f"“{save_as.strip()[:60]}”", None, {"columns": len(run.mapping.get("items", {}))})
    return run


def preview(run: ImportRun, person: Person) -> imports.Preview:
    """What the file would store, and what is wrong row by row; nothing is stored."""
    try:
        until = clock.now() + timedelta(hours=1)
        mapping = imports.Mapping.fromdict(run.mapping)
        return imports.preview(table_of(run), mapping, known_stations(person, mapping.medium), until)
    except imports.ImportRefused as no:
        raise Refused(str(no), status=422) from None


def confirm(pk: int, *, by: Person, digest: str) -> ImportRun:
    """Store what was seen: the rows in order; those with a fault stay out. The same file again stores nothing new."""
    _need(by)
    run = ImportRun.objects.get(pk=pk)
    if run.state != ImportRun.State.UPLOADED:
        raise Refused(f"《{run.name}》{run.get_state_display()}，不必再确认")
    seen = preview(run, by)
    if seen.digest != digest:
        raise Refused("列对应或站点在你看过之后变了，请再看一遍再确认")
    if not seen.rows.num_rows:
        raise Refused("没有一行可以入库，请先改列对应或文件")
    now = clock.now()
    sampled = run.mapping.get("grain") == "samples"
    result = (imports.store_samples if sampled else imports.store)(stores.lake(), seen, origin=f"import:{run.pk}", received=now)
    with transaction.atomic():
        locked = ImportRun.objects.select_for_update().get(pk=pk)
        if locked.state != ImportRun.State.UPLOADED:
            return locked
        locked.state, locked.confirmed_at = ImportRun.State.STORED, now
        locked.rows, locked.values, locked.errors = seen.n_rows, seen.n_values, seen.n_errors
        locked.stored, locked.changed, locked.same = result.added, result.changed, result.same
        locked.save()
        if not sampled and run.mapping.get("medium", "air") == "air":
            _arrivals(seen, now)
        audit.record(
            by,
            "导入观测数据",
            f"《{run.name}》",
            None,
            {"added": result.added, "changed": result.changed, "same": result.same, "sha256": run.sha256},
        )
    return locked


def _arrivals(seen: imports.Preview, now) -> None:
    """The newest hours go the way of all hours: judged, held against the rules."""
    codes = dict(Station.objects.values_list("code", "pk"))
    fresh = {
        (codes[r["station"]], r["time"]) for r in seen.rows.select(["station", "time"]).to_pylist()
        if r["station"] in codes and 0 <= (now - r["time"]).total_seconds() <= FRESH * 3600
    }  # fmt: skip
    Arrival.objects.bulk_create(
        [Arrival(station_id=s, time=t, frame=None, received=now) for s, t in fresh],
        update_conflicts=True, unique_fields=["station", "time"], update_fields=["frame", "received"],
    )  # fmt: skip


@transaction.atomic
def leave(pk: int, *, by: Person) -> ImportRun:
    """Give an uploaded file up; its record stays."""
    _need(by)
    run = ImportRun.objects.select_for_update().get(pk=pk)
    if run.state != ImportRun.State.UPLOADED:
        raise Refused(f"《{run.name}》{run.get_state_display()}，不能放弃")
    run.state = ImportRun.State.LEFT
    run.save(update_fields=["state"])
    audit.record(by, "放弃导入", f"《{run.name}》", None, None)
    return run
