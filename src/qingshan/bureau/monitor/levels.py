"""The level an alarm rule means on a day, and values as they are printed (报警值)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from qingshan import standards
from qingshan.bureau.monitor import bounds
from qingshan.bureau.monitor.declared import Above, Rule
from qingshan.bureau.monitor.models import Alarm
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
    item = bounds.about_item(rule.item, rule.media[0])
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


def of_alarm(alarm: Alarm, value: float | None) -> str:
    """A value of an alarm as it is printed: in its medium, of what the rule watches."""
    if value is None or not alarm.item:
        return shown(alarm.item, value)
    decimals, _ = bounds.scale(alarm.item, alarm.station.network.medium, alarm.of)
    return f"{float(rounding.steps(value, decimals)) / 10**decimals:.{decimals}f}"


def unit_of(alarm: Alarm) -> str:
    """The unit of an alarm's values."""
    if not alarm.item:
        return unit("")
    return bounds.scale(alarm.item, alarm.station.network.medium, alarm.of)[1]


def item_words(alarm: Alarm) -> str:
    """An alarm's item as people say it: PM2.5, 化学需氧量, 二氧化硫 排放速率."""
    if not alarm.item:
        return ""
    medium = alarm.station.network.medium
    name = alarm.item if medium == "air" else bounds.about_item(alarm.item, medium).name
    return name if alarm.of == "hour" else f"{name} {bounds.MEANS[alarm.of]}"


def span_words(alarm: Alarm, time: datetime) -> str:
    """The hour, or the day a day mean is of."""
    if alarm.of == "day":
        day = (time - timedelta(seconds=1)).date()
        return f"{day.month}月{day.day}日"
    return hour_words(time)


def hour_words(time: datetime) -> str:
    """11月20日14时; midnight is hour 24 of the day it ends."""
    day = (time - timedelta(seconds=1)).date()
    return f"{day.month}月{day.day}日{time.hour or 24}时"
