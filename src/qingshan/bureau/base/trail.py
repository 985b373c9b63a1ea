"""Sealing records (数据存证): rows, batches and files of every app in one chain, with a root each day.

Records are sealed after they are committed, by whichever process comes first; nobody who writes waits for the chain. The head's
row is locked only while digests are linked, so the chain cannot fork, on SQLite or PostgreSQL.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from django.db import connection, models, transaction

from qingshan import seals
from qingshan.bureau.base import audit, clock, packs
from qingshan.bureau.base.models import TrailEntry, TrailHead
from qingshan.terms.registry import Registry

AT_ONCE = 500
FILES = "files"
EVERY_S, FILES_EVERY_S = 10, 60
"""how often the worker seals; what was committed since the last time is not sealed yet"""
LATE = 200
"""how far below the newest sealed row others may still be committing"""


@dataclass(frozen=True)
class Record:
    """What is sealed of one record: its key and content; `parts` of a batch, one short digest a row."""

    key: str
    content: bytes
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stream:
    """One kind of record. `fresh` gives what is not yet sealed, `look` the content now by key (a key that is gone is left out).

    `faults` checks what content alone does not show: (number, sentence) of every entry that does not fit.
    """

    title: str
    fresh: Callable[[], Iterable[Record]]
    look: Callable[[Sequence[TrailEntry]], dict[str, bytes]]
    faults: Callable[[], Iterable[str]] = lambda: ()
    model: type[models.Model] | None = None
    fields: tuple[str, ...] = ()
    """of a stream of rows: the table, and the columns that are sealed"""


streams: Registry[Stream] = Registry("存证类别")


def rows(name: str, model: type[models.Model], fields: Sequence[str] = (), where: models.Q | None = None) -> None:
    """Seal rows of `model` that never change in `fields` (all concrete ones where none is named), those of `where` only.

    Without `where` keys grow, so only the newest are asked for; with it a row may come at any time.
    """
    names = tuple(fields) or tuple(f.attname for f in model._meta.concrete_fields)
    chosen = model._base_manager.filter(where) if where is not None else model._base_manager.all()

    def content(row: dict) -> bytes:
        said = {key: audit.plain(value) for key, value in row.items()}
        return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def fresh() -> Iterator[Record]:
        found = chosen.order_by("pk")
        if where is None:
            have = newest_keys(name)
            found = found.filter(pk__gt=max(map(int, have)) - LATE) if have else found
        else:
            have = set(sealed_keys(name).values_list("key", flat=True))
        missing = [pk for pk in found.values_list("pk", flat=True) if str(pk) not in have]
        for part in _parts(missing, AT_ONCE):
            for row in model._base_manager.filter(pk__in=part).order_by("pk").values("pk", *names):
                yield Record(str(row.pop("pk")), content(row))

    def look(entries: Sequence[TrailEntry]) -> dict[str, bytes]:
        keys = [e.key for e in entries]
        return {str(row.pop("pk")): content(row) for row in model._base_manager.filter(pk__in=keys).values("pk", *names)}

    def faults() -> Iterator[str]:
        if where is not None or not (newest := newest_key(name)):
            return
        old = set(chosen.filter(pk__lte=newest - LATE).values_list("pk", flat=True))
        extra = old - {int(key) for key in sealed_keys(name).values_list("key", flat=True)}
        if extra:
            yield f"{model._meta.verbose_name}第 {min(extra)} 号没有封印：它是事后插入的"

    streams.add(name)(Stream(str(model._meta.verbose_name), fresh, look, faults, model, names))


def sealed_keys(name: str) -> models.QuerySet:
    """The entries of a stream."""
    return TrailEntry.objects.filter(stream=name)


def newest_keys(name: str) -> set[str]:
    """The keys of a stream's newest entries."""
    return set(sealed_keys(name).order_by("-number").values_list("key", flat=True)[: 2 * LATE])


def newest_key(name: str) -> int:
    """The highest key of a stream whose keys are numbers; 0 where nothing is sealed."""
    return max(map(int, newest_keys(name)), default=0)


