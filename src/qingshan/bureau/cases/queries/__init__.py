"""Questions about cases (事项查询)."""

from qingshan.bureau.cases.queries.likeness import doubles, doubles_of, metres
from qingshan.bureau.cases.queries.limits import calendar, due, put_off, term, unpublished, until
from qingshan.bureau.cases.queries.lists import (
    counts,
    due_between,
    holding,
    lit,
    my_work,
    n_mine,
    recent,
    tab,
    theirs,
    versions,
    visible,
    waiting_receipt,
)
from qingshan.bureau.cases.queries.permits import OFFICE, TITLES, need, permits, sees_secrets
from qingshan.bureau.cases.queries.places import layer
from qingshan.bureau.cases.queries.recurring import repeat_places
from qingshan.bureau.cases.queries.results import handled_by_kind, league
from qingshan.bureau.cases.queries.standing import (
    LIGHTS,
    Clock,
    Offer,
    Quarter,
    Stage,
    clock_of,
    is_reported,
    lacks,
    may,
    may_prove,
    next_title,
    offers,
    proofs_of,
    proven,
    quarters,
    reversible,
    stages,
    standing_proofs,
    waits_for,
    whole_span,
)

__all__ = [
    "LIGHTS", "OFFICE", "TITLES", "Clock", "Offer", "Quarter", "Stage", "calendar", "clock_of", "counts", "doubles", "doubles_of",
    "due", "due_between", "handled_by_kind", "holding", "is_reported", "lacks", "layer", "league", "lit", "may", "may_prove", "metres",
    "my_work", "n_mine", "need", "next_title", "offers", "permits", "proofs_of", "proven", "put_off", "quarters", "recent",
    "repeat_places", "reversible", "sees_secrets", "stages", "standing_proofs", "tab", "term", "theirs", "unpublished", "until",
    "versions", "visible", "waiting_receipt", "waits_for", "whole_span",
]  # fmt: skip
