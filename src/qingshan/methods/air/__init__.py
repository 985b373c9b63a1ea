"""Ambient air quality (环境空气质量): indices, daily and period statistics, evaluation, ranking, alerts, year on year.

>>> from qingshan import standards
>>> from qingshan.methods import air
>>> std = standards.get("HJ 633", edition="2026")
>>> air.iaqi(std, "PM2.5", "24h", [34, 60.5, 60.51, None])
array([ 49., 100., 101.,  nan])
"""

from qingshan.methods.air.alert import Alert, Trigger, alert_action, alert_levels, alerts
from qingshan.methods.air.compare import MEASURES, Side, Spell, YearOnYear, spell, year_on_year
from qingshan.methods.air.composite import composite_index, largest_ratio_composite, largest_ratio_index, single_index
from qingshan.methods.air.days import COLUMNS, MEANS, AirDays, Days, day_value, days, evaluate_days
from qingshan.methods.air.index import BIT, Report, class_words, daily, hourly, iaqi, level, primary_bits, primary_words
from qingshan.methods.air.period import (
    DAY_COLUMN,
    DayCount,
    city_days,
    day_column,
    good_days,
    heavy_days,
    level_days,
    meets,
    moving_years,
    primary_days,
    region_mean,
    statistic,
    statistics,
)
from qingshan.methods.air.placing import Changes, Composite, change_rate, composite_under, limits_of, rank_areas, rank_change
from qingshan.methods.air.rules import limit, limit_table, places, times_over, validity_rule
from qingshan.methods.air.standing import (
    EXCEEDED,
    MET,
    PARTIAL,
    UNKNOWN,
    Evaluation,
    Exceedance,
    Standing,
    Trend,
    evaluate_period,
    exceedance,
    trend,
)

__all__ = [
    "BIT", "COLUMNS", "DAY_COLUMN", "EXCEEDED", "MEANS", "MEASURES", "MET", "PARTIAL", "UNKNOWN", "AirDays", "Alert", "Changes",
    "Composite", "DayCount", "Days", "Evaluation", "Exceedance", "Report", "Side", "Spell", "Standing", "Trend", "Trigger", "YearOnYear",
    "alert_action", "alert_levels", "alerts", "change_rate", "city_days", "class_words", "composite_index", "composite_under", "daily",
    "day_column", "day_value", "days", "evaluate_days", "evaluate_period", "exceedance", "good_days", "heavy_days", "hourly", "iaqi",
    "largest_ratio_composite", "largest_ratio_index", "level", "level_days", "limit", "limit_table", "limits_of", "meets",
    "moving_years", "places", "primary_bits", "primary_days", "primary_words", "rank_areas", "rank_change", "region_mean", "single_index",
    "spell", "statistic", "statistics", "times_over", "trend", "validity_rule", "year_on_year",
]  # fmt: skip
