"""Numbers out of addresses and forms: anything may stand there, nothing falls over."""

from __future__ import annotations

import pytest

from qingshan.bureau.base.typed import number, numbers


@pytest.mark.parametrize(
    ("text", "found"),
    [("12", 12), (" 7 ", 7), ("２０２６", 2026), ("²", None), ("٣", None), ("-1", None), ("", None), (None, None), ("9" * 30, None)],
)
def test_a_number_is_ascii_digits_that_fit_a_key(text, found):
    assert number(text) == found


def test_what_is_no_number_falls_out():
    assert numbers(["3", "²", "x", "9" * 30, "4"]) == [3, 4]


@pytest.mark.parametrize("query", ["plan=²", "unit=" + "9" * 20, "due=m²", "unit=-1", "page=abc"])
def test_the_ledger_answers_whatever_stands_in_its_address(query, clerk, as_):
    assert as_(clerk).get(f"/ledger/?{query}").status_code == 200
