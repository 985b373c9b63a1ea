"""A year's plan of the bureau becomes tasks, returns, doubts, an inspection order and the signed progress bulletin (浏览器)."""

from __future__ import annotations

import io
import os
import re
from contextlib import suppress
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
from docx import Document
from playwright.sync_api import TimeoutError

from tests.journeys.test_frame_to_bulletin import accept, take
from tests.journeys.test_plan_to_light import photo

pytestmark = pytest.mark.browser
YEAR = date.today().year
TOWN, DESK = "整治石门镇农村黑臭水体6条", "完成加油站油气回收检查40座"
PLAN = f"""
青川区{YEAR}年生态环境工作要点
为做好全区{YEAR}年生态环境工作，持续改善环境质量，结合实际，制定本要点。
一、总体要求
坚持精准治污、科学治污、依法治污，统筹发展和保护。提高政治站位，压实工作责任。
二、工作目标
全区PM2.5年均浓度不高于38微克/立方米。空气质量优良天数比率不低于78%。重污染天数不超过3天。
国控断面水质优良比例达到100%。城市集中式饮用水水源地水质达标率保持100%。受污染耕地安全利用率不低于93%。
三、深入打好蓝天保卫战
（一）扬尘治理。完成裸露地块苫盖35块。新增道路机扫里程26公里。6月底前安装工地扬尘监测设备18套。每月开展工地扬尘检查20次。
（二）工业治理。完成挥发性有机物治理项目12个。淘汰燃煤锅炉3台。完成砖瓦窑深度治理5家。9月底前完成低效治理设施更换15套。
（三）移动源治理。淘汰国三柴油货车120辆。{DESK}。（牵头单位：大气环境科）开展非道路移动机械抽测60台。
（四）面源治理。建设秸秆收储点8个。安装餐饮油烟净化设施30套。每季度开展一次烟花爆竹禁放巡查。
四、深入打好碧水保卫战
（一）黑臭水体。{TOWN}。（牵头单位：石门镇）10月底前完成入河排污口整治22个。新建污水管网14公里。
（二）水源保护。设置水源地标志牌16块。拆除保护区违法建筑4处。每季度开展水源地巡查。
（三）农村污水。建成农村污水处理设施9座。改造农村户厕500座。完成畜禽养殖场粪污设施改造11家。
五、深入打好净土保卫战
（一）土壤管控。完成重点建设用地土壤污染状况调查7块。开展土壤污染重点监管单位隐患排查6家。
（二）固体废物。建设小微企业危险废物收集点2个。检查危险废物经营单位10家。开展医疗废物专项检查12次。
（三）农业面源。推广测土配方施肥8万亩。回收农药包装废弃物20吨。建设废旧农膜回收点15个。
六、加强生态保护与监管
（一）生态修复。完成废弃矿山修复3处。营造林5000亩。修复河湖岸线6公里。
（二）执法监测。开展双随机检查180家次。组织执法比武1次。开展环境应急演练2次。完成排污许可证质量核查60家。
（三）信访督察。7月底前完成省级督察反馈问题整改5个。办结信访件120件。每月调度一次信访重点件。
七、提升治理能力
新建空气质量微型站10个。建设机动车遥感监测点2个。开展业务培训4期。编制生态环境质量报告书1份。举办六五环境日宣传活动1场。
八、工作要求
各镇街、各单位要切实加强组织领导，增强责任感。加强协同配合，形成工作合力。
"""


def jiangjin() -> str:
    """A published plan of another district; not part of the project."""
    folder = Path(os.environ.get("QINGSHAN_SHARED", "")) / "plans"
    found = sorted(folder.glob("003_*.txt")) if os.environ.get("QINGSHAN_SHARED") else []
    if not found:
        pytest.skip("没有公开计划 plans/003_*.txt（QINGSHAN_SHARED 指向的文件夹里），这份计划没有走")
    return found[0].read_text(encoding="utf-8")


