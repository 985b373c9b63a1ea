"""Entries that seem to be one: found by code, number, name, address and distance; merged, linked, kept apart, and back again."""

from __future__ import annotations

import datetime as dt
import random
import time

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.registers import actions, agenda, duplicates, likeness, queries
from qingshan.bureau.registers.likeness import Comparison, Said
from qingshan.bureau.registers.models import Entry, Verdict

DAY = dt.date(2026, 11, 20)
CODE, OTHER = "91999101MA0000001X", "91999101MA0000002X"


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T10:00:00")


def found(*entries: dict) -> list[tuple]:
    there = [Said(n, e.pop("register", "r"), e.pop("key", f"K{n}"), **e) for n, e in enumerate(entries)]
    return [(p.first, p.second, p.reasons) for p in Comparison(there, ("青川区",)).pairs()]


@pytest.mark.parametrize(
    "one, two, words",
    [
        ({"name": "青川（城东）水泥有限公司"}, {"name": "青川(城东)水泥有限责任公司"}, "名称除公司形式、地名外相同"),
        ({"name": "青川区白鹭印务"}, {"name": "白鹭印务有限公司"}, "名称除公司形式、地名外相同"),
        ({"name": "白鹭印务", "key": "G-001"}, {"name": "另起的名", "key": "ｇ001"}, "编号除全半角、空格、横线外相同"),
        ({"name": "云溪家具厂", "code": CODE}, {"name": "云溪木器家具厂", "code": CODE}, "信用代码相同"),
        ({"name": "云溪家具厂", "address": "青川区石门镇一路8号"}, {"name": "云溪家俱厂", "address": "石门镇一路８号"}, "名称只差一个字"),
        ({"name": "云溪家具商行", "lon": 110.0, "lat": 30.0}, {"name": "云溪家具店", "lon": 110.0005, "lat": 30.0}, "相距 48 米"),
    ],
)
def test_what_seems_to_be_one_says_why(one, two, words):
    ((first, second, reasons),) = found(one, two)
    assert (first, second) == (0, 1)
    assert words in reasons


@pytest.mark.parametrize(
    "one, two",
    [
        ({"name": "云溪家具厂", "code": CODE}, {"name": "云溪家具厂", "code": "91999101MA9876543X"}),
        ({"name": "1号锅炉", "code": CODE, "address": "一路8号"}, {"name": "2号锅炉", "code": CODE, "address": "一路8号"}),
        (
            {"name": "老王面馆", "address": "一路8号", "lon": 110.0, "lat": 30.0},
            {"name": "好味火锅", "address": "一路8号", "lon": 110.0, "lat": 30.0},
        ),
        ({"name": "云溪家具厂", "lon": 110.0, "lat": 30.0}, {"name": "云溪家具厂", "lon": 110.1, "lat": 30.0}),
        ({"name": "大桥村", "area": 1}, {"name": "大桥村", "area": 2}),
    ],
)
def test_what_is_not_one_is_not_proposed(one, two):
    assert found(one, two) == []


def test_across_registers_only_what_no_code_says():
    firm = {"name": "x", "firm": "白鹭印务有限公司"}
    assert found(firm | {"register": "a", "code": CODE}, firm | {"register": "b", "code": CODE}) == []
    assert found(firm | {"register": "a", "code": CODE}, firm | {"register": "b", "code": "91999101MA9876543X"}) == []
    ((*_, reasons),) = found(firm | {"register": "a", "code": CODE}, firm | {"register": "b"})
    assert reasons == ("主体名称相同", "有一边没有信用代码")
    ((*_, reasons),) = found(firm | {"register": "a", "code": CODE}, firm | {"register": "b", "code": OTHER})
    assert "信用代码只差一位，可能抄错" in reasons


def test_fifty_thousand_take_seconds():
    rng = random.Random(5)
    words = [a + b for a in "青白云南河新东柳望古石松" for b in "川鹭溪屏湾桥岭林江渡门坪"]
    there = [
        Said(
            n, "r", f"K{n}", "".join(rng.choices(words, k=4)) + "有限公司", f"9199910{n:011d}", "", f"一路{n}号",
            110 + rng.random() / 2, 30 + rng.random() / 2,
        )
        for n in range(50_000)
    ]  # fmt: skip
    there[40_000] = Said(40_000, "r", "K40000", there[7].name, "", "", there[7].address, there[7].lon, there[7].lat)
    began = time.perf_counter()
    pairs = Comparison(there).pairs()
    assert time.perf_counter() - began < 60
    assert (pairs[0].first, pairs[0].second, pairs[0].score) == (7, 40_000, 105)
    common = Comparison([Said(n, "r", f"K{n}", "便民小吃店") for n in range(3000)])
    assert common.pairs() == []
    assert common.wide > 0


