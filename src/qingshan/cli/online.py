"""``qingshan online hours|days|emission IN.csv -o OUT.csv``: online monitoring of outlets, from readings to hours, days and emissions."""

from __future__ import annotations

import argparse
import math
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qingshan.cli import results
from qingshan.cli.air_sheet import Sheet, read
from qingshan.cli.table_files import Refused, at_rows
from qingshan.methods import online, outlets
from qingshan.methods.online import Substitute
from qingshan.stats import rounding
from qingshan.terms import items
from qingshan.terms.items import Item
from qingshan.terms.registry import unknown

RULES = {"flue": "stack_gas", "wastewater": "wastewater"}
FLOW = {"flue": "flue_flow", "wastewater": "flow"}
STEP = {"flue": np.timedelta64(60, "s"), "wastewater": np.timedelta64(600, "s")}
HOUR, DAY = np.timedelta64(3600, "s"), np.timedelta64(86400, "s")
FLAGS = {"": "N", "N": "N", "F": "F", "M": "M", "S": "S", "D": "D", "C": "C", "T": "T", "B": "B"}
EXPLAIN = """
输入：长表，一行一个数：排放口（可没有）、时间、项目（名称、符号或编码）、数值、标记（HJ 212：N 正常，F 停运，M 维护，S 手工，D 故障，
C 校准，T 超量程，B 通讯；空着为 N；没有这一列全按 N）。浓度 mg/L 或 mg/m³（标准状态、干基），废水流量 L/s，烟气流量 m³/s。
--label 写明时间是时段起点（start，HJ 212 的写法）还是终点（end），不猜。烟气 --medium flue，废水 --medium wastewater。
hours     5 秒一数的原始值 → 烟气分钟、废水十分钟 → 小时；--from minute 表示输入已经是分钟（十分钟）值。废水按流量加权。
days      小时 → 日均（烟气另有折算）、有效小时、传输率、有效率、有效传输率、超标。--oxygen 基准含氧量，--limit 化学需氧量=50、pH=6-9。
emission  小时 → 日排放量 kg，无效时段按规定替代并写明依据；替代只用于排放量，不用于浓度。
停运小时不计入应传、不替代。个数、标记、替代的规定在 packs/national/rollups，标了待核实的打印在后。
"""


@dataclass(frozen=True)
class Given:
    """Readings of one outlet and item in the order of time; `start`: the beginning of each period."""

    outlet: str
    item: Item
    start: np.ndarray
    values: np.ndarray
    flags: np.ndarray


