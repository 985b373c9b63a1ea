"""The notice and the minutes of a meeting as official documents in the house style (会议通知、会议纪要)."""

from __future__ import annotations

import re
from datetime import date, datetime

from django.conf import settings

from qingshan.bureau.base import clock, packs
from qingshan.bureau.base.models import Area, Organisation
from qingshan.bureau.bulletins import word
from qingshan.bureau.bulletins.compose import MARK
from qingshan.bureau.bulletins.document import Block, Document, Run
from qingshan.bureau.bulletins.rankings import STYLE
from qingshan.bureau.ledger.units import said
from qingshan.bureau.meetings.models import Attendee, Decision, Meeting
from qingshan.bureau.meetings.queries import decisions
from qingshan.plans import fold, minutes, outline

WEEKDAYS = "一二三四五六日"
LEAST_CONTACT = "请各单位在平台回执参会人姓名、职务和电话；不能参加的，写明事由请假。"
_MARK = re.compile(r"^(?:[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[）)])")


def notice(meeting: Meeting) -> Document:
    """会议通知: when, where, who, about what, and how to answer; as the meeting now stands."""
    issuer, declared = _issuer(), meeting.declared
    units = list(meeting.attendees.filter(dropped=False).select_related("organisation"))
    agenda = list(meeting.agenda.filter(dropped=False).select_related("reporter"))
    opening = (declared.opening if declared else "") or "定于{day}召开{title}，{subject}。现将有关事项通知如下："
    lead = opening.format(day=_day(meeting.starts_at.date()), title=meeting.title, subject=meeting.subject or "研究有关工作")
    sections: list[tuple[str, list[str]]] = [("时间", [f"{_moment(meeting.starts_at)}。"])]
    if meeting.place or meeting.area:
        sections.append(("地点", [f"{meeting.place or meeting.area}。"]))
    if meeting.chair:
        sections.append(("带队" if meeting.form == "visit" else "主持", [f"{meeting.chair}。"]))
    attend = _units([a for a in units if not a.observes])
    observe = _units([a for a in units if a.observes])
    if attend or observe:
        sections.append(("参加单位", [f"{attend}。" if attend else "", f"列席：{observe}。" if observe else ""]))
    if agenda:
        lines = [f"{n}. {i.title}{f'（{i.reporter}汇报）' if i.reporter else ''}。" for n, i in enumerate(agenda, 1)]
        sections.append(("议程", lines))
    sections.append(("有关要求", [*(line.strip() for line in meeting.demands.splitlines()), LEAST_CONTACT]))
    blocks = [Block("paragraph", (Run(lead),))]
    for n, (title, lines) in enumerate(sections):
        blocks.append(Block("heading", (Run(f"{_chinese(n + 1)}、{title}"),), 1))
        blocks += [Block("paragraph", (Run(line),)) for line in lines if line]
    day = _day((meeting.called_at or clock.now()).date())
    number = meeting.order_words
    return _document(
        issuer, number, ("关于" + ("开展" if meeting.form in ("visit", "talk") else "召开") + meeting.title, "的通知"),
        f"{_units([a for a in units if not a.observes]) or '各有关单位'}：", blocks, issuer, day,
    )  # fmt: skip


def minutes_of(meeting: Meeting) -> Document:
    """会议纪要: the words as they were entered, who was there, and the list of what was decided as it was accepted."""
    read = minutes.read(meeting.text, on=meeting.starts_at.date())
    blocks = list(_body(meeting, read))
    there = list(meeting.attendees.filter(dropped=False).select_related("organisation"))
    if "attend" not in {f.name for f in read.facts}:
        came = [a for a in there if a.came or (a.came is None and a.answer == Attendee.Answer.COMES)]
        for title, rows in (("出席", [a for a in came if not a.observes]), ("列席", [a for a in came if a.observes])):
            if rows:
                blocks.append(Block("paragraph", (Run(f"{title}：{'、'.join(_named(a) for a in rows)}。"),)))
    leave = [a for a in there if a.answer == Attendee.Answer.LEAVE and not a.came]
    if leave and "leave" not in {f.name for f in read.facts}:
        blocks.append(Block("paragraph", (Run(f"请假：{'、'.join(str(a.organisation) for a in leave)}。"),)))
    day = _day((meeting.signed_at or meeting.starts_at).date())
    issuer = _issuer()
    table = _decided(meeting)
    return _document(
        f"{meeting.kind_title}纪要", meeting.issue_words, (read.title or f"{meeting.title}纪要",), "", blocks, "", day,
        annexes=(table,) if table else (), printer=issuer, copies=_units(there),
    )  # fmt: skip


