"""Plans come in and are described; accepted findings become rows of the ledger."""

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
from qingshan.bureau.ledger import reading as reader
from qingshan.bureau.ledger.actions.review import ENTERED, REVIEW
from qingshan.bureau.ledger.models import Finding, Plan, ReviewStep, Task, TaskEvent, UnreadFile
from qingshan.plans import documents, header

MAX_BYTES = 20 * 2**20


def upload_plan(upload: UploadedFile, *, by: Person, year: int | None = None) -> tuple[Plan, bool]:
    """Keep a plan document and read it; the same file again gives the plan that is there. Returns (plan, is new).

    What cannot be read is refused in words, and its original kept for later where that is safe.
    """
    need(by, "ledger.upload_plan", "上传计划文件需要“上传计划文件”权限")
    name = (upload.name or "未命名").replace("\\", "/").rsplit("/", 1)[-1]
    if not upload.size:
        raise Refused(f"“{name}”是空文件，请检查后重新选择", field="file", status=400)
    if upload.size > MAX_BYTES:
        words = f"“{name}”有 {upload.size / 2**20:.1f} MB，超过 {MAX_BYTES // 2**20} MB，请去掉图片、压缩或拆分后再传"
        raise Refused(words + _keep_unread(name, upload, by, words), field="file", status=413)
    upload.seek(0)
    data = upload.read()
    there = Plan.objects.filter(sha256=hashlib.sha256(data).hexdigest()).first()
    if there:
        return there, False
    try:
        document = documents.text_of(name, data)
    except documents.DocumentRefused as error:
        raise Refused(str(error) + _keep_unread(name, upload, by, str(error)), field="file", status=400) from error
    text = document.text.replace("\x00", "")
    if not text.strip():
        words = f"“{name}”里没有文字，无法识读"
        raise Refused(words + _keep_unread(name, upload, by, words), field="file", status=400)
    return _read_in(name, data, document, text, by, year), True


@transaction.atomic
def _read_in(name: str, data: bytes, document: documents.Document, text: str, by: Person, year: int | None) -> Plan:
    """Keep the original, the text, what the page says of itself and what was found; a newer version takes the older one's place."""
    reading, said = plans.read(text, year=year), header.read(text)
    original = attachments.keep(_keepable(name, data, document.kind), by, kinds=("document",))
    plan = Plan.objects.create(
        title=(reading.title or name.rsplit(".", 1)[0]).strip()[:200],
        number=said.number[:60],
        issuer=said.issuer,
        issued=said.signed,
        index_number=said.index_number,
        published=said.published,
        validity=said.validity,
        year=year or reading.year or clock.today().year,
        original=original,
        sha256=hashlib.sha256(data).hexdigest(),
        kind=document.kind,
        text=text,
        paragraphs=reader.paragraphs(reading, text),
        warnings=[*document.warnings, *reading.warnings],
        uploaded=clock.now(),
        uploaded_by=by,
    )
    attachments.give(original, plan)
    _place_among_versions(plan)
    Finding.objects.bulk_create(reader.findings(plan, reading, reader.others(plan)), batch_size=500)
    counts = {kind: plan.findings.filter(kind=kind).count() for kind in Finding.Kind.values}
    audit.record(by, "上传计划文件", plan, None, {
        "title": plan.title, "sha256": plan.sha256, "found": counts, "number": plan.number, "replaces": plan.replaces_id,
    })  # fmt: skip
    return plan


def _place_among_versions(plan: Plan) -> None:
    """Documents of one number are versions of each other, in the order of their dates; each replaces the one before it."""
    mine = Plan.objects.filter(number=plan.number) if plan.number else Plan.objects.filter(pk=plan.pk)
    order = sorted(mine.defer("text", "paragraphs"), key=lambda p: (p.published or p.issued or p.uploaded.date(), p.uploaded, p.pk))
    for older, newer in zip([None, *order], order, strict=False):
        if newer.replaces_id != (older.pk if older else None):
            newer.replaces = older
            newer.save(update_fields=["replaces"])
            if newer.pk == plan.pk:
                plan.replaces = older


