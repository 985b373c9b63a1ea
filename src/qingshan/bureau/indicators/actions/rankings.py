"""Publishing a ranking, and computing a published one again."""

from __future__ import annotations

from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.indicators import assessments, queries, rankings
from qingshan.bureau.indicators.actions.runs import record_run
from qingshan.bureau.indicators.models import Ranking, RankingCheck
from qingshan.bureau.indicators.periods import Period


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
