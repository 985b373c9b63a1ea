"""A register composed by form: faults at their fields, seen before it is published, there at once, and no value is ever lost."""

from __future__ import annotations

import datetime as dt
import io
import tomllib

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from qingshan.bureau.base import audit, clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent, Draft
from qingshan.bureau.base.packs import written
from qingshan.bureau.registers import actions, agenda, composing, queries, sheets
from qingshan.bureau.registers.actions import entries
from qingshan.bureau.registers.declared import Register
from qingshan.bureau.registers.models import Entry

pytestmark = pytest.mark.django_db
FORM = {
    "name": "quiet_street", "title": "安静街区", "keeper": "大气科", "shape": "1", "town": "1", "numbering": "AJ-{year}-{n}",
    "key": "0", "heading": "1", "state-0-title": "创建中", "state-1-title": "已命名",
    "field-0-title": "编号", "field-0-type": "text", "field-0-required": "1",
    "field-1-title": "街区", "field-1-type": "text", "field-1-required": "1",
    "field-2-title": "夜间声级", "field-2-type": "number", "field-2-unit": "dB(A)", "field-2-decimals": "1", "field-2-low": "0", "field-2-high": "120",
    "field-3-title": "类别", "field-3-type": "choice", "field-3-choices": "居住、文教",
    "field-4-title": "复核日期", "field-4-type": "date", "field-5-title": "联系电话", "field-5-type": "text", "field-5-seen": "bureau",
    "due-0-title": "三年复核", "due-0-by": "4", "due-0-months": "36", "due-0-warn": "60",
}  # fmt: skip


@pytest.fixture
def published(bureau, chief):
    draft = actions.save_register_draft(FORM, by=chief)
    return actions.publish_register(draft.pk, by=chief, basis="青环发〔2026〕1号")


def again(**changes) -> dict[str, str]:
    return composing.form_of(queries.register("quiet_street")) | changes


def test_it_is_composed_seen_published_and_there_at_once(bureau, clerk, as_, settings):
    client = as_(clerk)
    wrong = client.post(reverse("registers:compose"), FORM | {"title": "", "field-2-low": "低", "field-3-choices": ""}, follow=True)
    page = wrong.content.decode()
    assert "请填写登记册名称" in page
    assert "“夜间声级”的下限写成“低”，应为数" in page
    assert "是选项，请写可选的词" in page
    assert "要一起写" not in page  # said already, in words of the form
    draft = Draft.objects.get()
    assert reverse("registers:publish_register", args=[draft.pk]) not in page
    seen = client.post(reverse("registers:draft", args=[draft.pk]), FORM, follow=True).content.decode()
    assert "登记表的样子" in seen
    assert "夜间声级（dB(A)）" in seen
    done = client.post(reverse("registers:publish_register", args=[draft.pk]), {"basis": "青环发〔2026〕1号"}, follow=True)
    assert "安静街区" in done.content.decode()
    text = (settings.BUREAU_PACKS / "own/registers/quiet_street.toml").read_text("utf-8")
    assert text.startswith("# 第 1 版，李响 ")
    assert tomllib.loads(text)["field"][5]["seen_by"] == ["bureau"]
    entry = {"f2": "甲街", "f3": "44.6", "f4": "c1", "area": bureau.district.pk, "state": "s1", "day": "2026-11-20"}
    made = client.post(reverse("registers:new", args=["quiet_street"]), entry)
    assert made.status_code == 302, made.context and made.context["form"].errors
    assert Entry.objects.get().key == "AJ-2026-0001"
    assert audit.verify().is_whole


def test_the_form_of_every_register_says_it_again():
    for name, of in packs.all("registers").items():
        made = composing.read(composing.form_of(of))
        assert made.faults == [], name
        assert made.made == of, name
        assert Register.model_validate(tomllib.loads(written.toml(made.said))) == of, name


