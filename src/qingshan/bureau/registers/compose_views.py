"""Pages on which a bureau composes its own register by form, and adds fields to one there is (编制登记册)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from qingshan.bureau.base import clock
from qingshan.bureau.base.form_lines import base_of, filled
from qingshan.bureau.base.views.composed import Bench, Words
from qingshan.bureau.registers import actions, composing
from qingshan.bureau.registers.actions.composing import COMPOSER, may_compose
from qingshan.bureau.registers.declared import Register
from qingshan.bureau.registers.forms import EntryForm
from qingshan.bureau.registers.views import COLUMNS


def _about(form: dict[str, str], faults: dict[str, list[str]]) -> dict[str, Any]:
    used = [(str(n), form[f"field-{n}-title"]) for n in filled(form, "field") if not form.get(f"field-{n}-retired")]
    figures = [(row["name"], row["title"]) for row in base_of(form).get("figure") or ()]
    return {
        "types": composing.TYPES, "whom": composing.whom(), "lights": composing.LIGHTS, "tests": composing.TESTS,
        "dates": [(n, title) for n, title in used if form.get(f"field-{n}-type") == "date"],
        "askable": [*used, ("state", "状态"), *figures, *composing.countings().items()],
        "bands_there": [(str(n), form[f"band-{n}-title"]) for n in filled(form, "band")],
        "light": {key: form.get(f"light-{key}", "") for key in ("by", "warn")}, "grade_title": form.get("grade-title", ""),
    }  # fmt: skip


def _sight(of: Register, request: HttpRequest) -> dict[str, Any]:
    """How the register will look: its form of entry and the head of its list."""
    entry = EntryForm(of=of, person=request.user, today=clock.today())
    for box in entry.fields.values():
        box.disabled = True
    return {"of": of, "entry_form": entry, "columns": [f for f in of.field if not f.key and not f.heading][:COLUMNS]}


BENCH = Bench(
    composer=COMPOSER, noun="register", may=may_compose, first=composing.FIRST, about=_about, sight=_sight,
    words=Words(
        title="编制登记册", room="登记册", home="registers:registers", new="新编一册", style="registers/registers.css",
        lead="用表单做一册，或给已有的册加字段；发布后马上能用", seen="已存草稿，下面是做出来的样子", done="可以登记了",
    ),
    actions={
        "save": actions.save_register_draft, "ask": actions.ask_register, "refuse": actions.refuse_register,
        "publish": actions.publish_register,
    },
    rows={
        "field": (composing.FIELD[:-1], 4), "state": (composing.STATE[:-1], 2), "due": (composing.DUE[:-1], 2),
        "band": (composing.BAND[:-1], 2), "rule": (composing.RULE[:-1], 2),
    },
    after=lambda made: reverse("registers:entries", args=[made.name]),
    size=lambda of: f"{len(of.field)} 个字段" + (f"，停用 {len(of.retired)} 个" if of.retired else ""),
)  # fmt: skip