def docx(text: str) -> bytes:
    document = Document()
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    document.add_heading(lines[0], 0)
    for line in lines[1:]:
        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def upload(page, district, name: str, text: str) -> None:
    page.goto(district.url + "/plans/upload/")
    page.set_input_files("[name=file]", {"name": name, "mimeType": "application/octet-stream", "buffer": docx(text)})
    page.click("text=上传并识读")
    page.wait_for_url(re.compile(r"/plans/\d+/"))


STILL = "() => document.readyState === 'complete' && !document.querySelector('.htmx-request')"
PENDING = ".find[data-state=pending]:is([data-kind=task], [data-kind=target])"


def press(page, key: str, until: str = "") -> None:
    """A key, and what it asks of the server has come back."""
    page.keyboard.press(key)
    page.wait_for_timeout(150)
    page.wait_for_load_state("networkidle")
    page.wait_for_function(STILL)
    if until:
        page.wait_for_selector(until, state="attached")


def open_card(page):
    """The card that is open; the page opens the next one when the answer has come."""
    with suppress(TimeoutError):
        page.wait_for_selector(".find[aria-current=true]", timeout=4000)
    return page.locator(".find[aria-current=true]")


def decide(page, tab: str) -> None:
    """The cards of a tab from the first to the last: accepted where that can be, else rejected."""
    press(page, tab)
    for _ in range(200):
        card = open_card(page)
        number = card.get_attribute("data-id") if card.count() else None
        if number and card.get_attribute("data-state") == "pending" and card.get_attribute("data-kind") in ("target", "task"):
            press(page, "a")
            if page.locator(f"#f{number}[data-state=pending]").count():
                press(page, "r", f"#f{number}:not([data-state=pending])")
            continue
        press(page, "j")
        after = open_card(page)
        if not after.count() or after.get_attribute("data-id") == number:
            return


def review_by_keys(page) -> int:
    """Every target and task decided without the mouse: the sure ones at once, then one by one; the number accepted."""
    press(page, "b")
    assert page.evaluate("document.activeElement.getAttribute('form')") == "sure"
    press(page, "Enter")
    if page.locator("dialog[open]").count():
        press(page, "Enter")
    for tab in "1212":  # what was left because an answer came late is found again
        if page.locator(PENDING).count():
            decide(page, tab)
    return page.locator(".find[data-state=accepted]:is([data-kind=task], [data-kind=target])").count()


def task_address(page, district, words: str) -> str:
    page.goto(district.url + f"/ledger/?q={words}")
    return page.locator("tr", has_text=words).first.locator("a[href^='/ledger/']").first.get_attribute("href")


