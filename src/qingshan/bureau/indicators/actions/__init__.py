"""Changes of state: recording a run, deducting a day, freezing a list, reporting a value, publishing and recomputing a ranking."""

from qingshan.bureau.indicators.actions.appraisal import import_figures, publish_scheme, save_draft
from qingshan.bureau.indicators.actions.dust import deduct_day, withdraw_deduction
from qingshan.bureau.indicators.actions.entries import confirm_entry, enter_score, refuse_entry
from qingshan.bureau.indicators.actions.rankings import check_ranking, confirm_ranking, publish_ranking, recomputed, refuse_ranking
from qingshan.bureau.indicators.actions.reports import confirm_report, refuse_report, report_value
from qingshan.bureau.indicators.actions.rosters import freeze_roster, withdraw_roster
from qingshan.bureau.indicators.actions.runs import record_run

__all__ = [
    "check_ranking", "confirm_entry", "confirm_ranking", "confirm_report", "deduct_day", "enter_score", "freeze_roster", "import_figures",
    "publish_ranking", "publish_scheme", "recomputed", "record_run", "refuse_entry", "refuse_ranking", "refuse_report", "report_value",
    "save_draft", "withdraw_deduction", "withdraw_roster",
]  # fmt: skip
