"""``qingshan water class|lake|index|basin IN.csv -o OUT.csv``: surface water evaluated from a table, no bureau needed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from qingshan import standards
from qingshan.cli.results import write
from qingshan.cli.samples import detection_options, unit_options
from qingshan.cli.table_files import Refused, at_rows
from qingshan.cli.water_table import LAYOUT, Table, groups, read, targets_of, water_of
from qingshan.methods import surface_water as water
from qingshan.standards import Edition, NotInForce
from qingshan.stats import censored
from qingshan.terms import items

EXPLAIN = """
输入：CSV（UTF-8 或 GBK）或 Excel，一行一个水样或断面；结果写 CSV 或 xlsx。
  列：断面、时间、水体类型（河流、湖库）、目标类别、城市、河流、流域、湖库，以及水质项目
  （中文名、符号、编码都认：氨氮、NH3-N、w21003）。单位 mg/L，叶绿素 a mg/m³，透明度 m；表头括号写明单位的（氨氮(µg/L)）按所写换算，
  或写 --unit 氨氮=µg/L。低于检出限写 <0.01、0.01L；只写“未检出”的用 --detection 汞=0.00004 给出检出限。空、--、NA 为缺测。
class  每行的水质类别、定性评价、主要污染指标、缺什么；--mean month|quarter|year|national_year|icebound_year
       先按断面算时段均值（pH 按氢离子）。
lake   综合营养状态指数；--by 湖库 先取各点位均值。缺叶绿素 a 不评，确要按其余参数算的写 --parameters TP,TN,SD,CODMn。
index  水质指数 CWQI（21 项之和）；有“城市”列时按城市合并并排名。上级核定了扣除上游影响的，写 --deducted 扣除.csv：
       断面列与各项扣除的浓度，一断面一行；扣除量如何得出程序不推定。
