"""What cannot be a measurement: units by magnitude, beyond physics, marks of missing values, parts above their whole."""

from __future__ import annotations

import numpy as np
import pytest

from qingshan.stats import plausibility
from qingshan.terms import items
from qingshan.terms.bounds import bounds

nan = float("nan")


def kinds(item, values, medium="air"):
    return [(f.kind, f.refuse) for f in plausibility.check(item, medium, values)]


@pytest.mark.parametrize(
    "item, values, words",
    [
        ("CO", [800, 1200, 900], "一氧化碳：数值过大（800 至 1200，应为 mg/m³），疑为 µg/m³"),
        ("CO", [1.2, 800], "一氧化碳"),
        ("O3", [0.08, 0.12], "臭氧：数值过小（0.08 至 0.12，应为 µg/m³），疑为 mg/m³"),
        ("PM2.5", [0.035, 0.05], "疑为 mg/m³"),
        ("PM10", [35000, 42000], "疑为 ng/m³"),
        ("Pb", [120.0], "疑为 ng/m³"),
    ],
)
def test_another_unit_is_named(item, values, words):
    found = plausibility.check(item, "air", values)
    assert found[0].kind == "unit"
    assert found[0].refuse
    assert words in found[0].words


@pytest.mark.parametrize("item, values", [("CO", [0.2, 9.9]), ("O3", [0, 1, 300]), ("PM2.5", [3, 999.5]), ("SO2", [0.6]), ("PM10", [5000, 10, 20])])
def test_what_happens_in_the_world_is_let_through(item, values):
    assert kinds(item, values) == []


def test_beyond_physics_and_marks_of_missing_values():
    assert kinds("PM2.5", [35, 6000, 40]) == [("beyond", True)]
    assert kinds("PM2.5", [35, 9999, -999]) == [("sentinel", True)]
    assert kinds("PM10", [15, 20, 999]) == [("sentinel", False)]  # 沙尘时也可能真有，只提示
    assert kinds("PM10", [900, 999, 1100]) == []
    assert kinds("SO2", [3, -5]) == [("negative", False)]
    assert kinds("SO2", [3, -0.4]) == []  # 修约后为 0
    assert kinds("O3", [np.inf, 30]) == [("infinite", True)]
    assert kinds("O3", [nan, None]) == []
    assert kinds("O3", []) == []


def test_other_media_are_checked_alike():
    assert kinds("pH", [7.2, 14.2], "water") == [("beyond", True)]
    assert kinds("pH", [7.2, -0.6], "water") == [("negative", False)]
    assert kinds("humidity", [0.45, 0.6], "weather") == [("unit", True)]
    assert kinds("pressure", [1013, 1008], "weather") == [("unit", True)]
    assert kinds("Leq", [55, 62], "noise") == []


def test_the_unit_said_must_be_that_of_the_item():
    (found,) = plausibility.check("CO", "air", [1.0], unit="µg/m³")
    assert found.words == "一氧化碳：单位为 µg/m³，须为 mg/m³；请先换算"


@pytest.mark.parametrize(
    "item, medium, use, values, likely",
    [
        ("NH3-N", "water", "", [30, 28, 40], "µg/L"),
        ("NH3-N", "water", "", [30, 28], ""),  # 两个值不成一列，一次污染也可能
        ("NH3-N", "water", "", [8, 16, 24], ""),  # 24 µg/L 低于检出限，不像是它
        ("NH3-N", "water", "black_odorous", [30, 28, 40], ""),
        ("Pb", "water", "", [0.8, 0.5, 0.9], "µg/L"),
        ("Hg", "water", "", [30.0], "ng/L"),
        ("Hg", "groundwater", "", [0.5, 0.6, 0.4], "µg/L"),
        ("Zn", "groundwater", "", [50, 60, 40], "µg/L"),
        ("Zn", "sea", "", [8.0, 6.0, 9.0], "µg/L"),
        ("TOC", "sediment", "", [25, 30, 28], "g/kg"),
        ("Cd", "soil", "farmland", [0.0002, 0.0003, 0.0002], "g/kg"),
        ("Cd", "soil", "farmland", [180, 150, 210], "µg/kg"),
        ("Cd", "soil", "construction", [180, 150, 210], ""),
        ("Cu", "soil", "", [0.03, 0.02, 0.025], "g/kg"),
        ("CO", "air", "", [600.0], "µg/m³"),
    ],
)
def test_a_column_out_of_the_usual_range_is_asked_about_not_converted(item, medium, use, values, likely):
    found = plausibility.doubt(item, medium, np.append(values, [nan, 0.0]), use=use)
    assert (found.likely if found else "") == likely
    if found:
        unit = items.get(item, medium).unit
        with pytest.raises(ValueError, match=f"疑为 {likely}；请换算为 {unit}，单位确实无误的写明 units_checked"):
            plausibility.refuse_units(medium, {item: values}, False, use=use)
        plausibility.refuse_units(medium, {item: values}, True, use=use)


def test_one_table_says_what_is_no_measured_value():
    assert plausibility.impossible("pH", "groundwater", np.array([7, 14.01, -1, nan])).tolist() == [False, True, True, False]
    assert plausibility.impossible("ORP", "water", np.array([-200.0, -2000.0])).tolist() == [False, True]
    assert plausibility.impossible("Fe", "groundwater", np.array([np.inf, 3.0])).tolist() == [True, False]
    assert plausibility.impossible("Cd", "soil", np.array([2e6, 3.0])).tolist() == [True, False]


@pytest.mark.parametrize("medium", items.MEDIA)
def test_just_outside_the_usual_range_no_other_unit_is_named(medium):
    for use in ("", "farmland", "construction", "black_odorous"):
        for bound in bounds(medium, use).rows.values():
            low, high = bound.usual
            for _, size in bound.others:
                assert high / low <= max(size, 1 / size) * 1.001, bound.item
                assert bound.median_above >= high


def test_a_part_above_its_whole_is_a_hint():
    found = plausibility.check_all("air", {"PM2.5": [50, 20, 30], "PM10": [40, 30, nan]})
    assert [(f.kind, f.refuse, f.places.tolist()) for f in found] == [("part", False, [0])]
    assert "PM2.5 大于 PM10" in found[0].words
    with pytest.raises(ValueError, match="等长"):
        plausibility.check_all("air", {"PM2.5": [1], "PM10": [1, 2]})


def test_an_item_there_is_not_is_refused_with_those_there_are():
    with pytest.raises(LookupError, match="没有监测项目“PM25”；已有："):
        plausibility.check("PM25", "air", [1])
    with pytest.raises(LookupError, match="没有介质“风”"):
        bounds("风")


@pytest.mark.parametrize("medium", items.MEDIA)
def test_the_ranges_are_sound_and_marked(medium):
    table = bounds(medium)
    for item, bound in table.rows.items():
        items.get(item, medium)
        assert bound.low < bound.high
        assert max(bound.largest_below, bound.median_below) < bound.median_above
    for part, whole, words in table.part:
        assert items.get(part, medium) != items.get(whole, medium)
        assert words
    assert not table.rows or table.verify
    if medium == "air":
        assert set(items.AIR) <= set(table.rows)
