"""A meeting, a visit, a talk or an instruction, who was called to it, what lay on the table, and every step it took (会议)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from qingshan.bureau.base import packs
from qingshan.bureau.base.scope import ScopedQuerySet

if TYPE_CHECKING:
    from qingshan.bureau.base.models import Person


class MeetingQuerySet(ScopedQuerySet):
    """The bureau sees every meeting; another unit those it is called to and those in its area, once the notice has gone out."""

    def within(self, person: Person) -> MeetingQuerySet:
        areas = person.scope_areas()
        if areas is None:
            return self
        called = Attendee.objects.filter(organisation__in=person.scope_organisations_ids(), dropped=False).values("meeting")
        return self.filter(Q(pk__in=called) | Q(area__in=areas)).exclude(state=Meeting.State.DRAFT)


class Meeting(models.Model):
    """One meeting of a declared kind (一次会议). `text` is its minutes, or the words of an instruction, as they were entered."""

    class State(models.TextChoices):
        DRAFT = "draft", "筹备中"
        CALLED = "called", "已通知"
        HELD = "held", "已召开"
        CLOSED = "closed", "纪要已签发"
        CANCELLED = "cancelled", "已取消"

    kind = models.CharField("种类", max_length=60)
    title = models.CharField("名称", max_length=120)
    year = models.PositiveSmallIntegerField("年度")
    number = models.PositiveIntegerField("次序", null=True, blank=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.DRAFT)
    starts_at = models.DateTimeField("时间")
    place = models.CharField("地点", max_length=120, blank=True)
    chair = models.CharField("主持", max_length=60, blank=True)
    leader = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="领导")
    area = models.ForeignKey("base.Area", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="镇街")
    subject = models.CharField("事由", max_length=300, blank=True)
    demands = models.CharField("参会要求", max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="经办人")
    made_at = models.DateTimeField("建立时间")
    called_at = models.DateTimeField("通知时间", null=True, blank=True)
    held_at = models.DateTimeField("记到会时间", null=True, blank=True)
    text = models.TextField("纪要", blank=True)
    original = models.ForeignKey("base.Attachment", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="纪要原件")
    entered_at = models.DateTimeField("录入时间", null=True, blank=True)
    issue = models.PositiveIntegerField("纪要期号", null=True, blank=True)
    signed_at = models.DateTimeField("签发时间", null=True, blank=True)
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签发人")

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = "会议"
        ordering = ["-starts_at", "-id"]
        indexes = [models.Index(fields=["year", "kind"]), models.Index(fields=["state", "starts_at"])]
        constraints = [
            models.UniqueConstraint(fields=["kind", "year", "number"], name="one_number_a_meeting"),
            models.UniqueConstraint(fields=["kind", "year", "issue"], name="one_issue_of_minutes"),
        ]
        permissions = [
            ("call_meeting", "召集会议、发通知、安排走访"),
            ("answer_notice", "会议回执、请假"),
            ("keep_minutes", "录入纪要、核对议定事项"),
            ("sign_minutes", "签发会议纪要"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def declared(self):
        """The kind in force on the day of the meeting; None where no pack declares it any more."""
        return packs.all("meetings", at=self.starts_at.date()).get(self.kind) or packs.all("meetings").get(self.kind)

    @property
    def kind_title(self) -> str:
        return getattr(self.declared, "title", self.kind)

    @property
    def form(self) -> str:
        return getattr(self.declared, "form", "meeting")

    @property
    def decided(self) -> str:
        return getattr(self.declared, "decided", "议定事项")

    @property
    def order_words(self) -> str:
        """2026年第3次; of an instruction 2026年第3件."""
        return f"{self.year}年第{self.number}{'件' if self.form == 'instruction' else '次'}" if self.number else ""

    @property
    def issue_words(self) -> str:
        return f"{self.year}年第{self.issue}期" if self.issue else ""

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.DRAFT, self.State.CALLED)

    @property
    def light(self) -> str:
        return {"draft": "none", "called": "amber", "held": "green", "closed": "blue", "cancelled": "none"}[self.state]


class Agenda(models.Model):
    """One item of the agenda (议程), with what it is about: a task, a case, or a page such as a ranking."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="agenda")
    number = models.PositiveSmallIntegerField("序号")
    title = models.CharField("议题", max_length=120)
    reporter = models.ForeignKey("base.Organisation", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="汇报单位")
    task = models.ForeignKey("ledger.Task", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="任务")
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="事项")
    link = models.CharField("页面", max_length=200, blank=True)
    dropped = models.BooleanField("已撤", default=False)

    class Meta:
        verbose_name = "议题"
        ordering = ["number", "id"]

    def __str__(self) -> str:
        return self.title


class Attendee(models.Model):
    """A unit called to a meeting (参会单位): what it answered, and whether it came."""

    class Answer(models.TextChoices):
        NONE = "", "未回执"
        COMES = "comes", "参加"
        LEAVE = "leave", "请假"

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendees")
    organisation = models.ForeignKey("base.Organisation", models.PROTECT, related_name="+", verbose_name="单位")
    observes = models.BooleanField("列席", default=False)
    answer = models.CharField("回执", max_length=6, choices=Answer.choices, blank=True, default="")
    who = models.CharField("参会人", max_length=60, blank=True)
    phone = models.CharField("电话", max_length=20, blank=True)
    reason = models.CharField("请假事由", max_length=200, blank=True)
    answered_at = models.DateTimeField("回执时间", null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="回执人"
    )
    came = models.BooleanField("到会", null=True, blank=True)
    dropped = models.BooleanField("不再参会", default=False)

    class Meta:
        verbose_name = "参会单位"
        ordering = ["observes", "organisation__kind", "organisation__name"]
        constraints = [models.UniqueConstraint(fields=["meeting", "organisation"], name="one_row_a_unit_called")]
        indexes = [models.Index(fields=["organisation", "answer"])]

    def __str__(self) -> str:
        return f"{self.organisation} {self.meeting}"


class Paper(models.Model):
    """A file that belongs to a meeting, under the name its kind declares (会议材料)."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="papers")
    name = models.CharField("材料", max_length=31)
    attachment = models.ForeignKey("base.Attachment", models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "会议材料"
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.attachment)


class MeetingStep(models.Model):
    """One step a meeting took (办理经过); a step that takes another back is a step of its own. Never edited."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="steps")
    act = models.CharField("步骤", max_length=20)
    was = models.CharField("之前", max_length=10, blank=True)
    became = models.CharField("之后", max_length=10)
    words = models.CharField("说明", max_length=500, blank=True)
    data = models.JSONField("内容", default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "会议步骤"
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.act
