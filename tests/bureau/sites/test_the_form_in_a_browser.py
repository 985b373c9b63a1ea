"""A new network of any medium by the form, in a real browser: its items, levels and targets come with it."""

from __future__ import annotations

import shutil

import pytest
from tests.bureau.conftest import PASSWORD

from qingshan.bureau.sites.models import Station

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
def test_a_section_of_a_new_network_is_registered(live_server, bureau, clerk, browser, width, height):
    page = browser.new_page(viewport={"width": width, "height": height})
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(live_server.url + "/login/?next=/stations/new/")
    page.fill("#id_username", clerk.username)
    page.fill("#id_password", PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/stations/new/")
    page.fill("#id_code", "W1")
    page.fill("#id_name", "清河桥断面")
    page.select_option("#id_area", label="竹溪乡")
    page.fill("#id_new_network", "区控断面网")
    page.select_option("#id_medium", "water")
    page.wait_for_selector("#id_body")
    assert page.locator("text=微站").count() == 0
    page.check("input[name=items][value=CODMn]")
    page.select_option("#id_level", "city")
    page.select_option("#id_body", "river")
    page.select_option("#id_target", "Ⅲ")
    page.select_option("#id_medium", "groundwater")  # the other way and back: what was typed of level and target stays
    page.wait_for_selector("#id_body", state="detached")
    page.select_option("#id_medium", "water")
    page.wait_for_selector("#id_body")
    assert page.input_value("#id_target") == "Ⅲ"
    page.check("input[name=items][value=CODMn]")
    page.select_option("#id_body", "river")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click("footer button.primary")
    page.wait_for_url("**/stations/W1/")
    made = Station.objects.select_related("network").get(code="W1")
    assert (made.network.name, made.network.medium, made.level, made.body, made.target) == ("区控断面网", "water", "city", "river", "Ⅲ")
    assert "CODMn" in made.items
    assert said == []
