"""The routes of the API, each a question of ``indicators.queries`` within what its asker may see."""

from __future__ import annotations

import math
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import reverse
from ninja import NinjaAPI, Query
from ninja.errors import AuthenticationError, HttpError, ValidationError

import qingshan
from qingshan.bureau.api import auth, push, schemas
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Area
from qingshan.bureau.indicators import actions, assessments, pages, queries
from qingshan.bureau.indicators.assessments import Assessment, Place, Unknown
from qingshan.bureau.indicators.declared import Indicator
from qingshan.bureau.indicators.models import AssessmentRun, Ranking
from qingshan.bureau.indicators.periods import BadPeriod, Period
from qingshan.bureau.indicators.values import Value
from qingshan.bureau.sites.models import Station

MOST = 500
"""values in one answer"""
WRONG = {400: schemas.Trouble, 401: schemas.Trouble, 403: schemas.Trouble, 404: schemas.Trouble, 422: schemas.Trouble}

api = NinjaAPI(
    title="青山接口", version=qingshan.__version__, description="指标口径、指标值、评价批次、排名。登录会话或 Authorization: Bearer 令牌。",
    docs_url=None, openapi_url="/openapi.json", urls_namespace="api", auth=auth.ways,
)  # fmt: skip


def _said(status: int, words: str):
    def answer(request: HttpRequest, error: Exception):
        return api.create_response(request, {"detail": words or str(error)}, status=status)

    return answer


api.exception_handler(AuthenticationError)(_said(401, "需要登录，或在 Authorization 头里写有效的接口令牌：Bearer qs_…"))
api.exception_handler(BadPeriod)(_said(400, ""))
api.exception_handler(Unknown)(_said(404, ""))
api.exception_handler(LookupError)(_said(404, ""))
api.exception_handler(PermissionDenied)(_said(403, ""))


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404):
    return api.create_response(
        request, {"detail": str(error) if any(c > "\u2e80" for c in str(error)) else "没有这个地址或对象"}, status=404
    )


@api.exception_handler(Refused)
def _refused(request: HttpRequest, error: Refused):
    return api.create_response(request, {"detail": error.message}, status=error.status)


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError):
    return api.create_response(request, {"detail": str(error)}, status=error.status_code)


@api.exception_handler(ValidationError)
def _wrong(request: HttpRequest, error: ValidationError):
    names = dict.fromkeys(str(e["loc"][-1]) for e in error.errors)
    return api.create_response(request, {"detail": f"参数 {'、'.join(names)} 缺少或写法不对"}, status=422)


@api.get("/v1/indicators", response={200: list[schemas.Definition], **WRONG}, summary="指标口径", url_name="indicators")
def indicators(request: HttpRequest, q: str = "", medium: str = "", source: str = ""):
    """Definitions, narrowed by words, medium and kind of source."""
    found = [
        i for i in queries.indicators()
        if (not medium or i.medium == medium) and (not source or i.source.kind == source)
        and all(word.lower() in f"{i.code}{i.name}{i.title}{i.definition}".lower() for word in q.split()[:5])
    ]  # fmt: skip
    return [_definition(i) for i in found]


@api.get("/v1/indicators/{name}", response={200: schemas.Definition, **WRONG}, summary="一个口径", url_name="indicator")
def indicator(request: HttpRequest, name: str):
    """One definition."""
    return _definition(queries.indicator(name))


@api.get("/v1/indicators/{name}/values", response={200: schemas.Values, **WRONG}, summary="指标值", url_name="values")
def values(
    request: HttpRequest, name: str, period: str = "", area: list[str] = Query([]), station: list[str] = Query([]), level: str = "",  # noqa: B008
    detail: bool = False,
):  # fmt: skip
    """Values of one indicator in one period: of areas by code (the district where none is named), of all areas of a level, of stations."""
    declared = queries.indicator(name)
    span = queries.period(period) if period else queries.year_to_date()
    if not queries.is_ready(declared):
        raise HttpError(404, "还没有监测数据")
    with assessments.steady():
        held = queries.assessment(span)
        units = _units(request, held, area, station, level)
        found = [_value(request, held, held.value(name, area=p, station=s, period=span), p, s, detail) for p, s in units]
    return {"indicator": _definition(declared), "period": _period(span), "values": found}


@api.get("/v1/runs/{number}", response={200: schemas.Run, **WRONG}, summary="评价批次", url_name="run")
def run(request: HttpRequest, number: str):
    """One assessment run, by its number or its identity."""
    found = AssessmentRun.objects.filter(number=number).first() or AssessmentRun.objects.filter(identity=number).first()
    if found is None:
        raise Http404(f"没有评价批次“{number[:70]}”")
    names = [f.name for f in AssessmentRun._meta.concrete_fields if f.name in schemas.Run.model_fields]
    return {n: getattr(found, n) for n in names} | {"rows": found.station_days, "definition": found.about.get("declared")}


