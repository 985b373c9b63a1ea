import pytest
from tests.bureau.indicators.observed import observed, observed_lake  # noqa: F401
from tests.bureau.ledger.conftest import ledger, office, plan, traffic  # noqa: F401


@pytest.fixture
def today(monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-19T15:00:00")
