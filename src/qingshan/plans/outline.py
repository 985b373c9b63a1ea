"""The outline of a document (篇章): paragraphs, headings and zones, so that a clause is judged by where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from qingshan.plans import fold
from qingshan.plans.words import words

_W = words("outline")
BOIL = re.compile("|".join(_W["boilerplate"]))
SUMMARY = re.compile(_W["summary"])
SIGN_ORG, SIGN_DATE, TITLE = re.compile(_W["signature_org"]), re.compile(_W["signature_date"]), re.compile(_W["title"])
TITLE_REPORT, TITLE_PLAN = re.compile(_W["title_report"]), re.compile(_W["title_plan"])
HEADS = {name: re.compile(_W[f"heading_{name}"]) for name in ("pre", "goal", "goal_not", "report", "plan")}
INLINE_GOAL, PLAIN_HEADING, OPENING = re.compile(_W["inline_goal"]), re.compile(_W["plain_heading"]), re.compile(_W["opening"])
NOTICE = re.compile(_W["notice"])
RUN_ON_HEADING = re.compile(_W["run_on_heading"])
SPEECH = re.compile(_W["speech"])
HEADLINE = re.compile(_W["headline"])
BY_NAME, COMMENT = re.compile(_W["by_name"]), re.compile(_W["comment"])
THESIS, PURCHASE = [[re.compile(w) for w in _W[k]] for k in ("thesis", "purchase")]
MEETING, PUBLICITY, CONTENTS = [re.compile(w) for w in _W["meeting"]], [re.compile(w) for w in _W["publicity"]], re.compile(_W["contents"])
REPLY, EXPLAINS = re.compile(_W["reply"]), re.compile(_W["explains"])
NEWS = [re.compile(w) for w in _W["news"]]
MARKS = (
    (1, re.compile(r"^(?:第[一二三四五六七八九十]{1,3}(?:部分|章|篇|节)|[一二三四五六七八九十]{1,3}(?:[、.]|$))")),
    (
        2,
        re.compile(
            r"^(?:\([一二三四五六七八九十]{0,3}\)(?!次)|\d{1,2}\.\d{1,2}(?=[\u4e00-\u9fff]{4})(?![万亿千百个家公里吨亩米倍元人户微毫平立年月天小分度辆台座项]))"
        ),
    ),
    (3, re.compile(r"^、(?=[\u4e00-\u9fff])|^\d{1,2}(?:[.、](?!\d)|[.、](?=20\d\d年)|$)")),
    (4, re.compile(r"^(?:\(\d{1,2}\)|\d{1,2}\)|[①-⑳])")),
)
_ADVERT = re.compile(
    r"欢迎(?:来电|咨询|选购|订购)|咨询热线|本公司|我公司|我司|质保|产品(?:特点|采用|通过|型号|优势)|厂家|售后|报价|免费安装|专业生产|射程|缺点|优点|咱们|接电|招商|加盟|客户|订购|优惠"
)
_SOLICIT = re.compile(r"公开征求.{0,60}意见(?:的)?(?:公告|通知|函|启事|通告)?$")
_INLINE_PRE = re.compile(r"^[^。;:]{0,36}(?:总体思路|指导思想|总体要求|基本思路|工作思路)(?:是|为)?:")
_EXPLAINS_TITLE = re.compile(r"解读(?:材料|稿|说明|方案)?$|^(?:一图读懂|图解|一图看懂|政策解读|答记者问)")
_WEB_LINE = re.compile(
    r"(?:来源|发布(?:日期|时间)|信息来源|浏览(?:次数|量)?|阅读(?:次数|人数)?|点击(?:数|量|次数)?|作者|发布人|编辑|字体|字号)[::]|^20\d\d-\d{1,2}-\d{1,2}|^\d{1,2}\.\d{1,2}\.20\d\d"
)
_ARTICLE = re.compile(r"^第[一二三四五六七八九十百]{1,5}条")
_EVENT = re.compile(
    r"(?:^|[,。:])(?:\[[^\]]{1,10}\])?(?:\d{4}年)?\d{1,2}月\d{1,2}日(?:上午|下午|晚|至\d{1,2}日)?,"
    r"[^。]{2,60}?(?:召开|举行|举办|组织[^,。]{2,20}开展|赴|荣获|走进)"
)
_OURS = re.compile(r"我[局区市县镇省厅中州]|本[局区市县镇]|全[区市县镇局省州]")
_PLAN_PART = re.compile(r"计划|打算|安排|思路|下一步|下步|明年|来年|下半年|工作要点")
_SENT = re.compile(
    r"(?:印发|转发|下发|发布)(?:了|给|《|.{0,60}(?:方案|计划|要点|通知))|全文如下|详情如下|遵照执行|贯彻(?:落实|执行)|按照执行"
)
_GOAL_HEAD = re.compile(r"^[^、)]{1,5}[、)][^,。:]{0,12}(?:目标|指标)(?:任务|要求)?(?:$|[。:])")
_HALF_TITLE = re.compile(r"^(?!附件)[^,。;:!?]{2,30}(?:20\d\d年(?:度)?|关于.{0,20}|的|[、与和及]|[市县区旗州镇])$")
_NAMES_PAPER = re.compile(r"20\d\d|年度|[省市县区镇乡州旗局]|(?:实施|工作|行动|攻坚)(?:方案|计划)$")
_OUTSIDE = re.compile(  # 某街道加强…: told by somebody else
    r"^(?:近日|日前|今年以来|近期|连日来)?,?[\u4e00-\u9fff]{2,14}(?:街道|镇|乡|局|县|区|社区|支队|大队|办事处|村|公司|分局|市)"
    r"(?:紧紧|积极|深入|切实|全面|进一步|持续|扎实|不断|着力)*(?:加强|开展|组织|推进|强化|聚焦|围绕|多措并举|坚持|紧盯|抓好|探索|创新)"
)
_PRESS = re.compile(
    r"^(?:本报|本网)|记者(?!站)|通讯员|[报网台]讯[^息]"
    r"|(?:^|\n).{0,20}\d{1,2}月\d{1,2}日[电讯](?=[(,\u4e00-\u9fff ])|新闻网(?:讯|消息)|融媒体|责任编辑|责编|供稿"
)
_LATELY = re.compile(
    r"^(?:[^。,]{0,40},)?(?:近日|日前|连日来|近期|近段时间)|。(?:近日|日前|连日来)"
    r"|^.{0,14}\d{1,2}月\d{1,2}日,.{2,24}(?:镇|街道|乡|区|县|局|村|社区)"
)
_MET = re.compile(r"(?:^|[,。])[\u4e00-\u9fff]{2,12}(?:镇|街道|街办|乡|办事处|局|公司|中心|大队|村|社区)(?:组织|先后)?召开")
_WILL = re.compile(  # 下一步,某镇将…
    r"(?:下一?步|下阶段|接下来|今后|下步),?[\u4e00-\u9fff]{2,10}(?:镇|街道|乡|区|县|市|局|村|社区|环保办|所|站)(?:环保办)?将"
)
_THAT = re.compile(r"(?:^|[。,;])该(?:镇|街道|乡|区|县|市|局|村|社区|所|队|支队|大队|公司)")
_MINE = re.compile(r"我[局区市县镇乡省厅中州]|本[局区市县镇乡]|各(?:镇|乡|街道|县|区|科室|单位|部门)[^。]{0,12}(?:要|应|须)")
_DUE = re.compile(r"月底前|年底前|力争|(?:工作|主要|年度)目标|(?:责任|牵头)单位")
_ANNOUNCED = re.compile(
    r"^(?:[^。]{0,30},)?(?:近日|日前|近期)[^。]{0,60}(?:印发|发布|出台|公布|下发|召开|举行|开展)|^\d{1,2}月\d{1,2}日,[^。]{2,30}(?:下发|印发|发布|公布|出台)了"
)
_FULL = re.compile(r"全文如下|(?:详情|内容|方案|要点|事项|计划|安排|部署)(?:通知)?如下|现将|印发给你们")
_FIRST_OF = re.compile(r"(?:一、|\(一\))(?=[\u4e00-\u9fff])")
_OPENS_STORY = re.compile(
    r"^(?:[^。,]{0,12},)?(?:昨[天日晚]|今[天日](?:上午|下午|,)|日前|近日|近期|连日来|近年来|近来|年初以来|入[春夏秋冬]以来|为[^。]{4,40},(?:近日|日前))"
    r"|^[^。,]{0,20}\d{1,2}月\d{1,2}日(?:至(?:\d{1,2}月)?\d{1,2}日)?(?:上午|下午|晚|,)"
)
_PERFECT = re.compile(r"[\u4e00-\u9fff]{2}了(?!解)[\u4e00-\u9fff“《]")
_NARRATED = (  # sign and its weight
    (re.compile(r"近年来|截至目前|目前,"), 1),
    (re.compile(r"(?:正式|成功)(?:成为|创成|入选|获评)|荣获|被(?:授予|评为|命名)"), 1),
    (
        re.compile(
            r"(?:印发|发布|出台|公布)了?《[^》]+》,?(?:《[^》]+》)?(?:中)?(?:首次)?(?:提出|明确|要求)|(?:规划|方案|计划|意见)》?(?:还|首次)*(?:提出|明确,|分别从|共分)"
        ),
        3,
    ),
    (re.compile(r"(?:近日|日前)(?:正式|联合)*(?:印发|发布|出台|公布)|(?:计划|方案|规划|意见)中(?:明确|提出)"), 3),
    (re.compile(r"此举|标志着|这一目标"), 2),
    (re.compile(r"上下一心|团结一致|仅用|圆满完成[。,]"), 1),
    (re.compile(r"[^。,]{2,30}是[^。]{4,40}的?(?:重要|关键)(?:基础|平台|支撑|举措|环节|载体)"), 1),
    (re.compile(r"各地[^。,]{0,12}(?:部门|单位|干部)"), 1),
    (re.compile(r"(?:主要|工作|其)职责(?:包括|有|是)|通常负责"), 3),
    (re.compile(r"(?:强调|指出|表示|介绍)[,:]|据(?:了解|介绍|悉)|记者"), 2),
    (re.compile(r"一行(?:\d{1,2}人)?(?:先后|对|到|赴|深入|来到|实地)"), 2),
    (re.compile(r"(?:该|这个)(?:市|县|区|镇|乡|村|局|街道|项目|工程|公司)"), 2),
    (re.compile(r"欢迎(?:您|光临|来电|咨询)|客服|有限公司版权"), 2),
    (re.compile(r"(?:上午|下午),[^。]{2,40}(?:召开|举行|举办|开幕|启动)"), 2),
)
_OWN_PAPER = (
    (re.compile(r"我局|我分局|各(?:镇|乡|街道|县|区|科室|单位|部门)[^。]{0,12}(?:要|应|须)"), 3),
    (re.compile(r"(?:牵头|责任|配合)(?:单位|部门)|月底前|年底前"), 3),
    (re.compile(r"(?:如下|特制定|制定本(?:方案|计划))"), 3),
    (re.compile(r"(?:^|[。;,\n])(?:力争|确保|坚决)"), 1),
    (re.compile(r"(?:工作|主要|年度)目标"), 2),
)
_CHAPTER_OF_PLAN = re.compile(r"目标|任务|措施|要求|思路|打算|计划|安排")
_LEADERS = re.compile(r"(?:(?<=……)|(?<=\.{4})|(?<=·{4}))\d{1,3}(?=$|[一二三四五六七八九十(\d])")
_PAGE = re.compile(r"\d{1,2}、(?=[^\d])")
_ENTRY = re.compile(r"[.…·\d\s-]+$")
_LONE = re.compile(r"\d[\d.]*(?:%|万?[家个件项台辆处座条吨亩户人次]{1,2}|公里|微克/立方米)[,。;]?")
_CHINESE_END = re.compile(r"(?:率|的|项目|文件|登记表|报告表|[\u4e00-\u9fff]为)$|[,、][\u4e00-\u9fff]{2,10}$")
_YEARS_AIM = re.compile(r"^(?:到)?20\d\d年(?:底)?,")
_AIMED = re.compile(r"\d(?:%|微克/立方米|万吨|亿吨)")
_TREATS = re.compile(r"^[^,]{1,4}[对将].{3,24}(?:进行|纳入|实施)[^,]{2,12},.{4,}")  # (1)对油烟进行治理,责令…: a sentence
_CLAUSE_OF_STANDARD = re.compile(r"^\d{1,2}(?:\.\d{1,2}){1,3}(?![\d%])[^。]*(?:应(?!急|对|用)|不得|不应|执行[^,。]{0,8}标准|适用于|宜)")
_GUIDE = re.compile(r"^(?!.*(?:印发|落实|贯彻|关于)).{4,40}(?:导则|技术规范|技术规程|技术指南|编制大纲|编制指南)(?:\(.{1,12}\))?$")
_RULES = re.compile(r"^(?!.*(?:落实|贯彻|执行|关于|20\d\d))[^,。;:]{4,30}(?:方案|计划|任务|清单|意见)(?:的)?(?:规定|须知|指南|编写说明)$")
_EXPERT = re.compile(  # 张某(某大学教授):… answers a question
    r"^[\u4e00-\u9fff]{2,4}\([^()]{4,40}?(?:教授|研究员|院士|院长|所长|专家|主任|局长|处长|厅长|总工程师)[^()]{0,16}\):"
)
_BODY_OF = re.compile(r"(?:成立|组建)(?:以|由)")
_DATED = re.compile(r"到20\d\d年|20\d\d年(?:年)?底|月底?前|年底前|季度(?:末|前)")
_HEADLINE = re.compile(  # 某区“常治”打好蓝天保卫战,保障…: the line over a piece of news
    r"^[\u4e00-\u9fff]{2,8}(?:区|县|市|镇|乡|街道|局)[“\"]?[^。;:]{2,30},[^。;:,]{4,24}(?:$|一是|一、)"
)
_DONE = re.compile(
    r"已(?!经?建)|了(?!解)|共(?!同|享|建|治|赢)|累计|同比|截至|(?:\d月|今年|年初|入[夏秋冬])(?:份)?以?来,|上半年|去年|完成率|较上年|罚款"
)
_NEXT = re.compile(r"20\d\d年.{0,10}(?:思路|打算|安排)|下一?步|来年|明年|下半年|今后")
_UNITS_NOTE = re.compile(r"\((?:[^()]|\([^()]{1,12}\))*?(?:牵头|负责|配合|单位|部门)(?:[^()]|\([^()]{1,12}\))*\)$")
_TOLD_BY = re.compile(
    r"\((?:[\u4e00-\u9fff]{1,8}(?:镇|乡|街道|街办|办事处|社区|支队|大队|中队|分局|局|融媒|新闻网|日报)[^()。]{0,16}"
    r"|[^()。]{0,12}(?:记者|通讯员|供稿|撰稿)[^()。]{0,16})\)$"
)
_TO_A_FIRM = re.compile(r"你(?:公司|厂|店|场|单位|院|企业)|当事人|被处罚人")
_MID = re.compile(r"[一二三四五六七八九十]{1,3}、|\([一二三四五六七八九十]{1,3}\)")
_STOP = re.compile(r"[。!?]")
_STRAY = re.compile(r"[,、;。!?]+")
_PUNCT = re.compile(r"[,。;:!?、]")
_COUNTED = re.compile(
    r"\d+(?:\.\d+)?(?:余)?(?:万|亿)?(?:[家个条处项辆台座户件份次场亩吨%起所名批期]|公里|公顷|平方|立方|微克|以上)"
    r"|[一二三四五六七八九十]分之|[一二三四五六七八九]成(?=[,。;以]|$)"
)
_DUTY_LINE = re.compile(r"^\(?(?:牵头|责任|配合|参与|承办|主办|协办|主责|实施)(?:单位|部门|科室|领导|人)[::]")
LONGEST_HEADING = 45


@dataclass
class Block:
    """A paragraph, or a part of one that headings without line breaks had run together."""

    line: fold.Line
    kind: str = "body"  # title heading body table boilerplate
    zone: str = "BODY"  # BODY PRE GOAL REPORT BOIL NEWS
    body: int = 0  # where its text begins, behind an inline heading or mark
    head: tuple[int, int] | None = None  # its heading, indices of the line
    level: int = 0
    path: tuple[str, ...] = ()
    lead_in: bool = False  # stands between a chapter's heading and its first section
    cells: list[fold.Line] = field(default_factory=list)

    @property
    def s(self) -> str:
        return self.line.s


def blocks(folded: str) -> list[Block]:
    """Paragraphs in order, page breaks within a sentence mended, run-together headings taken apart."""
    lines: list[list[fold.Line]] = []  # the lines of the source that make one
    raw: list[str] = []
    start = 0
    for piece in re.split(r"(\r\n|[\n\r\x0b\x0c\u2028\u2029])", folded):
        end = start + len(piece)
        made = fold.line(folded, start, end)
        if made.s and not made.s.strip("?"):
            pass  # what the page's encoding lost
        elif made.s and lines and raw[-1] == "text" and _STRAY.fullmatch(made.s):
            lines[-1].append(made)  # a mark that fell into a line of its own
        elif made.s:
            across = "\t" in piece.rstrip(" ") and bool(raw) and raw[-1] == "table"  # one cell over all columns: the name of a section
            table = "\t" in piece.strip() or across or piece.count("|") >= 2
            if lines and not table and raw[-1] == "text" and (skip := _page_number(lines[-1][-1].s, made.s)):
                lines[-1].append(made.part(skip, len(made.s)))  # a file site's page number within a sentence
            elif lines and not table and _goes_on("".join(x.s for x in lines[-1][-3:])[-400:], made.s[:400], raw[-1]):
                lines[-1].append(made)
            else:
                lines.append([made])
                raw.append("table" if table else "text")
        start = end
    out: list[Block] = []
    for parts, kind in zip(lines, raw, strict=True):
        one = fold.joined(parts)
        if kind == "table":
            out.append(Block(one, kind="table", cells=_cells(folded, one)))
        else:
            out += [Block(part) for part in _taken_apart(one)]
    return out


def _page_number(before: str, after: str) -> int:
    """Length of the 2、 that a file site puts before each of its pages, where it cuts a sentence in two; 0 elsewhere."""
    m = _PAGE.match(after)
    long_page = len(before) >= 200 and before[-1] not in "。;:!?…"
    return m.end() if m and long_page and ("。" in before or ";" in before) else 0


def _goes_on(before: str, after: str, kind: str) -> bool:
    """True where a sentence goes on in the next line."""
    if kind != "table" and after[0] == "、" and before[-1] == "。":
        return False  # the number of an item is lost
    if kind != "table" and (after[0] in ",。;、" or (_LONE.fullmatch(after) and len(before) > 4 and _CHINESE_END.search(before))):
        return True  # no line begins with a comma; a figure that fell into a line of its own
    if kind == "table" or len(before) < 8 or before[-1] in "。;:!?…" or any(m.match(after) for _, m in MARKS) or _DUTY_LINE.match(after):
        return False
    if BOIL.search(before) or BOIL.search(after) or SUMMARY.match(before) or (TITLE.search(before) and not _STOP.search(before)):
        return False
    if 0 < mark_level(before) <= 2 and len(before) <= LONGEST_HEADING and not _STOP.search(before) and len(after) > len(before) + 6:
        return before[-1] in ",、"  # a heading with a comma; a line that the page broke is as long as the next
    if any(m.match(before) for _, m in MARKS) and not re.search(r"[,。;]", before):
        return before[-1] in ",、" and len(before) > 20
    if before[-1] in '”")' and before[-2] in "。!?":
        return False
    if before[-1] == ")" and _UNITS_NOTE.search(before):
        return False
    if before[-1] in ")" and len(before) < 25:
        return False
    inside = bool(re.search(r"[,。;]", before))
    return inside and (bool(re.search(r"[,。;]", after)) or before[-1] in ",、") and not SIGN_DATE.match(after)


def _cells(folded: str, row: fold.Line) -> list[fold.Line]:
    start, end = row.at[0], row.at[-1] + 1
    out, k = [], start
    for m in re.finditer(r"[\t|]", folded[start:end]):
        out.append(fold.line(folded, k, start + m.start()))
        k = start + m.end()
    out.append(fold.line(folded, k, end))
    if len(out) == 1 and folded[end : end + 1] == "\t":
        out.append(fold.line(folded, end, end))  # the columns it lies across
    return out


def _taken_apart(one: fold.Line) -> list[fold.Line]:
    """A line in which chapter marks stand behind a space, cut before each mark and behind its heading."""
    cuts = {g for g in one.gaps if _MID.match(one.s, g) and g > 0}
    cuts |= {m.start() for g in one.gaps if (m := INLINE_GOAL.match(one.s, g))}
    if len(one.s) > 120:
        cuts |= _chapters(one.s)
    if not cuts:
        return [one]
    out, k = [], 0
    for cut in sorted(cuts) + [len(one.s)]:
        if cut <= k:
            continue
        part = one.part(k, cut)
        if _MID.match(part.s) and part.gaps:
            stop = _STOP.search(part.s)
            gaps = sorted(
                g for g in part.gaps if 6 <= g <= LONGEST_HEADING and part.s[g - 1] not in ",、;" and (not stop or g <= stop.start())
            )
            if gaps:
                out.append(part.part(0, gaps[-1] if stop is None else gaps[0]))
                part = part.part(gaps[-1] if stop is None else gaps[0], len(part.s))
        out.append(part)
        k = cut
    return [p for p in out if p.s]


def _chapters(s: str) -> set[int]:
    """Where the chapters of a text begin whose lines were lost: 一、 behind its title, then 二、, 三、 in order, (一) behind a heading."""
    at = [m.start() for m in re.finditer(r"(?<![第之])一、(?=[^一二三四五六七八九十])", s) if _begins(s, m.start())]
    if not at:
        return set()
    out, k = {at[0]}, at[0]
    for number in "二三四五六七八九":
        k = s.find(number + "、", k)
        if k < 0 or not _begins(s, k):
            break
        out.add(k)
    if len(out) == 1 and not TITLE.search(s[: at[0]]) and not RUN_ON_HEADING.match(s[at[0] :]):
        return set()
    out |= {m.start() for m in re.finditer(r"\([一二三四五六七八九]\)", s) if m.start() > at[0] and _begins(s, m.start())}
    return {k for k in out if k > 0}


def _begins(s: str, k: int) -> bool:
    """True behind a full stop, a title or the heading of a chapter."""
    before = s[max(0, k - 40) : k]
    return (
        not before
        or before[-1] in "。;!?)” "
        or bool(TITLE.search(before))
        or bool(RUN_ON_HEADING.search(before[before.rfind("、") - 1 :] + "今"))
    )


def mark_level(s: str) -> int:
    """1 一、 2 (一) 3 1. 4 (1); 0 none."""
    return next((level for level, mark in MARKS if mark.match(s)), 0)


def lay_out(all_: list[Block]) -> tuple[str, str]:
    """Give every block its kind, zone and heading path. Returns the document's kind and title."""
    title_at = _title(all_)
    title = all_[title_at].s if title_at is not None else ""
    begun = 0
    if title_at is not None:
        for k in range(title_at + 1):
            all_[k].kind, all_[k].zone = ("title" if all_[k].s == title else "boilerplate"), "BOIL"
        if title_at and _HALF_TITLE.match(all_[title_at - 1].s) and not mark_level(all_[title_at - 1].s):
            all_[title_at - 1].kind, title = "title", all_[title_at - 1].s + title  # a title of two lines
        begun = title_at + 1
    _boilerplate(all_, begun)
    kind = _kind(all_, title, begun)
    _headings(all_, begun, kind, title)
    return kind, title


