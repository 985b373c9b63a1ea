"""Forty findings come in by Excel, are worked in bulk, published and closed; what it came to is counted; the list goes out again."""

from __future__ import annotations

import io
from datetime import datetime

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.bureau.cases.conftest import CHROMIUM, facts_of, paper, photo, sign_in

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.cases import actions, queries
from qingshan.bureau.cases.models import Case
from qingshan.bureau.indicators import assessments
from qingshan.bureau.indicators import queries as indicators
from qingshan.bureau.indicators.periods import Period

SHEET = "/orders/sheet/?workflow=inspection_finding"
HEAD = ("来文编号", "事项", "情况", "地点", "所在区域", "责任单位", "办结期限", "经度", "纬度", "被检查对象", "问题类别", "检查日期")


def book(rows) -> SimpleUploadedFile:
    out = io.BytesIO()
    sheet = openpyxl.Workbook()
    sheet.active.append(HEAD)
    for row in rows:
        sheet.active.append(row)
    sheet.save(out)
    return SimpleUploadedFile("检查清单.xlsx", out.getvalue())


def finding(n: int, **changes) -> tuple:
    town = ("石门镇", "柳泉镇")[n % 2]
    row = {
        "来文编号": f"JC{n:03}", "事项": f"{town}第{n}工地土方未覆盖", "情况": "裸土约 200 平方米", "地点": f"{town}工业路{n}号", "所在区域": town,
        "责任单位": town, "办结期限": datetime(2026, 12, 31), "经度": 116.5 + n / 100, "纬度": 40.3, "被检查对象": f"第{n}工地",
        "问题类别": "扬尘管控", "检查日期": datetime(2026, 11, 18),
    }  # fmt: skip
    return tuple((row | changes)[c] for c in HEAD)


@pytest.mark.django_db
def test_rows_with_faults_are_named_cell_by_cell_and_nothing_is_opened(clerk, bureau, as_):
    wrong = [
        finding(1), finding(2, 责任单位="无此单位"), finding(3, 办结期限="2026-13-01"), finding(4, 问题类别="魔法"), finding(5, 经度=40.3, 纬度=116.5),
        finding(6, 办结期限=datetime(2026, 1, 1)), finding(7, 来文编号="JC001"), finding(8, 事项=""),
    ]  # fmt: skip
    page = as_(clerk).post(SHEET, {"file": book(wrong)}).content.decode()
    for said in ("没有“无此单位”", "不是日期", "“问题类别”没有这一项：魔法", "经纬度可能颠倒", "2026-01-01 已过", "与第 2 行重复"):
        assert said in page, said
    assert "可交办 1 件" in page
    assert Case.objects.count() == 0
    assert "请先下载模板" in as_(clerk).post(SHEET, {"file": SimpleUploadedFile("a.csv", "甲,乙\n1,2\n".encode())}).content.decode()
    template = as_(clerk).get(SHEET + "&template=1")
    assert [c.value for c in openpyxl.load_workbook(io.BytesIO(template.content)).active[1]][:2] == ["来文编号", "检查发现问题"]


