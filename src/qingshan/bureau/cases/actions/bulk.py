"""Many cases at once (批量办理): each is its own action; what could not be done is said, case by case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile

from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.cases.actions import handing
from qingshan.bureau.cases.actions.proofs import add_proof, withdraw_proof
from qingshan.bureau.cases.actions.reversing import undo
from qingshan.bureau.cases.actions.steps import take_step
from qingshan.bureau.cases.models import Case, Proof

MOST = 200
"""cases at once"""


@dataclass(frozen=True)
class Result:
    """How one case fared: `words` say why not, empty when done; `back` is what a reverse step takes back: ``event:12``, ``proof:7``."""

    number: str
    words: str = ""
    back: str = ""


@dataclass
class Outcome:
    """How each case fared, in the order chosen."""

    rows: list[Result] = field(default_factory=list)

    @property
    def done(self) -> int:
        return sum(not row.words for row in self.rows)

    @property
    def refused(self) -> list[str]:
        return [f"{row.number}：{row.words}" for row in self.rows if row.words]


def _each(numbers: Iterable[str], act: Callable[[str], Case | Proof | None]) -> Outcome:
    numbers = list(dict.fromkeys(numbers))
    if not numbers:
        raise Refused("请先勾选要办的事项")
    if len(numbers) > MOST:
        raise Refused(f"一次最多办 {MOST} 件，选了 {len(numbers)} 件")
    outcome = Outcome()
    for number in numbers:
        try:
            outcome.rows.append(Result(number, back=_back(act(number))))
        except (Refused, PermissionDenied, LookupError) as no:
            outcome.rows.append(Result(number, str(no) or "不能办"))
        except Case.DoesNotExist:
            outcome.rows.append(Result(number, "没有这件事项"))
    return outcome


def _back(done: Case | Proof | None) -> str:
    """What takes it back: the proof given, or the event of the case that keeps how it stood before."""
    if isinstance(done, Proof):
        return f"proof:{done.pk}"
    event = done.events.filter(before__isnull=False).order_by("-at", "-id").first() if done else None
    return f"event:{event.pk}" if event else ""


def step_many(numbers: Iterable[str], name: str, *, by: Person, note: str = "", answers: dict[str, str] | None = None) -> Outcome:
    """Take the same step in each."""
    return _each(numbers, lambda number: take_step(number, name, by=by, note=note, answers=answers))


def prove_many(
    numbers: Iterable[str], kind: str, upload: UploadedFile | None = None, *, by: Person, details: Mapping[str, str] | None = None
) -> Outcome:
    """Give the same proof to each: one publication or one document for a whole list."""
    return _each(numbers, lambda number: add_proof(number, kind, upload, by=by, details=details))


def publish_many(numbers: Iterable[str], link: str, day: str, *, by: Person) -> Outcome:
    """Give each its own declared publication (公开链接), whatever its workflow calls it."""

    def publish(number: str) -> Proof:
        case = Case.objects.within(by).get(number=number)
        kind = next((name for name, wanted in case.declared.proof.items() if wanted.type == "link"), None)
        if kind is None:
            raise Refused(f"“{case.declared.title}”不要公开链接")
        return add_proof(number, kind, by=by, details={"link": link, "day": day})

    return _each(numbers, publish)


def transfer_many(numbers: Iterable[str], to: Organisation, *, by: Person, reason: str) -> Outcome:
    """Hand each to another unit."""
    return _each(numbers, lambda number: handing.transfer(number, to, by=by, reason=reason))


def join_many(numbers: Iterable[str], helpers: Iterable[Organisation], *, by: Person, reason: str = "") -> Outcome:
    """Let these units help with each, beside those that do."""
    helpers = list(helpers)
    return _each(numbers, lambda number: handing.join(number, helpers, by=by, reason=reason, add=True))


def ask_extension_many(numbers: Iterable[str], span: int, *, by: Person, reason: str) -> Outcome:
    """Ask for more time for each."""
    return _each(numbers, lambda number: handing.ask_extension(number, span, by=by, reason=reason))


def extend_many(numbers: Iterable[str], span: int, *, by: Person, reason: str) -> Outcome:
    """Put the limits of each off, by its own rule."""
    return _each(numbers, lambda number: handing.extend(number, span, by=by, reason=reason))


def undo_many(backs: Mapping[str, str], *, by: Person, reason: str) -> Outcome:
    """Take back what was done to each (number → ``event:12`` or ``proof:7``), by a recorded reverse step; not what came after."""

    def take_back(number: str) -> Case | None:
        kind, _, pk = backs[number].partition(":")
        if kind not in ("event", "proof") or not pk.isdecimal():
            raise Refused("没有可撤回的步骤")
        if kind == "event":
            undo(number, by=by, reason=reason, event=int(pk))
        elif Proof.objects.filter(case__number=number, pk=pk, withdrawn=None).exists():
            withdraw_proof(number, int(pk), by=by)
        else:
            raise Refused("这份佐证已收回")
        return None

    return _each(backs, take_back)
