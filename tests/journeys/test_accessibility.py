"""Accessibility (无障碍): axe-core finds nothing serious on any page the navigation leads to, nor on the first page of each kind below."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser
GRAVE = ("serious", "critical")
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
        deeper = next((a for a in addresses(page) if a.startswith(kind) and a.split("?")[0] not in seen and any(c.isdigit() for c in a)), None)
        if deeper and kind != "/":
            seen.add(deeper.split("?")[0])
            page.goto(district.url + deeper)
            faults += grave(page)
    assert len(seen) > 8
    assert not faults, "\n".join(faults)