def give(page, address: str, value: str, words: str) -> None:
    page.goto(address)
    page.fill("#return [name=value]", value)
    page.fill("#return [name=words]", words)
    page.set_input_files("#return [name=files]", {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    page.locator("button[name=how][value=done]:visible").first.click()
    page.wait_for_selector("#events:has-text('报完成')")


def enter_by_keys(page, district, name: str, text: str) -> int:
    """Upload, review and enter a plan; the number of targets and tasks accepted."""
    upload(page, district, name, text)
    accepted = review_by_keys(page)
    assert page.locator(PENDING).count() == 0, "还有没核对的"
    page.locator("#enter").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return accepted


def test_a_published_plan_is_reviewed_by_keys(sign_in, district):
    office = sign_in("duban")
    assert enter_by_keys(office, district, "别区要点.docx", jiangjin()) >= 15


def test_from_the_plan_to_the_signed_bulletin(sign_in, district):
    office = sign_in("duban")
    assert enter_by_keys(office, district, "要点.docx", PLAN) >= 50
    of_town, of_desk = (district.url + task_address(office, district, words) for words in ("石门镇农村黑臭水体", "加油站油气回收"))

    give(sign_in("shimen", 390, 844), of_town, "6", "6 条全部整治，现场已复核。")
    desk = sign_in("daqi")
    give(desk, of_desk, "40", "40 座全部检查完毕。")

    office.goto(of_desk)
    office.fill("form[action$='/verify/'] [name=value]", "15")
    office.fill("form[action$='/verify/'] [name=basis]", "监测报告逐座核对")
    office.click("text=记核实数")
    office.wait_for_load_state("networkidle")
    light = office.locator(".sheet1 .light").first
    assert "数未达" in light.inner_text()
    assert "red" in light.get_attribute("class")
    assert office.locator(".sheet1 .by").first.inner_text() == "数据"

    office.goto(district.url + "/returns/doubts/?rule=done_but_short")
    row = office.locator("tbody tr", has_text="加油站油气回收")
    assert "15" in row.inner_text()
    row.get_by_role("button", name="开督查单").click()
    office.wait_for_load_state("networkidle")
    office.goto(district.url + "/returns/doubts/?rule=done_but_short")
    number = office.locator("tbody tr", has_text="加油站油气回收").locator("a.mono").inner_text()
    assert number.startswith(f"DC-{YEAR}-")
    order = district.url + office.locator("tbody tr", has_text="加油站油气回收").locator("a.mono").get_attribute("href")

    bulletin(office, sign_in, district)

    desk.goto(order)
    take(desk, "receive")
    desk.set_input_files("form.take:has(input[name=kind][value=reply]) [name=file]", {"name": "回复.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    desk.wait_for_selector("figure:has-text('回复材料')")
    take(desk, "reply", cause="25 座只看了台账，没有到现场。", measure="本月底前补查 25 座，许晴负责。")
    office.goto(order)
    take(office, "close", note="补查记录齐全。")
    assert "已办结" in office.locator(".casehead").inner_text()


def bulletin(office, sign_in, district) -> None:
    """Draft, number, sign; then the files say what the page said."""
    office.on("dialog", lambda d: d.accept())
    office.goto(district.url + "/bulletins/")
    office.select_option("select[name=issue]", office.locator("option[value^='ledger_month|']").first.get_attribute("value"))
    office.click("button:has-text('起草一期')")
    office.wait_for_url(re.compile(r"/bulletins/\d+/"))
    address = office.url.split("?")[0].split("#")[0]
    sheet = office.locator(".sheet").all_inner_texts()
    assert "加油站油气回收" in "".join(sheet)
    office.click("button:has-text('送签')")
    accept(office)
    chief = sign_in("juzhang")
    chief.on("dialog", lambda d: d.accept())
    chief.goto(address)
    chief.click("button:has-text('签发')")
    accept(chief)
    shown = chief.locator(".sheet .no").first.inner_text().strip()
    assert re.fullmatch(r"\S*青环委办通〔\d{4}〕\d+号", shown)

    with chief.expect_download() as got:
        chief.click("a:has-text('Word')")
    document = Document(got.value.path())
    text = "".join(p.text for p in document.paragraphs)
    assert shown in text
    assert "重点任务进展情况的通报" in text
    rows = [[c.text.strip() for c in r.cells] for t in document.tables for r in t.rows]
    named = [r for r in rows if any("加油站油气回收" in c for c in r)]
    assert len(named) == 2, "一次在滞后任务里，一次在不严不实里"
    assert all("大气科" in r and any(c.startswith("15") for c in r) for r in named)
    page = document.sections[0]
    assert [round(m.mm) for m in (page.top_margin, page.bottom_margin, page.left_margin, page.right_margin)] == [37, 35, 28, 26]

    pages = pypdfium2.PdfDocument(io.BytesIO(chief.request.get(address + "file.pdf").body()))
    printed = ""
    for sheet in pages:
        printed += sheet.get_textpage().get_text_range()
        low, high = sheet.render(scale=1).to_pil().convert("L").getextrema()
        assert low < 100 < 250 <= high, "空白页"
    plain = re.sub(r"\s", "", printed)
    assert "重点任务进展情况的通报" in plain
    assert "加油站油气回收" in plain
    assert "\ufffd" not in plain
    assert "□" not in plain
