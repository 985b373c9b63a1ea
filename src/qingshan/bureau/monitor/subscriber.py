"""The MQTT door (MQTT 入口): subscribes, and acknowledges a message only once it is on disk in the inbox.

QoS 1 with a session the broker keeps: what came while nobody listened is sent on reconnecting, what was not acknowledged is sent again,
and the same message again is the same delivery.
"""

from __future__ import annotations

import json
import logging
import ssl
import threading
import time
import tomllib
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qingshan.bureau.base import clock, packs
from qingshan.bureau.monitor.topics import Topic, Unreadable
from qingshan.bureau.sites.models import Station
from qingshan.gateway.doors.delivery import Delivery, Faulty, identity
from qingshan.gateway.doors.inbox import Inbox

log = logging.getLogger("qingshan.mqtt")
FILE, STATUS = "mqtt.toml", "mqtt-status.json"
AGAIN = 30.0  # [s] how often stations and declarations are read again


class Broker(BaseModel):
    """``mqtt.toml`` of the data folder: where the broker is, and as whom to sign in there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(1883, ge=1, le=65535)
    client: str = Field("qingshan", min_length=1, max_length=60)
    user: str = ""
    password: str = ""
    ca: str = ""


class WrongBroker(ValueError):
    """``mqtt.toml`` cannot be used; the message says why."""


def broker(data: Path) -> Broker:
    """The declared broker; raises WrongBroker."""
    path = data / FILE
    try:
        return Broker.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise WrongBroker(f"{path} 读不懂：{error}；可用的键：{'、'.join(Broker.model_fields)}") from None


class Subscriber:
    """One connection to one broker."""

    def __init__(self, data: Path, to: Broker) -> None:
        self.data, self.broker, self.inbox = data, to, Inbox(data)
        self.taken = self.faulty = 0
        self.connected, self.error, self.last = False, "", ""
        self._stopping = threading.Event()
        self._read_at = 0.0
        self._media: dict[str, str] = {}
        self._topics: dict[str, Topic] = {}
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=to.client, clean_session=False, protocol=mqtt.MQTTv311, manual_ack=True
        )
        if to.user:
            self.client.username_pw_set(to.user, to.password)
        if to.ca:
            self.client.tls_set(to.ca, tls_version=ssl.PROTOCOL_TLS_CLIENT)
        self.client.reconnect_delay_set(1, 60)
        self.client.on_connect, self.client.on_disconnect, self.client.on_message = self._connected, self._disconnected, self._message

    def run(self) -> None:
        """Until `stop`; the messages are read in this thread, so Django's connection is one."""
        self.refresh()
        self.client.connect_async(self.broker.host, self.broker.port, keepalive=30)
        next_say, pause = 0.0, 1.0
        fresh = True
        while not self._stopping.is_set():
            try:
                if fresh:
                    self.client.reconnect()
                    fresh = False
                code = self.client.loop(timeout=0.5)
            except (OSError, ValueError) as problem:
                self.error, code = f"连不上 {self.broker.host}:{self.broker.port}：{problem}", mqtt.MQTT_ERR_NO_CONN
            if code != mqtt.MQTT_ERR_SUCCESS:
                self.connected, fresh = False, True
                self._stopping.wait(pause)
                pause = min(pause * 2, 60.0)
            elif self.connected:
                pause = 1.0
            if time.monotonic() >= next_say:
                self.say()
                next_say = time.monotonic() + 5
                self.refresh()
        self.client.disconnect()
        self.connected = False
        self.say()

    def stop(self) -> None:
        self._stopping.set()

    def refresh(self) -> None:
        """Stations and declarations as they stand, every half minute; new topics are subscribed to, those no longer declared left."""
        if self._read_at and time.monotonic() - self._read_at < AGAIN:
            return
        self._read_at = time.monotonic()
        packs.refresh()
        self._media = dict(Station.objects.values_list("code", "network__medium"))
        declared = packs.all("topics", at=clock.now().date())
        wanted, had = {t.topic for t in declared.values()}, {t.topic for t in self._topics.values()}
        self._topics = declared
        if self.connected:
            for topic in sorted(wanted - had):
                self.client.subscribe(topic, qos=1)
            for topic in sorted(had - wanted):
                self.client.unsubscribe(topic)

    def _connected(self, client, userdata, flags, reason, properties) -> None:
        if reason.is_failure:
            self.error = f"服务器不接受：{reason}"
            log.error("MQTT %s:%d %s", self.broker.host, self.broker.port, self.error)
            return
        self.connected, self.error = True, ""
        for topic in sorted({t.topic for t in self._topics.values()}):
            client.subscribe(topic, qos=1)

    def _disconnected(self, client, userdata, flags, reason, properties) -> None:
        self.connected = False
        if not self._stopping.is_set():
            self.error = f"连接断开：{reason}"

    def _message(self, client, userdata, message) -> None:
        while not self._stopping.is_set():
            try:
                self.take(message.topic, message.payload)
            except OSError as problem:  # not acknowledged until there is room
                self.error = f"存不下：{problem}"
                log.error("MQTT %s", self.error)
                self.say()
                self._stopping.wait(2)
                continue
            client.ack(message.mid, message.qos)
            return

    def take(self, topic: str, payload: bytes) -> None:
        """One message into the inbox, or aside with the reason; on disk when this returns. Raises OSError."""
        declared = next((t for t in self._topics.values() if mqtt.topic_matches_sub(t.topic, topic)), None)
        self.last = topic
        try:
            if declared is None:
                raise Unreadable(f"没有声明主题“{topic[:100]}”")
            lines, faults = declared.read(topic, payload, self._media, clock.now())
            self.inbox.drop(Delivery("mqtt", topic[:200], identity("mqtt", topic, payload), lines))
            self.taken += 1
        except (Unreadable, Faulty) as wrong:
            faults = [str(wrong)]
        if faults:
            self.faulty += 1
            said = f"MQTT 主题“{topic[:100]}”：{'；'.join(faults[:20])}"
            self.inbox.keep_bad("mqtt.raw", payload, said)
            log.warning("%s", said)

    def say(self) -> None:
        """How it stands, for the page."""
        said = {
            "at": clock.now().isoformat(timespec="seconds"), "broker": f"{self.broker.host}:{self.broker.port}",
            "connected": self.connected, "taken": self.taken, "faulty": self.faulty, "last": self.last, "error": self.error,
        }  # fmt: skip
        path = self.data / STATUS
        part = path.with_suffix(".part")
        try:
            part.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
            part.replace(path)
        except OSError as problem:
            log.error("MQTT 状态写不下：%s", problem)
