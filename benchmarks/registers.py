"""Registers in number: 50,000 entries of one register in 24 towns, listed, filtered, searched, exported, on the map, added up.

    python -m benchmarks.registers                        # SQLite, in a temporary folder that is removed
    python -m benchmarks.registers --postgresql           # the same on a PostgreSQL cluster of its own
    python -m benchmarks.registers --entries 5000         # smaller

Every page is opened by a signed-in person through Django's test client: once to warm, then `--rounds` times. Wanted: lists, filters and
searches in less than a second; the map, the sum over a day and the pages over all registers in less than three; the export in twenty.
"""

from __future__ import annotations

import random
import time
from datetime import date, timedelta

from benchmarks.pages import NOW, Page, district, look, run

PAGE, WHOLE, EXPORT = 1.0, 3.0, 20.0
"""wanted [s]"""
REGISTER = "construction_site"


def fill(count: int) -> None:
    """Areas, people and the entries with two changes each for every fifth, in the bureau's database."""
    from qingshan.bureau.registers.models import Change, Entry

    ring = [[116 + i / 10_000, 39.6] for i in range(2000)]
    shape = {"type": "Polygon", "coordinates": [[*ring, [116.1, 39.7], ring[0]]]}  # a boundary as long as real ones
    towns, _, _ = district(24, geometry=shape)
    rng, entries = random.Random(20261120), []
    for n in range(count):
        where = towns[rng.randrange(24)]
        said = {
            "code": f"GD{n:06d}", "site": f"{where.name}{n % 977}号地块{('住宅', '道路', '管网', '厂房')[n % 4]}", "kind": "house",
            "builder": f"建设公司{n % 311}", "contractor": f"施工公司{n % 503}",
            "flag": ("green", "green", "yellow", "red")[rng.randrange(4)],
            "flag_on": str(date(2026, 1, 1) + timedelta(days=rng.randrange(320))), "fence": True, "cover": rng.random() > 0.05,
            "spray": True, "harden": True, "wash": True, "sealed": True, "ground": float(rng.randrange(500, 90_000)), "due": "2027-06-30",
        }  # fmt: skip
        entries.append(
            Entry(
                register=REGISTER, key=said["code"], name=said["site"], area=where,
                state=("working", "paused", "finished")[rng.randrange(3)], values=said,
                lon=116 + rng.random() / 2, lat=39.6 + rng.random() / 2,
            )
        )  # fmt: skip
    Entry.objects.bulk_create(entries, batch_size=2000)
    ids = Entry.objects.values_list("pk", "area", "state", "values", "lon", "lat")
    Change.objects.bulk_create(
        (
            Change(
                entry_id=pk, version=version, day=day, at=NOW,
                after={"area": area, "state": state, "values": values, "lon": lon, "lat": lat, "archived": False},
            )
            for pk, area, state, values, lon, lat in ids.iterator(chunk_size=5000)
            for version, day in ((1, date(2026, 1, 10)), (2, date(2026, 6, 30)))[: 2 if pk % 5 == 0 else 1]
        ),
        batch_size=2000,
    )  # fmt: skip


def pages(entry: int, place: int) -> dict[str, Page]:
    """Everything looked at."""
    at = f"/registers/{REGISTER}/"
    return {
        "list": Page(at, PAGE), "list, last page": Page(f"{at}?page=99999", PAGE), "filter, state": Page(f"{at}?state=paused", PAGE),
        "filter, state and place": Page(f"{at}?state=paused&place={place}", PAGE), "search, name": Page(f"{at}?q=977号", PAGE),
        "search, nothing found": Page(f"{at}?q=查无此地", PAGE), "one entry": Page(f"{at}{entry}/", PAGE),
        "all registers": Page("/registers/", PAGE),
        "search over all": Page("/search/?q=976号地块", PAGE), "map, page": Page(f"{at}map/", PAGE),
        "map, points by grade": Page(f"{at}map/data.json", WHOLE), "map, a point": Page(f"{at}{entry}/card/", PAGE),
        "due": Page("/registers/due/", WHOLE), "coverage": Page("/registers/coverage/", WHOLE), "export": Page(f"{at}export.xlsx", EXPORT),
    }  # fmt: skip


def see(rounds: int) -> bool:
    """All pages, as the bureau and as a town; then the sums."""
    from qingshan.bureau.base.models import Person
    from qingshan.bureau.registers.models import Entry

    met = True
    for login in ("zhoumin", "zhenjie"):
        mine = Entry.objects.within(Person.objects.get(username=login))
        first = mine.order_by("key").first()
        print(f"\n{login}: {mine.count():,} entries")
        met &= look(login, pages(first.pk, first.area_id), rounds)
    return add_up() and met


def add_up() -> bool:
    """The sum of a register on a day of the past, and the share of its states."""
    from qingshan.bureau.registers import queries

    of, met = queries.register(REGISTER), True
    for title, day in (("aggregate, today", NOW.date()), ("aggregate, in March", date(2026, 3, 1))):
        start = time.perf_counter()
        found = queries.aggregate(of, day=day, part={"flag": ["green"]}, total="ground")
        spent = time.perf_counter() - start
        met &= spent < WHOLE
        print(f"{title:26} {'':8} {'':14} {spent:9.2f} {'':8}  {len(found.whole_entries):,} entries")
    return met


if __name__ == "__main__":
    run("benchmarks.registers", __doc__, "entries", 50_000, fill, see)
