"""``qingshan ecology ei|eqi IN.csv -o OUT.csv``: state of the ecology from sub-indices, grades and change (生态环境状况)."""

from __future__ import annotations

import argparse

import numpy as np

from qingshan.cli import evaluation
from qingshan.cli.evaluation import Judge, Kind, Result, blank, fixed
from qingshan.cli.samples import Column, Layout, Samples
from qingshan.cli.table_cells import read_day
from qingshan.cli.table_editions import edition_spans
from qingshan.methods import ecology
from qingshan.standards import Edition

_PLACE = Column("区域", ("区县", "县区", "地区", "行政区", "名称", "镇街"), needed=True)
_YEAR = Column("年份", ("年度", "年", "时间", "year"))
_EI = {
    "richness": Column("生物丰度指数", ("生物丰度", "richness"), "number", True),
    "vegetation": Column("植被覆盖指数", ("植被覆盖", "vegetation"), "number", True),
    "water": Column("水网密度指数", ("水网密度", "water"), "number", True),
    "stress": Column("土地胁迫指数", ("土地胁迫", "stress"), "number", True),
    "pollution": Column("污染负荷指数", ("污染负荷", "pollution"), "number", True),
}
_EQI = {
    "structure": Column("生态格局", ("生态格局指数", "structure"), "number", True),
    "function": Column("生态功能", ("生态功能指数", "function"), "number", True),
    "diversity": Column("生物多样性", ("生物多样性指数", "diversity"), "number", True),
    "stress": Column("生态胁迫", ("生态胁迫指数", "stress"), "number", True),
}
_LOWERED = Column("降级数", ("环境限制降级", "限制降级"), "number")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    evaluation.add(parser, KINDS)


def run(options: argparse.Namespace) -> int:
    """Evaluate a table."""
    return evaluation.run(KINDS[options.what], options)


def _year(word: str) -> int | None:
    plain = word.removesuffix("年度").removesuffix("年").strip()
    if plain.isdigit() and len(plain) == 4:
        return int(plain)
    day = read_day(word)
    return None if day is None else int(str(day)[:4])


def _judge(code: str, parts: dict[str, Column]) -> Judge:
    def judge(table: Samples, options: argparse.Namespace) -> Result:
        name = "EI" if code == "HJ 192" else "EQI"
        out = blank(table, name, "等级", "比上年", "变化", *(["多年波动"] if code == "HJ 192" else []))
        years = [_year(w) if w else None for w in table.column("年份")]
        table.need("区域", *(c.name for c in parts.values()))
        for row, (word, year) in enumerate(zip(table.column("年份"), years, strict=True)):
            if word and year is None:
                table.fault(row, f"年份“{word}”不是年份；写成 2025")
        if table.has("年份"):
            ends = [np.datetime64("NaT", "D") if y is None else np.datetime64(f"{y}-12-31", "D") for y in years]
            table.days = np.array(ends, "datetime64[D]")
            table.need("年份")
        rests, marks, found = [], [], {}
        for std, mine in edition_spans(table, code, options.at, options.edition):

            def one(row: int, std=std, mine=mine) -> None:  # type: ignore[no-untyped-def]
                if not mine[row]:
                    return
                given = {k: float(table.number(c.name)[row]) for k, c in parts.items()}
                index = ecology.ei(std, given) if code == "HJ 192" else ecology.eqi(std, given)
                lowered = table.number("降级数")[row]
                if not np.isnan(lowered) and lowered != int(lowered):
                    raise ValueError(f"降级数 {lowered:g} 不是整数")
                grade = ecology.grade(std, index, lowered=0 if np.isnan(lowered) else int(lowered))
                key = (table.column("区域")[row], years[row])
                if years[row] is not None and key in found:
                    raise ValueError(f"{key[0]} {key[1]} 年重复")
                found[key] = (row, float(index), std)
                out[name][row], out["等级"][row] = fixed(float(index), 2), str(ecology.grade_words(std, grade))

            table.each(one)
            rests += [std.clause("ei" if code == "HJ 192" else "eqi"), std.clause("grade"), std.clause("change")]
            shown = ("ei", "grade", "change", "fluctuation") if code == "HJ 192" else ("eqi", "grade", "change")
            marks += [f"{std} {m}" for m in std.verify_of(*shown)]
        for (place, year), (row, index, std) in found.items():
            if year is not None and (place, year - 1) in found:
                before = found[place, year - 1][1]
                out["比上年"][row] = f"{index - before:+.2f}"
                out["变化"][row] = str(ecology.change_words(std, before, index))
            run = _years_before(found, place, year)
            if "多年波动" in out and len(run) > 2:
                out["多年波动"][row] = str(ecology.fluctuation_words(std, run)) or "不呈波动"
        return Result(out, rests, marks)

    return judge


def _years_before(found: dict[tuple[str, int | None], tuple[int, float, Edition]], place: str, year: int | None) -> list[float]:
    """The indices of a place up to a year without a gap, oldest first."""
    run: list[float] = []
    while year is not None and (place, year) in found:
        run.insert(0, found[place, year][1])
        year -= 1
    return run


def _layout(parts: dict[str, Column], template: str) -> Layout:
    return Layout((_PLACE, _YEAR, *parts.values(), _LOWERED), template)


KINDS = {
    "ei": Kind(
        "生态环境状况指数 EI（HJ 192—2015）：分级与年际变化",
        _layout(
            _EI,
            "区域,年份,生物丰度指数,植被覆盖指数,水网密度指数,土地胁迫指数,污染负荷指数\n甲县,2023,62.5,78.1,35.2,12.4,20.3\n甲县,2024,63.0,80.4,36.8,12.1,18.9\n",
        ),
        _judge("HJ 192", _EI),
        ("at", "edition"),
        "各分指数为归一化后的 0～100；同一区域有上年的给出变化，连着三年以上的给出多年波动；降级数为环境限制指数降几级。",
    ),
    "eqi": Kind(
        "生态质量指数 EQI（2021 试行办法，权重待核实）",
        _layout(_EQI, "区域,年份,生态格局,生态功能,生物多样性,生态胁迫\n甲县,2024,60.2,58.4,55.0,20.5\n"),
        _judge("区域生态质量评价办法", _EQI),
        ("at", "edition"),
    ),
}
