"""Every sort of case goes by its own declared name: heading, column, page, message, notice, search, template, export, bulletin."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import openpyxl
import pytest

import qingshan
from qingshan.bureau.base import packs
from qingshan.bureau.bulletins.declared import CASE_COLUMNS
from qingshan.bureau.bulletins.ledger import case_text
from qingshan.bureau.cases import sheets
from qingshan.bureau.cases.models import Case
from qingshan.bureau.notices.models import Notice

pytestmark = pytest.mark.django_db


def columns(answer) -> list[str]:
    return [cell.value for cell in openpyxl.load_workbook(io.BytesIO(answer.content)).active[1]]


SHOWN = ("handed_over", "petition_letter", "central_rectification")


def test_every_page_and_sheet_calls_a_case_by_its_own_name(opened, hands, as_):
    desk, town = as_(hands.office), as_(hands.responsible)
    for flow in map(packs.all("cases").get, SHOWN):
        case = opened(flow.name, title=f"核对{flow.name}的叫法")
        listed = desk.get(f"/orders/?workflow={flow.name}").content.decode()
        assert f"<title>{flow.noun}" in listed, flow.name
        assert f"<th>{flow.noun}</th>" in listed, flow.name
        page = desk.get(f"/orders/{case.number}/").content.decode()
        assert f"<h3>{flow.noun}</h3>" in page, flow.name
        assert "处置单" not in listed + page, flow.name
        assert Notice.objects.filter(title__startswith=f"交办：{flow.noun} {case.number}").exists(), flow.name
        written = desk.get(f"/orders/export/?workflow={flow.name}")
        assert flow.noun in columns(written), flow.name
        assert flow.title in unquote(written["Content-Disposition"]), flow.name
        assert flow.noun in columns(desk.get(f"/orders/sheet/?workflow={flow.name}&template=1")), flow.name
        assert case_text(case, "sort", date(2026, 11, 20)) == flow.noun
    assert "sort" in CASE_COLUMNS
    assert "交办移交问题" in desk.get("/orders/new/?workflow=handed_over").content.decode()
    all_of_them = desk.get("/orders/").content.decode()
    assert "<th>事项</th>" in all_of_them
    assert all(f'<span class="sub">{noun}</span>' in all_of_them for noun in ("移交问题", "信访件", "中央督察问题"))
    assert "移交问题" in desk.get("/search/?q=核对handed_over").content.decode()
    case = Case.objects.get(workflow="handed_over")
    said = town.post(f"/orders/{case.number}/steps/receive/", follow=True).content.decode()
    assert f"移交问题 {case.number} “签收”已办" in said


def test_a_sort_without_a_word_of_its_own_goes_by_its_title_and_says_how_it_ends():
    flow = packs.get("cases", "handed_over")
    assert flow.model_copy(update={"called": ""}).noun == "问题移交"
    assert (flow.ending, packs.get("cases", "damage_compensation").ending) == ("销号", "结案")
    clash = flow.model_copy(update={"called": "地点"})
    assert sheets.title_of(clash) == "事项"


def test_no_page_calls_all_cases_by_the_name_of_one_sort():
    sources = Path(qingshan.__file__).parent
    pages = [p for p in sources.rglob("templates/**/*.html") if "处置单" in p.read_text("utf-8") and not p.name.startswith("compos")]
    assert pages == []
