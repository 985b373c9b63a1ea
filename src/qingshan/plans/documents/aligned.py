"""Tables of a PDF page without upright rules (无线表、三线表): columns by the white between them, rows by the white between lines.

A table begins at a line whose words are heads of columns (工作任务、责任单位、完成时限), goes down as long as no line crosses the white
between its columns, and may go on at the top of the next page. Nothing is taken for a table by its looks alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pypdfium2
import pypdfium2.raw as pdfium

Run = tuple[float, float]  # from, to
Band = tuple[float, float, bool]  # top, bottom, whether it lies across all columns
Rule = tuple[float, float, float]  # height, from, to

_HEAD = re.compile(
    r"序号|编号|(?:[\u4e00-\u9fff]{0,6}?(?:任务|措施|举措|事项|项目|内容|要求|目标|指标)(?:名称|清单)?)|"
    r"(?:牵头|责任|主办|主责|承办|实施|落实|负责|配合|协办|参与|协助)(?:单位|部门|科室|领导|人)?(?:[(（].{1,8}[)）])?|单位|部门|科室|"
    r"(?:[\u4e00-\u9fff]{0,4}(?:时限|时间|期限|节点)|限期)(?:要求)?|(?:[\u4e00-\u9fff]{0,4}情况|进展|进度)|备注|"
    r"(?:20\d\d年?(?:度)?)?(?:目标|现状|基准|完成)值?|20\d\d年(?:度)?"
)
_TOLD = re.compile(r"单位|部门|科室|牵头|责任|时限|时间|期限|节点|限期")
"""a head that says who or when: without one it is no table of tasks"""
_HALF = re.compile(r"序号?|号|责任|牵头|配合|完成|单位|部门|时限|时间|期限|任务|工作|措施|内容|备注|目标|事项")
_INDEX = re.compile(r"[（(]?\d{1,4}[)）]?[.．、]?|[一二三四五六七八九十]{1,3}、?")
_FOOT = re.compile(r"^[\s\-—–－·]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/／共]\s*\d{1,4}\s*页?)?[\s\-—–－·]*$")
_SECTION = re.compile(r"^(?:[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十]{1,3}[章节部]|附件)")
GAP, HEAD_GAP = 0.3, 0.5  # of a character's height: as much white as parts two words of a line, two heads of columns
WHITE = 3.0  # points: the least white between two columns
SPANNING = 36  # characters of a line that may lie across all columns, the name of a section
NEAR = 1.4  # of a line's height: as much white as lies between two rows
RUNNING = 3  # lines of a running header above it
TALLEST = 40  # lines of a row that a page broke
GOES_ON = "\x03"  # before a row that goes on from the page before


@dataclass(frozen=True)
class Word:
    """A run of characters of one line without wide white in it."""

    left: float
    right: float
    text: str


@dataclass
class Line:
    """Characters at one height, as words from left to right; `runs` are where its ink lies."""

    top: float
    bottom: float
    words: list[Word]

    @property
    def text(self) -> str:
        return "".join(w.text for w in self.words)

    @property
    def height(self) -> float:
        return self.top - self.bottom

    @property
    def runs(self) -> list[Run]:
        return [(w.left, w.right) for w in self.words]


@dataclass
class Table:
    """Cells by `xs` from left to right and `ys` from top to bottom; rows of `across` are one cell; the first may go on from above."""

    xs: list[float]
    ys: list[float]
    across: set[int]
    goes_on: bool = False
    texts: dict[tuple[int, int], list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._down = [-y for y in self.ys]

    def cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of a point, None outside."""
        row = bisect_right(self._down, -y) - 1
        if not 0 <= row < len(self.ys) - 1:
            return None
        return (row, 0) if row in self.across else (row, bisect_right(self.xs, x))

    def rows(self) -> list[str]:
        """A line a row, cells with tabs between."""
        out = []
        for i in range(len(self.ys) - 1):
            cells = ["".join(self.texts.get((i, j), [])).strip() for j in range(len(self.xs) + 1)]
            if any(cells):
                out.append((GOES_ON if self.goes_on and i == 0 else "") + "\t".join(cells))
        return out


@dataclass(frozen=True)
class Carried:
    """What a page leaves open at its end: the white between the columns, and which column numbers the rows (-1: none)."""

    white: tuple[Run, ...]
    index: int


def may_hold(words: str, carried: Carried | None) -> bool:
    """Whether a page's text is worth a look at where its characters lie."""
    if carried is not None:
        return True
    tokens = words.split()
    return sum(bool(_HEAD.fullmatch(t) or _HALF.fullmatch(t)) for t in tokens) >= 2