basin  河流、流域评价，--by 河流（默认）或流域：少于 5 个断面按均值，其余按类别比例；--by 湖库：各点位均值，一湖一行。
realtime-5 另给“显示值能定类别”：恰在限值上的（总磷 0.100），发布前舍去的位数能改变类别，与发布的类别不同不算错。
评价项目 --basis：21（默认，环办〔2011〕22号）、5+X（--x 列出 X）、realtime-5（实时发布五项）、或 --items 自选；每行结果都印明。
修约 --round：official 先按总站水字修约后判定（21、5+X 的默认），none 不修约（realtime-5 的默认）；每行结果都印明。
检出限 --below：judge（默认）检出限高于限值的不能判定；half 以检出限一半参加评价（环办监测函〔2020〕82号）。时段均值一律取一半。
标准按时间列选用，没有时间列的写 --edition 2002。缺项的行没有最终类别；水体类型没有默认。
有错时逐行说明，不写结果文件；返回值 0 成功，1 输入有误，2 用法有误。
"""
RULE, PLAN, ROUNDING = "地表水环境质量评价办法", "十四五国家地表水监测及评价方案", "地表水监测数据修约"
REALTIME = "国家地表水水质自动监测实时数据发布"
_BASES = {"21": RULE, "5+X": PLAN, "realtime-5": REALTIME}
_PERIODS = ("month", "quarter", "year", "national_year", "icebound_year")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXPLAIN
    parser.add_argument("what", choices=("class", "lake", "index", "basin"), help="类别、营养状态、水质指数、河流流域")
    parser.add_argument("input", type=Path, metavar="IN.csv")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.csv", help="结果；写全才出现，- 为标准输出")
    parser.add_argument("--basis", choices=tuple(_BASES), default="21", help="评价项目")
    parser.add_argument("--x", default="", metavar="F,Hg", help="5+X 的 X")
    parser.add_argument("--items", default="", metavar="CODMn,TP", help="自选评价项目，代替 --basis")
    parser.add_argument("--round", choices=("official", "none"), default="", help="先修约后判定，或不修约")
    parser.add_argument("--below", choices=("judge", "half"), default="judge", help="低于检出限的值")
    parser.add_argument("--water", default="", metavar="river|lake", help="全表（或空格处）的水体类型")
    parser.add_argument("--edition", default="", metavar="2002", help="GB 3838 的版本；没有时间列时须写")
    parser.add_argument("--mean", choices=_PERIODS, default="", help="class：先算时段均值")
    parser.add_argument("--parameters", default="", metavar="TP,TN,SD,CODMn", help="lake：所用参数")
    parser.add_argument("--by", default="", metavar="河流", help="basin、lake：按哪一列合并")
    parser.add_argument("--deducted", type=Path, metavar="扣除.csv", help="index：各断面扣除的上游影响浓度")
    parser.add_argument("--unit", action="append", default=[], metavar="氨氮=µg/L", help="列的单位，可多次")
    parser.add_argument("--detection", action="append", default=[], metavar="汞=0.00004", help="“未检出”的检出限（以该列单位计），可多次")
    parser.add_argument("--units-checked", action="store_true", help="单位已核对，不做数量级检查")
    parser.add_argument("--extra", action="store_true", help="允许其他列，原样带到结果里")
    parser.add_argument("--verify", action="store_true", help="列出所用标准中未在原文读到之处")


def run(options: argparse.Namespace) -> int:
    """Evaluate a table; 0, or 1 with every fault on stderr and nothing written."""
    try:
        stated, detection = unit_options(options.unit, LAYOUT), detection_options(options.detection, "water")
        table = read(options.input, unit=stated, detection=detection, extra=options.extra)
        columns, marks = {"class": _class, "lake": _lake, "index": _index, "basin": _basin}[options.what](table, options)
        write(columns, options.output)
    except (Refused, ValueError, LookupError) as error:
        print(error.args[0] if error.args else error, file=sys.stderr)
        return 1
    for line in table.warnings:
        print(f"注意：{line}", file=sys.stderr)
    if marks and not options.verify:
        print(f"待核实：所用标准有 {len(marks)} 处未在原文读到，加 --verify 列出", file=sys.stderr)
    for line in marks if options.verify else ():
        print(f"待核实：{line}", file=sys.stderr)
    size = len(next(iter(columns.values())))
    print(f"{options.output}：{size} 行", file=sys.stderr)
    return 0


def _words(text: str) -> list[str]:
    return [w.strip() for w in text.replace("，", ",").replace("、", ",").split(",") if w.strip()]


def _at(code: str, table: Table, edition: str = "") -> Edition:
    """The edition of a standard that rules the whole table: of its days, or the one there is."""
    if edition:
        return standards.get(code, edition=edition)
    if table.days is None:
        if code == "GB 3838":
            raise Refused("没有时间列，不能定标准的版本；加时间列，或写 --edition 2002")
        return standards.editions(code)[-1]
    found = list(dict.fromkeys(e.edition for e, _, _ in standards.spans(code, table.days)))
    if len(found) != 1:
        raise Refused(f"{code}：时间跨 {'、'.join(found)} 版，分开评价")
    return standards.get(code, edition=found[0])


def _of_rule(code: str, table: Table) -> Edition:
    """A rule of evaluation: of the days where it was in force, else the edition there is (a recomputation of older samples)."""
    try:
        return _at(code, table)
    except NotInForce as error:
        table.warnings.append(f"{error}；按该版回算")
        return standards.editions(code)[0]


def _choice(table: Table, options: argparse.Namespace) -> tuple[Edition, Edition, water.Basis, Edition | None]:
    std, rule = _at("GB 3838", table, options.edition), _of_rule(RULE, table)
    if options.items:
        basis = water.chosen(_words(options.items))
    else:
        basis = water.basis(_of_rule(_BASES[options.basis], table), options.basis, [water.symbol(x) for x in _words(options.x)])
    mode = options.round or ("none" if basis.name == "realtime-5" else "official")
    return std, rule, basis, _of_rule(ROUNDING, table) if mode == "official" else None


def _judged(table: Table, basis: water.Basis, half: bool) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    wanted = {i: v for i, v in table.values.items() if i in basis.items or (i == "temperature" and basis.saturation)}
    if not any(i in basis.items for i in wanted):
        raise Refused(f"没有{basis.title}的任何一列：{'、'.join(basis.items)}")
    if half:
        return {i: censored.half(v, table.below[i]) if i in table.below and i not in ("pH", "DO") else v for i, v in wanted.items()}, {}
    return wanted, {i: m for i, m in table.below.items() if i in wanted}


def _as_judged(rounding: Edition | None, values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Values as they were judged: rounded where the evaluation rounds first."""
    return values if rounding is None else {i: water.rounded(rounding, i, v) for i, v in values.items()}


def _own(table: Table) -> dict[str, list[object]]:
    return {name: [row[k] for row in table.cells] for k, name in enumerate(table.names)}


