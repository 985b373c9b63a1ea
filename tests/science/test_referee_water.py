"""Surface water against a referee written from the text of the clauses alone: exact fractions, plain loops, no table shared with the code.

The limits stand here a second time on purpose: a wrong digit in the edition would show.
"""

from __future__ import annotations

import math
import random
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import numpy as np
import pytest

from qingshan import standards
from qingshan.methods import surface_water as water

GB3838 = standards.get("GB 3838", edition="2002")
METHOD = standards.get("地表水环境质量评价办法", edition="2011")
ROUNDING = standards.get("地表水监测数据修约", edition="2020")

TABLE = {
    "CODMn": "2 4 6 10 15", "COD": "15 15 20 30 40", "BOD5": "3 3 4 6 10", "NH3-N": ".15 .5 1.0 1.5 2.0", "TP": ".02 .1 .2 .3 .4",
    "Cu": ".01 1 1 1 1", "Zn": ".05 1 1 2 2", "F": "1 1 1 1.5 1.5", "Se": ".01 .01 .01 .02 .02", "As": ".05 .05 .05 .1 .1",
    "Hg": ".00005 .00005 .0001 .001 .001", "Cd": ".001 .005 .005 .005 .01", "Cr6+": ".01 .05 .05 .05 .1", "Pb": ".01 .01 .05 .05 .1",
    "CN": ".005 .05 .2 .2 .2", "VP": ".002 .002 .005 .01 .1", "oil": ".05 .05 .05 .5 1.0", "LAS": ".2 .2 .2 .3 .3",
    "S": ".05 .1 .2 .5 1.0",
}  # fmt: skip
LAKE_TP = ".01 .025 .05 .1 .2"
OXYGEN = "7.5 6 5 3 2"
DECIMALS = {
    "pH": 0, "DO": 1, "CODMn": 1, "COD": 1, "BOD5": 1, "NH3-N": 2, "TP": 3, "Cu": 3, "Zn": 3, "F": 3, "Se": 4, "As": 4, "Hg": 5, "Cd": 5,
    "Cr6+": 3, "Pb": 3, "CN": 3, "VP": 4, "oil": 2, "LAS": 2, "S": 3,
}  # fmt: skip
ITEMS = ["pH", "DO", *TABLE]
RNG = random.Random(20261126)


def _limits(item: str, lake: bool) -> list[Fraction]:
    return [Fraction(v) for v in (LAKE_TP if item == "TP" and lake else TABLE[item]).split()]


def _class(item: str, text: str, lake: bool = False) -> int:
    value = Fraction(text)
    if item == "pH":
        return 1 if 6 <= value <= 9 else 6
    if item == "DO":
        return next((k for k, bar in enumerate(map(Fraction, OXYGEN.split()), 1) if value >= bar), 6)
    return next((k for k, bar in enumerate(_limits(item, lake), 1) if value <= bar), 6)


def _rounded(item: str, text: str) -> str:
    value, step = Decimal(text), Decimal(1).scaleb(-DECIMALS[item])
    out = value.quantize(step, ROUND_HALF_EVEN)
    if out == 0 and value > 0:
        out = value.quantize(Decimal(1).scaleb(value.adjusted()), ROUND_HALF_EVEN)
    return str(out)


def _value(item: str, lake: bool = False) -> str:
    """Values written with few decimals, mostly at a limit, a step beside it, or half a rounding step beside it."""
    if item == "pH":
        base = Decimal(RNG.choice(["6", "9", "7", "8.2", "5.5", "9.5", "6.5"]))
    else:
        base = Decimal(RNG.choice((OXYGEN if item == "DO" else LAKE_TP if item == "TP" and lake else TABLE[item]).split()))
    step = Decimal(1).scaleb(-DECIMALS[item])
    move = RNG.choice([0, 0, 1, -1, Decimal("0.5"), Decimal("-0.5"), Decimal("0.51"), Decimal("0.1"), 3, -3, 20])
    value = max(base + step * move, Decimal(0))
    return str(value * RNG.choice([1, 1, 1, 1, Decimal("0.1"), 2, Decimal("0.01")]))


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("lake", [False, True])
def test_item_class(item: str, lake: bool) -> None:
    texts = [_value(item, lake) for _ in range(400)]
    texts = [t for t in texts if not (item == "pH" and Fraction(t) > 14)]
    got = water.item_class(GB3838, item, [float(t) for t in texts], water="lake" if lake else "river").tolist()
    wrong = [(t, g, _class(item, t, lake)) for t, g in zip(texts, got, strict=True) if g != _class(item, t, lake)]
    assert not wrong, wrong[:5]


