"""Since when a task has stood on the list of weak work (不严不实), and the order it led to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class DoubtSeen(models.Model):
    """One rule's finding on one task, from the day it was first seen until the day it was gone."""

    rule = models.CharField("判据", max_length=60)
    task = models.ForeignKey("ledger.Task", models.PROTECT, related_name="doubts", verbose_name="任务")
    since = models.DateField("首次发现")
    seen = models.DateField("最近发现")
    gone = models.DateField("消除日期", null=True, blank=True)
    words = models.CharField("情况", max_length=300)

    class Meta:
        verbose_name = "不严不实"
        ordering = ["-since", "id"]
        constraints = [models.UniqueConstraint(fields=["rule", "task"], condition=Q(gone=None), name="one_standing_doubt")]

    def __str__(self) -> str:
        return f"{self.rule} {self.task}"
