"""Forms made from a register's declaration."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms

from qingshan.bureau.base.forms import CHOOSE, NO_FILE, REQUIRED
from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.registers.declared import Field, Register
from qingshan.bureau.registers.models import Entry
from qingshan.bureau.registers.values import LONGEST, Wrong, stored

WORDS = {True: "是", False: "否"}


class EntryForm(forms.Form):
    """One entry of a register: its declared fields, where it is, its state, from when and why (条目)."""

    def __init__(self, *args, of: Register, person: Person, entry: Entry | None = None, today: dt.date, **kwargs):
        first: dict[str, Any] = {}
        if entry:
            first = {name: WORDS[value] if isinstance(value, bool) else value for name, value in entry.values.items()}
            first |= {"area": entry.area_id, "state": entry.state, "lon": entry.lon, "lat": entry.lat}
        super().__init__(*args, initial=first | {"day": today}, **kwargs)
        self.of, self.entry = of, entry
        for field in self._asked():
            self.fields[field.name] = _input(field)
            if (entry and field.key) or field.compute:
                self.fields[field.name].disabled = True
        self.fields["area"] = forms.ModelChoiceField(
            label="所在区域", queryset=Area.objects.within(person).defer("geometry"), empty_label="请选择", error_messages=CHOOSE
        )
        if of.state:
            self.fields["state"] = forms.ChoiceField(label="状态", choices=list(of.state.items()), error_messages=CHOOSE)
        if of.shape == "point":
            self.fields["lon"] = forms.FloatField(label="经度", required=False, error_messages={"invalid": "须是数"})
            self.fields["lat"] = forms.FloatField(label="纬度", required=False, error_messages={"invalid": "须是数"})
        self.fields["day"] = forms.DateField(
            label="生效日期", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), error_messages=REQUIRED,
            help_text="从这一天起按新值统计；补记以前的变更时改成当时的日期",
        )  # fmt: skip
        self.fields["basis"] = forms.CharField(label="依据", max_length=200, required=False, help_text="文号、现场核查或来源")

    def _asked(self) -> list[Field]:
        """The fields as this form asks them: a number that is given by itself may stay empty in a new entry."""
        own = {"required": False, "help": f"空着自动编号（{self.of.numbering}）"}
        free = self.of.numbering and self.entry is None
        return [f.model_copy(update=own) if free and f.key else f for f in self.of.field]

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        for field in self._asked():
            if field.name in said and not field.compute:
                try:
                    said[field.name] = stored(field, said[field.name])
                except Wrong as no:
                    self.add_error(field.name, str(no))
        return said

    def said(self) -> dict[str, Any]:
        """What was filled in, as the actions take it."""
        data = self.cleaned_data
        values = {f.name: data.get(f.name) for f in self.of.field}
        rest = {name: data.get(name) for name in ("area", "lon", "lat", "day", "basis")}
        return {"values": values, "state": data.get("state", ""), **rest}


def _input(field: Field) -> forms.Field:
    words = field.help or ("由别的栏算出，不用填" if field.compute else "")
    said = {"label": field.label, "required": field.required, "help_text": words, "error_messages": REQUIRED}
    if field.type == "choice":
        return forms.ChoiceField(**said | {"choices": [("", "请选择"), *field.choices.items()], "error_messages": CHOOSE | REQUIRED})
    if field.type == "flag":
        return forms.ChoiceField(**said | {"choices": [("", "请选择"), ("是", "是"), ("否", "否")], "error_messages": CHOOSE | REQUIRED})
    if field.type == "date":
        return forms.DateField(
            **said | {"error_messages": REQUIRED | {"invalid": "须是 2026-01-31 这样的日期"}},
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        )
    if field.is_number:
        return forms.CharField(**said, max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    return forms.CharField(**said, max_length=LONGEST)


class SheetForm(forms.Form):
    """A sheet of entries."""

    file = forms.FileField(label="Excel 或 CSV 文件", widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}), error_messages=NO_FILE)


class BasisForm(forms.Form):
    """Why an entry is taken out or put back."""

    basis = forms.CharField(label="原因", max_length=200, error_messages=REQUIRED)
