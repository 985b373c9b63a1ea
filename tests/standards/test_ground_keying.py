"""Limits of groundwater, sea, sediment, biota and soil against a second keying, cell by cell; what was not read is marked."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from qingshan import standards

KEYED = Path(__file__).parent / "second_keying"


def _rows(name):
    with (KEYED / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _numbers(row, prefix):
    return [Decimal(v) for k, v in row.items() if k.startswith(prefix) and v]


@pytest.mark.parametrize("row", _rows("gbt14848-2017.csv"), ids=lambda r: r["item"])
def test_groundwater_limits_agree(row):
    printed = standards.get("GB/T 14848", edition="2017").row("regular", item=row["item"])
    assert printed["limit"] == _numbers(row, "class_")


@pytest.mark.parametrize("row", _rows("gbt14848-2017-other.csv"), ids=lambda r: r["item"])
def test_non_regular_groundwater_limits_agree(row):
    assert standards.get("GB/T 14848", edition="2017").row("other", item=row["item"])["limit"] == _numbers(row, "class_")


def test_groundwater_has_all_items_of_both_tables():
    edition = standards.get("GB/T 14848", edition="2017")
    assert [r["no"] for r in edition.table("regular")["row"]] == list(range(1, 40))
    assert [r["no"] for r in edition.table("other")["row"]] == list(range(1, 55))
    assert {r["item"] for r in edition.table("other")["row"]} == {r["item"] for r in _rows("gbt14848-2017-other.csv")}
    keyed = {r["item"] for r in _rows("gbt14848-2017.csv")}
    assert {r["item"] for r in edition.table("regular")["row"]} - keyed == {"pH", "odour", "visible"}


@pytest.mark.parametrize("row", _rows("gb3097-1997.csv"), ids=lambda r: r["item"])
def test_sea_limits_agree(row):
    assert standards.get("GB 3097", edition="1997").row("limit", item=row["item"])["limit"] == _numbers(row, "class_")


@pytest.mark.parametrize("row", _rows("marine.csv"), ids=lambda r: f"{r['code']} {r['item']} {r['kind']}")
def test_sediment_and_biota_limits_agree(row):
    edition = standards.get(row["code"], edition={"GB 18668": "2002", "GB 18421": "2001"}[row["code"]])
    wanted = {"item": row["item"]} | ({"kind": row["kind"]} if row["kind"] else {})
    assert edition.row("limit", **wanted)["limit"] == _numbers(row, "class_")


@pytest.mark.parametrize("row", _rows("gb15618-2018.csv"), ids=lambda r: f"{r['table']} {r['item']} {r['use']}")
def test_farmland_values_agree(row):
    wanted = {"item": row["item"]} | ({"use": row["use"]} if row["use"] else {})
    assert standards.get("GB 15618", edition="2018").row(row["table"], **wanted)["limit"] == _numbers(row, "ph_")


@pytest.mark.parametrize("row", _rows("gb36600-2018.csv"), ids=lambda r: r["item"])
def test_construction_values_agree(row):
    printed = standards.get("GB 36600", edition="2018").row(row["table"], item=row["item"])
    assert printed["screening"] == _numbers(row, "screening_")
    assert printed["control"] == _numbers(row, "control_")


def test_construction_has_45_basic_items_and_40_others_all_keyed_twice():
    edition = standards.get("GB 36600", edition="2018")
    for table in ("basic", "other"):
        keyed = {r["item"] for r in _rows("gb36600-2018.csv") if r["table"] == table}
        assert {r["item"] for r in edition.table(table)["row"]} == keyed
    assert len(edition.table("basic")["row"]) == 45
    assert len(edition.table("other")["row"]) == 40


@pytest.mark.parametrize(
    "code, table, worse",
    [("GB/T 14848", "regular", 1), ("GB/T 14848", "other", 1), ("GB 3097", "limit", 1), ("GB 18668", "limit", 1), ("GB 18421", "limit", 1)],
)
def test_limits_do_not_fall_from_class_to_class(code, table, worse):
    for row in (r for e in standards.editions(code) if table in e.tables for r in e.table(table)["row"]):
        if "limit" in row:
            ordered = sorted(row["limit"], reverse=row.get("sense") == "lower")
            assert row["limit"] == ordered, row


def test_screening_lies_below_control():
    for table in ("basic", "other"):
        for row in standards.get("GB 36600", edition="2018").table(table)["row"]:
            assert all(s <= c for s, c in zip(row["screening"], row["control"], strict=True)), row
            assert row["screening"][0] <= row["screening"][1], row


@pytest.mark.parametrize(
    "code",
    ["GB/T 14848", "GB 3097", "GB 18668", "GB 18421", "GB 15618", "GB 36600", "近岸海域水质评价", "受污染耕地安全利用率", "地块安全利用率",
     "畜禽粪污土地承载力测算", "北京市水环境区域补偿", "周口市水环境生态补偿"],
)  # fmt: skip
def test_what_was_not_read_in_the_source_is_marked(code):
    assert all(edition.verify for edition in standards.editions(code))
