"""Reported figures and finished things (结果) of a report."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qingshan.plans import indicators, verbs
from qingshan.plans.figures import Figure, chinese_number

DONE = re.compile(
    r"已(?!经?建成区)|完成了|率先完成|顺利|圆满|了$|(?:制定|编制|组建|建成|建立|召开|划定|出台|印发|成立|拍摄|凝练|淘汰|拆除|关停)了?|累计|完成"
)
ONGOING = re.compile(r"(?:正在|有序推进|积极推进|推进|稳步推进|正加快)")
REPORTED = re.compile(r"开展|检查|办理|查处|出动|受理|罚款|处罚|移送|发稿|刊登|立案|抽查|巡查|监测|走访|排查|发布|召开")
_RANK = re.compile(
    r"(?:排名|名列|位居|位列|排|全市|全省|全国|全区|正排名|居|列)[^,;。]{0,8}?第(?P<n>\d{1,3}|[一二三四五六七八九十]{1,3})(?:名|位|(?!方阵|梯队|轮|阶段|届|批|次|期|季|污水|水厂|产业|人民|中学|小学|实验))"
)
_PERIOD = re.compile(
    r"(?:\d{4}年)?(?:上半年|下半年|前[一二三]季度|[一二三四]季度|1-\d{1,2}月|截至\d{0,4}年?\d{1,2}月底?|\d{1,2}月份?|全年|今年以来|年初)"
)
_WHEN = re.compile(
    r"^(?:20\d\d年(?!度)(?=[^\d以]{2})|(?:20\d\d年)?(?:年初|年底|年内|\d{1,2}月(?:初|底|份|\d{1,2}日)?|目前|截至目前|全年|今年))"
)
_HONOUR = re.compile(
    r"^(?!为|.{0,12}作为).*?(?:夺取|夺得|斩获|摘得)|荣获|获评|荣膺|入选|获得?[^,]{2,40}(?:奖|称号|荣誉|表彰|等次|一等|优秀)|(?:成功|顺利)(?:创建|创成|入选|获批)[^,]{2,}|被[^,]{0,30}?(?:授予|命名|评为|评选为|评定为|表彰|列为|列入|纳入|确定为|认定为)|(?:顺利|成功|一次性)?通过[^,]{2,30}(?:验收|评估|评审|复核|认证|核查|考核)$|已通过[^,]{0,12}(?:评审|验收|评估|审核)"
)
_BY_RULE = re.compile(r"(?:按照|按|根据|以)[^,]{2,40}(?:的?(?:要求|标准|原则|比例|规定|思路))$")  # 按照每网格不超过20户要求
_WAY = re.compile(r"^(?:通过|利用|借助|采取|以|为|按照|根据)")
_BY_NOW = re.compile(
    r"(?:成立|建立|建成|完成|制定|编制|印发|出台|上报|报送|签订|召开|举办|启动|开通|划定|组建|通过)了|已(?:经)?.{0,12}(?:完成|建成|出台|印发|下发|上墙|投运|验收|投入运行|投入使用|启用|停产|到位|上报|报送|提交)"
    r"|[\u4e00-\u9fff]{3,}于(?:20\w{2}年)?(?:\d{1,2}月(?:\d{1,2}日)?|[上下]半年|年?[初中底])(?:[初中底]|份)?(?:全面|全部|正式|顺利)?(?:完成|建成|投运|投入|通过|开工|竣工|启动|印发|出台)"
)
_CLASS_OF = re.compile(
    r"^(?P<what>[^,]*(?:断面|水质|水源地|河|湖|水库|均值)[^,]*?)(?:稳定|均|总体|持续)*(?:达到或优于|达到|达|保持|保持在|优于|为)(?:[ⅠⅡⅢⅣⅤ]|I{1,3}|IV|V|[一二三四五])类(?:水质|标准|水体|以上|及以上)*$"
)
_ONLY_FELT = re.compile(r"维护|落实|执行|履行|贯彻|推动|促进|巩固|取得|消除|保障|遏制|加强|解决|监督|服务")
_SHORT_OF = re.compile(
    r"存在|压力|不足|困难|偏低|滞后|缓慢|尚未|未能|不够|有待|(?:较好|良好|较大|阶段性|一定|一些|明显|显著|积极|初步)(?:的)?(?:成效|进展|成绩|效果|成果)"
)
_MADE_UP_OF = re.compile(
    r"^[^,]{0,30}(?:涵盖|包括|包含|涉及|分为|由[^,]{2,30}组成)了?[^,]{2,}[一二三四五六七八九十两][大个项类]"
)  # 涵盖了六个板块
_HAD_NONE = re.compile(
    r"^(?:[\u4e00-\u9fff\d]{0,12}?)(?:无|未发生|未出现|没有发生|没有出现|未再发生)(?P<what>[^,]{0,24}?(?:重(?:度)?(?:及以上)?污染天(?:气|数)?|事件|事故|火点|群体性上访))(?:发生)?$"
)
_DONE_AT_END = re.compile(  # 生态县建设全面启动
    r"^(?!以|将|把|对|为|按|根据|推动|确保|努力)[^,]{4,40}?(?:工程|项目|建设|工作|规划|方案|平台|系统|行动|任务|改造|编制|站|厂)(?:已|全面|全部|正式|顺利|成功|如期|基本|圆满)+(?:启动|完成|建成|投运|开工|竣工|通过验收|到位|上线)$"
)
_HOW_MANY = re.compile(r"\d{1,4}个(?=[国省市县](?:考|控))")  # 6个国考和9个省考断面优良率: one rate
_NO_SHARE = re.compile(r"^(?P<what>[^,]{2,30}(?:率|比例|比率|占比|比重))(?:均|继续|保持)?为(?:0|零)$")
_PAPER = re.compile(r"(?:清单|名录|台账|预案|目录|档案|数据库)$")
_PRAISED = re.compile(r"^[^,]{0,14}?(?:获得|得到|受到|赢得)了?.{0,24}(?:肯定|好评|认可|赞誉|支持|关注)$")
_BASE = re.compile(r"(?:同比|[较比与]|相比)(?:去年|上年|前年|20\d\d年)(?:度)?(?:同期)?(?:的|为)?$")
_MOVED = re.compile(r"(?:相比)?(?:同比)?[,(]?(?:上升|下降|提高|降低|减少|增加|增长|改善|提升)")
_SEPARATOR = re.compile(r"、|和|及|与|以及|并")
MILESTONE = frozenset(
    [
        "制定",
        "编制",
        "组建",
        "完成",
        "建成",
        "成立",
        "出台",
        "印发",
        "召开",
        "划定",
        "建立",
        "启动",
        "修订",
        "修编",
        "发布",
        "搭建",
        "获得",
        "编制完成",
        "拍摄",
        "签订",
        "新建",
        "取得",
        "纳入",
        "申报",
        "增设",
        "新增",
        "核定",
        "认定",
        "布设",
        "安装",
        "制订",
        "公布",
        "摸清",
        "起草",
        "上线",
        "开通",
        "竣工",
        "投运",
        "关停",
        "取缔",
        "拆除",
        "淘汰",
        "建档",
        "组织编制",
        "聘请",
        "设立",
        "举办",
        "签署",
        "上报",
        "报送",
        "配备",
    ]
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A result before it has its place in the source."""

    i: int
    j: int
    subject: str
    value: float | None
    unit: str | None
    operator: str | None
    value_kind: str
    status: str
    period: str


