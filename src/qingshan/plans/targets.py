"""Targets of a clause (目标): a named indicator and a criterion."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

from qingshan.plans import clauses, figures, verbs
from qingshan.plans.figures import Figure
from qingshan.plans.words import any_of, words

_W = words("indicators")
INDICATORS = [(e["key"], e["better"], e["unit"], re.compile(e["match"])) for e in _W["indicator"]]
_T = _W["tails"]
RATIO = re.compile(any_of(_T["ratio"].split()) + r"(?:\(.{1,12}\))?$")
AMOUNT = re.compile(any_of(_T["amount"].split()) + r"(?:\(.{1,12}\))?$")
_ANY_TAIL = any_of(_T["ratio"].split() + _T["amount"].split())
MEASURED = re.compile(
    any_of(_T["ratio"].split() + _T["amount"].split() + ["水质", "断面", "双降", "利用率", "减排", "水体", "指数", "级别"])
)
MEDIA = set(_T["media"].split())
_LEAD = re.compile(
    r"^(?:全区|全市|全县|全镇|我区|我市|我县|全省|全州|辖区内?|区域内?|年度|全年|其中|同时|并|且|以及|及|和|、|,|:|是|到\d{4}年(?:底)?,?|\d{4}年(?:底前?|度)?|力争|确保|保障|实现|努力|尽最大努力|持续|继续|稳步|全面|进一步|不断|基本|使|让|将|要|坚决|切实|一是|二是|三是|四是|推动|推进|促进|做到|努力实现|按年度计划|原则上|均|总体|有效|着力|完成)+"
)
_TRAIL = re.compile(
    r"(?:力争|确保|均要?|都要?|要|需|应|须|继续|持续|总体|稳步|分别|全部|整体|每年|同比|较上年|比上年|年内|努力|平均|进一步|较\d{4}年|比\d{4}年|较去年|控制|稳定|年均值?|不断|实现|指标|累计|达到|大于等于|小于等于)+$"
)
ASPIRE = re.compile(r"力争|尽最大努力|努力(?:实现|达到|使)?|争取|尽力")
_POLLUTANT = re.compile(r"(?:化学需氧量|氨氮|氮氧化物|挥发性有机物|总磷|总氮|二氧化硫|颗粒物|重金属|VOCs)$")
_GOES_ON = re.compile(
    r"^(?:并|且|力争|确保|努力|争取|再|较|比|同比|年均|平均|进一步)*(?:下降|降低|降|提高|提升|控制|达到|保持|稳定|上升|增加)?$"
)
_SPLIT = re.compile(r"、|以及|和(?!谐|平)|与|及(?!以)")
_PAREN = re.compile(r"\([^()]{0,80}\)")

_SETTER = r"(?:国家|省|市|区|县|上级|部|厅|委|政府|规划|方案|《.{1,60}》|“.{1,30}”|[省市区县]级)"
_HANDED = re.compile(
    rf"(?:完成|落实|达到|实现)(?P<who>.{{0,80}}?(?:{_SETTER}).{{0,40}}?)(?P<how>下达|规定|确定|分解|明确|要求|部署|核定|交办)(?P<to>(?:给|至)?我?[区市县局]?)的?(?P<what>[^,]{{0,120}}?)(?P<noun>目标任务|约束性指标任务|任务指标|指标任务|任务要求|考核指标|目标指标|任务目标|任务|指标|目标|要求|考核)$"
)
_MEETS = re.compile(
    r"^(?P<what>[^,]{2,60}?)(?:均|全部|要|力争|稳定|基本|全面|持续|总体|分别|需|应|须)*(?:达到|满足|符合|完成|实现|优于|达(?!到))(?P<ref>(?![\dⅠⅡⅢⅣⅤI])[^,\d%]{2,30}?(?:要求|标准|目标|任务|指标|进度|水平|限值|任务要求))$"
)
_COMPLY = re.compile(r"^(?P<what>[^,]{2,50}?)(?P<how>(?:保持|继续|持续|全面|全部|均|总体|基本|稳步|100%)*(?:稳定)?达标)(?:排放)?$")
_BY_YEAR = re.compile(
    r"(?:^|落实|实现|确保)(?P<year>20\d\d)年(?:底)?前(?:实现)?(?P<what>[^,]{0,14}(?:碳)?达峰|碳中和)(?:工作)?(?:目标)?(?:要求|任务)?$"
)
_BATTLES = re.compile(
    r"(?:全面|如期|圆满|高质量)?完成(?P<what>.{0,20}(?:攻坚战|保卫战|行动计划|责任书).{0,12}(?:任务|目标|指标)(?:措施)?|.{0,24}考核(?:任务|目标|指标))$"
)
_ZERO = re.compile(r"(?P<what>.{2,30}?)(?:保持|动态|全部|全面|实现|基本)*(?:清零|“?零”?(?:发生|增长|排放|事故|投诉|容忍)|归零|为零)$")
_ZERO_FIRST = re.compile(r"^(?:动态|全面|全部|实现|保持)*清零(?P<what>[^,]{2,24}(?:水体|耕地|散煤|锅炉|问题|企业|断面|排口|排污口))$")
_NEVER = re.compile(
    r"(?:不|不得|未|防止|避免|杜绝|坚决防止|坚决杜绝|坚决避免|严防|坚决遏制)(?:因(?P<cause>.{2,30}?))?(?:再)?(?:发生|出现|引发|新增|产生)(?P<what>.{2,40}?(?:事件|事故|水体|问题|反弹|返黑返臭|污染天气|天气|现象|火点|案件|舆情))(?:发生)?$"
)
_COVER = re.compile(r"^(?P<what>.{2,60}?)(?:实现|全面|基本|做到|达到)*全覆盖$")
_GONE = re.compile(r"(?P<near>基本|全面|彻底|坚决)?消除(?P<what>[^,]{0,12}(?:劣(?:Ⅴ|V|五)类|黑臭|重(?:度)?污染天)[^,]{0,16})$")
_FELL = re.compile(
    r"^(?P<what>.+?)(?:[“\"]?(?P<both>双下?降|三降|双减)[”\"]?|(?P<way>继续|持续|稳步|进一步|明显|逐步|逐年|稳中有?|总体|不断|有所|同比|大幅|显著|较上年|比上年|均)*(?P<dir>下降|降低|减少|提升|提高|上升|改善|增加|增长|趋好))$"
)
_GRADE = re.compile(
    r"(?P<what>.{2,40}?)(?:保[“\"]?(?P<a>良|优|Ⅱ|Ⅲ)[”\"]?[、,]?(?:创|争|进)[“\"]?优?[”\"]?|(?:稳定|均|全部|基本|总体|保持|力争)*(?:达到|达|保持|保持在|优于|好于|不低于|为|稳定在|稳定保持|稳定达到)(?:国家)?(?:地表水)?(?:环境质量)?(?P<b>[ⅠⅡⅢⅣⅤ一二三四五]|I{1,3}|IV|V|优良?|良好?)(?P<c>类|级)?(?:水质|水体|标准|以上|及以上|及优于|水)*(?:标准)?)$"
)
_RANK = re.compile(
    r"(?P<what>.*?)(?:(?P<not>不)进入(?P<area>[^,]{0,10}?)后(?P<n1>\d{1,3}|[一二三四五六七八九十]{1,3})[名位]|(?:排名|位次|位居|名列|排|进入|保持|位列|力争|跻身|不得低于|稳居|居|列)[^,]{0,12}?前(?P<n2>\d{1,3}|[一二三四五六七八九十]{1,3})[名位]?|(?P<bad>退出|摆脱)(?P<area2>[^,]{0,10}?)后(?P<n3>\d{1,3}|[一二三四五六七八九十]{1,3})[名位])"
)
_FRONT = re.compile(
    r"(?P<what>.{2,40}?)(?:继续|持续|稳定)?(?:保持|位居|走在|处于|名列|位列)(?:在)?(?P<area>[^,]{0,12}?)(?:前列|第一方阵|先进行列|领先)$"
)
_QUALITY = re.compile(
    rf"^(?P<what>.{{2,50}}?)(?:得到|持续|总体|保持|明显|进一步|不断|稳步|全面|有效|显著|更加|继续|稳定|基本|大幅|切实|整体|稳中|控制在|巩固|同.{{2,20}}?)*(?P<how>{any_of(_W['qualitative']['predicate'].split())})$"
)
_NOUN = re.compile(any_of(_W["qualitative"]["noun"].split()))
_UNQUAL = re.compile(
    r"^(?:巩固|持续|进一步|不断|全面|稳步|有效|切实)*(?P<how>改善|提升|巩固|提高|巩固改善|改善提升|巩固提升|保障|维护)(?P<what>.{2,30}?(?:质量|水平|环境|安全|功能))$"
)
_GOAL_VERB = re.compile(r"^(?:确保|保障|实现|力争|力争实现|努力实现)")
_STRONG_END = re.compile(r"(?:加强|强化|推进|开展|实施|完成|落实|组织|建设|建立|完善)")


@dataclass(frozen=True, slots=True)
class Draft:
    """A target before it has its place in the source; ``i:j`` within the clause."""

    i: int
    j: int
    indicator: str
    operator: str | None
    value: float | None
    unit: str | None
    value_kind: str
    value_text: str
    value_ref: str | None = None
    aspirational: bool = False
    masked: bool = False


@cache
def known(indicator: str) -> tuple[str | None, str, str]:
    """Key, better direction and unit of an indicator's words."""
    for key, better, unit, match in INDICATORS:
        if match.search(indicator):
            return key or None, better, unit
    return None, "", ""


