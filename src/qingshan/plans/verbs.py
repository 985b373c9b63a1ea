"""The verb of a clause and its object (动词与宾语)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from qingshan.plans import clauses
from qingshan.plans.words import any_of, listed

CLASSES = ("attitude", "means", "purpose", "weak", "strong", "milestone")  # the later one wins where a word stands twice
OF: dict[str, str] = {word: name for name in CLASSES for word in listed("verbs", name)}
_V = any_of(OF)
_PAIR = any_of(w for w in OF if OF[w] in ("strong", "milestone", "weak", "purpose"))
_NOT_NOUN = (
    r"(?!方案|工作|计划|任务|规划|清单|[性化的力]|能力|机制|问题|体系|资金|项目|设施|队伍|台账|情况|成果|质量|水平|单位|许可|标准|名录|措施|制度|联动|数据|结果|评价|指标"
    r"|活动|试点|筑|材(?!料)|制村|车(?:\d|[、,]|$)|[,;。]|$)"
)
_NOUNS = (
    r"(?!建设用地|建设项目|建设单位|严格管控类|安全利用类|执法人员|检查站|监测站|监测点|监测数据|治理设施|处置设施"
    r"|施工|排污|收集处理|统计数据)"
)
_CHAIN = re.compile(rf"{_V}(?:(?:、|和|及|与|并|或|\(.{{1,6}}?\)|并组织|并认真|并全面|并严格|并){{0,2}}{_NOUNS}{_PAIR}{_NOT_NOUN})*")
_ONE = re.compile(_V)
OPENS = re.compile(any_of(w for w, c in OF.items() if c != "attitude" and len(w) > 1))
_ADVERB = re.compile(
    r"(?!应[急对用力]|新[能污型建增设]|再生|可[再燃持]|要素|均衡|系统性)" + any_of(listed("verbs", "adverb")) + r"(?:地|、)?"
)
HELPER = frozenset(listed("verbs", "helper"))
MAIN = frozenset(w for w, c in OF.items() if c in ("strong", "milestone"))
_MAIN = re.compile(any_of(MAIN | {"采取"}))
_AFTER_SUBJECT = re.compile(
    _NOUNS
    + r"(?!建成区)"
    + any_of(
        (MAIN | {"做好", "加强", "加大", "完善", "抓好", "强化", "采取", "落实", "使用", "优化", "健全"})
        - {"建", "控", "新", "服务", "执法", "监测", "公开", "宣传", "管护", "培训", "检测"}
    )
)
_ORG = re.compile(
    r"(?:部门|单位|局|办|委|办公室|镇|街|街道|乡|村|社区|公司|集团|企业|园区|各级|小组|巡查组|工作组|检查组|督查组|属地|中心|支队|大队|站|段|所|队|村庄|期间|时段|政府|会|院|学校|建成区|城区|区域|地区|范围内|行业|领域|上下|县城|城市|市区|主城区|区县|县区|机组|锅炉|工地|地方|媒体|产业|产能|项目|[养专散农住商]户|场所|场|小区|市里|省厅|厅|各地|办事处|街办|院校|(?<!全)[市县州旗]|我[区市县局省]|醒目位置|出入口处?|施工现场)$"
)
_MEANS_THEN = re.compile(
    r"^(?!.*(?:要求|部署|精神|规定|安排|需要)$)(?!.*为(?:主线|核心|重点|抓手|目标|引领|驱动|特色|基础)$).{4,60}?(?P<verb>开展|制定|编制|修订|创建|建立|组织)(?=.{4})(?!的|工作)"
)
_BASIS_THEN = re.compile(
    r"^(?!.*(?:进展|情况|需要|要求)$)(?:根据|依据)[^,]{4,40}?(?P<verb>优化|调整|划定|更新|完善|确定)(?=.{4})(?!的|工作|后|要求|情况|结果|方案|意见)"
)
_AND_THEN = re.compile(  # 结合预警及时启动响应
    r"^(?:结合|根据|依据|按照)[^,]{2,24}(?:及时|适时|逐一|依法)(?P<verb>启动|开展|调整|发布|组织|实施|处置|查处|整改)(?=.{3})(?!的)"
)
_IN_PLACE = re.compile(
    r"新设|开展|推进|实施|建立|组织|完成|进行|实行|试行|推行|探索|新增|增加|建设|设立|设置|安装|布设|落实|制定|新建|启动|铺设|敷设|栽植|种植|架设|增设|配备|配置"
)
_FOR_EACH = re.compile(
    r"为(?:(?:每|全|各|所有|以上|\d)[^,]{1,30}?(?P<verb>建立|发放|设置|办理|开展|提供|配发|配备|配置|安装|购置)"
    r"|(?!加强|推进|进一步|确保|深入|全面|提升|改善|贯彻|落实|做好|更好|了|此|主|核心|重点|抓手|目标)[^,]{2,30}?(?P<gives>配发|配备|配置|安装|购置))(?=[^,]{2})"
)
_WHO_DOES = re.compile(  # 各街道办事处对污染源进行排查
    r"[^,对将与]{2,24}?(?:部门|单位|局|委|办公室|办事处|街道|乡镇|镇|政府|支队|大队|中心|园区|企业|小组)(?:要|应|须|负责|依法|牵头|定期|每[年月周季])*(?=[对将](?!各自|口|应))"
)
_AS_TOLD = re.compile(r"(?<=[\u4e00-\u9fff]{2})(?:应当?|要|须|需)(?:按照?|依据|根据)[^,]{0,20}$")  # 各县区应按国家要求编制规划
_WILL_DO = re.compile(  # 某工程预计6月底完成主体施工
    r"^(?P<what>[^,将对把]{4,60}?)(?:预计|计划|拟|将|力争|确保|争取|要|须|应)?(?:于|在|到)?(?:(?:20\d\d年|今年|年内|明年)?(?:\d{1,2}月|[上下]半年|[一二三四]季度|年)?(?:[上中下]旬|初|中|底|末)?(?:之?前|以前)?)"
    r"(?<=[计划拟将争保取前底内旬月末初])(?:全面|全部|基本|正式|顺利|如期)*(?P<verb>完成|建成|投运|竣工|开工|启动|投入(?:试)?运行|投入使用|启用|投用|通水|贯通|验收)"
)
_TAKEN_IN = re.compile(  # 整治工作纳入年度考评
    r"^(?!将|把|对|为|以|按|根据)[^,将把]{3,40}(?:工作|任务|情况|结果|问题|项目|内容)(?:要|应|须|均|全部|一并|统一)*(?P<verb>纳入|列入)(?=[^,的]{3,}(?<![的])$)"
)
_BY_WAY = re.compile(  # 采取抽样检测等方式对质量进行检查, 以牧区为重点实施改良
    r"^(?:(?:采取|采用|通过)[^,]{2,24}(?:方式|形式|手段|办法)|以[^,]{2,24}为(?:重点|核心|抓手|契机|突破口|载体|依托|基础|单元|目标))(?=[^,]{4})"
)
_SIGNED = re.compile(r"^[^,]{1,10}与[^,]{1,10}(?P<verb>签订|签署)(?=[^,]{3})")  # 镇与各村签订责任书
_MAY = re.compile(  # 村庄污水可因地制宜建设氧化塘
    r"[\u4e00-\u9fff]{3,}(?:应当|必须|不得|一律|(?<![相对适反])应|须|(?<![许认])可|(?<![主重需必首紧简纪])要)(?:"
    + any_of(listed("verbs", "adverb"))
    + r")*$"
)
_DEALT_WITH = re.compile(  # 新发现企业依法整治: the verb at the end, what it deals with before
    r"^(?P<what>[^,]{3,40}?)(?:依法依规|依法|限期|立即|坚决|及时|按期|如期|从严|严格)(?:予以)?(?P<verb>整治|取缔|关停|关闭|淘汰|拆除|查处|处罚|整改|清理|退出|搬迁|治理)(?:到位)?$"
)
_TAIL = re.compile(
    "(?:"
    + any_of(listed("verbs", "adverb"))
    + r"|于每[年月季](?:度)?|(?:[在到于])?(?:每年)?(?:20\d\d年)?(?:\d{1,2}月)?(?:\d{1,2}日)?(?:年)?底?(?<=[年月日底])(?:以|之)?前)$"
)
CLASS_NAME = re.compile(
    r"^(?:(?:严格管控|安全利用|优先保护)类|建设用地|建设项目|建设单位|施工|检测机构|监测(?:数据|站|点位)|治理设施|处置设施|改造工程|检查站|考核(?:断面|指标|目标|结果|办法|单位|对象)|控制单元|(?:巡查|检查|督查|监测|执法|督导|工作|整改)组|排污|执法(?:人员|队伍)|发展(?:改革|和改革)|水|公安|交通)"
)
_NOUN_HEAD = re.compile(r"用地|单位|项目|主管|设施|行为|人员|部门|机构|企业")  # 建设用地, 监测机构: a noun, no verb
_PREPOSITION = re.compile(r"(?:对于?|将|把|向|在|与|同|就|为|由|自|于|从)")


@dataclass(frozen=True, slots=True)
class Act:
    """A verb with what stands round it: ``clause == before + verb + object``; ``executor`` the party a helper verb names."""

    verb: str
    cls: str
    object: str
    before: str
    at: int  # index of the verb in the clause
    executor: str | None
    helper: str | None
    preposed: bool = False  # 对…进行, 将…纳入


def strip(s: str) -> int:
    """Index behind the openers and adverbs at the head of a clause."""
    k = 0
    for _ in range(8):
        m = _ADVERB.match(s, k)
        if not m or m.end() >= len(s):
            break
        v = _ONE.match(s, k)
        then = _ONE.match(s, m.end())
        if (
            v
            and len(v[0]) >= len(m[0].rstrip("、地"))
            and not (OF[v[0]] == "attitude" and then)
            and not (v[0] == m[0].rstrip("、地") and then)
        ):
            break
        k = m.end()
    return k


def act_of(s: str) -> Act | None:
    """The act a clause names, or None where no verb opens it."""
    if (w := _BY_WAY.match(s)) and (inner := act_of(s[w.end() :])) is not None and inner.cls in ("strong", "milestone", "weak"):
        return replace(inner, before=w[0] + inner.before, at=inner.at + w.end())
    noun = bool(CLASS_NAME.match(s))  # a noun that begins with a verb's characters
    k = 0 if noun else strip(s)
    if s[k : k + 1] == "将" and (_ONE.match(s, k + 1) or _ADVERB.match(s, k + 1)):
        k += 1 + strip(s[k + 1 :])
    m = None if noun else _CHAIN.match(s, k)
    if m and OF.get(m[0]) == "means" and (w := _means_then(clauses.blanked(s), k)):
        return Act(
            w["verb"],
            "milestone" if w["verb"] in OF and OF[w["verb"]] == "milestone" else "strong",
            s[w.end("verb") :],
            s[: w.start("verb")],
            w.start("verb"),
            None,
            None,
            True,
        )
    if m and m[0] == "为" and (w := _FOR_EACH.match(s, k)):
        m = None
    if m:
        return _with_helper(s, m)
    if k and (v := _ONE.match(s)) and OF[v[0]] in ("attitude", "means"):
        if OF[v[0]] == "means" and (w := _means_then(clauses.blanked(s), 0)):
            return Act(w["verb"], "strong", s[w.end("verb") :], s[: w.start("verb")], w.start("verb"), None, None, True)
        return Act(v[0], OF[v[0]], s[v.end() :], "", 0, None, None)
    if w := _FOR_EACH.match(s, k):
        part = "verb" if w["verb"] else "gives"
        return Act(w[part], "strong", s[w.end(part) :], s[: w.start(part)], w.start(part), None, None, True)
    if not noun and (w := _WILL_DO.match(s)):
        return Act(
            w["verb"],
            "milestone",
            s[w.end("verb") :] or w["what"],
            s[: w.start("verb")],
            w.start("verb"),
            None,
            None,
            not s[w.end("verb") :],
        )
    if not noun and (w := _TAKEN_IN.match(s)):
        return Act(w["verb"], "milestone", s[w.end("verb") :], s[: w.start("verb")], w.start("verb"), None, None)
    if not noun and (w := _SIGNED.match(s)):
        return Act(w["verb"], "milestone", s[w.end("verb") :], s[: w.start("verb")], w.start("verb"), None, None)
    if p := _PREPOSITION.match(s, k):
        return _preposed(s, k, p)
    if (w := _DEALT_WITH.match(s)) and not noun:
        return Act(w["verb"], "strong", w["what"], s[: w.start("verb")], w.start("verb"), None, None, True)
    if (w := _WHO_DOES.match(s, k)) and (act := _preposed(s, w.end(), _PREPOSITION.match(s, w.end()))):  # type: ignore[arg-type]
        return act
    for v in _AFTER_SUBJECT.finditer(s, k + 2, min(len(s), k + 60)):
        bare = _bare(s[k : v.start()])
        if (_ORG.search(bare) or _MAY.search(s[k : v.start()])) and len(s) > v.end() and s[v.end()] not in "与和、及的":
            return Act(v[0], OF.get(v[0], "strong"), s[v.end() :], s[: v.start()], v.start(), None, None)
    return None


def _means_then(s: str, k: int) -> re.Match[str] | None:
    """What a manner or basis at the head of a clause leads to: 通过…开展, 根据…优化."""
    return _MEANS_THEN.match(s, k) or _BASIS_THEN.match(s[k:] if k else s) or _AND_THEN.match(s)


def _with_helper(s: str, m: re.Match[str]) -> Act:
    chain, at, end = m[0], m.start(), m.end()
    first = _ONE.match(chain)
    verbs = list(_ONE.findall(chain))
    helper, executor = None, None
    head = first[0] if first else chain
    if head in HELPER:
        if len(verbs) > 1 and not re.match(r"[、和及与或]", chain[len(head) :]):
            helper = head
            head = verbs[1]
        elif (
            (v := _AFTER_SUBJECT.search(s, end + 2, min(len(s), end + 24))) and _ORG.search(_bare(s[end : v.start()])) and v.end() < len(s)
        ):
            helper, executor = chain, _bare(s[end : v.start()])
            chain, at, end, head, verbs = v[0], v.start(), v.end(), v[0], [v[0]]
    best = max(
        (OF.get(w, "strong") for w in verbs if w not in HELPER or len(verbs) == 1), key=CLASSES.index, default=OF.get(head, "strong")
    )
    cls = OF.get(head, best) if not helper else OF.get(head, "strong")
    if cls in ("weak", "purpose") and best in ("strong", "milestone") and len(verbs) > 1:
        cls = best
    return Act(chain, cls, s[end:], s[:at], at, executor, helper)


def _bare(said: str) -> str:
    said = _AS_TOLD.sub("", said)
    while (a := _TAIL.search(said)) and a.start() > 0:
        said = said[: a.start()]
    return said


def _preposed(s: str, k: int, p: re.Match[str]) -> Act | None:
    if p[0] in ("在", "从", "自", "由", "于") and not _IN_PLACE.search(s, p.end() + 2):
        return None
    if p[0] in ("对", "对于", "将", "把", "就", "为", "向", "与", "同", "在", "由", "从", "自"):
        found = None
        for v in _MAIN.finditer(s, p.end() + 2):
            tail = s[v.end() : v.end() + 1]
            if not tail and s[v.start() - 1] == "的":
                continue  # 对项目的审批: a noun
            if tail in ("的", "为", "性", "期", "区", "率") or _NOUN_HEAD.match(s, v.end()):
                continue
            found = v
            if p[0] == "在" and v[0] in ("新设", "新增", "增设", "设立", "设置", "安装", "布设", "新建"):
                break
            if p[0] in ("将", "把") and v[0] not in ("纳入", "报送", "移交", "建设", "打造"):
                continue
            if v[0] in ("进行", "实行", "开展", "实施", "纳入", "推进", "组织", "建立", "落实", "完成", "制定", "核查", "销账", "复核"):
                break
        if found:
            obj = s[found.end() :] or s[p.end() : found.start()]
            return Act(found[0], OF.get(found[0], "strong"), obj, s[: found.start()], found.start(), None, None, True)
    return None
