"""The demonstration's returns: a monthly rhythm, frozen periods, an open one with silent units, an order, weeks of routine work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.cases.models import Case
from qingshan.bureau.ledger.models import Plan, Task
from qingshan.bureau.returns import actions
from qingshan.bureau.returns.models import Line, Occasion, Period, Rota
from qingshan.bureau.returns.queries import due, weak
from qingshan.demo import pack
from qingshan.demo.moments import at, person

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
PLAN_READ = (2, 14)


def first_day(opened: datetime) -> date:
    """The day the returns begin: some months ago, but not before the plan was there; early in a year, the opening itself."""
    months = pack.district()["returns"]["months"]
    year, month = divmod(opened.year * 12 + opened.month - 1 - months, 12)
    return min(max(date(year, month + 1, 1), date(opened.year, *PLAN_READ)), opened.date())


def tell(opened: datetime, elsewhere: Callable[[date], None]) -> None:
    """Some months of returns up to the opening, day by day, as the worker and the units did; `elsewhere` is what else happened."""
    told, first = pack.district()["returns"], first_day(opened)
    plan = Plan.objects.order_by("pk").first()
    if plan is None:
        return
    with person("duban", min(datetime.combine(first, time(9, 20)), opened - HOUR)) as by:
        actions.make_rota(by=by, title=told["title"], rhythm="month", plan_id=plan.pk, began=first, basis=told["basis"])
        for row in told["reporter"]:
            unit, named = Organisation.objects.get(name=row["organisation"]), Person.objects.get(username=row["login"])
            actions.name_reporter(by=by, organisation_id=unit.pk, person_id=named.pk, duty=row["duty"])
    day = first
    while day <= opened.date():
        moment = opened if day == opened.date() else datetime.combine(day, time(18, 0))
        with at(moment):
            actions.open_due()
            actions.open_occasions()
        elsewhere(day)
        if day == max(first, opened.date() - told["weekly"]["days"] * DAY):
            _weekly(day, told["weekly"], opened)
        weekly = Period.objects.filter(frozen_at=None, rota__title=told["weekly"]["title"])
        if day == max(first, opened.date() - DAY) and not weekly.exists():
            _call(opened, told)
        _send(day, told, opened)
        _keep(day, told["routine"], opened)
        with at(moment):
            actions.freeze_due()
            actions.chase_due()
        day += DAY
    if first <= opened.date() - 2 * DAY:
        _order(told["order"], opened)


def _weekly(day: date, told: dict, opened: datetime) -> None:
    """A few tasks are called for every week, from the units that help as well."""
    tasks = [Task.objects.filter(title__contains=word, state=Task.State.DOING).first() for word in told["tasks"]]
    with person("duban", min(datetime.combine(day, time(9, 30)), opened - HOUR)) as by:
        actions.make_rota(
            by=by, title=told["title"], rhythm="week", task_ids=[t.pk for t in tasks if t], who="all", began=day, basis=told["basis"]
        )


def _call(opened: datetime, told: dict) -> None:
    """Between two periods of the rhythm the office calls for one of its own, so that a visitor always finds one open."""
    moment = opened - DAY - 3 * HOUR if first_day(opened) < opened.date() else opened - HOUR / 2
    with person("duban", moment) as by:
        due_at = datetime.combine(opened.date() + DAY, time(17, 30))
        actions.open_by_hand(
            Rota.objects.get(title=told["weekly"]["title"]).pk, by=by, title="专项调度", first=opened.date().replace(day=1),
            last=opened.date(), due_at=due_at, reason=told["basis"],
        )  # fmt: skip


def _send(day: date, told: dict, opened: datetime) -> None:
    """Each unit that is not quiet sends its lines some days before they are due; figures are what the ledger knew."""
    for period in Period.objects.filter(frozen_at=None, opened_at__date__lt=day):
        last = period.due_at.date() >= opened.date()
        owed = Line.objects.filter(period=period, sent_at=None, task__state=Task.State.DOING).select_related("organisation", "task")
        for n, line in enumerate(owed):
            login = told["login"].get(line.organisation.name)
            late = login in told["late"] and not last
            quiet = login is None or (login in told["quiet"] and last)
            sends = period.due_at.date() + DAY if late else period.opened_at.date() + (1 + n % 2) * DAY
            if not quiet and day >= sends and day < opened.date():
                _send_line(line, login, datetime.combine(day, time(10, 5 + n % 50)))


def _send_line(line: Line, login: str, moment: datetime) -> None:
    words = {"due": "按计划推进，完成情况见台账。", "none": "按计划推进，本月无新增。"}
    with person(login, moment) as by:
        offer = due.offers([line], moment.date())[line.pk]
        value = offer.value if due.wants_value(line.task) else None
        actions.send_line(
            line.pk, by=by, token=f"demo-{line.pk:06}", value=value,
            words="" if value is not None else words["due" if line.task_id % 2 else "none"], seconds=70 + 13 * (line.pk % 9),
        )  # fmt: skip


def _keep(day: date, told: list[dict], opened: datetime) -> None:
    """The week's patrol, dispatch and bulletin are recorded on their days; the running week is left to the visitor."""
    for row in told:
        if day.isoweekday() != row["day"] or day >= opened.date():
            continue
        for occasion in Occasion.objects.filter(
            routine=row["routine"], done_at=None, first__lte=day, last__gte=day, last__lt=opened.date()
        ):
            said = row["said"][occasion.first.isocalendar().week % len(row["said"])]
            with person(row["by"], datetime.combine(day, time(16, 30))) as by:
                actions.record_occasion(
                    occasion.pk,
                    by=by,
                    words=said["words"],
                    outcome=said["outcome"],
                    answers=said.get("answers", {}),
                    token=f"demo-{occasion.pk}",
                )


def _order(told: dict, opened: datetime) -> None:
    """The office wrote one order two days ago; the rule writes its own from the next day on."""
    moment = opened - 2 * DAY
    with at(moment):
        actions.note_doubts()
    with person("duban", moment) as by:
        doubts = [d for d in weak.of(by, moment) if d.rule.name in told["rules"] and d.unit is not None]
        doubts.sort(key=lambda d: (told["rules"].index(d.rule.name), d.task.number))
        if doubts and not Case.objects.filter(workflow=weak.WORKFLOW).exists():
            actions.issue_order(doubts[0].rule.name, doubts[0].task.pk, by=by)
