"""Paragraphs and tables to lines (排成行): a table row is a line with tabs; a table that only lays out the page is taken apart."""

from __future__ import annotations

from dataclasses import dataclass, field

DITTO = "〃"  # in a cell that a merged cell above covers: the same again
SENTENCE = 8  # characters; a shorter paragraph of a cell is part of a name or of a list of units
_STOPS = "。；，、：！？.;,:!?（("
LAID_OUT = 400  # characters; a cell with more, in several paragraphs, is a part of the page and no cell of a table


@dataclass
class _Table:
    """An open table: the cells of its open row."""

    cells: list[list[str]] = field(default_factory=list)
    open: bool = False


class Sheet:
    """Takes paragraphs, cells, rows and tables in the order of the document; nested ones as they come."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._sinks: list[list[str]] = [self.lines]
        self._tables: list[_Table] = []

    @property
    def in_cell(self) -> bool:
        return len(self._sinks) > 1

    def line(self, words: str) -> None:
        """A paragraph."""
        if words or not self.in_cell:
            self._sinks[-1].append(words)

    def table(self) -> None:
        self._tables.append(_Table())

    def row(self) -> None:
        if self._tables:
            self._close_cell()
            self._tables[-1].cells = []

    def cell(self) -> None:
        if not self._tables:
            self.table()
        self._close_cell()
        self._tables[-1].open = True
        self._tables[-1].cells.append([])
        self._sinks.append(self._tables[-1].cells[-1])

    def end_cell(self, span: int = 1, covered: bool = False) -> None:
        """Closes a cell that is ``span`` columns wide; ``covered`` by a merged cell above."""
        if not self._tables or not self._tables[-1].open:
            return
        table = self._tables[-1]
        if covered and not any(table.cells[-1]):
            table.cells[-1].append(DITTO)
        self._close_cell()
        table.cells += [[] for _ in range(min(span, 64) - 1)]

    def end_row(self) -> None:
        if not self._tables:
            return
        self._close_cell()
        cells, self._tables[-1].cells = self._tables[-1].cells, []
        if not any(any(c) for c in cells):
            return
        if len(cells) == 1 or any(len(c) > 3 and sum(map(len, c)) > LAID_OUT for c in cells):
            for c in cells:
                self._sinks[-1].extend(c)
        else:
            self._sinks[-1].append("\t".join(_together([_in_a_cell(w) for w in c]) for c in cells))

    def end_table(self) -> None:
        if self._tables:
            self.end_row()
            self._tables.pop()

    def close(self) -> list[str]:
        """All lines; tables left open are closed."""
        while self._tables:
            self.end_table()
        return self.lines

    def _close_cell(self) -> None:
        if self._tables and self._tables[-1].open:
            self._tables[-1].open = False
            self._sinks.pop()


def _together(lines: list[str]) -> str:
    """The paragraphs of a cell as its words: two that are sentences, the first without a stop at its end, stay two."""
    said = lines[:1]
    for words in lines[1:]:
        apart = min(len(said[-1]), len(words)) >= SENTENCE and said[-1][-1] not in _STOPS
        said[-1] += "；" if apart else ""
        said.append(words)
    return " ".join(said)


def _in_a_cell(words: str) -> str:
    """A line inside a cell; the row of a table that stands in it as a clause of its own: 新建管网5公里（9月底）；"""
    cells = [c for c in words.split("\t") if c and c != DITTO]
    if "\t" not in words or not cells:
        return words
    if cells[0].isdigit() and len(cells) > 1:
        cells[:2] = [f"{cells[0]}.{cells[1]}"]
    return cells[0].rstrip("。；;") + (f"（{'，'.join(cells[1:])}）" if cells[1:] else "") + "；"
