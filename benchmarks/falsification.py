"""Falsifications planted in a year of 50 outlets: what the shipped thresholds find, and what they cry without cause.

    python -m benchmarks.falsification                       # 50 outlets, a year, 10 plants of each family
    python -m benchmarks.falsification --outlets 20 --seed 7
    python -m benchmarks.falsification --control FOLDER      # and clean real series: uci_prsa, cnemc_air in the folder

Outlets are generated (fixed seed): four items of wastewater an hour, with season, day, week, weather of days, gaps, faults of instruments;
flow, power, marks, calibrations and inspections beside them. A plant changes one outlet's data for a stretch in one way. A family is
found where a lead of its check overlaps the plant at that outlet and item. Precision of a check is leads on its own plants over those
and leads on nothing planted; leads that another family's plant explains count for neither. A false alarm is a lead on nothing planted.
"""

from __future__ import annotations

import argparse
import copy
import csv
import gzip
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from qingshan.quality import series, wire
from qingshan.quality.declared import checks, law, thresholds
from qingshan.quality.findings import Finding
from qingshan.quality.screen import Place, screen

HOURS = 8760
LIMITS = {"COD": 50.0, "NH3-N": 5.0, "TP": 0.5, "TN": 15.0}
_TRIES = 50
_SCATTERED = {"mark", "adjust", "visit", "habit"}
DECIMALS = {"COD": 1, "NH3-N": 2, "TP": 3, "TN": 2}
LEVEL = {"COD": 0.42, "NH3-N": 0.22, "TP": 0.4, "TN": 0.6}


@dataclass
class Outlet:
    """One outlet as it would be without people's hands, and what was planted in it."""

    columns: dict[str, np.ndarray]
    others: dict[str, np.ndarray]
    upstream: dict[str, np.ndarray]
    flow: np.ndarray
    production: np.ndarray
    treatment: np.ndarray
    marked: np.ndarray
    stopped: np.ndarray
    calibrations: list[int]
    visits: list[int]
    payloads: np.ndarray
    dialects: np.ndarray
    again: np.ndarray
    """hours that were sent twice"""
    edit: np.ndarray
    """what the second sending is of the first"""
    planted: list[tuple[str, str, int, int]] = field(default_factory=list)

    def place(self) -> Place:
        """As the screen is given it."""
        return Place(
            "outlet", self.columns, limits=LIMITS, others=self.others, upstream=self.upstream, marked=self.marked, stopped=self.stopped,
            calibrations=self.calibrations, visits=self.visits, flow=self.flow, production=self.production, treatment=self.treatment,
        )  # fmt: skip


def _walk(rng: np.random.Generator, hours: int, memory: float) -> np.ndarray:
    """A stationary autoregressive walk of standard deviation 1."""
    shocks = rng.normal(0, np.sqrt(1 - memory**2), hours)
    out = np.empty(hours)
    at = rng.normal()
    for k, shock in enumerate(shocks.tolist()):
        at = memory * at + shock
        out[k] = at
    return out


