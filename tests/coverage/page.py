"""The page ``docs/coverage.md``: what carries each row of the list of systems, and which rows nobody has checked yet."""

from __future__ import annotations

import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PACK = CHECKOUT / "src/qingshan/packs/national"
HEAD = """# 体系对照

由 `python -m tests.coverage > docs/coverage.md` 生成，测试核对每个承载者确实存在。“承载”指有声明可用来登记、计算或排名，
不等于该项工作的全部要求都已做到。没有列出简称的行尚未核对，既不算有，也不算没有。

"""


def listed() -> dict:
    """The data file: how many rows a section has, and the rows that are carried."""
    return tomllib.loads((Path(__file__).parent / "rows.toml").read_text("utf-8"))


def text() -> str:
    """The page."""
    said = listed()
    ids = [f"{section}{n:02}" for section, count in said["sections"].items() for n in range(1, count + 1)]
    rows = said["rows"]
    lines = [f"共 {len(ids)} 行：已有承载 {len(rows)} 行，未核对 {len(ids) - len(rows)} 行。", "", "| 行 | 内容 | 承载 |", "|---|---|---|"]
    lines += [f"| {i} | {rows[i]['title']} | {'、'.join(f'`{b}`' for b in rows[i]['by'])} |" for i in ids if i in rows]
    lines += ["", "## 未核对", ""]
    lines += [f"- {s}：{'、'.join(i for i in ids if i[0] == s and i not in rows) or '无'}" for s in said["sections"]]
    return HEAD + "\n".join(lines) + "\n"
