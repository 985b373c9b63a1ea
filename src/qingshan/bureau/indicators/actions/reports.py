"""Reporting a value, confirming it, sending it back."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from qingshan.bureau.base import attachments, audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.indicators import queries
from qingshan.bureau.indicators.models import Report
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.indicators.reporting import EVERY, span_of

FIELDS = ("indicator", "area", "period", "version", "value", "state", "note")


@transaction.atomic
def report_value(
    name: str, area_id: int, period: Period, value: Decimal, *, by: Person, note: str = "", files: Sequence[UploadedFile] = ()
) -> Report:
    """Report one value of one area and span (填报); a second one of the same span is its next version, nothing is overwritten."""
    need(by, "indicators.report_value", "填报指标需要“填报指标”权限")
    indicator = next((i for i in queries.reportable(by) if i.name == name), None)
    if indicator is None:
        raise Refused("没有这个由你单位填报的口径，请刷新页面后重选", field="indicator", status=404)
    source = indicator.source
    area = queries.report_areas(by, indicator).filter(pk=area_id).first()
    if area is None:
        raise Refused("没有这个区域，或不由你单位填报", field="area", status=404)
    if span_of(source.every, period.start) != period:
        raise Refused(f"{indicator.title}按{EVERY[source.every]}填报，“{period.title}”不是一个整{EVERY[source.every]}", field="period")
    if period.start > clock.today():
        raise Refused(f"{period.title}还没有到，不能填报", field="period")
    _check_value(indicator, value)
    if source.evidence and not files:
        raise Refused("请附上佐证文件（照片、表格或盖章扫描件）", field="file")
    before = Report.objects.select_for_update().filter(indicator=name, area=area, period=period.token).order_by("-version").first()
    if before and before.state == Report.State.WAITING:
        raise Refused(f"{area} {period.title}第{before.version}版还在待确认；要改请先由确认人退回", field="period")
    if before and before.state == Report.State.CONFIRMED and before.value == value:
        raise Refused(f"与已确认的第{before.version}版相同，不需要再报", field="value")
    if before and before.state == Report.State.CONFIRMED and not note.strip():
        raise Refused(f"已有第{before.version}版，更正请写明原因", field="note")
    now = clock.now()
    sure = {} if source.confirm else {"state": Report.State.CONFIRMED, "decided_by": by, "decided_at": now}
    made = Report.objects.create(
        indicator=name, area=area, period=period.token, version=before.version + 1 if before else 1, value=value, note=note.strip(),
        organisation=by.organisation, by=by, at=now, **sure,
    )  # fmt: skip
    for file in files:
        attachments.keep(file, by, owner=made)
    audit.record(by, "填报指标", made, None, audit.snapshot(made, *FIELDS), note)
    return made


def _check_value(indicator, value: Decimal) -> None:
    source = indicator.source
    if not value.is_finite():
        raise Refused("请填一个数", field="value")
    if -value.as_tuple().exponent > 6 or abs(value) >= Decimal(10) ** 13:
        raise Refused("至多 13 位整数、6 位小数，请核对单位", field="value")
    low, high = source.low, source.high
    if (low is not None and value < Decimal(str(low))) or (high is not None and value > Decimal(str(high))):
        span = f"{'' if low is None else f'{low:g}'}—{'' if high is None else f'{high:g}'}"
        raise Refused(f"{indicator.short}应在 {span} {indicator.unit} 之间，填的是 {value}；请核对单位", field="value")


@transaction.atomic
def confirm_report(report_id: int, *, by: Person) -> Report:
    """Confirm a reported value (确认填报): someone other than who reported it."""
    found = _waiting(report_id, by, "确认")
    if found.by_id == by.pk:
        raise Refused("自己填报的要由第二人确认")
    return _decide(found, by, Report.State.CONFIRMED, "")


@transaction.atomic
def refuse_report(report_id: int, *, by: Person, reason: str) -> Report:
    """Send a reported value back, with why (退回填报)."""
    found = _waiting(report_id, by, "退回")
    if not reason.strip():
        raise Refused("请填写退回原因", field="reason")
    return _decide(found, by, Report.State.REFUSED, reason.strip())


def _waiting(report_id: int, by: Person, word: str) -> Report:
    need(by, "indicators.confirm_value", f"{word}填报需要“确认填报”权限")
    found = Report.objects.within(by).select_for_update().get(pk=report_id)
    if found.state != Report.State.WAITING:
        raise Refused(f"这份填报{found.get_state_display()}，不能再{word}")
    return found


def _decide(found: Report, by: Person, state: str, reason: str) -> Report:
    before = audit.snapshot(found, "state", "reason")
    found.state, found.reason, found.decided_by, found.decided_at = state, reason[:200], by, clock.now()
    found.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    audit.record(
        by, "确认填报" if state == Report.State.CONFIRMED else "退回填报", found, before, audit.snapshot(found, "state", "reason"), reason
    )
    return found
