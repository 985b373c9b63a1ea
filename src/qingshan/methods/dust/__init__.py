"""Dust (扬尘): dustfall (降尘), road dust load (道路积尘负荷), half-monthly ranking of TSP by township (粗颗粒物).

>>> from qingshan import standards
>>> from qingshan.methods import dust
>>> float(dust.dustfall(standards.get("HJ 1221", edition="2021"), 40.0, 40.25, 0.0, 176.7, 30.0))
14.1
>>> float(dust.per_30_days(5.6, 28))
6.0
"""

from qingshan.methods.dust.dustfall import (
    Reach,
    days_in_month,
    dustfall,
    meets_target,
    per_30_days,
    per_month,
    reach,
)
from qingshan.methods.dust.inputs import DustMonth, dust_month
from qingshan.methods.dust.road import grade_shares, load_grade, load_mean
from qingshan.methods.dust.tsp import TspRanking, half_month, half_month_dates, rank_tsp, tsp_mean

__all__ = [
    "DustMonth", "Reach", "TspRanking", "days_in_month", "dust_month", "dustfall", "grade_shares", "half_month", "half_month_dates",
    "load_grade", "load_mean", "meets_target", "per_30_days", "per_month", "rank_tsp", "reach", "tsp_mean",
]  # fmt: skip