def docx(meeting: Meeting, kind: str) -> bytes:
    """The Word file of the notice or of the minutes."""
    made = notice(meeting) if kind == "notice" else minutes_of(meeting)
    return word.write(made, packs.get("house_styles", STYLE))


def _document(
    issuer: str, number: str, title: tuple[str, ...], addressee: str, blocks: list[Block], signature: str, day: str,
    annexes: tuple[Block, ...] = (), printer: str = "", copies: str = "",
) -> Document:  # fmt: skip
    return Document(
        issuer=issuer, number=number, title=title, addressee=addressee, blocks=tuple(blocks), annexes=annexes, signature=signature, day=day,
        copies=copies, printer=printer or issuer, printed=day, mark=MARK if settings.DEMO_MARK.exists() else "",
    )  # fmt: skip


def _body(meeting: Meeting, read: minutes.Minutes):
    """The lines of the minutes between the title and the signature, headings as headings."""
    lines = [line.strip() for line in meeting.text.split("\n")]
    lines = [line for line in lines if line and line != read.title.strip()]
    while lines and _is_signature(lines[-1]):
        lines.pop()
    for line in lines:
        mark = _MARK.match(line)
        level = outline.mark_level(fold.fold(line)) if mark else 0
        is_heading = level in (1, 2) and len(line) <= outline.LONGEST_HEADING and not re.search(r"[。；，：]", line[mark.end() :])
        yield Block("heading" if is_heading else "paragraph", (Run(line),), level if is_heading else 0)


def _is_signature(line: str) -> bool:
    plain = fold.fold(line).replace(" ", "")
    return bool(outline.SIGN_DATE.match(plain) or (len(plain) <= 30 and outline.SIGN_ORG.search(plain) and "。" not in line))


def _decided(meeting: Meeting) -> Block | None:
    rows = [
        r for r in decisions.judged(list(decisions.whole(meeting.decisions.standing()).order_by("start", "pk")), clock.now())
        if r.decision.state in (Decision.State.TASK, Decision.State.CASE)
    ]  # fmt: skip
    if not rows:
        return None
    cells = tuple(
        (Run(str(n)), Run(r.decision.fields["title"]), Run(r.units), Run(_short(r.deadline))) for n, r in enumerate(rows, 1)
    )
    return Block("table", title=f"{meeting.decided}清单", columns=("序号", "事项", "责任单位", "期限"), widths=(1, 6, 3, 2), rows=cells)


def _named(row: Attendee) -> str:
    return f"{row.organisation}{f'（{row.who}）' if row.who else ''}"


def _units(rows: list[Attendee]) -> str:
    towns = Organisation.objects.filter(kind=Organisation.Kind.TOWN).count()
    return said([a.organisation for a in rows], towns)


def _issuer() -> str:
    own = Organisation.objects.filter(kind=Organisation.Kind.BUREAU).order_by("pk").first()
    district = Area.objects.filter(level=Area.Level.DISTRICT).defer("geometry").first()
    return own.name if own else f"{district or ''}生态环境局"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _short(day: date | None) -> str:
    return f"{day.month}月{day.day}日" if day else "—"


def _moment(at: datetime) -> str:
    return f"{_day(at.date())}（星期{WEEKDAYS[at.weekday()]}）{'上午' if at.hour < 12 else '下午'}{at.hour}:{at:%M}"


def _chinese(n: int) -> str:
    return "一二三四五六七八九十"[n - 1]
