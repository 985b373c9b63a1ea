"""How many questions each page may ask the database: a number of its own, and no more when stations or towns double."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.bureau.indicators.observed import LAST, lake_of, observed, observed_lake  # noqa: F401

from qingshan.bureau.base.models import Area, Organisation
from qingshan.bureau.indicators import assessments
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.sites.models import Station

MONTH = "period=2026-10"
BUDGETS = {
    "/": 52,
    f"/ranking/?scheme=town_pm2_5&{MONTH}": 30,
    f"/ranking/?scheme=town_composite&{MONTH}": 30,
    f"/ranking/?scheme=town_appraisal&{MONTH}": 31,
    f"/ranking/?scheme=town_differentiated&{MONTH}": 31,
    f"/ranking/?scheme=town_league&{MONTH}": 30,
    f"/ranking/?scheme=town_dust_month&{MONTH}": 24,
    f"/ranking/?scheme=village_water&{MONTH}": 23,
    f"/ranking/unit/?scheme=town_pm2_5&{MONTH}&unit=990101": 27,
    f"/ranking/unit/?scheme=town_appraisal&{MONTH}&unit=990101": 31,
    f"/ranking/firm/?scheme=town_pm2_5&{MONTH}": 9,
    "/indicators/": 51,
    "/indicators/pm2_5_mean/": 26,
    "/budget/": 28,
    "/budget/pm2_5_mean/": 27,
    "/map/": 33,
    "/map/data.json": 12,
    "/api/v1/indicators/pm2_5_mean/values?period=2026": 5,
    "/api/v1/indicators/pm2_5_mean/values?period=2026-10&level=town": 7,
}
"""the most queries of a page opened by the bureau, nothing held in memory"""

ONCE_A_MINUTE = ('UPDATE "django_session"', "SAVEPOINT", "RELEASE SAVEPOINT")
"""that a person is still there is written down now and then, whatever the page"""


def asked(client, url: str) -> list[str]:
    assessments.clear()
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(url)
    assert answer.status_code == 200, url
    return [q["sql"] for q in seen.captured_queries if not q["sql"].startswith(ONCE_A_MINUTE)]


def target(area, number: int) -> None:
    Task.objects.create(
        kind="target", number=number, title=f"{area.name}细颗粒物", topic="空气", year=2026, indicator="pm2_5_mean", operator="<=", value=35,
        unit="μg/m³", area=area, begins="2026-01-01", deadline="2026-12-31", changed="2026-01-01T00:00:00",
    )  # fmt: skip


def double(bureau, folder) -> None:
    """As many towns, villages, stations and targets again; the new stations repeat the hours of the old."""
    stations = list(Station.objects.order_by("code"))
    renamed = {}
    for number, area in enumerate(bureau.towns.values()):
        town = Area.objects.create(code=f"99015{number}", name=f"{area.name}二", level="town", parent=bureau.district)
        Area.objects.create(code=f"{town.code}001", name=f"{area.name}二村", level="village", parent=town)
        Organisation.objects.create(name=f"{town.name}人民政府", short=town.name, kind="town", area=town)
        target(town, 50 + number)
        renamed[area.pk] = town
    for station in stations:
        station.pk, station.code, station.name, station.area = None, f"{station.code}B", f"{station.name}二", renamed[station.area_id]
        station.save(force_insert=True)
    lake = lake_of(folder)
    table = lake.rows([s.code[:-1] for s in stations], LAST - timedelta(days=60), LAST).drop_columns("sequence")
    codes = [f"{code}B" for code in table["station"].to_pylist()]
    lake.backfill(table.set_column(table.column_names.index("station"), "station", [codes]))


@pytest.mark.usefixtures("observed")
def test_every_page_keeps_its_budget_however_many_stations_and_towns(bureau, own_folders, chief, as_):
    client = as_(chief)
    for number, town in enumerate(bureau.towns.values(), 1):
        target(town, number)
    client.get("/")  # what a process asks once: content types, permissions
    before = {url: asked(client, url) for url in BUDGETS}
    double(bureau, own_folders)
    after = {url: asked(client, url) for url in BUDGETS}
    over = {url: len(said) for url, said in before.items() if len(said) > BUDGETS[url]}
    assert not over, f"超过预算：{over}"
    grown = {url: (len(before[url]), len(after[url])) for url in BUDGETS if len(after[url]) > len(before[url])}
    assert not grown, f"站点、镇街加倍后多问了数据库：{grown}"
