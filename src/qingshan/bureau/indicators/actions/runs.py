"""Putting on record what values were computed from."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from qingshan.bureau.base import clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.indicators import queries, reruns, versions
from qingshan.bureau.indicators.assessments import Assessment
from qingshan.bureau.indicators.models import AssessmentRun
from qingshan.bureau.indicators.values import Value


def record_run(held: Assessment, value: Value | None = None) -> AssessmentRun:
    """Put on record what values were computed from (登记评价批次); the same inputs and code give the same run.

    Values of station days share the run of their assessment; one of samples, rows, reports or a formula has its own, with all it was
    made of. Two who record at the same moment agree on one row: the second finds the first's, or takes the next number.
    """
    for _ in range(5):
        found = queries.run_of(held, value)
        if found:
            return found
        try:
            with transaction.atomic():
                return _new_run(held, value)
        except IntegrityError:
            continue
    raise Refused("评价批次登记繁忙，请稍后再试", status=503)


def _new_run(held: Assessment, value: Value | None) -> AssessmentRun:
    prefix = f"{clock.today():%Y-%m%d}-"
    taken = AssessmentRun.objects.filter(number__startswith=prefix).values_list("number", flat=True)
    number = f"{prefix}{max((int(n.removeprefix(prefix)) for n in taken), default=0) + 1:02d}"
    run, made = held.run, clock.now()
    shared = {"number": number, "made": made, "table_version": run.table_version, "sequence": run.sequence}
    if value is None or not value.basis:
        return AssessmentRun.objects.create(
            **shared, identity=held.identity, start=held.span.start, end=held.span.end, stations=list(held.table.stations),
            editions=list(run.editions), verify=list(run.verify), code_version=run.code_version, input_hash=run.input_hash,
            result_hash=held.result_hash, station_days=run.days.num_rows, about=reruns.about(held),
        )  # fmt: skip
    return AssessmentRun.objects.create(
        **shared, identity=value.run, start=value.period.start, end=value.period.end, stations=list(value.stations),
        editions=list(value.editions), verify=list(value.verify), code_version=versions.code_version(), input_hash=value.basis["hash"],
        result_hash=reruns.result_hash(value), station_days=value.basis.get("n", value.valid), kind=value.basis["kind"],
        about=reruns.about_value(held, value),
    )  # fmt: skip
