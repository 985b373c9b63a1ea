"""Tokens (接口令牌): only their hash is kept; what a token may see is what its person may see."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models


class Token(models.Model):
    """A key another system shows in place of a password. It acts as its person, within that person's organisation and rights."""

    name = models.CharField("用途", max_length=60)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="tokens", verbose_name="持有人")
    head = models.CharField("前几位", max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    made = models.DateTimeField("生成时间")
    expires = models.DateTimeField("有效期至")
    used = models.DateTimeField("最近使用", null=True, blank=True)
    withdrawn = models.DateTimeField("作废时间", null=True, blank=True)

    class Meta:
        verbose_name = "接口令牌"
        ordering = ["-made"]
        permissions = [("hold_token", "使用接口令牌")]

    def __str__(self) -> str:
        return f"{self.name}（{self.head}…）"

    def holds(self, at: datetime) -> bool:
        """Whether it opens anything at that moment."""
        return self.withdrawn is None and at < self.expires and self.person.is_active
