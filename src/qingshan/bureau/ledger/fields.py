"""The typed fields of a finding and of a row: one check for the reading page, the forms and the sheets."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Organisation
from qingshan.bureau.ledger.models import OPERATORS, Finding, Task

BIGGEST = Decimal("1e13")
FRACTION = re.compile(r"^(\d{1,6})/(\d{1,6})$")
CHINESE_DATE = re.compile(r"^(?:(\d{4})年)?(\d{1,2})月(?:(\d{1,2})日)?$")
SIGN_WORDS = {word: sign for sign, word in OPERATORS.items()} | {
    "≥": ">=",
    "≤": "<=",
    "不低于": ">=",
    "等于": "=",
    "不超过": "<=",
    "小于": "<",
    "大于": ">",
}


def is_masked(finding: Finding) -> bool:
    """Whether the plan's own figure was masked (xx) or lost; a person's correction does not unmask it."""
    return bool(finding.read.get("masked"))


def cleaned(fields: dict, year: int) -> dict:
    """The fields of a finding as they will stand; Refused names the field and what is wrong with it."""
    title = " ".join(str(fields.get("title") or "").split())
    if not title:
        raise Refused("任务名称不能为空", field="title", status=422)
    if len(title) > 300:
        raise Refused(f"任务名称有 {len(title)} 字，至多 300 字", field="title", status=422)
    value, wording = number(fields.get("value"), str(fields.get("unit") or "").strip())
    operator = operator_of(fields.get("operator"))
    day = deadline_of(fields.get("deadline") or f"{year}-12-31", year)
    units = {unit.pk for unit in Organisation.objects.filter(pk__in=[*fields.get("leads", []), *fields.get("coops", [])])}
    leads = [pk for pk in dict.fromkeys(fields.get("leads", [])) if pk in units]
    area = fields.get("area") or None
    if area is not None and not Area.objects.filter(pk=area).exists():
        raise Refused("范围不在区划表中，请重新选择", field="area", status=422)
    return {
        **{k: " ".join(str(fields.get(k) or "").split())[:n] for k, n in
           (("indicator", 80), ("indicator_text", 120), ("unit", 30), ("topic", 120), ("units_text", 200), ("note", 300),
            ("standard", 300))},
        "title": title, "operator": operator, "value": None if value is None else float(value),
        "value_text": wording or _kept_wording(value, str(fields.get("value_text") or "")[:60], str(fields.get("unit") or "").strip()),
        "deadline": day.isoformat(), "leads": leads,
        "coops": [pk for pk in dict.fromkeys(fields.get("coops", [])) if pk in units and pk not in leads],
        "check": choice(fields.get("check") or "milestone", Task.Check, "check"),
        "rhythm": choice(fields.get("rhythm") or "month", Task.Rhythm, "rhythm"),
        "aspirational": bool(fields.get("aspirational")), "masked": bool(fields.get("masked")), "area": area,
    }  # fmt: skip


def _kept_wording(value: Decimal | None, wording: str, unit: str) -> str:
    """The wording stays where there is no number, or where it is the fraction the number came from."""
    if value is None:
        return wording
    part = FRACTION.match(wording)
    return wording if part and number(wording, unit)[0] == value.quantize(Decimal("0.0001")) else ""


def choice(value: str, choices, field: str) -> str:
    if value not in choices.values:
        raise Refused(f"没有“{value}”这个选项；可选：{'、'.join(choices.labels)}", field=field, status=422)
    return value


def operator_of(value) -> str:
    """An operator from its sign or its word (≥, >=, 不少于)."""
    text = str(value or "").strip()
    text = SIGN_WORDS.get(text, text)
    if text and text not in OPERATORS:
        raise Refused(f"比较写成“{text[:10]}”，可写：{'、'.join(OPERATORS.values())}", field="operator", status=422)
    return text


def number(value, unit: str = "") -> tuple[Decimal | None, str]:
    """A figure typed by a person and its own wording; full-width digits and thousands are read.

    “5/6” is 0.8333, in per cent 83.3333, and is shown as 5/6.
    """
    if value is None or isinstance(value, bool):
        return None, ""
    if isinstance(value, int | float | Decimal):
        if isinstance(value, float) and not math.isfinite(value):
            raise Refused("数值不是一个数", field="value", status=422)
        return _fits(Decimal(str(value))), ""
    text = re.sub(r"[\s,，_\u2009]", "", unicodedata.normalize("NFKC", str(value))).replace("−", "-")
    if not text:
        return None, ""
    part = FRACTION.match(text)
    if part and int(part[2]):
        return (Decimal(part[1]) / Decimal(part[2]) * (100 if unit == "%" else 1)).quantize(Decimal("0.0001")), text
    try:
        return _fits(Decimal(text)), ""
    except InvalidOperation:
        raise Refused(f"数值写成“{str(value)[:20]}”，应为数字（单位写在“单位”里）", field="value", status=422) from None


def weight(value) -> Decimal:
    """The weight of a part in its whole; 1 where nothing is written."""
    found = number(value)[0]
    if found is None:
        return Decimal(1)
    if not 0 < found <= 1000:
        raise Refused(f"权重写成“{value}”，应为大于 0、至多 1000 的数", field="weight", status=422)
    return found


def _fits(value: Decimal) -> Decimal:
    if not value.is_finite() or abs(value) >= BIGGEST:
        raise Refused("数值太大或不是一个数，请核对", field="value", status=422)
    return value.quantize(Decimal("0.0001")) if value.as_tuple().exponent < -4 else value


def deadline_of(value, year: int, field: str = "deadline") -> date:
    """A day from a date, an ISO date, 2026/6/30, 6月30日 or 6月 (its last day)."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = (
        re.sub(r"\s", "", unicodedata.normalize("NFKC", str(value or "")))
        .replace("/", "-")
        .replace(".", "-")
        .removesuffix("底")
        .removesuffix("前")
    )
    try:
        written = CHINESE_DATE.match(text)
        if written:
            y, m = int(written[1] or year), int(written[2])
            return date(y, m, int(written[3])) if written[3] else _month_end(y, m)
        y, m, d = (int(part) for part in text.split("-")[:3])
        return date(y, m, d)
    except (ValueError, TypeError):
        raise Refused(f"期限写成“{str(value)[:20]}”，应写成 2026-06-30 或 6月30日", field=field, status=422) from None


def _month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1).replace(day=1) - date.resolution
