"""Notices in the page frame: the number of unread ones, the pages."""

from __future__ import annotations

from qingshan.bureau.base import frame
from qingshan.bureau.notices import queries

frame.nav("settings", "消息", "notices:inbox", order=80, prefix="/notices/")
frame.nav("settings", "消息通道", "notices:channels", order=95, may="notices.manage_channels", prefix="/notices/channels/")
frame.count("work", "未读消息", "notices:inbox", queries.n_unread)
