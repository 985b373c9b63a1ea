"""A plan document and what was found in it (计划文件、识读结果)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from qingshan.bureau.base.scope import Scoped


class Plan(Scoped):
    """A document whose targets and tasks are followed (计划文件), its original kept beside the text that was read.

    The bureau reads every plan; another unit those that give it something to do. `paragraphs` are rows [number, start, end, kind].
    """

    title = models.CharField("文件标题", max_length=200)
    number = models.CharField("文号", max_length=60, blank=True)
    issuer = models.CharField("印发单位", max_length=100, blank=True)
    issued = models.DateField("印发日期", null=True, blank=True)
    year = models.PositiveSmallIntegerField("年度")
    original = models.ForeignKey("base.Attachment", models.PROTECT, related_name="+", verbose_name="原件")
    sha256 = models.CharField("原件指纹", max_length=64, unique=True)
    kind = models.CharField("格式", max_length=10)
    text = models.TextField("识读文本")
    paragraphs = models.JSONField("段落", default=list)
    warnings = models.JSONField("读入提示", default=list, blank=True)
    uploaded = models.DateTimeField("上传时间")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人")

    scope_area = ""
    scope_organisations = ("tasks__leads", "tasks__coops")

    class Meta:
        verbose_name = "计划文件"
        ordering = ["-year", "-issued", "-id"]
        permissions = [("upload_plan", "上传计划文件"), ("review_plan", "核对识读结果、入台账")]

    def __str__(self) -> str:
        return self.title

    @property
    def short(self) -> str:
        """《要点》 for 《青川区2026年生态环境保护工作要点》, for places where a row has little room."""
        for word in ("要点", "计划", "方案", "责任书", "规划", "通知", "意见"):
            if self.title.endswith(word):
                return word
        return self.title[:8]


class Finding(models.Model):
    """One place of a plan's text that means something, as the reader or a person marked it (识读结果).

    `read` is what the reader found and is never edited; `fields` is what stands now. `start` and `end` count code points of
    `Plan.text`, end exclusive.
    """

    class Kind(models.TextChoices):
        TARGET = "target", "目标"
        TASK = "task", "任务"
        DOUBT = "doubt", "疑点"
        UNREAD = "unread", "未识读"

    class State(models.TextChoices):
        PENDING = "pending", "待确认"
        ACCEPTED = "accepted", "已确认"
        REJECTED = "rejected", "不入账"

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="findings")
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    start = models.PositiveIntegerField("起")
    end = models.PositiveIntegerField("止")
    paragraph = models.PositiveIntegerField("段")
    place = models.CharField("出处", max_length=60, blank=True)
    heading_path = models.JSONField("所在章节", default=list, blank=True)
    read = models.JSONField("识读字段", default=dict)
    fields = models.JSONField("现字段", default=dict)
    state = models.CharField("核对", max_length=10, choices=State.choices, default=State.PENDING)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="补录人")
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核对人"
    )
    reviewed = models.DateTimeField("核对时间", null=True, blank=True)

    class Meta:
        verbose_name = "识读结果"
        ordering = ["start", "end", "id"]
        indexes = [models.Index(fields=["plan", "kind", "state"])]

    def __str__(self) -> str:
        return self.text[:40]

    @property
    def text(self) -> str:
        """The words of the plan at this place, read from the kept text every time."""
        return self.plan.text[self.start : self.end]
