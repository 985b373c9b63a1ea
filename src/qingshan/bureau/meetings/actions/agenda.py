"""Items of the agenda and the papers of a meeting (议程、会议材料)."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max

from qingshan.bureau.base import attachments, audit
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.cases.models import Case
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.meetings.actions.calling import CALL, locked, step
from qingshan.bureau.meetings.models import Agenda, Meeting, Paper

MOST = 60


@transaction.atomic
def add_item(
    pk: int, *, by: Person, title: str = "", reporter_id: int | None = None, task_id: int | None = None, case_number: str = "",
    link: str = "",
) -> Agenda:  # fmt: skip
    """Put an item on the agenda (列入议程); a task or case gives it its name where none is written."""
    need(by, "meetings.call_meeting", CALL)
    meeting = locked(pk, by)
    if not meeting.is_open:
        raise Refused(f"“{meeting}”{meeting.get_state_display()}，议程不能再改")
    task = Task.objects.within(by).filter(pk=task_id).first() if task_id else None
    if task_id and task is None:
        raise Refused("没有这项任务，请重新选择", field="task", status=422)
    case = Case.objects.within(by).filter(number=case_number.strip()).first() if case_number.strip() else None
    if case_number.strip() and case is None:
        raise Refused(f"没有编号为“{case_number.strip()[:30]}”的事项，请核对编号", field="case", status=422)
    title = " ".join(title.split()) or (task.title if task else case.title if case else "")
    if not title:
        raise Refused("请写议题，或选一项任务、事项", field="title", status=422)
    if meeting.agenda.filter(dropped=False).count() >= MOST:
        raise Refused(f"一次会议至多 {MOST} 项议题")
    reporter = Organisation.objects.filter(pk=reporter_id).first() if reporter_id else None
    item = Agenda.objects.create(
        meeting=meeting, number=(meeting.agenda.aggregate(last=Max("number"))["last"] or 0) + 1, title=title[:120], reporter=reporter,
        task=task, case=case, link=_inside(link),
    )  # fmt: skip
    step(meeting, by, "列入议程", meeting.state, item.title)
    after = {"title": item.title, "task": audit.plain(task), "case": audit.plain(case), "link": item.link}
    audit.record(by, "列入议程", meeting, None, after)
    return item


def _inside(link: str) -> str:
    """A page of the platform: its path and query; another site is refused."""
    link = link.strip()
    if not link:
        return ""
    there = urlsplit(link)
    if there.netloc and there.scheme not in ("http", "https"):
        raise Refused("页面地址不对，请从浏览器地址栏复制平台里的地址", field="link", status=422)
    path = there.path + (f"?{there.query}" if there.query else "")
    if not path.startswith("/") or path.startswith("//") or "\\" in path or len(path) > 200:
        raise Refused("页面地址不对，请从浏览器地址栏复制平台里的地址", field="link", status=422)
    return path


@transaction.atomic
def drop_item(pk: int, item_id: int, *, by: Person) -> Agenda:
    """Take an item off the agenda (撤下议题); it stays on record."""
    need(by, "meetings.call_meeting", CALL)
    meeting = locked(pk, by)
    item = meeting.agenda.select_for_update(of=("self",)).get(pk=item_id)
    if not meeting.is_open:
        raise Refused(f"“{meeting}”{meeting.get_state_display()}，议程不能再改")
    if not item.dropped:
        item.dropped = True
        item.save(update_fields=["dropped"])
        step(meeting, by, "撤下议题", meeting.state, item.title)
        audit.record(by, "撤下议题", meeting, {"title": item.title}, {"title": ""})
    return item


@transaction.atomic
def give_paper(pk: int, *, by: Person, name: str, upload: UploadedFile | None) -> Paper:
    """Keep a paper of the meeting under the name its kind declares; by the bureau, or a unit that is called."""
    calls = by.has_perm("meetings.call_meeting")
    if not calls:
        need(by, "meetings.answer_notice", "交会议材料需要“会议回执”或“召集会议”权限")
    meeting = locked(pk, by)
    if not calls and not meeting.attendees.filter(organisation__in=by.scope_organisations_ids(), dropped=False).exists():
        raise Refused("只有参会单位可以交材料", status=403)
    declared = meeting.declared
    titles = {p.name: p.title for p in declared.paper if not p.known} if declared else {}
    if name not in titles and name != "other":
        raise Refused(f"这类会议没有这种材料；可交：{'、'.join([*titles.values(), '其他材料'])}", field="name", status=422)
    if upload is None:
        raise Refused("请先选文件", field="file", status=422)
    if meeting.state == Meeting.State.CANCELLED:
        raise Refused(f"“{meeting}”已取消，不收材料")
    kept = attachments.keep(upload, by, owner=meeting)
    paper = Paper.objects.create(meeting=meeting, name=name, attachment=kept)
    audit.record(by, "交会议材料", meeting, None, {"paper": titles.get(name, "其他材料"), "name": kept.name, "sha256": kept.sha256})
    return paper
