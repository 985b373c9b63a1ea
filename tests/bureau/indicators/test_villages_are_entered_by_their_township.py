"""A township enters for its own villages with evidence, the bureau's second person confirms or sends back; nobody else sees it."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.bureau.conftest import make_person

from qingshan.bureau.base import attachments, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, AuditEvent
from qingshan.bureau.indicators import actions, queries, rankings
from qingshan.bureau.indicators.models import Entry
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.schemes import Scheme

pytestmark = pytest.mark.django_db
OCTOBER = Period.parse("2026-10")
PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def neighbour(bureau, monkeypatch):
    """柳泉镇 with a village and a person of its own."""
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T14:20:00")
    Area.objects.create(code="990102001", name="柳湾村", level="village", parent=bureau.towns["柳泉镇"])
    return make_person("liuqing", "柳青", bureau.governments["柳泉镇"], "town_officer")


def sheet(name: str = "巡查表.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF, "application/pdf")


def enter(by, value: float | None = 90, unit: str = "石门村", item: str = "patrol", **more) -> Entry:
    files = [sheet()] if value is not None else []
    return actions.enter_score("village_water", item, unit, OCTOBER, value, by=by, basis="10月巡查表", **({"files": files} | more))


def counted(name: str = "patrol") -> str:
    table = rankings.compute(None, queries.scheme("village_water"), OCTOBER)
    row = next(r for r in (*table.rows, *table.out) if r.name == "石门村")
    return next(p["text"] for p in row.parts if p["name"] == name)


def test_it_counts_when_the_bureau_has_confirmed_it(neighbour, town_person, clerk, chief):
    made = enter(town_person)
    assert (made.state, made.organisation) == ("waiting", town_person.organisation)
    assert counted() == "—"
    with pytest.raises(Refused, match="还在待确认"):
        enter(town_person, 95)
    with pytest.raises(Refused, match="还在待确认"):
        enter(clerk, 95)
    with pytest.raises(PermissionDenied):
        actions.confirm_entry(made.pk, by=town_person)
    actions.confirm_entry(made.pk, by=clerk)
    assert counted() == "90"
    with pytest.raises(Refused, match="已计入，不能再确认"):
        actions.confirm_entry(made.pk, by=chief)
    assert AuditEvent.objects.filter(action="确认考核填报").count() == 1


def test_sent_back_with_a_reason_and_entered_again(neighbour, town_person, clerk, as_):
    made = enter(town_person, 190)
    with pytest.raises(Refused, match="退回原因"):
        actions.refuse_entry(made.pk, by=clerk, reason=" ")
    answer = as_(clerk).post(f"/schemes/entries/{made.pk}/decide/", {"act": "refuse", "reason": "完成率不会超过 100"})
    assert answer.status_code == 302
    page = as_(town_person).get("/schemes/entries/?period=2026-10").content.decode()
    assert "完成率不会超过 100" in page
    assert "重填" in page
    again = enter(town_person, 100)
    actions.confirm_entry(again.pk, by=clerk)
    assert counted() == "100"
    made.refresh_from_db()
    assert (made.value, made.state) == (190, "refused"), "退回的那条原样留着"


def test_taking_back_is_a_row_and_what_counted_counts_until_confirmed(neighbour, town_person, clerk):
    with pytest.raises(Refused, match="没有可撤回的"):
        enter(town_person, None)
    first = enter(town_person)
    actions.confirm_entry(first.pk, by=clerk)
    second = enter(town_person, 70)
    back = enter(town_person, None)
    second.refresh_from_db()
    assert (second.state, back.state, back.value) == ("taken", "taken", None)
    assert counted() == "90", "待确认的撤回，已计入的不动"
    request = enter(town_person, None)
    assert request.state == "waiting"
    assert counted() == "90", "撤回已计入的，确认前仍计"
    actions.confirm_entry(request.pk, by=clerk)
    assert counted() == "—"
    assert Entry.objects.count() == 4
    enter(clerk, 60)
    with pytest.raises(Refused, match="由区局填报，要改请联系区局"):
        enter(town_person, None)


def test_only_its_own_villages_with_a_file_and_only_what_it_may(neighbour, town_person, clerk, stranger, own_folders):
    with pytest.raises(Refused, match="没有村居“柳湾村”"):
        enter(town_person, unit="柳湾村")
    with pytest.raises(Refused, match="没有村居“990102001”"):
        enter(town_person, unit="990102001")
    with pytest.raises(Refused, match="请附上佐证"):
        enter(town_person, files=[])
    with pytest.raises(Refused, match="不是可收的类别"):
        enter(town_person, files=[SimpleUploadedFile("巡查表.pdf", b"MZ\x90\x00")])
    with pytest.raises(Refused, match="由区局填报"):
        actions.enter_score("town_appraisal", "tasks", "石门镇", OCTOBER, 100, by=town_person, basis="台账", files=[sheet()])
    with pytest.raises(Refused, match="还没有到"):
        actions.enter_score("village_water", "patrol", "石门村", Period.parse("2027-01"), 1, by=town_person, basis="x", files=[sheet()])
    with pytest.raises(PermissionDenied):
        enter(stranger)
    assert not Entry.objects.exists(), "被拒绝的没有留下行"
    assert enter(clerk, files=[]).state == "confirmed", "区局自己填的当即计入"


def test_each_sees_its_own_rows_files_and_pages(neighbour, town_person, clerk, chief, stranger, as_):
    made = enter(town_person)
    theirs = enter(neighbour, 40, unit="柳湾村")
    file = attachments.of(made).get()
    page = as_(town_person).get("/schemes/entries/?period=2026-10").content.decode()
    assert "石门村" in page
    assert "柳湾村" not in page
    assert 'name="act"' not in page
    assert as_(town_person).get("/schemes/entries/?scheme=town_appraisal&period=2026-10").status_code == 404
    assert as_(stranger).get("/schemes/entries/").status_code == 404
    assert as_(town_person).get(f"/files/{file.pk}/").status_code == 200
    assert as_(neighbour).get(f"/files/{file.pk}/").status_code == 404
    assert as_(neighbour).post(f"/schemes/entries/{made.pk}/decide/", {"act": "confirm"}).status_code == 404
    assert as_(town_person).post(f"/schemes/entries/{made.pk}/decide/", {"act": "confirm"}).status_code == 403
    desk = as_(clerk).get("/schemes/entries/?scheme=village_water&period=2026-10").content.decode()
    assert all(words in desk for words in ("镇街填报 2 条", "石门村", "柳湾村", "各镇街填报进度", "巡查表.pdf"))
    assert as_(clerk).post(f"/schemes/entries/{theirs.pk}/decide/", {"act": "confirm"}).status_code == 302
    assert ">1</span>" in as_(clerk).get("/schemes/").content.decode()
    answer = as_(town_person).post("/schemes/entries/", {
        "scheme": "village_water", "period": "2026-10", "unit": "990101001", "item": "problems", "value": "2", "basis": "照片", "file": sheet("照片.pdf"),
    })  # fmt: skip
    assert answer.status_code == 302
    assert Entry.objects.filter(item="problems", state="waiting", code="990101001").count() == 1


def test_a_scheme_says_who_enters(bureau):
    item = {"name": "a", "title": "自查", "entered": True, "better": "higher", "weight": 100, "by": ["town"], "transform": {"kind": "points"}}
    said = {"name": "trial", "title": "试行", "item": [item], "units": {"kind": "village"}}
    assert Scheme.model_validate(said).item[0].by == ("town",)
    with pytest.raises(ValueError, match="镇街不给自己打分"):
        Scheme.model_validate(said | {"units": {"kind": "town"}})
    with pytest.raises(ValueError, match="不写 by"):
        Scheme.model_validate(said | {"item": [item | {"entered": False, "figures": "tsp", "better": None}]})
    assert "town" in packs.get("schemes", "village_water").item[0].by
