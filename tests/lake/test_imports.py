"""Files as bureaus really have them, and files nobody should send."""

from __future__ import annotations

import gzip
import io
import json
import struct
import time as clock
import zipfile
from datetime import date, datetime, timedelta

import pytest
import xlsxwriter

from qingshan.cli.main import main
from qingshan.lake import Lake, imports
from qingshan.lake.imports import cells
from qingshan.lake.imports import mapping as mappings

AT = datetime(2026, 11, 21)


def read(text: str, name="a.csv", encoding="utf-8", **how) -> imports.Table:
    return imports.read_table(name, text.encode(encoding), **how)


def tried(text: str, known=None, encoding="utf-8", **changes):
    table = read(text, encoding=encoding)
    mapping = imports.propose(table, known)
    mapping = imports.Mapping.fromdict(mapping.asdict() | changes)
    return imports.preview(table, mapping, known)


def sheet(write, **options) -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True, **options}) as book:
        write(book)
    return data.getvalue()


WIDE = """监测点,时间,PM2.5(μg/m³),PM10(μg/m³),CO(mg/m³)
一号站,2026-03-01 05:00,35,60,0.7
一号站,2026-03-01 06:00,36,61,0.8
"""


def test_a_wide_csv_with_chinese_headers():
    found = tried(WIDE)
    assert found.ok, found.errors
    assert found.rows.to_pylist()[0] == {
        "station": "一号站", "time": datetime(2026, 3, 1, 5), "CO": 0.7, "PM10": 60, "PM2.5": 35, "flags": None,
    }  # fmt: skip


def test_gbk_full_width_digits_and_marks_of_the_laboratory():
    text = (
        "点位名称,监测时间,细颗粒物,二氧化硫,臭氧\n"
        "庙城镇,２０２６－０３－０１　０５：００,３５,<0.01,未检出\n"
        "庙城镇,2026/3/1 6:00,“36”,ND,—\n"
        "庙城镇,2026年3月1日7时,NA,0.02L,\"1,024\"\n"
    ).replace("“36”", "36 ")
    for encoding in ("gbk", "utf-8-sig", "utf-16"):
        found = tried(text, encoding=encoding, limits={"O3": 2})
        assert found.n_errors == 0, found.errors
        rows = found.rows.to_pylist()
        assert [r["time"].hour for r in rows] == [5, 6, 7]
        assert [r["PM2.5"] for r in rows] == [35, 36, None]
        assert [r["SO2"] for r in rows] == [0.005, None, 0.01]
        assert [r["O3"] for r in rows] == [1, None, 1024]
        assert any("未检出" in n and "没有检出限" in n for n in found.notices)
        assert any("低于检出限的值 2 个，按检出限的一半计" in n for n in found.notices)


def test_merged_headers_a_units_row_and_excel_dates():
    def write(book):
        page = book.add_worksheet("小时数据")
        stamp = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        page.merge_range("A1:E1", "2026年3月空气质量小时数据")
        page.merge_range("A2:A3", "站点")
        page.merge_range("B2:B3", "时间")
        page.merge_range("C2:D2", "颗粒物")
        page.write_row("C3", ["PM2.5", "PM10"])
        page.merge_range("E2:E3", "一氧化碳")
        page.write_row("A4", ["", "", "μg/m³", "μg/m³", "mg/m³"])
        page.merge_range("A5:A7", "雁栖镇")
        for i in range(3):
            page.write_datetime(4 + i, 1, datetime(2026, 3, 1, 22) + timedelta(hours=i), stamp)
            page.write_row(4 + i, 2, [30 + i, 50 + i, 0.6])

    table = imports.read_table("数据.xlsx", sheet(write))
    mapping = imports.propose(table)
    assert (mapping.header, mapping.first) == (3, 5)
    found = imports.preview(table, mapping)
    assert found.ok, found.errors
    assert [(r["station"], r["time"], r["PM2.5"], r["PM10"], r["CO"]) for r in found.rows.to_pylist()] == [
        ("雁栖镇", datetime(2026, 3, 1, 22), 30, 50, 0.6), ("雁栖镇", datetime(2026, 3, 1, 23), 31, 51, 0.6),
        ("雁栖镇", datetime(2026, 3, 2, 0), 32, 52, 0.6),
    ]  # fmt: skip


