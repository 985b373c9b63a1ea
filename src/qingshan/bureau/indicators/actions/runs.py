"""Putting on record what values were computed from."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from qingshan.bureau.base import clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.indicators import queries
from qingshan.bureau.indicators.assessments import Assessment
from qingshan.bureau.indicators.models import AssessmentRun


def record_run(held: Assessment) -> AssessmentRun:
    """Put on record what values were computed from (登记评价批次); the same inputs and code give the same run.

    Two who record at the same moment agree on one row: the second finds the first's, or takes the next number.
    """
    for _ in range(5):
        found = queries.run_of(held)
        if found:
            return found
        try:
            with transaction.atomic():
                return _new_run(held)
        except IntegrityError:
            continue
    raise Refused("评价批次登记繁忙，请稍后再试", status=503)


def _new_run(held: Assessment) -> AssessmentRun:
    prefix = f"{clock.today():%Y-%m%d}-"
    taken = AssessmentRun.objects.filter(number__startswith=prefix).values_list("number", flat=True)
    number = max((int(n.removeprefix(prefix)) for n in taken), default=0) + 1
    run = held.run
    return AssessmentRun.objects.create(
        number=f"{prefix}{number:02d}", identity=held.identity, start=held.span.start, end=held.span.end,
        stations=list(held.table.stations), editions=list(run.editions), verify=list(run.verify), code_version=run.code_version,
        table_version=run.table_version, sequence=run.sequence, input_hash=run.input_hash, result_hash=held.result_hash,
        station_days=run.days.num_rows, made=clock.now(),
    )  # fmt: skip
