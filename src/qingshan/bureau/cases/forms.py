"""Forms of cases: one to be opened, a sheet (交办、导入)."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms

from qingshan.bureau.base.models import Area, Organisation, Person
from qingshan.bureau.cases.declared import Ask, Workflow
from qingshan.bureau.sites.models import Station

REQUIRED = {"required": "请填写", "invalid": "写法不对"}
CHOOSE = {"required": "请选择", "invalid_choice": "没有这一项"}


class OpenForm(forms.Form):
    """A case of one workflow, as it is handed out."""

    title = forms.CharField(label="事项", max_length=120, error_messages=REQUIRED)
    summary = forms.CharField(label="情况", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    content = forms.CharField(
        label="原文", max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 4}), help_text="来件、移交文件的原话"
    )
    outside = forms.CharField(label="来文编号", max_length=60, required=False, help_text="工单号、文号、问题序号")
    area = forms.ModelChoiceField(Area.objects.none(), label="所在区域", empty_label="请选择", error_messages=CHOOSE)
    responsible = forms.ModelChoiceField(Organisation.objects.none(), label="责任单位", empty_label="请选择", error_messages=CHOOSE)
    place = forms.CharField(label="地点", max_length=120, required=False)
    lon = forms.FloatField(label="经度", required=False, min_value=73, max_value=136, error_messages={"invalid": "须填数"})
    lat = forms.FloatField(label="纬度", required=False, min_value=3, max_value=54, error_messages={"invalid": "须填数"})
    station = forms.ModelChoiceField(
        Station.objects.none(), label="对照站点", required=False, empty_label="没有", help_text="整改成效和反弹按这个站点的数据看"
    )
    term_at = forms.DateField(
        label="办结期限", required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": "须是 2026-12-31 这样的日期"},
    )  # fmt: skip

    def __init__(self, *args, of: Workflow, person: Person, **more):
        super().__init__(*args, **more)
        self.asks = of.field
        self.fields["area"].queryset = Area.objects.within(person).defer("geometry").order_by("code")
        self.fields["responsible"].queryset = Organisation.objects.order_by("kind", "name")
        self.fields["station"].queryset = Station.objects.within(person).order_by("code")
        if of.term:
            self.fields["term_at"].help_text = f"不填为交办起 {of.term.words}"
        for ask in of.field:
            self.fields[f"fact_{ask.name}"] = _input(ask)

    def said(self) -> dict[str, Any]:
        """What :func:`actions.open_case` takes."""
        data = dict(self.cleaned_data)
        facts = {ask.name: str(data.pop(f"fact_{ask.name}") or "") for ask in self.asks}
        day = data.pop("term_at")
        return {**data, "facts": facts, "term_at": datetime.combine(day, time(23, 59, 59)) if day else None}


def _input(ask: Ask) -> forms.Field:
    said = {"label": ask.title, "required": ask.required, "help_text": ask.help or ("只给交办和核查的人看" if ask.secret else "")}
    if ask.choices:
        return forms.ChoiceField(**said, choices=[("", "请选择"), *ask.choices.items()], error_messages=CHOOSE)
    if ask.type == "date":
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        return forms.DateField(**said, widget=widget, error_messages=REQUIRED | {"invalid": "须是 2026-12-31 这样的日期"})
    if ask.type == "number":
        return forms.CharField(**said, max_length=30, error_messages=REQUIRED, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    return forms.CharField(**said, max_length=2000, error_messages=REQUIRED)


class SheetForm(forms.Form):
    """A sheet of cases."""

    file = forms.FileField(
        label="Excel 或 CSV 文件", widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}), error_messages={"required": "请选择文件"}
    )
