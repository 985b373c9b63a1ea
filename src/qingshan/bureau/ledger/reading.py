"""From what the plan reader says to rows a person reviews (识读 → 核对)."""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import date

from qingshan import plans
from qingshan.bureau.base import packs
from qingshan.bureau.ledger.models import Finding, Plan, Task
from qingshan.bureau.ledger.units import Directory

RHYTHMS = {"weekly": "week", "ten_day": "ten_days", "monthly": "month", "quarterly": "quarter", "daily": "week"}
NUMBER = re.compile(r"[\u4e00-\u9fa5]{1,8}〔\d{4}〕\s*\d+\s*号")
SIGNED = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日\s*$", re.M)
QUIET = ("BOIL", "PRE", "CTX", "PUR", "MAN", "UMB", "ROL")
FIELDS = (
    "title", "indicator", "indicator_text", "operator", "value", "value_text", "unit", "deadline", "leads", "coops", "units_text",
    "check", "rhythm", "topic", "aspirational", "masked", "area", "note",
)  # fmt: skip


def paragraphs(reading, text: str) -> list[list]:
    """Rows [number, start, end, kind] that together cover every line of the text."""
    found = [[p.number, p.start, p.end, p.kind] for p in reading.paragraphs]
    return found or [[1, 0, len(text), "body"]]


def findings(plan: Plan, reading) -> list[Finding]:
    """Unsaved findings of a plan: targets, tasks, doubts and what was not read, each with its exact span."""
    directory = Directory()
    rows = [_row(plan, Finding.Kind.TARGET, t, target_fields(plan, t, directory)) for t in reading.targets]
    rows += [_row(plan, Finding.Kind.TASK, t, task_fields(plan, t, directory)) for t in reading.tasks]
    rows += [
        _row(plan, Finding.Kind.DOUBT, f, {"code": f.code, "level": f.level, "message": f.message, "advice": f.advice})
        for f in reading.findings
    ]
    rows += [
        _row(
            plan,
            Finding.Kind.UNREAD,
            u,
            {"reason": u.reason, "message": plans.REASONS.get(u.reason, "没有识读"), "quiet": u.reason in QUIET},
        )
        for u in reading.unread
    ]
    return rows


def _row(plan: Plan, kind: str, piece, fields: dict) -> Finding:
    return Finding(
        plan=plan, kind=kind, start=piece.start, end=piece.end, paragraph=piece.paragraph, place=place(plan, piece.start, piece.end),
        heading_path=list(piece.heading_path), read=fields, fields=fields,
    )  # fmt: skip


def target_fields(plan: Plan, target, directory: Directory) -> dict:
    """What a target says, in the fields of a ledger row."""
    value = None if target.masked or target.value_kind == "redacted" else target.value
    return {
        "title": title_of(target.text), "indicator": target.indicator_key or "", "indicator_text": target.indicator or "",
        "operator": target.operator or "", "value": value, "value_text": _wording(target), "unit": target.unit or "",
        "deadline": year_end(plan.year), "leads": [], "coops": [], "units_text": "",
        "check": "quantified" if value is not None else "ongoing", "rhythm": "month", "topic": topic_of(target),
        "aspirational": bool(target.aspirational), "masked": bool(target.masked or target.value_kind == "redacted"),
        "area": None, "note": "",
    }  # fmt: skip


def task_fields(plan: Plan, task, directory: Directory) -> dict:
    """What a task says, in the fields of a ledger row; units that nobody has stay as words."""
    quantity = task.quantity
    leads, coops = directory.match(task.lead_units), directory.match(task.coop_units)
    masked = bool(task.masked)
    return {
        "title": title_of(task.text), "indicator": _measured_by(task.text, quantity), "indicator_text": "",
        "operator": (quantity.operator or "") if quantity else "", "value": quantity.value if quantity and not masked else None,
        "value_text": "", "unit": (quantity.unit or "") if quantity else "", "deadline": task.deadline or year_end(plan.year),
        "leads": [u.pk for u in leads.found], "coops": [u.pk for u in coops.found], "units_text": "、".join(leads.missing + coops.missing),
        "check": task.check or "milestone", "rhythm": RHYTHMS.get(task.recurrence or "", "month"), "topic": topic_of(task),
        "aspirational": False, "masked": masked, "area": None, "note": "",
    }  # fmt: skip


