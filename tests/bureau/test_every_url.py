"""Every address for every kind of person: what `access.toml` in the tests of its app says, and nothing unlisted.

A table names a URL: ``["base:people"]``. ``see`` are those who get in (all people where it is absent); everyone else gets 403 or 404,
nobody signed in goes to /login/ (``api = true``: gets 401 in JSON). ``public = true`` lets anyone in. ``post = true`` is asked with POST (and refuses GET).
Addresses with arguments are asked for a row that does not exist: 404 for those who get in.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

HERE = Path(__file__).parent
PEOPLE = ("chief", "clerk", "town_person", "stranger", "administrator")
NOWHERE = {"IntConverter": 999999999, "UUIDConverter": "00000000-0000-0000-0000-000000000000"}
IN, OUT = {200, 204, 302, 400, 404, 409, 415, 422}, {403, 404}


def urls() -> dict[str, dict]:
    """URL name → arguments that lead to nothing."""
    found = {}

    def walk(patterns, namespace):
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                converters = pattern.pattern.converters.items()
                found[f"{namespace}{pattern.name}"] = {name: NOWHERE.get(type(c).__name__, "none") for name, c in converters}
            else:
                walk(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else namespace)

    walk(get_resolver().url_patterns, "")
    return found


def table() -> dict[str, dict]:
    rows: dict[str, dict] = {}
    for path in sorted(HERE.glob("*/access.toml")):
        for name, row in tomllib.loads(path.read_text("utf-8")).items():
            assert name not in rows, f"{path}：{name} 写了两次"
            assert set(row) <= {"see", "public", "post", "api"}, f"{path}：{name} 有不认识的键 {set(row)}"
            assert set(row.get("see", ())) <= set(PEOPLE), f"{path}：{name} 有不认识的人"
            rows[name] = row
    return rows


URLS, TABLE = urls(), table()


def test_every_url_is_in_the_table_and_the_table_names_only_urls():
    assert set(URLS) - set(TABLE) == set(), "这些地址没有写谁能看（tests/bureau/<app>/access.toml）"
    assert set(TABLE) - set(URLS) == set(), "表里有不存在的地址"


@pytest.fixture
def clients(chief, clerk, town_person, stranger, administrator, as_):
    return dict(zip(PEOPLE, map(as_, (chief, clerk, town_person, stranger, administrator))))


@pytest.mark.parametrize("name", sorted(URLS))
def test_each_person_gets_what_the_table_says(name, clients):
    row = TABLE.get(name)
    if row is None:
        pytest.fail("不在表里")
    address, is_post = reverse(name, kwargs=URLS[name]), row.get("post", False)
    for who, client in clients.items():
        answer = client.post(address) if is_post else client.get(address)
        allowed = IN if who in row.get("see", PEOPLE) else OUT
        if row.get("public"):
            allowed = IN
        assert answer.status_code in allowed, f"{who} {address} → {answer.status_code}"
        if URLS[name] and not row.get("public"):
            assert answer.status_code != 200, f"{who} {address} 不存在的对象却有内容"
        if is_post and not row.get("public"):
            assert client.get(address).status_code == 405, f"{address} 应只收 POST"
    answer = Client().post(address) if is_post else Client().get(address)
    if row.get("public"):
        assert answer.status_code in IN
    elif row.get("api"):
        assert answer.status_code == 401, f"未登录 {address} → {answer.status_code}"
        assert "登录" in answer.json()["detail"]
    else:
        assert answer.status_code == 302, f"未登录 {address} → {answer.status_code}"
        assert answer.headers["Location"].startswith("/login/")


@pytest.mark.parametrize("name", sorted(name for name, row in TABLE.items() if row.get("post") and name in URLS))
def test_a_form_from_elsewhere_is_refused(name, chief):
    client = Client(enforce_csrf_checks=True)
    client.force_login(chief)
    assert client.post(reverse(name, kwargs=URLS[name])).status_code == 403
