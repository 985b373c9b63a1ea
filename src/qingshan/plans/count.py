"""A document that counts itself (自报数): 52项任务, 六大行动30条措施 — and what was found of it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from qingshan.plans import figures, fold
from qingshan.plans.reading import Finding, Reading

_N = r"(?P<n>\d{1,4}|[一二三四五六七八九十百两]{1,5})"
_WORK = r"(?:具体|重点|主要|工作|年度|重大|关键)*(?:任务|措施|举措|工作任务)|(?:具体|重点|主要|年度|重大)+工作"
_NAMED = r"(?:专项|重点|标志性|攻坚)*(?:行动|战役|工程)"
_CLAIM = re.compile(
    rf"(?<![\d.第十〔\[]){_N}(?:个方面)?(?P<unit>大类|大|项|条|个)(?P<what>{_WORK}|{_NAMED})(?=[\d一二三四五六七八九十,，。;；、:：)）和及,的]|$)"
)
_SENT_DOWN = re.compile(r"(?:下达|交办|反馈|督察|督办|上级|移交|承担|国家级|省级|市级|考核)[^,。;]{0,14}$")
_OWN = re.compile(  # words with which a document speaks of itself; without them 十条措施 is the name of another
    r"(?:明确|提出|确定|安排|部署|分解|共|总计|合计|包括|以下|如下|本(?:要点|计划|方案)|围绕|实施|聚焦|抓好|梳理|细化|形成|列出|推出|从)[^。;]{0,30}$|制定$"
)
_ITEM = (
    ("一、", re.compile(r"^[一二三四五六七八九十]{1,3}、")),
    ("（一）", re.compile(r"^\([一二三四五六七八九十]{1,3}\)")),
    ("1.", re.compile(r"^\d{1,3}[.、](?!\d)")),
    ("（1）", re.compile(r"^\(\d{1,3}\)")),
    ("第一条", re.compile(r"^第[一二三四五六七八九十\d]{1,4}[条项]")),
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a document says of itself: ``n`` of ``what`` at ``start:end``; ``found`` is how many were found, by each way of counting."""

    start: int
    end: int
    paragraph: int
    n: int
    what: str
    found: tuple[tuple[str, int], ...]

    @property
    def is_met(self) -> bool:
        return any(n == self.n for _, n in self.found)


def claims(source: str, reading: Reading) -> list[Claim]:
    """Every number of tasks, measures or campaigns that the document states of itself."""
    folded = fold.fold(source)
    items = _items(folded, reading)
    out: list[Claim] = []
    for p in reading.paragraphs:
        if p.kind in ("boilerplate", "table") or reading.kind == "news":
            continue
        line = fold.line(folded, p.start, p.end)
        for m in _CLAIM.finditer(line.s):
            before = line.s[max(0, m.start() - 34) : m.start()]
            n = int(m["n"]) if m["n"].isdigit() else int(figures.chinese_number(m["n"]) or 0)
            if n < 2 or not _OWN.search(before) or _SENT_DOWN.search(before) or before.endswith(("》", "》中", "》的", "完成", "整改")):
                continue
            start, end = line.span(*m.span())
            named = re.fullmatch(_NAMED, m["what"]) is not None
            found = _named(reading, m["what"]) if named else _worked(reading, items)
            out.append(Claim(start, end, p.number, n, m["what"], found))
    return out


def _worked(reading: Reading, items: Counter[str]) -> tuple[tuple[str, int], ...]:
    tasks = sum(t.same_as is None and t.status == "planned" for t in reading.tasks)
    rows = sum(p.kind == "table" for p in reading.paragraphs)
    ways = [("识读出的任务", tasks), *((f"“{mark}”编号的条目", n) for mark, n in items.items())]
    return tuple(ways + ([("表格行", rows)] if rows else []))


def _named(reading: Reading, what: str) -> tuple[tuple[str, int], ...]:
    noun = re.sub(r"^(?:专项|重点|标志性|攻坚)+", "", what)
    heads = Counter(h.level for h in reading.headings if noun in h.text)
    levels = Counter(h.level for h in reading.headings)
    named = [(f"标题里写“{noun}”的", n) for _, n in sorted(heads.items())] or [(f"标题里写“{noun}”的", 0)]
    return tuple(named + [(f"第 {level} 级标题", n) for level, n in sorted(levels.items())])


def _items(folded: str, reading: Reading) -> Counter[str]:
    found: Counter[str] = Counter()
    for p in reading.paragraphs:
        if p.kind == "boilerplate":
            continue
        said = "".join(folded[p.start : p.start + 40].split())
        for mark, pattern in _ITEM:
            if pattern.match(said):
                found[mark] += 1
                break
    return found


def findings(source: str, reading: Reading) -> list[Finding]:
    """A finding for every claim that no way of counting meets."""
    out = []
    for c in claims(source, reading):
        if not c.is_met:
            path = next((t.heading_path for t in reading.unread if t.paragraph == c.paragraph), ())
            ways = "、".join(f"{way} {n}" for way, n in c.found)
            out.append(
                Finding(
                    c.start, c.end, source[c.start : c.end], c.paragraph, path, "count_mismatch", "warning",
                    f"文件说有“{source[c.start : c.end]}”，没有数出这个数（{ways}）", "请核对是否有漏读、合并的条目，或文件自报的数有误",
                )
            )  # fmt: skip
    return out
