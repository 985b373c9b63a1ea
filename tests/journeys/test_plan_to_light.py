"""A work plan becomes ledger rows, a town returns, the office checks and closes, and the light follows (浏览器)."""

from __future__ import annotations

import io
from datetime import date

import pytest
from docx import Document
from PIL import Image

pytestmark = pytest.mark.browser
YEAR = date.today().year


def plan() -> bytes:
    document = Document()
    document.add_heading(f"石门镇{YEAR}年扬尘治理工作计划", 0)
    document.add_paragraph("一、工作目标")
    document.add_paragraph("全镇PM2.5年均浓度不高于36微克/立方米，道路积尘负荷控制在xx克/平方米以内。")
    document.add_paragraph("二、主要任务")
    document.add_paragraph("完成裸露地块苫盖20块。（牵头单位：石门镇）")
    document.add_paragraph("三、工作要求")
    document.add_paragraph("提高政治站位，强化责任担当，切实增强使命感。")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (120, 140, 100)).save(out, "JPEG")
    return out.getvalue()


def open_by_keys(page, words: str) -> None:
    """Step with J until the open card quotes `words`."""
    page.locator("body").click(position={"x": 5, "y": 700})
    for _ in range(12):
        if words in page.locator(".find[aria-current=true] .top").inner_text():
            return
        page.keyboard.press("j")
        page.wait_for_timeout(300)
    raise AssertionError(f"没有找到“{words}”")


def test_plan_to_ledger_to_return_to_light(sign_in, district):
    office = sign_in("duban", 1440, 900)
    office.goto(district.url + "/plans/upload/")
    office.set_input_files("[name=file]", {"name": "石门计划.docx", "mimeType": "application/octet-stream", "buffer": plan()})
    office.click("text=上传并识读")
    office.wait_for_url("**/plans/*/**")
    source = office.locator(".source")
    assert "裸露地块苫盖20块" in source.inner_text()
    marked = [m.strip() for m in office.locator(".source mark").all_inner_texts()]
    assert any("PM2.5年均浓度不高于36微克/立方米" in m for m in marked)
    assert not any("政治站位" in m and "task" in (office.locator(".source mark").nth(i).get_attribute("class") or "") for i, m in enumerate(marked))

    masked = office.locator(".find .top", has_text="道路积尘负荷").first
    masked.click()
    office.wait_for_selector(".find[aria-current=true] .top:has-text('道路积尘负荷')")
    office.locator(".find[aria-current=true] [data-do=accept]").click()
    office.wait_for_selector(".find[aria-current=true] .error")
    assert "平台不猜" in office.locator(".find[aria-current=true] .error").inner_text()
    office.locator(".find[aria-current=true] [data-do=reject]").click()
    office.wait_for_selector(".find[data-state=rejected]")

    open_by_keys(office, "PM")
    office.locator(".find[aria-current=true] [data-do=accept]").click()
    office.wait_for_selector(".find[data-state=accepted]", state="attached")
    office.locator("[role=tab][data-list=task]").click()
    office.locator(".find[data-kind=task]", has_text="苫盖").first.click()
    office.wait_for_selector(".find[aria-current=true]:has-text('苫盖')")
    office.locator(".find[aria-current=true] [data-do=accept]").click()
    office.wait_for_selector(".find[data-kind=task][data-state=accepted]")
    office.wait_for_selector("#enter:not([disabled])")
    office.click("#enter")
    office.wait_for_load_state("networkidle")

    office.goto(district.url + "/ledger/?q=苫盖")
    row = office.locator("tr", has_text="苫盖20块").first
    address = row.locator("a[href^='/ledger/']").first.get_attribute("href")
    office.goto(district.url + address)
    before = office.locator(".sheet1 .light").first.inner_text()
    assert office.get_by_role("button", name="销号", exact=True).is_disabled()

    town = sign_in("shimen", 390, 844)
    town.goto(district.url + address)
    town.fill("#return [name=value]", "12")
    town.fill("#return [name=words]", "已苫盖 12 块，其余 8 块月底完成。")
    town.click(".dock button:has-text('报完成')")
    assert "还不能报完成" in town.locator(".error").first.inner_text()
    town.fill("#return [name=value]", "20")
    town.fill("#return [name=words]", "20 块全部苫盖。")
    town.set_input_files("#return [name=files]", {"name": "苫盖后.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    town.click(".dock button:has-text('报完成')")
    town.wait_for_load_state("networkidle")
    assert "报完成" in town.locator("#events").inner_text()

    other = sign_in("gudu")
    assert other.goto(district.url + address).status == 404, "别的镇看不到这一项"

    office.goto(district.url + address)
    office.fill("form[action$='/verify/'] [name=value]", "15")
    office.fill("form[action$='/verify/'] [name=basis]", "现场核查单 1")
    office.click("text=记核实数")
    office.wait_for_load_state("networkidle")
    assert "数未达" in office.locator(".sheet1").inner_text(), "报 20、核实 15，灯要跟着核实的走"
    office.fill("form[action$='/verify/'] [name=value]", "20")
    office.fill("form[action$='/verify/'] [name=basis]", "现场核查单 2")
    office.click("text=记核实数")
    office.wait_for_load_state("networkidle")
    office.fill("form[action$='/close/'] [name=words]", "现场核查单 2")
    office.get_by_role("button", name="销号", exact=True).click()
    office.wait_for_load_state("networkidle")
    after = office.locator(".sheet1 .light").first.inner_text()
    assert after != before
    assert "已销号" in after
