"""``qingshan import``: hourly observations and discrete samples from CSV and Excel, tried first, stored once."""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from qingshan.lake import Lake, LakeRefused, imports
from qingshan.terms.items import MEDIA

SHOWN = 20


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="CSV、xlsx 或 xls 文件")
    parser.add_argument("--data", required=True, type=Path, help="数据目录，存入其中的 lake/")
    parser.add_argument("--mapping", type=Path, metavar="M.json", help="已存的列映射；缺省由表头推断")
    parser.add_argument("--save-mapping", type=Path, metavar="M.json", help="把所用列映射存下，改好再用 --mapping 读")
    parser.add_argument("--medium", default="air", choices=tuple(MEDIA), help="介质，缺省 air")
    parser.add_argument("--samples", action="store_true", help="文件是手工采样（断面、井、点位、降尘缸），不是逐小时数据")
    parser.add_argument("--units-checked", action="store_true", help="手工采样：单位已核对，不按数量级拒收")
    parser.add_argument("--dry-run", action="store_true", help="试导入：只看结果与错误，不存")
    parser.add_argument("--sheet", help="Excel 工作表名，缺省为第一个有数据的")
    parser.add_argument("--encoding", help="文本编码，缺省自动判断")
    parser.add_argument("--stations", type=Path, metavar="S.csv", help="站点对照：每行“文件中的名称,站点编码”；缺省不核对站点")
    parser.add_argument("--strict", action="store_true", help="有一处错误就什么也不存")
    parser.add_argument("--errors", type=Path, metavar="E.csv", help="把逐行错误写成 CSV")


def run(options: argparse.Namespace) -> int:
    try:
        data = options.file.read_bytes()
        mapping = imports.Mapping.fromdict(json.loads(options.mapping.read_text(encoding="utf-8"))) if options.mapping else None
        sheet = options.sheet or (mapping and mapping.sheet) or None
        table = imports.read_table(options.file.name, data, sheet, options.encoding)
        known = _stations(options.stations) if options.stations else None
        mapping = mapping or imports.propose(table, known, options.medium, "samples" if options.samples else "hours")
        if options.units_checked:
            mapping = replace(mapping, units_checked=True)
        if options.save_mapping:
            options.save_mapping.write_text(json.dumps(mapping.asdict(), ensure_ascii=False, indent=1), encoding="utf-8")
        preview = imports.preview(table, mapping, known, datetime.now() + timedelta(hours=1))
    except (imports.ImportRefused, OSError) as error:
        print(f"没有导入：{error}", file=sys.stderr)
        return 1
    except (json.JSONDecodeError, UnicodeDecodeError, TypeError, AttributeError) as error:
        print(f"没有导入：列映射 {options.mapping} 不是规整的 JSON（{error}）", file=sys.stderr)
        return 1
    _report(preview, mapping)
    if options.errors:
        with options.errors.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([("行", "列", "值", "问题"), *preview.errors])
    if options.dry_run:
        print("试导入：没有存任何数据")
        return 0 if preview.ok else 1
    if options.strict and preview.n_errors:
        print("有错误，按 --strict 没有存任何数据", file=sys.stderr)
        return 1
    if not preview.rows.num_rows:
        print("没有可存的数据", file=sys.stderr)
        return 1
    origin = f"import:{hashlib.sha256(data).hexdigest()[:12]}:{options.file.name}"
    try:
        store = imports.store_samples if mapping.grain == "samples" else imports.store
        result = store(Lake(options.data / "lake"), preview, origin, datetime.now())
    except (LakeRefused, OSError) as error:
        print(f"没有存成：{error}", file=sys.stderr)
        return 1
    stored = "采样值" if mapping.grain == "samples" else "站点小时"
    print(f"已存 {result.stored} 个{stored}：新值 {result.added} 个，改值 {result.changed} 个（旧值保留），已有 {result.same} 个")
    return 0


def _stations(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row[0].strip(): row[1].strip() for row in csv.reader(file) if len(row) >= 2 and row[0].strip()}


def _report(preview: imports.Preview, mapping: imports.Mapping) -> None:
    rows = "采样" if mapping.grain == "samples" else "站点小时"
    print(f"数据 {preview.n_rows} 行，可存 {preview.rows.num_rows} 个{rows}、{preview.n_values} 个值，错误 {preview.n_errors} 处")
    layout = {"wide": "每个项目一列", "long": "项目与值各一列", "stations": "每个站点一列"}[mapping.layout]
    what = "、".join(f"{column}→{item} [{mapping.units.get(item, '')}]" for column, item in mapping.items.items())
    when = mapping.time or "+".join([*mapping.date, mapping.hour])
    print(f"表头第 {mapping.header} 行，{layout}；时间 {when}；站点 {mapping.station or mapping.station_fixed}；{what}")
    for notice in preview.notices:
        print(f"说明：{notice}")
    for error in preview.errors[:SHOWN]:
        print(f"第 {error.row} 行 {error.column}“{error.value}”：{error.message}")
    if preview.n_errors > SHOWN:
        print(f"……共 {preview.n_errors} 处；用 --errors E.csv 看全部")
