"""Areas and organisations: trees, codes, aliases, scope."""

from __future__ import annotations

import pytest

from qingshan.bureau.base.actions import places
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, AuditEvent, Organisation


def add(by, bureau, **changes):
    said = {"code": "990109", "name": "北沟乡", "level": "town", "parent": bureau.district, "aliases": [], **changes}
    return places.keep_area(None, by=by, **said)


def test_an_area_is_added_and_recorded(administrator, bureau):
    area = add(administrator, bureau, aliases=["北沟地区"])
    assert list(Area.objects.all().named("北沟地区")) == [area]
    assert AuditEvent.objects.get(action="新增区划").after["aliases"] == ["北沟地区"]


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"code": "990101"}, "已由“石门镇”使用"),
        ({"name": "石门镇"}, "已是“石门镇”的名称或别名"),
        ({"name": "石门地区"}, "已是“石门镇”的名称或别名"),
        ({"parent": None}, "上级应是区级区划"),
        ({"level": "village"}, "上级应是镇街级区划"),
    ],
)
def test_what_does_not_fit_is_refused(administrator, bureau, changes, words):
    with pytest.raises(Refused, match=words):
        add(administrator, bureau, **changes)


def test_the_page_gives_the_form_back_with_the_reason(as_, administrator, bureau):
    said = {"code": "99010", "name": "北沟乡", "level": "town", "parent": bureau.district.pk, "aliases": "北沟地区、北沟"}
    answer = as_(administrator).post("/areas/new/", said)
    assert answer.status_code == 422
    assert "应为 6、9 或 12 位数字" in answer.content.decode()
    assert "北沟地区、北沟" in answer.content.decode()
    assert as_(administrator).post("/areas/new/", {**said, "code": "990109"}).status_code == 302
    assert Area.objects.get(code="990109").aliases == ["北沟地区", "北沟"]


def test_an_organisation_cannot_stand_under_itself(administrator, bureau):
    own, office = bureau.own, bureau.offices["大气科"]
    with pytest.raises(Refused, match="它自己或它的下级"):
        places.keep_organisation(own.pk, by=administrator, name=own.name, short="", kind="bureau", parent=office, area=None)


def test_a_town_organisation_needs_its_town(administrator, bureau):
    with pytest.raises(Refused, match="须选它所在的镇街"):
        places.keep_organisation(None, by=administrator, name="某镇人民政府", short="", kind="town", parent=None, area=bureau.district)


def test_a_town_sees_itself_and_its_villages(town_person, bureau):
    assert set(Area.objects.within(town_person)) == {bureau.towns["石门镇"], bureau.village}
    assert list(Organisation.objects.within(town_person)) == [bureau.governments["石门镇"]]


def test_another_department_sees_no_area_and_only_itself(stranger, bureau):
    assert not Area.objects.within(stranger).exists()
    assert list(Organisation.objects.within(stranger)) == [bureau.departments["农业农村局"]]


def test_the_bureau_sees_all(chief, clerk, bureau):
    assert Area.objects.within(chief).count() == Area.objects.within(clerk).count() == 6


def test_someone_without_organisation_sees_nothing(chief, bureau):
    chief.organisation = None
    assert not Area.objects.within(chief).exists()


def test_the_area_of_a_page_stays_within_scope(as_, town_person, bureau):
    client = as_(town_person)
    page = client.get("/profile/?area=990102").content.decode()
    assert "柳泉镇" not in page
    assert "石门镇" in page


def test_the_page_is_a_tree_of_what_one_sees(as_, town_person, chief, bureau):
    assert "柳泉镇" in as_(chief).get("/areas/").content.decode()
    page = as_(town_person).get("/areas/").content.decode()
    assert "石门村" in page
    assert "柳泉镇" not in page
    assert "新增单位" not in page
