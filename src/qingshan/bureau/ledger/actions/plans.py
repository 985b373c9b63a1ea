"""Plans come in, findings are reviewed, accepted ones become rows of the ledger."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import transaction

from qingshan import plans
from qingshan.bureau.base import attachments, audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Organisation, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.ledger import fields as rules
from qingshan.bureau.ledger import reading as reader
from qingshan.bureau.ledger.models import Finding, Plan, Task, TaskEvent
from qingshan.plans import documents

MAX_BYTES = 20 * 2**20
REVIEW = "核对识读结果需要“核对识读结果”权限"


@transaction.atomic
def upload_plan(upload: UploadedFile, *, by: Person, year: int | None = None) -> tuple[Plan, bool]:
    """Keep a plan document and read it; the same file again gives the plan that is there. Returns (plan, is new)."""
    need(by, "ledger.upload_plan", "上传计划文件需要“上传计划文件”权限")
    name = (upload.name or "未命名").replace("\\", "/").rsplit("/", 1)[-1]
    if not upload.size:
        raise Refused(f"“{name}”是空文件，请检查后重新选择", field="file", status=400)
    if upload.size > MAX_BYTES:
        raise Refused(
            f"“{name}”有 {upload.size / 2**20:.1f} MB，超过 {MAX_BYTES // 2**20} MB，请压缩或拆分后再传", field="file", status=413
        )
    upload.seek(0)
    data = upload.read()
    sha256 = hashlib.sha256(data).hexdigest()
    there = Plan.objects.filter(sha256=sha256).first()
    if there:
        return there, False
    try:
        document = documents.text_of(name, data)
    except documents.DocumentRefused as error:
        raise Refused(str(error), field="file", status=400) from error
    text = document.text.replace("\x00", "")
    if not text.strip():
        raise Refused(f"“{name}”里没有文字，无法识读", field="file", status=400)
    reading = plans.read(text, year=year)
    year = year or reading.year or clock.today().year
    original = attachments.keep(_keepable(name, data, document.kind), by, kinds=("document",))
    plan = Plan.objects.create(
        title=(reading.title or name.rsplit(".", 1)[0]).strip()[:200],
        number=reader.number_of(text),
        issued=reader.issued_of(text),
        year=year,
        original=original,
        sha256=sha256,
        kind=document.kind,
        text=text,
        paragraphs=reader.paragraphs(reading, text),
        warnings=[*document.warnings, *reading.warnings],
        uploaded=clock.now(),
        uploaded_by=by,
    )
    attachments.give(original, plan)
    Finding.objects.bulk_create(reader.findings(plan, reading))
    counts = {kind: plan.findings.filter(kind=kind).count() for kind in Finding.Kind.values}
    audit.record(by, "上传计划文件", plan, None, {"title": plan.title, "sha256": sha256, "found": counts})
    return plan, True


def _keepable(name: str, data: bytes, kind: str) -> SimpleUploadedFile:
    """The original for keeping: a web page is kept as plain text, so that it is never run when opened."""
    plain = kind in ("html", "txt") and not name.lower().endswith(".txt")
    return SimpleUploadedFile(f"{name}.txt" if plain else name, data)


@transaction.atomic
def describe_plan(plan_id: int, *, by: Person, title: str, number: str, issuer: str, issued: date | None, year: int) -> Plan:
    """Correct what is said about a plan: title, number, issuer, date, year."""
    need(by, "ledger.review_plan", REVIEW)
    plan = Plan.objects.within(by).select_for_update().get(pk=plan_id)
    before = audit.snapshot(plan, "title", "number", "issuer", "issued", "year")
    plan.title, plan.number, plan.issuer, plan.issued, plan.year = title[:200], number[:60], issuer[:100], issued, year
    plan.save(update_fields=["title", "number", "issuer", "issued", "year"])
    audit.record(by, "改计划文件说明", plan, before, audit.snapshot(plan, "title", "number", "issuer", "issued", "year"))
    return plan


def _finding(finding_id: int, by: Person) -> Finding:
    """The finding, locked, where `by` may review it and it is not in the ledger yet."""
    need(by, "ledger.review_plan", REVIEW)
    finding = Finding.objects.select_for_update(of=("self",)).select_related("plan").get(pk=finding_id, plan__in=Plan.objects.within(by))
    if Task.objects.filter(finding=finding).exists():
        raise Refused(f"“{finding}”已入台账，要改请到台账里调整或撤销这一项")
    return finding


@transaction.atomic
def accept_finding(finding_id: int, *, by: Person, fields: dict | None = None, basis: str = "") -> Finding:
    """Confirm a finding (确认), as read or with corrected fields; a masked figure needs a person's figure and its basis."""
    finding = _finding(finding_id, by)
    before = audit.snapshot(finding, "state", "fields")
    if finding.kind in (Finding.Kind.TARGET, Finding.Kind.TASK):
        stands = rules.cleaned({**finding.fields, **(fields or {})}, finding.plan.year)
        if rules.is_masked(finding):
            if stands["value"] is None:
                raise Refused("原文的数值被遮盖，平台不猜：请查到原数后填写数值和依据，或点“不入账”", field="value", status=422)
            if not basis.strip():
                raise Refused("原文的数值被遮盖：填了数值，还须写明依据，如“市环委办〔2026〕5号附件2”", field="basis", status=422)
        stands["basis"] = basis.strip()[:200]
        finding.fields = stands
    _review(finding, Finding.State.ACCEPTED, by)
    audit.record(by, "确认识读结果", finding, before, audit.snapshot(finding, "state", "fields"), basis=basis.strip())
    return finding


