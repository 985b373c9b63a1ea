"""Ground, sea, soil, noise, air, tax, carbon against a referee written from the text of the clauses: fractions, plain loops.

Limits stand here a second time on purpose.
"""

from __future__ import annotations

import math
import random
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import numpy as np
import pytest

from qingshan import standards
from qingshan.methods import air, carbon, compensation, dust, ecology, groundwater, inventory, noise, sea, soil
from qingshan.stats import rounding

RNG = random.Random(1126)
MOVES = ["0", "0", "1e-4", "-1e-4", "0.1", "-0.1", "0.5", "3", "-0.9"]


def _near(limit: str) -> str:
    """A value written in decimals at, just over, just under, or far from a limit."""
    value = Decimal(limit)
    return str(value + value * Decimal(RNG.choice(MOVES)))


def _half_even(value: Fraction, decimals: int) -> Fraction:
    scaled = value * 10**decimals
    whole = scaled.numerator // scaled.denominator
    rest = scaled - whole
    up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1)
    return Fraction(whole + up, 10**decimals)


GROUND = {
    "hardness": "150 300 450 650", "TDS": "300 500 1000 2000", "SO4": "50 150 250 350", "Cl": "50 150 250 350", "Fe": ".1 .2 .3 2",
    "Mn": ".05 .05 .1 1.5", "Cu": ".01 .05 1 1.5", "Zn": ".05 .5 1 5", "Al": ".01 .05 .2 .5", "VP": ".001 .001 .002 .01",
    "CODMn": "1 2 3 10", "NH3-N": ".02 .1 .5 1.5", "S": ".005 .01 .02 .1", "Na": "100 150 200 400", "NO2-N": ".01 .1 1 4.8",
    "NO3-N": "2 5 20 30", "CN": ".001 .01 .05 .1", "F": "1 1 1 2", "I": ".04 .04 .08 .5", "Hg": ".0001 .0001 .001 .002",
    "As": ".001 .001 .01 .05", "Se": ".01 .01 .01 .1", "Cd": ".0001 .001 .005 .01", "Cr6+": ".005 .01 .05 .1", "Pb": ".005 .005 .01 .1",
    "三氯甲烷": ".5 6 60 300", "四氯化碳": ".5 .5 2 50", "苯": ".5 1 10 120", "甲苯": ".5 140 700 1400", "turbidity": "3 3 3 10",
    "colour": "5 5 15 25", "TC": "3 3 3 100", "TBC": "100 100 100 1000",
}  # fmt: skip
SEA = {
    "COD": "2 3 4 5", "DIN": ".2 .3 .4 .5", "PO4-P": ".015 .03 .03 .045", "oil": ".05 .05 .3 .5", "BOD5": "1 3 4 5",
    "Hg": ".00005 .0002 .0002 .0005", "Cd": ".001 .005 .01 .01", "Pb": ".001 .005 .01 .05", "As": ".02 .03 .05 .05",
    "Cu": ".005 .01 .05 .05", "Zn": ".02 .05 .1 .5", "Cr6+": ".005 .01 .02 .05",
}  # fmt: skip


@pytest.mark.parametrize("name", ["ground", "sea"])
def test_classes(name: str) -> None:
    table = GROUND if name == "ground" else SEA
    std = standards.get("GB/T 14848", edition="2017") if name == "ground" else standards.get("GB 3097", edition="1997")
    call = groundwater.classes if name == "ground" else sea.classes
    rows = [{i: _near(RNG.choice(t.split())) for i, t in table.items()} for _ in range(700)]
    found = call(std, {i: [float(r[i]) for r in rows] for i in table}, units_checked=True)
    want = [
        [next((k for k, bar in enumerate(t.split(), 1) if Fraction(r[i]) <= Fraction(bar)), 5) for r in rows] for i, t in table.items()
    ]
    np.testing.assert_array_equal(found.by_item, np.array(want))
    np.testing.assert_array_equal(found.overall, np.array(want).max(axis=0))


