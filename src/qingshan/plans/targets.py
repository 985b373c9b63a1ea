"""Targets of a clause (目标): a named indicator and a figure it must reach."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

from qingshan.plans import verbs
from qingshan.plans.criteria import ASPIRE, Draft
from qingshan.plans.figures import Figure
from qingshan.plans.indicators import AMOUNT, RATIO, bare, known, named, parts, without_place

_GOES_ON = re.compile(
    r"^(?:并|且|力争|确保|努力|争取|再|[较比](?:20\d\d年|[上去]年)(?:同期)?|较|比|同比|年均|平均|进一步|同时)*(?:下降|降低|降|提高|提升|控制|达到|保持|稳定|上升|增加)?$"
)
_COMPARED = re.compile(r"(?:分别)?[较比与同](?:20\d\d|[上去])年(?:同期)?(?:相比|比较)?$")
_EACH = re.compile(r"[、和与及][\u4e00-\u9fff]{0,6}")  # 分别达到甲县220天、乙县210天
_EACH_PLACE = re.compile(r"(?P<what>.+?)分别(?:达到|达|为|控制在|不低于|不高于|不少于)?(?P<place>[\u4e00-\u9fff]{1,6})$")
_THERE = re.compile(  # 污水处理率城市达到95%、县城85%
    r"[、和及](城市|县城|县级|建制镇|乡镇|农村|城区|郊区|市区|镇村|[\u4e00-\u9fff]{1,5}(?:市|县|区|镇|乡|州|街道))"
)
_WHICH_PLACE = re.compile(r"^(?:全[市县区省])?(?:地级以上|县级以上|主城)?(?:城市|县城|县级|建制镇|乡镇|农村|城区|郊区|市区|镇村)(?=.{3})")
_DONE_SHARE = re.compile(r"(?:治理|消除|整治|处理|处置|完成|达标|利用|收集|覆盖|合格|查处|办结)(?:率|比例)$")
_WHERE_ONLY = re.compile(r"(?:市|县|区|州|省|镇|乡|街道|地区|平原|城市群)$")


def of_figures(c: str, found: list[Figure], carried: str = "") -> tuple[list[Draft], list[Figure]]:
    """Targets of the clause's figures, and the figures that are no target's. ``carried``: the indicator the sentence is about so far."""
    drafts: list[Draft] = []
    left: list[Figure] = []
    start = 0
    waiting: list[str] = []
    each = ""
    shared = False  # 分别: the figures behind the first are targets as it is
    for n, f in enumerate(found):
        subject = c[start : f.head]
        if any(g.condition and start <= g.i < f.head for g in found[:n]):
            subject = re.sub(r"(?:由|从)[^,;]{0,24}$", "", subject)  # 由81%提高到88%
        said = re.split(r":(?=\D)", subject)
        subject = said[-1] if named(said[-1]) else said[0]
        there = (
            _THERE.fullmatch(subject) if n and drafts and not f.said and f.unit == found[n - 1].unit and found[n - 1] not in left else None
        )
        if there:
            drafts.append(
                _from_figure(
                    there[1] + without_place(_WHICH_PLACE.sub("", drafts[-1].indicator)),
                    replace(f, operator=drafts[-1].operator or "=", said="="),
                    c,
                )
            )
            start = f.j
            continue
        if n and waiting and (not named(subject).strip("和与及、") or _EACH.fullmatch(subject)):
            place = re.sub(r"^[、和与及]", "", subject) if _EACH.fullmatch(subject) else ""
            name = place + waiting.pop(0)
        else:
            shared = False
            if "的" in subject and any(g.condition and start <= g.i for g in found[:n]):
                subject = subject.rpartition("的")[2]  # 浓度超过70的镇,其浓度: what stands behind the condition
            name = named(_COMPARED.sub("", re.sub(r"^(?:、|和|与|及|以及)", "", subject)))
            waiting, each = [], ""
            if m := _EACH_PLACE.match(name):
                name, each = m["place"] + m["what"], m["what"]
            if "分别" in subject or "分别" in f.said:
                split = parts(name, apart=True)
                if len(split) > 1:
                    name, waiting = split[0], split[1:]
        if not name and not n and carried and _GOES_ON.match(c[: f.head]):
            name = carried
        if carried and f.said and _WHERE_ONLY.search(name) and f.kind == "measure" and len(name) <= 12:
            name += without_place(carried)  # 北京市控制在32微克/立方米以内: the same indicator, another place
        if f.unit == "%" and f.said and carried and name and len(name) <= 10 and verbs.act_of(name) is None and not _is_target(name, f, c):
            name = carried  # 县城达到70%以上: the same indicator, another place
        if not f.condition and (shared or _is_target(name, f, c)):
            apart = "分别" in subject or "分别" in f.said
            split = [name] if waiting or apart else parts(name)
            if not apart and len(split) == len(found) - n == 2 and not found[n + 1].said and _more_behind(found, n, c):
                split, waiting = split[:1], split[1:]  # 甲、乙削减3%和4%: one for each, without 分别
            if apart and not waiting and _more_behind(found, n, c):
                waiting = [each or name] * (len(found) - n - 1)  # PM2.5分别为36、34: whose each is stands elsewhere
            follows, shared = shared, bool(waiting)
            meant = found[n - 1] if follows and n and not f.said and f.operator in ("=", "approx") and drafts else f
            if waiting and n == len(found) - 1:
                split, waiting = list(dict.fromkeys([name, *waiting])), []  # 甲和乙分别下降10%以上
            for one in split:
                drafts.append(_from_figure(one, replace(f, operator=drafts[-1].operator or "=", said="=") if meant is not f else f, c))
            start = f.j
        else:
            left.append(f)
            if not f.condition:
                start = f.j
    return drafts, left


def _more_behind(found: list[Figure], n: int, c: str) -> bool:
    """True where only commas of a list part the figure from the next ones."""
    rest = list(itertools.pairwise(found[n:]))
    return bool(rest) and all(_EACH.fullmatch(c[a.j : b.head]) and a.unit == b.unit for a, b in rest)


def _is_target(name: str, f: Figure, c: str) -> bool:
    if not name or len(name) > 90:
        return False
    plain = bare(name)
    act = verbs.act_of(plain)
    task_like = (
        act is not None
        and act.cls in ("strong", "milestone", "weak")
        and act.verb not in ("实现", "完成", "控制", "减少", "监测", "治理", "处置", "考核", "评价", "检测")
        and act.at <= 3
    )
    if f.unit in ("%", "‰", "百分点"):
        if plain.endswith("幅度"):
            return True
        if task_like and not RATIO.search(plain):
            return False
        return bool(RATIO.search(plain) or AMOUNT.search(plain) or known(plain)[0] or f.operator in ("decrease", "increase"))
    if f.unit in ("天",):
        return bool(re.search(r"天数?|日数", plain) or known(plain)[0] in ("good_days", "heavy_days"))
    if f.kind == "measure" and f.unit not in ("名", "级", "类", "分"):
        return not task_like or bool(RATIO.search(plain))
    if f.unit == "分":
        return bool(re.search(r"(?:得分|分数|满意度|分值|考核)$", plain))
    if f.unit in ("名",):
        return bool(re.search(r"排名|位次|名次", plain))
    if task_like:
        return False
    return bool((AMOUNT.search(plain) or re.search(r"(?:量|能耗|强度)$", plain) or RATIO.search(plain)) and (f.said or f.operator != "="))


def _from_figure(name: str, f: Figure, c: str) -> Draft:
    better = known(name)[1]
    if _DONE_SHARE.search(name):
        better = "higher"  # 黑臭水体治理率: of a bad thing, yet the more the better
    operator: str | None = f.operator
    grows_down = bool(re.search(r"(?:下降|降低|减排|削减|压减|降幅)(?:率|比例|幅度)?$", name))
    value = f.value
    if f.upper is not None and better == "lower" and not grows_down:
        operator, value = "<=", f.upper  # 32~35: the range's far end binds
    elif not f.said and f.operator == "=" and f.unit in ("%", "微克/立方米", "天", "毫克/立方米"):
        operator = "<=" if better == "lower" and not grows_down else ">="
        if re.search(r"(?:下降|降低|减少)$", c[: f.head]):
            operator = "decrease"
        elif re.search(r"(?:提高|提升|增长|增加)$", c[: f.head]):
            operator = "increase"
    if f.unit == "名" and operator == "=" and (m := re.search(r"(?P<low>倒数第?|后)$|前$", c[: f.head])):
        operator = ">" if m["low"] else "<="
        name = re.sub(r"(?:退出|摆脱|不进入)?(?:倒数第?|后)$", "", name)
    if f.masked:
        operator = f.operator if f.operator in ("maintain", "approx", "decrease", "increase") else "<=" if better == "lower" else ">="
    kind = "redacted" if f.masked else "rank" if f.unit == "名" else "number"
    return Draft(0, len(c), name, operator, value, f.unit, kind, f.wording, None, bool(ASPIRE.search(c)), f.masked)
