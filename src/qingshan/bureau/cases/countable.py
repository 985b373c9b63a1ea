"""Every workflow as rows to be counted (事项的统计): what was asked and answered, and the state on a day. Secret answers are no columns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from functools import partial
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse

from qingshan.bureau.base.countable import Column, Countable, Row
from qingshan.bureau.cases.declared import Ask, Workflow
from qingshan.bureau.cases.models import Case, CaseEvent

TYPES = {"text": "text", "number": "number", "date": "date", "choice": "choice", "flag": "choice"}
PREFIX = "case_"
"""before a workflow's name: it is counted as ``case_activity``"""


def countables(catalogue) -> dict[str, Countable]:
    """All workflows of a catalogue; the present version of each."""
    found = {name: versions[-1].declaration for name, versions in catalogue.items.get("cases", {}).items() if versions}
    return {PREFIX + name: Countable(f"{flow.title}（事项）", columns(flow), rows(flow)) for name, flow in found.items()}


def columns(flow: Workflow) -> dict[str, Column]:
    """What is asked of everyone, the state and the day it was opened."""
    said = {name: _column(asks) for name, asks in flow.asks.items() if not any(a.secret for a in asks)}
    return {"state": Column("状态", "choice", flow.state), "opened_on": Column("交办日期", "date")} | said


def _column(asks: list[Ask]) -> Column:
    return Column(asks[0].title, TYPES[asks[0].type], {key: words for a in asks for key, words in a.choices.items()})


def rows(flow: Workflow) -> Callable[[date], list[Row]]:
    """The cases there were at the end of a day, in the state they had then, with the latest answers."""
    return partial(_rows, flow)


def _rows(flow: Workflow, day: date) -> list[Row]:
    end, asked = datetime.combine(day, time.max), flow.asks
    events = Prefetch("events", CaseEvent.objects.filter(at__lte=end).order_by("at", "id"), to_attr="past")
    found = Case.objects.filter(workflow=flow.name, opened_at__lte=end).order_by("number").prefetch_related(events)
    return [_row(case, asked) for case in found]


def _row(case: Case, asked: dict[str, list[Ask]]) -> Row:
    answers: dict[str, str] = {**case.facts, **{name: value for name, value in case.answers.items() if value}}
    fields: dict[str, Any] = {
        name: float(value) if asked[name][0].type == "number" else value
        for name, value in answers.items()
        if value and name in asked and not any(a.secret for a in asked[name])
    }
    state = case.past[-1].became if case.past else case.state
    fields |= {"state": state, "opened_on": case.opened_at.date().isoformat()}
    return Row(case.number, case.title, case.area_id, fields, reverse("cases:order", args=[case.number]))
