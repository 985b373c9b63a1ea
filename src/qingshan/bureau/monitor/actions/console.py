"""Policy, commands and keys of a device (设备策略、反控、密钥): decided here, carried out by the gateway.

The gateway knows no database of the bureau: it is told through a file (`gateway.notebook.tell`) once a change is committed. What could
not be told then is told by the worker; telling twice changes nothing.
"""

from __future__ import annotations

import json
import logging
import secrets
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.monitor import stores
from qingshan.bureau.monitor.models import DeviceCommand, DevicePolicy
from qingshan.bureau.sites import queries as sites
from qingshan.bureau.sites.models import Device
from qingshan.gateway import commands, keyring, notebook, policy
from qingshan.gateway.commands import KINDS

log = logging.getLogger("qingshan.worker")
MAY = "向设备下发命令需要“向设备下发命令、管理设备密钥”权限"
WAITS = timedelta(hours=2)  # a command for a device that is not connected
POLICY = ("refuses", "accepts", "sets_time", "timeout_s", "retries")
NEEDS_ACCEPTING = ("crc_swapped", "crc_zero")


def _folder() -> Path:
    return Path(settings.DATA_FOLDER)


def _device(mn: str, by: Person) -> Device | None:
    """The device within the person's scope; one that is not registered yet only for the whole bureau."""
    found = sites.devices(by).filter(mn=mn).first()
    if found is None and (by.scope_areas() is not None or not any(link.mn == mn for link in stores.reader().links())):
        raise ObjectDoesNotExist(mn)
    return found


def _reasoned(reason: str) -> str:
    reason = reason.strip()
    if len(reason) < 4:
        raise Refused("请写明理由，至少四个字", field="reason", status=422)
    return reason[:300]


@transaction.atomic
def set_policy(
    mn: str, *, by: Person, refuses: list[str], accepts: list[str], sets_time: bool, timeout_s: float, retries: int, reason: str
) -> DevicePolicy:
    """Say how a device's deviations are treated (接受并注明，或拒收)."""
    need(by, "sites.admit_device", "更改设备策略需要“准入设备”权限")
    _device(mn, by)
    if strange := [s for s in {*refuses, *accepts} if s not in policy.RULED]:
        raise Refused(f"没有偏差“{strange[0][:30]}”；可定的有：{'、'.join(policy.RULED)}", status=422)
    if not 1 <= timeout_s <= 99 or not 0 <= retries <= 99:
        raise Refused("应答超时应为 1—99 秒，重发 0—99 次（HJ 212—2017 6.7.2）", field="timeout_s", status=422)
    row = DevicePolicy.objects.select_for_update().filter(mn=mn).first()
    before = audit.snapshot(row, *POLICY) if row else None
    row = row or DevicePolicy(mn=mn)
    row.refuses, row.accepts = sorted(set(refuses)), sorted(set(accepts) & set(NEEDS_ACCEPTING))
    row.sets_time, row.timeout_s, row.retries = sets_time, timeout_s, retries
    row.reason, row.by, row.at = _reasoned(reason), by, clock.now()
    row.save()
    audit.record(by, "更改设备策略", row, before, audit.snapshot(row, *POLICY), row.reason)
    transaction.on_commit(lambda: tell_profile(mn))
    return row


@transaction.atomic
def order(mn: str, kind: str, said: dict[str, str], *, by: Person, reason: str) -> DeviceCommand:
    """Ask something of a device (下达反控命令); the gateway carries it out when the device is connected."""
    need(by, "monitor.command_device", MAY)
    _device(mn, by)
    found = KINDS.get(kind)
    if found is None or (found.is_inner and kind != "new_key"):
        raise Refused(f"没有命令“{kind[:20]}”", status=422)
    try:
        params = commands.checked(found, said)
    except commands.BadOrder as no:
        raise Refused(str(no), field=no.key, status=422) from None
    if kind == "new_key" and not any(key.slot == "current" for key in stores.desk().sm4_keys(mn)):
        raise Refused("这台设备没有录入现用密钥，新密钥不能明文下发；请先录入", status=409)
    hidden = {f.key: params.pop(f.key) for f in found.fields if f.is_secret and f.key in params}
    return _place(mn, kind, params, hidden, by, reason)


@transaction.atomic
def install_key(mn: str, text: str, *, by: Person, reason: str, created: datetime | None = None) -> DeviceCommand:
    """Write a device's SM4 key down (录入密钥); the current one becomes the previous one."""
    need(by, "monitor.command_device", MAY)
    _device(mn, by)
    try:
        key = keyring.read_key(text)
    except ValueError as no:
        raise Refused(str(no), field="key", status=422) from None
    if created is not None and created > clock.now():
        raise Refused("密钥的生成时间在将来", field="created", status=422)
    hidden = {"key": key.hex(), "created": f"{created or clock.now():%Y%m%d%H%M%S}"}
    return _place(mn, "install_key", {}, hidden, by, reason)


@transaction.atomic
def reread(mn: str, *, by: Person, reason: str, since: datetime | None = None) -> DeviceCommand:
    """Have the gateway judge again what it kept of a device and did not use (重读未采用的报文), by the policy and keys of today."""
    need(by, "sites.admit_device", "重读未采用的报文需要“准入设备”权限")
    device = _device(mn, by)
    if device is None or not device.admitted:
        raise Refused("设备还没有准入，先准入再重读", status=409)
    if DeviceCommand.objects.filter(mn=mn, kind="reread", ended_at=None).exists():
        raise Refused("这台设备的报文正在重读", status=409)
    if since is not None and since > clock.now():
        raise Refused("起始时间在将来", field="since", status=422)
    return _place(mn, "reread", {"BeginTime": f"{since:%Y%m%d%H%M%S}"} if since else {}, {}, by, reason)


