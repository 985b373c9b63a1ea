"""Speaking to the outside (通道): a mail server, and the robots of 企业微信 and 钉钉, each in its own words.

The robots' words are those of 企业微信开发者中心“消息推送配置说明” and 钉钉开放平台“自定义机器人发送群消息”, both from memory.
An answer that will not change by asking again (wrong key, robot removed) is told apart from one that may.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import smtplib
import ssl
import time
import urllib.error
import urllib.request
from datetime import datetime
from email.errors import MessageError
from http.client import HTTPException
from urllib.parse import quote_plus, urlsplit

from django.core.mail import EmailMessage, get_connection

from qingshan.bureau.base import secrets
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.notices.actions.channels import check
from qingshan.bureau.notices.declared import RobotForm
from qingshan.bureau.notices.models import Post, Robot

SECONDS = 5
ANSWER = 64 * 1024
WECOM_LATER = {-1, 45009, 45033}  # busy; over the rate
DINGTALK_LATER = {-1, 130101, 410100}


class NotTaken(Exception):
    """The other side did not take it: why, and whether asking again may help."""

    def __init__(self, words: str, *, again: bool):
        super().__init__(words)
        self.words, self.again = words, again


class _Straight(urllib.request.HTTPRedirectHandler):
    """No redirects: an address is what the bureau entered, or nothing."""

    def redirect_request(self, *_args, **_more):
        return None


_web = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Straight())


def post(address: str, body: dict, headers: dict[str, str] | None = None) -> dict:
    """POST JSON and read the JSON answer; NotTaken in words. The address is never in the words: it holds a key."""
    data = json.dumps(body, ensure_ascii=False).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})  # noqa: S310
    host = urlsplit(address).hostname
    try:
        with _web.open(request, timeout=SECONDS) as answer:
            text = answer.read(ANSWER)
    except urllib.error.HTTPError as error:
        raise NotTaken(f"{host} 答复 HTTP {error.code}", again=error.code == 429 or error.code >= 500) from None
    except (urllib.error.URLError, OSError, HTTPException) as error:
        raise NotTaken(f"连不上 {host}：{_said(error)}", again=True) from None
    try:
        found = json.loads(text) if text.strip() else {}
    except ValueError:
        raise NotTaken(f"{host} 的答复不是 JSON：{text[:60]!r}", again=False) from None
    return found if isinstance(found, dict) else {}


def _said(error: BaseException) -> str:
    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLError):
        return f"证书不被承认（{reason.reason or reason}）"
    return "超时" if isinstance(reason, TimeoutError) else (getattr(reason, "strerror", "") or str(reason))[:80]


def robot(to: Robot, declared: RobotForm, title: str, text: str, url: str, now: datetime) -> None:
    """Say something in a group chat; NotTaken where it was not taken."""
    try:
        address, key = secrets.unseal(to.address), secrets.unseal(to.secret)
        check(declared, address)
    except Refused as no:
        raise NotTaken(no.message, again=False) from None
    STYLES[declared.style](address, key, title, cut(text, declared.bytes), url, now)


def _wecom(address: str, key: str, title: str, text: str, url: str, now: datetime) -> None:
    _taken(post(address, {"msgtype": "markdown", "markdown": {"content": text}}), WECOM_LATER)


def _dingtalk(address: str, key: str, title: str, text: str, url: str, now: datetime) -> None:
    if key:
        stamp = str(int(time.time() * 1000))  # the robot compares it with the world's clock, not the bureau's
        sign = base64.b64encode(hmac.new(key.encode(), f"{stamp}\n{key}".encode(), hashlib.sha256).digest())
        address += ("&" if "?" in address else "?") + f"timestamp={stamp}&sign={quote_plus(sign)}"
    _taken(post(address, {"msgtype": "markdown", "markdown": {"title": title[:60], "text": text}}), DINGTALK_LATER)


def _plain(address: str, key: str, title: str, text: str, url: str, now: datetime) -> None:
    body = {"title": title, "text": text, "url": url, "at": now.isoformat(timespec="seconds")}
    signed = json.dumps(body, ensure_ascii=False).encode()
    post(address, body, {"X-Qingshan-Signature": hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()} if key else None)


STYLES = {"wecom": _wecom, "dingtalk": _dingtalk, "plain": _plain}


def _taken(answer: dict, later: set[int]) -> None:
    code = answer.get("errcode")
    if code != 0:
        raise NotTaken(f"群机器人答复 {code}：{str(answer.get('errmsg', ''))[:80]}", again=code in later)


def cut(text: str, most: int) -> str:
    """The text within so many bytes of UTF-8, cut between characters."""
    data = text.encode()
    return text if len(data) <= most else data[: most - 3].decode(errors="ignore") + "…"


def mail(by: Post, to: str, title: str, text: str) -> None:
    """One letter; NotTaken where the server did not take it."""
    try:
        connection = get_connection(
            "django.core.mail.backends.smtp.EmailBackend", host=by.host, port=by.port, username=by.username or None,
            password=secrets.unseal(by.secret) or None, use_ssl=by.security == "ssl", use_tls=by.security == "starttls", timeout=SECONDS,
        )  # fmt: skip
        EmailMessage(title.replace("\n", " "), text, by.sender, [to], connection=connection).send()
    except smtplib.SMTPAuthenticationError:
        raise NotTaken("发信服务器不认账号或口令", again=False) from None
    except smtplib.SMTPRecipientsRefused:
        raise NotTaken(f"发信服务器不收 {to}", again=False) from None
    except smtplib.SMTPResponseException as error:
        raise NotTaken(f"发信服务器答复 {error.smtp_code}", again=400 <= error.smtp_code < 500) from None
    except Refused as no:
        raise NotTaken(no.message, again=False) from None
    except (smtplib.SMTPException, OSError, MessageError, ValueError) as error:
        raise NotTaken(f"发信没有成功：{_said(error)}", again=True) from None
