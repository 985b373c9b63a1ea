"""``qingshan assess``: evaluate days of the observation store and say exactly what was run; ``assess rerun RUN`` makes a run again."""

from __future__ import annotations

import argparse
import sys
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from qingshan import standards
from qingshan.cli import rerun, tables
from qingshan.lake import Lake, LakeRefused, Run, assess, keep
from qingshan.lake.days import ENGINES
from qingshan.lake.engine import NoEngine
from qingshan.methods import air


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rerun", nargs="*", metavar="rerun 批次", help="复算一次运行：rerun 加运行标识或评价批次号；缺省按日期评价")
    parser.add_argument("--data", required=True, type=Path, help="数据目录，观测数据在其中的 lake/")
    parser.add_argument("--from", dest="start", type=_day, metavar="日期", help="起始日，如 2026-01-01")
    parser.add_argument("--to", dest="end", type=_day, metavar="日期", help="截止日（含）")
    parser.add_argument("--station", action="append", metavar="站点", help="只评价这个站点，可重复")
    parser.add_argument("--as-of", type=_as_of, metavar="时刻或序号", help="按当时已收到的数据重算，如 2026-03-01T12:00，或某次运行的序号")
    parser.add_argument(
        "--unplanned", action="append", default=[], metavar="站点=项目",
        help="该站监测计划没有的项目（HJ 633—2026 5.3.2），如 1009A=SO2,CO，可重复",
    )  # fmt: skip
    parser.add_argument("--engine", choices=[*ENGINES], default="local", help=_ENGINES)
    parser.add_argument("--spark", default="", metavar="地址", help="Spark Connect 服务，如 sc://127.0.0.1:15002；写了它就用 Spark 计算")
    parser.add_argument("-o", dest="output", type=Path, metavar="文件", help="逐日结果写入 .csv 或 .parquet，运行标识写入同名 .run.json")


_ENGINES = "；".join(f"{name}：{words}" for name, words in ENGINES.items()) + "。结果相同"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}”不是日期，请写成 2026-01-01") from None


def _as_of(text: str) -> datetime | int:
    if text.isdigit():
        return int(text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}”不是时刻（2026-03-01T12:00）也不是序号") from None


def run(options: argparse.Namespace) -> int:
    if options.output and options.output.suffix not in (".csv", ".parquet"):
        print(f"不能写 {options.output}：后缀要是 .csv 或 .parquet", file=sys.stderr)
        return 2
    if options.rerun:
        if options.rerun[0] != "rerun" or len(options.rerun) != 2:
            print(f"看不懂“{' '.join(options.rerun)}”；复算写成 qingshan assess rerun 批次 --data 目录", file=sys.stderr)
            return 2
        if options.start or options.end or options.station or options.as_of or options.unplanned:
            print("复算按当时的日期、站点和数据，不能再写 --from、--to、--station、--as-of、--unplanned", file=sys.stderr)
            return 2
        return rerun.run(options.rerun[1].strip(), options.data, options.output)
    if not options.start or not options.end:
        print("要写明 --from 和 --to（起始日、截止日）", file=sys.stderr)
        return 2
    unplanned = {}
    for text in options.unplanned:
        station, _, names = text.partition("=")
        unplanned[station.strip()] = [n.strip().upper() for n in names.replace("，", ",").split(",") if n.strip()]
        if not station.strip() or not unplanned[station.strip()]:
            print(f"--unplanned {text}：写成 站点=项目，如 1009A=SO2,CO", file=sys.stderr)
            return 2
    folder = options.data / "lake"
    if not folder.is_dir():
        print(f"{folder} 没有观测数据；请先导入（qingshan import）或核对 --data", file=sys.stderr)
        return 1
    try:
        lake = Lake(folder.resolve())
        found = assess(
            lake, options.start, options.end, options.station, options.as_of, unplanned=unplanned,
            engine="spark" if options.spark else options.engine, url=options.spark,
        )  # fmt: skip
    except (LakeRefused, NoEngine, standards.NotInForce) as error:
        print(f"没有评价：{error}", file=sys.stderr)
        return 1
    keep(lake, found)
    if found.start > options.start:
        print(f"说明：{found.start} 以前标准没有在全国实施，那些天没有评价")
    _summary(found)
    if options.output:
        try:
            tables.write(found, options.output)
        except OSError as error:
            print(f"结果没有写成：{error}", file=sys.stderr)
            return 1
    return 0


def _summary(found: Run) -> None:
    days = found.days
    stations = len(pc.unique(days["station"]))
    print(f"{found.start} 至 {found.end}：{stations} 个站点，{days.num_rows} 个站日，发布 AQI {days.num_rows - days['aqi'].null_count} 个")
    for edition in (e for e in found.editions if e.startswith("HJ 633")):
        mine = days.filter(pc.equal(days["edition"], edition))
        std = next(s for s in standards.editions("HJ 633") if str(s) == edition)
        aqi = mine["aqi"].to_numpy().astype(float)
        aqi = aqi[~np.isnan(aqi)]
        words = air.class_words(std, aqi)
        counts = [(row["class"], int((words == row["class"]).sum())) for row in std.table("level")["row"]]
        good = air.good_days(std, aqi)
        ratio = f"优良 {good.ratio:.1f}%，" if aqi.size else ""
        print(f"  {edition}：{ratio}" + "、".join(f"{name} {n}" for name, n in counts if n))
    print(f"标准：{'；'.join(found.editions)}")
    if found.verify:
        print(f"待核实：{len(found.verify)} 处（见 .run.json 的 verify）")
    print(f"代码 {found.code_version}　冷表版本 {found.table_version}　序号 {found.sequence}")
    print(f"输入摘要 {found.input_hash}")
    print(f"运行标识 {found.identity}")
