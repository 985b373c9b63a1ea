"""Runs that made numbers, days deducted on record, and published rankings (评价批次、剔除记录、排名)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from qingshan.bureau.base.scope import Scoped
from qingshan.bureau.indicators.appraisal import Entry, ImportedFigure, SchemeDraft
from qingshan.bureau.indicators.roster_versions import RosterVersion

__all__ = [
    "AssessmentRun", "Deduction", "Entry", "ImportedFigure", "Ranking", "RankingCheck", "Report", "RosterVersion", "SchemeDraft",
]  # fmt: skip


class AssessmentRun(models.Model):
    """What one set of numbers was computed from (评价批次). Added once for each identity, never changed."""

    number = models.CharField("批次", max_length=20, unique=True)
    identity = models.CharField("身份", max_length=64, unique=True)
    start = models.DateField("起")
    end = models.DateField("止")
    stations = models.JSONField("站点")
    editions = models.JSONField("标准版本")
    verify = models.JSONField("待核实", default=list)
    code_version = models.CharField("程序版本", max_length=80)
    table_version = models.IntegerField("数据版本")
    sequence = models.BigIntegerField("数据序号")
    input_hash = models.CharField("输入指纹", max_length=64)
    result_hash = models.CharField("结果指纹", max_length=64)
    station_days = models.PositiveIntegerField("站日数")
    kind = models.CharField("种类", max_length=10, default="days", choices=[
        ("days", "逐日评价"), ("samples", "采样评价"), ("rows", "逐行统计"), ("reports", "填报"), ("formula", "算式"),
    ])  # fmt: skip
    about = models.JSONField("所据", default=dict)
    """what else it takes to make the same numbers again: stations as they were, days deducted; of one value: its definition and inputs"""
    made = models.DateTimeField("时间")

    class Meta:
        verbose_name = "评价批次"
        ordering = ["-made", "-pk"]

    def __str__(self) -> str:
        return self.number

    @property
    def input_short(self) -> str:
        return f"{self.input_hash[:4]} {self.input_hash[4:8]}"


class Deduction(models.Model):
    """A day whose particulate values do not count where an indicator says so (沙尘剔除记录), on whose word."""

    area = models.ForeignKey("base.Area", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="范围")
    day = models.DateField("日期")
    items = models.JSONField("项目")
    basis = models.CharField("依据", max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人")
    at = models.DateTimeField("登记时间")
    withdrawn = models.DateTimeField("撤销时间", null=True, blank=True)

    class Meta:
        verbose_name = "沙尘剔除记录"
        ordering = ["day"]
        permissions = [("deduct_day", "登记沙尘剔除")]
        constraints = [
            models.UniqueConstraint(fields=["day", "area"], condition=models.Q(withdrawn=None), name="one_deduction_a_day"),
            models.UniqueConstraint(fields=["day"], condition=models.Q(withdrawn=None, area=None), name="one_district_deduction_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {'、'.join(self.items)}"


class Report(Scoped):
    """One value as a unit reported it (填报), never edited: a correction is a further version, and the last confirmed one counts."""

    class State(models.TextChoices):
        WAITING = "waiting", "待确认"
        CONFIRMED = "confirmed", "已确认"
        REFUSED = "refused", "已退回"

    indicator = models.CharField("口径", max_length=60)
    area = models.ForeignKey("base.Area", models.PROTECT, related_name="+", verbose_name="区域")
    period = models.CharField("时段", max_length=30)
    version = models.PositiveIntegerField("版次", default=1)
    value = models.DecimalField("数值", max_digits=20, decimal_places=6)
    note = models.CharField("说明", max_length=300, blank=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    organisation = models.ForeignKey("base.Organisation", models.PROTECT, null=True, related_name="+", verbose_name="填报单位")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="填报人")
    at = models.DateTimeField("填报时间")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="确认人")
    decided_at = models.DateTimeField("确认时间", null=True)
    reason = models.CharField("退回原因", max_length=200, blank=True)

    scope_organisations = ("organisation",)

    class Meta:
        verbose_name = "填报"
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["indicator", "state"])]
        permissions = [("report_value", "填报指标"), ("confirm_value", "确认填报")]
        constraints = [models.UniqueConstraint(fields=["indicator", "area", "period", "version"], name="one_report_a_version")]

    def __str__(self) -> str:
        return f"{self.indicator} {self.area} {self.period} 第{self.version}版"


class Ranking(models.Model):
    """A ranking as published (已发布排名): the table as it stood, with its run and all that went in. A later one says why.

    `inputs` hold the declaration, stations, days deducted, entries and figures as they were; `detail` what each unit is told.
    Where its scheme wants two people, one proposes it and it is not published before another confirms.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "待复核"
        PUBLISHED = "published", "已发布"
        REFUSED = "refused", "已退回"

    scheme = models.CharField("方案", max_length=60)
    period = models.CharField("时段", max_length=30)
    version = models.PositiveIntegerField("版次", default=1)
    table = models.JSONField("排名表")
    result_hash = models.CharField("结果指纹", max_length=64)
    run = models.ForeignKey(AssessmentRun, models.PROTECT, null=True, related_name="rankings", verbose_name="评价批次")
    state = models.CharField("状态", max_length=10, choices=State, default=State.PUBLISHED)
    number = models.CharField("文号", max_length=60, blank=True)
    inputs = models.JSONField("输入", default=dict)
    detail = models.JSONField("明细", default=dict)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="复核人")
    basis = models.CharField("重发原因", max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="发布人")
    published = models.DateTimeField("发布时间")

    class Meta:
        verbose_name = "排名"
        ordering = ["-period", "-version"]
        permissions = [("publish_ranking", "发布排名")]
        constraints = [models.UniqueConstraint(fields=["scheme", "period", "version"], name="one_ranking_a_version")]

    def __str__(self) -> str:
        return f"{self.scheme} {self.period} 第{self.version}版"


class RankingCheck(models.Model):
    """One recomputation of a published ranking (复算) and whether it gave the same."""

    ranking = models.ForeignKey(Ranking, models.PROTECT, related_name="checks")
    at = models.DateTimeField("时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="复算人")
    result_hash = models.CharField("结果指纹", max_length=64)
    same = models.BooleanField("一致")

    class Meta:
        verbose_name = "排名复算"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.ranking} {'一致' if self.same else '不一致'}"