def _title(all_: list[Block]) -> int | None:
    """The last title line before the text begins; behind the letter that sends a paper out stands the paper's own title."""
    found = None
    sent = False  # a letter 现将…印发给你们, or a line of news about it, stands before
    for k, block in enumerate(all_[:30]):
        s = block.s
        if SUMMARY.match(s):
            continue
        if mark_level(s) in (1, 2) or (mark_level(s) and not sent):
            break
        if len(s) <= 60 and TITLE.search(s) and not _STOP.search(s) and not BOIL.search(s) and (not sent or _NAMES_PAPER.search(s)):
            found = k
            sent = False
        if len(s) > 70 or (len(s) > 30 and _STOP.search(s)):
            if not _SENT.search(s) and not any(_SENT.search(b.s) for b in all_[max(0, k - 2) : k]):
                break
            sent = True
    return found


def _boilerplate(all_: list[Block], begun: int) -> None:
    for block in all_[begun : begun + 12]:
        if BOIL.search(block.s) and len(block.s) <= 60:
            block.kind, block.zone = "boilerplate", "BOIL"
        elif len(block.s) > 40:
            break
    _contents(all_)
    for block in all_[begun:]:
        if block.kind == "body" and _LEADERS.search(block.s):
            block.kind, block.zone = "boilerplate", "BOIL"
    last = max((k for k, b in enumerate(all_) if b.kind == "body" and (b.s[-1] in "。;" or len(b.s) > 60)), default=-1)
    for k in range(last + 1, len(all_)):
        s = all_[k].s
        if all_[k].kind != "body":
            continue
        if (
            (BOIL.search(s) and len(s) <= 80)
            or (len(s) <= 40 and (SIGN_DATE.match(s) or (SIGN_ORG.search(s) and not _PUNCT.search(s))))
            or (k and all_[k - 1].zone == "BOIL" and k - 1 > last and len(s) <= 40 and not mark_level(s))
        ):
            all_[k].kind, all_[k].zone = "boilerplate", "BOIL"
    for block in all_[begun:]:
        if block.kind == "body" and (
            SIGN_DATE.match(block.s) or (len(block.s) <= 60 and BOIL.search(block.s) and not _STOP.search(block.s))
        ):
            block.kind, block.zone = "boilerplate", "BOIL"


