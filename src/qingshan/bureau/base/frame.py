"""What apps put into the page frame (页框): nav entries, counts, search; filled in each app's ``AppConfig.ready``.

The frame itself is in ``bureau.web``, above every app, so the registries lie here, below them.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from qingshan.bureau.base import clock
from qingshan.bureau.base.models import Area, Person

GROUPS = {
    "cockpit": ("驾驶舱", "i-cockpit"),
    "map": ("一张图", "i-map"),
    "plans": ("计划台账", "i-plan"),
    "returns": ("报送调度", "i-send"),
    "monitor": ("监测评价", "i-monitor"),
    "cases": ("报警整改", "i-alarm"),
    "registers": ("登记册", "i-register"),
    "enforce": ("执法应急", "i-enforce"),
    "bulletins": ("通报", "i-bulletin"),
    "settings": ("设置", "i-layers"),
}


@dataclass(frozen=True)
class Entry:
    """One line of the left nav. Groups of which the first entry has ``alone=True`` show as a single link."""

    group: str
    title: str
    url: str
    order: int = 50
    may: str | Callable[[Person], bool] | None = None
    count: Callable[[Person], int | None] | None = None
    prefix: str = ""
    alone: bool = False
    phone: str = ""


@dataclass(frozen=True)
class Count:
    """A number in the top bar: the person's own work ("work") or alarms awaiting receipt ("alarms")."""

    kind: str
    title: str
    url: str
    of: Callable[[Person], int]
    may: str | Callable[[Person], bool] | None = None


@dataclass(frozen=True)
class Hit:
    """One search result: where it leads, what it is, and one grey line."""

    title: str
    url: str
    kind: str
    sub: str = ""


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for a person: where it leads, why it waits, by when (None: no day), and one grey line."""

    title: str
    url: str
    why: str
    due: date | None = None
    sub: str = ""


entries: list[Entry] = []
counts: list[Count] = []
searches: dict[str, Callable[[Person, str, int], list[Hit]]] = {}


def nav(group: str, title: str, url: str, **more) -> None:
    """Add a nav entry: `url` is a URL name ("ledger:tasks"); `may` a permission, a function of the person, or None (all)."""
    if group not in GROUPS:
        raise LookupError(f"没有导航组“{group}”；已有：{'、'.join(GROUPS)}")
    entries.append(Entry(group, title, url, **more))


def count(kind: str, title: str, url: str, of: Callable[[Person], int], may=None) -> None:
    """Add to a number of the top bar; several apps may add to "work" and "alarms"."""
    if kind not in ("work", "alarms"):
        raise LookupError(f"没有计数“{kind}”；已有：work、alarms")
    counts.append(Count(kind, title, url, of, may))


def search(kind: str, provider: Callable[[Person, str, int], list[Hit]]) -> None:
    """Add a search provider: ``provider(person, text, limit) -> list[Hit]``, within the person's scope."""
    if kind in searches:
        raise ValueError(f"搜索“{kind}”已由 {searches[kind]!r} 占用")
    searches[kind] = provider


works: dict[str, Callable[[Person], list[Waiting]]] = {}


def work(kind: str, provider: Callable[[Person], list[Waiting]]) -> None:
    """Add to the page of one's own work (我的工作): ``provider(person) -> list[Waiting]``, within the person's scope."""
    if kind in works:
        raise ValueError(f"我的工作“{kind}”已由 {works[kind]!r} 占用")
    works[kind] = provider


def allows(may: str | Callable[[Person], bool] | None, person: Person) -> bool:
    """True where the entry is for this person."""
    if may is None:
        return True
    return person.has_perm(may) if isinstance(may, str) else bool(may(person))


@dataclass(frozen=True)
class Period:
    """The period chosen in the top bar: `key` as in the address (2026, 2026-11, 2026-10-01_2026-10-31), both days included."""

    key: str
    start: date
    end: date
    title: str


def period(key: str) -> Period:
    """A period out of its key; ValueError where it is none."""
    if re.fullmatch(r"\d{4}", key):
        return Period(key, date(int(key), 1, 1), date(int(key), 12, 31), f"{key}年")
    if re.fullmatch(r"\d{4}-\d{2}", key):
        year, month = int(key[:4]), int(key[5:])
        return Period(key, date(year, month, 1), date(year, month, monthrange(year, month)[1]), f"{year}年{month}月")
    first, _, last = key.partition("_")
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    if end < start:
        raise ValueError(key)
    return Period(key, start, end, f"{start.year}年{start.month}月{start.day}日–{end.month}月{end.day}日")


def period_of(request) -> Period:
    """The period of this page: ``?period=``, else the one last chosen, else the current year."""
    for key in (request.GET.get("period"), request.session.get("period")):
        try:
            found = period(key or "")
        except ValueError:
            continue
        if request.session.get("period") != found.key:
            request.session["period"] = found.key
        return found
    return period(str(clock.today().year))


def periods() -> list[Period]:
    """What the top bar offers: this year and the last, then this year's months, newest first."""
    day = clock.today()
    return [period(str(day.year)), period(str(day.year - 1))] + [period(f"{day.year}-{m:02}") for m in range(day.month, 0, -1)]


def area_of(request) -> Area | None:
    """The area of this page: ``?area=CODE`` within the person's scope, else the one last chosen, else the top of the scope."""
    mine = Area.objects.within(request.user).defer("geometry")
    for code in (request.GET.get("area"), request.session.get("area")):
        found = mine.filter(code=code).first() if code else None
        if found:
            if request.session.get("area") != found.code:
                request.session["area"] = found.code
            return found
    order = {level: place for place, level in enumerate(Area.Level.values)}
    return min(mine, key=lambda a: (order[a.level], a.code), default=None)


states: list[Callable[[Person], str]] = []


def data_state(person: Person) -> str:
    """How far the data go (截至 11月19日，已审核); said by the first provider that knows."""
    return next((words for words in (provider(person) for provider in states) if words), "")
