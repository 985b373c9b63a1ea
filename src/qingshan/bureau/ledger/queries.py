"""Questions to the ledger, each with its name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.functional import cached_property

from qingshan.bureau.base import clock, packs
from qingshan.bureau.base.frame import Hit
from qingshan.bureau.base.models import Attachment, Organisation, Person
from qingshan.bureau.base.typed import number
from qingshan.bureau.ledger import family, listing, measures, weak
from qingshan.bureau.ledger.lights import Light, Signals, judge, signals
from qingshan.bureau.ledger.measures import Measure
from qingshan.bureau.ledger.models import Finding, Plan, Target, Task, TaskEvent, TaskReturn
from qingshan.bureau.ledger.units import said

LIGHTS = {"red": "滞后", "amber": "偏紧", "green": "按序时", "blue": "已销号", "none": "未开始"}
CLASH = "报完成而数未达"
TABS = ("weak", "clash", "due_return", "soon")


def scheme(on: date):
    """The light scheme in force on a day."""
    return packs.get("lights", "task_pace", at=on)


@dataclass
class Row:
    """One row of the ledger as it stands on a day."""

    task: Task
    light: Light
    measure: Measure | None
    on: date
    towns: int = 0
    evidence: int = 0
    parts: list[Row] = field(default_factory=list)
    blocked: bool = False
    doubts: dict[str, str] = field(default_factory=dict)
    """weak points that stand against it: title and words"""

    @property
    def left(self) -> str:
        """The days that remain, in words."""
        if self.task.state == Task.State.CLOSED:
            return "已办结"
        if self.task.state == Task.State.CANCELLED:
            return "已撤销"
        days = self.task.days_left(self.on)
        return f"逾期 {-days} 天" if days < 0 else "今天到期" if days == 0 else f"剩 {days} 天"

    @cached_property
    def leads(self) -> str:
        return said(self.task.leads.all(), self.towns)

    @cached_property
    def coops(self) -> str:
        return said(self.task.coops.all(), self.towns)

    @cached_property
    def signals(self) -> Signals:
        """The lights of time, data and report, each for itself."""
        return signals(self.task, scheme(self.on), self.on, self.measure, blocked=self.blocked)

    @property
    def weak(self) -> dict[str, str]:
        """What is weak in it (不严不实): what the light itself sees, and what was found before."""
        return ({CLASH: self.light.clash} if self.light.clash else {}) | self.doubts

    @property
    def weak_words(self) -> str:
        return "；".join(f"{title}：{words}" for title, words in self.weak.items())

    @property
    def row_class(self) -> str:
        return "late" if self.light.late else ""


@dataclass
class Filters:
    """What narrows the list; read from the address, so a filtered list can be sent to a colleague."""

    q: str = ""
    plan: str = ""
    kind: str = ""
    unit: str = ""
    topic: str = ""
    due: str = ""
    by: str = ""
    light: str = ""
    tab: str = ""
    tag: str = ""
    team: str = ""
    battle: str = ""
    group: str = "topic"
    sort: str = ""
    view: str = ""

    @classmethod
    def read(cls, query) -> Filters:
        filters = cls(**{name: query.get(name, "")[:120] for name in cls.__dataclass_fields__ if name in query})
        if filters.group not in ("topic", "unit", "month"):
            filters.group = "topic"
        return filters

    @property
    def is_set(self) -> bool:
        plain = (self.q, self.plan, self.kind, self.unit, self.topic, self.due, self.by, self.light, self.tab)
        return any((*plain, self.tag, self.team, self.battle))


def tasks(person: Person, filters: Filters, on: date, year: int | None = None) -> QuerySet[Task]:
    """The tasks a person sees under the filters that the database can answer."""
    found = Task.objects.within(person).live().select_related("finding", "plan", "last_return_by", "parent")
    found = found.defer("plan__text", "plan__paragraphs")
    if year:
        found = found.filter(year=year)
    for word in filters.q.split()[:5]:
        found = found.filter(
            Q(title__icontains=word) | Q(topic__icontains=word) | Q(indicator_text__icontains=word) | Q(note__icontains=word)
        )
    if filters.plan == "none":
        found = found.filter(plan=None)
    elif (plan := number(filters.plan)) is not None:
        found = found.filter(plan_id=plan)
    if filters.kind in Task.Kind.values:
        found = found.filter(kind=filters.kind)
    if filters.topic:
        found = found.filter(topic=filters.topic)
    if filters.unit == "none":
        found = found.filter(leads=None)
    elif (unit := number(filters.unit)) is not None:
        found = found.filter(pk__in=Task.objects.filter(Q(leads=unit) | Q(coops=unit)).values("pk"))
    if filters.due == "past":
        found = found.going().filter(deadline__lt=on)
    elif filters.due.startswith("m") and (month := number(filters.due[1:])) in range(1, 13):
        found = found.filter(deadline__month=month)
    return listing.marked(found, filters.tag, filters.team, filters.battle, on)


def rows(person: Person, filters: Filters, on: date, year: int | None = None) -> list[Row]:
    """All rows under the filters, each with its light; tabs and lights are chosen afterwards by `narrowed`."""
    found = list(tasks(person, filters, on, year).prefetch_related("leads", "coops"))
    judged = judged_rows(found, on)
    if filters.by in ("数据", "反馈"):
        judged = [row for row in judged if row.light.source == filters.by]
    return ordered(judged, filters)


def judged_rows(found: list[Task], on: date) -> list[Row]:
    """Tasks with their lights and measures on a day."""
    rule, towns = scheme(on), Organisation.objects.filter(kind=Organisation.Kind.TOWN).count()
    measured = measures.of((task for task in found if task.indicator or task.is_target), on)
    judged = [Row(task, judge(task, rule, on, measured.get(task.pk)), measured.get(task.pk), on, towns) for task in found]
    return family.with_parts(judged, rule, on)


def ordered(judged: list[Row], filters: Filters) -> list[Row]:
    order = {"red": 0, "amber": 1, "none": 2, "green": 3, "blue": 4}
    if filters.sort == "deadline":
        judged.sort(key=lambda r: (r.task.deadline, r.task.number))
    elif filters.sort == "light":
        judged.sort(key=lambda r: (order[r.light.colour], r.task.deadline, r.task.number))
    elif filters.sort == "pace":
        judged.sort(key=lambda r: (r.light.done is None, (r.light.done or 0) - (r.light.due or 0)))
    return judged


def narrowed(judged: list[Row], filters: Filters) -> list[Row]:
    """The rows of the chosen tab."""
    if filters.light in LIGHTS:
        return [row for row in judged if row.light.colour == filters.light]
    if filters.tab in TABS:
        return [row for row in judged if in_tab(row, filters.tab)]
    return judged


def in_tab(row: Row, tab: str) -> bool:
    if tab == "weak":
        return bool(row.weak)
    if tab == "clash":
        return bool(row.light.clash)
    if tab == "due_return":
        return is_return_due(row.task, row.on)
    return row.task.is_going and 0 <= row.task.days_left(row.on) <= 30


def tab_counts(judged: list[Row]) -> dict[str, int]:
    """How many rows each tab holds: lights by colour, and the three questions."""
    counts = Counter(row.light.colour for row in judged)
    return {
        "all": len(judged),
        **{colour: counts[colour] for colour in LIGHTS},
        **{tab: sum(in_tab(r, tab) for r in judged) for tab in TABS},
    }


@dataclass
class Section:
    """A heading in the list and the rows under it."""

    title: str
    rows: list[Row] = field(default_factory=list)

    @property
    def words(self) -> str:
        colours = Counter(row.light.colour for row in self.rows)
        late, tight = colours["red"], colours["amber"]
        return f"{len(self.rows)} 项" + (f"，滞后 {late}" if late else "") + (f"，偏紧 {tight}" if tight else "")


def sections(judged: list[Row], by: str) -> list[Section]:
    """Rows under headings: by the plan's sections, by lead unit, or by the month of the deadline."""
    found: dict[str, Section] = {}
    if by == "month":
        judged = sorted(judged, key=lambda r: (r.task.deadline, r.task.number))
    for row in judged:
        title = {"unit": row.leads or "未定牵头单位", "month": f"{row.task.deadline.year}年{row.task.deadline.month}月到期"}.get(
            by, row.task.topic or "其他"
        )
        found.setdefault(title, Section(title)).rows.append(row)
    return list(found.values())


