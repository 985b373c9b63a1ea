"""What units returned and what was done to a task (反馈、经过). Rows are added, never edited."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from qingshan.bureau.ledger.models.task import Task


class TaskReturn(models.Model):
    """One return of progress by a responsible unit (反馈), with its evidence."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="returns")
    at = models.DateTimeField("时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="反馈人")
    organisation = models.ForeignKey("base.Organisation", models.PROTECT, related_name="+", verbose_name="反馈单位")
    value = models.DecimalField("累计完成", max_digits=18, decimal_places=4, null=True, blank=True)
    words = models.TextField("进展")
    done = models.BooleanField("报完成", default=False)
    blocked = models.BooleanField("办不了", default=False)
    evidence = models.ManyToManyField("base.Attachment", related_name="+", blank=True, verbose_name="佐证")
    token = models.CharField("提交标记", max_length=40, blank=True)

    class Meta:
        verbose_name = "反馈"
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["task", "token"], condition=~models.Q(token=""), name="one_return_a_token"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.at:%Y-%m-%d}"


class TaskEvent(models.Model):
    """One thing that happened to a task (经过): who, when, from which state to which, in whose words."""

    class Act(models.TextChoices):
        ENTER = "enter", "入台账"
        EDIT = "edit", "调整"
        RETURN = "return", "反馈"
        REPORT = "report", "报完成"
        BLOCKED = "blocked", "报办不了"
        REMIND = "remind", "催办"
        VERIFY = "verify", "核实"
        SEND_BACK = "send_back", "退回"
        CLOSE = "close", "销号"
        REOPEN = "reopen", "恢复办理"
        CANCEL = "cancel", "撤销"
        SPLIT = "split", "分解"
        CARRY = "carry", "结转"
        UNCARRY = "uncarry", "撤回结转"
        LINK = "link", "对应"
        ROUTE = "route", "归组"
        TAG = "tag", "标签"

    task = models.ForeignKey(Task, models.PROTECT, related_name="events")
    act = models.CharField("动作", max_length=10, choices=Act.choices)
    was = models.CharField("原状态", max_length=10, blank=True)
    became = models.CharField("现状态", max_length=10, blank=True)
    at = models.DateTimeField("时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="经办人")
    words = models.TextField("说明", blank=True)
    data = models.JSONField("内容", default=dict, blank=True)
    returned = models.OneToOneField(TaskReturn, models.PROTECT, null=True, blank=True, related_name="event")

    class Meta:
        verbose_name = "经过"
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.get_act_display()} {self.at:%Y-%m-%d %H:%M}"

    @property
    def became_words(self) -> str:
        """The official word for the state after it."""
        return dict(Task.State.choices).get(self.became, "")

    @property
    def changes(self) -> list[str]:
        """What an adjustment changed, a sentence each: “期限：2026-10-31 → 2026-12-31”."""
        return [f"{_label(name)}：{_said(was)} → {_said(now)}" for name, (was, now) in self.data.get("changed", {}).items()]


def _label(name: str) -> str:
    return str(Task._meta.get_field(name).verbose_name)


def _said(value) -> str:
    if isinstance(value, list):
        return "、".join(str(one).rsplit("（", 1)[0] for one in value) or "（空）"
    return str(value) if value not in (None, "") else "（空）"
