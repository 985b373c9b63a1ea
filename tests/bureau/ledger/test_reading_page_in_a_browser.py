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


def opened(page, pk: int) -> None:
    page.wait_for_selector(f"#f{pk}[aria-current] form")
    settle(page)


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_plan_is_reviewed_by_the_keyboard_alone(page, live_server, bureau):
    """J A R E S M U / ? and a remembered correction; the mouse is not touched after the page has opened."""
    office = Person.objects.get(username="duban")
    plan = actions.upload_plan(upload(), by=office)[0]
    pk = {word: find(plan, word).pk for word in ("PM2.5", "优良天数", "柴油车", "岸电", "废气", "行政村")}
    page.goto(f"{live_server.url}/plans/{plan.pk}/")
    opened(page, pk["PM2.5"])

    press(page, "a")
    opened(page, pk["优良天数"])
    press(page, "r")
    page.wait_for_selector(f"#f{pk['优良天数']}[data-state=rejected]", state="attached")
    settle(page)
    press(page, "2")
    opened(page, pk["柴油车"])

    press(page, "m")
    page.wait_for_selector(".find:has-text('合并得来')", state="attached")
    settle(page)
    merged = plan.findings.standing().exclude(sources=[]).get()
    assert merged.places == [Finding.objects.get(pk=pk[word]).places[0] for word in ("柴油车", "岸电")]
    opened(page, merged.pk)
    press(page, "u")
    opened(page, pk["柴油车"])
    assert not plan.findings.standing().exclude(sources=[]).exists()

    while page.get_attribute(".find[aria-current]", "data-id") != str(pk["行政村"]):
        press(page, "j")
        page.wait_for_timeout(250)
    opened(page, pk["行政村"])
    press(page, "s")
    page.wait_for_selector(".splitter:not([hidden])")
    press(page, "Home", *["ArrowRight"] * 4)
    assert page.inner_text(".splitter .quote span:first-child") == "完成16个"
    press(page, "Enter")
    page.wait_for_selector(".find[aria-current]:has-text('拆分得来') form")
    settle(page)
    parts = list(plan.findings.standing().exclude(sources=[]).order_by("start"))
    assert [p.text for p in parts] == ["完成16个", "行政村生活污水治理"]
    press(page, "u")
    opened(page, pk["行政村"])
    assert page.evaluate(SELECT, "行政村")
    press(page, "s")
    page.wait_for_selector(".find[aria-current]:has-text('拆分得来') form")
    settle(page)
    assert [p.text for p in plan.findings.standing().exclude(sources=[]).order_by("start")] == ["完成16个", "行政村生活污水治理"]
    press(page, "u")
    opened(page, pk["行政村"])

    press(page, "k")
    opened(page, pk["废气"])
    press(page, "e")
    assert page.evaluate("document.activeElement.name") == "title"
    page.keyboard.type("完成重点行业废气深度治理15家")
    press(page, "Enter")
    page.wait_for_selector(f"#f{pk['废气']}[data-state=accepted]", state="attached")
    settle(page)
    assert Finding.objects.get(pk=pk["废气"]).fields["title"] == "完成重点行业废气深度治理15家"

    press(page, "?")
    page.wait_for_selector("#keyhelp[open]")
    press(page, "Escape")
    press(page, "/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("岸电")
    press(page, "Enter")
    page.wait_for_url("**q=**")
    opened(page, pk["岸电"])
    assert page.locator(".cards:not([hidden]) .find").count() == 1

    later = actions.upload_plan(upload(TEXT.replace("2026", "2027").replace("3号", "8号"), "明年.txt"), by=office)[0]
    same = find(later, "废气")
    page.goto(f"{live_server.url}/plans/{later.pk}/?at={same.pk}")
    opened(page, same.pk)
    assert "同一句话上次这样改过" in page.inner_text(f"#f{same.pk} .memory")
    assert "青川区2026年生态环境保护工作要点" in page.inner_text(f"#f{same.pk} .memory")
    assert page.input_value(f"#f{same.pk} [name=title]") != "完成重点行业废气深度治理15家"
    press(page, "p")
    page.wait_for_selector(f"#f{same.pk} [name=title][value='完成重点行业废气深度治理15家']")
    settle(page)
    press(page, "a")
    page.wait_for_selector(f"#f{same.pk}[data-state=accepted]", state="attached")
    settle(page)
    assert Finding.objects.get(pk=same.pk).fields["title"] == "完成重点行业废气深度治理15家"
    assert page.errors == []
