"""On which line of its file a fault stands (声明出错的行), and what a file that is no TOML is to be told."""

from __future__ import annotations

import re
import tomllib

SAID = {
    "Illegal character '\\n'": "文字没有收尾的引号",
    "Unterminated string": "文字没有收尾的引号",
    'Expected "\'"': "文字没有收尾的引号",
    "Expected '\"": "文字没有收尾的引号",
    "Expected '=' after a key": "键后面缺等号（=）",
    "Invalid value": "等号后面的值看不懂；文字要加英文引号，是否写 true、false",
    "Unclosed array": "数组缺收尾的 ]",
    "Unclosed inline table": "表缺收尾的 }",
    "Cannot overwrite a value": "这个键写了两次，或又当表用",
    "Cannot declare": "这张表写了两次；多条的请写 [[…]]",
    "Cannot mutate immutable": "已写成 { … } 的表不能再添",
    "Expected newline or end of document": "一行只写一个键；上一行可能少了逗号或引号",
    "Invalid statement": "这一行不是“键 = 值”；中文的键要加引号",
    "Duplicate inline table key": "一张表里有两个同名的键",
    "Unescaped '\\' in a string": "文字里的 \\ 请写成 \\\\，或改用单引号",
    "Invalid initial character for a key part": "键只能用英文字母、数字和 _、-；中文的键要加引号",
}
WIDE = re.compile(r"[“”‘’＝｛｝［］]")
"""marks of Chinese typing that TOML does not take for its own"""


def broken(error: tomllib.TOMLDecodeError, text: str) -> str:
    """Why a file is no TOML: line, column, what is so and what to do."""
    said = str(error)
    at = re.search(r"\(at line (\d+), column (\d+)\)", said)
    line = int(at[1]) if at else text.count("\n") + 1
    where = f"第 {line} 行第 {at[2]} 个字" if at else "文件末尾"
    words = next((chinese for english, chinese in SAID.items() if said.startswith(english)), f"写法不对（{said.split(' (at ')[0]}）")
    there = text.splitlines()[line - 1 : line]
    hint = "；这一行有全角的引号、等号或括号，请改成英文的" if there and WIDE.search(_bare(there[0])) else ""
    return f" {where}：不是正确的 TOML：{words}{hint}"


def _bare(line: str) -> str:
    """A line without what stands in proper quotation marks."""
    return re.sub(r"\"[^\"]*\"|'[^']*'", "", line)


def line_of(text: str, loc: tuple) -> int | None:
    """The line on which a key, table or entry stands: ``("field", 4, "titel")``; the nearest table where the key itself is not there."""
    at = _find(text, 0, len(text), tuple(part for part in loc if part != "__root__"))
    return None if at is None else text.count("\n", 0, at) + 1


def _find(text: str, start: int, end: int, loc: tuple, path: str = "") -> int | None:
    if not loc or not isinstance(loc[0], str):
        return None
    name, rest = loc[0], loc[1:]
    full = f"{path}.{name}" if path else name
    heads = [m for m in re.finditer(rf"^[ \t]*\[\[?\s*{re.escape(full)}\s*\]\]?", text, re.M) if start <= m.start() < end]
    if heads:
        which = rest[0] if rest and isinstance(rest[0], int) else 0
        if which >= len(heads):
            return None
        head, rest = heads[which], rest[1:] if rest and isinstance(rest[0], int) else rest
        after = re.compile(rf"^[ \t]*\[(?!\[?\s*{re.escape(full)}\.)", re.M).search(text, head.end())
        found = _find(text, head.end(), min(end, after.start() if after else end), rest, full) if rest else None
        return head.start() if found is None else found
    key = re.compile(rf"(?:^|[{{,])[ \t]*({re.escape(name)}|\"{re.escape(name)}\")\s*=", re.M).search(text, start, end)
    if key is None:
        return None
    at = key.start(1)
    if rest and isinstance(rest[0], int):
        element = _element(text, key.end(), end, rest[0])
        if element is None:
            return at
        deeper = _find(text, element[0], element[1], rest[1:]) if rest[1:] else None
        return element[0] if deeper is None else deeper
    deeper = _find(text, key.end(), end, rest) if rest else None
    return at if deeper is None else deeper


def _element(text: str, start: int, end: int, n: int) -> tuple[int, int] | None:
    """Where the n-th element of the array that begins after `start` stands."""
    depth, count, began = 0, 0, None
    for part in re.finditer(r"\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|#[^\n]*|[\[\]{},]|[^\s\"'#\[\]{},]+", text[start:end]):
        sign, at = part[0], start + part.start()
        if sign.startswith("#"):
            continue
        if depth == 1 and began is None and sign not in (",", "]"):
            began = at
        if sign in "[{":
            depth += 1
        elif sign in "]}":
            depth -= 1
        if (depth == 1 and sign == ",") or (depth == 0 and sign == "]"):
            if began is not None and count == n:
                return began, at
            count, began = count + 1, None
            if depth == 0:
                return None
    return None
