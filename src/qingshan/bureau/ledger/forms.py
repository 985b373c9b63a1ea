"""Reading what a form sent into the fields that actions take, and giving it back filled when it was refused."""

from __future__ import annotations

from qingshan.bureau.base import packs
from qingshan.bureau.base.models import Area, Organisation
from qingshan.bureau.base.typed import number, numbers
from qingshan.bureau.ledger.models import OPERATORS, Finding, Task

TEXTS = (
    "title", "indicator", "indicator_text", "operator", "value", "unit", "deadline", "check", "rhythm", "topic", "note", "value_text",
    "standard", "weight",
)  # fmt: skip


def posted(data) -> dict:
    """The typed fields of a finding or a task out of a submitted form; what the form did not show is left out."""
    fields: dict = {name: data.get(name, "") for name in TEXTS if name in data}
    for name in ("leads", "coops"):
        if f"{name}_shown" in data:
            fields[name] = numbers(data.getlist(name))
    if "area" in data:
        fields["area"] = number(data["area"])
    if "aspirational_shown" in data:
        fields["aspirational"] = data.get("aspirational") == "1"
    return fields


def options() -> dict:
    """What the selects of the forms offer."""
    units = list(Organisation.objects.exclude(kind=Organisation.Kind.FIRM).order_by("kind", "pk"))
    order = [
        Organisation.Kind.BUREAU,
        Organisation.Kind.OFFICE,
        Organisation.Kind.COMMITTEE,
        Organisation.Kind.DEPARTMENT,
        Organisation.Kind.TOWN,
    ]
    groups = [(kind.label, [unit for unit in units if unit.kind == kind]) for kind in order]
    return {
        "operators": list(OPERATORS.items()),
        "checks": Task.Check.choices,
        "rhythms": Task.Rhythm.choices,
        "areas": Area.objects.exclude(level=Area.Level.VILLAGE).defer("geometry"),
        "indicators": indicator_choices(),
        "unit_groups": [(label, members) for label, members in groups if members],
        "unit_names": {unit.pk: str(unit) for unit in units},
    }


def indicator_choices() -> list[tuple[str, str]]:
    """Names and titles of the indicators that packs declare; none where no app has that kind."""
    return [(name, one.title) for name, one in packs.all("indicators").items()] if "indicators" in packs.kinds else []


def of_finding(finding: Finding) -> dict:
    """A finding's fields as a form shows them; a figure without trailing zeros, a fraction as it was written."""
    fields = dict(finding.fields)
    fields["value"] = shown_value(fields.get("value"), fields.get("value_text", ""))
    return fields


def shown_value(value, wording: str = "") -> str:
    if "/" in (wording or ""):
        return wording
    if value is None or value == "":
        return ""
    return f"{value:.10g}" if isinstance(value, float | int) else f"{value.normalize():f}" if hasattr(value, "normalize") else str(value)
