"""Publishing a ranking, confirming it, and computing a published one again."""

from __future__ import annotations

import re

from django.db import IntegrityError, transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.indicators import assessments, explanations, queries, rankings
from qingshan.bureau.indicators.actions.runs import record_run
from qingshan.bureau.indicators.inputs import Inputs, cutoff_of, gather, input_hash
from qingshan.bureau.indicators.models import Ranking, RankingCheck
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.schemes import Scheme

MAY = "发布排名需要“发布排名”权限"


@transaction.atomic
def publish_ranking(scheme_name: str, period: Period, *, by: Person, basis: str = "") -> Ranking:
    """Publish a ranking as it stands (发布排名); a second one of the same period needs a reason and is its next version.

    Where the scheme wants two people this proposes it; towns see it when another person has confirmed.
    """
    need(by, "indicators.publish_ranking", MAY)
    if scheme_name not in {s.name for s in queries.schemes()}:
        raise Refused(f"没有排名方案“{scheme_name}”，请刷新页面后重选", status=404)
    scheme = _in_force(scheme_name, period)
    _is_due(scheme, period)
    held = queries.assessed(scheme, period)
    given = gather(scheme, held, as_of=cutoff_of(scheme, period))
    table = rankings.compute(held, scheme, period, given)
    if not table.rows:
        raise Refused(f"{period.title}没有一个{scheme.units.title}达到参与条件，不能发布：{_why_none(scheme, table)}")
    same = Ranking.objects.select_for_update().filter(scheme=scheme_name, period=period.token).order_by("-version")
    if same.filter(state=Ranking.State.PROPOSED).exists():
        raise Refused(f"{period.title}{scheme.title}已提交，等待复核；复核或退回后再发布")
    last = same.filter(state=Ranking.State.PUBLISHED).first()
    newest = same.first()
    if last and last.result_hash == table.result_hash:
        raise Refused(f"{period.title}排名已发布（第{last.version}版），数据没有变化，不需要重发")
    if last and not basis.strip():
        raise Refused(f"{period.title}排名已发布过第{last.version}版；重发请写明原因", field="basis")
    detail = explanations.detail(given, scheme, period)
    frozen = given.frozen()
    run = record_run(held) if held else None
    try:
        with transaction.atomic():
            made = Ranking.objects.create(
                scheme=scheme_name, period=period.token, version=newest.version + 1 if newest else 1, table=table.as_data(),
                result_hash=table.result_hash, run=run, basis=basis.strip(), by=by, published=clock.now(), detail=detail,
                state=Ranking.State.PROPOSED if scheme.publish.two else Ranking.State.PUBLISHED,
                inputs={**frozen, "hash": input_hash(frozen)}, number="" if scheme.publish.two else _number(scheme, period),
            )  # fmt: skip
    except IntegrityError:
        raise Refused(f"{period.title}{scheme.title}刚由别人发布，请刷新后再看") from None
    said = audit.snapshot(made, "scheme", "period", "version", "number", "result_hash", "state")
    audit.record(by, "提交排名" if scheme.publish.two else "发布排名", made, None, {**said, "输入指纹": made.inputs["hash"]}, basis)
    return made


@transaction.atomic
def confirm_ranking(ranking_id: int, *, by: Person) -> Ranking:
    """A second person confirms what one proposed (复核发布); it is published now, with its number."""
    need(by, "indicators.publish_ranking", "复核排名需要“发布排名”权限")
    found = _proposed(ranking_id)
    if found.by_id == by.pk:
        raise Refused(f"{found}由您提交，要由另一人复核")
    before = audit.snapshot(found, "state", "number")
    scheme = Scheme.model_validate(found.inputs["schemes"][found.scheme])
    found.state, found.confirmed_by, found.published = Ranking.State.PUBLISHED, by, clock.now()
    found.number = _number(scheme, Period.parse(found.period))
    found.save(update_fields=["state", "confirmed_by", "published", "number"])
    audit.record(by, "复核发布排名", found, before, audit.snapshot(found, "state", "number"))
    return found


