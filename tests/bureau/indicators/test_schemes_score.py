"""Scores of schemes against hand-worked numbers; what is missing, publication by two, recomputation, who sees what."""

from __future__ import annotations

import io
import json
import math
from datetime import date, datetime
from types import SimpleNamespace

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from tests.bureau.indicators.observed import lake_of, put

from qingshan.bureau.base import packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, AuditEvent
from qingshan.bureau.bulletins import rankings as documents
from qingshan.bureau.indicators import actions, composing, explanations, queries, ranking_pages, rankings
from qingshan.bureau.indicators.firm import chance, firm
from qingshan.bureau.indicators.inputs import Inputs, gather
from qingshan.bureau.indicators.models import Ranking
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.schemes import Scheme
from qingshan.bureau.indicators.standings import stand

pytestmark = pytest.mark.django_db
OCTOBER = Period.parse("2026-10")
TOWNS = ("石门镇", "柳泉镇", "竹溪乡", "城关街道")
ITEMS = [
    {"name": "load", "figures": "road_dust_load", "weight": 40, "transform": {"kind": "linear", "full_at": 0.3, "zero_at": 1.3}},
    {"name": "tasks", "title": "任务完成率", "entered": True, "better": "higher", "unit": "%", "weight": 60,
     "transform": {"kind": "deduct", "allowed": 100, "per": 1, "points": 2, "floor": 10, "whole": "up"}},
]  # fmt: skip


def write(folder, **data) -> Scheme:
    """A scheme in the bureau's own pack."""
    data = {"name": "trial", "title": "试行考核", "item": ITEMS, **data}
    path = folder / "packs" / "own" / "schemes" / f"{data['name']}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(composing.toml(data), encoding="utf-8")
    packs.clear()
    return queries.scheme(data["name"])


def give(by, load: dict, tasks: dict, period: Period = OCTOBER, **extras) -> None:
    text = "单位,数值\n" + "".join(f"{k},{v}\n" for k, v in load.items())
    actions.import_figures("road_dust_load", "a.csv", text.encode(), by=by, source="走航月报", issued=date(2026, 11, 5), period=period.token)
    for unit, value in tasks.items():
        actions.enter_score("trial", "tasks", unit, period, value, by=by, basis="核查单")
    for item, rows in extras.items():
        for unit, value in rows.items():
            actions.enter_score("trial", item, unit, period, value, by=by, basis="文件")


