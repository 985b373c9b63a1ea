"""Ambient air quality (环境空气质量): indices, daily statistics, period statistics, ranking index.

>>> from qingshan import standards
>>> from qingshan.methods import air
>>> std = standards.get("HJ 633", edition="2026")
>>> air.iaqi(std, "PM2.5", "24h", [34, 60.5, 60.51, None])
array([ 49., 100., 101.,  nan])
"""

from qingshan.methods.air.composite import composite_index, largest_ratio_composite, largest_ratio_index, single_index
from qingshan.methods.air.days import COLUMNS, MEANS, AirDays, Days, days, evaluate_days
from qingshan.methods.air.index import BIT, Report, class_words, daily, hourly, iaqi, level, primary_bits, primary_words
from qingshan.methods.air.period import (
    DAY_COLUMN,
    DayCount,
    city_days,
    good_days,
    heavy_days,
    level_days,
    meets,
    statistic,
    statistics,
)
from qingshan.methods.air.rules import limit, times_over, validity_rule

__all__ = [
    "BIT", "COLUMNS", "DAY_COLUMN", "MEANS", "AirDays", "DayCount", "Days", "Report", "city_days", "class_words", "composite_index",
    "daily", "days", "evaluate_days", "good_days", "heavy_days", "hourly", "iaqi", "largest_ratio_composite", "largest_ratio_index",
    "level", "level_days", "limit", "meets", "primary_bits", "primary_words", "single_index", "statistic", "statistics", "times_over",
    "validity_rule",
]  # fmt: skip
