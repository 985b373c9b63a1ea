"""Cases (事项): one row a case, its events and its proofs; what may happen is declared in a workflow."""

from __future__ import annotations

from django.db import models

from qingshan.bureau.base import packs
from qingshan.bureau.base.scope import Scoped


class Case(Scoped):
    """One thing to be solved and closed (事项), handled by a declared workflow."""

    number = models.CharField("编号", max_length=30, unique=True)
    workflow = models.CharField("流程", max_length=60)
    title = models.CharField("事项", max_length=120)
    state = models.CharField("状态", max_length=40)
    area = models.ForeignKey("base.Area", models.PROTECT, related_name="cases", verbose_name="所在区域")
    responsible = models.ForeignKey("base.Organisation", models.PROTECT, related_name="cases", verbose_name="责任单位")
    station = models.ForeignKey("sites.Station", models.PROTECT, null=True, blank=True, related_name="cases", verbose_name="站点")
    origin = models.CharField("来源", max_length=60, blank=True)  # "alarm:12"
    place = models.CharField("地点", max_length=120, blank=True)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    summary = models.CharField("情况", max_length=300, blank=True)
    answers = models.JSONField(default=dict)  # what the steps asked, latest answer
    opened_at = models.DateTimeField("交办时间")
    entered_at = models.DateTimeField("进入本状态时间")
    due_at = models.DateTimeField("本环节期限", null=True, blank=True)
    closed_at = models.DateTimeField("销号时间", null=True, blank=True)
    version = models.PositiveIntegerField(default=0)  # moves with every step

    scope_organisations = ("responsible",)

    class Meta:
        verbose_name = "事项"
        ordering = ["-opened_at", "-id"]
        indexes = [models.Index(fields=["state", "due_at"]), models.Index(fields=["origin"])]
        permissions = [("handle_case", "办理事项（签收、处置、申请销号）"), ("verify_case", "核查销号"), ("dispatch_case", "交办事项")]
        constraints = [
            models.UniqueConstraint(
                fields=["origin"], condition=~models.Q(origin="") & models.Q(closed_at=None), name="one_open_case_an_origin"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def declared(self):
        """The workflow in force when the case was opened."""
        return packs.get("cases", self.workflow, at=self.opened_at.date())

    @property
    def state_words(self) -> str:
        return self.declared.state[self.state]

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None


class CaseEvent(models.Model):
    """One step taken (办理经过); never edited: what was wrong is put right by a further step."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="events")
    step = models.CharField(max_length=40)
    title = models.CharField(max_length=40)
    was = models.CharField(max_length=40, blank=True)
    became = models.CharField(max_length=40)
    by = models.ForeignKey("base.Person", models.PROTECT, null=True, related_name="+")
    organisation = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # the clock of the state that was left
    note = models.TextField(blank=True)
    answers = models.JSONField(default=dict)  # {title: words} as shown

    class Meta:
        ordering = ["at", "id"]

    @property
    def was_late(self) -> bool:
        return self.due_at is not None and self.at > self.due_at


class Proof(models.Model):
    """A piece of evidence of one declared kind (佐证)."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="proofs")
    kind = models.CharField(max_length=40)
    attachment = models.ForeignKey("base.Attachment", models.PROTECT, related_name="+")
    by = models.ForeignKey("base.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    place = models.CharField(max_length=120, blank=True)
    withdrawn = models.DateTimeField(null=True, blank=True)  # taken back by its giver before it was used
    used = models.BooleanField(default=False)  # a step relied on it: it stays

    class Meta:
        ordering = ["at", "id"]
