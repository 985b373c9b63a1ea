"""What a case in ``cases/`` may call: one module a medium, each with ``CALLS``: name → function of (edition, **given)."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

CALLS: dict[str, Callable[..., Any]] = {}
for _module in pkgutil.iter_modules(__path__):
    for _name, _call in importlib.import_module(f"{__name__}.{_module.name}").CALLS.items():
        assert _name not in CALLS, f"{_name} 有两个"
        CALLS[_name] = _call
