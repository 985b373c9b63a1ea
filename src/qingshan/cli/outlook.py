"""``qingshan outlook budget SERIES.csv --target 35 --on 2026-09-30`` and ``qingshan outlook backtest --data FOLDER``: 目标倒算."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import numpy as np

from qingshan.cli.outlook_data import BadData, series, stations
from qingshan.cli.outlook_sections import read, told
from qingshan.outlook import apportion, budget, percentiles, scenario
from qingshan.outlook.backtest import Told, tell
from qingshan.outlook.chance import (
    Measure,
    chance,
    days_above,
    days_up_to,
    mean_of,
    percentile_of,
    share_up_to,
)
from qingshan.outlook.resampling import History, TooShort, draw, same_day
from qingshan.outlook.verification import brier

EXPLAIN = """
budget：由一地的逐日值推算年度目标还剩多少空间。CSV 一列日期、一列日值（多列用 --column 指明），空、NA 为缺测。
  --kind mean      年均值（默认）        --kind percentile --percent 90   百分位数（HJ 663 附录A）
  --kind good      优良天数，日值为 AQI  --kind ratio 优良天数比例        --kind heavy 重污染天数
  年值按 --decimals 修约（GB/T 8170）后与目标比较；--less 表示严格小于（目标写“低于”）。
  概率由本地往年逐日值分块重抽样得出，历史不满一年不给概率。
sections：由各断面月均值推算断面比例目标。CSV 列：断面、项目、限值、方向（不高于、不低于，可省）、1月…12月；一行一个断面一个项目。
backtest：把文件夹里各站的往年当作正在进行，在每年 3、6、9 月末各推算一次，与后来的结果比，打印 90% 区间的覆盖率、平均宽度、
  CRPS、分位数损失、布赖尔评分，并与“余下时段照去年”“照去年并按今年水平折算”比较。文件为逐小时 CSV：
  year、month、day、hour、PM2.5、PM10、SO2、NO2、CO、O3（UCI 北京多站数据的格式，可为 .gz）。推算时不读当日以后的任何数据。
