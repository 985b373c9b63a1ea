"""Whatever is read leads back to its characters, the same on every run."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from qingshan import plans
from qingshan.plans import fold

PIECES = st.sampled_from(
    [
        "一、总体目标",
        "（二）",
        "1.",
        "①",
        "\n",
        "\r\n",
        "\t",
        "|",
        " ",
        "\u3000",
        "，",
        "；",
        "。",
        "：",
        "、",
        "(",
        ")",
        "（",
        "）",
        "“",
        "”",
        "《",
        "》",
        '"',
        "完成",
        "推进",
        "力争",
        "不低于",
        "达到",
        "控制在",
        "2家",
        "３００辆",
        "1.2万亩",
        "xx%",
        "()",
        "××个",
        "百分之八十",
        "六分之五",
        "三百吨",
        "92%以上",
        "3-5个",
        "PM2.5年均浓度",
        "优良天数比率",
        "受污染耕地安全利用率",
        "水质",
        "企业",
        "扬尘治理",
        "清单",
        "双降",
        "清零",
        "全覆盖",
        "不发生较大突发环境事件",
        "牵头单位：区生态环境局",
        "配合单位：",
        "6月底前",
        "“十五五”末",
        "每季度",
        "2026年",
        "各1起",
        "分别",
        "已",
        "同比",
        "年度目标：",
        "𠮷",
        "\ufeff",
        "\x00",
        "😀",
    ]
)
DOCUMENTS = st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=200)


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS)
def test_every_piece_is_its_run_of_the_source(source: str) -> None:
    reading = plans.read(source)
    for piece in [*reading.targets, *reading.tasks, *reading.results, *reading.findings, *reading.unread, *reading.headings]:
        assert 0 <= piece.start < piece.end <= len(source)
        assert piece.text == source[piece.start : piece.end]
    numbers = [p.number for p in reading.paragraphs]
    assert numbers == list(range(1, len(numbers) + 1))


@settings(max_examples=100, deadline=None)
@given(DOCUMENTS)
def test_two_readings_are_the_same_bytes(source: str) -> None:
    first, second = (json.dumps(plans.read(source).as_dict(), ensure_ascii=False) for _ in range(2))
    assert first == second


@given(st.text(max_size=300))
def test_folding_keeps_every_place(source: str) -> None:
    assert len(fold.fold(source)) == len(source)


def test_an_empty_text_holds_nothing() -> None:
    reading = plans.read("")
    assert (reading.targets, reading.tasks, reading.results, reading.findings) == ((), (), (), ())
