"""What a clause is (判别): target, task, result, or none of them and why."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

from qingshan.plans import clauses, criteria, figures, indicators, results, targets, tasks, times, verbs
from qingshan.plans.clauses import Clause
from qingshan.plans.outline import Block
from qingshan.plans.page import Page, add_result, add_target, add_task, leave
from qingshan.plans.reading import Quantity

_BACKWARD = re.compile(
    r"(?:去年|上年|过去一年|20\d\d年以来|今年以来|截至|已(?:经)?(?:完成|建成|累计)"
    r"|正在(?:建设|施工|办理)\d|累计|同比|较上年|比上年|较去年)"
)
_DONE = re.compile(r"20\d\d年以来|今年以来|截至|已(?:经)?(?:完成|建成|累计)")
_HEAD_MARK = re.compile(
    r"(?:第[一二三四五六七八九十]{1,3}(?:部分|章|篇|节)|[一二三四五六七八九十]{1,3}[、.]|\([一二三四五六七八九十\d]{0,3}\)|\d{1,2}[.、]|[a-zA-Z][.、)](?=[\u4e00-\u9fff])|[①-⑳]|[♦●■◆•▪∙※★☆►➤✓√◇□]|[—-]{1,2}(?=[\u4e00-\u9fff]))"
)
_COMPARED = re.compile(r"同比|[较比](?:上年|去年)(?:同期)?(?:上升|下降|增加|减少|改善|提高)")
_THERE_ARE = re.compile(
    r"^(?!要|确保|力争)[^,]{0,14}?(?:共有|共划分|共设置|共分为|现有|辖有|建有|拥有|现存|涉及|排查出|摸排出|尚有|仍有|还有)(?![^,]{0,30}(?:完成|达到|实现|改造|治理(?!设施)|整治))[^,]{0,24}\d"
)
_ONLY_AMOUNT = re.compile(
    r"(?:全年|每年|年内|每月|每季度|总计|累计|合计|总数)?(?:不少于|不低于|至少|达到|达|约|超过)?[\dxX×*一二两三四五六七八九十百千万]+[余多]?(?:次|家次|人次|场次|场|期|件|起|批次|台次|辆次)(?:以上|左右)?"
)
_ALL_REACH = re.compile(r"(?:全部|均|全面|稳定|总体)*(?:达到|优于|满足)[^\d%]{3,}")  # 全部达到功能区标准: of what the clause before names
_SCORED = re.compile(
    r"(?:扣|加|得|计|减)\d{1,3}(?:\.\d{1,3})?分|扣完为止|视为|视同|每(?:差|低|高|超|少)[^,]{1,12}(?:扣|加)"
)  # how points are given
_STILL = re.compile(r"(?:仍然?|依然|尚)(?:不到|不足|低于|高于|超过|未|有|达|为|是|处于|存在|偏|面临)")  # how it is
_SECTIONS = re.compile(r".{0,30}?(?:\d{1,3}|[xX×*]{1,3})[个条座处].{0,24}?(?:断面|河流|水源地?|点位|水体|海域)")
_LIST_MARK = re.compile(
    r"(?:[一二三四五六七八九十]{1,2}(?:是要?|要)|第[一二三四五六七八九十],?(?=[^次轮批期])|首先,?|其次,?|再次,?|最后,?)(?=[\u4e00-\u9fff“])"
)


def clause(
    page: Page,
    block: Block,
    number: int,
    one: Clause,
    c: str,
    zone: str,
    strict: bool,
    pieces: list[Clause],
    n: int,
    by: times.Time | None,
    cell: bool = False,
) -> None:
    shift, said = unmarked(c)
    if _SCORED.search(said):
        leave(page, block, number, one, "CTX")
        return
    if _STILL.search(said) or re.search(r"\(已(?:经)?(?:完成|建成|办结|销号)\)$", said):
        leave(page, block, number, one, "CTX")
        return
    if _THERE_ARE.match(said) or (page.standing == (number, one.sentence) and verbs.act_of(said) is None):
        page.standing = (number, one.sentence)
        leave(page, block, number, one, "CTX")  # 共有排口217个,其中工业排口12个: how many there are
        return
    open_ = clauses.blanked(said)  # what stands in brackets and quotes does not say when
    found = figures.find(open_)
    behind = _DONE if zone == "GOAL" else _BACKWARD  # 同比提高 in the goal section looks ahead
    if behind.search(open_) and not re.search(
        r"力争|达到.{0,12}以上|以内|下降|提升|改善|控制在|不[低高少大]于|不超过|[较比](?:20\d\d|上|去)年", said
    ):
        drafts = results.read(said, found, "") if any(f.kind != "size" or f.unit not in ("年",) for f in found) else []
        for d in drafts:
            add_result(page, block, number, one, shift, d)
        if drafts or said.startswith("截至"):
            if not drafts:
                leave(page, block, number, one, "CTX")
            return
    if zone != "GOAL" and not found and _COMPARED.search(open_) and not criteria.ASPIRE.search(said):
        leave(page, block, number, one, "CTX")  # 浓度同比上升: how it was
        return
    made, left = targets.of_figures(said, found, page.targets[-1].indicator if page.targets and page.last == (number, one.sentence) else "")
    if not made:
        carried = page.targets[-1].indicator if zone == "GOAL" and page.targets and page.last == (number, one.sentence) else ""
        made = criteria.read(carried + said if carried and _ALL_REACH.match(said) else said, zone, False)
        made = [replace(d, i=min(d.i, len(said) - 1), j=min(d.j, len(said))) for d in made]
        if made and _SECTIONS.match(said):
            left = []  # 3个国考断面全部达到Ⅲ类: the count says which, the class is the criterion
    if made and (cut := _second(said, found, left)):
        for half in (replace(one, j=one.i + shift + cut), replace(one, i=one.i + shift + cut + 1, first=False)):
            clause(page, block, number, half, block.s[half.i : half.j], zone, strict, pieces, n, by, cell)
        return
    for t in made:
        add_target(page, block, number, one, shift, t, by)
    if made:
        page.last = (number, one.sentence)
    if not made and not found and bracketed(page, block, number, one, c):
        return
    if made and (not any(tasks.is_quantity(f, said) for f in left) or not _acts(said) or _says_which(said, left)):
        return  # 35个省考断面优良比例达到90%: the count only says which sections
    if zone == "GOAL" and not left and not made and tasks.UMBRELLA.match(said):
        leave(page, block, number, one, "GEN")
        return
    follows = any(p.segment == one.segment for p in pieces[n + 1 : n + 2])
    opens = one.first or page.umbrella == (number, one.segment, n - 1)
    if opens and follows and not found and tasks.UMBRELLA.match(said) and _labels_follow(block.s, pieces, n):
        page.umbrella = (number, one.segment, n)
        leave(page, block, number, one, "UMB")
        return
    if not made and _more_of_it(page, block, number, one, shift, said, found):
        return
    drafts_k, reason = tasks.read(said, left, strict, cell)
    if reason:
        if not made:
            leave(page, block, number, one, reason)
        return
    for k in drafts_k:
        add_task(page, block, number, one, shift, said, k, by)


def _more_of_it(page: Page, block: Block, number: int, one: Clause, shift: int, said: str, found: list[figures.Figure]) -> bool:
    """每季度开展执法检查,全年不少于4次: the amount of the task before it, in a clause of its own."""
    last = page.tasks[-1] if page.tasks else None
    if last is None or last.paragraph != number or last.quantity is not None or len(found) != 1 or not _ONLY_AMOUNT.fullmatch(said):
        return False
    start, end = block.line.span(one.i + shift, one.j)
    if start - last.end > 3 or not tasks.is_quantity(found[0], said):
        return False
    f = found[0]
    amount = Quantity(f.value, f.unit, f.operator if f.operator in (">=", "<=", ">", "<", "approx") else f.bound, said[f.head : f.j])
    page.tasks[-1] = replace(
        last, end=end, text=page.source[last.start : end], quantity=amount, check="quantified", masked=last.masked or f.masked
    )
    return True


def _second(said: str, found: list[figures.Figure], left: list[figures.Figure]) -> int:
    """机扫率不低于95%、洒水每日不少于4次: where the amount behind a target begins; 0 where there is none."""
    for f, then in itertools.pairwise(found):
        behind = f not in left and then in left and not then.condition
        if behind and tasks.is_quantity(then, said) and said[f.j : f.j + 1] in ("、", "和", "并"):
            return f.j if then.i - f.j > 3 else 0
    return 0


def _says_which(said: str, left: list[figures.Figure]) -> bool:
    """纳入评级的44个断面优良比例达到93%: the verb and the count only say which sections."""
    return (
        len(left) == 1
        and bool(re.match(r"(?:纳入|列入|参与|涉及)[^,]{2,40}$", said[: left[0].i]))
        and bool(re.match(r"(?:[^,]{0,14}?)(?:断面|河流|水源地?|点位|水体|海域|城市|县区|区县)", said[left[0].j :]))
    )


def _acts(said: str) -> bool:
    act = verbs.act_of(clauses.without_asides(said))
    return act is not None and act.cls in ("strong", "milestone", "weak") and act.at <= 6


def _labels_follow(s: str, pieces: list[Clause], n: int) -> bool:
    for p in pieces[n + 1 : n + 13]:
        if p.segment != pieces[n].segment:
            return False
        c = s[p.i : p.j]
        found = figures.find(clauses.blanked(c))
        if targets.of_figures(c, found)[0] or criteria.read(c, "BODY", False) or not tasks.read(c, found, False)[1]:
            return True
    return False


def marked(c: str) -> bool:
    """True for a clause behind 一、, (二), 3. …"""
    return _HEAD_MARK.match(c) is not None


def unnumbered(c: str) -> str:
    """The clause without its mark."""
    return c[m.end() :] if (m := _HEAD_MARK.match(c)) else c


def unmarked(c: str) -> tuple[int, str]:
    m = _HEAD_MARK.match(c)
    shift = m.end() if m and m.end() < len(c) else 0
    if (m := _LIST_MARK.match(c, shift)) and m.end() < len(c) - 3:
        shift = m.end()
    label = re.match(r"^(?:[^:,;“(]{2,16}(?:方面|领域)[:,]?|[^:,;“(]{2,14}:)(?=[\u4e00-\u9fffA-Z0-9])", c[shift:])
    if label and label[0].endswith(":") and label.end() < len(c) - shift - 3 and not indicators.names_indicator(label[0][:-1]):
        shift += label.end()
        if (m := _HEAD_MARK.match(c, shift)) and m.end() < len(c):
            shift = m.end()
    if (t := times.LEAD.match(c[shift:])) and 2 <= t.end() < len(c) - shift - 2 and times.CERTAIN.search(t[0]):
        shift += t.end()
    return shift, c[shift:]


def bracketed(page: Page, block: Block, number: int, one: Clause, c: str) -> bool:
    """Targets that stand in a bracket of the clause: 围绕…考核任务(甲、乙均达到90%以上)."""
    found = False
    for a, b in clauses.pairs(c).items():
        if c[a] != "(" or b - a < 8:
            continue
        inner = c[a + 1 : b]
        made, _ = targets.of_figures(inner, figures.find(clauses.blanked(inner)))
        for t in made:
            add_target(page, block, number, one, a + 1, t)
        found = found or bool(made)
    return found
