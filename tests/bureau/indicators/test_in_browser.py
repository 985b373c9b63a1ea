"""Pages of indicators in a real browser: no sideways scroll, nothing refused by the content policy, on a desk and on a phone."""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.bureau.conftest import PASSWORD

from qingshan.bureau.indicators import actions
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.sites.models import Network, Station
from qingshan.lake import Lake
from qingshan.lake.samples import Sample

playwright = pytest.importorskip("playwright.sync_api", reason="没有安装 playwright")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ADDRESSES = (
    "/indicators/", "/indicators/?head=水", "/indicators/reports/", "/indicators/coal_use/?span=2026-10", "/indicators/tasks_closed_ratio/",
    "/indicators/pm2_5_mean/?span=2026-10", "/indicators/water_good_ratio/?span=2026-10", "/indicators/coal_per_person/?span=2026-10",
    "/schemes/", "/schemes/entries/?scheme=village_water&period=2026-10", "/schemes/figures/", "/schemes/compose/?from=village_water",
    "/tokens/", "/imports/",
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


@pytest.fixture
def filled(observed, own_folders, clerk, chief, town_person):
    """Sections sampled in October, coal reported by two towns, one of them waiting."""
    network = Network.objects.create(name="地表水断面", medium="water")
    values = {"pH": 7.6, "DO": 8.1, "CODMn": 3.2, "NH3-N": 0.35, "TP": 0.08}
    for i, (code, name, town) in enumerate((("W1", "清河桥", "石门镇"), ("W2", "柳河口", "柳泉镇"), ("W3", "竹溪口", "竹溪乡"))):
        body = "river" if i < 2 else ""
        Station.objects.create(code=code, name=name, network=network, level="city", area=observed.towns[town], body=body, target="Ⅲ")
        samples = [Sample(code, datetime(2026, 10, 12), item, v * (1 + i)) for item, v in values.items() if not (item == "pH" and i)]
        samples += [Sample(code, datetime(2026, 10, 12), "pH", 7.6)] if i else []
        Lake(own_folders / "lake").put_samples(samples, received=datetime(2026, 10, 20), origin="import:1")
    for town, value in (("石门镇", "120.5"), ("柳泉镇", "98")):
        made = actions.report_value(
            "coal_use", observed.towns[town].pk, Period.parse("2026-10"), Decimal(value), by=clerk,
            files=[SimpleUploadedFile("煤炭台账.csv", "月,吨\n10,120\n".encode())],
        )  # fmt: skip
        if town == "石门镇":
            actions.confirm_report(made.pk, by=chief)
    return observed


@pytest.mark.parametrize("width, height", [(1366, 768), (390, 844)])
def test_pages_fit_and_break_no_policy(live_server, filled, browser, width, height):
    page = browser.new_page(viewport={"width": width, "height": height})
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(live_server.url + "/login/?next=/indicators/")
    page.fill("#id_username", "zhoumin")
    page.fill("#id_password", PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/indicators/")
    wide = []
    for number, address in enumerate(ADDRESSES):
        answer = page.goto(live_server.url + address)
        if address != "/imports/":
            assert answer.status == 200, address
        if folder := os.environ.get("QINGSHAN_PICTURES"):
            page.screenshot(path=f"{folder}/indicators_{width}_{number}.png")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(address)
    assert wide == []
    assert [s for s in said if "403" not in s] == []
