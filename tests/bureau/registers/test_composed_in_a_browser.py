"""In a real browser: a register is composed by form and is there at once: list, form, Excel, layer of the map, indicator."""

from __future__ import annotations

import re

import openpyxl
import pytest
from django.urls import reverse
from tests.bureau.registers.test_in_a_browser import SHARE, look, sign_in  # noqa: F401
from tests.journeys.test_accessibility import grave

from qingshan.bureau.base import packs
from qingshan.bureau.indicators import assessments
from qingshan.bureau.registers.models import Entry

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_register_composed_by_form_is_there_at_once(bureau, clerk, settings, sign_in, live_server, tmp_path):  # noqa: F811
    page = sign_in(clerk)
    page.click("main a:has-text('编制')")
    page.click("a:has-text('新编一册')")
    page.fill("[name=title]", "洗车点")
    page.fill("[name=name]", "car_wash")
    page.fill("[name=numbering]", "XC-{街镇}-{年}-{序号}")
    page.check("[name=shape]")
    page.fill("[name=field-2-title]", "循环用水")
    page.select_option("[name=field-2-type]", "flag")
    page.fill("[name=field-3-title]", "用水量")
    page.select_option("[name=field-3-type]", "number")
    page.fill("[name=field-3-low]", "零")
    page.fill("[name=state-0-title]", "营业")
    page.fill("[name=state-1-title]", "关停")
    page.click("button:has-text('存草稿')")
    assert "“用水量”的下限写成“零”，应为数" in page.inner_text("main")
    page.fill("[name=field-3-low]", "0")
    page.locator("tr:has([name=field-3-title]) button[aria-label=上移]").click()
    page.click("button:has-text('存草稿')")
    assert page.input_value("[name=field-2-title]") == "用水量"
    assert grave(page) == []
    look(page, "compose")
    page.fill("[name=basis] >> nth=0", "局务会")
    page.click("button:has-text('发布')")
    page.wait_for_url("**/registers/car_wash/")
    page.click("main a:has-text('登记') >> nth=-1")
    names = {box.get_attribute("name") for box in page.locator("main form .input").all()}
    flag = next(name for name in names if name.startswith("f") and page.locator(f"select[name={name}]").count())
    page.fill("[name=f2]", "柳泉洗车")
    page.select_option(f"[name={flag}]", "是")
    page.select_option("[name=area]", label="柳泉镇")
    page.fill("[name=lon]", "110.1")
    page.fill("[name=lat]", "30.1")
    page.fill("[name=day]", "2026-11-01")
    page.click("main button.primary")
    page.wait_for_url(re.compile(r"/registers/car_wash/\d+/$"))
    assert Entry.objects.get().key == "XC-柳泉镇-2026-0001"
    page.goto(live_server.url + "/registers/car_wash/")
    with page.expect_download() as waiting:
        page.click("text=导出 Excel")
    waiting.value.save_as(tmp_path / "out.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "out.xlsx").active.iter_rows(values_only=True))
    assert rows[0][:4] == ("编号", "名称", "用水量", "循环用水")
    assert rows[1][1] == "柳泉洗车"
    points = page.request.get(live_server.url + reverse("registers:map_json", args=["car_wash"])).text()
    assert "110.1" in points
    page.goto(live_server.url + reverse("registers:map", args=["car_wash"]))
    assert "洗车点" in page.inner_text("main")
    folder = settings.BUREAU_PACKS / "own/indicators"
    folder.mkdir()
    (folder / "car_wash_open.toml").write_text(SHARE.replace('["open"]', '["s1"]'), "utf-8")
    packs.refresh(now=True)
    assessments.clear()
    page.goto(live_server.url + "/indicators/car_wash_open/?period=2026")
    assert "这个数\n1个" in page.inner_text("main")
    assert page.errors == []
