"""Tags on tasks, and one's own ways to look at the list (标签、常用筛选)."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.ledger import tags
from qingshan.bureau.ledger.actions.tasks import EDIT, WATCHED, chosen, keep, locked
from qingshan.bureau.ledger.models import SavedFilter, TaskEvent
from qingshan.terms.registry import unknown

MOST_FILTERS = 30


@transaction.atomic
def tag_tasks(task_ids: list[int], tag: str, *, by: Person, words: str = "", off: bool = False) -> int:
    """Set a declared tag on tasks, or take it off (打标签、去标签). `words` are those that proposed it. Says how many changed."""
    need(by, "ledger.edit_task", EDIT)
    titles = tags.titles(clock.today())
    if tag not in titles and not off:
        raise Refused(unknown("标签", tag, titles), field="tag", status=422)
    title, n = titles.get(tag, tag), 0
    for pk in chosen(task_ids):
        task = locked(pk, by)
        if task.tags.filter(tag=tag).exists() != off:
            continue
        if off:
            task.tags.filter(tag=tag).delete()
        else:
            task.tags.create(tag=tag, words=words[:60], by=by, at=clock.now())
        said = f"{'去掉' if off else '标为'}“{title}”" + (f"（含“{words[:60]}”）" if words and not off else "")
        keep(task, by, TaskEvent.Act.TAG, audit.snapshot(task, *WATCHED), words=said, data={"tag": tag})
        n += 1
    return n


@transaction.atomic
def save_filter(*, by: Person, title: str, query: str, share: bool = False) -> SavedFilter:
    """Keep what the list shows now under a name (存为常用); the same name again replaces it. Shared, one's unit sees it."""
    title = " ".join(title.split())[:40]
    if not title:
        raise Refused("请给这组条件起个名字", field="title", status=422)
    if share and by.organisation_id is None:
        raise Refused("您没有所属单位，不能共享", field="share", status=422)
    kept = urlencode([(k, v) for k, v in parse_qsl(query.lstrip("?")) if k not in ("page", "period", "area")])
    if len(kept) > 600:
        raise Refused("条件太长，存不下，请去掉几个条件", field="title", status=422)
    known = SavedFilter.objects.select_for_update().filter(person=by)
    if not known.filter(title=title).exists() and known.count() >= MOST_FILTERS:
        raise Refused(f"常用筛选至多 {MOST_FILTERS} 个，请先删去不用的")
    found, new = known.update_or_create(
        person=by, title=title, defaults={"query": kept, "organisation": by.organisation if share else None, "at": clock.now()}
    )
    audit.record(by, "存常用筛选" if new else "改常用筛选", found, None, {"query": kept, "shared": bool(found.organisation_id)})
    return found


@transaction.atomic
def drop_filter(filter_id: int, *, by: Person) -> None:
    """Remove one of one's own saved filters; a colleague's shared one does not exist here."""
    found = SavedFilter.objects.get(pk=filter_id, person=by)
    audit.record(by, "删常用筛选", found, {"query": found.query}, None)
    found.delete()
