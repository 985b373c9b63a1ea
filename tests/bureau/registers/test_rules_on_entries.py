"""Rules on entries as data: a site turns yellow by rule and red by a finding; what falls due; towns without; how full."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from qingshan.bureau.base import packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.packs import PackFaults
from qingshan.bureau.cases.models import Case
from qingshan.bureau.registers import actions, agenda, queries, rules

pytestmark = pytest.mark.django_db
NOV = dt.date(2026, 11, 20)
SIX = ("fence", "cover", "spray", "harden", "wash", "sealed")


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T10:00:00")


def site(town, clerk, n: int = 1, **more):
    said = {"code": f"G{n}", "site": f"青川工地{n}", "kind": "房屋建筑", "contractor": "青川建工", "flag": "绿", "flag_on": "2026-11-01"}
    said |= dict.fromkeys(SIX, "是") | more
    return actions.add_entry(queries.register("construction_site"), said, area=town, by=clerk, state="working")


def grade(entry) -> rules.Graded:
    return agenda.grades(queries.register(entry.register), [entry], NOV)[entry.pk]


def test_a_site_is_green_yellow_by_rule_and_red_by_a_finding(bureau, clerk, chief, town_person, as_):
    made = site(bureau.towns["石门镇"], clerk)
    assert (grade(made).word, grade(made).reasons) == ("绿", ())
    made = actions.change_entry(made.pk, made.values | {"cover": "否", "wash": "否"}, area=made.area, by=clerk)
    assert (grade(made).word, grade(made).reasons) == ("黄", ("裸土没有覆盖", "车辆没有冲洗"))
    office = bureau.departments["住建局"]
    with pytest.raises(PermissionDenied):
        actions.open_finding(made.pk, "夜间未覆盖", responsible=office, by=town_person)
    who = next(p for p in (clerk, chief) if p.has_perm("cases.dispatch_case"))
    address = reverse("registers:finding", args=["construction_site", made.pk])
    assert as_(who).post(address, {"summary": "夜间未覆盖", "responsible": office.pk}).status_code == 302
    assert (grade(made).word, grade(made).light, grade(made).reasons) == ("红", "red", ("有未销号的检查发现",))
    with pytest.raises(Refused, match="已有未销号的检查发现 JC-2026-0001"):
        actions.open_finding(made.pk, "又一处", responsible=office, by=who)
    page = as_(clerk).get(reverse("registers:entry", args=["construction_site", made.pk])).content.decode()
    assert "有未销号的检查发现" in page
    assert "红" in as_(clerk).get(reverse("registers:entries", args=["construction_site"])).content.decode()
    Case.objects.update(state="closed", closed_at=dt.datetime(2026, 11, 20, 9))
    assert grade(made).word == "黄"


def test_the_best_grade_waits_for_every_field_asked(bureau, clerk, as_):
    made = site(bureau.towns["石门镇"], clerk, wash=None)
    assert (grade(made).word, grade(made).missing) == ("待定", ("wash",))
    page = as_(clerk).get(reverse("registers:entry", args=["construction_site", made.pk])).content.decode()
    assert "还没有填：车辆冲洗" in page


def test_conditions_on_numbers_dates_and_all_of_them():
    grade = rules.Grade.model_validate({"band": [
        {"word": "高", "all": True, "when": [{"field": "q", "above": 10, "words": "Q 大"}, {"field": "on", "older": 30, "words": "久未查"}]},
        {"word": "低"},
    ]})  # fmt: skip
    assert rules.graded(grade, {"q": 10.5, "on": "2026-10-20"}, {}, NOV).reasons == ("Q 大", "久未查")
    assert rules.graded(grade, {"q": 10.5, "on": "2026-10-21"}, {}, NOV).word == "低"
    assert rules.graded(grade, {"q": 10, "on": "2026-01-01"}, {}, NOV).word == "低"


@pytest.mark.parametrize(
    "day, months, then",
    [("2024-02-29", 36, "2027-02-28"), ("2026-01-31", 1, "2026-02-28"), ("2026-12-15", 1, "2027-01-15"), ("2026-01-31", -2, "2025-11-30")],
)
def test_months_end_where_months_end(day, months, then):
    assert rules.months_after(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(then)


def permit(n: int, town, clerk, **more):
    said = {
        "permit": f"X{n}",
        "firm": f"青川{n}厂",
        "credit_code": "甲",
        "level": "重点管理",
        "issued_on": "2024-01-01",
        "ends_on": "2029-01-01",
    }
    return actions.add_entry(queries.register("discharge_permit"), said | more, area=town, by=clerk)


def test_what_falls_due_is_listed_within_scope(bureau, clerk, town_person, stranger, as_):
    stone, willow = bureau.towns["石门镇"], bureau.towns["柳泉镇"]
    permit(1, stone, clerk, report_due="2026-11-19", monitor_due="2026-12-20")
    permit(2, willow, clerk, ends_on="2026-12-01", report_due="2026-12-21")
    gone = permit(3, willow, clerk, report_due="2026-01-01")
    actions.archive_entry(gone.pk, by=clerk, basis="注销")
    lines = agenda.falling(clerk, NOV, within=30)
    assert [(x.entry.key, x.title, x.light, x.words) for x in lines] == [
        ("X1", "提交执行报告", "red", "逾期 1 天"), ("X2", "有效期至", "amber", "还有 11 天"), ("X1", "开展自行监测", "green", "还有 30 天"),
    ]  # fmt: skip
    assert {x.entry.key for x in agenda.falling(town_person, NOV, within=365)} == {"X1"}
    assert agenda.falling(stranger, NOV, within=365) == []
    assert [x.entry.key for x in agenda.falling(clerk, NOV, within=30, area=willow.pk)] == ["X2"]
    page = as_(clerk).get(reverse("registers:due"), {"light": "red"}).content.decode()
    assert "青川1厂" in page
    assert "青川2厂" not in page


def test_three_years_after_a_date_falls_due(bureau, clerk, settings):
    folder = settings.BUREAU_PACKS / "own" / "registers"
    folder.mkdir(parents=True)
    (folder / "own_plan.toml").write_text(
        'name = "own_plan"\ntitle = "预案"\ncoverage = "town"\ndue = [{ title = "三年修订", by = "on", months = 36 }]\n'
        'field = [{ name = "no", title = "编号", key = true }, { name = "on", title = "备案日期", type = "date", required = false }]\n', "utf-8"
    )  # fmt: skip
    packs.clear()
    of = queries.register("own_plan")
    for n, on in enumerate(("2023-12-20", "2023-12-21", None)):
        actions.add_entry(of, {"no": str(n), "on": on}, area=bureau.towns["石门镇"] if n else bureau.village, by=clerk)
    assert [(x.entry.key, x.day) for x in agenda.falling(clerk, NOV, within=30)] == [("0", dt.date(2026, 12, 20))]
    (cover,) = agenda.coverage(clerk, [of])
    assert (cover.n, cover.complete) == (3, 66)
    assert cover.towns == {"石门镇": (3, 66)}
    assert set(cover.without) == {"柳泉镇", "竹溪乡", "城关街道"}


def test_coverage_pages_open_and_a_town_sees_only_itself(bureau, clerk, town_person, as_):
    permit(1, bureau.towns["石门镇"], clerk)
    permit(2, bureau.towns["柳泉镇"], clerk)
    assert as_(clerk).get(reverse("registers:coverage")).status_code == 200
    one = as_(town_person).get(reverse("registers:coverage"), {"register": "discharge_permit"}).content.decode()
    assert "石门镇" in one
    assert "柳泉镇" not in one


@pytest.mark.parametrize(
    "rule, words",
    [
        ('due = [{ title = "甲", by = "no" }]', "没有日期字段“no”"),
        ('grade = { band = [{ word = "红", when = [{ field = "ok", is = ["red"], words = "坏" }] }, { word = "绿" }] }', "没有取值“red”"),
        ('grade = { band = [{ word = "红", when = [{ count = "moons", words = "坏" }] }, { word = "绿" }] }', "没有关联计数“moons”"),
        ('grade = { band = [{ word = "红" }, { word = "绿" }] }', "只有最后一档不写 when"),
    ],
)
def test_a_wrong_rule_is_said(settings, rule, words):
    folder = settings.BUREAU_PACKS / "own" / "registers"
    folder.mkdir(parents=True)
    field = 'field = [{ name = "no", title = "编号", key = true }, { name = "ok", title = "好", type = "flag" }]\n'
    (folder / "bad.toml").write_text(f'name = "bad"\ntitle = "坏册"\n{rule}\n{field}', "utf-8")
    packs.clear()
    with pytest.raises(PackFaults, match=words):
        queries.register("bad")


def test_the_list_is_sifted_by_grade_light_and_completeness(bureau, clerk, as_):
    town, client = bureau.towns["石门镇"], as_(clerk)
    site(town, clerk, 1)
    site(town, clerk, 2, cover="否")
    site(town, clerk, 3, wash=None)
    permit(1, town, clerk, report_due="2026-11-19")
    permit(2, town, clerk, report_due="2026-12-01")
    permit(3, town, clerk)

    def listed(register: str, **asked) -> set[str]:
        page = client.get(reverse("registers:entries", args=[register]), asked)
        return {row["entry"].key for row in page.context["rows"]}

    assert [listed("construction_site", grade=word) for word in ("绿", "黄", "待定", "红")] == [{"G1"}, {"G2"}, {"G3"}, set()]
    assert listed("construction_site", grade="紫") == {"G1", "G2", "G3"}
    assert [listed("discharge_permit", light=light) for light in ("red", "amber", "green", "none")] == [{"X1"}, {"X2"}, {"X3"}, set()]
    assert listed("discharge_permit", full="80") | listed("discharge_permit", full="50") | listed("discharge_permit", full="0") == {
        "X1",
        "X2",
        "X3",
    }
    assert listed("discharge_permit", full="full") == set()


def test_many_are_taken_out_and_put_back_for_a_reason_all_or_none(bureau, clerk, town_person, as_):
    made = [permit(n, bureau.towns["石门镇"], clerk) for n in range(3)]
    address, client = reverse("registers:archive_many", args=["discharge_permit"]), as_(clerk)
    picks = [e.pk for e in made[:2]]
    assert client.post(address, {"pick": picks, "act": "archive"}).status_code == 409
    assert as_(town_person).post(address, {"pick": picks, "act": "archive", "basis": "注销"}).status_code == 403
    assert client.post(address, {"pick": picks, "act": "archive", "basis": "企业注销"}).status_code == 302
    of = queries.register("discharge_permit")
    assert queries.entries(of, clerk).filter(archived=True).count() == 2
    assert made[0].changes.last().basis == "企业注销"
    with pytest.raises(Refused, match="已经移出"):
        actions.archive_many(of, [made[2].pk, made[0].pk], by=clerk, basis="注销")
    assert not queries.entries(of, clerk).get(pk=made[2].pk).archived
    other = site(bureau.towns["石门镇"], clerk)
    with pytest.raises(Refused, match="找不到"):
        actions.archive_many(of, [other.pk], by=clerk, basis="注销")
    assert client.post(address, {"pick": picks, "act": "restore", "basis": "重新取证"}).status_code == 302
    assert not queries.entries(of, clerk).filter(archived=True).exists()
