"""The page ``docs/declarations.md``: every kind of declaration with its keys, written from the models themselves."""

from __future__ import annotations

import datetime as dt
import types
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from qingshan.bureau.base.packs.declared import Declaration, kinds

HEAD = """\
# Declarations (制度包里的声明)

Written by `qingshan manage declarations > docs/declarations.md`; a test holds it to the models. A declaration is the file
`<pack>/<kind>/<name>.toml`, in the national pack or in a folder under `<data>/packs`. Unknown keys are refused.

## Every kind
"""
TYPES = {str: "text", int: "whole number", float: "number", bool: "true or false", dt.date: "date"}
BOUNDS = {"ge": "≥ {}", "gt": "> {}", "le": "≤ {}", "lt": "< {}", "pattern": "`{}`"}


def text() -> str:
    """The whole page: the keys all kinds share, then each kind with its own keys and those of the tables inside it."""
    lines = [HEAD, *_table(Declaration, ())]
    for name in sorted(kinds):
        kind = kinds[name]
        lines += ["", f"## {name} {kind.words}", "", _summary(kind), "", *_table(kind, Declaration.model_fields)]
        for part in _parts(kind):
            lines += ["", f"**{part.__name__}**: {_summary(part)}", "", *_table(part, ())]
    return "\n".join(lines) + "\n"


def _table(model: type[BaseModel], known: typing.Container[str]) -> list[str]:
    rows = [_row(field.alias or name, field) for name, field in model.model_fields.items() if name not in known]
    return ["| key | value | default | |", "|---|---|---|---|", *rows]


def _row(key: str, field: FieldInfo) -> str:
    bounds = [BOUNDS[b].format(getattr(m, b)) for m in field.metadata for b in BOUNDS if getattr(m, b, None) is not None]
    value = " ".join([_words(field.annotation), *bounds]).replace("|", "\\|")
    default = "required" if field.is_required() else _default(field.get_default(call_default_factory=True))
    return f"| `{key}` | {value} | {default} | {' '.join((field.description or '').split())} |"


def _default(value: Any) -> str:
    if isinstance(value, BaseModel):
        return "as its table says"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "、".join(map(str, value))
    return "" if value is None or value == {} else str(value)


def _words(annotation: Any) -> str:
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _words(inner[0])
    if origin is typing.Literal:
        return "、".join(f"`{value}`" if value else "empty" for value in inner)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_words(a) for a in inner if a is not types.NoneType)
    if origin is tuple:
        return f"array of {_words(inner[0])}"
    if origin is dict:
        return f"table: name = {_words(inner[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"table {annotation.__name__}"
    if annotation is dict:
        return "table"
    choices = getattr(annotation, "values", None)
    return "、".join(f"`{value}`" for value in choices) if choices else TYPES[annotation]


def _parts(model: type[BaseModel], seen: set[type] | None = None) -> Iterator[type[BaseModel]]:
    """The tables inside `model`, in the order they come, each once."""
    seen = set() if seen is None else seen
    for field in model.model_fields.values():
        for inner in _inside(field.annotation):
            if inner not in seen:
                seen.add(inner)
                yield inner
                yield from _parts(inner, seen)


def _inside(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _inside(inner)


def _summary(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split("\n\n")[0].split())
