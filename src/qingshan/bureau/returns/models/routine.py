"""Recurring duties of people and the record each leaves (例行工作)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from qingshan.bureau.base import packs


class Occasion(models.Model):
    """One turn of a recurring duty (一次例行工作): opened by its rhythm, closed by a record of what was done and what came of it."""

    routine = models.CharField("例行工作", max_length=60)
    key = models.CharField("时段", max_length=20)
    title = models.CharField("时段名", max_length=60)
    first = models.DateField("起")
    last = models.DateField("止")
    due_at = models.DateTimeField("截止")
    opened_at = models.DateTimeField("开出时间")
    done_at = models.DateTimeField("办结时间", null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="办理人")
    words = models.TextField("办了什么", blank=True)
    outcome = models.TextField("结果", blank=True)
    answers = models.JSONField("记录", default=dict)
    skipped = models.CharField("未开展原因", max_length=300, blank=True)
    token = models.CharField("提交标记", max_length=60, blank=True)

    class Meta:
        verbose_name = "例行工作"
        ordering = ["-first", "routine"]
        constraints = [models.UniqueConstraint(fields=["routine", "key"], name="one_occasion_a_span")]
        permissions = [("keep_routine", "记录例行工作")]

    def __str__(self) -> str:
        return f"{self.routine_title} {self.title}"

    @property
    def declared(self):
        """The routine as declared when the occasion began; None where no pack declares it any more."""
        return packs.all("routines", at=self.first).get(self.routine) or packs.all("routines").get(self.routine)

    @property
    def routine_title(self) -> str:
        return getattr(self.declared, "title", self.routine)

    @property
    def is_late(self) -> bool:
        return self.done_at is not None and self.done_at > self.due_at
