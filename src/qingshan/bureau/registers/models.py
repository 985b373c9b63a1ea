"""Entries of registers and every change of them (条目、变更)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from qingshan.bureau.base.scope import Scoped


class Entry(Scoped):
    """One entry of a declared register (条目) as it stands now; how it came to stand so is in its changes."""

    register = models.CharField("登记册", max_length=60)
    key = models.CharField("编号", max_length=100)
    name = models.CharField("名称", max_length=200)
    area = models.ForeignKey("base.Area", models.PROTECT, related_name="+", verbose_name="所在区域")
    state = models.CharField("状态", max_length=40, blank=True)
    values = models.JSONField("字段", default=dict)
    lon = models.FloatField("经度", null=True, blank=True)
    lat = models.FloatField("纬度", null=True, blank=True)
    geometry = models.JSONField("范围", null=True, blank=True)
    """of an area: GeoJSON Polygon or MultiPolygon, degrees; earlier outlines are in its changes"""
    version = models.PositiveIntegerField("版次", default=1)
    archived = models.BooleanField("已移出", default=False)
    into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name="并入")
    firm_code = models.CharField("主体信用代码", max_length=18, blank=True)
    """of the firm it belongs to, as it is compared; kept from `values`"""
    firm_name = models.CharField("主体名称", max_length=200, blank=True)

    class Meta:
        verbose_name = "条目"
        ordering = ["register", "key"]
        permissions = [("edit_entry", "维护登记册"), ("compose_register", "编制登记册")]
        constraints = [models.UniqueConstraint(fields=["register", "key"], name="one_key_a_register")]
        indexes = [models.Index(fields=["register", "archived", "area"]), models.Index(fields=["firm_code"])]

    def __str__(self) -> str:
        return self.name


class Change(models.Model):
    """One change of an entry (变更): valid from `day`, recorded `at`, by whom and why, and how the entry stood after it."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="changes")
    version = models.PositiveIntegerField("版次")
    day = models.DateField("生效日期")
    at = models.DateTimeField("登记时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="登记人")
    basis = models.CharField("依据", max_length=200, blank=True)
    after = models.JSONField("变更后")

    class Meta:
        verbose_name = "变更"
        ordering = ["entry", "version"]
        constraints = [models.UniqueConstraint(fields=["entry", "version"], name="one_change_a_version")]
        indexes = [models.Index(fields=["entry", "day"])]

    def __str__(self) -> str:
        return f"{self.entry} 第{self.version}版"


class Verdict(models.Model):
    """What a person said of two entries that seem to be one (重复判断); taken back by a further word, never edited."""

    class Kind(models.TextChoices):
        MERGED = "merged", "已合并"
        LINKED = "linked", "同一主体，都保留"
        APART = "apart", "不是同一个"

    first = models.ForeignKey(Entry, models.PROTECT, related_name="+", verbose_name="条目")
    second = models.ForeignKey(Entry, models.PROTECT, related_name="+", verbose_name="另一条目")
    kind = models.CharField("判断", max_length=10, choices=Kind)
    kept = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="+", verbose_name="保留")
    taken = models.JSONField("取自另一条的", default=dict)
    """field → [before, taken]: what the kept entry took from the other"""
    reason = models.CharField("理由", max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="判断人")
    at = models.DateTimeField("判断时间")
    undone_reason = models.CharField("撤回理由", max_length=200, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="撤回人")
    undone_at = models.DateTimeField("撤回时间", null=True)

    class Meta:
        verbose_name = "重复判断"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="verdict_pair_in_order"),
            models.UniqueConstraint(fields=["first", "second"], condition=models.Q(undone_at=None), name="one_verdict_a_pair"),
        ]

    def __str__(self) -> str:
        return f"{self.first}、{self.second}：{self.get_kind_display()}"
