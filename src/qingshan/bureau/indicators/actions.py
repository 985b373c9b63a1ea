"""Changes of state: recording a run, deducting a day, publishing and recomputing a ranking."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.indicators import assessments, queries, rankings
from qingshan.bureau.indicators.assessments import Assessment
from qingshan.bureau.indicators.models import AssessmentRun, Deduction, Ranking, RankingCheck
from qingshan.bureau.indicators.periods import Period
from qingshan.terms import items


def record_run(held: Assessment) -> AssessmentRun:
    """Put on record what values were computed from (登记评价批次); the same inputs and code give the same run.

    Two who record at the same moment agree on one row: the second finds the first's, or takes the next number.
    """
    for _ in range(5):
        found = queries.run_of(held)
        if found:
            return found
        try:
            with transaction.atomic():
                return _new_run(held)
        except IntegrityError:
            continue
    raise Refused("评价批次登记繁忙，请稍后再试", status=503)


def _new_run(held: Assessment) -> AssessmentRun:
    prefix = f"{clock.today():%Y-%m%d}-"
    taken = AssessmentRun.objects.filter(number__startswith=prefix).values_list("number", flat=True)
    number = max((int(n.removeprefix(prefix)) for n in taken), default=0) + 1
    run = held.run
    return AssessmentRun.objects.create(
        number=f"{prefix}{number:02d}", identity=held.identity, start=held.span.start, end=held.span.end,
        stations=list(held.table.stations), editions=list(run.editions), verify=list(run.verify), code_version=run.code_version,
        table_version=run.table_version, sequence=run.sequence, input_hash=run.input_hash, result_hash=held.result_hash,
        station_days=run.days.num_rows, made=clock.now(),
    )  # fmt: skip


@transaction.atomic
def deduct_day(*, by: Person, day: date, symbols: tuple[str, ...], basis: str, area: Area | None = None) -> Deduction:
    """Leave a day out of particulate values where indicators say so (登记沙尘剔除)."""
    need(by, "indicators.deduct_day", "登记沙尘剔除需要“登记沙尘剔除”权限")
    wrong = [s for s in symbols if s not in ("PM10", "PM2.5")]
    if wrong or not symbols:
        raise Refused(f"沙尘剔除只用于 PM10、PM2.5，不能用于 {'、'.join(wrong) or '空项目'}", field="symbols")
    if not basis.strip():
        raise Refused("请填写依据，例如“中国环境监测总站沙尘剔除结果 2026年4月”", field="basis")
    if day > clock.today():
        raise Refused(f"{day} 还没有到，不能登记剔除", field="day")
    if Deduction.objects.filter(day=day, area=area, withdrawn=None).exists():
        raise Refused(f"{day}已经登记过剔除；要改请先撤销原记录", field="day")
    made = Deduction.objects.create(
        area=area, day=day, items=[i for i in items.AIR if i in symbols], basis=basis.strip(), by=by, at=clock.now()
    )
    audit.record(by, "登记沙尘剔除", made, None, audit.snapshot(made, "day", "items", "basis", "area"), basis)
    return made


@transaction.atomic
def withdraw_deduction(deduction_id: int, *, by: Person, basis: str) -> Deduction:
    """Take a deduction back (撤销沙尘剔除); the row stays with the day it ended."""
    need(by, "indicators.deduct_day", "撤销沙尘剔除需要“登记沙尘剔除”权限")
    found = Deduction.objects.select_for_update().get(pk=deduction_id)
    if found.withdrawn:
        raise Refused(f"{found.day}的剔除已于{found.withdrawn:%Y-%m-%d}撤销")
    if not basis.strip():
        raise Refused("请填写撤销原因", field="basis")
    before = audit.snapshot(found, "withdrawn")
    found.withdrawn = clock.now()
    found.save(update_fields=["withdrawn"])
    audit.record(by, "撤销沙尘剔除", found, before, audit.snapshot(found, "withdrawn"), basis)
    return found


@transaction.atomic
def publish_ranking(scheme_name: str, period: Period, *, by: Person, basis: str = "") -> Ranking:
    """Publish a ranking as it stands (发布排名); a second one of the same period needs a reason and is its next version."""
    need(by, "indicators.publish_ranking", "发布排名需要“发布排名”权限")
    if scheme_name not in {s.name for s in queries.schemes()}:
        raise Refused(f"没有排名方案“{scheme_name}”，请刷新页面后重选", status=404)
    if period.end >= clock.today():
        raise Refused(f"{period.title}还没有结束，到{period.end:%m}月{period.end.day}日以后才能发布排名")
    table, held = queries.ranking(scheme_name, period)
    if not table.rows:
        raise Refused(f"{period.title}没有一个镇街达到参与条件，不能发布：{table.out[0].reason if table.out else '还没有建立镇街区划'}")
    last = Ranking.objects.select_for_update().filter(scheme=scheme_name, period=period.token).order_by("-version").first()
    if last and last.result_hash == table.result_hash:
        raise Refused(f"{period.title}排名已发布（第{last.version}版），数据没有变化，不需要重发")
    if last and not basis.strip():
        raise Refused(f"{period.title}排名已发布过第{last.version}版；重发请写明原因", field="basis")
    made = Ranking.objects.create(
        scheme=scheme_name, period=period.token, version=last.version + 1 if last else 1, table=table.as_data(),
        result_hash=table.result_hash, run=record_run(held), basis=basis.strip(), by=by, published=clock.now(),
    )  # fmt: skip
    audit.record(by, "发布排名", made, None, audit.snapshot(made, "scheme", "period", "version", "result_hash"), basis)
    return made


@transaction.atomic
def check_ranking(ranking_id: int, *, by: Person | None) -> RankingCheck:
    """Compute a published ranking again from the data as they stood then, and record whether it is the same (复算)."""
    found = Ranking.objects.select_related("run").get(pk=ranking_id)
    period = Period.parse(found.period)
    held = assessments.of(period, as_of=found.run.sequence)
    table = rankings.compute(held, queries.scheme(found.scheme), period)
    made = RankingCheck.objects.create(
        ranking=found, at=clock.now(), by=by, result_hash=table.result_hash, same=table.result_hash == found.result_hash
    )
    audit.record(by, "复算排名", found, None, {"一致": made.same, "结果指纹": made.result_hash})
    return made
