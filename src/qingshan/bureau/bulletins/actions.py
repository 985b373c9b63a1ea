"""Changes of state of an issue: draft, write, number, publish, withdraw, correct."""

from __future__ import annotations

import io
from dataclasses import replace

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.db import transaction

from qingshan.bureau.base import attachments, audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Attachment, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.bulletins import pdf, queries, sheet, word
from qingshan.bureau.bulletins.compose import Composer, template
from qingshan.bureau.bulletins.declared import RHYTHMS, Template
from qingshan.bureau.bulletins.models import Counter, Issue
from qingshan.bureau.indicators import assessments
from qingshan.bureau.indicators.actions import record_run
from qingshan.bureau.indicators.assessments import Unknown
from qingshan.bureau.indicators.periods import Period

DRAFTING = "起草通报需要“起草通报”权限"
SIGNING = "签发、撤回通报需要“签发通报”权限"
LONGEST = 4000


@transaction.atomic
def draft_issue(template_name: str, period: Period, *, by: Person, corrects: Issue | None = None, area: Area | None = None) -> Issue:
    """Draft a bulletin of one period from its template (起草通报); of one township where the template is made for each."""
    need(by, "bulletins.draft_issue", DRAFTING)
    declared = template(template_name)
    _may_draft(declared, period, area)
    same = Issue.objects.filter(template=template_name, period=period.token, area=area)
    what = f"{period.title}{area or ''}"
    if open_one := same.filter(state__in=(Issue.State.DRAFT, Issue.State.NUMBERED)).first():
        raise Refused(f"{what}已有一份{open_one.get_state_display()}，请在它上面修改")
    if not corrects and declared.every != "event" and same.filter(state=Issue.State.PUBLISHED).exists():
        raise Refused(f"{what}已发布过；有误请打开该期，用“更正”另发一期")
    try:
        held = assessments.of(period) if declared.is_measured else None
        at = clock.now()
        composer = Composer(declared, period, held, corrects.written if corrects else {}, at.date(), area)
        run = record_run(held) if held else None
        content = composer.document("", at.date(), run, at)
    except Unknown as error:
        raise Refused(str(error)) from None
    issue = Issue.objects.create(
        template=template_name, title=declared.title, period=period.token, area=area, as_of=at.date(), series=declared.series,
        number_form=declared.number_form, written=dict(composer.written), content=content.as_data(), run=run, corrects=corrects, by=by,
        drafted=at, changed=at,
    )  # fmt: skip
    audit.record(by, "起草通报", issue, None, audit.snapshot(issue, "template", "period", "area", "state"))
    return issue


def draft_for_towns(template_name: str, period: Period, *, by: Person) -> list[Issue]:
    """One draft for each township that has none of the period yet (各镇街一份)."""
    need(by, "bulletins.draft_issue", DRAFTING)
    there = Issue.objects.filter(template=template_name, period=period.token).exclude(state=Issue.State.WITHDRAWN).values("area")
    towns = Area.objects.filter(level=Area.Level.TOWN).exclude(pk__in=there)
    if not towns:
        raise Refused(f"{period.title}各镇街都已有一份")
    with transaction.atomic():
        return [draft_issue(template_name, period, by=by, area=town) for town in towns]


def _may_draft(declared: Template, period: Period, area: Area | None) -> None:
    today = clock.today()
    if bool(declared.per) != (area is not None):
        raise Refused(f"“{declared.title}”按镇街编发，请选镇街" if declared.per else f"“{declared.title}”不按镇街编发", field="area")
    if declared.every == "event":
        if period != Period.year_to(min(period.end, today)):
            raise Refused(f"“{declared.title}”随时编发，时段是年初至某日，例如 ytd@{today}", field="period")
    elif period.kind != declared.every:
        raise Refused(f"“{declared.title}”按{RHYTHMS[declared.every]}编发，时段要写成{WRITTEN_AS[declared.every]}", field="period")
    if declared.is_measured:
        if period.end >= today:
            raise Refused(f"{period.title}还没有结束，不能起草", field="period")
        if not assessments.has_data():
            raise Refused("还没有监测数据，不能起草。请先接入站点或导入历史数据")
    elif period.start > today:
        raise Refused(f"{period.title}还没有开始，不能起草", field="period")


WRITTEN_AS = {"week": "周，例如 2026-W47", "ten_days": "旬，例如 2026-11-T2", "month": "月份，例如 2026-10", "quarter": "季，例如 2026-Q3"}


@transaction.atomic
def write_issue(issue_id: int, *, by: Person, written: dict[str, str]) -> Issue:
    """Keep the written paragraphs of a draft (手写段落)."""
    need(by, "bulletins.draft_issue", DRAFTING)
    issue = _draft(issue_id, by)
    names = {b.name: b for b in template(issue.template).block if b.kind == "written"}
    for name, text in written.items():
        if name not in names:
            raise Refused(f"没有段落“{name}”")
        if len(text) > LONGEST:
            raise Refused(f"段落不能超过 {LONGEST} 字，现有 {len(text)} 字", field=name)
    before = {"written": issue.written}
    issue.written = {**issue.written, **{name: text.replace("\r\n", "\n").strip() for name, text in written.items()}}
    _rewrite(issue)
    audit.record(by, "修改通报", issue, before, {"written": issue.written})
    return issue


