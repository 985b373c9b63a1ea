"""Marks on tasks and ways to look at the list: tags, links to other tasks, saved filters (标签、对应、常用筛选)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from qingshan.bureau.ledger.models.task import Task


class TaskTag(models.Model):
    """A declared tag on a task (标签): by whose hand, and the words that proposed it where any did."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="tags")
    tag = models.CharField("标签", max_length=130)
    words = models.CharField("凭什么词", max_length=60, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="谁标的")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "任务标签"
        ordering = ["tag"]
        constraints = [models.UniqueConstraint(fields=["task", "tag"], name="one_tag_a_task")]

    def __str__(self) -> str:
        return self.tag


class SavedFilter(models.Model):
    """A person's way of looking at the ledger, under a name (常用筛选); shared, the person's unit sees it too."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="ledger_filters", verbose_name="谁存的")
    organisation = models.ForeignKey(
        "base.Organisation", models.CASCADE, null=True, blank=True, related_name="+", verbose_name="共享给"
    )
    title = models.CharField("名称", max_length=40)
    query = models.CharField("条件", max_length=600)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "常用筛选"
        ordering = ["title", "id"]
        constraints = [models.UniqueConstraint(fields=["person", "title"], name="one_name_a_filter")]

    def __str__(self) -> str:
        return self.title
