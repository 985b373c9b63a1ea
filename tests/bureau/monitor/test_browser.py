"""In a real browser: the map, and an order from receipt to closed with photographs."""

from __future__ import annotations

import io
import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from qingshan.bureau.cases.models import Case
from qingshan.bureau.monitor import work
from qingshan.bureau.sites import actions as sites

CHROMIUM = next((p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome") if Path(p).exists()), "")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.skipif(not CHROMIUM, reason="没有 Chromium")]
T = datetime(2026, 11, 20, 14)
CLEAN = {"a21026": 8, "a21004": 20, "a21005": 0.5, "a05024": 60, "a34002": 50}
PASSWORD = "Qc-2026-luse"


@pytest.fixture
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with playwright.sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")


@pytest.fixture
def alarm(network, journal, hour_frame, clock_at):
    """石门站 above the level at 14:00 and below again at 15:00; 柳泉站 clean."""
    for i, pm in enumerate((140, 60)):
        at = T + timedelta(hours=i)
        clock_at(at + timedelta(minutes=2))
        journal(hour_frame(network["SM"].mn, at, {**CLEAN, "a34004": pm}), received=at + timedelta(seconds=9))
        journal(hour_frame(network["LQ"].mn, at, {**CLEAN, "a34004": 30}), received=at + timedelta(seconds=9))
        work.take_in()
    return network


def sign_in(browser, live_server, person, **size):
    page = browser.new_context(viewport=size or {"width": 1366, "height": 768}).new_page()
    outside = []
    page.on("request", lambda r: outside.append(r.url) if not r.url.startswith((live_server.url, "data:", "blob:")) else None)
    page.outside = outside
    page.goto(f"{live_server.url}/login/")
    page.fill("[name=username]", person.username)
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_load_state()
    return page


def test_the_map_draws_every_station_without_geometry_or_tiles(browser, live_server, alarm, clerk):
    page = sign_in(browser, live_server, clerk)
    page.goto(f"{live_server.url}/map/")
    page.wait_for_selector("#map.ready")
    assert page.locator("#map .dot").count() == 2
    page.locator("#map .dot").first.click()
    page.wait_for_selector(".dotcard")
    assert page.locator(".maplist tbody tr").count() == 2
    assert "还没有区划边界" in page.content()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366
    assert page.outside == []


def test_words_of_a_boundary_stay_words_on_the_map(browser, live_server, alarm, clerk, bureau):
    outline = {"type": "Polygon", "coordinates": [[[116.4, 40.2], [116.8, 40.2], [116.8, 40.5], [116.4, 40.2]]]}
    town = {"type": "Feature", "properties": {"name": "石门镇"}, "geometry": outline}
    data = json.dumps({"type": "FeatureCollection", "features": [town]}).encode()
    sites.take_boundaries("b.geojson", data, by=clerk, source="<img src=x>测绘院")
    page = sign_in(browser, live_server, clerk)
    page.goto(f"{live_server.url}/map/")
    page.wait_for_selector("#map.ready")
    assert "<img src=x>测绘院" in page.inner_text(".leaflet-control-attribution")
    assert page.locator('img[src="x"]').count() == 0


def test_the_station_page_draws_its_series(browser, live_server, alarm, clerk):
    page = sign_in(browser, live_server, clerk)
    page.goto(f"{live_server.url}/stations/SM/")
    page.wait_for_selector('[data-series="hour"][data-ready]')
    assert page.locator('[data-series="hour"] svg').count() == 1
    page.click(".facts .num")
    page.wait_for_selector(".hourcard")
    assert "HJ 212 小时报文" in page.locator(".hourcard").inner_text()
    assert page.outside == []


def photo() -> dict:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), (96, 120, 110)).save(out, "JPEG")
    return {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def test_an_order_is_handled_on_the_phone_and_closed_at_the_desk(browser, live_server, alarm, town_person, clerk):
    number = Case.objects.get().number
    phone = sign_in(browser, live_server, town_person, width=390, height=844)
    url = f"{live_server.url}/orders/{number}/"
    phone.goto(url)
    phone.click(".dock .btn.primary")  # 签收
    phone.select_option("[name=cause]", "dust")
    phone.fill("[name=finding]", "出口道路积尘")
    phone.click(".dock .btn.primary")
    phone.fill("[name=measure]", "冲洗两遍")
    phone.click(".dock .btn.primary")
    assert "缺处置前照片" in phone.locator(".dock").inner_text()
    for _ in range(2):
        with phone.expect_navigation():
            phone.locator(".take:not(.again) input[type=file]").first.set_input_files(photo())
    phone.click(".dock .btn.primary")
    assert "待核查人销号" in phone.content()

    desk = sign_in(browser, live_server, clerk)
    desk.goto(url)
    assert desk.locator(".shots img").count() == 2
    desk.click("#step-close button.primary")
    assert "销号须写明意见" in desk.content()
    desk.fill("#step-close [name=note]", "现场核查，道路已冲洗，值已回落")
    desk.click("#step-close button.primary")
    desk.wait_for_selector(".casehead .light.blue")
    assert Case.objects.get().state == "closed"
    assert desk.outside == [] == phone.outside
