"""The glossary (术语表): official words, the names code gives them, and where they come from.

``python -m qingshan.terms.glossary`` prints ``docs/glossary.md``; a test compares the two and looks every public name up here.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from qingshan.terms import items


@dataclass(frozen=True)
class Term:
    """One official word with the names code gives it (术语)."""

    zh: str
    names: tuple[str, ...]
    of: str
    section: str


@cache
def terms() -> tuple[Term, ...]:
    """All terms, in the order of the page."""
    sections = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted((Path(__file__).parent / "words").glob("*.toml"))]
    return tuple(Term(t["zh"], tuple(t["name"]), t["of"], s["title"]) for s in sections for t in s["term"])


def page() -> str:
    """The glossary as Markdown (docs/glossary.md)."""
    lines = ["# 术语表", "", "官方用语与代码里的名字。本页由 `python -m qingshan.terms.glossary` 生成，不手改；改 `src/qingshan/terms/`。"]
    section = ""
    for term in terms():
        if term.section != section:
            section = term.section
            lines += ["", f"## {section}", "", "| 官方用语 | 名字 | 出处、说明 |", "|---|---|---|"]
        lines.append(f"| {term.zh} | {'、'.join(f'`{n}`' for n in term.names)} | {term.of} |")
    lines += ["", "## 监测项目", "", "| 项目 | 符号 | 单位 | 小数位 | 编码 | 介质 |", "|---|---|---|---|---|---|"]
    for item in (i for medium in items.MEDIA for i in items.of_medium(medium)):
        codes, medium = "、".join(item.codes), items.MEDIA[item.medium]
        lines.append(f"| {item.name} | `{item.symbol}` | {item.unit} | {item.decimals} | {codes} | {medium} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.buffer.write(page().encode())
