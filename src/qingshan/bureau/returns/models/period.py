"""A period of returns, what each unit owes in it, what it sent, and the figures that were frozen (报送期、填报项、定格数)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.scope import Scoped, ScopedQuerySet
from qingshan.bureau.returns.models.rota import Rota, units_of


class AppendOnly(models.QuerySet):
    """Rows are added and read; the database refuses to change them as well (``returns.guards``)."""

    def _refuse(self, *args, **kwargs):
        raise Refused("已定格的数和更正只能追加，不能修改或删除")

    update = delete = bulk_update = update_or_create = _refuse


class UnitQuerySet(ScopedQuerySet):
    """Rows of units: one's own, and those one reports for."""

    def within(self, person: Person) -> UnitQuerySet:
        if person.scope_areas() is None:
            return self
        mine = self.model._base_manager.filter(**{f"{self.model.unit_path}__in": units_of(person)})
        return self.filter(pk__in=mine.values("pk"))


class Period(Scoped):
    """One period of a rota (一期): numbered when it opens, frozen once; each step is kept in `PeriodStep`."""

    unit_path = "lines__organisation"

    rota = models.ForeignKey(Rota, models.PROTECT, related_name="periods", verbose_name="填报安排")
    rhythm = models.CharField("节奏", max_length=60)
    key = models.CharField("时段", max_length=20)
    year = models.PositiveSmallIntegerField("年度")
    number = models.PositiveIntegerField("期号")
    title = models.CharField("时段名", max_length=60)
    first = models.DateField("起")
    last = models.DateField("止")
    opened_at = models.DateTimeField("开期时间")
    due_at = models.DateTimeField("截止")
    freeze_at = models.DateTimeField("自动定格", null=True, blank=True)
    frozen_at = models.DateTimeField("定格时间", null=True, blank=True)
    edition = models.PositiveSmallIntegerField("定格次数", default=0)
    note = models.CharField("说明", max_length=200, blank=True)

    scope_area = ""
    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = "报送期"
        ordering = ["-last", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["rota", "key"], name="one_period_a_span"),
            models.UniqueConstraint(fields=["rota", "year", "number"], name="one_period_a_number"),
        ]
        permissions = [("freeze_period", "定格、解冻报送期"), ("issue_order", "开督查通知单")]

    def __str__(self) -> str:
        return f"{self.rota} {self.name}"

    @property
    def name(self) -> str:
        """2026年第11期（11月）."""
        return f"{self.year}年第{self.number}期（{self.title}）"

    @property
    def is_frozen(self) -> bool:
        return self.frozen_at is not None


class PeriodStep(models.Model):
    """What happened to a period (开期、定格、解冻); added to, never edited."""

    class Act(models.TextChoices):
        OPEN = "open", "开期"
        FREEZE = "freeze", "定格"
        THAW = "thaw", "解冻"

    period = models.ForeignKey(Period, models.PROTECT, related_name="steps")
    act = models.CharField("动作", max_length=8, choices=Act.choices)
    at = models.DateTimeField("时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="经办人")
    reason = models.CharField("理由", max_length=300, blank=True)
    edition = models.PositiveSmallIntegerField("定格次数", default=0)
    sha256 = models.CharField("指纹", max_length=64, blank=True)

    objects = AppendOnly.as_manager()

    class Meta:
        verbose_name = "报送期经过"
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.period} {self.get_act_display()}"


class Line(Scoped):
    """What one unit owes on one task in one period (填报项); holds the draft and the latest that was sent."""

    class How(models.TextChoices):
        NORMAL = "normal", "正常推进"
        DONE = "done", "报完成"
        BLOCKED = "blocked", "办不了"

    unit_path = "organisation"

    period = models.ForeignKey(Period, models.PROTECT, related_name="lines", verbose_name="报送期")
    task = models.ForeignKey("ledger.Task", models.PROTECT, related_name="return_lines", verbose_name="任务")
    organisation = models.ForeignKey("base.Organisation", models.PROTECT, related_name="return_lines", verbose_name="单位")
    value = models.DecimalField("累计完成", max_digits=18, decimal_places=4, null=True, blank=True)
    words = models.TextField("进展", blank=True)
    how = models.CharField("状态", max_length=8, choices=How.choices, default=How.NORMAL)
    sent_at = models.DateTimeField("报送时间", null=True, blank=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="报送人")
    is_late = models.BooleanField("逾期报", default=False)
    draft = models.JSONField("草稿", null=True, blank=True)
    draft_at = models.DateTimeField("存草稿时间", null=True, blank=True)

    scope_area = ""
    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = "填报项"
        ordering = ["task__number", "task_id", "organisation__name"]
        indexes = [models.Index(fields=["organisation", "sent_at"])]
        constraints = [models.UniqueConstraint(fields=["period", "task", "organisation"], name="one_line_a_unit_and_task")]
        permissions = [("send_return", "报送进展")]

    def __str__(self) -> str:
        return f"{self.organisation} {self.task}"


