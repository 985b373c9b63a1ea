"""What the composing page shows (编制页面内容): the form with its faults under their fields, and the preview."""

from __future__ import annotations

from django.http import HttpRequest

from qingshan.bureau.base import packs
from qingshan.bureau.base.form_lines import numbered
from qingshan.bureau.indicators import composing, outcomes, queries, ranking_pages, rankings
from qingshan.bureau.indicators.assessments import Unknown
from qingshan.bureau.indicators.schemes import UNIT_WORDS, Scheme
from qingshan.methods import scoring

MOST_ROWS = 30


def compose(form: dict[str, str], draft=None, *, faults: dict | None = None) -> dict:
    """The composing page: the form with its faults under their fields."""
    form, by_field = composing.whole(form), faults if faults is not None else {}
    rows = max([*(n + 1 for n in numbered(form)), composing.ROWS])
    rows = min(rows + (1 if form.get("more") else 0), MOST_ROWS)
    items = []
    for n in range(rows):
        at = {key: form.get(f"item-{n}-{key}", "") for key in composing.FIELDS}
        kind = at["kind"] or "linear"
        boxes = list(zip(composing.KEYS.get(kind, ()), composing.KINDS.get(kind, ("", ()))[1], strict=False))
        wrong = [w for key in (*composing.FIELDS, *(b for b, _ in boxes)) for w in by_field.get(f"item-{n}-{key}", ())]
        shown = [(b, words, form.get(f"item-{n}-{b}", "")) for b, words in boxes]
        items.append({"n": n, "at": at, "kind": kind, "boxes": shown, "faults": list(dict.fromkeys(wrong))})
    named = [(i["n"], i["at"]["title"] or f"第 {i['n'] + 1} 项") for i in items if i["at"]["title"] or i["at"]["source"]]
    total = sum(_weight(i["at"]["weight"]) for i in items if i["at"]["title"] or i["at"]["source"])
    return {
        "form": form, "draft": draft, "items": items, "faults": by_field, "sources": sources(), "kinds": composing.KINDS,
        "takes": composing.TAKES, "total": total, "missing_rules": scoring.MISSING, "ties_rules": scoring.TIES,
        "unit_kinds": {k: v for k, v in UNIT_WORDS.items() if k in ("town", "village", "department", "named")},
        "rhythms": (("month", "按月"), ("quarter", "按季"), ("year", "按年")), "n_faults": sum(len(v) for v in by_field.values()),
        "named": named, "goals": _rows("goal", outcomes.GOAL_FIELDS, form, by_field), "goal_kinds": outcomes.GOALS,
        "moneys": _rows("money", outcomes.MONEY_FIELDS, form, by_field), "money_kinds": outcomes.MONEY,
    }  # fmt: skip


def _rows(kind: str, fields: tuple[str, ...], form: dict[str, str], by_field: dict) -> list[dict]:
    """The rows of goals or of money that are filled in, and one to begin another."""
    filled = [n for n in numbered(form, kind) if any(form.get(f"{kind}-{n}-{key}") for key in fields if key not in ("kind", "by"))]
    rows = []
    for n in range(min(max(filled, default=-1) + 2, MOST_ROWS)):
        at = {key: form.get(f"{kind}-{n}-{key}", "") for key in fields}
        wrong = [w for key in fields for w in by_field.get(f"{kind}-{n}-{key}", ())]
        rows.append({"n": n, "at": at, "faults": list(dict.fromkeys(wrong))})
    return rows


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def sources() -> list[tuple[str, list[tuple[str, str]]]]:
    """Where an item's value may come from, for the form's list."""
    return [
        ("指标", [(f"indicator:{i.name}", f"{i.code} {i.title}") for i in queries.indicators()]),
        ("其他方案的得分", [(f"scheme:{s.name}", s.title) for s in queries.schemes()]),
        ("外来数据", [(f"figures:{name}", s.title) for name, s in sorted(packs.all("figures").items())]),
        ("填报", [("entered:", "人工填报（带依据）")]),
    ]


def preview(scheme: Scheme, request: HttpRequest) -> dict:
    """A scheme that is not yet published, on the last period's data (按上期数据试算)."""
    period = ranking_pages.month(request, scheme)
    try:
        given = ranking_pages.trial(scheme, period)
        made = rankings.compute(given.held, scheme, period, given)
    except Unknown as error:
        return {"trouble": str(error), "period": period}
    mine: set[str] = set()
    return {
        "period": period, "table": made, "scheme": scheme, "indicator": queries.subject(scheme), "columns": ranking_pages.columns(scheme),
        "rows": [ranking_pages.line(r, made, period, scheme, mine) for r in made.rows],
        "out": [ranking_pages.line(r, made, period, scheme, mine) for r in made.out],
        "scored": not scheme.is_plain, "goals": made.goal, "accumulated": bool(scheme.accumulate),
        "has_money": any(r.money for r in made.rows), "has_extra": any(r.extra for r in (*made.rows, *made.out)),
    }  # fmt: skip
