"""Emissions and delivery of outlets as declared indicators: hours in the store, a value with its card out."""

from __future__ import annotations

from datetime import date

import pytest
from tests.bureau.monitor.test_outlets import fill, outlets, two_weeks  # noqa: F401 - fixtures
from tests.bureau.registers.hands import said_of

from qingshan.bureau.indicators import queries
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.monitor import counted
from qingshan.bureau.registers import actions as registers
from qingshan.bureau.registers import queries as entries
from qingshan.bureau.sites.models import Outlet

pytestmark = pytest.mark.django_db
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
COD_DAY = 20 * 86400 / 1e9
"""[t] a day of 1 mg/L at 20 L/s"""


def value(name: str, bureau, period: Period = NOVEMBER, area: str = "石门镇"):
    return queries.value(name, area=bureau.towns[area], period=period, comparison=False)


def test_a_total_with_a_day_nothing_replaces_is_no_total(two_weeks, bureau):  # noqa: F811
    found = value("outlet_cod_t", bureau)
    assert found.value is None
    assert "石门污水处理厂 WW排放口，1 天有无效时段没有可替代的数" in found.reason
    assert found.computed == f"{COD_DAY * (12 * 30 + 80):.3f}"
    whole = value("outlet_cod_t", bureau, Period(date(2026, 11, 6), date(2026, 11, 14)))
    assert whole.exact == pytest.approx(9 * 30 * COD_DAY)
    assert value("outlet_cod_t", bureau, area="柳泉镇").text == "0.000"


def test_what_replaces_is_named_on_the_card(two_weeks, bureau, clerk, stranger, as_):  # noqa: F811
    fill("WW", {"flow": 20.0, "COD": 40.0}, date(2026, 9, 25), date(2026, 10, 31))
    found = value("outlet_cod_t", bureau)
    assert found.exact == pytest.approx(COD_DAY * (12 * 30 + 2 * 80))
    (row,) = found.inputs
    assert row.title == "石门污水处理厂 WW排放口"
    assert "前 30 个有效日的最大日排放量" in row.text
    assert "替代 138.240 kg" in row.text
    url = f"/indicators/outlet_cod_t/?span={NOVEMBER.token}&area={bureau.towns['石门镇'].code}"
    page = as_(clerk).get(url).content.decode()
    assert "前 30 个有效日的最大日排放量" in page
    assert "石门污水处理厂 WW排放口" in page
    assert "WW排放口" not in as_(stranger).get(url).content.decode()
    october = value("outlet_cod_t", bureau, Period(date(2026, 10, 1), date(2026, 10, 31)))
    both = value("outlet_cod_t", bureau, Period(date(2026, 10, 1), date(2026, 11, 30)))
    assert both.exact == pytest.approx(october.exact + found.exact)


def test_stopped_gas_emits_nothing_and_without_flow_there_is_no_total(two_weeks, bureau):  # noqa: F811
    found = value("outlet_so2_t", bureau)
    assert found.exact == pytest.approx((20 * (13 * 24 - 1) + 36) * 12 * 3600 / 1e9, abs=1e-6)
    assert value("outlet_nh3n_t", bureau).value is not None
    fill("FG", {"flue_dust": 5.0}, date(2026, 10, 1), date(2026, 10, 1))
    dust = value("outlet_dust_t", bureau, Period(date(2026, 10, 1), date(2026, 10, 1)))
    assert (dust.value, "没有可替代的数" in dust.reason) == (None, True)


def test_rates_add_hours_before_they_divide(two_weeks, bureau):  # noqa: F811
    due = 14 * 96 + 13 * 96
    assert value("outlet_transmission_rate", bureau).exact == pytest.approx(100 * (14 * 96 + 13 * 72) / due)
    assert value("outlet_validity_rate", bureau).exact == pytest.approx(100 * (14 * 96 - 1 + 13 * 72) / (14 * 96 + 13 * 72))
    found = value("outlet_effective_rate", bureau)
    assert found.exact == pytest.approx(100 * (14 * 96 - 1 + 13 * 72) / due)
    assert {(i.title, i.text) for i in found.inputs} == {
        ("石门污水处理厂 WW排放口", "1343 / 1344"), ("石门污水处理厂 FG排放口", "936 / 1248"),
    }  # fmt: skip
    empty = value("outlet_effective_rate", bureau, Period(date(2026, 12, 1), date(2026, 12, 31)))
    assert (empty.value, empty.reason) == (None, "没有可以相比的行，比例无从计算")


def test_an_outlet_out_of_use_owes_nothing(two_weeks, bureau):  # noqa: F811
    two_weeks["FG"].until = date(2026, 11, 2)
    two_weeks["FG"].save()
    rows = {r.key: r.fields for r in counted.delivered(date(2026, 11, 1), date(2026, 11, 14))}
    assert (rows["FG"]["due"], rows["WW"]["due"]) == (2 * 96, 14 * 96)
    masses = {r.key: r.fields["t"] for r in counted.emissions(date(2026, 11, 1), date(2026, 11, 14))}
    assert masses["FG/flue_NOx"] == pytest.approx(2 * 24 * 30 * 12 * 3600 / 1e9, abs=1e-6)
    assert counted.delivered(date(2026, 11, 15), date(2026, 11, 20)) == []  # not over yet


def test_emissions_against_what_the_permit_allows(two_weeks, bureau, clerk):  # noqa: F811
    Outlet.objects.update(permit="91110000X001P")
    said = said_of("discharge_permit", permit="91110000X001P", firm="石门污水处理厂", allowed_cod=10, allowed_so2=0.5)
    registers.add_entry(
        entries.register("discharge_permit"), said, area=bureau.towns["石门镇"], by=clerk, state="valid", day=date(2026, 1, 5),
    )  # fmt: skip
    span = Period(date(2026, 11, 6), date(2026, 11, 14))
    found = value("outlet_cod_allowed_ratio", bureau, span)
    assert not found.reason
    assert found.exact == pytest.approx(100 * 9 * 30 * COD_DAY / 10)
    (row,) = found.inputs
    assert (row.title, row.counted) == ("石门污水处理厂", True)
    assert "排放口 1 个" in row.text
    assert value("outlet_nox_allowed_ratio", bureau, span).value is None  # the permit says nothing of it
    assert value("outlet_cod_allowed_ratio", bureau).value is None