def _contents(all_: list[Block]) -> None:
    """A table of contents: the short lines behind 目录, up to the place where its first entry comes again."""
    at = next((k for k, b in enumerate(all_[:60]) if CONTENTS.match(b.s)), None)
    if at is None or at + 3 >= len(all_):
        return
    first = _ENTRY.sub("", all_[at + 1].s[:80])
    for k in range(at, len(all_)):
        s = all_[k].s
        if len(s) > 60 or "。" in s or (k > at + 1 and _ENTRY.sub("", s) == first):
            return
        all_[k].kind, all_[k].zone = "boilerplate", "BOIL"


def _kind(all_: list[Block], title: str, begun: int) -> str:
    if any(len(b.s) <= 80 and _SOLICIT.search(b.s) for b in all_[:4]):
        return "other"
    if any(len(b.s) <= 60 and NOTICE.search(b.s) and not TITLE_PLAN.search(b.s) for b in all_[:4]):
        return "other"
    if any(_RULES.match(b.s) and not mark_level(b.s) for b in all_[:2]):
        return "other"
    if any(_GUIDE.match(b.s) and not mark_level(b.s) for b in all_[:3]):
        return "other"
    if any(len(b.s) <= 70 and _EXPLAINS_TITLE.search(b.s) for b in all_[:4]):
        return "other"
    whole = [b.s for b in all_[begun:] if b.kind != "table"]
    if sum(bool(_ARTICLE.match(s)) for s in whole) >= 3 or (not begun and len(set(_ADVERT.findall("".join(whole)[:3000]))) >= 2):
        return "other"  # a regulation; an advertisement
    if not begun and sum(bool(_CLAUSE_OF_STANDARD.match(s)) for s in whole) >= 3 and not _DUE.search("".join(whole)):
        return "other"  # the text of a standard
    if any(_EXPERT.match(s) for s in whole[:6]) and any(s[-1] == "?" for s in whole[:6]):
        return "news"  # an interview
    if any(REPLY.search(s[:200]) for s in whole[:5]) or sum(bool(EXPLAINS.search(s)) for s in whole if len(s) <= 40) >= 1:
        return "other"  # a letter of reply; an explanation of a paper
    opening = "\n".join(whole[:8])[:1500]
    if (
        SPEECH.search(opening)
        and re.search(r"同志们[:,!]", opening)
        and re.search(r"讲[^,。]{0,4}[一二三四五六几](?:点|个方面|方面)", opening)
    ):
        return "other"
    if title and HEADLINE.match(title) and not _FULL.search(opening):
        return "news"  # 某部印发某规划: the line over a piece of news
    if not title and _web_headline(all_):
        return "news"
    report, plan = bool(TITLE_REPORT.search(title)), bool(TITLE_PLAN.search(title))
    if report and not plan:
        return "report"
    if plan or report:
        return "plan"
    body = [b.s for b in all_[begun:] if b.kind == "body"]
    text = "。".join(body)[:4000]
    heads = any(mark_level(s) in (1, 2) for s in body)
    if any(sum(bool(w.search(text)) for w in marks) >= 2 for marks in (THESIS, PURCHASE, MEETING, PUBLICITY)):
        return "other"
    if BY_NAME.search(text) or (not heads and len(COMMENT.findall(text)) >= 2):
        return "news"
    if body and not heads and any(_ANNOUNCED.match(s) for s in body[:3]) and not _FULL.search(opening):
        return "news"
    if SPEECH.search(text[:1500]) or any(len(s) <= 40 and re.search(r"[\u4e00-\u9fff]{4}.*[?]$", s) for s in body[:1]):
        return "other"
    if body and not heads and any(_EVENT.search(s[:300]) for s in body[:2]):
        return "news"
    if body and not heads and not _DUE.search(text) and _told(all_, body):
        return "news"
    if body and not heads and _HEADLINE.match(body[0]) and not re.search(r"20\d\d年|月底前|年底前|力争|目标", text):
        return "news"
    if (
        body
        and not heads
        and _OUTSIDE.match(body[0])
        and re.search(r"截至|目前,|近年来|今年以来|已(?:经|完成|建)|(?:开展|进行|组织|召开|举办)了|\d日(?:上午|下午|晚)", text)
    ):
        return "news"
    if body and not heads and _TOLD_BY.search(body[-1]):
        return "news"
    if not heads and len(_TO_A_FIRM.findall(text)) >= 2:
        return "other"  # a letter to one firm
    if not heads and _narrated(all_, body, text):
        return "news"
    if sum(bool(w.search(text)) for w in NEWS) >= 3 and not re.search(r"\d{4}年(?:重点)?工作(?:计划|要点|安排)", text[:120]):
        return "news"
    done = len(_DONE.findall(text))
    todo = len(
        re.findall(
            r"[。,;](?:全面|深入|持续|继续|积极|加快|大力|扎实|严格|进一步)?(?:推进|加强|完成|开展|实施|强化|落实|建立|完善|推动|力争|确保)",
            text,
        )
    )
    if not heads and not re.match(r"[二三四五六七八]是", text) and done >= 2 and done > todo and not _OURS.search(text):
        return "news"  # told from outside
    if re.search(r"(?:事项|要求|工作|任务)(?:通知|安排|明确)如下|提出(?:如下|以下)(?:要求|意见)", text):
        return "plan"  # a letter that gives orders, whatever its first lines tell of the past
    said = [s for s in body if 0 < mark_level(s) <= 2]
    if any(_GOAL_HEAD.match(s) for s in said):
        return "plan"  # 二、工作目标
    return "report" if done >= 3 and done * 2 > todo else "plan"