@pytest.fixture
def at_work(bureau, clerk, own_folders, monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T14:20:00")
    return SimpleNamespace(by=clerk, folder=own_folders)


def made(scheme, period=OCTOBER) -> rankings.Table:
    return rankings.compute(None, scheme, period)


def test_a_score_worked_by_hand(at_work):
    """石门：负荷 0.8 → 40×(1.3−0.8)/1.0 = 20；任务 97.5 → 差 2.5 按 3 → 60−6 = 54；共 74。其余同法。"""
    scheme = write(at_work.folder)
    give(at_work.by, {"石门镇": 0.8, "柳泉镇": 0.3, "竹溪乡": 1.5, "城关街道": 0.55}, {"石门镇": 97.5, "柳泉镇": 100, "竹溪乡": 60, "城关街道": 98})
    table = made(scheme)
    assert [(r.name, r.rank, r.text) for r in table.rows] == [
        ("柳泉镇", 1, "100.00"), ("城关街道", 2, "86.00"), ("石门镇", 3, "74.00"), ("竹溪乡", 4, "10.00"),
    ]  # fmt: skip
    assert [p["points"] for p in table.rows[2].parts] == [20, 54]
    assert table.mean == 67.5


def test_every_loss_is_explained_and_the_gain_named_really_gains(at_work):
    scheme = write(at_work.folder)
    give(at_work.by, {"石门镇": 0.8, "柳泉镇": 0.3, "竹溪乡": 1.5, "城关街道": 0.55}, {"石门镇": 97.5, "柳泉镇": 100, "竹溪乡": 60, "城关街道": 98})
    now = stand(gather(scheme, None), scheme, OCTOBER)
    k = next(k for k, u in enumerate(now.units) if u.name == "石门镇")
    said = explanations.unit(now, k)
    load = next(i for i in said["items"] if i["name"] == "load")
    assert load["words"].startswith("道路积尘负荷 扣 20 分：0.80 g/m²；0.3 得满分 40 分，1.3 得 0 分")
    assert load["against"] == "比前一名城关街道少 10 分"
    assert (said["ahead"]["name"], said["ahead"]["gap"]) == ("城关街道", 12.0)
    # 要超过 86：负荷分 20 → 大于 32，每 0.01 是 0.4 分：12.4/0.4 = 31 步
    assert load["gain"] == "只看这一项，再低 0.31 g/m²可超过城关街道，升至第 2 位"
    taken = now.taken.copy()
    taken[0, k] -= 0.31
    assert now.scored(taken).total[k] > 86
    taken[0, k] += 0.01
    assert now.scored(taken).total[k] <= 86
    assert explanations.unit(now, next(k for k, u in enumerate(now.units) if u.name == "柳泉镇"))["ahead"] is None


@pytest.mark.parametrize(("rule", "text"), [("apart", None), ("zero", "60.00"), ("mean", "90.00"), ("last", "80.00"), ("reweigh", "100.00")])
def test_a_town_without_one_figure_by_each_rule(at_work, rule, text):
    """城关无负荷，任务满分 60；石门、柳泉的负荷得率 1 与 0.5，平均 0.75 → 30 分。"""
    scheme = write(at_work.folder, missing=rule, units={"kind": "town", "without": ["竹溪乡"]})
    give(at_work.by, {"石门镇": 0.3, "柳泉镇": 0.8}, {"石门镇": 100, "柳泉镇": 100, "城关街道": 100})
    table = made(scheme)
    row = next(r for r in (*table.rows, *table.out) if r.name == "城关街道")
    if text is None:
        assert row.rank == 0
        assert row.reason == "道路积尘负荷：没有导入这一时段的数据"
    else:
        assert row.text == text
        assert row.parts[0]["filled"]


def test_extras_are_capped_and_a_veto_takes_the_last_grade(at_work):
    scheme = write(
        at_work.folder, bonus=[{"name": "up", "title": "表扬", "points": 2, "cap": 5}, {"name": "down", "title": "批评", "points": -3, "cap": 100}],
        bonus_cap=4, veto=[{"name": "v", "title": "重大事件"}],
        grade=[{"name": "优秀", "at_least": 90, "share": 0.25}, {"name": "良好", "at_least": 70}, {"name": "不合格"}],
        money=[{"title": "奖励", "by": "place", "amounts": [30, 20]}, {"title": "扣缴", "by": "score", "start": 80, "amount": -0.5}],
    )  # fmt: skip
    give(at_work.by, dict.fromkeys(TOWNS, 0.3), dict.fromkeys(TOWNS, 95), up={"石门镇": 9, "柳泉镇": 1}, down={"竹溪乡": 40}, v={"石门镇": 1})
    table = made(scheme)
    rows = {r.name: r for r in table.rows}
    assert {n: r.text for n, r in rows.items()} == {"石门镇": "94.00", "柳泉镇": "92.00", "城关街道": "90.00", "竹溪乡": "0.00"}
    assert {n: r.grade for n, r in rows.items()} == {"石门镇": "不合格", "柳泉镇": "优秀", "城关街道": "良好", "竹溪乡": "不合格"}
    assert rows["石门镇"].vetoed == "重大事件"
    assert [m["amount"] for m in rows["竹溪乡"].money] == [-40]
    assert [m["amount"] for m in rows["石门镇"].money] == [30]


def test_kinds_of_unit_have_their_own_items_weights_and_order(at_work):
    scheme = write(at_work.folder, within="group", group=[
        {"name": "street", "title": "街道", "ends": ["街道"], "weights": {"tasks": 100}},
        {"name": "plain", "title": "平原", "units": ["石门镇", "柳泉镇"], "weights": {"load": 70, "tasks": 30}},
    ])  # fmt: skip
    give(at_work.by, {"石门镇": 0.8, "柳泉镇": 0.3}, {"石门镇": 100, "柳泉镇": 100, "城关街道": 95})
    table = made(scheme)
    assert [(r.name, r.group, r.rank, r.text) for r in table.rows] == [
        ("城关街道", "街道", 1, "83.33"), ("柳泉镇", "平原", 1, "100.00"), ("石门镇", "平原", 2, "65.00"),
    ]  # fmt: skip
    assert [(r.name, r.reason) for r in table.out] == [("竹溪乡", "没有归入任何一个考核分组")]


def test_a_league_adds_the_months_and_shows_movement(at_work):
    scheme = write(at_work.folder, accumulate="sum", decimals=0, full=10, item=[
        {"name": "load", "figures": "road_dust_load", "weight": 10, "transform": {"kind": "rank", "step": 3, "floor": 1}}])  # fmt: skip
    give(at_work.by, {"石门镇": 0.3, "柳泉镇": 0.4, "城关街道": 0.5}, {}, Period.parse("2026-09"))
    give(at_work.by, {"石门镇": 0.9, "柳泉镇": 0.4, "城关街道": 0.4}, {})
    table = made(scheme)
    # 9 月 10、7、4；10 月 柳泉、城关并列第 1 各 10，石门第 3 得 4
    assert [(r.name, r.rank, r.text, r.movement, r.to_date) for r in table.rows] == [
        ("柳泉镇", 1, "17", 1, "10"), ("石门镇", 2, "14", -1, "4"), ("城关街道", 2, "14", 1, "10"),
    ]  # fmt: skip
    assert [r.name for r in table.out] == ["竹溪乡"]


def test_rank_goals_on_imported_figures(at_work):
    text = "镇街,月份,浓度（μg/m³）\n" + "".join(f"外区镇{i},2026年10月,{60 + i}\n" for i in range(118)) + "石门地区,2026年10月,80\n柳泉镇,2026-10,60\n竹溪乡,202610,75.5\n"
    actions.import_figures("city_town_tsp", "t.csv", text.encode("gb18030"), by=at_work.by, source="市通报", issued=date(2026, 11, 6))
    table = made(queries.scheme("city_town_tsp"))
    assert len(table.rows) == 121
    said = {g["unit"]: (g["state"], g["words"]) for g in table.goal}
    # 121 个，不进后 100 即前 21：柳泉与外区镇0 并列第 1；竹溪 76（75.5 修约到 76）在 16 个更低者之后；石门前有 22 个更低
    assert said["柳泉镇"] == ("green", "第 1 位（共 121），不进后 100，余 20 位")
    assert said["竹溪乡"][0] == "amber"
    assert said["石门镇"] == ("red", "第 23 位（共 121），不进后 100，还差 2 位")
    assert table.rows[0].tied


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("名字,数\n甲,1\n", "没有列名"),
        ("单位,数值\n甲,三十\n", "第 2 行：数值写成“三十”"),
        ("单位,数值\n甲,1\n甲,2\n", "第 3 行：甲 2026-10 与第 2 行重复"),
        ("单位,时段,数值\n甲,2026-13,1\n", "看不懂时段“2026-13”"),
        ("单位,数值\n,1\n", "没有单位名称"),
        ("单位,数值\n甲,inf\n", "有限的数"),
        ("单位,数值\n甲,\n", "数值都是空的"),
    ],
)
def test_a_faulty_file_is_told_row_by_row_and_nothing_is_taken(at_work, text, words):
    with pytest.raises(Refused, match=words):
        actions.import_figures("tsp", "t.csv", text.encode(), by=at_work.by, source="通报", issued=date(2026, 11, 1), period="2026-10")
    assert not queries.imported_sets()[-1]["there"]


