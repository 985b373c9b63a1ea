"""The period of an address."""

from __future__ import annotations

from django.http import Http404

from qingshan.bureau.indicators import queries
from qingshan.bureau.indicators.periods import BadPeriod, Period


def period_of(text: str, default: Period) -> Period:
    """A period of an address; 404 with the ways to write one where it cannot be read."""
    try:
        return queries.period(text) if text else default
    except BadPeriod as error:
        raise Http404(str(error)) from None
