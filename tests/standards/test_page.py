"""The page docs/standards/air.md: its example runs, and it names the editions there are."""

from __future__ import annotations

import doctest
import importlib
import re
from datetime import date
from pathlib import Path

import numpy as np

from qingshan import standards
from qingshan.methods import air, surface_water
from qingshan.standards import page

FOLDER = Path(__file__).parents[2] / "docs" / "standards"
PAGE = (FOLDER / "air.md").read_text(encoding="utf-8")


def test_the_example_of_the_page_runs():
    code = re.search(r"```python\n(.*?)```", PAGE, re.S).group(1)
    days = np.array(["2026-02-28", "2026-03-01"], "datetime64[D]")
    names = {"days": days, "conc": np.array([60.0, 60.0]), "out": np.zeros(2), "date": date}
    exec(code, names)
    assert names["out"].tolist() == [82, 100]


def test_the_docstring_of_the_room_is_true():
    assert doctest.testmod(air, extraglobs={"standards": standards}).failed == 0
    assert doctest.testmod(surface_water).failed == 0


def test_the_example_of_the_page_on_surface_water_runs():
    text = (FOLDER / "surface_water.md").read_text(encoding="utf-8")
    names: dict = {}
    exec(re.search(r"```python\n(.*?)```", text, re.S).group(1), names)
    assert names["found"].water_class.tolist() == [5, 0]
    assert names["found"].reason().tolist() == ["", "缺项：氟化物"]
    assert names["words"].tolist() == ["高锰酸盐指数(1.2)", ""]
    for name in re.findall(r"`water\.(\w+)", text):
        assert hasattr(surface_water, name), name


def test_every_call_named_on_the_page_exists():
    for name in re.findall(r"`air\.(\w+)", PAGE):
        assert hasattr(air, name), name


def test_every_call_named_on_the_page_of_noise_ecology_carbon_exists():
    text = (FOLDER / "noise_ecology_carbon.md").read_text(encoding="utf-8")
    named = re.findall(r"`(noise|ecology|carbon|inventory)\.(\w+)", text)
    assert len(named) > 30
    for room, name in named:
        assert hasattr(importlib.import_module(f"qingshan.methods.{room}"), name), f"{room}.{name}"


def test_the_example_of_the_page_of_noise_ecology_carbon_runs():
    text = (FOLDER / "noise_ecology_carbon.md").read_text(encoding="utf-8")
    names: dict = {}
    exec(re.search(r"```python\n(.*?)```", text, re.S).group(1), names)
    assert names["found"].over.tolist() == [0.0, 0.1]
    assert names["words"].tolist() == ["良", "一般"]


def test_every_edition_has_its_generated_page():
    assert {path.name for path in FOLDER.glob("*.md")} - set(page.pages()) == {"air.md", "surface_water.md", "noise_ecology_carbon.md"}
    for name, text in page.pages().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, "python -m qingshan.standards.page docs/standards"
