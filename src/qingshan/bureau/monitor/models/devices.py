"""What the bureau wants of a device beyond its profile: how deviations are treated, and commands to it (设备策略、反控命令)."""

from __future__ import annotations

from django.db import models

from qingshan.gateway import commands


class DevicePolicy(models.Model):
    """How packets of one device are treated, and how long commands to it wait (设备策略); no row: the defaults."""

    mn = models.CharField("设备编号 MN", max_length=60, unique=True)
    refuses = models.JSONField("拒收", default=list)  # gateway.policy.RULED
    accepts = models.JSONField("破例采用", default=list)  # of those refused by default
    sets_time = models.BooleanField("时钟偏差大时自动校时", default=False)
    timeout_s = models.FloatField("应答超时", default=commands.TIMEOUT_S)  # [s]
    retries = models.PositiveSmallIntegerField("重发次数", default=commands.RETRIES)
    reason = models.CharField("理由", max_length=300)
    by = models.ForeignKey("base.Person", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = "设备策略"

    def __str__(self) -> str:
        return f"{self.mn} 的策略"


class DeviceCommand(models.Model):
    """One command to one device (反控命令): who asked it, why, and what became of it; never changed but for its outcome."""

    mn = models.CharField("设备编号 MN", max_length=60, db_index=True)
    token = models.CharField(max_length=40, unique=True)
    kind = models.CharField("命令", max_length=20)
    params = models.JSONField("参数", default=dict)  # without secrets
    sealed = models.BinaryField(null=True)  # secret parameters, sealed; emptied once ended
    timeout_s = models.FloatField()
    retries = models.PositiveSmallIntegerField()
    wait_s = models.FloatField()
    reason = models.CharField("理由", max_length=300)
    by = models.ForeignKey("base.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField("下达时间")
    expires = models.DateTimeField("有效至")
    told_at = models.DateTimeField("交给网关", null=True)
    cancelled_at = models.DateTimeField("撤回", null=True)
    state = models.CharField("结果", max_length=12, default="waiting")
    words = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "反控命令"
        ordering = ["-at", "-pk"]
        permissions = [("command_device", "向设备下发命令、管理设备密钥")]

    def __str__(self) -> str:
        return f"{self.title}（{self.mn}）"

    @property
    def title(self) -> str:
        kind = commands.KINDS.get(self.kind)
        return kind.title if kind else self.kind

    @property
    def state_words(self) -> str:
        return commands.STATES.get(self.state, self.state)

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def light(self) -> str:
        if self.is_open:
            return "none"
        return "green" if self.state == "done" else "amber" if self.state in ("cancelled", "expired") else "red"
