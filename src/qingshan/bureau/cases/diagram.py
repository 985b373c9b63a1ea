"""A workflow drawn (流程图): states from top to bottom in the order passed, returns on the left, side ends on the right; as SVG."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from qingshan.bureau.cases.declared import Step, Workflow

WIDE, HIGH, PITCH, SIDE_PITCH = 132, 34, 74, 58
"""a box, and how far apart boxes stand [px]"""
SPINE, SIDE = 300, 640
"""where the middles of the two columns are [px]"""
LANE = 22
"""between two lines beside each other [px]"""
LABEL = 17
"""between two labels above each other [px]"""


@dataclass(frozen=True)
class Box:
    """A state where it is drawn: the middle of its box."""

    name: str
    title: str
    x: int
    y: int
    mark: str


def svg(flow: Workflow, here: str = "") -> SafeString:
    """The workflow as one SVG picture that can be read aloud; `here` marks the state a case is in."""
    boxes = {box.name: box for box in _boxes(flow, here)}
    lines, texts, left, reach = _drawn(flow, boxes)
    bottom = max(box.y for box in boxes.values()) + HIGH
    right = max(max(box.x for box in boxes.values()) + WIDE // 2 + 12, SPINE + 250, reach)
    told = "；".join(
        f"{'、'.join(flow.state[s] for s in step.start)}{'退回' if step.back else ''}经“{step.title}”到{flow.state[step.to]}"
        for step in flow.step
    )
    return format_html(
        '<svg class="flow" viewBox="{} 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">'
        '<defs><marker id="flow-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z"/></marker></defs>{}{}{}</svg>',
        left, right - left, bottom, right - left, bottom, f"{flow.title}流程图：{told}",
        format_html_join("", '<path class="{}" d="{}" marker-end="url(#flow-tip)"/>', lines),
        format_html_join("", '<g class="{}"><rect x="{}" y="{}" width="{}" height="{}" rx="6"/><text x="{}" y="{}">{}</text></g>',
            ((f"box {b.mark}", b.x - WIDE // 2, b.y - HIGH // 2, WIDE, HIGH, b.x, b.y + 5, _short(b.title, 9)) for b in boxes.values())),
        format_html_join("", '<text class="{}" x="{}" y="{}">{}<title>{}</title></text>', texts),
    )  # fmt: skip


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _boxes(flow: Workflow, here: str) -> Iterator[Box]:
    line = flow.line()
    rows = {name: n for n, name in enumerate(line)}

    def mark(name: str) -> str:
        kind = "void" if name in flow.void else "end" if name in flow.final else "first" if name == flow.first else ""
        return f"{kind} here" if name == here else kind

    for name in line:
        yield Box(name, flow.state[name], SPINE, HIGH + rows[name] * PITCH, mark(name))
    aside = [name for name in flow.state if name not in rows]
    sources = {
        name: min((rows[s] for step in flow.step if step.to == name for s in step.start if s in rows), default=len(line)) for name in aside
    }
    y = 0
    for name in sorted(aside, key=lambda name: sources[name]):
        y = max(y + SIDE_PITCH, HIGH + sources[name] * PITCH)
        yield Box(name, flow.state[name], SIDE, y, mark(name))


def _drawn(flow: Workflow, boxes: dict[str, Box]) -> tuple[list[tuple], list[tuple], int, int]:
    """Lines as (class, path), labels as (class, x, y, words, what it needs), and how far left and right they reach."""
    lines: list[tuple] = []
    texts: list[tuple] = []
    lanes = {"left": 0, "right": 0}
    taken: dict[str, list[int]] = {}
    left, right = SPINE - WIDE // 2 - 40, 0
    leaving: dict[str, int] = {}

    def label(side: str, x: int, y: int, step: Step) -> None:
        while any(abs(y - other) < LABEL for other in taken.setdefault(side, [])):
            y += LABEL
        taken[side].append(y)
        needs = "、".join(flow.proof[p].title for p in flow.needs_of(step))
        texts.append((f"to {side}", x, y + 4, _short(step.title, 12), f"{step.title}{'，要：' + needs if needs else ''}"))

    for step in flow.step:
        for source in step.start:
            a, b = boxes[source], boxes[step.to]
            kind = "back" if step.back else "way"
            if a.x == b.x == SPINE and b.y - a.y == PITCH:
                lines.append((kind, f"M{a.x} {a.y + HIGH // 2}V{b.y - HIGH // 2}"))
                label("mid", a.x + 10, (a.y + b.y) // 2, step)
            elif a.x == b.x == SPINE and b.y <= a.y:
                lanes["left"] += 1
                x = SPINE - WIDE // 2 - 14 - LANE * (lanes["left"] - 1)
                lines.append((kind, f"M{a.x - WIDE // 2} {a.y + 6}H{x}V{b.y - 6}H{b.x - WIDE // 2}"))
                label("left", x - 6, (a.y + b.y) // 2, step)
                left = min(left, x - 6 - 12 * min(len(step.title), 12) - 16)
            elif a.x == b.x:
                lanes["right"] += 1
                x = a.x + WIDE // 2 + 14 + LANE * (lanes["right"] - 1)
                lines.append((kind, f"M{a.x + WIDE // 2} {a.y + 8}H{x}V{b.y - 8}H{b.x + WIDE // 2}"))
                label("right", x + 6, (a.y + b.y) // 2 + 10, step)
                right = max(right, x + 6 + 12 * min(len(step.title), 12) + 16)
            else:
                turn = 1 if b.x > a.x else -1
                x = SIDE - WIDE // 2 - 16
                leaving[source] = leaving.get(source, -1) + 1
                y = a.y - 6 + 14 * leaving[source] if turn > 0 else a.y
                lines.append((kind, f"M{a.x + turn * WIDE // 2} {y}H{x}V{b.y}H{b.x - turn * WIDE // 2}"))
                label("right", a.x + WIDE // 2 + 10 if turn > 0 else b.x + WIDE // 2 + 10, (y if turn > 0 else b.y) - 8, step)
    return lines, texts, left, right
