"""Figures in a clause (数字): value, unit, operator; which are quantities and which only sizes, dates or horizons."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from qingshan.plans.words import any_of, listed, words

DIGIT = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
TIMES = {"十": 10, "百": 100, "千": 1000}
_U = words("units")
COUNT, SIZE, MEASURE = (frozenset(listed("units", key)) for key in ("count", "size", "measure"))
_PER = (
    r"(?:/(?:万元|万人|亩|人|户|年|日|天|月|小时|立方米|平方米|平方公里|平方千米|km2|km²|升|千瓦时|kWh|公里|吨|次|个|台|辆|床)"
    r"(?:[·.•](?:月|日|天|年|30天|30d|d|平方公里|平方千米|平方米|km2|km²))?)"
)
_DOOR = r"部(?=[门分委队长署位件])"  # 6部门 are counted by their own word
UNIT = rf"(?:(?!{_DOOR})(?:{any_of(COUNT | SIZE)}){_PER}|(?!{_DOOR}){any_of(COUNT | SIZE | MEASURE)}(?!{_PER}))"
_MULTIPLE = any_of(k for k in _U["multiplier"] if k not in ("百", "千"))
_MASK = (
    r"(?:(?:(?<![\dA-Za-z.])\d{1,3})?[xX*＊□■○]{1,4}(?:\d{1,3}(?![\d.]))?(?:\.[xX×*\d]{1,2})?"
    r"|×{1,4}(?:\.[xX×*]{1,2})?|\(\)|_{2,8}|…{1,2}|\.{3,6}|(?<=[达率例善降高长占])(?=%))"
)
_BEFORE = {w: op for op, said in _U["before"].items() for w in said.split()}
_BEHIND = {w: op for op, said in _U["behind"].items() for w in said.split()}
_OP = any_of(_BEFORE)
_OP_END = re.compile(rf"(?:{_OP})$")
FIGURE = re.compile(
    rf"(?P<fraction>[一二三四五六七八九十百]{{1,3}}分之(?P<over>[〇零一二三四五六七八九十百点]{{1,6}}))(?P<fbehind>{any_of(_BEHIND)})?"
    rf"|(?P<number>(?<![\d.A-Za-z.])(?:\d{{1,3}}(?:,\d{{3}})+|\d{{1,12}})(?:\.\d{{1,6}})?(?![\d.]*\d)|(?<![第十])(?:[一二两三四五六七八九十百千]{{1,5}}万(?=[一二两三四五六七八九十百千零]))?[一二两三四五六七八九十百千〇零]{{1,7}}|(?P<mask>{_MASK}))"
    rf"(?P<range>(?:%?[-~]|%至|[至到])(?P<upper>\d{{1,8}}(?:\.\d{{1,6}})?))?"
    rf"(?P<more>余|多)?(?P<multiple>{_MULTIPLE}|百(?=[家个户吨辆亩])|千(?=[家个户吨辆亩瓦]))?(?P<more2>余|多)?(?P<unit>{UNIT})(?P<behind>(?:\(含\))?{any_of(_BEHIND)})?"
)
_TENTHS = re.compile(  # 下降三成, 六成以上: not 一成不变
    rf"(?P<n>[一二两三四五六七八九])成(?P<half>[半五])?(?P<behind>{any_of(_BEHIND)})?(?=的(?!立)|[,;。、)及和或]|$)"
)
_ANY = re.compile(r"[达率例善降高长占]%|[\d一二两三四五六七八九十百千〇零xX*＊□■○×_…]|\(\)|\.{3}")
_LIST = re.compile(r"(?<![\d.A-Za-z])(?:\d{1,6}(?:\.\d{1,4})?(?:、|和|及|与))+$")
_INDEX = re.compile(
    rf"(?:指数|系数|EI|EI值|得分)(?P<op>{_OP})?(?P<n>\d{{1,4}}(?:\.\d{{1,3}})?)(?P<behind>{any_of(_BEHIND)})?(?=$|[,;。、)])"
)
_EACH_ONE = ("个", "名", "台", "套", "支", "本", "张", "块", "辆", "人")  # 每户配置一个
# “十四五”, 三大, 第二轮, 2021年, 6月, 109国道 … are numbers that count nothing
_NOUN_BEHIND = re.compile(r"^[\u4e00-\u9fffA-Za-z“《]")
_END_BEHIND = re.compile(r"^(?:任务|目标|工程|的?(?:任务|目标|要求)|[、,;。:)和及与以并]|$)")
_OF_THOSE = re.compile(r"^(?:之间)?的(?!任务|目标|要求|水平|标准|比例|幅度|指标|基础)[\u4e00-\u9fff]|^之间")
_FROM = re.compile(r"(?:由|从)[^,;、]{0,16}$")
_TO = re.compile(
    r",?(?:逐步|逐渐|进一步|大幅)?(?:提高|提升|下降|降低|减少|增加|缩减|压减|缩短|上升|调整|扩大|改善|增长|降|升|增|减|缩|变)?(?:至|到|为)"
)
_CONDITION_TAIL = re.compile(r"^(?:的|及以上的?|规模|级以上)")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit at ``i:j`` of the clause; ``head`` is where its operator word begins. ``kind``: count, size or measure."""

    i: int
    j: int
    head: int
    value: float | None
    unit: str
    operator: str
    said: str  # the operator's own words, "" when none
    kind: str
    masked: bool
    chinese: bool
    condition: bool
    wording: str = ""  # the number as written: 36, 3万, 六分之五, xx
    bound: str = "="  # what 以上, 以内 … behind it says
    upper: float | None = None  # of a range


