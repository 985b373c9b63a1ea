"""What the stations of a medium carry (各要素的站点): items, levels, what they are judged by; forms and sheets ask here."""

from __future__ import annotations

import re
from datetime import date

from qingshan import standards
from qingshan.bureau.sites.models import Level, Network, Outlet
from qingshan.methods import noise, surface_water
from qingshan.terms import items

MEDIA = dict(Network._meta.get_field("medium").choices)
TARGETS = {"water": "目标类别", "groundwater": "目标类别", "sea": "目标类别", "noise": "声功能区"}
"""media whose stations have a target class or a functional area, and what it is called"""
AIR_ONLY = (Level.MICRO,)
HELP = {
    "air": "都不勾即为六项全测；未勾的项目页面上写“未监测”，不算缺测。降尘、道路积尘、TSP 也在这里",
    "water": "断面、湖库点位；地表水源地也在这里，再列入当年“集中式饮用水水源”名单。都不勾表示没有定，按送来的数据计",
    "wastewater": "都不勾表示按送来的数据计；排放量要有流量",
    "flue": "都不勾表示按送来的数据计；折算要有含氧量，排放量要有烟气流量",
    "groundwater": "井；地下水源地也在这里，再列入当年“集中式饮用水水源”名单。都不勾表示没有定，按送来的数据计",
}
SHOWN = 40
"""items of a medium shown at once; the others fold away"""


def symbols(medium: str) -> tuple[str, ...]:
    """Items a station of the medium may measure, in the order of its standard."""
    return tuple(items.symbols(medium))


def item_words(symbol: str, medium: str) -> str:
    """An item as people tick it: its symbol where one is printed, and its name."""
    name = items.get(symbol, medium).name
    return name if symbol == name or symbol.startswith("flue_") or (symbol.isascii() and symbol.islower()) else f"{symbol} {name}"


def levels(medium: str) -> list[tuple[str, str]]:
    """Levels a station of the medium may have."""
    return [(str(level), str(level.label)) for level in Level if medium == "air" or level not in AIR_ONLY]


def named(text: str, medium: str) -> tuple[list[str], str]:
    """Items written one after another, in the order of the standard, and the first that is none (no item is lost at its own comma)."""
    known, found, strange = symbols(medium), [], ""
    for part in text.replace("；", "、").replace(";", "、").split("、"):
        for word in [part.strip()] if part.strip() in known else part.replace("，", ",").split(","):
            item = None if word.strip() in known else items.find_word(word.strip(), medium)
            symbol = item.symbol if item else word.strip()
            if symbol in known:
                found.append(symbol)
            elif symbol and not strange:
                strange = symbol
    return [s for s in known if s in found], strange


def target(said: str, medium: str) -> str:
    """A target class or functional area as it is kept: Ⅲ for III类, 4a for 4A类; LookupError or ValueError with what it may be."""
    if not said:
        return ""
    if medium not in TARGETS:
        raise ValueError("只有断面、井、海水点位和噪声测点要填；新网络请同时填“监测要素”")
    if medium == "noise":
        areas = functional_areas()
        if (area := noise.area_name(said)) not in areas:
            raise ValueError(f"没有“{said[:20]}”这种声功能区；可填：{'、'.join(areas)}")
        return area
    found = int(surface_water.read_classes([said])[0])
    if not 1 <= found <= 5 or (medium == "sea" and found == 5):
        raise ValueError(f"“{said[:20]}”不能作目标类别；可填 Ⅰ 至 {'Ⅳ' if medium == 'sea' else 'Ⅴ'}")
    return str(surface_water.class_words([found])[0])


def functional_areas() -> list[str]:
    return [r["area"] for r in standards.get("GB 3096", edition="2008").table("limit")["row"]]


def targets(medium: str) -> list[str]:
    """What a target may be; empty where there is none."""
    if medium not in TARGETS:
        return []
    return functional_areas() if medium == "noise" else [str(w) for w in surface_water.class_words(range(1, 5 if medium == "sea" else 6))]


