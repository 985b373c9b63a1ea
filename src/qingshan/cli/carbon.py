"""``qingshan carbon energy|co2|intensity|allowance IN.csv -o OUT.csv``: coal equivalent, CO2, intensity, allowance (碳与能源)."""

from __future__ import annotations

import argparse

import numpy as np

from qingshan import standards
from qingshan.cli import evaluation
from qingshan.cli.evaluation import Kind, Result, blank, fixed, number, truth
from qingshan.cli.samples import Column, Layout, Samples
from qingshan.cli.table_editions import edition_spans
from qingshan.methods import carbon
from qingshan.methods.carbon.amounts import UNITS
from qingshan.terms.units import plain_unit

_UNIT = {plain_unit(u): u for u in UNITS}
_USER = Column("单位名称", ("企业", "用能单位", "行业", "名称", "地区"))
_YEAR = Column("年份", ("年度", "年", "year"))
_FUEL = Column("品种", ("能源品种", "燃料品种", "燃料", "能源", "fuel"), needed=True)
_USED = Column("消费量", ("实物量", "用量", "活动水平", "amount"), "number", True)
_SAID = Column("单位", ("计量单位", "unit"), needed=True)
ENERGY = Layout(
    (_USER, _YEAR, _FUEL, _USED, _SAID, Column("系数", ("折标系数", "折标准煤系数"), "number")),
    "单位名称,品种,消费量,单位,系数\n甲厂,原煤,1200,t,\n甲厂,电力,350,万kWh,\n甲厂,天然气,20,万m³,1.33\n",
)
CO2 = Layout(
    (_USER, _YEAR, _FUEL, _USED, _SAID, Column("排放因子", ("电力因子", "factor"), "number"), Column("电网", ("区域电网", "region"))),
    "单位名称,年份,品种,消费量,单位\n甲厂,2023,烟煤,1200,t\n甲厂,2023,电力,350,万kWh\n",
)
INTENSITY = Layout(
    (
        Column("地区", ("区县", "名称", "单位名称")),
        Column("年份", ("年度", "年", "year"), needed=True),
        Column("总量", ("能耗总量", "排放总量", "消费总量", "二氧化碳排放量"), "number", True, "t"),
        Column("地区生产总值", ("gdp", "不变价地区生产总值", "不变价gdp"), "number", True, "万元"),
    ),
    "地区,年份,总量(t),地区生产总值(万元)\n甲区,2024,520000,1000000\n甲区,2025,515000,1052000\n",
)
ALLOWANCE = Layout(
    (
        Column("机组", ("机组名称", "名称")),
        Column("年份", ("年度", "履约年度", "year"), needed=True),
        Column("机组类别", ("类别", "kind"), needed=True),
        Column("电量", ("供电量", "发电量"), "number", True, "MWh"),
        Column("供热量", (), "number", unit="GJ"),
        Column("修正系数", (), "number"),
        Column("空冷", ("是否空冷",)),
        Column("供热比", (), "number"),
        Column("负荷系数", ("出力系数",), "number"),
    ),
    "机组,年份,机组类别,电量(MWh),供热量(GJ)\n1号机,2024,300MW 等级以上常规燃煤机组,2000000,500000\n2号机,2024,燃气机组,600000,0\n",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    evaluation.add(parser, KINDS, _more)


def _more(part: argparse.ArgumentParser, name: str) -> None:
    if name == "co2":
        part.add_argument(
            "--grid", choices=("average", "excluding", "fossil", "report"), default="average", help="电力因子的种类，缺省全国平均"
        )
    if name == "intensity":
        part.add_argument("--base-year", type=int, metavar="2020", help="基年，给出累计下降率")


def run(options: argparse.Namespace) -> int:
    """Evaluate a table."""
    return evaluation.run(KINDS[options.what], options)


def year_of(word: str) -> int:
    """A year as written; ValueError for what is none."""
    plain = word.removesuffix("年度").removesuffix("年").strip()
    if not (plain.isdigit() and len(plain) == 4):
        raise ValueError(f"年份“{word}”不是年份；写成 2024" if word else "缺年份")
    return int(plain)


def _used(table: Samples, row: int) -> tuple[float, str]:
    amount, word = float(table.number("消费量")[row]), table.column("单位")[row]
    if np.isnan(amount):
        raise ValueError("缺消费量")
    if amount < 0:
        raise ValueError(f"消费量 {amount:g} 为负值")
    if plain_unit(word) not in _UNIT:
        raise ValueError(f"没有单位“{word}”；已有：{'、'.join(UNITS)}" if word else f"缺单位；写 {'、'.join(UNITS)}")
    return amount, _UNIT[plain_unit(word)]


def _own(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _energy(table: Samples, options: argparse.Namespace) -> Result:
    out = blank(table, "折标准煤(tce)")
    _year_days(table)
    rests, marks, total = [], [], []
    for std, mine in edition_spans(table, "GB/T 2589", options.at, options.edition):

        def judge(row: int, std=std, mine=mine) -> None:  # type: ignore[no-untyped-def]
            if mine[row]:
                amount, unit = _used(table, row)
                found = float(carbon.tce(std, table.column("品种")[row], amount, unit, coefficient=_own(table.number("系数")[row])))
                out["折标准煤(tce)"][row] = number(found, 9)
                total.append(found)

        table.each(judge)
        rests += [std.clause("coefficient"), std.clause("carrier")]
        marks += [f"{std} {m}" for m in std.verify_of("coefficient", "carrier")]
    return Result(out, rests, marks, [f"合计 {sum(total):.6g} tce（{len(total)} 行；电力按当量值，等价值在“系数”列给）"])


def _year_days(table: Samples) -> None:
    """The year as the time that rules the edition."""
    if not table.has("年份"):
        return
    days = []
    for row, word in enumerate(table.column("年份")):
        try:
            days.append(np.datetime64(f"{year_of(word)}-12-31", "D"))
        except ValueError as error:
            table.fault(row, str(error))
            days.append(np.datetime64("NaT", "D"))
    table.days = np.array(days, "datetime64[D]")


def _co2(table: Samples, options: argparse.Namespace) -> Result:
    out = blank(table, "CO2(t)", "所用因子")
    grid = standards.editions("电力二氧化碳排放因子")[-1]
    power = np.array([w in ("电力", "电", "外购电力", "净购入电力") for w in table.column("品种")], bool)
    _year_days(table)
    basis = [""] * table.size
    rests, marks, total = [], [], []

    def by_power(row: int) -> None:
        if not power[row]:
            return
        amount, unit = _used(table, row)
        own = _own(table.number("排放因子")[row])
        if own is None and not table.column("年份")[row]:
            raise ValueError("电力缺年份：因子逐年公布，不作默认；加年份列或排放因子列")
        region = table.column("电网")[row] or "全国"
        factor = carbon.grid_factor(grid, year_of(table.column("年份")[row]), region=region, kind=options.grid) if own is None else own
        found = float(carbon.power_co2(amount, unit, factor))
        out["CO2(t)"][row] = number(found, 9)
        total.append(found)
        basis[row] = grid.clause("factor")
        whose = f"{region} {table.column('年份')[row]}" if own is None else "自给"
        out["所用因子"][row] = f"{factor:g} kgCO2/kWh（{whose}）"

    table.each(by_power)
    if power.any():
        rests.append(grid.clause("factor"))
        marks += [f"{grid} {m}" for m in grid.verify_of("factor")]
    if (~power & table.good).any():
        for std, mine in edition_spans(table, "GB/T 32151", options.at, options.edition):

            def by_fuel(row: int, std=std, mine=mine) -> None:  # type: ignore[no-untyped-def]
                if power[row] or not mine[row]:
                    return
                amount, unit = _used(table, row)
                found = float(carbon.fuel_co2(std, table.column("品种")[row], amount, unit))
                out["CO2(t)"][row] = number(found, 9)
                total.append(found)
                out["所用因子"][row], basis[row] = "缺省值", std.clause("fuel")

            table.each(by_fuel)
            rests.append(std.clause("fuel"))
            marks += [f"{std} {m}" for m in std.verify_of("fuel", "ratio")]
    return Result(out, rests, marks, [f"合计 {sum(total):.6g} tCO2（{len(total)} 行）"], basis=basis)


def _intensity(table: Samples, options: argparse.Namespace) -> Result:
    out = blank(
        table, "强度(每万元)", "比上年下降(%)", f"比 {options.base_year} 年累计下降(%)" if options.base_year else "比首年累计下降(%)"
    )
    cumulative = list(out)[2]
    found: dict[tuple[str, int], tuple[int, float]] = {}

    def judge(row: int) -> None:
        year, place = year_of(table.column("年份")[row]), table.column("地区")[row]
        used, gdp = table.number("总量")[row], table.number("地区生产总值")[row]
        if np.isnan(used) or np.isnan(gdp):
            raise ValueError("缺总量" if np.isnan(used) else "缺地区生产总值")
        if (place, year) in found:
            raise ValueError(f"{place} {year} 年与第 {table.lines[found[place, year][0]]} 行重复")
        found[place, year] = (row, float(carbon.intensity(used, gdp)))
        out["强度(每万元)"][row] = number(found[place, year][1], 6)

    table.each(judge)
    for (place, year), (row, value) in found.items():
        if (place, year - 1) in found and found[place, year - 1][1] > 0:
            out["比上年下降(%)"][row] = fixed(float(carbon.decline(found[place, year - 1][1], value)), 2)
        first = options.base_year or min(y for p, y in found if p == place)
        if first != year and (place, first) in found and found[place, first][1] > 0:
            out[cumulative][row] = fixed(float(carbon.decline(found[place, first][1], value)), 2)
    lines = ["地区生产总值须为同一不变价；程序不能从数值看出，请核对"]
    if options.base_year and not any(y == options.base_year for _, y in found):
        lines.append(f"表中没有基年 {options.base_year}，没有累计下降率")
    return Result(out, ["强度 = 总量 ÷ 不变价地区生产总值；下降率 = 1 − 现值 ÷ 基数（定义，非标准条文）"], [], lines)


def _allowance(table: Samples, options: argparse.Namespace) -> Result:
    out = blank(table, "电量配额(t)", "供热配额(t)", "配额合计(t)", "修正系数_用")
    basis = [""] * table.size
    names = {w: k for k, v in carbon.KINDS.items() for w in (k, v, v.replace(" ", ""))}
    rests, marks, total = [], [], []

    def judge(row: int) -> None:
        year, word = year_of(table.column("年份")[row]), table.column("机组类别")[row]
        kind = names.get(word) or names.get(word.replace(" ", ""))
        if kind is None:
            raise ValueError(f"没有机组类别“{word}”；已有：{'、'.join(carbon.KINDS.values())}" if word else "缺机组类别，不作默认")
        if np.isnan(table.number("电量")[row]):
            raise ValueError("缺电量")
        ets = standards.get("全国碳排放权交易市场发电行业配额", at=np.datetime64(f"{year}-12-31", "D").item())
        cold = truth(table.column("空冷")[row]) if table.column("空冷")[row] else None
        heat = table.number("供热量")[row]
        found = carbon.allowance(
            ets,
            year,
            kind,
            table.number("电量")[row],
            0.0 if np.isnan(heat) else heat,
            air_cooled=cold,
            heat_ratio=_own(table.number("供热比")[row]),
            load=_own(table.number("负荷系数")[row]),
            correction=_own(table.number("修正系数")[row]),
        )
        out["电量配额(t)"][row], out["供热配额(t)"][row] = number(float(found.power), 10), number(float(found.heat), 10)
        out["配额合计(t)"][row], out["修正系数_用"][row] = number(float(found.total), 10), number(float(found.correction))
        total.append(float(found.total))
        rests.extend(found.rests_on)
        basis[row] = "；".join(found.rests_on)
        kinds = "供电量" if ets.table("power")["power"] == "supplied" else "发电量"
        marks.extend([f"{ets} {m}" for m in found.verify])
        note = f"{year} 年的电量须为{kinds}（{ets}）"
        if note not in table.notes:
            table.notes.append(note)

    table.each(judge)
    return Result(out, rests, marks, [f"合计 {sum(total):.10g} tCO2（{len(total)} 台）"], basis=basis)


KINDS = {
    "energy": Kind(
        "折标准煤（GB/T 2589）",
        ENERGY,
        _energy,
        ("at", "edition"),
        "单位列写 t、万t、万m³、kWh、万kWh、GJ 等；给范围的品种（天然气）须在系数列给。",
    ),
    "co2": Kind(
        "燃料燃烧与电力的二氧化碳排放", CO2, _co2, ("at", "edition"), "燃料按缺省值，电力按公布的因子；没有公布的年份不以邻年代替。"
    ),
    "intensity": Kind("能耗或碳排放强度与下降率", INTENSITY, _intensity, ("unit",), "总量 tce 或 tCO2，地区生产总值为不变价。"),
    "allowance": Kind("发电机组配额，按年份取基准值", ALLOWANCE, _allowance, ("unit",), "2022 年前电量为供电量，以后为发电量。"),
}
