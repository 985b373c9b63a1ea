"""One firm one file: by credit code over registers, by a person's link where there is none; cases, stations, visits; scope."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from qingshan.bureau.meetings.models import Meeting
from qingshan.bureau.registers import actions, duplicates, firms, queries
from qingshan.bureau.registers.models import Entry
from qingshan.bureau.sites.models import Network, Station
from qingshan.terms import credit

pytestmark = pytest.mark.django_db
CODE = "91999101MA0000001"
CODE += credit.check_character(CODE)
NAME = "白鹭印务有限公司"


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T10:00:00")


def entry(register: str, values: dict, town, clerk, **more) -> Entry:
    return actions.add_entry(queries.register(register), values, area=town, by=clerk, **more)


@pytest.fixture
def firm(bureau, clerk):
    stone, willow = bureau.towns["石门镇"], bureau.towns["柳泉镇"]
    wide = "".join(chr(ord(c) + 0xFEE0) for c in CODE.lower())  # full-width, lower case
    return {
        "source": entry("industrial_source", {"credit_code": CODE, "firm": NAME, "industry": "印刷", "level": "重点管理", "address": "一路8号"}, stone, clerk),
        "permit": entry(
            "discharge_permit",
            {"permit": "X1", "firm": "白鹭印务", "credit_code": wide, "level": "重点管理", "issued_on": "2024-01-01", "ends_on": "2026-12-01"}, willow, clerk,
        ),
        "repair": entry("vehicle_repair", _needed("vehicle_repair") | {"code": "W1", "shop": NAME}, stone, clerk),
    }  # fmt: skip


def _needed(register: str) -> dict:
    said = {"flag": "是", "date": "2026-01-01", "number": 1, "integer": 1}
    of = queries.register(register)
    return {f.name: next(iter(f.choices), None) or said.get(f.type, "甲") for f in of.field if f.required}


def test_one_code_is_one_firm_however_it_is_written(firm, clerk, chief, as_):
    file = firms.file(clerk, CODE)
    assert {e.pk for e in file.entries} == {firm["source"].pk, firm["permit"].pk}
    assert (file.key, file.codes) == (CODE, ((CODE, ""),))
    (known,) = firms.known(clerk, "白鹭")
    assert (known["firm_code"], known["registers"], known["entries"]) == (CODE, 2, 2)
    assert [e.pk for e in firms.nameless(clerk, "白鹭")] == [firm["repair"].pk]
    page = as_(clerk).get(reverse("registers:firm", args=[CODE])).content.decode()
    for words in ("工业污染源", "排污许可证", "还有 11 天", "有效期至", "打印"):
        assert words in page
    assert NAME in as_(clerk).get(reverse("registers:firms"), {"q": CODE[:9]}).content.decode()
    assert NAME in as_(clerk).get(reverse("registers:firms"), {"code": "none"}).content.decode()


def test_a_persons_link_joins_and_parts(firm, clerk, as_):
    repair = firm["repair"]
    assert firms.file(clerk, f"e{repair.pk}").key == f"e{repair.pk}"
    pair = next(p for p in duplicates.found(clerk).pairs if repair.pk in (p.first, p.second))
    said = actions.link_entries(pair.first, pair.second, by=clerk, reason="现场核对营业执照")
    assert {e.pk for e in firms.file(clerk, CODE).entries} == {e.pk for e in firm.values()}
    answer = as_(clerk).get(reverse("registers:firm", args=[f"e{repair.pk}"]))
    assert answer.headers["Location"] == reverse("registers:firm", args=[CODE])
    assert "现场核对营业执照" in as_(clerk).get(answer.headers["Location"]).content.decode()
    assert not [p for p in duplicates.found(clerk).pairs if repair.pk in (p.first, p.second)]
    actions.take_back(said.pk, by=clerk, reason="不是一家")
    assert len(firms.file(clerk, CODE).entries) == 2


def test_a_town_sees_its_own_entries_of_a_firm_and_nobody_elses(firm, clerk, town_person, stranger, as_):
    assert [e.pk for e in firms.file(town_person, CODE).entries] == [firm["source"].pk]
    page = as_(town_person).get(reverse("registers:firm", args=[CODE])).content.decode()
    assert "排污许可证" not in page
    assert firms.file(stranger, CODE) is None
    assert as_(stranger).get(reverse("registers:firm", args=[CODE])).status_code == 404
    assert list(firms.known(stranger)) == []


def test_cases_stations_and_visits_stand_in_the_file(firm, bureau, clerk, chief, town_person, as_):
    actions.open_finding(firm["source"].pk, "废气收集不全", responsible=bureau.departments["住建局"], by=chief)
    network = Network.objects.create(name="企业", medium="air")
    Station.objects.create(code="F1", name=f"{NAME}排口", network=network, area=bureau.towns["柳泉镇"], since="2026-01-01")
    Meeting.objects.create(
        kind="visit",
        title="走访重点企业",
        year=2026,
        state="held",
        starts_at=dt.datetime(2026, 10, 8, 9),
        subject=f"走访{NAME}",
        by=chief,
        made_at=dt.datetime(2026, 10, 1),
    )
    kinds = {line.kind: line for line in firms.told(clerk, firms.file(clerk, CODE))}
    assert set(kinds) == {"检查发现", "监测站点", "会议走访"}
    assert "废气收集不全" in kinds["检查发现"].title
    assert kinds["监测站点"].words == "还没有数据"
    assert {line.kind for line in firms.told(town_person, firms.file(town_person, CODE))} == {"检查发现"}
    page = as_(clerk).get(reverse("registers:firm", args=[CODE])).content.decode()
    assert "走访重点企业" in page


def test_columns_are_written_anew_and_a_short_number_is_no_code(firm, clerk):
    Entry.objects.update(firm_code="", firm_name="")
    of = queries.register("industrial_source")
    assert firms.refresh(of) == 1
    assert firms.refresh(of) == 0
    assert Entry.objects.get(pk=firm["source"].pk).firm_code == CODE
    for wrong in ("甲", "无", "0" * 18, "12345", None):
        assert firms.code_of(of, {"credit_code": wrong}) == ""


def test_a_search_by_code_finds_what_bears_another_number(firm, clerk):
    of = queries.register("discharge_permit")
    assert [e.pk for e in queries.search(queries.entries(of, clerk), CODE[:10].lower())] == [firm["permit"].pk]
