"""Cases out of the standards, kept as data beside this file so that an engineer adds one without Python."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from qingshan import standards
from qingshan.methods import air
from qingshan.stats import percentile, rounding
from tests.standards import conformance

FOLDER = Path(__file__).parent / "cases"
HJ633 = [tomllib.loads(p.read_text(encoding="utf-8")) for p in sorted(FOLDER.glob("hj633-*.toml"))]
DAYS = tomllib.loads((FOLDER / "days.toml").read_text(encoding="utf-8"))["day"]
STATISTICS = tomllib.loads((FOLDER / "statistics.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "edition, case",
    [(f["edition"], c) for f in HJ633 for c in f["iaqi"]],
    ids=lambda c: c if isinstance(c, str) else f"{c['item']} {c['window']}",
)
def test_the_individual_index_is_that_of_the_table(edition, case):
    conc, expected = zip(*case["pairs"], strict=True)
    found = air.iaqi(standards.get("HJ 633", edition=edition), case["item"], case["window"], conc)
    np.testing.assert_array_equal(found, np.array(expected, float), err_msg=case["clause"])


@pytest.mark.parametrize(
    "edition, case", [(f["edition"], c) for f in HJ633 for c in f["report"]], ids=lambda c: c if isinstance(c, str) else c["clause"]
)
def test_the_report_is_that_of_the_clause(edition, case):
    std = standards.get("HJ 633", edition=edition)
    report = getattr(air, case["kind"])(std, {k: [v] for k, v in case["conc"].items()}, unplanned=case.get("unplanned", ()))
    np.testing.assert_array_equal(report.aqi, [case["aqi"]])
    assert air.primary_words(report.primary)[0] == case["primary"]
    assert air.class_words(std, report.aqi)[0] == case["class"]


@pytest.mark.parametrize("case", DAYS, ids=lambda c: c["clause"])
@pytest.mark.parametrize("edition", ["2012+2018", "2026"])
def test_the_day_is_that_of_the_rule_of_validity(edition, case):
    hours = np.concatenate([np.full(n, np.nan if v == -1 else v) for v, n in case["hours"]])
    gb3095, hj663 = standards.get("GB 3095", edition=edition), standards.get("HJ 663", edition="2026" if edition == "2026" else "2013")
    found = air.days(gb3095, hj663, {case["item"]: hours[None]})
    np.testing.assert_array_equal(found.values[air.DAY_COLUMN[case["item"]]], [case["value"]])


@pytest.mark.parametrize("case", STATISTICS["rank"], ids=lambda c: str(c["n"]))
def test_a_percentile_has_the_rank_of_annex_a(case):
    for percent, rank in case["ranks"].items():
        assert percentile.rank(case["n"], int(percent)) == pytest.approx(rank, abs=1e-12)
        assert percentile.percentile(np.arange(1.0, case["n"] + 1), int(percent)) == rank


@pytest.mark.parametrize("case", STATISTICS["round"], ids=lambda c: str(c["decimals"]))
def test_rounding_is_half_to_even_on_the_decimal_value(case):
    values, expected = zip(*case["pairs"], strict=True)
    np.testing.assert_array_equal(rounding.half_even(values, case["decimals"]), expected)


@pytest.mark.parametrize("case", conformance.cases(), ids=lambda c: f"{c.code} {c.clause} {c.call}")
def test_the_answer_is_that_of_the_clause(case):
    assert case.fault() == ""


def test_the_page_of_conformance_is_that_of_the_cases():
    assert conformance.PAGE.read_text(encoding="utf-8") == conformance.page(), "python -m tests.standards.conformance"
