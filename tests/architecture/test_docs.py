"""What the pages say is there: links, commands, kinds of declaration."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from qingshan.bureau.base.packs import page
from qingshan.cli import main

CHECKOUT = Path(__file__).parents[2]
PAGES = [CHECKOUT / "README.md", CHECKOUT / "README.zh-CN.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)")


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.relative_to(CHECKOUT).as_posix())
def test_every_relative_link_leads_somewhere(path):
    text = re.sub(r"`[^`\n]*`", "", path.read_text("utf-8"))  # what stands in code is no link
    links = [link for link in LINK.findall(text) if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("name", main.COMMANDS)
def test_every_command_has_a_module_and_help(name, capsys):
    module = importlib.import_module(f"qingshan.cli.{name}_" if name == "import" else f"qingshan.cli.{name}")
    assert module.__doc__
    with pytest.raises(SystemExit) as end:
        main.main([name, "--help"])
    assert end.value.code == 0
    assert f"qingshan {name}" in capsys.readouterr().out


def test_the_page_of_declarations_is_that_of_the_models():
    written = (CHECKOUT / "docs" / "declarations.md").read_text("utf-8")
    assert written == page.text(), "先运行 qingshan manage declarations > docs/declarations.md"
