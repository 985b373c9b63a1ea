"""OGC SensorThings API 1.1 (OGC 18-088), reading only: the valid hours of the stations a leader has opened.

Things and their Locations are stations, a Datastream is an item of a station, an Observation is an hour's mean that is valid as known now.
Values that are flagged, struck out or missing are no Observations.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from qingshan.bureau.api.models import OpenStation
from qingshan.bureau.api.sensorthings_query import BadQuery, Condition, Query, parse, utc
from qingshan.bureau.base import clock
from qingshan.bureau.monitor import stores
from qingshan.bureau.sites.models import Station
from qingshan.terms import items
from qingshan.terms.registry import unknown

SINGLE = {
    "Things": "Thing", "Locations": "Location", "HistoricalLocations": "HistoricalLocation", "Datastreams": "Datastream",
    "Sensors": "Sensor",
    "ObservedProperties": "ObservedProperty", "Observations": "Observation", "FeaturesOfInterest": "FeatureOfInterest",
}  # fmt: skip
RELATED = {
    "Things": ("Locations", "HistoricalLocations", "Datastreams"), "Locations": ("Things", "HistoricalLocations"),
    "HistoricalLocations": (),
    "Datastreams": ("Thing", "Sensor", "ObservedProperty", "Observations"), "Sensors": ("Datastreams",),
    "ObservedProperties": ("Datastreams",), "Observations": ("Datastream", "FeatureOfInterest"), "FeaturesOfInterest": ("Observations",),
}  # fmt: skip
PLURAL = {one: many for many, one in SINGLE.items()}
_REQUIREMENTS = (
    "datamodel", "request-data/order", "request-data/select", "request-data/orderby", "request-data/top", "request-data/skip",
    "request-data/count", "request-data/pagination", "request-data/status-code", "request-data/query-status-code",
)  # fmt: skip
CONFORMANCE = [f"http://www.opengis.net/spec/iot_sensing/1.1/req/{name}" for name in _REQUIREMENTS]
"""only what is answered whole: of paths, $filter, $expand and dataArray a part is, and they are not claimed"""
HOUR = timedelta(hours=1)
WIDE = timedelta(days=31)
_SEGMENT = re.compile(r"([A-Za-z]+)(?:\('((?:[^']|'')*)'\))?\Z")
Entity = dict[str, Any]


@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """What there is."""
    base = _base(request)
    value = [{"name": name, "url": f"{base}/{name}"} for name in SINGLE]
    return _json({"value": value, "serverSettings": {"conformance": CONFORMANCE}})


@require_safe
def resource(request: HttpRequest, resource: str) -> HttpResponse:
    """One entity, or a set of them, by its path."""
    try:
        return _json(World(_base(request)).answer(resource.strip("/"), parse(request.GET.items())))
    except BadQuery as wrong:
        return _json({"code": wrong.status, "type": "error", "message": str(wrong)}, wrong.status)


def _base(request: HttpRequest) -> str:
    return request.build_absolute_uri("/api/sta/v1.1")


def _json(said: dict, status: int = 200) -> JsonResponse:
    return JsonResponse(said, status=status, json_dumps_params={"ensure_ascii": False}, headers={"Access-Control-Allow-Origin": "*"})


class World:
    """The opened stations and what hangs on them, for one request."""

    def __init__(self, base: str) -> None:
        self.base = base
        opened = OpenStation.objects.values("station")
        found = Station.objects.filter(pk__in=opened).select_related("network", "area").defer("area__geometry")
        self.stations = {s.code: s for s in found}
        self.streams = {f"{s.code}:{i}": (s, i) for s in self.stations.values() for i in s.measured}

    def answer(self, path: str, query: Query) -> dict:
        """The answer to a path: ``Things``, ``Things('SM')``, ``Things('SM')/Datastreams``."""
        parts = path.split("/")
        if len(parts) > 2:
            raise BadQuery("路径只回答两段，如 Datastreams('SM:PM2.5')/Observations", 501)
        name, key = self._segment(parts[0])
        if name not in SINGLE:
            raise BadQuery(unknown("实体", name, SINGLE), 404)
        if key is None:
            if len(parts) > 1:
                raise BadQuery("集合后面不能再接路径；请写明哪一个", 404)
            return self.collection(name, None, query, path)
        found = self.one(name, key)
        if len(parts) == 1:
            return self.dressed(name, found, query)
        other, inner = self._segment(parts[1])
        if inner is not None or other not in RELATED[name]:
            raise BadQuery(unknown(f"{name} 的相关实体", parts[1][:40], RELATED[name]), 404)
        if other in PLURAL:
            return self.dressed(PLURAL[other], self.related(name, found, other), query)
        return self.collection(other, (name, found), query, path)

    @staticmethod
    def _segment(text: str) -> tuple[str, str | None]:
        match = _SEGMENT.match(text)
        if match is None:
            raise BadQuery(f"没有“{text[:60]}”；编号要用引号，如 Things('SM')", 404)
        return match[1], match[2].replace("''", "'") if match[2] is not None else None

    # ── sets ──
    def collection(self, name: str, parent: tuple[str, Entity] | None, query: Query, path: str, recent: bool = False) -> dict:
        """One page of a set, with the link to the next."""
        if query.is_array and name != "Observations":
            raise BadQuery("$resultFormat=dataArray 只用于 Observations", 501)
        if name == "Observations":
            rows, total = self.observations(parent, query, recent)
        else:
            rows = _ordered([e for e in self.all(name, parent) if all(_holds(e, c) for c in query.conditions)], query)
            total = len(rows)
            rows = rows[query.skip : query.skip + query.top]
        said: dict[str, Any] = {"@iot.count": total} if query.count else {}
        if query.skip + query.top < total and query.top:
            said["@iot.nextLink"] = self._next(path, query)
        dressed = [self.dressed(name, e, query) for e in rows]
        return said | {"value": self._array(rows) if query.is_array else dressed}

    def _next(self, path: str, query: Query) -> str:
        told = {"$top": str(query.top), "$skip": str(query.skip + query.top)}
        if query.conditions:
            told["$filter"] = " and ".join(f"{c.name} {c.operator} {_written(c.value)}" for c in query.conditions)
        if query.order:
            told["$orderby"] = ",".join(f"{n} {'desc' if down else 'asc'}" for n, down in query.order)
        if query.count:
            told["$count"] = "true"
        if query.select:
            told["$select"] = ",".join(query.select)
        if query.expand:
            told["$expand"] = query.expand_text
        if query.is_array:
            told["$resultFormat"] = "dataArray"
        return f"{self.base}/{quote(path, safe='/()')}?{urlencode(told, safe='$', quote_via=quote)}"

    def all(self, name: str, parent: tuple[str, Entity] | None) -> list[Entity]:
        if name == "HistoricalLocations":
            return []
        of = parent[1]["@iot.id"] if parent else None
        if name == "Datastreams":
            keys = list(self.streams)
            if parent and parent[0] == "ObservedProperties":
                keys = [k for k in keys if self.streams[k][1] == of]
            elif parent:
                keys = [k for k in keys if self.streams[k][0].code == of]
        elif name == "ObservedProperties":
            keys = list(dict.fromkeys(i for _, i in self.streams.values()))
        else:
            keys = [of] if of is not None else list(self.stations)
        return [self.make(name, key) for key in keys]

    def one(self, name: str, key: str) -> Entity:
        """The entity of an id; BadQuery 404 where nobody may see one."""
        if name == "Observations":
            stream, _, stamp = key.rpartition(":")
            if stream in self.streams and re.fullmatch(r"\d{10}", stamp):
                try:
                    end = datetime.strptime(stamp, "%Y%m%d%H")
                except ValueError:
                    end = None
                found = self._hours(stream, end, end) if end else []
                if found:
                    return self._observation(stream, *found[0])
        elif name == "ObservedProperties":
            if any(i == key for _, i in self.streams.values()):
                return self.make(name, key)
        elif name != "HistoricalLocations" and key in (self.streams if name == "Datastreams" else self.stations):
            return self.make(name, key)
        raise BadQuery(f"没有 {SINGLE[name]}“{key[:60]}”，或没有开放", 404)

    def related(self, name: str, entity: Entity, other: str) -> Entity:
        """The single entity another has: the Thing of a Datastream."""
        key = entity["@iot.id"]
        if name == "Observations":
            key = key.rpartition(":")[0]
            return self.make("Datastreams", key) if other == "Datastream" else self.make("FeaturesOfInterest", self.streams[key][0].code)
        station, item = self.streams[key]
        return self.make(PLURAL[other], item if other == "ObservedProperty" else station.code)

    # ── observations ──
    def observations(self, parent: tuple[str, Entity] | None, query: Query, recent: bool) -> tuple[list[Entity], int]:
        """One page of the hours asked for, and how many there are."""
        wrong = [c.name for c in query.conditions if c.name not in ("phenomenonTime", "resultTime", "result")]
        wrong += [n for n, _ in query.order if n not in ("phenomenonTime", "resultTime", "result")]
        if wrong:
            raise BadQuery(unknown("可筛选、排序的属性", wrong[0], ("phenomenonTime", "resultTime", "result")), 501)
        start, end = _span(query.conditions)
        streams = [parent[1]["@iot.id"]] if parent and parent[0] == "Datastreams" else [
            k for k, (s, _) in self.streams.items() if parent is None or s.code == parent[1]["@iot.id"]
        ]  # fmt: skip
        if recent and start is None:
            start = clock.now() - WIDE
        elif not (parent and parent[0] == "Datastreams") and (start is None or (end or clock.now()) - start > WIDE):
            raise BadQuery("请按 Datastreams('…')/Observations 读取，或用 $filter 把 phenomenonTime 限定在 31 天以内", 400)
        found = [(stream, *row) for stream in streams for row in self._hours(stream, start, end)]
        found = [f for f in found if all(_hour_holds(f[1], f[2], c) for c in query.conditions)]
        found.sort(key=lambda f: (f[1], f[0]))
        for name, down in reversed(query.order):
            found.sort(key=lambda f, by=2 if name == "result" else 1: f[by], reverse=down)
        return [self._observation(*f) for f in found[query.skip : query.skip + query.top]], len(found)

    def _hours(self, stream: str, start: datetime | None, end: datetime | None) -> list[tuple[datetime, float]]:
        station, item = self.streams[stream]
        table = stores.lake().hours([station.code], start, end, [item])
        return [(t, v) for t, v in zip(table["time"].to_pylist(), table[item].to_pylist()) if v is not None]

    def _observation(self, stream: str, end: datetime, value: float) -> Entity:
        span = f"{utc(end - HOUR)}/{utc(end)}"
        return {"@iot.id": f"{stream}:{end:%Y%m%d%H}", "phenomenonTime": span, "resultTime": utc(end), "result": value}

    def _array(self, rows: Sequence[Entity]) -> list[dict]:
        groups: dict[str, list[list]] = {}
        for row in rows:
            line = [row["@iot.id"], row["phenomenonTime"], row["resultTime"], row["result"]]
            groups.setdefault(row["@iot.id"].rpartition(":")[0], []).append(line)
        return [
            {
                "Datastream@iot.navigationLink": self.link("Datastreams", key),
                "components": ["id", "phenomenonTime", "resultTime", "result"],
                "dataArray@iot.count": len(lines), "dataArray": lines,
            }
            for key, lines in groups.items()
        ]  # fmt: skip

    # ── entities ──
    def link(self, name: str, key: str) -> str:
        return f"{self.base}/{name}('{quote(key.replace(chr(39), chr(39) * 2), safe=':')}')"

    def dressed(self, name: str, entity: Entity, query: Query) -> Entity:
        """An entity with its links, what is expanded, and only what is selected."""
        mine = self.link(name, entity["@iot.id"])
        said = {"@iot.id": entity["@iot.id"], "@iot.selfLink": mine} | entity
        wrong = [n for n in query.expand if n not in RELATED[name]]
        if wrong:
            raise BadQuery(unknown(f"{name} 的相关实体", wrong[0], RELATED[name]))
        for other in RELATED[name]:
            inner = query.expand.get(other)
            if inner is None:
                said[f"{other}@iot.navigationLink"] = f"{mine}/{other}"
            elif other in PLURAL:
                said[other] = self.dressed(PLURAL[other], self.related(name, entity, other), inner)
            else:
                path = f"{name}('{entity['@iot.id'].replace(chr(39), chr(39) * 2)}')/{other}"
                page = self.collection(other, (name, entity), inner, path, recent=other == "Observations")
                said[other] = page.pop("value")
                said |= {f"{other}{key}": value for key, value in page.items()}
        if query.select:
            kept = {{"id": "@iot.id", "selfLink": "@iot.selfLink"}.get(s, s) for s in query.select}
            said = {k: v for k, v in said.items() if k in kept or k.split("@")[0] in kept or k.split("@")[0] in query.expand}
        return said

    def make(self, name: str, key: str) -> Entity:
        """The properties of one entity, its id with them."""
        if name == "ObservedProperties":
            item = items.get(key)
            return {
                "@iot.id": key, "name": item.name, "description": f"{item.name}（{item.symbol}）", "definition": self.link(name, key),
                "properties": {"symbol": item.symbol, "codes": list(item.codes), "decimals": item.decimals},
            }  # fmt: skip
        if name == "Datastreams":
            station, symbol = self.streams[key]
            item = items.get(symbol)
            return {
                "@iot.id": key, "name": f"{station.name} {item.name}小时均值",
                "description": "一小时均值，以北京时间整点划分；自动监测数据，未经年度审核",
                "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
                "unitOfMeasurement": {"name": item.unit, "symbol": item.unit, "definition": "http://unitsofmeasure.org/ucum.html"},
            }  # fmt: skip
        station = self.stations[key]
        common = {"@iot.id": key, "name": station.name, "description": f"{station.network}，{station.area}"}
        if name == "Things":
            return common | {"properties": {"code": key, "level": station.get_level_display(), "network": str(station.network)}}
        if name == "Sensors":
            return common | {"name": f"{station.name}监测仪器", "encodingType": "text/html", "metadata": "自动监测仪器，按 HJ 212 联网"}
        located = station.lon is not None and station.lat is not None
        point: Entity = {"type": "Point", "coordinates": [station.lon, station.lat]}
        if not located:
            point = {"type": "GeometryCollection", "geometries": []}
        return common | {"encodingType": "application/geo+json", ("location" if name == "Locations" else "feature"): point}


def _holds(entity: Entity, c: Condition) -> bool:
    name = "@iot.id" if c.name == "id" else c.name
    if name not in ("@iot.id", "name", "description") or c.operator not in ("eq", "ne") or not isinstance(c.value, str):
        raise BadQuery("这里只回答 id、name、description 与文字的 eq、ne 比较", 501)
    return (entity[name] == c.value) == (c.operator == "eq")


def _ordered(rows: list[Entity], query: Query) -> list[Entity]:
    for name, down in reversed(query.order):
        key = "@iot.id" if name == "id" else name
        if key not in ("@iot.id", "name", "description"):
            raise BadQuery(unknown("可排序的属性", name, ("id", "name", "description")), 501)
        rows = sorted(rows, key=lambda e, by=key: str(e[by]), reverse=down)
    return rows


def _span(conditions: Sequence[Condition]) -> tuple[datetime | None, datetime | None]:
    """Hour labels (ends) beyond which nothing can hold; what is inside is still compared."""
    low, high = None, None
    for c in conditions:
        if c.name == "result":
            continue
        if not isinstance(c.value, datetime):
            raise BadQuery(f"{c.name} 要与时间比较，如 2026-11-20T05:00:00Z")
        if c.operator in ("ge", "gt", "eq"):
            low = max(low, c.value) if low else c.value
        if c.operator in ("le", "lt", "eq"):
            high = min(high, c.value + HOUR) if high else c.value + HOUR
    return low, high


def _hour_holds(end: datetime, value: float, c: Condition) -> bool:
    """An interval is later than a time when its start is, earlier when its end is."""
    if c.name == "result":
        if not isinstance(c.value, float):
            raise BadQuery("result 要与数比较")
        return _compare(value, c.operator, c.value)
    if c.name == "resultTime":
        return _compare(end, c.operator, c.value)
    return _compare(end if c.operator in ("lt", "le") else end - HOUR, c.operator, c.value)


def _compare(a: Any, operator: str, b: Any) -> bool:
    return {"eq": a == b, "ne": a != b, "gt": a > b, "ge": a >= b, "lt": a < b, "le": a <= b}[operator]


def _written(value: str | float | datetime) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return utc(value) if isinstance(value, datetime) else repr(value)
