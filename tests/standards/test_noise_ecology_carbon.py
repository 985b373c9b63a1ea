"""The editions of noise, ecology, carbon and inventory: second keying cell by cell, and what their tables must hold together."""

from __future__ import annotations

import csv
import doctest
import math
from datetime import date
from pathlib import Path

import pytest

from qingshan import standards
from qingshan.methods import carbon, ecology, inventory, noise

KEYED = Path(__file__).parent / "second_keying"
ETS = "全国碳排放权交易市场发电行业配额"


def _keyed(name: str) -> list[dict[str, str]]:
    with (KEYED / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_limits_and_grades_of_noise_agree_with_the_second_keying():
    rows = _keyed("noise.csv")
    for printed in rows:
        std = standards.get(printed["code"], edition=printed["edition"])
        value = int(printed["value"]) if printed["key"] == "grade" else printed["value"]
        row = std.row(printed["table"], **{printed["key"]: value})
        assert [float(row["day"]), float(row["night"])] == [float(printed["day"]), float(printed["night"])], printed
    for code, edition, table in {(r["code"], r["edition"], r["table"]) for r in rows}:
        bounded = [r for r in standards.get(code, edition=edition).table(table)["row"] if "day" in r]
        assert len(bounded) == sum((r["code"], r["edition"], r["table"]) == (code, edition, table) for r in rows)


@pytest.mark.parametrize("code", ["GB 12348", "GB 22337"])
def test_limits_of_structure_borne_noise_agree_with_the_second_keying(code):
    std = standards.get(code, edition="2008")
    for printed in _keyed("noise-structure.csv"):
        for room in "AB":
            row = std.row("structure", zone=printed["zone"], room=room)
            assert (row["day"], row["night"]) == (int(printed[f"{room}_day"]), int(printed[f"{room}_night"]))


def test_equivalents_agree_with_the_second_keying():
    law = standards.get("环境保护税法", edition="2018")
    for medium in ("air", "water"):
        printed = [(int(r["no"]), float(r[medium])) for r in _keyed("ep-tax.csv") if r[medium]]
        assert [(r["no"], float(r["kg"])) for r in law.table(medium)["row"]] == printed


def test_benchmarks_agree_with_the_second_keying():
    for printed in _keyed("ets.csv"):
        year = int(printed["year"])
        ets = standards.get(ETS, edition="2025-2026") if year >= 2025 else standards.get(ETS, at=date(year, 7, 1))  # 2025 起只有征求意见稿
        for kind in carbon.KINDS:
            power, heat = carbon.benchmark(ets, year, kind)
            warm = printed["heat_gas" if kind == "gas" else "heat_coal"]
            assert power == float(printed[kind])
            assert math.isnan(heat) if not warm else heat == float(warm)


def test_coal_equivalents_are_their_heat_values_over_that_of_coal():
    std = standards.get("GB/T 2589", edition="2020")
    coal = float(std.table("coal")["kJ_per_kgce"])
    rows = [r for r in std.table("coefficient")["row"] if "ncv" in r]
    assert len(rows) > 15
    for row in rows:
        assert float(row["ncv"]) / coal == pytest.approx(float(row["kgce"]), abs=6e-5), row["fuel"]


@pytest.mark.parametrize("code, edition, table", [("HJ 192", "2015", "ei"), ("HJ 192", "2015", "stress"), ("HJ 192", "2015", "pollution"),
                                                  ("区域生态质量评价办法", "2021", "eqi")])  # fmt: skip
def test_weights_sum_to_one(code, edition, table):
    assert sum(r["weight"] for r in standards.get(code, edition=edition).table(table)["row"]) == 1


def test_weights_of_habitat_sum_to_one_in_and_between_groups():
    groups: dict[str, list] = {}
    for row in standards.get("HJ 192", edition="2015").table("habitat")["row"]:
        groups.setdefault(row["group"], []).append(row)
    assert sum(rows[0]["weight"] for rows in groups.values()) == 1
    for group, rows in groups.items():
        assert len({r["weight"] for r in rows}) == 1
        assert sum(r["share"] for r in rows) == 1, group


def test_construction_noise_changes_its_edition_at_the_new_year_of_2026():
    assert standards.get("GB 12523", at=date(2025, 12, 31)).edition == "2011"
    new = standards.get("GB 12523", at=date(2026, 1, 1))
    assert new.edition == "2025"
    assert any("限值未在原文读到" in mark for mark in new.verify_of("limit"))
    found = noise.emission(new, standards.get("HJ 706", edition="2014"), "day", [70.0], quiet=True)
    assert any("正文未读到" in mark for mark in found.verify)


@pytest.mark.parametrize("code, day", [("GB 3096", date(2008, 9, 30)), ("GB/T 2589", date(2021, 3, 31)), ("环境保护税法", date(2017, 12, 31)),
                                       (ETS, date(2018, 12, 31)), (ETS, date(2027, 1, 1))])  # fmt: skip
def test_a_day_before_or_after_is_refused(code, day):
    with pytest.raises(standards.NotInForce, match="没有现行版本"):
        standards.get(code, at=day)


def test_a_draft_is_in_force_on_no_day():
    with pytest.raises(standards.NotInForce, match="征求意见稿试算的须写明 edition=“2025-2026”"):
        standards.get(ETS, at=date(2025, 6, 30))
    assert standards.get(ETS, at=date(2024, 6, 30)).edition == "2023-2024"
    assert "征求意见稿" in str(standards.get(ETS, edition="2025-2026"))


def test_a_draft_says_so_with_every_allowance():
    ets = standards.get(ETS, edition="2025-2026")
    assert any("征求意见稿" in mark for mark in carbon.allowance(ets, 2025, "coal_large", 1000).verify)


def test_a_year_without_a_grid_factor_is_not_in_force():
    with pytest.raises(standards.NotInForce, match="不以邻近年份代替"):
        carbon.grid_factor(standards.get("电力二氧化碳排放因子", edition="2026-01"), 2019)


@pytest.mark.parametrize("room", [noise, ecology, carbon, inventory], ids=lambda r: r.__name__)
def test_the_docstring_of_the_room_is_true(room):
    assert doctest.testmod(room).failed == 0
