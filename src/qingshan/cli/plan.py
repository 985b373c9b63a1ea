"""``qingshan plan read FILE``: a plan document to targets, tasks, results and lint findings."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from qingshan import plans
from qingshan.plans import documents

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
    actions = parser.add_subparsers(dest="action", required=True, metavar="read")
    read = actions.add_parser("read", help="识读一份工作计划（txt、docx、有文字的 pdf、html）")
    read.add_argument("file", type=Path, metavar="FILE", help="计划文件")
    read.add_argument("-o", "--output", type=Path, metavar="OUT.json", help="结果写入 JSON（缺省写到标准输出）")
    read.add_argument("--year", type=int, help="计划年度（缺省从标题或开头读出）")
    read.add_argument("--text", action="store_true", help="打印便于阅读的摘要，不写 JSON（可与 -o 同用）")


def run(options: argparse.Namespace) -> int:
    """Read one file; 0 done, 1 refused."""
    try:
        data = options.file.read_bytes()
        document = documents.text_of(options.file.name, data)
    except OSError as error:
        print(f"打不开“{options.file}”：{error.strerror}", file=sys.stderr)
        return 1
    except documents.DocumentRefused as error:
        print(str(error), file=sys.stderr)
        return 1
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