def _narrated(all_: list[Block], body: list[str], text: str) -> bool:
    """Weighs the signs of a story told from outside against those of a bureau's own paper."""
    whole = "\n".join(b.s for b in all_)
    weight = sum(points for sign, points in _NARRATED if sign.search(text[:2000])) + (
        2 if any(_OPENS_STORY.search(s) for s in body[:3]) else 0
    )
    weight += 1 if len(_PERFECT.findall(text[:2000])) >= 3 else 0
    return weight - sum(points for sign, points in _OWN_PAPER if sign.search(whole)) >= 3


def _web_headline(all_: list[Block]) -> bool:
    """A line that is no paper's title over a web page's 来源、发布日期, with no chapters of a plan below: a piece of news."""
    head = next((k for k, b in enumerate(all_[:5]) if _WEB_LINE.search(b.s) and len(b.s) <= 80), None)
    if not head or any(mark_level(b.s) == 1 and _CHAPTER_OF_PLAN.search(b.s[:20]) for b in all_):
        return False
    said = all_[head - 1].s
    return 8 <= len(said) <= 60 and "。" not in said and not TITLE.search(said) and not mark_level(said)


def _told(all_: list[Block], body: list[str]) -> bool:
    """True for what somebody else tells of an office: reporters, 近日, 该镇, 某镇将."""
    whole = "\n".join(b.s for b in all_)
    if _PRESS.search(whole) or _WILL.search(whole):
        return True
    return not _MINE.search(whole) and (any(_LATELY.search(s) or _MET.search(s) for s in body[:2]) or bool(_THAT.search(whole)))


