"""By when (时限), as people say it in a meeting: beside the days of plans those that count from the meeting's own day."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from qingshan.plans import times

_WEEKDAY = {c: n for n, c in enumerate("一二三四五六")} | {"日": 6, "天": 6}
_COUNT = r"\d{1,3}|[一二两三四五六七八九十]{1,3}|半"
_WITHIN = re.compile(rf"(?P<n>{_COUNT})个?(?P<unit>工作日|日|天|周|星期|月|年)(?:之内|以内|内)")
_WEEK = re.compile(r"(?P<which>本周|这周|下周|下下周)(?:(?P<day>[一二三四五六日天])|末)?(?:之?前|以前|内|完成|报)")
_MONTH = re.compile(r"(?P<which>本月|当月|下月|下个月)(?:(?P<day>3[01]|[12]\d|0?[1-9])日|(?P<ten>上旬|中旬)|底|末|内)(?:之?前|以前|内)?")
_DAY_ONLY = re.compile(r"(?<![\d月])(?P<day>3[01]|[12]\d|0?[1-9])日(?:\d{1,2}时)?(?:之?前|以前)")
_DAY_DONE = re.compile(
    r"(?:(?P<y>20\d\d)年)?(?P<m>1[0-2]|0?[1-9])月(?P<d>3[01]|[12]\d|0?[1-9])日"
    r"(?P<rest>(?:上午|下午|中午|\d{1,2}时)?(?:完成|报|提交|上报|召开|印发|反馈|到位))"
)
_BARE = re.compile(r"^(?:(?P<y>20\d\d)[年./-])?(?P<m>1[0-2]|0?[1-9])[月./-](?P<d>3[01]|[12]\d|0?[1-9])日?$")
_SOON = re.compile(r"立即|即日起|当天|当日|下次(?:会议|例会|调度会?|会商)之?前|下一次(?:会议|例会)之?前|会后|近期|尽快")


@dataclass(frozen=True, slots=True)
class Due:
    """A day (ISO), or working days from the meeting's, with the words that say so; neither for 立即, 下次例会前."""

    day: str | None
    text: str
    workdays: int | None = None


def find(said: str, on: date | None, bare: bool = False) -> Due | None:
    """The first time by which a folded clause wants something done; ``bare``: a cell of a table, where 12月5日 alone is enough."""
    if not said:
        return None
    named = times.deadlines(said, on.year if on else None)
    if named:
        first = min(named, key=lambda t: t.i)
        return Due(_ahead(first.day, first.text, on), first.text)
    if on is None and (unsaid := times.deadlines(said, 2000)):
        return Due(None, unsaid[0].text)  # of which year, nobody says
    for pattern, meant in ((_WITHIN, _within), (_WEEK, _week), (_MONTH, _month), (_DAY_DONE, _on_day), (_DAY_ONLY, _day_only)):
        if (m := pattern.search(said)) and (found := meant(m, on)):
            return found
    if bare and (m := _BARE.match(said)) and (m["y"] or on):
        return _on_day(m, on)
    if m := _SOON.search(said):
        return Due(on.isoformat() if on and m[0] in ("当天", "当日") else None, m[0])
    return None


def _ahead(day: str, text: str, on: date | None) -> str:
    """1月15日前 said in December is of the next year."""
    if on is None or re.search(r"20\d\d年|今年|本年|明年|次年", text) or date.fromisoformat(day) >= on:
        return day
    found = date.fromisoformat(day)
    return day if (on - found).days < 90 else _safe(found.year + 1, found.month, found.day).isoformat()


def _safe(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _count(said: str) -> int:
    if said.isdigit():
        return int(said)
    digits = {c: n for n, c in enumerate("一二三四五六七八九", 1)} | {"两": 2}
    if "十" in said:
        tens, _, ones = said.partition("十")
        return digits.get(tens, 1) * 10 + digits.get(ones, 0)
    return digits.get(said, 0)


def _within(m: re.Match[str], on: date | None) -> Due | None:
    unit, half = m["unit"], m["n"] == "半"
    n = _count(m["n"])
    if unit == "工作日":
        return Due(None, m[0], n or None)
    if half:
        days = {"月": 15, "年": 182}.get(unit)
        return Due((on + timedelta(days=days)).isoformat() if on and days else None, m[0])
    if on is None:
        return Due(None, m[0])
    if unit in ("月", "年"):
        months = on.month - 1 + n * (12 if unit == "年" else 1)
        return Due(_safe(on.year + months // 12, months % 12 + 1, on.day).isoformat(), m[0])
    return Due((on + timedelta(days=n * (7 if unit in ("周", "星期") else 1))).isoformat(), m[0])


def _week(m: re.Match[str], on: date | None) -> Due | None:
    if on is None:
        return Due(None, m[0])
    monday = on - timedelta(days=on.weekday()) + timedelta(weeks={"下周": 1, "下下周": 2}.get(m["which"], 0))
    return Due((monday + timedelta(days=_WEEKDAY[m["day"]] if m["day"] else 4 if not m[0].endswith("末") else 6)).isoformat(), m[0])


def _month(m: re.Match[str], on: date | None) -> Due | None:
    if on is None:
        return Due(None, m[0])
    months = on.month - 1 + (m["which"] in ("下月", "下个月"))
    day = int(m["day"]) if m["day"] else {"上旬": 10, "中旬": 20}.get(m["ten"] or "", 31)
    return Due(_safe(on.year + months // 12, months % 12 + 1, day).isoformat(), m[0])


def _day_only(m: re.Match[str], on: date | None) -> Due | None:
    """25日前: of the meeting's month, or of the next where it is past."""
    if on is None:
        return Due(None, m[0])
    months = on.month - 1 + (int(m["day"]) < on.day)
    return Due(_safe(on.year + months // 12, months % 12 + 1, int(m["day"])).isoformat(), m[0])


def _on_day(m: re.Match[str], on: date | None) -> Due | None:
    if not m["y"] and on is None:
        return None
    year = int(m["y"]) if m["y"] else on.year if on else 0
    day = _safe(year, int(m["m"]), int(m["d"])).isoformat()
    text = m[0][: m.end() - m.start() - len(m.groupdict().get("rest") or "")]
    return Due(day if m["y"] else _ahead(day, text, on), text)