def _class(table: Table, options: argparse.Namespace) -> tuple[dict[str, list[object]], list[str]]:
    std, rule, basis, rounding = _choice(table, options)
    types = water_of(table, options.water)
    if options.mean:
        return _means(table, options, std, rule, basis, rounding, types)
    values, below = _judged(table, basis, options.below == "half")
    saturation = None
    if "altitude" in table.text and basis.saturation and {"DO", "temperature"} <= set(table.values):
        altitude = censored.read_cells(table.text["altitude"], "海拔").value
        saturation = water.saturation_percent(std, table.values["DO"], table.values["temperature"], altitude=altitude)
    found = water.evaluate(
        std, rule, basis, values, water=types, rounding=rounding, below=below, saturation=saturation, units_checked=options.units_checked
    )
    result = _result(found, rule, std, targets_of(table), _as_judged(rounding, values), types)
    if basis.name == "realtime-5":
        sure = water.settled(std, _of_rule(REALTIME, table), {i: v for i, v in values.items() if i in basis.items}, water=types)
        result["显示值能定类别"] = ["是" if s else "否，恰在限值上" for s in sure.tolist()]
    own = {f"{name}_input" if name in result else name: column for name, column in _own(table).items()}
    return {**own, **result}, list(found.verify)


def _result(
    found: water.Sections, rule: Edition, std: Edition, target: list[int] | None, values: dict[str, np.ndarray], types: np.ndarray
) -> dict[str, list[object]]:  # fmt: skip
    out: dict[str, list[object]] = {
        "水质类别": water.class_words(found.water_class).tolist(), "定性评价": water.grade_words(rule, found.grade).tolist(),
        "表征颜色": water.colour_words(rule, found.grade).tolist(), "主要污染指标": water.main_words(found, rule).tolist(),
    }  # fmt: skip
    if target is not None:
        goal = np.array(target)
        met = water.meets_target(found.water_class, goal)
        out["达标"] = [{1.0: "达标", 0.0: "不达标"}.get(m, "") for m in met.tolist()]
        out["对目标的超标倍数"] = _over_target(found, std, goal, values, types)
    out["各项类别"] = ["、".join(f"{i}{w}" for i, w in zip(found.basis.items, row, strict=True) if w) for row in zip(
        *(water.class_words(found.item_class[i]).tolist() for i in found.basis.items), strict=True)]  # fmt: skip
    out["没有类别的原因"] = found.reason().tolist()
    size = found.water_class.size
    for name, words in (("评价项目", found.basis.title), ("修约", found.rounding), ("溶解氧判定", found.oxygen), ("标准", str(std))):
        out[name] = [words] * size
    return out


def _over_target(found: water.Sections, std: Edition, goal: np.ndarray, values: dict[str, np.ndarray], types: np.ndarray) -> list[object]:
    parts: list[list[str]] = [[] for _ in range(goal.size)]
    for item in found.basis.items:
        if item not in values:
            continue
        worse = (found.item_class[item] > goal) & (goal > 0)
        times = water.times_over(std, item, values[item], goal, water=types)
        name = items.get(item, "water").name.replace(" ", "")
        for k in np.flatnonzero(worse):
            parts[k].append(f"{name}({times[k]:.2g})" if times[k] > 0 else name)
    return ["、".join(p) for p in parts]


