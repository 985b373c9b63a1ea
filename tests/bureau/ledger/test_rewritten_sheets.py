"""Our sheet as other programs write it again: what the file looks like changes, what it says does not.

The files are written part by part here, after what LibreOffice 7.4 writes (looked at) and what WPS is known to leave out or change
(not looked at: it runs on no machine of ours). Where soffice is installed, LibreOffice itself is asked as well.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from datetime import date, datetime
from xml.sax.saxutils import escape

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl.utils import get_column_letter

from qingshan.bureau.ledger import actions, queries
from qingshan.bureau.ledger.models import SheetImport

ON = date(2026, 11, 19)
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>'
)
STYLES = (
    f'<styleSheet {MAIN}><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts>'
    '<fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


@pytest.fixture
def table(ledger, clerk) -> list[list]:
    """The rows of our exported sheet."""
    data = actions.export_tasks(queries.rows(clerk, queries.Filters(), ON), by=clerk, year=2026)[1]
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(data))["任务台账"].iter_rows()]


def written(rows: list[list], *, dates: str = "styled", figures: str = "number", title: str = "Sheet1", is_1904: bool = False) -> bytes:
    """A workbook of these rows without shared strings: dates `styled`, as bare `serial` numbers or as `text`, figures as `number` or `text`."""
    epoch = date(1904, 1, 1) if is_1904 else date(1899, 12, 30)

    def cell(value, at: str) -> str:
        if value is None:
            return ""
        if hasattr(value, "isoformat"):
            if dates == "text":
                return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{value:%Y/%m/%d} </t></is></c>'
            style = ' s="1"' if dates == "styled" else ""
            return f'<c r="{at}"{style}><v>{(value.date() - epoch).days}</v></c>'
        if isinstance(value, int | float) and figures == "number":
            return f'<c r="{at}"><v>{value}</v></c>'
        words = escape(f"{value:,}" if isinstance(value, int | float) else str(value))
        return f'<c r="{at}" t="inlineStr"><is><r><t xml:space="preserve">{words[:3]}</t></r><r><t xml:space="preserve">{words[3:]}</t></r></is></c>'

    lines = "".join(
        f'<row r="{n}">{"".join(cell(v, f"{get_column_letter(k)}{n}") for k, v in enumerate(row, 1))}</row>'
        for n, row in enumerate(rows, 1)
    )
    parts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": f'<Relationships xmlns="{RELS}"><Relationship Id="rId1" Type="{DOC}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {MAIN}><workbookPr date1904="{int(is_1904)}"/><sheets><sheet name="{title}" sheetId="7" r:id="rId9"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELS}"><Relationship Id="rId9" Type="{DOC}/worksheet" Target="/xl/worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId3" Type="{DOC}/styles" Target="styles.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<worksheet {MAIN}><sheetData>{lines}</sheetData></worksheet>",
        "xl/styles.xml": STYLES,
    }
    with zipfile.ZipFile(out := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, xml in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>\n' + xml)
    return out.getvalue()


def read(data: bytes, by) -> SheetImport:
    return actions.read_import(SimpleUploadedFile("改过.xlsx", data), by=by, year=2026)


@pytest.mark.parametrize(
    "how", [{}, {"dates": "serial"}, {"dates": "text"}, {"figures": "text"}, {"is_1904": True}, {"is_1904": True, "dates": "serial"}]
)  # fmt: skip
def test_a_sheet_written_anew_says_the_same(table, clerk, ledger, how):
    batch = read(written(table, **how), clerk)
    assert batch.reading["rows"] == []
    assert batch.reading["n_same"] == len(ledger)


def test_columns_in_another_order_blank_rows_and_another_name_say_the_same_and_a_change_is_seen(table, clerk, ledger):
    order = [*range(len(table[0]) - 1, -1, -1)]
    moved = [[row[k] for k in order[:4]] + [None] + [row[k] for k in order[4:]] for row in table]
    moved = [[None] * len(moved[0])] * 2 + moved[:4] + [[None] * len(moved[0])] * 3 + moved[4:] + [[None] * len(moved[0])] * 5
    assert read(written(moved, title="任务台账(2)", dates="serial"), clerk).reading["rows"] == []
    head = next(row for row in moved if "任务" in row)
    line = next(row for row in moved if ledger["废气"].title in row)
    line[head.index("期限")] = datetime(2026, 10, 30)
    line[head.index("改动依据")] = "专题会纪要〔2026〕9号"
    line[head.index("数值")] = "１，８００"
    [row] = read(written(moved, dates="serial"), clerk).reading["rows"]
    assert (row["do"], row["task"]) == ("change", ledger["废气"].pk)
    assert {c["label"]: c["now"] for c in row["changes"]} == {"期限": "2026-10-30", "数值": "1800"}


def test_without_its_hidden_columns_a_row_is_known_by_its_name_and_asked_about(table, clerk, ledger):
    key = next(row for row in table if "任务" in row).index("任务")
    bare = [row[1:] for row in table]
    batch = read(written(bare), clerk)
    assert not [row for row in batch.reading["rows"] if row["do"] in ("add", "error")], "没有一项被当成新任务"
    changed = [list(row) for row in bare]
    head = next(row for row in changed if "任务" in row)
    next(row for row in changed if ledger["废气"].title in row)[head.index("备注")] = "含砂石企业"
    asked = [row for row in read(written(changed), clerk).reading["rows"] if row["do"] == "clash"]
    assert [row["task"] for row in asked] == [ledger["废气"].pk]
    assert key > 0


@pytest.mark.skipif(not shutil.which("soffice"), reason="没有 soffice，跳过用 LibreOffice 重写")
@pytest.mark.parametrize("through", ["xlsx", "ods", "xls"])
def test_libreoffice_itself_keeps_what_the_sheet_says(table, clerk, ledger, tmp_path, through):
    data = actions.export_tasks(queries.rows(clerk, queries.Filters(), ON), by=clerk, year=2026)[1]
    (tmp_path / "a.xlsx").write_bytes(data)
    steps = [("a.xlsx", through)] if through == "xlsx" else [("a.xlsx", through), (f"out/a.{through}", "xlsx")]
    for source, kind in steps:
        subprocess.run(["soffice", "--headless", "--convert-to", kind, "--outdir", "out", source], cwd=tmp_path, check=True, timeout=120)
    assert read((tmp_path / "out" / "a.xlsx").read_bytes(), clerk).reading["rows"] == []
