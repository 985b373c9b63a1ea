"""Town ranking: ties, capture, movement, publication, recomputation, who sees what; one number on every page."""

from __future__ import annotations

import io
from datetime import date, datetime
from types import SimpleNamespace

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from tests.bureau.indicators.observed import put

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.bulletins import actions as bulletins
from qingshan.bureau.bulletins import queries as issues
from qingshan.bureau.indicators import actions, assessments, queries, rankings, targets
from qingshan.bureau.indicators.models import Ranking
from qingshan.bureau.indicators.periods import BadPeriod, Period
from qingshan.bureau.ledger.models import Task

pytestmark = pytest.mark.django_db
OCTOBER = Period.parse("2026-10")


def test_equal_values_share_the_smaller_place_and_the_next_is_skipped(observed):
    table, _ = queries.ranking("town_pm2_5", OCTOBER)
    assert [(r.name, r.rank, r.tied) for r in table.rows] == [("城关街道", 1, False), ("石门镇", 2, True), ("柳泉镇", 2, True)]
    earlier, _ = queries.ranking("town_pm2_5", Period.parse("2026-08"))
    assert [(r.name, r.rank) for r in earlier.rows] == [("竹溪乡", 1), ("城关街道", 2), ("石门镇", 3), ("柳泉镇", 3)]


def test_a_unit_without_enough_data_stands_apart_with_its_reason(observed):
    table, _ = queries.ranking("town_pm2_5", OCTOBER)
    assert [r.name for r in table.out] == ["竹溪乡"]
    out = table.out[0]
    assert (out.rank, out.change, out.movement) == (0, "—", None)
    assert out.reason.startswith("捕集率 71.0%，低于 75%")


def test_movement_counts_only_units_in_both_periods(observed):
    table, _ = queries.ranking("town_pm2_5", OCTOBER)
    assert table.ranked_before == 3
    assert [r.movement for r in table.rows] == [0, 0, 0]  # 竹溪乡 left: nobody “rises” by that


def test_change_and_year_to_date_stand_beside(observed):
    table, held = queries.ranking("town_pm2_5", OCTOBER)
    for row in table.rows:
        value = held.value("pm2_5_mean", area=row.area, period=OCTOBER)
        assert row.change == value.last_year.text
        assert row.rising == (value.last_year.change > 0)
        assert row.to_date == held.value("pm2_5_mean", area=row.area, period=Period.parse("2026-01..2026-10")).text


def test_publication_fixes_the_table_and_recomputation_gives_the_same(observed, clerk, own_folders):
    made = actions.publish_ranking("town_pm2_5", OCTOBER, by=clerk)
    put(own_folders, "T1", datetime(2026, 10, 3, 12), **{"PM2.5": 990.0})
    now, _ = queries.ranking("town_pm2_5", OCTOBER)
    assert now.result_hash != made.result_hash
    check = actions.check_ranking(made.pk, by=clerk)
    assert check.same
    assert check.result_hash == made.result_hash
    assert rankings.Table.from_data(Ranking.objects.get(pk=made.pk).table).result_hash == made.result_hash
    with pytest.raises(Refused, match="重发请写明原因"):
        actions.publish_ranking("town_pm2_5", OCTOBER, by=clerk)
    assert actions.publish_ranking("town_pm2_5", OCTOBER, by=clerk, basis="补录数据").version == 2


def test_a_month_that_goes_on_and_one_without_data_are_not_published(observed, clerk):
    with pytest.raises(Refused, match="还没有结束"):
        actions.publish_ranking("town_pm2_5", Period.parse("2026-11"), by=clerk)
    with pytest.raises(Refused, match="没有一个镇街"):
        actions.publish_ranking("town_pm2_5", Period.parse("2024-10"), by=clerk)


def test_who_sees_what(observed, clerk, town_person, stranger, as_):
    url = "/ranking/?period=2026-10"
    assert "试算，未发布" in as_(clerk).get(url).content.decode()
    for person in (town_person, stranger):
        page = as_(person).get(url).content.decode()
        assert "还没有发布" in page
        assert "城关街道" not in page
        assert as_(person).get("/ranking/export.xlsx?period=2026-10").status_code == 404
        with pytest.raises(PermissionDenied):
            actions.publish_ranking("town_pm2_5", OCTOBER, by=person)
    actions.publish_ranking("town_pm2_5", OCTOBER, by=clerk)
    page = as_(town_person).get(url).content.decode()
    assert "城关街道" in page
    assert "area=990101" in page  # its own town's figure opens, others' do not
    assert "area=990104" not in page
    assert as_(town_person).get("/indicators/pm2_5_mean/?area=990104&span=2026-10").status_code == 404
    assert as_(town_person).get("/indicators/pm2_5_mean/?area=990101&span=2026-10").status_code == 200
    assert as_(town_person).get("/indicators/deductions/").status_code == 404


