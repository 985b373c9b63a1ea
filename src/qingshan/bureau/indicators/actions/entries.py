"""Entering scores with their evidence, confirming what townships enter, sending it back (填报、确认、退回)."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from qingshan.bureau.base import attachments, audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area, Organisation, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.indicators import queries
from qingshan.bureau.indicators.models import Entry
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.schemes import Scheme

State = Entry.State


@transaction.atomic
def enter_score(
    scheme_name: str, item: str, unit: str, period: Period, value: float | None, *, by: Person, basis: str,
    files: Sequence[UploadedFile] = (),
) -> Entry:  # fmt: skip
    """Enter a value of an item with its evidence (填报); None takes the last one back. Rows are added, no value is changed.

    What the bureau enters counts at once. A township enters for its own villages, with a file, and waits for the bureau.
    """
    need(by, "indicators.enter_score", "填报考核数据需要“填报考核数据”权限")
    scheme = _scheme(scheme_name, period)
    title = _title(scheme, item, by)
    _fits(scheme, period)
    unit, code = _known_unit(scheme, unit, by)
    if not basis.strip():
        raise Refused("请写明依据（文件、核查单、证据编号）", field="basis")
    if value is not None and (value != value or abs(value) > 1e12):
        raise Refused("数值不是有限的数", field="value")
    same = Entry.objects.select_for_update(of=("self",)).filter(scheme=scheme_name, item=item, unit=unit, code=code, period=period.token)
    last = same.last()
    if last is not None and last.state == State.WAITING and (value is not None or last.organisation_id != by.organisation_id):
        who = last.organisation or last.by
        raise Refused(f"{unit}{period.title}“{title}”{who}填的还在待确认；要改请先撤回或退回", field="value", status=409)
    towns_own = by.scope_areas() is not None
    if towns_own and value is not None and not files:
        raise Refused("请附上佐证文件（照片、表格或盖章扫描件）", field="file")
    before = {"值": last.value, "依据": last.basis, "状态": last.get_state_display()} if last else None
    state = State.WAITING if towns_own else State.CONFIRMED
    if value is None:
        state = _take_back(last, same.filter(state=State.CONFIRMED).last(), by, f"{unit}{period.title}没有可撤回的“{title}”填报")
    made = Entry.objects.create(
        scheme=scheme_name, item=item, unit=unit, code=code, period=period.token, value=value, basis=basis.strip()[:200], by=by,
        at=clock.now(), organisation=by.organisation, state=state,
    )  # fmt: skip
    for file in files:
        attachments.keep(file, by, owner=made)
    said = {"值": value, "依据": made.basis, "状态": made.get_state_display()}
    audit.record(by, "填报考核数据" if value is not None else "撤回考核填报", made, before, said, basis)
    return made


def _take_back(last: Entry | None, counted: Entry | None, by: Person, nothing: str) -> str:
    """The state of a row that takes the last one back: one not yet confirmed goes with it, one that counts goes when confirmed."""
    if last is not None and last.state == State.WAITING:
        last.state, last.decided_by, last.decided_at = State.TAKEN_BACK, by, clock.now()
        last.save(update_fields=["state", "decided_by", "decided_at"])
        return State.TAKEN_BACK
    if counted is None or counted.value is None:
        raise Refused(nothing)
    if by.scope_areas() is None:
        return State.CONFIRMED
    if counted.organisation_id != by.organisation_id:
        raise Refused("这个数由区局填报，要改请联系区局", status=403)
    return State.WAITING


@transaction.atomic
def confirm_entry(entry_id: int, *, by: Person) -> Entry:
    """Count what a township entered (确认填报): someone of the bureau, other than who entered it."""
    return _decide(_waiting(entry_id, by, "确认"), by, State.CONFIRMED, "")


@transaction.atomic
def refuse_entry(entry_id: int, *, by: Person, reason: str) -> Entry:
    """Send what a township entered back, with why (退回填报)."""
    found = _waiting(entry_id, by, "退回")
    if not reason.strip():
        raise Refused("请填写退回原因", field="reason")
    return _decide(found, by, State.REFUSED, reason.strip())


def _waiting(entry_id: int, by: Person, word: str) -> Entry:
    need(by, "indicators.confirm_score", f"{word}考核填报需要“确认考核填报”权限")
    if by.scope_areas() is not None:
        raise Refused(f"镇街填报由区局{word}", status=403)
    found = Entry.objects.within(by).select_for_update(of=("self",)).get(pk=entry_id)
    if found.state != State.WAITING:
        raise Refused(f"这条填报{found.get_state_display()}，不能再{word}", status=409)
    if found.by_id == by.pk:
        raise Refused("自己填报的要由第二人确认")
    return found


def _decide(found: Entry, by: Person, state: str, reason: str) -> Entry:
    before = audit.snapshot(found, "state", "reason")
    found.state, found.reason, found.decided_by, found.decided_at = state, reason[:200], by, clock.now()
    found.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    word = "确认考核填报" if state == State.CONFIRMED else "退回考核填报"
    audit.record(by, word, found, before, audit.snapshot(found, "state", "reason"), reason)
    return found


def _scheme(name: str, period: Period) -> Scheme:
    try:
        return queries.scheme(name, period.end)
    except LookupError as error:
        raise Refused(str(error), field="scheme") from None


def _title(scheme: Scheme, item: str, by: Person) -> str:
    known = queries.entered(scheme)
    if item not in known:
        raise Refused(f"“{scheme.title}”没有填报项“{item}”；已有：{'、'.join(known.values()) or '无'}", field="item")
    if item not in queries.entered(scheme, by):
        raise Refused(f"“{known[item]}”由区局填报", field="item", status=403)
    return known[item]


def _fits(scheme: Scheme, period: Period) -> None:
    if not queries.fits(scheme, period):
        words = queries.RHYTHMS[scheme.rhythm]
        raise Refused(f"“{scheme.title}”按{words}填报，{period.title}不是一个{words}", field="period")
    if period.start > clock.today():
        raise Refused(f"{period.title}还没有到，不能填报", field="period")


def _known_unit(scheme: Scheme, unit: str, by: Person) -> tuple[str, str]:
    """The unit's own name and code; one outside the person's scope does not exist."""
    unit = unit.strip()
    if not unit:
        raise Refused("请选择单位", field="unit")
    kind = scheme.units.kind
    if kind in ("town", "village"):
        found = list(Area.objects.within(by).filter(level=kind).named(unit))
        if not found:
            raise Refused(f"没有{scheme.units.title}“{unit}”，请用区划里的名称或别名", field="unit")
        if len(found) > 1:
            codes = "、".join(f"{a.code}（{a.parent}）" for a in found)
            raise Refused(f"有 {len(found)} 个“{unit}”，请写代码：{codes}", field="unit")
        return found[0].name, found[0].code
    if kind == "department":
        wanted = [o for o in Organisation.objects.filter(kind=Organisation.Kind.DEPARTMENT) if unit in (o.name, o.short)]
        if not wanted:
            raise Refused(f"没有委办局“{unit}”", field="unit")
        return str(wanted[0]), f"org{wanted[0].pk}"
    if by.scope_areas() is not None:
        raise Refused("企业、断面等名单由区局填报", status=403)
    return unit[:80], ""
