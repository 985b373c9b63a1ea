"""Soil (土壤): risk of farmland (GB 15618) and construction land (GB 36600), pollution indices, and the accounting of safe use."""

from qingshan.methods.soil.accounting import (
    FarmlandRate,
    Field,
    PlotRate,
    StrictLand,
    farmland_areas,
    farmland_rate,
    manure_use_rate,
    pig_equivalents,
    plot_rate,
    strict_land,
)
from qingshan.methods.soil.construction import construction_land
from qingshan.methods.soil.farmland import farmland
from qingshan.methods.soil.index import Indices, indices
from qingshan.methods.soil.risk import Risk

__all__ = [
    "FarmlandRate", "Field", "Indices", "PlotRate", "Risk", "StrictLand", "construction_land", "farmland", "farmland_areas",
    "farmland_rate", "indices", "manure_use_rate", "pig_equivalents", "plot_rate", "strict_land",
]  # fmt: skip