def tables(layer: pypdfium2.PdfTextPage, levels: list[Rule], carried: Carried | None) -> tuple[list[Table], Carried | None]:
    """Aligned tables of a page from top to bottom, and what goes on to the next one. `levels` are level rules (y, from, to)."""
    lines = _lines(layer)
    found: list[Table] = []
    left: Carried | None = None
    n = 0
    if carried is not None:
        start = _resumed(lines, carried.white)
        if start is not None and _head(lines, start) is None:
            n, left = _take(lines, start, start, list(carried.white), levels, found, carried.index)
    while n < len(lines):
        head = _head(lines, n)
        if head is None:
            n += 1
            continue
        words, body = head
        white = [(a.right, b.left) for a, b in pairwise(words)]
        index = 0 if words[0].text in ("序号", "编号", "号") else -1
        n, left = _take(lines, n, body, white, levels, found, index)
    return found, left


def _resumed(lines: list[Line], white: tuple[Run, ...]) -> int | None:
    """Where a table of the page before goes on: its first line, that of a row broken by the page among them."""
    start = next((k for k, line in enumerate(lines[:TALLEST]) if len(_columns(line, white)) > 1), None)
    if start is None:  # only the rest of its last row, set where a column of it begins
        edges = [right for _, right in white]
        rest = (k for k, line in enumerate(lines[: RUNNING + 1]) if len(_columns(line, white)) == 1)
        return next((k for k in rest if any(abs(lines[k].words[0].left - x) < 2 for x in edges)), None)
    while start and len(_columns(lines[start - 1], white)) == 1 and lines[start - 1].bottom - lines[start].top < NEAR * lines[start].height:
        start -= 1
    return start if start <= RUNNING else None


def _lines(layer: pypdfium2.PdfTextPage) -> list[Line]:
    """The page's characters as lines from top to bottom."""
    raw, rect = layer.raw, pdfium.FS_RECTF()
    marks: list[tuple[float, float, float, float, str]] = []
    for n in range(layer.count_chars()):
        code = pdfium.FPDFText_GetUnicode(raw, n)
        if code <= 32 or code in (0x3000, 0xA0, 0xFFFE) or 0xD800 <= code < 0xE000 or code >= 0x110000:
            continue
        if pdfium.FPDFText_GetLooseCharBox(raw, n, rect) and rect.right > rect.left:
            marks.append((max(rect.top, rect.bottom), min(rect.top, rect.bottom), rect.left, rect.right, chr(code)))
    marks.sort(key=lambda m: -(m[0] + m[1]))
    groups: list[list[tuple[float, float, float, float, str]]] = []
    for m in marks:
        if groups and (groups[-1][0][0] + groups[-1][0][1] - m[0] - m[1]) / 2 < 0.4 * (m[0] - m[1]):
            groups[-1].append(m)
        else:
            groups.append([m])
    return [_line(g) for g in groups]


