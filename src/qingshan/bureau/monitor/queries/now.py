"""What each station shows now (实时)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Prefetch
from django.urls import reverse

from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.monitor import bounds, levels
from qingshan.bureau.monitor.models import Alarm, Hour, Latest
from qingshan.bureau.sites import queries as sites
from qingshan.bureau.sites.models import OUTLETS, Station
from qingshan.terms import items

STALE, WATER_STALE = timedelta(hours=2), timedelta(hours=9)
NETS = {"flue": "废气口", "wastewater": "废水口", "water": "水站"}
CLASSES = {1: "优", 2: "良", 3: "轻度污染", 4: "中度污染", 5: "重度污染", 6: "严重污染"}
SHORT = {1: "优", 2: "良", 3: "轻度", 4: "中度", 5: "重度", 6: "严重"}


@dataclass(frozen=True)
class Now:
    """One station as it stands at a moment."""

    station: Station
    hour: Hour | None
    flags: dict[str, str]  # item → device flag of its latest hour, where it is not valid
    alarms: tuple[Alarm, ...]
    at: datetime

    @property
    def is_stale(self) -> bool:
        """No hour within the last two."""
        return self.hour is None or self.at - self.hour.time > STALE

    @property
    def aqi(self) -> int | None:
        return None if self.is_stale else self.hour.aqi

    @property
    def level(self) -> int | None:
        return None if self.is_stale else self.hour.level

    @property
    def level_words(self) -> str:
        return CLASSES.get(self.level or 0, "")

    @property
    def state(self) -> tuple[str, str]:
        """(light, word): what the data are worth just now."""
        if self.station.until and self.station.until < self.at.date():
            return "none", "已停用"
        if self.hour is None:
            return "none", "未上报"
        if self.is_stale:
            hours = int((self.at - self.hour.time).total_seconds() // 3600)
            return ("red" if hours >= 24 else "amber"), f"中断 {hours // 24} 天" if hours >= 48 else f"中断 {hours} 小时"
        if self.flags:
            item, flag = next(iter(sorted(self.flags.items())))
            more = f" 等 {len(self.flags)} 项" if len(self.flags) > 1 else ""
            return "amber", f"{item} {FLAG_WORDS.get(flag, '无效')}{more}"
        missing = [i for i in self.station.measured if i not in self.hour.values]
        if missing:
            return "amber", f"缺 {'、'.join(missing[:2])}" + (f" 等 {len(missing)} 项" if len(missing) > 2 else "")
        return "green", "在线"

    @property
    def alarm_words(self) -> str:
        """PM2.5 等 2 项报警"""
        named = sorted({a.item for a in self.alarms}, key=lambda i: (i != "PM2.5", i))
        return f"{named[0]}{f' 等 {len(named)} 项' if len(named) > 1 else ''} 报警" if named else ""

    def value(self, item: str) -> str:
        return levels.shown(item, self.hour.values.get(item)) if self.hour else "缺测"

    @property
    def cells(self) -> list[tuple[str, str, str]]:
        """(item, value as printed, state) of the six: state "" valid, else why there is none."""
        found = []
        for item in items.AIR:
            if not self.station.measures(item):
                found.append((item, "未监测", "off"))
            elif self.hour is None or self.is_stale or item not in self.hour.values:
                found.append((item, FLAG_WORDS.get(self.flags.get(item, ""), "缺测"), "missing"))
            else:
                found.append((item, levels.shown(item, self.hour.values[item]), ""))
        return found


FLAG_WORDS = {"F": "停运", "M": "维护", "S": "手工", "D": "故障", "C": "校准", "T": "超量程", "B": "通讯异常"}


def now_rows(person: Person, at: datetime, area: Area | None = None) -> list[Now]:
    """All stations of the air in use this person may see, in the order level, code."""
    found = sites.stations(person).in_use(at.date()).filter(network__medium="air").select_related("hour")
    if area is not None and area.level != Area.Level.DISTRICT:
        found = found.filter(area__in=Area.objects.below({area.pk}))
    return _now(found, at)


def now_of(station: Station, at: datetime) -> Now:
    return _now(Station.objects.filter(pk=station.pk).select_related("hour", "area", "network", "responsible"), at)[0]


def _now(found, at: datetime) -> list[Now]:
    found = found.prefetch_related(
        Prefetch("alarms", Alarm.objects.filter(ended_at=None).exclude(item=""), to_attr="going"),
        Prefetch("latest", Latest.objects.filter(kind="hour"), to_attr="last_hours"),
    ).defer("area__geometry")
    order = {level: i for i, level in enumerate(("national", "province", "city", "town", "micro"))}
    rows = []
    for station in found:
        hour = getattr(station, "hour", None)
        flags = {v.item: v.flag for v in station.last_hours if hour and v.at == hour.time and not v.is_valid and v.flag}
        rows.append(Now(station, hour, flags, tuple(station.going), at))
    return sorted(rows, key=lambda r: (order[r.station.level], r.station.code))


def station_counts(rows: list[Now]) -> dict:
    """For the legend: stations by class, by network level, stale, with an alarm."""
    by_level = {n: sum(r.level == n for r in rows) for n in range(1, 7)}
    nets: dict[str, int] = {}
    for r in rows:
        nets[r.station.get_level_display()] = nets.get(r.station.get_level_display(), 0) + 1
    return {
        "levels": [(n, SHORT[n], by_level[n]) for n in range(1, 7)],
        "none": sum(r.level is None and not r.is_stale for r in rows),
        "stale": sum(r.is_stale for r in rows),
        "alarm": sum(bool(r.alarms) for r in rows),
        "nets": nets,
    }


def map_data(person: Person, at: datetime) -> dict:
    """What the map draws: areas with geometry, stations with level and state, whose map it is. Within the person's scope."""
    rows = now_rows(person, at)
    areas = list(Area.objects.within(person).exclude(geometry=None))
    boundary = sites.latest_boundary()
    counts = station_counts(rows)
    return {
        "at": at.isoformat(),
        "towns": [{"name": a.name, "code": a.code, "geometry": a.geometry} for a in areas if a.level == Area.Level.TOWN],
        "districts": [{"name": a.name, "geometry": a.geometry} for a in areas if a.level == Area.Level.DISTRICT],
        "credit": _credit(boundary),
        "stations": [_dot(r) for r in rows if r.station.lon is not None],
        "outlets": outlets(person, at),
        "unplaced": sum(r.station.lon is None for r in rows),
        "counts": {
            "levels": counts["levels"],
            "none": counts["none"],
            "stale": counts["stale"],
            "alarm": counts["alarm"],
            "nets": counts["nets"],
        },
    }


