"""Surface water beyond the cases out of the documents: shapes, what is refused, cities, lists, rivers, black water."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from tests.standards.calls.surface_water import CLEAN

from qingshan import standards
from qingshan.methods import surface_water as water
from qingshan.stats import censored
from qingshan.stats.columns import NotNumbers

GB3838 = standards.get("GB 3838", edition="2002")
RULE = standards.get("地表水环境质量评价办法", edition="2011")
PLAN = standards.get("十四五国家地表水监测及评价方案", edition="2020")
REALTIME = standards.get("国家地表水水质自动监测实时数据发布", edition="2020")
RANKING = standards.get("城市地表水环境质量排名技术规定", edition="2017")
TLI = standards.get("湖泊（水库）富营养化评价方法及分级技术规定", edition="2001")
CITY = standards.get("城市黑臭水体整治工作指南", edition="2015")
FIVE = water.basis(REALTIME, "realtime-5")
BASE = {i: CLEAN[i] for i in FIVE.items}


def evaluate(values=None, *, basis=FIVE, size=1, **options):
    given = {i: np.full(size, v, float) for i, v in ({i: CLEAN[i] for i in basis.items} | {}).items()}
    given |= {i: np.asarray(v, float) for i, v in (values or {}).items()}
    return water.evaluate(GB3838, RULE, basis, given, **{"water": "river", "rounding": None, **options})


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (1, 2, 2)])
def test_results_have_the_shape_of_the_samples(shape):
    found = water.evaluate(GB3838, RULE, FIVE, {i: np.full(shape, v) for i, v in BASE.items()}, water="lake", rounding=None)
    assert found.water_class.shape == found.reason().shape == water.main_words(found, RULE).shape == shape
    assert found.main.shape == (*shape, 3)
    assert water.sentences(found, RULE, np.full(shape, "甲")).shape == shape
    assert (found.water_class == 1).all()


def test_blocks_make_no_difference():
    rng = np.random.default_rng(1)
    size = 70_000  # 多于两块
    values = {i: np.where(rng.random(size) < 0.05, np.nan, v * rng.lognormal(0, 2, size)) for i, v in BASE.items()}
    values["pH"], values["DO"] = rng.normal(7.5, 1, size), rng.uniform(0, 12, size)
    types = np.where(rng.random(size) < 0.5, "lake", "river").astype(object)
    whole = water.evaluate(GB3838, RULE, FIVE, values, water=types, rounding=None)
    for rows in (slice(0, 10), slice(32_760, 32_780), slice(size - 5, size)):
        part = water.evaluate(GB3838, RULE, FIVE, {i: v[rows] for i, v in values.items()}, water=types[rows], rounding=None)
        np.testing.assert_array_equal(part.water_class, whole.water_class[rows])
        np.testing.assert_array_equal(part.main, whole.main[rows])
    one_by_one = np.max([water.item_class(GB3838, i, values[i], water=types) for i in FIVE.items], axis=0)
    np.testing.assert_array_equal(whole.at_least, one_by_one)


def test_single_precision_and_sums_stand_for_the_decimals_written():
    assert water.item_class(GB3838, "NH3-N", np.array([0.15, 1.0, 1.5], np.float32)).tolist() == [1, 3, 4]
    assert water.item_class(GB3838, "TP", [0.1 + 0.2, 0.1 + 0.1], water="river").tolist() == [4, 3]
    assert water.item_class(GB3838, "TP", [0.10007, 0.2000001], water="river").tolist() == [3, 4]


def test_masked_and_none_are_missing_and_text_is_refused():
    found = water.evaluate(
        GB3838, RULE, FIVE, {i: np.ma.masked_array([v, v], [False, i == "pH"]) for i, v in BASE.items()}, water="river", rounding=None
    )
    assert found.reason().tolist() == ["", "缺项：pH 值"]
    with pytest.raises(NotNumbers, match="TP（总磷）：得到 <U"):
        water.evaluate(GB3838, RULE, FIVE, {**{i: [v] for i, v in BASE.items()}, "TP": ["<0.01"]}, water="river", rounding=None)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"water": None}, "没有水体类型：GB 3838 表1 的总磷、总氮河流与湖库限值不同"),
        ({"water": ["river", ""]}, "1 个水样（第 2 个）没有水体类型"),
        ({"water": ["river", float("nan")]}, "1 个水样（第 2 个）没有水体类型"),
        ({"water": "海"}, "没有水体类型“海”"),
        ({"water": ["river"] * 3}, "须同形，或只给一个"),
        ({"below": {"Hg": np.array([True, True])}}, "没有给了检出标记的项目“Hg”"),
        ({"below": {"TP": np.array([True])}}, "须同形"),
        ({"below": {"TP": np.array([1, 0])}}, "须为是否"),
        ({"values": {"NH3-N": [900, 850]}}, "疑为 µg/L"),
        ({"values": {"TP": [0.1]}}, "各项须同形"),
        ({"values": {"氨氮": [0.1, 0.1]}}, "没有水质项目“氨氮”；写成“NH3-N”"),
    ],
)
def test_wrong_samples_are_refused_with_what_to_do(change, words):
    with pytest.raises((ValueError, LookupError), match=words):
        evaluate(size=2, **change)


def test_magnitudes_are_not_checked_where_the_caller_has():
    assert evaluate({"NH3-N": [900]}, units_checked=True).water_class.tolist() == [6]
    assert evaluate({"NH3-N": [900, 0.1, 0.2]}, size=3).water_class.tolist() == [6, 1, 2]  # 中位数正常


def test_the_class_and_the_partial_class_differ_where_items_are_missing():
    found = evaluate({"pH": [np.nan, 7.0], "NH3-N": [3.0, 3.0]}, size=2)
    assert found.water_class.tolist() == [0, 6]
    assert found.at_least.tolist() == [6, 6]
    assert found.grade.tolist() == [0, 5]
    assert "不能定水质类别：缺项：pH 值，已有项目不好于劣Ⅴ类（评价项目：实时发布五项；不修约" in water.sentences(found, RULE, ["甲", "乙"])[0]
    assert water.sentences(found, RULE, ["甲", "乙"])[1].startswith("乙断面水质劣于Ⅴ类标准，水质状况为重度污染，主要污染指标为氨氮(2.0)（")


def test_saturation_needs_temperature_and_the_result_says_how_oxygen_was_judged():
    basis = water.chosen(["DO"])
    with_t = evaluate({"DO": [7.2, 7.2, 7.2], "temperature": [28, 10, np.nan]}, basis=basis, size=3)
    assert with_t.water_class.tolist() == [1, 2, 2]
    assert with_t.oxygen == "溶解氧Ⅰ类按饱和率 90 % 或 7.5 mg/L"
    assert evaluate({"DO": [7.2]}, basis=basis).oxygen == "没有水温，溶解氧Ⅰ类按 7.5 mg/L"
    assert evaluate({"DO": [7.2], "temperature": [28]}).water_class.tolist() == [2]  # 实时发布不看饱和率
    percent = water.saturation_percent(GB3838, [6.4, 6.4], [20, 20], altitude=[0, 3000])
    high = evaluate({"DO": [6.4, 6.4]}, basis=basis, size=2, saturation=percent)
    with pytest.raises(ValueError, match="饱和率"):
        evaluate({"DO": [6.4, 6.4]}, basis=basis, size=2, saturation=[90.0])
    assert high.water_class.tolist() == [2, 1]


def test_oxygen_below_its_detection_limit_may_be_any_worse():
    below = {"DO": np.array([True])}
    assert evaluate({"DO": [0.5]}, below=below).water_class.tolist() == [6]
    found = evaluate({"DO": [3.5]}, below=below)
    assert (found.water_class.tolist(), found.reason().tolist()) == ([0], ["检出限高于限值，不能判定：溶解氧"])


def test_x_of_five_plus_x_is_each_sections_own():
    extra = water.extra_items(
        GB3838, PLAN, {"F": [1.2, 0.3, 0.9], "COD": [25, 10, 16]}, section=[0, 1, 1], sections=2, target=[3, 2], water="river"
    )
    assert {k: v.tolist() for k, v in extra.items()} == {"F": [True, False], "COD": [True, True]}
    basis = water.basis(PLAN, "5+X", extra)
    assert basis.title == "5+X（X：COD、F，逐断面）" or basis.title == "5+X（X：F、COD，逐断面）"
    found = evaluate({"F": [np.nan, 9.0], "COD": [10, 10]}, basis=basis, size=2)
    assert found.reason().tolist() == ["缺项：氟化物", ""]
    assert found.water_class.tolist() == [0, 1]  # 第二个断面不评氟化物
    with pytest.raises(LookupError, match="TN 不参加类别评价，不能作 X"):
        water.basis(PLAN, "5+X", "TN")
    with pytest.raises(ValueError, match="X 标记"):
        evaluate({"F": [1.0], "COD": [10]}, basis=basis)


def test_equal_pollutants_keep_the_order_of_the_table():
    basis = water.chosen(["CODMn", "COD", "BOD5", "NH3-N", "TP"])
    found = evaluate({"CODMn": [9.0], "COD": [30.0], "BOD5": [6.0], "NH3-N": [1.5], "TP": [0.3]}, basis=basis)
    assert water.main_words(found, RULE).tolist() == ["高锰酸盐指数(0.5)、化学需氧量(0.5)、五日生化需氧量(0.5)"]


def test_main_pollutants_are_those_of_a_plain_sort():
    rng = np.random.default_rng(2)
    basis = water.basis(RULE, "21")
    size = 500
    values = {i: CLEAN[i] * rng.lognormal(2, 2, size) for i in basis.items}
    values["pH"], values["DO"] = rng.normal(7.5, 1.5, size), rng.uniform(0, 10, size)
    found = water.evaluate(GB3838, RULE, basis, values, water="river", rounding=None, units_checked=True)
    toxic = RULE.table("pollutant")["toxic"]
    for row in range(size):
        over = [k for k, i in enumerate(basis.items) if found.item_class[i][row] > 3]
        times = [np.nan_to_num(found.times_over[i][row]) for i in basis.items]
        over.sort(key=lambda k: (basis.items[k] not in toxic, -found.item_class[basis.items[k]][row], -times[k], k))
        assert found.main[row].tolist() == (over + [-1, -1, -1])[:3]


def test_a_city_is_the_mean_of_its_sections_weighted_by_their_numbers():
    rows = {i: np.array([v, v, v], float) for i, v in CLEAN.items()}
    rows["COD"] = np.array([10.0, 30.0, 8.0])
    rows["pH"] = np.array([7.0, 7.0, 7.0])
    found = water.city_index(RANKING, GB3838, rows, water=["river", "river", "lake"])
    one = {i: np.array([v]) for i, v in CLEAN.items()} | {"pH": np.array([7.0])}
    river = water.cwqi(RANKING, GB3838, one | {"COD": np.array([20.0])}, water="river")[0]
    lake = water.cwqi(RANKING, GB3838, one | {"COD": np.array([8.0])}, water="lake")[0]
    assert (found.rivers, found.lakes) == (2, 1)
    assert found.river == pytest.approx(river)
    assert found.city == pytest.approx((2 * river + lake) / 3)
    assert any("未读到" in m for m in found.verify)
    only = water.city_index(RANKING, GB3838, one, water="river")
    assert np.isnan(only.lake)
    assert only.city == only.river


def test_cities_that_stay_clean_take_no_part_in_the_ranking_of_change():
    assert water.is_steady(RANKING, [1, 2], [2, 2], [2, 3])
    assert not water.is_steady(RANKING, [1, 2], [2, 3], [2, 3])
    assert not water.is_steady(RANKING, [2, 2], [2, 2], [1, 2])
    ranks = water.rank_change(RANKING, [4.0, 3.0, 2.0, 5.0], [5.0, 4.0, 4.0, 5.0], steady=[False, False, True, False])
    assert ranks.tolist() == [2, 1, 0, 3]


def test_the_list_of_the_year_is_fixed():
    frozen = water.Frozen(("甲", "乙", "丙", "丁"))
    classes = frozen.align(["丙", "甲"], [6, 3])
    assert classes.tolist() == [3, 0, 6, 0]
    found = water.shares(classes, absent="kept", target=[3, 3, 3, 3])
    assert (found.good_share, found.worst_share, found.met_share, found.without) == (25.0, 25.0, 25.0, 2)
    assert found.policy == "计入分母，不计入分子"
    with pytest.raises(LookupError, match="没有考核断面“戊”；已有"):
        frozen.align(["戊"], [3])
    with pytest.raises(ValueError, match="断面“甲”有两行"):
        frozen.align(["甲", "甲"], [3, 3])
    with pytest.raises(ValueError, match="名单重复：甲"):
        water.Frozen(("甲", "甲"))
    with pytest.raises(ValueError, match="沿用最近一次类别须给 last"):
        water.shares(classes, absent="last")


def test_a_section_stays_compliant_until_one_month_falls_out():
    found = water.stays([[1, 1, 0, np.nan], [1, np.nan, 1, 1], [1, 1, 1, 1]])
    np.testing.assert_array_equal(found.kept, [0, np.nan, 1])
    assert found.first_break.tolist() == [2, -1, -1]
    assert found.without.tolist() == [1, 1, 0]
    assert water.stays_at_least([100, 100, 99.9], 100).first_break == 2
    assert found.words().tolist() == ["第 3 期未保持", "第 2 期没有数据，不能认定保持", "各期均保持"]
    with pytest.raises(ValueError, match="未下达"):
        water.stays_at_least([100], float("nan"))
    with pytest.raises(ValueError, match="至少一期"):
        water.stays_at_least([], 100)


def test_the_year_to_date_says_how_many_months():
    met, words = water.year_meets([[3, 3, 4], [0, 0, 0], [3, 3, 3]], [3, 3, 0], by="months")
    np.testing.assert_array_equal(met, [0, np.nan, np.nan])
    assert words.tolist() == ["按达标月数不达标；3 个月有数据，2 个月达标", "数据不足：有数据 0 个月，少于 1 个月", "没有目标类别"]
    with pytest.raises(ValueError, match="不能由逐月类别代替"):
        water.year_meets([[3]], 3, by="mean")


def test_classes_are_read_from_the_words_people_write():
    words = ["Ⅲ类", "III", "3", "劣V类", "劣Ⅴ", "五类", "", None, "IV", float("nan"), 3, 3.0]
    assert water.read_classes(words).tolist() == [3, 3, 3, 6, 6, 5, 0, 0, 4, 0, 3, 3]
    with pytest.raises(LookupError, match="没有水质类别“优”"):
        water.read_classes(["优"])
    for wrong in ([7], [-1], [2.5]):
        with pytest.raises(ValueError, match="水质类别须为 0（无）至 6 的整数"):
            water.class_words(wrong)


def test_equal_years_are_no_trend():
    assert water.trend(RULE, [0.5] * 20).words == "无显著变化"
    tied = water.trend(RULE, [1, 1, 2, 3, 4, 5])
    assert tied.r == pytest.approx(0.985610760609162)
    assert tied.words == "显著上升"
    assert water.trend(RULE, range(11)).critical == 0.564  # 表中没有 11，取 10 的，较严


def test_a_basin_lists_sections_without_class_and_refuses_mixed_means():
    found = water.basin(GB3838, RULE, FIVE, {**{i: [v] * 6 for i, v in BASE.items()}, "pH": [7, 7, 7, 7, 7, np.nan]}, water="lake", rounding=None)
    assert (found.count, found.without, found.grade, found.good) == (5, 1, 1, 100.0)
    assert "1 个断面没有类别，未计入比例" in water.basin_sentence(found, RULE, "大湖")
    with pytest.raises(ValueError, match="不能合在一起平均"):
        water.basin(GB3838, RULE, FIVE, {i: [v, v] for i, v in BASE.items()}, water=["river", "lake"], rounding=None)
    none = water.basin(GB3838, RULE, FIVE, {**{i: [v] for i, v in BASE.items()}, "pH": [np.nan]}, water="river", rounding=None)
    assert water.basin_sentence(none, RULE, "小河").startswith("小河不能评价：0 个断面（点位）有水质类别，1 个没有")


def test_trophic_says_what_a_row_lacks():
    values = {"chla": [10, np.nan, 0], "TP": [0.05] * 3, "TN": [1.0] * 3, "SD": [1.0] * 3, "CODMn": [4.0] * 3}
    found = water.trophic(TLI, values)
    assert found.reason().tolist() == ["", "叶绿素 a缺测或不大于 0", "叶绿素 a缺测或不大于 0"]
    assert water.tli_words(TLI, found.grade).tolist() == ["中营养", "", ""]
    assert sum(found.weight.values()) == pytest.approx(1)
    assert {k: round(v, 4) for k, v in found.weight.items()} == {"chla": 0.2663, "TP": 0.1879, "TN": 0.179, "SD": 0.1834, "CODMn": 0.1834}


def test_points_and_bodies_of_black_water():
    values = {"SD": [[0.05, 0.05, 0.5], [0.5, 0.5, 0.5], [0.2, 0.5, 0.5]], "DO": [[5.0] * 3] * 3, "ORP": [[100.0] * 3] * 3, "NH3-N": [[1.0] * 3] * 3}
    found = water.black_odorous(CITY, values)
    assert water.point_level(CITY, found).tolist() == [2, 0, 1]
    body = water.body_level(CITY, [2, 2, 2, 1, 0, 0])
    assert (body.level, body.heavy_reaches) == (1, ((0, 2),))
    assert water.body_level(CITY, [2, 2, 2, 1, 0]).level == 2
    assert water.body_level(CITY, [0, 0]).level == 0
    assert water.body_level(CITY, [0, -1]).level == -1
    with pytest.raises(ValueError, match="疑为 cm"):
        water.black_odorous(CITY, {"SD": [15.0]})


def test_higher_level_of_density_and_chlorophyll():
    assert water.higher_level([1, 3, 0], [2, 1, 4]).tolist() == [2, 3, 4]
    with pytest.raises(LookupError, match="没有表“chlorophyll”"):
        water.chlorophyll_level(standards.get("HJ 1098", edition="2020"), [20])


def test_half_the_detection_limit_enters_means():
    cells = censored.read_cells(["<0.02", "0.03", "0.02L"], "氨氮")
    np.testing.assert_array_equal(censored.half(cells.value, cells.below), [0.01, 0.03, 0.01])
    mean, count = water.item_mean("NH3-N", cells.value, cells.below)
    assert (round(float(mean), 12), int(count)) == (0.016666666667, 3)
    with pytest.raises(NotNumbers, match=r"氨氮：第 1 个“约0\.1”、第 3 个“True”不是数值"):
        censored.read_cells(["约0.1", 0.2, True], "氨氮")


def test_results_of_other_items_or_rounding_are_told_apart():
    rounding = standards.get("地表水监测数据修约", edition="2020")
    five, all_ = evaluate(), evaluate(basis=water.basis(RULE, "21"))
    assert water.comparable(five, evaluate({"TP": [0.3]})) == ""
    assert water.comparable(all_, evaluate(basis=water.basis(PLAN, "5+X"))) == "评价项目不同（21项、5+X（无 X））"
    assert "修约不同" in water.comparable(five, evaluate(rounding=rounding))


def test_what_is_no_basis_no_rounding_and_no_table_is_refused():
    with pytest.raises(TypeError, match="basis 须为评价项目"):
        water.evaluate(GB3838, RULE, "21", {"TP": [0.1]}, water="river", rounding=None)
    with pytest.raises(TypeError, match="rounding 须为"):
        water.evaluate(GB3838, RULE, FIVE, {"TP": [0.1]}, water="river", rounding="official")
    with pytest.raises(ValueError, match="TP（总磷）：各行长短不一"):
        water.item_class(GB3838, "TP", [[0.1], [0.1, 0.2]], water="river")
    with pytest.raises(ValueError, match="断面名"):
        water.sentences(evaluate(size=2), RULE, ["甲"])


def test_columns_of_pandas_are_read():
    pandas = pytest.importorskip("pandas")
    assert water.item_class(GB3838, "NH3-N", pandas.Series([1, pandas.NA], dtype=object)).tolist() == [3, 0]
    assert water.item_class(GB3838, "TP", [0.1, 0.1], water=pandas.Series(["河流", "湖库"], dtype="string")).tolist() == [2, 4]
    with pytest.raises(ValueError, match="1 个水样（第 2 个）没有水体类型"):
        water.item_class(GB3838, "TP", [0.1, 0.1], water=pandas.Series(["河流", pandas.NA], dtype="string"))


@pytest.mark.parametrize("cell, value", [("0.01 L", 0.01), ("<=0.5", 0.5), ("≤0.5", 0.5), ("0.004（L）", 0.004), ("＜1e-3", 0.001), ("低于0.02", 0.02), ("0.02Ｌ", 0.02)])
def test_the_ways_to_write_below_detection(cell, value):
    found = censored.read_cells([cell])
    assert (found.value.tolist(), found.below.tolist()) == ([value], [True])


def test_every_class_is_that_of_exact_decimals_at_and_beside_the_limits():
    """A slow referee in Decimal, sample by sample: values on every limit of 表1, a hair above, a little below, some missing."""
    rng = np.random.default_rng(5)
    basis, size = water.basis(RULE, "21"), 600
    limit = {(r["item"], w): [Decimal(str(v)) for v in r["limit"]] for r in GB3838.table("limit")["row"] if "limit" in r for w in r["water"]}
    values = {"pH": rng.choice([5.99, 6, 7, 9, 9.01], size)}
    for item in basis.items[1:]:
        at = rng.choice([float(v) for w in ("river", "lake") for v in limit[item, w]], size)
        values[item] = np.array([float(f"{v:.9g}") for v in at * rng.choice([1, 0.9, 1.01, 1.0000001], size, p=[0.8, 0.1, 0.05, 0.05])])
        values[item][rng.random(size) < 0.005] = np.nan
    types = rng.choice(["river", "lake"], size).astype(object)
    found = water.evaluate(GB3838, RULE, basis, values, water=types, rounding=None, units_checked=True)
    for row in range(size):
        worst, missing = 0, False
        for item in basis.items:
            if np.isnan(values[item][row]):
                missing = True
                continue
            value = Decimal(repr(float(values[item][row])))
            if item == "pH":
                cls = 1 if 6 <= value <= 9 else 6
            else:
                met = [k for k, bound in enumerate(limit[item, types[row]], 1) if (value >= bound if item == "DO" else value <= bound)]
                cls = min(met, default=6)
            assert cls == found.item_class[item][row], (item, value)
            worst = max(worst, cls)
        assert (found.water_class[row], found.at_least[row]) == (0 if missing else worst, worst)
    assert 20 < (found.water_class == 0).sum() < 120
