"""Signing in (登录) with lockout per account and per address."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

from qingshan.bureau.base import audit, clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import LoginFailure, Person

WRONG = "账号或口令不对。连续错 {n} 次将锁定 {m} 分钟。"
LOCKED = "登录失败次数过多，已锁定。请 {m} 分钟后再试，或请系统管理员重设口令。"


def is_locked(username: str, address: str) -> bool:
    """True where the account or the address failed too often within the lock time; the same for accounts that do not exist."""
    since = clock.now() - timedelta(minutes=settings.LOGIN_LOCK_MINUTES)
    recent = LoginFailure.objects.filter(at__gt=since)
    return (
        recent.filter(username=_key(username)).count() >= settings.LOGIN_FAILURES_PER_ACCOUNT
        or recent.filter(address=address).count() >= settings.LOGIN_FAILURES_PER_ADDRESS
    )


def sign_in(username: str, password: str, address: str) -> Person:
    """The person, where account and password fit; else Refused, in the same words and time for known and unknown accounts."""
    if is_locked(username, address):
        raise Refused(LOCKED.format(m=settings.LOGIN_LOCK_MINUTES), status=429)
    person = authenticate(username=username.strip(), password=password)
    if person is None:
        _fail(username, address)
        words = LOCKED if is_locked(username, address) else WRONG
        raise Refused(words.format(n=settings.LOGIN_FAILURES_PER_ACCOUNT, m=settings.LOGIN_LOCK_MINUTES), status=422)
    with transaction.atomic(), audit.source(person, address):
        LoginFailure.objects.filter(username=_key(username)).delete()
        SessionStore.clear_expired()
        audit.record(person, "登录", person)
    return person


@transaction.atomic
def _fail(username: str, address: str) -> None:
    moment = clock.now()
    LoginFailure.objects.filter(at__lt=moment - timedelta(days=7)).delete()
    LoginFailure.objects.create(at=moment, username=_key(username), address=address)
    person = Person.objects.filter(username=username.strip()).first()
    with audit.source(person, address):
        audit.record(None, "登录失败", person or "不存在的账号")


def sign_out(person: Person) -> None:
    """Recorded; the session itself is ended by the web."""
    audit.record(person, "退出", person)


def _key(username: str) -> str:
    return username.strip().lower()[:150]
