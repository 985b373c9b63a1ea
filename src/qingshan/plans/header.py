"""The disclosure header of a document (信息公开页头): index number, issuer, document number, dates, validity. Unknown stays empty."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from qingshan.plans import figures, fold

_LABELS = {
    "index_number": "索引号|索取号",
    "issuer": "发文机关|发文机构|发文单位|制发机关|印发机关|发布机构",
    "publisher": "公开责任部门|责任部门|信息所属单位|发布单位",
    "number": "发文字号|发文文号|文件编号|文号|字号",
    "signed": "成文日期|印发日期|发文日期|签发日期",
    "made": "生成日期|生成时间|制作日期",
    "published": "发布日期|公开日期|发布时间|公开时间|日期|时间",
    "validity": "信息有效性|有效性|时效性|效力状态|有效期|是否有效",
    "other": "信息名称|标题|名称|主题分类|分类|主题词|内容概述|体裁|来源|作者|浏览次数|字号大小|关键词|公开方式|公开形式|公开范围|组配分类"
    "|服务对象|类别|失效日期|所属专题",
}
_KEY = {word: key for key, words in _LABELS.items() for word in words.split("|")}
_LABEL = re.compile(rf"(?:^|(?<=[\s|]))(?:{'|'.join(_LABELS.values())})(?=[:|]|$)")
_DAY = re.compile(r"(20\d\d)(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})日?")
_SIGNED = re.compile(r"([12二][\d〇○零O一二三四五六七八九]{3})年([\d一二三四五六七八九十]{1,3})月([\d一二三四五六七八九十]{1,3})日")
_NUMBER = re.compile(r"[\u4e00-\u9fa5]{1,10}[〔\[(]\s*20\d\d\s*[〕\])]\s*\d{1,4}\s*号")
_HEAD = 80
"""lines in which the header stands"""


@dataclass(frozen=True)
class Header:
    """What a document says of itself; "" and None where it does not."""

    index_number: str = ""
    issuer: str = ""
    number: str = ""
    signed: date | None = None  # 成文日期
    published: date | None = None  # 发布日期
    validity: str = ""


def read(text: str) -> Header:
    """The header of a text: labels with their values, then the number under the title, the signature and its day at the end."""
    folded = fold.fold(text)
    said = _labelled(folded)
    signer, day = _signature(folded)
    return Header(
        index_number=said.get("index_number", "")[:60],
        issuer=(said.get("issuer") or signer or said.get("publisher", ""))[:100],
        number=_number(said.get("number", "")) or _number_of(folded),
        signed=_day(said.get("signed", "")) or day or _day(said.get("made", "")),
        published=_day(said.get("published", "")),
        validity=said.get("validity", "")[:20],
    )


def _labelled(folded: str) -> dict[str, str]:
    found: dict[str, str] = {}
    lines = [line for line in folded.splitlines() if line.strip()][:_HEAD]
    k = 0
    while k < len(lines):
        line = _closed(lines[k])
        marks = list(_LABEL.finditer(line))
        for n, m in enumerate(marks):
            key = _KEY[m[0]]
            value = line[m.end() : marks[n + 1].start() if n + 1 < len(marks) else len(line)].strip(" \t\u3000:|")
            bare = not line[m.end() : m.end() + 1].startswith(":") and len(marks) == 1
            if not value and bare and k + 1 < len(lines) and not _LABEL.search(_closed(lines[k + 1])):
                value = lines[k + 1].strip(" \t\u3000:|")  # a table's cell on a line of its own
                k += 1
            if key != "other" and value and value not in ("无", "-", "--", "/"):
                found.setdefault(key, value)
        k += 1
    return found


def _closed(line: str) -> str:
    """索 引 号 → 索引号: labels are set with spaces to look even."""
    line = re.sub(r"[\[【](?=[\u4e00-\u9fff\s]{2,12}[\]】])|(?<=[\u4e00-\u9fff])[\]】]", " ", line)
    line = re.sub(r"(?<=[\u4e00-\u9fff])[\t \u3000]+(?=[\u4e00-\u9fff][\t \u3000]*[\u4e00-\u9fff]?[\t \u3000]*:)", "", line)
    return re.sub(r"[\t \u3000]+(?=:)", "", line).strip()


def _number(said: str) -> str:
    found = _NUMBER.search(said)
    return _official(found[0]) if found else ""


def _number_of(folded: str) -> str:
    """The document number printed by itself near the top; one that the text only cites is another document's."""
    for line in folded[:1500].splitlines():
        plain = "".join(line.split())
        if found := _NUMBER.fullmatch(plain):
            return _official(found[0])
    return ""


def _official(number: str) -> str:
    plain = "".join(number.split())
    return re.sub(r"[\[(](20\d\d)[\])]", r"〔\1〕", plain)


def _day(said: str) -> date | None:
    m = _DAY.search(said) or _SIGNED.search(said)
    return _date(*m.groups()) if m else None


def _date(year: str, month: str, day: str) -> date | None:
    y, m, d = (_whole(part) for part in (year, month, day))
    try:
        return date(y, m, d)
    except ValueError:
        return None


def _whole(said: str) -> int:
    if said.isdigit():
        return int(said)
    if len(said) == 4:
        said = "".join(c if c.isdigit() else str(figures.DIGIT.get(c, 0)) for c in said.replace("○", "〇").replace("O", "〇"))
        return int(said)
    return int(figures.chinese_number(said) or 0)


def _signature(folded: str) -> tuple[str, date | None]:
    """The unit and the day that stand alone at the end of the text."""
    lines = ["".join(line.split()) for line in folded.splitlines() if line.strip()]
    for k in range(len(lines) - 1, max(-1, len(lines) - 40), -1):
        m = _SIGNED.fullmatch(lines[k]) or re.fullmatch(r"(20\d\d)年(\d{1,2})月(\d{1,2})日", lines[k])
        if m and k > 2:
            above = lines[k - 1]
            is_unit = bool(re.fullmatch(r"[\u4e00-\u9fff()、]{4,40}(?:局|委员会|政府|办公室|领导小组|指挥部|委|厅|部|办)", above))
            return (above if is_unit else "", _date(*m.groups()))
    return ("", None)
