"""Tables of results as CSV: the whole file or none, and numbers as they are printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qingshan.cli.results import save


def words(values: np.ndarray, decimals: int = 0, none: str = "NA") -> np.ndarray:
    """Numbers as printed: few distinct values, so each is printed once."""
    distinct, where = np.unique(values, return_inverse=True)
    return np.array([none if np.isnan(v) else f"{v:.{decimals}f}" for v in distinct], object)[where]


def shown(value: float, decimals: int, none: str = "") -> str:
    """One number as printed; `none` for NaN."""
    return none if np.isnan(value) else f"{value:.{decimals}f}"


def rows_table(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """Rows of words as a table, a key left out is empty."""
    return pa.table({name: pa.array([str(row.get(name, "")) for row in rows], pa.string()) for name in columns})


def lines(table: pa.Table) -> bytes:
    """CSV text, a cell in quotes only where it must be."""
    columns = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        cells = pa.concat_arrays([pa.array([name]), *column.chunks])
        needs = pc.match_substring_regex(cells, r'[",\r\n]')
        if pc.any(needs).as_py():
            quoted = pc.binary_join_element_wise('"', pc.replace_substring(cells, '"', '""'), '"', "")
            cells = pc.if_else(needs, quoted, cells)
        columns.append(cells)
    return ("\n".join(pc.binary_join_element_wise(*columns, ",").to_pylist()) + "\n").encode()


def write(table: pa.Table, path: Path) -> None:
    """The whole file or none: written beside its place, then moved there."""
    save(path, (b"" if str(path) == "-" else b"\xef\xbb\xbf") + lines(table))  # Excel knows UTF-8 by its BOM
