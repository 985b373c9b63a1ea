"""Excerpts in the manner of many bureaus, negative controls among them, read whole: nothing missed, nothing invented."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from qingshan import plans

CASES = tomllib.loads((Path(__file__).parent / "test_plans_cases.toml").read_text(encoding="utf-8"))["case"]


def figure(value: float | None, unit: str | None, operator: str | None) -> str:
    """A figure as the cases write it."""
    return f"{operator or ''} {'?' if value is None else format(value, '.12g')} {unit or ''}".strip()


def targets(reading: plans.Reading) -> list[str]:
    return [f"{t.indicator} | {figure(t.value, t.unit, t.operator)}" for t in reading.targets]


def tasks(reading: plans.Reading) -> list[str]:
    said = []
    for t in reading.tasks:
        amount = figure(t.quantity.value, t.quantity.unit, t.quantity.operator) if t.quantity else ""
        said.append(" | ".join([t.text.replace("\n", ""), amount, t.deadline or "", "、".join(t.lead_units)]).rstrip(" |"))
    return said


def results(reading: plans.Reading) -> list[str]:
    return [f"{r.text} | {figure(r.value, r.unit, None)}".rstrip(" |?") for r in reading.results]


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_an_excerpt_is_read_whole(case: dict[str, object]) -> None:
    reading = plans.read(str(case["text"]))
    assert reading.kind == case["kind"]
    assert targets(reading) == case["targets"]
    assert tasks(reading) == case["tasks"]
    assert results(reading) == case["results"]


@pytest.mark.parametrize("case", [c for c in CASES if c["name"].startswith("反例")], ids=lambda c: c["name"])
def test_nothing_is_invented_where_nothing_is_promised(case: dict[str, object]) -> None:
    reading = plans.read(str(case["text"]))
    assert (reading.targets, reading.tasks, reading.results) == ((), (), ())
    assert {u.reason for u in reading.unread} <= set(plans.REASONS)


def test_masked_and_lost_figures_are_flagged_never_guessed() -> None:
    reading = plans.read(
        "二、主要目标\nPM2.5年均浓度控制在xx微克/立方米以内，优良天数达到（）天以上。\n三、重点任务\n完成××家企业治理，建设管网____公里。"
    )
    assert [t.value for t in reading.targets] == [None, None]
    assert all(t.masked for t in reading.targets)
    assert [(t.quantity.value, t.masked) for t in reading.tasks if t.quantity] == [(None, True), (None, True)]
    assert sorted({f.code for f in reading.findings} & {"masked", "lost_number"}) == ["lost_number", "masked"]


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("空气质量优良天数比率达到86%", "good_day_ratio"),
        ("环境空气优良率达到86%", "good_day_ratio"),
        ("AQI优良率达到86%", "good_day_ratio"),
        ("优良天数达到310天", "good_days"),
        ("国、市考断面水质优良比例达到86%", "water_good_ratio"),
        ("国控断面优良率达到86%", "water_good_ratio"),
        ("近岸海域优良水质比例达到86%", "water_good_ratio"),
        ("打赢蓝天保卫战考核达标率达到86%", None),
        ("重污染天数比率控制在1%以内", None),
        ("重污染天数控制在2天以内", "heavy_days"),
    ],
)
def test_a_platform_indicator_is_named_only_where_the_words_mean_it(said: str, key: str | None) -> None:
    (target,) = plans.read(f"一、年度目标\n{said}。").targets
    assert target.indicator_key == key


@pytest.mark.parametrize(
    ("said", "wording", "value"),
    [
        ("PM2.5年均浓度不高于36微克/立方米", "36", 36),
        ("优良天数达到300天以上", "300", 300),
        ("断面水质优良比例不低于六分之五", "六分之五", 500 / 6),
        ("煤炭消费总量控制在3.2万吨以内", "3.2万", 32000),
        ("污水处理率达到百分之九十", "百分之九十", 90),
        ("道路积尘负荷控制在xx克/平方米以内", "xx", None),
        ("道路积尘负荷控制在1x克/平方米以内", "1x", None),
        ("PM2.5年均浓度为32~35微克/立方米", "32~35", 35),
    ],
)
def test_value_text_is_the_wording_of_the_figure_alone(said: str, wording: str, value: float | None) -> None:
    (target,) = plans.read(f"一、年度目标\n{said}。").targets
    assert (target.value_text, target.value, target.masked) == (wording, value, value is None)


def test_names_of_units_with_and_in_them_stay_whole() -> None:
    (task,) = plans.read("完成治理项目12个。（牵头单位：市发展和改革局和市水利局，配合单位：文化和旅游局、镇街及社区）").tasks
    assert (task.lead_units, task.coop_units) == (("市发展和改革局", "市水利局"), ("文化和旅游局", "镇街", "社区"))


def test_last_years_work_is_not_this_years_plan() -> None:
    reading = plans.read(
        "2023年工作总结和2024年工作计划\n一、主要做法\n（一）狠抓治水。推进管网改造，新建管网12公里。\n二、2024年打算\n（一）治气。完成锅炉改造3台。"
    )
    assert [(t.text, t.status) for t in reading.tasks] == [("推进管网改造", "in_progress"), ("完成锅炉改造3台", "planned")]
    assert [r.value for r in reading.results] == [12]


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("6月底前完成锅炉改造3台", "2026-06-30"),
        ("11月底前完成锅炉改造3台", "2026-11-30"),
        ("三季度末完成锅炉改造3台", "2026-09-30"),
        ("年底前完成锅炉改造3台", "2026-12-31"),
        ("上半年内完成锅炉改造3台", "2026-06-30"),
        ("2027年底前完成锅炉改造3台", "2027-12-31"),
        ("到“十五五”末完成锅炉改造3台", "2030-12-31"),
        ("2月底前完成锅炉改造3台", "2026-02-28"),
        ("10月31日前完成锅炉改造3台", "2026-10-31"),
        ("完成锅炉改造3台", None),
    ],
)
def test_a_deadline_is_a_day_where_the_clause_names_it(said: str, day: str | None) -> None:
    (task,) = plans.read(said + "。", year=2026).tasks
    assert (task.deadline, task.quantity and task.quantity.value) == (day, 3)


@pytest.mark.parametrize(
    ("said", "rhythm"),
    [
        ("每周开展道路走航监测", "weekly"),
        ("每月通报各镇街排名情况和考核结果", "monthly"),
        ("每季度开展一次专项检查", "quarterly"),
        ("动态更新污染源清单", "dynamic"),
    ],
)
def test_a_rhythm_is_kept(said: str, rhythm: str) -> None:
    (task,) = plans.read(said + "。").tasks
    assert task.recurrence == rhythm


def test_units_stand_where_the_text_names_them() -> None:
    reading = plans.read(
        "完成12家企业治理。由区住建局牵头，开展工地检查300次。（牵头单位：区生态环境局；配合单位：区财政局、各镇街）\n新建监测站2座。\n责任单位：区气象局"
    )
    assert [(t.lead_units, t.coop_units) for t in reading.tasks] == [
        (("区生态环境局",), ("区财政局", "各镇街")),
        (("区住建局",), ("区财政局", "各镇街")),
        (("区气象局",), ()),
    ]


def test_tasks_take_the_units_that_the_nearest_heading_names() -> None:
    reading = plans.read(
        "一、重点任务\n（一）治气（牵头单位：区生态环境局；配合单位：区住建局）\n1.完成锅炉改造3台。\n2.开展扬尘整治。（责任单位：区城管局）\n"
        "（二）治水\n牵头单位：区水务局\n1.建设管网12公里。\n（三）治土。（牵头单位：区农业农村局）\n1.完成地块调查5个。\n二、保障措施\n1.开展专项督查。"
    )
    assert [(t.lead_units, t.coop_units) for t in reading.tasks] == [
        (("区生态环境局",), ("区住建局",)),
        (("区城管局",), ()),
        (("区水务局",), ()),
        (("区农业农村局",), ()),
        ((), ()),
    ]


def test_villages_counted_in_words_are_counted() -> None:
    (result,) = plans.read("青岭镇2025年工作总结\n一、工作情况\n完成柳河村等四个村的环境整治。").results
    assert (result.value, result.unit) == (4, "个")


def test_a_sentence_that_breaks_off_is_shown() -> None:
    codes = [
        f.code
        for f in plans.read(
            "一、任务\n（一）治水。完成管网建设3公里，开展排查整治，巩固治理成果，推进生态环境保护\n二、保障\n加强考核。"
        ).findings
    ]
    assert "cut_sentence" in codes


def test_a_sentence_that_a_page_broke_is_whole() -> None:
    source = "完成全区重点行业企业挥发性有机物综合治理项目，淘汰国三及以下柴\n油货车150辆，建成充电桩20个。"
    assert [t.text for t in plans.read(source).tasks][1] == "淘汰国三及以下柴\n油货车150辆"


def test_an_excerpt_that_begins_within_a_chapter_loses_nothing() -> None:
    reading = plans.read("完成15家企业无组织排放治理，新建扬尘在线监测点8个。\n（二）打好碧水保卫战。完成入河排污口整治20个。")
    assert [t.quantity and t.quantity.value for t in reading.tasks] == [15, 8, 20]


def test_named_systems_are_kept_with_every_place() -> None:
    source = (
        "青岭县2026年工作要点\n一、重点任务\n（一）治水。建立健全跨界流域联防联控机制，更新土壤污染重点监管单位名录，落实“三线一单”。"
        "完善空气质量预警预报平台，编制《青岭县噪声污染防治方案》。\n（二）治气。依托空气质量预警预报平台开展调度，增强“四个意识”，完善工作机制。"
    )
    found = {s.name: (s.kind, len(s.mentions)) for s in plans.read(source).systems}
    assert found == {
        "跨界流域联防联控机制": ("mechanism", 1),
        "土壤污染重点监管单位名录": ("list", 1),
        "三线一单": ("mechanism", 1),
        "空气质量预警预报平台": ("platform", 2),
        "青岭县噪声污染防治方案": ("plan_doc", 1),
    }
    for system in plans.read(source).systems:
        assert {source[a:b] for a, b in system.mentions} == {system.text}


def test_news_and_speeches_name_no_systems_either() -> None:
    assert plans.read("在推进会上的讲话\n同志们：我讲三点意见。\n一、健全联动机制，完善监管平台。").systems == ()


def test_a_title_of_two_lines_is_one() -> None:
    reading = plans.read("青岭县生态环境局2025年\n工作总结及2026年工作计划\n一、2025年工作总结\n完成管网12公里。\n二、2026年工作计划\n完成锅炉改造3台。")
    assert (reading.title, reading.year) == ("青岭县生态环境局2025年工作总结及2026年工作计划", 2026)
    assert ([r.value for r in reading.results], [t.quantity and t.quantity.value for t in reading.tasks]) == ([12], [3])


def test_a_page_number_within_a_sentence_is_no_part_of_it() -> None:
    assert [t.text for t in plans.read("开展水源地保护项目前期工— 2 —作，建设管网3公里。").tasks] == ["开展水源地保护项目前期工— 2 —作", "建设管网3公里"]
