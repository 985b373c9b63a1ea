"""Issues of bulletins (通报期次): drafted, numbered, published and then unchanging."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.scope import ScopedQuerySet


class IssueQuerySet(ScopedQuerySet):
    """What is published is for everyone who signs in, that of one township for its own people; drafts are for the bureau."""

    def within(self, person) -> IssueQuerySet:
        areas = person.scope_areas()
        if areas is None:
            return self
        mine = self.filter(models.Q(area=None) | models.Q(area__in=areas))
        return mine.filter(state__in=(Issue.State.PUBLISHED, Issue.State.WITHDRAWN, Issue.State.REPLACED))


class Issue(models.Model):
    """One bulletin (一期通报). Its content is kept as it was written; once published nothing of it changes but its state."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        NUMBERED = "numbered", "待签发"
        PUBLISHED = "published", "已发布"
        WITHDRAWN = "withdrawn", "已撤回"
        REPLACED = "replaced", "已更正"

    template = models.CharField("模板", max_length=60)
    title = models.CharField("标题", max_length=120)
    period = models.CharField("时段", max_length=30)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.DRAFT)
    area = models.ForeignKey("base.Area", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="镇街")
    as_of = models.DateField("台账日期", null=True, blank=True)
    series = models.CharField("代字", max_length=30)
    number_form = models.CharField("编号写法", max_length=60, default="{series}〔{year}〕{number}号")
    year = models.PositiveSmallIntegerField("年度", null=True, blank=True)
    number = models.PositiveIntegerField("期号", null=True, blank=True)
    written = models.JSONField("手写段落", default=dict)
    kept = models.JSONField("保留原数", default=dict)
    content = models.JSONField("内容")
    run = models.ForeignKey(
        "indicators.AssessmentRun", models.PROTECT, null=True, blank=True, related_name="issues", verbose_name="评价批次"
    )
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name="更正")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="起草人")
    drafted = models.DateTimeField("起草时间")
    changed = models.DateTimeField("最近改动")
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签发人")
    published = models.DateTimeField("发布时间", null=True, blank=True)
    word = models.ForeignKey("base.Attachment", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="Word")
    pdf = models.ForeignKey("base.Attachment", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="PDF")
    sheet = models.ForeignKey("base.Attachment", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="Excel")
    reason = models.CharField("撤回原因", max_length=200, blank=True)

    objects = IssueQuerySet.as_manager()

    class Meta:
        verbose_name = "通报"
        ordering = ["-drafted", "-pk"]
        permissions = [("draft_issue", "起草通报"), ("sign_issue", "签发、撤回通报")]
        constraints = [models.UniqueConstraint(fields=["series", "year", "number"], name="one_number_an_issue")]

    def __str__(self) -> str:
        return f"{self.title}（{self.document_number or self.get_state_display()}）"

    @property
    def document_number(self) -> str:
        """发文字号, as GB/T 9704 writes it: 青环通〔2026〕16号; of a 专报 第16期."""
        return self.number_form.format(series=self.series, year=self.year, number=self.number) if self.number else ""

    @property
    def is_frozen(self) -> bool:
        return self.state in (self.State.PUBLISHED, self.State.WITHDRAWN, self.State.REPLACED)

    FROZEN = (
        "template",
        "title",
        "period",
        "area_id",
        "as_of",
        "series",
        "number_form",
        "year",
        "number",
        "written",
        "kept",
        "content",
        "run_id",
        "published",
        "word_id",
        "pdf_id",
        "sheet_id",
    )

    def save(self, *args, **kwargs):
        """A published issue keeps every word and figure: only its state and the reason for it may change."""
        if self.pk and not self._state.adding:
            before = type(self).objects.filter(pk=self.pk).values("state", *self.FROZEN).first()
            if before and before["state"] in (self.State.PUBLISHED, self.State.WITHDRAWN, self.State.REPLACED):
                moved = [name for name in self.FROZEN if before[name] != getattr(self, name)]
                if moved:
                    raise Refused(f"{self.document_number}已发布，内容不能改动；有误请“更正”，另发一期")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        if self.number:
            raise Refused(f"{self.document_number}已编号，不能删除；请撤回并写明原因")
        return super().delete(*args, **kwargs)


class Counter(models.Model):
    """The running number of a series in a year (期号). Its row is the lock under which numbers are given."""

    series = models.CharField(max_length=30)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "发文流水号"
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="one_counter_a_series_year")]

    def __str__(self) -> str:
        return f"{self.series}〔{self.year}〕{self.last}"