def outlets(person: Person, at: datetime) -> list[dict]:
    """Outlets and automatic stations of water with a place, as the map draws them: what they are, their last hour, their alarms."""
    found = sites.stations(person).in_use(at.date()).filter(network__medium__in=("water", *OUTLETS)).exclude(lon=None)
    found = found.filter(hour__isnull=False) | found.filter(network__medium__in=OUTLETS)
    rows = found.select_related("hour").prefetch_related(
        Prefetch("alarms", Alarm.objects.filter(ended_at=None).exclude(item="").select_related("station__network"), to_attr="going"),
        Prefetch("latest", Latest.objects.filter(kind="hour"), to_attr="last_hours"),
    ).defer("area__geometry")  # fmt: skip
    return [_outlet(station, at) for station in rows.order_by("code").distinct()]


def _outlet(s: Station, at: datetime) -> dict:
    hour, medium, outlet = getattr(s, "hour", None), s.network.medium, getattr(s, "outlet", None)
    quiet = STALE if medium in OUTLETS else WATER_STALE
    values = [
        [bounds.about_item(v.item, medium).name, f"{v.value:.{bounds.about_item(v.item, medium).decimals}f}"]
        for v in sorted(s.last_hours, key=lambda v: v.item) if v.is_valid and hour and v.at == hour.time
    ]  # fmt: skip
    stale = hour is None or at - hour.time > quiet
    state = "未上报" if hour is None else "中断" if stale else "在线"
    return {
        "code": s.code, "name": s.name, "area": s.area.name, "net": NETS[medium], "lon": s.lon, "lat": s.lat,
        "firm": outlet.firm if outlet else "",
        "time": levels.hour_words(hour.time) if hour else "", "stale": stale, "state": state,
        "values": [] if stale else values[:8], "url": reverse("monitor:station", args=[s.code]),
        "alarms": [f"{levels.item_words(a)} {levels.of_alarm(a, a.peak)}" for a in s.going],
    }  # fmt: skip


def _credit(boundary) -> str:
    if boundary is None:
        return ""
    words = [
        f"区划：{boundary.source}" if boundary.source else "",
        f"审图号 {boundary.review_number}" if boundary.review_number else "无审图号，限内部使用",
    ]
    return "　".join(w for w in words if w)


def _dot(row: Now) -> dict:
    s = row.station
    return {
        "code": s.code, "name": s.name, "area": s.area.name, "net": s.get_level_display(), "lon": s.lon, "lat": s.lat,
        "aqi": row.aqi, "level": row.level, "words": row.level_words, "primary": row.hour.primary if row.hour and not row.is_stale else "",
        "time": levels.hour_words(row.hour.time) if row.hour else "", "stale": row.is_stale, "state": row.state[1],
        "values": [] if row.is_stale else [[i, v] for i, v, why in row.cells if not why],
        "alarms": [f"{a.item} {levels.shown(a.item, a.peak)}" for a in row.alarms],
        "url": reverse("monitor:station", args=[s.code]),
    }  # fmt: skip