def test_ph_of_groundwater_and_oxygen_of_the_sea() -> None:
    ph = [Fraction(k, 20) for k in range(281)]
    want = [1 if Fraction(13, 2) <= v <= Fraction(17, 2) else 4 if Fraction(11, 2) <= v <= 9 else 5 for v in ph]
    found = groundwater.classes(standards.get("GB/T 14848", edition="2017"), {"pH": [float(v) for v in ph]})
    assert found.by_item[0].tolist() == want
    oxygen = [Fraction(k, 10) for k in range(121)]
    found = sea.classes(standards.get("GB 3097", edition="1997"), {"DO": [float(v) for v in oxygen]})
    assert found.by_item[0].tolist() == [next((k for k, bar in enumerate((6, 5, 4, 3), 1) if v >= bar), 5) for v in oxygen]


PADDY = {"Cd": ".3 .4 .6 .8", "Hg": ".5 .5 .6 1.0", "As": "30 30 25 20", "Pb": "80 100 140 240", "Cr": "250 250 300 350"}
OTHER = {"Cd": ".3 .3 .3 .6", "Hg": "1.3 1.8 2.4 3.4", "As": "40 40 30 25", "Pb": "70 90 120 170", "Cr": "150 150 200 250"}
CONTROL = {"Cd": "1.5 2 3 4", "Hg": "2 2.5 4 6", "As": "200 150 120 100", "Pb": "400 500 700 1000", "Cr": "800 850 1000 1300"}
SCREEN_ONLY = {"Ni": "60 70 100 190", "Zn": "200 200 250 300"}


def test_farmland() -> None:
    size = 1500
    use = [RNG.choice(["paddy", "other", "rotation", "orchard"]) for _ in range(size)]
    ph = [RNG.choice(["4", "5.5", "5.51", "6.5", "6.51", "7.5", "7.51", "8.8"]) for _ in range(size)]
    items = [*CONTROL, *SCREEN_ONLY, "Cu"]
    columns: dict[str, list[str]] = {i: [] for i in items}
    levels: dict[str, list[int]] = {i: [] for i in items}
    for k in range(size):
        band = sum(Fraction(ph[k]) > Fraction(v) for v in ("5.5", "6.5", "7.5"))
        for i in items:
            if i == "Cu":
                bar = (("150", "150", "200", "200") if use[k] == "orchard" else ("50", "50", "100", "100"))[band]
            elif i in SCREEN_ONLY:
                bar = SCREEN_ONLY[i].split()[band]
            else:
                paddy, other = PADDY[i].split()[band], OTHER[i].split()[band]
                bar = {"paddy": paddy, "other": other, "orchard": other, "rotation": min(paddy, other, key=Fraction)}[use[k]]
            top = CONTROL[i].split()[band] if i in CONTROL else None
            text = _near(RNG.choice([bar, top or bar]))
            columns[i].append(text)
            value = Fraction(text)
            levels[i].append(1 if value <= Fraction(bar) else 3 if top and value > Fraction(top) else 2)
    found = soil.farmland(
        standards.get("GB 15618", edition="2018"), use, {"pH": list(map(float, ph))} | {i: list(map(float, c)) for i, c in columns.items()},
        units_checked=True,
    )  # fmt: skip
    for i in items:
        assert found.by_item[found.items.index(i)].tolist() == levels[i], i
    assert found.category.tolist() == np.max([levels[i] for i in CONTROL], axis=0).tolist()


LAND = {
    "As": "20 60 120 140", "Cd": "20 65 47 172", "Cr6+": "3.0 5.7 30 78", "Cu": "2000 18000 8000 36000", "Pb": "400 800 800 2500",
    "Hg": "8 38 33 82", "Ni": "150 900 600 2000", "四氯化碳": ".9 2.8 9 36", "苯": "1 4 10 40", "甲苯": "1200 1200 1200 1200",
    "乙苯": "7.2 28 72 280", "BaP": ".55 1.5 5.5 15", "萘": "25 70 255 700", "三氯乙烯": ".7 2.8 7 20", "氯乙烯": ".12 .43 1.2 4.3",
}  # fmt: skip


