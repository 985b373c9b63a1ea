"""In a real browser: a workflow is composed by form, tried, published; a case goes through it and closes on its proof."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from tests.bureau.registers.test_in_a_browser import look, sign_in  # noqa: F401
from tests.journeys.test_accessibility import grave

from qingshan.bureau.cases.models import Case

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def shot(colour) -> dict:
    out = io.BytesIO()
    Image.new("RGB", (32, 24), colour).save(out, "JPEG")
    return {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def test_a_workflow_is_composed_tried_published_worked_and_closed_on_its_proof(bureau, hands, sign_in, live_server):  # noqa: F811
    page = sign_in(hands.office)
    page.goto(live_server.url + "/orders/compose/")
    page.click("a:has-text('新编一种')")
    for name, said in {"title": "河湖巡查", "name": "river_patrol", "prefix": "HH", "state-4-title": "待会签"}.items():
        page.fill(f"[name={name}]", said)
    page.click("button:has-text('存草稿')")
    assert "状态“待会签”没有步骤能到；请加一个走到它的步骤，或去掉这个状态" in page.inner_text("main")
    page.fill("[name=state-4-title]", "")
    page.click("button:has-text('存草稿')")
    assert page.locator("svg.flow .box").count() == 4
    assert grave(page) == []
    look(page, "workflow")
    page.click("text=试走一遍")
    page.click("button:has-text('走这一步')")
    for box in page.locator("[name=have]").all():
        box.check()
    page.click(".go:has-text('报整改结果') button")
    look(page, "trial")
    page.click(".go:has-text('销号') button")
    assert "已走到“已销号”" in page.inner_text("main")
    assert grave(page) == []
    page.click("a:has-text('回草稿，发布')")
    page.fill("[name=basis] >> nth=0", "河长办〔2026〕3号")
    page.click("button:has-text('发布')")
    page.wait_for_url("**/orders/compose/")
    page.goto(live_server.url + "/orders/new/?workflow=river_patrol")
    page.fill("[name=title]", "清河岸边垃圾")
    page.select_option("[name=area]", label="石门镇")
    page.select_option("[name=responsible]", str(bureau.governments["石门镇"].pk))
    page.click("main button.primary")
    page.wait_for_url("**/orders/HH-2026-0001/")
    case = page.url
    town = sign_in(hands.responsible)
    town.goto(case)
    town.click("#do button:has-text('签收')")
    for kind, colour in (("p1", (90, 80, 60)), ("p2", (80, 120, 80))):
        with town.expect_navigation():
            town.set_input_files(f"form.take:has(input[name=kind][value={kind}]) [name=file]", shot(colour))
    town.fill("#do textarea", "垃圾已清")
    town.click("#do button:has-text('报整改结果')")
    page.goto(case)
    assert page.locator("#do button:has-text('销号')").is_disabled(), "没有独立复核，销不了号"
    page.click("summary:has-text('独立复核')")
    page.select_option("[name=passed]", "yes")
    page.fill("[name=said]", "到现场看过")
    page.click("button:has-text('交独立复核')")
    page.fill("#do textarea >> nth=0", "复核通过")
    page.click("#do button:has-text('销号')")
    page.wait_for_selector("text=经过和佐证已封存")
    assert Case.objects.get().closed_at
    assert page.errors == town.errors == []
