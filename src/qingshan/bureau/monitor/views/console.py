"""The desk of one device (设备台): its dialect, clock, keys and units, its policy, and commands to it."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from qingshan.bureau.base import clock
from qingshan.bureau.base.errors import Refused
from qingshan.bureau.monitor import queries, stores
from qingshan.bureau.monitor.actions import console as actions
from qingshan.bureau.monitor.queries import console as asked
from qingshan.gateway import record
from qingshan.gateway.commands import KINDS
from qingshan.gateway.journal import StoredFrame
from qingshan.hj212 import codes, dialects

OFFERED = [kind for kind in KINDS.values() if not kind.is_inner]
CODES = {"annex": "附录 A（标准）", "": "尚未确认", **dialects.SIGNS}


@login_required
@require_http_methods(["GET", "POST"])
def console(request: HttpRequest, mn: str) -> HttpResponse:
    """GET: the desk; POST ``do`` = policy, command, key, renew, reread, cancel."""
    row = next((r for r in queries.links(request.user, clock.now()) if r.mn == mn), None)
    if row is None:
        raise Http404
    error: Refused | None = None
    if request.method == "POST":
        try:
            messages.success(request, _do(request, mn))
            return redirect("monitor:console", mn)
        except Refused as no:
            error = no
        except (ObjectDoesNotExist, ValueError):
            raise Http404 from None
    return render(request, "monitor/console.html", _context(request, mn, row, error), status=error.status if error else 200)


def _do(request: HttpRequest, mn: str) -> str:
    said, by = request.POST, request.user
    reason = said.get("reason", "")
    match said.get("do"):
        case "policy":
            chosen = {name.removeprefix("rule_"): value for name, value in said.items() if name.startswith("rule_")}
            actions.set_policy(
                mn, by=by, refuses=[s for s, v in chosen.items() if v == "refuse"], accepts=[s for s, v in chosen.items() if v == "accept"],
                sets_time="sets_time" in said, timeout_s=_number(said, "timeout_s"), retries=int(_number(said, "retries")), reason=reason,
            )  # fmt: skip
            return "策略已保存，网关几秒内按它办"
        case "command":
            kind = KINDS.get(said.get("kind", ""))
            params = {f.key: said.get(f.key, "") for f in kind.fields} if kind else {}
            row = actions.order(mn, said.get("kind", ""), params, by=by, reason=reason)
            return f"“{row.title}”已交网关"
        case "key":
            actions.install_key(mn, said.get("key", ""), by=by, reason=reason, created=_moment(said, "created", "生成时间"))
            return "密钥已交网关，原来的现用密钥留作上一密钥"
        case "renew":
            actions.order(mn, "new_key", {}, by=by, reason=reason)
            return "更换密钥已交网关，设备确认后启用新密钥"
        case "reread":
            actions.reread(mn, by=by, reason=reason, since=_moment(said, "since", "起始时间"))
            return "已交网关重读，结果列在命令里"
        case "cancel":
            return f"“{actions.cancel(int(said.get('pk') or 0), by=by).title}”已撤回"
    raise Refused("没有这一步；可办：策略、命令、密钥、重读、撤回", status=400)


def _moment(said, name: str, title: str) -> datetime | None:
    text = said.get(name, "").strip()
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise Refused(f"{title}“{text[:30]}”读不懂，请写如 2026-11-22", field=name, status=422) from None


def _number(said, name: str) -> float:
    try:
        return float(said.get(name) or 0)
    except ValueError:
        raise Refused(f"“{said[name][:20]}”不是数", field=name, status=422) from None


def _context(request: HttpRequest, mn: str, row, error: Refused | None) -> dict:
    now, person = clock.now(), request.user
    rules, state = asked.rules_of(mn), stores.desk().device(mn)
    commands = asked.commands_of(mn)
    frames = stores.reader().recent(asked.LAST, mn)
    name = request.POST.get("kind") or request.GET.get("ask", "")
    kind = KINDS.get(name)
    may = person.has_perm("monitor.command_device")
    return {
        "mn": mn, "row": row, "error": error, "state": state, "rules": rules, "signs": asked.sign_rows(mn, rules),
        "code": CODES.get(state.get("code", ""), state.get("code", "")), "is_standard": state.get("code") == "annex",
        "changes": [
            (at.replace("T", " "), dialects.SIGNS.get(sign, sign), what == "begins") for at, sign, what in stores.desk().changes(mn)
        ],
        "versions": sorted(state.get("versions", {}).items()), "clock": _clock(state),
        "astray": abs(state.get("clock_s") or 0) > asked.ASTRAY_S, "keys": asked.key_rows(mn, now), "rotates": asked.ROTATES,
        "units": asked.unit_rows(row.device, frames),
        "frames": [_frame(f) for f in frames[:6]],
        "commands": commands, "open": any(c.is_open for c, _ in commands),
        "kinds": OFFERED, "kind": kind if kind and not kind.is_inner else None, "said": request.POST,
        "may_rule": person.has_perm("sites.admit_device"), "may_command": may,
    }  # fmt: skip


def _frame(frame: StoredFrame) -> dict:
    return {
        "id": frame.id, "received": frame.received[:19].replace("T", " "), "command": codes.COMMANDS.get(frame.cn, frame.cn),
        "verdict": record.VERDICTS.get(frame.verdict, frame.verdict), "ok": frame.verdict == "ok", "text": asked.shown(frame.raw),
    }  # fmt: skip


def _clock(state: dict) -> str:
    apart = state.get("clock_s")
    if apart is None:
        return "还没有可比的报文"
    if abs(apart) < 2:
        return "与平台相差不到 2 秒"
    size = abs(apart)
    words = f"{size:.0f} 秒" if size < 120 else f"{size / 60:.0f} 分钟" if size < 7200 else f"{size / 3600:.1f} 小时"
    return f"比平台{'快' if apart > 0 else '慢'} {words}"
