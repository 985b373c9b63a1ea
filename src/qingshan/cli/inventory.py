"""``qingshan inventory emission|dust|tax|ofp IN.csv -o OUT.csv``: emissions, dust, environmental tax, ozone potential (排放清单)."""

from __future__ import annotations

import argparse

import numpy as np

from qingshan import standards
from qingshan.cli import evaluation
from qingshan.cli.evaluation import Kind, Result, blank, fixed, number
from qingshan.cli.groundwater import TIME
from qingshan.cli.samples import Column, Layout, Samples
from qingshan.cli.table_cells import read_day
from qingshan.cli.table_editions import edition_spans
from qingshan.cli.table_files import Refused
from qingshan.methods import inventory
from qingshan.stats import censored
from qingshan.stats.columns import NotNumbers
from qingshan.terms.registry import unknown
from qingshan.terms.units import plain_unit, unit_ratio

_NAME = Column("源", ("排放源", "企业", "名称", "污染源", "源名称", "道路", "工地", "设施"))
_ETA = Column("去除效率", ("去除率", "控制效率", "治理效率"), "number", unit="1")
EMISSION = Layout(
    (
        _NAME,
        Column("污染物", ("项目", "pollutant")),
        Column("活动水平", ("活动量", "activity"), "number", True),
        Column("活动单位", ("活动水平单位",)),
        Column("排放系数", ("产污系数", "系数", "factor"), "number", True),
        Column("系数单位", ("排放系数单位",)),
        _ETA,
        Column("收集率", ("收集效率",), "number", unit="1"),
        Column("投运率", ("运行率", "投运时间比"), "number", unit="1"),
    ),
    "源,污染物,活动水平,活动单位,排放系数,系数单位,去除效率(%),收集率(%),投运率(%)\n甲厂锅炉,SO2,12000,t,9.6,kg/t,90,100,95\n乙厂喷涂,VOCs,35,t,620,kg/t,80,85,100\n",
)
DUST = Layout(
    (
        _NAME,
        Column("类型", ("扬尘类型", "源类型"), needed=True),
        Column("项目", ("粒径", "污染物"), needed=True),
        _ETA,
        Column("积尘负荷", ("道路积尘负荷",), "number", unit="g/m²"),
        Column("平均车重", ("车重",), "number", unit="t"),
        Column("长度", ("道路长度",), "number", unit="km"),
        Column("车流量", ("年车流量", "车次"), "number", unit="辆"),
        Column("不起尘天数", ("降水天数",), "number"),
        Column("统计天数", ("天数",), "number"),
        Column("施工面积", ("面积",), "number", unit="m²"),
        Column("施工月数", ("月数",), "number"),
        Column("风速", ("平均风速",), "number", unit="m/s"),
        Column("含水率", ("物料含水率",), "number", unit="%"),
        Column("装卸量", ("物料装卸量",), "number", unit="t"),
    ),
    "源,类型,项目,积尘负荷(g/m²),平均车重(t),长度(km),车流量(辆),不起尘天数,统计天数,施工面积(m²),施工月数,去除效率(%)\n"
    "东大街,道路,PM10,0.6,3.2,4.5,3650000,60,365,,,30\n某工地,施工,PM10,,,,,,,12000,6,50\n",
)
TAX = Layout(
    (
        Column("排放口", ("排口", "排放口编号", "outlet"), needed=True),
        Column("月份", ("所属期", "时间", "month")),
        Column("介质", ("类别", "应税类别", "medium"), needed=True),
        Column("污染物", ("污染物名称", "pollutant"), needed=True),
        Column("排放量", ("amount",), "number", unit="kg"),
        Column("税额", ("适用税额", "单位税额"), "number"),
        Column("浓度", ("排放浓度",), "number"),
        Column("限值", ("排放限值", "标准限值"), "number"),
        Column("污水量", ("废水量",), "number", unit="t"),
        Column("数值", ("pH", "超标倍数"), "number"),
    ),
    "排放口,月份,介质,污染物,排放量(kg),税额,浓度,限值\nDA001,2026-03,大气,二氧化硫,950,6,30,50\nDA001,2026-03,大气,氮氧化物,1900,6,80,100\nDW001,2026-03,水,化学需氧量,500,7,40,50\n",
)
OFP = Layout(
    (Column("点位", ("站点", "点位名称", "测点", "station")), TIME),
    "点位,时间,甲苯(µg/m³),乙烯(µg/m³),间二甲苯(µg/m³)\n甲,2026-07-01,12.5,3.2,4.1\n",
    is_open=True,
)
_MEDIA = {
    "大气": "air",
    "大气污染物": "air",
    "气": "air",
    "废气": "air",
    "air": "air",
    "水": "water",
    "水污染物": "water",
    "废水": "water",
    "water": "water",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    evaluation.add(parser, KINDS, _more)


def _more(part: argparse.ArgumentParser, name: str) -> None:
    if name == "tax":
        part.add_argument("--rate-air", type=float, metavar="6", help="大气污染物每当量税额 元（没有“税额”列时）")
        part.add_argument("--rate-water", type=float, metavar="7", help="水污染物每当量税额 元")
    if name == "ofp":
        part.add_argument("--in", dest="conc", choices=("ug/m3", "ppb"), default="", help="浓度单位（表头没写时）")
        part.add_argument("--below", choices=("half", "zero"), default="", help="低于检出限的取检出限一半，或 0；缺省不评价该行")
        part.add_argument("--kelvin", type=float, help="ppb 换算的温度 K，缺省参比状态 298.15")


def run(options: argparse.Namespace) -> int:
    """Evaluate a table."""
    return evaluation.run(KINDS[options.what], options)


def _share(table: Samples, name: str, row: int, default: float) -> float:
    value = table.number(name)[row]
    if np.isnan(value):
        return default
    return float(inventory.fraction(value, name))


def _need(table: Samples, row: int, *names: str) -> list[float]:
    out = []
    for name in names:
        value = float(table.number(name)[row])
        if np.isnan(value):
            raise ValueError(f"缺{name}")
        if value < 0:
            raise ValueError(f"{name} {value:g} 为负值")
        out.append(value)
    return out


def _emission(table: Samples, options: argparse.Namespace) -> Result:
    out, total = blank(table, "综合效率(%)", "排放量", "排放量单位"), {}

    def judge(row: int) -> None:
        activity, factor = _need(table, row, "活动水平", "排放系数")
        unit, per = table.column("活动单位")[row], table.column("系数单位")[row]
        said = "活动单位×系数单位"
        if per:
            above, _, below = per.partition("/")
            if not below or not unit:
                raise ValueError(f"系数单位“{per}”须写成 kg/t 这样的比，并写活动单位" if not below else "写了系数单位而缺活动单位")
            ratio, size = unit_ratio(unit, below), unit_ratio(above, "t")
            if ratio is None or size is None:
                raise ValueError(
                    f"活动单位“{unit}”与系数单位“{per}”对不上" if ratio is None else f"系数单位“{per}”的分子须为质量（g、kg、t）"
                )
            activity, factor, said = activity * ratio, factor * size, "t"
        elif unit:
            raise ValueError("写了活动单位而缺系数单位（如 kg/t），不作默认")
        eta = inventory.effective(
            _share(table, "去除效率", row, 0.0), captured=_share(table, "收集率", row, 1.0), running=_share(table, "投运率", row, 1.0)
        )
        found = float(inventory.emission(activity, factor, [eta]))
        out["综合效率(%)"][row], out["排放量"][row], out["排放量单位"][row] = number(float(eta) * 100), number(found, 9), said
        key = (table.column("污染物")[row], said)
        total[key] = total.get(key, 0.0) + found

    table.each(judge)
    lines = [f"合计 {name or '（未写污染物）'} {value:.6g} {unit}" for (name, unit), value in total.items()]
    return Result(out, ["排放量 E = A·EF·(1 − 去除率·收集率·投运率)（定义；系数由使用者给，注明来源）"], [], lines)


def _dust(table: Samples, options: argparse.Namespace) -> Result:
    out, total = blank(table, "排放系数", "排放量(t)"), {}
    basis = [""] * table.size
    rests, marks = [], []
    for guide, mine in edition_spans(table, "扬尘源颗粒物排放清单编制技术指南", options.at, options.edition):

        def judge(row: int, guide=guide, mine=mine) -> None:  # type: ignore[no-untyped-def]
            if not mine[row]:
                return
            kind, item = table.column("类型")[row], table.column("项目")[row].upper().replace("PM2_5", "PM2.5").replace("PM25", "PM2.5")
            if item not in ("TSP", "PM10", "PM2.5"):
                raise ValueError(unknown("颗粒物项目", item, ("TSP", "PM10", "PM2.5")) if item else "缺项目；写 TSP、PM10 或 PM2.5")
            controls = [_share(table, "去除效率", row, 0.0)]
            if "道路" in kind:
                load, weight, length, cars = _need(table, row, "积尘负荷", "平均车重", "长度", "车流量")
                [days] = _need(table, row, "统计天数")
                wet = table.number("不起尘天数")[row]
                if np.isnan(wet):
                    raise ValueError("缺不起尘天数；没有的写 0")
                if days != int(days):
                    raise ValueError(f"统计天数 {days:g} 不是整数")
                each = f"{float(inventory.road_factor(guide, item, load, weight, controls)):.6g} g/(km·辆)"
                found = float(inventory.road(guide, item, load, weight, length, cars, wet_days=wet, days=int(days), controls=controls))
                name = "paved"
            elif "施工" in kind or "工地" in kind:
                area, months = _need(table, row, "施工面积", "施工月数")
                if months > 12:
                    raise ValueError(f"施工月数 {months:g} 大于 12")
                each, name = "", "site"
                found = float(inventory.site(guide, item, area, months, controls))
            elif "堆" in kind or "装卸" in kind:
                wind, wet, tonnes = _need(table, row, "风速", "含水率", "装卸量")
                factor = float(inventory.pile_factor(guide, item, wind, wet, controls))
                each, found, name = f"{factor:.6g} kg/t", factor * tonnes / 1000.0, "pile"
            else:
                raise ValueError(f"没有扬尘类型“{kind}”；已有：道路、施工、堆场" if kind else "缺类型；写道路、施工、堆场")
            out["排放系数"][row], out["排放量(t)"][row] = each, number(found, 9)
            total[item] = total.get(item, 0.0) + found
            basis[row] = guide.clause(name)
            rests.append(basis[row])
            marks.extend(f"{guide} {m}" for m in guide.verify_of(name))

        table.each(judge)
    return Result(out, rests or ["扬尘源颗粒物排放清单编制技术指南"], marks, [f"合计 {i} {v:.6g} t" for i, v in total.items()], basis=basis)


def _rate(table: Samples, row: int, medium: str, options: argparse.Namespace) -> float:
    value = table.number("税额")[row]
    if not np.isnan(value):
        return float(value)
    given = options.rate_air if medium == "air" else options.rate_water
    if given is None:
        raise ValueError(f"缺税额：每污染当量税额由省级定，不作默认；加税额列或写 --rate-{medium}")
    return float(given)


def _tax(table: Samples, options: argparse.Namespace) -> Result:
    out = blank(table, "污染当量数", "是否征收", "征收比例(%)", "税额_应纳(元)", "说明")
    table.need("排放口", "污染物")
    if table.has("月份"):
        table.days = np.array([_month(table, r, w) for r, w in enumerate(table.column("月份"))], "datetime64[D]")
    basis = [""] * table.size
    rests, marks, lines, whole = [], [], [], 0.0
    for law, mine in edition_spans(table, "环境保护税法", options.at, options.edition):
        groups: dict[tuple[str, str, str], list[int]] = {}
        for row in np.flatnonzero(mine & table.good).tolist():
            word = table.column("介质")[row]
            if word not in _MEDIA:
                table.fault(row, f"没有介质“{word}”；已有：大气、水" if word else "缺介质；写大气或水")
                continue
            groups.setdefault((table.column("排放口")[row], table.column("月份")[row], _MEDIA[word]), []).append(row)
        for (outlet, month, medium), rows in groups.items():
            try:
                found = _outlet(table, law, medium, rows, options)
            except (ValueError, LookupError) as error:
                for row in rows:
                    table.fault(row, f"排放口 {outlet}：{error.args[0]}")
                continue
            for row, one in found[1].items():
                basis[row] = "；".join(found[0].rests_on)
                out["污染当量数"][row], out["是否征收"][row] = number(one.equivalents, 9), "是" if one.taxed else "否"
                out["征收比例(%)"][row], out["税额_应纳(元)"][row], out["说明"][row] = one.pays, fixed(one.yuan, 2), one.note
            whole += found[0].yuan
            lines.append(f"{outlet} {month} {inventory.MEDIA[medium]}：应纳 {found[0].yuan:.2f} 元".replace("  ", " "))
            rests += found[0].rests_on
            marks += [f"{law} {m}" for m in found[0].verify]
    return Result(out, rests or ["环境保护税法"], marks, [*lines, f"合计 {whole:.2f} 元"], basis=basis)


def _month(table: Samples, row: int, word: str) -> np.datetime64:
    day = read_day(word)
    if day is None:
        if table.good[row]:
            table.fault(row, f"月份“{word}”不是月份；写成 2026-03" if word else "缺月份")
        return np.datetime64("NaT", "D")
    return day


def _outlet(table: Samples, law: standards.Edition, medium: str, rows: list[int], options: argparse.Namespace):  # type: ignore[no-untyped-def]
    emitted: dict[str, float] = {}
    extra: dict[str, float] = {}
    pays: dict[str, int] = {}
    place: dict[str, int] = {}
    rates = set()
    for row in rows:
        name, line = table.column("污染物")[row], table.lines[row]
        special = medium == "water" and name.lower().replace(" ", "") in ("ph", "ph值")
        others = [r["pollutant"] for r in law.table("other_water")["row"]]
        try:
            rates.add(_rate(table, row, medium, options))
            if special:
                ph, water = _need(table, row, "数值", "污水量")
                name = "pH值"
                extra[name] = float(inventory.ph_equivalents(law, ph, water))
            elif medium == "water" and name in others:
                [water] = _need(table, row, "污水量")
                times = table.number("数值")[row]
                if name == "色度" and np.isnan(times):
                    raise ValueError("色度缺超标倍数（数值列）")
                extra[name] = inventory.other_equivalents(law, name, water, times=times if name == "色度" else 1.0)
            else:
                [kg] = _need(table, row, "排放量")
                inventory.equivalent(law, medium, name)
                if name in emitted:
                    raise ValueError(f"{name} 写了两次")
                emitted[name] = kg
            place[_official(law, medium, name)] = row
            level, limit = table.number("浓度")[row], table.number("限值")[row]
            if not np.isnan(level) and not np.isnan(limit):
                pays[name] = inventory.relief(law, float(level), float(limit))
        except (ValueError, LookupError) as error:
            raise ValueError(f"第 {line} 行 {error.args[0]}") from None
    if len(rates) > 1:
        raise ValueError(f"税额有 {len(rates)} 种（{'、'.join(f'{r:g}' for r in sorted(rates))}），一个排放口同一介质须一致")
    found = inventory.tax(law, medium, emitted, rates.pop(), pays=pays, extra=extra or None)
    return found, {place[one.pollutant]: one for one in found.rows if one.pollutant in place}


def _official(law: standards.Edition, medium: str, name: str) -> str:
    return next((str(r["pollutant"]) for r in law.table(medium)["row"] if name in (r["pollutant"], r.get("symbol"))), name)


def _ofp(table: Samples, options: argparse.Namespace) -> Result:
    mir = standards.editions("MIR")[-1]
    units, species, judged = set(), {}, []
    names: dict[str, str] = {}
    for header, texts in table.others.items():
        filled = [t for t, f in zip(texts, table.faults, strict=True) if t and not f]
        values = np.full(table.size, np.nan)
        bad = {}
        for row, text in enumerate(texts):
            try:
                read = censored.read_cells([text])
            except NotNumbers:
                bad[row] = f"{header}：“{text}”不是数值；缺测留空"
                continue
            values[row] = read.value[0]
            if read.below[0] or read.unlimited[0]:
                if not options.below or (options.below == "half" and read.unlimited[0]):
                    bad[row] = f"{header}：“{text}”低于检出限，取值规则须写明（--below half 取检出限一半，zero 取 0）"
                values[row] = values[row] / 2 if options.below == "half" else 0.0
            if values[row] < 0:
                bad[row] = f"{header}：{values[row]:g} 为负值"
        if len(bad) >= max(len(filled), 1) and "检出限" not in "".join(bad.values()):
            continue  # 文字列，不是物种
        if not filled or header in ("序号", "编号", "经度", "纬度"):
            continue
        name, unit = _species(header)
        if unit:
            units.add(unit)
        if name in names:
            raise Refused(f"“{names[name]}”与“{header}”两列都是 {name}；留一列")
        names[name], species[name] = header, values
        judged.append(header)
        for row, words in bad.items():
            table.fault(row, words)
    if not species:
        raise Refused("没有物种的列；表头写物种名，如 甲苯(µg/m³)")
    if options.conc:
        units.add("ppb" if options.conc == "ppb" else "µg/m³")
    if len(units) != 1:
        raise Refused(
            f"浓度单位有 {len(units)} 种：{'、'.join(sorted(units))}；须一种"
            if units
            else "没有写浓度单位：表头写 甲苯(µg/m³) 或 甲苯(ppb)，或写 --in ug/m3、--in ppb，不作默认"
        )
    for header in judged:
        del table.others[header]
    rows = np.flatnonzero(table.good)
    out = blank(table, "OFP(µg/m³)", "有数物种数", "贡献最大的物种")
    result = Result(out, [mir.clause("species")], [])
    if rows.size:
        found = inventory.ofp(mir, {n: v[rows] for n, v in species.items()}, unit=units.pop(), temperature=options.kelvin)
        for k, row in enumerate(rows.tolist()):
            if np.isnan(found.total[k]):
                table.fault(row, "各物种都缺测")
                continue
            out["OFP(µg/m³)"][row], out["有数物种数"][row] = fixed(float(found.total[k]), 2), int(found.measured[k])
            top = sorted(((float(v[k]), n) for n, v in found.share.items() if not np.isnan(v[k])), reverse=True)[:5]
            out["贡献最大的物种"][row] = "、".join(f"{n} {s:.1f}%" for s, n in top)
        result.verify = [f"{mir} {m}" for m in found.verify]
        result.lines = ["OFP 只是所测物种之和；物种多少不同的样品不能直接相比"]
    return result


def _species(header: str) -> tuple[str, str]:
    """The species of a header and the unit it states; a bracket that is no unit belongs to the name."""
    for left, right in (("（", "）"), ("(", ")")):
        if header.endswith(right) and left in header:
            name, _, unit = header[:-1].rpartition(left)
            plain = {"ug/m3": "µg/m³", "ppb": "ppb", "ppbv": "ppb", "nmol/mol": "ppb"}.get(plain_unit(unit))
            if plain:
                return name.strip(), plain
            if "/" in unit or unit.lower().startswith("pp"):
                raise Refused(f"“{header}”：单位 {unit} 不能用；写 µg/m³ 或 ppb")
    return header.strip(), ""


KINDS = {
    "emission": Kind(
        "排放量 E = A·EF·(1 − η)", EMISSION, _emission, ("unit",), "效率写 0～1 的小数，或表头写（%）；系数单位如 kg/t 时换算成 t。"
    ),
    "dust": Kind("道路、施工、堆场扬尘（2014 指南）", DUST, _dust, ("at", "edition", "unit")),
    "tax": Kind(
        "环境保护税：污染当量数、征收项、减征与应纳税额",
        TAX,
        _tax,
        ("at", "edition", "unit"),
        "按排放口、月份、介质各算；浓度、限值都有的按第十三条减征；pH 值、色度用数值、污水量列。",
    ),
    "ofp": Kind("臭氧生成潜势 OFP（MIR，Carter 2010）", OFP, _ofp, (), "一列一个物种，表头写单位。"),
}
