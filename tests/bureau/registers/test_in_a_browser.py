"""In a real browser: a site turns yellow by rule and red by a finding, and back; a register the bureau declares is there at once."""

from __future__ import annotations

import os
import re
import shutil

import openpyxl
import pytest
from django.urls import reverse
from tests.bureau.cases.conftest import hands  # noqa: F401
from tests.bureau.conftest import PASSWORD
from tests.journeys.test_accessibility import grave

from qingshan.bureau.base import packs
from qingshan.bureau.cases.models import Case
from qingshan.bureau.indicators import assessments
from qingshan.bureau.registers import actions, queries
from qingshan.bureau.registers.models import Entry

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OWN = """
name    = "car_wash"
title   = "洗车点"
shape   = "point"
seen_by = ["town"]
state   = { open = "营业", closed = "关停" }
field   = [
  { name = "code", title = "编号", key = true },
  { name = "shop", title = "名称", heading = true },
  { name = "recycled", title = "循环用水", type = "flag" },
]
"""
SHARE = """
name       = "car_wash_open"
code       = "KQ-991"
short      = "洗车点"
title      = "营业洗车点数"
unit       = "个"
better     = "lower"
decimals   = 0
definition = "在册且营业的洗车点数。"
source     = { kind = "register", register = "car_wash", measure = "count", where = { state = ["open"] } }
"""
DESK, PHONE = (1366, 768), (390, 844)


@pytest.fixture
def sign_in(live_server, monkeypatch):
    """``sign_in(person)``: a page of that person, its script errors collected."""
    sync = pytest.importorskip("playwright.sync_api", reason="没有 playwright，跳过浏览器测试")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("没有 Chromium，跳过浏览器测试")
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T10:00:00")
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])

        def page_of(person):
            context = browser.new_context(viewport=dict(zip(("width", "height"), DESK)), locale="zh-CN", accept_downloads=True)
            page = context.new_page()
            page.errors = []
            page.on("pageerror", lambda error: page.errors.append(str(error)))
            page.goto(f"{live_server.url}/login/?next=/registers/")
            page.fill("input[name=username]", person.username)
            page.fill("input[name=password]", PASSWORD)
            page.press("input[name=password]", "Enter")
            page.wait_for_url("**/registers/")
            return page

        yield page_of
        browser.close()


def look(page, name: str) -> None:
    """Pictures for people, where a folder for them is named."""
    if folder := os.environ.get("QINGSHAN_PICTURES"):
        for size in (DESK, PHONE):
            page.set_viewport_size(dict(zip(("width", "height"), size)))
            page.screenshot(path=f"{folder}/{name}-{size[0]}.png", full_page=size == PHONE)
        page.set_viewport_size(dict(zip(("width", "height"), DESK)))


def grade(page) -> str:
    return page.inner_text("main section.panel h3").split("：")[1]


def test_a_site_turns_yellow_and_red_and_back(bureau, clerk, hands, sign_in, live_server):  # noqa: F811
    said = {"code": "G1", "site": "城东工地", "kind": "房屋建筑", "contractor": "青川建工", "flag": "绿", "flag_on": "2026-11-01"}
    said |= dict.fromkeys(("fence", "cover", "spray", "harden", "wash", "sealed"), "是")
    made = actions.add_entry(queries.register("construction_site"), said, area=bureau.towns["石门镇"], by=clerk, state="working")
    page = sign_in(hands.office)
    entry = live_server.url + reverse("registers:entry", args=["construction_site", made.pk])
    page.goto(entry)
    assert grade(page) == "绿"
    page.click("a:has-text('变更')")
    assert page.input_value("[name=fence]") == "是", "改的时候原来的是、否还在"
    page.select_option("[name=cover]", "否")
    page.fill("[name=basis]", "巡查")
    page.click("main button.primary")
    page.wait_for_url(entry)
    assert grade(page) == "黄"
    assert "裸土没有覆盖" in page.inner_text("main")
    page.fill("#summary", "裸土没有覆盖，夜间施工")
    page.select_option("#responsible", str(bureau.governments["石门镇"].pk))
    page.click("button:has-text('交办')")
    page.wait_for_url(re.compile("JC-2026-0001"))
    page.goto(entry)
    assert grade(page) == "红"
    look(page, "entry")
    hands.finish(Case.objects.get())
    page.goto(entry)
    assert grade(page) == "黄", "销号以后回到规则判的"
    page.click("a:has-text('变更')")
    page.select_option("[name=cover]", "是")
    page.click("main button.primary")
    page.wait_for_url(entry)
    assert grade(page) == "绿"
    page.goto(live_server.url + reverse("registers:entries", args=["construction_site"]) + "?grade=绿")
    assert "城东工地" in page.inner_text("main tbody")
    assert grave(page) == []
    look(page, "entries")
    assert page.errors == []


