"""Words and numbers as people read them (``ui.md`` §7); available in every template without loading."""

from __future__ import annotations

from datetime import date, datetime

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from qingshan.bureau.base import clock, roles
from qingshan.terms import items

register = template.Library()

SUBSCRIPTS = {
    **{item.symbol: item.name for item in items.of_medium("flue") if item.symbol.startswith("flue_")},
    "PM2.5": "PM<sub>2.5</sub>", "PM10": "PM<sub>10</sub>", "SO2": "SO<sub>2</sub>",
    "NO2": "NO<sub>2</sub>", "O3": "O<sub>3</sub>", "CO2": "CO<sub>2</sub>",
}  # fmt: skip


@register.filter
def chem(text) -> SafeString:
    """Symbols in a text with their subscripts: PM2.5 → PM<sub>2.5</sub>; those of flue gas by their names."""
    said = conditional_escape(text)
    for symbol, shown in SUBSCRIPTS.items():
        said = said.replace(symbol, shown)
    return mark_safe(said)  # noqa: S308 - escaped above; only <sub> is added


@register.filter
def day(value: date | None) -> str:
    """11月3日; with the year where it is not this one."""
    if not value:
        return "—"
    return f"{value.month}月{value.day}日" if value.year == clock.today().year else f"{value.year}年{value.month}月{value.day}日"


@register.filter
def moment(value: datetime | None) -> str:
    """11月3日 14:05."""
    return f"{day(value)} {value:%H:%M}" if value else "—"


@register.filter
def grouped(value, decimals=None) -> str:
    """A number with thin spaces between thousands and a real minus; — where there is none."""
    if value is None or value == "":
        return "—"
    said = f"{value:,}" if decimals is None else f"{value:,.{int(decimals)}f}"
    return said.replace(",", "\u2009").replace("-", "−")


@register.filter
def get(mapping, key):
    """``mapping|get:key``."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.filter
def role_title(name: str) -> str:
    """The Chinese title of a role."""
    return roles.title(name)


@register.simple_tag(takes_context=True)
def query(context, **changes) -> str:
    """The address's query with some parameters changed; None removes one: ``{% query page=2 %}``."""
    current = context["request"].GET.copy()
    if "page" not in changes:
        current.pop("page", None)
    for key, value in changes.items():
        if value in (None, ""):
            current.pop(key, None)
        else:
            current[key] = value
    return "?" + current.urlencode() if current else "?"


@register.filter
def styled(field) -> SafeString:
    """A form field's input in the design language, with what a screen reader needs."""
    widget = field.field.widget
    attributes = {}
    if getattr(widget, "input_type", "") not in ("checkbox", "radio", "file", "hidden"):
        attributes["class"] = f"input {widget.attrs.get('class', '')}".strip()
    if field.errors:
        attributes["aria-invalid"] = "true"
        attributes["aria-describedby"] = f"{field.id_for_label}_error"
    return field.as_widget(attrs={**widget.attrs, **attributes})
