"""The shipped editions: phases meet, tables are sound, and a second keying agrees cell by cell."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from qingshan import standards
from qingshan.terms import items

KEYED = Path(__file__).parent / "second_keying"
ALL = [e for code in standards.codes() for e in standards.editions(code)]


@pytest.mark.parametrize("edition", ALL, ids=str)
def test_every_table_has_its_clause_and_known_items_and_units(edition):
    for name, table in edition.tables.items():
        assert table["clause"], name
        for row in table.get("row", ()):
            for item in row["item"] if isinstance(row.get("item"), list) else filter(None, [row.get("item")]):
                items.get(item, edition.medium)
            for item in row.get("items", ()):
                items.get(item, edition.medium)
            assert row.get("unit", "µg/m³") in items.UNITS


@pytest.mark.parametrize("code", ["GB 3095", "HJ 633"])
def test_national_phases_meet_without_gap_from_2016(code):
    phases = sorted((p for e in standards.editions(code) for p in e.phases if not p.region), key=lambda p: p.start)
    assert phases[0].start == date(2016, 1, 1)
    assert phases[-1].end is None
    for before, after in pairwise(phases):
        assert after.start == before.end + timedelta(days=1)


@pytest.mark.parametrize("edition", standards.editions("HJ 633"), ids=str)
def test_breakpoints_rise_and_meet_their_index(edition):
    table = edition.table("iaqi")
    assert table["index"] == sorted(set(table["index"]))
    for row in table["row"]:
        assert row["conc"] == sorted(set(row["conc"]))
        assert len(row["conc"]) <= len(table["index"])
        assert len(row["conc"]) == len(table["index"]) or "above" in row or "instead" in row


@pytest.mark.parametrize("edition", standards.editions("HJ 633"), ids=str)
def test_levels_follow_one_another(edition):
    rows = edition.table("level")["row"]
    assert [r["level"] for r in rows] == [1, 2, 3, 4, 5, 6]
    assert [r["from"] for r in rows] == [0] + [r["to"] + 1 for r in rows[:-1]]
    assert [r["class"] for r in rows] == ["优", "良", "轻度污染", "中度污染", "重度污染", "严重污染"]
    assert [r["rgb"] for r in rows] == [[0, 228, 0], [255, 255, 0], [255, 126, 0], [255, 0, 0], [153, 0, 76], [126, 0, 35]]
    assert [r["colour"] for r in rows] == ["绿", "黄", "橙", "红", "紫", "褐红"]


@pytest.mark.parametrize("year", ["2012", "2026"])
def test_breakpoints_agree_with_the_second_keying_cell_by_cell(year):
    edition = standards.get("HJ 633", edition=year)
    with (KEYED / f"hj633-{year}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert edition.table("iaqi")["index"] == [int(r["index"]) for r in rows]
    seen = 0
    for column in rows[0].keys() - {"index"}:
        item, window = column.split()
        printed = [int(r[column]) for r in rows if r[column]]
        assert edition.row("iaqi", item=item, window=window)["conc"] == printed, column
        seen += len(printed)
    assert seen == 10 * 8 - 3 - 2  # 二氧化硫 1 小时止于 200，臭氧 8 小时止于 300


@pytest.mark.parametrize("year, columns", [("2012", {"limit": "class"}), ("2026", {"transition": "transition", "final": "final"})])
def test_limits_agree_with_the_second_keying_cell_by_cell(year, columns):
    edition = standards.get("GB 3095", edition=year)
    with (KEYED / f"gb3095-{year}.csv").open(encoding="utf-8") as file:
        keyed = list(csv.DictReader(file))
    for printed in keyed:
        table = "limit" if edition.rows("limit", item=printed["item"]) else "limit_other"
        row = edition.row(table, item=printed["item"], window=printed["window"])
        for column, second in columns.items():
            assert [float(v) for v in row[column]] == [float(printed[f"{second}_{i}"]) for i in (1, 2)], printed
    assert {r["item"] for r in edition.table("limit")["row"]} == set(items.AIR)
    covered = {(r["item"], r["window"]) for r in keyed}
    assert {(r["item"], r["window"]) for r in edition.table("limit")["row"]} <= covered


def test_alert_conditions_agree_with_the_second_keying_cell_by_cell():
    with (KEYED / "alert.csv").open(encoding="utf-8") as file:
        keyed = [tuple(r.values()) for r in csv.DictReader(file)]
    words = {"above": "大于", "reach": "达到"}
    found = [
        (e.edition, row["colour"], str(group), words[sense], str(condition[sense]), str(condition["hours"]))
        for e in standards.editions("重污染天气预警分级")
        for row in e.table("level")["row"]
        for group, conditions in enumerate(row["any"], 1)
        for condition in conditions
        for sense in words
        if sense in condition
    ]
    assert found == keyed


def test_the_other_limits_of_2026_are_those_of_its_table_2():
    edition = standards.get("GB 3095", edition="2026")
    printed = {  # GB 3095—2026 表2 过渡、最终 [一级, 二级]
        ("TSP", "year"): ([80, 200], [80, 200]), ("TSP", "24h"): ([120, 300], [120, 300]),
        ("NOx", "year"): ([50, 50], [40, 40]), ("NOx", "24h"): ([100, 100], [70, 70]), ("NOx", "1h"): ([250, 250], [250, 250]),
        ("Pb", "year"): ([0.5, 0.5], [0.5, 0.5]), ("Pb", "quarter"): ([1, 1], [1, 1]),
        ("BaP", "year"): ([0.001, 0.001], [0.001, 0.001]), ("BaP", "24h"): ([0.0025, 0.0025], [0.0025, 0.0025]),
    }  # fmt: skip
    rows = edition.table("limit_other")["row"]
    found = {(r["item"], r["window"]): tuple([float(v) for v in r[p]] for p in ("transition", "final")) for r in rows}
    assert found == printed


def test_what_was_not_read_in_the_source_is_marked():
    assert any("全文未读到" in m for m in standards.get("HJ 663", edition="2026").verify)
    for year in ("2013", "2026"):
        edition = standards.get("HJ 663", edition=year)
        assert all(table.get("verify") for table in edition.tables.values())
    assert standards.get("GB 3095", edition="2012").verify
    assert any(m.startswith("iaqi：above") for m in standards.get("HJ 633", edition="2026").verify)
    assert not standards.get("GB 3095", edition="2026").verify  # 表1、表2、表4、附录A 均读自原文


@pytest.mark.parametrize(
    "day, edition", [(date(2016, 1, 1), "2012"), (date(2026, 2, 28), "2012"), (date(2026, 3, 1), "2026"), (date(2031, 1, 1), "2026")]
)
def test_a_day_has_its_edition(day, edition):
    assert standards.get("HJ 633", at=day).edition == edition


def test_the_final_limits_begin_in_2031():
    edition = standards.get("GB 3095", at=date(2030, 12, 31))
    assert edition.phase(date(2030, 12, 31)).id == "transition"
    assert edition.phase(date(2031, 1, 1)).id == "final"


def test_the_amendment_restates_the_state_and_keeps_the_limits():
    before, after = standards.get("GB 3095", at=date(2018, 8, 31)), standards.get("GB 3095", at=date(2018, 9, 1))
    assert (str(before), str(after)) == ("GB 3095—2012", "GB 3095—2012（含2018年修改单）")
    assert before.table("limit") is after.table("limit")
    assert before.row("state", items="SO2")["temperature_K"] == 273
    assert float(after.row("state", items="SO2")["temperature_K"]) == 298.15


def test_a_day_outside_all_phases_is_refused_with_what_there_is():
    with pytest.raises(standards.NotInForce, match="2012-12-31 没有现行版本；已有 HJ 633—2012"):
        standards.get("HJ 633", at=date(2012, 12, 31))
    assert standards.get("HJ 633", at=date(2013, 1, 1), region="2012年第一批城市").edition == "2012"
    with pytest.raises(standards.NotInForce):
        standards.get("HJ 633", at=date(2013, 1, 1))


def test_a_wrong_question_is_answered_with_what_there_is():
    with pytest.raises(LookupError, match=r"没有标准“HJ 634”；已有：.*HJ 633"):
        standards.get("HJ 634", edition="2012")
    with pytest.raises(LookupError, match="没有HJ 633 版本“2020”；已有：2012、2026"):
        standards.get("HJ 633", edition="2020")
    with pytest.raises(TypeError, match="二者取一"):
        standards.get("HJ 633")
    with pytest.raises(TypeError, match="day_of"):
        standards.get("HJ 633", at=datetime(2026, 3, 1))
    with pytest.raises(LookupError, match=r"表3、式（1）：没有符合 item“PM25”；已有 item：.*PM2.5"):
        standards.get("HJ 633", edition="2026").row("iaqi", item="PM25")
    with pytest.raises(LookupError, match=r"没有表“limits”；已有：.*limit"):
        standards.get("GB 3095", edition="2026").table("limits")


def test_a_series_across_a_change_of_edition_is_split_by_day():
    days = np.arange("2026-02-26", "2026-03-04", dtype="datetime64[D]")[::-1]
    parts = [(e.edition, p.id, mask.tolist()) for e, p, mask in standards.spans("HJ 633", days)]
    assert parts == [("2012", "national", [False] * 3 + [True] * 3), ("2026", "national", [True] * 3 + [False] * 3)]
    assert [(str(e), p.id) for e, p, _ in standards.spans("GB 3095", ["2018-01-01", "2020-01-01", "2026-03-01", "2031-01-01"])] == [
        ("GB 3095—2012", "national"), ("GB 3095—2012（含2018年修改单）", "national"),
        ("GB 3095—2026", "transition"), ("GB 3095—2026", "final"),
    ]  # fmt: skip
    with pytest.raises(standards.NotInForce):
        list(standards.spans("HJ 633", ["2010-01-01"]))
    with pytest.raises(standards.NotInForce):
        list(standards.spans("HJ 633", np.array(["-0300-01-01"], "datetime64[D]")))
    with pytest.raises(ValueError, match="1 个日期缺失"):
        list(standards.spans("HJ 633", ["2026-03-01", "NaT"]))
    assert list(standards.spans("HJ 633", np.array([], "datetime64[D]"))) == []


def test_a_regional_phase_takes_precedence_within_its_days():
    days = np.array(["2014-06-01", "2016-06-01"], "datetime64[D]")
    parts = [(p.id, mask.tolist()) for _, p, mask in standards.spans("HJ 633", days, region="2012年第一批城市")]
    assert parts == [("first", [True, False]), ("national", [False, True])]


def test_a_faulty_file_names_every_fault(tmp_path):
    (tmp_path / "a.toml").write_text(
        'code = "DB 1"\nedition = "2020"\nfrom = 3\nphase = [{ id = "x", form = 2020-01-01 }]\n[limit]\nrow = []\n', encoding="utf-8"
    )
    (tmp_path / "b.toml").write_text("code = \n", encoding="utf-8")
    with pytest.raises(standards.FaultyStandard) as error:
        standards.Catalogue(tmp_path).codes()
    faults = ("缺 title", "没有键“form”；已有：clause", "from、to 须写成日期", "没有键“from”", "[limit]：缺 clause", "b.toml：不是 TOML")
    for words in faults:
        assert words in str(error.value)


def test_editions_that_overlap_or_repeat_are_refused(tmp_path):
    text = 'code = "DB 1"\nedition = "{}"\ntitle = "t"\nphase = [{{ id = "x", from = {} }}]\n'
    (tmp_path / "a.toml").write_text(text.format("2020", "2020-01-01"), encoding="utf-8")
    (tmp_path / "b.toml").write_text(text.format("2021", "2021-01-01"), encoding="utf-8")
    with pytest.raises(standards.FaultyStandard, match="实施阶段重叠"):
        standards.Catalogue(tmp_path).codes()
    (tmp_path / "b.toml").write_text(text.format("2020", "2021-01-01"), encoding="utf-8")
    with pytest.raises(standards.FaultyStandard, match="已在"):
        standards.Catalogue(tmp_path).codes()


def test_a_bureau_adds_its_own_editions(tmp_path):
    text = 'code = "DB 11/501"\nedition = "2017"\ntitle = "大气污染物综合排放标准"\nphase = [{ id = "all", from = 2017-03-01 }]\n'
    (tmp_path / "db.toml").write_text(text, encoding="utf-8")
    catalogue = standards.Catalogue(standards.catalogue.DATA, tmp_path)
    assert str(catalogue.get("DB 11/501", at=date(2020, 1, 1))) == "DB 11/501—2017"
    assert catalogue.get("HJ 633", edition="2026").title == standards.get("HJ 633", edition="2026").title
