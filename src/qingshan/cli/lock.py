"""A lock on a file that ends with the process that holds it, on POSIX and Windows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

if os.name == "nt":
    import msvcrt
else:
    import fcntl


def hold(path: Path) -> IO[bytes] | None:
    """The open file that keeps the lock until it is closed, or None where another process holds it."""
    file = path.open("ab")
    try:
        if os.name == "nt":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file
