"""What the bureau refuses, in words for people."""

from __future__ import annotations


class Refused(Exception):
    """A business rule says no (不予办理); the message says what is so and what to do, and is shown as it stands.

    `field` names the form field it concerns, so that the page can put the sentence under it.
    """

    def __init__(self, message: str, *, field: str | None = None, status: int = 409):
        super().__init__(message)
        self.message, self.field, self.status = message, field, status
