"""The year's lists on their page: upload, faults by row, what would change, register, replace, take back; who may; what values do."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from tests.bureau.indicators.listed import OCTOBER, ask, send, stations, water_list

from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.indicators import actions, assessments, queries, reruns
from qingshan.bureau.indicators.models import AssessmentRun, RosterVersion
from qingshan.bureau.indicators.periods import Period

pytestmark = pytest.mark.django_db
PAGE = "/indicators/rosters/water_sections/2026/"
FOUR = "站点编号,站点名称,目标类别,所在河流\nA,,Ⅲ,清河\nB,点B,III类,清河\n,点C,3,柳河\nD,,,柳河\n"


def upload(client, text, page=PAGE, name="名单.csv"):
    file = io.BytesIO(text.encode() if isinstance(text, str) else text)
    file.name = name
    return client.post(f"{page}sheet/", {"file": file})


def confirm(client, answer, basis="市环办〔2026〕3号", page=PAGE):
    return client.post(f"{page}sheet/", {"confirm": answer.context["confirm"], "basis": basis})


def test_a_list_from_sheet_to_value_replaced_and_taken_back(four, clerk, as_):
    client = as_(clerk)
    assert "没有名单" in client.get("/indicators/rosters/?year=2026").content.decode()
    assert ask(four).text == "33.3"  # 1 of the 3 that have a class
    seen = upload(client, FOUR)
    assert not RosterVersion.objects.exists(), "核对不等于登记"
    assert "可登记 4 个" in seen.content.decode()
    assert confirm(client, seen, basis=" ").status_code == 422
    assert confirm(client, seen).status_code == 302
    first = RosterVersion.objects.get()
    assert [(s["code"], s.get("target", ""), s["river"]) for s in first.stations] == [
        ("A", "Ⅲ", "清河"), ("B", "Ⅲ", "清河"), ("C", "Ⅲ", "柳河"), ("D", "", "柳河"),
    ]  # fmt: skip
    value = ask(four)
    assert value.text == "25.0"  # 1 of 4
    assert value.notes[0].startswith("“2026年地表水考核断面”4 个，1 个没有结果（点D）")
    run = actions.record_run(assessments.of(OCTOBER), value)
    # replaced during the year: what is computed from now on goes by the new version, which says so; the run on record does not
    again = upload(client, "站点编号,目标类别,所在河流\nA,Ⅱ,清河\nB,Ⅲ,清河\n")
    page = again.content.decode()
    assert [line["was"] for line in again.context["lines"]] == ["改动", "不变"]
    assert [r.code for r in again.context["gone"]] == ["C", "D"]
    assert "登记为第 2 版" in page
    assert confirm(client, again, basis="市环办〔2026〕9号，断面调整").status_code == 302
    value = ask(four)
    assert value.text == "50.0"
    assert "（第2版）" in value.notes[0]
    assert reruns.again(AssessmentRun.objects.get(pk=run.pk)).value.text == "25.0"
    event = AuditEvent.objects.filter(action="更换考核名单").get()
    assert (event.before, event.after) == ({"A": "Ⅲ，清河", "C": "Ⅲ，柳河", "D": "柳河"}, {"A": "Ⅱ，清河"})
    # taken back: the first counts again
    second = RosterVersion.objects.get(version=2)
    assert client.post(f"/indicators/rosters/{first.pk}/withdraw/", {"basis": "x"}).status_code == 409
    assert client.post(f"/indicators/rosters/{second.pk}/withdraw/", {"basis": "文件作废"}).status_code == 302
    assert ask(four).text == "25.0"
    history = client.get(PAGE).content.decode()
    assert "文件作废" in history
    assert "减 2：C、D；改 1：A" in history
    assert upload(client, FOUR).context["current"].pk == first.pk
    assert confirm(client, upload(client, FOUR)).status_code == 409  # nothing would change


def test_every_wrong_row_is_named_and_nothing_is_taken(four, own_folders, clerk, as_):
    stations(four, "groundwater", {"P": {}})
    client = as_(clerk)
    rows = "站点编号,站点名称,目标类别,所在河流\nA,点B,Ⅲ,清河\nB,,Ⅶ,清河\nP,,Ⅲ,清河\nA,,Ⅲ,清河\n,没有的点,Ⅲ,清河\n../x,,Ⅲ,清河\nC,,劣Ⅴ,清河\n"
    answer = upload(client, rows)
    found = {(f.number, f.column): f.words for f in answer.context["faults"]}
    assert set(found) == {
        (2, "站点名称"), (3, "目标类别"), (4, "站点编号"), (5, "站点编号"), (6, "站点名称"), (7, "站点编号"), (8, "目标类别"),
    }  # fmt: skip
    assert found[2, "站点名称"] == "编号 A 登记为“点A”，这里写成“点B”，请核对是哪一个"
    assert "地下水站点" in found[4, "站点编号"]
    assert found[5, "站点编号"] == "与第 2 行重复"
    assert not answer.context["confirm"], "有一行不对，整份不能登记"
    for text, words in (("甲,乙\n1,2\n", "前 10 行里没有"), ("站点编号\n", "表里没有站点"), ("站点编号,站点编号\nA,B\n", "出现两次"), (b"%PDF-1.4", "PDF")):
        answer = upload(client, text)
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert not RosterVersion.objects.exists()


def test_two_who_replace_at_once_do_not_overwrite_each_other(four, clerk, chief, as_):
    one, two = as_(clerk), as_(chief)
    mine, theirs = upload(one, FOUR), upload(two, FOUR.replace("D,,,柳河\n", ""))
    assert confirm(two, theirs).status_code == 302
    answer = confirm(one, mine)
    assert answer.status_code == 409
    assert "别人已登记了第1版" in answer.content.decode()
    assert len(RosterVersion.objects.get().stations) == 3
    tampered = one.post(f"{PAGE}sheet/", {"confirm": mine.context["confirm"][:-2] + "xx", "basis": "x"})
    assert tampered.status_code == 409
    stolen = two.post("/indicators/rosters/water_sections/2025/sheet/", {"confirm": theirs.context["confirm"], "basis": "x"})
    assert stolen.status_code == 409  # looked at for another year


def test_who_may_see_and_register(four, chief, town_person, stranger, administrator, as_):
    for person in (town_person, stranger):
        for url in ("/indicators/rosters/", PAGE, f"{PAGE}sheet/", f"{PAGE}export.xlsx"):
            assert as_(person).get(url).status_code in (403, 404), url
    reader = as_(administrator)
    assert reader.get(PAGE).status_code == 200
    assert "sheet/" not in reader.get(PAGE).content.decode()
    assert upload(reader, FOUR).status_code == 403
    for url in ("/indicators/rosters/none/2026/", "/indicators/rosters/water_sections/1999/", "/indicators/rosters/water_sections/2028/"):
        assert as_(chief).get(url).status_code == 404, url


def test_a_list_goes_out_as_excel_and_comes_back_the_same(four, own_folders, clerk, as_):
    client = as_(clerk)
    water_list(own_folders)  # as a file of the bureau's pack
    page = client.get(PAGE).content.decode()
    assert "来自制度包" in page
    data = client.get(f"{PAGE}export.xlsx").content
    cells = [list(r) for r in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)]
    assert cells[:2] == [["站点编号", "站点名称", "目标类别", "所在河流"], ["A", "点A", "Ⅲ", "清河"]]
    answer = upload(client, data, name="名单.xlsx")
    assert confirm(client, answer).status_code == 302
    assert queries.roster("water_sections", 2026).station == RosterVersion.objects.get().declared.station
    upload_of_next = client.get("/indicators/rosters/water_sections/2027/sheet/").content.decode()
    assert "export.xlsx?from=2026" in upload_of_next
    carried = client.get("/indicators/rosters/water_sections/2027/export.xlsx?from=2026").content
    assert len(list(openpyxl.load_workbook(io.BytesIO(carried)).active.iter_rows())) == 5


def test_a_year_has_its_own_list_and_weights_their_unit(own, own_folders, tmp_path, clerk, as_):
    stations(own, "noise", {"H1": {}, "H2": {}})
    assert send(own_folders, tmp_path, "测点,采样日期,等效连续A声级\nH1,2026-10-10,68.0\nH2,2026-10-10,72.0\n", "noise") == 0
    client, page = as_(clerk), "/indicators/rosters/noise_roads/2026/"
    seen = upload(client, "站点编号,路段长度(km)\nH1,3\nH2,\n", page)
    assert "没有写路段长度" in seen.content.decode()
    wrong = upload(client, "站点编号,路段长度(km)\nH1,-3\nH2,inf\n", page)
    assert [(f.number, f.words) for f in wrong.context["faults"]] == [(2, "写成“-3”，应大于 0"), (3, "写成“inf”，应大于 0")]
    assert confirm(client, upload(client, "站点编号,路段长度\nH1,3\nH2,1\nH9,2\n", page), page=page).status_code == 302
    value = ask(own, "noise_road_mean")
    assert value.text == "69.0"
    assert any("3 个，1 个没有结果（H9）" in n for n in value.notes)  # not registered: absent, the two others weigh
    assert confirm(client, upload(client, "站点编号,路段长度\nH1,3\nH2,1\n", page), page=page).status_code == 302
    assert ask(own, "noise_road_mean").text == "69.0"  # (3 × 68 + 72) / 4
    assert "没有道路路段名单" in ask(own, "noise_road_mean", Period.parse("2025-10")).reason
    assert queries.roster("noise_roads", 2026).until == date(2026, 12, 31)
