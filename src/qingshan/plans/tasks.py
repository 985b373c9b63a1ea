"""Tasks of a clause (任务): an act that an outsider could ask the record of at year's end."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from qingshan.plans import clauses, times, verbs
from qingshan.plans.figures import Figure
from qingshan.plans.reading import Quantity
from qingshan.plans.words import any_of, listed, words

_W = words("verbs")
ACTIVITY, PRODUCT, POPULATION = (re.compile(any_of(listed("verbs", key))) for key in ("activity", "product", "population"))
HANDS = tuple(listed("verbs", "hands"))
BARE = set(listed("verbs", "bare"))
LEVEL, PLANT, ROLE, SLOGAN = (re.compile(_W[key]) for key in ("level_tail", "plant_ability", "role", "slogan"))
DOC_VERBS = set(listed("verbs", "doc_verb"))
PAPER_VERBS = set(listed("verbs", "paper_verb"))
DOC_NOUN = re.compile(_W["doc_noun"])
ONCE = re.compile(any_of(listed("verbs", "once")) + r"(?:工作)?$")
PAPER = re.compile(any_of(listed("verbs", "paper")))
AGAIN = re.compile(any_of(listed("verbs", "ongoing_again")))
UMBRELLA = re.compile(
    r"^(?:(?:坚决|全力|深入|继续|持续|着力|积极|切实|扎实)*(?:打好|打赢|推进|打响|开展|实施|抓好).{0,24}(?:战|战役|攻坚战)$|(?:深入|全面|扎实|持续)*(?:开展|做好|抓好).{0,8}污染防治(?:工作)?$|(?:深入|全面|扎实|持续|大力)*(?:实施|开展|推进).{0,3}[“\"].{2,12}(?:行动|工程)[”\"](?:行动)?$|"
    r"(?:进一步|持续|深入|全面|切实|不断|继续|深化)*(?:加快(?!实施|推进|开展|建设|完成)|加强|强化|深化|严格|抓好|严控|深入打好|完善|深入完善|积极应对|突出抓好|狠抓|防范化解|做好).{1,22}(?:管理|监管|管控|控制|应对|治理|风险|整改|防治|措施|监督|保护|气候变化|污染|成果|执法|帮扶机制|提质增效|提标增效)$)"
)
_PAPER_END = re.compile(
    r"(?:清单|名单|名录|目录|方案|计划|预案|范围|边界|标准|时间表|路线图|图|机制|办法|技术|工艺|设备|规划|体系|[红底上]线|区划|点位|名额|项目|重点区域)[”》)]?$"
)
_UPSHOT = re.compile(
    r"(?:发展|转型|改善|(?<!整治)(?<!改造)(?<!治理)(?<!提标)(?<!示范)提升|(?:绿色|转型|产业|提质|调整)升级|协同|向好|精准落实|走深走实|落实落地|融合)$"
)
_BATTLE = re.compile(r"^(?:(?:蓝天|碧水|净土|青山|黑土地|清水|绿水|黄土|绿地)[、和与]?)+(?:三大)?保卫战$")  # a name everybody has
_NAMED_PLACE = re.compile(r"(?<!江)(?<!河)(?<!湖)[\u4e00-\u9fff]{2,}(?<!江河)(?<!河湖)(?<!湖库)(?<!水库)(?<!重点河)[段河江湖渠溪涌塘湾]$")
_GIVES = re.compile(r"[”\"]给[^,]{1,8}$")  # 实现“好水”给下游
_MORE = re.compile(r"(?:监测|检测|巡查|执法|设置).{0,4}(?:项目|点位|站点|因子|指标|断面)$|(?:设备|设施|车辆)$")
_SPREAD = re.compile(r"(?:技术|装备|产品|工艺|设备|品种|机具|模式)$")
_FALLS_SHORT = re.compile(
    r"存在[^,]{0,6}(?:压力|困难|差距|不足|问题)$|(?:偏[低高少大重]|滞后|不足|不够|薄弱|突出|缓慢|不高|不强|不力|不严|较大|较差|较低|较慢|严峻)$"
)
_WHICH = re.compile(r"(?:应|须)?(?:于|在)[^,]{2,12}(?:完成|建成)的")  # 应于7月完成的85家项目
_EXPLAIN = re.compile(r"^(?:典型案例|例如|比如|即(?!日起|刻)|包括|其中|如|主要是|包含)")
ALL = re.compile(
    r"(?:全部|逐项|逐一|逐个|百分之百|一律)(?!不)(?=.{0,10}(?:核查|销号|到位|清零|达标|联网|实地|办结|完成|落实|拆除|取缔|退出|"
    + any_of(w for w, c in verbs.OF.items() if c in ("strong", "milestone") and len(w) > 1)
    + r"))"
)
_OFTEN = re.compile(r".{2,}(?:频次|频率|班次)$")  # 洒水频次
CONDITIONAL = re.compile(r"(?:投诉|举报|信访件|滞后|污染天气|报警|预警期间|突发.{0,8}(?:处置|应对)|违纪|事故)")
_ITEM_SPLIT = re.compile(r"、|以及|及(?!以|时|其)|和(?!谐|平)|与(?!会)|并")
_GENERAL_PUBLIC = re.compile(r"(?:引导|倡导|鼓励|动员).{0,6}(?:居民|公众|市民|群众|全社会|社会各界)")
_CRIME = re.compile(r"^(?:各类|一切)?(?:生态)?环境违法(?:犯罪|行为|犯罪行为)*$")
TAIL_MANNER = re.compile(
    r"为(?:主线|核心|重点|抓手|目标|引领|驱动|特色|基础|契机|导向|支撑|载体|手段|突破口|统领|根本|主体|动力|原则|牵引|依托|指引|指导|中心|遵循)$"
)
TAIL_PLACE = re.compile(
    r"^(?:在|从|就).{2,40}(?:方面|基础上|[过工]程中|工作中|考核中|活动中|评比中|的同时|期间|前提下|背景下|领域|环节|入手)$"
)
GENERAL = re.compile(
    r"^(?:好)?(?:年度|全年|本年度)?各项(?:重点)?(?:工作|目标|任务)*$|^(?:好)?(?:各项|相关|有关)工作$|^(?:好)?本(?:领域|单位|部门|辖区|行业).{0,4}工作$"
)
GENERIC = re.compile(r"农业农村|农村|生态系统|固体废物|党员干部|社区群众")
_STANDING = re.compile(
    r"^(?:全[市区县镇乡省州]|共有?|现有|涉及|辖区内?|辖|包括|分为|覆盖|位于|总)\d|^[^,]{0,12}(?:行经|全长|流经|发源|占地|海拔)[^,]*\d|^\d[^,]{1,8}中$"
)
_PEOPLE = re.compile(
    r"(?:[\u4e00-\u9fff]{0,6}?)(?:干部|人员|专家|党员|骨干|队员|学员|教师|志愿者|监督员|网格员|信息员|[河湖林田]长|职工|人才)"
)
_DOC = re.compile(r"《[^》]{3,}》")
_IS = re.compile(r"(?:均|都|全部|全年|区域)(?:为|是|属于)[^,]{2,14}$")
_ARE = re.compile(
    r"^(?!.{0,8}(?:重点|目标|任务|就|还|特别|尤其|要)是)[^,]{2,14}(?:是|分别是|分别为)(?!要)[^,]{4,}$"
)  # 考核断面是甲、乙断面
_BY_MEANS = re.compile(r"^(?:充分|综合|研究|积极|广泛)*(?:利用|运用|采用|采取|借助)[^,]{2,50}(?:手段|方式|方法|形式|途径|渠道)$")
_GREW = re.compile(  # 推进力度进一步加大: how it went
    r"^[^,]{2,}(?:力度|水平|能力|质量|意识|体系|机制|工作|氛围|环境)(?:进一步|不断|持续|明显|显著|全面|有效|稳步|得到|更加)+(?:加大|加强|提升|提高|改善|增强|好转|推进|完善|健全|优化|巩固|浓厚)$"
)
_IN_CHARGE = re.compile(r"[^,]{4,}(?:领导|指导|支持|帮助)下(?:进行|开展)$")  # whose office it is
_MIGHT = re.compile(r"(?:对于?[^,]{2,24},)?可以(?:采用|采取|通过|加装|使用|适当|根据)")  # what might be done
_ALL_AT_ONCE = re.compile(r"^(?:将|把).*(?:协同推进|同推进|同落实|同部署|同安排|同考核|一体推进|统筹推进|摆上|摆在|放在|抓在手上)")
_BE_SO = re.compile(  # 确保建设项目程序规范: how it is to be
    r"^(?:并|切实)?(?:确保|保证)(?!完成|实现|建成|落实)[^,\d]{4,40}(?:规范|有序|到位|落实|完成|安全|稳定|顺利|见效|实施|运行|推进|质量|达标排放|落地|有效|可控|畅通)$"
)
_SO_MANY = re.compile(r"^.{2,40}的[^,的]{2,12}(?:共计|共有|共|总计|合计)\d")  # 接入管网的村庄共计6个: how many there are
_SHARE_OF = re.compile(
    r"^(?:[^,]{0,12})(?:完成|实现|淘汰|整治|治理|建成|改造)(?:\d{1,3}(?:\.\d+)?%|[一二三四五六七八九十]分之[一二三四五六七八九十])(?:以上)?的[^,]{3,}"
)
_WHEN_ONLY = re.compile(r"^[^,]{2,30}(?:(?<![提目空])前|后|(?<![及按准实同随适])时|期间|之际|以来|过程中)$")


@dataclass(frozen=True, slots=True)
class Draft:
    """A task before it has its place in the source; ``i:j`` within the clause."""

    i: int
    j: int
    verb: str
    object: str
    items: tuple[str, ...]
    quantity: Quantity | None
    check: str
    recurrence: tuple[str, str] | None
    executor: str | None
    subject: str
    verb_inherited: bool = False
    masked: bool = False


def judge(c: str, strict: bool) -> tuple[verbs.Act | None, str]:
    """The act of a clause and "" when it is a task, else the reason it is none. ``strict``: a chapter's lead-in, which mostly restates."""
    plain = clauses.without_asides(c)
    act = verbs.act_of(plain)
    if _EXPLAIN.match(plain):
        return None, "CTX"
    if TAIL_MANNER.search(plain):
        return None, "MAN"
    if _FALLS_SHORT.search(plain) or plain.endswith("高度重视"):
        return None, "CTX"
    if _GREW.match(plain):
        return None, "PUR"
    if act is None and _IS.search(plain):
        return None, "CTX"
    if act is None and ALL.search(plain):
        return verbs.Act("", "strong", plain, "", 0, None, None), ""
    if act is None:
        return None, "CTX" if len(plain) <= 6 else "GEN"
    obj = act.object.strip("、,:;的了")
    named = bool(re.search(r"[“\"].{2,30}?[”\"]", obj)) or bool(_DOC.search(plain))
    if _MIGHT.match(plain) and act.cls != "milestone":
        return None, "MAN"
    if _BY_MEANS.match(plain):
        return None, "MAN"
    if re.search(r"^(?:严控|严防|防止|避免|杜绝).{2,30}(?:死灰复燃|反弹|回潮)$", plain):
        return None, "PUR"
    if act.verb.endswith("发展") and not named and not re.search(r"项目|基地|试点|示范|装机|充电|园区|工程|\d", obj):
        return None, "GEN"
    if not act.preposed and ((act.verb == "进行" and len(act.object) <= 4) or (act.verb in ("开展", "进行") and len(obj) <= 2)):
        return None, "GEN"
    if re.match(r"本(?:年度)?(?:方案|计划|要点|办法|规划|清单|意见|导则|细则|指南|预案)", obj):
        return None, "PRE"
    if act.verb in ("推进", "推动", "加强", "强化", "加快", "促进") and obj in ("建设", "落实", "实施", "整改", "整治", "治理", "提升"):
        return None, "GEN"
    if obj in ("频次", "频率") and act.verb.startswith(("加大", "加密", "提高", "增加")) and len(act.verb) >= 4:
        return act, ""  # 加大巡查频次
    if _IN_CHARGE.match(plain):
        return None, "CTX"
    if _ALL_AT_ONCE.search(plain):
        return None, "SLO"
    if _BE_SO.match(plain):
        return None, "PUR"
    if re.search(r"争取[^,]{0,20}(?:支持|理解|配合|重视|关心)$|^[^,]{0,16}任务(?:高质量|圆满|全面|按时|如期|顺利)+完成$", plain):
        return None, "GEN"
    if act.cls == "means":
        return None, "MAN"
    if re.match(r"(?:提升|提高)[^,]{0,6}(?:效率|效能|能力|水平|质量)", plain):
        return None, "LVL"
    if re.match(r"(?:有效|科学|合理|严格)的[^,]{2,8}$", act.object):
        return None, "GEN"
    if _BATTLE.search(obj) and act.verb in ("开展", "推进", "实施", "推动", "组织开展"):
        return None, "GEN"
    if act.verb.endswith(("开展", "做好")) and re.fullmatch(r"(?:整治|治理|整改|防治|保护)工作", act.object):
        return None, "GEN"
    if act.cls == "weak" and re.search(r"硬(?:措施|举措|招)$|实招$", obj):
        return None, "GEN"
    if re.match(r"(?:对)?发现(?:的)?[^,]{0,8}(?:问题|现象|情况|隐患)[^,]{0,3}(?:及时|立即|立行|即)", plain):
        return None, "GEN"
    if act.verb in ("突出", "注重") and re.search(r"(?:并重|并举|结合)$", obj):
        return None, "MAN"
    if act.verb == "做到" and re.match(r"(?:可|有|不|应|底数|心中|全程|问题不|家喻|守土)", obj):
        return None, "PUR"
    if ROLE.search(obj) and (act.verb.endswith("发挥") or re.search(r"(?:落实|履行).{0,40}(?:职责|职能)$|发挥.{1,40}作用$", plain)):
        return None, "ROL"
    if TAIL_PLACE.search(plain):
        return None, "CTX"
    if act.verb in ("运用", "利用", "应用") and re.search(r"(?:成果|方法|手段|方式|形式|渠道|途径)$", obj):
        return None, "MAN"
    if act.cls == "attitude":
        return None, "SLO"
    if (
        SLOGAN.search(plain)
        and not _DOC.search(plain)
        and not re.search(r"(?:活动|教育|试点|基地|专项整治|整改|改革|工程)(?:工作)?$|清单|方案|意见$", obj.replace("供给侧结构性改革", ""))
    ):
        return None, "SLO"
    if act.verb == "掌握" and re.search(r"(?:分布|面积|情况|底数|现状)$", obj) and POPULATION.search(obj):
        return act, ""
    if act.cls == "purpose":
        return None, "LVL" if LEVEL.search(obj) or re.match(r"提升|提高|增强", act.verb) else "PUR"
    if _GENERAL_PUBLIC.search(plain) and not ACTIVITY.search(re.sub(r".*?(?:引导|倡导|鼓励|动员)", "", plain)):
        return None, "SLO"
    if not obj or GENERAL.search(obj):
        return None, "GEN"
    if act.executor and act.verb.endswith("落实") and obj == "责任":
        return None, "SLO"
    if act.executor:
        return act, ""
    if plain.startswith("有效") and act.cls != "milestone":
        return None, "PUR"
    if LEVEL.search(obj) and not PLANT.search(obj) and not named:
        return None, "LVL" if not obj.endswith("能力建设") else "GEN"
    if act.verb in PAPER_VERBS and not _PAPER_END.search(obj):
        return None, "GEN"
    if act.preposed:
        return act, ""
    core = re.sub(r"(?:工作|力度|任务|有关工作|相关工作|各项工作)$", "", obj)
    sound = GENERIC.sub("", core) if act.cls == "weak" else core
    breach = (
        act.verb.endswith(("打击", "查处", "严惩", "严查", "严打")) and bool(re.search(r"(?:行为|案件|问题)$", core)) and len(core) >= 4
    ) or (
        act.verb.endswith(("整治", "取缔", "制止", "清理"))
        and bool(re.search(r"(?:乱|占道|违章|违规|违法|偷|私)[^,]*(?:行为|现象)$", core))
    )
    spread = act.verb.endswith("推广") and bool(_SPREAD.search(core))
    concrete = (
        named
        or breach
        or spread
        or core.endswith("号令")
        or bool(PRODUCT.search(sound) or POPULATION.search(sound) or ACTIVITY.search(sound))
    )
    if act.verb in ("实行", "推行", "试行", "施行") and len(core) >= 3:
        return act, ""
    if (
        act.verb in ("引导", "鼓励", "支持", "倡导", "鼓励和倡导")
        and not named
        and not re.search(r"使用|采用|改造|安装|建设|试点|实施|开展|购买|淘汰|更新|参与.{0,6}活动|规范|清洁|服务", core)
    ):
        return None, "GEN"
    if core in BARE or not core or all(p in BARE for p in _ITEM_SPLIT.split(core)):
        return None, "GEN"
    if act.verb.endswith(("打击", "查处", "严惩", "严查", "严打")) and _CRIME.match(core):
        return None, "GEN"
    if strict and not (named or (DOC_NOUN.search(core) and act.cls == "milestone")):
        return None, "PRE"
    if act.verb.startswith("巩固") and core.endswith(("成果", "成效")) and not re.search(r"创建|示范|基地|称号|区成果|覆盖", core):
        return None, "PUR"
    if (
        act.cls == "weak"
        and re.search(r"(?:主体|保护|监管|属地|政治|领导|管理|巡查|工作|包保|防控|监督)责任$", core)
        and not _DOC.search(core)
    ):
        return None, "SLO"
    if act.cls == "weak" and not _weak_passes(act, sound, named) and not _OFTEN.search(core):
        return None, "GEN"
    if act.cls == "strong":
        by_hand = act.verb.endswith(HANDS) and len(core) >= 3
        if not concrete and not by_hand and not (act.verb.endswith(("开展", "进行")) and len(core) >= 4):
            return None, "GEN"
        if (
            act.verb in ("推进", "推动", "促进")
            and _UPSHOT.search(core)
            and not named
            and not re.search(r"(?:区域|街|路|线|河|村|园|镇).{0,4}(?:景观|环境|品质)", core)
        ):
            return None, "PUR"
        if (
            act.verb in ("落实", "贯彻落实", "执行", "落细")
            and (re.search(r"(?:精神|部署|思想|责任|方针|职责)$", core) or (core.endswith("要求") and not POPULATION.search(core)))
            and not named
            and not re.search(r"禁止|禁[燃烧放养]|值守|排污|排放|许可|环评|制度", core)
        ):
            return None, "GEN"
        if act.verb in ("减少", "控制", "共享", "保障") and not re.search(r"\d|噪声|秸秆|总量|排放|燃放|产能|化肥|农药", core):
            return None, "PUR"
    if act.cls == "milestone":
        if (
            act.verb in ("实现", "形成", "增加")
            and not (named and not _GIVES.search(obj))
            and not _OFTEN.search(core)
            and not (act.verb == "增加" and _MORE.search(core))
        ):
            return None, "PUR"
        if (
            act.verb in ("构建", "建立", "打造", "建设")
            and re.search(r"(?:体系|格局|关系|新局面|屏障|样板|家园|环境|高地)$", core)
            and not re.search(r"监测|预警|收集|网络|考评|考核|应急|“", core)
        ):
            return None, "SLO"
        if act.verb in ("统一", "总结") and not concrete:
            return None, "GEN"
    return act, ""


