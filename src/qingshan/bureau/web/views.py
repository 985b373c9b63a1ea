"""Signing in and out, one's own profile, search, health."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base import clock, frame
from qingshan.bureau.base.actions import people, signin
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.models import Person
from qingshan.bureau.web import middleware
from qingshan.bureau.web.forms import LoginForm, PasswordForm

SHOWN = 10
"""results of each kind on the search page"""


def _next(request: HttpRequest) -> str:
    """Where to go after signing in: a path of this site, else the start page."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else settings.LOGIN_REDIRECT_URL


@never_cache
@sensitive_post_parameters("password")
def login(request: HttpRequest) -> HttpResponse:
    """The sign-in page."""
    if request.user.is_authenticated:
        return redirect(_next(request))
    form = LoginForm(request.POST or None)
    error, status = "", 200
    if request.method == "POST" and form.is_valid():
        try:
            person = signin.sign_in(form.cleaned_data["username"], form.cleaned_data["password"], request.client_address)
        except Refused as refusal:
            error, status = refusal.message, refusal.status
        else:
            auth.login(request, person)
            request.session[middleware.SEEN] = request.session[middleware.BORN] = time.time()
            return redirect(_next(request))
    elif request.method == "POST":
        status = 422
    return render(request, "web/login.html", {"form": form, "error": error, "next": _next(request)}, status=status)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Signing out, recorded."""
    if request.user.is_authenticated:
        signin.sign_out(request.user)
    auth.logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@login_required
@require_GET
def profile(request: HttpRequest) -> HttpResponse:
    """What the platform knows of the person, and what they may do."""
    return render(request, "web/profile.html", {"person": request.user, "roles": request.user.groups.all()})


@login_required
@never_cache
@sensitive_post_parameters("old", "new", "again")
def password(request: HttpRequest) -> HttpResponse:
    """Changing one's own password."""
    form = PasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        people.change_password(request.user, form.cleaned_data["new"])
        auth.update_session_auth_hash(request, request.user)
        messages.success(request, "口令已更改")
        return redirect("web:profile")
    return render(request, "web/password.html", {"form": form}, status=422 if request.method == "POST" else 200)


@login_required
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """What the registered providers find within the person's scope."""
    text = request.GET.get("q", "").strip()[:100]
    found = [(kind, _found(provider, request.user, text)) for kind, provider in frame.searches.items()] if text else []
    return render(request, "web/search.html", {"text": text, "found": [(kind, hits) for kind, hits in found if hits]})


def _found(provider: Callable[[Person, str, int], list[frame.Hit]], person: Person, text: str) -> list[frame.Hit]:
    """What one provider finds: the text as it stands, else what holds each of its words (石门 砂石)."""
    hits, words = provider(person, text, SHOWN), text.split()[:4]
    if hits or len(words) < 2:
        return hits
    each = [provider(person, word, SHOWN * 20) for word in words]
    there = set.intersection(*({hit.url for hit in some} for some in each))
    return [hit for hit in each[0] if hit.url in there][:SHOWN]


@login_required
@require_GET
def work(request: HttpRequest) -> HttpResponse:
    """What waits for this person everywhere, the nearest day first (我的工作)."""
    today = clock.today()
    found = [(kind, sorted(provider(request.user), key=lambda one: one.due or date.max)) for kind, provider in frame.works.items()]
    kinds = [(kind, some) for kind, some in found if some]
    return render(request, "web/work.html", {"kinds": kinds, "n": sum(len(some) for _, some in kinds), "today": today})


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """For the supervisor: the page process and its database answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})
