"""Indicators (指标): what the words name, the platform's key, and lists of several in one breath."""

from __future__ import annotations

import itertools
import re
from functools import cache

from qingshan.plans import clauses
from qingshan.plans.words import any_of, words

_W = words("indicators")
INDICATORS = [(e["key"], e["better"], e["unit"], re.compile(e["match"])) for e in _W["indicator"]]
_T = _W["tails"]
RATIO = re.compile(any_of(_T["ratio"].split()) + r"(?:\(.{1,12}\))?$")
AMOUNT = re.compile(any_of(_T["amount"].split()) + r"(?:\(.{1,12}\))?$")
ANY_TAIL = any_of(_T["ratio"].split() + _T["amount"].split())
MEASURED = re.compile(
    any_of(_T["ratio"].split() + _T["amount"].split() + ["水质", "断面", "双降", "利用率", "减排", "水体", "指数", "级别"])
)
MEDIA = set(_T["media"].split())
_LEAD = re.compile(
    r"^(?:全区|全市|全县|全镇|我区|我市|我县|全省|全州|辖区内?|区域内?|年度|全年|其中|同时|并|且|以及|及|和|、|,|:|是|到\d{4}年(?:底)?,?|\d{4}年(?:底前?|度)?|力争|确保|保障|实现|努力|尽最大努力|持续|继续|稳步|全面|进一步|不断|基本|使|让|将|要|坚决|切实|一是|二是|三是|四是|推动|推进|促进|做到|努力实现|按年度计划|原则上|均|总体|有效|着力|完成)+"
)
_TRAIL = re.compile(
    r"(?:力争|确保|均要?|都要?|要|需|应|须|继续|持续|总体|稳步|分别|全部|整体|每年|同比|较上年|比上年|年内|努力|平均|进一步|[较比]\d{4}年|[较比]去年|[较比]上年|控制|稳定|年均值?|不断|实现|指标|(?<=[\u4e00-\u9fffA-Za-z\d]{3})(?:工作|年度|改善|控制)?目标|累计|达到|大于等于|小于等于|下降至目标值|目标值|达到目标值)+$"
)
_OPEN = re.compile(r"^[的、,:;]*在(?![用线建产营役])|^[的、,:;]+")
_POLLUTANT = re.compile(r"(?:化学需氧量|氨氮|氮氧化物|挥发性有机物|总磷|总氮|二氧化硫|颗粒物|重金属|VOCs)$")
_SPLIT = re.compile(r"、|以及|和(?!谐|平)|与|及(?!以|周边|时|其)")
_RUN_ON = re.compile(r"(?i:PM2\.5|PM10|TSP)(?=(?i:PM|TSP|SO2|NO2|O3|臭氧|二氧化))")
_PAREN = re.compile(r"\([^()]{0,80}\)")
_TAIL = re.compile(
    rf"(?:年均|平均|累计)?(?:排放|安全|综合|资源化)?(?:利用|处置|处理|达标|优良|覆盖|收集|完成|下降|执行|合格|治理|回收|安装|公开|使用)?{ANY_TAIL}(?:下降比例|下降率|比例|比率|率)?$"
)
_LEVEL, _GRADE = r"[国省市县区](?:控|考|级|定|管)", r"(?:[一二三四五]|[ⅠⅡⅢⅣⅤ]|I{1,3}|IV|V)"
_WHERE = (
    r"(?:城市|农村|城镇|乡镇|县城|城区|主城区|中心城区|建成区|郊区|镇村|昼间|夜间|白天|干流|支流"
    r"|新建|改建|扩建|规模以上|规模以下|大型|中型|小型|地级|县级|市级|省级|国家级)"
)
_PLACE = r"[^、]{1,10}?(?:市|县|区|旗|州|盟|省|镇|乡|街道|江|河|湖|溪|水库|流域|海湾|地区|平原|城市群|片区)"
_JOINTS = [  # what ends the one and begins the next, where both only say which ones of the head they share
    (re.compile(rf"(?:{_LEVEL}|[国省市县]|国家)$"), re.compile(rf"{_LEVEL}")),
    (re.compile(rf"{_GRADE}$"), re.compile(rf"{_GRADE}(?=类|级)")),
    (re.compile(rf"{_WHERE}$"), re.compile(_WHERE)),
    (re.compile(rf"^{_PLACE}$"), re.compile(_PLACE)),
    (re.compile(r"^[^、]{1,8}$"), re.compile(r"[^、]{1,8}?[两三四五六七八九十](?:区|县|市|镇|乡|省|江|河|湖|库|地)")),
]


