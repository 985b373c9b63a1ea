"""Turning what pydantic found into sentences for people, one a fault."""

from __future__ import annotations

import types
import typing
from typing import Any

from pydantic import BaseModel, ValidationError

from qingshan.terms.registry import unknown

TYPES = {
    "string_type": "应为文字（加引号）",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数",
    "float_parsing": "应为数",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "date_type": "应为日期，如 2026-03-01",
    "date_from_datetime_parsing": "应为日期，如 2026-03-01",
    "tuple_type": "应为数组 [ … ]",
    "list_type": "应为数组 [ … ]",
    "finite_number": "应为有限的数",
    "dict_type": "应为表 { … }",
    "model_type": "应为表 { … }",
    "too_short": "不能为空",
    "string_too_short": "不能为空",
}
BOUNDS = {
    "greater_than": ("应大于", "gt"),
    "greater_than_equal": ("应不小于", "ge"),
    "less_than": ("应小于", "lt"),
    "less_than_equal": ("应不大于", "le"),
}


def sentences(error: ValidationError, kind: type[BaseModel]) -> list[str]:
    """``field[5]：没有键“titel”；已有：…`` for each fault, each beginning with its place in the file."""
    return [_sentence(fault, kind) for fault in error.errors(include_url=False)]


def _sentence(fault: dict[str, Any], kind: type[BaseModel]) -> str:
    loc, what = tuple(fault["loc"]), fault["type"]
    if what == "extra_forbidden":
        model = _model_at(kind, loc[:-1])
        known = [f.alias or n for n, f in model.model_fields.items()] if model else []
        return f"{_place(loc[:-1])}：{unknown('键', str(loc[-1]), sorted(known))}"
    if what == "missing":
        return f"{_place(loc[:-1])}：缺少键“{loc[-1]}”"
    if what in ("value_error", "assertion_error"):
        return f"{_place(loc)}：{fault['ctx']['error']}"
    if what in ("literal_error", "enum"):
        return f"{_place(loc)}：写成“{fault['input']}”；可用：{fault['ctx']['expected'].replace(' or ', '、').replace(', ', '、')}"
    if what == "union_tag_invalid":
        known = fault["ctx"]["expected_tags"].replace("'", "").replace(", ", "、")
        return f"{_place(loc)}：{fault['ctx']['discriminator'].strip(chr(39))} 写成“{fault['ctx']['tag']}”；可用：{known}"
    if what == "union_tag_not_found":
        return f"{_place(loc)}：缺少键“{fault['ctx']['discriminator'].strip(chr(39))}”，或这里应为表 {{ … }}"
    if what == "string_pattern_mismatch":
        return f"{_place(loc)}：“{fault['input']}”只能用小写字母、数字和下划线，以字母开头"
    if what in ("union_tag_invalid", "union_tag_not_found"):
        return f"{_place(loc)}：{_tag(fault)}"
    if what in BOUNDS:
        word, key = BOUNDS[what]
        return f"{_place(loc)}：{word} {fault['ctx'][key]:g}，写成了 {fault['input']!r}"
    if what in TYPES:
        return f"{_place(loc)}：{TYPES[what]}，写成了 {fault['input']!r}"
    return f"{_place(loc)}：{fault['msg']}，写成了 {fault['input']!r}"


def _tag(fault: dict[str, Any]) -> str:
    """Which of several tables is meant: its key is missing, or names none of them."""
    ctx = fault["ctx"]
    key = ctx["discriminator"].strip("'")
    if fault["type"] == "union_tag_not_found":
        return f"缺少键“{key}”，它说明是哪一种"
    return f"{key} 写成“{ctx['tag']}”；可用：{ctx['expected_tags'].replace(chr(39), '').replace(', ', '、')}"


def _place(loc: tuple) -> str:
    """`` field[5].key`` with entries counted from 1; nothing for the file itself."""
    said = ""
    for part in loc:
        said += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if said else str(part)
    return f" {said}" if said else ""


def _model_at(kind: type[BaseModel], loc: tuple) -> type[BaseModel] | None:
    """The model whose keys stand at `loc`, walking through tuples, dicts and unions; None where that is not one model."""
    here: list[Any] = [kind]
    for part in loc:
        below: list[Any] = []
        for annotation in _opened(here):
            origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
            if isinstance(annotation, type) and issubclass(annotation, BaseModel):
                fields = {f.alias or n: f.annotation for n, f in annotation.model_fields.items()}
                below += [fields[part]] if part in fields else [annotation] if _is_tagged(annotation, part) else []
            elif origin in (tuple, list):
                below += [inner[0]]
            elif origin is dict:
                below += [inner[1]]
        here = below
    models = [a for a in _opened(here) if isinstance(a, type) and issubclass(a, BaseModel)]
    return models[0] if len(models) == 1 else None


def _is_tagged(model: type[BaseModel], part: Any) -> bool:
    """True where `part` names this member of a union: by its class, or by the literal one of its fields must be."""
    return model.__name__ == part or any(part in typing.get_args(f.annotation) for f in model.model_fields.values())


def _opened(annotations: list[Any]) -> list[Any]:
    """Unions and annotated types as the types they stand for."""
    found: list[Any] = []
    for annotation in annotations:
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated:
            found += _opened([typing.get_args(annotation)[0]])
        elif origin in (typing.Union, types.UnionType):
            found += _opened(list(typing.get_args(annotation)))
        else:
            found.append(annotation)
    return found
