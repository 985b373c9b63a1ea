"""Reminders to units that have not reported (催报): one a unit and day."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from qingshan.bureau.base.models import Person
from qingshan.bureau.base.scope import Scoped
from qingshan.bureau.returns.models.period import Period, UnitQuerySet
from qingshan.bureau.returns.models.rota import units_of


class ChaseQuerySet(UnitQuerySet):
    """Reminders to one's own units, and those one was told of, such as the leader of another unit's silence."""

    def within(self, person: Person) -> ChaseQuerySet:
        if person.scope_areas() is None:
            return self
        mine = self.model._base_manager.filter(Q(organisation__in=units_of(person)) | Q(people=person))
        return self.filter(pk__in=mine.values("pk"))


class Chase(Scoped):
    """One reminder to one unit on one day, about all it owes (催报); the level rises with the silence."""

    class Level(models.IntegerChoices):
        SOON = 1, "将到期提醒"
        DUE = 2, "到期催报"
        LEADER = 3, "告知分管领导"
        LISTED = 4, "列入未报单位"

    unit_path = "organisation"

    organisation = models.ForeignKey("base.Organisation", models.PROTECT, related_name="chases", verbose_name="单位")
    on = models.DateField("日期")
    at = models.DateTimeField("时间")
    level = models.PositiveSmallIntegerField("级别", choices=Level.choices)
    periods = models.ManyToManyField(Period, related_name="chases", verbose_name="报送期")
    owed = models.PositiveIntegerField("未报项数")
    words = models.CharField("内容", max_length=400)
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", verbose_name="告知的人")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="催报人")

    scope_area = ""
    objects = ChaseQuerySet.as_manager()

    class Meta:
        verbose_name = "催报"
        ordering = ["-on", "-level", "organisation__name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "on"], name="one_chase_a_unit_and_day")]
        permissions = [("chase_unit", "催报")]

    def __str__(self) -> str:
        return f"{self.organisation} {self.on} {self.get_level_display()}"
