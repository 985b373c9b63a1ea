"""From what the plan reader says to rows a person reviews (识读 → 核对)."""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import date

from qingshan import plans
from qingshan.bureau.base import packs
from qingshan.bureau.ledger.models import Finding, Plan, Task
from qingshan.bureau.ledger.units import Directory
from qingshan.plans import fold, lint, verbs
from qingshan.plans.promises import Promise, settled

RHYTHMS = {"weekly": "week", "ten_day": "ten_days", "monthly": "month", "quarterly": "quarter", "daily": "week"}
QUIET = ("BOIL", "PRE", "CTX", "PUR", "MAN", "UMB", "ROL")
FIELDS = (
    "title", "indicator", "indicator_text", "operator", "value", "value_text", "unit", "deadline", "leads", "coops", "units_text",
    "check", "rhythm", "topic", "aspirational", "masked", "area", "note",
)  # fmt: skip


def paragraphs(reading, text: str) -> list[list]:
    """Rows [number, start, end, kind] that together cover every line of the text."""
    found = [[p.number, p.start, p.end, p.kind] for p in reading.paragraphs]
    return found or [[1, 0, len(text), "body"]]


def findings(plan: Plan, reading, others: list[lint.Other]) -> list[Finding]:
    """Unsaved findings of a plan: targets, tasks, doubts and what was not read, each with its exact span."""
    directory, counted = Directory(), works()
    rows = [_row(plan, Finding.Kind.TARGET, t, target_fields(plan, t, directory)) for t in reading.targets]
    rows += [_row(plan, Finding.Kind.TASK, t, task_fields(plan, t, directory, counted)) for t in reading.tasks]
    rows += doubts(plan, reading, others)
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


def doubts(plan: Plan, reading, others: list[lint.Other]) -> list[Finding]:
    """Unsaved doubts of a plan, as it stands beside the other plans and what the bureau counts now."""
    counters = [lint.Counter(unit, words) for _, unit, words in works()]
    return [
        _row(plan, Finding.Kind.DOUBT, f, {"code": f.code, "level": f.level, "message": f.message, "advice": f.advice})
        for f in lint.check(plan.text, reading, counters, others)
    ]


def _row(plan: Plan, kind: str, piece, fields: dict) -> Finding:
    return Finding(
        plan=plan, kind=kind, start=piece.start, end=piece.end, paragraph=piece.paragraph, place=place(plan, piece.start, piece.end),
        heading_path=list(piece.heading_path), read=fields, fields=fields, **signs(kind, fields),
    )  # fmt: skip


def signs(kind: str, fields: dict) -> dict:
    """What of the fields stands in columns of its own, too."""
    is_item = kind in (Finding.Kind.TARGET, Finding.Kind.TASK)
    return {"quiet": bool(fields.get("quiet")), "code": ("masked" if fields.get("masked") else "") if is_item else fields.get("code", "")}


def others(plan: Plan) -> list[lint.Other]:
    """The plans that this one must agree with or may not fall behind: of its year and the year before, in their newest version."""
    near = Plan.objects.filter(year__in=[plan.year, plan.year - 1], newer=None).exclude(pk=plan.pk).defer("paragraphs")
    if plan.number:
        near = near.exclude(number=plan.number)
    return [lint.Other(other.title, other.year, tuple(promises(other, Finding.Kind.TARGET))) for other in near]


def promises(plan: Plan, *kinds: str) -> list[Promise]:
    """What a plan promises as it stands after review: targets and tasks, or only one kind, without what was left out."""
    found = plan.findings.items().exclude(state=Finding.State.REJECTED).order_by("start", "end", "pk")
    found = list(found.filter(kind__in=kinds) if kinds else found)
    for finding in found:
        finding.plan = plan
    return [promise_of(finding) for finding in found]


def promise_of(finding: Finding) -> Promise:
    """A finding as it stands, so that two plans can be laid side by side."""
    f, read, is_target = finding.fields, finding.read, finding.kind == Finding.Kind.TARGET
    verb, words = read.get("verb", ""), read.get("object", "")
    if not is_target and (not words or f["title"] != read["title"]):
        act = verbs.act_of(fold.fold(f["title"]))
        verb, words = (act.verb, act.object) if act else ("", f["title"])
    return Promise(
        finding.kind, finding.start, finding.end, finding.text, (f["indicator_text"] or f["title"]) if is_target else words, verb,
        (f["indicator"] or None) if is_target else None, f["operator"] or None, settled(f["value"]), f["unit"] or None,
        read.get("value_kind") or "number", read.get("value_ref"), read.get("period") or (str(finding.plan.year) if is_target else ""),
        None if is_target else f["deadline"], read.get("recurrence"), f["aspirational"], bool(f["masked"]) and f["value"] is None,
        finding.pk,
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
        "area": None, "note": "", "value_kind": target.value_kind, "value_ref": target.value_ref, "period": target.period,
    }  # fmt: skip


