"""Findings are reviewed: accepted, left out, merged, split, added; every step can be taken back, and corrections are remembered."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q, QuerySet

from qingshan import plans
from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Attachment, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.ledger import fields as rules
from qingshan.bureau.ledger import memory, shapes
from qingshan.bureau.ledger import reading as reader
from qingshan.bureau.ledger import review as questions
from qingshan.bureau.ledger.models import Finding, Plan, Remembered, ReviewStep, Task, TaskEvent
from qingshan.plans.promises import wording

REVIEW = "核对识读结果需要“核对识读结果”权限"
ENTERED = "入台账"
LONGEST = 500
"""characters of one finding that a person marks, merges or splits"""


class ChangedMeanwhile(Refused):
    """Another reviewer was here since the page was opened (已被他人改动)."""


def _plan(plan_id: int, by: Person) -> Plan:
    """The plan, locked: one review step at a time."""
    need(by, "ledger.review_plan", REVIEW)
    return Plan.objects.within(by).select_for_update().get(pk=plan_id)


def _finding(finding_id: int, by: Person, version: int | None = None) -> Finding:
    """The finding, its plan locked, where `by` may review it, nobody changed it since `version`, and it is not in the ledger yet."""
    need(by, "ledger.review_plan", REVIEW)
    plan_id = Finding.objects.values_list("plan_id", flat=True).get(pk=finding_id, plan__in=Plan.objects.within(by))
    plan = _plan(plan_id, by)
    finding = Finding.objects.select_for_update(of=("self",)).select_related("reviewed_by").get(pk=finding_id)
    finding.plan = plan
    if finding.retired:
        raise ChangedMeanwhile(f"“{finding}”已被合并、拆分或撤下，请刷新页面看现在的条目")
    if Task.objects.filter(finding=finding).exists():
        raise Refused(f"“{finding}”已入台账，要改请到台账里调整或撤销这一项")
    if version is not None and version != finding.version:
        raise ChangedMeanwhile(_who_changed(finding))
    return finding


def _who_changed(finding: Finding) -> str:
    last = next((s for s in finding.plan.steps.select_related("by")[:50] if str(finding.pk) in s.after), None)
    who = f"{last.by} {last.at:%H:%M} 已{last.act}这一项" if last else "这一项刚被别人改过"
    return f"{who}，现为“{finding.get_state_display()}”。请看过现在的内容再办"


def _as_it_stands(finding: Finding) -> dict:
    return {
        "pk": finding.pk, "version": finding.version, "state": finding.state, "fields": finding.fields, "retired": finding.retired,
        "reviewed_by": finding.reviewed_by_id, "reviewed": finding.reviewed.isoformat() if finding.reviewed else None,
    }  # fmt: skip


def _save(finding: Finding, by: Person, state: str | None = None) -> None:
    """Save a change of a finding under its next version."""
    if state is not None:
        finding.state = state
        finding.reviewed_by, finding.reviewed = (None, None) if state == Finding.State.PENDING else (by, clock.now())
    finding.version += 1
    finding.save(update_fields=["state", "fields", "reviewed_by", "reviewed", "retired", "version"])


def _step(
    plan: Plan, by: Person, act: str, before: list[dict], touched: Iterable[Finding], made: Iterable[Finding] = (), words: str = ""
) -> ReviewStep:
    made = list(made)
    return ReviewStep.objects.create(
        plan=plan, by=by, at=clock.now(), act=act, words=words[:200], before=before,
        after={str(f.pk): f.version for f in [*touched, *made]}, made=[f.pk for f in made],
    )  # fmt: skip


def _accepted(finding: Finding, fields: dict | None, basis: str) -> None:
    """The fields as they will stand; a masked figure needs a person's figure and its basis."""
    stands = rules.cleaned({**finding.fields, **(fields or {})}, finding.plan.year)
    if rules.is_masked(finding):
        if stands["value"] is None:
            raise Refused("原文的数值被遮盖，平台不猜：请查到原数后填写数值和依据，或点“不入账”", field="value", status=422)
        if not basis.strip():
            raise Refused("原文的数值被遮盖：填了数值，还须写明依据，如“市环委办〔2026〕5号附件2”", field="basis", status=422)
    stands["basis"] = basis.strip()[:200]
    finding.fields = stands


