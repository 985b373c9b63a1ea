"""Calls of the cases for air."""

from __future__ import annotations

from qingshan.methods import air

CALLS = {
    "iaqi": lambda std, item, window, conc: air.iaqi(std, item, window, conc),
}