def method() -> str:
    """The hash function in force."""
    return packs.get("seals", "trail", at=clock.today()).method


def seal(names: Iterable[str] | None = None) -> int:
    """Seal whatever is not yet sealed, of all streams or those named; returns how many records. Any process may call it at any time."""
    chosen = streams if names is None else names
    return sum(_append(name, part) for name in chosen for part in _parts(streams[name].fresh(), AT_ONCE))


def seal_rows() -> int:
    """Seal all but the files: those must rest anyway, and to look for them walks their folders."""
    return seal([name for name in streams if name != FILES])


@transaction.atomic
def _append(name: str, records: Sequence[Record]) -> int:
    head = TrailHead.objects.select_for_update().get_or_create(pk=1)[0]
    there = set(sealed_keys(name).filter(key__in=[r.key for r in records]).values_list("key", flat=True))
    before = TrailEntry.objects.filter(number=head.count).first()
    at = max(clock.now(), before.at) if before else clock.now()  # a clock set back must not move a day's root
    how, last, added = method(), bytes.fromhex(head.seal), []
    for record in records:
        if record.key in there:
            continue
        digest = seals.METHODS[how](record.content).hex()
        number = head.count + len(added) + 1
        entry = TrailEntry(number=number, at=at, stream=name, key=record.key, method=how, digest=digest, parts="\n".join(record.parts))
        last = seals.link(last, entry.payload(), how)
        entry.seal = last.hex()
        added.append(entry)
    if added:
        TrailEntry.objects.bulk_create(added)
        TrailHead.objects.filter(pk=1).update(count=head.count + len(added), seal=last.hex())
    return len(added)


@dataclass(frozen=True)
class Verdict:
    """The state of the trail: how many entries fit, and a sentence that names the first record that does not."""

    is_whole: bool
    count: int
    sentence: str


def verify(known: dict[date, str] | None = None) -> Verdict:
    """Every seal in order, every record against its digest, then what lies outside the trail; `known` are roots from elsewhere.

    The database is read as it stood at one moment: what others seal meanwhile is no fault.
    """
    with _one_moment():
        return _verify(known)


@contextmanager
def _one_moment() -> Iterator[None]:
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")  # not Django's own, which would take the write lock and hold everyone up
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def _verify(known: dict[date, str] | None) -> Verdict:
    last, count, broken = b"", 0, ""
    for part in _parts(TrailEntry.objects.order_by("number").iterator(chunk_size=AT_ONCE), AT_ONCE):
        fits = []
        for entry in part:
            if not _is_linked(entry, last, count + len(fits) + 1):
                broken = f"存证第 {count + len(fits) + 1} 条与封印不符：它被改动过，或它之前的条目被删除"
                break
            last = bytes.fromhex(entry.seal)
            fits.append(entry)
        wrong = _first_wrong(fits)
        if wrong:
            return Verdict(False, wrong[0] - 1, wrong[1])
        count += len(fits)
        if broken:
            return Verdict(False, count, broken)
    head = TrailHead.objects.filter(pk=1).first()
    if (head.count, head.seal) != (count, last.hex()) if head else count:
        return Verdict(False, count, f"存证应有 {head.count if head else 0} 条，现有 {count} 条：末尾有条目被删除或链头被改动")
    for day, root in sorted((known or {}).items()):
        if root_of(day) != root.lower():
            return Verdict(False, count, f"{day} 的存证根与所给的不同：整条链被重写过，或所给的根不对")
    sentence = next(_outside(), "")
    if sentence:
        return Verdict(False, count, sentence)
    return Verdict(True, count, f"存证 {count} 条，与记录逐条相符，末端 {last.hex()[:16] or '（空）'}")


def audit_fault() -> str:
    """What is wrong with the chain of the audit trail itself; empty where nothing is."""
    verdict = audit.verify()
    return "" if verdict.is_whole else verdict.sentence


def _outside() -> Iterator[str]:
    if sentence := audit_fault():
        yield sentence
    for name in streams:
        yield from streams[name].faults()


