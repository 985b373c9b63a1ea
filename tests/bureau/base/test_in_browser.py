"""The pages of the base in a real browser: nothing refused by the content policy, no sideways scroll, keys that work."""

from __future__ import annotations

import shutil

import pytest
from tests.bureau.conftest import PASSWORD

playwright = pytest.importorskip("playwright.sync_api", reason="没有安装 playwright")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ADDRESSES = (
    "/areas/", "/people/", "/people/new/", "/people/roles/", "/audit/?verify=1", "/declarations/", "/profile/password/", "/search/?q=石门",
)  # fmt: skip


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


@pytest.mark.parametrize("width, height", [(1366, 768), (1024, 768), (390, 844)])
def test_pages_fit_and_break_no_policy(live_server, administrator, browser, width, height):
    page = browser.new_page(viewport={"width": width, "height": height})
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(live_server.url + "/login/?next=/areas/")
    page.fill("#id_username", "guanli")
    page.fill("#id_password", PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/areas/")
    for address in ADDRESSES:
        page.goto(live_server.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{address} 要横向滚动"
    assert said == []
    if width == 1024:
        assert not page.is_visible(".nav >> text=操作记录")
        page.click('.nav summary[title="设置"]')
        page.click(".nav >> text=操作记录")
        page.wait_for_url("**/audit/")
    if width > 640:
        page.goto(live_server.url + "/areas/")
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "search"
    else:
        page.click(".phonebar summary")
        assert page.is_visible(".sheet >> text=操作记录")


def test_coming_back_frees_only_the_buttons_the_frame_had_held(live_server, administrator, browser):
    page = browser.new_page()
    page.goto(live_server.url + "/login/?next=/profile/")
    page.fill("#id_username", "guanli")
    page.fill("#id_password", PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/profile/")
    page.evaluate("""() => {
        document.body.insertAdjacentHTML('beforeend', '<form method="post" id="probe"><button id="sent">送</button>' +
            '<button id="shut" disabled aria-disabled="true">还缺佐证</button></form>');
        document.getElementById('probe').addEventListener('submit', (e) => e.preventDefault());
    }""")
    page.click("#sent")
    page.wait_for_function("document.getElementById('sent').disabled")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    assert page.is_enabled("#sent")
    assert page.is_disabled("#shut")