def _weak_passes(act: verbs.Act, core: str, named: bool) -> bool:
    if named or PRODUCT.search(core) or POPULATION.search(core):
        return True
    stem = re.sub(r"(?:监督管理|管理监督|管理|监管|管控|治理|防治|保护|控制|整治|修复|共享|协作|合作|协同)$", "", core)
    if stem != core:
        return bool(ACTIVITY.search(stem) or _NAMED_PLACE.search(stem))
    return bool(ACTIVITY.search(core)) and core not in BARE


def check_of(c: str, act: verbs.Act, quantity: Quantity | None) -> str:
    """How the task is checked."""
    obj = act.object.rstrip("。,;")
    if quantity is not None:
        return "quantified"
    if (act.verb in DOC_VERBS and (_DOC.search(c) or DOC_NOUN.search(obj))) or (
        any(v in act.verb for v in ("落实", "执行", "实施"))
        and (_DOC.search(obj) or re.search(r"(?:方案|计划|规划|办法|意见|条例|法|措施|规定)$", obj))
    ):
        return "implement_doc"
    if times.rhythm(c):
        return "recurring"
    if CONDITIONAL.search(obj) and any(v in act.verb for v in ("处置", "化解", "办理", "处理", "强化", "应对", "调处", "受理", "加强")):
        return "conditional"
    if AGAIN.search(c[: act.at + 2]):
        return "ongoing"
    if act.cls == "milestone":
        return "milestone"
    if re.search(r"开展|做好|进行|组织|配合", act.verb) and ONCE.search(obj):
        return "milestone"
    if re.search(r"完善|细化|优化|健全", act.verb) and PAPER.search(obj):
        return "milestone"
    return "ongoing"