def test_excel_serial_numbers_without_a_date_format():
    found = tried("站点,时间,PM10\nA,46082.2083333333,80\nA,46082.25,81\n")
    assert [r["time"] for r in found.rows.to_pylist()] == [datetime(2026, 3, 1, 5), datetime(2026, 3, 1, 6)]


def test_a_long_table_with_units_in_a_column():
    text = (
        "MN,数据时间,因子,浓度,单位\nX1,2026-03-01 05:00:00,a34004,35,ug/m3\n"
        "X1,2026-03-01 05:00:00,一氧化碳,700,μg/m³\nX1,2026-03-01 06:00,NOPE,1,\n"
    )
    found = tried(text)
    assert found.rows.to_pylist() == [{"station": "X1", "time": datetime(2026, 3, 1, 5), "CO": 0.7, "PM2.5": 35, "flags": None}]
    assert [(e.row, e.value) for e in found.errors] == [(4, "NOPE")]


def test_stations_as_columns():
    text = "时间,雁栖镇,庙城镇\n2026-03-01 05:00,35,40\n2026-03-01 06:00,36,\n"
    found = tried(text, known={"雁栖镇": "1", "庙城镇": "2"}, item="PM2.5")
    assert [(r["station"], r["PM2.5"]) for r in found.rows.to_pylist()] == [("1", 35), ("2", 40), ("1", 36)]


def test_flag_columns_keep_the_value_but_not_as_valid(lake):
    found = tried("站点,时间,PM2.5,PM2.5标识\nA,2026-03-01 05:00,35,N\nA,2026-03-01 06:00,900,D\n")
    assert [r["flags"] for r in found.rows.to_pylist()] == [None, "PM2.5:D"]
    imports.store(lake, found, "import:1", AT)
    assert lake.hours(items=["PM2.5"])["PM2.5"].to_pylist() == [35, None]
    assert imports.store(lake, found, "import:2", AT + timedelta(1)).stored == 0


@pytest.mark.parametrize(
    "written, label, want",
    [
        ("2026-03-01 24:00", "end", datetime(2026, 3, 2)),
        ("2026-03-01 00:00", "end", datetime(2026, 3, 1)),
        ("2026-03-01 23:00", "start", datetime(2026, 3, 2)),
        ("2026030105", "end", datetime(2026, 3, 1, 5)),
        ("20260301050000", "end", datetime(2026, 3, 1, 5)),
        ("2026-02-28T21:00:00Z", "end", datetime(2026, 3, 1, 5)),
        ("2026-03-01T05:00:00+08:00", "end", datetime(2026, 3, 1, 5)),
        ("2026.3.1 5时", "end", datetime(2026, 3, 1, 5)),
    ],
)
def test_times_as_people_write_them(written, label, want):
    found = tried(f"站点,时间,PM10\nA,{written},80\n", hour_label=label)
    assert [r["time"] for r in found.rows.to_pylist()] == [want], found.errors


def test_date_and_hour_in_two_columns_and_in_four():
    found = tried("站点,日期,小时,PM10\nA,2026-03-01,1,80\nA,2026-03-01,24,81\n")
    assert [r["time"] for r in found.rows.to_pylist()] == [datetime(2026, 3, 1, 1), datetime(2026, 3, 2)]
    found = tried("No,year,month,day,hour,PM10,station\n1,2026,3,1,0,80,A\n2,2026,3,1,23,81,A\n", hour_label="start")
    assert [r["time"] for r in found.rows.to_pylist()] == [datetime(2026, 3, 1, 1), datetime(2026, 3, 2)]


