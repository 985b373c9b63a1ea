"""Deliveries on their way out (发送): in a thread of their own, so that a slow robot never holds up intake and alarms.

What waits for one robot or one person goes out as one message. A delivery is marked as being sent before it is, so a killed process
repeats it at most once, after `CLAIM`; it is never lost.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import timedelta
from threading import Lock, Thread

from django.db import close_old_connections, transaction

from qingshan.bureau.base import clock, packs
from qingshan.bureau.notices import carriers
from qingshan.bureau.notices.carriers import NotTaken
from qingshan.bureau.notices.models import Delivery, Post

log = logging.getLogger("qingshan.notices")
CLAIM = timedelta(minutes=5)
WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240))
TOGETHER = 20
_running = Lock()


def start() -> None:
    """Send what is due, in a thread, unless one is at it."""
    if not Delivery.objects.filter(state__in=("waiting", "sending"), due_at__lte=clock.now()).exists():
        return
    if _running.acquire(blocking=False):
        Thread(target=_run, name="notices", daemon=True).start()


def _run() -> None:
    try:
        while send_due():
            pass
    except Exception:
        log.exception("发送消息时出错，下次再试")
    finally:
        close_old_connections()
        _running.release()


def send_due() -> int:
    """Send what is due, one message a robot and person; how many deliveries were tried."""
    groups = _claim()
    for found in groups:
        try:
            _carry(found)
        except NotTaken as no:
            _failed(found, no)
        else:
            _done(found)
    return sum(map(len, groups))


@transaction.atomic
def _claim() -> list[list[Delivery]]:
    """What is due and no other process has, by target; held for `CLAIM`."""
    now = clock.now()
    due = Delivery.objects.select_for_update(of=("self",)).filter(state__in=("waiting", "sending"), due_at__lte=now)
    mine = list(due.select_related("notice", "person", "robot").order_by("id")[:200])
    Delivery.objects.filter(pk__in=[d.pk for d in mine]).update(state=Delivery.State.SENDING, due_at=now + CLAIM)
    groups: dict[tuple, list[Delivery]] = defaultdict(list)
    for delivery in mine:
        groups[delivery.carrier, delivery.robot_id, delivery.person_id].append(delivery)
    return [found[at : at + TOGETHER] for found in groups.values() for at in range(0, len(found), TOGETHER)]


def _carry(found: list[Delivery]) -> None:
    first, post = found[0], Post.objects.filter(pk=1).first() or Post()
    title = first.notice.title if len(found) == 1 else f"{len(found)} 条消息：{first.notice.title}"[:120]
    if first.carrier == "mail":
        if not post.active:
            raise NotTaken("邮件通道已停用", again=False)
        if not first.person.email or not first.person.is_active:
            raise NotTaken("收信人没有邮箱或已停用", again=False)
        text = "\n\n".join(_lines(d, post.site, bold=False) for d in found)
        carriers.mail(post, first.person.email, f"【青山】{title}", f"{text}\n\n这封信由平台自动发出；在“消息”页可以选择哪些发到邮箱。")
        return
    robot = first.robot
    declared = packs.all("robots").get(robot.form)
    if not robot.active or declared is None:
        raise NotTaken("群机器人已停用" if declared else f"没有群机器人类别“{robot.form}”", again=False)
    _rate(robot, declared)
    url = post.site + first.notice.url if post.site and first.notice.url else ""
    carriers.robot(robot, declared, title, "\n\n".join(_lines(d, post.site, bold=True) for d in found), url, clock.now())


def _rate(robot, declared) -> None:
    """Wait a minute where the robot has had as much as it takes."""
    lately = Delivery.objects.filter(robot=robot, state=Delivery.State.SENT, done_at__gt=clock.now() - timedelta(minutes=1))
    if lately.values("done_at").distinct().count() >= declared.per_minute:
        raise NotTaken("这个群一分钟内已满", again=True)


def _lines(delivery: Delivery, site: str, *, bold: bool) -> str:
    notice = delivery.notice
    head = f"**{notice.title}**" if bold else notice.title
    link = "" if not (site and notice.url) else f"[打开]({site}{notice.url})" if bold else f"{site}{notice.url}"
    return "\n".join(filter(None, [head, notice.text, f"{notice.at:%m-%d %H:%M}", link]))


def _done(found: list[Delivery]) -> None:
    ids = [d.pk for d in found]
    Delivery.objects.filter(pk__in=ids).update(state=Delivery.State.SENT, done_at=clock.now(), error="", tries=found[0].tries + 1)


def _failed(found: list[Delivery], no: NotTaken) -> None:
    """Again later, or given up with the reason."""
    now = clock.now()
    for delivery in found:
        delivery.tries += 1
        delivery.error = no.words[:200]
        if no.again and delivery.tries <= len(WAITS):
            delivery.state, delivery.due_at = Delivery.State.WAITING, now + WAITS[delivery.tries - 1]
        else:
            delivery.state, delivery.done_at = Delivery.State.FAILED, now
        delivery.save(update_fields=["tries", "error", "state", "due_at", "done_at"])
    log.warning("消息没有发出（%s，%d 条）：%s", found[0].carrier, len(found), no.words)
