"""What may be written in a field (字段取值): from a form, a sheet or a program, to the stored value, or a sentence."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from qingshan.bureau.base import expressions
from qingshan.bureau.registers.declared import Field, Register

YES, NO = ("是", "有", "y", "yes", "true", "1"), ("否", "无", "n", "no", "false", "0")
_DAY = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")
LONGEST = 500


class Wrong(ValueError):
    """A value that a field does not take; the message says why."""


def stored(field: Field, said: Any) -> Any:
    """The value as it is kept: text, number, ISO date, choice, True or False; None where nothing is said."""
    if said is None or (isinstance(said, float) and math.isnan(said)) or (isinstance(said, str) and not said.strip()):
        if field.required:
            raise Wrong("没有填")
        return None
    return _TYPES[field.type](field, said)


def shown(field: Field, value: Any) -> str:
    """The value as people read it; — where there is none."""
    if value is None or value == "":
        return "—"
    if field.type == "flag":
        return "是" if value else "否"
    if field.type == "choice":
        return field.choices.get(value, str(value))
    if field.is_number:
        return f"{value:,.{field.decimals}f}" if field.decimals is not None else f"{value:,}"
    return str(value)


def _text(field: Field, said: Any) -> str:
    text = str(int(said)) if isinstance(said, float) and said.is_integer() else str(said).strip()
    if len(text) > LONGEST:
        raise Wrong(f"超过 {LONGEST} 字")
    return text.replace("\x00", "")


def _number(field: Field, said: Any) -> float:
    try:
        value = float(str(said).replace(",", "").replace("，", "").strip())
    except ValueError:
        raise Wrong(f"“{str(said)[:20]}”不是数") from None
    if not math.isfinite(value):
        raise Wrong(f"“{str(said)[:20]}”不是数")
    if field.low is not None and value < field.low:
        raise Wrong(f"{said} 小于 {field.low:g}")
    if field.high is not None and value > field.high:
        raise Wrong(f"{said} 大于 {field.high:g}")
    return value


def _integer(field: Field, said: Any) -> int:
    value = _number(field, said)
    if not value.is_integer():
        raise Wrong(f"“{str(said)[:20]}”须是整数")
    return int(value)


def _date(field: Field, said: Any) -> str:
    if isinstance(said, dt.datetime):
        return said.date().isoformat()
    if isinstance(said, dt.date):
        return said.isoformat()
    found = _DAY.match(str(said).strip())
    try:
        return dt.date(*map(int, found.groups())).isoformat() if found else dt.date.fromisoformat(str(said).strip()).isoformat()
    except ValueError:
        raise Wrong(f"“{str(said)[:20]}”须是 2026-01-31 这样的日期") from None


def _choice(field: Field, said: Any) -> str:
    text = str(said).strip()
    plain = unicodedata.normalize("NFKC", text)  # Ⅲ类 = III类, （一） = (一)
    for key, word in field.choices.items():
        if plain in (key, unicodedata.normalize("NFKC", word)):
            return key
    raise Wrong(f"没有“{text[:20]}”；可填：{'、'.join(field.choices.values())}")


def _flag(field: Field, said: Any) -> bool:
    text = str(said).strip().lower()
    if text in YES:
        return True
    if text in NO:
        return False
    raise Wrong(f"“{text[:20]}”须填 是 或 否")


def computed(of: Register, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with those that are worked out from the others; None where one of them is empty or the denominator is 0."""
    found = dict(values)
    for field in of.field:
        if field.compute:
            found[field.name] = _worked_out(field, values)
    return found


def _worked_out(field: Field, values: Mapping[str, Any]) -> float | None:
    expression = expressions.parse(field.compute)
    if any(values.get(name) is None for name in expression.names):
        return None
    try:
        value = expression.value({name: Fraction(str(values[name])) for name in expression.names})
    except expressions.ByZero:
        return None
    return float(round(value, field.decimals if field.decimals is not None else 6))


def lacking(of: Register, state: str, values: Mapping[str, Any]) -> list[Field]:
    """The fields a state needs and nobody filled."""
    wanted = of.needs.get(state, ())
    return [f for f in of.field if f.name in wanted and values.get(f.name) in (None, "")]


_TYPES = {"text": _text, "number": _number, "integer": _integer, "date": _date, "choice": _choice, "flag": _flag}
