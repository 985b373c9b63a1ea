"""The registers of the demonstration: vehicles, plots and farmland, from a fixed seed, entered through the same door as real ones."""

from __future__ import annotations

import random
from datetime import date, timedelta

from qingshan.bureau.base import audit
from qingshan.bureau.base.models import Area
from qingshan.bureau.registers import actions, queries
from qingshan.demo import pack

VEHICLES, DONE, LATER = 312, 276, 268
"""`LATER` of those done were so by 10 October, as the unit reports; the others after"""
OWNERS = ("青川运输", "云溪物流", "望川建材", "个人")
PLOTS = (("老农药厂地块", 86.5, "class1", True, True), ("原化工仓库地块", 41.2, "class2", True, True),
         ("河湾电镀厂地块", 23.8, "class2", True, True), ("石门加油站地块", 6.4, "unclear", False, None))  # fmt: skip
FARMLAND = (("石门村", 212.4, "safe_use"), ("砂湾村", 96.3, "safe_use"), ("渡口村", 140.8, "safe_use"), ("渡口村河滩", 18.6, "strict"))


def fill(today: date) -> None:
    """Enter them all, each from its own day of the year."""
    rng = random.Random(pack.district()["seed"])  # noqa: S311 - a fixed seed, nothing secret
    towns = list(Area.objects.filter(level=Area.Level.TOWN).order_by("code"))
    first = date(today.year, 1, 8)
    with audit.source(None, "演示"):
        _vehicles(rng, towns, first, today)
        _plots(towns, first)
        _farmland(towns, first, today)


def _vehicles(rng: random.Random, towns: list[Area], first: date, today: date) -> None:
    of = queries.register("diesel_vehicle")
    days = max(1, (min(today, date(today.year, 10, 10)) - first).days)
    for n in range(VEHICLES):
        done = (first + timedelta(days=rng.randrange(days)) if n < LATER else min(today, date(today.year, 11, 5))) if n < DONE else None
        values = {"plate": f"演Q{20000 + n}", "owner": rng.choice(OWNERS), "stage": rng.choice(("s3", "s3", "s4"))}
        values |= {"done_on": done.isoformat(), "proof": f"注销演字{n:04d}"} if done else {}
        state = rng.choice(("scrapped", "scrapped", "treated")) if done else "listed"
        actions.add_entry(of, values, area=rng.choice(towns), by=None, state=state, day=done or first)


def _plots(towns: list[Area], first: date) -> None:
    of = queries.register("contaminated_plot")
    for n, (name, mu, use, reused, safe) in enumerate(PLOTS, 1):
        values = {"code": f"999101-{n:03d}", "plot": name, "area_mu": mu, "use": use, "reused": "是" if reused else "否"}
        values["safe"] = None if safe is None else "是"
        actions.add_entry(of, values, area=towns[n], by=None, state="managed" if safe else "surveyed", day=first)


def _farmland(towns: list[Area], first: date, today: date) -> None:
    of = queries.register("polluted_farmland")
    for n, (name, mu, category) in enumerate(FARMLAND, 1):
        measured = n % 4 != 3
        values = {"code": f"G{n:03d}", "village": name, "area_mu": mu, "category": category}
        values |= {"measure": "variety" if category == "safe_use" else "structure"} if measured else {}
        actions.add_entry(of, values, area=towns[4 + n], by=None, state="measured" if measured else "listed", day=first)
