"""Rules of the language, one small sentence each: what is a promise, what only tells, what only says how many there are."""

from __future__ import annotations

import pytest

from qingshan import plans


def read(said: str, heading: str = "三、重点任务", title: str = "某区2024年生态环境工作计划") -> plans.Reading:
    """A sentence under a heading of a plan."""
    return plans.read(f"{title}\n{heading}\n{said}。\n")


def amounts(reading: plans.Reading) -> list[tuple[str | None, float | None, str | None]]:
    """Operator, value and unit of tasks with an amount."""
    return [(t.quantity.operator, t.quantity.value, t.quantity.unit) for t in reading.tasks if t.quantity]


def goals(reading: plans.Reading) -> list[tuple[str | None, float | None, str | None]]:
    """Operator, value and unit of targets."""
    return [(t.operator, t.value, t.unit) for t in reading.targets]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("完成三分之二以上的老旧堆场整治", [(">=", 200 / 3, "%")]),
        ("拆除小锅炉6台/18蒸吨", [("=", 6, "台")]),
        ("推动3台75蒸吨燃煤锅炉完成改造", [("=", 3, "台")]),
        ("选派4名干部到镇街挂职", [("=", 4, "名")]),
        ("为每个自然村配置一个收集桶", [("=", 1, "个")]),
        ("工地监控全部接入区平台", [("=", 100, "%")]),
        ("牧区办以草场为重点实施补播面积800亩以上", [(">=", 800, "亩")]),
        ("采取购买服务的方式新增巡查点位9个", [("=", 9, "个")]),
        ("每季度开展排污口夜查，全年不少于6次", [(">=", 6, "次")]),
        ("为沿街商铺配备收集桶80个", [("=", 80, "个")]),
        ("各村配巡查员不少于2名", [(">=", 2, "名")]),
        ("为1200户困难家庭配发清洁炉具，每户1.5吨", [("=", 1200, "户")]),
    ],
)
def test_an_amount_of_work(said: str, expected: list[tuple[str, float, str]]) -> None:
    found = amounts(read(said))
    assert [(o, pytest.approx(v), u) for o, v, u in expected] == found


@pytest.mark.parametrize(
    "said",
    [
        "辖区共有排口86个，其中工业排口7个、农业排口30个",
        "纳管的小区共计14个",
        "除2台备用锅炉外，其余设备保持现状",
        "全域均为禁燃区",
        "考核断面是上桥、下桥两处断面",
        "确保项目实施规范有序",
        "将增绿与减污同部署、同推进",
        "积极争取有关部门的理解和支持",
        "对于异味，可以采用喷淋的办法减轻影响",
        "冬季施工停工前",
        "防止小锅炉死灰复燃",
        "年度任务高质量完成",
        "编制辖区水源名录（已完成）",
        "整治力度进一步加大",
        "确保村内不冒一处烟",
        "推进整治",
        "网格以村为单位，共划分18个，网格员36名",
        "为管理提供科学依据",
        "支沟全长8公里，流经二六路",
    ],
)
def test_what_is_no_task(said: str) -> None:
    reading = read(said)
    assert (reading.tasks, reading.targets) == ((), ())


@pytest.mark.parametrize(
    ("said", "verb"),
    [
        ("东干渠治理工程预计6月底完成主体施工", "完成"),
        ("镇与各村签订管护责任书", "签订"),
        ("巡查组开展夜间巡查抽查", "开展"),
        ("新闻媒体要加大噪声治理宣传力度", "加大"),
        ("扬尘治理工作纳入镇街年度考核内容", "纳入"),
        ("不留死角开展化粪池排查", "开展"),
        ("♦ 建立海湾巡查台账", "建立"),
        ("加大巡查频次", "加大巡查"),
        ("且在各路口新设收集桶", "新设"),
    ],
)
def test_who_does_it_may_stand_before_the_verb(said: str, verb: str) -> None:
    (task,) = read(said).tasks
    assert task.verb == verb


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("完成2023年度环境空气质量年度目标任务", [("=", None, None)]),
        ("完成下达的约束性指标", [("=", None, None)]),
        ("完成节能减排任务", [("=", None, None)]),
        ("化学需氧量、氨氮排放总量达到市下达的减排目标", [("=", None, None)] * 2),
        ("甲断面优Ⅲ比例工作目标为80%", [("=", 80, "%")]),
        ("化学需氧量、氨氮排放总量比上年削减2%和3%", [("decrease", 2, "%"), ("decrease", 3, "%")]),
        ("集中处理率由81%提高到88%", [(">=", 88, "%")]),
        ("PM10浓度不升高", [("maintain", None, "微克/立方米")]),
        ("全县河流在上年基础上保持稳定不退化", [("maintain", None, None)]),
        ("60%以上的行政村全面消除黑臭水体", [(">=", 60, "%")]),
        ("县城建成区无黑臭水体", [("=", 0, "处")]),
        ("力争空气质量明显改善、优良天数明显增多", [("increase", None, None), ("increase", None, "天")]),
    ],
)
def test_a_goal(said: str, expected: list[tuple[str, float | None, str | None]]) -> None:
    assert goals(read(said, "二、主要目标")) == expected


