"""The page ``docs/coverage.md``: what carries each row of the list of systems, and which rows nobody has checked yet."""

from __future__ import annotations

import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PACK = CHECKOUT / "src/qingshan/packs/national"
STANDARDS = CHECKOUT / "src/qingshan/standards/data"
HEAD = """# 体系对照

由 `python -m tests.coverage > docs/coverage.md` 生成，测试核对每个承载者确实存在：`种类/名` 是声明，`page:` 后面是页面。“承载”指有声明或页面
可用来登记、计算、排名或办理，不等于该项工作的全部要求都已做到；“缺”是看得到的缺口。其余的行没有专门的承载，只能作为任务进台账、报送、通报。

"""


def listed() -> dict:
    """The data file: how many rows a section has, and the rows that are carried."""
    return tomllib.loads((Path(__file__).parent / "rows.toml").read_text("utf-8"))


def pages() -> set[str]:
    """The names of all pages, as the tests of who may see them list them."""
    return {name for path in (CHECKOUT / "tests/bureau").glob("*/access.toml") for name in tomllib.loads(path.read_text("utf-8"))}


def text() -> str:
    """The page."""
    said = listed()
    ids = [f"{section}{n:02}" for section, count in said["sections"].items() for n in range(1, count + 1)]
    rows = said["rows"]
    short = sum("lacks" in row for row in rows.values())
    lines = [
        f"共 {len(ids)} 行：有承载 {len(rows) - short} 行，有承载但有缺口 {short} 行，还没有专门承载 {len(ids) - len(rows)} 行。", "",
        "| 行 | 内容 | 承载 | 缺 |", "|---|---|---|---|",
    ]  # fmt: skip
    lines += [_line(i, rows[i]) for i in ids if i in rows]
    lines += ["", "## 还没有专门承载", ""]
    lines += [f"- {s}：{'、'.join(i for i in ids if i[0] == s and i not in rows) or '无'}" for s in said["sections"]]
    return HEAD + "\n".join(lines) + "\n"


def _line(number: str, row: dict) -> str:
    return f"| {number} | {row['title']} | {'、'.join(f'`{b}`' for b in row['by'])} | {row.get('lacks', '')} |"