@transaction.atomic
def renew_issue(issue_id: int, *, by: Person) -> Issue:
    """Take the figures as they stand now (用新数), with a new run."""
    need(by, "bulletins.draft_issue", DRAFTING)
    issue = _draft(issue_id, by)
    changed = {f.label: f"{f.text} → {f.now}" for f in queries.figures(issue) if f.changed}
    now = clock.now()
    issue.as_of, issue.kept = now.date(), {}
    composer = queries.composer(issue)
    issue.run = record_run(composer.held) if composer.held else None
    issue.content = composer.document(issue.document_number, now.date(), issue.run, now).as_data()
    issue.changed = now
    issue.save()
    audit.record(by, "更新通报数值", issue, None, {"更新": changed, "批次": issue.run.number if issue.run else ""})
    return issue


@transaction.atomic
def keep_figures(issue_id: int, *, by: Person) -> Issue:
    """Keep the figures as drafted although they have changed (保留原数); who decided is on record."""
    need(by, "bulletins.draft_issue", DRAFTING)
    issue = _draft(issue_id, by)
    left = queries.undecided(issue)
    issue.kept = {**issue.kept, **{f.ref: f.now for f in left}}
    issue.changed = clock.now()
    issue.save(update_fields=["kept", "changed"])
    audit.record(by, "保留原数", issue, None, {f.label: f"保留 {f.text}，现为 {f.now}" for f in left})
    return issue


@transaction.atomic
def submit_issue(issue_id: int, *, by: Person) -> Issue:
    """Give a draft its number and pass it to be signed (编号送签). Numbers run on within a year without gaps or doubles."""
    need(by, "bulletins.draft_issue", DRAFTING)
    issue = _draft(issue_id, by)
    left = queries.undecided(issue)
    if left:
        raise Refused(f"有 {len(left)} 个数在起草后已变，例如{left[0].label}：{left[0].text} → {left[0].now}。请先选“用新数”或“保留原数”")
    if unwritten := queries.unwritten(issue):
        raise Refused(f"还没有写：{'；'.join(b.prompt or b.name for b in unwritten)}。写好并保存文字后再送签")
    before = audit.snapshot(issue, "state", "year", "number")
    if not issue.number:
        year = clock.today().year
        Counter.objects.get_or_create(series=issue.series, year=year)
        counter = Counter.objects.select_for_update().get(series=issue.series, year=year)
        counter.last += 1
        counter.save(update_fields=["last"])
        issue.year, issue.number = year, counter.last
    issue.state = Issue.State.NUMBERED
    issue.content = {**issue.content, "number": issue.document_number}
    issue.changed = clock.now()
    issue.save()
    audit.record(by, "通报编号送签", issue, before, audit.snapshot(issue, "state", "year", "number"))
    return issue


@transaction.atomic
def send_back_issue(issue_id: int, *, by: Person, basis: str) -> Issue:
    """Back to a draft with a reason (退回修改); it keeps its number."""
    need(by, "bulletins.sign_issue", SIGNING)
    issue = _locked(issue_id, by)
    if issue.state != Issue.State.NUMBERED:
        raise Refused(f"“{issue}”当前为“{issue.get_state_display()}”，只有待签发的能退回")
    if not basis.strip():
        raise Refused("请写明退回原因", field="basis")
    before = audit.snapshot(issue, "state")
    issue.state, issue.reason, issue.changed = Issue.State.DRAFT, basis.strip()[:200], clock.now()
    issue.save()
    audit.record(by, "退回通报", issue, before, audit.snapshot(issue, "state"), basis)
    return issue