返回值：0 成功，1 输入有误，2 用法有误；backtest 加 --at-least 0.85 时，有覆盖率不到的返回 1。
"""
KINDS = {"mean": "年均值", "percentile": "百分位数", "good": "优良天数", "ratio": "优良天数比例", "heavy": "重污染天数"}
MEASURES = {"PM2.5": ("PM2.5 年均值", 1, "<="), "good": ("优良天数", 0, ">="), "O3": ("O3 第90百分位", 0, "<=")}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXPLAIN
    parts = parser.add_subparsers(dest="report", required=True, metavar="budget | sections | backtest")
    one = parts.add_parser("budget", help="一列日值的目标倒算", formatter_class=argparse.RawDescriptionHelpFormatter, epilog=EXPLAIN)
    one.add_argument("input", type=Path, metavar="SERIES.csv", help="日值表")
    one.add_argument("--target", type=float, required=True, help="目标值")
    one.add_argument("--on", type=_day, required=True, metavar="2026-09-30", help="算到哪一天（以后的数据不读）")
    one.add_argument("--kind", choices=tuple(KINDS), default="mean", help="目标的算法")
    one.add_argument("--percent", type=int, default=90, help="百分位，默认 90")
    one.add_argument("--decimals", type=int, default=1, choices=range(0, 5), help="年值修约到几位小数，默认 1；天数为 0")
    one.add_argument("--bar", type=float, help="优良（默认 100）或重污染（默认 200）的 AQI 界")
    one.add_argument("--less", action="store_true", help="目标是“低于”（均值、百分位、天数上限）")
    one.add_argument("--column", default="", help="数值列名")
    one.add_argument("--seed", type=int, default=20260101, help="抽样种子")
    one.add_argument("--draws", type=int, default=2000, help="抽样次数")
    one.add_argument("--change", type=float, default=0.0, metavar="-10", help="情景：余下时段各日变化的百分比")
    water = parts.add_parser("sections", help="断面比例的倒算", formatter_class=argparse.RawDescriptionHelpFormatter, epilog=EXPLAIN)
    water.add_argument("input", type=Path, metavar="SECTIONS.csv", help="断面月均值表")
    water.add_argument("--target", type=float, required=True, help="达标断面比例不低于多少，百分数")
    water.add_argument("--month", type=int, required=True, choices=range(1, 13), metavar="9", help="算到哪个月末")
    water.add_argument("--decimals", type=int, default=1, choices=range(0, 3), help="比例修约到几位小数，默认 1")
    water.add_argument("--of", type=int, metavar="N", help="当年断面总数（默认为表里的断面数）")
    many = parts.add_parser("backtest", help="用往年检验", formatter_class=argparse.RawDescriptionHelpFormatter, epilog=EXPLAIN)
    many.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="逐小时站点文件的文件夹")
    many.add_argument("--months", type=_months, default=(3, 6, 9), metavar="3,6,9", help="在第几个月末推算")
    many.add_argument("--starts", choices=("calendar", "every-month"), default="calendar", help="自然年，或从每个月起的十二个月")
    many.add_argument("--draws", type=int, default=1000, help="抽样次数")
    many.add_argument("--seed", type=int, default=20260101, help="抽样种子")
    many.add_argument("--at-least", type=float, metavar="0.85", help="覆盖率不到的返回 1")
    many.add_argument("--cases", type=Path, metavar="OUT.csv", help="另存每一次推算与结果")


def run(options: argparse.Namespace) -> int:
    """Run one of the three; 0, or 1 with the fault on stderr."""
    try:
        if options.report == "sections":
            print("\n".join(told(read(options.input), options.month, options.target, options.decimals, options.of)))
            return 0
        return _budget(options) if options.report == "budget" else _backtest(options)
    except (BadData, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


# ── one series ──
def _budget(o: argparse.Namespace) -> int:
    name, history = series(o.input, o.column)
    begin, end = date(o.on.year, 1, 1), date(o.on.year, 12, 31)
    known = history.until(o.on)
    if not known.days.size:
        raise BadData(f"{o.on} 以前没有数据：{o.input} 从 {history.days[0]} 开始")
    last: date = known.days[-1].item()
    if last < begin:
        raise BadData(f"{o.on.year} 年到 {o.on} 还没有数据：最后一天是 {last}")
    if last < o.on:
        print(f"注意：数据只到 {last}，按 {last} 推算", file=sys.stderr)
    on = min(o.on, last)
    decimals = 0 if o.kind in ("good", "heavy") else o.decimals
    operator = (">=" if o.kind in ("good", "ratio") else "<=") if not o.less else (">" if o.kind in ("good", "ratio") else "<")
    goal = budget.edge(o.target, decimals, operator)
    values = known.span(begin, on)[name]
    valid, left = int((~np.isnan(values)).sum()), (end - on).days
    measure = _measure(o.kind, name, o.percent, o.bar)
    print(
        f"{o.input.name}“{name}” {KINDS[o.kind]}{f'（第{o.percent}百分位）' if o.kind == 'percentile' else ''}，"
        f"目标 {_sign(operator)} {o.target:g}"
    )
    print(f"截至 {on}：有效 {valid} 天，剩余 {left} 天，现值 {_text(float(measure({name: values})), decimals + 1)}")
    for line in _room(o, goal, decimals, values, valid, left, known, name, on):
        print(line)
    try:
        made = scenario.changed(draw(known, begin, on, end, seed=o.seed, draws=o.draws), o.change)
        found = chance(known, made, begin, measure, decimals=decimals, operator=operator, target=o.target)
    except TooShort as error:
        print(f"达成概率：{error}")
        return 0
    said = f"由本地 {'、'.join(map(str, made.years))} 年逐日变化重抽样 {o.draws} 次，种子 {o.seed}" if made.years else "年度已结束"
    print(f"年末推算 {_text(found.middle, decimals)}，90% 区间 {_text(found.low, decimals)}—{_text(found.high, decimals)}")
    print(f"达成概率 {found.words}（{said}{f'，余下时段 {o.change:+g}%' if o.change else ''}）")
    if left and operator in ("<=", "<"):

        def reduced(percent: float) -> float:
            again = scenario.changed(made, -percent)
            return chance(known, again, begin, measure, decimals=decimals, operator=operator, target=o.target).probability

        more = scenario.needed_change(reduced)
        print(
            "概率已过半，不需再降"
            if more == 0
            else f"要使概率过半，余下时段须再降 {more:g}%"
            if more == more
            else "余下时段降 90% 也难过半"
        )
    return 0


def _measure(kind: str, name: str, percent: int, bar: float | None) -> Measure:
    if kind == "mean":
        return mean_of(name)
    if kind == "percentile":
        return percentile_of(name, percent)
    if kind == "heavy":
        return days_above(name, 200 if bar is None else bar)
    return (days_up_to if kind == "good" else share_up_to)(name, 100 if bar is None else bar)


def _room(o, goal: float, decimals: int, values, valid: int, left: int, known: History, name: str, on: date) -> Iterable[str]:
    """What is left, in lines, and month by month."""
    has = values[~np.isnan(values)]
    months = _months_left(on)
    usual = _usual(known, name, on, months)
    if o.kind == "mean":
        found = budget.mean(goal, decimals, round(float(has.sum()), budget.SCALE), valid, left)
        yield f"{budget.WORDS[str(found.verdict)]}" + (
            f"：后 {left} 天日均 ≤ {float(found.shown):.{decimals + 1}f}" if found.shown == found.shown else ""
        )
        if found.shown == found.shown:
            parts = apportion.by_season(float(found.allowed), [n for _, n in months], usual)
            cut = [np.floor(round(p * 10 ** (decimals + 1), 6)) / 10 ** (decimals + 1) for p in parts]
            yield "各月可用（按往年季节分解）：" + "，".join(f"{m}月 {c:.{decimals + 1}f}" for (m, _), c in zip(months, cut))
        return
    if o.kind == "percentile":
        room = percentiles.percentile(goal, decimals, o.percent, has, left)
        yield f"{budget.WORDS[room.verdict]}：已有 {room.above} 天高于 {goal:g}；年值由第 {room.rank[0]}、{room.rank[1]} 位（由低到高）决定"
        if room.affordable >= 0:
            yield f"余下 {left} 天中还可有 {room.affordable} 天高于目标（不论多高，其余日不高于目标）"
        elif room.most >= 0:
            yield f"其余日只不高于目标已不够，须更低；其余日极低时最多还可有 {room.most} 天高值"
        return
    if o.kind == "heavy":
        days = budget.heavy_days(int(goal), int((has > (200 if o.bar is None else o.bar)).sum()), left)
    else:
        good = int((has <= (100 if o.bar is None else o.bar)).sum())
        days = budget.good_days(int(goal), good, left) if o.kind == "good" else budget.good_ratio(goal, decimals, good, valid, left)
    afford = int(days.affordable)
    what = "重污染" if o.kind == "heavy" else "超标"
    yield f"{budget.WORDS[str(days.verdict)]}：" + (f"还可有 {afford} 天{what}" if afford >= 0 else f"{what}已多 {-afford} 天")


def _months_left(on: date) -> list[tuple[int, int]]:
    left = np.arange(np.datetime64(on) + 1, np.datetime64(date(on.year, 12, 31)) + 1)
    numbers = left.astype("datetime64[M]").astype(int) % 12 + 1
    return [(int(m), int((numbers == m).sum())) for m in np.unique(numbers)]


def _usual(known: History, name: str, on: date, months: list[tuple[int, int]]) -> list[float]:
    """Mean of each month in earlier years; NaN where there is none."""
    earlier = known.days < np.datetime64(date(on.year, 1, 1))
    numbers = known.days.astype("datetime64[M]").astype(int) % 12 + 1
    out = []
    for month, _ in months:
        part = known.columns[name][earlier & (numbers == month)]
        part = part[~np.isnan(part)]
        out.append(float(part.mean()) if part.size else float("nan"))
    return out


# ── past years ──
def _backtest(o: argparse.Namespace) -> int:
    found_all: dict[tuple[str, int], list[Told]] = {}
    names = []
    for station, history in stations(o.data):
        names.append(station)
        for kind, (_, decimals, operator) in MEASURES.items():
            column, measure = _told_measure(kind)
            if np.isnan(history.columns.get(column, np.array([np.nan]))).all():
                continue
            one = History(history.days, {column: history.columns[column]})
            for begin in _begins(one, o.starts):
                for month in o.months:
                    on = _month_end(begin, month)
                    found = tell(station, one, begin, on, measure, decimals=decimals, operator=operator, seed=o.seed, draws=o.draws)
                    if found is not None:
                        found_all.setdefault((kind, month), []).append(found)
    print(
        f"{len(names)} 站，{'自然年' if o.starts == 'calendar' else '从每个月起的十二个月'}；抽样 {o.draws} 次，种子 {o.seed}；"
        "推算时只用当日及以前的数据"
    )
    print("指标            月末  次数  90%区间覆盖  平均宽度   CRPS  照去年  按水平  分位损失  布赖尔  恒0.5")
    worst = 1.0
    for (kind, month), rows in sorted(found_all.items(), key=lambda kv: (list(MEASURES).index(kv[0][0]), kv[0][1])):
        share = float(np.mean([r.covered for r in rows]))
        worst = min(worst, share)
        print(_line(MEASURES[kind][0], month, rows, share))
    if not found_all:
        raise BadData("没有一个站有满一年的历史加一整年的结果，无法回测")
    if o.cases:
        _save(o.cases, found_all)
    if o.at_least is not None and worst < o.at_least:
        print(f"有覆盖率低于 {o.at_least:.0%}：最低 {worst:.1%}", file=sys.stderr)
        return 1
    return 0


def _told_measure(kind: str) -> tuple[str, Measure]:
    if kind == "good":
        return "AQI", days_up_to("AQI", 100)
    return ("PM2.5", mean_of("PM2.5")) if kind == "PM2.5" else ("O3_8h", percentile_of("O3_8h", 90))


def _begins(history: History, starts: str) -> list[date]:
    """First days of the twelve months that lie whole in the history, from its first day on."""
    first, last = history.days[0], history.days[-1]
    months = np.arange(first.astype("datetime64[M]"), last.astype("datetime64[M]") + 1)
    found = [m.astype("datetime64[D]").item() for m in months if m.astype("datetime64[D]") >= first]
    found = [d for d in found if starts != "calendar" or d.month == 1]
    return [d for d in found if same_day(np.array([d], "datetime64[D]"), -1)[0] - 1 <= last]


def _month_end(begin: date, month: int) -> date:
    end: date = ((np.datetime64(begin, "M") + month).astype("datetime64[D]") - 1).item()
    return end


def _line(title: str, month: int, rows: list[Told], share: float) -> str:
    outcome = np.array([r.outcome for r in rows])
    naive, level = np.array([r.naive for r in rows]), np.array([r.persistent for r in rows])
    known = [(r.probability, r.happened) for r in rows if r.happened == r.happened]
    score = float(np.mean(brier(*map(np.array, zip(*known))))) if known else float("nan")
    wide = " " * (16 - sum(2 if ord(c) > 255 else 1 for c in title))
    return (
        f"{title}{wide}{month:>3}  {len(rows):>4}  {share:>10.1%}  {np.mean([r.high - r.low for r in rows]):>8.1f}  "
        f"{np.mean([r.crps for r in rows]):>5.2f}  {_mean_gap(naive, outcome):>6}  {_mean_gap(level, outcome):>6}  "
        f"{np.mean([r.pinball for r in rows]):>8.2f}  {score:>6.3f}   0.250"
    )


def _mean_gap(said, outcome) -> str:
    """Mean distance: the CRPS of a single number."""
    has = ~np.isnan(said)
    return f"{np.abs(said[has] - outcome[has]).mean():.2f}" if has.any() else "—"


def _save(path: Path, rows_of: dict[tuple[str, int], list[Told]]) -> None:
    lines = ["measure,month,place,begin,on,outcome,low,middle,high,covered,probability,happened"]
    for (kind, month), rows in rows_of.items():
        lines += [
            f"{kind},{month},{r.place},{r.begin},{r.on},{r.outcome:g},{r.low:g},{r.middle:g},{r.high:g},{int(r.covered)},{r.probability:.3f},{r.happened:g}"
            for r in rows
        ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _sign(operator: str) -> str:
    return {"<=": "≤", ">=": "≥"}.get(operator, operator)


def _text(value: float, decimals: int) -> str:
    return "—" if value != value else f"{value:.{decimals}f}"


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise argparse.ArgumentTypeError(f"日期“{said}”要写成 2026-09-30") from None


def _months(said: str) -> tuple[int, ...]:
    try:
        found = tuple(int(part) for part in said.split(","))
    except ValueError:
        found = ()
    if not found or any(not 1 <= m <= 11 for m in found):
        raise argparse.ArgumentTypeError(f"“{said}”要写成 1 至 11 的月数，以逗号分开")
    return found
