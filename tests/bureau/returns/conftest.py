"""A month's returns on the plan of 青川区: the rota, its open period, the people who send."""

from __future__ import annotations

from datetime import date

import pytest
from tests.bureau.conftest import make_person
from tests.bureau.ledger.conftest import TEXT, builder, ledger, office, photo, plan, provider, traffic, upload  # noqa: F401

from qingshan.bureau.returns import actions
from qingshan.bureau.returns.models import Line, Period, Rota


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """``today("2026-12-01T09:00")`` moves the clock; a working day in November to begin with."""

    def move(moment: str) -> None:
        monkeypatch.setenv("QINGSHAN_NOW", moment)

    move("2026-11-19T15:00:00")
    return move


@pytest.fixture
def rota(ledger, plan, office) -> Rota:  # noqa: F811
    """The plan is reported every month from November on."""
    return actions.make_rota(by=office, title="要点月报", rhythm="month", plan_id=plan.pk, began=date(2026, 11, 1))


@pytest.fixture
def november(rota, today) -> Period:
    """November's period, open since the 25th; it is the 26th."""
    today("2026-11-26T09:00:00")
    actions.open_due()
    return Period.objects.get(key="2026-11")


@pytest.fixture
def line(november, ledger) -> Line:  # noqa: F811
    """What 交通局 owes on the diesel vehicles."""
    return Line.objects.get(period=november, task=ledger["柴油车"])


@pytest.fixture
def air(bureau):
    """大气科's own clerk, who reports for 大气科."""
    return make_person("dqk", "许晴", bureau.offices["大气科"], "officer")
