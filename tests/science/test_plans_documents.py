"""Files to text: by content, whole sentences, and hostile files refused in words."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import typst
from docx import Document as Word
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from qingshan.plans import documents, read
from qingshan.plans.documents import DocumentRefused, pdf, text_of

TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
BODY = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'


def word(*paragraphs: str, rows: tuple[tuple[str, ...], ...] = (), style: str | None = None) -> bytes:
    document = Word()
    for words in paragraphs:
        document.add_paragraph(words, style=style)
    if rows:
        table = document.add_table(len(rows), len(rows[0]))
        for i, row in enumerate(rows):
            for j, words in enumerate(row):
                table.cell(i, j).text = words
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def raw_docx(xml: bytes, **more: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("word/document.xml", xml)
        for name, data in more.items():
            archive.writestr(name, data)
    return out.getvalue()


def part(kind: str, inside: str) -> bytes:
    """A part of a docx such as footnotes.xml."""
    return f'<w:{kind} xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{inside}</w:{kind}>'.encode()


def run(words: str) -> str:
    return f"<w:r><w:t>{words}</w:t></w:r>"


def cell(words: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr><w:p>{run(words) if words else ''}</w:p></w:tc>"


def typeset(source: str, folder: Path) -> bytes:
    """A PDF with Chinese text and ruled tables."""
    (folder / "plan.typ").write_text('#set page(paper: "a4")\n' + source, encoding="utf-8")
    return typst.compile(str(folder / "plan.typ"))


def page(*lines: str) -> bytes:
    """A small PDF of Latin text, enough to have a text layer."""
    return pages([lines])


def pages(all_: Sequence[Sequence[str]], more: str = "") -> bytes:
    """A PDF of several pages; ``more`` goes into its trailer."""
    objects = ["<</Type/Catalog/Pages 2 0 R>>", "", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for lines in all_:
        content = "BT /F1 12 Tf 14 TL 50 780 Td " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
        n = len(objects) + 1
        kids.append(f"{n} 0 R")
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {n + 1} 0 R/Resources<</Font<</F1 3 0 R>>>>>>"
        )
        objects.append(f"<</Length {len(content)}>>stream\n{content}\nendstream")
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>"
    out, places = "%PDF-1.4\n", []
    for n, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{n} 0 obj{body}endobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{p:010} 00000 n \n" for p in places)
    return (out + f"trailer<</Size {len(objects) + 1}/Root 1 0 R{more}>>\nstartxref\n{start}\n%%EOF").encode()


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_text_is_read_in_its_encoding(codec: str) -> None:
    words = "二、重点任务\r\n完成锅炉改造１２台，达到９０％。\r\n" * 3
    assert text_of("计划.txt", words.encode(codec)).text.lstrip("\ufeff") == words


def test_a_traditional_text_in_big5_is_read_too() -> None:
    words = "二、重點任務\r\n完成鍋爐改造3臺，建設管網12公里。\r\n"
    document = text_of("計劃.txt", words.encode("big5hkscs"))
    assert document.text == words
    assert [t.quantity and t.quantity.value for t in read(document.text).tasks] == [3, 12]


def test_a_utf8_text_keeps_every_character_so_that_offsets_hold() -> None:
    words = "\ufeff一、\r\n\t完成12台\r\n"
    assert text_of("a.txt", words.encode()).text == words


def test_word_paragraphs_and_tables_come_in_order() -> None:
    document = text_of(
        "表.docx", word("一、重点任务", "完成治理15家。", rows=(("任务", "牵头单位", "时限"), ("建设管网3公里", "区住建局", "6月底前")))
    )
    assert document.kind == "docx"
    assert document.text.splitlines() == ["一、重点任务", "完成治理15家。", "任务\t牵头单位\t时限", "建设管网3公里\t区住建局\t6月底前"]
    (_, task) = read(document.text, year=2026).tasks
    assert (task.lead_units, task.deadline, task.text) == (("区住建局",), "2026-06-30", "建设管网3公里")


def test_automatic_numbers_are_written_out() -> None:
    assert text_of("n.docx", word("完成治理", "完成改造", style="List Number")).text.splitlines() == ["1.完成治理", "2.完成改造"]


def test_tracked_deletions_are_left_out_and_said() -> None:
    document = Word()
    paragraph = document.add_paragraph("完成12台。")
    gone = OxmlElement("w:del")
    run = OxmlElement("w:r")
    words = OxmlElement("w:delText")
    words.text = "旧数15台"
    run.append(words)
    gone.append(run)
    paragraph._p.append(gone)
    assert paragraph._p.tag == qn("w:p")
    out = io.BytesIO()
    document.save(out)
    read_back = text_of("修订.docx", out.getvalue())
    assert (read_back.text, len(read_back.warnings)) == ("完成12台。", 1)


def test_the_bytes_say_what_a_file_is_not_its_name() -> None:
    assert text_of("计划.pdf", "完成治理15家。".encode()).kind == "txt"
    assert text_of("计划.txt", word("完成治理15家。")).kind == "docx"


def test_a_web_page_loses_its_scripts_and_keeps_its_rows() -> None:
    html = (
        "<!DOCTYPE html><html><head><title>x</title><script>alert('任务')</script><style>p{}</style></head><body><p>一、重点任务</p>"
        "<table><tr><td><p>完成治理15家</p></td><td>区局</td></tr></table><p>加强&nbsp;巡查<br>第二行</p></body></html>"
    )
    document = text_of("a.html", html.encode("gb18030").replace(b"<head>", b'<head><meta charset="gb2312">'))
    assert document.kind == "html"
    assert [line for line in document.text.splitlines() if line] == ["一、重点任务", "完成治理15家\t区局", "加强\xa0巡查", "第二行"]


def test_pdf_text_is_read() -> None:
    assert text_of("a.pdf", page("Plan 2026", "Line two")).text.splitlines() == ["Plan 2026", "Line two"]


def test_lines_that_a_page_broke_are_joined() -> None:
    lines = [
        "一、重点任务",
        "完成全区重点行业企业挥发性有机物综合治理项目二十三个，淘汰国三及以下柴",
        "油货车150辆。",
        "1.新建监测站点三座，开展巡查。",
    ]
    assert pdf.joined(lines) == f"{lines[0]}\n{lines[1]}{lines[2]}\n{lines[3]}"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("空.txt", b"", "空文件"),
        ("空白.txt", b"\xef\xbb\xbf \r\n", "空文件"),
        ("大.txt", b"a" * (20 * 1024 * 1024 + 1), "超过上限 20 MB"),
        ("二进制.txt", bytes(range(256)) * 40, "不是文字文件"),
        ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "另存为 docx"),
        ("密.docx", b"\xd0\xcf\x11\xe0" + b"\0" * 99 + "EncryptedPackage".encode("utf-16-le"), "密码"),
        ("图.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "图片"),
        ("富.rtf", b"{\\rtf1 abc}", "RTF"),
        ("坏.pdf", b"%PDF-1.7 nothing", "已损坏"),
        ("扫描.pdf", page(), "扫描件"),
        ("坏.docx", b"PK\x03\x04" + b"\0" * 200, "已损坏"),
        ("空.docx", word(""), "没有文字"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(name: str, data: bytes, words: str) -> None:
    with pytest.raises(DocumentRefused, match=words):
        text_of(name, data)


def test_a_zip_bomb_is_refused_before_it_opens() -> None:
    bomb = raw_docx(BODY.format("<w:p><w:r><w:t>" + "0" * 80_000_000 + "</w:t></w:r></w:p>").encode())
    assert len(bomb) < 200_000
    with pytest.raises(DocumentRefused, match="压缩"):
        text_of("炸弹.docx", bomb)


def test_entities_and_endless_nesting_are_refused() -> None:
    laugh = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]>' + BODY.format("<w:p/>").encode()
    with pytest.raises(DocumentRefused, match="DTD"):
        text_of("实体.docx", raw_docx(laugh))
    deep = BODY.format("<w:p>" * 500 + "</w:p>" * 500).encode()
    with pytest.raises(DocumentRefused, match="嵌套"):
        text_of("深.docx", raw_docx(deep))


def test_other_office_files_are_named() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    with pytest.raises(DocumentRefused, match="Excel"):
        text_of("表.xlsx", out.getvalue())


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"%PDF-1.4\n", b"\xff\xfe", b"<html><body>", b"\xd0\xcf\x11\xe0"]))
def test_any_bytes_are_read_or_refused(data: bytes, head: bytes) -> None:
    try:
        document = text_of("x", head + data)
    except DocumentRefused:
        return
    assert isinstance(document, documents.Document)
    assert document.text.strip()


def test_footnotes_text_boxes_and_headers_are_read_where_they_stand() -> None:
    box = (
        '<w:p>' + run("完成治理12家") + '<w:r><w:footnoteReference w:id="2"/></w:r>' + run("。")
        + "<w:r><w:pict><w:txbxContent><w:p>" + run("新建站点3座。") + "</w:p></w:txbxContent></w:pict></w:r></w:p>"
    )
    notes = part("footnotes", f'<w:footnote w:id="2"><w:p>{run("含上年结转2家。")}</w:p></w:footnote>')
    data = raw_docx(
        BODY.format(box + f"<w:p>{run('淘汰车辆50辆。')}</w:p>").encode(),
        **{
            "word/footnotes.xml": notes,
            "word/header1.xml": part("hdr", f"<w:p>{run('青岭区2026年工作计划')}</w:p>"),
            "word/footer1.xml": part("ftr", f"<w:p>{run('第 1 页')}</w:p>"),
            "word/comments.xml": part("comments", ""),
        },
    )
    document = text_of("a.docx", data)
    assert document.text.splitlines() == ["青岭区2026年工作计划", "完成治理12家（注：含上年结转2家）。", "新建站点3座。", "淘汰车辆50辆。"]
    assert document.warnings == ("文档带有批注：批注没有读入",)
    assert [t.quantity and t.quantity.value for t in read(document.text).tasks] == [12, 3, 50]


def test_merged_cells_keep_the_columns() -> None:
    rows = (
        "<w:tr>" + "".join(map(cell, ("序号", "重点任务", "牵头单位", "完成时限"))) + "</w:tr>"
        "<w:tr>" + cell("一、治气", '<w:gridSpan w:val="4"/>') + "</w:tr>"
        "<w:tr>" + cell("1") + cell("建设管网3公里") + cell("区住建局", '<w:vMerge w:val="restart"/>') + cell("6月底前") + "</w:tr>"
        "<w:tr>" + cell("2") + cell("新建站点2座") + cell("", "<w:vMerge/>") + cell("10月底前") + "</w:tr>"
    )
    document = text_of("表.docx", raw_docx(BODY.format(f"<w:tbl>{rows}</w:tbl><w:p/>").encode()))
    assert document.text.splitlines()[2:] == ["1\t建设管网3公里\t区住建局\t6月底前", "2\t新建站点2座\t〃\t10月底前"]
    first, second = read(document.text, year=2026).tasks
    assert (first.lead_units, second.lead_units, second.deadline) == (("区住建局",), ("区住建局",), "2026-10-31")
    assert second.heading_path == ("一、治气",)


def test_a_table_that_only_lays_out_the_page_is_taken_apart() -> None:
    inner = "<w:tbl><w:tr>" + cell("任务") + cell("时限") + "</w:tr><w:tr>" + cell("建设管网3公里") + cell("6月底前") + "</w:tr></w:tbl>"
    outer = f"<w:tbl><w:tr><w:tc><w:p>{run('一、重点任务')}</w:p>{inner}<w:p>{run('完成治理12家。')}</w:p></w:tc></w:tr></w:tbl>"
    assert text_of("a.docx", raw_docx(BODY.format(outer).encode())).text.splitlines() == [
        "一、重点任务", "任务\t时限", "建设管网3公里\t6月底前", "完成治理12家。",
    ]
    html = (
        "<html><body><table><tr><td><p>一、重点任务</p><table><tr><th>任务</th><th>单位</th><th>时限</th></tr>"
        "<tr><td>建设管网3公里</td><td rowspan=2>区局</td><td>6月底前</td></tr><tr><td>新建站点2座</td><td>年底前</td></tr></table>"
        "<p>完成治理12家。</p></td></tr></table><iframe src=a></iframe></body></html>"
    )
    document = text_of("a.html", html.encode())
    assert document.text.splitlines() == [
        "一、重点任务", "任务\t单位\t时限", "建设管网3公里\t区局\t6月底前", "新建站点2座\t〃\t年底前", "完成治理12家。",
    ]
    assert "框架" in document.warnings[0]


def test_ruled_tables_of_a_pdf_keep_their_columns(tmp_path: Path) -> None:
    data = typeset(
        "= 2026年工作计划\n一、重点任务\n#table(columns: (1fr, 3fr, 2fr, 2fr), [序号], [重点任务], [牵头单位], [完成时限],"
        "[1], [完成汽修企业治理设施升级改造85家，安装在线监控设施85套], table.cell(rowspan: 2)[区生态环境局], [6月底前],"
        "[2], [新建监测点位3个], [10月底前])\n以上任务按月调度。",
        tmp_path,
    )
    text = text_of("计划.pdf", data).text
    assert "2\t新建监测点位 3 个\t〃\t10 月底前" in text.splitlines()
    assert [(t.quantity and t.quantity.value, t.deadline, t.lead_units) for t in read(text, year=2026).tasks] == [
        (85, "2026-06-30", ("区生态环境局",)),
        (85, "2026-06-30", ("区生态环境局",)),
        (3, "2026-10-31", ("区生态环境局",)),
    ]


TASKS = (
    ("1", "完成汽修企业治理设施升级改造85家，并与市级平台联网，逐家建立运行维护台账", "区生态环境局、区交通局", "2026年6月底前"),
    ("2", "新建监测点位3个", "区生态环境局", "10月底前"),
    ("3", "完成12个行政村生活污水治理，农村生活污水处理设施运行率达到95%以上", "区农业农村局、各镇人民政府、区水务局、区住房和城乡建设局", "12月底前"),
)
HEADS = ("序号", "工作任务", "责任单位", "完成时限")


def unruled(rows: Sequence[Sequence[str]], more: str = "", columns: str = "auto, 3fr, 2fr, 1.3fr", heads: Sequence[str] = HEADS) -> str:
    """Typst source of a table that has no upright rules."""
    cells = ", ".join(f"[{c}]" for row in (heads, *rows) for c in row)
    return f"#table(columns: ({columns}), stroke: none, {more}{cells})\n"


def squeezed(line: str) -> str:
    return line.replace(" ", "")


@pytest.mark.parametrize(
    "more",
    [
        "",  # left, at the top
        "align: center + horizon, ",
        "inset: (x: 5pt, y: 0.325em), ",  # no more white between rows than between lines
        "table.hline(y: 0), table.hline(y: 1), table.hline(y: 4), ",  # 三线表
        "inset: 3pt, align: horizon, table.hline(y: 1), table.hline(y: 2), table.hline(y: 3), ",
    ],
)
def test_tables_of_a_pdf_without_upright_rules_are_read_by_their_white(tmp_path: Path, more: str) -> None:
    before = "= 2026年工作计划\n一、重点任务\n\n以下任务按月调度，各责任单位要按完成时限办结并报送进展情况，逾期的予以通报并约谈。\n\n"
    after = "\n二、保障措施\n\n加强组织领导，各单位要高度重视，明确分工，压实责任，确保各项任务按期完成，取得实效。"
    text = text_of("计划.pdf", typeset(before + unruled(TASKS, more) + after, tmp_path)).text
    rows = [tuple(squeezed(c) for c in line.split("\t")) for line in text.splitlines() if "\t" in line]
    assert rows == [HEADS, *TASKS]
    assert [squeezed(line) for line in text.splitlines()][-2] == "二、保障措施"
    found = read(text, year=2026).tasks
    assert [(t.quantity and t.quantity.value, t.deadline) for t in found if t.quantity] == [
        (85, "2026-06-30"), (3, "2026-10-31"), (12, "2026-12-31"),
    ]  # fmt: skip
    assert next(t for t in found if "12" in t.text).lead_units == ("区农业农村局", "各镇人民政府", "区水务局", "区住房和城乡建设局")
    assert all(text[t.start : t.end] == t.text for t in found)


def test_rows_without_numbers_and_the_names_of_sections_keep_their_place(tmp_path: Path) -> None:
    heads = ("工作任务", "责任单位", "完成时限")
    rows = [row[1:] for row in TASKS]
    text = text_of("a.pdf", typeset(unruled(rows, columns="3fr, 2fr, 1.3fr", heads=heads), tmp_path)).text
    assert [tuple(squeezed(c) for c in line.split("\t")) for line in text.splitlines()] == [heads, *rows]
    section = "table.cell(y: 2, colspan: 4)[（二）深入打好碧水保卫战攻坚行动], "
    text = text_of("b.pdf", typeset(unruled(TASKS, section), tmp_path)).text
    assert [line.split("\t")[0] for line in text.splitlines()] == ["序号", "1", "（二）深入打好碧水保卫战攻坚行动", "2", "3"]
    found = read(f"2026年工作计划\n一、重点任务\n{text}", year=2026).tasks
    assert next(t for t in found if "监测点位" in t.text).heading_path[-1] == "(二)深入打好碧水保卫战攻坚行动"


def test_an_unruled_table_goes_on_over_pages_and_a_row_that_a_page_breaks_is_one(tmp_path: Path) -> None:
    rows = [(str(n), f"完成第{n}片区汽修企业治理设施升级改造{n}家，逐家建立运行维护台账并与市级平台联网" * 2, "区生态环境局", f"{n}月底前") for n in range(1, 11)]
    source = '#set page(height: 200pt, header: [青川区工作计划], footer: context align(center)[#counter(page).display()])\n= 2026年工作计划\n'
    text = text_of("长.pdf", typeset(source + unruled(rows) + "\n以上任务按月调度。", tmp_path)).text
    lines = [squeezed(line) for line in text.splitlines()]
    assert [tuple(line.split("\t")) for line in lines if "\t" in line] == [HEADS, *rows]
    assert lines[-1] == "以上任务按月调度。"


def test_an_unruled_table_of_indicators_becomes_targets(tmp_path: Path) -> None:
    rows = [("PM2.5年均浓度", "微克/立方米", "34", "33"), ("空气质量优良天数", "天", "300", "305")]
    source = "= 2026年工作计划\n一、主要目标\n" + unruled(rows, columns="3fr, 2fr, 1fr, 1fr", heads=("指标", "单位", "2025年", "2026年目标值"))
    text = text_of("a.pdf", typeset(source, tmp_path)).text
    assert [(t.indicator_key, t.value) for t in read(text, year=2026).targets] == [("pm2_5_mean", 33), ("good_days", 305)]


def test_what_only_looks_like_a_table_stays_text(tmp_path: Path) -> None:
    source = (
        "= 2026年工作计划\n（一）治理汽修企业85家。\n\n牵头单位：区生态环境局　　责任单位：区交通局　　完成时限：6月底前\n\n"
        "#table(columns: 3, stroke: none, [区生态环境局], [区交通局], [区水务局], [张三], [李四], [王五])\n"
        "#columns(2)[#lorem(60) 责任单位 完成时限]"
    )
    assert "\t" not in text_of("a.pdf", typeset(source, tmp_path)).text


def test_three_hundred_pages_are_read_and_their_running_header_once() -> None:
    text = text_of("长.pdf", pages([["District plan", f"Line {n} of the plan.", f"- {n} -"] for n in range(300)])).text
    assert text.count("District plan") == 1
    assert [f"Line {n} of the plan." for n in (0, 149, 299)] == [x for x in text.splitlines() if x.startswith(("Line 0 ", "Line 149 ", "Line 299 "))]


def test_locked_and_endless_files_are_refused_in_words() -> None:
    lock = "/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<" + "41" * 32 + ">/U<" + "42" * 32 + ">>>/ID[<00><00>]"
    with pytest.raises(DocumentRefused, match="密码"):
        text_of("密.pdf", pages([["x"]], lock))
    with pytest.raises(DocumentRefused, match="超过上限 600 页"):
        text_of("长.pdf", pages([["x"]] * 601))
    with pytest.raises(DocumentRefused, match="框架页"):
        text_of("a.html", b"<html><frameset cols=20%,80%><frame src=a.htm><frame src=b.htm></frameset></html>")


def test_a_table_inside_a_cell_is_read_row_by_row() -> None:
    row = "<w:tr>{}</w:tr>".format
    inner = "<w:tbl>" + row(cell("淘汰锅炉12台") + cell("6月底前")) + row(cell("新建管网5公里") + cell("9月底前")) + "</w:tbl>"
    rows = row("".join(map(cell, ("序号", "重点任务", "牵头单位")))) + row(cell("1") + f"<w:tc>{inner}<w:p/></w:tc>" + cell("区住建局"))
    document = text_of("表.docx", raw_docx(BODY.format(f"<w:tbl>{rows}</w:tbl><w:p/>").encode()))
    assert document.text.splitlines()[1] == "1\t淘汰锅炉12台（6月底前）； 新建管网5公里（9月底前）；\t区住建局"
    assert [(t.quantity and t.quantity.value, t.deadline, t.lead_units) for t in read(document.text, year=2026).tasks] == [
        (12, "2026-06-30", ("区住建局",)),
        (5, "2026-09-30", ("区住建局",)),
    ]
