"""What every request passes through: a number to quote, security headers, session limits, the audit's source, refusals."""

from __future__ import annotations

import ipaddress
import logging
import secrets
import time
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from qingshan.bureau.base import audit, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.indicators import assessments
from qingshan.bureau.web import errors

log = logging.getLogger("qingshan.web")

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
SEEN, BORN = "seen", "born"


def client_address(request: HttpRequest) -> str:
    """The address the request came from; a forwarding header counts only behind a proxy named in QINGSHAN_PROXIES."""
    direct = request.META.get("REMOTE_ADDR", "")
    if direct in settings.TRUSTED_PROXIES:
        for part in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
            try:
                address = str(ipaddress.ip_address(part.strip()))
            except ValueError:
                break
            if address not in settings.TRUSTED_PROXIES:
                return address
    return direct


def _fits(request: HttpRequest) -> bool:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return length.isdigit() and int(length) <= settings.REQUEST_MAX_BYTES


def number_and_headers(get_response):
    """Give the request a number and the answer its security headers."""
    policy = dict(POLICY)
    if settings.TILE_ORIGINS:
        policy["img-src"] += " " + " ".join(settings.TILE_ORIGINS)
    content_policy = "; ".join(f"{key} {value}" for key, value in policy.items())

    def middleware(request: HttpRequest) -> HttpResponse:
        request.number = secrets.token_hex(4)
        request.client_address = client_address(request)
        response = get_response(request) if _fits(request) else errors.show(request, 413)
        headers = response.headers
        headers.setdefault("Content-Security-Policy", content_policy)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("X-Request-Number", request.number)
        if request.is_secure():
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware


def session_limits(get_response):
    """End sessions left idle or grown old; send those who must change their password to do so first."""
    idle, life = settings.SESSION_IDLE_MINUTES * 60, settings.SESSION_LIFE_HOURS * 3600

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return get_response(request)
        moment = time.time()
        seen, born = request.session.get(SEEN, moment), request.session.get(BORN, moment)
        if moment - seen > idle or moment - born > life:
            person = request.user
            with audit.source(person, request.client_address):
                audit.record(person, "超时退出", person)
            logout(request)
            away, old = f"离开超过 {settings.SESSION_IDLE_MINUTES} 分钟", f"登录已满 {settings.SESSION_LIFE_HOURS} 小时"
            messages.info(request, f"{away if moment - seen > idle else old}，请重新登录")
            return _to_login(request)
        if moment - seen > 30 or BORN not in request.session:
            request.session[SEEN] = moment
            request.session.setdefault(BORN, moment)
        if request.user.must_change_password and request.path not in (reverse("web:password"), reverse("web:logout")):
            return redirect("web:password")
        return get_response(request)

    return middleware


def whole_text(get_response):
    """Refuse text with null characters, which no database keeps."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if any("\x00" in value for data in (request.GET, request.POST) for values in data.lists() for value in values[1]):
            return errors.show(request, 400, "填写的内容里有看不见的控制字符，没有保存。请返回上一页，删去后重新填写。")
        return get_response(request)

    return middleware


def _to_login(request: HttpRequest) -> HttpResponse:
    address = reverse("web:login") + "?" + urlencode({"next": request.get_full_path() if request.method == "GET" else "/"})
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=401)
        response.headers["HX-Redirect"] = reverse("web:login")
        return response
    return redirect(address)


def audit_context(get_response):
    """Whatever is recorded during a request comes from its person and address."""

    def middleware(request: HttpRequest) -> HttpResponse:
        person = request.user if request.user.is_authenticated else None
        with audit.source(person, request.client_address):
            return get_response(request)

    return middleware


def steady_declarations(get_response):
    """One request reads one state of the packs; what another process published is seen by the next."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with packs.steady():
            return get_response(request)

    return middleware


def steady_numbers(get_response):
    """All numbers of one page come from one state of the data, which is asked for once."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return get_response(request)
        with assessments.steady():
            return get_response(request)

    return middleware


class refusals:
    """Answers what the bureau refuses in words, on a page or as a toast; htmx visitors without a session go to sign-in."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_partial = request.headers.get("HX-Request") and not request.user.is_authenticated
        if is_partial and response.status_code == 302 and response.headers.get("Location", "").startswith(settings.LOGIN_URL):
            return _to_login(request)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return errors.refused(request, exception.message, exception.status)
        if isinstance(exception, PermissionDenied):
            return errors.forbidden(request, exception)
        return None
