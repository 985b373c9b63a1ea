"""One's own ways of looking at a list: kept under a name, shared with one's unit, dropped (保存的视图)."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode

from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person, SavedView

MOST = 30
LEFT_OUT = ("page", "period", "area")
"""of an address: where one was in the list, and what the top bar chooses"""


@transaction.atomic
def save_view(page: str, title: str, query: str, *, by: Person, share: bool = False) -> SavedView:
    """Keep what a list shows now under a name (存为视图); the same name again replaces it. Shared, one's unit sees it."""
    title = " ".join(title.split())[:40]
    if not re.fullmatch(r"[a-z_]+:[a-z0-9_]+", page):
        raise Refused("没有这个列表", field="page", status=422)
    if not title:
        raise Refused("请给这个视图起个名字", field="title", status=422)
    if share and by.organisation_id is None:
        raise Refused("您没有所属单位，不能共享", field="share", status=422)
    kept = urlencode([(k, v) for k, v in parse_qsl(query.lstrip("?")) if k not in LEFT_OUT])
    if len(kept) > 800:
        raise Refused("条件太长，存不下，请去掉几个条件", field="title", status=422)
    known = SavedView.objects.select_for_update().filter(page=page, person=by)
    if not known.filter(title=title).exists() and known.count() >= MOST:
        raise Refused(f"一个列表至多存 {MOST} 个视图，请先删去不用的")
    shared = by.organisation if share else None
    found, new = known.update_or_create(
        page=page, person=by, title=title, defaults={"query": kept, "organisation": shared, "at": clock.now()}
    )
    audit.record(by, "存视图" if new else "改视图", found, None, {"page": page, "query": kept, "shared": share})
    return found


@transaction.atomic
def drop_view(view_id: int, *, by: Person) -> str:
    """Remove one of one's own views (删视图); a colleague's shared one does not exist here. Gives the list it was of."""
    found = SavedView.objects.get(pk=view_id, person=by)
    audit.record(by, "删视图", found, {"page": found.page, "query": found.query}, None)
    page = found.page
    found.delete()
    return page