def read(c: str, found: list[Figure], period: str) -> list[Draft]:
    """Results of a clause of a report."""
    if _BY_RULE.match(c) or _MADE_UP_OF.search(c):
        return []
    if m := _HAD_NONE.match(c):
        unit = "天" if "天" in m["what"] else "起"
        return [Draft(0, len(c), m["what"] + "数", 0.0, unit, "=", "state", "reported", period)]
    if m := _NO_SHARE.match(c):
        return [Draft(0, len(c), indicators.named(m["what"]), 0.0, "%", "=", "number", "reported", period)]
    out: list[Draft] = []
    start = 0
    lead = _WHEN.match(c)
    opened = c[lead.end() :] if lead else c
    status = "completed" if DONE.search(c) else "in_progress" if ONGOING.search(c) else "reported"
    if status == "completed" and re.match(r"共?(?:开展|检查|办理|查处|受理|出动)", c):
        status = "reported"
    kept: list[Figure] = []
    for f in found:
        if re.search(r"[比率][^,]{0,4}%、|[增减改降升长][^,]{0,2}%、", c):
            break  # 同比改善%、20%: the figures of the list are lost
        if (f.unit in ("年", "月", "日", "小时", "级", "类", "秒", "分钟") and f.unit != "日") or f.masked:
            continue
        if (f.condition and f.unit not in ("天",) and not (f.unit == "%" and c[: f.head].endswith("完成"))) or re.match(
            r"[^,;。]{0,10}中?排名?第|[^,;。]{0,6}中$", c[f.j :]
        ):
            continue
        if _BASE.search(c[: f.head]) and _MOVED.match(c[f.j :]):
            continue  # 同比去年47.7微克/立方米下降5.5%: what it fell from
        if kept and not _SEPARATOR.search(c, kept[-1].j, f.head) and kept[-1].kind == f.kind == "count":
            kept.pop()  # 6个镇乡15个建制村: the count nearest its noun
        kept.append(f)
    if not lead and verbs.act_of(c) is None:
        kept = [f for n, f in enumerate(kept) if not any(_names_ratio(c, f, g) for g in kept[n + 1 :])]
    shared: list[str] = []  # 分别: the names whose figures are still to come
    for n, f in enumerate(kept):
        end = len(c)
        if n + 1 < len(kept):
            seps = list(_SEPARATOR.finditer(c, f.j, kept[n + 1].head))
            end = f.j if not seps else seps[0].start() if seps[0].start() == f.j else seps[-1].start()
        operator = (
            f.operator
            if f.operator in (">", "approx")
            else "="
            if f.said.removeprefix("均") in ("达到", "达", "为", "共", "", "有") and f.operator in ("=", ">=")
            else None
        )
        subject = indicators.named(_HOW_MANY.sub("", c[start : f.head]) if f.unit == "%" else c[start : f.head])
        if shared:
            subject = shared.pop(0)
        elif "分别" in c[start : f.j] and n + 1 < len(kept):
            each = indicators.parts(re.sub(r"(?:同比|较上年|比上年|[较比]\d{4}年)?分别.*$", "", subject), apart=True)
            if len(each) > 1:
                subject, shared = each[0], each[1:]
        for one in indicators.parts(subject) if f.unit == "%" and not shared and "分别" not in c else [subject or c[f.j : end]]:
            out.append(Draft(start, end, one, f.value, f.unit, operator, "number", status, period))
        start = min(end, len(c) - 1)
        while start < len(c) - 1 and c[start] in "、和及与并以":
            start += 1
    for m in _RANK.finditer(c):
        rank = float(m["n"]) if m["n"].isdigit() else chinese_number(m["n"])
        out.append(Draft(0, len(c), "排名", rank, "名", "=", "rank", status, period))
    if not out and (graded := _CLASS_OF.match(c)):
        return [Draft(0, len(c), indicators.named(graded["what"]), None, None, ">=", "grade", "reported", period)]
    if not out and (_PRAISED.match(c) or any(f.masked and not f.condition for f in found)):
        return []
    if not out and _HONOUR.search(c):
        return [Draft(0, len(c), c, None, None, None, "milestone", "completed", period)]
    if not out and not _SHORT_OF.search(c) and _DONE_AT_END.match(opened):
        return [Draft(0, len(c), c, None, None, None, "milestone", "completed", period)]
    if not out and _WAY.match(opened):
        return []
    if not out and (act := verbs.act_of(opened)) is not None and _finished(act) and _worth(act.object) and not _SHORT_OF.search(c):
        out.append(Draft(0, len(c), act.object.removeprefix("了"), None, None, None, "milestone", "completed", period))
    elif not out and not _SHORT_OF.search(c) and _BY_NOW.search(c):
        out.append(Draft(0, len(c), c, None, None, None, "milestone", "completed", period))
    return out


def _finished(act: verbs.Act) -> bool:
    """A verb of the once-done kind, or 了 behind one."""
    return (
        any(v in act.verb for v in MILESTONE)
        or (act.verb.endswith("更新") and bool(_PAPER.search(act.object)))
        or (act.cls in ("milestone", "strong") and act.object.startswith("了") and not _ONLY_FELT.search(act.verb))
    )


def _names_ratio(c: str, f: Figure, then: Figure) -> bool:
    """6个断面达标率、优良比例均为100%: the count only says which sections the rates are of."""
    between = c[f.j : then.head]
    return (
        f.kind == "count"
        and then.unit == "%"
        and bool(indicators.RATIO.search(indicators.named(between)) or any(indicators.RATIO.search(p) for p in between.split("、")[:-1]))
    )


def _worth(said: str) -> bool:
    return len(said) >= 2 and not re.match(r"各项(?:工作|任务)|[率比]", said)


def period_of(c: str) -> str | None:
    """The period a clause names."""
    m = _PERIOD.search(c)
    return m[0] if m else None
