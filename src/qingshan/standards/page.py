"""The pages of the standards (docs/standards/): every edition with its phases, clauses, tables and what is to be verified.

``python -m qingshan.standards.page docs/standards`` writes them; a test compares.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from qingshan.standards.catalogue import codes, editions
from qingshan.terms.items import MEDIA

INDEX = "README.md"
SHOWN = 60
"""rows of a table that a page shows; a longer one is named with its length"""


def pages() -> dict[str, str]:
    """File name → Markdown, one page a standard and an index of all."""
    made = {f"{_slug(code)}.md": _page(code) for code in codes()}
    lines = ["# 标准", "", "本目录（手写的说明除外）由 `python -m qingshan.standards.page docs/standards` 生成，不手改；", ""]
    lines[2] += "数据在 `src/qingshan/standards/data/`，一版一个文件。"
    lines += ["| 标准 | 介质 | 版本与实施 | 表 | 待核实 |", "|---|---|---|---|---|"]
    for code in codes():
        all_ = editions(code)
        phases = "；".join(f"`{e.edition}` {'、'.join(map(str, e.phases))}" for e in all_)
        tables = len({name for e in all_ for name in e.tables})
        marks = sum(len(e.verify) for e in all_)
        lines.append(f"| [{code} {all_[-1].title}]({_slug(code)}.md) | {MEDIA[all_[0].medium]} | {phases} | {tables} | {marks} |")
    return {**made, INDEX: "\n".join(lines) + "\n"}


def _slug(code: str) -> str:
    return "".join(c for c in code.lower() if c.isalnum() or c in "-_.")


def _page(code: str) -> str:
    lines = [f"# {code} {editions(code)[-1].title}", "", "由 `python -m qingshan.standards.page docs/standards` 生成，不手改。"]
    for edition in editions(code):
        lines += ["", f"## {edition}", ""]
        lines += [f"- 实施：{'；'.join(f'{p}，{p.clause}' if p.clause else str(p) for p in edition.phases)}"]
        lines += [f"- 修改：{edition.amends}" for _ in [0] if edition.amends]
        lines += [f"- 待核实：{mark}" for mark in edition.marks]
        for name, table in edition.tables.items():
            lines += ["", f"### `{name}`：{table['clause']}", "", *_table(table)]
    return "\n".join(lines) + "\n"


def _table(table: Mapping[str, Any]) -> Iterable[str]:
    for key, value in table.items():
        if key not in ("clause", "row", "verify", "csv"):
            yield f"- `{key}`：{_words(value)}"
    yield from (f"- 待核实：{mark}" for mark in table.get("verify", ()))
    rows = table.get("row", ())
    if not rows:
        return
    if len(rows) > SHOWN:
        yield f"- 共 {len(rows)} 行，前 {SHOWN} 行如下"
    columns = list(dict.fromkeys(key for row in rows for key in row))
    if set(table) - {"clause", "row", "csv"}:
        yield ""
    yield f"| {' | '.join(columns)} |"
    yield "|" + "---|" * len(columns)
    for row in rows[:SHOWN]:
        yield f"| {' | '.join(_words(row[c]) if c in row else '' for c in columns)} |"


def _words(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(map(_words, value))
    if isinstance(value, Mapping):
        return "；".join(f"{k} {_words(v)}" for k, v in value.items())
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value).replace("|", "\\|").replace("\n", " ")


def write(folder: Path) -> None:
    """Write all pages."""
    made = pages()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
