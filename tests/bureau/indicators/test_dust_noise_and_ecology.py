"""Half-monthly TSP of towns, road dust load, noise of a region, the ecological index as reported: values worked out by hand.

Hours come in through the store, samples through ``qingshan import --samples``, reports through their page's action.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.bureau.indicators.listed import ask, declare, send, stations
from tests.bureau.indicators.observed import lake_of

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.indicators import actions, assessments, queries
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.values import SHORT
from qingshan.bureau.sites.models import Station

pytestmark = pytest.mark.django_db
FIRST_HALF = Period.parse("2026-10-B1")


def hours(folders, code, days, value, item="TSP", lost=()):
    """A day's 24 hours all of one value, END labelled; `lost` days have 23."""
    rows = []
    for day in days:
        for hour in range(24 if day not in lost else 23):
            at = datetime(2026, 10, day, hour) if hour else datetime(2026, 10, day + 1)
            rows.append({"station": code, "time": at, "received": datetime(2026, 11, 1), item: float(value(day)), "origin": "x"})
    lake_of(folders).put_rows(rows)
    assessments.clear()


def test_tsp_of_a_town_in_half_a_month(own, own_folders, clerk):
    stations(own, "air", {"S1": {"level": "micro"}, "L1": {"level": "town"}})  # S1 in 石门镇, L1 in 柳泉镇
    Station.objects.create(code="S2", name="点S2", network=Station.objects.get(code="S1").network, level="town", area=own.towns["石门镇"])
    hours(own_folders, "S1", range(1, 16), lambda d: 100 + d)
    hours(own_folders, "S2", range(1, 14), lambda d: 200 + d, lost=(11, 12, 13))  # 23 hours are no day: 1 to 10 only
    hours(own_folders, "L1", range(1, 12), lambda d: 80)
    stone, willow = own.towns["石门镇"], own.towns["柳泉镇"]
    value = ask(own, "tsp_mean", FIRST_HALF, area=stone)
    # days 1–10: mean of both, 150 + d: 1555; 11–15: S1 alone (one of two is enough), 100 + d: 565; 2120 / 15 = 141.3
    assert (value.exact, value.text, value.valid) == (pytest.approx(2120 / 15), "141", 15)
    assert value.stations == ("S1", "S2")
    # 11 of 15 days are under 75 %
    short = ask(own, "tsp_mean", FIRST_HALF, area=willow)
    assert (short.text, short.computed, short.reason) == (SHORT, "80", "有效 11 天，不足 15 天的 75%")
    # the district: every level counts; days 1–10 mean of three, 11 of S1 and L1 (two of three), 12–15 one of three: under half, no day
    district = ask(own, "tsp_mean", FIRST_HALF)
    assert district.valid == 11
    exact = (sum((100 + d + 200 + d + 80) / 3 for d in range(1, 11)) + (111 + 80) / 2) / 11
    assert district.exact == pytest.approx(exact, abs=0.06)  # days are whole µg/m³
    # a day of sand and dust does not count, and is said
    actions.deduct_day(by=clerk, day=date(2026, 10, 3), symbols=("PM10", "TSP"), basis="总站结果")
    assessments.clear()
    less = ask(own, "tsp_mean", FIRST_HALF, area=stone)
    assert (less.exact, less.valid, less.dust_days) == (pytest.approx((2120 - 153) / 14), 14, ("2026-10-03",))
    with pytest.raises(Refused, match="只用于 PM10"):
        actions.deduct_day(by=clerk, day=date(2026, 10, 4), symbols=("SO2",), basis="x")


def test_road_dust_load_is_the_mean_of_roads_each_by_its_own_samples(own, own_folders, tmp_path):
    stations(own, "air", {"R1": {"level": "town"}, "R2": {"level": "micro"}, "R3": {"level": "town"}})
    text = "站点,采样日期,道路积尘负荷(g/m²)\nR1,2026-10-03,0.30\nR1,2026-10-20,0.50\nR2,2026-10-05,0.81\nR3,2026-09-30,9.9\n"
    assert send(own_folders, tmp_path, text, "air") == 0
    value = ask(own, "road_load_mean")
    # R1 (0.30 + 0.50)/2 = 0.40; R2 0.81; (0.40 + 0.81)/2 = 0.605, to the even 0.60; three samples, R3 has none in October
    assert (value.exact, value.text, value.valid) == (pytest.approx(0.605), "0.60", 3)
    assert value.left_out == {"点R3": "2026年10月没有可评价的采样数据"}
    assert ask(own, "road_load_mean", area=own.towns["石门镇"]).text == "0.40"
    assert ask(own, "road_load_mean", area=own.towns["城关街道"]).reason == "没有参加评价的站点"


