"""Leads of the data, and marks on them (质量线索、数据标记): both are added, neither changes a value that came."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

from qingshan.bureau.base.scope import Scoped

STRENGTH = [(1, "弱"), (2, "中"), (3, "强")]


class Lead(Scoped):
    """What a check saw in a stretch of hours (线索): once a station, check, item and stretch. Never a verdict."""

    class State(models.TextChoices):
        OPEN = "open", "待核查"
        DISMISSED = "dismissed", "已排除"
        CASE = "case", "已立件核查"

    station = models.ForeignKey("sites.Station", models.PROTECT, related_name="leads", verbose_name="站点")
    check_name = models.CharField("检查", max_length=20)
    title = models.CharField(max_length=40)
    item = models.CharField("项目", max_length=20, blank=True)
    start = models.DateTimeField("首个小时")
    stop = models.DateTimeField("末个小时")
    strength = models.PositiveSmallIntegerField("强弱", choices=STRENGTH)
    words = models.TextField("看到什么")
    touches = models.CharField("可能涉及", max_length=120, blank=True)
    rule_out = models.CharField("先排除", max_length=200, blank=True)
    numbers = models.JSONField(default=dict)
    plot = models.JSONField(default=dict)  # {hour: [...], name: [...]}, hour 0 is `plot_from`
    plot_from = models.DateTimeField(null=True)
    screening = models.CharField("筛查", max_length=60)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField("首次发现")
    seen_at = models.DateTimeField("最近发现")
    by = models.ForeignKey("base.Person", models.PROTECT, null=True, related_name="+", verbose_name="处理人")
    at = models.DateTimeField("处理时间", null=True)
    reason = models.CharField("处理理由", max_length=300, blank=True)
    case = models.ForeignKey("cases.Case", models.PROTECT, null=True, blank=True, related_name="leads", verbose_name="核查单")

    scope_area = "station__area"
    scope_organisations = ()

    class Meta:
        verbose_name = "质量线索"
        ordering = ["-strength", "-stop", "-id"]
        indexes = [models.Index(fields=["station", "check_name", "item", "start"]), models.Index(fields=["state", "-strength"])]
        permissions = [("review_lead", "核查数据质量线索")]
        constraints = [models.UniqueConstraint(fields=["station", "check_name", "item", "start"], name="one_lead_a_start")]

    def __str__(self) -> str:
        return f"{self.station.name}{self.item}{self.title}"

    @property
    def saw(self) -> str:
        """What was seen, without the name of the check before and what to rule out behind: a row shows those beside it."""
        return self.words.partition("：")[2].partition("。先排除")[0] or self.words


class Mark(Scoped):
    """An interval in which values of a station do not count, or do after all (数据标记、人工审核). The values stay as they came."""

    class Kind(models.TextChoices):
        MAINTENANCE = "M", "维护"
        CALIBRATION = "C", "校准"
        STOP = "F", "停运"
        FAULT = "D", "故障"
        INVALID = "X", "审核无效"
        VALID = "N", "审核有效"

    class Source(models.TextChoices):
        PERSON = "person", "人工登记"
        DEVICE = "device", "设备上报"

    class State(models.TextChoices):
        FILED = "filed", "待审核"
        IN_FORCE = "in_force", "生效"
        REFUSED = "refused", "未同意"
        WITHDRAWN = "withdrawn", "已撤销"

    station = models.ForeignKey("sites.Station", models.PROTECT, related_name="marks", verbose_name="站点")
    kind = models.CharField("标记", max_length=1, choices=Kind.choices)
    items = models.JSONField("项目", default=list, blank=True)  # empty: every item of the station
    start = models.DateTimeField("起")
    end = models.DateTimeField("止")
    source = models.CharField("来源", max_length=8, choices=Source.choices, default=Source.PERSON)
    reason = models.CharField("理由", max_length=300)
    evidence = models.ForeignKey("base.Attachment", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="佐证")
    lead = models.ForeignKey(Lead, models.PROTECT, null=True, blank=True, related_name="marks", verbose_name="线索")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.FILED)
    effect = models.JSONField("影响", default=dict)  # what it changes, as counted when it was filed
    reviewers = models.PositiveSmallIntegerField("须几人同意", default=1)
    by = models.ForeignKey("base.Person", models.PROTECT, null=True, related_name="+", verbose_name="登记人")
    at = models.DateTimeField("登记时间")
    decided_at = models.DateTimeField("生效或退回时间", null=True)

    scope_area = "station__area"
    scope_organisations = ("station__responsible",)

    class Meta:
        verbose_name = "数据标记"
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["station", "state", "start"])]
        permissions = [("file_mark", "登记数据标记"), ("review_mark", "审核数据标记")]

    def __str__(self) -> str:
        return f"{self.station.name}{self.get_kind_display()}"

    @property
    def covered(self) -> tuple[str, ...]:
        """Items it speaks of."""
        return tuple(self.items) or self.station.measured

    def hours(self) -> list[datetime]:
        """End labels of the hours it covers: those it leaves fewer than 45 minutes of (GB 3095 表4, HJ 212 附录 D)."""
        first = self.start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        found, at = [], first
        while at - timedelta(hours=1) < self.end:
            if min(at, self.end) - max(at - timedelta(hours=1), self.start) > timedelta(minutes=15):
                found.append(at)
            at += timedelta(hours=1)
        return found


class MarkReview(models.Model):
    """What one reviewer said of a mark (审核意见)."""

    mark = models.ForeignKey(Mark, models.PROTECT, related_name="reviews")
    by = models.ForeignKey("base.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    step = models.CharField(max_length=8, choices=[("agree", "同意"), ("refuse", "不同意"), ("withdraw", "撤销")])
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["mark", "by", "step"], name="one_say_a_reviewer")]
