"""Names of units as plans and sheets write them, matched to the bureau's own list (单位对应)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from qingshan.bureau.base.models import Organisation

ALL_TOWNS = re.compile(
    r"^(各|全部|所有|相关|有关|涉及)?(镇街|街镇|镇（街道）|镇街道|乡镇|镇乡|镇乡街道|镇人民政府|属地镇街|街道（镇）)(人民政府|办事处)?$"
)
SPLIT = re.compile(r"[、，,;；/\s]+|(?<=[局委办科队站镇街乡])和(?=[\u4e00-\u9fff])")


@dataclass
class Matched:
    """Units found by name, and the names nobody has."""

    found: list[Organisation] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


class Directory:
    """All units by every name they go by; read once, asked often."""

    def __init__(self) -> None:
        self.units = list(Organisation.objects.select_related("area"))
        self.names: dict[str, Organisation] = {}
        for unit in self.units:
            names = {unit.name, unit.short}
            if unit.area and unit.kind == Organisation.Kind.TOWN:
                names |= {unit.area.name, *unit.area.aliases}
            for name in filter(None, names):
                self.names.setdefault(_plain(name), unit)

    def towns(self) -> list[Organisation]:
        return [unit for unit in self.units if unit.kind == Organisation.Kind.TOWN]

    def find(self, name: str) -> list[Organisation]:
        """The units a name stands for: one, all towns for “各镇街”, or none."""
        plain = _plain(name)
        if ALL_TOWNS.match(plain):
            return self.towns()
        if plain in self.names:
            return [self.names[plain]]
        tails = {u.pk: u for n, u in self.names.items() if len(plain) >= 2 and (n.endswith(plain) or (plain.endswith(n) and len(n) >= 3))}
        return list(tails.values()) if len(tails) == 1 else []

    def match(self, names) -> Matched:
        """Units for a list of names or one text of names with separators."""
        if isinstance(names, str):
            names = [part for part in SPLIT.split(names) if part]
        result = Matched()
        for name in names:
            units = self.find(name)
            if not units:
                result.missing.append(name)
            result.found += [unit for unit in units if unit not in result.found]
        return result


def _plain(name: str) -> str:
    return re.sub(r"[\s“”\"《》]", "", name).removesuffix("等")


def said(units, towns: int) -> str:
    """Units as a row shows them: all towns together are “各镇街”."""
    units = list(units)
    town_units = [u for u in units if u.kind == Organisation.Kind.TOWN]
    if towns and len(town_units) == towns and towns > 1:
        rest = [str(u) for u in units if u.kind != Organisation.Kind.TOWN]
        return "、".join([*rest, "各镇街"])
    return "、".join(str(u) for u in units)
