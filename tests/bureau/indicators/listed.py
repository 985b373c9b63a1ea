"""A bureau with samples and lists of its own: what tests of the year's lists share."""

from __future__ import annotations

import pytest

from qingshan.bureau.base import packs
from qingshan.bureau.indicators import assessments, queries
from qingshan.bureau.indicators.periods import Period
from qingshan.bureau.sites.models import Network, Station
from qingshan.cli.main import main

HEAD = "断面名称,采样日期,pH值,溶解氧(mg/L),高锰酸盐指数(mg/L),氨氮(mg/L),总磷(mg/L)\n"
GOOD, FOURTH, WORST = "7.5,8.2,3.1,0.32,0.08", "7.9,5.5,5.2,1.31,0.12", "8.0,1.2,16.0,2.6,0.52"  # Ⅱ; Ⅳ by ammonia 1.31 > 1.0; 劣Ⅴ
OCTOBER = Period.parse("2026-10")


@pytest.fixture
def own(bureau, own_folders, monkeypatch):
    monkeypatch.setenv("QINGSHAN_NOW", "2026-11-20T10:00:00")
    assessments.clear()
    yield bureau
    assessments.clear()


def stations(bureau, medium, rows, network=""):
    net = Network.objects.create(name=network or f"{medium}网", medium=medium)
    towns = ("石门镇", "柳泉镇", "竹溪乡", "城关街道")
    for k, (code, more) in enumerate(rows.items()):
        Station.objects.create(code=code, name=f"点{code}", network=net, area=bureau.towns[towns[k % 4]], **({"level": "city"} | more))


def send(folders, tmp_path, text, medium="water", *more, name="表.csv"):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    code = main(["import", str(path), "--data", str(folders), "--medium", medium, "--samples", *more])
    assessments.clear()
    return code


def declare(folders, name, text, kind="rosters"):
    folder = folders / "packs" / "bureau" / kind
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.toml").write_text(text, "utf-8")
    packs.clear()


def water_list(folders, codes="ABCD", more="", year=2026):
    rows = "\n".join(f'[[station]]\ncode = "{c}"\nriver = "{"清河" if c in "AB" else "柳河"}"\ntarget = "Ⅲ"' for c in codes)
    text = f'name = "water_sections"\ntitle = "{year}年考核断面"\nmedium = "water"\nfrom = {year}-01-01\nto = {year}-12-31\n{more}{rows}\n'
    declare(folders, "water_sections", text)


@pytest.fixture
def four(own, own_folders, tmp_path):
    """Four sections; in October A is Ⅱ, B Ⅳ, C 劣Ⅴ, and D has no sample; in September D was Ⅱ."""
    stations(own, "water", {c: {"body": "river", "target": "Ⅲ"} for c in "ABCD"})
    rows = [f"点{c},2026-10-12,{v}" for c, v in (("A", GOOD), ("B", FOURTH), ("C", WORST))] + [f"点D,2026-09-10,{GOOD}"]
    known = tmp_path / "站点.csv"
    known.write_text("".join(f"点{c},{c}\n" for c in "ABCD"), "utf-8")
    assert send(own_folders, tmp_path, HEAD + "\n".join(rows), "water", "--stations", str(known)) == 0
    return own


def ask(bureau, name="water_good_ratio", period=OCTOBER, **where):
    return queries.value(name, **(where or {"area": bureau.district}), period=period)