def add_evidence(judged: list[Row]) -> None:
    """Fill in how many pieces of evidence each row has."""
    counted = dict(
        Attachment.objects.filter(owner_type="ledger.task", owner_id__in=[str(row.task.pk) for row in judged])
        .values_list("owner_id").annotate(Count("pk"))
    )  # fmt: skip
    for row in judged:
        row.evidence = counted.get(str(row.task.pk), 0)


def add_signs(judged: list[Row], on: date) -> None:
    """Fill in what the three lights and the mark of weak work need: whose last return was that it cannot be done, what was found."""
    last = TaskReturn.objects.filter(blocked=True, at=F("task__last_return"), task__state=Task.State.DOING)
    blocked, doubts = set(last.values_list("task_id", flat=True)), weak.standing(on)
    for row in (one for whole in judged for one in (whole, *whole.parts)):
        row.blocked, row.doubts = row.task.pk in blocked, doubts.get(row.task.pk, {})


def choices(person: Person, year: int | None) -> dict[str, list[tuple[str, str]]]:
    """What the filters offer this person: plans, units and sections that occur in the ledger."""
    mine = Task.objects.within(person).live()
    if year:
        mine = mine.filter(year=year)
    units = Organisation.objects.filter(Q(led_tasks__in=mine.values("pk")) | Q(helped_tasks__in=mine.values("pk"))).distinct()
    topics = dict.fromkeys(mine.exclude(topic="").order_by("number").values_list("topic", flat=True))
    return {
        "plan": [(str(p.pk), p.title) for p in Plan.objects.filter(tasks__in=mine.values("pk")).distinct().only("pk", "title")]
        + [("none", "手工新增")],
        "unit": [(str(u.pk), str(u)) for u in units] + [("none", "未定牵头单位")],
        "topic": [(t, t) for t in topics],
    }