@transaction.atomic
def refuse_ranking(ranking_id: int, *, by: Person, basis: str) -> Ranking:
    """A second person sends a proposed ranking back (退回)."""
    need(by, "indicators.publish_ranking", "退回排名需要“发布排名”权限")
    found = _proposed(ranking_id)
    if not basis.strip():
        raise Refused("请写明退回原因", field="basis")
    before = audit.snapshot(found, "state")
    found.state, found.confirmed_by = Ranking.State.REFUSED, by
    found.save(update_fields=["state", "confirmed_by"])
    audit.record(by, "退回排名", found, before, audit.snapshot(found, "state"), basis)
    return found


@transaction.atomic
def check_ranking(ranking_id: int, *, by: Person | None) -> RankingCheck:
    """Compute a published ranking again from what went in then, and record whether it is the same (复算)."""
    found = Ranking.objects.select_related("run").get(pk=ranking_id)
    if by is not None and found.state != Ranking.State.PUBLISHED and not queries.may_see_drafts(by):
        raise Ranking.DoesNotExist
    table = recomputed(found)
    made = RankingCheck.objects.create(
        ranking=found, at=clock.now(), by=by, result_hash=table.result_hash, same=table.result_hash == found.result_hash
    )
    audit.record(by, "复算排名", found, None, {"一致": made.same, "结果指纹": made.result_hash})
    return made


def recomputed(found: Ranking) -> rankings.Table:
    """A published table made again: hours as stored then; declaration, stations, deductions, entries and figures as kept."""
    period = Period.parse(found.period)
    if not found.inputs:  # published before inputs were kept
        return rankings.compute(assessments.of(period, as_of=found.run.sequence), queries.scheme(found.scheme), period)
    given = Inputs.thawed(found.inputs)
    return rankings.compute(given.held, given.schemes[found.scheme], period, given)


def _in_force(name: str, period: Period) -> Scheme:
    try:
        return queries.scheme(name, period.end)
    except LookupError as error:
        raise Refused(str(error)) from None


def _is_due(scheme: Scheme, period: Period) -> None:
    if period.end >= clock.today():
        raise Refused(f"{period.title}还没有结束，到{period.end:%m}月{period.end.day}日以后才能发布排名")
    until = cutoff_of(scheme, period)
    if until is not None and clock.now() < until:
        raise Refused(f"{period.title}数据截止 {until:%Y-%m-%d %H:%M}，截止以后才能发布")
    if not queries.fits(scheme, period):
        words = queries.RHYTHMS[scheme.rhythm]
        raise Refused(f"“{scheme.title}”按{words}发布，{period.title}不是一个{words}")


def _why_none(scheme: Scheme, table: rankings.Table) -> str:
    if table.out:
        return table.out[0].reason
    return "还没有建立镇街区划" if scheme.units.kind == "town" else f"没有{scheme.units.title}的数据，请先填报或导入"


def _proposed(ranking_id: int) -> Ranking:
    found = Ranking.objects.select_for_update(of=("self",)).get(pk=ranking_id)
    if found.state != Ranking.State.PROPOSED:
        raise Refused(f"{found}当前为“{found.get_state_display()}”，不在待复核")
    return found


def _number(scheme: Scheme, period: Period) -> str:
    """The next number of this year (发布文号); "" where the scheme has none."""
    form = scheme.publish.number
    if not form:
        return ""
    year = period.end.year
    head, tail = (part.replace("{year}", str(year)) for part in form.split("{n}", 1))
    taken = Ranking.objects.filter(number__startswith=head, number__endswith=tail, period__startswith=str(year)) if head or tail else (
        Ranking.objects.filter(scheme=scheme.name, period__startswith=str(year)).exclude(number="")
    )  # fmt: skip
    numbers = [re.fullmatch(re.escape(head) + r"(\d+)" + re.escape(tail), n) for n in taken.values_list("number", flat=True)]
    return f"{head}{max((int(m[1]) for m in numbers if m), default=0) + 1}{tail}"
