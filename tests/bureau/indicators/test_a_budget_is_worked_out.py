"""目标倒算：余量、概率、贡献、情景；谁能看，问错了怎么答。"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from qingshan.bureau.base import packs
from qingshan.bureau.indicators import assessments, budget_units, budgets, chances, goals, queries, targets
from qingshan.bureau.indicators.chances import WhatIf
from qingshan.bureau.indicators.goals import CannotTell
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.ledger.models import Task
from qingshan.outlook import budget
from qingshan.stats import rounding

pytestmark = pytest.mark.django_db
PERIOD = Period(date(2026, 1, 1), date(2026, 11, 19))


def told(name: str, value: float, operator: str = "", area=None):
    held = assessments.of(PERIOD)
    indicator = packs.get("indicators", name)
    aim = goals.goal(indicator, operator or goals.default_operator(indicator), value)
    return budgets.remaining(held, aim, held.place(area) if area else held.district, PERIOD)


def target(bureau, indicator="pm2_5_mean", operator="<=", value="35", **more) -> Task:
    return Task.objects.create(
        kind="target", title="细颗粒物", year=2026, indicator=indicator, operator=operator, value=None if value is None else Decimal(value),
        unit="μg/m³", begins=date(2026, 1, 1), deadline=date(2026, 12, 31), changed="2026-01-01T00:00:00", **more,
    )  # fmt: skip


def test_a_mean_left_over_meets_the_target_and_a_step_more_does_not(observed):
    found = told("pm2_5_mean", 36)
    value, left = found.value, found.left
    assert left == 42
    total = round(value.exact * value.valid, 4)
    room = budget.mean(36, 1, total, value.valid, left)
    assert rounding.half_even((total + float(room.allowed) * left) / (value.valid + left), 1) <= 36
    assert rounding.half_even((total + (float(room.allowed) + 0.02) * left + 0.1) / (value.valid + left), 1) > 36
    parts = [(m.allowed, m.equal, m.days) for m in found.months if m.days]
    for k in (0, 1):
        assert sum(p[k] * p[2] for p in parts) / left == pytest.approx(float(room.allowed))


@pytest.mark.parametrize(
    ("name", "value"),
    [("good_days", 300), ("good_day_ratio", 85), ("heavy_days", 4), ("o3_8h_p90", 160), ("co_p95", 2), ("composite_index", 4)],
)
def test_every_kind_of_target_has_its_budget(observed, name, value):
    found = told(name, value)
    assert found.lines
    assert found.chance is not None
    assert found.chance.low <= found.chance.middle <= found.chance.high
    assert 0 <= found.chance.probability <= 1
    allowed = [m.allowed for m in found.months if m.days and m.allowed == m.allowed]
    if name != "composite_index" and allowed:
        held = assessments.of(PERIOD)
        if name == "o3_8h_p90":
            assert sum(allowed) == budgets.percentile_room(held, found.goal, held.district, PERIOD, 42).affordable
        if name == "heavy_days":
            assert sum(allowed) == min(4 - found.value.value, 42)


def test_the_year_so_far_enters_the_draws_as_the_value_has_it(observed):
    """With nothing left the chance is the value itself: one number."""
    held = assessments.of(PERIOD)
    for name in ("pm2_5_mean", "good_days", "good_day_ratio", "heavy_days", "o3_8h_p90", "co_p95", "composite_index"):
        indicator = packs.get("indicators", name)
        past = chances.history(held, indicator, held.district, PERIOD.end)
        measure = chances.measure(indicator, (), PERIOD.start, PERIOD.end)
        exact = measure(past.span(PERIOD.start, PERIOD.end))
        assert float(rounding.half_even(exact, indicator.decimals)) == held.value(name, area=held.district, period=PERIOD).value, name


def test_the_towns_parts_add_up_to_the_districts_distance(observed):
    held = assessments.of(PERIOD)
    aim = goals.goal(packs.get("indicators", "pm2_5_mean"), "<=", 30)
    for own in (False, True):
        units, without, over = budget_units.towns(held, aim, held.district, PERIOD, own=own)
        value = held.value("pm2_5_mean", area=held.district, period=PERIOD)
        assert sum(u.weight for u in units) == pytest.approx(1)
        assert sum(u.gap for u in units) == pytest.approx(round(10 * (sum(u.part for u in units) - 30), 1), abs=1e-6)
        assert sum(u.part for u in units) + over == pytest.approx(value.exact)
        if not own:
            assert [u.place.name for u in units] == ["城关街道"]
            assert set(without) == {"石门镇", "柳泉镇", "竹溪乡"}
            assert abs(over) < 0.5
        else:
            assert [u.gap for u in units] == sorted((u.gap for u in units), reverse=True)


def test_less_in_the_days_left_makes_it_likelier(observed):
    held = assessments.of(PERIOD)
    value = held.value("pm2_5_mean", area=held.district, period=PERIOD).value
    aim = goals.goal(packs.get("indicators", "pm2_5_mean"), "<=", value)
    stated = [chances.told(held, aim, held.district, PERIOD, WhatIf(change))[0].probability for change in (20, 0, -20)]
    assert stated == sorted(stated)
    assert stated[0] < stated[2]
    again, _, _ = chances.told(held, aim, held.district, PERIOD)
    assert again.probability == stated[1]
    moved, _, _ = chances.told(held, aim, held.district, PERIOD, WhatIf(without="C1"))
    assert moved.middle < again.middle
    with pytest.raises(CannotTell, match="没有站点可评价"):
        chances.told(held, aim, held.place(observed.towns["石门镇"]), PERIOD, WhatIf(without="T1"))


@pytest.mark.parametrize(
    ("name", "operator", "value", "said"),
    [
        ("pm2_5_mean", ">=", 35, "目标方向与指标相反"),
        ("good_days", "<=", 300, "目标方向与指标相反"),
        ("pm2_5_mean", "<=", None, "没有写数值"),
        ("pm2_5_mean", "maintain", 35, "不高于"),
        ("good_day_ratio", ">=", 101, "不在可能的范围"),
        ("capture_rate", ">=", 95, "不作目标倒算"),
    ],
)
def test_a_target_that_is_none_is_said_so(observed, name, operator, value, said):
    with pytest.raises(CannotTell, match=said):
        goals.goal(packs.get("indicators", name), operator, value)


def test_the_pages_say_what_is_left_and_where_it_comes_from(observed, chief, as_):
    row = target(observed, value="36")
    client = as_(chief)
    text = client.get(f"/budget/pm2_5_mean/?task={row.pk}").content.decode()
    value = queries.value("pm2_5_mean", area=observed.district, period=PERIOD)
    assert f">{value.text}</a>" in text
    assert "后 42 天日均不高于" in text
    assert "由本地 2025 年逐日变化重抽样 2000 次，种子 20260101" in text
    assert f'href="/ledger/{row.pk}/"' in text
    assert "抠 0.1 微克" in text
    listed = client.get("/budget/").content.decode()
    assert f'href="/budget/task/{row.pk}/"' in listed
    assert client.get(f"/budget/task/{row.pk}/").headers["Location"] == f"/budget/pm2_5_mean/?task={row.pk}"
    part = client.get("/budget/pm2_5_mean/?target=36&part=whatif&change=-20", HTTP_HX_REQUEST="true").content.decode()
    assert "<html" not in part
    assert "原为" in part
    for page in (f"/ledger/{row.pk}/", "/"):
        assert f'href="/budget/task/{row.pk}/"' in client.get(page).content.decode(), page
    assert "/budget/pm2_5_mean/" in client.get("/indicators/pm2_5_mean/", HTTP_QS_CARD="1").content.decode()


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/budget/pm2_5_mean/", 200, "没有写数值"),
        ("/budget/pm2_5_mean/?target=abc", 200, "不是数"),
        ("/budget/pm2_5_mean/?target=nan", 200, "不是数"),
        ("/budget/pm2_5_mean/?target=35&operator=%3E%3D", 200, "目标方向与指标相反"),
        ("/budget/pm2_5_mean/?target=35&on=2020-01-01", 200, "还没有数据"),
        ("/budget/pm2_5_mean/?target=35&on=2025-07-31", 200, "不满一年"),
        ("/budget/pm2_5_mean/?target=35&on=2025-12-31", 200, "年度已结束"),
        ("/budget/good_days/?target=300&on=2025-12-31", 200, "年度已结束"),
        ("/budget/pm2_5_mean/?target=1e300", 200, "不在可能的范围"),
        ("/budget/pm2_5_mean/?target=-3", 200, "不在可能的范围"),
        ("/budget/pm2_5_mean/?target=35&operator=zz", 200, "才能倒算"),
        ("/budget/pm2_5_mean/?target=35.123456", 200, "修约到 1 位小数后不高于 35.1"),
        ("/budget/heavy_days/?target=0", 200, "重污染"),
        ("/budget/good_days/?target=366", 200, "已不可能达到"),
        ("/budget/o3_8h_p90/?target=1", 200, "已不可能达到"),
        ("/budget/pm2_5_mean/?target=35&on=x", 404, ""),
        ("/budget/pm2_5_mean/?target=35&task=x", 404, ""),
        ("/budget/pm2_5_mean/?target=35&area=nowhere", 404, ""),
        ("/budget/pm2_5_mean/?target=35&change=abc&without=zz", 200, "达成概率"),
        ("/budget/nothing/", 404, ""),
    ],
)
def test_a_wrong_question_gets_a_clear_answer(observed, chief, as_, address, status, said):
    answer = as_(chief).get(address)
    assert answer.status_code == status
    assert said in answer.content.decode()


def test_a_town_sees_its_own_and_not_the_others(observed, town_person, stranger, as_):
    client = as_(town_person)
    assert client.get(f"/budget/pm2_5_mean/?target=35&area={observed.towns['石门镇'].code}").status_code == 200
    assert client.get(f"/budget/pm2_5_mean/?target=35&area={observed.towns['柳泉镇'].code}").status_code == 404
    text = client.get("/budget/pm2_5_mean/?target=35&by=own").content.decode()
    table = text[text.index("抠 0.1 微克") :]
    assert "石门镇" in table
    assert "柳泉镇" not in table
    row = target(observed, area=observed.towns["柳泉镇"])
    assert client.get(f"/budget/task/{row.pk}/").status_code == 404
    assert client.get(f"/budget/pm2_5_mean/?task={row.pk}").status_code == 404


def test_a_towns_mean_that_opens_is_the_number_it_opens_to(observed, chief, as_):
    client = as_(chief)
    for by in ("own", ""):
        text = client.get(f"/budget/pm2_5_mean/?target=35&by={by}").content.decode()
        rows = re.findall(r'data-k="均值"><a class="num" href="([^"]+)" data-card="[^"]+">([\d.]+)</a>', text)
        assert rows
        for address, said in rows:
            card = client.get(address.replace("&amp;", "&")).content.decode()
            assert re.search(r'class="huge">([\d.]+)<', card)[1] == said


def test_the_card_says_how_likely_a_target_is_as_its_page_does(observed, chief, as_):
    row, client = target(observed, value="36"), as_(chief)
    card = client.get(f"/budget/task/{row.pk}/chance/").content.decode()
    found = told("pm2_5_mean", 36).chance
    assert found.words in card
    assert "90% 区间" in card
    assert found.words in client.get("/budget/pm2_5_mean/?target=36").content.decode()
    row.operator = "maintain"
    row.save()
    assert client.get(f"/budget/task/{row.pk}/chance/").content.decode().strip() == "—"


def test_an_empty_bureau_says_what_to_do(bureau, chief, as_):
    assert "还没有监测数据" in as_(chief).get("/budget/pm2_5_mean/?target=35").content.decode()
    assert "今年还没有目标" in as_(chief).get("/budget/").content.decode()


def test_an_amount_of_work_is_shared_out_to_its_deadline(observed, chief, as_):
    row = Task.objects.create(
        kind="task", title="路检路查重型柴油货车", year=2026, operator=">=", value=3000, unit="辆", check_kind="quantified",
        begins=date(2026, 1, 1), deadline=date(2026, 12, 31), reported=2412, changed="2026-01-01T00:00:00",
    )  # fmt: skip
    client = as_(chief)
    text = client.get(f"/budget/task/{row.pk}/").content.decode()
    assert ">588<" in text
    assert ">294<" in text
    assert "完不成" in text
    assert row.title in client.get("/budget/").content.decode()
    row.reported = None
    row.save()
    assert "还没有反馈" in client.get(f"/budget/task/{row.pk}/").content.decode()
    row.value = None
    row.save()
    assert "没有写数量" in client.get(f"/budget/task/{row.pk}/").content.decode()


@pytest.mark.parametrize(
    ("name", "operator", "value", "said"),
    [
        ("o3_8h_p90", "<=", "160", "高于 160"),
        ("composite_index", "<=", "3.00", "六项"),
        ("pm2_5_mean", "<", "36", "后 42 天日均 ≤"),
        ("heavy_days", "<", "3", "可再出现"),
    ],
)
def test_the_ledger_row_says_what_is_left(observed, name, operator, value, said):
    found = targets.measure(target(observed, name, operator, value), date(2026, 11, 20))
    assert found.value is not None
    assert any(said in words for words in found.budget), found.budget


def test_below_is_stricter_than_at_most(observed):
    rows = [targets.measure(target(observed, "pm2_5_mean", op, "36"), date(2026, 11, 20)) for op in ("<=", "<")]
    allowed = [float(r.budget[0].split("≤")[1]) for r in rows]
    assert allowed[1] < allowed[0]
    opposite = targets.measure(target(observed, "pm2_5_mean", ">=", "20"), date(2026, 11, 20))
    assert "方向" in " ".join(opposite.budget)


def test_a_draw_is_kept_for_a_state_of_the_data(observed):
    held = assessments.of(PERIOD)
    aim = goals.goal(packs.get("indicators", "pm2_5_mean"), "<=", 36)
    first, _, _ = chances.told(held, aim, held.district, PERIOD)
    assert chances.told(held, aim, held.district, PERIOD)[0] is first
    chances.clear()
    second, _, _ = chances.told(held, aim, held.district, PERIOD)
    np.testing.assert_array_equal(first.values, second.values)
