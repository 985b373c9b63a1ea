"""A plan document and what was found in it (计划文件、识读结果)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from qingshan.bureau.base.scope import Scoped


class Plan(Scoped):
    """A document whose targets and tasks are followed (计划文件), its original kept beside the text that was read.

    The bureau reads every plan; another unit those that give it something to do. `paragraphs` are rows [number, start, end, kind].
    """

    title = models.CharField("文件标题", max_length=200)
    number = models.CharField("文号", max_length=60, blank=True)
    issuer = models.CharField("印发单位", max_length=100, blank=True)
    issued = models.DateField("成文日期", null=True, blank=True)
    index_number = models.CharField("索引号", max_length=60, blank=True)
    published = models.DateField("发布日期", null=True, blank=True)
    validity = models.CharField("有效性", max_length=20, blank=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="newer", verbose_name="代替的旧版")
    year = models.PositiveSmallIntegerField("年度")
    original = models.ForeignKey("base.Attachment", models.PROTECT, related_name="+", verbose_name="原件")
    sha256 = models.CharField("原件指纹", max_length=64, unique=True)
    kind = models.CharField("格式", max_length=10)
    text = models.TextField("识读文本")
    paragraphs = models.JSONField("段落", default=list)
    warnings = models.JSONField("读入提示", default=list, blank=True)
    uploaded = models.DateTimeField("上传时间")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人")

    scope_area = ""
    scope_organisations = ("tasks__leads", "tasks__coops")

    class Meta:
        verbose_name = "计划文件"
        ordering = ["-year", "-issued", "-id"]
        permissions = [("upload_plan", "上传计划文件"), ("review_plan", "核对识读结果、入台账")]
        indexes = [models.Index(fields=["number"])]

    def __str__(self) -> str:
        return self.title

    @property
    def short(self) -> str:
        """《要点》 for 《青川区2026年生态环境保护工作要点》, for places where a row has little room."""
        for word in ("要点", "计划", "方案", "责任书", "规划", "通知", "意见"):
            if self.title.endswith(word):
                return word
        return self.title[:8]


class FindingQuerySet(models.QuerySet):
    def standing(self) -> FindingQuerySet:
        """Findings that count: not those that were merged, split or taken back."""
        return self.filter(retired=False)

    def items(self) -> FindingQuerySet:
        """What can become a row of the ledger."""
        return self.standing().filter(kind__in=[Finding.Kind.TARGET, Finding.Kind.TASK])


class Finding(models.Model):
    """One place of a plan's text that means something, as the reader or a person marked it (识读结果).

    `read` is what the reader found and is never edited; `fields` is what stands now. `start` and `end` count code points of
    `Plan.text`, end exclusive; `quiet` and `code` (of a doubt; “masked” of an item) repeat what `read` says, to be asked for by the
    thousand. A place made of several has them in `spans` and its hull in `start`, `end`; what it was made of
    is `sources`, and those are `retired`. `version` rises with every change, so that two reviewers notice each other.
    """

    class Kind(models.TextChoices):
        TARGET = "target", "目标"
        TASK = "task", "任务"
        DOUBT = "doubt", "疑点"
        UNREAD = "unread", "未识读"

    class State(models.TextChoices):
        PENDING = "pending", "待确认"
        ACCEPTED = "accepted", "已确认"
        REJECTED = "rejected", "不入账"

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="findings")
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    start = models.PositiveIntegerField("起")
    end = models.PositiveIntegerField("止")
    paragraph = models.PositiveIntegerField("段")
    place = models.CharField("出处", max_length=60, blank=True)
    heading_path = models.JSONField("所在章节", default=list, blank=True)
    spans = models.JSONField("各处起止", default=list, blank=True)
    sources = models.JSONField("由哪几处而来", default=list, blank=True)
    read = models.JSONField("识读字段", default=dict)
    fields = models.JSONField("现字段", default=dict)
    state = models.CharField("核对", max_length=10, choices=State.choices, default=State.PENDING)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="补录人")
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核对人"
    )
    reviewed = models.DateTimeField("核对时间", null=True, blank=True)
    retired = models.BooleanField("已并入、拆开或撤下", default=False)
    quiet = models.BooleanField("按规则不取", default=False)
    code = models.CharField("疑点代码", max_length=20, blank=True)
    version = models.PositiveIntegerField("改动次数", default=1)

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = "识读结果"
        ordering = ["start", "end", "id"]
        indexes = [models.Index(fields=["plan", "kind", "state"])]

    def __str__(self) -> str:
        return self.text[:40]

    @property
    def text(self) -> str:
        """The words of the plan at this place, read from the kept text every time."""
        return self.plan.text[self.start : self.end]

    @property
    def places(self) -> list[tuple[int, int]]:
        """Every run of the text that belongs to it."""
        return [(a, b) for a, b in self.spans] or [(self.start, self.end)]

    @property
    def is_item(self) -> bool:
        return self.kind in (self.Kind.TARGET, self.Kind.TASK)


class ReviewStep(models.Model):
    """One step of a review (核对的一步), with what stood before it, so that it can be taken back.

    `before` are the touched findings as they stood, `after` their and the new ones' versions once it was done, `made` the new ones.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="steps")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="核对人")
    at = models.DateTimeField("时间")
    act = models.CharField("做了什么", max_length=20)
    words = models.CharField("说明", max_length=200, blank=True)
    before = models.JSONField("之前", default=list)
    after = models.JSONField("之后", default=dict)
    made = models.JSONField("新成的", default=list)
    undone = models.DateTimeField("撤回时间", null=True, blank=True)

    class Meta:
        verbose_name = "核对步骤"
        ordering = ["-id"]
        indexes = [models.Index(fields=["plan", "by"])]

    def __str__(self) -> str:
        return f"{self.act}：{self.words}"


