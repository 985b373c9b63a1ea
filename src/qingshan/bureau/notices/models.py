"""A notice, who it went to, and every delivery of it outside the platform (消息)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from qingshan.bureau.base import packs
from qingshan.bureau.base.scope import Scoped


class Notice(models.Model):
    """One thing to be known (一条消息); never changed."""

    kind = models.CharField("种类", max_length=60)
    title = models.CharField("标题", max_length=120)
    text = models.CharField("内容", max_length=500, blank=True)
    url = models.CharField("去处", max_length=200, blank=True)
    key = models.CharField("来由", max_length=80, blank=True)  # "case_event:12": said once
    at = models.DateTimeField("时间", db_index=True)

    class Meta:
        verbose_name = "消息"
        ordering = ["-at", "-id"]
        permissions = [("manage_channels", "维护消息通道")]
        constraints = [models.UniqueConstraint(fields=["key"], condition=~models.Q(key=""), name="one_notice_a_cause")]

    def __str__(self) -> str:
        return self.title

    @property
    def kind_words(self) -> str:
        declared = packs.all("notices").get(self.kind)
        return declared.title if declared else self.kind


class Receipt(models.Model):
    """One person's copy of a notice."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="receipts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    read_at = models.DateTimeField("看过的时间", null=True, blank=True)

    class Meta:
        verbose_name = "收到的消息"
        constraints = [models.UniqueConstraint(fields=["notice", "person"], name="one_copy_a_person")]
        indexes = [models.Index(fields=["person", "read_at"])]


class Preference(models.Model):
    """Whether a person wants a kind of notice by e-mail; absent: as declared."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    mail = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind"], name="one_choice_a_kind")]


class Post(models.Model):
    """How the bureau's mail goes out, and the address of the platform in links (邮件与平台地址); one row."""

    class Security(models.TextChoices):
        SSL = "ssl", "SSL/TLS（多为 465 端口）"
        STARTTLS = "starttls", "STARTTLS（多为 587 端口）"
        NONE = "none", "不加密（只用于本单位内网）"

    site = models.CharField("平台地址", max_length=120, blank=True)
    host = models.CharField("发信服务器", max_length=120, blank=True)
    port = models.PositiveIntegerField("端口", default=465)
    security = models.CharField("加密", max_length=10, choices=Security, default=Security.SSL)
    username = models.CharField("账号", max_length=120, blank=True)
    secret = models.TextField("口令", blank=True)  # sealed
    sender = models.EmailField("发信人", blank=True)
    active = models.BooleanField("启用", default=False)

    class Meta:
        verbose_name = "邮件通道"

    def __str__(self) -> str:
        return self.host or "邮件"


class Robot(Scoped):
    """A group-chat robot (群机器人): what kinds it hears of, and whose."""

    name = models.CharField("群名", max_length=40)
    form = models.CharField("类别", max_length=60)
    address = models.TextField("地址")  # sealed: it holds the key
    secret = models.TextField("加签密钥", blank=True)  # sealed
    organisation = models.ForeignKey("base.Organisation", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="单位")
    kinds = models.JSONField("消息种类", default=list)
    active = models.BooleanField("启用", default=True)

    scope_area = ""
    scope_organisations = ("organisation",)

    class Meta:
        verbose_name = "群机器人"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["name"], name="one_robot_a_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def form_words(self) -> str:
        declared = packs.all("robots").get(self.form)
        return declared.title if declared else self.form


class Delivery(models.Model):
    """A notice on its way out of the platform (发送): tried again until it is taken, or given up with the reason."""

    class State(models.TextChoices):
        WAITING = "waiting", "待发"
        SENDING = "sending", "发送中"
        SENT = "sent", "已发"
        FAILED = "failed", "没有发出"

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="deliveries")
    carrier = models.CharField("通道", max_length=10)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    robot = models.ForeignKey(Robot, models.CASCADE, null=True, related_name="deliveries")
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    due_at = models.DateTimeField("何时发")
    tries = models.PositiveSmallIntegerField("试过", default=0)
    error = models.CharField("原因", max_length=200, blank=True)
    done_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = "发送"
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "due_at"])]
