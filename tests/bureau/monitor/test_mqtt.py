"""MQTT: messages by declaration into the inbox; a real Mosquitto with the shipped configuration where there is one."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from pydantic import ValidationError

from qingshan.bureau.monitor import subscriber
from qingshan.bureau.monitor.subscriber import Broker, Subscriber, WrongBroker
from qingshan.bureau.monitor.topics import Topic, Unreadable
from qingshan.gateway.doors import delivery as deliveries
from qingshan.gateway.doors.inbox import Inbox

NOW = datetime(2026, 11, 20, 14, 2)
MEDIA = {"SM": "air"}
DEPLOY = Path(__file__).parents[3] / "docs" / "deploy"
MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
VENDOR = {
    "name": "vendor", "title": "厂商甲", "topic": "air/jia/+/now", "level": 3, "stations": {"stn7": "SM"}, "time": "ts", "clock": "seconds",
    "items": {"data.pm25": "PM2.5", "data.co": "CO"}, "units": {"PM2.5": "mg/m³"}, "flags": {"CO": "st"},
}  # fmt: skip
MESSAGE = {"ts": 1795154400, "data": {"pm25": "0.035", "co": 0.6}, "st": "D"}


def read(topic="air/jia/stn7/now", said=MESSAGE, **more):
    return Topic(**{**VENDOR, **more}).read(topic, json.dumps(said).encode(), MEDIA, NOW)


def test_a_vendors_message_is_read_by_its_declaration():
    (line,), faults = read(said={**MESSAGE, "ts": datetime(2026, 11, 20, 6, tzinfo=UTC).timestamp()})
    assert (line.station, line.kind, line.time, faults) == ("SM", "now", "2026-11-20T14:00:00", [])
    assert line.items == {"a34004": {"Rtd": "35"}, "a21005": {"Rtd": "0.6", "Flag": "D"}}


def test_times_without_a_zone_need_one_declared():
    said = {**MESSAGE, "ts": "2026-11-20 14:00:00"}
    with pytest.raises(Unreadable, match="时区"):
        read(said=said, clock="iso")
    assert read(said=said, clock="iso", zone="+08:00")[0][0].time == "2026-11-20T14:00:00"
    assert read(said={**said, "ts": "2026-11-20T06:00:00Z"}, clock="iso")[0][0].time == "2026-11-20T14:00:00"


@pytest.mark.parametrize("said, words", [
    ([], "1—1000"), ("x", "1—1000"), ({**MESSAGE, "ts": "昨天"}, "1970"), ({**MESSAGE, "ts": 1e300}, "1970"), ({"ts": 0, "data": {}}, "年份"),
    ({"ts": 1795154400, "data": {}}, "没有数值"), ({"ts": 1795154400, "data": {"pm25": "很多"}}, "数值"), ([1], "应为对象"),
])  # fmt: skip
def test_what_cannot_be_read_says_why(said, words):
    with pytest.raises(Unreadable, match=words):
        read(said=said)


def test_a_strange_station_and_a_body_that_is_no_json():
    with pytest.raises(Unreadable, match="stn8"):
        read("air/jia/stn8/now")
    with pytest.raises(Unreadable, match="JSON"):
        Topic(**VENDOR).read("air/jia/stn7/now", b"\xff", MEDIA, NOW)


@pytest.mark.parametrize("change, words", [
    ({"kind": "hour"}, "label"), ({"topic": "a/#/b"}, "主题过滤"), ({"items": {"x": "PM25"}}, "监测项目"), ({"zone": "东八区"}, "zone"),
])  # fmt: skip
def test_a_faulty_declaration(change, words):
    with pytest.raises(ValidationError, match=words):
        Topic(**{**VENDOR, **change})


def test_a_broker_file_that_cannot_be_used(tmp_path):
    (tmp_path / "mqtt.toml").write_text('hots = "x"\n')
    with pytest.raises(WrongBroker, match="hots"):
        subscriber.broker(tmp_path)


class House:
    """A Mosquitto of one's own with the shipped configuration, on a free port."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = folder
        text = (DEPLOY / "mosquitto.conf").read_text("utf-8").replace("/etc/mosquitto/qingshan", str(folder / "qingshan"))
        text = text.replace("/var/lib/mosquitto", str(folder)).replace("listener 1883", f"listener {self.port}")
        (folder / "m.conf").write_text(text + "user root\nlog_dest stderr\n", "utf-8")
        (folder / "qingshan.acl").write_text((DEPLOY / "mosquitto.acl").read_text("utf-8"), "utf-8")
        tool = shutil.which("mosquitto_passwd") or "/usr/bin/mosquitto_passwd"
        for n, user in enumerate(("qingshan", "jia")):
            subprocess.run([tool, *(["-c"] if n == 0 else []), "-b", str(folder / "qingshan.passwd"), user, "secret"], check=True)
        self.start()

    def start(self):
        self.process = subprocess.Popen([MOSQUITTO, "-c", str(self.folder / "m.conf")], stderr=subprocess.DEVNULL)
        end = time.monotonic() + 5
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("mosquitto did not start")

    def stop(self):
        self.process.terminate()
        self.process.wait(5)

    def publish(self, *messages: tuple[str, str]):
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="jia")
        client.username_pw_set("jia", "secret")
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        for topic, payload in messages:
            client.publish(topic, payload, qos=1).wait_for_publish(5)
        client.disconnect()
        client.loop_stop()


