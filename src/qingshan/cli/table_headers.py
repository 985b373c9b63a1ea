"""What the header of a table means (表头): a monitored item or a column asked for, with the unit it states."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from qingshan.terms import items
from qingshan.terms.units import plain_unit


def plain_word(text: str) -> str:
    """A header without case, width and blanks."""
    return re.sub(r"[\s_*]", "", unicodedata.normalize("NFKC", text)).lower()


_BARE = {
    (m, plain_word(re.sub(r"\(以.*?计\)", "", unicodedata.normalize("NFKC", i.name)))): i
    for m in items.MEDIA
    for i in reversed(items.of_medium(m))
}
"""names without 以…计, by medium"""


def _item(word: str, medium: str) -> items.Item | None:
    return items.find_word(word, medium) or _BARE.get((medium, plain_word(word)))


def meaning(header: str, medium: str, words: Mapping[str, str]) -> tuple[str, str]:
    """What a header means and the unit it states: ``氨氮（mg/L）`` is NH3-N, mg/l; ``"", unit`` for none.

    Parameters
    ----------
    medium : of the items; ``""`` where the table has none
    words : plain word → name of a column that is no item; it comes before an item of the same word
    """
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", header)).strip().strip("*")
    if plain_word(text) in words:
        return words[plain_word(text)], ""
    if medium and (item := _item(text, medium)) is not None:
        return item.symbol, ""
    found = re.match(r"(.*?)[(\[]([^()\[\]]*(?:\([^()\[\]]*\))?[^()\[\]]*)[)\]]\s*$", text) or re.match(
        r"(.*?)[,，/、:;\s]\s*((?:[mµμun]?g|个|mpn|cfu|万?t|kg|km|db)[\w/().²³·-]*|%)$", text, re.IGNORECASE
    )
    if not found:
        return "", ""
    name, unit = found[1].strip(), "" if re.fullmatch(r"以.*计|N|P|S|O2|As|Cl|CaCO3", found[2]) else found[2]
    if plain_word(name) in words:
        return words[plain_word(name)], plain_unit(unit)
    item = _item(name, medium) if medium else None
    inner = re.fullmatch(r"(.*?)[(\[]([^()\[\]]*)[)\]]", name) if item is None and medium else None
    if inner and (named := _item(inner[1], medium)) is not None and _item(inner[2], medium) is named:
        return named.symbol, plain_unit(unit)  # 高锰酸盐指数(CODMn)(mg/L)
    if item is not None:
        return item.symbol, "" if unit and _item(unit, medium) is item else plain_unit(unit)
    return "", plain_unit(unit)
