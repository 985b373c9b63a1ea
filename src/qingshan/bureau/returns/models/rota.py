"""Which tasks are reported by which rhythm, and who reports for a unit (填报安排、信息员)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Person


class Rota(models.Model):
    """A plan's tasks, or chosen ones, that units report by a declared rhythm from a day on (填报安排)."""

    class Who(models.TextChoices):
        LEADS = "leads", "牵头单位"
        ALL = "all", "牵头和配合单位"

    title = models.CharField("名称", max_length=80)
    rhythm = models.CharField("节奏", max_length=60)
    plan = models.ForeignKey("ledger.Plan", models.PROTECT, null=True, blank=True, related_name="rotas", verbose_name="文件")
    tasks = models.ManyToManyField("ledger.Task", related_name="rotas", blank=True, verbose_name="任务")
    who = models.CharField("谁填", max_length=6, choices=Who.choices, default=Who.LEADS)
    began = models.DateField("起始日")
    stopped = models.DateField("停止日", null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="安排人")
    basis = models.CharField("依据", max_length=200, blank=True)

    class Meta:
        verbose_name = "填报安排"
        ordering = ["began", "id"]
        permissions = [("manage_rota", "安排填报节奏、指定信息员")]

    def __str__(self) -> str:
        return self.title

    def declared(self, day=None):
        """The rhythm in force on `day`, else any version of it; None where no pack declares it any more."""
        return packs.all("rhythms", at=day).get(self.rhythm) or packs.all("rhythms").get(self.rhythm)

    @property
    def pk_text(self) -> str:
        """The number as text, for a template that joins it to a name."""
        return str(self.pk)

    @property
    def rhythm_title(self) -> str:
        found = packs.all("rhythms").get(self.rhythm)
        return found.title if found else self.rhythm


class Reporter(models.Model):
    """A person with a duty for a unit's returns (信息员): A 角, B 角 who stands in, the leader who is told of silence.

    One person may report for several units; a unit has one A 角 at a time.
    """

    class Duty(models.TextChoices):
        MAIN = "main", "A角"
        DEPUTY = "deputy", "B角"
        LEADER = "leader", "分管领导"

    organisation = models.ForeignKey("base.Organisation", models.PROTECT, related_name="reporters", verbose_name="单位")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reports_for", verbose_name="人员")
    duty = models.CharField("职责", max_length=6, choices=Duty.choices)
    since = models.DateField("起")
    until = models.DateField("止", null=True, blank=True)

    class Meta:
        verbose_name = "信息员"
        ordering = ["organisation__kind", "organisation__name", "duty", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "duty"], condition=Q(until=None, duty="main"), name="one_main_reporter_a_unit"),
            models.UniqueConstraint(fields=["organisation", "person", "duty"], condition=Q(until=None), name="one_duty_a_person_and_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.person}（{self.get_duty_display()}）"


def units_of(person: Person) -> set[int]:
    """Ids of the units a person may report for: their own, those under it, and those they are named for (A 角、B 角)."""
    if not hasattr(person, "_reports_for"):
        named = Reporter.objects.filter(person=person, until=None).exclude(duty=Reporter.Duty.LEADER)
        person._reports_for = set(named.values_list("organisation_id", flat=True))
    return person.scope_organisations_ids() | person._reports_for
