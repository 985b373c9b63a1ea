"""Who works together in the district, and what stands around its tasks: groups, duties, parts, tags, last year's rest, filters."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from qingshan.bureau.base import clock
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.ledger import actions, listing, tags
from qingshan.bureau.ledger.models import Task
from qingshan.demo import pack
from qingshan.demo.moments import person


def carry_last_year(year: int, opened: datetime) -> None:
    """A task of the year before that was not finished, carried over when this year's plan was entered."""
    told = pack.structure()["carried"]
    last = year - 1
    with person("duban", datetime(last, 2, 20, 9, 0)) as by:
        fields = {
            "title": told["title"], "topic": told["topic"], "leads": units(told["leads"]), "operator": ">=", "value": told["value"],
            "unit": told["unit"], "check": "quantified", "deadline": f"{last}-11-30",
        }  # fmt: skip
        task = actions.add_task(by=by, kind="task", fields=fields | {"basis": "上年工作要点（演示）"}, year=last)
    with person("shui", datetime(last, 11, 20, 15, 0)) as by:
        actions.return_task(task.pk, by=by, words=told["words"], value=told["reported"])
    with person("duban", min(datetime(year, 2, 13, 16, 0), opened - timedelta(hours=1))) as by:
        actions.carry_over([task.pk], by=by, basis=told["basis"], rest=True)


def arrange(year: int, opened: datetime) -> None:
    """Groups, the list of duties, parts, tags and filters, on the days after the plan was entered."""
    told, moment = pack.structure(), min(datetime(year, 2, 14, 9, 0), opened - timedelta(minutes=50))
    with person("duban", moment) as by:
        for row in told["group"]:
            gather(row | {"committee": told["committee"]}, by)
        edition = actions.open_edition(by=by, title=told["duties"]["title"], begins=date(year, 1, 1), basis=told["duties"]["basis"])
        for row in told["duties"]["row"]:
            fields = {**row, "unit": units([row["unit"]])[0]}
            actions.save_duty(None, by=by, fields=fields, edition_id=edition.pk)
        tag_by_words(year, by)
        route_by_words(year, by)
        for row in told["split"]:
            split(row, year, by)
        for row in told["filter"]:
            owner = Person.objects.get(username=row["by"])
            actions.save_filter(by=owner, title=row["title"], query=row["query"], share=row.get("share", False))
    for row in told["split"]:
        for said in row.get("done", ()):
            report_part(row["whole"], said, year, opened)
    raise_team(told["team"], year, opened)


def units(names: list[str]) -> list[int]:
    """Ids of units by their short names."""
    known = {unit.short or unit.name: unit.pk for unit in Organisation.objects.all()}
    return [known[name] for name in names]


def gather(row: dict, by: Person) -> int:
    """One group with its seats; a unit the district does not have is left out."""
    lead = units([row["lead"]])[0]
    known = {unit.short or unit.name: unit.pk for unit in Organisation.objects.all()}
    group = actions.save_group(None, by=by, fields={**row, "lead": lead})
    for seat in row["seats"]:
        if "person" in seat:
            who = Person.objects.get(username=seat["person"])
            actions.seat(group.pk, by=by, organisation=who.organisation_id, person=who.pk, post=seat.get("post", "member"))
        elif seat["unit"] in known:
            actions.seat(group.pk, by=by, organisation=known[seat["unit"]])
    return group.pk


def whole(words: str, year: int) -> Task | None:
    return Task.objects.filter(title__contains=words, year=year, parent=None, kind=Task.Kind.TASK).first()


def tag_by_words(year: int, by: Person) -> None:
    """The proposals of the three battles accepted; those of the other schemes left for the visitor."""
    for task in Task.objects.live().filter(year=year).prefetch_related("tags"):
        for one in tags.proposed(task, [], clock.today()):
            if one.key.startswith(("three_battles.", "three_synergies.carbon", "three_synergies.ozone")):
                actions.tag_tasks([task.pk], one.key, by=by, words=one.word)


def route_by_words(year: int, by: Person) -> None:
    for group in listing.groups(clock.today()):
        found = [task.pk for task in Task.objects.going().filter(year=year) if any(word in task.title for word in group.cues)]
        if found and group.kind == "group":
            actions.route_tasks(found, group.pk, by=by)


def split(row: dict, year: int, by: Person) -> None:
    task = whole(row["whole"], year)
    if task is None:
        return
    if "stages" in row:
        actions.split_by_stages(task.pk, row["stages"], by=by)
    for part in row.get("part", ()):
        fields = {**part, "leads": units(part["leads"]), "operator": ">=", "check": "quantified", "deadline": f"{year}-{part['deadline']}"}
        actions.add_part(task.pk, by=by, fields=fields)


def report_part(words: str, said: dict, year: int, opened: datetime) -> None:
    task = whole(words, year)
    part = task.parts.filter(title__contains=said["part"]).first() if task else None
    moment = datetime.combine(date(year, 10, 20), time(15, 0))
    if part is None or moment >= opened:
        return
    done = part.meets(said["value"])
    with person(said["by"], moment) as by:
        proof = [SimpleUploadedFile("通水验收表.txt", f"{part.title}：已通水 {said['value']} 个村（演示）".encode())]
        actions.return_task(part.pk, by=by, words=f"已通水 {said['value']} 个村。", value=said["value"], done=done, files=proof)
    if done:
        with person("duban", moment + timedelta(days=2)) as by:
            actions.close_task(part.pk, by=by, basis=f"现场核查单 {year}-{part.label}")


def raise_team(row: dict, year: int, opened: datetime) -> None:
    """The team for dust in autumn and winter, from its first day on."""
    begins = date(year, *map(int, row["begins"].split("-")))
    moment = datetime.combine(begins, time(9, 0))
    if moment >= opened:
        return
    with person("duban", moment) as by:
        group = gather(row | {"begins": begins.isoformat(), "ends": (begins + timedelta(days=row["long"])).isoformat()}, by)
        found = [task.pk for words in row["tasks"] if (task := whole(words, year)) and task.is_going]
        if found:
            actions.route_tasks(found, group, by=by)