PARTS = {"hours": "原始值、分钟值 → 小时值", "days": "小时值 → 日均、传输率、有效率、超标", "emission": "小时值 → 日排放量"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXPLAIN
    parts = parser.add_subparsers(dest="part", required=True, metavar="hours|days|emission")
    for name, words in (
        ("hours", "原始值、分钟值 → 小时值"),
        ("days", "小时值 → 日均、传输率、有效率、超标"),
        ("emission", "小时值 → 日排放量"),
    ):
        part = parts.add_parser(name, help=words, description=words, epilog=EXPLAIN, formatter_class=argparse.RawDescriptionHelpFormatter)
        part.add_argument("input", type=Path, nargs="?", metavar="IN.csv", help="CSV 或 Excel")
        part.add_argument("-o", "--output", type=Path, default=Path("-"), metavar="OUT.csv", help="结果，CSV 或 xlsx；缺省为标准输出")
        part.add_argument("--template", type=Path, metavar="OUT.csv", help="不算，写一张样表")
        part.add_argument("--medium", choices=tuple(RULES), default=None, help="flue 烟气，wastewater 废水")
        part.add_argument("--label", choices=("start", "end"), default=None, help="时间是时段的起点还是终点")
        if name == "hours":
            part.add_argument(
                "--from", dest="source", choices=("raw", "minute"), default="raw", help="输入是 5 秒一数，还是分钟（十分钟）值"
            )
        if name == "days":
            part.add_argument("--oxygen", type=float, metavar="9", help="基准含氧量 %%；不写不折算")
            part.add_argument("--limit", action="append", default=[], metavar="化学需氧量=50", help="限值，可多次；有下限的写 pH=6-9")


def run(options: argparse.Namespace) -> int:
    """Run one part; 1 where the input is not what it should be."""
    try:
        if options.template is not None:
            results.save(options.template, ("" if str(options.template) == "-" else "\ufeff").encode() + _template(options).encode())
            return 0
        lacking = [f"--{n}" for n in ("medium", "label") if getattr(options, n) is None]
        if options.input is None or lacking:
            raise Refused(f"缺 {'、'.join(([] if options.input else ['输入表']) + lacking)}；--template OUT.csv 要一张样表")
        rule, told = rule_of(options.medium)
        rows, said = {"hours": _hours, "days": _days, "emission": _emission}[options.part](_given(options), options, rule, told)
        if not rows:
            raise Refused(f"{options.input}：没有一个能算的时段")
        results.write({name: [row[name] for row in rows] for name in rows[0]}, options.output)
    except Refused as no:
        for fault in no.faults:
            print(fault, file=sys.stderr)
        return 1
    print(f"依据：{told['basis']}", file=sys.stderr)
    for mark in told.get("verify", ()):
        print(f"待核实：{mark}", file=sys.stderr)
    print(f"{options.output}：{said}", file=sys.stderr)
    return 0


def rule_of(medium: str) -> tuple[outlets.Rule, dict]:
    """The shipped roll-up of a medium, and what else its file says."""
    path = Path(__file__).parents[1] / "packs" / "national" / "rollups" / f"{RULES[medium]}.toml"
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    gaps = tuple(Substitute(g["name"], g["capture"], g.get("longest", math.inf), g["back"]) for g in told["gap"])
    rule = outlets.Rule(
        told["flags"], told["day"], told.get("share", 0.75), told.get("running", 1.0), told.get("exempt", 0), told["period"], gaps
    )
    return rule, told


def _template(options: argparse.Namespace) -> str:
    """A sheet that can be run as it stands."""
    flue = options.medium == "flue"
    lines = ["排放口,时间,项目,数值,标记"]
    name, rows = ("1号锅炉", (("二氧化硫", 21.4), ("含氧量", 10.2), ("烟气流量", 14.5))) if flue else (
        "总排口", (("流量", 42.0), ("化学需氧量", 31.5), ("氨氮", 1.82))
    )  # fmt: skip
    fine = options.part == "hours"
    step = HOUR if not fine else np.timedelta64(5, "s") if options.source == "raw" else STEP["flue" if flue else "wastewater"]
    count = 48 if not fine else int(HOUR / step)
    first = np.datetime64("2026-11-20T00:00:00")
    for k in range(count):
        at = str(first + k * step).replace("T", " ")
        for n, (item, value) in enumerate(rows):
            bad = "D" if n == 1 and k == count - 3 and flue else "N"
            lines.append(f"{name},{at},{item},{value + 0.1 * ((k * 7 + n) % 5):.2f},{bad}")
    return "\n".join(lines) + "\n"


def _given(options: argparse.Namespace) -> list[Given]:
    """The readings of the sheet by outlet and item."""
    sheet = read(
        options.input, words={"排放口": ("outlet", "站点", "名称"), "时间": ("time", "时刻", "数据时间"), "项目": ("item", "因子"),
                              "标记": ("flag", "数据标记")},
        numbers={"数值": ("value", "值")}, needed=("时间", "项目", "数值"),
    )  # fmt: skip
    faults: list[str] = []
    found = {word: items.find_word(word, options.medium) for word in dict.fromkeys(sheet.words["项目"].tolist())}
    if strange := [word for word, item in found.items() if item is None]:
        faults.append(unknown(f"{items.MEDIA[options.medium]}项目", strange[0], [i.name for i in items.of_medium(options.medium)]))
    time = _times(sheet, faults)
    marks = [m.upper() for m in sheet.words["标记"]] if sheet.has("标记") else [""] * time.size
    if wrong := [k for k, m in enumerate(marks) if m not in FLAGS]:
        faults.append(f"{at_rows(sheet.rows[wrong])} 标记“{marks[wrong[0]]}”不认识；可写 {'、'.join(k for k in FLAGS if k)}")
    if faults:
        raise Refused(*faults)
    flags = np.array([FLAGS[m] for m in marks])
    outlet = sheet.words.get("排放口", np.full(time.size, "", object))
    names = {word: item.symbol for word, item in found.items() if item is not None}
    symbol = np.array([names[word] for word in sheet.words["项目"].tolist()], str)
    values = sheet.numbers["数值"]
    given = []
    for key in dict.fromkeys(zip(outlet.tolist(), symbol.tolist(), strict=True)):
        mine = np.flatnonzero((outlet == key[0]) & (symbol == key[1]))
        mine = mine[np.argsort(time[mine], kind="stable")]
        if (same := np.flatnonzero(np.diff(time[mine]) == np.timedelta64(0, "s"))).size:
            a, b = mine[same[0]], mine[same[0] + 1]
            raise Refused(f"第 {sheet.rows[b]} 行与第 {sheet.rows[a]} 行重复：{key[0]}{found[sheet.words['项目'][a]].name} {time[a]}")  # type: ignore[union-attr]
        given.append(Given(key[0], items.get(key[1], options.medium), time[mine], values[mine], flags[mine]))
    return given


def _times(sheet: Sheet, faults: list[str]) -> np.ndarray:
    out = np.full(sheet.rows.size, np.datetime64("NaT"), "datetime64[s]")
    for k, text in enumerate(sheet.words["时间"].tolist()):
        try:
            out[k] = np.datetime64(text.replace("/", "-").replace(" ", "T"), "s")
        except ValueError:
            pass
    if (wrong := np.flatnonzero(np.isnat(out))).size:
        faults.append(f"{at_rows(sheet.rows[wrong])} 时间“{sheet.words['时间'][wrong[0]]}”不是时间；写成 2026-11-20 13:00:00")
    return out


def _begun(one: Given, label: str, step: np.timedelta64) -> Given:
    """With the beginnings of its periods for its times."""
    return Given(one.outlet, one.item, one.start - step, one.values, one.flags) if label == "end" else one


def _grid(one: Given, step: np.timedelta64, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(periods, values (p, size), flags (p, size)): each value in the `size` places of the period of `size` steps it falls in."""
    long = step * size
    period = one.start.astype("int64") // int(long / np.timedelta64(1, "s"))
    first = period.min()
    place = (one.start.astype("int64") - period * int(long / np.timedelta64(1, "s"))) // int(step / np.timedelta64(1, "s"))
    count = int(period.max() - first) + 1
    values, flags = np.full((count, size), np.nan), np.full((count, size), "N")
    values[period - first, place], flags[period - first, place] = one.values, one.flags
    starts = ((np.arange(count) + first) * int(long / np.timedelta64(1, "s"))).astype("datetime64[s]")
    return starts, values, flags


def _rolled(one: Given, flow: Given | None, step: np.timedelta64, size: int, least: int, rule: outlets.Rule) -> tuple[Given, np.ndarray]:
    """One step up, weighted by flow where there is any, and the counts."""
    starts, values, flags = _grid(one, step, size)
    weights = None
    if flow is not None and flow is not one:
        at, amounts, marks = _grid(flow, step, size)
        weights = np.full(values.shape, np.nan)
        _, here, there = np.intersect1d(starts, at, return_indices=True)
        weights[here] = np.where((marks[there] == "N") & (amounts[there] >= 0), amounts[there], np.nan)
        weights[~(np.nan_to_num(weights) > 0).any(axis=1)] = 1.0
    found = online.roll_up(values, flags, least=least, rule=rule.flags, share=rule.share, weights=weights)
    came = (~np.isnan(values)).any(axis=1) | (flags != "N").any(axis=1)
    mark = np.where(found.flag == "", "B", found.flag)
    return Given(one.outlet, one.item, starts[came], found.valid[came], mark[came]), found.count[came]


def _flows(given: list[Given], medium: str) -> dict[str, Given]:
    return {one.outlet: one for one in given if one.item.symbol == FLOW[medium]}


def _hours(given: list[Given], options: argparse.Namespace, rule: outlets.Rule, told: dict) -> tuple[list[dict], str]:
    short, medium = np.timedelta64(5, "s"), options.medium
    inner = STEP[medium]
    step = short if options.source == "raw" else inner
    given = [_begun(one, options.label, step) for one in given]
    if options.source == "raw":
        flows = _flows(given, medium) if told.get("weight") else {}
        given = [_rolled(one, flows.get(one.outlet), short, int(inner / short), told["minute"], rule)[0] for one in given]
    flows = _flows(given, medium) if told.get("weight") else {}
    rows = []
    for one in given:
        if not one.start.size:
            continue
        found, count = _rolled(one, flows.get(one.outlet), inner, int(HOUR / inner), told["hour"], rule)
        what = "分钟" if medium == "flue" else "十分钟"
        for start, value, flag, n in zip(found.start, found.values, found.flags, count, strict=True):
            why = "" if not np.isnan(value) else f"有效{what} {n} 个，须 {told['hour']} 个" if flag == "B" else f"标记汇总为 {flag}"
            rows.append({
                "排放口": one.outlet, "时间": _clock(start), "项目": one.item.name, "数值": _said(value, one.item), "标记": flag,
                f"有效{what}数": int(n), "说明": why,
            })  # fmt: skip
    void = sum(row["数值"] == "" for row in rows)
    return rows, f"小时值 {len(rows)} 个，无效 {void} 个，未评价 0 行；时间为时段起点（--label start）"


def _clock(at: np.datetime64) -> str:
    return str(at.astype("datetime64[s]")).replace("T", " ")


def _said(value: float, item: Item, more: int = 1) -> str:
    return "" if np.isnan(value) else f"{float(rounding.half_even(value, item.decimals + more)):.{item.decimals + more}f}"


@dataclass(frozen=True)
class Whole:
    """Hours of one outlet on whole days: (24·d,) by item."""

    outlet: str
    days: np.ndarray
    values: dict[str, np.ndarray]
    flags: dict[str, np.ndarray]

    def valid(self, symbol: str) -> np.ndarray:
        return np.where(self.flags[symbol] == "N", self.values[symbol], np.nan)


def _whole(given: list[Given], label: str) -> Iterator[Whole]:
    given = [_begun(one, label, HOUR) for one in given]
    for name in dict.fromkeys(one.outlet for one in given):
        mine = [one for one in given if one.outlet == name]
        for one in mine:
            off = (one.start.astype("int64") % 3600) != 0
            if off.any():
                raise Refused(
                    f"{name}{one.item.name}：{_clock(one.start[off][0])} 不是整点；小时值的时间须为整点，原始值先用 qingshan online hours"
                )
        first = min(one.start.min() for one in mine).astype("datetime64[D]")
        last = max(one.start.max() for one in mine).astype("datetime64[D]")
        days = np.arange(first, last + 1)
        values, flags = {}, {}
        for one in mine:
            at = ((one.start - first.astype("datetime64[s]")) // HOUR).astype(int)
            values[one.item.symbol], flags[one.item.symbol] = np.full(days.size * 24, np.nan), np.full(days.size * 24, "N")
            values[one.item.symbol][at], flags[one.item.symbol][at] = one.values, one.flags
        yield Whole(name, days, values, flags)


def _limits(options: argparse.Namespace) -> dict[str, tuple[float | None, float]]:
    found = {}
    for text in options.limit:
        word, _, said = text.partition("=")
        item = items.find_word(word.strip(), options.medium)
        low, _, high = said.partition("-") if "-" in said else ("", "", said)
        try:
            if item is None:
                raise ValueError
            found[item.symbol] = (float(low) if low else None, float(high))
        except ValueError:
            raise Refused(f"--limit {text}：写成 化学需氧量=50 或 pH=6-9，项目须是{items.MEDIA[options.medium]}项目") from None
    return found


def _days(given: list[Given], options: argparse.Namespace, rule: outlets.Rule, told: dict) -> tuple[list[dict], str]:
    limits, rows, medium, hourwise = _limits(options), [], options.medium, told.get("judged") == "hour"
    convert: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None
    if options.oxygen is not None:
        if medium != "flue" or not 0 <= options.oxygen < 21:
            raise Refused("--oxygen 只用于烟气，在 0 至 21 之间")
        convert = lambda conc, o2: online.converted(conc, o2, options.oxygen)  # noqa: E731
    for whole in _whole(given, options.label):
        flow = whole.valid(told["weight"]) if told.get("weight") in whole.values else None
        for symbol, values in whole.values.items():
            item, flags = items.get(symbol, medium), whole.flags[symbol]
            weights = flow if symbol != told.get("weight") else None
            found = outlets.days(values, flags, rule, flow=weights)
            rates = outlets.delivery(values, flags, rule)
            corrected = None
            if convert is not None and item.unit == "mg/m³":
                if "O2" not in whole.values:
                    raise Refused(f"{whole.outlet}：没有含氧量，不能折算；去掉 --oxygen 或补上含氧量")
                corrected = convert(np.where(flags == "N", values, np.nan), whole.valid("O2"))
            hourly = corrected if corrected is not None else np.where(flags == "N", values, np.nan)
            mean = np.full(whole.days.size, np.nan)
            if corrected is not None:
                mean = outlets.days(hourly, np.where(flags == "F", "F", "N"), rule).mean
            judged = hourly.reshape(-1, 24) if hourwise else found.mean[:, None]
            low, high = limits.get(symbol, (None, None))
            beyond = outlets.over(judged, item.decimals, high, low).sum(axis=1) if symbol in limits else np.zeros(whole.days.size, int)
            over = [f"{n} 小时" if hourwise else "是" if n else "否" for n in beyond] if symbol in limits else [""] * whole.days.size
            for k, day in enumerate(whole.days):
                rows.append({
                    "排放口": whole.outlet, "日期": str(day), "项目": item.name, "日均": _said(found.mean[k], item),
                    "折算日均": _said(mean[k], item), "有效小时": int(found.valid[k]), "停运小时": 24 - int(found.running[k]),
                    "传输率%": _rate(rates.transmission[k]), "有效率%": _rate(rates.validity[k]), "有效传输率%": _rate(rates.effective[k]),
                    "超标": over[k],
                    "说明": _why(found, k, rule),
                })  # fmt: skip
    return rows, f"{len(rows)} 个日值，无效 {sum(row['日均'] == '' for row in rows)} 个，未评价 0 行"


def _why(found: outlets.Days, k: int, rule: outlets.Rule) -> str:
    flag = str(found.flag[k])
    if flag == "N":
        return ""
    if flag == "F":
        return "全天停运"
    return f"标记汇总为 {flag}" if flag else f"有效小时 {found.valid[k]} 个，运行 {found.running[k]} 小时，不够"


def _rate(value: float) -> str:
    return "" if np.isnan(value) else f"{float(rounding.half_even(value, 2)):.2f}"


def _emission(given: list[Given], options: argparse.Namespace, rule: outlets.Rule, told: dict) -> tuple[list[dict], str]:
    rows, flow = [], FLOW[options.medium]
    for whole in _whole(given, options.label):
        if flow not in whole.values:
            raise Refused(f"{whole.outlet}：没有{items.get(flow, options.medium).name}，不能算排放量")
        for symbol, values in whole.values.items():
            item = items.get(symbol, options.medium)
            if item.unit not in ("mg/L", "mg/m³"):
                continue
            found = outlets.emission(values, whole.flags[symbol], whole.values[flow], whole.flags[flow], rule)
            for k, day in enumerate(whole.days):
                unit = "小时" if rule.period == "hour" else "日"
                why = f"缺 {found.lacking[k]} {unit}：前面的有效{unit}不够，不能替代" if found.lacking[k] else ""
                why = rule.gaps[found.row[k]].name + ("；" + why if why else "") if found.row[k] >= 0 else why
                rows.append({
                    "排放口": whole.outlet, "日期": str(day), "项目": item.name, "排放量kg": _mass(found.kg[k]),
                    "其中实测kg": _mass(found.known[k] - found.replaced[k]), "其中替代kg": _mass(found.replaced[k]),
                    "有效比例%": _rate(found.capture), "说明": why,
                })  # fmt: skip
    return rows, f"{len(rows)} 个日排放量，不全 {sum(row['排放量kg'] == '' for row in rows)} 个，未评价 0 行"


def _mass(value: float) -> str:
    return "" if np.isnan(value) else f"{float(rounding.half_even(value, 3)):.3f}"
