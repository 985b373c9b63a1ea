"""The district's air by station: the weather of the pack's places, and the one episode of the opening day."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from qingshan.demo import pack, weather

EPISODE = {"QC07": {"PM2.5": 118.0, "PM10": 320.0}, "QC17": {"PM2.5": 96.0, "PM10": 260.0}}
"""What the episode adds at its height [µg/m³]: dust and smoke at 石门, so that an alarm can be watched as it opens."""
EPISODE_HOURS = 3


def place(code: str) -> weather.Place:
    row = next(s for s in pack.district()["station"] if s["code"] == code)
    return weather.Place(code, **{name: row[name] for name in ("fine", "coarse", "traffic", "ozone", "missing")})


def hours(code: str, first: datetime, last: datetime, episode: datetime) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Hour labels (end of hour) and values of one station; the `episode` ends with that hour label."""
    label, values = weather.hours(place(code), first, last)
    for item, height in EPISODE.get(code, {}).items():
        during = (label > np.datetime64(episode - timedelta(hours=EPISODE_HOURS), "h")) & (label <= np.datetime64(episode, "h"))
        values[item] = np.where(during, np.nan_to_num(values[item], nan=40.0) + height, values[item])
    return label, values