def read(c: str, found: list[Figure], strict: bool, plain_cell: bool = False) -> tuple[list[Draft], str]:
    """Tasks of a clause whose figures ``found`` are no target's; with none, the reason."""
    counts = [f for f in found if not f.condition and is_quantity(f, c)]
    if not counts and _SHARE_OF.search(c):  # 完成90%以上的排污口整治
        counts = [f for f in found if f.unit == "%"][:1]
    if not counts and re.match(r"(?:对|在)", c):  # 对全市60%的耕地开展监测
        counts = [f for f in found if f.unit == "%" and f.condition and c[f.j : f.j + 1] == "的"][:1]
    if _ARE.match(c) and ((first := verbs.act_of(clauses.without_asides(c))) is None or first.at > 1):
        return [], "CTX"
    if re.match(r"典型案例|例如|比如", c):
        return [], "CTX"
    if re.match(r"每(?:户|家|人|亩|辆|台|座|村|个)\d", c):
        return [], "CTX"  # 每户1.5吨
    if _SO_MANY.match(c) or (_WHEN_ONLY.match(c) and not counts):
        return [], "CTX"
    if _FALLS_SHORT.search(c) or _WHICH.match(c) or re.match(r"(?:若|如果|如遇|倘若|对于?[^,]{2,20}的$)", c):
        return [], "CTX"
    act, reason = judge(c, strict and not counts)
    if act is not None and act.object.startswith("的") and not reason:
        return [], "CTX"  # 应于7月完成的185家项目: which ones
    if reason and counts and reason in ("GEN", "PUR", "LVL", "CTX", "SLO", "PRE"):
        act = verbs.act_of(clauses.without_asides(c))
        if act is not None and act.cls in ("attitude", "means"):
            return [], reason
        act = act or verbs.Act("", "strong", c, "", 0, None, None)
        reason = ""
    if act is not None and not act.verb and _STANDING.match(c) and not ALL.search(c):
        return [], "CTX"
    if act is None or reason:
        if plain_cell and len(c) >= 4:
            act = verbs.Act("", "strong", c, "", 0, None, None)
        else:
            return [], reason
    rhythm = times.rhythm(c)
    if len(counts) < 2:
        if counts:
            return _one(c, act, counts[0], rhythm), ""
        whole = None
        if m := ALL.search(c):
            whole = Quantity(100.0, "%", "=", m[0])
        made = Draft(
            0, len(c), act.verb, act.object, items_of(act.object), whole, check_of(c, act, whole), rhythm, act.executor, act.before
        )
        return [made], ""
    return _several(c, act, counts, rhythm), ""