def test_a_national_register_gets_fields_of_the_bureau_and_keeps_its_entries(bureau, chief, clerk):
    of = queries.register("diesel_vehicle")
    old = actions.add_entry(of, {"plate": "京A1", "owner": "甲", "stage": "国三"}, area=bureau.district, by=clerk)
    n = len(of.field)
    form = composing.form_of(of) | {f"field-{n}-title": "中队", f"field-{n}-type": "choice", f"field-{n}-choices": "一中队、二中队"}
    draft = actions.save_register_draft(form, by=chief)
    assert actions.publish_register(draft.pk, by=chief, basis="局务会").version == 1
    now = queries.register("diesel_vehicle")
    assert (now.overrides, [f.title for f in now.field][-1]) == ("national", "中队")
    values = dict(old.values) | {now.field[-1].name: "二中队"}
    assert actions.change_entry(old.pk, values, area=old.area, by=clerk).values["f1"] == "c2"
    second = actions.save_register_draft(composing.form_of(now) | {"keeper": "机动车科"}, by=chief)
    assert actions.publish_register(second.pk, by=chief, basis="局务会").version == 2
    assert queries.register("diesel_vehicle").overrides == "national"


@pytest.mark.parametrize(
    "change, words",
    [
        ({"field-2-title": ""}, "字段“夜间声级”有 1 次登记填了值，不能去掉"),
        ({"field-3-choices": "文教"}, "字段“类别”有 1 个条目的值不合新的要求"),
        ({"field-2-high": "40"}, "字段“夜间声级”有 1 个条目的值不合新的要求"),
        ({"field-2-type": "date"}, "字段“夜间声级”有 1 个条目的值不合新的要求"),
        ({"state-0-title": ""}, "状态“创建中”还有 1 个条目，不能去掉"),
        ({"key": "1", "heading": ""}, "编号不能由“编号”改为“街区”"),
    ],
)
def test_what_entries_hold_is_never_lost(bureau, chief, published, change, words):
    said = {"f2": "甲街", "f3": 44.6, "f4": "居住"}
    actions.add_entry(queries.register("quiet_street"), said, area=bureau.district, by=chief)
    draft = actions.save_register_draft(again(numbering="", **change), by=chief)
    with pytest.raises(Refused, match=words):
        actions.publish_register(draft.pk, by=chief, basis="局务会")
    assert Draft.objects.get(pk=draft.pk).version is None


def test_a_title_a_choice_and_a_state_are_renamed_and_values_stay(bureau, chief, published):
    entry = actions.add_entry(queries.register("quiet_street"), {"f2": "甲街", "f3": 44.6, "f4": "居住"}, area=bureau.district, by=chief)
    form = again(**{"field-2-title": "夜间等效声级", "field-3-choices": "c1=住宅、文教", "state-0-title": "在建"})
    actions.publish_register(actions.save_register_draft(form, by=chief).pk, by=chief, basis="局务会")
    of = queries.register("quiet_street")
    assert (of.get("f3").title, of.get("f4").choices["c1"], of.state[entry.state]) == ("夜间等效声级", "住宅", "在建")


def test_a_draft_of_an_older_version_does_not_wash_away_a_newer_one(bureau, chief, clerk, published):
    mine, hers = (actions.save_register_draft(again(keeper=who), by=by) for who, by in (("大气科", chief), ("执法大队", clerk)))
    assert composing.read(mine.form).said["keeper"] == "大气科"
    actions.publish_register(hers.pk, by=clerk, basis="局务会")
    with pytest.raises(Refused, match="又发布过新的版本"):
        actions.publish_register(mine.pk, by=chief, basis="局务会")
    other = actions.save_register_draft(FORM | {"title": "另一册"}, by=chief)
    with pytest.raises(Refused, match="请换一个代码"):
        actions.publish_register(other.pk, by=chief, basis="局务会")


