"""Areas (区划) and organisations (单位): two trees."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from qingshan.bureau.base.scope import Scoped, ScopedQuerySet


class AreaQuerySet(ScopedQuerySet):
    def below(self, roots: list[int] | set[int]) -> set[int]:
        """The areas named and all that lie in them: district → town → village."""
        found, edge = set(roots), set(roots)
        while edge:
            edge = set(self.model.objects.filter(parent__in=edge).values_list("pk", flat=True)) - found
            found |= edge
        return found

    def named(self, text: str) -> AreaQuerySet:
        """Areas whose name, code or alias is exactly `text` (石门镇 and 石门地区 are one area)."""
        text = text.strip()
        by_alias = [area.pk for area in self if text in area.aliases]
        return self.filter(Q(name=text) | Q(code=text) | Q(pk__in=by_alias))


class Area(Scoped):
    """A district, town or village (区、镇街、村), with its GB/T 2260 style code and other names in use."""

    class Level(models.TextChoices):
        DISTRICT = "district", "区"
        TOWN = "town", "镇街"
        VILLAGE = "village", "村居"

    code = models.CharField("代码", max_length=12, unique=True)
    name = models.CharField("名称", max_length=60)
    level = models.CharField("级别", max_length=10, choices=Level)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级")
    geometry = models.JSONField("边界", null=True, blank=True)
    aliases = models.JSONField("别名", default=list, blank=True)

    scope_area = "id"
    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = "区划"
        ordering = ["code"]
        permissions = [("manage_area", "维护区域与单位")]

    def __str__(self) -> str:
        return self.name


class Organisation(Scoped):
    """A unit in the tree 区–委办局–镇街–村: the bureau, its offices, departments, committees, towns, firms."""

    class Kind(models.TextChoices):
        BUREAU = "bureau", "生态环境局"
        OFFICE = "office", "科室、队所"
        DEPARTMENT = "department", "委办局"
        COMMITTEE = "committee", "议事协调机构"
        TOWN = "town", "镇街"
        FIRM = "firm", "企业事业单位"

    name = models.CharField("全称", max_length=80, unique=True)
    short = models.CharField("简称", max_length=30, blank=True)
    kind = models.CharField("类别", max_length=12, choices=Kind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级单位")
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="organisations", verbose_name="所在区域")

    scope_organisations = ("id",)

    WHOLE_BUREAU = (Kind.BUREAU, Kind.OFFICE, Kind.COMMITTEE)

    class Meta:
        verbose_name = "单位"
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        return self.short or self.name

    @property
    def sees_whole_bureau(self) -> bool:
        """The bureau, its offices and the committee work over the whole district."""
        return self.kind in self.WHOLE_BUREAU
