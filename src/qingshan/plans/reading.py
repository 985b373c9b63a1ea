"""What a reading of a plan holds (识读结果). Every piece leads back to its characters: ``text == source[start:end]``."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

OPERATORS = (">=", "<=", "=", "<", ">", "approx", "increase", "decrease", "maintain")
CHECKS = ("quantified", "milestone", "ongoing", "recurring", "conditional", "implement_doc")

REASONS = {  # why a clause became no target, task or result
    "BOIL": "页眉页脚、网站外壳、落款",
    "PRE": "开头、指导思想、总体要求、摘要",
    "HEAD": "标题",
    "UMB": "总括句，后有具体措施",
    "PUR": "目的、效果",
    "MAN": "方式、依据",
    "SLO": "原则、口号、政治表述",
    "GEN": "没有可核对的对象或活动",
    "LVL": "泛指提升能力、水平",
    "ROL": "发挥作用、职责",
    "CTX": "属于相邻语句的成分",
    "NEWS": "会议、活动报道",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of the source with its place. Offsets are code points, ``end`` exclusive; paragraphs are numbered from 1."""

    start: int
    end: int
    text: str
    paragraph: int
    heading_path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure of a task (数量): ``value`` in ``unit`` with 万、亿 worked in; ``value`` None when masked or lost."""

    value: float | None
    unit: str | None
    operator: str
    text: str


@dataclass(frozen=True, slots=True)
class Target(Piece):
    """A named indicator and the criterion it must meet (目标)."""

    indicator: str
    indicator_key: str | None  # the platform's indicator, e.g. pm2_5_mean
    operator: str | None
    value: float | None
    unit: str | None
    value_kind: str
    value_text: str
    value_ref: str | None  # who or what sets the figure, when the text leaves it to another
    scope: str | None
    period: str  # "2021" or "2021-01/2021-06"
    aspirational: bool  # 力争、尽最大努力
    masked: bool  # xx, ××, (): never guessed
    same_as: int | None = None  # index of the earlier target it repeats


@dataclass(frozen=True, slots=True)
class Task(Piece):
    """A checkable piece of work (任务)."""

    verb: str
    object: str
    items: tuple[str, ...]
    quantity: Quantity | None
    deadline: str | None  # ISO date; None: the end of the plan's year
    deadline_text: str | None
    recurrence: str | None  # daily weekly ten_day monthly quarterly half_year yearly periodic dynamic per_case
    recurrence_text: str | None
    lead_units: tuple[str, ...]
    coop_units: tuple[str, ...]
    executor: str | None
    check: str
    status: str  # planned, or in_progress in a report
    topic: str
    masked: bool
    verb_inherited: bool
    same_as: int | None = None


@dataclass(frozen=True, slots=True)
class Result(Piece):
    """A reported figure or finished thing (结果)."""

    subject: str
    value: float | None
    unit: str | None
    operator: str | None
    value_kind: str  # number, rank, milestone
    status: str  # completed, in_progress, reported
    period: str


@dataclass(frozen=True, slots=True)
class System(Piece):
    """A named system, scheme or way of working (体系、机制), at the first place that names it."""

    name: str
    kind: str  # platform network ledger list forecast alarm ranking assessment index plan_doc rule programme scheme org channel mechanism
    mentions: tuple[tuple[int, int], ...]  # all its places, the first among them


@dataclass(frozen=True, slots=True)
class Finding(Piece):
    """Something a person should look at before accepting the plan (审读提示)."""

    code: str  # masked lost_number cut_sentence unmeasurable no_lead_unit pending_reference no_deadline
    level: str  # warning, note
    message: str
    advice: str


@dataclass(frozen=True, slots=True)
class Unread(Piece):
    """A clause that became nothing, and why (未取语句)."""

    reason: str  # a key of REASONS


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; ``paragraph`` is where it stands."""

    level: int
    text: str
    start: int
    end: int
    paragraph: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the source (lines that a page break cut are one), numbered from 1."""

    number: int
    start: int
    end: int
    kind: str  # title heading body table boilerplate


@dataclass(frozen=True)
class Reading:
    """All that was read of one document."""

    kind: str  # plan, report, news, other
    title: str
    year: int | None
    paragraphs: tuple[Paragraph, ...] = ()
    headings: tuple[Heading, ...] = ()
    targets: tuple[Target, ...] = ()
    tasks: tuple[Task, ...] = ()
    results: tuple[Result, ...] = ()
    findings: tuple[Finding, ...] = ()
    unread: tuple[Unread, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    systems: tuple[System, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain lists and dicts, keys in the order of the fields, for JSON."""
        plain: dict[str, Any] = _plain(self)
        return plain


def _plain(thing: Any) -> Any:
    if is_dataclass(thing) and not isinstance(thing, type):
        return {f.name: _plain(getattr(thing, f.name)) for f in fields(thing)}
    if isinstance(thing, tuple):
        return [_plain(x) for x in thing]
    return thing
