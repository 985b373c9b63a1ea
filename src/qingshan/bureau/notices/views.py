"""One's own notices, and the ways they go out by."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from qingshan.bureau.base import clock, packs
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.base.permissions import need
from qingshan.bureau.notices import actions, carriers, queries
from qingshan.bureau.notices.actions.channels import MAY, POST
from qingshan.bureau.notices.carriers import NotTaken
from qingshan.bureau.notices.forms import PostForm, RobotForm
from qingshan.bureau.notices.models import Post, Receipt, Robot

PER_PAGE = 40


@login_required
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """消息."""
    kind, unread = request.GET.get("kind", ""), request.GET.get("unread") == "1"
    kinds = [(k.name, k.title) for k in packs.all("notices").values()]
    context = {
        "page": Paginator(queries.mine(request.user, unread=unread, kind=kind), PER_PAGE).get_page(request.GET.get("page")),
        "unread": queries.n_unread(request.user),
        "choices": [("kind", "种类", kinds, kind), ("unread", "看过没有", [("1", "未读")], "1" if unread else "")],
        "clear": bool(kind or unread),
    }
    return render(request, "notices/inbox.html", context)


@login_required
@require_POST
def open_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a notice and go where it leads."""
    try:
        notice = actions.read(pk, by=request.user)
    except Receipt.DoesNotExist:
        raise Http404("没有这条消息") from None
    inside = notice.url.startswith("/") and url_has_allowed_host_and_scheme(notice.url, None)
    return redirect(notice.url if inside else "notices:inbox")


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    n = actions.read_all(by=request.user)
    messages.success(request, f"{n} 条消息标为已读" if n else "没有未读消息")
    return redirect("notices:inbox")


@login_required
def choices(request: HttpRequest) -> HttpResponse:
    """Which kinds come by e-mail, and to which address."""
    error = ""
    if request.method == "POST":
        try:
            actions.choose(by=request.user, email=request.POST.get("email", "")[:200], mail=set(request.POST.getlist("mail")))
        except Refused as no:
            error = no.message
        else:
            messages.success(request, "消息偏好已保存")
            return redirect("notices:inbox")
    context = {
        "kinds": queries.choices(request.user), "email": request.POST.get("email", request.user.email), "error": error,
        "ready": Post.objects.filter(active=True).exists(),
    }  # fmt: skip
    return render(request, "notices/choices.html", context, status=422 if error else 200)


@login_required
@require_GET
def channels(request: HttpRequest) -> HttpResponse:
    """消息通道."""
    need(request.user, *MAY)
    kinds = {k.name: k.title for k in packs.all("notices").values()}
    context = {
        "post": Post.objects.filter(pk=1).first(), "waiting": queries.waiting(),
        "robots": [(robot, [kinds.get(kind, kind) for kind in robot.kinds]) for robot in queries.robots()],
        "page": Paginator(queries.failed(), PER_PAGE).get_page(request.GET.get("page")),
    }  # fmt: skip
    return render(request, "notices/channels.html", context)


@login_required
@sensitive_post_parameters("password")
def post(request: HttpRequest) -> HttpResponse:
    """The mail server."""
    need(request.user, *MAY)
    there = Post.objects.filter(pk=1).first()
    return _edit(
        request, PostForm, {name: getattr(there, name) for name in POST} if there else {},
        lambda data: actions.keep_post(by=request.user, **data), "邮件通道", there,
    )  # fmt: skip


@login_required
@sensitive_post_parameters("address", "secret")
def robot(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add or change a robot; what is kept sealed is never shown."""
    need(request.user, *MAY)
    there = get_object_or_404(Robot, pk=pk) if pk else None
    first = {name: getattr(there, name) for name in ("name", "form", "organisation", "kinds")} if there else {}
    return _edit(request, RobotForm, first, lambda data: actions.keep_robot(pk, by=request.user, **data), "群机器人", there)


def _edit(request: HttpRequest, form_class, first: dict, action, title: str, thing) -> HttpResponse:
    form = form_class(request.POST or None, initial=first)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                action(form.cleaned_data)
            except Refused as no:
                form.add_error(no.field if no.field in form.fields else None, no.message)
            else:
                messages.success(request, f"{title}已保存，可以“试发”看通不通")
                return redirect("notices:channels")
    context = {"form": form, "thing": thing, "title": title, "back": "notices:channels"}
    return render(request, "base/edit.html", context, status=status)


@login_required
@require_POST
def set_active(request: HttpRequest, pk: int) -> HttpResponse:
    need(request.user, *MAY)
    get_object_or_404(Robot, pk=pk)
    kept = actions.set_robot_active(pk, request.POST.get("active") == "1", by=request.user)
    messages.success(request, f"“{kept}”已{'启用' if kept.active else '停用'}")
    return redirect("notices:channels")


@login_required
@require_POST
def test_robot(request: HttpRequest, pk: int) -> HttpResponse:
    """Say a word in the group at once, and how it was taken."""
    need(request.user, *MAY)
    there = get_object_or_404(Robot, pk=pk)
    declared = packs.all("robots").get(there.form)
    if declared is None:
        raise Refused(f"没有群机器人类别“{there.form}”")
    text = f"**试发**\n青山平台的消息会发到这里。{request.user} 于 {clock.now():%m-%d %H:%M}"
    return _tried(request, str(there), lambda: carriers.robot(there, declared, "试发", text, "", clock.now()))


@login_required
@require_POST
def test_post(request: HttpRequest) -> HttpResponse:
    """A letter to oneself at once."""
    need(request.user, *MAY)
    there = Post.objects.filter(pk=1, active=True).first()
    if there is None:
        raise Refused("邮件通道没有启用")
    if not request.user.email:
        raise Refused("您还没有填邮箱：先到“消息 / 偏好”里填上，试发的信寄到那里")
    words = "收到这封信，邮件通道就通了。"
    return _tried(request, request.user.email, lambda: carriers.mail(there, request.user.email, "【青山】试发", words))


def _tried(request: HttpRequest, where: str, send) -> HttpResponse:
    try:
        send()
    except NotTaken as no:
        messages.error(request, f"“{where}”没有收下：{no.words}")
    else:
        messages.success(request, f"“{where}”已收下")
    return redirect("notices:channels")


@login_required
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Try what was given up once more."""
    need(request.user, *MAY)
    get_object_or_404(queries.failed(), pk=pk)
    actions.send_again(pk, by=request.user)
    messages.success(request, "已排队再发")
    return redirect("notices:channels")
