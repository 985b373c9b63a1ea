"""What is known of one place over its hours (点位逐时资料)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Place:
    """One station or outlet over an hour axis (一个点位的逐时资料). What is not given is not checked."""

    kind: str
    """``air``, ``outlet``, ``water``"""
    columns: Mapping[str, ArrayLike]
    """values by item, of equal length, one an hour, in the unit of the item; NaN missing"""
    limits: Mapping[str, float] = field(default_factory=dict)
    """discharge limits by item"""
    others: Mapping[str, ArrayLike] = field(default_factory=dict)
    """places around by item, rows are places"""
    upstream: Mapping[str, ArrayLike] = field(default_factory=dict)
    """the place upstream by item"""
    lag: int = 0
    """hours from upstream"""
    marked: ArrayLike | None = None
    """hours marked invalid, in maintenance or calibration"""
    stopped: ArrayLike | None = None
    """hours marked stopped"""
    calibrations: Sequence[int] | None = None
    """hours in which calibrations or changes of parameters begin"""
    visits: Sequence[int] | None = None
    """hours of inspections"""
    flow: ArrayLike | None = None
    production: ArrayLike | None = None
    """power of production [kW]"""
    treatment: ArrayLike | None = None
    """power of treatment [kW]"""
    first_hour: int = 0
    """hour of the week of the first hour, Monday 00 being 0"""
