"""The national pack through the bureau's real doors: sheets into registers, reports a second person confirms, cases step by step."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
import xlsxwriter
from tests.bureau.cases.conftest import Hands, paper
from tests.bureau.conftest import make_person

from qingshan.bureau.base import packs
from qingshan.bureau.cases import actions as cases
from qingshan.bureau.indicators import actions as indicators
from qingshan.bureau.indicators import assessments, queries
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.registers import actions, keeping, sheets
from qingshan.bureau.registers import queries as registers

NOW = "2026-11-20T10:00:00"


@pytest.fixture(autouse=True)
def at_ten(monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", NOW)
    assessments.clear()
    yield
    assessments.clear()


@pytest.fixture
def hands(bureau, town_person, clerk) -> Hands:
    return Hands(town_person, clerk, make_person("banwei", "办委", bureau.offices["督办科"], "officer"))


@pytest.fixture
def doors(bureau, clerk, chief, hands):
    """``doors.sheet(册, rows)``, ``doors.report(口径, 时段, 数)``, ``doors.opened(流程, 题, **填报)``, ``doors.ask(口径, 时段)``, ``doors.lacking(册, 规则)``."""

    def sheet(name: str, *rows: dict, on: str = "2026-01-10") -> tuple[int, list[str]]:
        """Rows by field name, as a sheet; how many were entered, and what is wrong with the others."""
        of = registers.register(name)
        out = io.BytesIO()
        with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
            page = book.add_worksheet()
            titles = [f.title for f in of.field] + ["所在区域", "状态"]
            page.write_row(0, 0, titles)
            for r, row in enumerate(rows, 1):
                unknown = set(row) - {f.name for f in of.field} - {"town", "state"}
                assert not unknown, unknown
                cells = [row.get(f.name, "") for f in of.field] + [row.get("town", "石门镇"), row.get("state", "")]
                page.write_row(r, 0, cells)
        read, faults = sheets.read(of, "导入.xlsx", out.getvalue(), clerk)
        if not faults:
            actions.store_rows(of, read, by=clerk, day=date.fromisoformat(on), basis="导入")
        return len(read), [f"{f.column}：{f.words}" for f in faults]

    def report(name: str, token: str, value: str) -> None:
        made = indicators.report_value(name, bureau.district.pk, Period.parse(token), Decimal(value), by=clerk, files=[paper()])
        indicators.confirm_report(made.pk, by=chief)

    def opened(flow: str, title: str, **facts: str):
        declared = packs.get("cases", flow)
        said = {a.name: next(iter(a.choices), "2026-11-01" if a.type == "date" else "3") for a in declared.field} | facts
        town = {"area": bureau.towns["石门镇"], "responsible": bureau.governments["石门镇"]}
        return cases.open_case(flow, title=title, facts=said, by=hands.office, **town)

    def ask(name: str, token: str = "2026-01-01..2026-11-20") -> str:
        return queries.value(name, area=bureau.district, period=Period.parse(token)).text

    def lacking(name: str, rule: str) -> list[str]:
        (duty,) = [d for d in keeping.duties(clerk, [registers.register(name)], date(2026, 11, 20)) if d.must.name == rule]
        return [e.key for e, _ in duty.lacking]

    return SimpleNamespace(sheet=sheet, report=report, opened=opened, ask=ask, lacking=lacking, hands=hands)