def _one(c: str, act: verbs.Act, f: Figure, rhythm: tuple[str, str] | None) -> list[Draft]:
    q = _quantity(f, c)
    made = Draft(0, len(c), act.verb, act.object, items_of(act.object), q, "quantified", rhythm, act.executor, act.before, False, f.masked)
    if f.said == "各" or c[max(0, f.i - 1) : f.i] == "各":
        things = items_of(re.sub(r"各.*$", "", act.object)) or (act.object,)
        return [Draft(0, len(c), act.verb, thing, (), q, "quantified", rhythm, act.executor, act.before) for thing in things]
    return [made]


def _quantity(f: Figure, c: str) -> Quantity:
    operator = f.bound if f.operator in ("increase", "decrease", "maintain") else f.operator
    return Quantity(f.value, f.unit, operator, c[f.head : f.j])


def _several(c: str, act: verbs.Act, counts: list[Figure], rhythm: tuple[str, str] | None) -> list[Draft]:
    cuts = [0]
    kept: list[Figure] = [counts[0]]
    for a, b in itertools.pairwise(counts):
        seps = list(_ITEM_SPLIT.finditer(c, a.j, b.head))
        if not seps:
            if c[a.j : b.head] == "/" or (a.kind == "count" and b.kind == "size" and b.i - a.j <= 1):  # 2台35蒸吨锅炉
                continue  # 10台/25蒸吨: the same things, measured again
            kept[-1] = b  # 6个镇乡15个建制村: the count nearest its noun
            continue
        cut = seps[0] if seps[0].start() == a.j else seps[-1]
        cuts.append(cut.end())
        kept.append(b)
    ends = [*cuts[1:], len(c)]
    rest: tuple[int, int] | None = None
    if kept[-1].j < len(c) and _ITEM_SPLIT.match(c, kept[-1].j) and len(c) - kept[-1].j > 4 and len(kept) > 1:
        rest = (kept[-1].j + 1, len(c))
        ends[-1] = kept[-1].j
    out = []
    for n, (i, j, f) in enumerate(zip(cuts, ends, kept, strict=True)):
        while j > i + 1 and c[j - 1] in "、和及与":
            j -= 1
        q = _quantity(f, c)
        obj = (
            act.object if n == 0 and len(kept) == 1 else c[act.at + len(act.verb) : j] if n == 0 and act.at + len(act.verb) < j else c[i:j]
        )
        own = verbs.act_of(c[i:j]) if n else None
        if own is not None and own.at == 0 and own.cls in ("strong", "milestone"):
            out.append(Draft(i, j, own.verb, own.object, (), q, "quantified", rhythm, act.executor, act.before, False, f.masked))
            continue
        out.append(Draft(i, j, act.verb, obj, (), q, "quantified", rhythm, act.executor, act.before, n > 0, f.masked))
    if rest:
        out.append(
            Draft(
                *rest,
                act.verb,
                c[slice(*rest)],
                items_of(c[slice(*rest)]),
                None,
                check_of(c, act, None),
                rhythm,
                act.executor,
                act.before,
                True,
            )
        )
    return out