def test_a_register_of_the_bureaus_own_is_there_at_once(bureau, clerk, settings, sign_in, live_server, tmp_path):
    for kind, name, text in (("registers", "car_wash", OWN), ("indicators", "car_wash_open", SHARE)):
        folder = settings.BUREAU_PACKS / "own" / kind
        folder.mkdir(parents=True)
        (folder / f"{name}.toml").write_text(text, "utf-8")
    packs.clear()
    assessments.clear()
    page = sign_in(clerk)
    page.click("main >> text=洗车点")
    page.wait_for_url("**/registers/car_wash/")
    page.click("main a:has-text('登记') >> nth=-1")
    page.fill("[name=code]", "X1")
    page.fill("[name=shop]", "柳泉洗车")
    page.select_option("[name=recycled]", "是")
    page.select_option("[name=area]", label="柳泉镇")
    page.fill("[name=day]", "2026-11-01")
    page.click("main button.primary")
    page.wait_for_url(re.compile(r"/registers/car_wash/\d+/$"))
    page.goto(live_server.url + "/registers/car_wash/")
    with page.expect_download() as waiting:
        page.click("text=导出 Excel")
    waiting.value.save_as(tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    sheet = book.worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    top = next(n for n, row in enumerate(rows) if "编号" in row)
    column = rows[top].index("编号") + 1
    for at, value in enumerate(rows[top + 1], 1):
        sheet.cell(top + 3, at, value)
    sheet.cell(top + 3, column, "X2")
    book.save(tmp_path / "back.xlsx")
    page.goto(live_server.url + "/registers/car_wash/import/")
    page.set_input_files("input[type=file]", tmp_path / "back.xlsx")
    page.click("button:has-text('上传并核对')")
    page.click("button:has-text('确认导入')")
    page.wait_for_url("**/registers/car_wash/")
    assert page.locator("main tbody tr").count() == 2
    assessments.clear()
    page.goto(live_server.url + "/indicators/car_wash_open/?period=2026")
    said = page.inner_text("main")
    assert "营业洗车点数" in said
    assert "这个数\n1个" in said, "到昨天为止：表里导入的从今天起算"
    assert page.errors == []


def test_duplicates_and_the_file_of_a_firm(bureau, clerk, sign_in, live_server):
    of, town = queries.register("vehicle_repair"), bureau.towns["石门镇"]
    said = {"class": "一类", "paint": "是", "credit_code": "91999101MA0000001X"}
    one = actions.add_entry(of, said | {"code": "W1", "shop": "河湾汽修（总店）"}, area=town, by=clerk, lon=110.1, lat=30.1)
    two = actions.add_entry(of, said | {"code": "W2", "shop": "河湾汽修(总店)", "paint": "否", "booths": "2"}, area=town, by=clerk)
    page = sign_in(clerk)
    page.click("main >> text=疑似重复")
    page.wait_for_url("**/duplicates/")
    look(page, "duplicates")
    assert grave(page) == []
    page.click("main tbody a")
    page.wait_for_url(re.compile(rf"/duplicates/{one.pk}/{two.pk}/"))
    look(page, "pair")
    assert grave(page) == []
    page.check(f"[name=kept][value='{one.pk}']")
    page.check(f"[name=take_paint][value='{two.pk}']")
    page.fill("#reason", "同一家录了两次")
    page.click("button:has-text('合并')")
    page.wait_for_url(re.compile(rf"/vehicle_repair/{one.pk}/"))
    kept = Entry.objects.get(pk=one.pk)
    assert (kept.values["paint"], Entry.objects.get(pk=two.pk).into_id) == (False, one.pk)
    page.click("text=企业档案")
    page.wait_for_url("**/firms/91999101MA0000001X/")
    assert "W2" in page.inner_text("main")
    assert grave(page) == []
    look(page, "firm")
    page.goto(live_server.url + "/firms/")
    look(page, "firms")
    assert page.errors == []
