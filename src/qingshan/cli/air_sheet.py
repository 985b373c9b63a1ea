"""Small tables with named columns (名称, 数值): found by header in Chinese or English, refused with every fault by its row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from qingshan.cli.air_table import MISSING, UNITS, converted, header_unit, number_column, time_column
from qingshan.cli.table_files import SHOWN, Refused, at_rows, columns_of


@dataclass
class Sheet:
    """A table read: words and numbers by column name."""

    path: Path
    rows: np.ndarray
    """line in the file of each row"""
    words: dict[str, np.ndarray]
    numbers: dict[str, np.ndarray]
    dates: dict[str, np.ndarray]
    headers: dict[str, str]
    """the header each column was found under"""

    def has(self, *names: str) -> bool:
        """Whether all the columns are there."""
        return all(n in self.headers for n in names)


def plain(header: str) -> str:
    """A header without unit, case, spaces: ``PM2.5(µg/m³)`` is ``pm25``."""
    text = re.sub(r"[（(\[].*?[)）\]]", "", unicodedata.normalize("NFKC", header)).strip().lower()
    return re.sub(r"[\s._\-]", "", text)


def read(
    path: Path, *, words: Mapping[str, Sequence[str]], numbers: Mapping[str, Sequence[str]],
    dates: Mapping[str, Sequence[str]] | None = None, needed: Sequence[str] = (),
) -> Sheet:  # fmt: skip
    """A table (CSV or Excel) by the aliases of its columns; unknown columns are left alone, a needed one that is missing is refused.

    Parameters
    ----------
    words, numbers, dates : name → aliases of columns of text, of numbers, of dates
    """
    table, rows = columns_of(path)
    known = {plain(alias): name for group in (words, numbers, dates or {}) for name, aliases in group.items() for alias in (name, *aliases)}
    faults: list[str] = []
    headers: dict[str, str] = {}
    for header in table.column_names:
        name = known.get(plain(header))
        if name and name in headers:
            faults.append(f"“{headers[name]}”与“{header}”两列都是 {name}；留一列")
        elif name:
            headers[name] = header
    lacking = [f"{n}（{'、'.join({**words, **numbers, **(dates or {})}[n][:2])}）" for n in needed if n not in headers]
    if lacking:
        raise Refused(*faults, f"缺列 {'；'.join(lacking)}；表中有：{'、'.join(table.column_names)}")
    out = Sheet(path, rows, {}, {}, {}, headers)
    for name, header in headers.items():
        column = table.column(header).chunk(0)
        if name in words:
            out.words[name] = np.array([unicodedata.normalize("NFKC", t).strip() for t in column.to_pylist()], object)
        elif name in numbers:
            out.numbers[name] = number_column(column, header, rows, faults)
            if np.isinf(out.numbers[name]).any():
                faults.append(f"{at_rows(rows[np.isinf(out.numbers[name])])} {header}：无穷大")
        else:
            out.dates[name] = time_column(pc.utf8_trim_whitespace(column), rows, True, faults).astype("datetime64[D]")
    if faults:
        raise Refused(*faults)
    return out


def in_unit(sheet: Sheet, name: str, unit: str) -> np.ndarray:
    """A column of numbers in `unit`: converted where its header states another in brackets, refused where that cannot be."""
    values = sheet.numbers[name]
    stated = header_unit(sheet.headers[name])
    if not stated or stated == unit:
        return values
    if stated not in UNITS or unit not in UNITS:
        raise Refused(f"“{sheet.headers[name]}”：单位 {stated} 不能直接评价；请先换成 {unit}")
    return converted(values, stated, unit)


def named(sheet: Sheet, name: str, *, once: bool = True) -> np.ndarray:
    """A column of names: none empty, and each once where `once`."""
    column = sheet.words[name]
    empty = np.array([w.upper() in MISSING for w in column], bool)
    faults = [f"{at_rows(sheet.rows[empty])} {sheet.headers[name]}：名称为空"] if empty.any() else []
    if once:
        seen: dict[str, int] = {}
        for row, word in zip(sheet.rows.tolist(), column.tolist(), strict=True):
            if word in seen and len(faults) < SHOWN:
                faults.append(f"第 {row} 行与第 {seen[word]} 行重复：{word}")
            seen.setdefault(word, row)
    if faults:
        raise Refused(*faults)
    return column
