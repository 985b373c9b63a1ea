"""What a plan is told before it is accepted: each finding at its exact words, with what to do."""

from __future__ import annotations

import pytest
from python_calamine import CalamineWorkbook

from qingshan import plans
from qingshan.cli.main import main
from qingshan.plans import count, header, lint
from qingshan.plans.promises import of_reading

DIESEL = lint.Counter("辆", "(?:淘汰|治理).{0,8}柴油.{0,3}车")


def found(text: str, *, counters=(), others=(), year: int | None = 2026) -> list[tuple[str, str]]:
    reading = plans.read(text, year)
    said = lint.check(text, reading, counters, others)
    for f in said:
        assert f.text == text[f.start : f.end] != ""
        assert f.message
        assert f.advice
        assert f.level == lint.LEVELS.get(f.code, "warning")
    return [(f.code, f.text) for f in said]


def other(text: str, year: int, title: str = "市级下达文件") -> lint.Other:
    return lint.Other(title, year, tuple(of_reading(plans.read(text, year))))


def test_an_amount_nothing_counts_is_said_at_its_own_words() -> None:
    text = "二、任务\n淘汰、治理柴油车300辆以上，路检柴油车 3000 辆次。全部完成整治。"
    assert ("no_count_rule", "3000 辆次") in found(text, counters=[DIESEL])
    assert [code for code, _ in found(text, counters=[DIESEL])].count("no_count_rule") == 1
    assert ("no_count_rule", "300辆以上") in found(text)


def test_a_promise_nobody_can_look_at_is_said() -> None:
    assert ("unmeasurable", "力争让群众的蓝天幸福感再多一点") in found("二、任务\n完成治理15家。力争让群众的蓝天幸福感再多一点。")
    assert ("unmeasurable", "重污染天数控制在较少水平") in found("一、目标\n重污染天数控制在较少水平。")


@pytest.mark.parametrize(
    ("here", "there", "year", "code"),
    [
        ("PM2.5年均浓度不高于32微克/立方米", "PM2.5年均浓度不高于31微克/立方米", 2026, "conflict"),
        ("PM2.5年均浓度不高于32微克/立方米", "PM2.5年均浓度不高于32微克每立方米", 2026, None),
        ("PM2.5年均浓度不高于32微克/立方米", "PM2.5年均浓度不高于31微克/立方米", 2025, "weaker"),
        ("PM2.5年均浓度不高于32微克/立方米", "PM2.5年均浓度不高于33微克/立方米", 2025, None),
        ("优良天数达到300天以上", "优良天数达到305天以上", 2025, "weaker"),
        ("优良天数达到300天以上", "优良天数达到305天以上", 2024, None),
        ("国控断面水质优良比例达到100%", "市控断面水质优良比例达到90%", 2026, None),
        ("PM2.5年均浓度下降3%", "PM2.5年均浓度不高于31微克/立方米", 2026, None),
        ("优良天数完成市级下达目标", "优良天数达到305天以上", 2026, "reference_arrived"),
    ],
)
def test_another_plan_is_held_against_this_one(here: str, there: str, year: int, code: str | None) -> None:
    said = found(f"一、目标\n{here}。", others=[other(f"一、目标\n{there}。", year)])
    assert [c for c, _ in said if c in ("conflict", "weaker", "reference_arrived")] == ([code] if code else [])


def test_a_plan_that_contradicts_itself() -> None:
    text = "一、目标\nPM2.5年均浓度不高于32微克/立方米。\n二、任务\n（一）治气。PM2.5年均浓度控制在33微克/立方米以内。"
    assert ("conflict_within", "PM2.5年均浓度控制在33微克/立方米以内") in found(text)


def test_a_missing_lead_unit_is_said_of_each_where_the_others_have_one() -> None:
    with_units = "完成治理15家。（牵头单位：区住建委）\n完成改造3台。（牵头单位：大气科）\n"
    assert [t for c, t in found(f"二、任务\n{with_units}新建充电桩20个。") if c == "no_lead_unit"] == ["新建充电桩20个"]
    assert [t for c, t in found("二、任务\n完成治理15家。\n完成改造3台。\n新建充电桩20个。") if c == "no_lead_unit"] == ["完成治理15家"]


def test_masked_lost_and_cut_are_still_said() -> None:
    codes = {c for c, _ in found("一、目标\n优良天数达到xx天以上。\n二、任务\n建设管网____公里。")}
    assert {"masked", "lost_number"} <= codes


