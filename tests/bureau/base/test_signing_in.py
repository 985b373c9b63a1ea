"""Signing in: lockout, constant answers, first change of password, idle end, safe return."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest
from django.test import Client
from tests.bureau.conftest import PASSWORD

from qingshan.bureau.base.models import AuditEvent, LoginFailure, Person


def attempt(client: Client, username: str, password: str, **more):
    return client.post("/login/", {"username": username, "password": password, **more})


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(client, chief):
    known = attempt(client, "zhoumin", "x")
    unknown = attempt(client, "nobody", "x")
    assert known.status_code == unknown.status_code == 422
    strip = [a.content.decode().replace("nobody", "zhoumin").split("csrfmiddlewaretoken")[0] for a in (known, unknown)]
    assert strip[0] == strip[1]


@pytest.mark.parametrize("username", ["zhoumin", "nobody"])
def test_five_failures_lock_the_account_also_for_the_right_password(client, chief, username):
    for _ in range(5):
        attempt(client, username, "x")
    answer = attempt(Client(REMOTE_ADDR="10.0.0.9"), username, PASSWORD)
    assert answer.status_code == 429
    assert "锁定" in answer.content.decode()


def test_the_lock_ends_by_itself(client, chief, monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-19T10:00:00")
    for _ in range(5):
        attempt(client, "zhoumin", "x")
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-19T10:14:59")
    assert attempt(client, "zhoumin", PASSWORD).status_code == 429
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-19T10:15:00")
    assert attempt(client, "zhoumin", PASSWORD).status_code == 302


def test_many_failures_from_one_address_lock_the_address(client, chief, settings):
    settings.LOGIN_FAILURES_PER_ADDRESS = 6
    for n in range(6):
        attempt(client, f"guess{n}", "x")
    assert attempt(client, "zhoumin", PASSWORD).status_code == 429
    assert attempt(Client(REMOTE_ADDR="10.0.0.9"), "zhoumin", PASSWORD).status_code == 302


def test_a_forwarding_header_is_believed_only_from_a_named_proxy(client, chief, settings):
    attempt(client, "nobody", "x", **{})
    client.post("/login/", {"username": "nobody", "password": "x"}, headers={"X-Forwarded-For": "9.9.9.9"})
    assert set(LoginFailure.objects.values_list("address", flat=True)) == {"127.0.0.1"}
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    client.post("/login/", {"username": "nobody", "password": "x"}, headers={"X-Forwarded-For": "1.1.1.1, 9.9.9.9"})
    assert LoginFailure.objects.filter(address="9.9.9.9").count() == 1


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "evil", "\t//evil.example"]
)
def test_signing_in_never_leads_elsewhere(client, chief, wanted):
    assert attempt(client, "zhoumin", PASSWORD, next=wanted).headers["Location"] == "/"


def test_signing_in_and_out_is_recorded(client, chief):
    attempt(client, "zhoumin", "x")
    attempt(client, "zhoumin", PASSWORD)
    client.post("/logout/")
    said = list(AuditEvent.objects.order_by("pk").values_list("action", "address"))
    assert said[-3:] == [("登录失败", "127.0.0.1"), ("登录", "127.0.0.1"), ("退出", "127.0.0.1")]


def test_a_disabled_person_cannot_sign_in_and_is_not_told_why(client, chief):
    Person.objects.filter(pk=chief.pk).update(is_active=False)
    answer = attempt(client, "zhoumin", PASSWORD)
    assert answer.status_code == 422
    assert "账号或口令不对" in answer.content.decode()


def test_an_idle_session_ends(as_, chief, settings):
    client = as_(chief)
    assert client.get("/profile/").status_code == 200
    session = client.session
    session["seen"] = time.time() - settings.SESSION_IDLE_MINUTES * 60 - 1
    session.save()
    answer = client.get("/profile/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login/?next=%2Fprofile%2F")
    assert "离开超过 30 分钟" in client.get("/login/").content.decode()


def test_an_old_session_ends_even_in_use(as_, chief, settings):
    client = as_(chief)
    client.get("/profile/")
    session = client.session
    session["born"] = time.time() - settings.SESSION_LIFE_HOURS * 3600 - 1
    session.save()
    assert client.get("/profile/").status_code == 302


def test_an_htmx_visitor_without_session_is_led_to_the_sign_in_page(client, db):
    answer = client.get("/profile/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login/"


def test_a_password_set_by_another_must_be_changed_first(as_, clerk):
    Person.objects.filter(pk=clerk.pk).update(must_change_password=True)
    client = as_(clerk)
    assert client.get("/areas/").headers["Location"] == "/profile/password/"
    answer = client.post("/profile/password/", {"old": PASSWORD, "new": "Bamboo-77-river", "again": "Bamboo-77-river"})
    assert answer.status_code == 302
    clerk.refresh_from_db()
    assert not clerk.must_change_password
    assert clerk.check_password("Bamboo-77-river")
    assert client.get("/areas/").status_code == 200


@pytest.mark.parametrize(
    "new, words",
    [
        ("Ab1-efg", "至少 10 位"),
        ("abcdefghijkl", "3 种"),
        ("lixiang-2026A", "姓名、账号或电话"),
        ("Password123", "太常见"),
        ("Qingshan2026", "太常见"),
        (PASSWORD, "不能与现在的相同"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(as_, clerk, new, words):
    answer = as_(clerk).post("/profile/password/", {"old": PASSWORD, "new": new, "again": new})
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_old_failures_are_forgotten(client, db, monkeypatch):
    LoginFailure.objects.create(at=datetime(2026, 1, 1), username="x", address="1.2.3.4")
    monkeypatch.setenv("QINGSHAN_NOW", (datetime(2026, 1, 1) + timedelta(days=8)).isoformat())
    attempt(client, "y", "x")
    assert not LoginFailure.objects.filter(username="x").exists()
