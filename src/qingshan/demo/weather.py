"""The air over the demonstration district: made-up hours that hang together, the same for every run.

Every value is a pure function of (seed, station, hour), so any hour can be made alone and comes out the same:
noise is hashed from the lattice point it belongs to, never drawn in sequence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

SEED = 20260101
HOUR = np.timedelta64(1, "h")


@dataclass(frozen=True)
class Place:
    """What makes one station's air its own: factors on the district's air (1 = the district mean)."""

    code: str
    fine: float = 1.0
    coarse: float = 1.0
    traffic: float = 1.0
    ozone: float = 1.0
    missing: float = 0.02


def hours(place: Place, first: datetime, last: datetime) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Hour labels (end of hour) from `first` to `last`, both included, and each item's value [µg/m³; CO mg/m³], NaN where missing."""
    label = np.arange(np.datetime64(first, "h"), np.datetime64(last, "h") + HOUR, HOUR)
    t = label.astype("int64").astype(float)
    began = label - HOUR
    day_of_year = (began - began.astype("datetime64[Y]")).astype("timedelta64[h]").astype(float) / 24
    clock = (began - began.astype("datetime64[D]")).astype("timedelta64[h]").astype(float) + 0.5
    year = began.astype("datetime64[Y]").astype(int) + 1970
    winter = np.cos(2 * np.pi * (day_of_year - 15) / 365.25)
    cleaner = 0.95 ** (year - 2025.0)

    synoptic = 0.62 * noise("synoptic", t, 60) + 0.25 * noise("front", t, 17)
    local = 0.16 * noise(place.code + "fine", t, 5) + 0.08 * noise(place.code + "grain", t, 1)
    rush = np.exp(-0.5 * ((clock - 8) / 1.8) ** 2) + 1.1 * np.exp(-0.5 * ((clock - 20) / 2.6) ** 2)
    sun = np.clip(np.sin(np.pi * (clock - 6.2) / 12.4), 0, None) ** 1.3
    warm = 0.5 - 0.5 * winter

    fine = 26.6 * cleaner * place.fine * np.exp(0.40 * winter + synoptic + local + 0.14 * (rush - 0.6))
    dust = _bursts("dust", t, every=24 * 16, long=15) * np.clip(np.cos(2 * np.pi * (day_of_year - 105) / 365.25), 0, None)
    works = _bursts(place.code + "works", t, every=24 * 12, long=3)
    coarse = (14 * np.exp(0.3 * noise("coarse", t, 30) + local) * place.coarse + 150 * dust + 60 * works * place.coarse) * cleaner
    no2 = 25 * cleaner * place.traffic * np.exp(0.30 * winter + 0.55 * synoptic + 0.5 * local + 0.28 * (rush - 0.7) - 0.25 * sun)
    ozone_weather = np.exp(0.30 * noise("ozone", t, 40))
    o3 = np.clip((32 + (30 + 108 * warm**1.3) * sun * ozone_weather + 14 * warm - 0.38 * no2 + 3 * local) * place.ozone, 2, None)
    so2 = 5.2 * cleaner * np.exp(0.35 * winter + 0.35 * synoptic + 0.6 * local)
    co = 0.52 * cleaner * np.exp(0.30 * winter + 0.55 * synoptic + 0.4 * local + 0.08 * rush)

    values = {
        "SO2": np.maximum(np.rint(so2), 1), "NO2": np.maximum(np.rint(no2), 2), "CO": np.maximum(np.round(co, 2), 0.1),
        "O3": np.rint(o3), "PM10": np.rint(fine + coarse), "PM2.5": np.maximum(np.rint(fine), 2),
    }
    out = _bursts(place.code + "out", t, every=24 * 21, long=round(24 * 21 * place.missing * 1.6)) > 0.05
    for item, value in values.items():
        value[out | (_uniform(place.code + item, t) < place.missing * 0.4)] = np.nan
    return label, values


def _uniform(stream: str, k: np.ndarray) -> np.ndarray:
    """One number in (0, 1) per whole `k`, the same for ever: splitmix64 of seed, stream and `k`."""
    key = np.uint64(SEED)
    for byte in stream.encode():
        key = np.uint64((int(key) * 1099511628211 + byte) % 2**64)
    with np.errstate(over="ignore"):
        z = k.astype(np.int64).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + key
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)).astype(float) / 2**53 + 2.0**-54


def noise(stream: str, t: np.ndarray, step: float) -> np.ndarray:
    """Smooth noise of mean 0 and about unit spread, changing over `step` hours."""
    whole = np.floor(t / step)
    part = t / step - whole
    ease = part * part * (3 - 2 * part)
    return ((1 - ease) * _normal(stream, whole) + ease * _normal(stream, whole + 1)) / np.sqrt((1 - ease) ** 2 + ease**2)


def _normal(stream: str, k: np.ndarray) -> np.ndarray:
    return np.sqrt(-2 * np.log(_uniform(stream, k))) * np.cos(2 * np.pi * _uniform(stream + "°", k))


def _bursts(stream: str, t: np.ndarray, *, every: int, long: int) -> np.ndarray:
    """Episodes: one in each `every` hours at a hashed moment, rising and falling within `long` hours; 0 … 1.6."""
    slot = np.floor(t / every)
    start = slot * every + np.floor(_uniform(stream, slot) * max(every - long, 1))
    inside = (t - start) / max(long, 1)
    shape = np.where((inside >= 0) & (inside < 1), np.sin(np.pi * np.clip(inside, 0, 1)), 0)
    return shape * (0.4 + 1.2 * _uniform(stream + "^", slot))
