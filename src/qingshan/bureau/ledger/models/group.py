"""Who works together on the ledger: committee groups, the office, work teams for a time (专项小组、工作专班)."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q


class GroupQuerySet(models.QuerySet):
    def standing(self, on: date) -> GroupQuerySet:
        """Groups that exist on a day."""
        return self.filter(Q(begins=None) | Q(begins__lte=on), Q(ends=None) | Q(ends__gte=on))


class WorkGroup(models.Model):
    """A group of units and people that tasks are routed to: the office or a group of a committee (一办九组), or a team for a time (专班).

    `words` are the words of a task that propose the group; they propose, a person routes.
    """

    class Kind(models.TextChoices):
        OFFICE = "office", "办公室"
        GROUP = "group", "专项小组"
        TEAM = "team", "工作专班"

    name = models.CharField("名称", max_length=80, unique=True)
    kind = models.CharField("类别", max_length=10, choices=Kind.choices, default=Kind.GROUP)
    committee = models.CharField("所属委员会", max_length=80, blank=True)
    lead = models.ForeignKey("base.Organisation", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="牵头单位")
    number = models.PositiveSmallIntegerField("序号", default=0)
    duty = models.CharField("职责", max_length=300, blank=True)
    words = models.CharField("认领词", max_length=200, blank=True)
    begins = models.DateField("成立", null=True, blank=True)
    ends = models.DateField("到期", null=True, blank=True)
    basis = models.CharField("依据", max_length=200, blank=True)
    version = models.PositiveIntegerField("修改次数", default=1)
    changed = models.DateTimeField("最近改动")

    objects = GroupQuerySet.as_manager()

    class Meta:
        verbose_name = "小组"
        ordering = ["kind", "number", "name"]
        permissions = [("manage_groups", "维护专项小组、专班和责任清单")]

    def __str__(self) -> str:
        return self.name

    def stands(self, on: date) -> bool:
        return (self.begins is None or self.begins <= on) and (self.ends is None or on <= self.ends)

    @property
    def cues(self) -> list[str]:
        """The words that propose the group, apart."""
        return [word for word in self.words.replace("，", "、").replace(",", "、").replace(" ", "、").split("、") if word]


class Seat(models.Model):
    """One unit's, or one person's, place in a group (成员); the same person may sit in several groups."""

    class Post(models.TextChoices):
        HEAD = "head", "组长"
        DEPUTY = "deputy", "副组长"
        MEMBER = "member", "成员"

    group = models.ForeignKey(WorkGroup, models.CASCADE, related_name="seats", verbose_name="小组")
    organisation = models.ForeignKey("base.Organisation", models.PROTECT, related_name="seats", verbose_name="单位")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="seats", verbose_name="人员"
    )
    post = models.CharField("身份", max_length=10, choices=Post.choices, default=Post.MEMBER)
    begins = models.DateField("起", null=True, blank=True)
    ends = models.DateField("止", null=True, blank=True)

    class Meta:
        verbose_name = "小组成员"
        ordering = ["group", "post", "organisation__name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["group", "organisation"], condition=Q(person=None), name="one_seat_a_unit"),
            models.UniqueConstraint(fields=["group", "person"], condition=~Q(person=None), name="one_seat_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}{self.person or ''}"

    def holds(self, on: date) -> bool:
        return (self.begins is None or self.begins <= on) and (self.ends is None or on <= self.ends)