def _keep_unread(name: str, upload: UploadedFile, by: Person, reason: str) -> str:
    """Keep what could not be read, so that nobody has to look for it again; says what became of the original."""
    with transaction.atomic():
        upload.seek(0)
        original, why = None, ""
        try:
            original = attachments.keep(upload, by, kinds=("document", "image"))
        except Refused as refused:
            why = refused.message[:200]
        sha256 = original.sha256 if original else ""
        known = UnreadFile.objects.filter(sha256=sha256, handled=None).first() if sha256 else None
        if known is None:
            known = UnreadFile.objects.create(
                name=name[:200], sha256=sha256, size=upload.size or 0, reason=reason[:400], original=original, not_kept=why, by=by,
                at=clock.now(),
            )  # fmt: skip
            if original:
                attachments.give(original, known)
            audit.record(by, "上传的文件没有读成", known, None, {"name": name, "reason": reason, "kept": original is not None})
    return "。原件已保留，列在计划文件页“没有读成的文件”里" if known.original_id else "。这类文件不收存，原件没有保留"


@transaction.atomic
def handle_unread(unread_id: int, *, by: Person) -> UnreadFile:
    """Take a file that could not be read off the list (已处理); its original stays kept."""
    need(by, "ledger.upload_plan", "上传计划文件需要“上传计划文件”权限")
    found = UnreadFile.objects.select_for_update().get(pk=unread_id)
    before = audit.snapshot(found, "handled")
    found.handled = clock.now()
    found.save(update_fields=["handled"])
    audit.record(by, "没有读成的文件已处理", found, before, audit.snapshot(found, "handled"))
    return found


def _keepable(name: str, data: bytes, kind: str) -> SimpleUploadedFile:
    """The original for keeping: a web page is kept as plain text, so that it is never run when opened."""
    plain = kind in ("html", "txt") and not name.lower().endswith(".txt")
    return SimpleUploadedFile(f"{name}.txt" if plain else name, data)


ABOUT = ("title", "number", "issuer", "issued", "index_number", "published", "validity", "year")


@transaction.atomic
def describe_plan(
    plan_id: int, *, by: Person, title: str, number: str, issuer: str, issued: date | None, year: int,
    index_number: str = "", published: date | None = None, validity: str = "",
) -> Plan:  # fmt: skip
    """Correct what is said about a plan: title, number, issuer, dates, index number, validity, year."""
    need(by, "ledger.review_plan", REVIEW)
    plan = Plan.objects.within(by).select_for_update().get(pk=plan_id)
    before = audit.snapshot(plan, *ABOUT)
    plan.title, plan.number, plan.issuer, plan.issued, plan.year = title[:200], number[:60], issuer[:100], issued, year
    plan.index_number, plan.published, plan.validity = index_number[:60], published, validity[:20]
    plan.save(update_fields=list(ABOUT))
    if before["number"] != plan.number:
        for newer in plan.newer.all():  # what had replaced it goes on from where it stood
            newer.replaces = plan.replaces
            newer.save(update_fields=["replaces"])
            _place_among_versions(newer)
        plan.replaces = None
        plan.save(update_fields=["replaces"])
    _place_among_versions(plan)
    audit.record(by, "改计划文件说明", plan, before, audit.snapshot(plan, *ABOUT))
    return plan


@transaction.atomic
def enter_ledger(plan_id: int, *, by: Person) -> list[Task]:
    """Turn every accepted finding that is not there yet into a row of the ledger (入台账), in the order of the text."""
    need(by, "ledger.review_plan", REVIEW)
    plan = Plan.objects.within(by).select_for_update().get(pk=plan_id)
    if newer := plan.newer.first():
        raise Refused(f"这份文件已由新版代替（{newer.published or newer.issued or newer.uploaded.date()}），请在新版里核对、入账")
    accepted = plan.findings.items().filter(state=Finding.State.ACCEPTED, task=None).order_by("start", "end", "pk")
    if not accepted:
        raise Refused("还没有新确认的条目可入台账，请先逐项核对")
    units = {unit.pk: unit for unit in Organisation.objects.all()}
    district = Area.objects.filter(level=Area.Level.DISTRICT).order_by("code").first()
    tasks = []
    for number, finding in enumerate(accepted, Task.objects.next_number(plan.year)):
        task = _task_of(finding, plan, district)
        task.number = number
        task.save()
        task.leads.set([units[pk] for pk in finding.fields["leads"] if pk in units])
        task.coops.set([units[pk] for pk in finding.fields["coops"] if pk in units])
        TaskEvent.objects.create(
            task=task, act=TaskEvent.Act.ENTER, became=task.state, at=task.changed, by=by, words=f"《{plan.title}》{finding.place}"
        )
        tasks.append(task)
    ReviewStep.objects.create(
        plan=plan, by=by, at=clock.now(), act=ENTERED, words=f"{len(tasks)} 项", after={str(t.finding.pk): t.finding.version for t in tasks}
    )
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
