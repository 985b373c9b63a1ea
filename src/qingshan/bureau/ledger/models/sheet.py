"""Sheets that went out and came back (台账 Excel 导出、导入)."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SheetExport(models.Model):
    """What an exported sheet said of each row, so that a returned sheet shows who changed what since (导出)."""

    at = models.DateTimeField("时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="导出人")
    list = models.CharField("清单", max_length=20, default="tasks")
    token = models.CharField("导出号", max_length=16, unique=True)
    rows = models.JSONField("各行原值")

    class Meta:
        verbose_name = "台账导出"

    def __str__(self) -> str:
        return self.token


class SheetImport(models.Model):
    """A sheet that was sent in and read, waiting for or after a person's word (导入)."""

    class State(models.TextChoices):
        WAITING = "waiting", "待确认"
        DONE = "done", "已导入"
        DROPPED = "dropped", "未导入"

    at = models.DateTimeField("时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="导入人")
    list = models.CharField("清单", max_length=20, default="tasks")
    about = models.CharField("哪一份", max_length=20, blank=True)
    name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField("指纹", max_length=64)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    reading = models.JSONField("读出的改动")
    outcome = models.JSONField("结果", default=dict, blank=True)

    class Meta:
        verbose_name = "台账导入"
        ordering = ["-at"]

    def __str__(self) -> str:
        return self.name
