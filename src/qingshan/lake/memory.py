"""Memory between blocks: what one block frees the next one uses again, instead of handing it back to the system and asking anew."""

from __future__ import annotations

import ctypes
import sys
from functools import lru_cache

_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # malloc.h
_LARGEST = 32 * 2**20  # what glibc itself comes to after a while, and the most it takes


@lru_cache(maxsize=1)
def keep_freed() -> None:
    """Set glibc's thresholds at once to where they would end: threads side by side wait for the system at every new page.

    Elsewhere (macOS, Windows, musl) nothing happens; results never depend on it.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        set_option = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return
    set_option(_MMAP_THRESHOLD, _LARGEST)
    set_option(_TRIM_THRESHOLD, 2 * _LARGEST)
