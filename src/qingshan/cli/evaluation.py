"""What the evaluations from a table have in common: their options, the result beside the input, and what they say about it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from qingshan.cli import results
from qingshan.cli.samples import Layout, Samples, read
from qingshan.cli.table_files import Refused

_SHOWN = 20
COMMON = """
输入：CSV（UTF-8、GBK、UTF-16）或 Excel（xlsx、xls）；表头写中文名或符号，单位写在括号里（氨氮(µg/L)），能换算的换算，不认识的拒绝。
  低于检出限写 <0.01、0.01L；未检出、ND 用 --detection 项目=检出限；空、--、NA 为缺测；全角数字、千分位、合并的表头、合计行都认得。
  --template OUT.csv 写一张能直接评价的样表，照它的表头准备数据。
结果：-o 写 CSV 或 xlsx（看文件名），每行在输入各列之后加结果、未评价原因、依据；没有 -o 写到标准输出。
  一行有错只是该行不评价，逐行说明；没有一行能评价、或表和参数有错，返回值非 0，不写结果文件（1 输入有误，2 用法有误）。
"""


@dataclass
class Result:
    """What an evaluation found."""

    columns: dict[str, list[object]]
    """one cell a row of the table; or of `own`, a table of its own (统计结果)"""
    rests_on: list[str]
    """standard, edition and clause"""
    verify: list[str]
    lines: list[str] = field(default_factory=list)
    """what is so about the whole table, in words"""
    own: bool = False
    basis: list[str] | None = None
    """of each row; else `rests_on` for all"""


Judge = Callable[[Samples, argparse.Namespace], Result]


@dataclass(frozen=True)
class Kind:
    """One evaluation: its words, what it reads, what it does, and its own options."""

    words: str
    layout: Layout
    judge: Judge
    options: tuple[str, ...] = ()
    """names of further options, see :func:`add_options`"""
    explain: str = ""


_OPTIONS: dict[str, dict[str, object]] = {
    "at": {"default": "", "metavar": "2026-03-01", "help": "按这一天有效的标准评价（代替时间列）"},
    "edition": {"default": "", "metavar": "版本", "help": "指定标准的版本，与 --at 只写一个"},
    "target": {"type": int, "metavar": "3", "help": "超标倍数所对的类别"},
    "below": {
        "choices": ("bound", "half", "first"),
        "default": "bound",
        "help": "低于检出限：bound（默认）高于Ⅰ类限值的类别不定，half 取一半，first 算Ⅰ类",
    },
    "unit": {"action": "append", "default": [], "metavar": "氨氮=µg/L", "help": "列的单位，可多次"},
    "detection": {"action": "append", "default": [], "metavar": "汞=0.00004", "help": "“未检出”的检出限（以该列单位计），可多次"},
    "units-checked": {"action": "store_true", "help": "单位已核对，不做数量级检查"},
    "extra": {"action": "store_true", "help": "允许其他数值列，原样带到结果里"},
}
ITEMS = ("at", "edition", "below", "unit", "detection", "units-checked", "extra")
"""options of an evaluation of monitored items"""


def add(
    parser: argparse.ArgumentParser, kinds: Mapping[str, Kind], more: Callable[[argparse.ArgumentParser, str], None] | None = None
) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    """A sub-command for each kind."""
    parts = parser.add_subparsers(dest="what", required=True, metavar="评价")
    for name, kind in kinds.items():
        part = parts.add_parser(
            name, help=kind.words, description=kind.words, epilog=kind.explain.strip() + "\n" + _columns(kind.layout) + COMMON
        )
        part.formatter_class = argparse.RawDescriptionHelpFormatter
        common(part, kind)
        if more:
            more(part, name)
    return parts


def common(part: argparse.ArgumentParser, kind: Kind) -> None:
    """Input, output, template and the options a kind has."""
    part.add_argument("input", type=Path, nargs="?", metavar="IN.csv", help="CSV 或 Excel 表")
    part.add_argument("-o", "--output", type=Path, default=Path("-"), metavar="OUT.csv", help="结果，CSV 或 xlsx；写全才出现，- 为标准输出")
    part.add_argument("--template", type=Path, metavar="OUT.csv", help="不评价，写一张样表")
    for option in kind.options:
        part.add_argument(f"--{option}", **_OPTIONS[option])  # type: ignore[arg-type]


def _columns(layout: Layout) -> str:
    def said(needed: bool) -> str:
        return "、".join(c.name + (f"({c.unit})" if c.unit else "") for c in layout.columns if c.needed is needed)

    out = [f"列：{said(True)}" if said(True) else "列："] + ([f"可有：{said(False)}"] if said(False) else [])
    return "；".join(out) + ("；以及监测项目" if layout.medium else "")


def run(kind: Kind, options: argparse.Namespace) -> int:
    """Read, judge, write and say; 0, or 1 with nothing written."""
    try:
        if options.template is not None:
            results.save(options.template, ("" if str(options.template) == "-" else "\ufeff").encode() + kind.layout.template.encode())
            return 0
        if options.input is None:
            raise Refused("没有输入表；写 IN.csv，或 --template OUT.csv 要一张样表")
        table = read(
            options.input,
            kind.layout,
            unit=getattr(options, "unit", ()),
            detection=getattr(options, "detection", ()),
            extra=getattr(options, "extra", False),
            nd_is_zero=getattr(options, "below", "") == "first",
        )
        _same_place(options)
        result = kind.judge(table, options)
        judged = int(table.good.sum())
        _say(table)
        if not judged:
            print(f"没有一行能评价：共 {table.size} 行，都有错；没有写结果", file=sys.stderr)
            return 1
        results.write(_laid_out(table, result), options.output)
    except (Refused, ValueError, LookupError, TypeError) as error:
        print(error.args[0] if error.args else error, file=sys.stderr)
        return 1
    for line in result.lines:
        print(line, file=sys.stderr)
    print(f"依据：{'；'.join(dict.fromkeys(result.rests_on))}", file=sys.stderr)
    for mark in dict.fromkeys(result.verify):
        print(f"待核实：{mark}", file=sys.stderr)
    if not result.verify:
        print("待核实：无", file=sys.stderr)
    out = "" if str(options.output) == "-" else f"{options.output}："
    print(f"{out}共 {table.size} 行，评价 {judged} 行，未评价 {table.size - judged} 行", file=sys.stderr)
    return 0


def _same_place(options: argparse.Namespace) -> None:
    if str(options.output) != "-" and options.output.exists() and options.output.resolve() == options.input.resolve():
        raise Refused(f"{options.output}：结果会盖掉输入表；换个文件名")


def _say(table: Samples) -> None:
    for note in table.notes:
        print(f"注意：{note}", file=sys.stderr)
    if table.others:
        print(f"注意：不参加评价、原样保留的列：{'、'.join(table.others)}", file=sys.stderr)
    bad = np.flatnonzero(~table.good).tolist()
    for row in bad[:_SHOWN]:
        print(f"第 {table.lines[row]} 行未评价：{'；'.join(table.faults[row])}", file=sys.stderr)
    if len(bad) > _SHOWN:
        print(f"……共 {len(bad)} 行未评价，原因见结果的“未评价原因”列", file=sys.stderr)


def _laid_out(table: Samples, result: Result) -> dict[str, list[object]]:
    if result.own:
        size = len(next(iter(result.columns.values())))
        return {**result.columns, "依据": ["；".join(dict.fromkeys(result.rests_on))] * size}
    out: dict[str, list[object]] = {}
    for place, header in enumerate(table.head):
        name = header or f"第{place + 1}列"
        while name in out or name in result.columns or name in ("未评价原因", "依据"):
            name += "_输入"
        column: list[object] = [row[place] for row in table.cells]
        if header or any(column):
            out[name] = column
    good = table.good
    for name, cells in result.columns.items():
        out[name] = [cell if fine else "" for cell, fine in zip(cells, good, strict=True)]
    out["未评价原因"] = ["；".join(f) for f in table.faults]
    basis = result.basis or ["；".join(dict.fromkeys(result.rests_on))] * table.size
    out["依据"] = [b if fine else "" for b, fine in zip(basis, good, strict=True)]
    return out


def blank(table: Samples, *names: str) -> dict[str, list[object]]:
    """Empty result columns to be filled row by row."""
    return {name: [""] * table.size for name in names}


def number(value: float, digits: int = 6) -> object:
    """A number as printed; empty for NaN."""
    return "" if value != value else float(f"{value:.{digits}g}")


def fixed(value: float, decimals: int) -> str:
    """A number with its decimals; empty for NaN."""
    return "" if value != value else f"{value:.{decimals}f}"


def truth(word: str) -> bool | None:
    """What 是, 否 and their like say; None for anything else."""
    plain = word.strip().lower()
    if plain in ("是", "有", "√", "y", "yes", "true", "1", "符合", "达标", "已"):
        return True
    return False if plain in ("否", "无", "没有", "×", "x", "n", "no", "false", "0", "不符合", "不达标", "未", "不是") else None


def truths(table: Samples, name: str, *, default: bool | None = None) -> np.ndarray:
    """A column of 是 and 否; other words are the row's fault, and so is a blank without a default."""
    out = np.zeros(table.size, bool)
    for row, word in enumerate(table.column(name)):
        said = default if not word else truth(word)
        if said is None and table.good[row]:
            table.fault(row, f"{name}：“{word}”须写是或否" if word else f"{name}空着，须写是或否")
        out[row] = bool(said)
    return out


def marks_of(editions: Iterable[object]) -> list[str]:
    """The marks of several editions, each once, with the edition's name."""
    return list(dict.fromkeys(f"{e} {mark}" for e in editions for mark in getattr(e, "verify", ())))
