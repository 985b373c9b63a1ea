"""A bulletin as neutral content (公文内容): what Word, PDF, Excel and the page are all written from.

Every figure keeps the reference it came from, so a reader of any form can ask where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields

FORMULA = re.compile(r"(PM)(2\.5|10)(?!\d)|(?<![A-Za-z])(SO|NO|CO)(2)(?!\d)|(?<![A-Za-z])(O)(3)(?!\d)")


@dataclass(frozen=True)
class Run:
    """A stretch of text; with `ref` it is a figure out of an indicator (引用的数)."""

    text: str
    ref: str = ""


@dataclass(frozen=True)
class Block:
    """One typed block: heading (level 1 or 2), paragraph, table or note; `source` is its place in the template."""

    kind: str
    runs: tuple[Run, ...] = ()
    level: int = 0
    source: str = ""
    title: str = ""
    columns: tuple[str, ...] = ()
    widths: tuple[float, ...] = ()
    rows: tuple[tuple[Run, ...], ...] = ()
    out: int = 0  # how many rows at the end are not ranked
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True)
class Document:
    """The whole of one official document (公文) in the order of GB/T 9704—2012."""

    issuer: str
    number: str
    title: tuple[str, ...]
    addressee: str
    blocks: tuple[Block, ...]
    annexes: tuple[Block, ...] = ()
    signature: str = ""
    day: str = ""
    copies: str = ""
    printer: str = ""
    printed: str = ""
    provenance: tuple[str, ...] = ()
    mark: str = ""
    refs: dict = field(default_factory=dict)

    def figures(self) -> Iterator[tuple[str, str]]:
        """Every figure of the text and the tables as ``(ref, text)``, in reading order."""
        for block in (*self.blocks, *self.annexes):
            for run in (*block.runs, *(cell for row in block.rows for cell in row)):
                if run.ref:
                    yield run.ref, run.text

    def as_data(self) -> dict:
        """As JSON keeps it; `from_data` reads it back equal."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: dict) -> Document:
        values = {f.name: data[f.name] for f in fields(cls)}
        for name in ("blocks", "annexes"):
            values[name] = tuple(_block(block) for block in values[name])
        for name in ("title", "provenance"):
            values[name] = tuple(values[name])
        return cls(**values)


def _block(data: dict) -> Block:
    runs = tuple(Run(**run) for run in data["runs"])
    rows = tuple(tuple(Run(**cell) for cell in row) for row in data["rows"])
    flat = {name: tuple(data[name]) for name in ("columns", "widths", "notes")}
    return Block(**{**data, "runs": runs, "rows": rows, **flat})


def pieces(text: str) -> list[tuple[str, bool]]:
    """Text cut at the subscripts of item symbols: ``PM2.5`` gives ``("PM", False), ("2.5", True)``."""
    out: list[tuple[str, bool]] = []
    at = 0
    for found in FORMULA.finditer(text):
        base, low = (group for group in found.groups() if group)
        if found.start() > at:
            out.append((text[at : found.start()], False))
        out += [(base, False), (low, True)]
        at = found.end()
    if at < len(text) or not out:
        out.append((text[at:], False))
    return out
