"""People for every standing towards a case, and hands that drive a case through any declared workflow."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from tests.bureau.conftest import make_person

from qingshan.bureau.base.models import Person
from qingshan.bureau.cases import actions
from qingshan.bureau.cases.models import Case

NOW = datetime(2026, 11, 20, 10)
CHROMIUM = next((p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome") if Path(p).exists()), "")


def photo(name="现场.jpg", colour=(90, 120, 90)) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (32, 24), colour).save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def paper(name="记录.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, "核查记录：料堆已覆盖。".encode(), "text/plain")


@dataclass
class Hands:
    """Takes any declared step, giving each proof it needs as the person who may; a publication is old enough, all pass."""

    responsible: Person
    verifier: Person
    office: Person

    def who(self, by: str) -> Person:
        return {"responsible": self.responsible, "handler": self.responsible, "verifier": self.verifier}.get(by, self.office)

    def prove(self, case: Case, kind: str, by: Person | None = None, **said: str):
        wanted = case.declared.proof[kind]
        details = {"number": "青环检〔2026〕7号", "day": "2026-11-01", "link": "https://www.example.cn/gs/7", "passed": "yes", "said": "现场看过"}
        upload = {"photo": photo, "file": paper, "document": paper}.get(wanted.type, lambda: None)()
        by = by or (self.verifier if wanted.type == "recheck" else self.responsible)
        return actions.add_proof(case.number, kind, upload, by=by, details=details | said)

    def step(self, case: Case, name: str, **more) -> Case:
        step = case.declared.find_step(name)
        answers = {a.name: next(iter(a.choices), "2026-11-20" if a.type == "date" else "3") for a in step.ask}
        return actions.take_step(case.number, name, by=self.who(step.by), note="已核", answers=answers, **more)

    def forward(self, case: Case) -> Case:
        """The next step on the straight way, with its proofs."""
        step = case.declared.forward(case.state)
        there = set(case.proofs.filter(round=case.round, withdrawn=None).values_list("kind", flat=True))
        for kind in case.declared.needs_of(step):
            if kind not in there:
                self.prove(case, kind)
        return self.step(case, step.name)

    def finish(self, case: Case, short_of: str = "") -> Case:
        """To the end, or to a state."""
        for _ in range(20):
            if case.is_closed or case.state == short_of:
                return case
            case = self.forward(case)
        raise AssertionError(f"{case} 到不了头")


@pytest.fixture(autouse=True)
def at_ten(monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", NOW.isoformat())


@pytest.fixture
def hands(bureau, town_person, clerk) -> Hands:
    return Hands(town_person, clerk, make_person("banwei", "办委", bureau.offices["督办科"], "officer"))


def facts_of(workflow) -> dict[str, str]:
    return {a.name: next(iter(a.choices), "2026-11-01" if a.type == "date" else "3") for a in workflow.field}


@pytest.fixture
def opened(bureau, hands):
    """``opened("petition_12345", title=…)``: a case of 石门镇."""

    def make(name: str, **more) -> Case:
        from qingshan.bureau.base import packs

        said = {"title": "石门镇料场扬尘", "area": bureau.towns["石门镇"], "responsible": bureau.governments["石门镇"], "by": hands.office}
        return actions.open_case(name, **said | {"facts": facts_of(packs.get("cases", name))} | more)

    return make


@pytest.fixture
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with playwright.sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")


def sign_in(browser, live_server, person, width=1366, height=768):
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.goto(f"{live_server.url}/login/")
    page.fill("[name=username]", person.username)
    page.fill("[name=password]", "Qc-2026-luse")
    page.click("button.primary")
    page.wait_for_load_state()
    return page
