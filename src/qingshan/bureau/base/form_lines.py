"""Typed lines of a composing form (表单编制的填写): texts, numbers, lists and numbered rows, with every fault kept at its field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass
class Read:
    """A form as read: the declaration as data, and every fault with the field it concerns."""

    said: dict[str, Any]
    faults: list[tuple[str, str]] = field(default_factory=list)

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


def joined(words: Iterable[str]) -> str:
    """Words on one line, as :meth:`Lines.words` takes them back."""
    found = list(words)
    if not any(re.search(r"[、,，]", word) for word in found):
        return "、".join(found)
    return "；".join(found) + ("；" if len(found) == 1 else "")


def numbered(form: dict[str, str], kind: str = "item") -> list[int]:
    return sorted({int(m[1]) for key in form if (m := re.fullmatch(rf"{kind}-(\d{{1,2}})-title", key))})


def show(value: Any) -> str:
    """A value as the field shows it; every digit of a number stays."""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, float):
        text = f"{Decimal(repr(value)):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return "" if value is None else str(value)