def chinese_number(said: str) -> float | None:
    """三百二十 → 320, 三万两千 → 32000, 二〇二一 → 2021, 八十五点五 → 85.5."""
    if "点" in said:
        whole, _, rest = said.partition("点")
        base = chinese_number(whole)
        if base is None or any(c not in DIGIT for c in rest):
            return None
        return float(f"{int(base)}.{''.join(str(DIGIT[c]) for c in rest)}")
    if "万" in said:
        many, _, rest = said.partition("万")
        high, low = chinese_number(many), chinese_number(rest) if rest else 0.0
        return None if high is None or low is None else high * 10000 + low
    if all(c in DIGIT for c in said):
        return float("".join(str(DIGIT[c]) for c in said)) if said else None
    total, now = 0, 0
    for c in said:
        if c in DIGIT:
            now = DIGIT[c]
        elif c in TIMES:
            total += (now or 1) * TIMES[c]
            now = 0
        else:
            return None
    return float(total + now)


_PLACES = re.compile(
    r"(?:行政村|建制村|自然村|村(?!级)|社区|乡镇|镇(?!级)|乡(?!村)|街道|企业|断面|站点|点位|小区|工地|加油站|水源地|排污口|污水处理厂)"
)


def unit_of(said: str) -> str:
    """The unit as the ledger shows it."""
    same: dict[str, str] = _U["same"]
    return same.get(said, said)


def find(clause: str) -> list[Figure]:
    """Figures of a clause in order. ``clause`` has its quoted matter blanked (see ``clauses.blanked``)."""
    if not _ANY.search(clause):
        return []
    found = [f for m in FIGURE.finditer(clause) if (f := _figure(clause, m))]
    for m in _INDEX.finditer(clause):  # 综合指数4.12: an index has no unit
        if not any(f.i < m.end("n") and m.start("n") < f.j for f in found):
            said = m["op"] or ""
            operator = _BEHIND.get(m["behind"] or "", _BEFORE.get(said, "="))
            found.append(
                Figure(
                    m.start("n"),
                    m.end(),
                    m.start("n") - len(said),
                    float(m["n"]),
                    "",
                    operator,
                    said,
                    "measure",
                    False,
                    False,
                    False,
                    m["n"],
                )
            )
    found += [_tenths(clause, m) for m in _TENTHS.finditer(clause)]
    found = sorted(found, key=lambda f: f.i)
    return _bound_together(clause, _listed(clause, found))


def _tenths(clause: str, m: re.Match[str]) -> Figure:
    value = DIGIT[m["n"]] * 10 + (5 if m["half"] else 0)
    said = x[0] if (x := _OP_END.search(clause, max(0, m.start() - 8), m.start())) else ""
    bound = _BEHIND.get(m["behind"] or "", "=")
    operator, condition = _operator(_BEFORE.get(said, "="), bound), bool(_OF_THOSE.match(clause[m.end() :]))
    head = m.start() - len(said)
    return Figure(m.start(), m.end(), head, float(value), "%", operator, said, "measure", False, True, condition, m[0], bound)


def _bound_together(clause: str, found: list[Figure]) -> list[Figure]:
    """甲、乙分别保持在98%、95%以上: what stands behind the last figure of a list is said of all."""
    out = list(found)
    for n in range(len(out) - 2, -1, -1):
        one, next_ = out[n], out[n + 1]
        if next_.condition and clause[one.j : one.j + 1] == "或":
            out[n] = one = replace(one, condition=True)  # 1万人或日供水1000吨以上的水源
        listed = re.fullmatch(r"[、和及与]|以及", clause[one.j : next_.head]) and "分别" in clause[: one.i]
        if listed and one.bound == "=" != next_.bound and one.unit == next_.unit:
            out[n] = replace(one, operator=_operator(_BEFORE.get(one.said, "="), next_.bound), bound=next_.bound)
    return out