OF = {"": "", "日均": "day", "排放速率": "rate", "速率": "rate"}
"""what a limit may be of besides the mean its medium is held against, as it is written before the number"""
OF_WORDS = {"": "", "day": "日均", "rate": "速率"}
_LIMIT = re.compile(
    r"(?P<item>[^\s:：≤<=]+)(?:\s+(?P<of>日均|排放速率|速率))?\s*[:：≤<=]?\s*(?:(?P<low>\d+(?:\.\d+)?)\s*[-–—~～至]\s*)?"
    r"(?P<high>\d+(?:\.\d+)?)\s*(?P<unit>(?:mg/(?:L|m³|m3)|kg/h)(?=\s|$))?(?:\s+(?P<basis>.*))?"
)


def limits(text: str, medium: str) -> list[dict]:
    """Limits as people write them, one a line or between ；: ``化学需氧量 50 GB 18918—2002 一级A``, ``pH 6-9``, ``二氧化硫 速率 2.6 kg/h``,
    ``二氧化硫 日均 80``. ValueError in words."""
    found: dict[tuple[str, str], dict] = {}
    for line in re.split(r"[\n;；]+", text):
        if not line.strip():
            continue
        said = _LIMIT.fullmatch(line.strip())
        if said is None:
            raise ValueError(f"限值“{line.strip()[:30]}”看不懂；写成“化学需氧量 50 依据”，有下限的写“pH 6-9”")
        word, of = next(((said["item"].removesuffix(w), w) for w in OF if w and said["item"].endswith(w)), (said["item"], said["of"] or ""))
        item = items.find_word(word, medium)
        if item is None:
            raise ValueError(
                f"{MEDIA[medium]}没有“{word[:20]}”；可填：{'、'.join(items.get(s, medium).name for s in symbols(medium))}"
            )
        of = OF[of]
        if (item.symbol, of) in found:
            raise ValueError(f"{item.name}{OF_WORDS[of]}写了两个限值，请只留一个")
        if of == "rate" and (said["low"] or item.unit not in ("mg/L", "mg/m³")):
            raise ValueError(f"{item.name}不能写速率限值；速率只有浓度项目有，写成“二氧化硫 速率 2.6 kg/h 依据”")
        if (said["unit"] == "kg/h") != (of == "rate") and said["unit"]:
            raise ValueError(f"{item.name}：kg/h 是速率的单位，写成“{item.name} 速率 {said['high']} kg/h”；浓度限值写 {item.unit}")
        low = float(said["low"]) if said["low"] else None
        if low is not None and low >= float(said["high"]):
            raise ValueError(f"{item.name}的下限 {said['low']} 不低于上限 {said['high']}")
        row = {"item": item.symbol, "low": low, "high": float(said["high"]), "basis": (said["basis"] or "").strip()[:80]}
        found[item.symbol, of] = row | ({"of": of} if of else {})
    return list(found.values())


def limits_text(outlet: Outlet, day: date) -> str:
    """The limits in force on a day as :func:`limits` reads them."""
    medium, lines = outlet.station.network.medium, []
    for row in (r for of in OF_WORDS for r in outlet.limits_on(day, of).values()):
        low, of = "" if row["low"] is None else f"{row['low']:g}-", row.get("of", "")
        words = f"{OF_WORDS[of]} " if of else ""
        unit = " kg/h" if of == "rate" else ""
        name = items.get(row["item"], medium).name.replace(" ", "")
        lines.append(f"{name} {words}{low}{row['high']:g}{unit} {row['basis']}".strip())
    return "\n".join(lines)


def limits_from(before: list[dict], said: list[dict], day: date) -> list[dict]:
    """The dated limits once what was said holds from `day` on: those before stay with their days, what is gone is lifted that day."""
    since = day.isoformat() if before else ""
    kept = [r for r in before if r["since"] < since]
    now = {_which(r): r for r in sorted(kept, key=lambda r: r["since"])}
    stands = {w: (r["low"], r["high"], r["basis"]) for w, r in now.items()}
    kept += [r | {"since": since} for r in said if stands.get(_which(r)) != (r["low"], r["high"], r["basis"])]
    gone = [w for w, r in now.items() if w not in {_which(s) for s in said} and (r["low"], r["high"]) != (None, None)]
    lifted = {"low": None, "high": None, "basis": "", "since": since}
    return kept + [{"item": i} | lifted | ({"of": of} if of else {}) for i, of in gone]


def _which(row: dict) -> tuple[str, str]:
    return row["item"], row.get("of", "")
