"""What the national pack carries of water: outlets closed by a file, patrols that lag, blooms, sources, lists that follow from a size."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.bureau.cases.conftest import Hands
from tests.bureau.registers.hands import TODAY, change, put, shown

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.cases import actions as cases
from qingshan.bureau.cases.models import Case
from qingshan.bureau.indicators import assessments
from qingshan.bureau.registers import actions, agenda, queries

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T10:00:00")
    assessments.clear()
    yield
    assessments.clear()


@pytest.fixture
def stone(bureau):
    return bureau.towns["石门镇"]


def test_an_outlet_goes_from_found_to_closed_only_with_owner_measure_and_file(bureau, stone, clerk):
    outlet = put("river_outlet", clerk, stone, outlet="石门一号口", next_sample="2026-11-25")
    put("river_outlet", clerk, stone)
    with pytest.raises(Refused, match="没有填责任主体"):
        change(outlet, clerk, state="traced")
    change(outlet, clerk, state="traced", owner="石门厂", sampled_on="2026-05-01")
    assert (shown("outlets_traced", bureau.district), shown("outlets_traced_ratio", bureau.district)) == ("1", "50.0")
    assert [x.title for x in agenda.falling(clerk, TODAY, within=30, name="river_outlet")] == ["监测"]
    with pytest.raises(Refused, match=r"没有填整治方式.*没有填销号日期、销号档案号"):
        change(outlet, clerk, state="closed")
    change(outlet, clerk, state="closed", measure="清理合并", closed_on="2026-10-01", closing_no="销1")
    assert (shown("outlets_closed_ratio", bureau.district), shown("outlets_sampled_ratio", bureau.district)) == ("50.0", "50.0")
    assert [c.after["state"] for c in outlet.changes.order_by("version")] == ["found", "traced", "closed"]


def test_chiefs_of_rivers_and_bays_are_reminded_when_patrols_lag(bureau, stone, clerk):
    put("chief_river", clerk, stone, river="青川河", kind="河段", patrolled_on="2026-11-10")
    put("chief_river", clerk, stone, river="石门湾", kind="湾区、岸段", patrolled_on="2026-10-01")
    put("chief_river", clerk, stone, river="柳泉", kind="河段")
    assert (shown("patrols_kept_ratio", bureau.district), shown("bays_kept_ratio", bureau.district)) == ("33.3", "0.0")
    assert [(x.entry.name, x.light) for x in agenda.falling(clerk, TODAY, within=30, name="chief_river")] == [
        ("石门湾", "red"),
        ("青川河", "green"),
    ]


def test_a_bloom_is_graded_by_its_own_lake_s_level_and_answered_by_a_case(bureau, stone, clerk, town_person, chief):
    lake = put("bloom_watch", clerk, stone, water="青湖", warn_at=500, density=600, scum="否")
    put("bloom_watch", clerk, stone, water="白湖", warn_at=1000, density=600, scum="否")
    of = queries.register("bloom_watch")
    there = list(queries.entries(of, clerk).order_by("pk"))
    grades = agenda.grades(of, there, TODAY)
    assert [(grades[e.pk].word, grades[e.pk].reasons) for e in there] == [("轻度", ("达到本水体警戒值",)), ("未见", ())]
    assert shown("blooms", bureau.district) == "1"
    assert agenda.grades(of, [change(lake, clerk, density=12000)], TODAY)[lake.pk].word == "重度"
    actions.open_finding(lake.pk, "藻带长二百米", responsible=bureau.governments["石门镇"], by=clerk)
    case = Case.objects.get()
    assert case.workflow == "bloom_response"
    assert Hands(town_person, clerk, chief).finish(case).is_closed


def test_a_source_has_a_score_a_whole_file_a_survey_and_a_yearly_evaluation(bureau, stone, clerk):
    all_of = dict.fromkeys(
        ("fence", "sign_ok", "camera_ok", "auto_ok", "plan_ok", "road_ok", "clean_ok", "boundary_ok", "survey_ok", "records_ok"), "是"
    )
    put(
        "drinking_source",
        clerk,
        stone,
        approved="青政〔2020〕1号",
        surveyed_on="2026-03-01",
        evaluated_on="2026-02-01",
        evaluated=92,
        **all_of,
    )
    half = put("drinking_source", clerk, stone, **all_of | {"camera_ok": "否", "boundary_ok": "否"}, approved="青政〔2020〕2号")
    assert shown("source_standard_mean", bureau.district) == "92.5"
    assert (shown("source_file_ratio", bureau.district), shown("source_survey_ratio", bureau.district)) == ("50.0", "50.0")
    assert shown("source_evaluated", bureau.district) == "1"
    assert [x.light for x in agenda.falling(clerk, TODAY, within=90, name="drinking_source")] == ["green"]
    change(half, clerk, boundary_ok="是", surveyed_on="2026-11-01")
    assert (shown("source_file_ratio", bureau.district), shown("source_survey_ratio", bureau.district)) == ("100.0", "100.0")


def test_plants_of_two_thousand_tonnes_and_settlements_of_a_thousand_list_themselves(bureau, stone, clerk):
    for design, online, connected, people in (
        (2000, "是", "是", 4000),
        (5000, "是", "否", 9000),
        (1999.9, None, None, 1001),
        (30, None, None, 1000),
    ):
        put(
            "rural_plant",
            clerk,
            stone,
            design=design,
            online=online,
            connected=connected,
            people=people,
            state="running" if people != 1001 else "faulty",
        )
    put("rural_plant", clerk, stone, design=9000, state="idle")
    found = [shown(f"plants_{n}", bureau.district) for n in ("must_online", "installed_ratio", "connected_ratio")]
    assert found == ["2", "100.0", "50.0"]
    assert shown("settlements_served_ratio", bureau.district) == "66.7"


def test_basins_sewers_surveys_and_domestic_sources_are_done_with_a_proof(bureau, stone, clerk):
    for n, (basin, ground, done) in enumerate((("青川河", 12.5, "2026-06-01"), ("柳河", 29.5, "2026-09-01"), ("柳河", 9, None))):
        entry = put("small_basin", clerk, stone, name=f"小流域{n}", basin=basin, ground=ground)
        with pytest.raises(Refused, match="验收文号"):
            change(entry, clerk, state="done")
        if done:
            change(entry, clerk, state="done", proof="验1", done_on=done)
    assert (shown("basins_done", bureau.district), shown("basins_km2", bureau.district)) == ("2", "42.00")
    sewer = put("sewer_work", clerk, stone, length=3.25, defects=8, mended=5)
    change(sewer, clerk, state="done", proof="验2", done_on="2026-08-01")
    assert (shown("sewers_built_km", bureau.district), shown("sewer_defects_left", bureau.district)) == ("3.25", "3")
    put("river_outlet", clerk, stone, code="P1")
    with pytest.raises(Refused, match="入河排污口里没有编号"):
        put("water_source_survey", clerk, stone, outlet="P9")
    survey = put("water_source_survey", clerk, stone, outlet="P1", to="直排入河")
    with pytest.raises(Refused, match="污水量"):
        change(survey, clerk, state="surveyed", surveyor="罗秋", surveyed_on="2026-05-01")
    change(survey, clerk, state="surveyed", surveyor="罗秋", surveyed_on="2026-05-01", flow=12)
    assert (shown("water_surveyed_ratio", bureau.district), shown("water_survey_coverage", bureau.district)) == ("100.0", "25.0")
    home = put("domestic_source", clerk, stone, way="未定", proof="验3", done_on="2026-05-01")
    with pytest.raises(Refused, match="有治理方式"):
        change(home, clerk, state="done")
    change(home, clerk, state="done", way="纳管")
    assert shown("domestic_done_ratio", bureau.district) == "100.0"


def test_indices_of_creations_are_scored_apart(bureau, clerk):
    for program, score, state in (("节水型社会", 8, "met"), ("节水型社会", 2, "missed"), ("无废城市", 5, "met"), ("美丽海湾", 9, "met")):
        said = {"program": program, "score": score, "value": 1, "proof": "佐证1", "year": 2026}
        put("creation_index", clerk, bureau.district, state=state, subject="石门湾" if program == "美丽海湾" else "全区", **said)
    with pytest.raises(Refused, match="佐证材料"):
        put("creation_index", clerk, bureau.district, state="met", year=2026, value=1, score=1)
    found = [[shown(f"{k}_{n}", bureau.district) for n in ("met_ratio", "score")] for k in ("water_saving", "zero_waste", "bay")]
    assert found == [["50.0", "10.0"], ["100.0", "5.0"], ["100.0", "9.0"]]


def test_the_four_kinds_of_chaos_are_counted_apart(bureau, stone, clerk, town_person, chief):
    hands = Hands(town_person, clerk, chief)
    for kind in ("occupy", "heap", "heap"):
        case = cases.open_case(
            "four_chaos",
            title="河边",
            area=stone,
            responsible=bureau.governments["石门镇"],
            by=clerk,
            facts={"kind": kind, "river": "青川河"},
        )
    hands.finish(case)
    assert [shown(f"four_chaos_{k}", bureau.district) for k in ("occupy", "dig", "heap", "build")] == ["1", "0", "2", "0"]
    assert shown("four_chaos_closed_ratio", bureau.district) == "33.3"


@pytest.mark.parametrize(
    ("title", "tag", "battle"),
    [
        ("推进饮用水水源地规范化建设", "drinking", "drinking_water"), ("完成农村生活污水治理", "rural", "rural_clean"),
        ("开展渤海入海排污口溯源", "bohai", "bohai"),
    ],
)  # fmt: skip
def test_a_campaign_gathers_its_tasks_by_their_words_and_scores_them(title, tag, battle, bureau, clerk):
    from qingshan.bureau.base import packs
    from qingshan.bureau.ledger import actions as ledger
    from qingshan.bureau.ledger import battles, tags
    from qingshan.bureau.ledger import queries as tasks
    from qingshan.bureau.ledger.models import Task

    made = [
        Task.objects.create(
            year=2026, number=n, title=words, kind="task", begins=dt.date(2026, 1, 1), deadline=dt.date(2026, 12, 31),
            check_kind="milestone", changed=dt.datetime(2026, 1, 1), closed=closed, state="closed" if closed else "doing",
        )
        for n, (words, closed) in enumerate([(title, dt.date(2026, 10, 1)), ("别的工作", None)], 1)
    ]  # fmt: skip
    assert f"campaigns.{tag}" in {one.key for one in tags.proposed(made[0], [], TODAY)}
    assert f"campaigns.{tag}" not in {one.key for one in tags.proposed(made[1], [], TODAY)}
    ledger.tag_tasks([made[0].pk], f"campaigns.{tag}", by=clerk)
    found = tasks.tasks(clerk, tasks.Filters(), TODAY, 2026).prefetch_related("tags", "leads", "coops")
    rows = tasks.judged_rows(list(found), TODAY)
    assert [row.task.pk for row in rows if battles.belongs(packs.get("battles", battle).pick, row)] == [made[0].pk]
    assert battles.score(packs.get("battles", battle), rows).total == 100
