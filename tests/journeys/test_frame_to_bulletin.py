"""A frame becomes an hour, an alarm, an order; the town closes it on evidence; the month becomes a bulletin (真实套接字、浏览器)."""

from __future__ import annotations

import asyncio
import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from docx import Document

from qingshan.demo import pack
from qingshan.gateway import simulator
from qingshan.terms import items
from tests.journeys.test_plan_to_light import photo

pytestmark = pytest.mark.browser
HOUR = timedelta(hours=1)
CALM = {"SO2": 8, "NO2": 30, "CO": 0.6, "O3": 40, "PM10": 70, "PM2.5": 40}


def send_hours(district, station: str, hours: list[tuple[datetime, dict]]) -> int:
    """Hour frames to the gateway; returns how many it acknowledged after they were on disk."""
    clock = simulator.Clock(datetime.now(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None))
    frames = [
        simulator.hour_record(pack.mn(station), label - HOUR, {items.get(i).codes[0]: v for i, v in values.items()}, qn=clock.next())
        for label, values in hours
    ]
    sending = lambda: asyncio.run(simulator.send("127.0.0.1", district.gateway_port, pack.mn(station), frames))  # noqa: E731
    with ThreadPoolExecutor(1) as aside:               # the browser's driver runs a loop of its own in this thread
        return aside.submit(sending).result(60)


def until(page, address: str, words: str, tries: int = 40) -> None:
    for _ in range(tries):
        page.goto(address)
        if words in page.inner_text("main"):
            return
        page.wait_for_timeout(1000)
    raise AssertionError(f"{address} 一直没有“{words}”：{page.inner_text('main')[:600]}")


def take(page, name: str, **answers: str) -> None:
    for field, value in answers.items():
        box = page.locator(f"#step-{name} [name={field}]")
        if box.evaluate("e => e.tagName") == "SELECT":
            box.select_option(value)
        else:
            box.fill(value)
    page.locator(f"#step-{name} button.primary:visible, button[form=step-{name}]:visible").first.click()   # on the phone, in the dock
    page.wait_for_load_state("networkidle")


def test_frame_to_alarm_to_order_to_closed(sign_in, district):
    now = datetime.now(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    high = {**CALM, "PM2.5": 171, "PM10": 260}
    assert send_hours(district, "QC08", [(now - 2 * HOUR, CALM), (now - HOUR, high)]) == 2

    town = sign_in("shimen")
    assert "柳林站" not in (town.goto(district.url + "/alarms/") and town.inner_text("main")), "别的镇的报警看不到"
    office = sign_in("daqi")
    until(office, district.url + "/orders/?state=all", "柳林站 PM2.5 小时值 171")
    office.locator("a:has-text('柳林站')").first.click()
    office.wait_for_load_state("networkidle")
    address = office.url
    assert "待签收" in office.inner_text("main")
    assert "HJ 633" in office.inner_text("main")

    handler = sign_in("liulin", 390, 844)
    handler.goto(address)
    take(handler, "receive")
    take(handler, "find", cause="burning", finding="站点西侧果园焚烧枯枝。")
    take(handler, "measure", measure="现场扑灭，粉碎还田。")
    report = handler.locator("#step-report button.primary")
    assert report.is_disabled(), "没有照片不能申请销号"
    for kind in ("scene", "after"):
        form = f"form.take:has(input[name=kind][value={kind}])"
        handler.set_input_files(f"{form} [name=file]", {"name": f"{kind}.jpg", "mimeType": "image/jpeg", "buffer": photo()})
        handler.wait_for_load_state("networkidle")
        handler.wait_for_selector(f"figure:has-text('处置{'前' if kind == 'scene' else '后'}照片')")
    take(handler, "report")

    office.goto(address)
    assert office.locator("#step-close button.primary").is_disabled(), "浓度没有回落不能销号"
    assert send_hours(district, "QC08", [(now, CALM)]) == 1
    for _ in range(40):
        office.goto(address)
        if not office.locator("#step-close button.primary").is_disabled():
            break
        office.wait_for_timeout(1000)
    take(office, "close", note="现场复核无明火，浓度已回落。")
    assert "已销号" in office.inner_text("main")


def test_month_to_bulletin(sign_in, district):
    officer, chief = sign_in("daqi", 1440, 900), sign_in("juzhang", 1440, 900)
    for page in (officer, chief):
        page.on("dialog", lambda d: d.accept())
    officer.goto(district.url + "/bulletins/")
    offered = [o.get_attribute("value") for o in officer.locator("select[name=issue] option[value^='town_air_month|']").all()]
    month = offered[1].split("|")[1]                     # the newest is issued already
    officer.select_option("select[name=issue]", offered[1])
    officer.click("button:has-text('起草一期')")
    officer.wait_for_url(re.compile(r"/bulletins/\d+/"))
    address = officer.url.split("?")[0].split("#")[0]
    officer.goto(district.url + f"/ranking/?period={month}")
    shown = {}
    for row in officer.locator("table tbody tr").all():
        cells = [c.strip() for c in row.locator("td").all_inner_texts()]
        town = next((t["name"] for t in pack.district()["town"] if any(t["name"] in c for c in cells)), None)
        if town:
            shown.setdefault(town, " ".join(cells))
    officer.goto(address)
    officer.fill("textarea[name=text-problems]", "石门镇两处工地裸土未覆盖。")
    officer.click("button:has-text('保存文字')")
    officer.wait_for_selector(".toast:has-text('已保存文字')")
    officer.click("button:has-text('送签')")
    accept(officer)
    chief.goto(address)
    chief.click("button:has-text('签发')")
    accept(chief)
    assert "青环通" in chief.inner_text("main")

    with chief.expect_download() as got:
        chief.click("a:has-text('Word')")
    document = Document(got.value.path())
    text = "\n".join(p.text for p in document.paragraphs)
    assert "空气质量排名情况的通报" in text
    assert "HJ 633" in text or "GB 3095" in text
    rows = [[c.text.strip() for c in r.cells] for t in document.tables for r in t.rows]
    ranked = [r for r in rows if len(r) > 3 and r[1] in shown]
    assert len(ranked) >= 10
    for row in ranked:
        assert row[2] in shown[row[1]], f"{row[1]} 通报 {row[2]}，排名页 {shown[row[1]]}"
    pdf = chief.request.get(address + "file.pdf")
    pages = pypdfium2.PdfDocument(io.BytesIO(pdf.body()))
    printed = "".join(page.get_textpage().get_text_range() for page in pages)
    assert all(row[1] in printed and row[2] in printed for row in ranked)


def accept(page) -> None:
    """Say yes where the page asks before what cannot be undone."""
    page.wait_for_timeout(300)
    dialog = page.locator("dialog[open] button.primary, dialog[open] button.danger")
    if dialog.count():
        dialog.first.click()
    page.wait_for_load_state("networkidle")