def test_construction_land() -> None:
    use = [RNG.choice(["first", "second", "unclear"]) for _ in range(1500)]
    columns = {i: [_near(RNG.choice(t.split())) for _ in use] for i, t in LAND.items()}
    found = soil.construction_land(
        standards.get("GB 36600", edition="2018"), use, {i: list(map(float, c)) for i, c in columns.items()}, units_checked=True
    )
    for i, t in LAND.items():
        one, two, three, four = map(Fraction, t.split())
        want = []
        for k, text in enumerate(columns[i]):
            screen, control = (two, four) if use[k] == "second" else (one, three)
            want.append(1 if Fraction(text) <= screen else 3 if Fraction(text) > control else 2)
        assert found.by_item[found.items.index(i)].tolist() == want, i


def test_noise() -> None:
    std = standards.get("GB 3096", edition="2008")
    bars = {"0": (50, 40), "1": (55, 45), "2": (60, 50), "3": (65, 55), "4a": (70, 55), "4b": (70, 60)}
    area = [RNG.choice(list(bars)) for _ in range(4000)]
    when = [RNG.choice(["day", "night"]) for _ in area]
    level = [str(Decimal(bars[a][w == "night"]) + Decimal(RNG.choice(["0", ".04", ".05", ".06", ".1", "-.1", "3", ".15"])))
             for a, w in zip(area, when, strict=True)]  # fmt: skip
    found = noise.meets(std, area, when, list(map(float, level)))
    for k, text in enumerate(level):
        bar = bars[area[k]][when[k] == "night"]
        value = _half_even(Fraction(text), 1)
        assert bool(found.met[k]) == (value <= bar), (text, bar)
        assert math.isclose(found.over[k], float(max(value - bar, Fraction(0))), abs_tol=1e-9)
    for _ in range(300):
        hours = [RNG.randrange(300, 900) / 10 for _ in range(24)]
        day, night = hours[6:22], hours[22:] + hours[:6]
        ld, ln = (10 * math.log10(sum(10 ** (0.1 * v) for v in part) / len(part)) for part in (day, night))
        ldn = 10 * math.log10((16 * 10 ** (0.1 * ld) + 8 * 10 ** (0.1 * (ln + 10))) / 24)
        assert math.isclose(float(noise.leq(day)), ld, abs_tol=1e-9)
        assert math.isclose(float(noise.ldn(ld, ln)), ldn, abs_tol=1e-9)
    grades = {("region", "day"): (50, 55, 60, 65), ("region", "night"): (40, 45, 50, 55), ("road", "day"): (68, 70, 72, 74),
              ("road", "night"): (58, 60, 62, 64)}  # fmt: skip
    for (subject, time), tops in grades.items():
        values = [Fraction(k, 20) for k in range(600, 1600)]
        want = [1 + sum(_half_even(v, 1) > top for top in tops) for v in values]
        assert noise.grade(standards.get("HJ 640", edition="2012"), subject, time, [float(v) for v in values]).tolist() == want


def test_ecology() -> None:
    std = standards.get("HJ 192", edition="2015")
    names, weights = ("richness", "vegetation", "water", "stress", "pollution"), ("0.35", "0.25", "0.15", "0.15", "0.10")
    rows = [[Fraction(RNG.randrange(0, 10001), 100) for _ in names] for _ in range(3000)]
    got = ecology.ei(std, {n: [float(r[i]) for r in rows] for i, n in enumerate(names)})
    for k, row in enumerate(rows):
        want = sum(Fraction(w) * (100 - v if i > 2 else v) for i, (w, v) in enumerate(zip(weights, row, strict=True)))
        assert math.isclose(got[k], float(_half_even(want, 2)), abs_tol=1e-9), (row, got[k], float(want))
    index = [Fraction(k, 100) for k in range(0, 10001, 7)] + [Fraction(v) for v in ("75", "74.99", "55", "35", "20", "19.99")]
    assert ecology.grade(std, [float(v) for v in index]).tolist() == [5 - sum(v >= bar for bar in (75, 55, 35, 20)) for v in index]
    for _ in range(2000):
        a, b = Fraction(RNG.randrange(3000, 6000), 100), Fraction(RNG.choice([0, 99, 100, 101, 299, 300, 799, 800, 801]), 100)
        b = a + b * RNG.choice([1, -1])
        size = abs(b - a)
        word = str(ecology.change_words(std, float(a), float(b)))
        assert word.startswith("无明显" if size < 1 else "略微" if size < 3 else "明显" if size < 8 else "显著"), (a, b, word)
        assert size < 1 or word.endswith("变好" if b > a else "变差")


