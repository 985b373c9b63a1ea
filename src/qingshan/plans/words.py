"""The lexicon (词表): TOML files beside this module, and patterns made of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def words(name: str) -> dict[str, Any]:
    """The lexicon file ``lexicon/<name>.toml``."""
    return tomllib.loads((files("qingshan.plans") / "lexicon" / f"{name}.toml").read_text(encoding="utf-8"))


def listed(name: str, *keys: str) -> list[str]:
    """Words under the keys of a lexicon file; a string is a list of words with spaces between."""
    out: list[str] = []
    for key in keys:
        value = words(name)[key]
        out += value.split() if isinstance(value, str) else value
    return out


def any_of(items: Iterable[str]) -> str:
    """A pattern that matches any of the words, the longest first."""
    return "(?:" + "|".join(re.escape(w) for w in sorted(set(items), key=lambda w: (-len(w), w))) + ")"
