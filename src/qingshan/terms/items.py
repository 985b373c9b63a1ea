"""Monitored items (监测项目), keyed by the symbol as printed in the standards, with unit, decimals and codes.

One file a medium in ``media/``; a symbol is taken once in its medium, so lead is ``("Pb", "air")`` and ``("Pb", "water")``.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path

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
    aliases: tuple[str, ...] = ()
    """other ways it is written in table heads"""


AIR = ("SO2", "NO2", "CO", "O3", "PM10", "PM2.5")
"""The six items of the air quality index, in the order of GB 3095 表1."""

MEDIA = {
    "air": "空气", "weather": "气象", "water": "水", "noise": "噪声", "soil": "土壤",
    "ecology": "生态", "carbon": "碳与能源", "emission": "排放",
    "groundwater": "地下水", "sea": "海水", "sediment": "海洋沉积物", "biota": "海洋生物",
    "wastewater": "废水", "flue": "烟气",
}  # fmt: skip
"""Media in the order in which a bare symbol is looked up."""


def _read(medium: str) -> tuple[Item, ...]:
    path = Path(__file__).parent / "media" / f"{medium}.toml"
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["row"]
    return tuple(
        Item(r["symbol"], r["name"], r["unit"], r["decimals"], tuple(r.get("codes", ())), medium, tuple(r.get("aliases", ()))) for r in rows
    )


_ALL = tuple(item for medium in MEDIA for item in _read(medium))

UNITS = tuple(sorted({item.unit for item in _ALL} | {"mg/m³", "µg/(dm²·d)", "cm"}))
"""Units that items and standards may carry."""

_BY_NAME = {(item.medium, item.symbol): item for item in _ALL}
_BY_SYMBOL = {item.symbol: item for item in reversed(_ALL)}
_BY_CODE = {code.lower(): item for item in reversed(_ALL) for code in item.codes}
_BY_MEDIUM_CODE = {(item.medium, code.lower()): item for item in _ALL for code in item.codes}


def get(symbol: str, medium: str = "") -> Item:
    """The item of a printed symbol (``"PM2.5"``), of one medium or of the first that has it; LookupError with the known ones."""
    if not isinstance(symbol, str):
        raise LookupError(unknown("监测项目", str(symbol), symbols(medium or None)))
    if not medium and symbol in _BY_SYMBOL:
        return _BY_SYMBOL[symbol]
    if (medium, symbol) not in _BY_NAME:
        raise LookupError(unknown("监测项目", symbol, symbols(medium or None)))
    return _BY_NAME[medium, symbol]


def _plain(word: str) -> str:
    return re.sub(r"[\s_‐–—]", "", unicodedata.normalize("NFKC", word)).lower().replace("-", "")


_BY_WORD = {(i.medium, _plain(w)): i for i in reversed(_ALL) for w in (*i.aliases, *i.codes, i.name, i.symbol)}


def find_word(word: str, medium: str) -> Item | None:
    """The item a word means in one medium: symbol, Chinese name, code or alias, whatever its case, width, blanks and dashes."""
    if not isinstance(word, str):
        return None
    found = _BY_WORD.get((medium, _plain(word)))
    if found is not None and word in _BY_SYMBOL and (medium, word) not in _BY_NAME and word not in found.aliases:
        return None  # CO 不是水里的 Co
    return found


def by_code(code: str) -> Item:
    """The item of a factor code (``"a34004"``, HJ 524/525 or HJ/T 212—2005); LookupError otherwise."""
    if code.lower() not in _BY_CODE:
        raise LookupError(unknown("因子编码", code, _BY_CODE))
    return _BY_CODE[code.lower()]


def find_code(code: str, medium: str = "") -> Item | None:
    """As :func:`by_code`, but None for a code that is not in the table; `medium`: a21026 is SO2 of air and of flue gas."""
    return _BY_MEDIUM_CODE.get((medium, code.lower())) if medium else _BY_CODE.get(code.lower())


def of_medium(medium: str) -> tuple[Item, ...]:
    """All items of one medium, in the order of its file; LookupError with the known media otherwise."""
    if medium not in MEDIA:
        raise LookupError(unknown("介质", medium, MEDIA))
    return tuple(item for item in _ALL if item.medium == medium)


def symbols(medium: str | None = None) -> tuple[str, ...]:
    """All symbols, or those of one medium (``"air"``, ``"water"``, ``"weather"``, ``"noise"``, ``"soil"``)."""
    return tuple(dict.fromkeys(item.symbol for item in _ALL if medium in (None, item.medium)))
