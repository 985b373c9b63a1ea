"""``qingshan soil farmland|land|index|rate|fields|plots IN.csv -o OUT.csv``: risk of soils and rates of safe use (土壤)."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from decimal import Decimal

import numpy as np

from qingshan.cli import evaluation
from qingshan.cli.evaluation import ITEMS, Kind, Result, blank, fixed, truths
from qingshan.cli.groundwater import TIME, WELL
from qingshan.cli.samples import Column, Layout, Samples
from qingshan.cli.table_editions import edition_spans
from qingshan.cli.table_files import Refused
from qingshan.cli.table_headers import meaning
from qingshan.methods import soil
from qingshan.methods.single_factor import times_words
from qingshan.methods.soil.risk import Risk

_SITE = Column("点位", (*WELL.aliases, "地块", "样点", "样品编号", "采样点", "地块名称"))
_USE = Column("用地", ("用地类型", "土地利用", "土地利用类型", "用地性质", "规划用途", "use"), needed=True)
FARM = Layout(
    (_SITE, TIME, _USE),
    "点位,时间,用地,pH,镉(mg/kg),汞(mg/kg),砷(mg/kg),铅(mg/kg),铬(mg/kg)\n甲,2026-04-01,水田,6.0,0.45,0.2,12,60,80\n乙,2026-04-01,旱地,7.8,0.45,0.1,9,40,70\n",
    "soil",
)
LAND = Layout(
    (_SITE, TIME, _USE),
    "点位,时间,用地,砷(mg/kg),镉(mg/kg),铅(mg/kg),苯(mg/kg)\n甲,2026-04-01,第一类用地,25,2.1,300,0.2\n乙,2026-04-01,工业用地,25,2.1,3000,<0.05\n",
    "soil",
)
_AREAS = {
    "light_protected": Column("优先保护面积", ("B", "轻微污染且优先保护面积"), "number", True, "亩"),
    "safe_use": Column("安全利用面积", ("C", "落实安全利用面积", "安全利用措施到位面积"), "number", True, "亩"),
    "strict": Column("严格管控面积", ("D", "落实严格管控面积"), "number", True, "亩"),
    "polluted": Column("受污染耕地面积", ("E", "受污染耕地总面积"), "number", True, "亩"),
}
RATE = Layout(
    (Column("区县", ("县区", "镇街", "乡镇", "单位", "名称", "地区")), TIME, *_AREAS.values()),
    "区县,优先保护面积(亩),安全利用面积(亩),严格管控面积(亩),受污染耕地面积(亩)\n甲县,1200,3600.5,150,5200\n乙县,0,800,20,900\n",
)
FIELDS = Layout(
    (
        Column("单元", ("地块", "地块名称", "单元名称", "编号", "名称")),
        TIME,
        Column("面积", ("面积", "耕地面积"), "number", True, "亩"),
        Column("类别", ("土壤环境质量类别", "耕地类别"), needed=True),
        Column("措施落实", ("是否落实", "措施是否落实"), needed=True),
        Column("农产品达标", ("农产品是否达标", "产品达标")),
    ),
    "单元,面积(亩),类别,措施落实,农产品达标\n甲-01,120.5,安全利用,是,是\n甲-02,60,安全利用,是,\n甲-03,15,严格管控,是,\n甲-04,300,优先保护,,\n",
)
_CATEGORIES = {"优先保护": 1, "安全利用": 2, "严格管控": 3}
PLOTS = Layout(
    (
        Column("地块", ("地块名称", "名称", "点位")),
        Column("面积", ("地块面积", "area"), "number", True, "m²"),
        Column("再开发利用", ("已再开发利用", "是否再开发利用"), needed=True),
        Column("符合要求", ("符合规划用途要求", "是否符合", "符合"), needed=True),
    ),
    "地块,面积(m²),再开发利用,符合要求\n甲,12000,是,是\n乙,8000,否,否\n",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    evaluation.add(parser, KINDS, _more)


def _more(part: argparse.ArgumentParser, name: str) -> None:
    if name == "land":
        part.add_argument("--background", action="append", default=[], metavar="砷=40", help="砷、钴、钒的当地背景值 mg/kg，可多次")
    if name == "index":
        part.add_argument("--background", action="append", default=[], metavar="镉=0.12", help="以背景值 mg/kg 代替筛选值，可多次")
    if name in ("rate", "fields"):
        part.add_argument("--goal", type=float, metavar="93", help="目标 %%，缺省为国家目标")


def run(options: argparse.Namespace) -> int:
    """Evaluate a table."""
    return evaluation.run(KINDS[options.what], options)


def _uses(table: Samples, edition: object, known: dict[str, int]) -> None:
    for row, word in enumerate(table.column("用地")):
        if word not in known:
            names = "、".join(known)
            table.fault(row, f"没有用地类型“{word}”；已有：{names}" if word else f"缺用地：{edition} 按用地取值，不作默认；写 {names}")


def _samples(table: Samples, options: argparse.Namespace, code: str) -> Result:
    out = blank(
        table,
        "类别" if code == "GB 15618" else "结论",
        "超筛选值的项目",
        "各项结果",
        "筛选值",
        "管制值",
        "检出限高或不是测得值",
        "按背景值不算污染",
    )
    basis, rests, marks = [""] * table.size, [], []
    for edition, mine in edition_spans(table, code, options.at, options.edition):
        _uses(table, edition, {w: 0 for r in edition.table("use")["row"] for w in (*r["words"], r["use"])})
        if code == "GB 15618":
            _acid(table, [i for i in table.values if edition.rows("screening", item=i)])
        rows = np.flatnonzero(mine & table.good)
        if not rows.size:
            continue
        use = np.array(table.column("用地"), object)[rows]
        given = {i: v[rows] for i, v in table.values.items()}
        below = {i: m[rows] for i, m in table.below.items() if m[rows].any()}
        try:
            if code == "GB 15618":
                found = soil.farmland(edition, use, given, below=below, units_checked=options.units_checked)
            else:
                natural = _background(options.background)
                given.pop("pH", None)
                found = soil.construction_land(edition, use, given, background=natural, below=below, units_checked=options.units_checked)
        except ValueError as error:
            raise Refused(str(error).replace("写明 units_checked", "写 --units-checked")) from None
        rests.append(f"{found.standard} {found.clause}")
        marks += [f"{found.standard} {m}" for m in found.verify]
        _lay(table, out, found, rows)
        for row in rows.tolist():
            basis[row] = rests[-1]
    result = Result(out, rests, marks, basis=basis)
    words = out[next(iter(out))]
    counts = {w: sum(1 for x, f in zip(words, table.good, strict=True) if x == w and f) for w in dict.fromkeys(words) if w}
    result.lines = ["、".join(f"{w} {n} 个" for w, n in counts.items() if n)]
    return result


def _acid(table: Samples, ranked: list[str]) -> None:
    ph = table.values.get("pH", np.full(table.size, np.nan))
    for row in range(table.size):
        if ph[row] < 0 or ph[row] > 14:
            table.fault(row, f"pH {ph[row]:g} 不是测得的值，须在 0 至 14 之间")
        elif np.isnan(ph[row]) and any(not np.isnan(table.values[i][row]) for i in ranked):
            table.fault(row, "缺 pH：筛选值、管制值按 pH 分档，不作默认")


def _background(options: list[str]) -> dict[str, float]:
    found = {}
    for option in options:
        word, _, value = option.partition("=")
        name, _ = meaning(word, "soil", {})
        try:
            found[name or word] = float(value)
        except ValueError:
            raise Refused(f"--background {option}：写成 项目=数值，如 砷=40") from None
    return found


def _lay(table: Samples, out: dict[str, list[object]], found: Risk, rows: np.ndarray) -> None:
    verdict = next(iter(out))
    words, over = found.words(), found.over_screening()
    for k, row in enumerate(rows.tolist()):
        told = [i for i in range(len(found.items)) if found.by_item[i, k]]
        out[verdict][row], out["超筛选值的项目"][row] = str(words[k]), str(over[k])
        if not found.category[k] and told:
            out[verdict][row] = "—（缺镉、汞、砷、铅、铬，不定类）"
        parts = ("不高于筛选值", "高于筛选值", "高于管制值")
        out["各项结果"][row] = "、".join(
            f"{found.names[i]} {parts[found.by_item[i, k] - 1]}{times_words(found.times_over[i, k] or np.nan)}" for i in told
        )
        out["筛选值"][row] = "、".join(f"{found.names[i]} {found.screening[i, k]:g}" for i in told)
        out["管制值"][row] = "、".join(f"{found.names[i]} {found.control[i, k]:g}" for i in told if not np.isnan(found.control[i, k]))
        out["检出限高或不是测得值"][row] = "、".join(found.names[i] for i in np.flatnonzero(found.undecided[:, k]))
        out["按背景值不算污染"][row] = "、".join(found.names[i] for i in np.flatnonzero(found.excused[:, k]))
        if not told:
            open_ = out["检出限高或不是测得值"][row]
            table.fault(row, "没有可评价的项目" + (f"（检出限高于筛选值或不是测得值：{open_}）" if open_ else "，各项都缺测"))


def _rate(table: Samples, options: argparse.Namespace) -> Result:
    out, rests, marks = blank(table, "安全利用率(%)", "未安全利用面积(亩)", "目标(%)", "达到目标", "算式"), [], []
    table.need(*(c.name for c in _AREAS.values()))
    stated = [c.name for c in _AREAS.values() if "(" in table.found[c.name] or "（" in table.found[c.name]]
    if stated and len(stated) < len(_AREAS) and not options.unit:
        raise Refused(f"面积的列有的写了单位（{'、'.join(stated)}），有的没写；四列都写明单位")
    for rule, mine in edition_spans(table, "受污染耕地安全利用率", options.at, options.edition):

        def judge(row: int, rule=rule, mine=mine) -> None:  # type: ignore[no-untyped-def]
            if not mine[row]:
                return
            area = {k: Decimal(f"{table.number(c.name)[row]:.12g}") for k, c in _AREAS.items()}
            found = soil.farmland_rate(rule, area)
            goal = found.target if options.goal is None else options.goal
            out["安全利用率(%)"][row] = fixed(found.rate, 1)
            out["未安全利用面积(亩)"][row] = f"{float(found.left):g}"
            out["目标(%)"][row] = f"{goal:g}" + ("左右" if options.goal is None and found.is_about else "")
            out["达到目标"][row] = "" if found.rate != found.rate else "是" if found.meets(goal) else "否"
            out["算式"][row] = found.words

        table.each(judge)
        rests.append(f"{rule} {rule.table('rate')['clause']}")
        marks += [f"{rule} {m}" for m in rule.verify]
    result = Result(out, rests, marks)
    good = table.good
    if good.sum() > 1 and len(rests) == 1:
        total = {k: sum((Decimal(f"{v:.12g}") for v in table.number(c.name)[good]), Decimal(0)) for k, c in _AREAS.items()}
        whole = soil.farmland_rate(rule, total)
        result.lines.append(f"合计 {fixed(whole.rate, 1)}%：{whole.words}（{int(good.sum())} 行）")
    return result


def _fields(table: Samples, options: argparse.Namespace) -> Result:
    out = blank(table, "计入安全利用", "不计入的原因")
    table.need("面积")
    done, good_food = truths(table, "措施落实", default=False), truths(table, "农产品达标", default=False)
    fields: dict[int, soil.Field] = {}
    for row in np.flatnonzero(table.good).tolist():
        word = table.column("类别")[row].removesuffix("类").removesuffix("耕地").removesuffix("类")
        if word not in _CATEGORIES:
            table.fault(row, f"类别“{table.column('类别')[row]}”须写{'、'.join(_CATEGORIES)}")
            continue
        produce = bool(good_food[row]) if table.column("农产品达标")[row] else None
        fields[row] = soil.Field(Decimal(f"{table.number('面积')[row]:.12g}"), _CATEGORIES[word], bool(done[row]), produce)
    result, rows = Result(out, [], []), list(fields)
    for rule, mine in edition_spans(table, "受污染耕地安全利用率", options.at, options.edition):
        own = [r for r in rows if mine[r]]
        area, why = soil.farmland_areas(rule, [fields[r] for r in own])
        for row, words in zip(own, why, strict=True):
            out["计入安全利用"][row], out["不计入的原因"][row] = "否" if words else "是", words
        found = soil.farmland_rate(rule, area)
        goal = found.target if options.goal is None else options.goal
        met = "" if found.rate != found.rate else "，达到目标" if found.meets(goal) else "，未达到目标"
        result.lines.append(f"{len(own)} 个单元，安全利用率 {fixed(found.rate, 1)}%：{found.words}；目标 {goal:g}%{met}")
        result.rests_on.append(f"{rule} {rule.table('rate')['clause']}")
        result.verify += [f"{rule} {m}" for m in rule.verify]
    return result


def _index(table: Samples, options: argparse.Namespace) -> Result:
    """Single and Nemerow index against the screening values of GB 15618, or against background values given."""
    out = blank(table, "单项污染指数", "单项污染程度", "内梅罗污染指数", "内梅罗等级", "参加的项目数", "评价标准值")
    natural, rests, marks, basis = _background(options.background), [], [], [""] * table.size
    for rule, mine in edition_spans(table, "HJ/T 166", options.at, ""):
        for edition, ours in edition_spans(table, "GB 15618", options.at, options.edition) if not natural else [(None, mine)]:
            if edition is not None:
                _uses(table, edition, {w: 0 for r in edition.table("use")["row"] for w in (*r["words"], r["use"])})
                _acid(table, [i for i in table.values if edition.rows("screening", item=i)])
            rows = np.flatnonzero(mine & ours & table.good)
            if not rows.size:
                continue
            given = {i: v[rows] for i, v in table.values.items()}
            for item, mark in table.below.items():
                given[item] = np.where(mark[rows], given[item] / 2, given[item])
            if edition is None:
                bars: dict[str, np.ndarray] = {i: np.full(rows.size, b) for i, b in natural.items()}
                said = "背景值（录入）"
            else:
                risk = soil.farmland(edition, np.array(table.column("用地"), object)[rows], given, units_checked=options.units_checked)
                bars, said = dict(zip(risk.items, risk.screening, strict=True)), f"{risk.standard} 风险筛选值"
                marks += [f"{risk.standard} {m}" for m in risk.verify]
            given = {i: v for i, v in given.items() if i in bars}
            if not given:
                raise Refused("没有给了背景值的项目的列；--background 写成 镉=0.12")
            _lay_index(out, soil.indices(rule, given, {i: np.where(np.isnan(given[i]), 1.0, bars[i]) for i in given}), bars, rows)
            rests.append(f"{rule.clause('single')}；{rule.clause('nemerow')}；评价标准值取{said}")
            marks += [f"{rule} {m}" for m in rule.verify_of("single", "nemerow")]
            for row in rows.tolist():
                basis[row] = rests[-1]
                if not out["参加的项目数"][row]:
                    table.fault(row, "没有可评价的项目，各项都缺测")
    return Result(out, rests, marks, basis=basis)


def _lay_index(out: dict[str, list[object]], found: soil.Indices, bars: Mapping[str, np.ndarray], rows: np.ndarray) -> None:
    words, single = found.words(), found.single_words()
    for k, row in enumerate(rows.tolist()):
        told = [i for i in range(len(found.items)) if found.single_grade[i, k]]
        out["单项污染指数"][row] = "、".join(f"{found.names[i]} {found.single[i, k]:.2f}" for i in told)
        out["单项污染程度"][row] = "、".join(f"{found.names[i]} {single[i, k]}" for i in told)
        out["内梅罗污染指数"][row], out["内梅罗等级"][row] = fixed(float(found.nemerow[k]), 2), str(words[k])
        out["参加的项目数"][row] = int(found.counted[k])
        out["评价标准值"][row] = "、".join(f"{found.names[i]} {bars[found.items[i]][k]:g}" for i in told)


def _plots(table: Samples, options: argparse.Namespace) -> Result:
    [(rule, _)] = edition_spans(table, "地块安全利用率", options.at, options.edition)
    table.need("面积")
    for row in np.flatnonzero(table.number("面积") <= 0).tolist():
        table.fault(row, f"面积 {table.number('面积')[row]:g} 不是正数")
    used, fits = truths(table, "再开发利用"), truths(table, "符合要求", default=False)
    for row in np.flatnonzero(table.good & used & np.array([not w for w in table.column("符合要求")])).tolist():
        table.fault(row, "已再开发利用而符合要求空着，须写是或否")
    good = table.good
    out = blank(table, "违规开发利用")
    result = Result(out, [f"{rule} {rule.table('rate')['clause']}"], [f"{rule} {m}" for m in rule.verify])
    if good.any():
        found = soil.plot_rate(rule, table.number("面积")[good], used[good], fits[good])
        for row in np.flatnonzero(good).tolist():
            out["违规开发利用"][row] = "是" if used[row] and not fits[row] else "否"
        rate = f"面积比例 {found.rate:.1f}%；" if found.rate == found.rate else ""
        said = {True: "达到要求", False: "未达到要求", None: "没有可判断的地块"}[found.is_met]
        result.lines.append(f"再开发利用 {found.reused} 块、符合要求 {found.safe} 块；{rate}{found.words}：{said}")
    return result


KINDS = {
    "farmland": Kind(
        "农用地土壤风险与类别（GB 15618），按 pH 与用地",
        FARM,
        lambda t, o: _samples(t, o, "GB 15618"),
        ITEMS,
        "用地写水田、旱地、果园、水旱轮作等；pH 必须有。",
    ),
    "land": Kind(
        "建设用地土壤风险（GB 36600）：筛选值、管制值",
        LAND,
        lambda t, o: _samples(t, o, "GB 36600"),
        ITEMS,
        "用地写第一类用地、第二类用地、用途不明确，或工业用地等。",
    ),
    "index": Kind(
        "土壤单项污染指数与内梅罗污染指数（HJ/T 166—2004）",
        FARM,
        _index,
        ("at", "edition", "unit", "detection", "units-checked", "extra"),
        "评价标准值取 GB 15618 筛选值（按 pH 与用地），或 --background 给的背景值；低于检出限的取一半。\n"
        "指数随所选项目与标准值而变，不代替风险分类。",
    ),
    "fields": Kind(
        "受污染耕地台账逐单元核算安全利用率",
        FIELDS,
        _fields,
        ("at", "edition", "unit"),
        "类别写优先保护、安全利用、严格管控；安全利用类须措施落实且农产品达标，严格管控类须措施落实，没有抽测的不算达标。\n"
        "没有时间列的写 --at。",
    ),
    "rate": Kind("受污染耕地安全利用率", RATE, _rate, ("at", "edition", "unit")),
    "plots": Kind("地块安全利用（污染地块、重点建设用地）", PLOTS, _plots, ("at", "edition", "unit")),
}
