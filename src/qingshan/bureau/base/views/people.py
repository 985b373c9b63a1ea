"""People and roles: list, add, change, disable, reset password."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base import queries, roles
from qingshan.bureau.base.actions import people
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.forms import PersonForm
from qingshan.bureau.base.models import Organisation, Person
from qingshan.bureau.base.permissions import need


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """人员与权限."""
    need(request.user, *people.MAY)
    text, asked = request.GET.get("q", "").strip()[:50], {key: request.GET.get(key, "") for key in ("organisation", "role", "state")}
    found = queries.people(request.user, text, **asked)
    units = Organisation.objects.filter(people__isnull=False).distinct()
    choices = [
        ("organisation", "单位", [(str(o.pk), str(o)) for o in units], asked["organisation"]),
        ("role", "角色", [(r.name, r.title) for r in roles.declared()], asked["role"]),
        ("state", "状态", [("active", "在用"), ("disabled", "停用")], asked["state"]),
    ]  # fmt: skip
    context = {"page": Paginator(found, 50).get_page(request.GET.get("page")), "choices": choices, "search": text}
    return render(request, "base/people.html", {**context, "clear": bool(text or any(asked.values()))})


@login_required
@require_GET
def role_list(request: HttpRequest) -> HttpResponse:
    """Roles as the packs declare them, with how many hold each."""
    need(request.user, *people.MAY)
    counts = queries.role_counts()
    rows = [(role, counts.get(role.name, 0), roles.words(role.permissions)) for role in roles.declared()]
    return render(request, "base/roles.html", {"rows": rows})


@login_required
@never_cache
def person(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add or change a person; a new one's password is shown once."""
    need(request.user, *people.MAY)
    thing = get_object_or_404(Person.objects.within(request.user), pk=pk) if pk else None
    first: dict = {"organisation": request.GET.get("organisation")}
    if thing:
        first = {name: getattr(thing, name) for name in ("name", "username", "organisation", "post", "phone")}
        first["roles"] = list(thing.groups.values_list("name", flat=True))
    form = PersonForm(request.POST or None, initial=first)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                kept, password = people.keep_person(thing.pk if thing else None, by=request.user, **form.cleaned_data)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            else:
                if password:
                    return render(request, "base/password_once.html", {"person": kept, "password": password})
                messages.success(request, f"已更改“{kept}”")
                return redirect("base:people")
    context = {"form": form, "thing": thing, "title": "更改人员" if thing else "新增人员", "back": "base:people"}
    return render(request, "base/edit.html", context, status=status)


@login_required
@require_POST
def set_active(request: HttpRequest, pk: int) -> HttpResponse:
    """Disable a person, or enable them again."""
    active = request.POST.get("active") == "1"
    kept = people.set_active(get_object_or_404(Person.objects.within(request.user), pk=pk).pk, by=request.user, active=active)
    messages.success(request, f"已{'启用' if active else '停用'}“{kept}”")
    return redirect("base:people")


@login_required
@require_POST
@never_cache
def reset_password(request: HttpRequest, pk: int) -> HttpResponse:
    """A new password, shown once."""
    kept, password = people.reset_password(get_object_or_404(Person.objects.within(request.user), pk=pk).pk, by=request.user)
    return render(request, "base/password_once.html", {"person": kept, "password": password})