class Remembered(models.Model):
    """What a person made of a wording (记住的更正), proposed where a later plan says the same.

    `mark` is the fingerprint of the wording without spaces, width, list number and closing stop. `fields` are only those corrected; of
    a deadline the day and how many years after the plan's. Of a split, `pieces` are the wordings of its two parts; of a merge, the
    wording of what followed. A memory that gave way to a newer one knows it in `replaced_by`, so that taking the newer back revives it.
    """

    class Act(models.TextChoices):
        CORRECT = "", "更正"
        MERGE = "merge", "合并"
        SPLIT = "split", "拆分"

    act = models.CharField("做法", max_length=10, choices=Act.choices, blank=True, default=Act.CORRECT)
    pieces = models.JSONField("各部分的话", default=list, blank=True)
    kind = models.CharField("类别", max_length=10, choices=Finding.Kind.choices)
    mark = models.CharField("句子指纹", max_length=64, db_index=True)
    text = models.TextField("句子")
    fields = models.JSONField("更正", default=dict)
    left_out = models.BooleanField("不入账", default=False)
    finding = models.ForeignKey(Finding, models.CASCADE, related_name="+", verbose_name="出处")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="更正人")
    at = models.DateTimeField("时间")
    step = models.ForeignKey(ReviewStep, models.SET_NULL, null=True, blank=True, related_name="remembered")
    forgotten = models.DateTimeField("不再提示", null=True, blank=True)
    replaced_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="replaced", verbose_name="让位于")

    class Meta:
        verbose_name = "记住的更正"
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.text[:40]


class UnreadFile(models.Model):
    """An upload that could not be read (没有读成的文件): why, and the original where it was safe to keep."""

    name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField("指纹", max_length=64, blank=True, db_index=True)
    size = models.BigIntegerField("大小")
    reason = models.CharField("原因", max_length=400)
    original = models.ForeignKey("base.Attachment", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="原件")
    not_kept = models.CharField("没有保留原件的原因", max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人")
    at = models.DateTimeField("时间")
    handled = models.DateTimeField("已处理", null=True, blank=True)

    class Meta:
        verbose_name = "没有读成的文件"
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.name
