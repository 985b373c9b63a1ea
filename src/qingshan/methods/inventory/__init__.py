"""Emission inventory (排放清单): sources and dust, total reduction, pollution equivalents and tax, potentials of VOCs.

>>> from qingshan import standards
>>> from qingshan.methods import inventory
>>> law = standards.get("环境保护税法", edition="2018")
>>> inventory.equivalents(law, "air", "SO2", [95.0, 0.95])
array([100.,   1.])
"""

from qingshan.methods.inventory.ozone import UNITS, Potential, mass, ofp, soap
from qingshan.methods.inventory.reductions import SIZES, Account, Project, reductions
from qingshan.methods.inventory.sources import (
    effective,
    emission,
    fraction,
    pile_factor,
    remaining,
    road,
    road_factor,
    site,
    soil,
)
from qingshan.methods.inventory.tax import (
    MEDIA,
    Tax,
    Taxed,
    equivalent,
    equivalents,
    noise_tax,
    other_equivalents,
    ph_equivalents,
    relief,
    solid_tax,
    tax,
)

__all__ = [
    "MEDIA", "SIZES", "UNITS", "Account", "Potential", "Project", "Tax", "Taxed", "effective", "emission", "equivalent", "equivalents",
    "fraction", "mass", "noise_tax", "ofp", "other_equivalents", "ph_equivalents", "pile_factor", "reductions", "relief", "remaining",
    "road", "road_factor", "site", "soap", "soil", "solid_tax", "tax",
]  # fmt: skip
