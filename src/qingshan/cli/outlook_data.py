"""Daily series for ``qingshan outlook``, out of CSV files: hours of stations in a folder, or one place's days in a file."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np

from qingshan import standards
from qingshan.methods import air
from qingshan.outlook.resampling import History
from qingshan.terms.items import AIR

MISSING = frozenset({"", "NA", "NAN", "NULL", "—", "-", "缺测"})
DAY_NAMES = ("date", "day", "time", "日期", "日", "时间")
EARLY = {"HJ 633": "2012", "GB 3095": "2012+2018", "HJ 663": "2013"}
LATE = {"HJ 633": "2026", "GB 3095": "2026", "HJ 663": "2026"}


class BadData(ValueError):
    """A file that cannot be read; the message says where and what to do."""


def text(path: Path) -> str:
    """A CSV file as text: UTF-8 or GBK, plain or gzip."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadData(f"{path}：打不开（{error.strerror}）") from None
    if path.suffix == ".gz":
        raw = gzip.decompress(raw)
    for code in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(code)
        except UnicodeDecodeError:
            continue
    raise BadData(f"{path}：不是 UTF-8，也不是 GBK 文本")


def stations(folder: Path) -> Iterator[tuple[str, History]]:
    """Each station's days from a folder of hourly CSV files, a file a station: ``year month day hour`` and the six items, as UCI's.

    The hour is that which begins then (0 … 23); CO above 50 on average is µg/m³ and is brought to mg/m³. Days and AQI by the editions
    of the time of most of the days.
    """
    if not folder.is_dir():
        raise BadData(f"{folder}：没有这个文件夹")
    files = [p for p in sorted(folder.iterdir()) if p.name.endswith((".csv", ".csv.gz"))]
    found = False
    for path in files:
        rows = csv.reader(io.StringIO(text(path)))
        head = [c.strip() for c in next(rows, [])]
        if not {"year", "month", "day", "hour"} <= set(head) or not set(AIR) & set(head):
            continue
        found = True
        yield _station(path, head, list(rows))
    if not found:
        raise BadData(f"{folder}：没有逐小时的站点文件（列 year、month、day、hour 和 {'、'.join(AIR)}）")


def _station(path: Path, head: list[str], rows: list[list[str]]) -> tuple[str, History]:
    at = {name: head.index(name) for name in head}
    try:
        when = [(date(int(r[at["year"]]), int(r[at["month"]]), int(r[at["day"]])), int(r[at["hour"]])) for r in rows]
    except (ValueError, IndexError):
        raise BadData(f"{path}：有的行年月日时写得不对") from None
    first, last = min(when)[0], max(when)[0]
    n_days = (last - first).days + 1
    hours = {}
    for item in (i for i in AIR if i in at):
        grid = np.full((n_days, 24), np.nan)
        for (day, hour), row in zip(when, rows, strict=True):
            grid[(day - first).days, hour] = number(row[at[item]], path, item)
        hours[item] = grid / 1000 if item == "CO" and np.nanmean(grid) > 50 else grid
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    names = EARLY if days[n_days // 2] < np.datetime64("2026-03-01") else LATE
    editions = {code: standards.get(code, edition=edition) for code, edition in names.items()}
    made = air.days(editions["GB 3095"], editions["HJ 663"], hours)
    columns = {k: made.values[k] for k in air.COLUMNS if k in made.values}
    columns["AQI"] = air.daily(editions["HJ 633"], columns).aqi
    name = rows[0][at["station"]] if "station" in at and rows else path.name.split(".")[0]
    return name, History.of(days, columns)


def series(path: Path, column: str) -> tuple[str, History]:
    """One column of a CSV of days (日值): the first column that says a day, and the one named, or the only other one."""
    rows = list(csv.reader(io.StringIO(text(path))))
    if len(rows) < 2:
        raise BadData(f"{path}：没有数据行")
    head = [c.strip() for c in rows[0]]
    day = next((i for i, c in enumerate(head) if c.lower() in DAY_NAMES), None)
    if day is None:
        raise BadData(f"{path}：没有日期列（{'、'.join(DAY_NAMES)} 之一）；表头是 {'、'.join(head)}")
    others = [c for i, c in enumerate(head) if i != day]
    if not column and len(others) != 1:
        raise BadData(f"{path}：有 {len(others)} 列数值，请用 --column 指明一列：{'、'.join(others)}")
    name = column or others[0]
    if name not in others:
        raise BadData(f"{path}：没有列“{name}”；已有：{'、'.join(others)}")
    at, days, values = head.index(name), [], []
    for line, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(head):
            raise BadData(f"{path} 第 {line} 行：有 {len(row)} 列，表头有 {len(head)} 列")
        try:
            days.append(date(*(int(part) for part in row[day].strip().split(" ")[0].split("T")[0].replace("/", "-").split("-"))))
        except (ValueError, TypeError):
            raise BadData(f"{path} 第 {line} 行：日期“{row[day]}”要写成 2026-09-30") from None
        values.append(number(row[at], path, name, line))
    try:
        return name, History.of(np.array(days, "datetime64[D]"), {name: np.array(values)})
    except ValueError as error:
        raise BadData(f"{path}：{error}") from None


def number(cell: str, path: Path, name: str, line: int = 0) -> float:
    """A cell as a number, NaN where it is missing."""
    said = cell.strip()
    if said.upper() in MISSING:
        return float("nan")
    try:
        return float(said)
    except ValueError:
        raise BadData(f"{path}{f' 第 {line} 行' if line else ''}：“{name}”写成“{said[:20]}”，不是数；缺测留空或写 NA") from None
