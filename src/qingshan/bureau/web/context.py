"""What the frame shows around every page: nav, counts, area, period."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject, cached_property

from qingshan.bureau.base import frame as registries
from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Area, Person


@dataclass
class Link:
    title: str
    url: str
    icon: str
    count: int | None
    current: bool


@dataclass
class Group:
    key: str
    title: str
    icon: str
    alone: bool
    links: list[Link] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return any(link.current for link in self.links)


class Frame:
    """The frame of one request; each part is asked for only when a template shows it."""

    def __init__(self, request: HttpRequest):
        self.request, self.person = request, request.user
        self.is_demo = settings.DEMO_MARK.exists()
        self.idle_minutes = settings.SESSION_IDLE_MINUTES

    @cached_property
    def groups(self) -> list[Group]:
        return _groups(self.person, self.request.path)

    @cached_property
    def tabs(self) -> list[tuple[str, str, str, bool]]:
        """The bottom tabs of the phone: entries that named themselves for it, at most four."""
        found = sorted((e for e in registries.entries if e.phone and registries.allows(e.may, self.person)), key=lambda e: e.order)[:4]
        here = _current(found, self.request.path)
        return [(e.title, reverse(e.url), e.phone, e is here) for e in found]

    @cached_property
    def work(self) -> dict:
        return self._count("work")

    @cached_property
    def alarms(self) -> dict:
        return self._count("alarms")

    def _count(self, kind: str) -> dict:
        mine = [c for c in registries.counts if c.kind == kind and registries.allows(c.may, self.person)]
        parts = [(c.title, reverse(c.url), c.of(self.person)) for c in mine]
        return {"total": sum(p[2] for p in parts), "parts": parts, "url": parts[0][1] if parts else ""} if parts else {}

    @cached_property
    def area(self) -> Area | None:
        return registries.area_of(self.request)

    @cached_property
    def areas(self) -> list[Area]:
        return list(Area.objects.within(self.person).exclude(level="village").defer("geometry").order_by("code"))

    @cached_property
    def period(self) -> registries.Period:
        return registries.period_of(self.request)

    @property
    def periods(self) -> list[registries.Period]:
        return registries.periods()

    @cached_property
    def pack_trouble(self) -> tuple[str, ...]:
        """Faults for which changed packs are not in use, for who can put them right."""
        told = packs.trouble()
        return told if told and any(map(self.person.has_perm, ("indicators.compose_scheme", "base.view_audit"))) else ()

    @cached_property
    def data_state(self) -> str:
        return registries.data_state(self.person)


def _current(entries: list[registries.Entry], path: str) -> registries.Entry | None:
    """The entry whose address is the longest beginning of `path`."""
    fitting = [(len(start), entry) for entry in entries for start in (entry.prefix or reverse(entry.url),) if _begins(path, start)]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def _begins(path: str, start: str) -> bool:
    return path == start if start == "/" else path.startswith(start)


def _groups(person: Person, path: str) -> list[Group]:
    mine = sorted((e for e in registries.entries if registries.allows(e.may, person)), key=lambda e: e.order)
    here = _current(mine, path)
    found: dict[str, Group] = {}
    for key, (title, icon) in registries.GROUPS.items():
        entries = [e for e in mine if e.group == key]
        if entries:
            links = [Link(e.title, reverse(e.url), icon, e.count(person) if e.count else None, e is here) for e in entries]
            found[key] = Group(key, title, icon, len(entries) == 1 and entries[0].alone, links)
    return list(found.values())


def frame(request: HttpRequest) -> dict:
    """Context processor: ``frame`` for signed-in people, ``demo`` for all."""
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return {"frame": None, "demo": settings.DEMO_MARK.exists()}
    return {"frame": SimpleLazyObject(lambda: Frame(request)), "demo": settings.DEMO_MARK.exists()}
