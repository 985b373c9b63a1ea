"""One row of observations as another system sends it (推送的一行): checked field by field, in words for who wrote that system."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from qingshan.gateway.doors.delivery import AHEAD, BEIJING, KINDS, Line, value_text
from qingshan.terms import items
from qingshan.terms.bounds import bounds
from qingshan.terms.registry import unknown
from qingshan.terms.units import unit_ratio

LABELS = ("start", "end")
SPAN = {"hour": timedelta(hours=1), "minute": timedelta(minutes=1), "now": timedelta(0)}
ROW = {"station", "kind", "time", "label", "items"}


class WrongRow(ValueError):
    """A row that is not taken: (field, what is wrong and what to do)."""


def read_row(row: Any, media: dict[str, str], now: datetime) -> tuple[Line | None, list[tuple[str, str]]]:
    """The line of one row and what is wrong with it, field by field; values in order are taken although others are not."""
    try:
        station, kind, start = _where(row, media, now)
    except WrongRow as wrong:
        return None, [wrong.args]
    values: dict[str, dict[str, str]] = {}
    errors: list[tuple[str, str]] = []
    suffix = "Rtd" if kind == "now" else "Avg"
    for name, said in row["items"].items():
        try:
            code, text, flag = _value(str(name), said, media[station])
        except WrongRow as wrong:
            errors.append((f"items.{str(name)[:40]}", wrong.args[0]))
            continue
        values[code] = {suffix: text, **({"Flag": flag} if flag else {})}
    raw = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace").decode()
    return (Line(station, kind, start.isoformat(), values, raw) if values else None), errors


def _where(row: Any, media: dict[str, str], now: datetime) -> tuple[str, str, datetime]:
    if not isinstance(row, dict):
        raise WrongRow("", "一行应为一个对象")
    strange = set(row) - ROW
    if strange:
        raise WrongRow(sorted(strange)[0][:40], f"没有这个字段；可用：{'、'.join(sorted(ROW))}")
    station, kind = row.get("station"), row.get("kind", "hour")
    if not isinstance(station, str) or station not in media:
        raise WrongRow("station", f"令牌没有站点“{str(station)[:40]}”；请用站点编号，或请管理令牌的人加上")
    if not isinstance(kind, str) or kind not in KINDS:
        raise WrongRow("kind", unknown("数据种类", str(kind)[:20], KINDS))
    try:
        at = datetime.fromisoformat(row.get("time"))
    except (TypeError, ValueError):
        raise WrongRow("time", "不是时间；应为 2026-11-20T13:00:00+08:00") from None
    if at.tzinfo is None:
        raise WrongRow("time", "没有时区；请写明，如 2026-11-20T13:00:00+08:00")
    label = row.get("label")
    if kind != "now" and (not isinstance(label, str) or label not in LABELS):
        raise WrongRow("label", "须写明时间标的是时段的哪一头：start 起点，end 终点")
    try:
        start = at.astimezone(BEIJING).replace(tzinfo=None) - (SPAN[kind] if label == "end" else timedelta(0))
    except OverflowError:
        raise WrongRow("time", "年份不对，请核对") from None
    if start.microsecond or (kind != "now" and start.second) or (kind == "hour" and start.minute):
        raise WrongRow("time", "小时值的时间应是整点，分钟值应是整分")
    if start.year < 1990:
        raise WrongRow("time", "年份不对，请核对")
    if start + SPAN[kind] > now + AHEAD:
        raise WrongRow("time", "时段还没有结束；请核对时钟、时区和 label")
    if not isinstance(row.get("items"), dict) or not row["items"]:
        raise WrongRow("items", '没有数值；写成 {"PM2.5": 35}')
    return station, kind, start


def _value(name: str, said: Any, medium: str) -> tuple[str, str, str]:
    """(factor code, text in the item's unit, flag)."""
    item = items.find_code(name) or items.find_word(name, medium) or items.find_word(name, "weather")
    if item is None or not item.codes:
        raise WrongRow("不是能认的监测项目；请用项目符号（PM2.5）或因子编码（a34004）")
    parts = said if isinstance(said, dict) else {"value": said}
    strange = set(parts) - {"value", "unit", "flag"}
    if strange:
        raise WrongRow(f"没有键“{sorted(map(str, strange))[0][:20]}”；可用 value、unit、flag")
    value, unit, flag = parts.get("value"), parts.get("unit", item.unit), parts.get("flag", "")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e15:
        raise WrongRow("value 应为数值；缺测请不要写这一项")
    if not isinstance(flag, str) or len(flag) > 4 or (flag and not flag.isalnum()):
        raise WrongRow("flag 应为 HJ 212 的数据标记，如 N、D、C")
    ratio = 1.0 if unit == item.unit else unit_ratio(unit, item.unit) if isinstance(unit, str) else None
    if ratio is None:
        raise WrongRow(f"单位“{str(unit)[:20]}”不能换算为 {item.unit}")
    number = value * ratio if ratio >= 1 else round(value / (1 / ratio), 9)
    if number <= -99 and number in bounds(item.medium).sentinel:
        raise WrongRow(f"{number:g} 是缺测代码，不是数值；缺测请不要写这一项")
    bound = bounds(item.medium).rows.get(item.symbol)
    if bound and number > bound.high:
        raise WrongRow(f"{item.name} {number:g} {item.unit} 大得不可能；请核对单位")
    if number < 0 and (bound is None or bound.low >= 0):
        raise WrongRow(f"{item.name}不能为负；缺测请不要写这一项")
    return item.codes[0], value_text(number), flag
