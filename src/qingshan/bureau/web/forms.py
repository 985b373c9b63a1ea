"""Forms of the frame: sign-in and one's own password."""

from __future__ import annotations

from django import forms
from django.contrib.auth import password_validation


def _secret(label: str, required: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=256, strip=False, widget=forms.PasswordInput, error_messages={"required": required})


class LoginForm(forms.Form):
    """Account and password; whether they fit is decided by the action."""

    username = forms.CharField(label="账号", max_length=150, error_messages={"required": "请填写账号"})
    password = _secret("口令", "请填写口令")


class PasswordForm(forms.Form):
    """The present password, and the new one twice."""

    old = _secret("现在的口令", "请填写现在的口令")
    new = _secret("新口令", "请填写新口令")
    again = _secret("再填一次新口令", "请再填一次")

    def __init__(self, person, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_old(self):
        if not self.person.check_password(self.cleaned_data["old"]):
            raise forms.ValidationError("与现在的口令不符")
        return self.cleaned_data["old"]

    def clean_new(self):
        password_validation.validate_password(self.cleaned_data["new"], self.person)
        return self.cleaned_data["new"]

    def clean(self):
        said = super().clean()
        if said.get("new") and said.get("again") and said["new"] != said["again"]:
            self.add_error("again", "两次填写的新口令不一样")
        if said.get("new") and said.get("old") == said["new"]:
            self.add_error("new", "新口令不能与现在的相同")
        return said
