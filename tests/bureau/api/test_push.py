"""Observations pushed with a token: each row checked, stored once, answered when on disk."""

from __future__ import annotations

import json
import re
import subprocess
import time
from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client
from tests.bureau.monitor.conftest import clock_at, network  # noqa: F401

from qingshan.bureau.api import actions, push
from qingshan.bureau.api.models import Push, PushToken
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.monitor import stores, work
from qingshan.gateway.doors.inbox import FOLDER, Inbox, Taker
from qingshan.gateway.journal import Journal, Reader

T = datetime(2026, 11, 20, 14, 2)
URL = "/api/v1/observations"
GOOD = {
    "station": "SM",
    "kind": "hour",
    "time": "2026-11-20T14:00:00+08:00",
    "label": "end",
    "items": {"PM2.5": 35, "CO": {"value": 600, "unit": "µg/m³"}},
}
pytestmark = pytest.mark.django_db


@pytest.fixture
def token(network, clerk, bureau, clock_at):  # noqa: F811
    clock_at(T)
    push._buckets.clear()
    stores._lake.cache_clear()
    stores._reader.cache_clear()
    made, secret = actions.make_push_token("运维平台", by=clerk, organisation=bureau.own, stations=[network["SM"].station])
    made.secret = secret
    return made


def send(token, *rows, **headers):
    return Client().post(
        URL,
        json.dumps({"observations": rows}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token.secret}", **headers},
    )


def taken(settings) -> Reader:
    journal = Journal(settings.DATA_FOLDER)
    taker = Taker(Inbox(settings.DATA_FOLDER), journal, every=0.01).start()
    while Inbox(settings.DATA_FOLDER).waiting():
        time.sleep(0.01)
    taker.close()
    journal.close()
    work.take_in()
    return Reader(settings.DATA_FOLDER)


def test_pushed_values_reach_the_store_once(token, settings):
    answer = send(token, GOOD)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    assert len(Inbox(settings.DATA_FOLDER).waiting()) == 1  # on disk before the answer
    state = Client().get(f"{URL}/{answer.json()['delivery']}", headers={"Authorization": f"Bearer {token.secret}"}).json()
    assert state["state"] == "waiting"
    again = send(token, GOOD)
    assert (again.status_code, again.json()["repeated"]) == (200, True)
    reader = taken(settings)
    (row,) = stores.lake().hours(stations=["SM"]).to_pylist()
    assert (row["time"], row["PM2.5"], row["CO"]) == (datetime(2026, 11, 20, 14), 35, 0.6)
    assert (reader.last(), reader.frame(1).peer) == (1, "http:运维平台")
    assert json.loads(reader.frame(1).raw.decode().split(" ", 1)[1]) == GOOD
    state = Client().get(f"{URL}/{answer.json()['delivery']}", headers={"Authorization": f"Bearer {token.secret}"}).json()
    assert state["state"] == "journalled"


def test_a_key_stands_for_one_content(token):
    assert send(token, GOOD, **{"Idempotency-Key": "k1"}).status_code == 202
    assert send(token, GOOD, **{"Idempotency-Key": "k1"}).status_code == 200
    assert send(token, {**GOOD, "items": {"PM2.5": 36}}, **{"Idempotency-Key": "k1"}).status_code == 409
    assert send(token, {**GOOD, "items": {"PM2.5": 36}}, **{"Idempotency-Key": "k" * 101}).status_code == 400


@pytest.mark.parametrize("change, field, words", [
    ({"time": "2026-11-20T14:00:00"}, "time", "时区"), ({"time": "昨天"}, "time", "不是时间"), ({"time": None}, "time", "不是时间"),
    ({"time": "2026-11-20T14:30:00+08:00"}, "time", "整点"), ({"time": "2026-11-20T14:00:00+00:00"}, "time", "还没有结束"),
    ({"time": "0001-01-01T00:00:00+14:00"}, "time", "年份"), ({"label": "middle"}, "label", "哪一头"), ({"label": None}, "label", "哪一头"),
    ({"station": "LQ"}, "station", "令牌没有站点"), ({"station": ["SM"]}, "station", "令牌没有站点"), ({"kind": "week"}, "kind", "数据种类"),
    ({"kind": {}}, "kind", "数据种类"), ({"items": {}}, "items", "没有数值"), ({"zone": 8}, "zone", "没有这个字段"),
    ({"items": {"XX": 1}}, "items.XX", "监测项目"), ({"items": {"PM2.5": "35"}}, "items.PM2.5", "数值"),
    ({"items": {"PM2.5": None}}, "items.PM2.5", "缺测"), ({"items": {"PM2.5": True}}, "items.PM2.5", "数值"),
    ({"items": {"PM2.5": -999}}, "items.PM2.5", "缺测代码"), ({"items": {"PM2.5": 1e9}}, "items.PM2.5", "大得不可能"),
    ({"items": {"PM2.5": 10**400}}, "items.PM2.5", "数值"), ({"items": {"PM2.5": {"value": 1, "unit": "ppb"}}}, "items.PM2.5", "不能换算"),
    ({"items": {"PM2.5": {"value": 1, "flag": ";:"}}}, "items.PM2.5", "数据标记"), ({"items": {"\ud800": 1}}, "items.\ud800", "监测项目"),
])  # fmt: skip
def test_what_is_wrong_with_a_row_is_said_and_the_other_rows_are_taken(token, change, field, words):
    answer = send(token, {**GOOD, **change}, GOOD)
    assert answer.status_code == 202, answer.content
    (error,) = answer.json()["errors"]
    assert (error["row"], error["field"]) == (0, field)
    assert words in error["message"]
    assert (answer.json()["accepted"], answer.json()["faulty"]) == (1, 1)


