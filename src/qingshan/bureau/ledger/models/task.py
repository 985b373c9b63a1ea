"""A row of the ledger: a task to do or a target to reach (任务、目标)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Max, Q

from qingshan.bureau.base import clock
from qingshan.bureau.base.scope import Scoped, ScopedQuerySet
from qingshan.bureau.ledger.models.group import Seat, WorkGroup
from qingshan.bureau.ledger.models.plan import Finding, Plan

if TYPE_CHECKING:
    from qingshan.bureau.base.models import Person

OPERATORS = {
    ">=": "不少于",
    "<=": "不高于",
    "=": "达到",
    ">": "多于",
    "<": "低于",
    "approx": "左右",
    "maintain": "保持",
    "increase": "提高",
    "decrease": "下降",
}
SIGNS = {">=": "≥", "<=": "≤", "=": "", ">": ">", "<": "<", "approx": "约", "maintain": "", "increase": "", "decrease": ""}


class TaskQuerySet(ScopedQuerySet):
    def going(self) -> TaskQuerySet:
        """Rows still to be done: neither closed nor cancelled."""
        return self.filter(state__in=[Task.State.DOING, Task.State.REPORTED])

    def live(self) -> TaskQuerySet:
        """Every row that counts: all but the cancelled."""
        return self.exclude(state=Task.State.CANCELLED)

    def next_number(self, year: int) -> int:
        """The number of the year's next row; sub-tasks are numbered in their task."""
        return (self.filter(year=year, parent=None).aggregate(last=Max("number"))["last"] or 0) + 1

    def whole(self) -> TaskQuerySet:
        """Rows that stand for themselves; a sub-task is counted in the one it belongs to."""
        return self.filter(parent=None)

    def within(self, person: Person) -> TaskQuerySet:
        """Beside what `scope_area` and `scope_organisations` say: the parts of one's tasks, the task one has a part of, and what one's
        group works on. Each way is a question of its own: joined in one, towns and members would multiply."""
        areas = person.scope_areas()
        if areas is None:
            return self
        mine = person.scope_organisations_ids()
        led = Task.leads.through.objects.filter(organisation__in=mine).values("task")
        helped = Task.coops.through.objects.filter(organisation__in=mine).values("task")
        own = Q(pk__in=led) | Q(pk__in=helped)
        family = Q(parent__in=led) | Q(parent__in=helped)
        family |= Q(pk__in=Task._base_manager.filter(own, parent__isnull=False).values("parent"))
        routed = Task.groups.through.objects.filter(workgroup__in=_groups_of(mine, clock.today())).values("task")
        return self.filter(own | family | Q(area__in=areas) | Q(pk__in=routed))


def _groups_of(organisations: set[int], on: date):
    """Groups in which one of the units, or one of its people, sits on a day."""
    seats = Seat.objects.filter(Q(organisation__in=organisations), Q(begins=None) | Q(begins__lte=on), Q(ends=None) | Q(ends__gte=on))
    return WorkGroup.objects.standing(on).filter(Q(lead__in=organisations) | Q(pk__in=seats.values("group"))).values("pk")