def test_each_fault_is_named_by_row_column_value_and_remedy():
    text = (
        "站点,时间,PM2.5,O3\n"
        "A,2026-03-01 05:00,35,80\n"
        "A,2026-03-01 05:30,35,80\n"
        "A,昨天,35,80\n"
        ",2026-03-01 06:00,35,80\n"
        "A,2026-03-01 07:00,三十五,-5\n"
        "A,2026-03-01 08:00,-999,80\n"
        "A,2026-03-01 05:00,36,80\n"
        "A,2026-02-30 09:00,1,1\n"
        "火星站,2026-03-01 09:00,35,80\n"
        "A,2026-03-01 10:00,99999999,80\n"
    )
    found = tried(text, known={"A": "1009A"})
    said = {(e.row, e.column): e.message for e in found.errors}
    assert set(said) == {
        (3, "时间"), (4, "时间"), (5, "站点"), (6, "PM2.5"), (6, "O3"), (8, "PM2.5"), (9, "时间"), (10, "站点"), (11, "PM2.5"),
    }  # fmt: skip
    assert "整点" in said[3, "时间"]
    assert "第 2 行" in said[8, "PM2.5"]
    assert "没有登记" in said[10, "站点"]
    assert found.unknown_stations == ("火星站",)
    assert any("缺测代码 1 个" in n for n in found.notices)
    assert {(r["station"], r["time"].hour) for r in found.rows.to_pylist()} == {("1009A", 5), ("1009A", 8), ("1009A", 10)}
    assert not found.ok


def test_an_hour_still_to_come_is_a_fault():
    table = imports.read_table("a.csv", b"time,station,PM2.5\n2026-03-01 05:00,A,30\n2026-03-01 06:00,A,31\n")
    found = imports.preview(table, imports.propose(table), until=datetime(2026, 3, 1, 5))
    assert found.rows["time"].to_pylist() == [datetime(2026, 3, 1, 5)]
    assert [(e.row, e.message) for e in found.errors] == [(3, "时间还没有到，观测值不会在将来；请核对年月日与电脑的时钟")]


def test_units_by_magnitude():
    rows = "".join(f"A,2026-03-01 {h:02d}:00,{600 + h},0.0{30 + h}\n" for h in range(1, 20))
    table = read("站点,时间,CO,PM2.5\n" + rows)
    mapping = imports.propose(table)
    assert mapping.units == {"CO": "µg/m³", "PM2.5": "mg/m³"}
    assert imports.preview(table, mapping).rows.to_pylist()[0] | {"flags": 0} == {
        "station": "A", "time": datetime(2026, 3, 1, 1), "CO": 0.601, "PM2.5": 31, "flags": 0,
    }  # fmt: skip
    asked = imports.Mapping.fromdict(mapping.asdict() | {"units": {"CO": "mg/m³", "PM2.5": "mg/m³"}})
    assert any("CO" in n and "像 µg/m³" in n for n in imports.preview(table, asked).notices)


def test_only_hourly_concentrations_are_taken_for_items():
    for header in ("AQI", "PM2.5分指数", "O3_8h", "pm2_5_24h", "PM10日均", "首要污染物", "备注"):
        assert mappings.item_of(header) is None, header
    for header, item in (
        ("PM₂.₅", "PM2.5"), ("ＰＭ２．５浓度(μg/m3)", "PM2.5"), ("pm2_5", "PM2.5"), ("SO₂ [µg/m³]", "SO2"), ("a05024-Avg", "O3"),
        ("细颗粒物", "PM2.5"), ("co", "CO"), ("臭氧(O3)", "O3"), ("可吸入颗粒物（PM10）", "PM10"), ("一氧化碳（CO）mg/m³", "CO"),
    ):  # fmt: skip
        assert mappings.item_of(header) == item, header


def test_the_same_file_again_stores_nothing_and_a_changed_one_only_what_changed(lake):
    text = "站点,时间,PM2.5,O3\n" + "".join(f"A,2026-03-01 {h:02d}:00,{30 + h},80\n" for h in range(1, 24))
    first = imports.store(lake, tried(text), "import:1", AT)
    assert (first.rows, first.stored, first.added, first.changed) == (23, 23, 46, 0)
    state = lake.state()
    again = imports.store(lake, tried(text), "import:2", AT + timedelta(1))
    assert (again.stored, again.same) == (0, 46)
    assert lake.state() == state
    changed = imports.store(lake, tried(text.replace("05:00,35,80", "05:00,34,80")), "import:3", AT + timedelta(2))
    assert (changed.stored, changed.added, changed.changed, changed.same) == (1, 0, 1, 45)
    history = lake.versions("A", datetime(2026, 3, 1, 5))
    assert [(v["PM2.5"], v["O3"], v["origin"]) for v in history] == [(35, 80, "import:1"), (34, None, "import:3")]


