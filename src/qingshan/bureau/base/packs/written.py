"""A declaration written as its file (声明的写出): what differs from the defaults, as TOML."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from qingshan.bureau.base.packs.declared import Declaration


def plain(declaration: Declaration) -> dict[str, Any]:
    """A declaration as its file would say it: only what differs from the defaults."""
    return declaration.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude_none=True)


def toml(said: dict) -> str:
    """A declaration as the text of its file: plain keys first, tables of items on lines of their own."""
    lines = []
    for key, value in said.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            lines.append(f"{key} = [\n" + "".join(f"  {_value(row)},\n" for row in value) + "]")
        else:
            lines.append(f"{key} = {_value(value, key)}")
    return "\n".join(lines) + "\n"


def _key(key: str) -> str:
    """A key as TOML takes it: one with other than plain letters stands in quotation marks (优秀 = 10)."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def _value(value: Any, key: str = "") -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v, k)}" for k, v in value.items() if v is not None) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if key in ("from", "to") and re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)):
        return dt.date.fromisoformat(str(value)).isoformat()
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007F")