def named(said: str) -> str:
    """An indicator's words without openers and helpers."""
    said = _TRAIL.sub("", said)
    return _TRAIL.sub("", _LEAD.sub("", said)).strip("、,:;的在")


def names_indicator(said: str) -> bool:
    """True for the bare name of an indicator, as before a colon."""
    return bool(RATIO.search(said) or AMOUNT.search(said))


def parts(said: str) -> list[str]:
    """Coordinated indicators, each with the last word they share."""
    plain = _PAREN.sub(lambda m: clauses.BLANK * len(m[0]), said)
    cuts = [0]
    for m in _SPLIT.finditer(plain):
        cuts += [m.start(), m.end()]
    pieces = [said[a:b] for a, b in zip(cuts[::2], [*cuts[1::2], len(said)], strict=True)]
    if len(pieces) == 1 or any(not p for p in pieces):
        return [said]
    tail = re.search(
        rf"(?:年均|平均|累计)?(?:安全|综合|资源化)?(?:利用|处置|处理|达标|优良|覆盖|收集|完成|下降)?{_ANY_TAIL}(?:下降比例|下降率|比例|比率|率)?$",
        pieces[-1],
    )
    if not tail and re.search(r"(?:环境)?质量$|水质$", pieces[-1]):
        ending = "质量" if pieces[-1].endswith("质量") else "水质"
        stems = [p.removesuffix(ending) for p in pieces]
        stems = [x.removesuffix("环境") if x.removesuffix("环境") in MEDIA else x for x in stems]
        return [p if p.endswith(ending) else p + ending for p in pieces] if all(x in MEDIA for x in stems) else [said]
    if not tail:
        return [said]
    word = tail[0]
    full = []
    for p in pieces:
        if (RATIO.search(p) or AMOUNT.search(p)) and not (_POLLUTANT.search(p) and AMOUNT.search(word) and not _POLLUTANT.search(word)):
            full.append(p)
        elif re.search(r"(?:安全|综合)?利用率$", word) or len(p) <= 14:
            full.append(p + word)
        else:
            return [said]
    return full


