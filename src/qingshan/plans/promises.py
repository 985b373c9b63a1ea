"""What a plan promises, in a form in which two plans can be laid side by side (承诺): the same indicator, area and period; more or less."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qingshan.plans import figures, fold, indicators
from qingshan.plans.reading import Reading, Target, Task

SIGNS = {
    ">=": "≥ ", "<=": "≤ ", "<": "< ", ">": "> ", "=": "", "approx": "约 ", "increase": "上升 ", "decrease": "下降 ", "maintain": "保持 ",
}  # fmt: skip
RHYTHMS = ("daily", "weekly", "ten_day", "monthly", "quarterly", "half_year", "yearly")
RHYTHM_WORDS = {
    "daily": "每日", "weekly": "每周", "ten_day": "每旬", "monthly": "每月", "quarterly": "每季", "half_year": "每半年", "yearly": "每年",
}  # fmt: skip
_OWN = r"(?:全|我|本)(?:省|市|区|县|州|镇|乡|街道|域)"
_PLACE = r"[\u4e00-\u9fff]{2,6}?(?:省|市|区|县|旗|州|盟|镇|乡|街道|流域|水库|地区|城市群)(?!考|控|级|域|政府|管)"
_WHICH = re.compile(
    r"[国省市县区](?:(?=、[国省市县]考|、[国省市县]控)|考|控|级)|县城|农村|城镇|乡镇|城区|中心城区|主城区|建成区|地下水|近岸海域|昼间|夜间|采暖[季期]|非采暖[季期]|秋冬季|夏季|[一二三四1-4]季度|上半年|下半年"
)
_HELPERS = re.compile(rf"{_OWN}|20\d\d年|年度|全年|空气质量|环境空气|总体|基本")
_AMOUNT = re.compile(
    rf"(?<![第\d.])(?:\d[\d.,]*[万亿千百]*[余多]?|[一二三四五六七八九十百千两]+)(?:{figures.UNIT})(?:以上|以下|以内|左右)?"
)
_MARK = re.compile(r"^(?:\d{1,3}[.、](?!\d)|\(\d{1,3}\)|[一二三四五六七八九十]{1,3}、|\([一二三四五六七八九十]{1,3}\)|[、,;。])+")
_BRACKET = re.compile(r"\([^()]{0,80}\)")


@dataclass(frozen=True, slots=True)
class Promise:
    """A target or task of one plan. ``name`` is the indicator's words or the task's object; ``ref`` whatever the caller knows it by."""

    kind: str  # target, task
    start: int
    end: int
    text: str
    name: str
    verb: str = ""
    key: str | None = None
    operator: str | None = None
    value: float | None = None
    unit: str | None = None
    value_kind: str = "number"
    value_ref: str | None = None
    period: str = ""
    deadline: str | None = None
    recurrence: str | None = None
    aspirational: bool = False
    masked: bool = False
    ref: int = 0

    @property
    def figure(self) -> str:
        """The demand as people write it: ≤ 32 微克/立方米, 每月, 市级下达."""
        if self.masked:
            return "数字被遮盖"
        if self.value is not None:
            return f"{SIGNS.get(self.operator or '', '')}{self.value:.10g} {self.unit or ''}".strip()
        return self.value_ref or RHYTHM_WORDS.get(self.recurrence or "", "")


@dataclass(frozen=True, slots=True)
class Change:
    """How a promise changed: ``same``, ``raised``, ``lowered``, or ``changed`` where neither can be said; ``words`` say what."""

    way: str
    words: str = ""


def settled(value: float | None) -> float | None:
    """A figure as a ledger keeps it, to four decimals, so that 六分之五 read twice is one figure."""
    return None if value is None else round(value, 4)


def of_target(t: Target, ref: int = 0) -> Promise:
    return Promise(
        "target", t.start, t.end, t.text, t.indicator, "", t.indicator_key, t.operator, settled(t.value), t.unit, t.value_kind, t.value_ref,
        t.period, None, None, t.aspirational, t.masked, ref,
    )  # fmt: skip


def of_task(t: Task, ref: int = 0) -> Promise:
    q = t.quantity
    return Promise(
        "task", t.start, t.end, t.text, t.object, t.verb, None, q.operator if q else None, settled(q.value) if q else None,
        q.unit if q else None,
        "number", None, "", t.deadline, t.recurrence, False, t.masked, ref,
    )  # fmt: skip


def of_reading(reading: Reading) -> list[Promise]:
    """Targets and planned tasks in the order of the text, each once: what a plan says twice is one promise."""
    found = [of_target(t, n) for n, t in enumerate(reading.targets) if t.same_as is None]
    found += [of_task(t, n) for n, t in enumerate(reading.tasks) if t.same_as is None and t.status == "planned"]
    return sorted(found, key=lambda p: (p.start, p.end, p.kind))


def wording(text: str) -> str:
    """A sentence as it is recognised again: half-width, without spaces, list number and closing stop."""
    said = "".join(fold.fold(text).split())
    return _MARK.sub("", said).rstrip(",;。、:!")


def name_of(p: Promise) -> str:
    """The words that name it, without brackets, amounts and helpers: 治理15家 and 治理20家 are one; 109国道, 第3片区 keep theirs."""
    said = _BRACKET.sub("", wording(p.name))
    return re.sub(r"[“”\"'、,:;《》·\s]", "", _AMOUNT.sub("", _HELPERS.sub("", said)))


def which(p: Promise) -> frozenset[str]:
    """The words of a name that say which ones are meant: 国控, 农村, 石门镇."""
    said = re.sub(_OWN, "", wording(p.name))
    levels = [re.sub(r"[考控]$", "考", m if len(m) > 1 else m + "考") for m in _WHICH.findall(said)]
    place = re.match(_PLACE, said)
    if place and not _WHICH.match(said) and indicators.known(said[place.end() :])[0] is not None:
        levels.append(place[0])
    return frozenset(levels)


def identity(p: Promise) -> tuple[str, frozenset[str]]:
    """What makes two targets the same one: the platform's indicator or else its words, and which area or level is meant."""
    return (p.key or name_of(p), which(p))


