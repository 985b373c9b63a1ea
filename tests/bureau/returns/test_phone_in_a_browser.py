"""我的填报 on a phone (390×844): a photo with time and place, a draft that outlives a reload without network, nothing sent twice."""

from __future__ import annotations

import os
import shutil

import pytest
from tests.bureau.conftest import PASSWORD
from tests.bureau.returns.test_sending import camera

from qingshan.bureau.returns import actions
from qingshan.bureau.returns.models import Line, Period, Sending, Shot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(live_server, november, traffic, monkeypatch):
    """陈嘉's phone at the quay, signed in, on the page."""
    sync = pytest.importorskip("playwright.sync_api", reason="没有 playwright，跳过浏览器测试")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("没有 Chromium，跳过浏览器测试")
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, locale="zh-CN", timezone_id="Asia/Shanghai", has_touch=True,
            geolocation={"latitude": 31.2, "longitude": 109.3, "accuracy": 15}, permissions=["geolocation"],
        )  # fmt: skip
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(f"{live_server.url}/login/?next=/returns/mine/")
        page.fill("input[name=username]", traffic.username)
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/returns/mine/")
        page.wait_for_selector("form[data-started]")
        yield page
        browser.close()


def kept(page) -> None:
    """Wait until the page and what it needs stand in the phone's store."""
    page.wait_for_function(
        "async () => { const names = await caches.keys(); if (!names.length) return false; const c = await caches.open(names[0]);"
        " const urls = (await c.keys()).map((r) => r.url); return urls.some((u) => u.endsWith('/returns/mine/'))"
        " && urls.some((u) => u.includes('mine.js')) && urls.some((u) => u.includes('returns.css')) && urls.some((u) => u.includes('frame.js')); }"
    )


def said(page, line: Line) -> str:
    return page.inner_text(f"#line-{line.pk} [data-state]")


def test_what_is_filled_in_without_network_survives_a_reload_and_is_sent_once(phone, november, ledger):
    page, diesel, berth = phone, Line.objects.get(task=ledger["柴油车"]), Line.objects.get(task=ledger["岸电"])
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    kept(page)
    page.context.set_offline(True)
    page.fill(f"[name=value-{diesel.pk}]", "241")
    page.fill(f"[name=words-{diesel.pk}]", "码头现场核对 241 辆")
    page.set_input_files(
        f"#line-{diesel.pk} [data-shot]", {"name": "码头.jpg", "mimeType": "image/jpeg", "buffer": camera("2026:11:26 08:48:12").read()}
    )
    page.wait_for_function(f"() => document.querySelector('#line-{diesel.pk} [data-chosen]').textContent.includes('31.2000,109.3000')")
    page.fill(f"[name=words-{berth.pk}]", "还没写完")
    page.click(f"#line-{diesel.pk} .acts .btn")
    page.wait_for_function(f"() => document.querySelector('#line-{diesel.pk} [data-state]').textContent.includes('等待报送')")
    assert "1 项等待报送" in page.inner_text("#net")
    page.wait_for_timeout(400)

    page.reload()
    page.wait_for_selector("form[data-started]")
    assert page.input_value(f"[name=value-{diesel.pk}]") == "241"
    assert page.input_value(f"[name=words-{berth.pk}]") == "还没写完"
    assert "码头.jpg" in page.inner_text(f"#line-{diesel.pk} [data-chosen]")
    assert (said(page, diesel), Sending.objects.count()) == ("等待报送", 0)

    page.context.set_offline(False)
    page.wait_for_function(f"() => document.querySelector('#line-{diesel.pk} [data-state]').textContent.includes('已报')", timeout=30000)
    page.wait_for_timeout(500)
    sending = Sending.objects.get()
    assert (sending.value, sending.words, sending.line, sending.seconds is not None) == (241, "码头现场核对 241 辆", diesel, True)
    shot = Shot.objects.get(sending=sending)
    assert (round(shot.said_lat, 4), round(shot.said_lon, 4), shot.lat, shot.mismatch.startswith("照片地点")) == (31.2, 109.3, 31.2, False)
    assert page.inner_text("#owed") == "1"

    page.reload()
    page.wait_for_selector("form[data-started]")
    page.wait_for_timeout(800)
    assert "已报" in said(page, diesel)
    assert "草稿在本机" in said(page, berth)  # never sent, never lost
    assert Sending.objects.count() == 1
    assert page.errors == []


def test_an_answer_that_was_lost_does_not_double_the_return(phone, november, ledger):
    page, diesel = phone, Line.objects.get(task=ledger["柴油车"])
    page.fill(f"[name=value-{diesel.pk}]", "180")
    lost = []

    def lose(route):
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch().status)  # it arrives, the answer does not
            route.abort()

    page.route("**/returns/mine/send/", lose)
    page.click(f"#line-{diesel.pk} .acts .btn")
    page.wait_for_function("() => !document.getElementById('net').hidden")
    page.wait_for_timeout(300)
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_function(f"() => document.querySelector('#line-{diesel.pk} [data-state]').textContent.includes('已报')", timeout=30000)
    assert lost == [200]
    page.wait_for_timeout(300)
    assert Sending.objects.filter(line=diesel).count() == 1


def test_what_the_office_froze_meanwhile_comes_back_with_its_reason(phone, november, ledger, today):
    page, diesel = phone, Line.objects.get(task=ledger["柴油车"])
    page.fill(f"[name=value-{diesel.pk}]", "180")
    page.wait_for_timeout(400)
    today("2026-12-08T09:00:00")
    actions.freeze_due()
    assert Period.objects.get(pk=november.pk).is_frozen
    page.click("footer.dock .btn")
    page.wait_for_function(f"() => !document.querySelector('#line-{diesel.pk} p.error').hidden", timeout=30000)
    assert "已定格" in page.inner_text(f"#line-{diesel.pk} p.error")
    assert page.input_value(f"[name=value-{diesel.pk}]") == "180"
    page.wait_for_timeout(400)
    page.reload()  # the period takes nothing any more: what was typed is told, not lost
    page.wait_for_selector(".toast.bad")
    assert "180" in page.inner_text(".toast.bad")
    assert page.errors == []