def test_nothing_one_and_the_same(at_work, clerk):
    scheme = write(at_work.folder)
    assert made(scheme).rows == ()
    assert len(made(scheme).out) == 4
    with pytest.raises(Refused, match="没有一个镇街"):
        actions.publish_ranking("trial", OCTOBER, by=clerk)
    give(at_work.by, {"石门镇": 0.5}, {"石门镇": 90})
    one = made(scheme)
    assert [(r.rank, r.tied) for r in one.rows] == [(1, False)]
    give(at_work.by, dict.fromkeys(TOWNS, 0.5), dict.fromkeys(TOWNS, 90))
    same = made(scheme)
    assert {(r.rank, r.tied) for r in same.rows} == {(1, True)}
    nobody = write(at_work.folder, units={"kind": "town", "only": ["没有的镇"]})
    assert made(nobody).rows == made(nobody).out == ()


def test_two_people_publish_with_a_number_and_the_inputs_stay(at_work, clerk, chief, town_person, as_):
    write(at_work.folder, publish={"two": True, "number": "青环考〔{year}〕{n}号"})
    give(at_work.by, dict.fromkeys(TOWNS, 0.5), {"石门镇": 97, "柳泉镇": 99, "竹溪乡": 90, "城关街道": 95})
    proposed = actions.publish_ranking("trial", OCTOBER, by=clerk)
    assert (proposed.state, proposed.number) == ("proposed", "")
    assert queries.published("trial", OCTOBER) is None
    assert "还没有发布" in as_(town_person).get("/ranking/?scheme=trial&period=2026-10").content.decode()
    with pytest.raises(Refused, match="要由另一人复核"):
        actions.confirm_ranking(proposed.pk, by=clerk)
    with pytest.raises(PermissionDenied):
        actions.confirm_ranking(proposed.pk, by=town_person)
    with pytest.raises(Refused, match="等待复核"):
        actions.publish_ranking("trial", OCTOBER, by=clerk)
    done = actions.confirm_ranking(proposed.pk, by=chief)
    assert (done.state, done.number, done.confirmed_by) == ("published", "青环考〔2026〕1号", chief)
    assert json.loads(json.dumps(done.inputs, allow_nan=False))["hash"]

    # later entries, figures and even another declaration change nothing of it
    give(at_work.by, dict.fromkeys(TOWNS, 1.2), {"石门镇": 60})
    write(at_work.folder, missing="zero", title="改过的")
    check = actions.check_ranking(done.pk, by=chief)
    assert check.same
    assert actions.recomputed(done).result_hash == done.result_hash
    tampered = {**done.inputs, "given": [{**g, "value": g["value"] + 1} for g in done.inputs["given"]]}
    Ranking.objects.filter(pk=done.pk).update(inputs=tampered)
    assert not actions.check_ranking(done.pk, by=chief).same
    assert {"提交排名", "复核发布排名", "复算排名", "填报考核数据", "导入外来数据"} <= set(AuditEvent.objects.values_list("action", flat=True))


