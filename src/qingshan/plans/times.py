"""Deadlines and rhythms (时限、频次)."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass

_Y = r"(?:(?P<y>20\d\d)年|(?P<rel>今年|本年|当年|明年|次年))?"
_M = re.compile(
    _Y + r"(?P<m>1[0-2]|0?[1-9])月(?:(?P<d>[12]\d|3[01]|0?[1-9])日|(?P<ten>上旬|中旬|下旬)|(?P<end>底|末|初))?(?P<by>之?前|以前|底前)?"
)
_Q = re.compile(_Y + r"(?:第?(?P<q>[一二三四1-4])季度|(?P<half>上半年|下半年))(?P<end>末|底|结束)?(?P<by>之?前|内)?")
_YEAR = re.compile(
    r"(?:(?P<to>到|至)?(?P<y>20\d\d)年(?:度)?(?P<end>底|末|年底)?(?P<by>之?前)?|(?P<rel>今年|本年|明年)?(?:年)(?:底|末)(?P<by2>之?前)?|(?P<rel2>今年|本年|明年)(?P<by3>内)?|年内)"
)
_FIVE = re.compile(r"[“\"]?十(?P<n>[三四五六七])五[”\"]?(?:期)?末")
_ANY = re.compile(r"[年月季]|半年|五[”\"]?期?末")
_NUMBER = {"一": 1, "二": 2, "三": 3, "四": 4}
_TEN = {"上旬": 10, "中旬": 20}
RHYTHMS = (
    ("daily", re.compile(r"每[日天](?!然)|日(?:调度|通报|巡查|报告)|逐日")),
    ("weekly", re.compile(r"每周|周(?:调度|通报|巡查|报告|研判|例会)|按周|每星期")),
    ("ten_day", re.compile(r"每旬|旬(?:调度|通报|报)|每十天|每10天|每半月")),
    ("monthly", re.compile(r"每个?月|月(?:调度|通报|报告|例会|巡查|排名|考核)|按月|逐月")),
    ("quarterly", re.compile(r"每个?季度?|季(?:调度|通报|报告)|按季|逐季")),
    ("half_year", re.compile(r"每半年|半年(?:调度|通报|报告)")),
    ("yearly", re.compile(r"每年(?!度)|逐年|按年")),
    ("periodic", re.compile(r"定期|不定期|常态化开展|轮流")),
    ("dynamic", re.compile(r"动态(?:更新|管理|调整|监管|清零)(?!数据库|系统|平台|机制|台账|体系)|及时更新|适时更新|滚动更新")),
)


@dataclass(frozen=True, slots=True)
class Time:
    """A day found at ``i:j``."""

    i: int
    j: int
    day: str
    text: str


def _last(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _year(m: re.Match[str], year: int | None) -> int | None:
    groups = m.groupdict()
    if groups.get("y"):
        return int(groups["y"])
    rel = groups.get("rel") or groups.get("rel2")
    return year + 1 if year and rel in ("明年", "次年") else year


def deadlines(s: str, year: int | None) -> list[Time]:
    """Days by which something is due, as the text names them."""
    if not _ANY.search(s):
        return []
    out: list[Time] = []
    for m in _M.finditer(s):
        y = _year(m, year)
        if y is None or not (m["by"] or m["end"] in ("底", "末") or (m["ten"] and s[m.end() : m.end() + 1] in ("前", "完"))):
            continue
        month = int(m["m"])
        day = int(m["d"]) if m["d"] else _TEN.get(m["ten"] or "", _last(y, month)) if m["end"] != "初" else 1
        if m["by"] and not m["d"] and not m["ten"] and not m["end"] and "底" not in m["by"]:
            month, y = (month - 1, y) if month > 1 else (12, y - 1)
            day = _last(y, month)
        out.append(Time(m.start(), m.end(), f"{y:04}-{month:02}-{min(day, _last(y, month)):02}", m[0]))
    for m in _Q.finditer(s):
        y = _year(m, year)
        if y is None or not (m["end"] or m["by"]):
            continue
        month = (6 if m["half"] == "上半年" else 12) if m["half"] else 3 * int(_NUMBER.get(m["q"], 0) or m["q"])
        out.append(Time(m.start(), m.end(), f"{y:04}-{month:02}-{_last(y, month):02}", m[0]))
    for m in _FIVE.finditer(s):
        out.append(Time(m.start(), m.end(), f"{2020 + 5 * ('三四五六七'.index(m['n']))}-12-31", m[0]))
    for m in _YEAR.finditer(s):
        y = _year(m, year)
        if (
            y is None
            or s[max(0, m.start() - 1) : m.start()] in ("较", "比", "自", "与", "于")
            or any(t.i <= m.start() < t.j for t in out)
            or s[m.end() : m.end() + 1] in ("第", "1", "2", "3", "4", "5", "6", "7", "8", "9", "上", "下")
        ):
            continue
        if m["y"] and not (m["end"] or m["by"] or m["to"]):
            continue
        out.append(Time(m.start(), m.end(), f"{y:04}-12-31", m[0]))
    return sorted(out, key=lambda t: t.i)


_DUE = re.compile(r"(?:完成|整改|办结|落实|工作|目标)?(?:时限|时间|期限)(?:要求|节点|安排)?(?:为|是)?:(?P<when>[^;。,)\]]{2,20})")


def stated(s: str, year: int | None) -> list[Time]:
    """Days stated for what stands before: 完成时限:2026年11月30日, 12月底."""
    out = []
    for m in _DUE.finditer(s):
        when = re.sub(r"(?<=\d)月$", "月底", m["when"].strip())
        when += "" if when.endswith(("前", "底", "末")) else "前"
        if found := deadlines(when, year):
            out.append(Time(m.start(), m.end(), found[-1].day, m["when"]))
    return out


CERTAIN = re.compile(r"\d月|季度|半年|年(?:底|末|内|度)?|[底末]|十[三四五六七]五")
LEAD = re.compile(
    r"^(?:力争|确保)?(?:[到至在于])?(?:20\d\d年|今年|明年|年(?=[底末内初度中]))?(?:(?:1[0-2]|[1-9])月(?:\d{1,2}日|上旬|中旬|下旬)?|第?[一二三四1-4]季度|上半年|下半年|[“\"]?十[三四五六七]五[”\"]?(?:期间|期末|末)?)?"
    r"(?:年底|年末|底|末|初|度)?(?:之?前|以前|内)?,?(?=[\u4e00-\u9fffA-Za-z“\"])(?!前|以前|之前)"
)


def rhythm(s: str) -> tuple[str, str] | None:
    """The rhythm a clause states, and its words."""
    for name, pattern in RHYTHMS:
        if m := pattern.search(s):
            return name, m[0]
    return None
