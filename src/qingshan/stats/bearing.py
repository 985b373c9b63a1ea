"""How far and in which direction one place lies from another (距离、方位)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from qingshan.stats.columns import Numbers, finite
from qingshan.terms import arguments

EARTH = 6371.0088
"""mean radius [km]"""
POINTS = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")


def distance(lon: ArrayLike, lat: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> Numbers:
    """Great-circle distance [km] between points given in degrees (haversine); NaN where one is missing."""
    a, b = np.radians(finite(lat, "纬度")), np.radians(finite(lat2, "纬度"))
    across = np.radians(finite(lon2, "经度") - finite(lon, "经度"))
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(across / 2) ** 2
    return np.asarray(2 * EARTH * np.arcsin(np.sqrt(half)))


def bearing(lon: ArrayLike, lat: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> Numbers:
    """Direction [°] in which the second point lies from the first, clockwise from north, 0 ≤ b < 360."""
    a, b = np.radians(finite(lat, "纬度")), np.radians(finite(lat2, "纬度"))
    across = np.radians(finite(lon2, "经度") - finite(lon, "经度"))
    east, north = np.sin(across) * np.cos(b), np.cos(a) * np.sin(b) - np.sin(a) * np.cos(b) * np.cos(across)
    return np.asarray(np.degrees(np.arctan2(east, north)) % 360)


def apart(one: ArrayLike, two: ArrayLike) -> Numbers:
    """Angle [°] between two directions, 0 to 180."""
    return np.asarray(np.abs((finite(one, "方位") - finite(two, "方位") + 180) % 360 - 180))


def point(degrees: float) -> str:
    """The name of a direction in eight points: 22.5° to 67.5° is 东北."""
    return POINTS[int(((degrees + 22.5) % 360) // 45)]


arguments.guard(__name__)