ITEMS = "\n".join(f"{n}.完成治理项目{n}个。" for n in range(1, 6))


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("本方案共安排5项重点任务。", None),
        ("本方案共安排7项重点任务。", "7项重点任务"),
        ("围绕两大行动五条措施，抓好落实。", None),
        ("围绕三大行动五条措施，抓好落实。", "三大行动"),
        ("落实优化营商环境十条措施。", None),
        ("完成市级督察反馈的12项任务。", None),
        ("去年《区工作要点》52项重点任务全部完成。", None),
    ],
)
def test_a_document_that_counts_itself_is_counted(said: str, text: str | None) -> None:
    body = f"青川区2026年工作方案\n{said}\n一、蓝天行动\n{ITEMS}\n二、碧水行动\n开展排查。"
    assert [t for c, t in found(body) if c == "count_mismatch"] == ([text] if text else [])


def test_a_count_says_how_it_was_counted() -> None:
    body = f"青川区2026年工作方案\n本方案共安排六项重点任务。\n一、行动\n{ITEMS}"
    (claim,) = count.claims(body, plans.read(body))
    assert (claim.n, dict(claim.found)["“1.”编号的条目"], body[claim.start : claim.end]) == (6, 5, "六项重点任务")


PAGE = """索 引 号：11J027/ZK-2026-000235
发布机构：青川区生态环境局　　成文日期：2026年2月12日
文 　号：青环委〔2026〕3号
信息有效性：有效
发布日期：2026-02-15 17:03

青川区2026年生态环境保护工作要点

根据《市要点》（市环委〔2026〕1号），制定本要点。
"""


def test_the_disclosure_header_is_read() -> None:
    said = header.read(PAGE)
    assert (said.index_number, said.issuer, said.number) == ("11J027/ZK-2026-000235", "青川区生态环境局", "青环委〔2026〕3号")
    assert (str(said.signed), str(said.published), said.validity) == ("2026-02-12", "2026-02-15", "有效")


def test_what_a_header_leaves_empty_stays_empty() -> None:
    said = header.read("文   号:\n\n信息有效性:\n\n生成日期:2026-03-12 17:03\n\n青川区工作要点\n根据市环委〔2026〕1号文件，制定本要点。\n")
    assert (said.index_number, said.issuer, said.number, said.validity, said.published) == ("", "", "", "", None)
    assert str(said.signed) == "2026-03-12"


def test_cells_of_a_table_and_the_signature_are_read() -> None:
    said = header.read("索引号\n11-2026-7\n文号\n青环委[2026]12 号\n\n要点\n\n一、目标\n完成治理。\n\n青川区生态文明建设委员会\n二〇二六年二月十九日\n")
    assert (said.index_number, said.number, said.issuer) == ("11-2026-7", "青环委〔2026〕12号", "青川区生态文明建设委员会")
    assert str(said.signed) == "2026-02-19"


def test_headers_of_real_pages(shared) -> None:
    said = header.read((shared / "plans" / "000_da90e85bf4e2f2fd.txt").read_text("utf-8"))
    assert (said.index_number, said.number, said.validity) == ("11J027/ZK-2021-000235", "", "")
    assert (said.issuer, str(said.signed), str(said.published)) == ("中共北京市门头沟区委生态文明建设委员会", "2021-02-19", "2021-03-12")


def test_the_commands_say_what_they_found(tmp_path, capsys) -> None:
    (tmp_path / "去年.txt").write_text("青川区2025年工作计划\n一、目标\n优良天数达到305天以上。\n二、任务\n完成治理15家。", "utf-8")
    (tmp_path / "今年.txt").write_text("青川区2026年工作计划\n一、目标\n优良天数达到300天以上。\n二、任务\n完成治理20家。", "utf-8")
    old, new, sheet = (str(tmp_path / name) for name in ("去年.txt", "今年.txt", "对照.xlsx"))
    assert main(["plan", "lint", new, "--against", old]) == 0
    assert "比《青川区2025年工作计划》的要求低：那时 ≥ 305 天，现在 ≥ 300 天" in capsys.readouterr().out
    assert main(["plan", "compare", old, new, "-o", sheet]) == 0
    assert "提高 1，降低 1" in capsys.readouterr().out
    rows = CalamineWorkbook.from_path(sheet).get_sheet_by_index(0).to_python()
    assert [(r[1], r[4], r[7]) for r in rows[3:]] == [("降低", "≥ 305 天", "≥ 300 天"), ("提高", "15 家", "20 家")]
    assert main(["plan", "lint", str(tmp_path / "没有.txt")]) == 1
    assert "打不开" in capsys.readouterr().err
