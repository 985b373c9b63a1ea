"""Forms of stations, devices and boundaries."""

from __future__ import annotations

from django import forms

from qingshan.bureau.base import clock
from qingshan.bureau.base.forms import NO_FILE
from qingshan.bureau.base.models import Area, Organisation
from qingshan.bureau.sites import plans
from qingshan.bureau.sites.models import OUTLETS, RESERVED, Device, Network, Outlet, Station

OUTLET = ("firm", "number", "permit", "credit_code", "oxygen", "limits")
CHINA = {"lon": (73.0, 136.0, "经度"), "lat": (3.0, 54.0, "纬度")}


class StationForm(forms.ModelForm):
    """A station's register (站点). Its medium decides which items, levels and targets it may have."""

    items = forms.MultipleChoiceField(label="监测项目", widget=forms.CheckboxSelectMultiple, required=False)
    new_network = forms.CharField(
        label="新的监测网络", max_length=60, required=False, help_text="左边没有时在这里写名称，如 镇街空气站；保存时一并登记"
    )
    medium = forms.ChoiceField(label="新网络的要素", choices=list(plans.MEDIA.items()), required=False, initial="air")
    target = forms.ChoiceField(required=False)
    for_medium = forms.CharField(widget=forms.HiddenInput, required=False)
    """the medium whose items were shown when the form was filled in"""
    firm = forms.CharField(label="排污单位", max_length=80, required=False)
    credit_code = forms.CharField(label="统一社会信用代码", max_length=18, required=False, help_text="与“工业污染源”登记册的条目相连")
    permit = forms.CharField(label="排污许可证编号", max_length=40, required=False)
    number = forms.CharField(label="排放口编号", max_length=20, required=False, help_text="如 DW001、DA001")
    oxygen = forms.FloatField(label="基准含氧量 %", min_value=0, max_value=20.5, required=False, help_text="空着不折算，按实测浓度评")
    limits = forms.CharField(
        label="排放限值",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="一行一项，如“化学需氧量 50 GB 18918—2002 一级A”“pH 6-9”"
        "“二氧化硫 速率 2.6 kg/h”“二氧化硫 日均 80”；mg/L 或 mg/m³，废气为折算浓度。改动自今日起算",
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
        self.fields["network"].label_from_instance = lambda n: f"{n.name}（{n.get_medium_display()}）"
        self.fields["responsible"].empty_label = "责任区域的镇街"
        self.fields["responsible"].help_text = "空着时由责任区域的镇街负责"
        self.fields["since"].help_text = "空着表示一直在用；启用以前的数据不参与评价"
        if self.instance.pk:
            self.fields["code"].disabled = True
            self.fields["code"].help_text = "编号不能改：观测数据按它存放"
            self.fields["network"].queryset = Network.objects.filter(medium=self.instance.network.medium)
            del self.fields["medium"]
        self._fit(self.its_medium)

    @property
    def its_medium(self) -> str:
        """The medium of the network chosen or named; a station that is there keeps its own."""
        if self.instance.pk:
            return Station.objects.values_list("network__medium", flat=True).get(pk=self.instance.pk)
        said = self.data if self.is_bound else self.initial
        if str(said.get("network") or "").isdecimal() and not said.get("new_network"):
            found = Network.objects.filter(pk=int(str(said["network"])[:18])).values_list("medium", flat=True).first()
            if found:
                return found
        return said.get("medium") if said.get("medium") in plans.MEDIA else "air"

    def _fit(self, medium: str) -> None:
        """Offer what stations of the medium may have; what a station already has stays offered."""
        held = self.instance
        self.fields["items"].choices = [(s, plans.item_words(s, medium)) for s in plans.symbols(medium)]
        choices = plans.levels(medium)
        if held.pk and held.level not in dict(choices):
            choices.append((held.level, held.get_level_display()))
        self.fields["level"].choices = choices
        targets = plans.targets(medium)
        targets += [held.target] * (bool(held.target) and held.target not in targets)
        self.fields["target"].label = plans.TARGETS.get(medium, "目标类别")
        self.fields["target"].choices = [("", "没有定"), *((t, f"{t} 类") for t in targets)]
        self.fields["body"].help_text = "总磷等限值按它分；没有选的不评价" if medium == "water" else ""
        self.fields["target"].help_text = "没有定的不评达标" if targets else ""
        if medium != "water":
            del self.fields["body"]
        self._fit_outlet(medium)
        if not targets:
            del self.fields["target"]
        self.fields["for_medium"].initial = medium
        self.items_help = plans.HELP.get(medium, "都不勾表示没有定，按送来的数据计")

    def _fit_outlet(self, medium: str) -> None:
        """What only an outlet has."""
        for name in OUTLET:
            if medium not in OUTLETS or (name == "oxygen" and medium != "flue"):
                del self.fields[name]
        if medium not in OUTLETS:
            return
        self.fields["firm"].required = True
        self.fields["responsible"].queryset = Organisation.objects.all()
        outlet = Outlet.objects.filter(station=self.instance).first() if self.instance.pk else None
        if outlet:
            for name in OUTLET:
                if name in self.fields:
                    self.fields[name].initial = getattr(outlet, name)
            self.fields["limits"].initial = plans.limits_text(outlet, clock.today())

    def outlet_fields(self) -> list:
        """The short fields of an outlet."""
        return [self[name] for name in OUTLET[:-1] if name in self.fields]

    def clean_limits(self) -> list[dict]:
        try:
            return plans.limits(self.cleaned_data["limits"], self.its_medium)
        except ValueError as wrong:
            raise forms.ValidationError(str(wrong)) from None

    def item_boxes(self) -> tuple[list, list]:
        """The boxes shown at once, and those that fold away."""
        boxes = list(self["items"])
        return boxes[: plans.SHOWN], boxes[plans.SHOWN :]

    @property
    def folded_chosen(self) -> bool:
        """Whether an item that folds away is ticked: then it is not folded."""
        return any(box.data["selected"] for box in self.item_boxes()[1])

    def clean_code(self):
        code = self.cleaned_data["code"].strip()
        if not code.isascii() or not all(c.isalnum() or c in "-_." for c in code):
            raise forms.ValidationError("编号只用字母、数字和 - _ .")
        if code.lower() in RESERVED:
            raise forms.ValidationError(f"编号不能是“{code}”")
        return code

    def clean(self):
        said = super().clean()
        medium = self.its_medium
        if not said.get("network") and not said.get("new_network") and "network" not in self.errors:
            self.add_error("network", "请选监测网络，或在旁边写新的网络名称")
        if said.get("for_medium") and said["for_medium"] != medium:
            words = f"网络改成了{plans.MEDIA[medium]}，监测项目、级别要按它重新选，请核对后再保存"
            self.add_error("items", words)
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
        """What was filled in, as the actions take it: the network itself or the name of a new one with its medium."""
        fields = dict(self.cleaned_data)
        del fields["for_medium"]
        fields["network"] = fields.pop("new_network") or fields["network"]
        outlet = {name: fields.pop(name) for name in OUTLET if name in fields}
        if outlet:
            fields["outlet"] = outlet
        return fields | {"medium": self.its_medium}


class DeviceForm(forms.Form):
    """A device's profile: what its numbers and hour labels mean (设备档案)."""

    station = forms.ModelChoiceField(label="所在站点", queryset=Station.objects.none(), required=False, empty_label="未指定")
    protocol = forms.ChoiceField(label="协议版本", choices=Device._meta.get_field("protocol").choices)
    label = forms.ChoiceField(
        label="时间标签", choices=Device.Label.choices, help_text="HJ 212—2017 为时段起点；小时值入库时一律换成时段终点"
    )
    minutes = forms.IntegerField(label="分钟数据间隔（分钟）", min_value=1, max_value=30, initial=1)
    seconds = forms.IntegerField(
        label="实时数据间隔（秒）", min_value=1, max_value=600, initial=5, help_text="HJ 212 附录 D 的个数按 5 秒一数，更疏的按比例减少"
    )
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
