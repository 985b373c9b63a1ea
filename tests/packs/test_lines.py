"""A fault of a declaration is told with the line it stands on, whatever way the table is written."""

from __future__ import annotations

import tomllib

import pytest

from qingshan.bureau.base.packs.lines import broken, line_of

TEXT = """\
name = "x"
field = [
  { name = "a", title = "甲，{乙}" },   # { "c" }
  { name = "b", title = "乙", choices = { red = "红" } },
]

[grade]
title = "级"

[[grade.band]]
word = "红"
when = [
  { words = "一" },
  { words = "二", abve = 3 },
]

[[grade.band]]
wrod = "黄"

[[step]]
name = "go"

[[step]]
nmae = "stop"
"""


@pytest.mark.parametrize(
    ("loc", "line"),
    [
        (("name",), 1), (("field",), 2), (("field", 0), 3), (("field", 1, "title"), 4), (("field", 1, "choices", "red"), 4),
        (("field", 1, "nothing"), 4), (("grade",), 7), (("grade", "title"), 8), (("grade", "band", 0, "word"), 11),
        (("grade", "band", 0, "when", 1, "abve"), 14), (("grade", "band", 1, "wrod"), 18), (("step", 1, "nmae"), 24), (("step", 5), None),
        (("nothing",), None), ((), None),
    ],
)  # fmt: skip
def test_a_place_in_a_file_is_found(loc, line):
    assert line_of(TEXT, loc) == line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('a = "b\n', "第 1 行"), ("a = “b”\n", "这一行有全角的引号"), ('a = 1\na = 2\n', "这个键写了两次"), ("中文 = 1\n", "中文的键要加引号"),
        ("a = yes\n", "是否写 true、false"), ("a = [1, 2\n", "数组缺收尾的 ]"), ('a = "c:\\data"\n', "请写成 \\\\"), ("a 1\n", "键后面缺等号"),
    ],
)  # fmt: skip
def test_what_is_no_toml_is_told_what_to_do(text, words):
    with pytest.raises(tomllib.TOMLDecodeError) as wrong:
        tomllib.loads(text)
    assert words in broken(wrong.value, text), str(wrong.value)