def test_strict_takes_all_or_nothing(token, settings):
    answer = Client().post(
        URL + "?strict=1",
        json.dumps({"observations": [GOOD, {}]}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token.secret}"},
    )
    assert answer.status_code == 422
    assert Inbox(settings.DATA_FOLDER).waiting() == []


@pytest.mark.parametrize("body", ["", "{", "[]", '{"observations": 1}', '{"observations": []}', "[" * 100_000, "NaN"])
def test_a_body_that_is_not_what_it_should_be(token, body):
    answer = Client().post(URL, body, content_type="application/json", headers={"Authorization": f"Bearer {token.secret}"})
    assert answer.status_code == 400


def test_only_a_push_token_that_holds_opens_the_door(token, clerk, as_, network, clock_at):  # noqa: F811
    assert Client().post(URL, "{}", content_type="application/json").status_code == 401
    assert as_(clerk).post(URL, "{}", content_type="application/json").status_code == 403
    _, reading = actions.make_token("大屏", by=clerk, person=clerk)
    assert Client().post(URL, "{}", content_type="application/json", headers={"Authorization": f"Bearer {reading}"}).status_code == 401
    assert Client().get("/api/v1/indicators", headers={"Authorization": f"Bearer {token.secret}"}).status_code == 401
    actions.withdraw_push_token(token.pk, by=clerk)
    assert send(token, GOOD).status_code == 401


def test_too_many_requests_wait(token):
    PushToken.objects.update(per_minute=2)
    assert [send(token, {**GOOD, "items": {"PM2.5": n}}).status_code for n in range(4)] == [202, 202, 429, 429]
    assert int(send(token, GOOD)["Retry-After"]) in range(1, 31)


def test_a_disk_that_does_not_take_it_is_said_and_nothing_is_promised(token, settings):
    (settings.DATA_FOLDER / FOLDER).write_text("a file where the folder should be")
    assert send(token, GOOD).status_code == 503
    (settings.DATA_FOLDER / FOLDER).unlink()
    assert send(token, GOOD).status_code == 202


def test_who_may_make_a_token_and_for_what(network, clerk, town_person, stranger, bureau):  # noqa: F811
    for person in (town_person, stranger):
        with pytest.raises(Exception, match="权限"):
            actions.make_push_token("x", by=person, organisation=person.organisation, stations=[network["SM"].station])
    with pytest.raises(Refused):
        actions.make_push_token("x", by=clerk, organisation=bureau.own, stations=[])


def test_the_page_shows_the_secret_once(network, clerk, as_, bureau):  # noqa: F811
    client = as_(clerk)
    form = {"name": "运维平台", "organisation": bureau.own.pk, "stations": [network["SM"].station.pk], "days": 30, "per_minute": 60}
    page = client.post("/push/", form).content.decode()
    (secret,) = re.findall(r"qp_[\w-]{43}", page)
    assert secret not in client.get("/push/").content.decode()
    made = PushToken.objects.get()
    assert secret not in str(vars(made))
    assert AuditEvent.objects.filter(action="生成推送令牌").exists()
    client.post(f"/push/{made.pk}/withdraw/")
    made.refresh_from_db()
    assert made.withdrawn


def test_old_answers_are_forgotten(token, clock_at):  # noqa: F811
    send(token, GOOD)
    clock_at(datetime(2027, 2, 1))
    assert push.sweep() == "清理推送记录 1 条"
    assert not Push.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_curl_example_of_the_page_works(token, live_server):
    text = (Path(__file__).parents[3] / "docs" / "doors.md").read_text("utf-8")
    (command,) = re.findall(r"```sh\n(curl -sS .*?/api/v1/observations .*?)```", text, re.DOTALL)
    command = command.replace("https://qingshan.example", live_server.url).replace("$TOKEN", token.secret)
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=20)
    assert json.loads(done.stdout)["accepted"] == 1, done