def _headings(all_: list[Block], begun: int, kind: str, title: str) -> None:
    mixed = kind == "plan" and bool(TITLE_REPORT.search(title)) and bool(_PLAN_PART.search(title))  # 上年总结和本年计划
    base = "REPORT" if kind == "report" or mixed else "NEWS" if kind in ("news", "other") else "BODY"
    stack: list[tuple[int, str, str]] = []  # level, words, zone
    real = [k for k in range(begun, len(all_)) if all_[k].kind == "body"]
    numbered = any(mark_level(all_[k].s) in (1, 2) for k in real)
    seen = False
    for n, k in enumerate(real):
        block = all_[k]
        level = mark_level(block.s)
        follower = next((all_[j] for j in real[n + 1 : n + 3] if not _DUTY_LINE.match(all_[j].s)), None)
        head = _head_of(block, level, follower)
        if (
            head is None
            and not level
            and n
            and _mark_alone(all_[real[n - 1]])
            and len(block.s) <= LONGEST_HEADING
            and not _STOP.search(block.s)
        ):
            level, head = all_[real[n - 1]].level, (0, len(block.s))  # 一, and its words in the next line
        if head is None and follower is None and _cut_off(block, level, all_[real[n - 1]] if n else None):
            head = (0, len(block.s))
        if head is None and not level and _is_plain_heading(block, follower):
            level = 2 if any(x[0] == 1 for x in stack) and not PLAIN_HEADING.match(block.s) else 1
            head = (0, len(block.s))
        if head is not None:
            level = level or 1
            seen = True
            stack = [x for x in stack if x[0] < level]
            said = block.s[head[0] : head[1]]
            if mixed and level <= 2 and _PLAN_PART.search(said) and not HEADS["report"].search(said):
                mixed, base = False, "BODY"
            stack.append((level, said, _zone_of(said, stack[-1][2] if stack else base, mixed)))
            block.head, block.level, block.body = head, level, head[1]
            block.kind = "heading" if head[1] >= len(block.s) else "body"
        elif level:
            stack = [x for x in stack if x[0] < level]
            mark = next(m for lev, m in MARKS if lev == level).match(block.s)
            block.body = mark.end() if mark else 0
        block.path = tuple(x[1] for x in stack)
        block.zone = stack[-1][2] if stack else base
        if (
            SUMMARY.match(block.s)
            or (block.kind == "body" and _INLINE_PRE.match(block.s))
            or (
                not seen
                and numbered
                and (begun or OPENING.search(block.s[:800]))
                and base in ("BODY", "REPORT")
                and not INLINE_GOAL.match(block.s)
            )
        ):
            block.zone = "PRE"
        elif (
            block.zone == "PRE"
            and block.kind == "body"
            and head is None
            and _YEARS_AIM.match(block.s)
            and len(_AIMED.findall(block.s)) >= 2
        ):
            block.zone = "GOAL"  # 总体要求 that ends in the year's figures
        elif INLINE_GOAL.match(block.s) and block.zone != "NEWS" and base != "REPORT":
            block.zone = "GOAL"
        if (
            head is None
            and not level
            and n
            and all_[real[n - 1]].kind == "heading"
            and all_[real[n - 1]].level <= 2
            and follower is not None
            and mark_level(follower.s) > 0
            and mark_level(follower.s) > all_[real[n - 1]].level
        ):
            block.lead_in = True
    for k in range(begun, len(all_)):
        if all_[k].kind == "table":
            above = next((all_[j] for j in range(k - 1, -1, -1) if all_[j].kind in ("heading", "body")), None)
            if above is not None:
                all_[k].path, all_[k].zone = above.path, above.zone if above.zone != "PRE" or above.head else "BODY"