def test_a_refused_proposal_is_not_seen_and_may_be_made_again(at_work, clerk, chief):
    write(at_work.folder, publish={"two": True})
    give(at_work.by, dict.fromkeys(TOWNS, 0.5), dict.fromkeys(TOWNS, 97))
    first = actions.publish_ranking("trial", OCTOBER, by=clerk)
    with pytest.raises(Refused, match="退回原因"):
        actions.refuse_ranking(first.pk, by=chief, basis="")
    actions.refuse_ranking(first.pk, by=chief, basis="任务数有误")
    assert queries.published("trial", OCTOBER) is None
    assert actions.publish_ranking("trial", OCTOBER, by=clerk).version == 2


def test_a_town_opens_its_own_explanation_only(at_work, clerk, town_person, stranger, as_):
    write(at_work.folder)
    give(at_work.by, {"石门镇": 0.8, "柳泉镇": 0.3, "竹溪乡": 1.5, "城关街道": 0.55}, {"石门镇": 97.5, "柳泉镇": 100, "竹溪乡": 60, "城关街道": 98})
    url = "/ranking/unit/?scheme=trial&period=2026-10&unit="
    assert as_(clerk).get(url + "990104").status_code == 200
    assert as_(town_person).get(url + "990101").status_code == 404  # not published
    actions.publish_ranking("trial", OCTOBER, by=clerk)
    page = as_(town_person).get(url + "990101").content.decode()
    assert "为什么第 3" in page
    assert "扣 20 分" in page
    assert "只看这一项，再低 0.31" in page
    assert as_(town_person).get(url + "990102").status_code == 404
    assert as_(stranger).get(url + "990101").status_code == 404
    book = openpyxl.load_workbook(io.BytesIO(as_(town_person).get("/ranking/export.xlsx?scheme=trial&period=2026-10").content))
    assert {row[0] for row in book["失分说明"].iter_rows(min_row=2, values_only=True)} == {"石门镇"}
    assert [r[1] for r in book["成绩"].iter_rows(min_row=3, values_only=True)] == ["柳泉镇", "城关街道", "石门镇", "竹溪乡"]
    word = as_(town_person).get("/bulletins/ranking.docx?scheme=trial&period=2026-10")
    assert word.content[:2] == b"PK"


