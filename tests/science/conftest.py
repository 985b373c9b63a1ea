"""A command run on a table written on the spot, as a person would run it."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from qingshan.cli.main import main


@dataclass
class Ran:
    """What a command left behind."""

    status: int
    said: str
    rows: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def evaluate(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Runs ``qingshan COMMAND`` on a text or bytes; gives its status, its words and the rows it wrote."""

    def run(command: str, content: str | bytes, *options: str, name: str = "in.csv") -> Ran:
        source, target = tmp_path / name, tmp_path / "out.csv"
        target.unlink(missing_ok=True)
        source.write_bytes(content.encode() if isinstance(content, str) else content)
        status = main([*command.split(), str(source), "-o", str(target), *options])
        said = capsys.readouterr().err
        if not target.exists():
            assert status == 1, said
            return Ran(status, said)
        assert status == 0, said
        with target.open(encoding="utf-8-sig", newline="") as file:
            return Ran(status, said, list(csv.DictReader(file)))

    return run
