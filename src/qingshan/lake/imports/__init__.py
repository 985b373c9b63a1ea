"""Import of CSV and Excel files of hourly observations and discrete samples: read, map, try, store."""

from qingshan.lake.imports.mapping import Mapping, headers, propose
from qingshan.lake.imports.preview import Preview, RowError, preview
from qingshan.lake.imports.storing import Result, store, store_samples
from qingshan.lake.imports.tables import ImportRefused, Table, read_table

__all__ = [
    "ImportRefused", "Mapping", "Preview", "Result", "RowError", "Table", "headers", "preview", "propose", "read_table", "store",
    "store_samples",
]  # fmt: skip
