"""Cases (事项): one row a case, its events and its proofs; what may happen is declared in a workflow."""

from __future__ import annotations

from django.db import models

from qingshan.bureau.base import packs
from qingshan.bureau.base.scope import Scoped
from qingshan.bureau.cases.declared import Workflow


class Case(Scoped):
    """One thing to be solved and closed (事项), handled by a declared workflow."""

    number = models.CharField("编号", max_length=30, unique=True)
    workflow = models.CharField("流程", max_length=60)
    edition = models.PositiveIntegerField("流程版次", default=0)  # of the workflow when it was opened: it goes on by that one
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
    content = models.TextField("原文", blank=True)
    outside = models.CharField("来文编号", max_length=60, blank=True)  # the number it had where it came from
    facts = models.JSONField(default=dict)  # what the workflow asks at the opening
    helpers = models.ManyToManyField("base.Organisation", related_name="helped_cases", blank=True, verbose_name="配合单位")
    main = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="sources", verbose_name="并入")
    answers = models.JSONField(default=dict)  # what the steps asked, latest answer
    opened_at = models.DateTimeField("交办时间")
    entered_at = models.DateTimeField("进入本状态时间")
    due_at = models.DateTimeField("本环节期限", null=True, blank=True)
    warn_at = models.DateTimeField("转黄时间", null=True, blank=True)  # three quarters of the limit used
    term_at = models.DateTimeField("办结期限", null=True, blank=True)  # of the whole
    guessed = models.BooleanField("期限待核", default=False)  # reckoned over a year whose holidays are not published
    closed_at = models.DateTimeField("销号时间", null=True, blank=True)
    round = models.PositiveSmallIntegerField("第几轮", default=1)  # opened again, it needs its proofs again
    rung = models.CharField("逾期措施", max_length=12, blank=True)  # the last one taken in the present limit
    asked = models.JSONField("申请延期", null=True, blank=True)  # {"span": 5, "reason": "…"} while it waits for a word
    extended = models.PositiveSmallIntegerField("延期次数", default=0)
    version = models.PositiveIntegerField(default=0)  # moves with every step

    scope_organisations = ("responsible", "helpers")

    class Meta:
        verbose_name = "事项"
        ordering = ["-opened_at", "-id"]
        indexes = [
            models.Index(fields=["state", "due_at"]), models.Index(fields=["origin"]), models.Index(fields=["closed_at", "due_at"]),
            models.Index(fields=["workflow", "state"]), models.Index(fields=["outside"]), models.Index(fields=["opened_at"]),
            models.Index(fields=["area", "opened_at"]),
        ]  # fmt: skip
        permissions = [
            ("handle_case", "办理事项（签收、处置、申请销号）"), ("verify_case", "核查销号"), ("dispatch_case", "交办事项"),
            ("compose_workflow", "编制办理流程"),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(
                fields=["origin"], condition=~models.Q(origin="") & models.Q(closed_at=None), name="one_open_case_an_origin"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def declared(self):
        """The workflow as it was when the case was opened, a later version is for later cases; one without steps where its file is gone."""
        try:
            return packs.get("cases", self.workflow, at=self.opened_at.date(), edition=self.edition)
        except LookupError:
            versions = packs.found().items.get("cases", {}).get(self.workflow)
            return versions[-1].declaration if versions else Workflow.lost(self.workflow, self.state)

    @property
    def state_words(self) -> str:
        return self.declared.state.get(self.state, self.state)

    @property
    def noun(self) -> str:
        """What a case of its sort is called (移交问题、信访件)."""
        return self.declared.noun

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None


class CaseEvent(models.Model):
    """One thing that happened to a case (办理经过); never edited: what was wrong is put right by a further event that says so."""

    class Kind(models.TextChoices):
        OPEN = "open", "交办"
        STEP = "step", "办理"
        TRANSFER = "transfer", "转办"
        JOIN = "join", "联合办理"
        ASK = "ask", "申请延期"
        EXTEND = "extend", "延期"
        MERGE = "merge", "并案"
        PART = "part", "拆出"
        REOPEN = "reopen", "重启"
        UNDO = "undo", "撤回"
        NOTE = "note", "记事"

    case = models.ForeignKey(Case, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.STEP)
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
    before = models.JSONField(null=True)  # the case as it stood, for the reverse step
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")

    class Meta:
        ordering = ["at", "id"]

    @property
    def was_late(self) -> bool:
        return self.due_at is not None and self.at > self.due_at


class Proof(models.Model):
    """A piece of evidence of one declared kind (佐证)."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="proofs")
    kind = models.CharField(max_length=40)
    attachment = models.ForeignKey("base.Attachment", models.PROTECT, null=True, related_name="+")
    details = models.JSONField(default=dict)  # number, day, link, values, what was said: by the type of proof
    round = models.PositiveSmallIntegerField(default=1)
    by = models.ForeignKey("base.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    place = models.CharField(max_length=120, blank=True)
    withdrawn = models.DateTimeField(null=True, blank=True)  # taken back by its giver before it was used
    used = models.BooleanField(default=False)  # a step relied on it: it stays

    class Meta:
        ordering = ["at", "id"]

    @property
    def words(self) -> str:
        """What it says, in one line."""
        said = self.details
        parts = [said.get("number", ""), said.get("day", ""), said.get("link", ""), said.get("said", ""), said.get("found", "")]
        return "，".join(p for p in parts if p)
