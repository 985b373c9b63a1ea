"""Clauses of a report (总结): what was reached, what is being done, what is to be kept."""

from __future__ import annotations

import re

from qingshan.plans import clauses, criteria, figures, results, targets, tasks, verbs, verdict
from qingshan.plans.clauses import Clause
from qingshan.plans.outline import Block
from qingshan.plans.page import Page, add_result, add_target, add_task, leave

_AT_LAST = re.compile(r"^(?P<what>[^,]{2,40}?)(?:全部|全面|基本|已|均)*实现[“\"]?(?P<how>清零|零[^,]{2,4}|全覆盖)[”\"]?$")
_GOT = re.compile(
    r"(?:[\u4e00-\u9fff]{0,6})(?:取得|巩固|提高|增强|改善|促进|推动|保障|营造|形成|得到|强化|加强|提升|夯实|扩大)了"
)  # 取得了阶段性成果
_EXPECTED = re.compile(r"(?:预计|计划(?=于|在|\d|年)|拟于|将于)[^,]{0,16}(?:完成|建成|投运|竣工|开工|启动|投入)")
_TOLD_HOW = re.compile(r"先后|相继|多次|亲自|历时|专门成立|一直|始终|抽调")  # how it went, no work still to do
_PERFECT = re.compile(r"[\u4e00-\u9fff]{2}了(?!解)[\u4e00-\u9fff“《\ue000]{2}")  # 均落实了要求: told, not promised
_GOAL_IS = re.compile(r"(?:改善|年度|考核|全年|约束性|控制)目标(?:值)?(?:为|是)")  # PM2.5改善目标为39: not yet reached
ENSURE = re.compile(r"^(?:并)?(?:确保|保障)")


def clause(page: Page, block: Block, number: int, one: Clause, c: str, period: str, governed: bool) -> None:
    """What a clause of a report holds: results, what is still being done, a floor that is to be kept."""
    shift, said = verdict.unmarked(c)
    found = figures.find(clauses.blanked(said))
    if governed or ENSURE.match(said) or (found and _GOAL_IS.search(said)) or re.search(r"不得低于|不进入", said):
        carried = page.targets[-1].indicator if page.targets and page.last == (number, one.sentence) else ""
        made, _ = targets.of_figures(said, found, carried)
        made = criteria.read(said, "REPORT", True) or made
        for t in made:
            add_target(page, block, number, one, shift, t)
        if made:
            page.last = (number, one.sentence)
            return
    if _EXPECTED.search(said) and verbs.act_of(said) is not None and not tasks.read(said, found, False)[1]:
        for k in tasks.read(said, found, False)[0]:
            add_task(page, block, number, one, shift, said, k, None)
        return
    aside = verdict.bracketed(page, block, number, one, c)  # 优良率93%(全年目标不低于92%)
    drafts = results.read(said, found, period)
    for d in drafts:
        add_result(page, block, number, one, shift, d)
    if not drafts and any(f.masked and not f.condition for f in found):
        leave(page, block, number, one, "CTX")  # what was done, the figure gone
        return
    if not drafts and (m := _AT_LAST.match(said)) and verbs.act_of(m["what"]) is None:
        zero = "零" in m["how"]
        drafts = [results.Draft(0, len(said), m["what"], 0.0 if zero else 100.0, "个" if zero else "%", "=", "state", "completed", period)]
        add_result(page, block, number, one, shift, drafts[0])
    if not drafts and _TOLD_HOW.search(said):
        leave(page, block, number, one, "CTX")
        return
    if not drafts and (_GOT.match(said) or _PERFECT.search(clauses.blanked(said))):
        leave(page, block, number, one, "GEN")
        return
    if not drafts or (re.search(r"推进(?!.*(?:共|已|累计|完成|拆除))[^,]", clauses.blanked(said)) and verbs.act_of(said) is not None):
        drafts_k, reason = tasks.read(said, found, False)
        if not reason:
            for k in drafts_k:
                add_task(page, block, number, one, shift, said, k, None)
            return
    if not drafts and not aside:
        leave(page, block, number, one, tasks.judge(said, False)[1] or "CTX")