@transaction.atomic
def accept_finding(
    finding_id: int, *, by: Person, fields: dict | None = None, basis: str = "", version: int | None = None
) -> Finding:
    """Confirm a finding (确认), as read or with corrected fields; what was corrected is remembered for the wording."""
    finding = _finding(finding_id, by, version)
    before, kept = audit.snapshot(finding, "state", "fields"), _as_it_stands(finding)
    if finding.is_item:
        _accepted(finding, fields, basis)
    _save(finding, by, Finding.State.ACCEPTED)
    step = _step(finding.plan, by, "确认", [kept], [finding], words=str(finding))
    if _is_known_again(finding):
        _remember(finding, by, step, memory.corrected(finding))
    audit.record(by, "确认识读结果", finding, before, audit.snapshot(finding, "state", "fields"), basis=basis.strip())
    return finding


@transaction.atomic
def reject_finding(finding_id: int, *, by: Person, reason: str = "", version: int | None = None) -> Finding:
    """Leave a finding out of the ledger (不入账); that too is remembered for the wording."""
    finding = _finding(finding_id, by, version)
    before, kept = audit.snapshot(finding, "state"), _as_it_stands(finding)
    _save(finding, by, Finding.State.REJECTED)
    step = _step(finding.plan, by, "不入账", [kept], [finding], words=str(finding))
    if _is_known_again(finding):
        _remember(finding, by, step, {}, left_out=True)
    audit.record(by, "识读结果不入账", finding, before, audit.snapshot(finding, "state"), basis=reason)
    return finding


@transaction.atomic
def reset_finding(finding_id: int, *, by: Person, version: int | None = None) -> Finding:
    """Take back a review (撤回): the finding waits again, as it was read."""
    finding = _finding(finding_id, by, version)
    before, kept = audit.snapshot(finding, "state", "fields"), _as_it_stands(finding)
    finding.fields = finding.read
    _save(finding, by, Finding.State.PENDING)
    _step(finding.plan, by, "退回待核", [kept], [finding], words=str(finding))
    _forget_of(finding)
    audit.record(by, "撤回核对", finding, before, audit.snapshot(finding, "state", "fields"))
    return finding


@transaction.atomic
def accept_sure(plan_id: int, *, by: Person, seal: str) -> list[Finding]:
    """Confirm all findings without a doubt at once (批量确认); `seal` is what the person saw, so nothing slips in unseen."""
    plan = _plan(plan_id, by)
    rows = questions.rows(by, plan)
    sure = questions.sure(plan, rows)
    found = list(plan.findings.select_for_update().filter(pk__in=[row.pk for row in sure]).order_by("start", "end", "pk"))
    if not found:
        raise Refused("没有无疑点的待核条目了，其余请逐项核对")
    if seal != questions.seal(sure):
        raise ChangedMeanwhile(f"刚才有人动过这份文件，现在无疑点的是 {len(found)} 项；请看一眼再批量确认")
    kept = [_as_it_stands(f) for f in found]
    for finding in found:
        finding.plan = plan
        _accepted(finding, None, "")
        _save(finding, by, Finding.State.ACCEPTED)
    _step(plan, by, "批量确认", kept, found, words=f"无疑点的 {len(found)} 项")
    audit.record(by, "批量确认识读结果", plan, None, {"findings": [f.pk for f in found]})
    return found