def of_figures(c: str, found: list[Figure], carried: str = "") -> tuple[list[Draft], list[Figure]]:
    """Targets of the clause's figures, and the figures that are no target's. ``carried``: the indicator the sentence is about so far."""
    drafts: list[Draft] = []
    left: list[Figure] = []
    start = 0
    waiting: list[str] = []
    shared = False  # 分别: the figures behind the first are targets as it is
    for n, f in enumerate(found):
        subject = c[start : f.head]
        said = re.split(r":(?=\D)", subject)
        subject = said[-1] if named(said[-1]) else said[0]
        if n and not named(subject).strip("和与及、") and waiting:
            name = waiting.pop(0)
        else:
            shared = False
            name = named(re.sub(r"^(?:、|和|与|及|以及)", "", subject))
            waiting = []
            if "分别" in subject:
                split = parts(name)
                if len(split) > 1:
                    name, waiting = split[0], split[1:]
        if not name and not n and carried and _GOES_ON.match(c[: f.head]):
            name = carried
        if f.unit == "%" and f.said and carried and name and len(name) <= 10 and verbs.act_of(name) is None and not _is_target(name, f, c):
            name = carried  # 县城达到70%以上: the same indicator, another place
        if not f.condition and (shared or _is_target(name, f, c)):
            split = [name] if waiting or "分别" in subject else parts(name)
            follows, shared = shared, bool(waiting)
            meant = found[n - 1] if follows and n and not f.said and f.operator == "=" and drafts else f
            for one in split:
                drafts.append(_from_figure(one, replace(f, operator=drafts[-1].operator or "=", said="=") if meant is not f else f, c))
            start = f.j
        else:
            left.append(f)
            if not f.condition:
                start = f.j
    return drafts, left


