"""Published bulletins, recomputed: composite indices, ranks with ties, worst lists, rates of change, dustfall."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from qingshan import standards
from qingshan.methods import air, dust
from qingshan.stats import ranking

RULE = standards.get("城市环境空气质量排名技术规定", edition="2018")
PLAN = standards.get("城市环境空气质量变化程度排名方案", edition="2017")


@pytest.fixture(scope="module")
def bulletins(shared: Path):
    folder = shared / "data" / "published_bulletins"
    if not folder.is_dir():
        pytest.skip(f"没有 {folder}")
    return folder


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_the_composite_index_of_three_bulletins(bulletins):
    rows = rows_of(bulletins / "composite_index_published.csv")
    columns = {
        "SO2_mean": "so2_ug_m3", "NO2_mean": "no2_ug_m3", "PM10_mean": "pm10_ug_m3", "PM2.5_mean": "pm2_5_ug_m3",
        "CO_P95": "co_p95_mg_m3", "O3_P90": "o3_8h_p90_ug_m3",
    }  # fmt: skip
    statistics = {key: np.array([float(r[name]) for r in rows]) for key, name in columns.items()}
    found = air.composite_under(RULE, statistics, limits="2012")
    assert found.value.tolist() == [float(r["published_index"]) for r in rows]
    rounded_first = sum(np.round(single, 2) for single in found.singles.values())
    assert np.round(rounded_first, 2)[1] == 3.94  # 大英：先修约单项就不是通报的 3.93


def test_the_ranks_of_guangdong_with_a_tie_for_tenth(bulletins):
    rows = rows_of(bulletins / "guangdong_2017-08_city_index_rank.csv")
    index = [float(r["composite_index"]) for r in rows]
    assert air.rank_areas(RULE, {"composite_index": index}).tolist() == [int(r["rank"]) for r in rows]


def test_the_worst_three_of_zibo_with_ties(bulletins):
    text = (bulletins / "zibo_2023-05_factor_worst3.txt").read_text(encoding="utf-8")
    seen = 0
    for line in text.splitlines():
        found = re.findall(r"([\u4e00-\u9fff]+)\(([\d.]+)(?:µg/m3|mg/m3)?\)", line.partition("|")[2])
        if not found:
            continue
        values = [float(v) for _, v in found]
        others = [min(values) - 0.1, min(values) - 1]  # 未列出的区县都更低
        named = ranking.ends(ranking.rank([*values, *others], descending=True), 3)
        assert [values[i] for i in named] == sorted(values, reverse=True), line
        seen += 1
    assert seen == 7


def test_the_year_on_year_change_of_zibo(bulletins):
    text = (bulletins / "zibo_2023-05_factor_worst3.txt").read_text(encoding="utf-8")
    index, improved = re.search(r"全市综合指数为([\d.]+),同比改善([\d.]+)%", text).groups()
    before = round(float(index) / (1 - float(improved) / 100), 2)
    assert air.change_rate(PLAN, float(index), before) == -float(improved)
    pairs = re.findall(r"([\d.]+)\(([\d.]+)\) \d+\(\d+\)", text)
    rate = air.change_rate(PLAN, [float(a) for a, _ in pairs], [float(b) for _, b in pairs])
    assert len(pairs) == 8
    assert (rate[:4] < 0).all()
    np.testing.assert_allclose(rate, [100 * (float(a) / float(b) - 1) for a, b in pairs], atol=0.0501)


def test_the_ten_highest_and_lowest_towns_of_jinan(bulletins):
    text = (bulletins / "township_rankings.md").read_text(encoding="utf-8")
    for word, worst in (("最高10个", True), ("最低10个", False)):
        line = re.search(rf"{word}: (.*)", text).group(1)
        values = [float(v) for v in re.findall(r"[\u4e00-\u9fff]+(\d+)", line)]
        beyond = min(values) - 1 if worst else max(values) + 1
        named = ranking.ends(ranking.rank([*values, beyond], descending=worst), 10)
        assert len(values) == 10
        assert [values[i] for i in named] == values


def test_the_lists_of_suqian_count_ties_as_one_place(bulletins):
    """“10 个”写成 8 个名次、“11 个”写成 8 个名次：并列者全列，末一名次的并列也列。"""
    text = (bulletins / "township_rankings.md").read_text(encoding="utf-8")
    for word, worst, count in (("相对较好的10个", False, 10), ("相对较差的11个", True, 11)):
        line = re.search(rf"{word}依次是:(.*?)。", text).group(1)
        places = [1 + group.count("、") + ("(" in group) for group in re.split(r"、(?![^()]*\))", line)]
        assert sum(places) == count
        steps = [level for level, n in enumerate(places) for _ in range(n)]
        values = [-s if worst else s for s in (*steps, len(places))]
        assert len(ranking.ends(ranking.rank(values, descending=worst), 10)) == count


def test_the_dustfall_of_changzhou_meets_its_target(bulletins):
    text = (bulletins / "township_rankings.md").read_text(encoding="utf-8")
    month, year = map(float, re.search(r"省考降尘量均值为([\d.]+)吨.*?省考降尘量均值为([\d.]+)吨", text).groups())
    target = standards.get("降尘量控制要求", edition="2018")
    assert dust.meets_target(target, [month, year], area="常州市（2023年）").all()
    assert dust.per_30_days(month, dust.days_in_month(2023, 2)) == 2.1  # 通报按月，按 30 天算为 2.1
