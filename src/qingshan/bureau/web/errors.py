"""Pages for what went wrong: what, where, what to do, and a number to quote."""

from __future__ import annotations

import json
import logging

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

log = logging.getLogger("qingshan.web")

WORDS = {
    400: ("请求不完整", "浏览器发来的内容缺了一部分或写法不对。请返回上一页重试。"),
    403: ("没有权限", "这项工作不在你的职责范围内。需要办理时请联系系统管理员调整角色。"),
    404: ("没有这一页", "地址写错了，或者它不在你的可见范围内。请从导航进入。"),
    409: ("现在不能办理", ""),
    413: ("上传的内容太大", "请压缩或拆分后再传。"),
    500: ("页面没有做出来", "程序出了差错，已记入日志。请稍后再试；仍不行，把下面的编号告诉系统管理员。"),
}


def show(request: HttpRequest, status: int, message: str = "") -> HttpResponse:
    """The error page, or for htmx a toast that leaves the page as it is."""
    title, words = WORDS.get(status, WORDS[409])
    text = message or words
    number = getattr(request, "number", "")
    if request.headers.get("HX-Request"):
        response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
        response.headers["HX-Reswap"] = "none"
        shown = text if status < 500 else f"{text}编号 {number}"
        response.headers["HX-Trigger"] = json.dumps({"qs:toast": {"text": shown, "bad": True}})
        return response
    context = {"status": status, "title": title, "message": text, "number": number}
    person = getattr(request, "user", None)
    template = "web/error.html" if person is not None and person.is_authenticated and status < 500 else "web/error_bare.html"
    return render(request, template, context, status=status)


def refused(request: HttpRequest, message: str, status: int = 409) -> HttpResponse:
    """A business refusal, in its own words."""
    return show(request, status, message)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, 413 where the upload was over the limit, and what to do where the site is called by a name it does not know."""
    if isinstance(exception, DisallowedHost):
        return show(request, 400, "这个访问地址没有登记。请系统管理员把它加入环境变量 QINGSHAN_HOSTS，再重新启动。")
    too_large = type(exception).__name__ in ("RequestDataTooBig", "TooManyFilesSent", "TooManyFieldsSent")
    return show(request, 413 if too_large else 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403; the sentence of the PermissionDenied where it has one."""
    said = str(exception) if exception is not None else ""
    return show(request, 403, f"{said}。需要办理时请联系系统管理员调整角色。" if said else "")


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose token does not agree (an old page, or a page from elsewhere)."""
    log.warning("csrf %s %s %s", getattr(request, "number", ""), request.path, reason)
    return show(request, 403, "这一页打开太久或来自别处，没有提交。请刷新页面后重新提交。")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, the same for what is not there and what is not for this person."""
    return show(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500 with the number under which the log has the trace."""
    log.error("500 number=%s %s %s", getattr(request, "number", ""), request.method, request.path)
    return show(request, 500)
