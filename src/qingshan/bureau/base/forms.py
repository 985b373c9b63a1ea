"""Forms for areas, organisations and people; what they say is decided by the actions."""

from __future__ import annotations

import re

from django import forms

from qingshan.bureau.base import roles
from qingshan.bureau.base.models import Area, Organisation

REQUIRED = {"required": "请填写这一项"}
NO_FILE = {"required": "请先选文件", "empty": "选的是空文件，请检查后重新选择", "max_length": "文件名太长，请改短后再传"}
CHOOSE = {"required": "请选择一项", "invalid_choice": "没有这个选项，请重新选择"}


class AreaForm(forms.Form):
    """An area: code, name, level, what it lies in, other names."""

    code = forms.CharField(label="代码", max_length=12, error_messages=REQUIRED, help_text="行政区划代码，6、9 或 12 位数字")
    name = forms.CharField(label="名称", max_length=60, error_messages=REQUIRED)
    level = forms.ChoiceField(label="级别", choices=Area.Level.choices, error_messages=CHOOSE)
    parent = forms.ModelChoiceField(label="上级", queryset=Area.objects.none(), required=False, empty_label="（无）", error_messages=CHOOSE)
    aliases = forms.CharField(label="别名", max_length=200, required=False, help_text="文件里的其他写法，用顿号隔开，如 石门地区")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = Area.objects.exclude(level=Area.Level.VILLAGE).defer("geometry")

    def clean_code(self):
        code = self.cleaned_data["code"].strip()
        if not re.fullmatch(r"\d{6}|\d{9}|\d{12}", code):
            raise forms.ValidationError(f"代码写成“{code}”，应为 6、9 或 12 位数字")
        return code

    def clean_aliases(self):
        return [part.strip() for part in re.split(r"[、,，;；\s]+", self.cleaned_data["aliases"]) if part.strip()]


class OrganisationForm(forms.Form):
    """A unit: names, kind, what it stands under, where it is."""

    name = forms.CharField(label="全称", max_length=80, error_messages=REQUIRED)
    short = forms.CharField(label="简称", max_length=30, required=False, help_text="表格里用的短名")
    kind = forms.ChoiceField(label="类别", choices=Organisation.Kind.choices, error_messages=CHOOSE)
    parent = forms.ModelChoiceField(
        label="上级单位", queryset=Organisation.objects.none(), required=False, empty_label="（无）", error_messages=CHOOSE
    )
    area = forms.ModelChoiceField(
        label="所在区域", queryset=Area.objects.none(), required=False, empty_label="（无）", error_messages=CHOOSE
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = Organisation.objects.all()
        self.fields["area"].queryset = Area.objects.defer("geometry")


class PersonForm(forms.Form):
    """A person: account, name, unit, post, phone, roles."""

    name = forms.CharField(label="姓名", max_length=30, error_messages=REQUIRED)
    username = forms.CharField(label="账号", max_length=60, error_messages=REQUIRED, help_text="登录用；小写字母、数字、点、横线")
    organisation = forms.ModelChoiceField(label="单位", queryset=Organisation.objects.none(), error_messages=CHOOSE, empty_label="请选择")
    post = forms.CharField(label="职务", max_length=40, required=False)
    phone = forms.CharField(label="电话", max_length=20, required=False)
    roles = forms.MultipleChoiceField(label="角色", required=False, widget=forms.CheckboxSelectMultiple, error_messages=CHOOSE)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.all()
        self.fields["roles"].choices = [(role.name, role.title) for role in roles.declared()]

    def clean_username(self):
        username = self.cleaned_data["username"].strip().lower()
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,59}", username):
            raise forms.ValidationError("账号只能用小写字母、数字、点和横线，至少两位")
        return username

    def clean_phone(self):
        phone = re.sub(r"[\s-]", "", self.cleaned_data["phone"])
        if phone and not re.fullmatch(r"\+?\d{3,15}", phone):
            raise forms.ValidationError(f"电话写成“{phone}”，只填数字")
        return phone