def test_entries_ask_for_evidence_known_units_and_permission(at_work, clerk, town_person, stranger, as_):
    write(at_work.folder)
    with pytest.raises(Refused, match="请写明依据"):
        actions.enter_score("trial", "tasks", "石门镇", OCTOBER, 90, by=clerk, basis="")
    with pytest.raises(Refused, match="没有镇街“石们镇”"):
        actions.enter_score("trial", "tasks", "石们镇", OCTOBER, 90, by=clerk, basis="x")
    with pytest.raises(Refused, match="没有填报项“load”；已有：任务完成率"):
        actions.enter_score("trial", "load", "石门镇", OCTOBER, 90, by=clerk, basis="x")
    with pytest.raises(Refused, match="有限的数"):
        actions.enter_score("trial", "tasks", "石门镇", OCTOBER, math.nan, by=clerk, basis="x")
    with pytest.raises(PermissionDenied):
        actions.enter_score("trial", "tasks", "石门镇", OCTOBER, 90, by=stranger, basis="x")
    with pytest.raises(Refused, match="由区局填报"):
        actions.enter_score("trial", "tasks", "石门镇", OCTOBER, 90, by=town_person, basis="x")
    assert actions.enter_score("trial", "tasks", "石门地区", OCTOBER, 90, by=clerk, basis="x").unit == "石门镇"
    page = as_(clerk).post("/schemes/entries/", {"scheme": "trial", "period": "2026-10", "unit": "石门镇", "item": "tasks", "value": "九十", "basis": "x"})
    assert page.status_code == 422
    assert "写成“九十”" in page.content.decode()
    actions.enter_score("trial", "tasks", "石门镇", OCTOBER, None, by=clerk, basis="填错")
    assert {r.name: r.reason for r in made(queries.scheme("trial")).out}["石门镇"].endswith("任务完成率：还没有填报")


# ── on observations ──
def test_the_appraisal_rests_on_the_same_numbers_as_every_page(observed, clerk, chief):
    for town, share in zip(TOWNS, (100, 96, 100, 90), strict=True):
        actions.enter_score("town_appraisal", "tasks", town, OCTOBER, share, by=clerk, basis="台账")
    text = "单位,数值\n石门镇,0.6\n柳泉镇,0.5\n城关街道,0.4\n竹溪乡,0.3\n"
    for series in ("road_dust_load", "dustfall", "tsp"):
        actions.import_figures(series, "a.csv", text.encode(), by=clerk, source="月报", issued=date(2026, 11, 2), period="2026-10")
    table, held = queries.ranking("town_appraisal", OCTOBER)
    row = next(r for r in table.rows if r.name == "石门镇")
    value = held.value("pm2_5_mean", area=observed.towns["石门镇"], period=OCTOBER)
    parts = {p["name"]: p for p in row.parts}
    assert parts["pm2_5"]["text"] == value.text
    then = value.last_year
    base = max(0.0, min(30.0, 30 * (75 - value.value) / 50))
    lost = min(5.0, 0.5 * max(0.0, value.value - then.then.value - 1))
    assert parts["pm2_5"]["points"] == pytest.approx(max(0.0, base - lost), abs=0.005)
    assert parts["tasks"]["points"] == 20
    assert row.value == pytest.approx(sum(p["points"] for p in row.parts))
    out = next(r for r in table.out if r.name == "竹溪乡")
    assert "PM2.5浓度：捕集率 71.0%，低于 75%" in out.reason
    assert out.reason.count("；") >= 2


