"""Conformance: every case out of a standard, run, and the page docs/conformance.md made of them.

``python -m tests.standards.conformance`` from the checkout writes the page; a test compares. A case is data (``cases/*.toml``)::

    code = "GB 3838"
    edition = "2002"
    [[case]]
    clause = "表1"
    call = "item_class"                 # of tests/standards/calls
    given = { item = "TP", water = "river", value = [0.2, 0.21] }
    gives = [3, 4]                      # or refuses = "words of the error"; tolerance = 0.001 where the source rounds
"""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qingshan import standards
from tests.standards.calls import CALLS

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[1] / "docs" / "conformance.md"
INTRODUCTION = (
    "每一行是一条条款的一组例题：给什么输入、应得什么结果或应怎样拒绝，写在 `tests/standards/cases/*.toml`，加一例不用写程序；"
    "“算法”是例题调用的名字，定义在 `tests/standards/calls/`。限值处的例题通常成组：等于限值、刚超过、刚不到、缺测、不可能的值。",
    "",
    "例题之外，`tests/science/test_referee_*.py` 按条款文字另写一遍算法（分数、逐行循环，限值再录一次），以随机的与限值处的数千组输入与本程序"
    "逐一比较，并以错误的输入逐个函数试过。",
)
KEYING = (
    "限值、分段、系数在 `tests/standards/second_keying/` 另录一遍，测试逐格与标准数据比对。它能查出录错一格；两遍所据的资料相同，"
    "查不出资料本身的错：哪些条文读过原文、哪些据转引或凭记忆，见各标准页的待核实标记，随每个结果一起给出。",
)


@dataclass(frozen=True)
class Case:
    """One case: what is given, what the clause gives."""

    code: str
    edition: str
    clause: str
    call: str
    given: Mapping[str, Any]
    gives: Any = None
    refuses: str = ""
    tolerance: float = 1e-9

    def fault(self) -> str:
        """What is wrong with the answer; empty where it is that of the clause."""
        try:
            found = CALLS[self.call](standards.get(self.code, edition=self.edition), **self.given)
        except (ValueError, LookupError, TypeError) as error:
            return "" if self.refuses and self.refuses in str(error) else f"refused: {error}"
        if self.refuses:
            return f"not refused, gave {found}"
        return "" if same(found, self.gives, self.tolerance) else f"gave {found}, clause gives {self.gives}"


def same(found: Any, wanted: Any, tolerance: float) -> bool:
    """Equal element by element: numbers within `tolerance`, NaN equal to NaN, everything else exactly."""
    if hasattr(found, "tolist"):
        found = found.tolist()
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and set(found) == set(wanted) and all(same(found[k], wanted[k], tolerance) for k in wanted)
    if isinstance(wanted, list):
        return isinstance(found, list | tuple) and len(found) == len(wanted) and all(map(lambda f, w: same(f, w, tolerance), found, wanted))
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        if found is None or isinstance(found, str):
            return False
        return math.isnan(wanted) if math.isnan(found) else abs(found - wanted) <= tolerance
    return bool(found == wanted)


def cases() -> list[Case]:
    """Every case of every file, in order."""
    found = []
    for path in sorted((FOLDER / "cases").glob("*.toml")):
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        for case in raw.get("case", ()):
            found.append(Case(**{"code": raw.get("code"), "edition": raw.get("edition"), **case}))
    return found


def page() -> str:
    """docs/conformance.md: clause → cases → result, then where public implementations differ from the clause."""
    ran = [(case, case.fault()) for case in cases()]
    lines = ["# 符合性", "", "本页由 `python -m tests.standards.conformance` 生成，不手改。"]
    lines += ["", *INTRODUCTION, "", f"共 {len(ran)} 例，相符 {sum(not fault for _, fault in ran)} 例。", "", "## 逐条例题"]
    by_standard: dict[str, Counter[tuple[str, str]]] = {}
    right: Counter[tuple[str, str, str]] = Counter()
    for case, fault in ran:
        std = str(standards.get(case.code, edition=case.edition))
        by_standard.setdefault(std, Counter())[case.clause, case.call] += 1
        right[std, case.clause, case.call] += not fault
    for std, found in by_standard.items():
        met = sum(right[std, *key] for key in found)
        lines += ["", f"### {std}", "", f"{found.total()} 例，相符 {met} 例。", "", "| 条款 | 算法 | 例题 | 相符 |", "|---|---|---|---|"]
        lines += [f"| {clause} | `{call}` | {n} | {right[std, clause, call]} |" for (clause, call), n in found.items()]
    lines += ["", "## 第二遍录入", "", *KEYING, "", "| 文件 | 行数 |", "|---|---|"]
    for keyed in sorted((FOLDER / "second_keying").glob("*.csv")):
        lines += [f"| `{keyed.name}` | {len(keyed.read_text(encoding='utf-8').splitlines()) - 1} |"]
    told = tomllib.loads((FOLDER / "evidence.toml").read_text(encoding="utf-8"))
    lines += ["", "## 与已发布数值比对", "", "数据不随程序分发；有数据处由测试逐次重算，没有数据处跳过并说明。", ""]
    lines += ["| 比对 | 结果 | 测试 |", "|---|---|---|"]
    lines += [f"| {row['what']} | {row['result']} | `{row['test']}` |" for row in told["published"]]
    lines += ["", "## 公开实现与条款不同之处", "", "| 实现 | 做法 | 条款 | 我们 |", "|---|---|---|---|"]
    lines += [f"| {row['who']} | {row['does']} | {row['clause']} | {row['ours']} |" for row in told["differs"]]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
