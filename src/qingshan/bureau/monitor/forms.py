"""Forms of the monitor: an import file and what its columns mean, a mark."""

from __future__ import annotations

import re

from django import forms

from qingshan.bureau.base.forms import NO_FILE
from qingshan.bureau.monitor.actions.marks import NOTICES
from qingshan.bureau.monitor.models import Mark, SavedMapping
from qingshan.bureau.sites.models import OUTLETS, Network, Station
from qingshan.lake import imports
from qingshan.terms import items

ROLES = (
    ("", "不导入"),
    ("time", "时间"),
    ("date", "日期"),
    ("year", "年"),
    ("month", "月"),
    ("day", "日"),
    ("hour", "小时"),
    ("station", "站点"),
    ("item", "项目名"),
    ("value", "数值"),
    ("unit", "单位列"),
)
UNITS = ("µg/m³", "mg/m³", "ng/m³")
WATERS = ("water", "groundwater", "sea")
WHAT = tuple(
    (f"{grain}:{medium}", f"{dict(Network._meta.get_field('medium').choices)[medium]}，{words}")
    for medium in (m for m, _ in Network._meta.get_field("medium").choices if m in items.MEDIA)
    for grain, words in (("hours", "逐小时"), ("samples", "手工采样"))
    if (grain, medium) != ("hours", "soil")
)
"""What a file may hold: hours or samples of a medium."""


def units_of(medium: str) -> tuple[str, ...]:
    """The units a column of that medium may be in."""
    if medium == "air":
        return UNITS
    own = dict.fromkeys(i.unit for i in items.of_medium(medium) if i.unit)
    return tuple(dict.fromkeys([*(("mg/L", "µg/L", "ng/L") if medium in WATERS else ()), *own]))


class UploadForm(forms.Form):
    file = forms.FileField(
        label="CSV 或 Excel 文件", widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx,.xls"}), error_messages=NO_FILE
    )
    what = forms.ChoiceField(label="数据", choices=WHAT, initial="hours:air", required=False)
    saved = forms.ModelChoiceField(label="列对应", queryset=SavedMapping.objects.all(), required=False, empty_label="自动识别，之后可改")


def columns_of(table: imports.Table, mapping: imports.Mapping) -> list[dict]:
    """Each column of the file with its first values and what it is taken for."""
    names = imports.headers(table, mapping)
    body = table.rows[mapping.first - 1 : mapping.first + 2]
    single = {
        mapping.time: "time",
        mapping.hour: "hour",
        mapping.station: "station",
        mapping.item if mapping.layout == "long" else "": "item",
        mapping.value: "value",
        mapping.unit: "unit",
    }
    dates = dict(zip(mapping.date, ("year", "month", "day") if len(mapping.date) == 3 else ("date",)))
    wide = mapping.items if mapping.layout == "wide" else {}
    found = []
    for i, name in enumerate(names):
        role = (single.get(name, "") if name else "") or dates.get(name, "")
        role = f"item:{wide[name]}" if name in wide else f"flag:{mapping.flags[name]}" if name in mapping.flags else role
        found.append({
            "index": i, "name": name, "role": role, "unit": mapping.units.get(wide.get(name, ""), ""),
            "sample": [str(row[i]) if i < len(row) and row[i] is not None else "" for row in body],
        })  # fmt: skip
    return found


