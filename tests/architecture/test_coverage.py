"""What the page of coverage names is there, and the page is as its data says."""

import os
import re
from pathlib import Path

import pytest
from tests.coverage import page


def test_every_carrier_exists():
    rows, pages = page.listed()["rows"], page.pages()

    def is_there(by: str) -> bool:
        if by.startswith("page:"):
            return by.removeprefix("page:") in pages
        kind, _, name = by.partition("/")
        return (page.STANDARDS / name).is_dir() if kind == "standards" else (page.PACK / f"{by}.toml").is_file()

    assert [f"{i}：{by}" for i, row in rows.items() for by in row["by"] if not is_there(by)] == []
    assert all(row["by"] for row in rows.values())


def test_the_page_is_up_to_date():
    assert (page.CHECKOUT / "docs/coverage.md").read_text("utf-8") == page.text(), "先运行 python -m tests.coverage > docs/coverage.md"


def test_the_rows_are_those_of_the_list():
    source = Path(os.environ.get("QINGSHAN_SHARED", "")) / "reference/systems.md"
    if not source.is_file():
        pytest.skip("没有体系清单（QINGSHAN_SHARED）")
    known = re.findall(r"^\| ([A-Z]\d\d) \|", source.read_text("utf-8"), re.MULTILINE)
    said = page.listed()
    assert sorted(known) == sorted(f"{s}{n:02}" for s, count in said["sections"].items() for n in range(1, count + 1))
    assert set(said["rows"]) <= set(known)