def test_dust() -> None:
    std = standards.get("HJ 1221", edition="2021")
    for _ in range(500):
        m0, dust_, m2 = Decimal(RNG.randrange(300000, 500000)) / 10000, Decimal(RNG.randrange(0, 6000)) / 10000, Decimal("0.0012")
        s, n = Decimal(RNG.randrange(1500, 2000)) / 10, Decimal(RNG.randrange(250, 330)) / 10
        want = _half_even(Fraction(max(dust_ - m2, Decimal(0))) * 300000 / (Fraction(s) * Fraction(n)), 1)
        if m0 + dust_ - m0 - m2 < Decimal("-0.001"):
            continue
        got = float(dust.dustfall(std, float(m0), float(m0 + dust_), float(m2), float(s), float(n)))
        assert math.isclose(got, float(want), abs_tol=1e-9), (m0, dust_, s, n)


OLD, NEW = (60, 40, 70, 35, 4, 160), (60, 40, 60, 30, 4, 160)
KEYS = ("SO2_mean", "NO2_mean", "PM10_mean", "PM2.5_mean", "CO_P95", "O3_P90")


@pytest.mark.parametrize(("limits", "bars"), [("2012", OLD), ("2026-transition", NEW), ("2026-final", (20, 30, 50, 25, 4, 160))])
def test_composite_index(limits: str, bars: tuple[int, ...]) -> None:
    rule = standards.get("城市环境空气质量排名技术规定", edition="2018")
    rows = [[Fraction(RNG.randrange(0, 900), 10) for _ in KEYS[:4]] + [Fraction(RNG.randrange(0, 40), 10), Fraction(RNG.randrange(0, 220))]
            for _ in range(2000)]  # fmt: skip
    for weights, share in (("equal", (1, 1, 1, 1, 1, 1)), ("weighted", (1, 2, 1, 3, 1, 2))):
        got = air.composite_under(
            rule, {k: [float(r[i]) for r in rows] for i, k in enumerate(KEYS)}, limits=limits, weights=weights
        ).value
        for k, row in enumerate(rows):
            want = _half_even(sum(w * v / b for w, v, b in zip(share, row, bars, strict=True)), 2)
            assert math.isclose(got[k], float(want), abs_tol=1e-9), (row, got[k], float(want))


def test_statistics() -> None:
    hj663 = standards.get("HJ 663", edition="2013")
    plan = standards.get("城市环境空气质量变化程度排名方案", edition="2017")
    for _ in range(300):
        days = [RNG.randrange(0, 300) for _ in range(RNG.randrange(1, 40))]
        ordered, n = sorted(days), len(days)
        for item, name, percent in (("PM2.5", "P95", 95), ("O3", "P90", 90), ("SO2", "P98", 98)):
            rank = 1 + Fraction((n - 1) * percent, 100)
            s = int(rank)
            value = ordered[s - 1] + (ordered[min(s, n - 1)] - ordered[s - 1]) * (rank - s)
            got = float(air.statistic(hj663, item, name, days, decimals=1))
            assert math.isclose(got, float(_half_even(Fraction(value), 1)), abs_tol=1e-9)
        assert math.isclose(
            float(air.statistic(hj663, "PM2.5", "mean", days, decimals=1)), float(_half_even(Fraction(sum(days), n), 1)), abs_tol=1e-9
        )
        now, before = Fraction(RNG.randrange(100, 900), 100), Fraction(RNG.randrange(100, 900), 100)
        rate = (now - before) / before * 100
        want = _half_even(abs(rate), 1) * (1 if rate > 0 else -1)
        assert math.isclose(float(air.change_rate(plan, float(now), float(before))), float(want), abs_tol=1e-9)


