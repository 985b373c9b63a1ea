"""Observations pushed over HTTP (接口推送): each row checked, what is in order delivered to the journal, answered once it is on disk."""

from __future__ import annotations

import hashlib
import json
import math
import threading
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from ninja import Router
from ninja.errors import HttpError

from qingshan.bureau.api.auth import PushBearer
from qingshan.bureau.api.models import Push, PushToken
from qingshan.bureau.base import clock
from qingshan.bureau.monitor.pushed import read_row
from qingshan.gateway.doors.delivery import MOST, Delivery, identity
from qingshan.gateway.doors.inbox import Inbox


def _no_person(request: HttpRequest) -> None:
    """Someone signed in is told that this door opens for push tokens alone."""
    if request.user.is_authenticated:
        raise HttpError(403, "推送要用推送令牌，登录会话和取数的接口令牌都不行")


router = Router(auth=[PushBearer(), _no_person])
SHOWN = 1000  # errors in one answer
KEPT = timedelta(days=60)


@router.post("/observations", url_name="push", summary="推送观测数据")
def push(request: HttpRequest):
    """Take rows of observations of the token's stations; 202 only once they are on disk, 200 where they were before."""
    token: PushToken = request.auth
    wait = _bucket(token)
    if wait:
        answer = _said(429, f"超过每分钟 {token.per_minute} 次，请 {wait} 秒后再推")
        answer["Retry-After"] = str(wait)
        return answer
    try:
        body = request.body
    except RequestDataTooBig:
        return _said(413, f"一次至多 {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20} MB，请分几次推")
    digest = hashlib.sha256(body).hexdigest()
    key = request.headers.get("Idempotency-Key", "").strip() or digest
    if len(key) > 100:
        return _said(400, "Idempotency-Key 至多 100 个字符")
    before = Push.objects.filter(token=token, key=key).first()
    if before is not None:
        if before.body != digest:
            return _said(409, f"Idempotency-Key “{key}”已用于另一份内容；新的内容请用新的键")
        return JsonResponse(before.answer | {"repeated": True}, status=200)
    try:
        said = json.loads(body)
        rows = said["observations"]
        if not isinstance(rows, list):
            raise TypeError
    except (ValueError, RecursionError, KeyError, TypeError):
        return _said(400, '请求体应为 JSON：{"observations": [ … ]}，UTF-8 编码')
    if not 1 <= len(rows) <= MOST:
        return _said(400, f"一次 1—{MOST} 行，这里有 {len(rows)} 行")
    return _take(token, key, digest, rows, strict=request.GET.get("strict", "") in ("1", "true"))


def _take(token: PushToken, key: str, digest: str, rows: list, strict: bool) -> JsonResponse:
    media = dict(token.stations.values_list("code", "network__medium"))
    lines, errors, now = [], [], clock.now()
    for number, row in enumerate(rows):
        line, wrong = read_row(row, media, now)
        errors += [{"row": number, "field": field, "message": message} for field, message in wrong]
        if line:
            lines.append(line)
    refused = len({e["row"] for e in errors})
    delivery = identity("http", str(token.pk), key, digest)
    answer: dict[str, Any] = {
        "delivery": delivery,
        "accepted": len(lines),
        "faulty": refused,
        "errors": errors[:SHOWN],
        "n_errors": len(errors),
    }
    if not lines or (strict and errors):
        return JsonResponse(answer | {"accepted": 0, "detail": "没有收下任何一行，请看 errors"}, status=422)
    try:
        Inbox(settings.DATA_FOLDER).drop(Delivery("http", token.name, delivery, lines))
    except OSError as error:  # also InboxFull
        return _said(503, f"暂时收不下：{error.strerror or error}；请稍后原样再推")
    with transaction.atomic():
        Push.objects.get_or_create(token=token, key=key, defaults={"body": digest, "delivery": delivery, "at": now, "answer": answer})
    return JsonResponse(answer, status=202)


@router.get("/observations/{delivery}", url_name="pushed", summary="一次推送到了哪里")
def pushed(request: HttpRequest, delivery: str):
    """Where a push has got to: waiting for the gateway, in the journal, or set aside."""
    found = Push.objects.filter(token=request.auth, delivery=delivery[:16]).first()
    if found is None:
        return _said(404, "没有这次推送，或不是这个令牌推的")
    inbox = Inbox(settings.DATA_FOLDER)
    if any(name.endswith(f"-{found.delivery}.jsonl") for name in inbox.waiting()):
        state, words = "waiting", "已存盘，等待网关收取"
    elif any(b.name.endswith(f"-{found.delivery}.jsonl") for b in inbox.aside()):
        state, words = "aside", "网关没能收取，等待值班人员处理"
    else:
        state, words = "journalled", "已进流水"
    return JsonResponse(found.answer | {"state": state, "words": words})


def _said(status: int, words: str) -> JsonResponse:
    return JsonResponse({"detail": words}, status=status)


_buckets: dict[int, tuple[float, float]] = {}
_lock = threading.Lock()


def _bucket(token: PushToken) -> int:
    """0 where the token may ask again, else the seconds to wait; a minute's worth may come at once."""
    with _lock:
        at, left = _buckets.get(token.pk, (time.monotonic(), float(token.per_minute)))
        present = time.monotonic()
        left = min(token.per_minute, left + (present - at) * token.per_minute / 60)
        _buckets[token.pk] = (present, left - 1 if left >= 1 else left)
        return 0 if left >= 1 else math.ceil((1 - left) * 60 / token.per_minute)


def sweep() -> str:
    """Forget answers nobody asks for again; the journal still knows what was sent."""
    gone, _ = Push.objects.filter(at__lt=clock.now() - KEPT).delete()
    return f"清理推送记录 {gone} 条" if gone else ""
