"""目标倒算页在真的浏览器里：放得下，不违反内容策略，拖动滑块由服务器重算。"""

from __future__ import annotations

import re
import shutil

import pytest
from tests.bureau.conftest import PASSWORD

playwright = pytest.importorskip("playwright.sync_api", reason="没有安装 playwright")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browser(monkeypatch):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("没有安装 Chromium")
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with playwright.sync_playwright() as started:
        shown = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield shown
        shown.close()


@pytest.mark.parametrize("width, height", [(1366, 768), (390, 844)])
def test_moving_the_slider_works_the_chance_out_again(live_server, observed, chief, browser, width, height):
    page = browser.new_page(viewport={"width": width, "height": height})
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(live_server.url + "/login/?next=/budget/pm2_5_mean/%3Ftarget%3D36")
    page.fill("#id_username", chief.username)
    page.fill("#id_password", PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/budget/pm2_5_mean/**")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    before = page.inner_text(".budgettop .panel:nth-child(2) .huge")
    page.evaluate(
        "() => { const s = document.getElementById('change'); s.value = -30; s.dispatchEvent(new Event('change', {bubbles: true})); }"
    )
    page.wait_for_selector("#whatif .big")
    assert f"原为 {before}" in page.inner_text("#whatif .outcome")
    assert page.evaluate("document.getElementById('change').value") == "-30"
    assert re.search(r"低 30%", page.inner_text("#whatif"))
    for address in ("/budget/", "/budget/good_days/?target=300", "/budget/composite_index/?target=4", "/budget/pm2_5_mean/"):
        page.goto(live_server.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{address} 要横向滚动"
    assert said == []