def test_excel_holds_the_figures_as_numbers(observed, clerk, as_):
    answer = as_(clerk).get("/ranking/export.xlsx?period=2026-10")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content))["排名"]
    table, _ = queries.ranking("town_pm2_5", OCTOBER)
    for row, cells in zip((*table.rows, *table.out), sheet.iter_rows(min_row=3, values_only=True), strict=False):
        assert cells[1] == row.name
        assert f"{cells[2]:.1f}" == row.text


def test_one_number_on_every_page_and_in_every_document(observed, clerk, as_):
    """Cockpit's target, source card, ranking, bulletin and ledger give the same figure of the same definition."""
    span = queries.year_to_date()
    value = queries.value("pm2_5_mean", area=observed.district, period=span)
    task = Task.objects.create(
        kind="target", title="PM2.5年均浓度不高于32", year=2026, indicator="pm2_5_mean", operator="<=", value=32, unit="μg/m³",
        begins=date(2026, 1, 1), deadline=date(2026, 12, 31), changed=datetime(2026, 1, 1),
    )  # fmt: skip
    measure = targets.measure(task, date(2026, 11, 20))
    assert measure.text == value.text
    client = as_(clerk)
    assert f">{value.text}</a>" in client.get("/").content.decode()
    assert value.text in client.get(measure.url, headers={"QS-Card": "1"}).content.decode()
    assert value.text in client.get("/indicators/").content.decode()
    town = queries.value("pm2_5_mean", area=observed.towns["石门镇"], period=OCTOBER)
    row = next(r for r in queries.ranking("town_pm2_5", OCTOBER)[0].rows if r.name == "石门镇")
    issue = bulletins.draft_issue("town_air_month", OCTOBER, by=clerk)
    printed = dict(issues.document(issue).figures())["town_pm2_5.990101.value"]
    assert town.text == row.text == printed
    assert town.text in client.get("/ranking/?period=2026-10").content.decode()


def test_a_target_says_gap_pace_and_budget(observed):
    def target(indicator, operator, goal):
        return SimpleNamespace(indicator=indicator, operator=operator, value=goal, year=2026, area_id=None, meets=lambda v: True)

    on = date(2026, 11, 20)
    pm = targets.measure(target("pm2_5_mean", "<=", 32), on)
    value = queries.value("pm2_5_mean", area=observed.district, period=queries.year_to_date())
    left = 365 - 323
    most = (32.05 * (value.valid + left) - value.exact * value.valid) / left
    assert pm.budget[0].startswith(f"后 {left} 天日均 ≤ ")
    assert abs(float(pm.budget[0].split("≤ ")[1].replace("\u2009", "")) - most) <= 0.1
    assert pm.gap in (f"高于目标 {value.value - 32:.1f}", f"低于目标 {32 - value.value:.1f}")
    good = targets.measure(target("good_days", ">=", 200), on)
    days = queries.value("good_days", area=observed.district, period=queries.year_to_date()).value
    assert good.budget[0] == f"可再超标 {min(left, int(days) + left - 200)} 天"
    assert "回算" in good.last_year
    ratio = targets.measure(target("good_day_ratio", ">=", 83.3333), on)
    assert ratio.value is not None
    assert targets.measure(target("source_water_compliance", ">=", 100), on) is None


def test_a_new_bureau_is_told_what_to_do(bureau, clerk, town_person, as_):
    assessments.clear()
    for person in (clerk, town_person):
        for url in ("/", "/ranking/", "/indicators/", "/bulletins/", "/indicators/good_days/"):
            assert as_(person).get(url).status_code == 200, url
    page = as_(clerk).get("/").content.decode()
    assert "还没有年度目标" in page
    assert "还没有监测数据" in page


def test_periods_are_read_or_refused_in_words():
    assert Period.parse("2024-02").last_year() == Period.parse("2023-02")
    assert Period.parse("2025-02").last_year().end == date(2024, 2, 29)
    assert Period.parse("2024-02-29").last_year() == Period.parse("2023-02-28")
    assert Period.parse("2024-01-01..2024-02-29").last_year().end == date(2023, 2, 28)
    assert Period.parse("2026-01..2026-10").title == "2026年1—10月"
    assert Period.parse("2026-01-01_2026-11-19").title == "2026年1月1日—11月19日"
    assert Period.parse("2026-10").previous() == Period.parse("2026-09")
    for wrong in ("", "2026-13", "上月", "2026-10-32", "2026-10..2026-09", "99999", "1<script>"):
        with pytest.raises(BadPeriod, match="时段"):
            Period.parse(wrong)


def test_a_wrong_address_is_not_found(observed, clerk, as_):
    for url in ("/indicators/none/", "/indicators/good_days/?span=x", "/indicators/good_days/?area=000", "/ranking/?scheme=x", "/ranking/?period=x"):
        assert as_(clerk).get(url).status_code in (404,), url
