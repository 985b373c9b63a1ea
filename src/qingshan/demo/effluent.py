"""What the district's outlets discharge: made-up hours of a works and a boiler, always the same, with what the pack tells of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

import numpy as np

from qingshan.demo import pack, weather
from qingshan.terms import items

HOUR = timedelta(hours=1)
ST = {"wastewater": "32", "flue": "31"}
CHECK_HOUR = {"wastewater": 3, "flue": 6}
"""hour of the day that begins with an automatic check"""
CHECKED = ("COD", "NH3-N", "TP", "TN", "flue_SO2", "flue_NOx", "flue_dust")
SPREAD = {"flow": 0.1, "flue_NOx": 0.15, "pH": 0.012, "flue_flow": 0.07, "O2": 0.04, "flue_temperature": 0.03, "flue_humidity": 0.08}


@cache
def told(code: str) -> dict:
    """What the pack says of an outlet."""
    return next(row for row in pack.district()["outlet"] if row["code"] == code)


def codes() -> list[str]:
    return [row["code"] for row in pack.district()["outlet"]]


def factor(symbol: str, medium: str) -> str:
    """The factor code of HJ 212—2017."""
    return items.get(symbol, medium).codes[0]


def units(code: str) -> dict[str, str]:
    """The unit of each factor, as the profile of the data logger says."""
    medium = told(code)["medium"]
    return {factor(i, medium): items.get(i, medium).unit for i in told(code)["mean"] if items.get(i, medium).unit}


def hours(code: str, first: datetime, last: datetime, opened: datetime) -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Hour labels (end of hour), values and flags of each item; what happened counts back from the hour the demonstration was opened."""
    row = told(code)
    label = np.arange(np.datetime64(first, "h"), np.datetime64(last, "h") + np.timedelta64(1, "h"))
    t = label.astype("int64").astype(float)
    clock = (label - np.timedelta64(1, "h")).astype("datetime64[h]").astype(int) % 24
    values, flags = {}, {}
    for item, mean in row["mean"].items():
        spread = SPREAD.get(item, 0.22)
        noise = 0.7 * weather.noise(code + item, t, 30) + 0.5 * weather.noise(code + item + "grain", t, 2)
        daily = 0.6 * spread * np.sin(2 * np.pi * (clock - 8) / 24) if item in ("flow", "flue_flow") else 0.0
        values[item] = mean * np.exp(spread * noise + daily) if spread > 0.02 else mean * (1 + spread * noise)
        flags[item] = np.full(label.size, "N")
        if item in CHECKED:
            flags[item][clock == CHECK_HOUR[row["medium"]]] = "C"
    for one in row["over"]:
        values[one["item"]] = np.where(_during(label, one, opened), values[one["item"]] * one["times"], values[one["item"]])
    for one in row["fault"]:
        flags[one["item"]][_during(label, one, opened)] = "D"
    for one in row["stop"]:
        still = _during(label, one, opened)
        for item in values:
            flags[item][still] = "F"
            values[item] = np.where(still, 20.9 if item == "O2" else 0.0, values[item])
    return label, values, flags


def _during(label: np.ndarray, one: dict, opened: datetime) -> np.ndarray:
    end = np.datetime64(opened - one["ago"] * HOUR, "h")
    return (label > end - np.timedelta64(one["long"], "h")) & (label <= end)
