"""What an order rests on, and what an item is called (排名依据、项的名称单位)."""

from __future__ import annotations

from dataclasses import dataclass

from qingshan.bureau.base import packs
from qingshan.bureau.indicators.scheme_items import Item
from qingshan.bureau.indicators.schemes import Scheme


@dataclass(frozen=True)
class Subject:
    """What the order rests on (排名依据), as pages and documents name it."""

    name: str
    code: str
    title: str
    short: str
    unit: str
    better: str
    decimals: int
    change: str = "difference"
    definition: str = ""
    basis: str = ""
    verify: tuple[str, ...] = ()
    since_version: int = 1
    change_words: str = "较上期"
    is_sensitive: bool = False


def subject(scheme: Scheme) -> Subject:
    """The indicator or figure a plain scheme ranks, or the score of any other."""
    item = scheme.item[0]
    if not scheme.is_plain:
        words = "累计积分" if scheme.accumulate else "得分"
        return Subject("", "", scheme.title, words, "分", "higher", scheme.decimals, basis=scheme.basis, verify=scheme.verify)
    if item.indicator:
        i = packs.get("indicators", item.indicator)
        return Subject(
            i.name, i.code, i.title, i.short, i.unit, i.better, i.decimals, i.change, i.definition, i.basis, i.verify, i.since_version,
            "同比", i.is_sensitive,
        )  # fmt: skip
    title, unit, better, decimals = described(item)
    return Subject("", "", title, title, unit, better, decimals, "percent", basis=scheme.basis, verify=scheme.verify, change_words="同比")


def described(item: Item) -> tuple[str, str, str, int]:
    """An item's title, unit, direction and decimals: its own, or its source's."""
    title, unit, better, decimals = item.title, item.unit, item.better, item.decimals
    if item.indicator:
        said = packs.get("indicators", item.indicator)
        return title or said.short, unit or said.unit, better or said.better, said.decimals if decimals is None else decimals
    if item.figures:
        said = packs.get("figures", item.figures)
        return title or said.title, unit or said.unit, better or said.better, said.decimals if decimals is None else decimals
    if item.scheme:
        said = packs.get("schemes", item.scheme)
        return title or said.title, unit or "分", better or "higher", said.decimals if decimals is None else decimals
    return title, unit, better or "higher", 1 if decimals is None else decimals