def _place(mn: str, kind: str, params: dict[str, str], hidden: dict[str, str], by: Person, reason: str) -> DeviceCommand:
    rules = DevicePolicy.objects.filter(mn=mn).first() or DevicePolicy()
    now = clock.now()
    sealed = keyring.Keyring(_folder()).seal(json.dumps(hidden).encode(), mn) if hidden else None
    row = DeviceCommand.objects.create(
        mn=mn, token=secrets.token_hex(12), kind=kind, params=params, sealed=sealed, timeout_s=rules.timeout_s, retries=rules.retries,
        wait_s=KINDS[kind].wait_s, reason=_reasoned(reason), by=by, at=now, expires=now + WAITS,
    )  # fmt: skip
    audit.record(by, "下达设备命令", row, None, {"mn": mn, "命令": row.title, "参数": params}, row.reason)
    transaction.on_commit(tell_commands)
    return row


@transaction.atomic
def cancel(pk: int, *, by: Person) -> DeviceCommand:
    """Take a command back that has not gone out (撤回); one on its way runs to its end."""
    need(by, "monitor.command_device", MAY)
    row = DeviceCommand.objects.select_for_update().get(pk=pk)
    _device(row.mn, by)
    follow([row])
    if not row.is_open or row.state != "waiting":
        raise Refused(f"“{row.title}”{row.state_words}，不能撤回")
    row.cancelled_at = clock.now()
    row.save(update_fields=["cancelled_at"])
    audit.record(by, "撤回设备命令", row, None, None)
    transaction.on_commit(tell_commands)
    return row


def tell_profile(mn: str) -> None:
    """One device's profile to the gateway; a fault is logged, the worker tells all again within the hour."""
    _tell(Device.objects.filter(mn=mn), DevicePolicy.objects.filter(mn=mn))


def tell_all() -> str:
    """Every profile to the gateway."""
    _tell(Device.objects.all(), DevicePolicy.objects.all())
    return ""


def _tell(devices, policies) -> None:
    known, rules = {d.mn: d for d in devices}, {p.mn: p for p in policies}
    ring = keyring.Keyring(_folder())
    profiles = []
    for mn in sorted({*known, *rules}):
        device, rule = known.get(mn), rules.get(mn)
        body = {"refuses": rule.refuses, "accepts": rule.accepts, "sets_time": rule.sets_time} if rule else {}
        if device:
            body["version"] = device.protocol
        try:
            password = device.password if device else ""
        except Refused as no:
            log.error("设备 %s 的访问密码：%s；没有告知网关", mn, no)
            continue
        profiles.append(notebook.Profile(mn, json.dumps(body), ring.seal(password.encode(), mn) if password else None))
    _write(profiles=profiles)


def _write(**what) -> bool:
    try:
        notebook.tell(_folder(), **what)
    except (sqlite3.Error, OSError) as error:
        log.error("没有告知网关：%s；作业进程会再试", error)
        return False
    return True


def tell_commands() -> int:
    """Commands not yet told, and those taken back; returns how many were told."""
    rows = list(DeviceCommand.objects.filter(ended_at=None, told_at=None, expires__gt=clock.now()).order_by("at", "pk"))
    orders = [
        notebook.Order(
            r.token, r.mn, r.kind, json.dumps(r.params), bytes(r.sealed) if r.sealed else None, r.at.isoformat(), _iso(r.expires),
            r.timeout_s, r.retries, r.wait_s,
        ) for r in rows
    ]  # fmt: skip
    cancelled = DeviceCommand.objects.filter(ended_at=None).exclude(cancelled_at=None).values_list("token", flat=True)
    if (orders or cancelled) and _write(orders=orders, cancelled=list(cancelled)):
        DeviceCommand.objects.filter(pk__in=[r.pk for r in rows]).update(told_at=clock.now())
    return len(rows)


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def follow(rows: list[DeviceCommand]) -> int:
    """What the gateway has written of open commands, onto their rows; returns how many have ended."""
    found = stores.desk().progress(r.token for r in rows)
    ended = 0
    for row in rows:
        said = found.get(row.token)
        now = clock.now()
        if said is None:
            if now < row.expires + timedelta(minutes=10):
                continue
            row.state, row.words, row.ended_at = "expired", "网关没有运行，命令已过期", now
        elif (said.state, said.words) == (row.state, row.words):
            continue
        else:
            row.state, row.words = said.state, said.words[:300]
            row.ended_at = datetime.fromisoformat(said.changed) if said.state in commands.ENDED else None
        if row.ended_at:
            ended += 1
            _conclude(row)
        row.save(update_fields=["state", "words", "ended_at", "sealed"])
    return ended


def _conclude(row: DeviceCommand) -> None:
    """A password the device took is written into its profile; the secret is let go."""
    if row.kind == "set_password" and row.state == "done" and row.sealed:
        new = json.loads(keyring.Keyring(_folder()).open(bytes(row.sealed), row.mn))["NewPW"]
        device = Device.objects.select_for_update().filter(mn=row.mn).first()
        if device:
            device.password = new
            device.save(update_fields=["sealed_password"])
            audit.record(row.by, "设备已改用新密码", device, None, {"password": "（已设）"}, row.reason)
            transaction.on_commit(lambda: tell_profile(row.mn))
    row.sealed = None


def attend() -> str:
    """The worker's part: tell what was not told, take outcomes down."""
    tell_commands()
    with transaction.atomic():
        done = follow(list(DeviceCommand.objects.select_for_update().filter(ended_at=None)))
    return f"设备命令办结 {done} 条" if done else ""
