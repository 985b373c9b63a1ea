"""Accessibility (无障碍): axe-core finds nothing serious on any page the navigation leads to, nor on the first page of each kind below."""

from __future__ import annotations

import pytest
from django.urls import Resolver404, resolve

pytestmark = pytest.mark.browser
GRAVE = ("serious", "critical")
LOOKED: dict[str, set[str]] = {}
"""by login the kinds of page already looked at in this run"""
SIZES = {"desk": (1366, 768), "phone": (390, 844)}


def grave(page) -> list[str]:
    """Violations of an open page, a sentence each."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page).response["violations"]
    return [f"{page.url} {v['id']}：{v['nodes'][0]['html'][:160]}" for v in found if v["impact"] in GRAVE]


def addresses(page) -> list[str]:
    """Addresses of pages on the open page, in order, each once; nothing that changes or downloads."""
    found = page.eval_on_selector_all("a[href^='/']", "links => links.map(a => a.getAttribute('href').split('#')[0])")
    return [a for a in dict.fromkeys(found) if "." not in a and not a.startswith(("/logout", "/api", "/static"))]


@pytest.mark.parametrize(("login", "size"), [("duban", "desk"), ("shimen", "phone")])
def test_no_page_has_a_serious_fault(sign_in, district, login, size):
    page = sign_in(login, *SIZES[size])
    first = addresses(page)
    seen, faults = set(), []
    for address in first:
        kind = address.split("?")[0]
        if kind in seen:
            continue
        seen.add(kind)
        if page.goto(district.url + address).status != 200:
            continue
        faults += grave(page)
        LOOKED.setdefault(login, set()).add(kind_of(address))
        deeper = next((a for a in addresses(page) if a.startswith(kind) and a.split("?")[0] not in seen and any(c.isdigit() for c in a)), None)
        if deeper and kind != "/":
            seen.add(deeper.split("?")[0])
            page.goto(district.url + deeper)
            faults += grave(page)
            LOOKED[login].add(kind_of(deeper))
    assert len(seen) > 8
    assert not faults, "\n".join(faults)


FRAGMENTS = ("ledger:about",)
"""answers that are put into a page"""
PART = ("ledger:", "returns:", "meetings:", "bulletins:", "web:")
"""rooms whose every page is looked at in the default run; all rooms in the slow one"""


def kind_of(address: str) -> str:
    """The name of the page an address leads to; "" where none does."""
    try:
        return resolve(address.split("?")[0]).view_name
    except Resolver404:
        return ""


@pytest.mark.parametrize(
    ("login", "size", "rooms"),
    [
        ("duban", "desk", PART), ("shimen", "phone", PART),
        pytest.param("duban", "desk", ("",), marks=pytest.mark.slow), pytest.param("shimen", "phone", ("",), marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_the_first_page_of_every_kind_has_no_serious_fault_and_fits(sign_in, district, login, size, rooms):
    browser, page = pytest.importorskip("playwright.sync_api"), sign_in(login, *SIZES[size])
    waiting, kinds, faults = ["/"], {kind_of("/")}, []
    while waiting:
        here = waiting.pop(0)
        try:
            answer = page.goto(district.url + here)
        except browser.Error as error:
            if "Download is starting" not in str(error):
                raise
            continue
        if answer.status != 200 or "html" not in answer.headers.get("content-type", ""):
            continue
        if kind_of(here) not in (*LOOKED.get(login, ()), *FRAGMENTS):
            faults += grave(page)
        beyond = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        faults += [f"{page.url} 横向超出 {beyond} 像素"] if beyond > 0 else []
        for address in addresses(page):
            kind = kind_of(address)
            if kind and kind not in kinds and kind.startswith(rooms):
                kinds.add(kind)
                waiting.append(address)
    assert len(kinds) > 8, kinds
    assert not faults, "\n".join(faults)
