"""Small helpers of the templates of returns."""

from decimal import Decimal

from django import template

from qingshan.bureau.ledger.models.task import figure
from qingshan.bureau.returns.actions.sending import plain_figure

register = template.Library()


@register.filter
def plain_or_text(value) -> str:
    """A figure for a field; what a person typed stays as typed."""
    return plain_figure(value) if isinstance(value, Decimal) else "" if value is None else str(value)


@register.filter
def said(value) -> str:
    """A figure for people; — where there is none."""
    return figure(value) or "—"