def _measured_by(text: str, quantity) -> str:
    """The declared indicator that counts what a task does, by its words and unit; "" where none says so."""
    if quantity is None or not quantity.unit:
        return ""
    for name, declared in sorted(packs.all("indicators").items()):
        if declared.work and declared.unit == quantity.unit and re.search(declared.work, re.sub(r"\s+", "", text)):
            return name
    return ""


def _wording(target) -> str:
    """The plan's own wording of a figure where the number alone would not say it: 六分之五 is 5/6, 良 is 良."""
    text = "" if target.masked else target.value_text or ""
    if "分之" in text and not text.startswith("百分之"):
        below, above = (_whole(part) for part in text.split("分之", 1))
        return f"{above}/{below}" if above and below else ""
    return text[:60] if target.value is None or target.value_kind in ("grade", "rank") else ""


def _whole(words: str) -> int | None:
    """A whole number up to 99 from Chinese or Arabic digits at either end of a phrase."""
    found = re.search(r"[一二三四五六七八九十\d]+", words)
    if not found:
        return None
    text = found.group()
    if text.isdigit():
        return int(text)
    digits = {c: n for n, c in enumerate("一二三四五六七八九", 1)}
    tens, _, ones = text.rpartition("十")
    return (digits.get(tens, 1) * 10 if "十" in text else 0) + digits.get(ones, 0) or None


def title_of(text: str) -> str:
    """The words of the plan as a row's title: one line, no list number, no closing stop."""
    text = re.sub(r"\s+", "", text)
    return re.sub(r"^(\d+[.．、]|[（(]\d+[)）]|[、，；。])", "", text).rstrip("，。；、")[:300]


def topic_of(piece) -> str:
    """The heading a row stands under in the ledger: the deepest that is not an inline one."""
    path = [h for h in piece.heading_path if len(h) <= 40]
    deep = path[1] if len(path) > 1 and not re.match(r"^\d", path[1]) else (path[0] if path else "")
    return re.sub(r"^([一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\([一二三四五六七八九十]+\))\s*", "", deep).rstrip("。")[:120]


def year_end(year: int) -> str:
    return date(year, 12, 31).isoformat()


def number_of(text: str) -> str:
    """The document number (文号) as printed near the top, or nothing."""
    found = NUMBER.search(text[:600])
    return re.sub(r"\s", "", found.group()) if found else ""


def issued_of(text: str) -> date | None:
    """The date the document bears at its end (成文日期), or nothing."""
    dates = list(SIGNED.finditer(text))
    try:
        return date(*map(int, dates[-1].groups())) if dates else None
    except ValueError:
        return None


def paragraph_at(plan: Plan, start: int) -> list:
    """The paragraph row in which a place lies."""
    rows = plan.paragraphs
    return rows[max(0, bisect_right(rows, start, key=lambda row: row[1]) - 1)]


def place(plan: Plan, start: int, end: int) -> str:
    """Where a span stands, for people: “第 6 段 40–59 字”; counted from 1 within its paragraph, spaces before it not counted."""
    number, begins, _, _ = paragraph_at(plan, start)
    before = plan.text[begins:start]
    begins += len(before) - len(before.lstrip())
    return f"第 {number} 段 {start - begins + 1}–{end - begins} 字"


def read_selection(plan: Plan, kind: str, start: int, end: int) -> dict:
    """Fields of a place a person marked: what the reader makes of these words alone, else the words as the title."""
    text = plan.text[start:end]
    reading, directory = plans.read(text, year=plan.year), Directory()
    if kind == Finding.Kind.TARGET and reading.targets:
        fields = target_fields(plan, reading.targets[0], directory)
    elif kind == Finding.Kind.TASK and reading.tasks:
        fields = task_fields(plan, reading.tasks[0], directory)
    else:
        fields = dict.fromkeys(FIELDS, "") | {
            "value": None, "deadline": year_end(plan.year), "leads": [], "coops": [], "aspirational": False, "masked": False, "area": None,
            "check": Task.Check.ONGOING if kind == Finding.Kind.TARGET else Task.Check.MILESTONE, "rhythm": "month",
        }  # fmt: skip
    near = Finding.objects.filter(plan=plan, kind__in=["target", "task"], start__lte=start).order_by("-start").first()
    return fields | {
        "title": title_of(text),
        "topic": near.fields.get("topic", "") if near else "",
        "masked": "xx" in text.lower() or fields["masked"],
    }