def is_quantity(f: Figure, c: str) -> bool:
    """A figure is a task's amount unless it measures time or rank, or counts the papers that are to be followed."""
    if re.search(r"(?:落实|执行|贯彻)[^,]{0,24}$", c[: f.i]) and re.match(
        r"[^,]{0,4}(?:办法|方案|规定|制度|意见|措施|文件|条例|要求|转变|协同)", c[f.j :]
    ):
        return False
    if re.match(
        r"(?:\([^()]{1,12}\))?(?:城市|市州|县区|县|市|区|乡镇|镇街|断面|站点)?(?:\([^()]{1,12}\))?中?(?:的)?(?:排名|排第|位居|位列|名列|排在)",
        c[f.j :],
    ):
        return False  # 在64个县区排名: among how many
    if re.search(r"(?:以上|上述|前述|这)$", c[: f.i]):
        return False  # 以上16个村庄: those just named
    if f.unit in ("名", "位") and _PEOPLE.match(c[f.j :]):
        return True
    if f.unit == "名" and re.search(r"(?:人员|专家|人才|骨干|志愿者|[河湖林]长|员)$", c[: f.head]):
        return True
    if f.unit in ("天", "小时", "日", "年", "分钟", "秒", "名", "级", "类", "分", "期", "字"):
        return f.unit in ("期",) and not f.chinese
    if f.kind == "measure" and f.unit not in ("%", "百分点"):
        return False
    return not (f.unit in ("元",) and not re.search(r"投资|资金|经费|补助|奖补|争取|筹集|罚款|完成|投入", c))


def items_of(said: str) -> tuple[str, ...]:
    """Things of a list in an object; one thing is no list."""
    blank = clauses.blanked(said)
    cut = re.search(r"等(?!级)", blank)
    head = blank[: cut.start()] if cut else blank
    pieces, k = [], 0
    for m in re.finditer(r"、|以及|和(?!谐|平)|及(?!以|时|其)", head):
        pieces.append(said[k : m.start()])
        k = m.end()
    pieces.append(said[k : len(head)])
    quoted = re.findall(r"[“《][^”》]{2,40}[”》](?=[“《])", said)
    out = [p.strip() for p in pieces if len(p.strip()) >= 2]
    return tuple(out) if len(out) > 1 or quoted else ()