def _line(marks: list[tuple[float, float, float, float, str]]) -> Line:
    marks = sorted(marks, key=lambda m: m[2])
    height = sorted(m[0] - m[1] for m in marks)[len(marks) // 2]
    words: list[Word] = []
    for _, _, a, b, char in marks:
        _append(words, Word(a, b, char), GAP * height)
    return Line(max(m[0] for m in marks), min(m[1] for m in marks), words)


def _append(words: list[Word], word: Word, gap: float) -> None:
    """A word behind those of its line, as part of the last where less than `gap` of white lies between."""
    last = words[-1] if words else None
    if last and word.left - last.right <= gap:
        words[-1] = Word(last.left, max(last.right, word.right), last.text + word.text)
    else:
        words.append(word)


def _heads_of(line: Line) -> list[Word]:
    """A line's words as heads of columns: 完成 时限 and 序　号 are one."""
    out: list[Word] = []
    for word in line.words:
        lone = out and len(out[-1].text) == len(word.text) == 1 and _HEAD.fullmatch(out[-1].text + word.text)
        _append(out, word, (3 if lone else HEAD_GAP) * line.height)
    return out


def _head(lines: list[Line], n: int) -> tuple[list[Word], int] | None:
    """The heads of columns that begin at a line, and the line behind them; of two or three lines where a head is broken."""
    for many in (1, 2, 3):
        if n + many > len(lines):
            break
        words = _stacked([_heads_of(line) for line in lines[n : n + many]])
        if any(len(w.text) > 14 for w in words):
            return None
        said = [w.text for w in words]
        if len(said) > 1 and all(map(_HEAD.fullmatch, said)) and any(map(_TOLD.search, said)):
            return words, n + many
    return None


def _stacked(lines: list[list[Word]]) -> list[Word]:
    """Words that stand under each other as one, from left to right."""
    out: list[Word] = []
    for words in lines:
        for w in words:
            at = next((k for k, o in enumerate(out) if w.left < o.right and w.right > o.left), None)
            if at is None:
                out.append(w)
            else:
                o = out[at]
                out[at] = Word(min(o.left, w.left), max(o.right, w.right), o.text + w.text)
    return sorted(out, key=lambda w: w.left)


def _columns(line: Line, white: Sequence[Run]) -> set[int]:
    """The columns in which a line has words; empty where it crosses the white between two."""
    if any(all(not (a < right and b > left) for left, right in _rest((a, b), line.runs)) for a, b in white):
        return set()
    return {sum((a + b) / 2 < w.left + 0.01 for a, b in white) for w in line.words}


def _rest(white: Run, runs: list[Run]) -> list[Run]:
    """What ink leaves of a white run, as pieces of WHITE points and more."""
    pieces = [white]
    for a, b in runs:
        pieces = [p for left, right in pieces for p in ((left, min(right, a)), (max(left, b), right)) if p[1] - p[0] >= WHITE]
    return pieces


def _take(
    lines: list[Line], first: int, body: int, white: list[Run], levels: list[Rule],
    found: list[Table], index: int,
) -> tuple[int, Carried | None]:  # fmt: skip
    """The table whose heads are the lines from `first` to `body` (none: it goes on from above); the line behind it, what it leaves open."""
    pieces = [[w] for w in white]
    inside: list[tuple[Line, bool]] = []
    n = body
    while n < len(lines):
        rest = [[q for p in have for q in _rest(p, lines[n].runs)] for have in pieces]
        if all(rest):
            pieces = rest
            inside.append((lines[n], False))
        elif _is_section(lines, n, pieces):
            inside.append((lines[n], True))
        else:
            break
        n += 1
    while inside and (_FOOT.match(inside[-1][0].text) or _closes(inside)):
        inside.pop()
        n -= 1
    if not inside:
        return max(n, body), None
    widest = [max(have, key=lambda p: p[1] - p[0]) for have in pieces]
    xs = [(a + b) / 2 for a, b in widest]
    is_rest = body == first and not any(_numbers(line, xs, index) for line, _ in inside)  # of the last row alone
    ys, across = ([], set()) if is_rest and index >= 0 else _rows(inside, xs, index, levels)
    begins = [lines[first].top] if body > first else []
    goes_on = body == first and not across & {0} and _is_rest(inside, xs, ys[0] if ys else lines[-1].bottom, index)
    bounds = begins + [inside[0][0].top + 0.1, *ys, min(line.bottom for line, _ in inside) - 0.1]
    found.append(Table(xs, bounds, {k + len(begins) for k in across}, goes_on))
    open_ = all(_FOOT.match(line.text) for line in lines[n:])
    return n, Carried(tuple(widest), index) if open_ else None


def _is_section(lines: list[Line], n: int, pieces: list[list[Run]]) -> bool:
    """Whether a line that crosses the white is the name of a section, rows of the table below it."""
    said = lines[n].text
    if len(_heads_of(lines[n])) > 1 or len(said) > SPANNING or said[-1] in "。；，、;,:：":
        return False
    return any(
        len({sum((p[0][0] + p[-1][1]) / 2 < w.left for p in pieces) for w in line.words}) > 1
        and all(q for have in pieces for q in [[x for p in have for x in _rest(p, line.runs)]])
        for line in lines[n + 1 : n + 3]
    )


def _closes(inside: list[tuple[Line, bool]]) -> bool:
    """Whether the last line is a heading that comes after the table: 三、保障措施."""
    line, _ = inside[-1]
    return len(_heads_of(line)) == 1 and bool(_SECTION.match(line.text)) and len(line.text) > 2


def _rows(inside: list[tuple[Line, bool]], xs: list[float], index: int, levels: list[Rule]) -> tuple[list[float], set[int]]:
    """Heights between the rows, and which rows lie across all columns."""
    bands = _bands(inside)
    tops, ends = [b[0] for b in bands], [b[1] for b in bands]
    whites = [(low + high) / 2 for low, high in zip(ends, tops[1:], strict=False)]
    sizes = [low - high for low, high in zip(ends, tops[1:], strict=False)]
    breaks = _ruled(bands, inside, levels)
    if breaks is None:
        breaks = _numbered(bands, inside, xs, index, sizes) if index >= 0 else None
    if breaks is None:
        breaks = _spaced(bands, inside, xs, sizes)
    flat = [k for k, b in enumerate(bands) if b[2]]
    breaks = sorted({*breaks, *(k for k in flat if k), *(k + 1 for k in flat if k + 1 < len(bands))})
    starts = [0, *breaks]
    return [whites[k - 1] for k in breaks], {n for n, k in enumerate(starts) if bands[k][2]}


def _bands(inside: list[tuple[Line, bool]]) -> list[Band]:
    """Lines of all columns that overlap in height, as one band: top, bottom, whether it lies across."""
    out: list[Band] = []
    for line, across in sorted(inside, key=lambda x: -x[0].top):
        shrink = 0.15 * (line.top - line.bottom)  # a loose box holds some white
        top, bottom = line.top - shrink, line.bottom + shrink
        if out and top > out[-1][1] and not across and not out[-1][2]:
            out[-1] = (out[-1][0], min(out[-1][1], bottom), False)
        else:
            out.append((top, bottom, across))
    return out


def _band_of(bands: list[Band], line: Line) -> int:
    middle = (line.top + line.bottom) / 2
    return min(range(len(bands)), key=lambda k: max(bands[k][1] - middle, middle - bands[k][0], 0.0))


def _ruled(bands: list[Band], inside: list[tuple[Line, bool]], levels: list[Rule]) -> list[int] | None:
    """Breaks at level rules between the bands (每行有横线); None where fewer than two lie there."""
    left, right = min(w.left for line, _ in inside for w in line.words), max(w.right for line, _ in inside for w in line.words)
    wide = [y for y, a, b in levels if min(b, right) - max(a, left) >= 0.6 * (right - left)]
    at = {k for y in wide for k in range(1, len(bands)) if bands[k - 1][1] >= y >= bands[k][0]}
    return sorted(at) if len(at) >= 2 or (len(at) == 1 and len(bands) == 2) else None


def _numbered(bands: list[Band], inside: list[tuple[Line, bool]], xs: list[float], index: int, sizes: list[float]) -> list[int] | None:
    """Breaks such that each row has one number of the column 序号; None where the column has no numbers."""
    held = [_band_of(bands, line) for line, across in inside if not across and _numbers(line, xs, index)]
    anchors = sorted(held)
    if not anchors:
        return None
    flat = {k for k, b in enumerate(bands) if b[2]}
    for least in sorted(set(sizes)):
        breaks = [k + 1 for k, size in enumerate(sizes) if size >= least]
        groups = [range(a, b) for a, b in pairwise([0, *breaks, len(bands)])]
        if all(sum(k in g for k in anchors) == 1 or set(g) <= flat or (g.start == 0 and sum(k in g for k in anchors) == 0) for g in groups):
            return breaks
    if anchors[0] == min(set(range(len(bands))) - flat, default=0) or len(set(anchors)) < len(anchors):  # numbers stand at the top
        return sorted({k for k in anchors if k})
    return sorted({round((a + b + 1) / 2) for a, b in pairwise(anchors)})


def _numbers(line: Line, xs: list[float], index: int) -> bool:
    """Whether a line has a number in the column 序号."""
    return any(bisect_right(xs, (w.left + w.right) / 2) == index and _INDEX.fullmatch(w.text) for w in line.words)


def _spaced(bands: list[Band], inside: list[tuple[Line, bool]], xs: list[float], sizes: list[float]) -> list[int]:
    """Breaks at the wider white where there are two widths of it; else wherever the column with the fewest lines has words."""
    ordered = sorted(sizes)
    jumps = [(b - a, (a + b) / 2) for a, b in pairwise(ordered) if b > 1.25 * max(a, 0.5) and b - a > 1.5]
    if jumps:
        least = max(jumps)[1]
        return [k + 1 for k, size in enumerate(sizes) if size >= least]
    filled: dict[int, set[int]] = {}
    for line, _ in inside:
        for w in line.words:
            if len(w.text) > 1:
                filled.setdefault(bisect_right(xs, (w.left + w.right) / 2), set()).add(_band_of(bands, line))
    first = [at for at in filled.values() if 0 in at and len(at) > 1]
    return sorted(min(first, key=len) - {0}) if first else list(range(1, len(bands)))


def _is_rest(inside: list[tuple[Line, bool]], xs: list[float], below: float, index: int) -> bool:
    """Whether the first row of a page belongs to the last of the page before: its number is missing, or all but one cell is."""
    filled = {bisect_right(xs, (w.left + w.right) / 2) for line, _ in inside for w in line.words if line.bottom >= below - 0.1}
    return index not in filled if index >= 0 else len(filled) == 1
