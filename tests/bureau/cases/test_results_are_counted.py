"""What handling came to, counted by the database, is what one counts by hand; and it asks as often however many cases there are."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import combinations
from statistics import median

import pytest

from qingshan.bureau.cases import queries
from qingshan.bureau.cases.models import Case, CaseEvent

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 10)


@pytest.fixture
def many(bureau):
    """Ninety cases of four units: closed and going, late and in time, with and without a limit, some opened again."""
    chance, towns, made = random.Random(11), list(bureau.towns), []
    for n in range(90):
        town = towns[chance.randrange(3)] if n else towns[3]
        opened = NOW - timedelta(days=chance.randrange(2, 300), minutes=n)
        closed = opened + timedelta(hours=chance.randrange(5, 40)) if chance.random() < 0.7 else None
        due = None if n % 7 == 0 else NOW + timedelta(days=chance.choice((-3, 4)))
        made.append(
            Case(
                number=f"YJ-2026-{n:04d}", workflow="handed_over", title="扬尘", state="closed" if closed else "fixing", area=bureau.towns[town],
                responsible=bureau.governments[town], opened_at=opened, entered_at=opened, closed_at=closed, due_at=due, round=1 + n % 2,
            )
        )  # fmt: skip
    Case.objects.bulk_create(made)
    for n, case in enumerate(Case.objects.order_by("number")):
        limit = None if n % 5 == 0 else case.opened_at + timedelta(hours=4)
        for hours, kind in ((1, "step"), (3 + n % 4 % 3, "step"), (9, "note")):
            at = case.opened_at + timedelta(hours=hours)
            CaseEvent.objects.create(case=case, kind=kind, step="s", title="办", became="fixing", at=at, due_at=limit)
    return Case.objects.all()


def test_the_league_is_the_one_counted_by_hand(many):
    placed, few, least = queries.league(many, NOW)
    assert {one.unit: (one.total, one.done, one.in_time, one.days, one.again) for one in (*placed, *few)} == {
        unit: by_hand(many, unit) for unit in ("石门镇", "柳泉镇", "竹溪乡", "城关街道")
    }
    assert [one.unit for one in few] == ["城关街道"]
    assert [one.place for one in placed] == [1, 2, 3]
    assert [one.score for one in placed] == sorted((one.score for one in placed), reverse=True)
    assert {one.in_time < one.total for one in placed} == {True}, "有超期的才看得出"


def by_hand(many, unit: str) -> tuple:
    cases = [c for c in many if str(c.responsible) == unit]
    late = [
        c for c in cases
        if any(e.kind == "step" and e.was_late for e in c.events.all()) or (c.closed_at is None and c.due_at and c.due_at < NOW)
    ]  # fmt: skip
    spans = [(c.closed_at - c.opened_at).total_seconds() / 86400 for c in cases if c.closed_at]
    days = round(median(spans), 1) if spans else None
    return len(cases), len(spans), len(cases) - len(late), days, sum(c.round > 1 for c in cases)


def test_a_place_that_comes_back_holds_only_cases_near_each_other_whatever_the_grid(bureau):
    chance, town = random.Random(5), bureau.towns["石门镇"]

    def case(n: int, **more) -> Case:
        at = NOW - timedelta(hours=n)
        said = {"title": "油烟", "state": "fixing", "workflow": "handed_over", "area": town, "responsible": bureau.governments["石门镇"]}
        return Case(number=f"YJ-2026-{n:04d}", opened_at=at, entered_at=at, **said | more)

    alone = [case(n, lon=116 + chance.random(), lat=40 + chance.random(), place="别处") for n in range(40)]
    corner = [case(300 + n, lon=116.5 + chance.uniform(-6e-4, 6e-4), lat=40.3 + chance.uniform(-5e-4, 5e-4), place="南街") for n in range(4)]
    words = [case(400 + n, place=said) for n, said in enumerate(("工业路 9 号", "工业路9号", "工业路，9号", "工业路8号"))]
    old = [case(9000, lon=116.5, lat=40.3, place="南街")]
    Case.objects.bulk_create(sorted([*alone, *corner, *words, *old], key=lambda one: one.opened_at))
    places = queries.repeat_places(Case.objects.all(), NOW)
    told = {place.name: sorted(c.number for c in place.cases) for place in places}
    assert told["工业路 9 号"] == ["YJ-2026-0400", "YJ-2026-0401", "YJ-2026-0402"]
    assert told["南街"] == ["YJ-2026-0300", "YJ-2026-0301", "YJ-2026-0302", "YJ-2026-0303"]
    for place in places:
        near = [queries.metres(place.cases[0], other) for other in place.cases[1:] if other.lat is not None]
        assert max(near, default=0) <= 150
    every = [c.number for place in places for c in place.cases]
    assert len(every) == len(set(every))
    trios = [t for t in combinations(alone, 3) if all((queries.metres(t[0], o) or 999) <= 150 for o in t[1:])]
    assert len(places) == 2 + bool(trios)
