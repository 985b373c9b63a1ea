"""Declarations composed by form (编制草稿), and ways of looking at lists that people keep (保存的视图)."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Draft(models.Model):
    """A declaration being composed by form, and, once published, one version of it with the text of its file."""

    kind = models.CharField("种类", max_length=40)
    name = models.CharField("代码", max_length=60, blank=True)
    title = models.CharField("名称", max_length=120, blank=True)
    form = models.JSONField("填写", default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="起草人")
    changed = models.DateTimeField("修改时间")
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="修改人")
    asked = models.DateTimeField("送审时间", null=True, blank=True)
    """while it waits for a second person's word; any change takes it back"""
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="送审人")
    refusal = models.CharField("退回理由", max_length=300, blank=True)
    """why the second person last said no"""
    refused_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="退回人")
    version = models.PositiveIntegerField("版次", null=True, blank=True)
    published = models.DateTimeField("发布时间", null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="发布人"
    )
    basis = models.CharField("依据", max_length=200, blank=True)
    text = models.TextField("声明", blank=True)

    class Meta:
        verbose_name = "编制草稿"
        ordering = ["-changed"]
        constraints = [models.UniqueConstraint(fields=["kind", "name", "version"], name="one_version_a_declaration")]

    def __str__(self) -> str:
        return self.title or self.name or f"草稿 {self.pk}"


class SavedView(models.Model):
    """A person's way of looking at one list, under a name: filters and columns; shared, the person's unit sees it too."""

    page = models.CharField("列表", max_length=100)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="谁存的")
    organisation = models.ForeignKey("base.Organisation", models.CASCADE, null=True, blank=True, related_name="+", verbose_name="共享给")
    title = models.CharField("名称", max_length=40)
    query = models.CharField("条件", max_length=800)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "保存的视图"
        ordering = ["title", "id"]
        constraints = [models.UniqueConstraint(fields=["page", "person", "title"], name="one_name_a_view")]
        indexes = [models.Index(fields=["page", "organisation"])]

    def __str__(self) -> str:
        return self.title