def better_of(p: Promise) -> str:
    """``lower``, ``higher`` or "" for which way of a target is better; a task's amount is better when it is more."""
    return "higher" if p.kind == "task" else indicators.known(p.name)[1]


def compared(before: Promise, after: Promise, shift: int = 0) -> Change:
    """What became of a promise. ``shift``: years between the two plans, so that 6月底 of either year is the same day."""
    changes = [c for c in (_figures(before, after), _days(before, after, shift), _rhythm(before, after)) if c.way != "same"]
    if not changes:
        return Change("same")
    ways = {c.way for c in changes}
    return Change(ways.pop() if len(ways) == 1 else "changed", "；".join(c.words for c in changes))


def _figures(a: Promise, b: Promise) -> Change:
    said = f"{a.figure or '没有数'} → {b.figure or '没有数'}"
    if a.masked or b.masked:
        return Change("changed", f"{said}，不能比较") if a.masked != b.masked else Change("same")
    if a.value is None or b.value is None:
        if a.value is None and b.value is None:
            same = (a.value_ref or "") == (b.value_ref or "") and a.value_kind == b.value_kind
            return Change("same") if same else Change("changed", said)
        return Change("changed", f"{said}，{'增加了数字' if a.value is None else '去掉了数字'}")
    if (a.unit or "") != (b.unit or ""):
        return Change("changed", f"{said}，单位不同，不能比较")
    bound_a, bound_b = _bound(a), _bound(b)
    if not bound_a or not bound_b or bound_a[0] != bound_b[0]:
        return Change("same") if (a.operator, a.value) == (b.operator, b.value) else Change("changed", f"{said}，比较方式不同")
    strict_a, strict_b = bound_a[1:], bound_b[1:]
    if strict_a == strict_b:
        return Change("same")
    more = strict_b > strict_a
    if a.value == b.value and a.aspirational != b.aspirational:
        said = f"{a.figure}：{'去掉了“力争”' if a.aspirational else '加上了“力争”'}"
    return Change("raised" if more else "lowered", said)


def _bound(p: Promise) -> tuple[str, float, int] | None:
    """The way a figure binds, how far (more is stricter), and how firmly; None where it cannot be said."""
    assert p.value is not None
    better, way = better_of(p), p.operator or "="
    firm = {"<": 3, ">": 3, "approx": 0}.get(way, 2) - (1 if p.aspirational else 0)
    if way in ("increase", "decrease"):
        return (way, p.value, firm)
    if way in ("<=", "<") or (way in ("=", "approx", "maintain") and better == "lower"):
        return ("cap", -p.value, firm)
    if way in (">=", ">") or (way in ("=", "approx", "maintain") and better == "higher"):
        return ("floor", p.value, firm)
    return None


def _days(a: Promise, b: Promise, shift: int) -> Change:
    if not a.deadline or not b.deadline:
        if a.deadline == b.deadline or a.kind == "target":
            return Change("same")
        due, year = a.deadline or b.deadline or "", "-12-31"
        if due.endswith(year):
            return Change("same")  # no day of its own: the end of the year
        return Change("lowered", f"不再写期限 {due}") if a.deadline else Change("raised", f"新写了期限 {due}")
    moved = f"{int(a.deadline[:4]) + shift:04}{a.deadline[4:]}"
    if moved[:7] == b.deadline[:7] and {moved[8:], b.deadline[8:]} <= {"28", "29"}:
        return Change("same")  # the end of February
    if moved == b.deadline:
        return Change("same")
    return Change("raised" if b.deadline < moved else "lowered", f"期限 {a.deadline} → {b.deadline}")


def _rhythm(a: Promise, b: Promise) -> Change:
    if a.recurrence == b.recurrence:
        return Change("same")
    said = f"{RHYTHM_WORDS.get(a.recurrence or '', '没有频次')} → {RHYTHM_WORDS.get(b.recurrence or '', '没有频次')}"
    if a.recurrence not in RHYTHMS or b.recurrence not in RHYTHMS:
        return Change("changed", said)
    return Change("raised" if RHYTHMS.index(b.recurrence) < RHYTHMS.index(a.recurrence) else "lowered", said)


def periods_meet(a: Promise, b: Promise, shift: int) -> bool:
    """Whether two targets speak of the same stretch: the same years, or each of its own plan's year."""
    return a.period == b.period or _moved(a.period, shift) == b.period


def _moved(period: str, shift: int) -> str:
    return re.sub(r"20\d\d", lambda m: str(int(m[0]) + shift), period)


