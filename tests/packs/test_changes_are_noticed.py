"""Packs changed by another process come into use at the next look; broken ones do not, and it is told."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest
from django.conf import settings

from qingshan.bureau.base import packs
from qingshan.bureau.base.packs import installed

SEASON = 'name = "{0}"\ntitle = "{1}"\nfirst = "{2}"\nlast = "03-15"\n'


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "BUREAU_PACKS", tmp_path / "packs")
    monkeypatch.setattr(installed, "EVERY", 0.0)
    packs.clear()
    packs.found()
    yield tmp_path / "packs" / "own" / "seasons"
    packs.clear()


def put(folder, name: str, title: str, first: str = "11-15") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.toml").write_text(SEASON.format(name, title, first), encoding="utf-8")


def test_what_another_process_writes_is_used_at_the_next_look(own):
    code = f"import pathlib; p = pathlib.Path({str(own)!r}); p.mkdir(parents=True); (p / 'frost.toml').write_text({SEASON.format('frost', '霜冻期', '10-20')!r}, encoding='utf-8')"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert "frost" not in packs.all("seasons")
    with packs.steady():
        assert packs.get("seasons", "frost").title == "霜冻期"
        put(own, "frost", "冰冻期")
        assert packs.refresh()
        assert packs.get("seasons", "frost").title == "霜冻期", "一个请求里前后一致"
    assert packs.get("seasons", "frost").title == "冰冻期"
    assert not packs.refresh(), "没有改动就不再读"
    (own / "frost.toml").unlink()
    assert packs.refresh()
    assert "frost" not in packs.all("seasons")


def test_a_change_of_one_letter_in_the_same_instant_is_seen(own):
    put(own, "frost", "霜冻甲")
    packs.refresh()
    put(own, "frost", "霜冻乙")
    assert packs.refresh()
    assert packs.get("seasons", "frost").title == "霜冻乙"


def test_a_broken_file_keeps_the_last_good_packs_and_is_told(own, caplog):
    put(own, "frost", "霜冻期")
    packs.refresh()
    put(own, "frost", "坏的", first="13-40")
    assert not packs.refresh()
    assert packs.get("seasons", "frost").title == "霜冻期"
    assert "“13-40”不是月日" in packs.trouble()[0]
    assert sum("制度包有误" in r.message for r in caplog.records) == 1
    packs.refresh()
    assert sum("制度包有误" in r.message for r in caplog.records) == 1, "同一处错只说一次"
    put(own, "frost", "霜冻期")
    packs.refresh()
    assert packs.trouble() == ()


def test_files_are_looked_at_once_in_a_while_only(own, monkeypatch):
    monkeypatch.setattr(installed, "EVERY", 60.0)
    packs.refresh(now=True)
    put(own, "frost", "霜冻期")
    assert not packs.refresh()
    assert packs.refresh(now=True)


def test_replacing_files_tries_them_first_and_leaves_nothing_where_they_fail(own):
    good, bad = own / "frost.toml", own / "thaw.toml"
    with packs.steady(), pytest.raises(packs.PackFaults, match="不是月日"):
        packs.replace({good: SEASON.format("frost", "霜冻期", "10-20"), bad: SEASON.format("thaw", "解冻期", "02-31")})
    assert not own.exists()
    with packs.steady():
        packs.replace({good: SEASON.format("frost", "霜冻期", "10-20")})
        assert packs.get("seasons", "frost").title == "霜冻期"
    assert [p.name for p in own.iterdir()] == ["frost.toml"]


def test_nobody_reads_half_a_change(own):
    """Two files that only load together, swapped to and fro while others ask."""
    put(own, "frost", "甲")
    put(own, "thaw", "甲")
    packs.refresh()
    wrong, done = [], threading.Event()

    def ask():
        while not done.is_set():
            with packs.steady():
                first = packs.get("seasons", "frost").title
                time.sleep(0)
                if packs.get("seasons", "frost").title != first or packs.trouble():
                    wrong.append(first)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(4):
        packs.replace({own / f"{name}.toml": SEASON.format(name, "甲乙"[n % 2], "11-15") for name in ("frost", "thaw")})
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert packs.get("seasons", "thaw").title == "乙"