def task_fields(plan: Plan, task, directory: Directory, works: list[tuple[str, str, str]]) -> dict:
    """What a task says, in the fields of a ledger row; units that nobody has stay as words."""
    quantity = task.quantity
    leads, coops = directory.match(task.lead_units), directory.match(task.coop_units)
    masked = bool(task.masked)
    return {
        "title": title_of(task.text), "indicator": _measured_by(task.text, quantity, works), "indicator_text": "",
        "operator": (quantity.operator or "") if quantity else "", "value": quantity.value if quantity and not masked else None,
        "value_text": "", "unit": (quantity.unit or "") if quantity else "", "deadline": task.deadline or year_end(plan.year),
        "leads": [u.pk for u in leads.found], "coops": [u.pk for u in coops.found], "units_text": "、".join(leads.missing + coops.missing),
        "check": task.check or "milestone", "rhythm": RHYTHMS.get(task.recurrence or "", "month"), "topic": topic_of(task),
        "aspirational": False, "masked": masked, "area": None, "note": "",
        "verb": task.verb, "object": task.object, "recurrence": task.recurrence,
    }  # fmt: skip


def works() -> list[tuple[str, str, str]]:
    """What the bureau's indicators count of work done: name, unit, words; by name."""
    declared = packs.all("indicators") if "indicators" in packs.kinds else {}
    return [(name, one.unit, one.work) for name, one in sorted(declared.items()) if one.work]


def _measured_by(text: str, quantity, works: list[tuple[str, str, str]]) -> str:
    """The declared indicator that counts what a task does, by its words and unit; "" where none says so."""
    said = re.sub(r"\s+", "", text)
    return next((name for name, unit, words in works if quantity and unit == quantity.unit and re.search(words, said)), "")


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
        fields = task_fields(plan, reading.tasks[0], directory, works())
    else:
        fields = dict.fromkeys(FIELDS, "") | {
            "value": None, "deadline": year_end(plan.year), "leads": [], "coops": [], "aspirational": False, "masked": False, "area": None,
            "check": Task.Check.ONGOING if kind == Finding.Kind.TARGET else Task.Check.MILESTONE, "rhythm": "month",
        }  # fmt: skip
    near = plan.findings.items().filter(start__lte=start).order_by("-start").first()
    return fields | {
        "title": title_of(text),
        "topic": near.fields.get("topic", "") if near else "",
        "masked": "xx" in text.lower() or fields["masked"],
    }


def read_part(whole: Finding, start: int, end: int) -> dict:
    """Fields of a part of a finding: what its own words say, else what the whole said (units, chapter, rhythm, a deadline)."""
    part, said = read_selection(whole.plan, whole.kind, start, end), whole.fields
    kept = {name: part[name] or said[name] for name in ("leads", "coops", "units_text", "topic", "area")}
    if part["rhythm"] == "month":
        kept["rhythm"] = said["rhythm"]
    if part["deadline"] == year_end(whole.plan.year):
        kept["deadline"] = said["deadline"]
    return part | kept


def read_together(first: Finding, second: Finding) -> dict:
    """Fields of two findings as one: the first's, with the second's where the first says nothing, and the units of both."""
    plan, a, b = first.plan, first.fields, second.fields
    between = re.sub(r"[\s，、；,;。]", "", plan.text[first.end : second.start])
    title = f"{a['title']}，{b['title']}" if between else title_of(plan.text[first.start : max(first.end, second.end)])
    filled = {name: a[name] or b[name] for name in ("indicator", "indicator_text", "topic", "area", "note")}
    figures = a if a["value"] is not None or a["value_text"] else b
    due = min((d for d in (a["deadline"], b["deadline"]) if d != year_end(plan.year)), default=a["deadline"])
    return a | filled | {name: figures[name] for name in ("operator", "value", "value_text", "unit", "check")} | {
        "title": title[:300], "deadline": due, "masked": bool(a["masked"] or b["masked"]),
        "leads": list(dict.fromkeys([*a["leads"], *b["leads"]])), "coops": list(dict.fromkeys([*a["coops"], *b["coops"]])),
        "units_text": "、".join(dict.fromkeys(filter(None, [a["units_text"], b["units_text"]])))[:200],
    }  # fmt: skip
