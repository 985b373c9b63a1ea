"""The district's air by station: the weather of the pack's places, and the few episodes told in the pack."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from qingshan.demo import pack, weather


def place(code: str) -> weather.Place:
    row = next(s for s in pack.district()["station"] if s["code"] == code)
    return weather.Place(code, **{name: row[name] for name in ("fine", "coarse", "traffic", "ozone", "missing")})


def hours(code: str, first: datetime, last: datetime, opened: datetime) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Hour labels (end of hour) and values of one station; episodes count back from the hour the demonstration was opened."""
    label, values = weather.hours(place(code), first, last)
    for episode in pack.district()["episode"]:
        if episode["station"] == code:
            end = opened - timedelta(hours=episode["ago"])
            during = (label > np.datetime64(end - timedelta(hours=episode["long"]), "h")) & (label <= np.datetime64(end, "h"))
            _, whole = weather.hours(replace(place(code), missing=0.0), first, last)          # its instruments were well
            values = {item: np.where(during, whole[item] + episode["add"].get(item, 0.0), values[item]) for item in values}
    return label, values
