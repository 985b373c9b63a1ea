"""The year's lists: registering one, taking a version back (登记、撤回考核名单)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from pydantic import ValidationError

from qingshan.bureau.base import audit, clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.indicators import queries
from qingshan.bureau.indicators.declared_rosters import Roster, Rostered
from qingshan.bureau.indicators.models import RosterVersion

FIRST_YEAR = 2000
PERMISSION, SENTENCE = "indicators.freeze_roster", "登记考核名单需要“登记考核名单”权限"


@transaction.atomic
def freeze_roster(
    name: str, year: int, rows: Iterable[Rostered], *, by: Person, basis: str, file: str = "", after: int | None = None
) -> RosterVersion:
    """Register a year's list, or a further version of it (登记考核名单). `after`: the version that counted when it was looked at."""
    need(by, PERMISSION, SENTENCE)
    if by.scope_areas() is not None:
        raise Refused("考核名单由区局登记", status=403)
    kind = packs.all("roster_kinds").get(name)
    if kind is None:
        raise Refused(f"没有名单“{name[:60]}”；已有：{'、'.join(packs.all('roster_kinds'))}", status=404)
    last_year = clock.today().year + 1
    if not FIRST_YEAR <= year <= last_year:
        raise Refused(f"年份应在 {FIRST_YEAR} 至 {last_year} 之间", field="year")
    if not basis.strip():
        raise Refused("请写明依据，例如“市环办〔2026〕3号”", field="basis", status=422)
    rows = tuple(rows)
    title = f"{year}年{kind.title}"
    try:
        Roster(name=name, title=title, medium=kind.medium, unit=kind.unit, station=rows)
    except ValidationError as wrong:
        raise Refused("；".join(str(e.get("ctx", {}).get("error", e["msg"])) for e in wrong.errors()), field="file", status=422) from None
    before = queries.rosters_of(name, year)
    now = before[0] if before else None
    current = next((v for v in before if v.withdrawn is None), None)
    if after is not None and after != (current.version if current else 0):
        raise Refused(f"核对以后别人已登记了第{now.version}版，请重新上传核对" if now else "名单已变，请重新上传核对")
    stations = [row.model_dump(mode="json", exclude_defaults=True) for row in rows]
    if current is not None and current.stations == stations:
        raise Refused(f"与现行第{current.version}版完全相同，没有要登记的")
    try:
        with transaction.atomic():
            made = RosterVersion.objects.create(
                roster=name, year=year, version=now.version + 1 if now else 1, title=title, medium=kind.medium,
                unit=kind.unit if any(row.weight for row in rows) else "", stations=stations, basis=basis.strip()[:200], file=file[:120],
                by=by, at=clock.now(),
            )  # fmt: skip
    except IntegrityError:
        raise Refused("别人同时登记了这份名单，请重新上传核对") from None
    audit.record(by, "更换考核名单" if current else "登记考核名单", made, _lines(current) if current else None, _lines(made), basis)
    return made


@transaction.atomic
def withdraw_roster(roster_id: int, *, by: Person, basis: str) -> RosterVersion:
    """Take the version that counts back (撤回); the one before it counts again, or none."""
    need(by, PERMISSION, SENTENCE)
    if by.scope_areas() is not None:
        raise Refused("考核名单由区局登记", status=403)
    found = RosterVersion.objects.select_for_update().get(pk=roster_id)
    if found.withdrawn:
        raise Refused(f"《{found}》已于{found.withdrawn:%Y-%m-%d}撤回")
    standing = [v for v in queries.rosters_of(found.roster, found.year) if v.withdrawn is None]
    if standing[0].pk != found.pk:
        raise Refused(f"现行的是第{standing[0].version}版，只能撤回现行的一版")
    if not basis.strip():
        raise Refused("请写明撤回原因", field="basis", status=422)
    before = audit.snapshot(found, "withdrawn", "why")
    found.withdrawn, found.why = clock.now(), basis.strip()[:200]
    found.save(update_fields=["withdrawn", "why"])
    audit.record(by, "撤回考核名单", found, before, audit.snapshot(found, "withdrawn", "why"), basis)
    return found


def _lines(version: RosterVersion) -> dict[str, str]:
    """Each station with what is written beside it, so that the trail shows what came, went and changed."""
    return {row["code"]: "，".join(_said(v) for _, v in sorted(_beside(row), key=_written)) or "在列" for row in version.stations}


def _beside(row: dict) -> list[tuple[str, object]]:
    return [(name, value) for name, value in row.items() if name != "code"]


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _written(cell: tuple[str, object]) -> tuple[bool, str]:
    """Target class first, then the rest by name: a database need not keep the order."""
    return cell[0] != "target", cell[0]
