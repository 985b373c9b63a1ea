"""Making and withdrawing tokens."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction

from qingshan.bureau.api.models import OpenStation, PushToken, Token
from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.base.permissions import need
from qingshan.bureau.sites.models import Station

PREFIX = "qs_"
PUSH_PREFIX = "qp_"
LONGEST = 366
MOST = 20


def digest(secret: str) -> str:
    """What is kept of a token: it is 32 random bytes, so a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def make_token(name: str, *, by: Person | None, person: Person, days: int = 180) -> tuple[Token, str]:
    """Make a token for a person; returns it and its secret, which is shown this once. `by` None is a command."""
    need(person, "api.hold_token", f"{person}没有“使用接口令牌”权限，不能生成令牌")
    if by is not None and by.pk != person.pk:
        raise Refused("只能给自己生成令牌；给对接系统用的，请由系统管理员建一个专用账号", status=403)
    if not name.strip():
        raise Refused("请写明令牌的用途，例如“大屏取数”", field="name")
    if not 1 <= days <= LONGEST:
        raise Refused(f"有效期 1—{LONGEST} 天", field="days")
    if Token.objects.filter(person=person, withdrawn=None, expires__gt=clock.now()).count() >= MOST:
        raise Refused(f"已有 {MOST} 个有效令牌，请先作废不用的", field="name")
    secret = PREFIX + secrets.token_urlsafe(32)
    made = Token.objects.create(
        name=name.strip()[:60], person=person, head=secret[:8], digest=digest(secret), made=clock.now(),
        expires=clock.now() + timedelta(days=days),
    )  # fmt: skip
    audit.record(by, "生成接口令牌", made, None, audit.snapshot(made, "name", "person", "head", "expires"))
    return made, secret


@transaction.atomic
def withdraw_token(token_id: int, *, by: Person) -> Token:
    """Withdraw a token (作废): from now on it opens nothing. One's own, or anyone's for who keeps the people."""
    mine = Token.objects.select_for_update()
    found = (mine if by.has_perm("base.manage_person") else mine.filter(person=by)).get(pk=token_id)
    if found.withdrawn:
        raise Refused(f"令牌“{found}”已于 {found.withdrawn:%Y-%m-%d %H:%M} 作废")
    found.withdrawn = clock.now()
    found.save(update_fields=["withdrawn"])
    audit.record(by, "作废接口令牌", found, {"withdrawn": None}, audit.snapshot(found, "withdrawn"))
    return found


def _need_push(by: Person) -> None:
    need(by, "api.manage_push", "管理推送令牌需要“管理推送令牌”权限")


def push_tokens(by: Person):
    """Push tokens the person may see: all for the whole bureau, else those of the person's own organisation."""
    mine = PushToken.objects.select_related("organisation", "by")
    return mine if by.scope_areas() is None else mine.filter(organisation__in=by.scope_organisations_ids())


@transaction.atomic
def make_push_token(
    name: str, *, by: Person, organisation: Organisation, stations: list[Station], days: int = 366, per_minute: int = 120
) -> tuple[PushToken, str]:
    """Make a token by which a system of `organisation` pushes values of `stations`; returns it and its secret, shown this once."""
    _need_push(by)
    if by.scope_areas() is not None and organisation.pk not in set(by.scope_organisations_ids()):
        raise Refused("只能给本单位生成推送令牌", field="organisation", status=403)
    if not name.strip():
        raise Refused("请写明令牌的用途，例如“运维公司平台推送”", field="name")
    if not stations:
        raise Refused("请选定可推送的站点", field="stations")
    there = set(Station.objects.within(by).filter(pk__in=[s.pk for s in stations]).values_list("pk", flat=True))
    outside = [s for s in stations if s.pk not in there]
    if outside:
        raise Refused(f"站点“{outside[0]}”不在你的管辖范围内", field="stations", status=403)
    if not 1 <= days <= LONGEST:
        raise Refused(f"有效期 1—{LONGEST} 天", field="days")
    if not 1 <= per_minute <= 6000:
        raise Refused("每分钟请求数 1—6000", field="per_minute")
    secret = PUSH_PREFIX + secrets.token_urlsafe(32)
    made = PushToken.objects.create(
        name=name.strip()[:60], organisation=organisation, per_minute=per_minute, head=secret[:8], digest=digest(secret), by=by,
        made=clock.now(), expires=clock.now() + timedelta(days=days),
    )  # fmt: skip
    made.stations.set(stations)
    codes = sorted(s.code for s in stations)
    audit.record(by, "生成推送令牌", made, None, audit.snapshot(made, "name", "organisation", "head", "expires") | {"stations": codes})
    return made, secret


@transaction.atomic
def withdraw_push_token(token_id: int, *, by: Person) -> PushToken:
    """Withdraw a push token (作废): from now on nothing is taken by it; what it sent stays."""
    _need_push(by)
    found = PushToken.objects.select_for_update().get(pk=push_tokens(by).get(pk=token_id).pk)
    if found.withdrawn:
        raise Refused(f"令牌“{found}”已于 {found.withdrawn:%Y-%m-%d %H:%M} 作废")
    found.withdrawn = clock.now()
    found.save(update_fields=["withdrawn"])
    audit.record(by, "作废推送令牌", found, {"withdrawn": None}, audit.snapshot(found, "withdrawn"))
    return found


def _need_open(by: Person) -> None:
    need(by, "api.open_station", "开放站点数据需要“开放站点数据”权限")


@transaction.atomic
def open_station(station_id: int, *, by: Person, basis: str) -> OpenStation:
    """Let anyone read the station's valid hours (开放); `basis` says on what ground."""
    _need_open(by)
    station = Station.objects.within(by).get(pk=station_id)
    if not basis.strip():
        raise Refused("请写明依据，例如公开目录的文号", field="basis")
    if OpenStation.objects.filter(station=station).exists():
        raise Refused(f"“{station}”已经开放")
    made = OpenStation.objects.create(station=station, by=by, at=clock.now(), basis=basis.strip()[:200])
    audit.record(by, "开放站点数据", station, {"open": False}, {"open": True}, basis=made.basis)
    return made


@transaction.atomic
def close_station(station_id: int, *, by: Person) -> None:
    """Take it back (停止开放): from now on outsiders do not see the station."""
    _need_open(by)
    station = Station.objects.within(by).get(pk=station_id)
    gone, _ = OpenStation.objects.filter(station=station).delete()
    if not gone:
        raise Refused(f"“{station}”没有开放")
    audit.record(by, "停止开放站点数据", station, {"open": True}, {"open": False})