@transaction.atomic
def merge_findings(finding_id: int, *, by: Person, version: int | None = None, second: int | None = None) -> Finding:
    """Make one finding of this and the next of its kind in the text (并入下一项); the places of both stay.

    `second` is the one that the person saw as the next. The merge is remembered for the wordings of both, unless it only joins
    what a split had parted.
    """
    first = _finding(finding_id, by, version)
    if not first.is_item:
        raise Refused("只有目标、任务可以合并")
    plan = first.plan
    later = plan.findings.standing().filter(kind=first.kind, task=None).exclude(pk=first.pk)
    follower = later.filter(start__gte=first.start).order_by("start", "end", "pk").first()
    if follower is None:
        raise Refused(f"后面没有可以合并的{first.get_kind_display()}了")
    if second is not None and follower.pk != second:
        raise ChangedMeanwhile("后一项刚才变了，请看过现在的条目再合并")
    follower.plan = plan
    start, end = first.start, max(first.end, follower.end)
    if end - start > LONGEST:
        raise Refused(f"两项相隔太远（连中间共 {end - start} 字，至多 {LONGEST} 字），请分开入账")
    kept = [_as_it_stands(first), _as_it_stands(follower)]
    fields = reader.read_together(first, follower)
    places = sorted({*first.places, *follower.places})
    merged = _make(plan, first.kind, start, end, fields, by, sources=[first.pk, follower.pk], spans=[list(p) for p in places])
    for one in (first, follower):
        one.retired = True
        _save(one, by)
    step = _step(plan, by, "合并", kept, [first, follower], [merged], words=f"{first} ＋ {follower}")
    if first.sources and first.sources == follower.sources:
        _forget_shape(Remembered.Act.SPLIT, findings=[first.pk, follower.pk])
    else:
        _remember_shape(Remembered.Act.MERGE, first, [wording(follower.text)], merged, by, step)
    audit.record(by, "合并识读结果", merged, {"of": [first.text, follower.text]}, {"spans": merged.spans, "title": fields["title"]})
    return merged


@transaction.atomic
def split_finding(finding_id: int, at: int, *, by: Person, version: int | None = None) -> tuple[Finding, Finding]:
    """Make two findings of one (拆分), cut before the character `at` of the plan's text; both have their exact places.

    The split is remembered for the wording, unless it only parts what a merge had joined.
    """
    whole = _finding(finding_id, by, version)
    if not whole.is_item:
        raise Refused("只有目标、任务可以拆分")
    plan = whole.plan
    ends = [shapes.trimmed(plan.text, whole.start, at), shapes.trimmed(plan.text, at, whole.end)] if whole.start < at < whole.end else []
    if len(ends) != 2 or any(a >= b for a, b in ends):
        raise Refused("拆分的地方要在这一项的中间，两边都要有字", status=422)
    kept = [_as_it_stands(whole)]
    parts = []
    for start, end in ends:
        inside = [[max(a, start), min(b, end)] for a, b in whole.places if a < end and b > start]
        parts.append(_make(plan, whole.kind, start, end, reader.read_part(whole, start, end), by, sources=[whole.pk],
                           spans=inside if len(inside) > 1 else []))  # fmt: skip
    whole.retired = True
    _save(whole, by)
    step = _step(plan, by, "拆分", kept, [whole], parts, words=str(whole))
    if _is_the_seam(whole, at):
        _forget_shape(Remembered.Act.MERGE, findings=[whole.pk])
    else:
        _remember_shape(Remembered.Act.SPLIT, whole, [wording(part.text) for part in parts], parts[0], by, step)
    audit.record(by, "拆分识读结果", whole, {"text": whole.text}, {"parts": [[p.start, p.end, p.text] for p in parts]})
    return parts[0], parts[1]


def _is_the_seam(whole: Finding, at: int) -> bool:
    """Whether a cut falls between the two findings that were merged into this one."""
    joined = whole.plan.findings.filter(pk__in=whole.sources).order_by("start", "end") if len(whole.sources) > 1 else []
    ends = [(one.start, one.end) for one in joined]
    return len(ends) == 2 and ends[0][1] <= at <= ends[1][0]


