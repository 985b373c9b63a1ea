"""The two labelled plans, scored by the shared scorer: the bar of the plan reader (figures, targets, tasks, nothing in boilerplate)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from qingshan import plans
from qingshan.cli import main as cli


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    if not (shared / "plans" / "score.py").is_file():
        pytest.skip(f"{shared} 里没有 plans/score.py，计划识读的对照测试不运行")
    return shared / "plans"


@pytest.fixture(scope="module")
def report(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    out = tmp_path_factory.mktemp("plans")
    for gold in sorted((folder / "gold").glob("*.json")):
        assert cli.main(["plan", "read", str(folder / f"{gold.stem}.txt"), "-o", str(out / gold.name)]) == 0
    said = out / "score.txt"
    subprocess.run(
        [sys.executable, str(folder / "score.py"), str(out), str(folder / "gold"), "--texts", str(folder), "--json", str(said)],
        check=True,
        capture_output=True,
    )
    return json.loads(said.read_text(encoding="utf-8"))


def test_figures_are_right(report: dict) -> None:
    assert report["figures"]["strict"]["together"]["f1"] >= 0.95


def test_targets_are_found(report: dict) -> None:
    assert report["layers"]["strict"]["targets"]["f1"] >= 0.85


def test_tasks_are_found(report: dict) -> None:
    assert report["layers"]["strict"]["tasks"]["f1"] >= 0.85
    checks = report["tasks_by_check"]
    hit, wanted = (checks["quantified"][k] + checks["milestone"][k] for k in (0, 1))
    assert hit / wanted >= 0.9


def test_nothing_is_found_in_boilerplate(report: dict) -> None:
    assert report["boilerplate"]["total"] == 0


def test_offsets_and_bytes_on_every_shared_plan(folder: Path) -> None:
    for file in sorted(folder.glob("*.txt")):
        with file.open(encoding="utf-8", newline="") as stream:
            source = stream.read()
        first, second = plans.read(source), plans.read(source)
        assert json.dumps(first.as_dict(), ensure_ascii=False) == json.dumps(second.as_dict(), ensure_ascii=False)
        for piece in [*first.targets, *first.tasks, *first.results, *first.findings, *first.unread]:
            assert source[piece.start : piece.end] == piece.text
