"""The audit trail (操作记录): added to, never changed, each row sealed with all before it."""

from __future__ import annotations

import json

from django.db import models

from qingshan.bureau.base.errors import Refused


class AppendOnly(models.QuerySet):
    """Rows may be added and read; the way to change history is to add to it."""

    def _refuse(self, *args, **kwargs):
        raise Refused("操作记录只能追加，不能修改或删除")

    update = delete = bulk_update = update_or_create = _refuse


class AuditEvent(models.Model):
    """Who did what to which thing, when and from where, with the values before and after."""

    at = models.DateTimeField("时间", db_index=True)
    by = models.ForeignKey("base.Person", models.PROTECT, null=True, related_name="+", verbose_name="操作人")
    by_name = models.CharField("姓名", max_length=80)
    address = models.CharField("来处", max_length=45, blank=True)
    action = models.CharField("操作", max_length=60, db_index=True)
    object_type = models.CharField("对象类别", max_length=60, db_index=True)
    object_id = models.CharField("对象编号", max_length=40)
    object_name = models.CharField("对象", max_length=200)
    before = models.JSONField("之前", null=True)
    after = models.JSONField("之后", null=True)
    basis = models.CharField("依据", max_length=200, blank=True)
    seal = models.CharField("封印", max_length=64)

    objects = AppendOnly.as_manager()

    class Meta:
        verbose_name = "操作记录"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["object_type", "object_id"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.by_name} {self.action} {self.object_name}"

    def payload(self) -> bytes:
        """The sealed content, in one canonical form on every database."""
        said = {
            "at": self.at.isoformat(timespec="microseconds"),
            "by": self.by_id,
            "by_name": self.by_name,
            "address": self.address,
            "action": self.action,
            "object": [self.object_type, self.object_id, self.object_name],
            "before": self.before,
            "after": self.after,
            "basis": self.basis,
        }
        return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def save(self, *args, **kwargs):
        if self.pk is not None and not self._state.adding:
            raise Refused("操作记录只能追加，不能修改或删除")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise Refused("操作记录只能追加，不能修改或删除")


class TrailEntry(models.Model):
    """One sealed record (存证条目): the digest of a row, a batch or a file, sealed with all entries before it."""

    number = models.BigIntegerField("序号", primary_key=True)
    at = models.DateTimeField("时间", db_index=True)
    stream = models.CharField("类别", max_length=30)
    key = models.CharField("编号", max_length=250)
    method = models.CharField("算法", max_length=10)
    digest = models.CharField("摘要", max_length=64)
    parts = models.TextField("分项", blank=True)  # of a batch: one short digest a row, so that the row can be named
    seal = models.CharField("封印", max_length=64)

    objects = AppendOnly.as_manager()

    class Meta:
        verbose_name = "存证条目"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["stream", "key"], name="one_entry_a_record")]

    def __str__(self) -> str:
        return f"{self.number} {self.stream} {self.key}"

    def payload(self) -> bytes:
        """What is sealed: place, moment, record and digest."""
        said = [self.number, self.at.isoformat(timespec="microseconds"), self.stream, self.key, self.method, self.digest]
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


class TrailHead(models.Model):
    """The end of the trail; its one row is the lock that keeps the chain from forking."""

    count = models.PositiveBigIntegerField(default=0)
    seal = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = "存证链头"

    def __str__(self) -> str:
        return f"{self.count} {self.seal[:12]}"


class AuditHead(models.Model):
    """The end of the chain: how many rows and the last seal; its one row is the lock that keeps the order."""

    count = models.PositiveBigIntegerField(default=0)
    seal = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = "操作记录链头"

    def __str__(self) -> str:
        return f"{self.count} {self.seal[:12]}"
