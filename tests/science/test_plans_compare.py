"""Two plans side by side: what was raised, lowered, dropped, added; what ties is refused, and every line leads back to both texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingshan import plans
from qingshan.plans import promises
from qingshan.plans.compare import Comparison, compare
from qingshan.plans.promises import Change, compared, of_reading


def laid(before: str, after: str, years: tuple[int, int] = (2026, 2027)) -> Comparison:
    a, b = (plans.read(text, year) for text, year in zip((before, after), years, strict=True))
    return compare(of_reading(a), of_reading(b), years)


def goals(*said: str) -> str:
    return "一、年度目标\n" + "，".join(said) + "。"


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [
        ("PM2.5年均浓度不高于32微克/立方米", "PM2.5年均浓度不高于31微克/立方米", "raised"),
        ("PM2.5年均浓度不高于32微克/立方米", "PM2.5年均浓度不高于33微克/立方米", "lowered"),
        ("PM2.5年均浓度不高于32微克/立方米", "细颗粒物年均浓度控制在32微克每立方米以内", "same"),
        ("PM2.5年均浓度不高于32微克/立方米", "力争PM2.5年均浓度不高于32微克/立方米", "lowered"),
        ("PM2.5年均浓度为32微克/立方米左右", "PM2.5年均浓度不高于32微克/立方米", "raised"),
        ("PM2.5年均浓度不高于32微克/立方米", "PM2.5年均浓度低于32微克/立方米", "raised"),
        ("PM2.5年均浓度不高于32微克/立方米", "PM2.5年均浓度下降3%以上", "changed"),
        ("PM2.5年均浓度下降3%以上", "PM2.5年均浓度下降5%以上", "raised"),
        ("优良天数达到300天以上", "优良天数达到295天以上", "lowered"),
        ("优良天数达到300天以上", "优良天数达到xx天以上", "changed"),
        ("受污染耕地安全利用率保持95%", "受污染耕地安全利用率达到95%", "same"),
        ("重污染天数不超过3天", "重污染天数不超过3天", "same"),
        ("国、市考断面水质优良比例不低于六分之五", "国、市考断面水质优良比例不低于83.3333%", "same"),
    ],
)
def test_a_lower_limit_asks_more_and_a_lower_floor_asks_less(before: str, after: str, way: str) -> None:
    (row,) = laid(goals(before), goals(after)).rows
    assert row.change == way, row.words


def test_another_area_or_level_is_another_target() -> None:
    found = laid(goals("国控断面水质优良比例达到100%"), goals("市控断面水质优良比例达到90%"))
    assert [r.change for r in found.rows] == ["new", "dropped"]


def test_the_same_target_year_is_compared_whichever_plan_names_it() -> None:
    found = laid("一、目标\n2027年底前农村生活污水治理率达到60%。", "一、目标\n2027年底前农村生活污水治理率达到65%。")
    assert [(r.change, r.words) for r in found.rows if r.kind == "target"] == [("raised", "≥ 60 % → ≥ 65 %")]


def test_tasks_meet_by_verb_and_object() -> None:
    before = (
        "二、重点任务\n完成水泥、砂石行业废气深度治理15家。6月底前完成古渡码头岸电改造1个。每月开展裸地扬尘巡查。组织应急演练2次。编制突发环境事件应急预案1份。"
    )
    after = (
        "二、重点任务\n完成水泥、砂石行业废气深度治理20家。9月底前完成古渡码头岸电改造1个。每周开展裸地扬尘巡查。编制突发环境事件应急预案1份。新建安静居住小区2个。"
    )
    found = laid(before, after)
    assert [(r.change, (r.after or r.before).name, r.words) for r in found.rows] == [
        ("raised", "水泥、砂石行业废气深度治理20家", "15 家 → 20 家"),
        ("lowered", "古渡码头岸电改造1个", "期限 2026-06-30 → 2027-09-30"),
        ("raised", "裸地扬尘巡查", "每月 → 每周"),
        ("same", "突发环境事件应急预案1份", ""),
        ("new", "安静居住小区2个", ""),
        ("dropped", "应急演练2次", ""),
    ]
    assert found.counts == {"raised": 2, "lowered": 1, "changed": 0, "new": 1, "dropped": 1, "unclear": 0, "same": 1}


def test_a_tie_is_refused_and_names_its_rivals() -> None:
    before = "二、重点任务\n完成东河河道清淤3公里。完成西河河道清淤5公里。"
    found = laid(before, "二、重点任务\n完成南河河道清淤4公里。")
    row, *maybe = [r for r in found.rows if r.change == "unclear"]
    assert sorted(p.text for p in row.rivals) == ["完成东河河道清淤3公里", "完成西河河道清淤5公里"]
    assert row.before is None
    assert sorted(r.before.text for r in maybe if r.before) == sorted(p.text for p in row.rivals), "没有一条被说成不再提"


def test_several_of_one_name_meet_word_for_word_and_what_remains_is_one() -> None:
    found = laid("二、任务\n组织应急演练2次。\n组织应急演练5次。", "二、任务\n组织应急演练5次。\n组织应急演练3次。")
    assert [(r.change, r.words) for r in found.rows] == [("same", ""), ("raised", "2 次 → 3 次")]


def test_more_in_one_way_and_less_in_another_is_neither() -> None:
    found = laid("二、任务\n6月底前完成治理15家企业。", "二、任务\n9月底前完成治理20家企业。")
    assert [(r.change, r.words) for r in found.rows] == [("changed", "15 家 → 20 家；期限 2026-06-30 → 2027-09-30")]


def test_every_line_leads_back_to_both_texts() -> None:
    a, b = goals("优良天数达到300天以上") + "\n二、任务\n治理15家企业。", goals("优良天数达到310天以上") + "\n二、任务\n治理20家企业。"
    for row in laid(a, b).rows:
        assert row.before is not None
        assert row.after is not None
        assert a[row.before.start : row.before.end] == row.before.text
        assert b[row.after.start : row.after.end] == row.after.text


LINES = st.lists(
    st.sampled_from([
        "完成废气治理15家", "完成废气治理20家", "每月开展扬尘巡查", "新建充电桩30个", "优良天数达到300天以上", "PM2.5年均浓度不高于32微克/立方米",
        "6月底前完成码头岸电改造1个", "组织应急演练2次", "开展执法检查240家次", "PM2.5年均浓度不高于30微克/立方米",
    ]),
    max_size=8,
)  # fmt: skip


@given(LINES, LINES)
def test_nothing_is_lost_and_nothing_is_counted_twice(before: list[str], after: list[str]) -> None:
    old, new = (of_reading(plans.read("二、重点任务\n" + "。\n".join(lines) + "。", 2026)) for lines in (before, after))
    rows = compare(old, new, (2026, 2026)).rows
    assert sorted(p.start for p in new) == sorted(r.after.start for r in rows if r.after)
    assert sorted(p.start for p in old) == sorted(r.before.start for r in rows if r.before)


@given(LINES)
def test_a_plan_is_the_same_as_itself(lines: list[str]) -> None:
    mine = of_reading(plans.read("二、重点任务\n" + "。\n".join(lines) + "。", 2026))
    assert {r.change for r in compare(mine, mine, (2026, 2026)).rows} <= {"same", "unclear", "new", "dropped"}
    if len({(p.kind, p.text) for p in mine}) == len(mine) and len({promises.identity(p) for p in mine}) == len(mine):
        assert {r.change for r in compare(mine, mine, (2026, 2026)).rows} <= {"same"}


@given(st.floats(1, 500), st.floats(1, 500))
def test_raising_one_way_is_lowering_the_other(a: float, b: float) -> None:
    def limit(value: float) -> promises.Promise:
        return promises.Promise("target", 0, 1, "x", "PM2.5年均浓度", key="pm2_5_mean", operator="<=", value=value, unit="微克/立方米")

    other = {"raised": "lowered", "lowered": "raised", "same": "same"}
    there, back = compared(limit(a), limit(b)), compared(limit(b), limit(a))
    assert isinstance(there, Change)
    assert other[there.way] == back.way


def test_a_wording_is_known_again_whatever_its_spaces_width_and_number() -> None:
    assert promises.wording("3．完成 １６ 个行政村生活污水治理；") == promises.wording("（2）完成16个行政村\n生活污水治理。") == "完成16个行政村生活污水治理"


def test_real_plans_of_two_districts_are_laid_side_by_side(shared) -> None:
    texts = [(shared / "plans" / name).read_text("utf-8") for name in ("003_b5f3f724744312c3.txt", "004_d7b5a9627a035a38.txt")]
    a, b = (of_reading(plans.read(text)) for text in texts)
    found = compare(a, b, (2020, 2021))
    assert sum(r.after is not None for r in found.rows) == len(b)
    assert sum(r.before is not None for r in found.rows) == len(a)
    assert found.rows == compare(a, b, (2020, 2021)).rows


def test_the_number_of_a_road_is_its_name_and_not_an_amount() -> None:
    found = laid("二、任务\n完成108国道扬尘治理5公里。\n完成109国道扬尘治理6公里。", "二、任务\n完成108国道扬尘治理5公里。\n完成109国道扬尘治理8公里。")
    assert [(r.change, r.words) for r in found.rows] == [("same", ""), ("raised", "6 公里 → 8 公里")]
