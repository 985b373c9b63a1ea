"""A ticket stands in ``Record.token`` of records that came over no link: whoever handed them over is told when the journal has them."""

from __future__ import annotations

import threading


class Ticket:
    """For so many records; set once the journal has done with all of them."""

    def __init__(self, count: int) -> None:
        self.left, self.error, self.done = count, None, threading.Event()

    def take(self, count: int, error: Exception | None) -> None:
        self.left -= count
        self.error = self.error or error
        if self.left <= 0:
            self.done.set()
