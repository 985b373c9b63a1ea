"""Frames in a journal, for tests that need some; no Django here, so that a plugin can use it before it starts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from qingshan.gateway.journal import Journal
from qingshan.gateway.record import Record

NOW = datetime(2026, 11, 19, 9)


def frames(folder: Path, count: int, start: int = 0) -> None:
    journal = Journal(folder)
    journal.submit(
        [
            Record(f"{NOW}.{n:06}", "10.0.0.1:1", b"##raw %d\r\n" % n, "ok", "MN1", "22", "2011", str(n), NOW.isoformat(),
                   items=f'{{"a34004":{{"Rtd":"1{n}"}}}}', digest=b"%d" % n, is_identified=True)
            for n in range(start, start + count)
        ]
    )  # fmt: skip
    journal.close()
