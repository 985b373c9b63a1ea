"""What people put into schemes (填报、外来数据): values entered with evidence, figures imported; rows are added, never edited."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from qingshan.bureau.base.scope import Scoped


class Entry(Scoped):
    """One value entered for an item of a scheme (填报值). The last confirmed one of a unit and period counts; no value is changed.

    What the bureau enters counts at once; what a township enters for its villages counts when the bureau has confirmed it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "待确认"
        CONFIRMED = "confirmed", "已计入"
        REFUSED = "refused", "已退回"
        TAKEN_BACK = "taken", "已撤回"

    scheme = models.CharField("方案", max_length=60)
    item = models.CharField("项", max_length=40)
    unit = models.CharField("单位", max_length=80)
    code = models.CharField("代码", max_length=20, blank=True)
    period = models.CharField("时段", max_length=30)
    value = models.FloatField("值", null=True)
    """None: withdrawn"""
    basis = models.CharField("依据", max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="填报人")
    at = models.DateTimeField("填报时间")
    organisation = models.ForeignKey("base.Organisation", models.PROTECT, null=True, related_name="+", verbose_name="填报单位")
    state = models.CharField("状态", max_length=10, choices=State, default=State.CONFIRMED)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="确认人")
    decided_at = models.DateTimeField("确认时间", null=True)
    reason = models.CharField("退回原因", max_length=200, blank=True)

    scope_area = ""
    scope_organisations = ("organisation",)

    class Meta:
        verbose_name = "考核填报"
        ordering = ["pk"]
        permissions = [("enter_score", "填报考核数据"), ("confirm_score", "确认考核填报")]
        indexes = [models.Index(fields=["scheme", "period"])]

    def __str__(self) -> str:
        return f"{self.scheme} {self.item} {self.unit} {self.period}"


class ImportedFigure(models.Model):
    """One figure made elsewhere (外来数据), with where it was published and when. A later one of the same unit counts."""

    series = models.CharField("数据", max_length=60)
    unit = models.CharField("单位", max_length=80)
    code = models.CharField("代码", max_length=20, blank=True)
    period = models.CharField("时段", max_length=30)
    value = models.FloatField("值")
    source = models.CharField("来源", max_length=200)
    issued = models.DateField("发布日期")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="导入人")
    at = models.DateTimeField("导入时间")

    class Meta:
        verbose_name = "外来数据"
        ordering = ["pk"]
        permissions = [("import_figures", "导入外来数据")]
        indexes = [models.Index(fields=["series", "period"])]

    def __str__(self) -> str:
        return f"{self.series} {self.unit} {self.period}"


class SchemeDraft(models.Model):
    """A scheme being composed (方案草稿): the declaration as data, until it is published as a TOML file of the bureau's pack."""

    name = models.CharField("名称", max_length=60)
    said = models.JSONField("声明")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="起草人")
    changed = models.DateTimeField("修改时间")
    published = models.DateTimeField("发布时间", null=True, blank=True)
    file = models.CharField("文件", max_length=120, blank=True)

    class Meta:
        verbose_name = "方案草稿"
        ordering = ["-changed"]
        permissions = [("compose_scheme", "编制考核方案")]

    def __str__(self) -> str:
        return f"{self.said.get('title') or self.name}"
