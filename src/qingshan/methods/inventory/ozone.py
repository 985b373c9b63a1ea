"""What volatile organic compounds can make (臭氧生成潜势 OFP, 二次有机气溶胶生成潜势): Σ concentration × reactivity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qingshan.standards.edition import Edition
from qingshan.stats.columns import Numbers, amount, numbers
from qingshan.terms import arguments
from qingshan.terms.registry import unknown

UNITS = ("µg/m³", "ppb")
"""Units concentrations of VOCs may have (ppb by volume)"""


@dataclass(frozen=True)
class Potential:
    """A potential of a column of samples [µg/m³], with each species' part."""

    total: Numbers
    """sum over the species measured; NaN where none was. Species missing in a sample add nothing: see `measured`"""
    parts: Mapping[str, Numbers]
    share: Mapping[str, Numbers]
    """of the total [%]"""
    measured: Numbers
    """species with a value, of each sample"""
    rests_on: tuple[str, ...]
    verify: tuple[str, ...]


def _plain(name: str) -> str:
    """A name without case, spaces, hyphens, commas and strokes: ``m,p-Xylene`` is ``m/p-xylene``, 反式-2-丁烯 is 反-2-丁烯."""
    bare = str(name).lower().replace("反式", "反").replace("顺式", "顺").replace("三甲基苯", "三甲苯")
    return "".join(c for c in bare if c not in " -—–,，/、·")


def _find(mir: Edition, species: str) -> Mapping[str, object] | None:
    wanted = _plain(species)
    for row in mir.table("species")["row"]:
        if wanted in {_plain(name) for name in (row["species"], row["zh"], *row.get("also", ()))}:
            found: Mapping[str, object] = row
            return found
    return None


def _rows(mir: Edition, names: Mapping[str, ArrayLike], key: str) -> dict[str, Mapping[str, object]]:
    rows, stray, without = {}, [], []
    for name in names:
        row = _find(mir, name)
        if row is None:
            stray.append(str(name))
        elif key not in row:
            without.append(name)
        else:
            rows[name] = row
    if stray:
        known = [r["species"] for r in mir.table("species")["row"]]
        raise LookupError(f"{mir.clause('species')}：{unknown('物种', '、'.join(stray), known)}")
    if without:
        raise LookupError(f"{mir.clause('species')}：{'、'.join(without)} 没有 {key} 值；不以 0 代替，去掉这些物种再算")
    if len({str(r["species"]) for r in rows.values()}) != len(rows):
        raise ValueError(f"同一物种写了两次：{'、'.join(rows)}")
    both = {"m/p-xylene"} & {str(r["species"]) for r in rows.values()}
    if both and {"m-xylene", "p-xylene"} & {str(r["species"]) for r in rows.values()}:
        raise ValueError("间/对-二甲苯合并值与分开的间-二甲苯、对-二甲苯重复计入，只取一种")
    return rows


def mass(mir: Edition, species: str, ppb: ArrayLike, *, temperature: float | None = None, pressure: float | None = None) -> Numbers:
    """ppb of a species as µg/m³ (体积浓度换算): c·MW/Vm, Vm = R·T/p.

    Parameters
    ----------
    temperature : [K], by default 298.15; one below 200 is refused as ℃
    pressure : [kPa], by default 101.325
    """
    state = mir.table("state")
    kelvin = float(state["temperature_K"]) if temperature is None else temperature
    kilo = float(state["pressure_kPa"]) if pressure is None else pressure
    if not 200 <= kelvin <= 350:
        raise ValueError(f"温度 {kelvin} K 不在 200～350，疑为 ℃，先加 273.15")
    if not 40 <= kilo <= 110:
        raise ValueError(f"气压 {kilo} kPa 不在 40～110，疑为 hPa，先除以 10")
    species = str(species)
    row = _rows(mir, {species: ppb}, "mw")[species]
    volume = float(state["gas_constant"]) * kelvin / kilo
    return np.asarray(_concentration(ppb, species) * float(str(row["mw"])) / volume)


def _concentration(values: ArrayLike, species: str) -> Numbers:
    return amount(values, f"{species}浓度（未检出按规定取值后再给）")


def _potential(
    mir: Edition, conc: Mapping[str, ArrayLike], key: str, scale: float, unit: str, temperature: float | None, pressure: float | None
) -> Potential:
    if unit not in UNITS:
        raise LookupError(unknown("浓度单位", unit, UNITS))
    if not conc:
        raise ValueError("没有物种浓度")
    shapes = {name: np.shape(numbers(values, name)) for name, values in conc.items()}
    if len(set(shapes.values())) > 1:
        raise ValueError(f"各物种浓度须等长：{shapes}；没测的样品给 None")
    parts = {}
    for name, row in _rows(mir, conc, key).items():
        given = _concentration(conc[name], name) if unit == "µg/m³" else mass(
            mir, name, conc[name], temperature=temperature, pressure=pressure
        )  # fmt: skip
        parts[name] = np.asarray(given * float(str(row[key])) / scale)
    stack = np.stack(list(parts.values()))
    measured = np.asarray((~np.isnan(stack)).sum(axis=0), float)
    total = np.where(measured > 0, np.nansum(stack, axis=0), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = {name: np.asarray(part / total * 100.0) for name, part in parts.items()}
    marks = mir.verify + tuple(f"{name}：{row['verify']}" for name, row in _rows(mir, conc, key).items() if "verify" in row)
    return Potential(np.asarray(total), parts, share, measured, (mir.clause("species"),), marks)


def ofp(
    mir: Edition, conc: Mapping[str, ArrayLike], *, unit: str = "µg/m³", temperature: float | None = None, pressure: float | None = None
) -> Potential:
    """Ozone formation potential (臭氧生成潜势, OFP): Σ c_i·MIR_i [µg/m³ of ozone].

    Parameters
    ----------
    conc : species → concentrations of one shape; English or Chinese names of the table; unknown ones are refused, all named
    unit : ``"µg/m³"`` or ``"ppb"`` (by volume), the latter converted at `temperature` [K] and `pressure` [kPa]
    """
    return _potential(mir, conc, "mir", 1.0, unit, temperature, pressure)


def soap(
    mir: Edition, conc: Mapping[str, ArrayLike], *, unit: str = "µg/m³", temperature: float | None = None, pressure: float | None = None
) -> Potential:
    """Secondary organic aerosol potential (二次有机气溶胶生成潜势) as toluene: Σ c_i·SOAP_i/100 [µg/m³]. As :func:`ofp`."""
    return _potential(mir, conc, "soap", 100.0, unit, temperature, pressure)


arguments.guard(__name__)