def test_data_that_came_after_the_cutoff_do_not_count(observed, clerk, own_folders):
    scheme = write(own_folders, cutoff={"days": 3, "hour": 12}, item=[{"name": "pm", "indicator": "pm2_5_mean", "transform": {"kind": "value"}}])
    before = rankings.compute(queries.assessed(scheme, OCTOBER), scheme, OCTOBER)
    put(own_folders, "T1", datetime(2026, 10, 31, 12), **{"PM2.5": 900.0})  # received on 3 November at 12: still counts
    on_time = rankings.compute(queries.assessed(scheme, OCTOBER), scheme, OCTOBER)
    put(own_folders, "T1", datetime(2026, 10, 31, 13), **{"PM2.5": 900.0})  # received an hour later
    late = rankings.compute(queries.assessed(scheme, OCTOBER), scheme, OCTOBER)
    assert on_time.result_hash != before.result_hash
    assert late.result_hash == on_time.result_hash
    made_ = actions.publish_ranking("trial", OCTOBER, by=clerk)
    put(own_folders, "T1", datetime(2026, 10, 31, 14), **{"PM2.5": 900.0})
    assert actions.check_ranking(made_.pk, by=clerk).same


def test_a_dust_day_deducted_later_does_not_undo_a_publication(observed, clerk):
    made_ = actions.publish_ranking("town_pm2_5", OCTOBER, by=clerk)
    actions.deduct_day(by=clerk, day=date(2026, 10, 20), symbols=("PM2.5",), basis="总站")
    assert queries.ranking("town_pm2_5", OCTOBER)[0].result_hash != made_.result_hash
    assert actions.check_ranking(made_.pk, by=clerk).same


def test_how_firm_an_order_is_repeats_and_names_what_is_shaky(observed, own_folders, clerk, town_person, as_):
    scheme = write(own_folders, capture=50, item=[{"name": "pm", "indicator": "pm2_5_mean", "transform": {"kind": "value"}}])
    july = Period.parse("2026-07")
    held = queries.assessment(july)
    a, b = (firm(gather(scheme, held), scheme, july).as_data() for _ in range(2))
    assert a == b
    assert a["gaps"] == 0
    assert all(u["same"] == 1 and u["best"] == u["worst"] == u["place"] for u in a["units"].values())
    assert [chance(x) for x in (0, 0.004, 0.5, 0.994, 1)] == ["不足 1%", "不足 1%", "50%", "99% 以上", "99% 以上"]
    store = lake_of(own_folders)
    for day in (5, 11, 23):
        for hour in range(1, 24):
            store.supersede("T1", datetime(2026, 7, day, hour), "PM2.5", None, received=datetime(2026, 8, 2), basis="质控剔除")
    holed = firm(gather(scheme, queries.assessment(july)), scheme, july)
    assert holed.gaps == 3
    said = as_(clerk).get("/ranking/firm/?scheme=trial&period=2026-07").content.decode()
    assert "缺测 3 站日重抽 200 次，种子 20260301" in said
    assert as_(town_person).get("/ranking/firm/?scheme=trial&period=2026-07").status_code == 404
    town = holed.units["990101"]
    assert town["best"] <= town["place"] <= town["worst"]