def outlet(rng: np.random.Generator) -> Outlet:
    """A clean outlet of a year."""
    hour = np.arange(HOURS)
    season, day = np.cos(2 * np.pi * hour / HOURS + rng.uniform(0, 6)), np.cos(2 * np.pi * hour / 24 + rng.uniform(0, 6))
    load = 0.18 * season + 0.10 * day + 0.12 * _walk(rng, HOURS, 0.995)
    columns, others, upstream = {}, {}, {}
    for item, limit in LIMITS.items():
        own = load + 0.16 * _walk(rng, HOURS, 0.9) + 0.04 * rng.standard_t(5, HOURS)
        middle = LEVEL[item] * limit * np.exp(rng.normal(0, 0.15))
        value = np.round(middle * np.exp(own), DECIMALS[item])
        value[rng.random(HOURS) < 0.004] = np.nan
        gap = int(rng.integers(0, HOURS - 60))
        value[gap : gap + int(rng.integers(4, 48))] = np.nan
        columns[item] = value
        if item == "COD":
            upstream[item] = np.round(6 * middle * np.exp(load + 0.15 * _walk(rng, HOURS, 0.95)), 0)
        if item == "NH3-N":
            beside = [middle * np.exp(rng.normal(0, 0.2) + load + 0.16 * _walk(rng, HOURS, 0.9)) for _ in range(4)]
            others[item] = np.round(np.array(beside), DECIMALS[item])
    columns["TN"] = np.round(np.maximum(columns["TN"], columns["NH3-N"] * 1.15 + 0.3), 2)
    shift = ((hour // 24) % 7 < 6) & (hour % 24 >= 6) & (hour % 24 < 22)
    production = np.where(shift, 120 * np.exp(0.1 * _walk(rng, HOURS, 0.8)), 0.0).round(1)
    treatment = (25 * np.exp(0.1 * _walk(rng, HOURS, 0.9))).round(1)
    flow = np.where(shift, 80.0, 22.0) * np.exp(0.15 * _walk(rng, HOURS, 0.8))
    marked, stopped = np.zeros(HOURS, bool), np.zeros(HOURS, bool)
    for _ in range(14):
        start = int(rng.integers(0, HOURS - 8))
        marked[start : start + int(rng.integers(1, 6))] = True
    start = int(rng.integers(0, HOURS - 80))
    stopped[start : start + 60], flow[start : start + 60], production[start : start + 60] = True, 0.0, 0.0
    every = np.arange(int(rng.integers(0, 100)), HOURS - 24, 120)
    calibrations = (every + rng.integers(0, 24, every.size)).tolist()
    visits = sorted(int(v) for v in rng.choice(HOURS - 400, 8, replace=False) + 200)
    payloads = np.array([f"{rng.integers(0, 2**62)}" for _ in range(720)])
    flow = flow.round(1)
    again = np.zeros(HOURS, bool)
    for begin in rng.integers(0, HOURS - 50, 30).tolist():
        again[begin : begin + int(rng.integers(1, 48))] = True
    return Outlet(columns, others, upstream, flow, production, treatment, marked, stopped, calibrations, visits, payloads,
                  np.where(rng.random(720) < 0.002, "无法识别", "2017/标准校验/6 位码"), again, np.ones(HOURS))  # fmt: skip


def _at(rng: np.random.Generator, length: int, edge: int = 0) -> slice:
    start = int(rng.integers(edge, HOURS - length - edge))
    return slice(start, start + length)


def _item(rng: np.random.Generator) -> str:
    return str(rng.choice(list(LIMITS)))


def plant_range(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    item, at = _item(rng), _at(rng, 3)
    o.columns[item][at] = -round(float(rng.uniform(1, 20)), 1)
    return item, at


def plant_step(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    """A jump that lasts some hours: a bottle of standard put in the place of the sample."""
    item, at = _item(rng), _at(rng, 5)
    height = thresholds("outlet", item).step * rng.uniform(1.3, 2.5)
    o.columns[item][at] = np.round(height + 0.02 * LIMITS[item] * rng.normal(size=5), DECIMALS[item])
    o.columns[item][at.start - 1] = LEVEL[item] * LIMITS[item]
    return item, slice(at.start, at.stop + 1)


def plant_spike(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    item, at = _item(rng), _at(rng, 1, 2)
    around = slice(at.start - 1, at.stop + 1)
    o.columns[item][around] = np.nan_to_num(o.columns[item][around], nan=LEVEL[item] * LIMITS[item])
    o.columns[item][at] = np.round(LIMITS[item] * LEVEL[item] + thresholds("outlet", item).spike * rng.uniform(1.3, 3), DECIMALS[item])
    return item, at


def plant_flat(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    item, at = _item(rng), _at(rng, int(rng.integers(8, 60)))
    o.columns[item][at] = round(LEVEL[item] * LIMITS[item] * float(rng.uniform(0.7, 1.2)), DECIMALS[item])
    return item, at


def plant_weak(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    """A set value with a little noise on it: a signal source in place of the instrument."""
    item, at = _item(rng), _at(rng, int(rng.integers(120, 400)))
    middle = LEVEL[item] * LIMITS[item] * rng.uniform(0.7, 1.2)
    o.columns[item][at] = np.round(middle * (1 + 0.004 * rng.normal(size=at.stop - at.start)), DECIMALS[item])
    return item, at


def plant_repeat(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    item, length = _item(rng), int(rng.integers(12, 72))
    at = _at(rng, length, 800)
    back = int(rng.integers(length, 700))
    copied = o.columns[item][at.start - back : at.stop - back]
    o.columns[item][at] = np.where(np.isnan(copied), LEVEL[item] * LIMITS[item], copied)
    return item, at


def plant_copy(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    length = int(rng.integers(12, 72))
    at = _at(rng, length, 200)
    late = int(rng.integers(-150, 150))
    o.columns["NH3-N"][at] = o.others["NH3-N"][int(rng.integers(4)), at.start + late : at.stop + late]
    return "NH3-N", at


def plant_coarse(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    item, at = _item(rng), _at(rng, int(rng.integers(240, 1500)))
    o.columns[item][at] = np.round(o.columns[item][at], DECIMALS[item] - 1)
    return item, at


def plant_digit(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    """Values made up by hand: half of them end in the digits a person likes."""
    item, length = str(rng.choice(["COD", "TP", "TN"])), 3200
    at, step = _at(rng, length), 10.0 ** -DECIMALS[item]
    steps = np.rint(np.nan_to_num(o.columns[item][at]) / step).astype(int)
    liked = steps // 10 * 10 + rng.choice([5, 8, 3], length, p=[0.5, 0.3, 0.2])
    o.columns[item][at] = np.round(np.where(rng.random(length) < 0.55, liked, steps) * step, DECIMALS[item])
    return item, at


def plant_hug(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    """What would be over the limit is written just under it."""
    item, at = _item(rng), _at(rng, 1440)
    raised = o.columns[item][at] / (LEVEL[item] * LIMITS[item]) * LIMITS[item] * 0.93
    under = LIMITS[item] * rng.uniform(0.93, 0.998, raised.size)
    o.columns[item][at] = np.round(np.where(raised >= LIMITS[item], under, raised), DECIMALS[item])
    return item, at


def plant_clip(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    item, at = _item(rng), _at(rng, 1440)
    top = round(float(np.nanquantile(o.columns[item][at], 0.9)), DECIMALS[item])
    o.columns[item][at] = np.minimum(o.columns[item][at], top)
    return item, at


def plant_order(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    at = _at(rng, int(rng.integers(24, 120)))
    o.columns["TN"][at] = np.round(np.nan_to_num(o.columns["NH3-N"][at], nan=1.0) * rng.uniform(0.3, 0.6), 2)
    return "NH3-N", at


def plant_neighbour(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    at = _at(rng, HOURS // 4, 1000)
    o.columns["NH3-N"][at] = np.round(o.columns["NH3-N"][at] * rng.uniform(0.3, 0.45), 2)
    return "NH3-N", at


def plant_upstream(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    at = _at(rng, HOURS // 4, 1000)
    o.columns["COD"][at] = np.round(o.columns["COD"][at] * rng.uniform(0.3, 0.45), 1)
    return "COD", at


def plant_calibrate(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    at = _at(rng, int(24 * rng.uniform(12, 40)))
    o.calibrations = [c for c in o.calibrations if not at.start <= c < at.stop]
    return "", at


def plant_adjust(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    """A parameter is changed within two hours of most rises."""
    item = str(rng.choice(["COD", "TN"]))
    rises = np.sort(rng.choice(np.arange(200, HOURS - 10, 40), 14, replace=False))
    for rise in rises.tolist():
        o.columns[item][rise : rise + 2] = round(LIMITS[item] * float(rng.uniform(0.92, 1.2)), DECIMALS[item])
        o.calibrations.append(rise + int(rng.integers(1, 3)))
    o.calibrations.sort()
    return item, slice(int(rises[0]), int(rises[-1]) + 3)


def plant_mark(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    item = _item(rng)
    over = np.sort(rng.choice(np.arange(200, HOURS - 10, 40), 8, replace=False))
    for start in over.tolist():
        o.columns[item][start : start + 4] = np.round(LIMITS[item] * rng.uniform(1.05, 1.6, 4), DECIMALS[item])
        o.marked[start : start + 4] |= rng.random() < 0.8
    return item, slice(int(over[0]), int(over[-1]) + 4)


def plant_habit(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    slot, weeks = int(rng.integers(168)), np.sort(rng.choice(51, 14, replace=False))
    for week in weeks.tolist():
        at = week * 168 + slot
        o.marked[at - 1] = False
        o.marked[at : at + 3] = True
    return "", slice(0, HOURS)


def plant_visit(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    item = _item(rng)
    for visit in o.visits:
        at = slice(visit - 24, visit + 25)
        o.columns[item][at] = np.round(o.columns[item][at] * rng.uniform(0.45, 0.65), DECIMALS[item])
    return item, slice(min(o.visits), max(o.visits) + 1)


def plant_treatment(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    day = int(next(d for d in rng.permutation(364) if d % 7 < 6 and not o.stopped[d * 24 : d * 24 + 24].any()))
    at = slice(day * 24 + 8, day * 24 + 18)
    o.treatment[at] = 0.0
    return "", at


def plant_idle(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    """A Sunday on which nothing is produced, on paper."""
    day = 7 * int(rng.integers(52)) + 6
    at = slice(day * 24, day * 24 + 24)
    o.flow[at] = np.round(80 * np.exp(0.1 * rng.normal(size=24)), 1)
    o.stopped[at], o.production[at] = False, 0.0
    return "", at


def plant_stopped(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    at = _at(rng, int(rng.integers(12, 72)))
    o.stopped[at] = True
    o.flow[at] = np.maximum(o.flow[at], 20 + rng.uniform(0, 30, at.stop - at.start)).round(1)
    return "", at


def plant_dialect(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    at = int(rng.integers(60, 600))
    o.dialects[at:] = "2017/MODBUS 校验/6 位码"
    return "", slice(at, at + 24)


def plant_backfill(rng: np.random.Generator, o: Outlet) -> tuple[str, slice]:
    at = _at(rng, int(rng.integers(6, 48)))
    o.again[at], o.edit[at] = True, 0.7
    return "COD", at


PLANTS: dict[str, Callable[[np.random.Generator, Outlet], tuple[str, slice]]] = {
    name.removeprefix("plant_"): thing for name, thing in list(globals().items()) if name.startswith("plant_")
}


def leads(o: Outlet) -> list[Finding]:
    """Every lead of an outlet: the screen, its packets, its back-fill."""
    at = thresholds("outlet", "COD")
    sent = np.where(o.again, np.round(o.columns["COD"] * o.edit, 1), np.nan)
    sent_first = wire.backfill("outlet", "COD", o.columns["COD"], sent)
    return [*screen(o.place()), *wire.dialect(o.dialects, steady=int(at.dialect_steady)), *sent_first]


def trial(outlets: int, plants: int, seed: int) -> tuple[list[Outlet], list[list[Finding]]]:
    """Clean outlets, each family planted in `plants` of them, each with its leads."""
    rng = np.random.default_rng(seed)
    made = [outlet(rng) for _ in range(outlets)]
    for name, plant in PLANTS.items():
        for k in rng.choice(outlets, min(plants, outlets), replace=False).tolist():
            for _ in range(_TRIES):
                tried = copy.deepcopy(made[k])
                item, at = plant(rng, tried)
                if not _spoils((name, item, at.start, at.stop), tried.planted):
                    break
            tried.planted.append((name, item, at.start, at.stop))
            made[k] = tried
    return made, [leads(o) for o in made]


def _spoils(new: tuple[str, str, int, int], planted: list[tuple[str, str, int, int]]) -> bool:
    """Whether a plant would write over one that stands there; those of single hours the year over do not."""
    alike = [p for p in planted if p[1] == new[1] and (p[0] in _SCATTERED) == (new[0] in _SCATTERED)]
    return any(new[2] < p[3] and p[2] < new[3] for p in alike)


def _overlap(lead: Finding, plant: tuple[str, str, int, int], slack: int = 0) -> bool:
    _, item, start, stop = plant
    return (not item or not lead.item or lead.item == item) and lead.start < stop + slack and lead.stop > start - slack


def _edges(plant: tuple[str, str, int, int]) -> bool:
    return plant[0] in ("neighbour", "upstream")


def _explains(lead: Finding, plant: tuple[str, str, int, int]) -> bool:
    if plant[0] == "order" and lead.item in ("NH3-N", "TN"):
        return lead.start < plant[3] + 240 and lead.stop > plant[2] - 240
    return _overlap(lead, plant, 240 if lead.check in ("neighbour", "upstream", "repeat") else 48)


def report(made: list[Outlet], found: list[list[Finding]], *, verbose: bool = False) -> list[str]:
    """Recall and precision by family, and false alarms."""
    planted, hit, own, false = Counter(), Counter(), Counter(), Counter()
    for o, of in zip(made, found, strict=True):
        for plant in o.planted:
            planted[plant[0]] += 1
            hit[plant[0]] += any(f.check == plant[0] and _overlap(f, plant, 240 if _edges(plant) else 0) for f in of)
        for f in of:
            if any(f.check == p[0] and _explains(f, p) for p in o.planted):
                own[f.check] += 1
            elif not any(_explains(f, p) for p in o.planted if p[0] not in ("habit", "calibrate") or not f.item):
                false[f.check] += 1
                if verbose:
                    print(f.item, f.start, f.words)
    lines = [f"{'检查':<12}{'名称':<14}{'种入':>5}{'找到':>5}{'召回':>8}{'精确':>8}{'误报':>6}"]
    for name in checks():
        if name in planted or false[name]:
            told = own[name] + false[name]
            recall = f"{hit[name] / planted[name]:.0%}" if planted[name] else "—"
            precision = f"{own[name] / told:.0%}" if told else "—"
            lines.append(f"{name:<12}{law(name).title:<14}{planted[name]:>5}{hit[name]:>5}{recall:>8}{precision:>8}{false[name]:>6}")
    months = len(made) * 12
    cried = sum(false.values())
    lines.append(f"共种入 {planted.total()} 处，找到 {hit.total()} 处；误报 {cried} 条，每排口每月 {cried / months:.3f} 条（要求不超过 1）")
    return lines


def shared_packets(seed: int) -> str:
    """One payload from two devices: pairs planted among devices that send their own."""
    rng = np.random.default_rng(seed)
    devices = np.repeat([f"甲{k:03d}" for k in range(50)], 720)
    payloads = rng.integers(0, 2**62, devices.size).astype(str)
    pairs = rng.choice(50, (10, 2), replace=False)
    for one, two in pairs.tolist():
        at = rng.choice(720, 40, replace=False)
        payloads[two * 720 + at] = payloads[one * 720 + at]
    found = wire.packets(devices, payloads, payload_least=int(thresholds("outlet", "COD").payloads))
    names = {f"设备 甲{min(p):03d} 与 甲{max(p):03d}" for p in pairs.tolist()}
    right = sum(any(name in f.words for name in names) for f in found)
    precision = right / max(len(found), 1)
    return f"{'payload':<12}{law('payload').title:<14}{10:>5}{right:>5}{right / 10:>8.0%}{precision:>8.0%}{len(found) - right:>6}"


def _cells(path: Path, names: dict[str, str]) -> dict[str, dict[str, list[tuple[str, float]]]]:
    out: dict[str, dict[str, list[tuple[str, float]]]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            at = row.get("timepoint") or f"{row['year']}-{int(row['month']):02d}-{int(row['day']):02d}T{int(row['hour']):02d}:00:00"
            station = out.setdefault(row.get("stationcode") or row["station"], {})
            for header, item in names.items():
                text = row[header]
                scale = 1000.0 if item == "CO" and header == "CO" else 1.0
                good = text not in ("", "NA", "—", "-")
                station.setdefault(item, []).append((at, round(float(text) / scale, 6) if good else np.nan))
    return out


def control(folder: Path) -> list[str]:
    """Leads on clean real series by check, a station and month; says so where the files are not there."""
    sets = {
        "uci_prsa": ("PRSA_Data_*.csv.gz", {k: k for k in ("PM2.5", "PM10", "SO2", "NO2", "CO", "O3")}),
        "cnemc_air": ("cnemc_beijing_*.csv.gz", {"pm2_5": "PM2.5", "pm10": "PM10", "so2": "SO2", "no2": "NO2", "co": "CO", "o3": "O3"}),
    }
    lines = []
    for name, (pattern, names) in sets.items():
        files = sorted((folder / name).glob(pattern))
        if not files:
            lines.append(f"{name}：{folder / name} 没有 {pattern}，略去这一组对照")
            continue
        stations: dict[str, dict[str, np.ndarray]] = {}
        for path in files:
            for code, columns in _cells(path, names).items():
                times = [at for at, _ in next(iter(columns.values()))]
                stations[code] = series.on_hours(times, {item: [v for _, v in cells] for item, cells in columns.items()})[1]
        size = min(c.size for s in stations.values() for c in s.values())
        seen: Counter[str] = Counter()
        for code, columns in stations.items():
            rest = [s for c, s in stations.items() if c != code]
            others = {i: np.array([s[i][:size] for s in rest]) for i in ("PM2.5", "O3")}
            seen.update(f.check for f in screen(Place("air", {i: c[:size] for i, c in columns.items()}, others=others)))
        months = len(stations) * size / 730
        told = "、".join(f"{law(check).title} {count}" for check, count in seen.most_common())
        many = f"线索 {seen.total()} 条，每站每月 {seen.total() / months:.2f}"
        lines.append(f"{name}：{len(stations)} 站 {months:.0f} 站月 {len(names)} 项，{many}；{told}")
    return lines


def main() -> None:
    """Print it all."""
    parser = argparse.ArgumentParser(description="种入造假样本的试验")
    parser.add_argument("--outlets", type=int, default=50)
    parser.add_argument("--plants", type=int, default=10, help="每类种入几处")
    parser.add_argument("--seed", type=int, default=25)
    parser.add_argument("--control", type=Path, help="清洁的公开序列所在文件夹（其下 uci_prsa、cnemc_air）")
    parser.add_argument("--false", action="store_true", help="逐条写出误报")
    options = parser.parse_args()
    lines = report(*trial(options.outlets, options.plants, options.seed), verbose=options.false)
    print("\n".join([*lines[:-1], shared_packets(options.seed), lines[-1]]))
    if options.control:
        print("\n".join(control(options.control)))


if __name__ == "__main__":
    main()
