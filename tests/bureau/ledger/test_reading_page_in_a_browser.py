"""The reading page in a real browser: text and cards find each other, the keyboard reviews, a selection is added exactly."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.bureau.conftest import PASSWORD, make_person
from tests.bureau.ledger.conftest import TEXT, find, upload

from qingshan.bureau.base.models import Person
from qingshan.bureau.ledger import actions
from qingshan.bureau.ledger.models import Finding, Plan

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SELECT = """(words) => {
  const walk = document.createTreeWalker(document.querySelector('.source'), NodeFilter.SHOW_TEXT);
  for (let n; (n = walk.nextNode());) { const i = n.data.indexOf(words); if (i >= 0) {
    const r = document.createRange(); r.setStart(n, i); r.setEnd(n, i + words.length);
    const s = getSelection(); s.removeAllRanges(); s.addRange(r);
    n.parentElement.dispatchEvent(new MouseEvent('mouseup', { bubbles: true })); return true; } }
  return false; }"""


@pytest.fixture
def page(live_server, bureau, monkeypatch):
    sync = pytest.importorskip("playwright.sync_api", reason="没有 playwright，跳过浏览器测试")
    if not CHROMIUM.exists():
        pytest.skip("没有 /usr/bin/chromium，跳过浏览器测试")
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    make_person("duban", "周督办", bureau.committee, "supervisor")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(f"{live_server.url}/login/?next=/plans/")
        page.fill("input[name=username]", "duban")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/plans/")
        yield page
        browser.close()


def settle(page) -> None:
    """Wait until nothing is on its way: SQLite in memory locks whole tables between the server's thread and ours."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(400)


def test_reading_reviewing_and_adding(page, live_server, bureau):
    office = Person.objects.get(username="duban")
    plan = actions.upload_plan(upload(), by=office)[0]
    diesel = find(plan, "柴油车")
    page.goto(f"{live_server.url}/plans/{plan.pk}/")
    shown = page.eval_on_selector_all(".source [data-start]", "els => els.map(e => [Number(e.dataset.start), e.textContent])")
    for start, words in shown:
        assert TEXT[start : start + len(words)] == words
    page.wait_for_selector(".find[aria-current] form")
    first = page.get_attribute(".find[aria-current]", "data-id")
    assert page.locator(f'mark[data-f~="{first}"][aria-current]').count() >= 1
    assert page.get_attribute(".wire path", "d").startswith("M")

    page.keyboard.press("j")
    page.wait_for_selector(f".find[aria-current]:not(#f{first}) form")
    page.keyboard.press("k")
    page.wait_for_selector(f"#f{first}[aria-current] form")
    settle(page)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#f{first}[data-state=accepted]")
    page.wait_for_selector(f".find[aria-current]:not(#f{first}) form")
    settle(page)
    assert Finding.objects.get(pk=first).state == "accepted"
    assert "1" in page.inner_text("#progress .strong")
    assert "已确认 1 项" in page.inner_text("#enter")

    page.click(f'mark[data-f~="{diesel.pk}"]')
    page.wait_for_selector(f"#f{diesel.pk}[aria-current] form")
    assert page.input_value(f"#f{diesel.pk} input[name=value]") == "300"

    settle(page)
    assert page.evaluate(SELECT, "深化工业污染控制")
    page.click("#addbar [data-kind=task]")
    page.wait_for_url("**at=**")
    page.wait_for_selector(".find[aria-current] form")
    settle(page)
    added = Finding.objects.get(added_by=office)
    assert (added.text, Plan.objects.get().text[added.start : added.end]) == ("深化工业污染控制", "深化工业污染控制")
    assert page.errors == []
