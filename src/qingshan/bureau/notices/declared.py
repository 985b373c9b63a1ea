"""Kinds of declaration: kinds of notice (消息) and forms of group-chat robot (群机器人)."""

from __future__ import annotations

from datetime import time
from typing import ClassVar, Literal

from pydantic import Field

from qingshan.bureau.base.packs.declared import Declaration, kinds

CARRIERS = {"mail": "电子邮件", "robot": "群机器人"}


@kinds.add("notices")
class NoticeKind(Declaration):
    """A kind of notice: who of a unit is told, and by which ways besides the page of notices."""

    words: ClassVar[str] = "消息"

    permission: str = ""
    """of the unit's people only those who hold it, as `app.codename`; empty: all"""
    by: tuple[Literal["mail", "robot"], ...] = ()
    """ways besides the page: `mail` (each person may choose otherwise), `robot` (group chats that asked for this kind)"""
    night: str = Field("", pattern=r"^(\d\d:\d\d-\d\d:\d\d)?$")
    """hours in which mail and robots wait: `22:00-07:00`; empty: never"""

    def wakes(self, now: time) -> time | None:
        """When the quiet hours end, where `now` lies in them."""
        if not self.night:
            return None
        begin, end = (time.fromisoformat(part) for part in self.night.split("-"))
        inside = begin <= now < end if begin <= end else now >= begin or now < end
        return end if inside else None


@kinds.add("robots")
class RobotForm(Declaration):
    """A form of group-chat robot: which machine answers it, how it is spoken to, and how often."""

    words: ClassVar[str] = "群机器人"

    style: Literal["wecom", "dingtalk", "plain"]
    """the words it understands: 企业微信, 钉钉, or plain JSON sealed with HMAC-SHA256"""
    hosts: tuple[str, ...] = Field(min_length=1)
    """machines an address may name; nothing is sent to any other"""
    scheme: tuple[Literal["https", "http"], ...] = ("https",)
    """`http` only for a machine of one's own network"""
    per_minute: int = Field(20, ge=1, le=600)
    """messages it takes in a minute; more are joined into one"""
    bytes: int = Field(4096, ge=256, le=20_000)
    """length of one message (UTF-8)"""
