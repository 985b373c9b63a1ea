"""The level an alarm rule means on a day, and values as they are printed (报警值)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from qingshan import standards
from qingshan.bureau.monitor.declared import Above, Rule
from qingshan.stats import rounding
from qingshan.terms import items


@dataclass(frozen=True)
class Threshold:
    """A concentration in the item's unit, the decimals it is compared with, and where it comes from."""

    value: float
    decimals: int
    words: str

    def is_below(self, value: float) -> bool:
        """Whether `value`, rounded as the standard says, is above this level; equal is not above."""
        return bool(rounding.steps(value, self.decimals) > rounding.steps(self.value, self.decimals))


def threshold(rule: Rule, time: datetime) -> Threshold:
    """The rule's level on the day of the hour `time`: the concentration at an index of HJ 633, or the value written."""
    return level_of(rule, rule.above, time)


def level_of(rule: Rule, above: Above, time: datetime) -> Threshold:
    """A level of the rule in its item's unit on the day of the hour `time`."""
    item = items.get(rule.item)
    if above.value is not None:
        return Threshold(above.value, item.decimals, f"{above.value:g} {item.unit}（{rule.basis or '本局规定'}）")
    std = standards.get("HJ 633", at=(time - timedelta(seconds=1)).date())
    row, table = std.row("iaqi", item=rule.item, window="1h"), std.tables["iaqi"]
    index = [int(i) for i in table["index"]]
    if above.iaqi not in index or index.index(above.iaqi) >= len(row["conc"]):
        raise LookupError(f"报警规则“{rule.name}”：{std} 没有 {rule.item} 分指数 {above.iaqi} 的浓度；已有 {index[: len(row['conc'])]}")
    value = float(row["conc"][index.index(above.iaqi)])
    return Threshold(value, item.decimals, f"{value:g} {item.unit}（{std} {table['clause'].split('、')[0]}，分指数 {above.iaqi}）")


def shown(item: str, value: float | None) -> str:
    """A value as the standard prints it; 缺测 for none."""
    if value is None:
        return "缺测"
    if not item:  # an alarm of no item: hours of silence
        return f"{value:g}"
    decimals = items.get(item).decimals
    return f"{float(rounding.steps(value, decimals)) / 10**decimals:.{decimals}f}"


def unit(item: str) -> str:
    return items.get(item).unit if item else "小时"


def hour_words(time: datetime) -> str:
    """11月20日14时; midnight is hour 24 of the day it ends."""
    day = (time - timedelta(seconds=1)).date()
    return f"{day.month}月{day.day}日{time.hour or 24}时"
