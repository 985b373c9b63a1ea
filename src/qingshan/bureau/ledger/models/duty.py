"""The list of duties (责任清单): which unit answers for what, edition by edition."""

from __future__ import annotations

import re
from datetime import date

from django.db import models
from django.db.models import Q


class DutyList(models.Model):
    """One edition of the bureau's list of duties, in force from one day to another (责任清单一版)."""

    title = models.CharField("名称", max_length=120)
    begins = models.DateField("施行")
    ends = models.DateField("废止", null=True, blank=True)
    basis = models.CharField("依据", max_length=200, blank=True)
    changed = models.DateTimeField("最近改动")

    class Meta:
        verbose_name = "责任清单"
        ordering = ["-begins", "-id"]

    def __str__(self) -> str:
        return self.title

    @classmethod
    def on(cls, day: date) -> DutyList | None:
        """The edition in force on a day; of several the one that began last."""
        return cls.objects.filter(Q(ends=None) | Q(ends__gte=day), begins__lte=day).first()


class Duty(models.Model):
    """One line of an edition: the duty in its own words, the words that show it in a task, and the unit that answers (职责)."""

    edition = models.ForeignKey(DutyList, models.PROTECT, related_name="duties", verbose_name="清单")
    number = models.PositiveIntegerField("序号", default=0)
    text = models.CharField("职责", max_length=300)
    words = models.CharField("关键词", max_length=200)
    unit = models.ForeignKey("base.Organisation", models.PROTECT, related_name="duties", verbose_name="责任单位")
    basis = models.CharField("依据", max_length=200, blank=True)
    version = models.PositiveIntegerField("修改次数", default=1)
    changed = models.DateTimeField("最近改动")
    dropped = models.BooleanField("已删", default=False)

    class Meta:
        verbose_name = "职责"
        ordering = ["edition", "number", "id"]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def cues(self) -> list[str]:
        """The words, apart; a word of one character shows nothing and is left out."""
        return [word for word in re.split(r"[、，,;；/\s]+", self.words) if len(word) > 1]
