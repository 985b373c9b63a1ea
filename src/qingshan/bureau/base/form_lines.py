"""Typed lines of a composing form (表单编制的填写): texts, numbers, lists and numbered rows, with every fault kept at its field."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from qingshan.bureau.base.packs.declared import Faults
from qingshan.bureau.base.packs.faults import sentences

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
MOST = 240
"""rows of one kind a form takes"""


@dataclass
class Read:
    """A form as read: the declaration as data, every fault with the field it concerns, what is worth a look, and the declaration made."""

    said: dict[str, Any]
    faults: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """no faults, but worth a look before it is published"""
    made: Any = None
    """the declaration, where there is no fault"""

    def check(self, kind: type[BaseModel], catalogue: Any, place: Callable[[tuple, str], tuple[str, str]]) -> None:
        """Check what was said as any file of a pack is; `place` gives each fault its field of the form and its words."""
        told = list(self.faults)
        try:
            made = kind.model_validate(self.said)
        except ValidationError as error:
            for fault, words in zip(error.errors(include_url=False), sentences(error, kind), strict=True):
                cause = fault.get("ctx", {}).get("error")
                found = cause.found if isinstance(cause, Faults) else [(tuple(fault["loc"]), words.strip().lstrip("："))]
                for where, said in (place(loc, sentence) for loc, sentence in found):
                    known = where.endswith("-title") and any(name.startswith(where.removesuffix("title")) for name, _ in told)
                    if not known and (fault["type"] != "missing" or not told):
                        self.faults.append((where, said))
            return
        self.faults += [("form", words) for words in made.faults(catalogue)]
        self.made = None if self.faults else made

    @property
    def by_field(self) -> dict[str, list[str]]:
        out: dict[str, list[str]] = {}
        for name, words in self.faults:
            out.setdefault(name, []).append(words)
        return out


def base_of(form: Mapping[str, str]) -> dict[str, Any]:
    """The declaration one began from, as kept in the form."""
    try:
        base = json.loads(form.get("base") or "{}")
    except ValueError:
        return {}
    return base if isinstance(base, dict) else {}


class Lines:
    """Reads what was typed; keeps every fault instead of stopping at the first. `base` is the declaration one began from."""

    def __init__(self, form: dict[str, str], base: dict):
        self.form, self.base = form, base
        self.faults: list[tuple[str, str]] = []

    def text(self, name: str) -> str:
        return str(self.form.get(name, "") or "").strip()

    def lines(self, name: str) -> list[str]:
        return [line.strip() for line in self.text(name).splitlines() if line.strip()]

    def list(self, name: str) -> list[str]:
        """Names typed with 、 , or line breaks between them."""
        return [word.strip() for word in re.split(r"[、,，;；\n]+", self.text(name)) if word.strip()]

    def words(self, name: str) -> list[str]:
        """Words as :func:`joined` wrote them: between 、 or ，; where one of them has such a mark in it, between ；."""
        text = self.text(name)
        return [word.strip() for word in re.split(r"[;；\n]+" if re.search(r"[;；\n]", text) else r"[、,，]+", text) if word.strip()]

    def number(self, name: str, what: str, *, needed: bool = False) -> float | None:
        text = self.text(name).replace("，", "").replace("−", "-")
        if not text:
            if needed:
                self.faults.append((name, f"请填写{what}"))
            return None
        return self.parse(name, text, what)

    def whole(self, name: str, what: str, *, needed: bool = False) -> int | None:
        number = self.number(name, what, needed=needed)
        if number is not None and number != int(number):
            self.faults.append((name, f"{what}写成“{self.text(name)}”，应为整数"))
            return None
        return None if number is None else int(number)

    def parse(self, name: str, text: str, what: str) -> float | None:
        try:
            number = float(text.strip().replace("−", "-"))
        except ValueError:
            self.faults.append((name, f"{what}写成“{text}”，应为数"))
            return None
        if number != number or abs(number) == float("inf"):
            self.faults.append((name, f"{what}写成“{text}”，应为有限的数"))
            return None
        return number

    def numbers(self, name: str, what: str) -> list[float]:
        found = [self.parse(name, word, what) for word in re.split(r"[、,，;；\s]+", self.text(name)) if word]
        return [number for number in found if number is not None]

    def rows(self, kind: str) -> list[int]:
        """Numbers of the rows of a kind: 0 and 2 for ``goal-0-title``, ``goal-2-title``."""
        return numbered(self.form, kind)

    def filled(self, kind: str) -> list[int]:
        """Numbers of the rows that have a title, in the order their places say (``goal-2-place``)."""
        return filled(self.form, kind)


def joined(words: Iterable[str]) -> str:
    """Words on one line, as :meth:`Lines.words` takes them back."""
    found = list(words)
    if not any(re.search(r"[、,，]", word) for word in found):
        return "、".join(found)
    return "；".join(found) + ("；" if len(found) == 1 else "")


def numbered(form: Mapping[str, str], kind: str = "item") -> list[int]:
    return sorted({int(m[1]) for key in form if (m := re.fullmatch(rf"{kind}-(\d{{1,3}})-title", key))})


def filled(form: Mapping[str, str], kind: str) -> list[int]:
    """Numbers of the rows with a title, by ``…-place``; one without a place stands where its number puts it."""

    def place(n: int) -> tuple[float, int]:
        said = str(form.get(f"{kind}-{n}-place", "") or "").strip()
        return (float(said) if re.fullmatch(r"\d{1,4}(\.\d{1,2})?", said) else n + 1, n)

    return sorted((n for n in numbered(form, kind) if str(form.get(f"{kind}-{n}-title") or "").strip()), key=place)


def free(letter: str, taken: set[str]) -> str:
    """The next name nothing has yet (``f3``); it is taken from then on."""
    n = 1
    while f"{letter}{n}" in taken:
        n += 1
    taken.add(f"{letter}{n}")
    return f"{letter}{n}"


def settle(form: dict[str, str], kind: str, keys: Iterable[str]) -> dict[int, int]:
    """Number the rows of a kind anew in their order, so that a form read again shows them so; gives old number → new."""
    rows = filled(form, kind)
    kept = [{key: form.get(f"{kind}-{n}-{key}", "") for key in keys} for n in rows]
    for key in [key for key in form if re.match(rf"{kind}-\d{{1,3}}-", key)]:
        del form[key]
    for n, row in enumerate(kept):
        form |= {f"{kind}-{n}-{key}": value for key, value in row.items() if value}
    return {old: new for new, old in enumerate(rows)}


def table(form: Mapping[str, str], kind: str, keys: Iterable[str], faults: Mapping[str, list[str]], more: int) -> list[dict[str, Any]]:
    """The rows of a kind as the page shows them, `more` empty ones below, each with its faults."""
    wanted = list(keys)
    there = numbered(form, kind)
    shown = [n for n in there if any(form.get(f"{kind}-{n}-{key}") for key in wanted)]
    order = filled(form, kind)
    order += [n for n in shown if n not in order]
    last = max(there, default=-1) if shown else -1
    rows = []
    for n in (*order, *range(last + 1, min(last + 1 + more, MOST))):
        wrong = [w for key in wanted for w in faults.get(f"{kind}-{n}-{key}", ())]
        at = {key: form.get(f"{kind}-{n}-{key}", "") for key in wanted}
        rows.append({"n": n, "place": len(rows) + 1, "at": at, "faults": list(dict.fromkeys(wrong))})
    return rows


def show(value: Any) -> str:
    """A value as the field shows it; every digit of a number stays."""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, float):
        text = f"{Decimal(repr(value)):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return "" if value is None else str(value)
