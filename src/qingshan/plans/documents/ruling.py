"""Tables of a PDF page by their ruled lines (表格线): cells, merged cells among them, and the text that lies in each."""

from __future__ import annotations

import ctypes
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pypdfium2
import pypdfium2.raw as pdfium

from qingshan.plans.documents.sheet import DITTO

THIN, SHORT, NEAR = 3.0, 6.0, 3.0  # points: how thick a rule may be, how short, how far apart two may lie to be one
MOST_PATHS, MOST_POINTS, MOST_RULES = 8_000, 2_000, 300
_BLANK = ("\r", "\n", " ", "")
_PATH = pdfium.FPDF_PAGEOBJ_PATH

Rule = tuple[float, float, float]  # where it lies, from, to


@dataclass
class Table:
    """A grid of rules: ``xs`` from left to right, ``ys`` from top to bottom."""

    xs: list[float]
    ys: list[float]
    upright: list[Rule]
    level: list[Rule]
    texts: dict[tuple[int, int], list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._down = [-y for y in self.ys]

    def cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of a point, None outside."""
        column = bisect_right(self.xs, x) - 1
        row = bisect_right(self._down, -y) - 1
        return (row, column) if 0 <= column < len(self.xs) - 1 and 0 <= row < len(self.ys) - 1 else None

    def rows(self) -> list[str]:
        """A line a row, cells with tabs between; a cell that reaches down is 〃 in the rows below."""
        of = self._merged()
        held: dict[tuple[int, int], list[str]] = {}
        for at, said in self.texts.items():
            held.setdefault(of[at], []).extend(said)
        out: list[str] = []
        for i in range(len(self.ys) - 1):
            cells: list[str] = []
            for j in range(len(self.xs) - 1):
                root = of[i, j]
                own = "".join(held.get(root, [])).strip()
                cells.append(own if root == (i, j) else DITTO if root[0] < i and root[1] == j else "")
            if any(c and c != DITTO for c in cells):
                out.append("\t".join(cells))
        return out

    def _merged(self) -> dict[tuple[int, int], tuple[int, int]]:
        """The first cell of the merged cell each belongs to."""
        of = {(i, j): (i, j) for i in range(len(self.ys) - 1) for j in range(len(self.xs) - 1)}
        for i, j in sorted(of):
            middle = (self.ys[i] + self.ys[i + 1]) / 2
            if j and not _crosses(self.upright, self.xs[j], middle):
                of[i, j] = of[i, j - 1]
            elif i and not _crosses(self.level, self.ys[i], (self.xs[j] + self.xs[j + 1]) / 2):
                of[i, j] = of[i - 1, j]
        return of


def _crosses(rules: list[Rule], at: float, point: float) -> bool:
    return any(abs(r[0] - at) <= NEAR and r[1] <= point <= r[2] for r in rules)


def tables(page: pypdfium2.PdfPage) -> list[Table]:
    """Ruled tables of two columns and two rows or more."""
    upright, level = _rules(page)
    if len(upright) < 3 or len(level) < 2 or max(len(upright), len(level)) > MOST_RULES:
        return []
    out: list[Table] = []
    for group in _groups(upright, level):
        ups, levels = ([upright[n] for n in group[0]], [level[n] for n in group[1]])
        xs, ys = _places(r[0] for r in ups), _places(r[0] for r in levels)[::-1]
        if len(xs) >= 3 and len(ys) >= 2:
            out.append(Table(xs, ys, ups, levels))
    return out


def levels(page: pypdfium2.PdfPage) -> list[Rule]:
    """Level rules of a page (height, from, to)."""
    level = _rules(page)[1]
    return level if len(level) <= MOST_RULES else []


def _places(values: object) -> list[float]:
    out: list[float] = []
    for v in sorted(values):  # type: ignore[call-overload]
        if not out or v - out[-1] > NEAR:
            out.append(v)
    return out


def _rules(page: pypdfium2.PdfPage) -> tuple[list[Rule], list[Rule]]:
    upright: list[Rule] = []
    level: list[Rule] = []
    width, height = page.get_size()
    for n, path in enumerate(page.get_objects(filter=[_PATH], max_depth=3)):
        if n >= MOST_PATHS:
            break
        left, bottom, right, top = path.get_bounds()
        if right - left > width * 0.97 and top - bottom > height * 0.9:
            continue  # the paper
        if right - left <= THIN and top - bottom >= SHORT:
            upright.append(((left + right) / 2, bottom, top))
        elif top - bottom <= THIN and right - left >= SHORT:
            level.append(((bottom + top) / 2, left, right))
        elif right - left > SHORT and top - bottom > SHORT:
            _of_path(path, upright, level)
    return _joined(upright), _joined(level)


def _of_path(path: pypdfium2.PdfObject, upright: list[Rule], level: list[Rule]) -> None:
    """Straight runs of a path that draws several rules, or a frame, at once."""
    m = path.get_matrix()
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[tuple[float, float]] = []
    for k in range(min(pdfium.FPDFPath_CountSegments(path), MOST_POINTS)):
        segment = pdfium.FPDFPath_GetPathSegment(path, k)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_BEZIERTO:
            return
        point = m.on_point(x.value, y.value)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            points = [point]
            continue
        _run(points[-1], point, upright, level) if points else None
        points.append(point)
        if pdfium.FPDFPathSegment_GetClose(segment):
            _run(point, points[0], upright, level)


def _run(a: tuple[float, float], b: tuple[float, float], upright: list[Rule], level: list[Rule]) -> None:
    if abs(a[0] - b[0]) <= 1 and abs(a[1] - b[1]) >= SHORT:
        upright.append((a[0], min(a[1], b[1]), max(a[1], b[1])))
    elif abs(a[1] - b[1]) <= 1 and abs(a[0] - b[0]) >= SHORT:
        level.append((a[1], min(a[0], b[0]), max(a[0], b[0])))


def _joined(rules: list[Rule]) -> list[Rule]:
    """Rules of one line that touch, as one; the borders of cells are drawn each for itself."""
    lanes: list[list[Rule]] = []
    for r in sorted(rules):
        if lanes and r[0] - lanes[-1][0][0] <= NEAR:
            lanes[-1].append(r)
        else:
            lanes.append([r])
    out: list[Rule] = []
    for lane in lanes:
        at = lane[0][0]
        start, end = None, 0.0
        for _, a, b in sorted(lane, key=lambda r: r[1]):
            if start is None or a > end + NEAR:
                if start is not None:
                    out.append((at, start, end))
                start, end = a, b
            else:
                end = max(end, b)
        if start is not None:
            out.append((at, start, end))
    return out


def _groups(upright: list[Rule], level: list[Rule]) -> list[tuple[list[int], list[int]]]:
    """Rules that hang together by crossing or touching."""
    left = set(range(len(level)))
    waiting = set(range(len(upright)))
    out = []
    while waiting:
        ups: list[int] = []
        levels: list[int] = []
        queue = [(0, waiting.pop())]
        while queue:
            kind, n = queue.pop()
            (levels if kind else ups).append(n)
            others, rules, one = (waiting, upright, level[n]) if kind else (left, level, upright[n])
            touching = [k for k in others if _touch(one, rules[k])]
            others -= set(touching)
            queue += [(1 - kind, k) for k in touching]
        out.append((sorted(ups), sorted(levels)))
    return out


def _touch(a: Rule, b: Rule) -> bool:
    return b[1] - NEAR <= a[0] <= b[2] + NEAR and a[1] - NEAR <= b[0] <= a[2] + NEAR


class Cells(Protocol):
    """A table whose characters fall into cells."""

    texts: dict[tuple[int, int], list[str]]

    def cell_at(self, x: float, y: float) -> tuple[int, int] | None: ...

    def rows(self) -> list[str]: ...


def text(layer: pypdfium2.PdfTextPage, found: Sequence[Cells]) -> str:
    """The page's characters in order; where a table begins, its rows."""
    out: list[str] = []
    placed: set[int] = set()
    where: tuple[int, tuple[int, int]] | None = None
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    raw, box_of = layer.raw, pdfium.FPDFText_GetCharBox
    characters = [_character(pdfium.FPDFText_GetUnicode(raw, n)) for n in range(layer.count_chars())]
    for n, char in enumerate(characters):
        if char not in _BLANK:
            box_of(raw, n, left, right, bottom, top)
            where = _where(found, (left.value + right.value) / 2, (bottom.value + top.value) / 2)
        if where is None:
            out.append(char)
            continue
        table, at = where
        if table not in placed:
            placed.add(table)
            out.append(f"\n\x01{table}\x02\n")
        found[table].texts.setdefault(at, []).append("" if char in ("\r", "\n") else char)
    words = "".join(out)
    for table in placed:
        words = words.replace(f"\x01{table}\x02", "\n".join(found[table].rows()))
    return words


def _character(code: int) -> str:
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ""


def _where(found: Sequence[Cells], x: float, y: float) -> tuple[int, tuple[int, int]] | None:
    for n, table in enumerate(found):
        if (at := table.cell_at(x, y)) is not None:
            return n, at
    return None
