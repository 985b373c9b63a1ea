"""Alarms: one row an episode, not one an hour (报警)."""

from __future__ import annotations

from django.db import models

from qingshan.bureau.base.scope import Scoped


class Verdict(models.TextChoices):
    """What an alarm turned out to be (定性)."""

    SOURCE = "source", "真实污染源"
    EQUIPMENT = "equipment", "设备问题"
    REGIONAL = "regional", "区域过程"
    FALSE = "false", "误报"


class Of(models.TextChoices):
    """What of the item is watched (比的是什么)."""

    HOUR = "hour", "小时值"
    DAY = "day", "日均值"
    RATE = "rate", "排放速率"


class Region(models.Model):
    """Alarms of one rule at many stations of a district at once, handled as one event (区域过程)."""

    rule = models.CharField("规则", max_length=60)
    title = models.CharField(max_length=120)
    item = models.CharField("项目", max_length=20)
    opened_at = models.DateTimeField("起始小时")
    ended_at = models.DateTimeField("结束小时", null=True, blank=True)
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="处置单")

    class Meta:
        verbose_name = "区域过程"
        ordering = ["-opened_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["rule"], condition=models.Q(ended_at=None), name="one_open_region_a_rule")]

    def __str__(self) -> str:
        return f"{self.item}{self.title}（区域）"


class Alarm(Scoped):
    """One episode of one item at one station in which a rule held (报警); ended when it clearly no longer does."""

    rule = models.CharField("规则", max_length=60)
    title = models.CharField(max_length=120)  # the rule's words when it opened
    station = models.ForeignKey("sites.Station", models.PROTECT, related_name="alarms", verbose_name="站点")
    item = models.CharField("项目", max_length=20, blank=True)
    of = models.CharField("比的是", max_length=5, choices=Of.choices, default=Of.HOUR)
    low = models.BooleanField("低于下限", default=False)  # the peak is the lowest value then
    threshold = models.FloatField("报警值")
    clause = models.CharField("依据", max_length=200)
    opened_at = models.DateTimeField("起始小时")  # end of the first hour above
    last_at = models.DateTimeField("最近超出小时")
    ended_at = models.DateTimeField("回落小时", null=True, blank=True)
    hours = models.PositiveIntegerField("超出小时数", default=1)
    peak = models.FloatField("峰值")
    peak_at = models.DateTimeField("峰值小时")
    raised = models.DateTimeField("报警时间")  # when the platform noticed
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, blank=True, related_name="alarms", verbose_name="处置单")
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="alarms", verbose_name="区域过程")
    order_after = models.DateTimeField("静默至", null=True, blank=True)  # quiet hours: the order waits until then
    escalated_at = models.DateTimeField("升级时间", null=True, blank=True)
    clue = models.ForeignKey("cases.Case", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="执法线索")
    below = models.PositiveSmallIntegerField("已回落小时数", default=0)  # hours in a row that clear it, before it ends
    verdict = models.CharField("定性", max_length=10, choices=Verdict.choices, blank=True)
    verdict_by = models.ForeignKey("base.Person", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="定性人")
    verdict_at = models.DateTimeField("定性时间", null=True, blank=True)
    verdict_note = models.CharField("定性理由", max_length=300, blank=True)

    scope_area = "station__area"
    scope_organisations = ("station__responsible",)

    class Meta:
        verbose_name = "报警"
        ordering = ["-opened_at", "-id"]
        indexes = [models.Index(fields=["station", "item", "rule", "-opened_at"]), models.Index(fields=["rule", "-opened_at"])]
        permissions = [("judge_alarm", "报警定性")]
        constraints = [
            models.UniqueConstraint(fields=["station", "item", "rule"], condition=models.Q(ended_at=None), name="one_open_alarm")
        ]

    def __str__(self) -> str:
        return f"{self.station.name}{self.item}{self.title}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def step_words(self) -> str:
        """What the episode is counted in: 小时, or 天 where day means are held."""
        return "天" if self.of == Of.DAY else "小时"

    @property
    def peak_words(self) -> str:
        return f"{self.peak:.5g}"

    @property
    def level_words(self) -> str:
        return f"{self.threshold:.6g}"

    def is_worse(self, value: float) -> bool:
        """Whether a value goes further beyond than the peak."""
        return value < self.peak if self.low else value > self.peak


class AlarmHour(models.Model):
    """An hour above the level within an episode (超出小时)."""

    alarm = models.ForeignKey(Alarm, models.CASCADE, related_name="rows")
    time = models.DateTimeField()
    value = models.FloatField()
    frame = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["time"]
        constraints = [models.UniqueConstraint(fields=["alarm", "time"], name="one_row_an_alarm_hour")]
