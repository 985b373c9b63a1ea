"""Which leader looks after which township (领导包片镇街)."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Charge(models.Model):
    """A leader has a township in their charge from a day until another takes over (包片)."""

    leader = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="charges", verbose_name="领导")
    area = models.ForeignKey("base.Area", models.PROTECT, related_name="charges", verbose_name="镇街")
    since = models.DateField("起")
    until = models.DateField("止", null=True, blank=True)

    class Meta:
        verbose_name = "包片"
        ordering = ["area__code", "-since"]
        constraints = [models.UniqueConstraint(fields=["area"], condition=models.Q(until=None), name="one_leader_a_township")]

    def __str__(self) -> str:
        return f"{self.leader} {self.area}"