def mapping_from(post, table: imports.Table, before: imports.Mapping) -> dict:
    """The mapping that the form says; columns are named by number, so any header text can stand in the file."""
    head = {**before.asdict()}
    for key, low, high in (("header", 0, 50), ("header_rows", 1, 5), ("first", 1, 100)):
        try:
            head[key] = min(max(int(post.get(key, head[key])), low), high)
        except ValueError:
            pass
    for key, choices in (("hour_label", ("end", "start")), ("below", ("half", "limit", "missing"))):
        if post.get(key) in choices:
            head[key] = post[key]
    head["station_fixed"] = post.get("station_fixed", "").strip()[:60]
    if (head["header"], head["header_rows"]) != (before.header, before.header_rows):
        return head  # the names change with it: look first, then map
    names = imports.headers(table, before)
    said: dict[str, list[str]] = {}
    wide, flags, units = {}, {}, {}
    for i, name in enumerate(names):
        role = post.get(f"role_{i}", "")
        kind, _, item = role.partition(":")
        if kind == "item" and item in items.symbols(before.medium if before.medium != "air" else None):
            wide[name] = item
            if post.get(f"unit_{i}") in units_of(before.medium):
                units[item] = post[f"unit_{i}"]
        elif kind == "flag" and item in items.symbols(before.medium if before.medium != "air" else None):
            flags[name] = item
        elif role:
            said.setdefault(role, []).append(name)
    if before.layout == "stations" and not wide:
        return head | {"time": _one(said, "time"), "hour": _one(said, "hour"), "date": said.get("date", [])[:1]}
    head |= {key: _one(said, key) for key in ("time", "hour", "station", "unit", "value")}
    date = (
        [_one(said, k) for k in ("year", "month", "day")] if all(k in said for k in ("year", "month", "day")) else said.get("date", [])[:1]
    )
    is_long = bool(said.get("item") and said.get("value")) and not wide
    return head | {
        "date": date, "layout": "long" if is_long else "wide", "item": _one(said, "item") if is_long else "",
        "items": before.items if is_long else wide, "flags": flags, "units": units if not is_long else before.units,
    }  # fmt: skip


def _one(said: dict[str, list[str]], key: str) -> str:
    return said.get(key, [""])[0]


class MarkForm(forms.Form):
    """A mark on a station's data (数据标记)."""

    station = forms.ModelChoiceField(Station.objects.none(), label="站点", to_field_name="code", empty_label="请选择")
    kind = forms.ChoiceField(label="标记", choices=[])
    start = forms.DateTimeField(label="起", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
    end = forms.DateTimeField(label="止", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
    items = forms.CharField(label="项目", required=False, max_length=200, help_text="如 PM2.5、O3；空着为这个站的全部项目")
    reason = forms.CharField(
        label="理由", max_length=300, widget=forms.Textarea(attrs={"rows": 3}), help_text="做了什么、谁做的；审核的人据此同意或不同意"
    )
    evidence = forms.FileField(label="佐证", required=False, help_text="运维记录、照片或文件；每日例行的可以不附")
    lead = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, person, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["station"].queryset = Station.objects.within(person).filter(network__medium__in=("air", "water", *OUTLETS))
        reviewer = person.has_perm("monitor.review_mark")
        self.fields["kind"].choices = [c for c in Mark.Kind.choices if reviewer or c[0] not in ("X", "N")]
        for name in ("start", "end"):
            self.fields[name].input_formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]

    def clean(self):
        """Items as people write them, in the symbols of the station's medium."""
        said = super().clean()
        if said.get("station") and said.get("items"):
            medium = said["station"].network.medium
            found = [items.find_word(word, medium) for word in said["items"]]
            said["items"] = [item.symbol if item else word for item, word in zip(found, said["items"], strict=True)]
        return said

    def clean_items(self) -> list[str]:
        return [part for part in re.split(r"[、,，;；\s]+", self.cleaned_data["items"]) if part]


class NoticeForm(MarkForm):
    """That an instrument is down from … to (报仪器停用)."""

    lead = None

    def __init__(self, *args, person, **kwargs):
        super().__init__(*args, person=person, **kwargs)
        self.fields["kind"].label = "情况"
        self.fields["kind"].choices = [(k.value, k.label) for k in NOTICES]
        self.fields["end"].help_text = "预计恢复的时间；提前恢复的，撤销后重报"
        self.fields["reason"].help_text = "什么仪器、怎么坏的、谁在修"
        self.fields["evidence"].required = True
        self.fields["evidence"].help_text = "故障照片、检修单或停产报告"
        self.fields["evidence"].error_messages = NO_FILE
        self.fields["items"].help_text = "只有某几项停用的写明，如 化学需氧量；空着为整站，整站的才停断线报警"