class Task(Scoped):
    """Something a unit owes by a day (任务); a target (目标) is a task that a measured indicator judges.

    The bureau sees every row, another unit what it leads or helps with, a town also what concerns its own area. A task may be split
    into sub-tasks (`parent`), come from a task of an earlier plan (`origin`), or go on with one of last year (`carried_from`).
    """

    class Kind(models.TextChoices):
        TARGET = "target", "目标"
        TASK = "task", "任务"

    class State(models.TextChoices):
        DOING = "doing", "进行中"
        REPORTED = "reported", "已报完成"
        CLOSED = "closed", "已销号"
        CANCELLED = "cancelled", "已撤销"

    class Check(models.TextChoices):
        QUANTIFIED = "quantified", "按数量"
        MILESTONE = "milestone", "办成一件事"
        ONGOING = "ongoing", "持续推进"
        RECURRING = "recurring", "定期开展"
        CONDITIONAL = "conditional", "遇事即办"
        IMPLEMENT = "implement_doc", "落实文件"

    class Rhythm(models.TextChoices):
        WEEK = "week", "每周"
        TEN_DAYS = "ten_days", "每旬"
        MONTH = "month", "每月"
        QUARTER = "quarter", "每季"
        EVENT = "event", "有进展即报"

    kind = models.CharField("类别", max_length=10, choices=Kind.choices, default=Kind.TASK)
    number = models.PositiveIntegerField("序号", default=0)
    title = models.CharField("任务", max_length=300)
    year = models.PositiveSmallIntegerField("年度")
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name="文件")
    finding = models.OneToOneField(Finding, models.PROTECT, null=True, blank=True, related_name="task", verbose_name="出处")
    topic = models.CharField("章节", max_length=120, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name="上级任务")
    weight = models.DecimalField("权重", max_digits=7, decimal_places=2, default=1)
    standard = models.CharField("工作标准", max_length=300, blank=True)
    origin = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="derived", verbose_name="对应任务")
    carried_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="carried", verbose_name="结转自")
    groups = models.ManyToManyField(WorkGroup, related_name="tasks", blank=True, verbose_name="小组")

    indicator = models.CharField("指标", max_length=80, blank=True)
    indicator_text = models.CharField("指标原文", max_length=120, blank=True)
    operator = models.CharField("比较", max_length=10, blank=True, choices=list(OPERATORS.items()))
    value = models.DecimalField("数值", max_digits=18, decimal_places=4, null=True, blank=True)
    value_text = models.CharField("数值原文", max_length=60, blank=True)
    unit = models.CharField("单位", max_length=30, blank=True)
    check_kind = models.CharField("检查方式", max_length=15, choices=Check.choices, default=Check.MILESTONE)
    aspirational = models.BooleanField("力争", default=False)
    basis = models.CharField("数值依据", max_length=200, blank=True)

    area = models.ForeignKey("base.Area", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="范围")
    leads = models.ManyToManyField("base.Organisation", related_name="led_tasks", blank=True, verbose_name="牵头单位")
    coops = models.ManyToManyField("base.Organisation", related_name="helped_tasks", blank=True, verbose_name="配合单位")
    units_text = models.CharField("原文单位", max_length=200, blank=True)
    begins = models.DateField("开始")
    deadline = models.DateField("期限")
    rhythm = models.CharField("反馈节奏", max_length=10, choices=Rhythm.choices, default=Rhythm.MONTH)
    note = models.CharField("备注", max_length=300, blank=True)

    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.DOING)
    reported = models.DecimalField("单位报数", max_digits=18, decimal_places=4, null=True, blank=True)
    verified = models.DecimalField("核实数", max_digits=18, decimal_places=4, null=True, blank=True)
    verified_on = models.DateField("核实日期", null=True, blank=True)
    last_return = models.DateTimeField("最近反馈", null=True, blank=True)
    last_return_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="反馈人"
    )
    closed = models.DateField("销号日期", null=True, blank=True)
    version = models.PositiveIntegerField("修改次数", default=1)
    changed = models.DateTimeField("最近改动")

    scope_area = "area"
    scope_organisations = ("leads", "coops")
    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = "任务"
        ordering = ["year", "number", "id"]
        indexes = [models.Index(fields=["year", "state"]), models.Index(fields=["deadline"]), models.Index(fields=["indicator"])]
        permissions = [
            ("return_task", "反馈任务进展"),
            ("edit_task", "新增、调整任务"),
            ("remind_task", "催办"),
            ("close_task", "任务销号"),
            ("import_tasks", "导入 Excel"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_target(self) -> bool:
        return self.kind == self.Kind.TARGET

    @property
    def is_going(self) -> bool:
        return self.state in (self.State.DOING, self.State.REPORTED)

    @property
    def label(self) -> str:
        """The number people call it by: 12, and 12-1 for its first part."""
        return str(self.number) if self.parent is None else f"{self.parent.number}-{self.number}"

    @property
    def goal(self) -> str:
        """The figure to reach as a row shows it: “≤ 32”, “3000”, “5/6”; empty where there is none."""
        if self.value_text:
            return self.value_text
        if self.value is None:
            return ""
        sign = SIGNS.get(self.operator, "") if self.operator in ("<=", "<", ">", "approx") else ""
        return f"{sign} {figure(self.value)}".strip()

    def days_left(self, on: date) -> int:
        """Days from `on` to the deadline; below zero once it is past."""
        return (self.deadline - on).days

    def meets(self, value: Decimal | float | None) -> bool:
        """Whether a value reaches this row's figure; without a figure anything said counts."""
        if self.value is None:
            return value is not None
        if value is None:
            return False
        v, goal = Decimal(str(value)), self.value
        if self.operator == "=" and goal == 0:
            return v <= 0
        return {"<=": v <= goal, "<": v < goal, ">": v > goal}.get(self.operator, v >= goal)


class TargetManager(models.Manager.from_queryset(TaskQuerySet)):
    def get_queryset(self):
        return super().get_queryset().filter(kind=Task.Kind.TARGET)


class Target(Task):
    """A ledger row judged by an indicator (目标)."""

    objects = TargetManager()

    class Meta:
        proxy = True
        verbose_name = "目标"


def figure(value: Decimal | float | None) -> str:
    """A figure for people: thousands by a thin space, no trailing zeros (2 412、31.4)."""
    if value is None:
        return ""
    text = f"{Decimal(str(value)).normalize():f}"
    whole, _, rest = text.partition(".")
    sign, whole = ("−", whole[1:]) if whole.startswith("-") else ("", whole)
    if len(whole) > 3:
        whole = "\u2009".join(part[::-1] for part in reversed([whole[::-1][i : i + 3] for i in range(0, len(whole), 3)]))
    return f"{sign}{whole}.{rest}" if rest else sign + whole
