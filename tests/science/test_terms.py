"""Items, registries, and the glossary that every public name of the science must stand in."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from qingshan.terms import glossary, items
from qingshan.terms.registry import Registry

CHECKOUT = Path(__file__).parents[2]
SOURCE = CHECKOUT / "src" / "qingshan"


def _public(room: str) -> set[str]:
    """What a room offers: ``__all__`` of the room (and of its packages), else every public function and class of its modules."""
    module = importlib.import_module(f"qingshan.{room}")
    if hasattr(module, "__all__"):
        return set(module.__all__)
    names: set[str] = set()
    for path in (SOURCE / room).glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names |= {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")}
    for package in (p for p in (SOURCE / room).iterdir() if (p / "__init__.py").exists()):
        names |= _public(f"{room}.{package.name}")
    return names


@pytest.mark.parametrize("room", ["terms", "standards", "stats", "methods", "hj212", "plans", "outlook", "seals"])
def test_every_public_name_is_in_the_glossary(room):
    known = {name for term in glossary.terms() for name in term.names}
    assert sorted(_public(room) - known) == [], "加进 terms/words/，再运行 python -m qingshan.terms.glossary > docs/glossary.md"


def test_the_page_is_generated_from_the_terms():
    page = (CHECKOUT / "docs" / "glossary.md").read_text(encoding="utf-8")
    assert page == glossary.page(), "python -m qingshan.terms.glossary > docs/glossary.md"


def test_an_item_is_found_by_symbol_and_code():
    assert items.AIR == ("SO2", "NO2", "CO", "O3", "PM10", "PM2.5")
    assert items.get("PM2.5").unit == "µg/m³"
    assert items.get("CO").decimals == 1
    assert items.by_code("a34004").symbol == "PM2.5"
    assert items.by_code("A05024").symbol == "O3"
    assert items.find_code("a99999") is None
    with pytest.raises(LookupError, match="没有监测项目“PM25”；已有："):
        items.get("PM25")
    with pytest.raises(LookupError, match="没有因子编码“a1”"):
        items.by_code("a1")


def test_symbols_and_codes_are_taken_once():
    everything = [item for medium in items.MEDIA for item in items.of_medium(medium)]
    ambient = [c.lower() for item in everything if item.medium not in ("wastewater", "flue") for c in item.codes]
    assert len(ambient) == len(set(ambient))
    outlets = [(item.medium, c.lower()) for item in everything for c in item.codes]
    assert len(outlets) == len(set(outlets))
    assert items.find_code("a21026").unit == "µg/m³"  # a bare code is that of the ambient item
    assert items.find_code("a21026", "flue").unit == "mg/m³"
    assert len({(item.medium, item.symbol) for item in everything}) == len(everything)


def test_a_symbol_of_two_media_is_told_apart():
    assert items.get("Pb").unit == "µg/m³"
    assert items.get("Pb", "water").unit == "mg/L"
    with pytest.raises(LookupError, match=r"没有监测项目“PM2\.5”；已有：.*CODMn"):
        items.get("PM2.5", "water")


def test_a_registry_takes_a_name_once_and_lists_what_it_has():
    checks: Registry[object] = Registry("质控检查")
    checks.add("spike")(1)
    checks.add("range")(2)
    assert list(checks) == ["range", "spike"]
    assert "range" in checks
    assert len(checks) == 2
    with pytest.raises(ValueError, match="质控检查“range”已由 2 占用"):
        checks.add("range")(3)
    with pytest.raises(LookupError, match="没有质控检查“rnage”；已有：range、spike"):
        checks["rnage"]
