"""Plausible air for simulated devices: a daily course by item, slow episodes, small noise. Not for any judgement.

Units are those agreed for air devices here: µg/m³, CO mg/m³. Item codes: HJ 212—2017 附录 B, and a05024 for ozone.
"""

from __future__ import annotations

import math
import random
from datetime import datetime

CODES = {"SO2": "a21026", "NO2": "a21004", "CO": "a21005", "O3": "a05024", "PM10": "a34002", "PM2.5": "a34004"}
DECIMALS = {"a21026": 1, "a21004": 1, "a21005": 2, "a05024": 1, "a34002": 1, "a34004": 1, "a01001": 1, "a01002": 1, "a01006": 2,
            "a01007": 1, "a01008": 0}  # fmt: skip


class Air:
    """The air over one device; the same seed gives the same values."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - not for secrets
        self._level = self._random.uniform(0.7, 1.4)
        self._phase = self._random.uniform(0, 10)

    def at(self, moment: datetime) -> dict[str, float]:
        """Item code → value at a moment."""
        hour = moment.hour + moment.minute / 60
        day = moment.timetuple().tm_yday + hour / 24
        episode = self._level * math.exp(0.6 * math.sin(day * 1.1 + self._phase) + 0.3 * math.sin(day * 2.7))
        sun = max(0.0, math.sin((hour - 6) / 12 * math.pi))
        rush = math.exp(-((hour - 8) ** 2) / 5) + math.exp(-((hour - 19) ** 2) / 7)
        fine = 28 * episode * (1 + 0.25 * rush - 0.2 * sun) * self._jitter(0.04)
        values = {
            "a21026": 6 * episode * self._jitter(0.08),
            "a21004": (18 + 16 * rush - 6 * sun) * self._level * self._jitter(0.05),
            "a21005": 0.5 * episode * (1 + 0.4 * rush) * self._jitter(0.05),
            "a05024": (35 + 95 * sun**1.3 - 10 * rush) * self._jitter(0.04),
            "a34002": fine * 1.6 * self._jitter(0.05) + 4,
            "a34004": fine,
            "a01001": 14 + 7 * sun + 4 * math.sin(day / 58) + self._random.gauss(0, 0.1),
            "a01002": min(98.0, max(15.0, 70 - 30 * sun + self._random.gauss(0, 1))),
            "a01006": 101.3 + self._random.gauss(0, 0.02),
            "a01007": abs(1.8 + sun + self._random.gauss(0, 0.4)),
            "a01008": (200 + 60 * math.sin(day) + self._random.gauss(0, 15)) % 360,
        }
        return {code: round(value, DECIMALS[code]) for code, value in values.items()}

    def _jitter(self, share: float) -> float:
        return max(0.2, self._random.gauss(1, share))


def mean(samples: list[dict[str, float]]) -> dict[str, float]:
    """Mean by item code of some samples."""
    return {code: round(sum(s[code] for s in samples) / len(samples), DECIMALS[code]) for code in samples[0]}