def _head_of(block: Block, level: int, follower: Block | None) -> tuple[int, int] | None:
    """Where the heading of a numbered block stands; None: the whole block is text."""
    if not level:
        return None
    s = block.s
    stop = _STOP.search(s)
    if (m := RUN_ON_HEADING.match(s)) and (stop is None or stop.start() > m.end() + 1) and len(s) > LONGEST_HEADING:
        return 0, m.end()
    if stop and stop.end() < len(s):
        said = s[: stop.end()]
        rest = s[stop.end() :]
        deeper = follower is not None and mark_level(follower.s) > level
        if deeper and len(said) <= LONGEST_HEADING and _UNITS_NOTE.fullmatch(rest) and not _COUNTED.search(said):
            return 0, len(s)  # (一)治气。(牵头单位:甲局), with its sections below
        if (
            len(said) <= LONGEST_HEADING
            and not _COUNTED.search(said)
            and said.count(",") <= 2
            and not rest.startswith("(")
            and not _DATED.search(said)
            and not _BODY_OF.search(said)
            and not (level > 2 and _TREATS.search(said))
        ):
            return 0, stop.end()
        return None
    if len(s) > LONGEST_HEADING + 10:
        return None
    goes_deeper = follower is not None and (mark_level(follower.s) > level or not mark_level(follower.s))
    if level <= 2 and not _COUNTED.search(s) and s[-1] not in ";" and (goes_deeper or (level == 1 and s[-1] != "。")):
        return 0, len(s)
    if goes_deeper and not _COUNTED.search(s) and s[-1] not in ";" and s.count(",") <= 2:
        return 0, len(s)
    return None


