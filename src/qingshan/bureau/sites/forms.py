"""Forms of stations, devices and boundaries."""

from __future__ import annotations

from django import forms

from qingshan.bureau.base.forms import NO_FILE
from qingshan.bureau.base.models import Area, Organisation
from qingshan.bureau.sites.models import RESERVED, Device, Station
from qingshan.terms import items

CHINA = {"lon": (73.0, 136.0, "经度"), "lat": (3.0, 54.0, "纬度")}


class StationForm(forms.ModelForm):
    """A station's register (站点)."""

    items = forms.MultipleChoiceField(
        label="监测项目", choices=[(i, i) for i in items.AIR], widget=forms.CheckboxSelectMultiple, required=False
    )

    new_network = forms.CharField(
        label="新的监测网络", max_length=60, required=False, help_text="左边没有时在这里写名称，如 镇街空气站；保存时一并登记"
    )

    class Meta:
        model = Station
        fields = [
            "code", "name", "network", "level", "area", "responsible", "lon", "lat", "address", "items", "body", "target", "since", "until",
            "note",
        ]  # fmt: skip
        error_messages = {
            "code": {"unique": "已有用这个编号的站点，请换一个", "max_length": "编号至多 40 字"},
            "name": {"max_length": "名称太长，请改短"},
        }
        widgets = {name: forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}) for name in ("since", "until")}

    def __init__(self, *args, person, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["area"].queryset = Area.objects.within(person).exclude(level=Area.Level.VILLAGE)
        self.fields["responsible"].queryset = Organisation.objects.exclude(kind=Organisation.Kind.FIRM)
        self.fields["network"].required = False
        self.fields["area"].empty_label = self.fields["network"].empty_label = "请选择"
        self.fields["responsible"].empty_label = "责任区域的镇街"
        self.fields["responsible"].help_text = "空着时由责任区域的镇街负责"
        self.fields["body"].help_text = "断面、点位在河流还是湖库，评价时用；空气站不填"
        self.fields["target"].help_text = "断面写目标类别如 Ⅲ，噪声点位写功能区如 2；空气站不填"
        self.fields["since"].help_text = "空着表示一直在用；启用以前的数据不参与评价"
        if self.instance.pk:
            self.fields["code"].disabled = True
            self.fields["code"].help_text = "编号不能改：观测数据按它存放"

    def clean_code(self):
        code = self.cleaned_data["code"].strip()
        if not code.isascii() or not all(c.isalnum() or c in "-_." for c in code):
            raise forms.ValidationError("编号只用字母、数字和 - _ .")
        if code.lower() in RESERVED:
            raise forms.ValidationError(f"编号不能是“{code}”")
        return code

    def clean(self):
        said = super().clean()
        if not said.get("network") and not said.get("new_network") and "network" not in self.errors:
            self.add_error("network", "请选监测网络，或在旁边写新的网络名称")
        for name, (low, high, words) in CHINA.items():
            value = said.get(name)
            if value is not None and not low <= value <= high:
                self.add_error(name, f"{words}须在 {low:.0f} 至 {high:.0f} 之间")
        if (said.get("lon") is None) != (said.get("lat") is None):
            self.add_error("lat" if said.get("lat") is None else "lon", "经度、纬度要一起填")
        since, until = said.get("since"), said.get("until")
        if since and until and until < since:
            self.add_error("until", "停用日期早于启用日期")
        return said

    def said(self) -> dict:
        """What was filled in, as the actions take it: the network itself or the name of a new one."""
        fields = dict(self.cleaned_data)
        return fields | {"network": fields.pop("new_network") or fields["network"]}


class DeviceForm(forms.Form):
    """A device's profile: what its numbers and hour labels mean (设备档案)."""

    station = forms.ModelChoiceField(label="所在站点", queryset=Station.objects.none(), required=False, empty_label="未指定")
    protocol = forms.ChoiceField(label="协议版本", choices=Device._meta.get_field("protocol").choices)
    label = forms.ChoiceField(
        label="时间标签", choices=Device.Label.choices, help_text="HJ 212—2017 为时段起点；小时值入库时一律换成时段终点"
    )
    minutes = forms.IntegerField(label="分钟数据间隔（分钟）", min_value=1, max_value=30, initial=1)
    password = forms.CharField(label="访问密码", max_length=40, required=False)
    admitted = forms.BooleanField(label="准入", required=False)
    note = forms.CharField(label="备注", max_length=200, required=False)

    def __init__(self, *args, person, codes: list[tuple[str, str, tuple[str, ...], str]], **kwargs):
        """`codes`: (factor code, item words, units it may have, suggestion) of each factor the device sends."""
        super().__init__(*args, **kwargs)
        self.fields["station"].queryset = Station.objects.within(person).order_by("code")
        self.codes = codes
        for code, words, units, suggestion in codes:
            name = f"unit_{code}"
            self.fields[name] = forms.ChoiceField(
                label=f"{words} {code}", required=False, choices=[("", "未定，先不入库"), *((u, u) for u in units)],
                help_text=f"按数值大小建议 {suggestion}" if suggestion else "",
            )  # fmt: skip

    def units(self) -> dict[str, str]:
        return {code: self.cleaned_data[f"unit_{code}"] for code, *_ in self.codes if self.cleaned_data.get(f"unit_{code}")}

    def unit_fields(self):
        return [self[f"unit_{code}"] for code, *_ in self.codes]


class BoundaryForm(forms.Form):
    """A bureau's own outlines (区划边界)."""

    file = forms.FileField(
        label="GeoJSON 文件", widget=forms.FileInput(attrs={"accept": ".json,.geojson,application/geo+json"}), error_messages=NO_FILE
    )
    review_number = forms.CharField(
        label="审图号", max_length=60, required=False, help_text="公开使用的地图须有审图号，如 京S(2026)001号；会印在地图下方"
    )
    source = forms.CharField(label="数据来源", max_length=100, required=False)


class SheetForm(forms.Form):
    """A sheet of stations."""

    file = forms.FileField(label="Excel 或 CSV 文件", widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}), error_messages=NO_FILE)