@transaction.atomic
def publish_issue(issue_id: int, *, by: Person) -> Issue:
    """Sign and publish (签发): Word, PDF and Excel are written once, stored, and the content is closed."""
    need(by, "bulletins.sign_issue", SIGNING)
    issue = _locked(issue_id, by)
    if issue.state != Issue.State.NUMBERED:
        raise Refused(f"“{issue}”当前为“{issue.get_state_display()}”，先编号送签才能签发")
    left = queries.undecided(issue)
    if left:
        raise Refused(f"送签后有 {len(left)} 个数已变，例如{left[0].label}：{left[0].text} → {left[0].now}。请退回修改")
    before, now = audit.snapshot(issue, "state"), clock.now()
    day = f"{now.year}年{now.month}月{now.day}日"
    issue.content = {**issue.content, "day": day, "printed": day}
    issue.state, issue.signer, issue.published, issue.changed, issue.reason = Issue.State.PUBLISHED, by, now, now, ""
    content, style, name = queries.document(issue), queries.style(issue), file_name(issue)
    issue.word = _store(f"{name}.docx", word.write(content, style), by, issue)
    issue.sheet = _store(f"{name} 附表.xlsx", sheet.write(content), by, issue, kind="sheet")
    try:
        issue.pdf = _store(f"{name}.pdf", pdf.write(content, style, font_folders=font_folders()), by, issue)
    except pdf.NoChineseFont as error:
        raise Refused(str(error)) from None
    issue.save()
    if issue.corrects_id:
        old = Issue.objects.select_for_update().get(pk=issue.corrects_id)
        if old.state == Issue.State.PUBLISHED:
            old.state, old.reason = Issue.State.REPLACED, f"由{issue.document_number}更正"
            old.save(update_fields=["state", "reason"])
            audit.record(by, "通报被更正", old, {"state": "published"}, {"state": "replaced"}, issue.document_number)
    audit.record(
        by, "签发通报", issue, before, {**audit.snapshot(issue, "state", "published"), "批次": issue.run.number if issue.run else "",
                                     "Word": issue.word.sha256}
    )  # fmt: skip
    return issue


@transaction.atomic
def withdraw_issue(issue_id: int, *, by: Person, basis: str) -> Issue:
    """Withdraw a published issue (撤回); its files stay, marked withdrawn."""
    need(by, "bulletins.sign_issue", SIGNING)
    issue = _locked(issue_id, by)
    if issue.state != Issue.State.PUBLISHED:
        raise Refused(f"“{issue}”当前为“{issue.get_state_display()}”，只有已发布的能撤回")
    if not basis.strip():
        raise Refused("请写明撤回原因，它会显示在这期通报上", field="basis")
    before = audit.snapshot(issue, "state")
    issue.state, issue.reason = Issue.State.WITHDRAWN, basis.strip()[:200]
    issue.save(update_fields=["state", "reason"])
    audit.record(by, "撤回通报", issue, before, audit.snapshot(issue, "state"), basis)
    return issue


@transaction.atomic
def correct_issue(issue_id: int, *, by: Person) -> Issue:
    """A new draft that corrects a published or withdrawn issue (更正), with the data as they stand."""
    need(by, "bulletins.draft_issue", DRAFTING)
    issue = _locked(issue_id, by)
    if issue.state not in (Issue.State.PUBLISHED, Issue.State.WITHDRAWN):
        raise Refused(f"“{issue}”当前为“{issue.get_state_display()}”，直接修改即可，不需要更正")
    return draft_issue(issue.template, Period.parse(issue.period), by=by, corrects=issue, area=issue.area)


@transaction.atomic
def discard_issue(issue_id: int, *, by: Person) -> None:
    """Throw away a draft that never had a number (删除草稿)."""
    need(by, "bulletins.draft_issue", DRAFTING)
    issue = _draft(issue_id, by)
    if issue.number:
        raise Refused(f"{issue.document_number}已编号，不能删除，否则期号会断")
    audit.record(by, "删除通报草稿", issue, audit.snapshot(issue, "template", "period"), None)
    issue.delete()


def file_name(issue: Issue) -> str:
    """``青环通〔2026〕16号 镇街空气质量排名通报（2026年10月）``."""
    return f"{issue.document_number or '草稿'} {issue.title}（{issue.area or ''}{Period.parse(issue.period).title}）"


def font_folders() -> tuple[str, ...]:
    """Fonts the bureau put in its data folder."""
    folder = settings.DATA_FOLDER / "fonts"
    return (str(folder),) if folder.is_dir() else ()


def _locked(issue_id: int, by: Person) -> Issue:
    return Issue.objects.within(by).select_for_update(of=("self",)).select_related("run", "area").get(pk=issue_id)


def _draft(issue_id: int, by: Person) -> Issue:
    issue = _locked(issue_id, by)
    if issue.state != Issue.State.DRAFT:
        raise Refused(f"“{issue}”当前为“{issue.get_state_display()}”，不是草稿，不能修改")
    return issue


def _rewrite(issue: Issue) -> None:
    """The written paragraphs anew in the content; figures stay as drafted."""
    old, composer = queries.document(issue), queries.composer(issue)
    blocks: list = []
    for i, block in enumerate(composer.template.block):
        kept = [b for b in old.blocks if b.source == str(i)]
        blocks += composer.paragraphs(block, str(i)) if block.kind == "written" else kept
    issue.content = replace(old, blocks=tuple(blocks)).as_data()
    issue.changed = clock.now()
    issue.save()


def _store(name: str, data: bytes, by: Person, issue: Issue, kind: str = "document") -> Attachment:
    upload = InMemoryUploadedFile(io.BytesIO(data), None, name, None, len(data), None)
    return attachments.keep(upload, by, kinds=(kind,), owner=issue)