@pytest.mark.parametrize("item", ITEMS)
def test_rounding(item: str) -> None:
    texts = [_value(item) for _ in range(400)] + [str(Decimal(RNG.randrange(1, 10**7)).scaleb(-8)) for _ in range(500)]
    got = water.rounded(ROUNDING, item, [float(t) for t in texts])
    wrong = [(t, g, _rounded(item, t)) for t, g in zip(texts, got.tolist(), strict=True) if not math.isclose(g, float(_rounded(item, t)))]
    assert not wrong, wrong[:5]


def _main(row: dict[str, str], classes: dict[str, int], lake: bool) -> list[str]:
    over = [i for i in ITEMS if classes[i] > 3]
    multiple = {
        i: Fraction(row[i]) / _limits(i, lake)[2] - 1 if i not in ("pH", "DO") else Fraction(-1) for i in over
    }  # fmt: skip
    toxic = {"CN", "Hg", "Cd", "Cr6+", "Pb", "As", "Cu", "Zn", "Se"} & set(METHOD.table("pollutant")["toxic"])
    return sorted(over, key=lambda i: (i not in toxic, -classes[i], -multiple[i]))[:3]


@pytest.mark.parametrize("mode", ["raw", "rounded"])
def test_sections(mode: str) -> None:
    size = 900
    lake = [RNG.random() < 0.4 for _ in range(size)]
    rows = []
    for k in range(size):
        row = {i: _value(i, lake[k]) for i in ITEMS}
        row["pH"] = str(min(Decimal(row["pH"]), Decimal(14)))
        for i in ITEMS:  # 多数项目达标，超标的少数几项
            if RNG.random() < 0.8:
                row[i] = {"pH": "7.4", "DO": "8"}.get(i, TABLE.get(i, "").split(" ")[0]) if i != "TP" else "0.01"
        rows.append(row)
    found = water.evaluate(
        GB3838, METHOD, water.basis(METHOD, "21"), {i: [float(r[i]) for r in rows] for i in ITEMS},
        water=np.where(lake, "lake", "river"), rounding=ROUNDING if mode == "rounded" else None, units_checked=True,
    )  # fmt: skip
    grade = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 5}
    wrong = []
    for k, row in enumerate(rows):
        used = {i: _rounded(i, t) for i, t in row.items()} if mode == "rounded" else row
        classes = {i: _class(i, used[i], lake[k]) for i in ITEMS}
        worst = max(classes.values())
        main = [found.basis.items[p] for p in found.main[k] if p >= 0]
        want = _main(used, classes, lake[k])
        keys = [(classes[i], used[i]) for i in main], [(classes[i], used[i]) for i in want]
        ties = len({(classes[i], Fraction(used[i]) / (_limits(i, lake[k])[2] if i in TABLE else 1)) for i in ITEMS if classes[i] > 3})
        sure = ties == sum(c > 3 for c in classes.values())
        if found.water_class[k] != worst or found.grade[k] != grade[worst] or (sure and main != want):
            wrong.append((k, used, int(found.water_class[k]), worst, main, want, keys))
        for i in main:
            if i in TABLE:
                bar = _limits(i, lake[k])[2]
                if not math.isclose(found.times_over[i][k], float(Fraction(used[i]) / bar - 1), rel_tol=1e-9, abs_tol=1e-12):
                    wrong.append((k, i, "times"))
    assert not wrong, (len(wrong), wrong[:3])


def _share_grade(good: Fraction, worst: Fraction) -> int:
    if good >= 90:
        return 1
    if good >= 75:
        return 2
    return 3 if worst < 20 else 4 if worst < 40 else 5


