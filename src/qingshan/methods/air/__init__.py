"""Ambient air quality (环境空气质量): indices, daily statistics, period statistics, ranking index.

>>> from qingshan import standards
>>> from qingshan.methods import air
>>> std = standards.get("HJ 633", edition="2026")
>>> air.iaqi(std, "PM2.5", "24h", [34, 60.5, 60.51, None])
array([ 49., 100., 101.,  nan])
"""

from qingshan.methods.air.days import COLUMNS, MEANS, AirDays, Days, days, evaluate_days
from qingshan.methods.air.index import BIT, Report, class_words, daily, hourly, iaqi, level, primary_bits, primary_words
from qingshan.methods.air.rules import limit, times_over, validity_rule

__all__ = [
    "BIT", "COLUMNS", "MEANS", "AirDays", "Days", "Report", "class_words", "daily", "days", "evaluate_days", "hourly", "iaqi", "level",
    "limit", "primary_bits", "primary_words", "times_over", "validity_rule",
]  # fmt: skip