NOISE = "测点,采样时间,等效连续A声级\n"
GRID = "G1,2026-05-12 10:00,54.6\nG2,2026-05-12 15:30,56.3\nG3,2026-05-13 09:00,51.2\n"
ROADS = "H1,2026-05-12 10:00,70.0\nH2,2026-05-12 11:00,69.0\n"


def test_the_noise_of_a_region_is_of_its_points_by_day_not_of_roads(own, own_folders, tmp_path):
    stations(own, "noise", {c: {} for c in ("G1", "G2", "G3", "H1", "H2")})
    night = "G1,2026-05-12 23:10,44.0\nG2,2026-05-13 05:59,45.0\n"
    assert send(own_folders, tmp_path, NOISE + GRID + ROADS + night, "noise") == 0
    may = Period.parse("2026-05")
    # without any list nobody can tell roads from points of the grid: (54.6 + 56.3 + 51.2 + 70.0 + 69.0)/5
    assert ask(own, "noise_region_mean", may).text == "60.2"
    declare(own_folders, "noise_roads", 'name = "noise_roads"\ntitle = "道路"\nmedium = "noise"\nunit = "km"\n'
            '[[station]]\ncode = "H1"\nweight = 3.0\n[[station]]\ncode = "H2"\nweight = 1.0\n')  # fmt: skip
    value = ask(own, "noise_region_mean", may)
    # (54.6 + 56.3 + 51.2)/3 = 54.033; two samples by night take no part; up to 55.0 is 较好 by table 1
    assert (value.text, value.stations) == ("54.0", ("G1", "G2", "G3"))
    assert value.left_out == {"点H1": "在“道路”上，另有口径", "点H2": "在“道路”上，另有口径"}
    assert "城市区域环境噪声总体水平“较好”" in value.notes
    assert "2 次采样在夜间（22:00—6:00），不参加昼间平均" in value.notes
    assert ask(own, "noise_road_mean", may).text == "69.8"  # (3 × 70.0 + 69.0)/4 = 69.75, to the even
    declare(own_folders, "noise_regions", 'name = "noise_regions"\ntitle = "测点"\nmedium = "noise"\n'
            '[[station]]\ncode = "G1"\n[[station]]\ncode = "G3"\n[[station]]\ncode = "G9"\ntitle = "点G9"\n')  # fmt: skip
    listed = ask(own, "noise_region_mean", may)
    assert listed.text == "52.9"  # (54.6 + 51.2)/2
    assert any("3 个，1 个没有结果（点G9）" in n for n in listed.notes)
    assert listed.left_out["点G2"] == "不在“测点”上"
    only_night = ask(own, "noise_region_mean", Period.parse("2026-05-13..2026-05-13"), area=own.towns["柳泉镇"])
    assert only_night.text == SHORT


def proof():
    return [SimpleUploadedFile("评价报告.pdf", b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF")]


def test_the_ecological_index_counts_once_confirmed_and_holds_until_the_next(own, clerk, chief):
    def report(year, value):
        made = actions.report_value("ecology_index", own.district.pk, Period.year(year), Decimal(value), by=clerk, files=proof())
        return made.pk

    first = report(2024, "60.1")
    assert ask(own, "ecology_index", Period.year(2024)).reason == "还没有已确认的填报"
    actions.confirm_report(first, by=chief)
    actions.confirm_report(report(2025, "62.45"), by=chief)
    value = ask(own, "ecology_index", Period.year(2025))
    assert (value.text, value.last_year.then.text, value.last_year.words) == ("62.4", "60.1", "同比增加2.3")  # 62.45 to the even
    # 2026 has none yet: what a span of 2026 shows is the last there is, and it says of which year
    later = ask(own, "ecology_index", Period.parse("2026-01..2026-10"))
    assert (later.text, [i.title for i in later.inputs]) == ("62.4", ["青川区 2025年"])
    with pytest.raises(Refused, match="100"):
        report(2026, "100.1")
    assert queries.value("ecology_index", area=own.towns["石门镇"], period=Period.year(2025)).text == SHORT