def _make(plan: Plan, kind: str, start: int, end: int, fields: dict, by: Person, **more) -> Finding:
    return Finding.objects.create(
        plan=plan, kind=kind, start=start, end=end, paragraph=reader.paragraph_at(plan, start)[0], place=reader.place(plan, start, end),
        read=fields, fields=fields, added_by=by, **reader.signs(kind, fields), **more,
    )  # fmt: skip


@transaction.atomic
def recheck_plan(plan_id: int, *, by: Person) -> tuple[int, int]:
    """Look again for doubts (重新审读), beside the plans and indicators there are now; returns how many came and how many went."""
    plan = _plan(plan_id, by)
    now = {_doubt_key(f): f for f in reader.doubts(plan, plans.read(plan.text, year=plan.year), reader.others(plan))}
    there = {_doubt_key(f): f for f in plan.findings.standing().filter(kind=Finding.Kind.DOUBT)}
    gone = [f for key, f in there.items() if key not in now and f.state == Finding.State.PENDING]
    new = [f for key, f in now.items() if key not in there]
    if not gone and not new:
        return 0, 0
    kept = [_as_it_stands(f) for f in gone]
    for finding in gone:
        finding.retired = True
        _save(finding, by)
    for finding in new:
        finding.save()
    _step(plan, by, "重新审读", kept, gone, new, words=f"新增 {len(new)} 条疑点，消去 {len(gone)} 条")
    audit.record(by, "重新审读计划", plan, None, {"new": len(new), "gone": len(gone)})
    return len(new), len(gone)


def _doubt_key(doubt: Finding) -> tuple[int, int, str, str]:
    return doubt.start, doubt.end, doubt.code, doubt.read.get("message", "")


@transaction.atomic
def add_finding(plan_id: int, kind: str, start: int, end: int, *, by: Person) -> Finding:
    """Mark a place the reader missed (补录), by the exact span a person selected."""
    plan = _plan(plan_id, by)
    if kind not in (Finding.Kind.TARGET, Finding.Kind.TASK):
        raise Refused("补录只能选“目标”或“任务”", status=400)
    if not 0 <= start < end <= len(plan.text):
        raise Refused(f"选中的位置 {start}–{end} 不在原文 {len(plan.text)} 字之内，请重新选择", status=400)
    words = plan.text[start:end]
    start += len(words) - len(words.lstrip())
    end = start + len(words.strip())
    if start >= end:
        raise Refused("选中的全是空白，请选有字的地方", status=400)
    if end - start > LONGEST:
        raise Refused(f"选中了 {end - start} 字，一项至多 {LONGEST} 字，请只选一件事", status=400)
    if plan.findings.standing().filter(kind=kind, start=start, end=end).exists():
        raise Refused("这一处已经标过了", status=409)
    finding = _make(plan, kind, start, end, reader.read_selection(plan, kind, start, end), by)
    _step(plan, by, "补录", [], [], [finding], words=str(finding))
    audit.record(by, "补录识读结果", finding, None, {"kind": kind, "start": start, "end": end, "text": finding.text})
    return finding


@transaction.atomic
def drop_finding(finding_id: int, *, by: Person, version: int | None = None) -> Plan:
    """Take away a place that a person had added; what the reader found can only be left out."""
    finding = _finding(finding_id, by, version)
    if finding.added_by_id is None:
        raise Refused("识读出的条目不能删除，请点“不入账”")
    if finding.sources:
        raise Refused("合并、拆分得来的条目不能删除，请点“撤回上一步”或“不入账”")
    kept = [_as_it_stands(finding)]
    finding.retired = True
    _save(finding, by)
    _step(finding.plan, by, "删除补录", kept, [finding], words=str(finding))
    audit.record(by, "删除补录", finding, {"kind": finding.kind, "start": finding.start, "end": finding.end, "text": finding.text}, None)
    return finding.plan


