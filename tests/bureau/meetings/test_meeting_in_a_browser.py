"""A meeting from the call to the row in the ledger (浏览器): the office at a desk, the township on a phone."""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

import pytest
from docx import Document as Docx
from tests.bureau.conftest import PASSWORD
from tests.bureau.meetings.conftest import MINUTES
from tests.journeys.test_accessibility import grave

from qingshan.bureau.ledger.models import Task
from qingshan.bureau.meetings.models import Meeting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sign_in(live_server, monkeypatch):
    """``sign_in(person, width, height, next)``: a page of that person, its script errors collected."""
    sync = pytest.importorskip("playwright.sync_api", reason="没有 playwright，跳过浏览器测试")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("没有 Chromium，跳过浏览器测试")
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])

        def page_of(person, width: int, height: int, address: str):
            page = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN", accept_downloads=True).new_page()
            page.errors = []
            page.on("pageerror", lambda error: page.errors.append(str(error)))
            page.goto(f"{live_server.url}/login/?next={address}")
            page.fill("input[name=username]", person.username)
            page.fill("input[name=password]", PASSWORD)
            page.press("input[name=password]", "Enter")
            page.wait_for_url(f"**{address}")
            return page

        yield page_of
        browser.close()


def look(page, name: str) -> None:
    """A picture for people, where a folder for them is named."""
    if folder := os.environ.get("QINGSHAN_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png")


def test_called_confirmed_read_and_in_the_ledger(bureau, office, town_person, sign_in, live_server, today):
    desk = sign_in(office, 1366, 768, "/meetings/new/?kind=monthly_regular")
    look(desk, "new")
    desk.fill("input[name=title]", "11月月度例会")
    desk.fill("input[name=starts_at]", "2026-11-20T09:00")
    desk.fill("input[name=place]", "区政府三楼会议室")
    desk.fill("input[name=subject]", "调度四季度攻坚任务")
    desk.click("text=建会并发通知")
    desk.wait_for_selector("text=已通知")
    meeting = Meeting.objects.get()
    assert meeting.attendees.count() == 7  # three departments and four townships stand in for themselves

    phone = sign_in(town_person, 390, 844, "/work/")
    phone.click("text=11月月度例会")
    phone.wait_for_selector("input[name=who]")
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    phone.fill("input[name=who]", "罗秋 副镇长")
    look(phone, "phone")
    phone.click("text=确认参加")
    phone.wait_for_selector("text=石门镇已回执")

    desk.reload()
    assert "参加 1，请假 0，未回执 6" in desk.inner_text("main")
    look(desk, "called")
    with desk.expect_download() as waiting:
        desk.click("text=会议通知 >> nth=0")
    said = [p.text for p in Docx(io.BytesIO(Path(waiting.value.path()).read_bytes())).paragraphs]
    assert "2026年11月20日（星期五）上午9:00。" in said

    today("2026-11-20T14:00:00")
    desk.reload()
    desk.fill("textarea[name=text]", MINUTES)
    desk.click("button:has-text('识读')")
    desk.wait_for_url("**/minutes/")
    assert grave(desk) == []
    cards = desk.locator("article.find")
    assert cards.count() == 4
    look(desk, "minutes")
    desk.locator("#source .mark").first.click()  # the sentence leads to its card
    desk.wait_for_selector("article.find:target")
    cards.first.locator("button:has-text('入台账')").click()
    desk.wait_for_selector("text=已入台账第 1 项")
    desk.evaluate(  # a sentence the reader left is marked by hand
        "() => { const run = [...document.querySelectorAll('#source [data-start]')].find((r) => r.textContent.includes('提高政治站位'));"
        " const range = document.createRange(); range.selectNodeContents(run); const s = getSelection(); s.removeAllRanges(); s.addRange(range); }"
    )
    desk.wait_for_function("() => document.querySelector('#add input[name=end]').value !== ''")
    desk.click("text=补录选中的话")
    desk.wait_for_selector("text=已补录")
    added = meeting.decisions.get(added_by=office)
    meeting.refresh_from_db()
    assert meeting.text[added.start : added.end] == added.text
    assert "提高政治站位" in added.text

    desk.goto(f"{live_server.url}/ledger/{Task.objects.get().pk}/")
    assert "26个重点工地围挡整改" in desk.inner_text(".quote mark")
    desk.goto(f"{live_server.url}/meetings/decisions/")
    look(desk, "decisions")
    assert desk.locator("tbody tr").count() == 5
    for name in ("meetings/", "meetings/visits/", f"meetings/{meeting.pk}/"):
        desk.goto(f"{live_server.url}/{name}")
        look(desk, name.replace("/", "-"))
        assert desk.evaluate("document.documentElement.scrollWidth") == 1366
        assert grave(desk) == []
    for name in ("meetings/", f"meetings/{meeting.pk}/", "meetings/visits/"):
        phone.goto(f"{live_server.url}/{name}")
        assert phone.evaluate("document.documentElement.scrollWidth") == 390, name
        assert grave(phone) == []
        look(phone, "phone-" + name.replace("/", "-"))
    assert (desk.errors, phone.errors) == ([], [])
