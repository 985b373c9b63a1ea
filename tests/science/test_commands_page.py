"""The examples of docs/commands.md run as they stand, each template judged whole."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from qingshan.cli.main import COMMANDS, main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"
LINES = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("qingshan ")]
PAIRS = [LINES[k : k + 2] for k in range(0, len(LINES), 2)]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda p: p[0].split(" --")[0])
def test_an_example_runs(pair, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for line in pair:
        assert main(shlex.split(line)[1:]) == 0, capsys.readouterr().err
    said = capsys.readouterr().err
    words = shlex.split(pair[1])
    assert (tmp_path / words[words.index("-o") + 1]).stat().st_size > 0
    assert "依据：" in said
    assert "待核实" in said
    assert "未评价 0 行" in said or "点日" in said


def test_every_command_of_tables_has_its_examples():
    named = {line.split()[1] for line in LINES}
    assert {"groundwater", "sea", "source", "soil", "compensation", "noise", "ecology", "carbon", "inventory", "online"} <= named
    assert named <= set(COMMANDS)
