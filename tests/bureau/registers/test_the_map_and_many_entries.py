"""The layer of a register: coloured by rule, within scope, as filtered; and no page asks more where there are more entries."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qingshan.bureau.registers import actions, queries
from qingshan.bureau.registers.models import Change, Entry

pytestmark = pytest.mark.django_db
SITE = "construction_site"


def site(n: int, town, by, **more):
    said = {"code": f"GD{n}", "site": f"工地{n}", "kind": "house", "contractor": "甲", "flag": "green", "flag_on": "2026-05-01"} | more
    state = said.pop("state", "working")
    place = {"lon": 116.2 + n / 100, "lat": 39.9} if n else {}
    return actions.add_entry(queries.register(SITE), said, area=town, by=by, state=state, **place)


GOOD = {"fence": True, "cover": True, "spray": True, "harden": True, "wash": True, "sealed": True}


def test_points_have_the_colour_of_their_grade_and_follow_the_filters(bureau, clerk, town_person, stranger, as_):
    stone, willow = bureau.towns["石门镇"], bureau.towns["柳泉镇"]
    stone.geometry = {"type": "Polygon", "coordinates": [[[116, 39], [117, 39], [117, 40], [116, 39]]]}
    stone.save()
    site(0, stone, clerk)
    red, green = site(1, stone, clerk, flag="red"), site(2, willow, clerk, state="paused", **GOOD)
    unknown = site(3, stone, clerk)
    client, url = as_(clerk), reverse("registers:map_json", args=[SITE])
    seen = client.get(url).json()
    assert [(one["words"], one["light"], one["n"]) for one in seen["legend"]] == [
        ("红", "red", 1), ("黄", "amber", 0), ("绿", "green", 1), ("待定", "none", 1),
    ]  # fmt: skip
    assert [(p[0], p[3]) for p in seen["points"]] == [(red.pk, 0), (green.pk, 2), (unknown.pk, 3)]
    assert (seen["unplaced"], len(seen["towns"])) == (1, 1)
    by_state = client.get(url, {"by": "state", "state": "paused"}).json()
    assert [p[0] for p in by_state["points"]] == [green.pk]
    assert by_state["legend"][by_state["points"][0][3]]["words"] == "停工"
    assert [p[0] for p in as_(town_person).get(url).json()["points"]] == [red.pk, unknown.pk]
    assert as_(town_person).get(reverse("registers:card", args=[SITE, green.pk])).status_code == 404
    assert as_(stranger).get(url).status_code == 404
    card = client.get(reverse("registers:card", args=[SITE, green.pk])).content.decode()
    assert "工地2" in card
    assert reverse("registers:entry", args=[SITE, green.pk]) in card
    assert client.get(reverse("registers:map", args=["diesel_vehicle"])).status_code == 404


PAGES = {
    "entries": 25, "map_json": 17, "export": 5,
}  # fmt: skip
"""the most queries of a page opened by the bureau"""


@pytest.mark.parametrize("page", PAGES)
def test_no_more_questions_where_there_are_more_entries(page, bureau, clerk, as_):
    client, url = as_(clerk), reverse(f"registers:{page}", args=[SITE])

    def asked() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        return sum(not q["sql"].startswith(("SAVEPOINT", "RELEASE", 'UPDATE "django_session"')) for q in seen.captured_queries)

    values = {"code": "", "site": "", "kind": "house", "flag": "green", **GOOD}

    def more(first: int, n: int) -> None:
        towns = list(bureau.towns.values())
        made = [
            Entry(
                register=SITE, key=f"K{i:04d}", name=f"工地{i}", area=towns[i % 4], state="working", lon=116.2, lat=39.9,
                values=values | {"code": f"K{i:04d}", "site": f"工地{i}"},
            )
            for i in range(first, first + n)
        ]  # fmt: skip
        Entry.objects.bulk_create(made)
        Change.objects.bulk_create(Change(entry=e, version=1, day=dt.date(2026, 1, 1), at=dt.datetime(2026, 1, 1), after={}) for e in made)

    more(0, 10)
    few = asked()
    more(10, 100)
    assert asked() == few <= PAGES[page]
