"""The editions for surface water: a second keying agrees cell by cell; days before an edition are refused; marks stand."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from qingshan import standards
from qingshan.methods import surface_water as water
from qingshan.terms import items

GB3838 = standards.get("GB 3838", edition="2002")
RULE = standards.get("地表水环境质量评价办法", edition="2011")
with (Path(__file__).parent / "second_keying" / "gb3838-2002.csv").open(encoding="utf-8") as _file:
    KEYED = list(csv.DictReader(_file))


def test_the_limits_of_table_1_agree_with_the_second_keying():
    keyed = {(r["item"], w): [float(r[str(i)]) for i in range(1, 6)] for r in KEYED if r["table"] == "表1" for w in ([r["water"]] if r["water"] else ["river", "lake"])}
    found = {(r["item"], w): [float(v) for v in r["limit"]] for r in GB3838.table("limit")["row"] if "limit" in r for w in r["water"]}
    assert found == keyed
    assert len({item for item, _ in found}) == 22  # 24 项除水温、pH
    assert (GB3838.row("limit", item="pH")["low"], GB3838.row("limit", item="pH")["high"]) == (6, 9)


@pytest.mark.parametrize("table, name, size", [("supplementary", "表2", 5), ("specific", "表3", 80)])
def test_the_limits_of_tables_2_and_3_agree_with_the_second_keying(table, name, size):
    keyed = {r["item"]: float(r["1"]) for r in KEYED if r["table"] == name}
    found = {r["item"]: float(r["limit"]) for r in GB3838.table(table)["row"]}
    assert found == keyed
    assert len(found) == size
    assert [r["no"] for r in GB3838.table(table)["row"]] == list(range(1, size + 1))


@pytest.mark.parametrize("water_type", ["river", "lake"])
def test_limits_never_grow_stricter_from_class_to_class(water_type):
    for row in GB3838.table("limit")["row"]:
        if "limit" in row and water_type in row["water"]:
            assert row["limit"] == sorted(row["limit"], reverse=row["sense"] == "lower"), row["item"]
            assert len(row["limit"]) == 5


def test_a_day_before_the_edition_is_refused():
    with pytest.raises(standards.NotInForce, match="GB 3838 在 2002-05-31 没有现行版本；已有 GB 3838—2002：2002-06-01至今"):
        standards.get("GB 3838", at=date(2002, 5, 31))
    assert standards.get("GB 3838", at=date(2002, 6, 1)) is GB3838
    with pytest.raises(standards.NotInForce):
        standards.get("地表水环境质量评价办法", at=date(2011, 3, 8))
    with pytest.raises(standards.NotInForce):
        standards.get("十四五国家地表水监测及评价方案", at=date(2020, 12, 31))


def test_the_sets_of_items_are_of_table_1():
    listed = {r["item"] for r in GB3838.table("limit")["row"]}
    basis = water.basis(RULE, "21")
    assert len(basis.items) == 21
    assert listed - set(basis.items) == {"temperature", "TN", "FC"}
    with pytest.raises(LookupError, match="没有评价项目集“20”；已有：21"):
        water.basis(RULE, "20")
    with pytest.raises(ValueError, match="只有 5\\+X 可加项目"):
        water.basis(RULE, "21", ["TN"])


def test_every_item_judged_has_its_decimals_and_a_plain_unit():
    rounding = standards.get("地表水监测数据修约", edition="2020")
    listed = {r["item"] for r in rounding.table("decimals")["row"]}
    assert set(water.basis(RULE, "21").items) <= listed
    for row in GB3838.table("limit")["row"]:
        assert items.get(row["item"], "water").unit == row.get("unit", {"pH": "", "temperature": "℃"}.get(row["item"], "mg/L"))


def test_an_item_is_found_by_chinese_name_alias_and_code():
    for word, symbol in {"氨氮": "NH3-N", "nh3n": "NH3-N", "高锰酸盐指数": "CODMn", "六价铬": "Cr6+", "w21011": "TP", "Ｔ Ｐ": "TP", "TNT": "2,4,6-三硝基甲苯"}.items():
        assert items.find_word(word, "water").symbol == symbol
    assert items.find_word("铬", "water") is None  # 总铬不是六价铬
    assert items.find_word("氨", "water") is None
    assert items.find_word("CO", "water") is None  # 一氧化碳不是钴
    assert items.find_word("Co", "water").name == "钴"
    words = {}
    for item in items.of_medium("water"):
        for word in (item.symbol, item.name, *item.aliases):
            key = items._plain(word)
            assert words.setdefault(key, item.symbol) == item.symbol, word


def test_what_was_not_read_is_marked():
    for code in ("地表水环境质量评价办法", "十四五国家地表水监测及评价方案", "地表水监测数据修约", "城市地表水环境质量排名技术规定", "城市黑臭水体整治工作指南"):
        edition = standards.editions(code)[0]
        assert edition.verify
    assert any(m.startswith("specific") for m in GB3838.verify)
    assert any("上游" in m and "算法未读到" in m for m in standards.editions("城市地表水环境质量排名技术规定")[0].verify)