def _is_target(name: str, f: Figure, c: str) -> bool:
    if not name or len(name) > 90:
        return False
    bare = _PAREN.sub("", name)
    act = verbs.act_of(bare)
    task_like = (
        act is not None
        and act.cls in ("strong", "milestone", "weak")
        and act.verb not in ("实现", "完成", "控制", "减少", "监测", "治理", "处置", "考核", "评价", "检测")
        and act.at <= 3
    )
    if f.unit in ("%", "‰", "百分点"):
        if task_like and not RATIO.search(bare):
            return False
        return bool(RATIO.search(bare) or AMOUNT.search(bare) or known(bare)[0] or f.operator in ("decrease", "increase"))
    if f.unit in ("天",):
        return bool(re.search(r"天数?|日数", bare) or known(bare)[0] in ("good_days", "heavy_days"))
    if f.kind == "measure" and f.unit not in ("名", "级", "类", "分"):
        return not task_like or bool(RATIO.search(bare))
    if f.unit == "分":
        return bool(re.search(r"(?:得分|分数|满意度|分值|考核)$", bare))
    if f.unit in ("名",):
        return bool(re.search(r"排名|位次|名次", bare))
    if task_like:
        return False
    return bool(
        (AMOUNT.search(bare) or re.search(r"(?:排放量|总量|能耗|用水量|蓄积量|强度|投诉量)$", bare) or RATIO.search(bare))
        and (f.said or f.operator != "=")
    )


def _from_figure(name: str, f: Figure, c: str) -> Draft:
    better = known(name)[1]
    operator: str | None = f.operator
    grows_down = bool(re.search(r"(?:下降|降低|减排|削减|压减|降幅)(?:率|比例|幅度)?$", name))
    if f.said and f.operator == ">=" and better == "lower" and not grows_down and re.search(r"达到?$|力争达到$", f.said):
        operator = "<="
    elif not f.said and f.operator == "=" and f.unit in ("%", "微克/立方米", "天", "毫克/立方米"):
        operator = "<=" if better == "lower" and not grows_down else ">="
        if re.search(r"(?:下降|降低|减少)$", c[: f.head]):
            operator = "decrease"
        elif re.search(r"(?:提高|提升|增长|增加)$", c[: f.head]):
            operator = "increase"
    if f.masked:
        operator = f.operator if f.operator in ("maintain", "approx") else "<=" if better == "lower" else ">="
    kind = "redacted" if f.masked else "rank" if f.unit == "名" else "number"
    return Draft(0, len(c), name, operator, f.value, f.unit, kind, c[f.head : f.j], None, bool(ASPIRE.search(c)), f.masked)


