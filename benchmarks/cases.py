"""Cases in number: 20,000 of twelve kinds in 24 towns, listed, filtered, searched, exported; SQL queries, database and page.

    python -m benchmarks.cases                        # SQLite, in a temporary folder that is removed
    python -m benchmarks.cases --postgresql           # the same on a PostgreSQL cluster of its own
    python -m benchmarks.cases --cases 2000           # smaller

Every page is opened by a signed-in person through Django's test client: once to warm, then `--rounds` times. Wanted: every page in less
than a second, the results in less than half of one, the export of all of them in less than twenty.
"""

from __future__ import annotations

import random
from datetime import timedelta

from benchmarks.pages import NOW, Page, district, look, run

PAGE, RESULTS, EXPORT = 1.0, 0.5, 20.0
"""wanted [s]"""
WORDS = ("料场扬尘", "餐饮油烟", "夜间施工噪声", "异味扰民", "污水直排", "垃圾露天焚烧", "裸土未覆盖", "台账不全", "危废标识缺失")


def fill(count: int) -> None:
    """Areas, units, people and the cases with their events, in the bureau's database."""
    from qingshan.bureau.base import packs
    from qingshan.bureau.cases import queries
    from qingshan.bureau.cases.models import Case, CaseEvent

    towns, units, _ = district(24)
    rng, flows, cases = random.Random(20260301), [f for f in packs.all("cases").values() if f.by_hand], []
    for n in range(count):
        flow, town = flows[n % len(flows)], rng.randrange(len(towns))
        opened = NOW - timedelta(minutes=rng.randrange(365 * 1440))
        line = flow.line()
        old = (NOW - opened).days > 30
        state = line[-1] if rng.random() < (0.85 if old else 0.2) else line[rng.randrange(len(line) - 1)]
        entered = opened + (NOW - opened) * rng.random()
        due = queries.due(flow, state, entered, None)
        word = WORDS[rng.randrange(len(WORDS))]
        cases.append(
            Case(
                number=f"{flow.prefix}-2026-{n:05d}", workflow=flow.name, title=f"{towns[town].name}{n % 97}号{word}", state=state,
                area=towns[town], responsible=units[town], place=f"{towns[town].name}工业路{n % 331}号", lon=110 + rng.random(),
                lat=31 + rng.random(), summary=f"巡查发现{word}", outside=f"W{n:06d}", opened_at=opened, entered_at=entered,
                due_at=due.due_at, warn_at=due.warn_at, closed_at=entered if state in flow.final else None,
            )
        )  # fmt: skip
    Case.objects.bulk_create(cases, batch_size=2000)
    ids = list(Case.objects.values_list("pk", "state", "opened_at", "entered_at"))
    CaseEvent.objects.bulk_create(
        (
            CaseEvent(case_id=pk, step=step, kind=kind, title=title, became=state, at=at)
            for pk, state, opened, entered in ids
            for step, kind, title, at in (("open", "open", "交办", opened), ("receive", "step", "签收", entered))
        ),
        batch_size=5000,
    )


def pages(number: str, login: str) -> dict[str, Page]:
    """Everything looked at."""
    doubles = 403 if login == "zhenjie" else 200
    asked = {
        "list, going": "/orders/", "list, all, page 200": "/orders/?tab=all&page=200", "list, mine": "/orders/?tab=mine",
        "list, overdue": "/orders/?tab=red", "filter, kind and unit": "/orders/?workflow=petition_12345&unit=3&tab=all",
        "filter, kind and state": "/orders/?workflow=inspection_finding&state=fixing", "search": "/orders/?q=餐饮油烟&tab=all",
        "board": "/orders/?view=board", "calendar": "/orders/?view=calendar", "one case": f"/orders/{number}/", "my work": "/work/",
    }  # fmt: skip
    return {
        **{title: Page(url, PAGE) for title, url in asked.items()},
        "results": Page("/orders/results/?period=2026", RESULTS), "doubles": Page("/orders/doubles/", PAGE, doubles),
        "export, 1 kind": Page("/orders/export/?workflow=petition_12345&tab=all", EXPORT),
        "export, all": Page("/orders/export/?tab=all", EXPORT),
    }  # fmt: skip


def see(rounds: int) -> bool:
    """All pages, as the bureau and as a town."""
    from qingshan.bureau.base.models import Person
    from qingshan.bureau.cases.models import Case

    met = True
    for login in ("zhoumin", "zhenjie"):
        mine = Case.objects.within(Person.objects.get(username=login))
        print(f"\n{login}: {mine.count():,} cases, {mine.filter(closed_at=None).count():,} going")
        met &= look(login, pages(mine.filter(workflow="petition_12345", closed_at=None).first().number, login), rounds)
    return met


if __name__ == "__main__":
    run("benchmarks.cases", __doc__, "cases", 20_000, fill, see)
