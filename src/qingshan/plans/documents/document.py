"""A document's text, and its refusal."""

from __future__ import annotations

from dataclasses import dataclass


class DocumentRefused(ValueError):
    """A file that cannot or must not be read; its message is for people."""


@dataclass(frozen=True, slots=True)
class Document:
    """Text of a file; ``kind`` is txt, docx, pdf or html; ``warnings`` are sentences for people."""

    text: str
    kind: str
    warnings: tuple[str, ...] = ()
