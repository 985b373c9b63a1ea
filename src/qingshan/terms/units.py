"""Units as people write them, and what turns one into another (单位换算); an unknown one is refused by who asked."""

from __future__ import annotations

import re
import unicodedata

import numpy as np

_FAMILIES: tuple[dict[str, float], ...] = (
    {"ng/l": 1e-6, "ug/l": 1e-3, "mg/l": 1.0, "g/l": 1e3, "mg/m3": 1e-3},
    {"ug/kg": 1e-3, "ng/g": 1e-3, "mg/kg": 1.0, "ug/g": 1.0, "g/kg": 1e3, "mg/g": 1e3, "10-6": 1.0, "10-9": 1e-3},
    {"ng/m3": 1e-3, "ug/m3": 1.0, "mg/m3": 1e3},
    {"个/l": 1.0, "mpn/l": 1.0, "cfu/l": 1.0, "个/100ml": 10.0, "mpn/100ml": 10.0, "cfu/100ml": 10.0, "个/ml": 1e3, "cfu/ml": 1e3},
    {"cells/l": 1.0, "个/l": 1.0, "万个/l": 1e4},
    {"°c": 1.0, "度": 1.0},
    {"ntu": 1.0, "度": 1.0},
    {"cm": 0.01, "m": 1.0, "km": 1e3},
    {"m2": 1.0, "亩": 2000 / 3, "hm2": 1e4, "万m2": 1e4, "km2": 1e6},
    {"g": 1e-3, "kg": 1.0, "t": 1e3, "万t": 1e7, "tce": 1e3, "万tce": 1e7, "tco2": 1e3, "万tco2": 1e7},
    {"m3": 1.0, "万m3": 1e4, "亿m3": 1e8},
    {"kwh": 1.0, "mwh": 1e3, "万kwh": 1e4, "亿kwh": 1e8},
    {"mj": 1.0, "gj": 1e3, "tj": 1e6},
    {"元": 1.0, "万元": 1e4, "亿元": 1e8},
    {"%": 1.0, "10-2": 1.0, "1": 100.0, "g/kg": 0.1},
    {"bq/l": 1.0, "mbq/l": 1e-3},
)  # fmt: skip
"""units that may be turned into each other, each with its size"""
_SAY = {
    "毫克/升": "mg/l",
    "微克/升": "ug/l",
    "毫克/千克": "mg/kg",
    "微克/千克": "ug/kg",
    "吨": "t",
    "万吨": "万t",
    "千克": "kg",
    "公斤": "kg",
    "克": "g",
    "米": "m",
    "千米": "km",
    "公里": "km",
    "厘米": "cm",
    "平方米": "m2",
    "万平方米": "万m2",
    "平方千米": "km2",
    "平方公里": "km2",
    "公顷": "hm2",
    "ha": "hm2",
    "立方米": "m3",
    "万立方米": "万m3",
    "亿立方米": "亿m3",
    "千瓦时": "kwh",
    "度电": "kwh",
    "兆瓦时": "mwh",
    "万千瓦时": "万kwh",
    "亿千瓦时": "亿kwh",
    "分贝": "db",
    "db(a)": "db",
    "dba": "db",
    "无量纲": "",
    "倍": "",
    "mg·l-1": "mg/l",
    "mgl-1": "mg/l",
    "mg·kg-1": "mg/kg",
    "ntu": "ntu",
    "°c": "°c",
    "c": "°c",
    "吨/年": "t",
    "t/a": "t",
    "x10-6": "10-6",
    "×10-6": "10-6",
    "x10-9": "10-9",
    "×10-9": "10-9",
    "x10-2": "10-2",
    "×10-2": "10-2",
    "百万m3": "百万m3",
}


def plain_unit(text: str) -> str:
    """A unit without case, width and blanks: ``μg/L``, ``ug／l`` are ``ug/l``; ``毫克/升`` is ``mg/l``."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()
    plain = plain.replace("μ", "u").replace("−", "-").replace("^", "").replace("kw·h", "kwh").replace("单位:", "")
    return _SAY.get(plain, plain)


def unit_ratio(unit: str, to: str) -> float | None:
    """What turns a number in one unit into another; None where it cannot."""
    have, want = plain_unit(unit), plain_unit(to)
    if have == want:
        return 1.0
    family = next((f for f in _FAMILIES if have in f and want in f), None)
    return None if family is None else family[have] / family[want]


def converted(values: np.ndarray, ratio: float) -> np.ndarray:
    """Numbers in another unit, as the decimals they were written with."""
    return values if ratio == 1.0 else np.array([float(f"{v * ratio:.12g}") for v in values])
