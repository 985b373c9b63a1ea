"""Whatever is scored, the parts as printed are the total as printed, and every item says why it costs what it costs."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from qingshan.bureau.indicators import explanations, rankings
from qingshan.bureau.indicators.inputs import Given, Inputs
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.schemes import Scheme
from qingshan.bureau.indicators.standings import stand
from qingshan.bureau.indicators.values import figure

MARCH, LAST = Period.parse("2026-03"), Period.parse("2025-03")
NAMES = ("甲镇", "乙镇", "丙街道", "丁街道", "戊乡")


def stood(said: dict, values: dict, units: int = 3, period: Period = MARCH):
    """A standing of departments from entered values: {(item, unit, period): value}."""
    scheme = Scheme.model_validate({"name": "trial", "title": "试行", "units": {"kind": "department"}} | said)
    given_ = tuple(
        Given(n, f"trial.{item}", NAMES[k], f"org{k}", token, value, "核查单") for n, ((item, k, token), value) in enumerate(values.items())
    )
    inputs = Inputs(None, {}, {"trial": scheme}, {}, given_, tuple((f"org{k}", NAMES[k]) for k in range(units)))
    return stand(inputs, scheme, period)


def printed(number: float, decimals: int) -> Decimal:
    return Decimal(figure(number, decimals).replace("−", "-"))


def check(now) -> None:
    decimals = now.scheme.decimals
    table = rankings.compute(None, now.scheme, now.period, now.inputs)
    for k, unit in enumerate(now.units):
        said = explanations.unit(now, k)
        row = next(r for r in (*table.rows, *table.out) if r.code == unit.code)
        if now.key[k] != now.key[k]:
            assert said["reason"], unit.name
            continue
        total = printed(float(now.key[k]), decimals)
        assert Decimal(row.text.replace("−", "-")) == total
        parts = [printed(p["points"], decimals) for p in said["sum"]]
        if said["sum_is"] == "mean":
            assert abs(sum(parts) / len(parts) - total) <= Decimal(10) ** -decimals / 2
        else:
            assert sum(parts) == total, (said["sum"], total)
        for item in said["items"]:
            assert item["words"], item
            if item["points"] is None:
                continue
            assert Decimal(item["marks_text"]) - printed(item["points"], decimals) == printed(item["lost"], decimals)
            if told := re.search(r"(?<!退步)扣 ([\d.]+) 分", item["words"].split("；")[0]):
                assert Decimal(told[1]) == printed(item["lost"], decimals)
            assert "不失分" in item["words"] or told or item["reason"]


LINEAR = st.builds(lambda a, b: {"kind": "linear", "full_at": a, "zero_at": b}, st.sampled_from([0.0, 30.0]), st.sampled_from([75.0, 33.3]))
DEDUCT = st.builds(
    lambda p, floor, whole: {"kind": "deduct", "allowed": 5, "per": 3, "points": p, "floor": floor, "whole": whole},
    st.sampled_from([0.0, 0.7, 12.0]), st.sampled_from([-50.0, 0.0, 2.5]), st.sampled_from(["", "up", "down"]),
)  # fmt: skip
BANDS = st.just({"kind": "bands", "step": [{"upto": 10, "points": 7.5}, {"upto": 50, "points": 3.3}, {"points": -6}]})
PLACE = st.builds(lambda s, f: {"kind": "rank", "step": s, "floor": f}, st.sampled_from([0.0, 1.35]), st.sampled_from([-4.0, 0.0]))
EFFICACY = st.builds(lambda b: {"kind": "efficacy", "base": b}, st.sampled_from([0.0, 60.0]))
POINTS = st.just({"kind": "points", "floor": -8})
RATCHET = st.none() | st.builds(
    lambda p, a, c: {"points": p, "per": 2, "allowed": a, "cap": c}, st.sampled_from([0.0, 0.45]), st.sampled_from([0.0, 3.0]), st.none() | st.just(2.2)
)
VALUE = st.sampled_from([0.0, 5.0, 5.0, 12.34, 33.3, 61.0, 100.0, 250.0])


@st.composite
def cases(draw):
    units, n = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    items = []
    for i in range(n):
        item = {"name": f"i{i}", "title": f"第{i}项", "entered": True, "better": draw(st.sampled_from(["lower", "higher"])),
                "weight": draw(st.sampled_from([8.0, 10.0, 33.33, 57.125])), "transform": draw(LINEAR | DEDUCT | BANDS | PLACE | EFFICACY | POINTS)}  # fmt: skip
        ratchet, take = draw(RATCHET), draw(st.sampled_from(["value", "value", "change", "ratio"]))
        if ratchet and take != "change":
            item["ratchet"] = ratchet
        if take != "value":
            item["take"] = {"kind": take} | ({"target": 40} if take == "ratio" else {})
        items.append(item)
    said = {"item": items, "weights": "normalised", "missing": draw(st.sampled_from(["apart", "zero", "mean", "last", "reweigh"])),
            "decimals": draw(st.integers(0, 3)), "ties": draw(st.sampled_from(["smaller", "dense"])), "accumulate": draw(st.sampled_from(["", "", "sum", "mean"])),
            "bonus": [{"name": "praise", "title": "表扬", "points": 1.15, "cap": 3}, {"name": "first", "title": "先进", "points": 2, "cap": 2.345},
                      {"name": "blame", "title": "批评", "points": -40, "cap": draw(st.sampled_from([6.0, 400.0]))}],
            "bonus_cap": draw(st.none() | st.just(2.5))}  # fmt: skip
    if draw(st.booleans()):
        weights = draw(st.lists(st.sampled_from([0.0, 20.0, 33.4]), min_size=n, max_size=n))
        said["group"] = [{"name": "a", "title": "镇", "ends": ["镇"], "weights": {f"i{i}": w for i, w in enumerate(weights)}},
                         {"name": "b", "title": "其他", "ends": ["街道", "乡"], "weights": {"i0": 50.0}}]  # fmt: skip
        said["within"] = draw(st.sampled_from(["all", "group"]))
    values = {}
    for name in (*(f"i{i}" for i in range(n)), "praise", "first", "blame"):
        for k in range(units):
            for token in (MARCH.token, LAST.token, "2026-01"):
                if (value := draw(st.none() | VALUE)) is not None:
                    values[name, k, token] = value
    return said, values, units


@settings(max_examples=150, deadline=None)
@given(cases())
def test_the_printed_parts_add_up_to_the_printed_total(case):
    said, values, units = case
    try:
        now = stood(said, values, units)
    except ValidationError:
        assume(False)
    check(now)


def items(*transforms, **more) -> list[dict]:
    each = 100 / len(transforms)
    return [{"name": f"i{i}", "title": f"第{i}项", "entered": True, "better": "lower", "weight": each, "transform": t, **more} for i, t in enumerate(transforms)]


def test_a_loss_beyond_the_floor_is_not_undone_by_the_ratchet():
    """扣分项得 −20，再按不退步扣分：不能因此变成 0。"""
    deduct = {"kind": "deduct", "allowed": 0, "points": 3, "floor": -20}
    now = stood({"item": items(deduct, ratchet={"points": 1})}, {("i0", 0, "2026-03"): 60.0, ("i0", 0, "2025-03"): 10.0}, 1)
    assert now.scores.points[0, 0] == -20
    assert now.key[0] == 0
    said = explanations.unit(now, 0)
    assert [(p["title"], p["points"]) for p in said["sum"]] == [("第0项", -20), ("合计低于 0，按 0 分计", 20)]
    check(now)


def test_the_ratchet_says_what_it_took_or_why_nothing():
    linear = {"kind": "linear", "full_at": 0, "zero_at": 100}
    both = items(linear, linear, ratchet={"points": 2, "allowed": 1, "cap": 10})
    values = {("i0", 0, "2026-03"): 40.0, ("i0", 0, "2025-03"): 35.0, ("i1", 0, "2026-03"): 40.0,
              ("i0", 1, "2026-03"): 40.0, ("i0", 1, "2025-03"): 39.2, ("i1", 1, "2026-03"): 20.0, ("i1", 1, "2025-03"): 30.0}  # fmt: skip
    now = stood({"item": both}, values, 2)
    words = {i["name"]: i["words"] for i in explanations.unit(now, 0)["items"]}
    assert "去年同期 35.0，退步 5，其中退步扣 8 分（至多扣 10 分）" in words["i0"]
    assert words["i0"].startswith("第0项 扣 28 分：40.0")
    assert "没有可比的往年数据，不计退步扣分" in words["i1"]
    other = {i["name"]: i["words"] for i in explanations.unit(now, 1)["items"]}
    assert "退步 0.8，在容许的 1 以内" in other["i0"]
    assert "没有退步" in other["i1"]
    check(now)


def test_caps_ties_scaled_marks_and_one_unit_are_told():
    linear = {"kind": "linear", "full_at": 0, "zero_at": 100}
    said = {"item": items(linear, linear), "second": "i1", "bonus_cap": 2, "weights": "normalised", "full": 120,
            "bonus": [{"name": "a", "title": "表扬", "points": 1.5, "cap": 3}, {"name": "b", "title": "先进", "points": 1, "cap": 1}]}  # fmt: skip
    values = {("i0", 0, "2026-03"): 30.0, ("i1", 0, "2026-03"): 40.0, ("i0", 1, "2026-03"): 40.0, ("i1", 1, "2026-03"): 30.0,
              ("a", 0, "2026-03"): 1.0, ("b", 0, "2026-03"): 1.0, ("a", 1, "2026-03"): 2.0}  # fmt: skip
    now = stood(said, values, 2)
    told = explanations.unit(now, 0)
    assert {"title": "加分合计至多 2 分", "points": -0.5} in told["sum"]
    assert told["items"][0]["words"].endswith("按该项 50 分计出后折算为满分 60 分")
    assert (told["place"], told["ahead"]["name"], told["ahead"]["text"]) == (2, "乙镇", "0.00分，同分再比第1项")
    tied = stood({"item": items(linear)}, {("i0", k, "2026-03"): 50.0 for k in range(3)}, 3)
    assert explanations.unit(tied, 0)["tied"] == ["乙镇", "丙街道"]
    alone = explanations.unit(stood({"item": items(linear)}, {("i0", 0, "2026-03"): 50.0}, 1), 0)
    assert (alone["place"], alone["ahead"], alone["behind"], alone["tied"]) == (1, None, None, [])


@pytest.mark.parametrize(("rule", "words"), [("apart", "不计总分"), ("zero", "缺项计零分，扣 50 分"), ("mean", "按其他单位平均得分率计，得 30 分，扣 20 分"),
                                             ("last", "按其他单位最低得分率计，得 25 分，扣 25 分"), ("reweigh", "缺项的分值分给其余各项")])  # fmt: skip
def test_a_missing_item_says_by_which_rule_it_counts(rule, words):
    linear = {"kind": "linear", "full_at": 0, "zero_at": 100}
    values = {("i1", 0, "2026-03"): 50.0, ("i0", 1, "2026-03"): 30.0, ("i1", 1, "2026-03"): 50.0, ("i0", 2, "2026-03"): 50.0, ("i1", 2, "2026-03"): 0.0}
    now = stood({"item": items(linear, linear), "missing": rule}, values)
    said = next((i for i in explanations.unit(now, 0)["items"] if i["name"] == "i0"), None)
    if said is not None:
        assert words in said["words"], said["words"]
    check(now)
    nothing = stood({"item": items(linear, linear), "missing": rule}, {})
    check(nothing)
    assert all(explanations.unit(nothing, k)["reason"] for k in range(3)) or rule == "zero"
