"""Forms of the indicators' pages."""

from __future__ import annotations

from django import forms

from qingshan.bureau.base import clock


class DeductionForm(forms.Form):
    """One day to deduct (沙尘剔除登记)."""

    day = forms.DateField(label="日期", widget=forms.DateInput(attrs={"type": "date"}))
    symbols = forms.MultipleChoiceField(
        label="项目", choices=[("PM10", "PM10"), ("PM2.5", "PM2.5")], widget=forms.CheckboxSelectMultiple, initial=["PM10", "PM2.5"]
    )
    basis = forms.CharField(label="依据", max_length=200, widget=forms.TextInput(attrs={"placeholder": "例如：总站沙尘剔除结果 2026年4月"}))

    def clean_day(self):
        day = self.cleaned_data["day"]
        if day > clock.today():
            raise forms.ValidationError(f"{day} 还没有到，不能登记剔除")
        return day
