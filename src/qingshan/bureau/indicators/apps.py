from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "qingshan.bureau.indicators"
    label = "indicators"
    verbose_name = "指标"

    def ready(self) -> None:
        def whole_bureau(person) -> bool:
            return person.scope_areas() is None

        def fills_in(person) -> bool:
            return not whole_bureau(person) and person.has_perm("indicators.enter_score") and bool(queries.fillable(person))

        from django.db.models import Q

        from qingshan.bureau.base import frame, trail
        from qingshan.bureau.indicators import bottom_lines, case_values, declared, declared_rosters, queries, schemes  # noqa: F401
        from qingshan.bureau.indicators.models import AssessmentRun, Deduction, Ranking, RankingCheck, Report
        from qingshan.bureau.indicators.targets import measure
        from qingshan.bureau.ledger import measures

        frame.nav("monitor", "目标倒算", "indicators:budgets", order=50, prefix="/budget/")
        frame.nav("monitor", "考核排名", "indicators:ranking", order=40, prefix="/ranking/")
        frame.nav("monitor", "考核方案", "indicators:schemes", order=45, prefix="/schemes/", may=whole_bureau)
        frame.nav("monitor", "考核填报", "indicators:entries", order=46, prefix="/schemes/entries/", may=fills_in)
        frame.nav("monitor", "指标口径", "indicators:definitions", order=60, prefix="/indicators/")
        measures.provider.add("indicators")(measure)
        trail.rows("runs", AssessmentRun)
        trail.rows("deductions", Deduction, ("area_id", "day", "items", "basis", "by_id", "at"))
        trail.rows("reports", Report, ("indicator", "area_id", "period", "version", "value", "note", "organisation_id", "by_id", "at"))
        kept = ("scheme", "period", "version", "table", "result_hash", "run_id", "inputs", "detail", "by_id", "published")
        trail.rows("rankings", Ranking, kept, Q(state=Ranking.State.PUBLISHED))
        trail.rows("ranking_checks", RankingCheck)
