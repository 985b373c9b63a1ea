"""Acoustic environment (声环境): levels of day and night, functional areas, grades of a city, emission at boundaries.

>>> from qingshan import standards
>>> from qingshan.methods import noise
>>> std = standards.get("GB 3096", edition="2008")
>>> noise.meets(std, ["2", "4a"], "night", [50.0, 55.1]).over
array([0. , 0.1])
"""

from qingshan.methods.noise.areas import WHEN, Compliance, Judged, area_name, functional, limit, meets, sudden
from qingshan.methods.noise.boundary import Corrected, Emission, corrected, emission, peak
from qingshan.methods.noise.city import SUBJECTS, RoadNoise, grade, grade_words, region_mean, road_mean
from qingshan.methods.noise.days import DayLevels, Grid, Period, by_day, day_levels, period
from qingshan.methods.noise.levels import checked, ldn, leq, plausible, statistical

__all__ = [
    "SUBJECTS", "WHEN", "Compliance", "Corrected", "DayLevels", "Emission", "Grid", "Judged", "Period", "RoadNoise", "area_name",
    "by_day", "checked", "corrected", "day_levels", "emission", "functional", "grade", "grade_words", "ldn", "leq", "limit", "meets",
    "peak", "period", "plausible", "region_mean", "road_mean", "statistical", "sudden",
]  # fmt: skip