def test_an_old_file_again_does_not_undo_a_correction(lake):
    found = tried("站点,时间,PM2.5,O3\nA,2026-03-01 05:00,350,80\n")
    imports.store(lake, found, "import:1", AT)
    lake.supersede("A", datetime(2026, 3, 1, 5), "PM2.5", 35, received=AT + timedelta(1), basis="复核单 8")
    lake.supersede("A", datetime(2026, 3, 1, 5), "O3", None, received=AT + timedelta(1), basis="复核单 8")
    assert imports.store(lake, found, "import:2", AT + timedelta(2)).stored == 0
    now = lake.hours(items=["PM2.5", "O3"])
    assert (now["PM2.5"].to_pylist(), now["O3"].to_pylist()) == ([35], [None])


def test_names_in_the_file_are_mapped_to_registered_stations_only():
    text = "站点,时间,PM10\n老一号,2026-03-01 05:00,80\n"
    known = {"一号站": "1009A"}
    assert tried(text, known, stations={"老一号": "一号站"}).rows["station"].to_pylist() == ["1009A"]
    assert tried(text, known, stations={"老一号": "1009A"}).rows["station"].to_pylist() == ["1009A"]
    assert tried(text, known, stations={"老一号": "9999"}).unknown_stations == ("老一号",)
    with pytest.raises(imports.ImportRefused, match="没有登记"):
        tried(text, known, station="", station_fixed="9999")


def test_a_mapping_is_saved_and_read_back():
    mapping = imports.propose(read(WIDE))
    assert imports.Mapping.fromdict(json.loads(json.dumps(mapping.asdict()))) == mapping
    for wrong, words in (
        ({"tiem": "x"}, "没有键 tiem"), ({"layout": "tall"}, "tall"), ({"units": {"CO": "ppm"}}, "ppm"), ({"header": "1"}, "类型"),
        ({"hour_label": "middle"}, "middle"),
    ):  # fmt: skip
        with pytest.raises(imports.ImportRefused, match=words):
            imports.Mapping.fromdict(wrong)


def test_a_mapping_that_does_not_fit_says_what_there_is():
    table = read(WIDE)
    mapping = imports.propose(table)
    for change, words in (
        ({"time": "时刻"}, "时刻.*监测点"), ({"station": ""}, "站点列"), ({"items": {}}, "监测项目列"), ({"time": ""}, "时间列"),
        ({"items": {"PM10(μg/m³)": "PM11"}}, "PM11"),
    ):  # fmt: skip
        with pytest.raises(imports.ImportRefused, match=words):
            imports.preview(table, imports.Mapping.fromdict(mapping.asdict() | change))