@transaction.atomic
def undo_step(plan_id: int, *, by: Person) -> tuple[ReviewStep, int | None]:
    """Take back the person's own last step in a plan (撤回上一步), where nobody has worked on it since.

    Returns the step and the id of a finding to show.
    """
    plan = _plan(plan_id, by)
    step = questions.last_step(by, plan)
    if step is None:
        raise Refused("你在这份文件里没有可以撤回的一步了")
    findings = {f.pk: f for f in plan.findings.select_for_update().filter(pk__in=[int(pk) for pk in step.after])}
    moved = next((f for pk, f in findings.items() if f.version != step.after[str(pk)]), None)
    if moved is not None or len(findings) != len(step.after):
        raise ChangedMeanwhile(f"“{step}”之后又有别的改动，不能直接撤回；请在相应条目上改")
    if step.act == ENTERED:
        return _leave_ledger(step, by), min(findings, default=None)
    entered = Task.objects.filter(finding__in=findings.values()).select_related("finding").first()
    if entered:
        raise Refused(f"“{entered}”已入台账，不能撤回核对；要撤请到台账里撤销第 {entered.number} 项")
    for was in step.before:
        finding = findings[was["pk"]]
        finding.state, finding.fields, finding.retired = was["state"], was["fields"], was["retired"]
        finding.reviewed_by_id, finding.reviewed = was["reviewed_by"], was["reviewed"]
        _save(finding, by)
    for pk in step.made:
        findings[pk].retired = True
        _save(findings[pk], by)
    _passed_on(step, findings)
    now = clock.now()
    ReviewStep.objects.filter(pk=step.pk).update(undone=now)
    _revive(step)
    audit.record(by, "撤回核对步骤", plan, {"step": str(step), "findings": [was["pk"] for was in step.before]}, None)
    shown = step.before[0]["pk"] if step.before and not step.before[0]["retired"] else None
    return step, shown


def _leave_ledger(step: ReviewStep, by: Person) -> ReviewStep:
    """Take back 入台账 where nothing hangs on its rows: they stay as cancelled ones, their sentences may be entered again."""
    tasks = list(Task.objects.select_for_update(of=("self",)).filter(finding__in=[int(pk) for pk in step.after]))
    used = next(((task, why) for task in tasks if (why := _hangs_on(task))), None)
    if used:
        raise Refused(f"“{used[0]}”入台账后{used[1]}，不能整批撤回；不要的请到台账里逐项撤销")
    now = clock.now()
    for task in tasks:
        was, finding = audit.snapshot(task, "state", "finding"), task.finding_id
        before, task.state, task.finding = task.state, Task.State.CANCELLED, None
        task.version, task.changed = task.version + 1, now
        task.save(update_fields=["state", "finding", "version", "changed"])
        TaskEvent.objects.create(
            task=task, act=TaskEvent.Act.CANCEL, was=before, became=task.state, at=now, by=by, words="撤回入台账", data={"finding": finding}
        )
        audit.record(by, "撤回入台账", task, was, audit.snapshot(task, "state", "finding"))
    ReviewStep.objects.filter(pk=step.pk).update(undone=now)
    return step


def _hangs_on(task: Task) -> str:
    """What has come to a row since it entered the ledger, in words; "" where nothing has."""
    if task.state != Task.State.DOING:
        return f"已{task.get_state_display().removeprefix('已')}"
    if event := task.events.exclude(act=TaskEvent.Act.ENTER).first():
        return f"已有“{event.get_act_display()}”"
    for relation in task._meta.related_objects:  # returns, lines of a period, doubts, rotas, parts of it, rows that go on from it
        model = relation.related_model
        if model is not TaskEvent and model._base_manager.filter(**{relation.field.name: task}).exists():
            return "已有子任务或后续任务" if model is Task else f"已有{model._meta.verbose_name}"
    return "已有佐证" if Attachment.objects.filter(owner_type="ledger.task", owner_id=str(task.pk)).exists() else ""


def _passed_on(step: ReviewStep, findings: dict[int, Finding]) -> None:
    """The person's earlier steps know the findings by their new versions, where nobody came between, so that they can follow in turn."""
    began = {str(was["pk"]): was["version"] for was in step.before}
    for earlier in step.plan.steps.filter(by=step.by, undone=None, pk__lt=step.pk):
        known = {pk: findings[int(pk)].version for pk, left in earlier.after.items() if began.get(pk) == left}
        if known:
            earlier.after = earlier.after | known
            earlier.save(update_fields=["after"])