def test_alert_levels_are_those_of_the_words() -> None:
    """2018: ≥ 48 h 黄、≥ 72 h 橙、≥ 96 h 且 > 300 满 48 h 或达 500 红；2024 照条文。逐日，一段之内取最高。"""
    for edition in ("2018", "2024"):
        rule = standards.get("重污染天气预警分级", edition=edition)
        for _ in range(600):
            aqi = [RNG.choice([90, 150, 151, 200, 201, 260, 300, 301, 400, 499, 500]) for _ in range(12)]
            want = [0] * len(aqi)

            def runs(bar: int, aqi: list[int] = aqi) -> list[tuple[int, int]]:
                out, start = [], -1
                for k, v in enumerate([*aqi, -1]):
                    if v > bar and start < 0:
                        start = k
                    elif v <= bar and start >= 0:
                        out.append((start, k - 1))
                        start = -1
                return out

            def put(a: int, b: int, level: int, want: list[int] = want) -> None:
                for k in range(a, b + 1):
                    want[k] = max(want[k], level)

            for a, b in runs(200):
                long = b - a + 1
                heavy = [y - x + 1 for x, y in runs(300) if a <= x and y <= b]
                if edition == "2018":
                    put(a, b, 3 if long >= 3 else 2 if long >= 2 else 0)
                    if long >= 4 and max(heavy, default=0) >= 2:
                        put(a, b, 4)
                else:
                    put(a, b, 3 if long >= 2 else 2)
                    if long >= 3 and max(heavy, default=0) >= 1:
                        put(a, b, 4)
            if edition == "2018":
                for a, b in runs(499):
                    put(a, b, 4)
            else:
                for a, b in runs(150):
                    put(a, b, 3 if b - a + 1 >= 3 else 2 if b - a + 1 >= 2 else 0)
            assert air.alert_levels(rule, aqi).tolist() == want, (edition, aqi)


def test_money_tax_energy() -> None:
    scheme = standards.get("北京市水环境区域补偿", edition="2014")
    for out in range(1, 6):
        for target in range(1, 6):
            for came in (0, *range(1, 7)):
                event = compensation.SectionMonth("断面", "2015-03", "COD", "甲区", "乙区", out, target, came, came > 0)
                if came:
                    want = 30 * (out - came) if out > came else 15 * (out - target) if out > target else 0
                else:
                    want = 30 * max(out - target, 0)
                assert compensation.account(scheme, [event]).total() == want, (out, target, came)
    law = standards.get("环境保护税法", edition="2018")
    for medium, name, per in (
        ("air", "SO2", ".95"), ("air", "CO", "16.7"), ("water", "COD", "1"), ("water", "NH3-N", ".8"), ("water", "总汞", ".0005"),
        ("water", "Hg", ".0005"),
    ):  # fmt: skip
        for _ in range(50):
            kg = Fraction(RNG.randrange(0, 10**7), 1000)
            got = float(inventory.equivalents(law, medium, name, float(kg)))
            assert math.isclose(got, float(kg / Fraction(per)), rel_tol=1e-9, abs_tol=1e-8)
    for tenths in range(0, 301):
        over = Fraction(tenths, 10)
        whole = int(over + Fraction(1, 2))
        steps = [(16, 11200), (13, 5600), (10, 2800), (7, 1400), (4, 700), (1, 350)]
        assert inventory.noise_tax(law, float(over)) == next((yuan for low, yuan in steps if whole >= low), 0), over
    energy = standards.get("GB/T 2589", edition="2020")
    for fuel, unit, kgce in (("原煤", "t", ".7143"), ("焦炭", "t", ".9714"), ("柴油", "t", "1.4571"), ("汽油", "t", "1.4714")):
        assert math.isclose(float(carbon.tce(energy, fuel, 123.4, unit)), 123.4 * float(kgce), rel_tol=1e-12)
    mir = standards.get("MIR", edition="2010")
    potential = inventory.ofp(mir, {"toluene": [10.0], "ethylene": [2.0], "benzene": [1.5]})
    assert math.isclose(float(potential.total[0]), 10 * 4.00 + 2 * 9.00 + 1.5 * 0.72, rel_tol=1e-9)


def test_rounding() -> None:
    for _ in range(3000):
        decimals = RNG.randrange(0, 5)
        text = str(Decimal(RNG.randrange(-(10**7), 10**7)).scaleb(-RNG.randrange(decimals, decimals + 4)))
        want = Decimal(text).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
        assert math.isclose(float(rounding.half_even(float(text), decimals)), float(want), abs_tol=1e-9), (text, decimals)