def test_basin_by_proportion() -> None:
    for n in range(5, 61):
        for bad in range(n + 1):
            for good in sorted({0, n - bad, RNG.randrange(n - bad + 1), min(n - bad, math.ceil(n * 0.9)), min(n - bad, math.ceil(n * 0.75))}):
                shares = Fraction(100 * good, n), Fraction(100 * bad, n)
                got = water.share_grade(METHOD, 100 * good / n, 100 * bad / n)
                assert got == _share_grade(*shares), (n, good, bad, got)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_basin_by_means(n: int) -> None:
    for _ in range(40):
        rows = [{i: ("7.5" if i == "pH" else _value(i)) for i in ITEMS} for _ in range(n)]
        found = water.basin(
            GB3838, METHOD, water.basis(METHOD, "21"), {i: [float(r[i]) for r in rows] for i in ITEMS}, water="river", rounding=None,
            units_checked=True,
        )  # fmt: skip
        mean = {i: sum(Fraction(r[i]) for r in rows) / n for i in ITEMS if i != "pH"} | {"pH": Fraction(15, 2)}
        want = max(_class(i, str(v)) for i, v in mean.items())
        assert (found.method, found.water_class) == ("断面均值", want), rows


def test_change() -> None:
    grade = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 5}
    for was in range(1, 7):
        for now in range(1, 7):
            step = grade[was] - grade[now]
            size = {0: "无明显变化", 1: "有所", 2: "明显"}[min(abs(step), 2)]
            word = str(water.change_words(METHOD, [was], [now])[0])
            assert word.startswith(size), (was, now, word)
            assert step == 0 or ("好转" in word) == (step > 0), (was, now, word)
    for tenths in range(-1000, 1001, 1):
        gain = tenths / 10
        if abs(gain) > 100:
            continue
        before, after = (50.0 - gain / 4, 20.0 + gain / 4), (50.0 + gain / 4, 20.0 - gain / 4)
        if min(*before, *after) < 0:
            continue
        word = water.share_change_words(METHOD, (before[0], after[0]), (before[1], after[1]))
        size = abs(Fraction(tenths, 10))
        assert word.startswith("无明显" if size <= 10 else "有所" if size <= 20 else "明显"), (gain, word)


def test_trophic() -> None:
    rule = standards.get("湖泊（水库）富营养化评价方法及分级技术规定", edition="2001")
    parts = {
        "chla": (2.5, 1.086, 1.0), "TP": (9.436, 1.624, 0.84), "TN": (5.453, 1.694, 0.82), "SD": (5.118, -1.94, -0.83),
        "CODMn": (0.109, 2.661, 0.83),
    }  # fmt: skip
    size = 1000
    rows = {i: [round(RNG.uniform(*r), 3) for _ in range(size)] for i, r in
            {"chla": (0.2, 150), "TP": (0.002, 0.6), "TN": (0.05, 8), "SD": (0.1, 6), "CODMn": (0.5, 20)}.items()}  # fmt: skip
    found = water.trophic(rule, rows)
    for k in range(size):
        index = {i: 10 * (a + b * math.log(rows[i][k])) for i, (a, b, _) in parts.items()}
        whole = sum(r * r for _, _, r in parts.values())
        total = sum(index[i] * parts[i][2] ** 2 / whole for i in parts)
        got = float(found.total[k])
        assert math.isclose(got, total, abs_tol=0.006), (k, got, total)
        if min(abs(total - bar) for bar in (30, 50, 60, 70)) > 0.006:
            assert found.grade[k] == (1 if total < 30 else 2 if total <= 50 else 3 if total <= 60 else 4 if total <= 70 else 5)


def test_city_index() -> None:
    rule = standards.get("城市地表水环境质量排名技术规定", edition="2017")
    rows = [{i: _value(i) for i in ITEMS} for _ in range(500)]
    for r in rows:
        r["pH"] = str(min(Decimal(r["pH"]), Decimal(14)))
    got = water.cwqi(rule, GB3838, {i: [float(r[i]) for r in rows] for i in ITEMS}, water="river", units_checked=True)
    for k, r in enumerate(rows):
        ph, oxygen = Fraction(r["pH"]), Fraction(r["DO"])
        if oxygen == 0:
            assert np.isnan(got[k])
            continue
        total = (7 - ph if ph <= 7 else (ph - 7) / 2) + 5 / oxygen + sum(Fraction(r[i]) / _limits(i, False)[2] for i in TABLE)
        assert math.isclose(float(got[k]), float(total), rel_tol=1e-9), (k, r)


def test_ph_mean() -> None:
    for _ in range(500):
        ph = [round(RNG.uniform(4, 11), RNG.choice([1, 2])) for _ in range(RNG.randrange(1, 13))]
        want = -math.log10(sum(10.0**-v for v in ph) / len(ph))
        assert math.isclose(float(water.ph_mean(ph)), want, abs_tol=1e-9)