def _listed(clause: str, found: list[Figure]) -> list[Figure]:
    """分别控制在33、60微克/立方米: the numbers before the unit have it too."""
    out: list[Figure] = []
    for f in found:
        m = None if f.said or f.masked else _LIST.search(clause, max(0, f.i - 60), f.i)
        first = _OP_END.search(clause, max(0, m.start() - 8), m.start()) if m else None
        if m and (first or "分别" in clause):
            said = first[0] if first else ""
            operator = _operator(_BEFORE.get(said, "="), f.bound)
            for n, number in enumerate(re.finditer(r"\d+(?:\.\d+)?", m[0])):
                i, j = m.start() + number.start(), m.start() + number.end()
                word = said if n == 0 else ""
                out.append(
                    replace(f, i=i, j=j, head=i - len(word), value=float(number[0]), operator=operator, said=word, wording=number[0])
                )
            f = replace(f, operator=operator)
        out.append(f)
    return out


def _operator(said: str, bound: str) -> str:
    """The operator of the word before and the word behind: 下降…以上 goes down, 保持…以上 is a floor."""
    if bound == "=" or said in ("increase", "decrease") or (said == "maintain" and bound == "approx"):
        return said
    return said if bound == ">" and said != "=" else bound


def _figure(clause: str, m: re.Match[str]) -> Figure | None:
    _start, end = m.span()
    unit, masked, chinese = m["unit"], m["mask"] is not None, False
    if not m["fraction"] and clause[: m.start()].endswith("第") and not clause[: m.start()].endswith("倒数第"):
        return None  # 第3位
    value: float | None
    if m["fraction"]:
        over, under = chinese_number(m["over"]), chinese_number(m["fraction"].split("分之")[0])
        return None if over is None or not under else _made(clause, m, over * 100 / under if under != 100 else over, "%", False, True)
    said = m["number"]
    if masked:
        value = None
    elif said[0].isdigit():
        value = float(said.replace(",", ""))
        if m["upper"] and value > float(m["upper"]):
            return None
    else:
        value, chinese = chinese_number(said), True
        if value is None or _not_a_count(clause, m, said, unit):
            return None
    if value is not None and m["multiple"]:
        value = round(value * _U["multiplier"][m["multiple"]], 6)
    if unit == "年" and value is not None and 1900 <= value <= 2100:
        return None
    if unit in ("年", "日", "月", "个月", "天", "小时", "分钟", "秒", "级", "类", "分", "期", "批", "名") and _is_time_or_rank(
        clause, m, unit
    ):
        return None
    if clause[end : end + 1] == "制" or (clause[end : end + 2] in ("行动", "计划") and unit in ("年", "天", "日")):
        return None
    return _made(clause, m, value, unit, masked, chinese)


def _not_a_count(clause: str, m: re.Match[str], said: str, unit: str) -> bool:
    """Chinese numerals are words more often than counts: only long ones, or one right behind its verb, count."""
    if said in ("百", "千", "十", "百千") or (said == "一" and re.search(r"不[\u4e00-\u9fff]{1,2}$", clause[: m.start()])):
        return True  # 不冒一处烟
    if len(said) >= 2 and said not in ("一一", "三四"):
        return said[0] in "〇零"
    if said == "一" and unit == "次" and re.match(r"能源|性|污染|颗粒|供", clause[m.end() :]):
        return True  # 一次能源
    if said == "二" and unit == "次" and re.match(r"[\u4e00-\u9fff]", clause[m.end() :]):
        return True  # 二次集中处理, 二次污染
    if said == "一" and unit not in ("次", "家", "处", "座", "场", "批次"):
        return not (
            unit in _EACH_ONE
            and re.search(r"[每各].{1,20}(?:配置|配备|设置|设立|安装|聘用|明确|确定|落实|组建|选派|配|设)$", clause[: m.start()])
        )
    if unit == "个" and said != "一" and _PLACES.match(clause[m.end() :]):
        return False  # 四个村
    if not clause[m.end() :] and unit in ("个", "项", "条", "所", "件", "口", "间") and m.start() > 4:
        return False
    if unit in (
        "个",
        "项",
        "种",
        "类",
        "条",
        "片",
        "大",
        "轮",
        "批",
        "级",
        "年",
        "日",
        "本",
        "张",
        "对",
        "支",
        "段",
        "组",
        "点",
        "件",
        "分",
        "名",
        "字",
        "间",
        "期",
        "口",
        "站",
        "部",
        "篇",
    ):
        return not re.search(r"(?:新建|新增|建成|建设|完成|创建|打造|培育|开展|不少于|至少)$", clause[: m.start()]) or bool(
            re.match(
                r"(?:方面|转变|协同|意识|自信|维护|确保|坚持|关口|环节|层面|体系|机制|方案|样板|重点|领域|百分点|台阶)", clause[m.end() :]
            )
        )
    return unit in ("方", "度", "元", "米", "分", "天", "位", "社区", "街道", "乡镇", "镇街", "企业", "则", "节", "课", "所")


