"""What a person should look at before accepting a plan (审读提示)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from qingshan.plans.outline import Block, mark_level
from qingshan.plans.reading import Finding, Target, Task

_MASK = re.compile(
    r"(?<![A-Za-z0-9])(?:[xX×*＊]{2,}(?:\.[xX×*]{1,2})?|[A-Za-z]{2}[xX]{1,2}(?:\.[xX])?)(?![A-Za-z0-9])|(?<=[\u4e00-\u9fff])[xX×](?=[\u4e00-\u9fff])"
)

WORDS = {
    "masked": ("数字被遮盖（{0}），没有猜测", "请向制定单位索取原文，补上数字"),
    "lost_number": ("序号或数字丢失（{0}）", "请对照原文补上"),
    "cut_sentence": ("句子不完整：“…{0}”", "请对照原文补全，可能还有漏掉的内容"),
    "unmeasurable": ("目标没有可衡量的标准：“{0}”", "请补充指标、数值或判定办法，否则年底无法评定"),
    "pending_reference": ("数字由别的文件或上级确定（{0}），尚未到位", "请在下达文件到后补录数值"),
    "no_lead_unit": ("没有写明牵头单位（全文 {0} 项任务中有 {1} 项未写）", "请在分解时确定牵头单位和配合单位"),
    "no_deadline": ("全覆盖、清零类承诺没有时限：“{0}”", "请写明完成时限，否则按年底计"),
}
LEVELS = {
    "masked": "warning",
    "lost_number": "warning",
    "cut_sentence": "warning",
    "unmeasurable": "warning",
    "pending_reference": "note",
    "no_lead_unit": "note",
    "no_deadline": "note",
}


def _finding(code: str, source: str, start: int, end: int, paragraph: int, path: tuple[str, ...], *said: object) -> Finding:
    message, advice = WORDS[code]
    return Finding(start, end, source[start:end], paragraph, path, code, LEVELS[code], message.format(*said), advice)


def of_block(source: str, block: Block, number: int, last: bool) -> Iterable[Finding]:
    """Masked and lost figures, and a sentence that breaks off."""
    if block.kind in ("boilerplate", "title"):
        return
    s = block.s
    for m in _MASK.finditer(s):
        start, end = block.line.span(*m.span())
        yield _finding("masked", source, start, end, number, block.path, source[start:end])
    for m in re.finditer(r"\(\)|_{3,}", s):
        start, end = block.line.span(*m.span())
        yield _finding("lost_number", source, start, end, number, block.path, source[start:end])
    if (
        block.kind == "body"
        and len(s) - block.body > 25
        and s[-1] not in '。;!?:…”)》"、'
        and re.search(r"[,。;]", s[block.body :])
        and mark_level(s) != 4
    ):
        start, end = block.line.span(max(block.body, len(s) - 12), len(s))
        yield _finding("cut_sentence", source, start, end, number, block.path, source[start:end])


def of_targets(source: str, targets: Iterable[Target]) -> Iterable[Finding]:
    """Promises nobody could judge, and figures that are another's to set."""
    seen: set[tuple[int, int, str]] = set()
    for t in targets:
        code = {"qualitative": "unmeasurable", "reference": "pending_reference"}.get(t.value_kind)
        if t.value_kind == "state" and re.search(r"尽早|尽快|逐步", t.text):
            code = "no_deadline"
        if code and (t.start, t.end, code) not in seen:
            seen.add((t.start, t.end, code))
            yield _finding(
                code,
                source,
                t.start,
                t.end,
                t.paragraph,
                t.heading_path,
                (t.value_ref or t.text) if code == "pending_reference" else t.text,
            )


def of_tasks(source: str, tasks: list[Task]) -> Iterable[Finding]:
    """One note for all tasks without a lead unit, at the first of them."""
    without = [t for t in tasks if not t.lead_units and t.status == "planned"]
    if without:
        t = without[0]
        yield _finding("no_lead_unit", source, t.start, t.end, t.paragraph, t.heading_path, len(tasks), len(without))
