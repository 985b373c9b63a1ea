"""The desk of one device: an operator sees how it speaks, rules on it, and asks things of it; the gateway is told."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.urls import reverse

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import AuditEvent
from qingshan.bureau.monitor import stores
from qingshan.bureau.monitor.actions import console, devices
from qingshan.bureau.monitor.models import DeviceCommand, DevicePolicy
from qingshan.bureau.monitor.queries import console as asked
from qingshan.bureau.sites.models import Device
from qingshan.cli import reread as reread_command
from qingshan.cli.main import main
from qingshan.gateway import desk
from qingshan.gateway.desk import Desk
from qingshan.gateway.journal import Journal
from qingshan.gateway.keyring import Keyring
from qingshan.gateway.notebook import Notebook, OrderReader
from qingshan.gateway.obedience import Logger
from qingshan.gateway.rereading import reread
from qingshan.gateway.server import serve
from qingshan.gateway.simulator import Clock, Station, record

T = datetime(2026, 11, 20, 14)
KEY = b"0123456789abcdef"
pytestmark = pytest.mark.django_db


@pytest.fixture
def mn(network) -> str:
    return network["SM"].mn


@pytest.fixture
def told(django_capture_on_commit_callbacks):
    """``told(action, …)`` runs an action and what follows its commit."""

    def run(action, *args, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            return action(*args, **kwargs)

    return run


def orders(folder):
    return OrderReader(folder).orders("2000-01-01")


def test_a_command_is_checked_recorded_and_told_to_the_gateway(told, mn, clerk, settings):
    row = told(console.order, mn, "set_rtd", {"RtdInterval": "60"}, by=clerk, reason="国庆加密观测")
    (order,) = orders(settings.DATA_FOLDER)
    assert (order.id, order.mn, order.kind, json.loads(order.params)) == (row.token, mn, "set_rtd", {"RtdInterval": "60"})
    assert AuditEvent.objects.filter(action="下达设备命令").count() == 1
    row.refresh_from_db()
    assert row.told_at is not None


@pytest.mark.parametrize(
    ("kind", "said", "reason", "words"),
    [
        ("set_rtd", {"RtdInterval": "5"}, "加密观测", "30—3600"),
        ("set_rtd", {"RtdInterval": "60"}, "改", "理由"),
        ("explode", {}, "试一下看看", "没有命令"),
        ("install_key", {}, "试一下看看", "没有命令"),
        ("new_key", {}, "满九十天", "先录入"),
    ],
)
def test_a_command_that_makes_no_sense_is_not_placed(told, mn, clerk, kind, said, reason, words):
    with pytest.raises(Refused, match=words):
        told(console.order, mn, kind, said, by=clerk, reason=reason)
    assert not DeviceCommand.objects.exists()


def test_who_may_not_or_whose_device_it_is_not_asks_nothing(told, network, clerk, town_person, stranger, chief):
    for person in (town_person, stranger, chief):
        with pytest.raises(PermissionDenied):
            told(console.order, network["LQ"].mn, "get_time", {}, by=person, reason="核对时钟")
    with pytest.raises(ObjectDoesNotExist):
        told(console.order, "NOBODY", "get_time", {}, by=clerk, reason="核对时钟")


def test_a_policy_reaches_the_gateway_with_its_reason(told, mn, clerk, settings):
    told(
        console.set_policy, mn, by=clerk, refuses=["password", "over_1024"], accepts=["crc_swapped", "no_flag"], sets_time=True,
        timeout_s=20, retries=5, reason="厂家已认可",
    )  # fmt: skip
    (profile,) = OrderReader(settings.DATA_FOLDER).profiles()
    body = json.loads(profile.body)
    assert (body["refuses"], body["accepts"], body["sets_time"]) == (["over_1024", "password"], ["crc_swapped"], True)
    device = Desk(settings.DATA_FOLDER)(mn, "")
    assert device.refuses == {"password", "over_1024"}
    assert AuditEvent.objects.filter(action="更改设备策略").count() == 1
    row = told(console.order, mn, "get_time", {}, by=clerk, reason="核对时钟")
    assert (row.timeout_s, row.retries) == (20, 5)
    with pytest.raises(Refused, match="没有偏差"):
        told(console.set_policy, mn, by=clerk, refuses=["x"], accepts=[], sets_time=False, timeout_s=9, retries=3, reason="试一下看看")


def test_a_profile_saved_on_the_page_reaches_the_gateway_sealed(told, network, clerk, settings):
    told(devices.save, network["SM"].mn, by=clerk, station=network["SM"].station, password="S3cret", protocol="2025")
    assert Desk(settings.DATA_FOLDER)(network["SM"].mn, "").password == "S3cret"
    assert b"S3cret" not in (settings.DATA_FOLDER / "orders.sqlite3").read_bytes()


def test_a_key_is_nowhere_in_clear(told, mn, clerk, settings, as_):
    told(console.install_key, mn, KEY.decode(), by=clerk, reason="随设备移交", created=T)
    row = DeviceCommand.objects.get()
    assert KEY not in bytes(row.sealed)
    assert KEY.hex() not in json.dumps([e.after for e in AuditEvent.objects.all()], ensure_ascii=False)
    keeper = Desk(settings.DATA_FOLDER)
    keeper.step(datetime.now())
    keeper.close()
    console.attend()
    row.refresh_from_db()
    assert (row.state, row.sealed) == ("done", None)
    page = as_(clerk).get(reverse("monitor:console", args=[mn])).content.decode()
    assert KEY.decode() not in page
    assert KEY.hex() not in page
    assert "现用" in page
    for text in ("short", "zz" * 16):
        with pytest.raises(Refused, match="16 个字符"):
            told(console.install_key, mn, text, by=clerk, reason="随设备移交")


def test_a_key_is_due_after_ninety_days(mn, settings, clerk, as_, clock_at):
    book = Notebook(settings.DATA_FOLDER)
    book.put_key(mn, Keyring(settings.DATA_FOLDER).seal(KEY, mn), f"{T:%Y%m%d%H%M%S}", T.isoformat())
    book.close()
    assert [k.is_due for k in asked.key_rows(mn, T + timedelta(days=89, hours=23))] == [False]
    assert [k.is_due for k in asked.key_rows(mn, T + timedelta(days=90))] == [True]
    clock_at(T + timedelta(days=90))
    assert "密钥满 90 天待更换 1" in as_(clerk).get(reverse("monitor:links")).content.decode()


def test_a_command_no_gateway_takes_expires_and_a_waiting_one_is_taken_back(told, mn, clerk, clock_at, settings):
    clock_at(T)
    row = told(console.order, mn, "sample", {}, by=clerk, reason="比对监测")
    told(console.cancel, row.pk, by=clerk)
    assert orders(settings.DATA_FOLDER)[0].cancelled == 1
    clock_at(T + timedelta(hours=3))
    console.attend()
    row.refresh_from_db()
    assert (row.state, row.words) == ("expired", "网关没有运行，命令已过期")
    with pytest.raises(Refused, match="不能撤回"):
        told(console.cancel, row.pk, by=clerk)


def test_asked_on_the_page_carried_out_by_the_device_and_told_on_the_page(told, mn, clerk, as_, settings, monkeypatch):
    """The whole way: page → file → gateway → TCP → logger → 9011 → data → 9012 → file → page; a new password ends in the profile."""
    monkeypatch.setattr(desk, "TICK_S", 0.02)
    monkeypatch.setattr(desk, "FLUSH_S", 0.05)
    stores._reader.cache_clear()
    url, client, logger = reverse("monitor:console", args=[mn]), as_(clerk), Logger(mn)
    for kind, said in (("get_minute", {}), ("set_password", {"NewPW": "a1b2c3"})):
        answer = told(client.post, url, {"do": "command", "kind": kind, "reason": "核对设置", **said})
        assert answer.status_code == 302, answer.content.decode()
    tokens = list(DeviceCommand.objects.values_list("token", flat=True))

    async def play():
        journal, keeper = Journal(settings.DATA_FOLDER), Desk(settings.DATA_FOLDER)
        gateway = await serve(journal, "127.0.0.1", 0, keeper)
        gateway.listener = keeper
        task = asyncio.create_task(keeper.run())
        async with Station("127.0.0.1", gateway.port, mn, obey=logger.answer) as station:
            clock = Clock(datetime.now())
            for second in range(8):
                at = datetime.now() - timedelta(seconds=second)
                await station.upload([record(mn, at, {"a34004": 34.2}, qn=clock.next(), cn="2011")])
            async with asyncio.timeout(10):
                while [p.state for p in stores.desk().progress(tokens).values()] != ["done"] * 2:
                    await asyncio.sleep(0.02)
        task.cancel()
        await gateway.close()
        journal.close()
        keeper.close()

    asyncio.run(play())
    told(console.attend)
    assert set(DeviceCommand.objects.values_list("state", flat=True)) == {"done"}
    device = Device.objects.get(mn=mn)
    assert (device.password, logger.pw) == ("a1b2c3", "a1b2c3")
    page = client.get(url).content.decode()
    assert "MinInterval=10" in page
    assert "执行成功" in page
    assert "附录 A（标准）" in page
    assert "若为 ng/m³，即 0.0342 µg/m³" in page
    assert "a1b2c3" not in page
    assert "PW=******" in page


def test_units_are_suggested_with_what_they_would_make(network, journal, hour_frame, clock_at):
    clock_at(T + timedelta(minutes=2))
    network["SM"].device.units = {"a34004": "µg/m³"}
    journal(hour_frame(network["SM"].mn, T, {"a34004": 75600}), received=T + timedelta(seconds=9))
    (row,) = asked.unit_rows(network["SM"].device, stores.reader().recent(10, network["SM"].mn))
    assert (row.raw, row.unit, row.suggestion, row.differs) == (["75600"], "µg/m³", "ng/m³", True)
    assert row.becomes == [("ng/m³", "75.6"), ("µg/m³", "7.56e+04"), ("mg/m³", "7.56e+07")]


def test_a_dialect_is_shown_with_its_evidence_and_hostile_bytes_are_escaped(mn, clerk, as_, settings):
    keeper = Desk(settings.DATA_FOLDER)
    bad = b"##0060QN=20261122080000000;ST=22;CN=2051;PW=123456;MN=%s;CP=&&a-<script>alert(1)</script>&&" % mn.encode()
    keeper._notebook.keep(signs=[(mn, "no_flag", 3, "2026-11-20T14:00:00", "2026-11-20T14:02:00", bad)], at=T)
    keeper.close()
    page = as_(clerk).get(reverse("monitor:console", args=[mn])).content.decode()
    assert "没有 Flag（2005 版的写法）" in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_a_town_sees_its_device_and_changes_nothing(network, town_person, as_):
    client, url = as_(town_person), reverse("monitor:console", args=[network["SM"].mn])
    page = client.get(url)
    assert page.status_code == 200
    assert "下命令" not in page.content.decode()
    assert client.get(reverse("monitor:console", args=[network["LQ"].mn])).status_code == 404
    for said in ({"do": "command", "kind": "get_time"}, {"do": "policy", "timeout_s": 9, "retries": 3}, {"do": "key", "key": KEY.decode()}):
        assert client.post(url, {**said, "reason": "试一下看看"}).status_code == 403
    assert not DeviceCommand.objects.exists()
    assert not DevicePolicy.objects.exists()


def test_a_wrong_step_is_told_on_the_page(mn, clerk, as_):
    client, url = as_(clerk), reverse("monitor:console", args=[mn])
    for said, words in (
        ({"do": "x"}, "没有这一步"), ({"do": "command", "kind": "set_rtd", "RtdInterval": "1", "reason": "加密观测"}, "30—3600"),
        ({"do": "key", "key": "short", "reason": "随设备移交"}, "16 个字符"), ({"do": "policy", "timeout_s": "x"}, "不是数"),
    ):  # fmt: skip
        answer = client.post(url, said)
        assert answer.status_code in (400, 422)
        assert words in answer.content.decode()


def test_what_was_refused_is_read_again_from_the_page_and_from_the_command(
    told, network, clerk, as_, settings, monkeypatch, town_person, capsys
):
    """A frame with a foreign password, refused by policy; the policy is relaxed, the frame read again, once, and its hour comes in."""
    monkeypatch.setattr(desk, "TICK_S", 0.02)
    monkeypatch.setattr(desk, "FLUSH_S", 0.05)
    monkeypatch.setattr(reread_command, "WAIT_S", 0.0)
    monkeypatch.setenv("QINGSHAN_DATA", str(settings.DATA_FOLDER))
    stores._reader.cache_clear()
    mn, url = network["SM"].mn, reverse("monitor:console", args=[network["SM"].mn])
    profile = {"station": network["SM"].station, "units": {"a34004": "µg/m³"}, "admitted": True}
    told(devices.save, mn, by=clerk, password="other1", **profile)
    rule = {"by": clerk, "accepts": [], "sets_time": False, "timeout_s": 10, "retries": 3}
    told(console.set_policy, mn, refuses=["password"], reason="防人冒充", **rule)
    sent = record(mn, datetime(2026, 11, 20, 8), {"a34004": 34.2}, qn="20261120090000000")
    asyncio.run(_serve(settings.DATA_FOLDER, mn, [sent]))
    assert stores.reader().frames()[0].verdict == "wrong_password"
    assert "重读（网关拒收过 1 包）" in as_(clerk).get(url).content.decode()
    told(console.set_policy, mn, refuses=[], reason="设备密码已核实", **rule)
    assert told(as_(clerk).post, url, {"do": "reread", "since": "2026-11-01", "reason": "策略已放宽"}).status_code == 302
    assert as_(clerk).post(url, {"do": "reread", "reason": "策略已放宽"}).status_code == 409  # one at a time
    assert as_(town_person).post(url, {"do": "reread", "reason": "策略已放宽"}).status_code == 403
    tokens = list(DeviceCommand.objects.values_list("token", flat=True))
    asyncio.run(_serve(settings.DATA_FOLDER, mn, [], wait_for=tokens))
    told(console.attend)
    assert DeviceCommand.objects.get().words == "重读 1 包：采用 1 包"
    assert "重读 1 包：采用 1 包" in as_(clerk).get(url).content.decode()
    assert [(r.value, r.cn) for r in stores.reader().readings()] == [(34.2, "2061")]
    asked_by = ["reread", mn, "--data", str(settings.DATA_FOLDER), "--by", clerk.username, "--reason", "再读一次看看"]
    assert told(main, asked_by) == 1
    assert "已交网关" in capsys.readouterr().out
    asyncio.run(_serve(settings.DATA_FOLDER, mn, [], wait_for=list(DeviceCommand.objects.values_list("token", flat=True))))
    told(console.attend)
    assert DeviceCommand.objects.first().words == "重读 1 包：设备已补传或已重读 1 包"
    assert main([*asked_by[:5], town_person.username, *asked_by[6:]]) == 1
    assert "需要“准入设备”权限" in capsys.readouterr().err


async def _serve(folder, mn, packets, wait_for=()):
    """A gateway with its desk: packets in, and commands until they have ended."""
    journal, keeper = Journal(folder), Desk(folder)
    gateway = await serve(journal, "127.0.0.1", 0, keeper)
    gateway.listener, keeper.rereads = keeper, partial(reread, journal)
    task = asyncio.create_task(keeper.run())
    if packets:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        writer.write(b"".join(packets))
        async with asyncio.timeout(10):
            while journal.stored < len(packets):
                await asyncio.sleep(0.01)
        writer.close()
    async with asyncio.timeout(10):
        while [p.state for p in stores.desk().progress(wait_for).values()] != ["done"] * len(wait_for):
            await asyncio.sleep(0.02)
    task.cancel()
    await gateway.close()
    journal.close()
    keeper.close()