_NO_THING = re.compile(r"^(?:及时|有效|安全|综合|集中|无害化|处理|处置|收集|转运|利用|回收|运输|治理)*$")
_SUM = re.compile(r"总(?:装机|规模|面积|能力)")  # 风电、光伏总装机容量: one figure for both
_AND_SO_ON = re.compile(r"(?:等(?:[一二三四五六七八九十\d]种)?|[两三四五六]项)(?:主要|重点|各项)?(?:大气|水)?污染物")


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
    return _OPEN.sub("", _TRAIL.sub("", _LEAD.sub("", said))).strip("、,:;").rstrip("的在")


def without_place(said: str) -> str:
    """长三角地区PM2.5浓度 → PM2.5浓度."""
    return re.sub(rf"^{_PLACE}(?=.)", "", said)


def names_indicator(said: str) -> bool:
    """True for the bare name of an indicator, as before a colon."""
    return bool(RATIO.search(said) or AMOUNT.search(said))


def bare(said: str) -> str:
    """The words without their brackets."""
    return _PAREN.sub("", said)


def _pieces(said: str) -> list[str]:
    plain = _PAREN.sub(lambda m: clauses.BLANK * len(m[0]), said)
    cuts = [0]
    for m in _SPLIT.finditer(plain):
        cuts += [m.start(), m.end()]
    for m in _RUN_ON.finditer(plain):  # PM2.5PM10: the mark between got lost
        cuts += [m.end(), m.end()]
    cuts[1:] = sorted(cuts[1:])
    return [said[a:b] for a, b in zip(cuts[::2], [*cuts[1::2], len(said)], strict=True)]


def _shared_head(pieces: list[str]) -> str | None:
    """The head of 国控、省控断面水质优良率, whose list only says which: 断面水质优良率; None where each names a thing of its own."""
    for ends, begins in _JOINTS:
        if any(ends.search(a) and begins.match(b) for a, b in itertools.pairwise(pieces)):
            m = begins.match(pieces[-1])
            if m is None:
                return ""
            short = ends is _JOINTS[0][0] and len(pieces[0]) and pieces[0][-1] in "国省市县"
            return pieces[-1][1 if short else m.end() :]
    return None


def parts(said: str, apart: bool = False) -> list[str]:
    """Coordinated indicators, each with the last word they share. ``apart``: 分别 gives each its own figure, so each stands alone."""
    pieces = _pieces(said)
    if len(pieces) == 1 or any(not p for p in pieces) or _SUM.search(said):
        return [said]
    head = _shared_head(pieces)
    if head is not None:
        return [*(p + head for p in pieces[:-1]), pieces[-1]] if apart and head else [said]
    pieces[-1] = _AND_SO_ON.sub("", pieces[-1])
    tail = _TAIL.search(pieces[-1])
    if not tail and re.search(r"(?:环境)?质量$|水质$", pieces[-1]):
        ending = "质量" if pieces[-1].endswith("质量") else "水质"
        stems = [p.removesuffix(ending) for p in pieces]
        stems = [x.removesuffix("环境") if x.removesuffix("环境") in MEDIA else x for x in stems]
        return [p if p.endswith(ending) else p + ending for p in pieces] if all(x in MEDIA for x in stems) else [said]
    if not tail:
        return [said]
    word = tail[0]
    if RATIO.search(pieces[-1]) and _NO_THING.match(pieces[-1][: tail.start()]):
        return [said]  # 收集转运和处理处置率: what it is the rate of stands before
    stem = bare(pieces[-1][: tail.start()])
    if not apart and any(
        len(p) <= 3 and len(stem) >= len(p) + 5 and not _POLLUTANT.search(p) and not names_indicator(p) for p in pieces[:-1]
    ):
        return [said]  # 废水、废气自动监控设施联网率: the longer one holds the head of both
    full = []
    for p in pieces:
        if names_indicator(p) and not _wants_word(p, word):
            full.append(p)
        elif re.search(r"(?:安全|综合)?利用率$", word) or len(p) <= 14:
            full.append(p + word)
        else:
            return [said]
    return full


def _wants_word(piece: str, word: str) -> bool:
    """A pollutant's bare name before …排放量, …浓度 is not yet an indicator."""
    if _POLLUTANT.search(bare(piece)):
        return names_indicator(word) and not _POLLUTANT.search(word)
    return bool(re.search(r"浓度$", word) and not RATIO.search(piece))


def parts_of_list(said: str) -> list[str]:
    """Things of a list 甲、乙和丙等."""
    said = re.sub(r"等[^等]{0,8}$|等$", "", said).removesuffix("年度")
    pieces = [p for p in _pieces(said) if len(p) > 1]
    if pieces and (m := re.search(r"(?:重点工程)?(?:总量)?(?:减排|削减)量?$", pieces[-1])):
        pieces = [p + m[0] if _POLLUTANT.search(p) else p for p in pieces]
    return [named(p) or p for p in pieces]
