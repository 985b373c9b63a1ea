"""People: added, changed, disabled, never deleted; passwords handed over once."""

from __future__ import annotations

import re

import pytest
from django.core.exceptions import PermissionDenied
from tests.bureau.conftest import make_person

from qingshan.bureau.base import roles
from qingshan.bureau.base.actions import people
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent, Person


@pytest.fixture
def form(bureau):
    unit = bureau.offices["水科"].pk
    return {"name": "王立", "username": "wangli", "organisation": unit, "post": "科员", "phone": "010 6964-0000", "roles": ["officer"]}


def test_a_new_person_gets_a_password_shown_once(as_, administrator, form):
    page = as_(administrator).post("/people/new/", form).content.decode()
    password = re.search(r'secret">([^<]+)<', page)[1]
    person = Person.objects.get(username="wangli")
    assert person.check_password(password)
    assert person.must_change_password
    assert person.phone == "01069640000"
    event = AuditEvent.objects.filter(action="新增人员").get()
    assert event.after["roles"] == ["officer"]
    assert password not in str(event.after)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"username": "LiXiang"}, "已有人使用"),
        ({"username": "王立"}, "小写字母"),
        ({"name": ""}, "请填写这一项"),
        ({"organisation": "999999"}, "没有这个选项"),
        ({"phone": "打我手机"}, "只填数字"),
        ({"roles": ["king"]}, "没有这个选项"),
    ],
)
def test_a_wrong_form_comes_back_filled_with_the_reason(as_, administrator, clerk, form, change, words):
    answer = as_(administrator).post("/people/new/", {**form, **change})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert 'value="科员"' in page
    assert not Person.objects.filter(name="王立").exists()


def test_nobody_raises_their_own_roles(administrator, bureau):
    with pytest.raises(Refused, match="自己的角色"):
        people.keep_person(
            administrator.pk, by=administrator, username="guanli", name="管理", organisation=bureau.own, post="", phone="",
            roles=["administrator", "leader"],
        )  # fmt: skip


def test_a_disabled_person_is_out_at_once_and_can_come_back(as_, administrator, clerk):
    client = as_(clerk)
    assert client.get("/profile/").status_code == 200
    as_(administrator).post(f"/people/{clerk.pk}/active/", {"active": "0"})
    assert client.get("/profile/").status_code == 302
    clerk.refresh_from_db()
    assert not clerk.is_active
    as_(administrator).post(f"/people/{clerk.pk}/active/", {"active": "1"})
    clerk.refresh_from_db()
    assert clerk.is_active
    assert set(AuditEvent.objects.values_list("action", flat=True)) >= {"停用人员", "启用人员"}


def test_resetting_a_password_ends_the_sessions_and_the_old_password(as_, administrator, clerk):
    client = as_(clerk)
    client.get("/profile/")
    page = as_(administrator).post(f"/people/{clerk.pk}/password/").content.decode()
    assert client.get("/profile/").status_code == 302
    clerk.refresh_from_db()
    assert clerk.check_password(re.search(r'secret">([^<]+)<', page)[1])


def test_only_a_superuser_touches_a_superuser(administrator, clerk):
    Person.objects.filter(pk=clerk.pk).update(is_superuser=True)
    with pytest.raises(Refused, match="超级管理员"):
        people.reset_password(clerk.pk, by=administrator)


@pytest.mark.parametrize("who", ["clerk", "town_person", "stranger", "chief"])
def test_others_may_not(request, who, administrator):
    with pytest.raises(PermissionDenied):
        people.set_active(administrator.pk, by=request.getfixturevalue(who), active=False)


def test_passwords_made_for_people_pass_the_rules():
    from django.contrib.auth.password_validation import validate_password

    made = {people.fresh_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        validate_password(password)


def test_the_first_administrator_of_an_empty_installation_sees_what_he_adds(db, as_):
    roles.sync()
    admin = make_person("shouren", "首任", None, "administrator")
    client = as_(admin)
    assert "先新增本区" in client.get("/areas/").content.decode()
    client.post("/areas/new/", {"code": "110228", "name": "甲区", "level": "district", "aliases": ""})
    assert "甲区" in client.get("/areas/").content.decode()
    assert "shouren" in client.get("/people/").content.decode()