def firm(n: int, name: str, town, clerk, *, register: str = "catering", **more) -> Entry:
    of = queries.register(register)
    said = {f.name: more.pop(f.name, None) or _any(f) for f in of.field if f.required}
    said |= {of.key.name: said[of.key.name] if of.key.name in more else f"K{n}", of.heading.name: name} | {
        k: v for k, v in more.items() if k not in ("lon", "lat")
    }
    place = {k: more[k] for k in ("lon", "lat") if k in more}
    return actions.add_entry(of, said, area=town, by=clerk, **place)


def _any(field):
    return {
        "flag": "是",
        "date": "2026-01-01",
        "choice": next(iter(field.choices), ""),
        "number": field.low or 0,
        "integer": int(field.low or 0),
    }.get(field.type, "甲")


def field_of(register: str) -> str:
    """A field that need not be filled and takes text."""
    of = queries.register(register)
    return next(f.name for f in of.field if f.type == "text" and not f.required and f.name != of.whose.code)


@pytest.mark.django_db
def test_a_merge_takes_what_was_chosen_and_gives_it_back(bureau, clerk, town_person):
    stone, more = bureau.towns["石门镇"], field_of("vehicle_repair")
    one = firm(1, "河湾汽修（总店）", stone, clerk, register="vehicle_repair", credit_code=CODE)
    two = firm(2, "河湾汽修(总店)", stone, clerk, register="vehicle_repair", credit_code=CODE, lon=110.1, lat=30.1, **{more: "乙"})
    (pair,) = duplicates.found(clerk).pairs
    assert (pair.first, pair.second, pair.is_likely) == (one.pk, two.pk, True)
    with pytest.raises(PermissionDenied):
        actions.merge_entries(one.pk, two.pk, by=town_person, reason="重复")
    with pytest.raises(Refused, match="刷新"):
        actions.merge_entries(one.pk, two.pk, by=clerk, reason="重复", versions=(1, 9))
    with pytest.raises(Refused, match="理由"):
        actions.merge_entries(one.pk, two.pk, by=clerk, reason=" ")
    verdict = actions.merge_entries(one.pk, two.pk, by=clerk, reason="同一家店录了两次", taken={more, "place"}, versions=(1, 1))
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.values[more], one.lon, one.archived) == ("乙", 110.1, False)
    assert (two.archived, two.into_id) == (True, one.pk)
    assert "K2 并入本条：同一家店录了两次" in list(one.changes.values_list("basis", flat=True))
    assert duplicates.found(clerk).pairs == ()
    assert duplicates.merged_into([one.pk]) == {two.pk: one.pk}
    with pytest.raises(Refused, match="撤回那次合并"):
        actions.restore_entry(two.pk, by=clerk, basis="恢复")
    actions.change_entry(one.pk, one.values | {more: "丙"}, area=one.area, lon=one.lon, lat=one.lat, by=clerk)
    actions.take_back(verdict.pk, by=clerk, reason="原来是两家")
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.values[more], one.lon) == ("丙", None), "合并以后改过的不动，没有改过的还回去"
    assert (two.archived, two.into_id) == (False, None)
    assert len(duplicates.found(clerk).pairs) == 1
    with pytest.raises(Refused, match="已经撤回"):
        actions.take_back(verdict.pk, by=clerk, reason="再撤")


@pytest.mark.django_db
def test_merges_are_taken_back_from_the_last(bureau, clerk):
    a, b, c = (firm(n, "河湾汽修", bureau.towns["石门镇"], clerk, register="vehicle_repair") for n in (1, 2, 3))
    first = actions.merge_entries(b.pk, a.pk, by=clerk, reason="重复")
    actions.merge_entries(c.pk, b.pk, by=clerk, reason="重复")
    assert duplicates.merged_into([c.pk]) == {a.pk: c.pk, b.pk: c.pk}
    with pytest.raises(Refused, match="请先撤回那次合并"):
        actions.take_back(first.pk, by=clerk, reason="错了")