class Sending(models.Model):
    """One act of sending a line (一次报送); the same token twice is one sending."""

    line = models.ForeignKey(Line, models.PROTECT, related_name="sendings")
    token = models.CharField("提交标记", max_length=60)
    at = models.DateTimeField("时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="报送人")
    value = models.DecimalField("累计完成", max_digits=18, decimal_places=4, null=True, blank=True)
    words = models.TextField("进展", blank=True)
    how = models.CharField("状态", max_length=8, choices=Line.How.choices)
    is_late = models.BooleanField("逾期报", default=False)
    offered = models.DecimalField("预填数", max_digits=18, decimal_places=4, null=True, blank=True)
    offered_from = models.CharField("预填来源", max_length=120, blank=True)
    seconds = models.PositiveIntegerField("填报用时", null=True, blank=True)
    copied_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="copies", verbose_name="一数多用")
    returned = models.ForeignKey("ledger.TaskReturn", models.PROTECT, null=True, related_name="+", verbose_name="台账反馈")

    class Meta:
        verbose_name = "报送"
        ordering = ["-at", "-id"]
        constraints = [models.UniqueConstraint(fields=["line", "token"], name="one_sending_a_token")]

    def __str__(self) -> str:
        return f"{self.line} {self.at:%Y-%m-%d %H:%M}"


class Shot(models.Model):
    """What is known of a piece of evidence (佐证说明): the camera's own time and place, and those the phone gave when it was taken."""

    sending = models.ForeignKey(Sending, models.PROTECT, related_name="shots")
    attachment = models.OneToOneField("base.Attachment", models.PROTECT, related_name="shot")
    taken_at = models.DateTimeField("照片时间", null=True)
    lat = models.FloatField("照片纬度", null=True)
    lon = models.FloatField("照片经度", null=True)
    said_at = models.DateTimeField("手机时间", null=True)
    said_lat = models.FloatField("手机纬度", null=True)
    said_lon = models.FloatField("手机经度", null=True)
    accuracy = models.FloatField("定位误差", null=True)
    mismatch = models.CharField("不符", max_length=300, blank=True)

    class Meta:
        verbose_name = "佐证说明"

    def __str__(self) -> str:
        return str(self.attachment)


class Figure(models.Model):
    """One line as it was frozen (定格数). Never changes; a later truth is a `Correction` beside it."""

    period = models.ForeignKey(Period, models.PROTECT, related_name="figures")
    edition = models.PositiveSmallIntegerField("定格次数")
    line = models.ForeignKey(Line, models.PROTECT, related_name="figures")
    task_title = models.CharField("任务", max_length=300)
    unit_name = models.CharField("单位", max_length=80)
    value = models.DecimalField("累计完成", max_digits=18, decimal_places=4, null=True)
    words = models.TextField("进展", blank=True)
    how = models.CharField("状态", max_length=8, blank=True)
    sent_at = models.DateTimeField("报送时间", null=True)
    is_late = models.BooleanField("逾期报", default=False)
    measured = models.CharField("数据", max_length=120, blank=True)
    lights = models.JSONField("亮灯", default=dict)

    objects = AppendOnly.as_manager()

    class Meta:
        verbose_name = "定格数"
        ordering = ["line__task__number", "line_id"]
        constraints = [models.UniqueConstraint(fields=["line", "edition"], name="one_figure_a_freeze")]

    def __str__(self) -> str:
        return f"{self.unit_name} {self.task_title}"

    @property
    def how_words(self) -> str:
        return dict(Line.How.choices).get(self.how, "未报")

    @property
    def pk_text(self) -> str:
        """The number as text, for a template that joins it to a name."""
        return str(self.pk)


class Correction(models.Model):
    """A later correction of a frozen figure (更正), shown beside it."""

    figure = models.ForeignKey(Figure, models.PROTECT, related_name="corrections")
    value = models.DecimalField("更正为", max_digits=18, decimal_places=4, null=True)
    words = models.TextField("更正的进展", blank=True)
    reason = models.CharField("更正理由", max_length=300)
    at = models.DateTimeField("时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="更正人")

    objects = AppendOnly.as_manager()

    class Meta:
        verbose_name = "更正"
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.figure} 更正"
