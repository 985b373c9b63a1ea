"""The year's lists as the bureau registers them (登记的考核名单): versions are added, never edited."""

from __future__ import annotations

from datetime import date
from functools import cached_property

from django.conf import settings
from django.db import models

from qingshan.bureau.indicators.declared_rosters import Roster, Rostered


class RosterVersion(models.Model):
    """One version of one year's list (考核名单一版). The last one that is not withdrawn counts, before any list of a pack."""

    roster = models.CharField("名单", max_length=60)
    year = models.PositiveSmallIntegerField("年份")
    version = models.PositiveIntegerField("版次", default=1)
    title = models.CharField("名称", max_length=80)
    medium = models.CharField("要素", max_length=20)
    unit = models.CharField("权重单位", max_length=20, blank=True)
    stations = models.JSONField("站点")
    basis = models.CharField("依据", max_length=200)
    file = models.CharField("文件", max_length=120, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人")
    at = models.DateTimeField("登记时间")
    withdrawn = models.DateTimeField("撤回时间", null=True, blank=True)
    why = models.CharField("撤回原因", max_length=200, blank=True)

    class Meta:
        verbose_name = "考核名单"
        ordering = ["roster", "year", "version"]
        permissions = [("freeze_roster", "登记考核名单")]
        constraints = [models.UniqueConstraint(fields=["roster", "year", "version"], name="one_roster_a_version")]

    def __str__(self) -> str:
        return f"{self.title} 第{self.version}版"

    @cached_property
    def declared(self) -> Roster:
        """The list as indicators read it; its title says which version."""
        said = f"{self.title}（第{self.version}版）" if self.version > 1 else self.title
        return Roster(
            name=self.roster, title=said, medium=self.medium, unit=self.unit, basis=self.basis,
            since=date(self.year, 1, 1), until=date(self.year, 12, 31), station=tuple(Rostered(**row) for row in self.stations),
        )  # fmt: skip