def test_the_years_figures_behind_general_requirements_are_goals() -> None:
    reading = plans.read(
        "某市行动方案\n一、总体要求\n以改善质量为核心，坚持系统治理。到2027年，氮氧化物排放总量比2020年下降9%，优良天数比率达到90%。\n二、任务\n"
        "（一）源头治理。开展炉窑治理。"
    )
    assert goals(reading) == [("decrease", 9, "%"), (">=", 90, "%")]


def test_a_label_of_goals_in_a_report_and_what_was_reached() -> None:
    reading = plans.read(
        "某局2023年上半年工作总结\n一、完成情况\n大气年度目标：PM2.5年均浓度控制在38微克/立方米以内。优良天数150天，未发生重污染天气。"
    )
    assert goals(reading) == [("<=", 38, "微克/立方米")]
    assert [(r.value, r.unit) for r in reading.results] == [(150, "天"), (0, "天")]


@pytest.mark.parametrize(
    "said",
    [
        "湖滨新区多措并举打好治水组合拳\n来源：区融媒体 2023-05-04 阅读次数：12\n今年以来，湖滨新区完成管网改造3公里，成立了专班，对排口进行了排查。",
        "近年来，东坝区持续推进矿山修复，现已完成40个矿山修复，该区还植树5万棵，获得了群众好评。",
        "5月6日至7日，市督导组一行先后对三家企业整改情况进行现场查看，要求企业委托第三方开展检测。",
        "某市印发《水污染防治规划》，提出到2028年，优良水体比例达到85%，新增管网60公里。",
        "某网东城6月2日电（张三）东城环保局做好四项工作。制定减排计划，开展宣传活动。",
        "关于印发某区治水三年行动计划的解读材料\n一、背景\n落实上级部署，制定本计划。\n二、内容\n2027年，水质明显改善。",
        "我郑重承诺：及时清运秸秆，不焚烧垃圾，建立台账，按每亩15元缴纳保证金。",
    ],
    ids=["网页消息", "近年来", "一行", "印发提出", "电头", "解读材料", "承诺"],
)
def test_a_story_told_from_outside_promises_nothing(said: str) -> None:
    reading = plans.read(said)
    assert (reading.targets, reading.tasks, reading.results) == ((), (), ())


def test_a_line_that_the_pages_encoding_lost_does_not_hide_the_title() -> None:
    reading = plans.read("某市大气污染防治实施方案\n?\n为改善空气质量，制定本方案。\n一、目标\n到2026年，优良天数比率达到88%。")
    assert (reading.kind, goals(reading)) == ("plan", [(">=", 88, "%")])


def test_a_page_number_of_a_file_site_within_a_sentence_is_no_mark() -> None:
    first = "一、措施 " + "开展河道清漂。组织沿河巡查。" * 16 + "建立河道"
    reading = plans.read(f"某镇治水工作方案\n{first}\n2、保洁台账。")
    assert reading.tasks[-1].text == "建立河道\n2、保洁台账"


def test_a_paragraph_of_principles_urges_and_promises_nothing() -> None:
    reading = read("坚持源头防控，强化区域协作机制。坚持科学研判，完善分级管理体系")
    assert reading.tasks == ()


def test_a_short_bullet_names_what_its_sentences_are_about() -> None:
    reading = read("——推进清洁能源。并网光伏30兆瓦。\n——蓝天方面。完成4台窑炉改造")
    assert [t.text for t in reading.tasks] == ["并网光伏30兆瓦", "完成4台窑炉改造"]


