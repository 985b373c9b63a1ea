"""Scores, places, grades and money of a scheme (考核计分): pure functions on columns of units.

A scheme turns each item's value into points (``transforms``), adds them up by weight with a stated rule for what is missing
(``composite``), orders the units, grades them and counts money (``standing``), holds that nobody gains by getting worse
(``ratchet``), and says how firm the order is where data are missing (``firmness``). What the numbers are is the scheme's
declaration; nothing here has any of its own.
"""

from qingshan.methods.scoring.composite import MISSING, Scores, normalised, weigh
from qingshan.methods.scoring.firmness import Firmness, bounds, filled_means, firmness
from qingshan.methods.scoring.standing import TIES, Grade, Neighbours, grades, money, neighbours, places, smallest_change
from qingshan.methods.scoring.transforms import Band, bands, change_rate, deduct, efficacy, linear, rank_points, ratchet, ratio

__all__ = [
    "MISSING", "TIES", "Band", "Firmness", "Grade", "Neighbours", "Scores", "bands", "bounds", "change_rate", "deduct", "efficacy",
    "filled_means", "firmness", "grades", "linear", "money", "neighbours", "normalised", "places", "rank_points", "ratchet", "ratio",
    "smallest_change", "weigh",
]  # fmt: skip
