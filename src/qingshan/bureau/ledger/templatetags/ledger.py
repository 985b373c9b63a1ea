"""Small helpers of the ledger's templates."""

from django import template

from qingshan.bureau.ledger.columns import plain
from qingshan.bureau.ledger.models.task import figure as figure_of

register = template.Library()


@register.filter
def split_words(text: str) -> list[str]:
    """A list of words out of one string."""
    return text.split()


@register.filter
def field(obj, name: str):
    """An attribute by its name."""
    return getattr(obj, name, "")


@register.filter
def figure(value) -> str:
    """A figure for people: thousands apart, no trailing zeros."""
    return figure_of(value)


@register.filter
def plain_figure(value) -> str:
    """A figure for an input: no separators, no trailing zeros."""
    return plain(value)


@register.filter
def has_key(pairs, key: str) -> bool:
    """Whether a list of (key, word) holds the key."""
    return any(one == key for one, _ in pairs)
