"""The layer of cases: the light of each limit, narrowed as the list is, within scope; what is on a point is asked for when it is opened."""

from __future__ import annotations

import pytest
from tests.bureau.test_query_budgets import asked

from qingshan.bureau.cases.models import Case

pytestmark = pytest.mark.django_db
DATA = "/orders/map/data.json"


@pytest.fixture
def four(opened, hands, bureau):
    """Late, going, closed in 石门镇; going in 柳泉镇; one nobody placed."""
    stone, willow = bureau.towns["石门镇"], bureau.towns["柳泉镇"]
    stone.geometry = {"type": "Polygon", "coordinates": [[[116, 39], [117, 39], [117, 40], [116, 39]]]}
    stone.save()
    late = opened("handed_over", title="逾期的", lon=116.2, lat=39.9, place="砂石路")
    Case.objects.filter(pk=late.pk).update(due_at="2026-11-01T00:00")
    going = opened("petition_12345", title="在办的", lon=116.3, lat=39.9)
    closed = hands.finish(opened("inspection_finding", title="办完的", lon=116.4, lat=39.9))
    other = opened("handed_over", title="别镇的", lon=116.5, lat=39.9, area=willow, responsible=bureau.governments["柳泉镇"])
    opened("handed_over", title="没有经纬度的")
    return late, going, closed, other


def test_points_have_their_light_and_follow_the_filters_and_the_scope(four, clerk, town_person, stranger, as_):
    late, going, closed, other = four
    desk = as_(clerk)

    def seen(client, **asked_) -> dict[int, str]:
        said = client.get(DATA, asked_).json()
        return {pk: said["legend"][at]["light"] for pk, _, _, at in said["points"]}

    said = desk.get(DATA, {"tab": "all"}).json()
    assert {one["light"]: one["n"] for one in said["legend"]} == {"red": 1, "amber": 0, "green": 2, "none": 0, "blue": 1}
    assert (said["unplaced"], len(said["towns"])) == (1, 1)
    assert seen(desk) == {late.pk: "red", going.pk: "green", other.pk: "green"}
    assert seen(desk, tab="red") == {late.pk: "red"}
    assert seen(desk, workflow="handed_over") == {late.pk: "red", other.pk: "green"}
    assert seen(desk, workflow="petition_12345", state=going.state) == {going.pk: "green"}
    assert seen(desk, tab="closed") == {closed.pk: "blue"}
    assert set(seen(as_(town_person))) == {late.pk, going.pk}
    assert seen(as_(stranger)) == {}
    card = desk.get(f"/orders/map/{late.pk}/card/").content.decode()
    assert "移交问题" in card
    assert f"/orders/{late.number}/" in card
    assert as_(town_person).get(f"/orders/map/{other.pk}/card/").status_code == 404
    page = desk.get("/orders/map/?workflow=handed_over").content.decode()
    assert "移交问题图层" in page
    assert "data.json?workflow=handed_over" in page


def test_no_more_questions_where_there_are_more_cases(four, opened, clerk, as_):
    desk = as_(clerk)
    desk.get(DATA)
    few = len(asked(desk, DATA))
    for n in range(10):
        opened("handed_over", title=f"又一件{n}", lon=116.2, lat=39.9)
    assert len(asked(desk, DATA)) == few <= 14
