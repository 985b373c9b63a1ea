"""The registers of the demonstration (vehicles, plots, farmland, villages, firms), from a fixed seed, entered through the real door."""

from __future__ import annotations

import random
from datetime import date, timedelta

from qingshan.bureau.base import audit
from qingshan.bureau.base.models import Area, Person
from qingshan.bureau.registers import actions, queries
from qingshan.demo import pack

VEHICLES, DONE, LATER = 312, 276, 268
"""`LATER` of those done were so by 10 October, as the unit reports; the others after"""
OWNERS = ("青川运输", "云溪物流", "望川建材", "个人")
PLOTS = (("老农药厂地块", 86.5, "class1", True, True), ("原化工仓库地块", 41.2, "class2", True, True),
         ("河湾电镀厂地块", 23.8, "class2", True, True), ("石门加油站地块", 6.4, "unclear", False, None))  # fmt: skip
FARMLAND = (("石门村", 212.4, "safe_use"), ("砂湾村", 96.3, "safe_use"), ("渡口村", 140.8, "safe_use"), ("渡口村河滩", 18.6, "strict"))

VILLAGES = ("前川", "后坪", "上河", "下湾", "柳沟", "东庄", "西岭", "大坪", "小寨", "北塘")
"""names of villages, five to a town outside the centre"""
SERVED_BEFORE, TO_SERVE, SERVED = 14, 16, 12
"""villages whose sewage was treated before the year, those of the year's list, and those of them done by the end of October"""
FIRMS = (("青川涂料", "涂料制造"), ("白鹭印务", "包装印刷"), ("云溪家具", "家具制造"), ("南屏化工", "有机化工"), ("南屏树脂", "合成树脂"),
         ("河湾汽修", "汽车维修"), ("新桥彩印", "包装印刷"), ("东岭制鞋", "制鞋"), ("柳林木业", "人造板"), ("望川制药", "制药"),
         ("古渡橡塑", "橡胶制品"), ("石门机电", "工业涂装"), ("松坪电缆", "线缆制造"), ("白鹭钢构", "工业涂装"), ("云溪洗涤", "干洗"),
         ("南屏油库", "油品储运"), ("河湾油站", "油品储运"), ("新桥铸造", "铸造"), ("东岭电子", "电子制造"), ("柳林胶合", "人造板"),
         ("望川饮料", "包装印刷"), ("古渡船修", "船舶维修"))  # fmt: skip


def fill(today: date) -> None:
    """Enter them all, each from its own day of the year."""
    rng = random.Random(pack.district()["seed"])  # noqa: S311 - a fixed seed, nothing secret
    towns = list(Area.objects.filter(level=Area.Level.TOWN).order_by("code"))
    first = date(today.year, 1, 8)
    with audit.source(None, "演示"):
        _vehicles(rng, towns, first, today)
        _plots(towns, first)
        _farmland(towns, first, today)
        _villages(rng, towns, first, today)
        _firms(rng, towns, first, today)
        _sources(first)


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


def _villages(rng: random.Random, towns: list[Area], first: date, today: date) -> None:
    """Every administrative village of the rural towns; those done this year change on their day, as the water office enters them."""
    of, by = queries.register("village_sewage"), Person.objects.get(username="shui")
    rural = [t for t in towns if not t.name.endswith("街道")]
    rows = [(town, f"{town.code}{201 + n}", f"{name}村") for town in rural for n, name in enumerate(rng.sample(VILLAGES, 5))]
    for k, (town, code, name) in enumerate(rng.sample(rows, len(rows))):
        values = {"village_code": code, "village": name, "households": rng.randrange(120, 560)}
        building = SERVED_BEFORE <= k < SERVED_BEFORE + TO_SERVE
        served = date(today.year - 1, 11, 20) if k < SERVED_BEFORE else None
        values |= {"design": float(5 * rng.randrange(4, 20))} if served or building else {}
        values |= {"served_on": served.isoformat()} if served else {}
        state = "served" if served else "building" if building else "none"
        entry = actions.add_entry(of, values, area=town, by=None, state=state, day=first)
        done = date(today.year, 4, 10) + timedelta(days=17 * (k - SERVED_BEFORE))
        if building and k < SERVED_BEFORE + SERVED and done < today:
            actions.change_entry(
                entry.pk, {**values, "served_on": done.isoformat()}, by=by, area=town, state="served", day=done, basis=f"验收单第{k}号"
            )


def _firms(rng: random.Random, towns: list[Area], first: date, today: date) -> None:
    """The year's firms with their terms; accepted, treated, on their way, some of them late."""
    of, at = queries.register("voc_firm"), {row["town"]: row["at"] for row in pack.district()["station"]}
    places = {t.name.removesuffix("街道").removesuffix("镇").removesuffix("乡"): t for t in towns}
    for n, (firm, industry) in enumerate(FIRMS, 1):
        town = next(t for name, t in places.items() if firm.startswith(name)) if firm[:2] in places else towns[n % len(towns)]
        due = date(today.year, 9, 30) if n % 4 else date(today.year, 12, 15)
        state = ("accepted", "treated", "planned")[n % 3] if n % 4 else ("planned", "listed")[n % 8 == 0]
        done = min(today, date(today.year, 6, 1) + timedelta(days=6 * n)) if state in ("treated", "accepted") else None
        values = {"credit_code": f"91999101MA{n:07d}X", "firm": f"{firm}（演示）", "industry": industry, "due": due.isoformat()}
        values |= {"cut": round(rng.uniform(0.6, 9.5), 2)} if done else {}
        values |= {"accepted_on": done.isoformat()} if done and state == "accepted" else {}
        lon, lat = at.get(town.name, (None, None))
        shift = (rng.uniform(-0.008, 0.008), rng.uniform(-0.006, 0.006))
        place = {"lon": round(lon + shift[0], 5), "lat": round(lat + shift[1], 5)} if lon is not None else {}
        actions.add_entry(of, values, area=town, by=None, state=state, day=done or first, **place)


def _sources(first: date) -> None:
    """The firms of the outlets, in the register of industrial sources."""
    of, towns = queries.register("industrial_source"), {t.name: t for t in Area.objects.filter(level=Area.Level.TOWN)}
    for row in pack.district()["outlet"]:
        values = {name: row[name] for name in ("credit_code", "firm", "industry", "permit")}
        values |= {"level": "key", "address": f"{row['town']}（演示）", "online": True}
        actions.add_entry(of, values, area=towns[row["town"]], by=None, state="running", day=first, lon=row["at"][0], lat=row["at"][1])
