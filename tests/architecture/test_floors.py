"""The contracts of pyproject.toml: imports point down, the science knows no web, database or network, and no clock."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "qingshan"
SCIENCE = ("terms", "standards", "stats", "methods", "quality", "hj212", "plans", "outlook", "draws", "seals")
CLOCKS = {"now", "today", "utcnow", "time", "time_ns", "localtime", "gmtime"}


def test_imports_point_down():
    """In a process of its own: import-linter configures logging, which silences the loggers of all tests after it."""
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"],
        cwd=SOURCE.parents[1], capture_output=True, text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", [p for room in SCIENCE for p in sorted((SOURCE / room).rglob("*.py"))], ids=str)
def test_the_science_reads_no_clock(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
            owner = ast.unparse(node.func.value)
            assert owner.split(".")[-1] not in {"time", "datetime", "date", "dt"}, f"{path}:{node.lineno} 读了时钟；时刻应是参数"


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=str)
def test_imports_stand_at_the_top(path):
    """A late import hides a broken floor; the command table and Django's ``ready`` are the places that may wait."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    allowed = path.name == "apps.py" or path.parent.name == "cli"
    for outer in ast.walk(tree):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef) and not allowed:
            for node in ast.walk(outer):
                late = isinstance(node, ast.ImportFrom) and (node.module or "").startswith("qingshan")
                late |= isinstance(node, ast.Import) and any(name.name.startswith("qingshan") for name in node.names)
                assert not late, f"{path}:{node.lineno} 在函数里引入了 qingshan 的模块"
