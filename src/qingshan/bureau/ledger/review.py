"""Questions of a review: what stands, what is in doubt, what could be accepted at once, how the page is cut into sheets."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from django.db.models import F, QuerySet

from qingshan.bureau.base.models import Person
from qingshan.bureau.ledger import memory, shapes
from qingshan.bureau.ledger.models import Finding, Plan, Remembered, ReviewStep, Task, UnreadFile
from qingshan.plans import System, systems_of

SHEET = 6000
"""characters of a plan shown at once; a longer one is cut into sheets at its paragraphs"""
ITEMS = (Finding.Kind.TARGET, Finding.Kind.TASK)
MINOR = ("no_lead_unit", "no_count_rule")
"""notes that do not keep a finding from being accepted in bulk: the ledger shows both"""
DOUBTS = {"any": "有疑点", "none": "无疑点", "memory": "有上次的做法"}


def sees_all(person: Person) -> bool:
    return person.has_perm("ledger.review_plan") and person.scope_areas() is None


def seen(person: Person, plan: Plan) -> QuerySet[Finding]:
    """The findings this person sees: all that stand for those who review, else only those behind the person's own rows."""
    found = plan.findings.standing()
    return found if sees_all(person) else found.filter(task__in=Task.objects.within(person).values("pk"))


def rows(person: Person, plan: Plan) -> list:
    """All the findings a person sees, in the order of the text, light: `pk kind start end state version quiet code place task`.

    A long plan has ten thousand and more, so nothing that has to be unpacked is read.
    """
    found = seen(person, plan).annotate(entered=F("task__pk")).order_by("start", "end", "pk")
    return list(found.values_list("pk", "kind", "start", "end", "state", "version", "quiet", "code", "place", "entered", named=True))


def findings(person: Person, plan: Plan, pks: Iterable[int] | None = None) -> list[Finding]:
    """Findings whole, all that a person sees or those named."""
    found = seen(person, plan).select_related("task", "reviewed_by")
    whole = list(found if pks is None else found.filter(pk__in=list(pks)))
    for finding in whole:
        finding.plan = plan
    return whole


def progress(all_: list) -> dict[str, int]:
    """How far the review is, in numbers."""
    items = [row for row in all_ if row.kind in ITEMS]
    reviewed = sum(row.state != Finding.State.PENDING for row in items)
    return {
        "n_items": len(items), "n_reviewed": reviewed, "n_left": len(items) - reviewed,
        "n_ready": sum(row.state == Finding.State.ACCEPTED and row.entered is None for row in items),
        "n_doubts": sum(row.kind == "doubt" and row.state == Finding.State.PENDING for row in all_),
        "n_unread": sum(row.kind == "unread" and not row.quiet for row in all_),
    }  # fmt: skip


def doubts(all_: Iterable) -> dict[int, list]:
    """The doubts that concern each target or task: those whose places overlap."""
    all_ = list(all_)
    found = sorted((f for f in all_ if f.kind == Finding.Kind.DOUBT), key=lambda f: f.start)
    starts, longest = [d.start for d in found], max((d.end - d.start for d in found), default=0)
    near = {f.pk: found[bisect_left(starts, f.start - longest) : bisect_left(starts, f.end)] for f in all_ if f.kind in ITEMS}
    return {f.pk: [d for d in near[f.pk] if d.end > f.start] for f in all_ if f.kind in ITEMS}


def sure(plan: Plan, all_: list) -> list:
    """All rows that may be accepted without a look of their own: nothing masked, nothing unmatched, no doubt, nothing remembered."""
    about, waiting = doubts(all_), [row for row in all_ if row.kind in ITEMS and row.state == Finding.State.PENDING and row.entered is None]
    calm = [row for row in waiting if not row.code and all(d.code in MINOR or d.state != Finding.State.PENDING for d in about[row.pk])]
    unmatched = set(plan.findings.items().exclude(fields__units_text="").values_list("pk", flat=True))
    remembered = set(memory.known(plan, calm))
    if remembered:
        remembered = set(memory.proposals(plan, _whole(plan, remembered)))
    remembered |= shapes.concerned(shapes.proposed(plan, all_))
    return [row for row in calm if row.pk not in unmatched and row.pk not in remembered]


def _whole(plan: Plan, pks: Iterable[int]) -> list[Finding]:
    found = list(plan.findings.filter(pk__in=list(pks)))
    for finding in found:
        finding.plan = plan
    return found


def seal(all_: Iterable) -> str:
    """A fingerprint of findings and their versions: what a person saw is what is accepted."""
    return hashlib.sha256(",".join(f"{f.pk}:{f.version}" for f in sorted(all_, key=lambda f: f.pk)).encode()).hexdigest()[:24]


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


KINDS = {
    "platform": "平台、系统", "network": "网络", "ledger": "台账", "list": "清单、名录", "forecast": "预报", "alarm": "预警",
    "ranking": "排名", "assessment": "考核、评估", "index": "指数", "plan_doc": "文件", "rule": "规则", "programme": "行动、工程",
    "scheme": "做法", "org": "机构", "channel": "渠道", "mechanism": "机制、制度",
}  # fmt: skip


@dataclass(frozen=True)
class Named:
    """A named system of a plan and the paragraphs that name it, each with its sheet."""

    name: str
    kind: str
    places: list[tuple[int, int]]


def systems(plan: Plan, parts: list[Sheet]) -> list[Named]:
    """Named systems, schemes and papers of a plan (体系), in the order of the text."""
    rows, found = plan.paragraphs, []
    starts = [row[1] for row in rows]
    for one in _systems(plan.text):
        at = [rows[max(0, bisect_right(starts, start) - 1)][0] if rows else 1 for start, _ in one.mentions]
        places = dict(zip(at, [sheet_at(parts, start).number for start, _ in one.mentions], strict=True))
        found.append(Named(one.name, KINDS.get(one.kind, one.kind), list(places.items())))
    return found


@lru_cache(maxsize=8)
def _systems(text: str) -> tuple[System, ...]:
    return systems_of(text)


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

    def passes(self, plan: Plan, row, about: list, is_remembered: bool) -> bool:
        """Whether a finding is shown."""
        if self.state and row.state != self.state:
            return False
        if self.doubt:
            in_doubt = any(d.state == Finding.State.PENDING for d in about) or row.code == "masked" or row.kind == "doubt"
            if not {"any": in_doubt, "none": not in_doubt, "memory": is_remembered}[self.doubt]:
                return False
        return not self.q or "".join(self.q.split()).lower() in "".join(plan.text[row.start : row.end].split()).lower()


def last_step(person: Person, plan: Plan) -> ReviewStep | None:
    """The person's own last step in this plan that was not taken back."""
    return plan.steps.filter(by=person, undone=None).first()


def remembered() -> QuerySet[Remembered]:
    """What is remembered, newest first; the forgotten too, so that it can be recalled."""
    return Remembered.objects.select_related("finding__plan", "by").order_by(F("forgotten").asc(nulls_first=True), "-at", "-pk")


def unread_files() -> QuerySet[UnreadFile]:
    """Uploads that could not be read and that nobody has dealt with yet."""
    return UnreadFile.objects.filter(handled=None).select_related("by", "original")
