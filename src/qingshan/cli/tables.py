"""Writing the days of a run: CSV or Parquet, and what was run beside it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from qingshan.lake import Run


def write(found: Run, path: Path) -> None:
    """Write the file and its ``.run.json``; the same run gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part, about = path.with_name(f".{path.name}.part"), path.with_suffix(".run.json")
    try:
        with pa.OSFile(str(part), "wb") as file:
            if path.suffix == ".parquet":
                table = found.days.replace_schema_metadata({"run": json.dumps(found.asdict(), ensure_ascii=False)})
                pq.write_table(table, file, compression="zstd")
            else:
                file.write("\ufeff".encode())  # 让 Excel 按 UTF-8 打开
                pyarrow.csv.write_csv(found.days, file)
        about.write_text(json.dumps(found.asdict(), ensure_ascii=False, indent=1), encoding="utf-8")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    print(f"已写 {path} 与 {about}")
