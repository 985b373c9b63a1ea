"""Calls of the cases for carbon and energy."""

from __future__ import annotations

from qingshan.methods import carbon


def _allowance(std, **given):
    found = carbon.allowance(std, **given)
    return {"power": found.power, "heat": found.heat, "total": found.total}


def _double(std, **given):
    found = carbon.double_control(**given)
    return {"total_met": found.total_met, "intensity_met": found.intensity_met, "met": found.met}


def _peak(std, **given):
    found = carbon.peak(**given)
    return [found.year, found.years_since, found.last_year, found.state]


CALLS = {
    "carbon.tce": lambda std, **given: carbon.tce(std, **given),
    "carbon.fuel_co2": lambda std, **given: carbon.fuel_co2(std, **given),
    "carbon.aggregate_co2": lambda std, **given: carbon.aggregate_co2(std, **given),
    "carbon.grid_factor": lambda std, **given: carbon.grid_factor(std, **given),
    "carbon.power_co2": lambda std, **given: carbon.power_co2(**given),
    "carbon.benchmark": lambda std, **given: list(carbon.benchmark(std, **given)),
    "carbon.load_correction": lambda std, **given: carbon.load_correction(std, **given),
    "carbon.allowance": _allowance,
    "carbon.intensity": lambda std, **given: carbon.intensity(**given),
    "carbon.decline": lambda std, **given: carbon.decline(**given),
    "carbon.cumulative_decline": lambda std, **given: carbon.cumulative_decline(**given),
    "carbon.constant_price": lambda std, **given: carbon.constant_price(**given),
    "carbon.double_control": _double,
    "carbon.decline_line": lambda std, **given: carbon.decline_line(**given),
    "carbon.progress": lambda std, **given: carbon.progress(**given).words,
    "carbon.needed_rate": lambda std, **given: carbon.needed_rate(**given),
    "carbon.peak": _peak,
}
