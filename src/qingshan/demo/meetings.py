"""The demonstration's meetings: one signed, one to review, one to confirm, visits to some townships, an instruction."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.meetings import actions
from qingshan.bureau.meetings.models import Meeting
from qingshan.demo import pack
from qingshan.demo.moments import person
from qingshan.demo.structure import units

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def tell(opened: datetime) -> None:
    """Each meeting at its own days; who has which township in charge."""
    told = pack.meetings()
    with person("duban", opened - 60 * DAY) as by:
        for row in told["charge"]:
            areas = Area.objects.filter(name__in=row["towns"]).values_list("pk", flat=True)
            actions.take_charge(by=by, leader_id=Person.objects.get(username=row["leader"]).pk, area_ids=list(areas))
    for row in told["meeting"]:
        _meeting(row, opened)


def _meeting(row: dict, opened: datetime) -> None:
    day = _weekday(opened.date() - row["ago"] * DAY, forward=row["ago"] < 0)
    starts = datetime.combine(day, time(9, 0))
    before = min(starts - 3 * DAY, opened - 2 * HOUR)
    leader = Person.objects.get(username=row["leader"]) if "leader" in row else None
    with person(row["by"], before if row["kind"] != "instruction" else starts) as by:
        meeting = actions.make_meeting(
            by=by, kind=row["kind"], starts_at=starts, title=_dated(row.get("title", ""), day), place=row.get("place", ""),
            chair=row.get("chair", ""), subject=row["subject"], demands=row.get("demands", ""), leader_id=leader.pk if leader else None,
            area_id=Area.objects.get(name=row["town"]).pk if "town" in row else None, unit_ids=_called(row),
        )  # fmt: skip
        for item in row.get("agenda", ()):
            reporter = units([item["reporter"]])[0] if "reporter" in item else None
            actions.add_item(meeting.pk, by=by, title=item["title"], reporter_id=reporter, link=item.get("link", ""))
        if row["kind"] != "instruction":
            actions.send_notice(meeting.pk, by=by)
    _answers(row, meeting, min(before + 5 * HOUR, opened - HOUR))
    if "minutes" in row:
        _held(row, meeting, day, opened)


def _called(row: dict) -> list[int]:
    if "units" in row:
        return units(row["units"])
    return units(["区住建委", "区城管委", "区水务局", "区农业农村局", "区交通支队"]) + _towns() if row["kind"] == "monthly_regular" else []


def _towns() -> list[int]:
    return units([town["name"] for town in pack.district()["town"]])


def _answers(row: dict, meeting: Meeting, moment: datetime) -> None:
    for said, answer in [(s, "comes") for s in row.get("comes", ())] + [(s, "leave") for s in row.get("leave", ())]:
        with person(said["login"], moment) as by:
            called = meeting.attendees.get(organisation=by.organisation)
            actions.answer_notice(called.pk, by=by, answer=answer, who=said.get("who", ""), reason=said.get("reason", ""))


def _held(row: dict, meeting: Meeting, day: date, opened: datetime) -> None:
    after = min(datetime.combine(day, time(15, 0)), opened - HOUR / 2)
    with person(row["by"], after) as by:
        if meeting.form != "instruction":
            came = meeting.attendees.filter(answer="comes") if row.get("comes") else meeting.attendees.all()
            actions.hold_meeting(meeting.pk, by=by, came=list(came.values_list("pk", flat=True)))
        actions.enter_minutes(meeting.pk, by=by, text=_dated(row["minutes"], day))
        for said in row.get("decide", ()):
            one = meeting.decisions.standing().get(text__contains=said["words"])
            if said["as"] == "answer":
                actions.answer_decision(one.pk, by=by, words=said["said"])
                continue
            due = {"deadline": (day + said["deadline"] * DAY).isoformat()} if "deadline" in said else {}
            actions.accept_decision(one.pk, by=by, become=said["as"], fields=due)
        if row.get("sign"):
            actions.sign_minutes(meeting.pk, by=by)


def _weekday(day: date, forward: bool) -> date:
    while day.weekday() > 4:
        day += DAY if forward else -DAY
    return day


def _dated(text: str, day: date) -> str:
    """Days after the meeting as people write them; of another year with the year."""

    def said(found: re.Match[str]) -> str:
        then = day + int(found[1]) * DAY
        return f"{f'{then.year}年' if then.year != day.year else ''}{then.month}月{then.day}日"

    return re.sub(r"\{\+(\d+)\}", said, text.replace("{月}", str(day.month)))
