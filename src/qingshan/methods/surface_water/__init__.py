"""Surface water (地表水): class, main pollutants, rivers and basins, trophic state, city index, compliance, black water, blooms.

>>> from qingshan import standards
>>> from qingshan.methods import surface_water as water
>>> gb3838 = standards.get("GB 3838", edition="2002")
>>> water.item_class(gb3838, "TP", [0.2, 0.10007, 0.41, None], water="river").tolist()
[3, 3, 6, 0]
"""

from qingshan.methods.surface_water.averages import Means, item_mean, period_means, ph_mean, section_means
from qingshan.methods.surface_water.bases import Basis, basis, chosen, extra_items, rounded, rounding_words
from qingshan.methods.surface_water.basins import (
    Basin,
    Trend,
    basin,
    basin_sentence,
    change_words,
    class_shares,
    comparable,
    exceeding_shares,
    share_change_words,
    share_grade,
    trend,
    whole_lake,
)
from qingshan.methods.surface_water.black_odorous import BlackBody, BlackOdorous, black_odorous, body_level, level_words, point_level
from qingshan.methods.surface_water.blooms import (
    bloom_area_level,
    bloom_level,
    bloom_words,
    chlorophyll_level,
    higher_level,
    lake_bloom_level,
)
from qingshan.methods.surface_water.classes import (
    Limits,
    class_words,
    enough_oxygen,
    item_class,
    limit,
    limits,
    meets_limit,
    read_classes,
    saturation_percent,
    symbol,
    temperature_meets,
    times_over,
)
from qingshan.methods.surface_water.columns import WATER, unit_faults, water_types
from qingshan.methods.surface_water.compliance import (
    ABSENT,
    YEAR,
    Frozen,
    Kept,
    Shares,
    meets_target,
    rivers_meet,
    shares,
    stays,
    stays_at_least,
    year_meets,
)
from qingshan.methods.surface_water.cwqi import (
    CityIndex,
    change_rate,
    city_index,
    cwqi,
    is_steady,
    less_inflow,
    rank_change,
    rank_index,
    single_water_index,
)
from qingshan.methods.surface_water.displayed import settled
from qingshan.methods.surface_water.sections import Sections, colour_words, evaluate, grade_words, grades, main_words, sentences
from qingshan.methods.surface_water.trophic import Trophic, combine, parameters, single_tli, tli_grades, tli_words, trophic, weights

__all__ = [
    "ABSENT", "WATER", "YEAR", "Basin", "Basis", "BlackBody", "BlackOdorous", "CityIndex", "Frozen", "Kept", "Limits", "Means",
    "Sections", "Shares", "Trend", "Trophic", "basin", "basin_sentence", "basis", "black_odorous", "bloom_area_level",
    "bloom_level", "bloom_words", "body_level", "change_rate", "change_words", "chlorophyll_level", "chosen", "city_index",
    "class_shares", "class_words", "colour_words", "combine", "comparable", "cwqi", "enough_oxygen", "evaluate", "exceeding_shares",
    "extra_items", "grade_words", "grades", "higher_level", "is_steady", "item_class", "item_mean", "lake_bloom_level",
    "less_inflow", "level_words", "limit", "limits", "main_words", "meets_limit", "meets_target", "parameters", "period_means",
    "ph_mean", "point_level", "rank_change", "rank_index", "read_classes", "rivers_meet", "rounded", "rounding_words",
    "saturation_percent", "section_means", "sentences", "settled", "share_change_words", "share_grade", "shares", "single_tli",
    "single_water_index", "stays", "stays_at_least", "symbol", "temperature_meets", "times_over", "tli_grades", "tli_words",
    "trend", "trophic", "unit_faults", "water_types", "weights", "whole_lake", "year_meets",
]  # fmt: skip