@pytest.mark.django_db
def test_forty_findings_from_the_sheet_to_the_public_end(clerk, chief, town_person, hands, bureau, as_, monkeypatch):
    desk = as_(clerk)
    preview = desk.post(SHEET, {"file": book(map(finding, range(40)))})
    assert "可交办 40 件" in preview.content.decode()
    said = desk.post(SHEET, {"confirm": preview.context["confirm"]}, follow=True).content.decode()
    assert "已交办 40 件" in said
    again = desk.post(SHEET, {"file": book(map(finding, range(40)))}).content.decode()
    assert "已在系统里，不重复交办" in again
    mine = list(Case.objects.filter(responsible=bureau.governments["石门镇"]).values_list("number", flat=True))
    everything = list(Case.objects.values_list("number", flat=True))
    assert (len(mine), len(everything)) == (20, 40)
    assert Case.objects.first().facts["kind"] == "dust"

    town = as_(town_person)
    said = town.post("/orders/bulk/", {"case": everything, "do": "step:receive", "back": "/orders/"}, follow=True).content.decode()
    assert "已办 20 件" in said
    assert "20 件没有办成" in said  # another town's do not exist for it
    for number in mine[:2]:
        case = Case.objects.get(number=number)
        hands.finish(case, short_of="reported")
        hands.prove(case, "record", by=clerk)
        hands.prove(case, "recheck", by=clerk)
    assert "已办 2 件" in desk.post("/orders/bulk/", {"case": mine[:3], "do": "step:pass", "note": "现场看过"}, follow=True).content.decode()
    public = {"case": mine[:2], "do": "publish", "link": "https://www.example.cn/jc/8", "day": "2026-11-20"}
    assert "已办 2 件" in desk.post("/orders/bulk/", public, follow=True).content.decode()
    early = desk.post("/orders/bulk/", {"case": mine, "do": "step:close", "note": "销号"}, follow=True).content.decode()
    assert "已办 2 件" in early
    assert "18 件没有办成" in early
    assert Case.objects.exclude(closed_at=None).count() == 2

    monkeypatch.setenv("QINGSHAN_NOW", "2027-01-05T10:00")
    now = datetime(2027, 1, 5, 10)
    kinds = queries.handled_by_kind(Case.objects.all(), now)
    assert [(k.total, k.done, k.late, k.rate) for k in kinds] == [(40, 2, 38, 5.0)]
    placed, few, least = queries.league(Case.objects.all(), now)
    assert [(p.unit, p.place, p.total, p.done, p.in_time) for p in placed] == [("石门镇", 1, 20, 2, 2), ("柳泉镇", 2, 20, 0, 0)]
    assert (few, least) == ([], 5)
    page = as_(chief).get("/orders/results/?period=2026").content.decode()
    assert "检查发现问题" in page
    assert "5.0" in page
    out = openpyxl.load_workbook(io.BytesIO(desk.get("/orders/export/?workflow=inspection_finding&tab=all").content)).active
    assert out.max_row == 41
    assert {out.cell(1, c).value for c in (1, 3, 9)} == {"编号", "类别", "责任单位"}
    assert AuditEvent.objects.filter(action="公开销号").count() == 2


@pytest.mark.django_db
def test_fifty_five_handed_over_and_forty_four_done_is_eighty_percent(opened, hands, bureau):
    cases = [opened("handed_over", title=f"移交问题{n}", area=list(bureau.towns.values())[n % 4]) for n in range(55)]
    Case.objects.filter(pk__in=[c.pk for c in cases[:44]]).update(state="closed", closed_at="2026-11-19T12:00", due_at=None)
    assessments.clear()
    year = Period.year_to(datetime(2026, 11, 20).date())
    said = {n: indicators.value(n, area=bureau.district, period=year).text for n in ("handed_over_count", "handed_over_closed", "handed_over_closed_ratio")}
    assert said == {"handed_over_count": "55", "handed_over_closed": "44", "handed_over_closed_ratio": "80.0"}


@pytest.mark.django_db
def test_units_with_few_cases_are_not_ranked_and_a_place_that_comes_back_is_named(opened, bureau):
    for n in range(3):
        opened("petition_12345", title=f"料场扬尘{n}", place="石门镇砂石路 9 号", lon=116.5 + n * 1e-4, lat=40.3)
    opened("petition_12345", title="别处", place="石门镇南街", lon=116.6, lat=40.3)
    placed, few, _ = queries.league(Case.objects.all(), datetime(2026, 11, 20, 12))
    assert placed == []
    assert [(one.unit, one.total, one.place) for one in few] == [("石门镇", 4, None)]
    places = queries.repeat_places(Case.objects.all(), datetime(2026, 11, 20, 12))
    assert [(p.name, len(p.cases)) for p in places] == [("石门镇砂石路 9 号", 3)]


@pytest.mark.django_db
def test_the_ladder_climbs_by_working_days_and_a_talk_is_answered(opened, hands, monkeypatch):
    case = opened("meeting_decision")
    rungs = []
    for day in ("2026-11-24T09:00", "2026-11-24T10:00", "2026-11-26T09:00", "2026-12-07T09:00", "2026-12-08T09:00"):
        monkeypatch.setenv("QINGSHAN_NOW", day)
        actions.climb_ladder()
        case.refresh_from_db()
        rungs.append(case.rung)
    assert rungs == ["remind", "remind", "supervise", "interview", "interview"]
    assert list(case.events.filter(kind="note").values_list("title", flat=True)) == ["逾期提醒", "逾期督办", "建议约谈"]
    case = actions.answer_rung(case.number, by=hands.office, reason="已约谈镇长，三日内反馈")
    assert actions.climb_ladder() == ""
    assert case.rung == "interviewed"