def test_another_process_takes_it_up(bureau, chief, published, settings):
    """What a second process sees: it has read the packs before, and looks again within a request."""
    settings_file = settings.BUREAU_PACKS / "own/registers/quiet_street.toml"
    settings_file.write_text(settings_file.read_text("utf-8").replace("安静街区", "宁静街区"), "utf-8")
    packs.refresh(now=True)
    with packs.steady():
        assert queries.register("quiet_street").title == "宁静街区"


def test_a_bad_number_and_who_may_not(bureau, chief, town_person, stranger):
    assert composing.read(FORM | {"numbering": "X{year}"}).faults
    assert composing.read(FORM | {"name": "compose"}).faults
    for person in (town_person, stranger):
        with pytest.raises(PermissionDenied):
            actions.save_register_draft(FORM, by=person)


def republished(by, **changes) -> Register:
    actions.publish_register(actions.save_register_draft(again(**changes), by=by).pk, by=by, basis="局务会")
    return queries.register("quiet_street")


def test_a_field_is_retired_and_what_was_written_in_it_stays(bureau, chief, clerk, town_person, published, as_):
    entry = actions.add_entry(
        queries.register("quiet_street"), {"f2": "甲街", "f3": 44.6, "f6": "110"}, area=bureau.towns["石门镇"], by=clerk
    )
    of = republished(chief, **{"field-2-retired": "1", "field-5-retired": "1"})
    assert ([f.title for f in of.retired], "f3" in {f.name for f in of.field}) == (["夜间声级", "联系电话"], False)
    client, address = as_(clerk), reverse("registers:entry", args=["quiet_street", entry.pk])
    assert "夜间声级（dB(A)）（已停用）" in client.get(address).content.decode()
    seen_by_town = as_(town_person).get(address).content.decode()
    assert "夜间声级" in seen_by_town
    assert "110" not in seen_by_town  # who did not see it does not see it now
    form = client.get(reverse("registers:edit", args=["quiet_street", entry.pk])).content.decode()
    assert "夜间声级" not in form
    assert "夜间声级" not in sheets.head(of)
    changed = actions.change_entry(entry.pk, {"f1": entry.key, "f2": "甲大街"}, area=entry.area, by=clerk)
    assert (changed.values["f3"], changed.values["f6"]) == (44.6, "110")
    back = republished(chief, **{f"field-{n}-retired": "" for n in range(6)})
    assert back.get("f3").title == "夜间声级"
    assert back.retired == ()


def test_fields_move_into_groups_and_the_form_shows_them(bureau, chief, clerk, published, as_):
    of = republished(chief, **{"field-3-place": "1.5", "field-3-group": "分类", "field-2-group": "声级", "field-4-group": "分类"})
    assert [f.title for f in of.field] == ["编号", "类别", "街区", "夜间声级", "复核日期", "联系电话"]
    assert (of.key.title, of.heading.title, of.due[0].by) == ("编号", "街区", of.field[4].name)
    page = as_(clerk).get(reverse("registers:new", args=["quiet_street"]))
    groups = {title: [box.name for box in boxes] for title, boxes in page.context["form"].groups}
    assert groups["分类"] == ["f4", "f5"]
    assert '<h3 class="group">分类</h3>' in page.content.decode()


@pytest.mark.parametrize(
    "change, where, words",
    [
        ({"field-0-retired": "1"}, "form", "作编号或名称，不能停用"),
        ({"field-4-retired": "1"}, "due-0-by", "请选择在用的日期字段"),
        ({"numbering": "MTG-{镇}-{序号}"}, "numbering", "写法：固定的字加 {街镇}、{年}，最后是 {序号}"),
        ({"field-5-name": "state"}, "field-5-title", "不能用代码“state”：每个条目本来就有"),
        ({"field-5-title": "夜间声级"}, "form", "两个字段的 title 相同"),
        ({"band-0-title": "红"}, "band-0-title", "等级至少两档"),
        ({"rule-0-title": "太吵"}, "rule-0-title", "请先写等级"),
    ],
)
def test_faults_stand_at_their_field(change, where, words):
    told = composing.read(FORM | change).by_field
    assert any(words in said for said in told.get(where, ())), told