@pytest.fixture
def house(tmp_path):
    if not MOSQUITTO:
        pytest.skip("没有 mosquitto，跳过真服务器的用例（apt-get install mosquitto）")
    one = House(tmp_path)
    yield one
    one.stop()


def until(condition, within=8.0):
    end = time.monotonic() + within
    while time.monotonic() < end and not condition():
        time.sleep(0.02)
    return condition()


def listening(monkeypatch, house, folder) -> tuple[Subscriber, threading.Thread]:
    one = Subscriber(folder, Broker(port=house.port, user="qingshan", password="secret"))

    def refresh():
        one._topics, one._media = {"vendor": Topic(**VENDOR)}, MEDIA

    monkeypatch.setattr(one, "refresh", refresh)
    thread = threading.Thread(target=one.run)
    thread.start()
    assert until(lambda: one.connected), one.error
    return one, thread


def message(n: int) -> tuple[str, str]:
    return "air/jia/stn7/now", json.dumps({"ts": 1790000000 + n, "data": {"pm25": 0.01}})


def seconds(folder) -> list[str]:
    inbox = Inbox(folder)
    return [deliveries.decode((inbox.new / name).read_bytes()).lines[0].raw for name in inbox.waiting()]


def test_messages_are_acknowledged_when_on_disk_and_none_is_lost(house, tmp_path, monkeypatch):
    """Taken; a full disk; the subscriber gone and back; the broker gone and back: each message is there."""
    one, thread = listening(monkeypatch, house, tmp_path)
    house.publish(*map(message, range(5)))
    assert until(lambda: len(seconds(tmp_path)) == 5)

    drop, full = Inbox.drop, [True]
    monkeypatch.setattr(Inbox, "drop", lambda self, d: (_ for _ in ()).throw(OSError("disk full")) if full[0] else drop(self, d))
    house.publish(*map(message, range(5, 10)))
    assert until(lambda: "disk full" in one.error)
    one.stop()  # killed with them unacknowledged
    thread.join(10)
    full[0] = False
    house.publish(*map(message, range(10, 15)))  # nobody listens
    house.stop()
    house.start()  # the broker kept them

    one, thread = listening(monkeypatch, house, tmp_path)
    assert until(lambda: len(set(seconds(tmp_path))) == 15)
    house.publish(("air/jia/stn7/now", "garbage"), ("air/yi/stn7/now", "x"), message(15))
    assert until(lambda: len(set(seconds(tmp_path))) == 16)
    one.stop()
    thread.join(10)
    assert set(seconds(tmp_path)) == {message(n)[1] for n in range(16)}
    (bad,) = Inbox(tmp_path).aside()  # what the broker refused (another's topic) never came
    assert "不是 JSON" in bad.reason
    assert Inbox(tmp_path).read_aside(bad.name) == b"garbage"
    assert json.loads((tmp_path / "mqtt-status.json").read_text("utf-8"))["connected"] is False
