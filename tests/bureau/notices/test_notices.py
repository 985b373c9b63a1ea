"""Notices: who is told of what, and what leaves the platform, against receivers that really listen."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socketserver
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import PermissionDenied
from tests.bureau.conftest import make_person

from qingshan.bureau.base import packs, secrets
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.cases.actions import open_case, transfer
from qingshan.bureau.notices import actions, carriers, outbox
from qingshan.bureau.notices.models import Delivery, Notice, Post, Receipt, Robot

ROBOTS = """name = "{name}"
title = "{name}"
style = "{style}"
hosts = ["127.0.0.1"]
scheme = ["http"]
per_minute = {rate}
bytes = 600
overrides = "national"
"""


class Group:
    """A group chat that listens: what it was told, and what it answers."""

    def __init__(self):
        self.heard: list[tuple[str, dict, dict]] = []
        self.answer: tuple[int, object] = (200, {"errcode": 0, "errmsg": "ok"})
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.heard.append((self.path, body, dict(self.headers)))
                status, said = outer.answer
                data = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "http://127.0.0.1:1/")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/send?key=geheim-1"


@pytest.fixture
def group():
    found = Group()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def admin(administrator):
    return administrator


@pytest.fixture
def set_clock(monkeypatch):
    return lambda moment: monkeypatch.setenv("QINGSHAN_NOW", moment.isoformat())


@pytest.fixture
def own_robots(own_folders):
    folder = own_folders / "packs" / "own" / "robots"
    folder.mkdir(parents=True)
    for name, style, rate in (("wecom", "wecom", 2), ("dingtalk", "dingtalk", 20)):
        (folder / f"{name}.toml").write_text(ROBOTS.format(name=name, style=style, rate=rate))
    (folder / "own.toml").write_text(ROBOTS.replace('overrides = "national"\n', "").format(name="own", style="plain", rate=20))
    packs.clear()


def robot(admin, group, form="wecom", kinds=("case_handed",), **more) -> Robot:
    given = {"name": f"{form} 群", "form": form, "address": group.address, "secret": "", "organisation": None, "kinds": list(kinds)}
    return actions.keep_robot(None, by=admin, **given | more)


def case(bureau, by, **more):
    given = {"title": "石门砖厂料堆未覆盖", "area": bureau.towns["石门镇"], "responsible": bureau.governments["石门镇"], "by": by}
    return open_case("alarm_order", **given | more)


def test_a_case_tells_the_unit_that_must_act_and_not_who_gave_it(bureau, chief, clerk, town_person, stranger):
    found = case(bureau, chief)
    notice = Notice.objects.get()
    assert (notice.kind, notice.url) == ("case_handed", f"/orders/{found.number}/")
    assert found.number in notice.title
    assert "期限" in notice.text
    assert [copy.person for copy in notice.receipts.all()] == [town_person]
    transfer(found.number, bureau.departments["住建局"], by=chief, reason="属工地管理")
    assert Notice.objects.count() == 2
    assert town_person.notices.count() == 1


def test_the_same_cause_is_told_once(bureau, town_person):
    unit = bureau.governments["石门镇"]
    assert actions.send("case_handed", title="一", to=[unit], key="x:1")
    assert actions.send("case_handed", title="一", to=[unit], key="x:1") is None
    assert Receipt.objects.filter(person=town_person).count() == 1


def test_only_holders_of_the_kinds_permission_are_told(bureau, town_person):
    make_person("look", "旁观", bureau.governments["石门镇"])
    actions.send("case_handed", title="一", to=[bureau.governments["石门镇"]])
    assert [copy.person for copy in Receipt.objects.all()] == [town_person]


def test_ones_own_copies_only(bureau, town_person, stranger, as_):
    notice = actions.send("case_handed", title="去看", url="/orders/", to=[bureau.governments["石门镇"]])
    other = as_(stranger)
    assert "去看" not in other.get("/notices/").content.decode()
    assert other.post(f"/notices/{notice.pk}/open/").status_code == 404
    mine = as_(town_person)
    assert "未读 1 条" in mine.get("/notices/").content.decode()
    assert mine.post(f"/notices/{notice.pk}/open/").headers["Location"] == "/orders/"
    assert "未读 0 条" in mine.get("/notices/").content.decode()


def test_a_way_out_of_the_platform_is_not_followed(bureau, town_person, as_):
    notice = actions.send("case_handed", title="去看", url="//evil.example/x", to=[bureau.governments["石门镇"]])
    assert as_(town_person).post(f"/notices/{notice.pk}/open/").headers["Location"] == "/notices/"


def test_wecom_hears_one_message_for_what_waits(bureau, admin, chief, town_person, group, own_robots):
    robot(admin, group)
    Post.objects.create(pk=1, site="http://10.1.2.3:8000")
    case(bureau, chief)
    case(bureau, chief, title="又一件")
    assert outbox.send_due() == 2
    ((path, body, _),) = group.heard
    assert path == "/send?key=geheim-1"
    text = body["markdown"]["content"]
    assert body["msgtype"] == "markdown"
    assert "石门砖厂" in text
    assert "又一件" in text
    assert "(http://10.1.2.3:8000/orders/" in text
    assert len(text.encode()) <= 600
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert outbox.send_due() == 0


def test_dingtalk_is_signed(bureau, admin, chief, group, own_robots):
    robot(admin, group, "dingtalk", secret="SEC-abc")
    case(bureau, chief)
    outbox.send_due()
    ((path, body, _),) = group.heard
    said = parse_qs(urlsplit(path).query)
    stamp = said["timestamp"][0]
    wanted = base64.b64encode(hmac.new(b"SEC-abc", f"{stamp}\nSEC-abc".encode(), hashlib.sha256).digest()).decode()
    assert said["sign"] == [wanted]
    assert said["key"] == ["geheim-1"]
    assert body["markdown"]["title"].startswith("交办")


def test_plain_json_is_sealed(bureau, admin, chief, group, own_robots):
    robot(admin, group, "own", secret="k")
    case(bureau, chief)
    outbox.send_due()
    ((_, body, headers),) = group.heard
    signed = json.dumps(body, ensure_ascii=False).encode()
    assert headers["X-Qingshan-Signature"] == hmac.new(b"k", signed, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        ((200, {"errcode": 45009, "errmsg": "api freq out of limit"}), "waiting", "45009"),
        ((200, {"errcode": 93000, "errmsg": "invalid webhook url"}), "failed", "93000"),
        ((500, {}), "waiting", "HTTP 500"),
        ((404, {}), "failed", "HTTP 404"),
        ((302, {}), "failed", "HTTP 302"),
        ((200, b"<html>"), "failed", "不是 JSON"),
        ((200, [1]), "failed", "None"),
    ],
)
def test_what_is_not_taken_is_tried_again_or_given_up_with_the_reason(bureau, admin, chief, group, own_robots, answer, state, words):
    robot(admin, group)
    case(bureau, chief)
    group.answer = answer
    outbox.send_due()
    found = Delivery.objects.get()
    assert (found.state, words in found.error, "geheim" in found.error) == (state, True, False)


def test_a_group_that_is_away_gets_it_later(bureau, admin, chief, group, own_robots, set_clock):
    set_clock(datetime(2026, 11, 20, 10))
    robot(admin, group)
    case(bureau, chief)
    group.answer = (503, {})
    outbox.send_due()
    assert outbox.send_due() == 0
    group.answer = (200, {"errcode": 0})
    set_clock(datetime(2026, 11, 20, 10, 2))
    assert outbox.send_due() == 1
    assert Delivery.objects.get().state == "sent"


def test_a_killed_sender_loses_nothing(bureau, admin, chief, group, own_robots, set_clock):
    set_clock(datetime(2026, 11, 20, 10))
    robot(admin, group)
    case(bureau, chief)
    outbox._claim()  # and then the process was killed
    assert outbox.send_due() == 0
    set_clock(datetime(2026, 11, 20, 10) + outbox.CLAIM + timedelta(seconds=1))
    assert outbox.send_due() == 1
    assert len(group.heard) == 1


def test_a_full_minute_waits(bureau, admin, chief, group, own_robots, set_clock):
    robot(admin, group)
    for minute in range(3):
        set_clock(datetime(2026, 11, 20, 10, 0, minute))
        case(bureau, chief)
        outbox.send_due()
    assert (len(group.heard), Delivery.objects.filter(state="waiting").count()) == (2, 1)


def test_at_night_only_what_cannot_wait_goes_out(bureau, admin, chief, town_person, group, own_robots, set_clock):
    set_clock(datetime(2026, 11, 20, 23))
    robot(admin, group, kinds=("case_handed", "alarm_unsigned"))
    actions.send("case_handed", title="夜里", to=[bureau.governments["石门镇"]])
    actions.send("alarm_unsigned", title="急", to=[bureau.own])
    outbox.send_due()
    assert ["急" in body["markdown"]["content"] for _, body, _ in group.heard] == [True]
    assert Delivery.objects.get(state="waiting").due_at == datetime(2026, 11, 21, 7)


def test_a_robot_of_one_unit_hears_of_that_unit(bureau, admin, chief, group, own_robots):
    robot(admin, group, organisation=bureau.governments["柳泉镇"])
    case(bureau, chief)
    assert not Delivery.objects.exists()
    case(bureau, chief, responsible=bureau.governments["柳泉镇"], area=bureau.towns["柳泉镇"])
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/send", "http://qyapi.weixin.qq.com/x", "https://qyapi.weixin.qq.com@evil.example/", "file:///etc/passwd", "乱写",
     "https://a:b@qyapi.weixin.qq.com/x", "http://169.254.169.254/latest", "https://[bad"],
)  # fmt: skip
def test_an_address_elsewhere_is_refused(bureau, admin, address):
    with pytest.raises(Refused, match="地址"):
        actions.keep_robot(None, by=admin, name="群", form="wecom", address=address, secret="", organisation=None, kinds=["case_handed"])


def test_addresses_and_secrets_are_neither_shown_nor_stored_in_clear(bureau, admin, group, own_robots, as_):
    found = robot(admin, group, secret="SEC-abc")
    assert "geheim" not in found.address
    assert secrets.unseal(found.address) == group.address
    page = as_(admin).get(f"/notices/channels/robots/{found.pk}/").content.decode()
    trail = "".join(str(e.after) for e in AuditEvent.objects.all())
    assert "geheim" not in page + trail
    assert "SEC-abc" not in page + trail
    actions.keep_robot(found.pk, by=admin, name="改名", form="wecom", address="", secret="", organisation=None, kinds=["case_late"])
    found.refresh_from_db()
    assert secrets.unseal(found.address) == group.address


def test_only_who_may_keeps_channels(bureau, chief, group, own_robots, as_):
    with pytest.raises(PermissionDenied, match="维护消息通道"):
        robot(chief, group)
    client = as_(chief)
    for path in ("", "post/", "robots/new/"):
        assert client.get(f"/notices/channels/{path}").status_code == 403


def test_a_try_says_how_it_was_taken(bureau, admin, group, own_robots, as_):
    found = robot(admin, group)
    client = as_(admin)
    assert "已收下" in client.post(f"/notices/channels/robots/{found.pk}/test/", follow=True).content.decode()
    group.answer = (200, {"errcode": 93000, "errmsg": "no"})
    assert "没有收下" in client.post(f"/notices/channels/robots/{found.pk}/test/", follow=True).content.decode()


class Letters(socketserver.StreamRequestHandler):
    """A mail server that takes what it is given, except for one address."""

    def handle(self):
        say = lambda text: self.wfile.write(f"{text}\r\n".encode())  # noqa: E731
        say("220 here")
        while line := self.rfile.readline().decode(errors="replace").strip():
            word = line.upper()
            if word.startswith("EHLO"):
                say("250 here")
            elif word.startswith("RCPT") and "nobody" in line:
                say("550 no such user")
            elif word.startswith("DATA"):
                say("354 go on")
                text = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    text += part
                self.server.letters.append(text.decode())
                say("250 taken")
            elif word.startswith("QUIT"):
                say("221 bye")
                return
            else:
                say("250 ok")


@pytest.fixture
def post(admin):
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Letters)
    server.letters, server.daemon_threads = [], True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    actions.keep_post(
        by=admin, site="http://10.1.2.3:8000", host="127.0.0.1", port=server.server_address[1], security="none", username="", password="",
        sender="qingshan@example.cn", active=True,
    )  # fmt: skip
    yield server
    server.shutdown()
    server.server_close()


def test_a_letter_reaches_who_wants_it(bureau, chief, town_person, post):
    town_person.email = "shimen@example.cn"
    town_person.save()
    case(bureau, chief)
    outbox.send_due()
    (letter,) = post.letters
    assert "To: shimen@example.cn" in letter
    assert "Subject:" in letter
    actions.choose(by=town_person, email="shimen@example.cn", mail=set())
    case(bureau, chief)
    assert outbox.send_due() == 0


def test_a_letter_nobody_takes_is_given_up(bureau, chief, town_person, post):
    town_person.email = "nobody@example.cn"
    town_person.save()
    case(bureau, chief)
    outbox.send_due()
    found = Delivery.objects.get()
    assert found.state == "failed"
    assert "不收" in found.error


def test_what_was_given_up_goes_out_again(bureau, admin, chief, group, own_robots, as_):
    robot(admin, group)
    case(bureau, chief)
    group.answer = (404, {})
    outbox.send_due()
    found = Delivery.objects.get()
    group.answer = (200, {"errcode": 0})
    as_(admin).post(f"/notices/channels/failed/{found.pk}/again/")
    outbox.send_due()
    assert Delivery.objects.get().state == "sent"


def test_a_cut_never_splits_a_character():
    assert carriers.cut("报" * 10, 16) == "报" * 4 + "…"
    assert carriers.cut("短", 16) == "短"


def test_another_key_says_what_to_do(settings):
    sealed = secrets.seal("https://x")
    settings.SECRET_KEY = "another" * 10
    with pytest.raises(Refused, match="换过"):
        secrets.unseal(sealed)
