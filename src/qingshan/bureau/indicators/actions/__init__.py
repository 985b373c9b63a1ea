"""Changes of state: recording a run, deducting a day, reporting a value, publishing and recomputing a ranking."""

from qingshan.bureau.indicators.actions.dust import deduct_day, withdraw_deduction
from qingshan.bureau.indicators.actions.rankings import check_ranking, publish_ranking
from qingshan.bureau.indicators.actions.reports import confirm_report, refuse_report, report_value
from qingshan.bureau.indicators.actions.runs import record_run

__all__ = [
    "check_ranking", "confirm_report", "deduct_day", "publish_ranking", "record_run", "refuse_report", "report_value", "withdraw_deduction",
]  # fmt: skip
