"""``qingshan plan read|lint|compare``: a plan to targets, tasks and results; what to look at in it; two plans side by side."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from importlib.resources import files
from pathlib import Path

from qingshan import plans
from qingshan.bureau.ledger import comparison
from qingshan.plans import documents, lint
from qingshan.plans.compare import WORDS, compare
from qingshan.plans.promises import Promise, of_reading

CHECKS = {
    "quantified": "有数量",
    "milestone": "一次完成",
    "ongoing": "持续",
    "recurring": "按频次",
    "conditional": "遇事办理",
    "implement_doc": "落实文件",
}
OPERATORS = {">=": "≥", "<=": "≤", "=": "=", "<": "<", ">": ">", "approx": "约", "increase": "上升", "decrease": "下降", "maintain": "保持"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="read|lint|compare")
    read = actions.add_parser("read", help="识读一份工作计划（txt、docx、有文字的 pdf、html）")
    read.add_argument("file", type=Path, metavar="FILE", help="计划文件")
    read.add_argument("-o", "--output", type=Path, metavar="OUT.json", help="结果写入 JSON（缺省写到标准输出）")
    read.add_argument("--year", type=int, help="计划年度（缺省从标题或开头读出）")
    read.add_argument("--text", action="store_true", help="打印便于阅读的摘要，不写 JSON（可与 -o 同用）")
    check = actions.add_parser("lint", help="审读：不能考核的承诺、没有单位、丢字、与别的文件不一致、没有计数办法")
    check.add_argument("file", type=Path, metavar="FILE", help="计划文件")
    check.add_argument("--against", type=Path, nargs="+", default=[], metavar="OTHER", help="要对照的文件（上级下达的、去年的）")
    check.add_argument("--year", type=int, help="计划年度")
    check.add_argument("--json", action="store_true", help="写 JSON")
    side = actions.add_parser("compare", help="两份计划对照：新增、不再提、提高、降低、不变")
    side.add_argument("before", type=Path, metavar="BEFORE", help="原来的（如去年的）")
    side.add_argument("after", type=Path, metavar="AFTER", help="现在的")
    side.add_argument("-o", "--output", type=Path, metavar="OUT.xlsx", help="另写一张 Excel 对照表")
    side.add_argument("--same", action="store_true", help="不变的也列出来")


class NotRead(Exception):
    """A file that could not be read; the message is for people."""


def run(options: argparse.Namespace) -> int:
    """Do what was asked; 0 done, 1 refused."""
    try:
        return {"read": _read, "lint": _lint, "compare": _compare}[options.action](options)
    except NotRead as refused:
        print(refused, file=sys.stderr)
        return 1


def _document(path: Path) -> documents.Document:
    try:
        return documents.text_of(path.name, path.read_bytes())
    except OSError as error:
        raise NotRead(f"打不开“{path}”：{error.strerror}") from error
    except documents.DocumentRefused as error:
        raise NotRead(str(error)) from error


def _read(options: argparse.Namespace) -> int:
    document = _document(options.file)
    reading = plans.read(document.text, options.year)
    out = {"source_kind": document.kind, "document_warnings": list(document.warnings), **reading.as_dict()}
    written = json.dumps(out, ensure_ascii=False, indent=1) + "\n"
    if options.output:
        options.output.write_text(written, encoding="utf-8")
    elif not options.text:
        print(written, end="")
    if options.text:
        print("\n".join([*document.warnings, *summary(reading)]))
    return 0


def _lint(options: argparse.Namespace) -> int:
    document = _document(options.file)
    reading = plans.read(document.text, options.year)
    others = []
    for path in options.against:
        other = plans.read(_document(path).text)
        others.append(lint.Other(other.title or path.stem, other.year, tuple(of_reading(other))))
    found = lint.check(document.text, reading, counters(), others)
    if options.json:
        print(json.dumps([{"code": f.code, "level": f.level, "start": f.start, "end": f.end, "paragraph": f.paragraph, "text": f.text,
                           "message": f.message, "advice": f.advice} for f in found], ensure_ascii=False, indent=1))  # fmt: skip
        return 0
    said = [f"第{f.paragraph}段 {'●' if f.level == 'warning' else '○'} {f.message}；{f.advice}" for f in found]
    print("\n".join([*document.warnings, *said]))
    print(f"须看 {sum(f.level == 'warning' for f in found)} 处，提示 {sum(f.level == 'note' for f in found)} 处")
    return 0


def counters() -> list[lint.Counter]:
    """What the national indicators count of work done, by their own words."""
    folder = files("qingshan") / "packs" / "national" / "indicators"
    named = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    declared = [tomllib.loads(f.read_text(encoding="utf-8")) for f in named]
    return [lint.Counter(one["unit"], one["work"]) for one in declared if one.get("work")]


def _compare(options: argparse.Namespace) -> int:
    texts = [_document(path).text for path in (options.before, options.after)]
    before, after = (plans.read(text) for text in texts)
    found = compare(of_reading(before), of_reading(after), (before.year, after.year))
    sides = [comparison.Side(r.title or path.stem, _place) for r, path in ((before, options.before), (after, options.after))]
    print(f"《{sides[0].title}》→《{sides[1].title}》：" + "，".join(f"{WORDS[key]} {n}" for key, n in found.counts.items() if n))
    for row in found.rows:
        if row.change == "same" and not options.same:
            continue
        said = " → ".join(_one_line(p.text) for p in (row.before, row.after) if p)
        print(f"  [{comparison.KINDS[row.kind]}·{WORDS[row.change]}] {said}{'　' + row.words if row.words else ''}")
    if options.output:
        options.output.write_bytes(comparison.write(found, *sides))
        print(f"对照表写入 {options.output}")
    return 0


def _place(p: Promise) -> str:
    return f"{p.start}–{p.end} 字"


def summary(reading: plans.Reading) -> list[str]:
    """Lines for people."""
    kinds = {"plan": "计划", "report": "总结、进展", "news": "新闻、会议", "other": "其他"}
    lines = [
        f"{reading.title or '（没有标题）'}　{reading.year or '年度不明'}　{kinds[reading.kind]}",
        f"目标 {len(reading.targets)}　任务 {len(reading.tasks)}　结果 {len(reading.results)}　"
        f"体系 {len(reading.systems)}　提示 {len(reading.findings)}　未取 {len(reading.unread)}",
    ]
    lines += ["", "目标"]
    for t in reading.targets:
        figure = f"{t.value:g}{t.unit or ''}" if t.value is not None else "（数字被遮盖）" if t.masked else t.value_ref or t.value_text
        lines.append(f"  {t.indicator}　{OPERATORS.get(t.operator or '', '')} {figure}{'　力争' if t.aspirational else ''}")
    lines += ["", "任务"]
    for k in reading.tasks:
        figure = ""
        if k.quantity is not None:
            amount = "（遮盖）" if k.quantity.value is None else f"{k.quantity.value:g}{k.quantity.unit or ''}"
            figure = f"　{OPERATORS[k.quantity.operator]} {amount}"
        more = f"　{k.deadline} 前" if k.deadline else ""
        units = f"　牵头：{'、'.join(k.lead_units)}" if k.lead_units else ""
        lines.append(f"  [{CHECKS[k.check]}] {_one_line(k.text)}{figure}{more}{units}")
    if reading.results:
        lines += ["", "结果"]
        lines += [f"  {_one_line(r.text)}" + ("" if r.value is None else f"　{r.value:g}{r.unit or ''}") for r in reading.results]
    if reading.systems:
        lines += ["", "体系、机制", "  " + "、".join(s.name for s in reading.systems)]
    lines += ["", "提示"]
    lines += [f"  第{f.paragraph}段 {f.message}；{f.advice}" for f in reading.findings]
    return lines


def _one_line(text: str) -> str:
    return " ".join(text.split())
