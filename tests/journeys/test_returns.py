"""A township fills in what is due on a phone, and the office sees it in the period's summary (浏览器)."""

from __future__ import annotations

from datetime import date

import pytest

pytestmark = pytest.mark.browser


def test_from_my_returns_to_the_summary(sign_in, district):
    town = sign_in("shimen", 390, 844)
    town.goto(district.url + "/returns/mine/")
    row = town.locator(".due").first
    task = row.locator("h4").inner_text()
    row.locator("textarea").fill("钢架封顶，下周装喷淋")
    row.locator(".acts .btn").click()
    town.wait_for_function("() => document.querySelector('.due [data-state]').textContent.includes('已报')")
    office = sign_in("duban")
    office.goto(district.url + "/returns/")
    frozen = office.locator("tbody tr", has_text="定格").count()
    assert office.locator("tbody tr", has_text="填报中").count() >= 1
    office.locator("tbody tr", has_text="重点任务周调度").first.click()
    office.wait_for_url("**/returns/periods/**")
    line = office.locator(".figures tr", has_text="石门镇").first
    assert "钢架封顶，下周装喷淋" in line.inner_text()
    assert task in line.inner_text()
    assert frozen >= 2 or date.today() < date(date.today().year, 3, 15)  # early in a year there is no past yet
    office.goto(district.url + "/returns/orders/")
    assert "DC-" in office.inner_text("main")
