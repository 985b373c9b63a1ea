"""Alarms: one row an episode, not one an hour (报警)."""

from __future__ import annotations

from django.db import models

from qingshan.bureau.base.scope import Scoped


class Alarm(Scoped):
    """One episode of one item at one station above a rule's level (报警); ended when a valid hour is no longer above."""

    rule = models.CharField("规则", max_length=60)
    title = models.CharField(max_length=120)  # the rule's words when it opened
    station = models.ForeignKey("sites.Station", models.PROTECT, related_name="alarms", verbose_name="站点")
    item = models.CharField("项目", max_length=20)
    threshold = models.FloatField("报警值")
    clause = models.CharField("依据", max_length=120)
    opened_at = models.DateTimeField("起始小时")  # end of the first hour above
    last_at = models.DateTimeField("最近超出小时")
    ended_at = models.DateTimeField("回落小时", null=True, blank=True)
    hours = models.PositiveIntegerField("超出小时数", default=1)
    peak = models.FloatField("峰值")
    peak_at = models.DateTimeField("峰值小时")
    raised = models.DateTimeField("报警时间")  # when the platform noticed
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, blank=True, related_name="alarms", verbose_name="处置单")

    scope_area = "station__area"
    scope_organisations = ("station__responsible",)

    class Meta:
        verbose_name = "报警"
        ordering = ["-opened_at", "-id"]
        indexes = [models.Index(fields=["station", "item", "rule", "-opened_at"])]
        constraints = [
            models.UniqueConstraint(fields=["station", "item", "rule"], condition=models.Q(ended_at=None), name="one_open_alarm")
        ]

    def __str__(self) -> str:
        return f"{self.station.name}{self.item}{self.title}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


class AlarmHour(models.Model):
    """An hour above the level within an episode (超出小时)."""

    alarm = models.ForeignKey(Alarm, models.CASCADE, related_name="rows")
    time = models.DateTimeField()
    value = models.FloatField()
    frame = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["time"]
        constraints = [models.UniqueConstraint(fields=["alarm", "time"], name="one_row_an_alarm_hour")]