def _is_linked(entry: TrailEntry, last: bytes, number: int) -> bool:
    if entry.number != number or entry.method not in seals.METHODS:
        return False
    return seals.link(last, entry.payload(), entry.method).hex() == entry.seal


def _first_wrong(entries: Sequence[TrailEntry]) -> tuple[int, str] | None:
    """The first entry whose record is gone or differs."""
    found: dict[str, dict[str, bytes]] = {}
    for name in dict.fromkeys(e.stream for e in entries):
        if name in streams:
            found[name] = streams[name].look([e for e in entries if e.stream == name])
    for entry in entries:
        if entry.stream not in found:
            return entry.number, f"存证第 {entry.number} 条的类别“{entry.stream}”本平台不认识"
        what = f"{streams[entry.stream].title} {entry.key}"
        content = found[entry.stream].get(entry.key)
        if content is None:
            return entry.number, f"{what}（存证第 {entry.number} 条）不见了：它被删除过"
        if seals.METHODS[entry.method](content).hex() != entry.digest:
            named = content.decode("utf-8", "replace") if content.startswith(CHANGED) else ""
            return entry.number, f"{what}（存证第 {entry.number} 条）与封印不符：它被改动过{named[len(CHANGED) :]}"
    return None


CHANGED = b"changed:"
"""a look at a batch may begin its answer so, and say which row it is"""


@dataclass(frozen=True)
class Root:
    """The seal of a day's last entry (日存证根): it stands for everything sealed up to then."""

    day: date
    number: int
    seal: str
    method: str


def root_of(day: date) -> str:
    """The root of a day; empty where nothing had been sealed by its end."""
    before = datetime.combine(day + timedelta(days=1), datetime.min.time())
    return TrailEntry.objects.filter(at__lt=before).order_by("-number").values_list("seal", flat=True).first() or ""


def roots(limit: int = 14) -> list[Root]:
    """The roots of the last days on which something was sealed, newest first."""
    days = models.functions.TruncDate("at")
    found = TrailEntry.objects.order_by().annotate(day=days).values("day").annotate(last=models.Max("number")).order_by("-day")[:limit]
    ends = TrailEntry.objects.in_bulk([row["last"] for row in found])
    return [Root(row["day"], row["last"], ends[row["last"]].seal, ends[row["last"]].method) for row in found]


def words(at: datetime) -> str:
    """The last full day's root, as a bulletin prints it; empty before the first."""
    entry = TrailEntry.objects.filter(at__lt=datetime.combine(at.date(), datetime.min.time())).order_by("-number").first()
    if entry is None:
        return ""
    day, name = entry.at, {"sha256": "SHA-256", "sm3": "SM3"}[entry.method]
    return f"数据存证：截至{day.year}年{day.month}月{day.day}日共{entry.number}条，日存证根（{name}）{entry.seal}。"


def counts() -> list[tuple[str, int]]:
    """Sealed records by stream."""
    return list(TrailEntry.objects.order_by("stream").values_list("stream").annotate(n=models.Count("number")))


def waiting() -> int:
    """How many records wait to be sealed."""
    return sum(1 for name in streams for _ in streams[name].fresh())


def export() -> Iterator[str]:
    """The trail as lines of JSON: each entry with the content it seals (text) and its row digests, for a verifier without the platform."""
    for part in _parts(TrailEntry.objects.order_by("number").iterator(chunk_size=AT_ONCE), AT_ONCE):
        contents = {
            (name, key): content
            for name in dict.fromkeys(e.stream for e in part)
            for key, content in streams[name].look([e for e in part if e.stream == name]).items()
        }
        for e in part:
            content = contents.get((e.stream, e.key))
            said = {
                "number": e.number, "at": e.at.isoformat(timespec="microseconds"), "stream": e.stream, "key": e.key, "method": e.method,
                "digest": e.digest, "seal": e.seal, "content": None if content is None else content.decode("utf-8", "replace"),
            }  # fmt: skip
            yield json.dumps(said, ensure_ascii=False) + "\n"


def _parts(items: Iterable, size: int) -> Iterator[list]:
    source = iter(items)
    while part := list(islice(source, size)):
        yield part
