"""Questions of a review: what stands, what is in doubt, what could be accepted at once, how the page is cut into sheets."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import QuerySet

from qingshan.bureau.base.models import Person
from qingshan.bureau.ledger import fields as rules
from qingshan.bureau.ledger.memory import Proposal
from qingshan.bureau.ledger.models import Finding, Plan, Remembered, ReviewStep, Task, UnreadFile

SHEET = 9000
"""characters of a plan shown at once; a longer one is cut into sheets at its paragraphs"""
MINOR = ("no_lead_unit", "no_count_rule")
"""notes that do not keep a finding from being accepted in bulk: the ledger shows both"""
DOUBTS = {"any": "有疑点", "none": "无疑点", "memory": "有上次的更正"}


def sees_all(person: Person) -> bool:
    return person.has_perm("ledger.review_plan") and person.scope_areas() is None


def findings(person: Person, plan: Plan) -> list[Finding]:
    """The findings this person sees: all that stand for those who review, else only those behind the person's own rows."""
    found = plan.findings.standing().select_related("task", "reviewed_by")
    if not sees_all(person):
        found = found.filter(task__in=Task.objects.within(person).values("pk"))
    rows = list(found)
    for finding in rows:
        finding.plan = plan
    return rows


def progress(person: Person, plan: Plan) -> dict[str, int]:
    """How far the review is, in numbers."""
    found = plan.findings.standing()
    if not sees_all(person):
        found = found.filter(task__in=Task.objects.within(person).values("pk"))
    rows = list(found.values_list("kind", "state", "task__pk", "read__quiet"))
    items = [row for row in rows if row[0] in ("target", "task")]
    reviewed = sum(state != Finding.State.PENDING for _, state, _, _ in items)
    return {
        "n_items": len(items), "n_reviewed": reviewed, "n_left": len(items) - reviewed,
        "n_ready": sum(state == Finding.State.ACCEPTED and task is None for _, state, task, _ in items),
        "n_doubts": sum(kind == "doubt" and state == Finding.State.PENDING for kind, state, _, _ in rows),
        "n_unread": sum(kind == "unread" and not quiet for kind, _, _, quiet in rows),
    }  # fmt: skip


def doubts(rows: Iterable[Finding]) -> dict[int, list[Finding]]:
    """The doubts that concern each target or task: those whose places overlap."""
    rows = list(rows)
    found = sorted((f for f in rows if f.kind == Finding.Kind.DOUBT), key=lambda f: f.start)
    starts, longest = [d.start for d in found], max((d.end - d.start for d in found), default=0)
    near = {f.pk: found[bisect_left(starts, f.start - longest) : bisect_left(starts, f.end)] for f in rows if f.is_item}
    return {f.pk: [d for d in near[f.pk] if _meet(d, f)] for f in rows if f.is_item}


def _meet(doubt: Finding, item: Finding) -> bool:
    return any(doubt.start < end and doubt.end > start for start, end in item.places)


def is_sure(finding: Finding, about: list[Finding], proposal: Proposal | None) -> bool:
    """Whether a finding may be accepted without a look of its own: nothing masked, nothing unmatched, no doubt, nothing remembered."""
    loud = [d for d in about if d.fields.get("code") not in MINOR and d.state == Finding.State.PENDING]
    return (
        finding.is_item and finding.state == Finding.State.PENDING and not loud and proposal is None and not rules.is_masked(finding)
        and not finding.fields.get("units_text") and bool(finding.fields.get("title"))
    )  # fmt: skip


def sure(rows: list[Finding], about: dict[int, list[Finding]], proposed: dict[int, Proposal]) -> list[Finding]:
    """All findings that may be accepted at once."""
    return [f for f in rows if f.is_item and is_sure(f, about[f.pk], proposed.get(f.pk)) and not hasattr(f, "task")]


def seal(rows: Iterable[Finding]) -> str:
    """A fingerprint of findings and their versions: what a person saw is what is accepted."""
    return hashlib.sha256(",".join(f"{f.pk}:{f.version}" for f in sorted(rows, key=lambda f: f.pk)).encode()).hexdigest()[:24]


@dataclass(frozen=True)
class Sheet:
    """A part of a plan's text that is shown at once: its paragraphs, and the text from `start` to `end`."""

    number: int
    start: int
    end: int
    paragraphs: list[list]


def sheets(plan: Plan) -> list[Sheet]:
    """The plan's text in parts of about SHEET characters, cut between paragraphs."""
    made: list[Sheet] = []
    rows: list[list] = []
    for row in plan.paragraphs:
        if rows and row[2] - rows[0][1] > SHEET:
            made.append(Sheet(len(made) + 1, rows[0][1], rows[-1][2], rows))
            rows = []
        rows.append(row)
    if rows:
        made.append(Sheet(len(made) + 1, rows[0][1], rows[-1][2], rows))
    return made or [Sheet(1, 0, len(plan.text), [[1, 0, len(plan.text), "body"]])]


def sheet_at(parts: list[Sheet], place: int) -> Sheet:
    """The sheet in which a place of the text lies."""
    return parts[max(0, bisect_right(parts, place, key=lambda s: s.start) - 1)]


@dataclass(frozen=True)
class Filters:
    """What the list of findings is narrowed to."""

    q: str = ""
    state: str = ""
    doubt: str = ""

    @classmethod
    def read(cls, data) -> Filters:
        state, doubt = data.get("state", ""), data.get("doubt", "")
        return cls(data.get("q", "").strip()[:60], state if state in Finding.State.values else "", doubt if doubt in DOUBTS else "")

    @property
    def query(self) -> str:
        return urlencode({name: value for name, value in (("q", self.q), ("state", self.state), ("doubt", self.doubt)) if value})

    def passes(self, finding: Finding, about: list[Finding], proposal: Proposal | None) -> bool:
        """Whether a finding is shown."""
        if self.state and finding.state != self.state:
            return False
        if self.doubt:
            in_doubt = bool([d for d in about if d.state == Finding.State.PENDING]) or rules.is_masked(finding) or finding.kind == "doubt"
            if not {"any": in_doubt, "none": not in_doubt, "memory": proposal is not None}[self.doubt]:
                return False
        said = "".join(f"{finding.text}{finding.fields.get('title', '')}{finding.fields.get('message', '')}".split()).lower()
        return not self.q or "".join(self.q.split()).lower() in said


def last_step(person: Person, plan: Plan) -> ReviewStep | None:
    """The person's own last step in this plan that was not taken back."""
    return plan.steps.filter(by=person, undone=None).first()


def remembered() -> QuerySet[Remembered]:
    """What is remembered, newest first; the forgotten too, so that it can be recalled."""
    return Remembered.objects.select_related("finding__plan", "by").order_by("forgotten", "-at", "-pk")


def unread_files() -> QuerySet[UnreadFile]:
    """Uploads that could not be read and that nobody has dealt with yet."""
    return UnreadFile.objects.filter(handled=None).select_related("by", "original")
