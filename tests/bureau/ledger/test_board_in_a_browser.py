"""The board and the keyboard in a real browser: j, k, x, m, ?; a card dragged to a lane opens the step, and the step is taken."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.bureau.conftest import PASSWORD, make_person
from tests.bureau.ledger.conftest import find, photo, upload

from qingshan.bureau.ledger import actions
from qingshan.bureau.ledger.models import Task

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(live_server, bureau, monkeypatch):
    sync = pytest.importorskip("playwright.sync_api", reason="没有 playwright，跳过浏览器测试")
    if not CHROMIUM.exists():
        pytest.skip("没有 /usr/bin/chromium，跳过浏览器测试")
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    office = make_person("duban", "周督办", bureau.committee, "supervisor")
    plan = actions.upload_plan(upload(), by=office)[0]
    for word in ("柴油车", "岸电", "废气"):
        actions.accept_finding(find(plan, word).pk, by=office)
    actions.enter_ledger(plan.pk, by=office)
    traffic = make_person("chenjia", "陈嘉", bureau.departments["交通局"], "department_officer")
    power = Task.objects.get(title__contains="岸电")
    actions.return_task(power.pk, by=traffic, words="通电", value=1, done=True, files=[photo()])
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(f"{live_server.url}/login/?next=/ledger/")
        page.fill("input[name=username]", "duban")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_selector("tr[data-href]")
        yield page
        browser.close()


def at(page) -> str:
    return page.evaluate("(document.querySelector('.at') || {dataset: {}}).dataset.href || ''")


def test_keys_walk_tick_and_help(page):
    page.keyboard.press("j")
    first = at(page)
    page.keyboard.press("j")
    assert at(page) not in ("", first)
    page.keyboard.press("k")
    assert at(page) == first
    page.keyboard.press("x")
    assert page.is_visible("#bulkbar")
    assert page.inner_text("#picked") == "1"
    page.keyboard.press("?")
    assert page.is_visible("#keys")
    page.keyboard.press("Escape")
    assert not page.is_visible("#keys")
    page.keyboard.press("/")
    page.keyboard.type("jjx")
    assert (page.input_value("#search"), at(page)) == ("jjx", first), "写字时不走行"
    page.focus(".at a.task")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{first}")
    assert page.errors == []


def test_a_card_is_dragged_and_the_step_is_taken(page, live_server):
    power, diesel = Task.objects.get(title__contains="岸电"), Task.objects.get(title__contains="柴油车")
    page.goto(f"{live_server.url}/ledger/?view=board")
    page.drag_and_drop(f'.ticket[data-task="{diesel.pk}"]', '.lane[data-lane="closed"] ol')
    page.wait_for_selector("#drawer .banner")
    assert "牵头单位还没有报完成" in page.inner_text("#drawer")
    assert page.locator("#drawer #shift").count() == 0
    page.click("#drawer footer [data-close]")
    page.drag_and_drop(f'.ticket[data-task="{power.pk}"]', '.lane[data-lane="closed"] ol')
    page.wait_for_selector("#drawer #shift")
    page.fill("#drawer input[name=words]", "现场核查单 2026-17")
    page.click("#drawer footer .btn.primary")
    page.wait_for_selector(f'.lane[data-lane="closed"] .ticket[data-task="{power.pk}"]')
    assert page.url.endswith("/ledger/?view=board")
    page.wait_for_load_state("networkidle")
    assert Task.objects.get(pk=power.pk).state == "closed"
    assert page.errors == []


def test_the_keyboard_moves_a_card_too(page, live_server):
    power = Task.objects.get(title__contains="岸电")
    page.goto(f"{live_server.url}/ledger/?view=board")
    page.keyboard.press("l")
    page.keyboard.press("l")
    assert at(page) == f"/ledger/{power.pk}/"
    page.keyboard.press("m")
    page.keyboard.press("Enter")
    page.wait_for_selector("#drawer #shift")
    page.keyboard.type("缺通电照片")
    page.keyboard.press("Enter")
    page.wait_for_selector(f'.lane[data-lane="doing"] .ticket[data-task="{power.pk}"]')
    page.wait_for_load_state("networkidle")
    assert Task.objects.get(pk=power.pk).events.first().words == "缺通电照片"
    assert page.errors == []