@pytest.mark.django_db
def test_what_was_said_is_kept_and_not_proposed_again(bureau, clerk, chief):
    stone, willow = bureau.towns["石门镇"], bureau.towns["柳泉镇"]
    one, two = firm(1, "河湾汽修", stone, clerk, register="vehicle_repair"), firm(2, "河湾汽修", willow, clerk, register="vehicle_repair")
    said = actions.keep_apart(one.pk, two.pk, by=clerk, reason="两镇各有一家")
    assert duplicates.found(clerk).pairs == ()
    with pytest.raises(Refused, match=r"已判为“不是同一个”（.*李响"):
        actions.link_entries(two.pk, one.pk, by=chief, reason="同一老板")
    actions.take_back(said.pk, by=chief, reason="再核")
    assert len(duplicates.found(clerk).pairs) == 1
    assert actions.link_entries(two.pk, one.pk, by=chief, reason="同一老板").kind == Verdict.Kind.LINKED
    other = firm(3, "河湾汽修", stone, clerk, register="filling_station")
    with pytest.raises(Refused, match="不同的登记册"):
        actions.merge_entries(one.pk, other.pk, by=clerk, reason="同一家")


@pytest.mark.django_db
def test_findings_of_the_merged_count_for_the_kept(bureau, chief, as_):
    said = {"site": "城东工地", "kind": "房屋建筑", "contractor": "青川建工", "flag": "绿", "flag_on": "2026-11-01"}
    said |= dict.fromkeys(("fence", "cover", "spray", "harden", "wash", "sealed"), "是")
    of = queries.register("construction_site")
    one, two = (actions.add_entry(of, said | {"code": f"G{n}"}, area=bureau.towns["石门镇"], by=chief) for n in (1, 2))
    actions.open_finding(two.pk, "夜间未覆盖", responsible=bureau.departments["住建局"], by=chief)
    assert agenda.grades(of, [one], DAY)[one.pk].word == "绿"
    actions.merge_entries(one.pk, two.pk, by=chief, reason="重复")
    assert agenda.grades(of, [one], DAY)[one.pk].word == "红"


@pytest.mark.django_db
def test_pages_compare_merge_and_take_back(bureau, clerk, stranger, as_):
    stone, more = bureau.towns["石门镇"], field_of("vehicle_repair")
    one = firm(1, "河湾汽修", stone, clerk, register="vehicle_repair")
    two = firm(2, "河湾汽修", stone, clerk, register="vehicle_repair", **{more: "乙"})
    client, address = as_(clerk), reverse("registers:pair", args=[one.pk, two.pk])
    page = client.get(reverse("registers:duplicates"), {"register": "vehicle_repair", "between": "within"}).content.decode()
    assert "名称相同" in page
    assert address in page
    assert as_(stranger).get(address).status_code == 403
    assert "合并时保留" in client.get(address).content.decode()
    form = {"what": "merge", "kept": one.pk, f"take_{more}": two.pk, f"version_{one.pk}": 1, f"version_{two.pk}": 1}
    assert "请写明理由" in client.post(address, form).content.decode()
    assert client.post(address, form | {"reason": "录了两次"}).status_code == 302
    one.refresh_from_db()
    assert one.values[more] == "乙"
    assert "K2 已并入本条" in client.get(reverse("registers:entry", args=["vehicle_repair", one.pk])).content.decode()
    verdict = Verdict.objects.get()
    assert "录了两次" in client.get(reverse("registers:duplicates"), {"said": 1}).content.decode()
    assert client.post(reverse("registers:back", args=[verdict.pk]), {"reason": "错了"}).status_code == 302
    assert not Entry.objects.get(pk=two.pk).archived


def test_names_and_addresses_as_they_are_compared():
    assert likeness.core("青川区甲乙（集团）股份有限公司", ("青川区",)) == "甲乙"
    assert likeness.address("北省南市青川区石门镇一路 8 号", ("青川区",)) == "石门镇一路8号"
    assert likeness.is_one_off("云溪家具", "云溪家俱")
    assert likeness.is_one_off("云溪家具", "云溪具家")
    assert likeness.is_one_off("云溪家具", "云溪家")
    assert not likeness.is_one_off("云溪家具", "云溪木器")
