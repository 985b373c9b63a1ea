"""Forms for the ways out (消息通道)."""

from __future__ import annotations

from django import forms

from qingshan.bureau.base import packs
from qingshan.bureau.base.forms import CHOOSE, REQUIRED
from qingshan.bureau.base.models import Organisation
from qingshan.bureau.notices.models import Post

KEPT = "不填表示不改；保存后不再显示"


class PostForm(forms.Form):
    """The mail server and the platform's address."""

    site = forms.CharField(label="平台地址", max_length=120, required=False, help_text="写进邮件和群消息的链接，如 http://10.1.2.3:8000")
    active = forms.BooleanField(label="启用邮件", required=False)
    host = forms.CharField(label="发信服务器", max_length=120, required=False)
    port = forms.IntegerField(label="端口", min_value=1, max_value=65535, initial=465)
    security = forms.ChoiceField(label="加密", choices=Post.Security.choices, error_messages=CHOOSE)
    username = forms.CharField(label="账号", max_length=120, required=False)
    password = forms.CharField(label="口令", max_length=200, required=False, widget=forms.PasswordInput, help_text=KEPT)
    sender = forms.EmailField(label="发信人", required=False)


class RobotForm(forms.Form):
    """One group-chat robot."""

    name = forms.CharField(label="群名", max_length=40, error_messages=REQUIRED)
    form = forms.ChoiceField(label="类别", error_messages=CHOOSE)
    address = forms.CharField(label="Webhook 地址", max_length=500, required=False, help_text=f"从群机器人设置里整行复制。{KEPT}")
    secret = forms.CharField(
        label="加签密钥", max_length=200, required=False, widget=forms.PasswordInput, help_text=f"钉钉“加签”时填。{KEPT}"
    )
    organisation = forms.ModelChoiceField(
        label="只发这个单位的", queryset=Organisation.objects.none(), required=False, empty_label="（全区）", error_messages=CHOOSE
    )
    kinds = forms.MultipleChoiceField(label="发哪些消息", widget=forms.CheckboxSelectMultiple, error_messages=CHOOSE | REQUIRED)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["form"].choices = [(form.name, form.title) for form in packs.all("robots").values()]
        self.fields["organisation"].queryset = Organisation.objects.all()
        self.fields["kinds"].choices = [(kind.name, kind.title) for kind in packs.all("notices").values() if "robot" in kind.by]