@transaction.atomic
def reject_finding(finding_id: int, *, by: Person, reason: str = "") -> Finding:
    """Leave a finding out of the ledger (不入账)."""
    finding = _finding(finding_id, by)
    before = audit.snapshot(finding, "state")
    _review(finding, Finding.State.REJECTED, by)
    audit.record(by, "识读结果不入账", finding, before, audit.snapshot(finding, "state"), basis=reason)
    return finding


@transaction.atomic
def reset_finding(finding_id: int, *, by: Person) -> Finding:
    """Take back a review (撤回): the finding waits again, as it was read."""
    finding = _finding(finding_id, by)
    before = audit.snapshot(finding, "state", "fields")
    finding.fields = finding.read
    _review(finding, Finding.State.PENDING, by)
    audit.record(by, "撤回核对", finding, before, audit.snapshot(finding, "state", "fields"))
    return finding


def _review(finding: Finding, state: str, by: Person) -> None:
    finding.state = state
    finding.reviewed_by, finding.reviewed = (None, None) if state == Finding.State.PENDING else (by, clock.now())
    finding.save(update_fields=["state", "fields", "reviewed_by", "reviewed"])


@transaction.atomic
def add_finding(plan_id: int, kind: str, start: int, end: int, *, by: Person) -> Finding:
    """Mark a place the reader missed (补录), by the exact span a person selected."""
    need(by, "ledger.review_plan", REVIEW)
    plan = Plan.objects.within(by).select_for_update().get(pk=plan_id)
    if kind not in (Finding.Kind.TARGET, Finding.Kind.TASK):
        raise Refused("补录只能选“目标”或“任务”", status=400)
    if not 0 <= start < end <= len(plan.text):
        raise Refused(f"选中的位置 {start}–{end} 不在原文 {len(plan.text)} 字之内，请重新选择", status=400)
    words = plan.text[start:end]
    start += len(words) - len(words.lstrip())
    end = start + len(words.strip())
    if start >= end:
        raise Refused("选中的全是空白，请选有字的地方", status=400)
    if end - start > 500:
        raise Refused(f"选中了 {end - start} 字，一项至多 500 字，请只选一件事", status=400)
    if plan.findings.filter(kind=kind, start=start, end=end).exists():
        raise Refused("这一处已经标过了", status=409)
    fields = reader.read_selection(plan, kind, start, end)
    finding = Finding.objects.create(
        plan=plan, kind=kind, start=start, end=end, paragraph=reader.paragraph_at(plan, start)[0], place=reader.place(plan, start, end),
        read=fields, fields=fields, added_by=by,
    )  # fmt: skip
    audit.record(by, "补录识读结果", finding, None, {"kind": kind, "start": start, "end": end, "text": finding.text})
    return finding


@transaction.atomic
def drop_finding(finding_id: int, *, by: Person) -> Plan:
    """Remove a place that a person had added; what the reader found can only be left out, not removed."""
    finding = _finding(finding_id, by)
    if finding.added_by_id is None:
        raise Refused("识读出的条目不能删除，请点“不入账”")
    plan = finding.plan
    audit.record(by, "删除补录", finding, {"kind": finding.kind, "start": finding.start, "end": finding.end, "text": finding.text}, None)
    finding.delete()
    return plan


@transaction.atomic
def enter_ledger(plan_id: int, *, by: Person) -> list[Task]:
    """Turn every accepted finding that is not there yet into a row of the ledger (入台账), in the order of the text."""
    need(by, "ledger.review_plan", REVIEW)
    plan = Plan.objects.within(by).select_for_update().get(pk=plan_id)
    accepted = plan.findings.filter(kind__in=["target", "task"], state=Finding.State.ACCEPTED, task=None).order_by("start", "end", "pk")
    if not accepted:
        raise Refused("还没有新确认的条目可入台账，请先逐项核对")
    units = {unit.pk: unit for unit in Organisation.objects.all()}
    district = Area.objects.filter(level=Area.Level.DISTRICT).order_by("code").first()
    tasks = []
    for finding in accepted:
        task = _task_of(finding, plan, district)
        task.number = Task.objects.next_number(task.year)
        task.save()
        task.leads.set([units[pk] for pk in finding.fields["leads"] if pk in units])
        task.coops.set([units[pk] for pk in finding.fields["coops"] if pk in units])
        TaskEvent.objects.create(
            task=task, act=TaskEvent.Act.ENTER, became=task.state, at=task.changed, by=by, words=f"《{plan.title}》{finding.place}"
        )
        tasks.append(task)
    audit.record(by, "入台账", plan, None, {"tasks": [task.pk for task in tasks]})
    return tasks


def _task_of(finding: Finding, plan: Plan, district: Area | None) -> Task:
    f = finding.fields
    deadline = date.fromisoformat(f["deadline"])
    return Task(
        kind=finding.kind,
        title=f["title"],
        year=plan.year,
        plan=plan,
        finding=finding,
        topic=f["topic"],
        indicator=f["indicator"],
        indicator_text=f["indicator_text"],
        operator=f["operator"],
        value=None if f["value"] is None else Decimal(str(f["value"])),
        value_text=f["value_text"],
        unit=f["unit"],
        check_kind=f["check"],
        aspirational=f["aspirational"],
        basis=f.get("basis", ""),
        area_id=f["area"] or (district.pk if district and finding.kind == Finding.Kind.TARGET else None),
        units_text=f["units_text"],
        begins=min(date(plan.year, 1, 1), deadline),
        deadline=deadline,
        rhythm=f["rhythm"] or Task.Rhythm.MONTH,
        note=f["note"],
        changed=clock.now(),
    )
