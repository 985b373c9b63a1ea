"""The door opens: sign-in page, signing in, the frame."""

from __future__ import annotations

from tests.bureau.conftest import PASSWORD


def test_the_sign_in_page_answers(client, db):
    answer = client.get("/login/")
    assert answer.status_code == 200
    assert "登录" in answer.content.decode()
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_person_signs_in_and_sees_the_frame(client, chief):
    answer = client.post("/login/", {"username": "zhoumin", "password": PASSWORD, "next": "/profile/"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/profile/"
    page = client.get("/profile/").content.decode()
    assert "周敏" in page
    assert "局领导" in page