def of_words(c: str, zone: str, in_goal_list: bool) -> list[Draft]:
    """Targets of a clause without figures of its own: reference, state, direction, grade, rank, quality."""
    whole = (0, len(c))
    hope = bool(ASPIRE.search(c))
    plain = c.strip()
    if m := _RANK.search(plain):
        n = m["n1"] or m["n2"] or m["n3"]
        value = float(n) if n.isdigit() else figures.chinese_number(n)
        down = bool(m["n1"] or m["n3"])
        what = named(re.sub(r"(?:在)?(?:全市|全省|全国|全区|全县)?(?:排名|位次|力争|考核)*$", "", m["what"])) or ""
        return [
            Draft(*whole, one + "排名", ">" if down else "<=", value, "名", "rank", m[0][len(m["what"]) :], None, hope)
            for one in (parts(what) if re.search(_ANY_TAIL + "$", what) else [what])
        ]
    if m := _HANDED.search(plain):
        what = m["what"].strip()
        ref = m["who"].strip() + m["how"]
        names = parts_of_list(what) if what else [re.sub(r"[的等]$", "", named(plain[: m.start()]))]
        if not what and not names[0]:
            names = [m["who"].strip() + m["noun"]]
        if m["how"] in ("要求", "部署", "交办") and not what and not MEASURED.search(plain):
            names = []
        return [
            Draft(
                *whole,
                one + ("完成" if one.endswith(("任务", "目标")) else ""),
                "=",
                None,
                None,
                "reference",
                plain[m.start() : m.start() + 2],
                ref,
                hope,
            )
            for one in names
        ]
    if m := _BY_YEAR.search(plain):
        return [Draft(*whole, named(m["what"]), "<", float(m["year"]), "年", "number", m["year"] + "年前", None, hope)]
    if m := _BATTLES.search(plain):
        return [Draft(*whole, m["what"] + "完成", "=", None, None, "reference", "完成", m["what"], hope)]
    if m := _COMPLY.search(plain):
        what = named(m["what"])
        if re.search(r"水质|利用率|断面|水源地|浓度|空气质量|排放|率$|指标", what) and not _opens_task(m["what"]):
            return [
                Draft(
                    *whole,
                    one,
                    "maintain" if "稳定" in m["how"] or "保持" in m["how"] else "=",
                    None,
                    None,
                    "reference",
                    m["how"],
                    "达标值",
                    hope,
                )
                for one in parts(re.sub(r"全部$|均$", "", what))
            ]
    if m := _MEETS.search(plain):
        what = named(m["what"])
        if (
            (MEASURED.search(what) or re.search(r"质量|排放|水质|断面|减排", what))
            and not _opens_task(m["what"])
            and re.search(r"要求|标准|目标|进度|指标|任务|限值", m["ref"])
        ):
            return [Draft(*whole, one, "=", None, None, "reference", plain[m.start("ref") :], m["ref"], hope) for one in parts(what)]
    if m := _GONE.search(plain):
        near = m["near"] == "基本"
        return [
            Draft(
                *whole,
                m["what"] + "数量",
                "approx" if near else "=",
                0.0,
                "处" if "天" not in m["what"] else "天",
                "state",
                plain[m.start() :],
                None,
                hope,
            )
        ]
    if m := _NEVER.search(plain):
        what = (m["cause"] or "") + m["what"]
        return [Draft(*whole, what + "数", "=", 0.0, "起" if re.search(r"事件|事故|案件", what) else "处", "state", m[0], None, hope)]
    if m := _ZERO_FIRST.match(plain):
        return [Draft(*whole, m["what"], "=", 0.0, known(m["what"])[2] or "个", "state", "清零", None, hope)]
    if (m := _ZERO.search(plain)) and not _opens_task(m["what"]):
        return [Draft(*whole, named(m["what"]), "=", 0.0, known(named(m["what"]))[2] or "个", "state", "清零", None, hope)]
    if re.search(r"(?:确保|保证|坚决)不(?:返黑返臭|反弹|降类|恶化)", plain):
        return [Draft(*whole, named(re.sub(r"(?:确保|保证|坚决)?不", "", plain)) + "数", "=", 0.0, "处", "state", plain, None, hope)]
    if (m := _COVER.search(plain)) and not re.match(r"^.{0,6}巩固|.*(?:检查|监管|宣传|排查)$", m["what"]):
        return [
            Draft(
                *whole,
                named(re.sub(r"^(?:尽早|尽快|推进|推动)+", "", m["what"])) + "覆盖率",
                "=",
                100.0,
                "%",
                "state",
                "全覆盖",
                None,
                hope,
            )
        ]
    if (m := _GRADE.search(plain)) and (m["a"] or m["c"] or MEASURED.search(m["what"])) and not _opens_task(m["what"]):
        return [Draft(*whole, named(m["what"]), ">=", None, None, "grade", plain[m.end("what") :], None, hope)]
    if (m := _FELL.search(plain)) and MEASURED.search(m["what"]) and not _opens_task(m["what"]):
        what = named(m["what"])
        lower = bool(m["both"]) or m["dir"] in ("下降", "降低", "减少")
        measurable = re.search(_ANY_TAIL + r"$", _PAREN.sub("", what)) or m["both"] or re.search(r"(?:污染天|天数|PM2\.5)", what)
        if measurable:
            return [
                Draft(
                    *whole,
                    one,
                    "decrease" if lower else "increase",
                    None,
                    known(one)[2] or None,
                    "direction",
                    plain[m.end("what") :],
                    None,
                    hope,
                )
                for one in (parts_of_list(what) if m["both"] else parts(what))
            ]
    if (m := _FRONT.search(plain)) and not _opens_task(m["what"]):
        return [Draft(*whole, named(m["what"]) + "排名", "maintain", None, "名", "qualitative", plain[m.end("what") :], None, hope)]
    if zone == "GOAL" or in_goal_list or re.match(r"^(?:确保|保障)", plain):
        return _quality(plain, whole)
    return []


