"""Criteria in words (判定标准): reference, state, direction, grade, rank, quality — targets without a figure of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from qingshan.plans import figures, verbs
from qingshan.plans.clauses import BLANK
from qingshan.plans.indicators import ANY_TAIL, MEASURED, RATIO, bare, known, named, parts, parts_of_list
from qingshan.plans.words import any_of, words

_W = words("indicators")
ASPIRE = re.compile(r"力争|尽最大努力|努力(?:实现|达到|使)?|争取|尽力")
_SETTER = r"(?:国家|省|市|区|县|上级|部|厅|委|政府|规划|方案|《.{1,60}》|“.{1,30}”|[省市区县]级)"
_HANDED = re.compile(
    rf"(?:完成|落实|达到|实现)(?P<who>.{{0,80}}?(?:{_SETTER}).{{0,40}}?)(?P<how>下达|规定|确定|分解|明确|要求|部署|核定|交办)(?P<to>(?:给|至)?我?[区市县局]?)的?(?P<what>[^,]{{0,120}}?)(?P<noun>目标任务|约束性指标任务|任务指标|指标任务|任务要求|考核指标|目标指标|任务目标|任务|指标|目标|要求|考核)$"
)
_WITHIN = re.compile(
    rf"^(?P<what>.{{2,40}}?)(?:年度)?(?:目标)?(?:控制)在(?P<ref>.{{0,12}}{_SETTER}.{{0,6}}下达.{{0,8}}(?:目标|指标|任务|范围))(?:之?内|以内)$"
)
_CARRIED_OUT = re.compile(
    rf"^(?:确保|保证)?(?P<who>[^,]{{0,12}}{_SETTER})(?P<how>下达|交办|分解)(?:的|给我?[市区县局])*(?P<what>[^,]{{0,24}}(?:任务|目标|指标))(?:按时|按期|圆满|全面|如期|高质量|顺利|任务)*完成$"
)
_SHARE = re.compile(
    r"^(?:力争|确保|实现|全[省市区县]|[\u4e00-\u9fff]{2,5}[市县区镇乡州])*(?:(?P<n>\d{1,3}(?:\.\d{1,2})?)%|(?P<part>[一二三四五六七八九十]{1,3}分之[一二三四五六七八九十百]{1,5}|[一二三四五六七八九]成))(?P<over>及?以上)?(?:的|以上的|(?=乡镇|村|行政村|企业|县|社区|学校|城市))(?P<what>[^,]{1,40}?)"
    r"(?P<how>(?:均|全部)?(?:全面)?(?:消除|通过|达到|完成|实现|建成|配备|配套|配建|安装|接入|接通|具备|建立|纳入|符合|满足|对[^,]{2,20}(?:进行|开展|实施))[^,]{2,40})$"
)
_AVOID = re.compile(r"^(?:坚决|有效|严格|全力)*(?:杜绝|严防|防止|避免|遏制)(?P<what>[^,]{2,30}(?:事件|事故))$")
_RANK_WORDS = re.compile(
    r"(?P<what>[^,]{2,24}?)(?:排名|位次|考核)(?:中)?[“\"]?(?:保|进)(?P<n>[一二三五十]{1,3}|\d{1,3})[、,]?"
    r"(?:争|拼|进)(?:[一二三四五六七八九十]{1,3}|\d{1,3}|第一)[”\"]?$"
)
_SHRINKS = re.compile(r"^(?P<what>[^,]{2,40}?)(?:均|力争|确保|持续|继续|稳定|保持|实现)*负增长$")
_NO_MORE = re.compile(
    r"^(?P<what>[^,]{3,50}?)(?:均|要|应|须|不得|力争)*(?:不超过|不高于|不劣于|不低于|不差于|好于|优于|低于)(?P<ref>(?:20\d\d|上|去)年(?:度)?(?:同期)?(?:水平|水准|均值|数据|现状值?)?)$"
)
_NOT_WORSE = re.compile(
    r"^(?P<what>[^,]{2,40}?(?:水质|质量|断面|浓度|类别|河流|水体|水库|湖泊|海域))(?:均|保持|稳定|总体|只)*(?P<how>不(?:升高|上升|反弹|变差|退化|降低|下降|恶化|降级|降类))$"
)
_MEETS = re.compile(
    r"^(?P<what>[^,]{2,60}?)(?:均|全部|要|力争|稳定|基本|全面|持续|总体|分别|需|应|须)*(?:达到或优于|达到|满足|符合|完成|实现|优于|好于|不低于|不劣于|达(?!到))(?P<ref>(?!率|度|比[例率重])(?![\dⅠⅡⅢⅣⅤI])[^,\d%]{2,30}?(?:要求|标准|目标|任务|指标|进度|水平|水准|限值|任务要求|现状值?|现状水平|来水水质|上年|去年|年均值))$"
)
_COMPLY = re.compile(r"^(?P<what>[^,]{2,50}?)(?P<how>(?:保持|继续|持续|全面|全部|均|总体|基本|稳步|100%)*(?:稳定)?达标)(?:排放)?$")
_BY_YEAR = re.compile(
    r"(?:^|落实|实现|确保)(?P<year>20\d\d)年(?:底)?前(?:实现)?(?P<what>[^,]{0,14}(?:碳)?达峰|碳中和)(?:工作)?(?:目标)?(?:要求|任务)?$"
)
_BATTLES = re.compile(
    r"(?:全面|如期|圆满|高质量)?完成(?P<what>.{0,20}(?:攻坚战|保卫战|行动计划|责任书|十[三四五六七]五[”\"]?).{0,12}(?:任务|目标|指标)(?:措施)?|.{0,24}(?:考核|质量改善)(?:年度)?(?:任务|目标|指标)(?:任务)?)$"
)
_OWN_GOALS = re.compile(  # 完成大气环境质量年度目标任务: set for the year, wherever it stands
    r"^(?:力争|确保|坚决|全面|如期|圆满|高质量|顺利|按期|按时|保质保量)*(?:完成|实现|落实)(?P<what>(?:20\d\d年|年度|全年)?[^,]{0,30}?(?:质量|污染|减排|水质|总量|大气|防治|攻坚|控制|改善|浓度|降碳|双控|考核|创建|生态县|生态市|节能)[^,]{0,6}?)"
    r"(?:年度)?(?:各项)?(?:工作)?(?:目标任务|指标任务|约束性指标|年度目标|考核目标|目标指标|任务指标|目标要求|改善目标|考核任务|目标)(?:任务)?$"
    r"|^(?:力争|确保|坚决|全面|如期|圆满|按期|按时)*完成(?:上级)?(?P<task>下达的[^,]{0,30}(?:指标|任务|目标)|[^,]{0,16}(?:减排|降碳|节能|削减|总量控制|压减)任务|(?:20\d\d年(?:度)?|年度|全年)(?!各项|工作|重点)[^,]{2,20}(?<!工作)任务)$"
)
_ZERO = re.compile(
    r"(?P<what>.{2,30}?)(?:保持|动态|全部|全面|实现|基本)*(?:清零|“?零”?(?:发生|增长|排放|事故|投诉|容忍)|归零|控制(?:为|在)(?:0|零)|[降为](?:为|到|至)?(?:0|零))$"
)
_KEEPS = re.compile(r"^(?:继续|持续|稳定)*保持(?P<what>[^,\d]{2,20}?(?:质量|水质|浓度|断面|水源地))(?:持续|稳定|全面)*达标$")
_NONE = re.compile(
    r"^(?P<where>(?:(?:全[市县区]|县城|国控|省控|市控)?(?:地表水|断面|河流|建成区|城区|境内|域内))?)(?:确保|实现|基本|全面)*无(?P<what>(?:重(?:度)?(?:及以上)?污染天(?:气)?|劣(?:Ⅴ|V|五)类(?:水体|断面|水质)?(?:断面)?|黑臭水体?))数?$"
)
_ZERO_OF = re.compile(
    r"(?:确保|实现|保持|力争|做到)[^,“\"]{0,40}?[“\"]?零(?P<what>败诉|复议|差错|失误|违规|火点|事故|投诉|伤亡|反弹|舆情|上访|火情)[”\"]?(?:的?(?:总体|工作|年度)?目标)?$"
)
_ZERO_FIRST = re.compile(r"^(?:动态|全面|全部|实现|保持)*清零(?P<what>[^,]{2,24}(?:水体|耕地|散煤|锅炉|问题|企业|断面|排口|排污口))$")
_NEVER = re.compile(
    r"(?:不|不得|未|防止|避免|杜绝|坚决防止|坚决杜绝|坚决避免|严防|坚决遏制)(?:因(?P<cause>.{2,30}?))?(?:再)?(?:发生|出现|引发|新增|产生)(?P<what>.{2,40}?(?:事件|事故|水体|问题|反弹|返黑返臭|污染天气|天气|现象|火点|案件|舆情|污染天数|污染日|异味))(?:发生)?$"
)
_COVER = re.compile(r"^(?P<what>.{2,60}?)(?:实现|全面|基本|做到|达到)*全覆盖$")
_GONE = re.compile(
    r"(?P<near>基本|全面|彻底|坚决)?消除(?P<what>[^,]{0,12}(?:劣(?:Ⅴ|V|五)类|黑臭|重(?:度)?(?:及以上)?污染天|异味|恶臭)[^,]{0,16})$"
)
_GONE_AT_LAST = re.compile(
    r"^(?P<what>[^,]{0,20}(?:劣(?:Ⅴ|V|五)类|黑臭|重(?:度)?(?:及以上)?污染天)[^,]{0,8}?)(?:总体|得到|全部|全面|均|力争|已)*(?P<near>基本)?(?:得到)?消除$"
)
_LEVEL_WITH = re.compile(
    r"^(?P<what>.+?)(?:[较比与同和](?:20\d\d年|[上去]年|往年|前一年)(?:度)?(?:同期|均值|水平)?)(?:相比|相)?(?:基本|总体)?持平$"
)
_RAISE = re.compile(  # 提高机械化清扫比例: which way a rate is to go
    r"^(?:全面|进一步|不断|逐步|持续|切实|有效|着力|稳步|大幅)*(?P<dir>提高|提升|降低)"
    r"(?P<what>[^,、\d]{3,24}(?:(?<![效频概功速利])(?<!知晓)(?<!参与)(?<!普及)(?<!利用效)率|比例|比率|占比|比重))$"
)
_MOVE = re.compile(
    r"^(?:大幅度?|持续|进一步|明显|有效|稳步|不断|显著|协同|逐步|切实|继续)*(?P<dir>减少|降低|压减|提高|提升|增加)(?P<what>[^,]{3,40})$"
)
_FELL = re.compile(
    r"^(?P<what>.+?)(?:[“\"]?(?P<both>双下?降|三降|双减)[”\"]?|(?P<way>较大幅度|继续|持续|稳步|进一步|明显|逐步|逐年|稳中有?|逐年|总体|不断|有所|同比|大幅|显著|较上年|比上年|均)*(?P<dir>下降|降低|减少|提升|提高|上升|改善|增加|增长|增多|趋好|升|降))$"
)
_PUSHED = re.compile(r"^(?:协同|持续|着力|稳步|有效)*(?:推进|推动|促进|实现|促使)(?=.*(?:浓度|排放量|总量|强度|负荷|天数|比例|率)$)")
_GRADE = re.compile(
    r"(?P<what>.{2,40}?)(?:保[“\"]?(?P<a>良|优|Ⅱ|Ⅲ)[”\"]?[、,]?(?:创|争|进)[“\"]?优?[”\"]?|(?:稳定|均|全部|基本|总体|保持|力争)*(?:达到[或及](?:优|好)于|达到|达|保持|保持在|优于|好于|不低于|为|稳定在|稳定保持|稳定达到)(?:国家)?(?:地表水)?(?:环境质量)?(?P<b>[ⅠⅡⅢⅣⅤ一二三四五]|I{1,3}|IV|V|优良?|良好?)(?P<c>类|级)?(?:水质|水体|标准|以上|及以上|及优于|水)*(?:标准)?)$"
)
_RANK = re.compile(
    r"(?P<what>.*?)(?:(?P<not>不)进入(?P<area>[^,]{0,10}?)后(?P<n1>\d{1,3}|[一二三四五六七八九十]{1,3})[名位]|(?:排名|位次|位居|名列|排|进入|保持|位列|力争|跻身|不得低于|稳居|居|列)[^,]{0,12}?前(?P<n2>\d{1,3}|[一二三四五六七八九十]{1,3})[名位]?|(?P<bad>退出|摆脱|退出全[国省市]?)(?P<area2>[^,]{0,10}?)(?:后|倒数第?)(?P<n3>\d{1,3}|[一二三四五六七八九十]{1,3})[名位])"
)
_FRONT = re.compile(
    r"(?P<what>.{2,40}?)(?:继续|持续|稳定)?(?:保持|位居|走在|处于|名列|位列)(?:在)?(?P<area>[^,]{0,12}?)(?:前列|前茅|第一方阵|先进行列|领先(?:位置|地位|水平)?)$"
)
_QUALITY = re.compile(
    rf"^(?P<what>.{{2,50}}?)(?:得到|持续|总体|保持|明显|进一步|不断|稳步|全面|有效|显著|更加|继续|稳定|基本|大幅|切实|整体|稳中|控制在|巩固|同.{{2,20}}?)*(?P<how>{any_of(_W['qualitative']['predicate'].split())})$"
)
_SIDE_BY_SIDE = re.compile(r"、")
_PREDICATE_END = re.compile(r"(?:改善|下降|减少|降低|提升|提高|增加|增多|增强|稳定|好转|向好|达标|清零|消除|保障|管控)$")
_NOUN = re.compile(any_of(_W["qualitative"]["noun"].split()))
_UNQUAL = re.compile(
    r"^(?:巩固|持续|进一步|不断|全面|稳步|有效|切实)*(?P<how>改善|提升|巩固|提高|巩固改善|改善提升|巩固提升|保障|维护)(?P<what>.{2,30}?(?:质量|环境|安全|功能))$"
)
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


def read(c: str, zone: str, in_goal_list: bool) -> list[Draft]:
    """Targets of a clause without figures of its own: reference, state, direction, grade, rank, quality."""
    whole = (0, len(c))
    hope = bool(ASPIRE.search(c))
    plain = re.sub(r"劣(?:Ⅴ|V|五)\((?:Ⅴ|V|五)类?\)", "劣Ⅴ", c.strip())  # 劣五(V)类
    plain = re.sub(r"^(?:努力)?(?:使|让)(?=.{6})", "", plain)
    plain = re.sub(r"(?<=.{2})在[^,]{2,24}(?:基础上|情况下|前提下)(?=.{3})", "", plain)
    plain = re.sub(r"且[^,]{0,24}(?:好于|优于|不劣于)[^,]{2,12}$", "", plain)
    plain = re.sub(r"或(?:无明显变化|保持稳定|基本稳定|持平)$", "", plain)
    plain = re.sub(r"(?<=.{6})\([^()]{2,80}\)$", "", plain)  # 保持达标(甲区除外)
    if zone == "GOAL" and "、" in plain and len(pieces := _SIDE_BY_SIDE.split(plain)) > 1 and all(_PREDICATE_END.search(p) for p in pieces):
        side, k = [], 0
        for piece in pieces:
            k = c.find(piece, k)
            side += [replace(d, i=k, j=k + len(piece), aspirational=hope) for d in read(piece, zone, in_goal_list)] if k >= 0 else []
        if len(side) == len(pieces):
            return side
    if m := _RANK.search(plain):
        n = m["n1"] or m["n2"] or m["n3"]
        value = float(n) if n.isdigit() else figures.chinese_number(n)
        down = bool(m["n1"] or m["n3"])
        what = named(re.sub(r"(?:在)?(?:全市|全省|全国|全区|全县)?(?:排名|位次|力争|考核)*$", "", m["what"])) or ""
        return [
            Draft(*whole, one + "排名", ">" if down else "<=", value, "名", "rank", f"{'后' if down else '前'}{n}名", None, hope)
            for one in (parts(what) if re.search(ANY_TAIL + "$", what) else [what])
        ]
    if m := _RANK_WORDS.search(plain):
        value = float(m["n"]) if m["n"].isdigit() else figures.chinese_number(m["n"])
        return [Draft(*whole, named(m["what"]) + "排名", "<=", value, "名", "rank", f"前{m['n']}名", None, hope)]
    if (m := _HANDED.search(plain)) and not (
        m["how"] in ("要求", "规定") and re.search(r"(?:建设|改造|整治|治理|修复)(?:工作)?$", m["what"])
    ):
        what = "" if m["what"].strip() in ("年度", "全年", "年度各项", "各项") else m["what"].strip()
        ref = m["who"].strip() + m["how"]
        what += "指标" if what.endswith("约束性") else ""
        names = (
            parts_of_list(what)
            if what
            else [re.sub(r"[的等]$", "", named(re.sub(r"(?:按期|按时|如期|圆满|全面|高质量)+$", "", plain[: m.start()])))]
        )
        owner = named(re.sub(r"(?:按期|按时|如期|圆满|全面|高质量)+$", "", plain[: m.start()]))
        if what and MEASURED.search(owner) and not opens_task(owner):
            names = parts(owner)  # 化学需氧量、氨氮排放总量达到省下达的减排目标
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
    if m := _WITHIN.match(plain):
        return [Draft(*whole, one, "<=", None, None, "reference", m["ref"], m["ref"], hope) for one in parts(named(m["what"]))]
    if (m := _NOT_WORSE.match(plain)) and (MEASURED.search(m["what"]) or re.search(r"(?:河流|水库|湖泊|海域)$", m["what"])):
        return [Draft(*whole, one, "maintain", None, None, "direction", m["how"], None, hope) for one in parts(named(m["what"]))]
    if m := _CARRIED_OUT.match(plain):
        return [Draft(*whole, m["what"] + "完成", "=", None, None, "reference", "完成", named(m["who"]) + m["how"], hope)]
    if (m := _SHRINKS.match(plain)) and MEASURED.search(m["what"]) and not opens_task(m["what"]):
        return [
            Draft(*whole, one, "decrease", None, known(one)[2] or None, "direction", "负增长", None, hope)
            for one in parts(named(m["what"]))
        ]
    if m := _SHARE.match(plain):
        share = float(m["n"]) if m["n"] else figures.find(m["part"])[0].value
        return [Draft(*whole, named(m["what"]) + m["how"] + "比例", ">=", share, "%", "number", m["n"] or m["part"], None, hope)]
    if m := _AVOID.match(plain):
        return [Draft(*whole, m["what"] + "数", "=", 0.0, "起", "state", plain, None, hope)]
    if (m := _NO_MORE.match(plain)) and MEASURED.search(m["what"] + "浓度" * m["what"].endswith("数据")) and not opens_task(m["what"]):
        way = "maintain" if "不" in plain else "increase"
        return [
            Draft(*whole, one, way, None, known(one)[2] or None, "direction", m["ref"], m["ref"], hope) for one in parts(named(m["what"]))
        ]
    if m := _BY_YEAR.search(plain):
        return [Draft(*whole, named(m["what"]), "<", float(m["year"]), "年", "number", m["year"] + "年前", None, hope)]
    if m := _BATTLES.search(plain) or _OWN_GOALS.match(plain):
        what = m["what"] or m["task"]
        return [Draft(*whole, what + "完成", "=", None, None, "reference", "完成", what, hope)]
    if m := _COMPLY.search(plain):
        what = named(m["what"])
        if re.search(r"水质|利用率|断面|水源地|浓度|空气质量|排放|率$|指标|污染物|废[水气]|污水处理厂", what) and not opens_task(m["what"]):
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
    if m := _MEETS.search(re.sub(r"\([^()]{1,80}\)", lambda b: BLANK * len(b[0]), plain)):
        said, ref = plain[slice(*m.span("what"))], plain[slice(*m.span("ref"))]
        what = re.sub(r"等(?:[\d一二三四五六]项)?$", "", named(said))
        if (
            (MEASURED.search(what) or re.search(r"质量|品质|排放|水质|断面|减排", what) or re.search(r"排放标准|质量标准", ref))
            and not opens_task(said)
            and not re.match(r"按|根据|依据|对照|结合", said)
            and re.search(r"要求|标准|目标|进度|指标|任务|限值|现状|来水|水平|水准|[上去]年", ref)
        ):
            return [Draft(*whole, one, "=", None, None, "reference", ref, ref, hope) for one in parts(what)]
    if (m := _GONE.search(plain)) and not m["what"].endswith(("成效", "成果")) and not figures.find(m["what"]):
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
    if m := _GONE_AT_LAST.match(plain):
        return [
            Draft(
                *whole,
                one + "数量",
                "approx" if m["near"] or "总体" in plain else "=",
                0.0,
                "天" if "天" in one else "处",
                "state",
                plain[m.end("what") :],
                None,
                hope,
            )
            for one in parts_of_list(m["what"])
        ]
    if (m := _LEVEL_WITH.match(plain)) and MEASURED.search(m["what"]) and not opens_task(m["what"]):
        return [
            Draft(*whole, one, "maintain", None, known(one)[2] or None, "direction", plain[m.end("what") :], None, hope)
            for one in parts(named(m["what"]))
        ]
    if m := _RAISE.match(plain):
        way = "decrease" if m["dir"] in ("降低", "减少") else "increase"
        return [Draft(*whole, one, way, None, known(one)[2] or "%", "direction", m["dir"], None, hope) for one in parts(named(m["what"]))]
    if zone == "GOAL" and (m := _MOVE.match(plain)) and re.search(ANY_TAIL + "$", bare(m["what"])):
        way = "increase" if m["dir"] in ("提高", "提升", "增加") else "decrease"
        return [Draft(*whole, one, way, None, known(one)[2] or None, "direction", m["dir"], None, hope) for one in parts(named(m["what"]))]
    if m := _NEVER.search(plain):
        what = ((m["cause"] or "") + m["what"]).removesuffix("数")
        things = parts_of_list(what)
        if len(things) > 1 and all(re.search(r"事件|事故|案件|舆情", x) for x in things):
            return [Draft(*whole, x + "数", "=", 0.0, "起", "state", m[0], None, hope) for x in things]
        return [
            Draft(
                *whole,
                what + "数",
                "=",
                0.0,
                "起" if re.search(r"事件|事故|案件", what) else "天" if re.search(r"天[气数]?$|污染日$", what) else "处",
                "state",
                m[0],
                None,
                hope,
            )
        ]
    if m := _KEEPS.match(plain):
        return [
            Draft(*whole, one, "maintain", None, None, "reference", "达标", "达标值", hope)
            for one in parts(m["what"])
            if MEASURED.search(one) or one.endswith("质量")
        ]
    if m := _NONE.match(plain):
        return [Draft(*whole, m["what"] + "数", "=", 0.0, "天" if "天" in m["what"] else "处", "state", plain, None, hope)]
    if m := _ZERO_OF.search(plain):
        return [Draft(*whole, m["what"] + "数", "=", 0.0, "起" if "事故" in m["what"] else "个", "state", m[0], None, hope)]
    if m := _ZERO_FIRST.match(plain):
        return [Draft(*whole, m["what"], "=", 0.0, known(m["what"])[2] or "个", "state", "清零", None, hope)]
    if (m := _ZERO.search(plain)) and not opens_task(m["what"]):
        return [
            Draft(
                *whole,
                named(m["what"]),
                "=",
                0.0,
                "%" if re.search(r"(?:率|比例|比重|占比)$", m["what"]) else known(named(m["what"]))[2] or "个",
                "state",
                "清零",
                None,
                hope,
            )
        ]
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
    if (m := _GRADE.search(plain)) and (m["a"] or m["c"] or MEASURED.search(m["what"])) and not opens_task(m["what"]):
        what = named(m["what"]) or m["what"].removeprefix("确保")
        return [Draft(*whole, what, ">=", None, None, "grade", plain[m.end("what") :], None, hope)]
    if (m := _FELL.search(plain)) and MEASURED.search(m["what"]) and not opens_task(_PUSHED.sub("", m["what"])):
        what = named(_PUSHED.sub("", m["what"]))
        lower = bool(m["both"]) or m["dir"] in ("下降", "降低", "减少", "降")
        measurable = not re.search(r"(?:能力|水平|机制|体系|得到)$", what) and (
            re.search(ANY_TAIL + r"$", bare(what)) or m["both"] or re.search(r"(?:污染天|天数|PM2\.5)", what)
        )
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
    if (m := _FRONT.search(plain)) and not opens_task(m["what"]):
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


def opens_task(said: str) -> bool:
    if RATIO.search(said) and len(said) <= 12:
        return False
    if (m := re.match(r"^(?!对|将|把|由)[^,]{2,20}的(?P<noun>[^,]{2,30})$", said)) and MEASURED.search(m["noun"]):
        return False  # 纳入国家考核的断面水质: the verb only says which
    act = verbs.act_of(said)
    return (
        act is not None
        and act.cls in ("strong", "milestone", "weak", "attitude", "means")
        and act.verb not in ("实现", "完成", "保障", "控制", "减少", "监测", "治理", "处置", "处理", "检测", "排污", "减排")
    )
