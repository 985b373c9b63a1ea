"""Invented figures from elsewhere for the demonstration's schemes (演示的外来数据和任务完成率); the same every time."""

from __future__ import annotations

import hashlib

from qingshan.bureau.indicators.periods import Period
from qingshan.demo import pack

SOURCES = {
    "road_dust_load": "道路积尘负荷走航月报", "dustfall": "降尘手工监测月报", "tsp": "粗颗粒物通报", "city_town_tsp": "全市粗颗粒物通报",
    "city_road_dust": "全市道路积尘负荷通报",
}  # fmt: skip
CITY_TOWNS = 320
DISTRICTS = ("甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸", "子", "丑", "寅", "卯", "辰")


def share(*words: object) -> float:
    """A number from 0 to 1, always the same for the same words."""
    return int.from_bytes(hashlib.sha256(repr(words).encode()).digest()[:6], "big") / 2**48


def _coarse() -> dict[str, float]:
    """Each town's coarse dust against the district's mean, by its stations."""
    district = pack.district()
    rows = {t["name"]: [s["coarse"] for s in district["station"] if s["town"] == t["name"]] for t in district["town"]}
    return {name: sum(found) / len(found) if found else 1.0 for name, found in rows.items()}


def figures(month: Period) -> dict[str, str]:
    """CSV texts of one month by series."""
    towns, at, own_dust = _coarse(), month.token, by_town(month)
    tsp = {n: round(60 + 55 * c + 30 * share(at, n, "tsp")) for n, c in towns.items()}
    city = {f"外区{DISTRICTS[i % 15]}镇{i // 15 + 1:02d}": round(70 + 150 * share(at, i, "city")) for i in range(CITY_TOWNS - len(towns))}
    own = sum(towns.values()) / len(towns)
    districts = {f"外区{d}": round(0.32 + 0.5 * share(at, d, "load"), 2) for d in DISTRICTS}
    return {
        **{series: _csv(at, values) for series, values in own_dust.items()},
        "tsp": _csv(at, {n: str(v) for n, v in tsp.items()}),
        "city_town_tsp": _csv(at, {n: str(v) for n, v in (tsp | city).items()}),
        "city_road_dust": _csv(at, {n: f"{v:.2f}" for n, v in (districts | {pack.district()["name"]: round(0.3 + 0.1 * own, 2)}).items()}),
    }


def by_town(month: Period) -> dict[str, dict[str, str]]:
    """Road dust load [g/m²] and dustfall [t/(km²·30d)] of a month by town; 竹溪乡 has no cylinder."""
    towns, at = _coarse(), month.token
    return {
        "road_dust_load": {n: f"{0.25 + 0.35 * c + 0.2 * share(at, n, 'load'):.2f}" for n, c in towns.items()},
        "dustfall": {n: f"{2.2 + 2.4 * c + 1.5 * share(at, n, 'fall'):.1f}" for n, c in towns.items() if n != "竹溪乡"},
    }


def _csv(token: str, values: dict[str, str]) -> str:
    return "单位,时段,数值\n" + "".join(f"{name},{token},{value}\n" for name, value in values.items())


def tasks(month: Period) -> dict[str, float]:
    """Share of the month's tasks done [%] by town."""
    return {name: round(82 + 18 * share(month.token, name, "tasks"), 1) for name in _coarse()}
