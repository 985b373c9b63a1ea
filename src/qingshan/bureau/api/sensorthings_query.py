"""The query options of SensorThings 1.1 that are answered here ($filter, $orderby, $top, $skip, $count, $select, $expand), parsed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from qingshan.gateway.doors.delivery import BEIJING
from qingshan.terms.registry import unknown

PAGE, MOST = 100, 1000
OPTIONS = ("$filter", "$orderby", "$top", "$skip", "$count", "$select", "$expand", "$resultFormat")
OPERATORS = ("eq", "ne", "gt", "ge", "lt", "le")
_CONDITION = re.compile(r"\s*([A-Za-z@.]+)\s+([a-z]+)\s+('(?:[^']|'')*'|[^\s()']+)\s*")
_EXPAND = re.compile(r"\s*([A-Za-z]+)\s*(?:\(([^()]*)\))?\s*(,|\Z)")


class BadQuery(ValueError):
    """A query that is wrong or not answered here; (sentence, status)."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True)
class Condition:
    """One comparison of a filter; several are joined by ``and``."""

    name: str
    operator: str
    value: str | float | datetime


@dataclass(frozen=True)
class Query:
    """The options of one request or of one expansion."""

    conditions: tuple[Condition, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    """(property, descending)"""
    top: int = PAGE
    skip: int = 0
    count: bool = False
    select: tuple[str, ...] = ()
    expand: Mapping[str, Query] = field(default_factory=dict)
    expand_text: str = ""
    is_array: bool = False


def parse(said: Iterable[tuple[str, str]], nested: bool = False) -> Query:
    """The options of a request; raises BadQuery."""
    options = dict(said)
    strange = [name for name in options if name.startswith("$") and name not in OPTIONS]
    if strange:
        raise BadQuery(unknown("查询选项", strange[0], OPTIONS), 501)
    if nested and "$expand" in options:
        raise BadQuery("$expand 只回答一层", 501)
    style = options.get("$resultFormat", "")
    if style not in ("", "dataArray"):
        raise BadQuery(f"$resultFormat 只有 dataArray，没有“{style[:20]}”", 501)
    return Query(
        _filter(options.get("$filter", "")), _order(options.get("$orderby", "")), min(_number(options, "$top", PAGE), MOST),
        _number(options, "$skip", 0), options.get("$count", "").lower() == "true",
        tuple(filter(None, (s.strip() for s in options.get("$select", "").split(",")))), _expand(options.get("$expand", "")),
        options.get("$expand", ""),
        style == "dataArray",
    )  # fmt: skip


def _number(options: Mapping[str, str], name: str, default: int) -> int:
    text = options.get(name, str(default))
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise BadQuery(f"{name} 应为不小于 0 的整数")
    return int(text)


def _filter(text: str) -> tuple[Condition, ...]:
    if not text.strip():
        return ()
    found, at = [], 0
    while True:
        match = _CONDITION.match(text, at)
        if match is None:
            raise BadQuery("$filter 只回答“属性 比较 值”，多个之间用 and；不回答函数、or 和括号", 501)
        name, operator, literal = match.groups()
        if operator not in OPERATORS:
            raise BadQuery(unknown("比较", operator, OPERATORS), 501)
        found.append(Condition(name, operator, _literal(literal)))
        at = match.end()
        if at == len(text):
            return tuple(found)
        if not text.startswith("and ", at):
            raise BadQuery("$filter 的条件之间只能用 and", 501)
        at += 4


def _literal(text: str) -> str | float | datetime:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    try:
        return float(text)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadQuery(f"$filter 里的“{text[:40]}”不是数、时间，也不是引号里的文字") from None
    if at.tzinfo is None:
        raise BadQuery(f"时间“{text}”没有时区；请写成 2026-11-20T05:00:00Z")
    return at.astimezone(BEIJING).replace(tzinfo=None)


def _order(text: str) -> tuple[tuple[str, bool], ...]:
    found = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, _, way = part.partition(" ")
        if way.strip() not in ("", "asc", "desc"):
            raise BadQuery(f"$orderby“{part[:40]}”应为 属性 asc 或 属性 desc")
        found.append((name, way.strip() == "desc"))
    return tuple(found)


def _expand(text: str) -> dict[str, Query]:
    found: dict[str, Query] = {}
    at = 0
    while at < len(text):
        match = _EXPAND.match(text, at)
        if match is None:
            raise BadQuery("$expand 只回答一层，如 Datastreams,Locations 或 Observations($top=1;$orderby=phenomenonTime desc)", 501)
        pairs = [p.partition("=") for p in (match[2] or "").split(";") if p]
        found[match[1]] = parse([(k.strip(), v) for k, _, v in pairs], nested=True)
        at = match.end()
    return found


def utc(at: datetime) -> str:
    """A Beijing time in ISO 8601, UTC."""
    return at.replace(tzinfo=BEIJING).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
