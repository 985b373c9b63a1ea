"""Attachments (附件): what was uploaded, kept under the name of its own SHA-256."""

from __future__ import annotations

from django.db import models


class Attachment(models.Model):
    """One uploaded file. `owner_type` ("cases.case") and `owner_id` say whose it is, and so who may read it."""

    class Kind(models.TextChoices):
        IMAGE = "image", "照片"
        DOCUMENT = "document", "文档"
        SHEET = "sheet", "表格"

    sha256 = models.CharField("指纹", max_length=64, db_index=True)
    name = models.CharField("文件名", max_length=200)
    kind = models.CharField("类别", max_length=10, choices=Kind)
    content_type = models.CharField("类型", max_length=100)
    size = models.PositiveIntegerField("字节")
    width = models.PositiveIntegerField("宽", null=True)
    height = models.PositiveIntegerField("高", null=True)
    thumbnail = models.CharField("缩略图指纹", max_length=64, blank=True)
    by = models.ForeignKey("base.Person", models.PROTECT, related_name="+", verbose_name="上传人")
    at = models.DateTimeField("上传时间")
    owner_type = models.CharField("所属类别", max_length=60, blank=True)
    owner_id = models.CharField("所属编号", max_length=40, blank=True)

    class Meta:
        verbose_name = "附件"
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["owner_type", "owner_id"])]

    def __str__(self) -> str:
        return self.name