def test_expected_goals_before_the_first_chapter_are_goals() -> None:
    reading = plans.read(
        "某区2024年工作要点\n总体思路是：以治水为引领。\n主要预期目标：优良天数比率91%以上，污水治理率提高至70%。\n一、任务\n开展排口溯源。"
    )
    assert goals(reading) == [(">=", 91, "%"), (">=", 70, "%")]


def test_a_percentage_without_its_number_is_lost_and_not_guessed() -> None:
    reading = read("优良天数比例达%以上", "二、主要目标")
    assert [(t.value, t.masked) for t in reading.targets] == [(None, True)]
    assert "lost_number" in {f.code for f in reading.findings}


@pytest.mark.parametrize(
    "said",
    [
        "按照公众参与办法，现将甲项目进行报批前公示，并征求公众意见。甲项目总投资1200万元，布置2套设备，处理规模为8万立方米。",
        "攻坚战的含义是什么？\n王某某（某大学教授、某实验室主任）：一个成年人每天吸入空气15立方米左右。重点任务是减少污染天气。",
        "水质监测标准\n3.1 采样点应设置在排放口。\n3.2 采样频率应不少于每日3次。\n4.1 出水执行一级标准，化学需氧量不得超过50毫克/升。\n4.2 单位应建立台账。",
        "2023年某市生态环境统计公报\n一、废水\n全市废水中氨氮排放总量321吨，其中工业源氨氮排放量12吨。",
        "县域污水治理规划编制导则\n（征求意见稿）\n为改善环境质量，指导县域治理规划编制，制定本导则。本导则由某厅负责监督管理。",
        "督察整改方案规定\n一、目标体系\n1. 对反馈问题建立台账，明确整改时限。",
    ],
    ids=["环评公示", "访谈", "标准条文", "统计公报", "导则", "规定"],
)
def test_papers_that_are_no_plan_promise_nothing(said: str) -> None:
    reading = plans.read(said)
    assert (reading.targets, reading.tasks, reading.results) == ((), (), ())


@pytest.mark.parametrize(
    "said",
    [
        "年底前掌握园区企业用地污染分布情况",
        "落实区总河长3号令",
        "加强东沙河上游段治理",
        "进一步补充设置监测点位",
        "增加特征污染物监测项目",
        "推广一批节能环保先进技术",
        "聘用脱贫户担任保洁员",
        "全程使用手机程序巡河",
        "工地围墙外侧醒目位置悬挂责任公示牌",
        "密闭清运渣土",
        "特别是对夜市进行综合整治",
        "明确污水治理重点区域",
        "重点整治占道经营、乱倒垃圾等违章行为",
    ],
)
def test_work_that_leaves_a_record(said: str) -> None:
    assert len(read(said).tasks) == 1


@pytest.mark.parametrize(
    "said",
    [
        "深入开展碧水保卫战",
        "继续推进供给侧结构性改革",
        "严格落实“党政同责、一岗双责”",
        "强化治水攻坚硬措施",
        "指导开展整治工作",
        "推动各部门落实责任",
        "全面推进美丽东坝建设",
        "提高工作效率",
        "提升处理效率和出水标准",
        "实施有效的污水处理",
        "典型案例如某市完成12项整改",
        "实现“好水”给下游",
    ],
)
def test_wording_that_leaves_no_record(said: str) -> None:
    reading = read(said)
    assert (reading.tasks, reading.targets) == ((), ())


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("提高道路机械化清扫比例", [("increase", None, "%")]),
        ("进一步提高农村生活污水治理率", [("increase", None, "%")]),
        ("废纸利用量增幅超过15%", [(">", 15, "%")]),
    ],
)
def test_which_way_a_rate_is_to_go(said: str, expected: list[tuple[str, float | None, str | None]]) -> None:
    assert goals(read(said)) == expected


def test_sections_counted_by_rank_have_one_rate() -> None:
    reading = plans.read("某市2024年工作总结\n一、完成情况\n3个国考和5个省考断面优良率均为100%。")
    assert [(r.value, r.unit) for r in reading.results] == [(100, "%")]


def test_a_share_of_nothing_is_a_figure() -> None:
    reading = plans.read("某市2024年工作总结\n一、完成情况\n劣Ⅴ类水体比例为0。")
    assert [(r.value, r.unit) for r in reading.results] == [(0, "%")]


def test_a_list_brought_up_to_date_is_done() -> None:
    reading = plans.read("某局2024年工作总结\n一、完成情况\n更新应急减排清单。")
    assert ([r.value_kind for r in reading.results], reading.tasks) == (["milestone"], ())
