"""Tokens (接口令牌): only their hash is kept; what a token may see is what its person may see."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models


class Token(models.Model):
    """A key another system shows in place of a password. It acts as its person, within that person's organisation and rights."""

    name = models.CharField("用途", max_length=60)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="tokens", verbose_name="持有人")
    head = models.CharField("前几位", max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    made = models.DateTimeField("生成时间")
    expires = models.DateTimeField("有效期至")
    used = models.DateTimeField("最近使用", null=True, blank=True)
    withdrawn = models.DateTimeField("作废时间", null=True, blank=True)

    class Meta:
        verbose_name = "接口令牌"
        ordering = ["-made"]
        permissions = [("hold_token", "使用接口令牌")]

    def __str__(self) -> str:
        return f"{self.name}（{self.head}…）"

    def holds(self, at: datetime) -> bool:
        """Whether it opens anything at that moment."""
        return self.withdrawn is None and at < self.expires and self.person.is_active


class PushToken(models.Model):
    """A key by which an integrator's system pushes observations (推送令牌): of one organisation, for the stations named, and nothing else.

    It signs nobody in and reads nothing.
    """

    name = models.CharField("用途", max_length=60)
    organisation = models.ForeignKey("base.Organisation", models.PROTECT, related_name="+", verbose_name="所属单位")
    stations = models.ManyToManyField("sites.Station", related_name="+", verbose_name="可推送的站点")
    per_minute = models.PositiveIntegerField("每分钟请求数", default=120)
    head = models.CharField("前几位", max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="生成人")
    made = models.DateTimeField("生成时间")
    expires = models.DateTimeField("有效期至")
    used = models.DateTimeField("最近使用", null=True, blank=True)
    withdrawn = models.DateTimeField("作废时间", null=True, blank=True)

    class Meta:
        verbose_name = "推送令牌"
        ordering = ["-made"]
        permissions = [("manage_push", "管理推送令牌")]

    def __str__(self) -> str:
        return f"{self.name}（{self.head}…）"

    def holds(self, at: datetime) -> bool:
        """Whether it opens anything at that moment."""
        return self.withdrawn is None and at < self.expires


class Push(models.Model):
    """One push as it was answered (推送记录), so that the same again is answered the same and stores nothing."""

    token = models.ForeignKey(PushToken, models.CASCADE, related_name="pushes")
    key = models.CharField("幂等键", max_length=100)
    body = models.CharField(max_length=64)  # SHA-256 of what was sent
    delivery = models.CharField("来件编号", max_length=16, db_index=True)
    at = models.DateTimeField("时间", db_index=True)
    answer = models.JSONField()

    class Meta:
        verbose_name = "推送记录"
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="one_push_a_key")]


class OpenStation(models.Model):
    """A station whose valid hours anyone may read (开放站点): who decided it, when, on what ground."""

    station = models.OneToOneField("sites.Station", models.CASCADE, related_name="+", verbose_name="站点")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="决定人")
    at = models.DateTimeField("开放时间")
    basis = models.CharField("依据", max_length=200)

    class Meta:
        verbose_name = "开放站点"
        ordering = ["station__code"]
        permissions = [("open_station", "开放站点数据")]

    def __str__(self) -> str:
        return str(self.station)
