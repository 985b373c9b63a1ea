"""The ways out of the platform (消息通道): the mail server, group-chat robots, deliveries that failed."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.db import transaction

from qingshan.bureau.base import audit, clock, packs, secrets
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.notices.declared import RobotForm
from qingshan.bureau.notices.models import Delivery, Post, Robot

MAY = ("notices.manage_channels", "维护消息通道需要“维护消息通道”权限")
POST = ("site", "host", "port", "security", "username", "sender", "active")
ROBOT = ("name", "form", "organisation", "kinds", "active")


@transaction.atomic
def keep_post(
    *, by: Person, site: str, host: str, port: int, security: str, username: str, password: str, sender: str, active: bool
) -> Post:
    """How mail goes out; an empty password keeps the one there is. The trail never holds it."""
    need(by, *MAY)
    post = Post.objects.select_for_update().get_or_create(pk=1)[0]
    before = audit.snapshot(post, *POST)
    site = site.strip().rstrip("/")
    if site and urlsplit(site).scheme not in ("http", "https"):
        raise Refused(f"平台地址写成“{site}”，应以 http:// 或 https:// 开头", field="site", status=422)
    if active and not (host.strip() and sender.strip()):
        raise Refused("启用邮件须填发信服务器和发信人", field="host" if not host.strip() else "sender", status=422)
    if any(c in host for c in "/@ \r\n"):
        raise Refused("发信服务器只填主机名，如 smtp.example.cn", field="host", status=422)
    post.site, post.host, post.port, post.security = site, host.strip(), port, security
    post.username, post.sender, post.active = username.strip(), sender.strip(), active
    if password:
        post.secret = secrets.seal(password)
    post.save()
    after = audit.snapshot(post, *POST) | {"password": "已换" if password else ""}
    audit.record(by, "更改邮件通道", post, before | {"password": ""}, after)
    return post


@transaction.atomic
def keep_robot(
    pk: int | None, *, by: Person, name: str, form: str, address: str, secret: str, organisation: Organisation | None, kinds: list[str]
) -> Robot:
    """Add a robot, or change one; an empty address or secret keeps the one there is."""
    need(by, *MAY)
    robot = Robot.objects.select_for_update().get(pk=pk) if pk else Robot()
    before = audit.snapshot(robot, *ROBOT) if pk else None
    try:
        declared: RobotForm = packs.get("robots", form)
    except LookupError as no:
        raise Refused(str(no), field="form", status=422) from None
    if not name.strip():
        raise Refused("请填群名", field="name", status=422)
    if Robot.objects.filter(name=name.strip()).exclude(pk=pk).exists():
        raise Refused(f"已有“{name.strip()}”", field="name", status=422)
    known = packs.all("notices")
    if wrong := [kind for kind in kinds if kind not in known or "robot" not in known[kind].by]:
        raise Refused(f"没有能发到群里的消息“{'、'.join(wrong)}”", field="kinds", status=422)
    if address.strip():
        check(declared, address.strip())
        robot.address = secrets.seal(address.strip())
    elif not robot.address or robot.form != form:
        raise Refused("请填机器人的 Webhook 地址", field="address", status=422)
    if secret.strip():
        robot.secret = secrets.seal(secret.strip())
    robot.name, robot.form, robot.organisation, robot.kinds = name.strip()[:40], form, organisation, sorted(set(kinds))
    robot.save()
    after = audit.snapshot(robot, *ROBOT) | {"address": "已换" if address.strip() else "", "secret": "已换" if secret.strip() else ""}
    audit.record(by, "更改群机器人" if pk else "新增群机器人", robot, before, after)
    return robot


def check(declared: RobotForm, address: str) -> None:
    """Refuse an address that names another machine than the form's own."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        raise Refused("地址读不懂，请从群机器人设置里整行复制", field="address", status=422) from None
    if parts.scheme not in declared.scheme:
        raise Refused(f"{declared.title}的地址应以 {'、'.join(s + '://' for s in declared.scheme)} 开头", field="address", status=422)
    if host not in declared.hosts or parts.username or parts.password:
        raise Refused(
            f"{declared.title}的地址应在 {'、'.join(declared.hosts)}，现为“{host or '（空）'}”；私有部署请先在声明里加上主机名",
            field="address", status=422,
        )  # fmt: skip


@transaction.atomic
def set_robot_active(pk: int, active: bool, *, by: Person) -> Robot:
    """Let a robot speak, or be silent; what waits for a silent one is given up when its turn comes."""
    need(by, *MAY)
    robot = Robot.objects.select_for_update().get(pk=pk)
    before, robot.active = audit.snapshot(robot, "active"), active
    robot.save(update_fields=["active"])
    audit.record(by, "启用群机器人" if active else "停用群机器人", robot, before, audit.snapshot(robot, "active"))
    return robot


@transaction.atomic
def send_again(pk: int, *, by: Person) -> Delivery:
    """Try a delivery that was given up once more."""
    need(by, *MAY)
    delivery = Delivery.objects.select_for_update().select_related("notice").get(pk=pk)
    if delivery.state != Delivery.State.FAILED:
        raise Refused(f"这一条{delivery.get_state_display()}，不用再发")
    delivery.state, delivery.tries, delivery.due_at = Delivery.State.WAITING, 0, clock.now()
    delivery.save(update_fields=["state", "tries", "due_at"])
    audit.record(by, "消息再发", delivery.notice, {"error": delivery.error}, {"state": "待发"})
    return delivery
