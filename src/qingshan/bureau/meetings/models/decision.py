"""A decision read out of minutes, an instruction or a visit, and what became of it (议定事项)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from qingshan.bureau.meetings.models.meeting import Meeting


class DecisionQuerySet(models.QuerySet):
    def standing(self) -> DecisionQuerySet:
        """Those of the minutes as they now stand."""
        return self.filter(retired=False)


class Decision(models.Model):
    """One decision at its exact place: ``text == meeting.text[start:end]``.

    `read` is what the reader found and is never edited; `fields` is what a person made of it. Where minutes are entered anew before
    anything was accepted, the decisions read from the old words are `retired`.
    """

    class State(models.TextChoices):
        PENDING = "pending", "待核对"
        TASK = "task", "已入台账"
        CASE = "case", "已交办"
        ANSWERED = "answered", "已答复"
        LEFT = "left", "不督办"

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="decisions")
    start = models.PositiveIntegerField("起")
    end = models.PositiveIntegerField("止")
    text = models.TextField("原文")
    path = models.JSONField("所在段落", default=list, blank=True)
    read = models.JSONField("识读", default=dict)
    fields = models.JSONField("现字段", default=dict)
    state = models.CharField("核对", max_length=10, choices=State.choices, default=State.PENDING)
    task = models.OneToOneField("ledger.Task", models.PROTECT, null=True, blank=True, related_name="decision", verbose_name="任务")
    case = models.OneToOneField("cases.Case", models.PROTECT, null=True, blank=True, related_name="decision", verbose_name="事项")
    words = models.CharField("答复或理由", max_length=500, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="补录人")
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核对人"
    )
    reviewed = models.DateTimeField("核对时间", null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    retired = models.BooleanField("已撤下", default=False)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = "议定事项"
        ordering = ["meeting", "start", "id"]
        indexes = [models.Index(fields=["state", "retired"])]

    def __str__(self) -> str:
        return (self.fields.get("title") or self.text)[:60]

    @property
    def is_pending(self) -> bool:
        return self.state == self.State.PENDING