def bomb(cells_: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", cells_)
    return data.getvalue()


def lying_bomb() -> bytes:
    """The directory says 10 bytes, the stream holds 600 MB."""
    data = bytearray(bomb(b"\0" * (600 * 2**20)))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = -1
        while (start := data.find(mark, start + 1)) >= 0:
            if b"sheet1.xml" in data[start : start + 100]:
                data[start + at : start + at + 4] = struct.pack("<I", 10)
    return bytes(data)


FAR = b'<worksheet><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'


@pytest.mark.parametrize(
    "name, data, words",
    [
        ("空.csv", b"", "空文件"),
        ("空白.csv", b"\n \r\n", "空文件"),
        ("图.csv", b"\x89PNG\r\n\x1a\n" + bytes(99), "PNG"),
        ("扫描.xlsx", b"%PDF-1.7\n", "PDF"),
        ("乱.csv", bytes(range(256)) * 9, "二进制"),
        ("乱.txt", bytes(range(1, 32)) * 40, "不是文本表格|编码"),
        ("文.xlsx", bomb(b"").replace(b"xl/", b"wo/"), "不是 Excel"),
        ("断.xlsx", bomb(b"<x/>")[:-30], "损坏"),
        ("假.xlsx", bomb(b"<x/>"), "Excel"),
        ("弹.xlsx", bomb(b" " * (500 * 2**20)), "压缩炸弹"),
        ("远.xlsx", bomb(FAR), "过大"),
        ("旧.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "Excel"),
        ("页.xls", b"<html><table><tr><td>1</td></tr></table></html>", "网页"),
        ("大.csv", b"1" * (60 * 2**20 + 1), "拆开"),
        ("宽.csv", b"," * 900 + b"\n1", "列"),
        ("缺.csv", "时间".encode() + b"\xff\xfe\xfd,1\n", "编码"),
    ],
)  # fmt: skip
def test_hostile_files_are_refused_in_words(name, data, words):
    start = clock.monotonic()
    with pytest.raises(imports.ImportRefused, match=words) as refused:
        imports.read_table(name, data)
    assert name in str(refused.value)
    assert clock.monotonic() - start < 20


def test_a_zip_that_lies_about_its_size_is_refused():
    with pytest.raises(imports.ImportRefused):
        imports.read_table("谎.xlsx", lying_bomb())


def test_a_table_of_something_else_gives_no_rows_and_says_so():
    table = read("姓名,电话\n张三,123\n")
    with pytest.raises(imports.ImportRefused, match="没有认出时间列"):
        imports.preview(table, imports.propose(table))


def test_cells_say_what_they_are():
    assert cells.read_value("１２．５").number == 12.5
    assert cells.read_value(" 1.2e-1 ").number == 0.12
    assert cells.read_value("＜0.02", "limit").number == 0.02
    assert cells.read_value("<0.02", "missing") == (None, "below")
    for wrong in ("12,34", "1.2.3", "35μg", True, date(2026, 1, 1)):
        with pytest.raises(ValueError, match="不是数值"):
            cells.read_value(wrong)


def test_the_command_tries_stores_repeats_and_keeps_the_mapping(tmp_path, capsys):
    file, kept = tmp_path / "小时.csv", tmp_path / "m.json"
    file.write_text(WIDE, encoding="gb18030")
    base = ["import", str(file), "--data", str(tmp_path)]
    assert main([*base, "--dry-run", "--save-mapping", str(kept)]) == 0
    assert not (tmp_path / "lake").exists()
    assert main([*base, "--mapping", str(kept)]) == 0
    assert "新值 6 个" in capsys.readouterr().out
    assert main([*base, "--mapping", str(kept)]) == 0
    assert "已存 0 个" in capsys.readouterr().out
    assert Lake(tmp_path / "lake").hours().num_rows == 2
    out = tmp_path / "days.csv"
    assert main(["assess", "--data", str(tmp_path), "--from", "2026-03-01", "--to", "2026-03-01", "-o", str(out)]) == 0
    assert "HJ 633—2026" in out.read_text(encoding="utf-8-sig")
    assert json.loads((tmp_path / "days.run.json").read_text())["station_days"] == 1
    assert main(["import", str(tmp_path / "none.csv"), "--data", str(tmp_path)]) == 1


def test_a_year_of_a_real_station_file(shared, lake):
    """uci_prsa: four time columns, CO in µg/m³, NA."""
    folder = shared / "data" / "uci_prsa"
    file = sorted(folder.glob("*Huairou*.csv.gz"))[0]
    text = gzip.decompress(file.read_bytes()).decode()
    table = imports.read_table(file.name, "\n".join(text.split("\n")[:8761]).encode())
    mapping = imports.propose(table)
    assert mapping.units["CO"] == "µg/m³"
    assert set(mapping.items.values()) >= {"PM2.5", "PM10", "SO2", "NO2", "CO", "O3"}
    assert "NO" not in mapping.items.values()  # No 是行号，不是一氧化氮
    found = imports.preview(table, imports.Mapping.fromdict(mapping.asdict() | {"hour_label": "start"}))
    assert found.n_errors == 0, found.errors[:3]
    assert found.rows.num_rows > 8400
    assert imports.store(lake, found, "import:uci", AT).stored == found.rows.num_rows
    assert imports.store(lake, found, "import:uci", AT).stored == 0