def _is_known_again(finding: Finding) -> bool:
    """Whether what is made of a finding is kept for its wording: not of a doubt, nor of a place only this person marked."""
    return finding.is_item and (finding.added_by_id is None or bool(finding.sources))


def _remember(finding: Finding, by: Person, step: ReviewStep, changed: dict, left_out: bool = False) -> None:
    """Keep what was made of a wording; what says otherwise of it gives way."""
    if changed or left_out:
        _keep(finding, by, step, Remembered.Act.CORRECT, of=finding, fields=changed, left_out=left_out)


def _remember_shape(act: Remembered.Act, of: Finding, pieces: list[str], made: Finding, by: Person, step: ReviewStep) -> None:
    """Keep how a wording was merged or split; what says otherwise of it gives way, its leaving out among it."""
    if _is_known_again(of) and all(pieces):
        _keep(made, by, step, act, of=of, pieces=pieces)


def _keep(finding: Finding, by: Person, step: ReviewStep, act: Remembered.Act, *, of: Finding, **says) -> None:
    """Write down a memory of the wording of `of`, as `finding` shows it; the same said again changes nothing."""
    mark, now, left_out = memory.mark_of(of.text), clock.now(), says.get("left_out", False)
    there = Remembered.objects.filter(kind=of.kind, mark=mark, forgotten=None)
    if there.filter(act=act, **says).exists():
        return
    older = list(_rivals_of(act, left_out, there).values_list("pk", flat=True))
    kept = Remembered.objects.create(kind=of.kind, mark=mark, text=of.text, act=act, finding=finding, by=by, at=now, step=step, **says)
    Remembered.objects.filter(pk__in=older).update(forgotten=now, replaced_by=kept)


def _rivals_of(act: str, left_out: bool, there: QuerySet[Remembered]) -> QuerySet[Remembered]:
    """Which memories of a wording cannot stand beside one: two corrections, two shapes, and leaving it out beside anything."""
    if left_out:
        return there
    corrects = Q(act=Remembered.Act.CORRECT)
    return there.filter(corrects if act == Remembered.Act.CORRECT else ~corrects | Q(left_out=True))


def _revive(step: ReviewStep) -> None:
    """A step is taken back: what it made remembered is forgotten, and what gave way to that is remembered again."""
    gone = step.remembered.filter(forgotten=None)
    Remembered.objects.filter(replaced_by__in=gone).update(forgotten=None, replaced_by=None)
    gone.update(forgotten=clock.now())


def _forget_of(finding: Finding) -> None:
    Remembered.objects.filter(finding=finding, act=Remembered.Act.CORRECT, forgotten=None).update(forgotten=clock.now())


def _forget_shape(act: Remembered.Act, findings: list[int]) -> None:
    Remembered.objects.filter(finding__in=findings, act=act, forgotten=None).update(forgotten=clock.now())


@transaction.atomic
def forget(remembered_id: int, *, by: Person, recall: bool = False) -> Remembered:
    """No longer propose a remembered correction (不再提示), or propose it again."""
    need(by, "ledger.review_plan", REVIEW)
    found = Remembered.objects.select_for_update(of=("self",)).get(pk=remembered_id, finding__plan__in=Plan.objects.within(by))
    before = audit.snapshot(found, "forgotten")
    if recall:
        rivals = Remembered.objects.filter(kind=found.kind, mark=found.mark, forgotten=None).exclude(pk=found.pk)
        _rivals_of(found.act, found.left_out, rivals).update(forgotten=clock.now())
    found.forgotten = None if recall else clock.now()
    found.save(update_fields=["forgotten"])
    audit.record(by, "恢复记住的更正" if recall else "不再提示更正", found, before, audit.snapshot(found, "forgotten"))
    return found