@pytest.mark.django_db
def test_a_new_kind_of_case_is_a_file_and_its_reporter_stays_secret(clerk, town_person, hands, bureau, as_, own_folders):
    folder = own_folders / "packs/own/cases"
    folder.mkdir(parents=True)
    text = (
        'name = "light_nuisance"\ntitle = "光污染投诉"\nprefix = "GW"\nstate = { new = "待办", done = "已办结" }\nfinal = ["done"]\n'
        'proof = { reply = { title = "答复", type = "document" } }\n'
        'field = [{ name = "who", title = "举报人", secret = true }, { name = "lux", title = "照度", type = "number" }]\n'
        '[[step]]\nname = "close"\ntitle = "办结"\nfrom = "new"\nto = "done"\nby = "responsible"\nneeds = ["reply"]\nreason = true\n'
    )
    (folder / "light_nuisance.toml").write_text(text, "utf-8")
    packs.clear()
    desk = as_(clerk)
    assert "光污染投诉" in desk.get("/orders/new/").content.decode()
    said = {"title": "夜间大灯", "area": bureau.towns["石门镇"].pk, "responsible": bureau.governments["石门镇"].pk, "fact_who": "王五", "fact_lux": "亮"}
    assert "须填数" in desk.post("/orders/new/?workflow=light_nuisance", said).content.decode()
    desk.post("/orders/new/?workflow=light_nuisance", said | {"fact_lux": "12"})
    case = Case.objects.get()
    assert (case.number, case.facts) == ("GW-2026-0001", {"who": "王五", "lux": "12"})
    assert "王五" in desk.get(f"/orders/{case.number}/").content.decode()
    page = as_(town_person).get(f"/orders/{case.number}/").content.decode()
    assert "王五" not in page
    assert "保密" in page
    assert facts_of(case.declared)


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM, reason="没有 Chromium")
@pytest.mark.django_db(transaction=True)
def test_in_a_browser_forty_findings_come_in_are_worked_published_and_closed(browser, live_server, hands, bureau, tmp_path):
    path = tmp_path / "检查清单.xlsx"
    path.write_bytes(book(finding(2 * n, 地点=f"石门镇工业路{n}号") for n in range(40)).read())  # all of 石门镇
    desk = sign_in(browser, live_server, hands.verifier)
    desk.goto(live_server.url + SHEET)
    desk.set_input_files("[name=file]", path)
    with desk.expect_navigation():
        desk.click("button:has-text('上传并核对')")
    with desk.expect_navigation():
        desk.click("button:has-text('确认交办 40 件')")
    assert Case.objects.count() == 40

    town = sign_in(browser, live_server, hands.responsible)
    work(town, live_server, "step:receive")
    for case in Case.objects.all():
        for kind in ("before", "after"):
            actions.add_proof(case.number, kind, photo(), by=hands.responsible)
    work(town, live_server, "prove:duty", number="青环〔2026〕8号", file=("责任.txt", paper().read()))
    work(town, live_server, "step:report")

    work(desk, live_server, "prove:record", number="青环检〔2026〕8号", file=("记录.txt", paper().read()))
    work(desk, live_server, "step:pass", n=0, note="现场看过")  # nobody re-checked them yet
    assert "40 件没有办成" in desk.inner_text(".pagehead")
    assert "缺独立复核" in desk.inner_text("table")
    for case in Case.objects.all():
        hands.prove(case, "recheck")
    work(desk, live_server, "step:pass", note="现场看过")
    work(desk, live_server, "step:close", n=0, note="销号")  # not published yet
    assert "缺公开链接" in desk.inner_text("table")
    work(desk, live_server, "publish", link="https://www.example.cn/jc/8", day="2026-11-20")
    work(desk, live_server, "step:close", note="四项齐全")
    assert Case.objects.filter(state="closed").exclude(closed_at=None).count() == 40
    desk.fill("[name=reason]", "有一件弄错了")
    for box in desk.locator("table input[name=case]").all()[1:]:
        box.uncheck()
    desk.once("dialog", lambda dialog: dialog.accept())
    with desk.expect_navigation():
        desk.click("button:has-text('撤回勾选的')")
    assert Case.objects.filter(closed_at=None).get().events.get(kind="undo").undoes.title == "公开销号"
    desk.goto(f"{live_server.url}/orders/results/?period=2026")
    assert "97.5" in desk.inner_text(".content, main")


def work(page, live_server, what: str, n: int = 40, file: tuple[str, bytes] | None = None, **said: str) -> None:
    """Choose all findings of the list, do one thing to them, and see how many were done."""
    page.goto(f"{live_server.url}/orders/?workflow=inspection_finding")
    page.check("[data-pickall]")
    page.select_option("#bulk [name=do]", what)
    for name, words in said.items():
        page.fill(f"#bulk [name={name}]", words)
    if file:
        page.set_input_files("#bulk [name=file]", {"name": file[0], "mimeType": "text/plain", "buffer": file[1]})
    with page.expect_navigation():
        page.click("#bulk button.primary")
    assert f"已办 {n} 件" in page.inner_text(".pagehead")
