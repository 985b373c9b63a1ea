"""Carbon and energy (碳与能源): coal equivalent, CO2 of fuels and power, intensity, double control, allowance, the way to a goal.

>>> from qingshan import standards
>>> from qingshan.methods import carbon
>>> std = standards.get("GB/T 2589", edition="2020")
>>> carbon.tce(std, "原煤", [1.0, 0.5], "万t")
array([7143. , 3571.5])
"""

from qingshan.methods.carbon.allowance import KINDS, Allowance, allowance, benchmark, load_correction
from qingshan.methods.carbon.amounts import UNITS, converted, positive
from qingshan.methods.carbon.emissions import aggregate_co2, fuel_co2, grid_factor, power_co2
from qingshan.methods.carbon.energy import (
    DoubleControl,
    constant_price,
    cumulative_decline,
    decline,
    double_control,
    intensity,
    tce,
)
from qingshan.methods.carbon.path import MANNERS, Peak, Progress, decline_line, line, needed_rate, peak, progress

__all__ = [
    "KINDS", "MANNERS", "UNITS", "Allowance", "DoubleControl", "Peak", "Progress", "aggregate_co2", "allowance", "benchmark",
    "constant_price", "converted", "cumulative_decline", "decline", "decline_line", "double_control", "fuel_co2", "grid_factor",
    "intensity", "line", "load_correction", "needed_rate", "peak", "positive", "power_co2", "progress", "tce",
]  # fmt: skip
