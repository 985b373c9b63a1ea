"""The frame: headers, nav by permission, refusals, error pages, search, demo mark."""

from __future__ import annotations

import json
import re

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.web import errors, middleware


@pytest.mark.parametrize("address", ["/login/", "/profile/", "/nowhere/", "/health/"])
def test_every_answer_has_its_headers(as_, chief, address):
    headers = as_(chief).get(address).headers
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy.split("style-src-attr")[0]
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "geolocation=(self)" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_https_is_kept(as_, chief):
    assert "max-age=31536000" in as_(chief).get("/profile/", secure=True).headers["Strict-Transport-Security"]


def test_pages_of_people_are_not_kept_by_the_browser(as_, chief):
    assert as_(chief).get("/profile/").headers["Cache-Control"] == "private, no-store"


def test_no_page_holds_inline_script_or_style_or_outside_address(as_, administrator):
    client = as_(administrator)
    for address in ("/areas/", "/people/", "/people/roles/", "/audit/", "/declarations/", "/profile/", "/people/new/", "/search/?q=青川"):
        page = client.get(address).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\son\w+=", page), address
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page), address


def test_nav_has_only_what_a_person_may_use(as_, clerk, administrator):
    assert "人员与权限" in as_(administrator).get("/profile/").content.decode()
    page = as_(clerk).get("/profile/").content.decode()
    assert "人员与权限" not in page
    assert "操作记录" not in page


def test_an_unknown_address_gets_a_page_with_a_number(as_, chief, client):
    answer = as_(chief).get("/nowhere/")
    assert answer.status_code == 404
    assert "没有这一页" in answer.content.decode()
    assert answer.headers["X-Request-Number"] in answer.content.decode()
    assert client.get("/nowhere/").status_code == 404


def test_a_refusal_is_a_page_in_its_own_words(as_, clerk):
    answer = as_(clerk).get("/people/")
    assert answer.status_code == 403
    assert "维护人员需要“维护人员与权限”权限" in answer.content.decode()


def test_under_htmx_a_refusal_is_a_toast_and_the_page_stays(as_, clerk):
    answer = as_(clerk).get("/people/", headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert answer.headers["HX-Reswap"] == "none"
    assert "维护人员" in json.loads(answer.headers["HX-Trigger"])["qs:toast"]["text"]


def test_a_business_refusal_has_its_status(rf: RequestFactory, chief):
    request = rf.get("/x/")
    request.user, request.number = chief, "abc"
    request.session, request.client_address = {}, ""
    answer = middleware.refusals(lambda r: HttpResponse()).process_exception(request, Refused("尚未报完成，不能销号"))
    assert answer.status_code == 409
    assert "尚未报完成，不能销号" in answer.content.decode()


def test_the_server_error_page_needs_no_database(rf: RequestFactory):
    request = rf.get("/x/")
    request.number = "abcd1234"
    answer = errors.server_error(request)
    assert answer.status_code == 500
    assert "abcd1234" in answer.content.decode()


def test_a_form_from_elsewhere_gets_words(chief):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(chief)
    answer = client.post("/profile/password/", {"old": "x"})
    assert answer.status_code == 403
    assert "请刷新页面后重新提交" in answer.content.decode()


def test_a_name_not_allowed_is_not_answered(client):
    answer = client.get("/login/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "QINGSHAN_HOSTS" in answer.content.decode()


def test_the_demonstration_is_marked_on_every_page(as_, chief, settings):
    assert "演示" not in as_(chief).get("/profile/").content.decode()
    settings.DEMO_MARK.write_text("{}")
    for address in ("/profile/", "/nowhere/"):
        page = as_(chief).get(address).content.decode()
        assert 'class="demo"' in page
        assert "（演示）" in page


def test_search_stays_within_scope(as_, chief, town_person):
    assert "柳泉镇人民政府" in as_(chief).get("/search/?q=柳泉").content.decode()
    assert "柳泉镇人民政府" not in as_(town_person).get("/search/?q=柳泉").content.decode()


@pytest.mark.parametrize("period, words", [("2025", "2025年"), ("2026-10", "2026年10月"), ("2026-10-01_2026-10-31", "10月1日–10月31日")])
def test_the_period_stands_in_the_address_and_is_remembered(as_, chief, period, words):
    client = as_(chief)
    assert words in client.get(f"/profile/?period={period}").content.decode()
    assert words in client.get("/profile/").content.decode()


@pytest.mark.parametrize("period", ["", "x", "0000", "2026-13", "2026-02-30_2026-03-01", "2026-03-01_2026-02-01", "9999999"])
def test_a_wrong_period_is_the_current_year(as_, chief, period, monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-19T10:00:00")
    assert "2026年" in as_(chief).get("/profile/", {"period": period}).content.decode()


def test_the_frame_asks_the_database_little(as_, town_person, django_assert_max_num_queries):
    client = as_(town_person)
    client.get("/profile/")
    with django_assert_max_num_queries(22):
        client.get("/profile/")


@pytest.mark.parametrize("method", ["get", "post"])
def test_text_no_database_keeps_is_refused_in_words(as_, clerk, method):
    answer = getattr(as_(clerk), method)("/ledger/new/" if method == "post" else "/ledger/", {"q": "空\x00字节", "title": "空\x00字节"})
    assert answer.status_code == 400
    assert "控制字符" in answer.content.decode()