def _is_time_or_rank(clause: str, m: re.Match[str], unit: str) -> bool:
    before, behind = clause[: m.start()], clause[m.end() :]
    if unit in ("名", "位"):
        return False
    if unit in ("日", "期", "批"):
        return before.endswith(("月", "第")) or (unit == "日" and not before.endswith(("达到", "为")))
    if unit in ("级", "类", "分"):
        return not (unit == "分" and behind[:1] in ("", "以", "左", ",", ";"))
    return unit in ("秒", "个月") or (unit in ("年", "月") and not before.endswith(("每",)))


def _made(clause: str, m: re.Match[str], value: float | None, unit: str, masked: bool, chinese: bool) -> Figure:
    start, end = m.span()
    found = _OP_END.search(clause, max(0, start - 8), start)
    said = found[0] if found else ""
    operator = _BEFORE.get(said, "=")
    behind = (m["behind"] or m["fbehind"] or "").removeprefix("(含)") if "behind" in m.groupdict() else ""
    if not said and operator == "=" and re.search(r"(?:至少|不少于|最少|不低于)[^,;。、]{1,6}$", clause[:start]):
        operator = ">="
    bound = ">" if m["more"] or m["more2"] else _BEHIND[behind] if behind else "="
    operator = ">" if m["more"] or m["more2"] else _operator(operator, bound)
    upper = None
    if m["range"] and not masked and operator == "=":
        operator = ">="
        upper = float(m["upper"]) * (_U["multiplier"][m["multiple"]] if m["multiple"] else 1)
    elif m["range"] and not masked and operator == "<=":
        value = float(m["upper"]) * (_U["multiplier"][m["multiple"]] if m["multiple"] else 1)  # 控制在33-35: the far end binds
    kind = "measure" if unit not in COUNT | SIZE else "size" if unit in SIZE else "count"
    rest = clause[end:]
    condition = bool(_CONDITION_TAIL.match(rest) and kind == "size" and rest[:1] != "的") or (
        behind in ("以上", "及以上", "以下", "及以下", "以内", "内", "之内")
        and kind != "count"
        and unit not in MEASURE
        and bool(_NOUN_BEHIND.match(rest))
        and not _END_BEHIND.match(rest)
    )
    if _FROM.search(clause[:start]) and (_TO.match(rest) or (not rest and "从" in clause[max(0, start - 17) : start])):
        condition = True  # 由97平方公里缩减至32: what it was
    if re.search(r"除[^,、]{0,12}$", clause[:start]) and re.match(r"[^,]{0,24}外", rest):
        condition = True  # 除1项外
    if kind == "measure" and _OF_THOSE.match(rest):
        condition = True  # 浓度超过70微克/立方米的镇: which ones, not how far
    if m["fraction"] and not said and not behind and _NOUN_BEHIND.match(rest) and not _END_BEHIND.match(rest):
        condition = True  # 三分之一县: which share of them
    if (
        kind != "measure"
        and re.match(r"的(?!任务|目标|要求)[\u4e00-\u9fff]", rest)
        and re.search(r"(?:超过|大于|高于|不足|少于|小于|达到)(?:\(含\)|\ue000{3})?$", clause[:start])
    ):
        condition = True  # 超过100吨的企业: which ones
    if not said and kind != "measure" and re.search(r"日(?:均)?(?:处理|供水|产|处置|加工|消纳|收集|转运)(?:能力|规模)?$", clause[:start]):
        condition = True  # 日处理500头牛粪便的处理厂: how big, not how many
    if unit in ("人", "户") and behind and _NOUN_BEHIND.match(rest) and not _END_BEHIND.match(rest):
        condition = True
    if behind.startswith("及"):
        condition = condition or (kind != "measure" and bool(_NOUN_BEHIND.match(rest)))
    if unit in ("日", "天", "小时", "年") and _NOUN_BEHIND.match(rest) and not _END_BEHIND.match(rest) and operator == "=":
        condition = True  # 7日预报, 24小时值守, 三年行动: a horizon
    return Figure(
        start, end, start - len(said), value, unit_of(unit), operator, said, kind, masked, chinese, condition, _wording(m), bound, upper
    )


def _wording(m: re.Match[str]) -> str:
    """The number alone as the text has it."""
    return str(m["fraction"] or m["number"] + (m["range"] or "") + (m["multiple"] or ""))
