"""Monitored items (监测项目), keyed by the symbol as printed in the standards, with unit, decimals and codes."""

from __future__ import annotations

from dataclasses import dataclass

from qingshan.terms.registry import unknown


@dataclass(frozen=True)
class Item:
    """One monitored item (监测项目)."""

    symbol: str
    name: str
    unit: str
    decimals: int
    """decimals its values are printed with"""
    codes: tuple[str, ...] = ()
    """factor codes: HJ 524/525 first, then those of HJ/T 212—2005"""
    medium: str = "air"


AIR = ("SO2", "NO2", "CO", "O3", "PM10", "PM2.5")
"""The six items of the air quality index, in the order of GB 3095 表1."""

_ALL = (
    Item("SO2", "二氧化硫", "µg/m³", 0, ("a21026",)),
    Item("NO2", "二氧化氮", "µg/m³", 0, ("a21004",)),
    Item("CO", "一氧化碳", "mg/m³", 1, ("a21005",)),
    Item("O3", "臭氧", "µg/m³", 0, ("a05024",)),
    Item("PM10", "可吸入颗粒物", "µg/m³", 0, ("a34002",)),
    Item("PM2.5", "细颗粒物", "µg/m³", 0, ("a34004",)),
    Item("TSP", "总悬浮颗粒物", "µg/m³", 0, ("a34001",)),
    Item("NOx", "氮氧化物", "µg/m³", 0, ("a21002",)),
    Item("NO", "一氧化氮", "µg/m³", 0, ("a21003",)),
    Item("Pb", "铅", "µg/m³", 2, ()),
    Item("BaP", "苯并[a]芘", "µg/m³", 4, ()),
    Item("Cd", "镉", "µg/m³", 3, ()),
    Item("Hg", "汞", "µg/m³", 2, ()),
    Item("As", "砷", "µg/m³", 3, ()),
    Item("Cr6+", "六价铬", "µg/m³", 6, ()),
    Item("F", "氟化物", "µg/m³", 1, ()),
    Item("temperature", "气温", "℃", 1, ("a01001",), "weather"),
    Item("humidity", "相对湿度", "%", 0, ("a01002",), "weather"),
    Item("pressure", "气压", "kPa", 2, ("a01006",), "weather"),
    Item("wind_speed", "风速", "m/s", 1, ("a01007",), "weather"),
    Item("wind_direction", "风向", "°", 0, ("a01008",), "weather"),
    Item("pH", "pH 值", "", 2, ("w01001",), "water"),
    Item("DO", "溶解氧", "mg/L", 2, ("w01009",), "water"),
    Item("CODMn", "高锰酸盐指数", "mg/L", 1, ("w01019",), "water"),
    Item("COD", "化学需氧量", "mg/L", 1, ("w01018", "011"), "water"),
    Item("NH3-N", "氨氮", "mg/L", 3, ("w21003", "060"), "water"),
    Item("TP", "总磷", "mg/L", 3, ("w21011", "101"), "water"),
    Item("TN", "总氮", "mg/L", 2, ("w21001",), "water"),
    Item("Leq", "等效连续 A 声级", "dB(A)", 1, ("Leq",), "noise"),
)

UNITS = tuple(sorted({item.unit for item in _ALL} | {"mg/m³", "µg/(dm²·d)"}))
"""Units that items and standards may carry."""

_BY_SYMBOL = {item.symbol: item for item in _ALL}
_BY_CODE = {code.lower(): item for item in _ALL for code in item.codes}


def get(symbol: str) -> Item:
    """The item of a printed symbol (``"PM2.5"``); LookupError with the known symbols otherwise."""
    if symbol not in _BY_SYMBOL:
        raise LookupError(unknown("监测项目", symbol, _BY_SYMBOL))
    return _BY_SYMBOL[symbol]


def by_code(code: str) -> Item:
    """The item of a factor code (``"a34004"``, HJ 524/525 or HJ/T 212—2005); LookupError otherwise."""
    if code.lower() not in _BY_CODE:
        raise LookupError(unknown("因子编码", code, _BY_CODE))
    return _BY_CODE[code.lower()]


def find_code(code: str) -> Item | None:
    """As :func:`by_code`, but None for a code that is not in the table."""
    return _BY_CODE.get(code.lower())


def symbols(medium: str | None = None) -> tuple[str, ...]:
    """All symbols, or those of one medium (``"air"``, ``"water"``, ``"weather"``, ``"noise"``)."""
    return tuple(item.symbol for item in _ALL if medium in (None, item.medium))
