"""Information filed with and taken up by the upper level (信息报送)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from qingshan.bureau.base.scope import Scoped
from qingshan.bureau.returns.models.period import UnitQuerySet


class Item(Scoped):
    """One piece of information a unit filed (信息); adopted where an upper level used it."""

    class Level(models.TextChoices):
        DISTRICT = "district", "区级"
        CITY = "city", "市级"
        PROVINCE = "province", "省级"
        NATION = "nation", "国家级"

    unit_path = "organisation"

    organisation = models.ForeignKey("base.Organisation", models.PROTECT, related_name="news", verbose_name="单位")
    title = models.CharField("题目", max_length=120)
    filed_on = models.DateField("报送日期")
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="报送人")
    adopted_on = models.DateField("采用日期", null=True, blank=True)
    adopted_level = models.CharField("采用级别", max_length=10, choices=Level.choices, blank=True)
    adopted_where = models.CharField("采用刊物", max_length=80, blank=True)

    scope_area = ""
    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = "信息"
        ordering = ["-filed_on", "-id"]
        permissions = [("adopt_item", "登记信息采用")]

    def __str__(self) -> str:
        return self.title