def _quality(plain: str, whole: tuple[int, int]) -> list[Draft]:
    if (m := _QUALITY.match(plain)) and _NOUN.search(m["what"]) and not _STRONG_END.match(re.sub(r"^(?:持续|不断|进一步)", "", m["what"])):
        how = m["how"]
        operator = (
            "maintain"
            if re.search(r"稳定|管控|可控|相适应|保障|持平|安全|巩固|控制|达标", how)
            else "<="
            if how == "较少水平"
            else "increase"
        )
        what = named(re.sub(r"同.{2,30}$", "", m["what"]))
        return (
            [Draft(*whole, one, operator, None, None, "qualitative", plain[m.end("what") :]) for one in parts(what)]
            if len(what) >= 2
            else []
        )
    if m := _UNQUAL.match(re.sub(r"^(?:尽最大努力|努力|确保)", "", plain)):
        return [Draft(*whole, m["what"], "increase", None, None, "qualitative", m["how"])]
    return []


def parts_of_list(said: str) -> list[str]:
    """Things of a list 甲、乙和丙等."""
    said = re.sub(r"等[^等]{0,8}$|等$", "", said)
    plain = _PAREN.sub(lambda m: clauses.BLANK * len(m[0]), said)
    out, k = [], 0
    for m in _SPLIT.finditer(plain):
        out.append(said[k : m.start()])
        k = m.end()
    out.append(said[k:])
    return [named(p) or p for p in out if len(p) > 1]


def _opens_task(said: str) -> bool:
    if RATIO.search(said) and len(said) <= 12:
        return False
    act = verbs.act_of(said)
    return (
        act is not None
        and act.cls in ("strong", "milestone", "weak", "attitude", "means")
        and act.verb not in ("实现", "完成", "保障", "控制", "减少", "监测", "治理", "处置", "处理", "检测", "排污", "减排")
    )