def _mark_alone(block: Block) -> bool:
    return block.kind == "heading" and re.fullmatch(r"[一二三四五六七八九十]{1,3}[、.]?", block.s) is not None


def _cut_off(block: Block, level: int, above: Block | None) -> bool:
    """The last line of an excerpt: a short section's heading right below its chapter's."""
    s = block.s
    return (
        level in (1, 2)
        and above is not None
        and len(s) <= 30
        and not re.search(r"[,;:]", s)
        and not _COUNTED.search(s)
        and (bool(_FIRST_OF.match(s)) or (above.kind == "heading" and above.level == level - 1) or s[-1] not in "。")
    )


def _is_plain_heading(block: Block, follower: Block | None) -> bool:
    s = block.s
    if PLAIN_HEADING.match(s.rstrip(":")):
        return True
    return (
        len(s) <= 20
        and not _PUNCT.search(s)
        and not _COUNTED.search(s)
        and follower is not None
        and (len(follower.s) >= 40 or mark_level(follower.s) > 0)
        and bool(re.search(r"[\u4e00-\u9fff]", s))
    )


def _zone_of(said: str, above: str, mixed: bool = False) -> str:
    if above == "NEWS":
        return above
    if mixed or (above == "REPORT" and not _PLAN_PART.search(said)):
        return "PRE" if HEADS["pre"].search(said) else "REPORT"
    if re.search(r"(?:完成|进展|开展|落实)情况", said) and not _PLAN_PART.search(said):
        return "REPORT"
    goal = HEADS["goal"].search(said) and not HEADS["goal_not"].search(said)
    if HEADS["pre"].search(said) and not (above == "REPORT" and _NEXT.search(said)):
        return "GOAL" if goal else "PRE"
    if goal:
        return "GOAL"
    if HEADS["plan"].search(said):
        return "BODY"
    if HEADS["report"].search(said):
        return "REPORT"
    return "BODY" if above == "REPORT" and _NEXT.search(said) else above
