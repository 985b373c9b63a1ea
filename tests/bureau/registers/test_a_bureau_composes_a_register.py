"""A register composed by form: faults at their fields, seen before it is published, there at once, and no value is ever lost."""

from __future__ import annotations

import datetime as dt
import tomllib

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from qingshan.bureau.base import audit, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Draft
from qingshan.bureau.base.packs import written
from qingshan.bureau.registers import actions, composing, queries
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


def test_numbers_go_on_by_year(bureau, chief, published):
    of = queries.register("quiet_street")
    keys = [
        actions.add_entry(of, {"f2": f"街{n}"}, area=bureau.district, by=chief, day=day).key
        for n, day in enumerate((dt.date(2026, 1, 2), dt.date(2026, 5, 2), dt.date(2027, 1, 2)))
    ]
    assert keys == ["AJ-2026-0001", "AJ-2026-0002", "AJ-2027-0001"]