@api.get("/v1/rankings", response={200: list[schemas.Ranking], **WRONG}, summary="已发布的排名", url_name="rankings")
def rankings(request: HttpRequest, scheme: str = "", period: str = "", limit: int = 24):
    """Rankings as published, the latest version of each period, newest first."""
    published = Ranking.objects.filter(state=Ranking.State.PUBLISHED).select_related("run", "by").defer("inputs", "detail")
    found = published.order_by("-period", "scheme", "-version")
    if scheme:
        found = found.filter(scheme=queries.scheme(scheme).name)
    if period:
        found = found.filter(period=queries.period(period).token)
    last: dict[tuple[str, str], Ranking] = {}
    for one in found.iterator(chunk_size=200):
        last.setdefault((one.scheme, one.period), one)
        if len(last) >= max(1, min(limit, MOST)):
            break
    titles = {s.name: s.title for s in queries.schemes()}
    return [
        {
            "scheme": r.scheme, "title": titles.get(r.scheme, r.scheme), "period": _period(Period.parse(r.period)),
            "version": r.version, "published": r.published, "by": str(r.by), "basis": r.basis, "run": r.run.number if r.run else "",
            "result_hash": r.result_hash, "table": r.table,
        }
        for r in last.values()
    ]  # fmt: skip


api.add_router("/v1/", push.router)


# ── as plain values ──
def _definition(i: Indicator) -> dict[str, Any]:
    return {
        "name": i.name, "code": i.code, "title": i.title, "short": i.short, "unit": i.unit, "better": i.better, "decimals": i.decimals,
        "definition": i.definition, "basis": i.basis, "verify": list(i.verify), "version": i.since_version, "medium": i.medium,
        "source": i.source.model_dump(mode="json", by_alias=True, exclude_defaults=True) | {"kind": i.source.kind},
        "method": pages.method_words(i), "url": reverse("indicators:card", args=[i.name]),
    }  # fmt: skip


def _period(p: Period) -> dict[str, Any]:
    return {"token": p.token, "title": p.title, "start": p.start, "end": p.end}


def _units(request: HttpRequest, held: Assessment, area: list[str], station: list[str], level: str) -> list[tuple[Place | None, str]]:
    """The units asked for, each within the asker's scope; one outside does not exist."""
    if len(area) + len(station) > MOST:
        raise HttpError(400, f"一次至多 {MOST} 个区域或站点，请分几次取")
    units: list[tuple[Place | None, str]] = [(queries.place(held, request.user, code), "") for code in area]
    if level:
        if level not in Area.Level.values:
            raise HttpError(400, f"没有区域级别“{level[:20]}”；可用：{'、'.join(Area.Level.values)}")
        mine = set(Area.objects.within(request.user).values_list("pk", flat=True))
        found = [p for p in held.places.values() if p.level == level and p.id in mine]
        if len(found) > MOST:
            raise HttpError(400, f"这一级有 {len(found)} 个区域，一次至多 {MOST} 个，请用 area 分几次取")
        units += [(p, "") for p in sorted(found, key=lambda p: p.code)]
    if station:
        there = set(Station.objects.within(request.user).filter(code__in=station).values_list("code", flat=True))
        strange = [code for code in station if code not in there]
        if strange:
            raise HttpError(404, f"没有站点“{strange[0][:40]}”")
        units += [(None, code) for code in station]
    return units or [(held.district, "")]


def _value(request: HttpRequest, held: Assessment, v: Value, place: Place | None, station: str, detail: bool) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if detail:
        shown = queries.inputs_for(v, request.user)
        inputs = [{"title": i.title, "text": i.text, "url": i.url, "counted": i.counted} for i in shown[: pages.SHOWN]]
        more = {"number": actions.record_run(held, v).number, "inputs": inputs}
    return {
        "indicator": v.name, "code": v.indicator.code, "title": v.indicator.title, "unit": v.unit, "station": station,
        "area": {"code": place.code, "name": place.name, "level": place.level} if place else None, "period": _period(v.period),
        "value": v.value, "text": v.text, "computed": v.computed, "reason": v.reason,
        "capture": None if math.isnan(v.capture) else v.capture,
        "valid": v.valid, "editions": list(v.editions), "verify": list(v.verify), "stations": list(v.stations),
        "left_out": dict(v.left_out), "notes": list(v.notes),
        "last_year": _last_year(v), "run": v.run,
        "url": pages.source(v.name, v.period, area=place.code if place else "", station=station),
        **more,
    }  # fmt: skip


def _last_year(v: Value) -> dict[str, Any] | None:
    c = v.last_year
    if c is None:
        return None
    again = {"now": c.now_again.value, "then": c.then_again.value, "words": c.words_again} if c.crosses else None
    return {
        "period": _period(c.then.period), "value": c.then.value, "text": c.then.text, "editions": list(c.then.editions), "change": c.change,
        "words": c.words, "crosses": c.crosses, "again": again, "note": c.note,
    }  # fmt: skip
