"""Calls of the cases for hazardous waste, emergencies and radiation sources."""

from __future__ import annotations

from dataclasses import asdict

from qingshan.methods import hazard


def _grade(std, facts, **options):
    found = hazard.incident_grade(std, facts, **options)
    return {"grade": found.grade, "hours": found.hours}


CALLS = {
    "waste_level": lambda std, **given: hazard.waste_level(std, **given).level,
    "yearly_amount": lambda std, **given: float(hazard.yearly_amount(std, **given)[0]),
    "declarations_due": lambda std, level, year: [str(d) for d in hazard.declarations_due(std, level, year)],
    "manifest_number": lambda std, number: asdict(hazard.manifest_number(std, number)),
    "incident_grade": _grade,
    "enterprise_risk": hazard.enterprise_risk,
    "hazard.field_share": hazard.field_share,
    "source_class": hazard.source_class,
}