GRADE = {
    "grade-title": "安静标志", "band-0-title": "红", "band-0-light": "red", "band-1-title": "黄", "band-1-light": "amber",
    "band-2-title": "绿", "band-2-light": "green", "rule-0-title": "夜间声级超过 55", "rule-0-band": "0", "rule-0-field": "2",
    "rule-0-test": "above", "rule-0-value": "55", "rule-1-title": "文教类", "rule-1-band": "1", "rule-1-field": "3", "rule-1-test": "is",
    "rule-1-value": "文教", "rule-2-title": "创建中", "rule-2-band": "1", "rule-2-field": "state", "rule-2-test": "is", "rule-2-value": "创建中",
    "light-by": "4", "light-warn": "10",
}  # fmt: skip


def test_grade_light_and_completeness_are_set_by_form(bureau, chief, clerk, published, as_):
    of = republished(chief, **GRADE, **{"field-5-scored": ""})
    assert of.light.warn == 10
    assert composing.read(composing.form_of(of)).made == of
    loud, fine = (
        actions.add_entry(of, {"f2": name, "f3": level, "f4": "居住", "f5": "2026-11-25"}, area=bureau.district, by=clerk, state="s2")
        for name, level in (("甲街", 60), ("乙街", 40))
    )
    page = as_(clerk).get(reverse("registers:entries", args=["quiet_street"])).content.decode()
    assert "安静标志" in page
    graded = agenda.grades(of, [loud, fine], clock.today())
    assert (graded[loud.pk].word, graded[loud.pk].reasons, graded[fine.pk].word) == ("红", ("夜间声级超过 55",), "绿")
    assert of.complete(loud.values, True) == (100, [])  # the telephone does not count
    wrong = composing.read(again(**{"rule-1-value": "工业"})).by_field
    assert any("没有“工业”；可用：居住、文教" in said for said in wrong["rule-1-value"])


def sheet(of, *rows) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def test_rows_without_a_number_are_numbered_by_town_and_year(bureau, chief, clerk, published, as_):
    of = republished(chief, numbering="MTG-{街镇}-{年}-{序号}")
    data = sheet(of, ["街区", "所在区域"], ["甲街", "石门镇"], ["乙街", "石门村"], ["丙街", "柳泉镇"])
    rows, faults = sheets.read(of, "x.xlsx", data, clerk)
    assert faults == []
    assert actions.store_rows(of, rows, by=clerk) == (3, 0, 0)
    assert set(Entry.objects.values_list("key", flat=True)) == {"MTG-石门镇-2026-0001", "MTG-石门镇-2026-0002", "MTG-柳泉镇-2026-0001"}
    again_, faults = sheets.read(of, "x.xlsx", data, clerk)  # the same sheet once more enters nothing twice
    assert again_ == []
    assert "“甲街”已登记为 MTG-石门镇-2026-0001" in faults[0].words
    twice = sheet(of, ["街区", "所在区域"], ["丁街", "石门镇"], ["丁街", "石门镇"])
    assert "与第 2 行同名同区域" in sheets.read(of, "x.xlsx", twice, clerk)[1][0].words


def test_a_number_taken_meanwhile_gives_way_to_the_next(bureau, chief, published, monkeypatch):
    of = queries.register("quiet_street")
    first = actions.add_entry(of, {"f2": "甲街"}, area=bureau.district, by=chief)
    real, told = entries.next_number, []

    def late(*args):  # as another transaction sees it that read before the first was there
        told.append(real(*args))
        return first.key if len(told) == 1 else told[-1]

    monkeypatch.setattr(entries, "next_number", late)
    monkeypatch.setattr(entries, "_is_taken", lambda of, key: False)
    assert actions.add_entry(of, {"f2": "乙街"}, area=bureau.district, by=chief).key == "AJ-2026-0002"