def _means(
    table: Table, options: argparse.Namespace, std: Edition, rule: Edition, basis: water.Basis, rounding: Edition | None, types: np.ndarray
) -> tuple[dict[str, list[object]], list[str]]:  # fmt: skip
    if table.days is None or "section" not in table.text:
        raise Refused("--mean 要有断面列和时间列")
    values, _ = _judged(table, basis, True)
    months = table.days.astype("datetime64[M]").astype(int)
    monthly = _grouped(rule, table.text["section"], months, values, "month", table)
    if options.mean != "month":
        size = 3 if options.mean == "quarter" else 12
        names, spans = zip(*monthly[0], strict=True)
        monthly = _grouped(rule, list(names), np.array(spans) // size, monthly[1], options.mean, table)
    keys, means, counts = monthly
    first = {name: k for k, name in reversed(list(enumerate(table.text["section"])))}
    for name, rows in groups(table.text["section"], "断面", table).items():
        if len(set(types[rows].tolist())) > 1:
            raise Refused(f"断面“{name}”有两种水体类型")
    where = np.array([first[name] for name, _ in keys])
    found = water.evaluate(std, rule, basis, means, water=types[where], rounding=rounding, units_checked=options.units_checked)
    out: dict[str, list[object]] = {"断面": [name for name, _ in keys], "时段": [_period(options.mean, span) for _, span in keys]}
    out["最少有效个数"] = [min(int(counts[i][k]) for i in counts if i in basis.items) for k in range(len(keys))]
    for item, mean in means.items():
        out[items.get(item, "water").name] = ["" if np.isnan(v) else f"{v:.6g}" for v in mean]
    every = targets_of(table)
    goals = None if every is None else [every[k] for k in where]
    out |= _result(found, rule, std, goals, _as_judged(rounding, means), types[where])
    return out, [*found.verify, *rule.verify_of("average")]


def _period(kind: str, span: int) -> str:
    if kind == "month":
        return str(np.datetime64(span, "M"))
    return f"{1970 + span // 4}年第{span % 4 + 1}季度" if kind == "quarter" else f"{1970 + span}年"


def _grouped(
    rule: Edition, names: list[str], spans: np.ndarray, values: dict[str, np.ndarray], period: str, table: Table
) -> tuple[list[tuple[str, int]], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Means of each (section, period): one matrix of section-periods by samples, so the rule's least number applies."""
    if any(not n for n in names):
        groups(names, "断面", table)
    keys = list(dict.fromkeys(zip(names, spans.tolist(), strict=True)))
    place = {key: k for k, key in enumerate(keys)}
    row = np.array([place[key] for key in zip(names, spans.tolist(), strict=True)])
    turn = np.zeros(row.size, int)
    seen = np.zeros(len(keys), int)
    for k, r in enumerate(row):
        turn[k] = seen[r]
        seen[r] += 1
    matrices = {}
    for item, value in values.items():
        matrices[item] = np.full((len(keys), int(seen.max())), np.nan)
        matrices[item][row, turn] = value
    found = water.period_means(rule, matrices, period)
    return keys, dict(found.mean), dict(found.count)


def _lake(table: Table, options: argparse.Namespace) -> tuple[dict[str, list[object]], list[str]]:
    rule = _of_rule("湖泊（水库）富营养化评价方法及分级技术规定", table)
    five = water.parameters(rule)
    chosen = [water.symbol(p) for p in _words(options.parameters)] or None
    values = {i: censored.half(v, table.below[i]) if i in table.below else v for i, v in table.values.items() if i in five}
    if not values:
        raise Refused(f"没有营养状态参数的列：{'、'.join(items.get(p, 'water').name for p in five)}")
    own: dict[str, list[object]] = _own(table)
    if options.by:
        names = _by(table, options.by)
        parts = groups(names, options.by, table)
        values = {i: np.array([water.item_mean(i, v[rows])[0] for rows in parts.values()]) for i, v in values.items()}
        own = {options.by: list(parts), "点位数": [rows.size for rows in parts.values()]}
        own |= {items.get(i, "water").name: [f"{v:.6g}" for v in column] for i, column in values.items()}
    found = water.trophic(rule, values, chosen=chosen, units_checked=options.units_checked)
    for item, index in found.index.items():
        own[f"TLI({item})"] = ["" if np.isnan(v) else f"{v:.2f}" for v in index]
    own["TLI(Σ)"] = ["" if np.isnan(v) else f"{v:.1f}" for v in found.total]
    own["营养状态"] = water.tli_words(rule, found.grade).tolist()
    own["没有指数的原因"] = found.reason().tolist()
    own["参数"] = [found.basis] * found.total.size
    own["依据"] = [found.clause] * found.total.size
    return own, list(found.verify)


def _by(table: Table, word: str) -> list[str]:
    known = {"河流": "river", "流域": "basin", "水系": "basin", "湖库": "lake", "城市": "city", "断面": "section"}
    name = known.get(word, word)
    if name in table.text:
        return table.text[name]
    if word in table.names:
        return [row[table.names.index(word)].strip() for row in table.cells]
    raise Refused(f"--by {word}：没有这一列；表头有 {'、'.join(table.names)}")


def _index(table: Table, options: argparse.Namespace) -> tuple[dict[str, list[object]], list[str]]:
    std, rule = _at("GB 3838", table, options.edition), _of_rule("城市地表水环境质量排名技术规定", table)
    types = water_of(table, options.water)
    wanted = rule.table("index")["items"]
    values = {i: v for i, v in table.values.items() if i in wanted}
    below = {i: m for i, m in table.below.items() if i in values}
    decimals = int(rule.table("index")["decimals"])
    inflow = "未扣除上游影响"
    if options.deducted:
        values, inflow = _less_inflow(table, rule, values, options), f"按 {options.deducted.name} 扣除上游影响"
    if "city" not in table.text:
        if not values:
            raise Refused(f"没有 CWQI 的任何一列：{'、'.join(wanted)}")
        total = water.cwqi(rule, std, values, water=types, below=below, units_checked=options.units_checked)
        own: dict[str, list[object]] = _own(table)
        own["CWQI"] = [_fixed(v, decimals) for v in total]
        own["名次"] = [r or "" for r in water.rank_index(rule, total).tolist()]
        own["依据"] = [f"{rule.clause('index')}；{inflow}"] * table.size
        return own, list(rule.verify_of("index"))
    parts = groups(table.text["city"], "城市", table)
    found = [
        water.city_index(
            rule, std, {i: v[rows] for i, v in values.items()}, water=types[rows], below={i: m[rows] for i, m in below.items()},
            units_checked=options.units_checked,
        )
        for rows in parts.values()
    ]  # fmt: skip
    total = np.array([f.city for f in found])
    out: dict[str, list[object]] = {
        "城市": list(parts), "河流断面数": [f.rivers for f in found], "湖库点位数": [f.lakes for f in found],
        "CWQI河流": [_fixed(f.river, decimals) for f in found], "CWQI湖库": [_fixed(f.lake, decimals) for f in found],
        "CWQI城市": [_fixed(v, decimals) for v in total], "名次": [r or "" for r in water.rank_index(rule, total).tolist()],
        "依据": [f"{rule.clause('city')}；{inflow}"] * len(found),
    }  # fmt: skip
    return out, list(rule.verify_of("index", "city"))


def _less_inflow(table: Table, rule: Edition, values: dict[str, np.ndarray], options: argparse.Namespace) -> dict[str, np.ndarray]:
    """Values less what a second table takes off each section, matched by its name."""
    off = read(options.deducted, unit=unit_options(options.unit, LAYOUT), detection={}, extra=False)
    if "section" not in off.text or "section" not in table.text:
        raise Refused("--deducted：两张表都要有断面列，按断面对应")
    twice = [name for name, rows in groups(off.text["section"], "断面", off).items() if rows.size > 1]
    strange = [name for name in off.text["section"] if name not in table.text["section"]]
    if twice or strange:
        raise Refused(*(f"{options.deducted}：断面“{name}”{'重复' if name in twice else '不在水样表里'}" for name in [*twice, *strange]))
    place = {name: k for k, name in enumerate(off.text["section"])}
    rows = np.array([place.get(name, -1) for name in table.text["section"]])
    taken = {i: np.where(rows >= 0, v[rows], np.nan) for i, v in off.values.items()}
    return water.less_inflow(rule, values, taken)


def _fixed(value: float, decimals: int) -> str:
    return "" if np.isnan(value) else f"{value:.{decimals}f}"


def _basin(table: Table, options: argparse.Namespace) -> tuple[dict[str, list[object]], list[str]]:
    std, rule, basis, rounding = _choice(table, options)
    word = options.by or "河流"
    whole = word in ("湖库", "lake")
    types = water_of(table, options.water or ("lake" if whole else ""))
    if whole and (types != "lake").any():
        raise Refused(f"{at_rows(table.rows[types != 'lake'])}水体类型不是湖库，不能用 --by {word}")
    parts = groups(_by(table, word), word, table)
    values, below = _judged(table, basis, options.below == "half")
    names = ("断面数", "有类别", "方法", "水质类别", "定性评价", "Ⅰ～Ⅲ类（%）", "劣Ⅴ类（%）", "主要污染指标", "评价")
    out: dict[str, list[object]] = {word: list(parts), **{n: [] for n in names}}
    marks: list[str] = []
    for name, rows in parts.items():
        part, fewer = {i: v[rows] for i, v in values.items()}, {i: m[rows] for i, m in below.items()}
        if whole:
            found = water.whole_lake(std, rule, basis, part, rounding=rounding, below=fewer, units_checked=options.units_checked)
        else:
            found = water.basin(
                std, rule, basis, part, water=types[rows], rounding=rounding, below=fewer, units_checked=options.units_checked
            )
        said = (
            rows.size, found.count, found.method, str(water.class_words(found.water_class)), str(water.grade_words(rule, found.grade)),
            _fixed(found.good, 1), _fixed(found.worst, 1), "、".join(found.main), water.basin_sentence(found, rule, name),
        )  # fmt: skip
        for column, cell in zip(names, said, strict=True):
            out[column].append(cell)
        marks = list(dict.fromkeys([*marks, *found.sections.verify, *rule.verify_of("basin")]))
    return out, marks
