"""``qingshan compensation IN.csv -o OUT.csv --scheme …``: section-months into money, each line explained, net by district."""

from __future__ import annotations

import argparse
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np

from qingshan import standards
from qingshan.cli import evaluation, results
from qingshan.cli.evaluation import Kind, Result, blank, truth
from qingshan.cli.samples import Column, Layout, Samples
from qingshan.cli.table_cells import read_day
from qingshan.cli.table_files import Refused
from qingshan.methods import compensation
from qingshan.methods import surface_water as water
from qingshan.methods.compensation import SectionMonth
from qingshan.standards import Edition
from qingshan.terms import items
from qingshan.terms.registry import unknown

SCHEMES = {"beijing": "北京市水环境区域补偿", "zhoukou": "周口市水环境生态补偿"}
LAYOUT = Layout(
    (
        Column("断面", ("断面名称", "考核断面", "section"), needed=True),
        Column("月份", ("年月", "时间", "month", "考核月份"), needed=True),
        Column("项目", ("考核项目", "指标", "核算指标", "item"), needed=True),
        Column("责任区", ("缴纳方", "上游区", "责任单位", "payer"), needed=True),
        Column("下游区", ("收款方", "受偿区", "payee")),
        Column("出境类别", ("出境水质类别", "出境水质", "水质类别")),
        Column("目标类别", ("目标", "水质目标", "考核目标")),
        Column("入境类别", ("入境水质类别", "入境水质")),
        Column("有无上游来水", ("上游来水", "有上游来水")),
        Column("浓度", ("监测值", "value"), "text"),
        Column("目标浓度", ("目标值",), "text"),
        Column("入河口", ("入河口断面", "是否入河口")),
    ),
    "断面,月份,项目,责任区,下游区,出境类别,目标类别,入境类别,有无上游来水\n甲断面,2015-03,化学需氧量,甲区,乙区,Ⅴ,Ⅳ,Ⅳ,有\n乙断面,2015-03,氨氮,乙区,,Ⅳ,Ⅲ,,无\n",
)
EXPLAIN = """
--scheme beijing（缺省，北京市）或 zhoukou（周口市），或标准目录里的方案名；版本按 --at，或 --edition，或表中月份。
--entered surcharge=10 录入办法没有公布、由局里定的金额（万元），可多次；没有录的该笔不定，不出总额。
按类别核算的方案（北京2014）写出境、目标、入境类别（劣Ⅴ类写劣Ⅴ）；按浓度核算的（周口）写浓度、目标浓度 mg/L、入河口。
结果每行的金额与算式；各区缴纳、收到、净额打印在后，--net OUT.csv 另存一份。净额 = 缴纳 − 收到，正为应付。
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXPLAIN + evaluation.COMMON
    evaluation.common(parser, KIND)
    parser.add_argument("--scheme", default="beijing", metavar="beijing", help="补偿方案：beijing、zhoukou，或方案名")
    parser.add_argument("--entered", action="append", default=[], metavar="surcharge=10", help="录入的金额（万元），可多次")
    parser.add_argument("--net", type=Path, metavar="NET.csv", help="各区净额另存一份")


def run(options: argparse.Namespace) -> int:
    """Account a table."""
    return evaluation.run(KIND, options)


def _scheme(table: Samples, options: argparse.Namespace) -> Edition:
    code = SCHEMES.get(options.scheme, options.scheme)
    if code not in standards.codes():
        raise Refused(unknown("补偿方案", options.scheme, [*SCHEMES, *SCHEMES.values()]))
    every = standards.editions(code)
    if all("scheme" not in e.tables for e in every):
        raise Refused(f"{code} 不是补偿方案；已有：{'、'.join(SCHEMES)}（{'、'.join(SCHEMES.values())}）")
    if options.at and options.edition:
        raise Refused("--at 与 --edition 只写一个")
    if options.edition:
        return standards.get(code, edition=options.edition)
    days = [options.at] if options.at else [m for m, f in zip(table.column("月份"), table.good, strict=True) if f]
    found: dict[str, Edition] = {}
    for word in days:
        day = read_day(word)
        if day is None and options.at:
            raise Refused(f"--at {word}：不是日期；写成 2015-03-01")
        if day is not None:
            one = standards.get(code, at=day.item())
            found[one.edition] = one
    if len(found) > 1:
        raise Refused(f"{code}：月份跨 {'、'.join(found)} 版，两版口径不同，分开核算或写 --edition")
    if not found:
        raise Refused("月份列没有一个是日期；写成 2015-03")
    return next(iter(found.values()))


def _entered(options: argparse.Namespace) -> dict[str, object]:
    found: dict[str, object] = {}
    for option in options.entered:
        name, _, money = option.partition("=")
        if not name or not money:
            raise Refused(f"--entered {option}：写成 名称=万元，如 surcharge=10")
        found[name] = money.strip()
    return found


def _event(table: Samples, row: int, scheme: Edition) -> SectionMonth:
    def cell(name: str) -> str:
        return table.column(name)[row]

    method = scheme.table("scheme")["method"]
    day = read_day(cell("月份"))
    if day is None:
        raise ValueError(f"月份“{cell('月份')}”不是月份；写成 2015-03" if cell("月份") else "缺月份")
    item = items.find_word(cell("项目"), "water")
    name = cell("项目") if method == "entered" or item is None else item.symbol
    classes = dict.fromkeys(("出境类别", "目标类别", "入境类别"), 0)
    if method == "classes":
        for n in classes:
            try:
                classes[n] = int(water.read_classes([cell(n)])[0])
            except LookupError:
                raise ValueError(f"{n}“{cell(n)}”不是Ⅰ至Ⅴ类、劣Ⅴ类；没有的留空") from None
        if not classes["目标类别"]:
            raise ValueError("缺目标类别，不能核算")
    inflow = truth(cell("有无上游来水")) if cell("有无上游来水") else None
    if method == "classes" and inflow is None:
        raise ValueError("有无上游来水须写有或无：本区发源与有来水的口径不同，不作默认")
    mouth = truth(cell("入河口")) if cell("入河口") else False
    if mouth is None:
        raise ValueError(f"入河口“{cell('入河口')}”须写是或否")
    return SectionMonth(
        cell("断面"),
        str(day.astype("datetime64[M]")),
        name,
        cell("责任区"),
        cell("下游区"),
        classes["出境类别"],
        classes["目标类别"],
        classes["入境类别"],
        bool(inflow),
        _concentration(cell("浓度"), "浓度"),
        _concentration(cell("目标浓度"), "目标浓度"),
        mouth,
    )


def _concentration(word: str, what: str) -> Decimal | None:
    if word in ("", "--", "—", "-", "NA", "/"):
        return None
    try:
        found = Decimal(word.replace(",", ""))
    except ArithmeticError:
        raise ValueError(f"{what}“{word}”不是数值 mg/L") from None
    if not found.is_finite() or found < 0:
        raise ValueError(f"{what} {word} 不是测得的值")
    return found


def _account(table: Samples, options: argparse.Namespace) -> Result:
    table.need("断面", "责任区", "项目")
    scheme, entered = _scheme(table, options), _entered(options)
    compensation.account(scheme, [], entered=entered)  # 录入的名称、金额先查
    out = blank(table, "金额(万元)", "缴纳方", "收款方", "算式")
    events: dict[int, SectionMonth] = {}
    seen: dict[tuple[str, str, str], int] = {}

    def judge(row: int) -> None:
        event = _event(table, row, scheme)
        key = (event.section, event.month, event.item)
        if key in seen:
            raise ValueError(f"与第 {table.lines[seen[key]]} 行重复：同一断面、月份、项目只核算一次")
        one = compensation.account(scheme, [event], entered=entered)
        if one.without:
            raise ValueError(
                "没有有效数据：缺出境类别，或有上游来水而缺入境类别"
                if scheme.table("scheme")["method"] == "classes"
                else "缺浓度，没有有效数据"
            )
        seen[key], events[row] = row, event
        known = [line for line in one.lines if line.amount is not None]
        out["金额(万元)"][row] = f"{one.known():f}" if len(known) == len(one.lines) else f"不定（已知 {one.known():f}）"
        out["缴纳方"][row] = event.payer if one.lines else ""
        out["收款方"][row] = "、".join(dict.fromkeys(line.payee for line in one.lines))
        out["算式"][row] = "；".join(f"{line.clause}：{line.words}" for line in one.lines) or "达到要求，不缴纳"

    table.each(judge)
    result = Result(out, [f"{scheme} {scheme.table('scheme')['clause']}"], [f"{scheme} {m}" for m in scheme.verify])
    if events:
        whole = compensation.account(scheme, list(events.values()), entered=entered)
        _net(whole, result, options)
        if not np.all(table.good):
            result.lines.append("有未核算的行，以上合计不含它们")
    return result


def _net(whole: compensation.Account, result: Result, options: argparse.Namespace) -> None:
    if whole.open_lines:
        result.lines.append(f"{len(whole.open_lines)} 笔金额未录，不出合计与净额；已知部分 {whole.known():f} 万元；用 --entered 录入")
        if options.net:
            print(f"{options.net}：有未录的金额，没有写净额", file=sys.stderr)
        return
    result.lines.append(f"合计 {whole.total():f} 万元")
    rows = whole.districts()
    result.lines += [f"{d.name}：缴纳 {d.paid:f}，收到 {d.received:f}，净额 {d.net:f} 万元" for d in rows]
    if options.net:
        columns = {
            "区": [d.name for d in rows],
            "缴纳(万元)": [f"{d.paid:f}" for d in rows],
            "收到(万元)": [f"{d.received:f}" for d in rows],
        }
        results.write({**columns, "净额(万元)": [f"{d.net:f}" for d in rows]}, options.net)


KIND = Kind("水环境区域补偿：断面月到金额，各区净额", LAYOUT, _account, ("at", "edition"))
