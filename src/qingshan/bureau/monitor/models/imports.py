"""Files of observations brought in by hand (导入)."""

from __future__ import annotations

from django.db import models


class SavedMapping(models.Model):
    """A column mapping kept under a name, so that the next file of the kind needs no work (列对应)."""

    name = models.CharField("名称", max_length=60, unique=True)
    mapping = models.JSONField()
    by = models.ForeignKey("base.Person", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ImportRun(models.Model):
    """One file: uploaded, mapped, tried, and then stored or left (导入记录)."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", "待确认"
        STORED = "stored", "已入库"
        LEFT = "left", "已放弃"

    name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    path = models.CharField(max_length=100)
    mapping = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    rows = models.PositiveIntegerField(default=0)
    values = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    stored = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    by = models.ForeignKey("base.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "导入"
        ordering = ["-at"]
        permissions = [("import_observations", "导入观测数据")]