def period_start(rhythm: str, on: date) -> date | None:
    """First day of the return period that `on` lies in; None where returns follow events."""
    if rhythm == Task.Rhythm.WEEK:
        return on - timedelta(days=on.weekday())
    if rhythm == Task.Rhythm.TEN_DAYS:
        return on.replace(day=1 if on.day <= 10 else 11 if on.day <= 20 else 21)
    if rhythm == Task.Rhythm.MONTH:
        return on.replace(day=1)
    if rhythm == Task.Rhythm.QUARTER:
        return date(on.year, (on.month - 1) // 3 * 3 + 1, 1)
    return None


def is_return_due(task: Task, on: date) -> bool:
    """Whether the task's unit still owes a return for the present period (应反馈)."""
    start = period_start(task.rhythm, on)
    if start is None or task.state != Task.State.DOING or task.begins > on or task.is_target:
        return False
    return task.last_return is None or task.last_return.date() < start


def led_by(person: Person) -> QuerySet[Task]:
    """Rows that the person's own unit, or one under it, leads or helps with."""
    mine = person.scope_organisations_ids()
    return Task.objects.filter(pk__in=Task.objects.filter(Q(leads__in=mine) | Q(coops__in=mine)).values("pk"))


def waiting(person: Person, on: date) -> list[tuple[str, Task]]:
    """What waits for this person (我的工作): returns owed, reminders unanswered, completions to check."""
    found: dict[int, tuple[str, Task]] = {}
    if person.has_perm("ledger.close_task"):
        for task in Task.objects.within(person).filter(state=Task.State.REPORTED).order_by("last_return"):
            found[task.pk] = ("待核查销号", task)
    if person.has_perm("ledger.return_task"):
        mine = led_by(person).filter(state=Task.State.DOING)
        reminded = TaskEvent.objects.filter(task=OuterRef("pk"), act=TaskEvent.Act.REMIND)
        answered = TaskEvent.objects.filter(task=OuterRef("task"), act__in=["return", "report", "blocked"], at__gte=OuterRef("at"))
        for task in mine.filter(Exists(reminded.filter(~Exists(answered)))).order_by("deadline"):
            found[task.pk] = ("被催办", task)
        for task in mine.order_by("deadline"):
            if task.pk not in found and is_return_due(task, on):
                found[task.pk] = ("应反馈", task)
    return list(found.values())


def work_count(person: Person) -> int:
    """How many rows of the ledger wait for this person."""
    return len(waiting(person, clock.today()))


def open_count(person: Person) -> int:
    return Task.objects.within(person).live().whole().filter(year=clock.today().year).count()


def targets(person: Person, year: int) -> QuerySet[Target]:
    """The year's targets a person sees, in ledger order; the cockpit asks this."""
    return Target.objects.within(person).live().filter(year=year).select_related("area", "finding", "plan").order_by("number")


def plans(person: Person) -> QuerySet[Plan]:
    """Plans with what became of their findings."""
    stands = Q(findings__retired=False)
    kinds = stands & Q(findings__kind__in=[Finding.Kind.TARGET, Finding.Kind.TASK])
    return (
        Plan.objects.within(person).defer("text", "paragraphs").select_related("uploaded_by", "replaces").prefetch_related("newer")
        .annotate(
            n_found=Count("findings", kinds, distinct=True),
            n_reviewed=Count("findings", kinds & ~Q(findings__state=Finding.State.PENDING), distinct=True),
            n_targets=Count("findings", stands & Q(findings__kind=Finding.Kind.TARGET), distinct=True),
            n_doubts=Count("findings", stands & Q(findings__kind=Finding.Kind.DOUBT), distinct=True),
            n_tasks=Count("tasks", ~Q(tasks__state=Task.State.CANCELLED), distinct=True),
        )
    )  # fmt: skip


def search(person: Person, text: str, limit: int) -> list[Hit]:
    """Tasks whose words, note or units hold the text, for the frame's search."""
    units = Task.objects.filter(Q(leads__name__icontains=text) | Q(leads__short__icontains=text)).values("pk")
    where = Q(title__icontains=text) | Q(topic__icontains=text) | Q(note__icontains=text) | Q(pk__in=units)
    found = Task.objects.within(person).live().filter(where).order_by("-year", "number")[:limit]
    return [Hit(t.title, f"/ledger/{t.pk}/", t.get_kind_display(), f"{t.topic}，{t.get_state_display()}，期限 {t.deadline}") for t in found]


def search_plans(person: Person, text: str, limit: int) -> list[Hit]:
    """Plan documents by title, number, index number or issuer."""
    where = Q(title__icontains=text) | Q(number__icontains=text) | Q(index_number__icontains=text) | Q(issuer__icontains=text)
    found = Plan.objects.within(person).defer("text", "paragraphs").filter(where).distinct()[:limit]
    return [Hit(p.title, f"/plans/{p.pk}/", "计划文件", "，".join(filter(None, [p.number, p.issuer, f"{p.year}年"]))) for p in found]