def test_frozen_inputs_come_back_as_they_were(observed, clerk):
    scheme = queries.scheme("town_composite")
    given = gather(scheme, queries.assessment(OCTOBER))
    first = rankings.compute(given.held, scheme, OCTOBER, given)
    back = Inputs.thawed(json.loads(json.dumps(given.frozen())))
    again = rankings.compute(back.held, back.schemes[scheme.name], OCTOBER, back)
    assert again.result_hash == first.result_hash
    assert rankings.Table.from_data(json.loads(json.dumps(first.as_data()))) == first


def test_every_shipped_scheme_has_a_page_a_sheet_and_a_document(observed, clerk, as_):
    client = as_(clerk)
    for scheme in queries.schemes():
        period = Period.year(2025) if scheme.rhythm == "year" else OCTOBER
        given = ranking_pages.trial(scheme, period)
        table = rankings.compute(given.held, scheme, period, given)
        kept = [table.as_data(), explanations.detail(given, scheme, period), given.frozen()]
        assert rankings.Table.from_data(json.loads(json.dumps(kept, allow_nan=False))[0]).result_hash == table.result_hash
        for address in ("/ranking/?scheme={}", "/ranking/export.xlsx?scheme={}", "/bulletins/ranking.docx?scheme={}"):
            answer = client.get(address.format(scheme.name))
            assert answer.status_code == 200, (scheme.name, address)
    roads = queries.scheme("city_road_dust")
    shown = ranking_pages.Shown(rankings.compute(None, roads, OCTOBER), None, gather(roads, None))
    assert documents.document(roads, OCTOBER, shown, "局").blocks[0].text.startswith("以下按现有数据试算")


def test_villages_of_one_name_are_told_apart_by_their_code(bureau, clerk, monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T14:20:00")
    other = Area.objects.create(code="990102001", name="石门村", level="village", parent=bureau.towns["柳泉镇"])
    with pytest.raises(Refused, match=r"有 2 个“石门村”，请写代码：990101001（石门镇）、990102001（柳泉镇）"):
        actions.enter_score("village_water", "patrol", "石门村", OCTOBER, 100, by=clerk, basis="x")
    actions.enter_score("village_water", "patrol", other.code, OCTOBER, 100, by=clerk, basis="巡查表")
    scheme = queries.scheme("village_water")
    assert {r.code: r.text for r in made(scheme).rows} == {"990101001": "0.00", "990102001": "20.00"}
    with pytest.raises(Refused, match="按月填报"):
        actions.enter_score("village_water", "patrol", other.code, Period.parse("2026"), 100, by=clerk, basis="x")


def test_the_ratchet_compares_with_the_same_month_of_the_best_year(at_work):
    scheme = write(at_work.folder, item=[
        {"name": "load", "figures": "road_dust_load", "weight": 100, "transform": {"kind": "linear", "full_at": 0, "zero_at": 1},
         "ratchet": {"against": "best", "figures": "road_dust_load", "points": 1, "per": 0.1, "cap": 50}}])  # fmt: skip
    for token, value in (("2024-10", 0.30), ("2025-10", 0.40), ("2026-09", 0.10), ("2026-10", 0.50)):
        give(at_work.by, {"石门镇": value, "柳泉镇": 0.2 if token == "2026-10" else 0.3}, {}, Period.parse(token))
    rows = {r.name: r for r in made(scheme).rows}
    # 石门：100×(1−0.5)=50，比历年同月最好 0.30 差 0.2 → 扣 2；柳泉 0.2 比 0.3 好，不奖
    assert (rows["石门镇"].text, rows["柳泉镇"].text) == ("48.00", "80.00")


def test_compensation_is_thirty_per_class_and_month(at_work):
    text = "断面,数值\n甲河出境,2\n乙河出境,0\n丙河出境,1\n"
    actions.import_figures("section_class_gap", "a.csv", text.encode(), by=at_work.by, source="核算表", issued=date(2026, 11, 8), period="2026-10")
    table = made(queries.scheme("section_compensation"))
    assert {r.name: [m["amount"] for m in r.money] for r in table.rows} == {"甲河出境": [-60], "乙河出境": [], "丙河出境": [-30]}
    assert queries.strange_units("section_class_gap") == ["甲河出境", "乙河出境", "丙河出境"]