def test_a_composed_field_is_hidden_at_every_door(bureau, chief, clerk, town_person, published, as_):
    secret = "13900001234"
    town = bureau.towns["石门镇"]
    entry = actions.add_entry(queries.register("quiet_street"), {"f2": "甲街", "f6": secret}, area=town, by=clerk, lon=110.1, lat=30.1)
    client = as_(town_person)
    doors = [
        reverse(f"registers:{name}", args=["quiet_street", *more])
        for name, more in (
            ("entries", ()), ("export", ()), ("map", ()), ("map_json", ()), ("card", (entry.pk,)), ("entry", (entry.pk,)), ("edit", (entry.pk,)),
            ("new", ()), ("sheet", ()),
        )
    ] + [reverse(f"registers:{name}") for name in ("due", "coverage", "firms", "duplicates", "registers")]  # fmt: skip
    for door in doors:
        answer = client.get(door, {"col": "f6"})
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if answer.headers.get("Content-Type", "").endswith("sheet"):
            body = str([[c.value for c in row] for row in openpyxl.load_workbook(io.BytesIO(body)).active.iter_rows()]).encode()
        assert secret.encode() not in body, door
        assert "联系电话".encode() not in body, door
    assert "甲街" not in client.get(reverse("registers:entries", args=["quiet_street"]), {"q": secret}).content.decode()
    assert secret in as_(clerk).get(reverse("registers:entry", args=["quiet_street", entry.pk])).content.decode()
    assert secret not in str(list(AuditEvent.objects.values_list("before", "after")))


def test_two_hundred_fields_are_composed_and_a_formula_stays_text(bureau, clerk, as_):
    many = {f"field-{n}-{key}": said for n in range(6, 200) for key, said in (("title", f"=cmd|' /C calc'!A{n}"), ("type", "text"))}
    client = as_(clerk)
    draft = client.post(reverse("registers:compose"), FORM | many, follow=True).context["draft"]
    client.post(reverse("registers:publish_register", args=[draft.pk]), {"basis": "局务会"})
    of = queries.register("quiet_street")
    assert len(of.field) == 200
    actions.add_entry(of, {"f2": "=1+1", "f7": "@SUM(A1)"}, area=bureau.district, by=clerk)
    made = openpyxl.load_workbook(io.BytesIO(sheets.write(of, Entry.objects.select_related("area")))).active
    assert {cell.data_type for row in made.iter_rows() for cell in row if cell.value is not None} == {"s"}
    assert client.get(reverse("registers:entries", args=["quiet_street"])).status_code == 200


def test_a_bureau_file_with_errors_says_file_line_and_what_to_do(bureau, chief, settings):
    own = settings.BUREAU_PACKS / "own/registers"
    own.mkdir(parents=True)
    own.joinpath("a.toml").write_text('name = "a"\ntitle = "甲\n', "utf-8")
    own.joinpath("b.toml").write_text(
        'name = "b"\ntitle = "乙"\n\n[[field]]\nname = "code"\ntitle = "编号"\ntitel = "x"\nkey = true\n', "utf-8"
    )
    with pytest.raises(packs.PackFaults) as told:
        packs.load([*settings.PACK_FOLDERS, settings.BUREAU_PACKS / "own"])
    first, *rest = told.value.lines
    second = next(line for line in rest if "titel" in line)
    assert first.startswith("packs/own/registers/a.toml 第 2 行")
    assert "引号" in first
    assert second.startswith("packs/own/registers/b.toml 第 7 行")
    assert "没有键“titel”" in second


def test_numbers_go_on_by_year(bureau, chief, published):
    of = queries.register("quiet_street")
    keys = [
        actions.add_entry(of, {"f2": f"街{n}"}, area=bureau.district, by=chief, day=day).key
        for n, day in enumerate((dt.date(2026, 1, 2), dt.date(2026, 5, 2), dt.date(2027, 1, 2)))
    ]
    assert keys == ["AJ-2026-0001", "AJ-2026-0002", "AJ-2027-0001"]
