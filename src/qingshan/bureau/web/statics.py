"""Addresses of static files that change when the file does, without a collecting step."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


@cache
def _mark(name: str) -> str:
    found = finders.find(name)
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:10] if found else ""


class Versioned(StaticFilesStorage):
    """``{% static %}`` with the start of the file's SHA-256 behind it, so browsers may keep it and still see a new one."""

    def url(self, name: str | None) -> str:
        address = super().url(name)
        mark = _mark(name) if name else ""
        return f"{address}?v={mark}" if mark else address
