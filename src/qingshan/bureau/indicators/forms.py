"""Forms of the indicators' pages."""

from __future__ import annotations

from django import forms

from qingshan.bureau.base import clock
from qingshan.bureau.base.models import Area
from qingshan.bureau.indicators import queries
from qingshan.bureau.indicators.actions.dust import SYMBOLS
from qingshan.bureau.indicators.periods import BadPeriod


class DeductionForm(forms.Form):
    """One day to deduct (沙尘剔除登记)."""

    day = forms.DateField(label="日期", widget=forms.DateInput(attrs={"type": "date"}))
    symbols = forms.MultipleChoiceField(
        label="项目", choices=[(s, s) for s in SYMBOLS], widget=forms.CheckboxSelectMultiple, initial=list(SYMBOLS)
    )
    basis = forms.CharField(label="依据", max_length=200, widget=forms.TextInput(attrs={"placeholder": "例如：总站沙尘剔除结果 2026年4月"}))

    def clean_day(self):
        day = self.cleaned_data["day"]
        if day > clock.today():
            raise forms.ValidationError(f"{day} 还没有到，不能登记剔除")
        return day


class ReportForm(forms.Form):
    """One reported value (填报)."""

    indicator = forms.ChoiceField(label="口径")
    area = forms.ModelChoiceField(label="区域", queryset=Area.objects.none(), empty_label="请选择")
    period = forms.CharField(label="时段", max_length=30, help_text="月写 2026-10，季写 2026-Q3，半年写 2026-H1，年写 2026，周写 2026-W40")
    value = forms.DecimalField(label="数值", max_digits=20, decimal_places=6)
    note = forms.CharField(label="说明", max_length=300, required=False, help_text="更正已确认的数时写明原因")
    file = forms.FileField(label="佐证", required=False)

    def __init__(self, *args, person, **kwargs):
        super().__init__(*args, **kwargs)
        mine = queries.reportable(person)
        self.fields["indicator"].choices = [(i.name, f"{i.code} {i.title}" + (f"（{i.unit}）" if i.unit else "")) for i in mine]
        self.fields["area"].queryset = Area.objects.filter(pk__in={a.pk for i in mine for a in queries.report_areas(person, i)}).defer(
            "geometry"
        )

    def clean_period(self):
        try:
            return queries.period(self.cleaned_data["period"])
        except BadPeriod as wrong:
            raise forms.ValidationError(str(wrong)) from None
