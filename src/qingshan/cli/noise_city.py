"""``qingshan noise functional|region|road|boundary``: functional areas, region and road means, emission at boundaries."""

from __future__ import annotations

import argparse

import numpy as np

from qingshan import standards
from qingshan.cli.evaluation import Kind, Result, blank, fixed
from qingshan.cli.groundwater import TIME
from qingshan.cli.samples import Column, Layout, Samples
from qingshan.cli.table_editions import edition_spans, ruling
from qingshan.cli.table_files import Refused
from qingshan.methods import noise

_POINT = Column("点位", ("点位名称", "测点", "监测点位", "站点", "station", "网格", "企业", "工地", "场所", "路段", "路段名称", "道路"))
_AREA = Column("功能区", ("功能区类别", "声环境功能区", "声功能区", "area", "类别"), needed=True)
_DAY = Column("昼间", ("昼间等效声级", "ld", "昼间声级", "昼间leq"), "number", unit="dB(A)")
_NIGHT = Column("夜间", ("夜间等效声级", "ln", "夜间声级", "夜间leq"), "number", unit="dB(A)")
_WHEN = Column("时段", ("昼夜", "when"), needed=True)
_LEVEL = Column("等效声级", ("leq", "laeq", "声级", "平均等效声级"), "number", True, "dB(A)")
FUNCTIONAL = Layout(
    (_POINT, TIME, _AREA, _DAY, _NIGHT, Column("夜间最大声级", ("lmax", "夜间lmax", "最大声级"), "number", unit="dB(A)")),
    "点位,时间,功能区,昼间(dB(A)),夜间(dB(A))\n甲,2026-03-01,2,58.3,49.6\n乙,2026-03-01,4a,69.9,56.2\n",
)
REGION = Layout(
    (_POINT, TIME, _WHEN, _LEVEL),
    "网格,时间,时段,等效声级(dB(A))\n1,2026-03-01,昼间,53.2\n2,2026-03-01,昼间,55.8\n1,2026-03-01,夜间,44.5\n",
)
ROAD = Layout(
    (_POINT, TIME, _WHEN, _LEVEL, Column("路段长度", ("长度", "length"), "number", True, "m")),
    "路段,时间,时段,等效声级(dB(A)),路段长度(m)\n东大街,2026-03-01,昼间,68.4,1200\n西大街,2026-03-01,昼间,71.2,800\n",
)
BOUNDARY = Layout(
    (
        _POINT,
        TIME,
        _WHEN,
        Column("测量值", ("等效声级", "leq", "声级", "噪声测量值"), "number", True, "dB(A)"),
        Column("背景值", ("背景噪声", "背景", "背景噪声值"), "number", unit="dB(A)"),
        Column("功能区", ("功能区类别", "厂界外声环境功能区类别", "边界外功能区", "zone")),
        Column("房间", ("房间类型", "room")),
    ),
    "点位,时间,时段,测量值(dB(A)),背景值(dB(A)),功能区\n厂界东,2026-03-01,昼间,62.4,55.1,2\n厂界南,2026-03-01,夜间,48.2,,2\n",
)
_BOUNDARY = {"gb12348": "GB 12348", "gb22337": "GB 22337", "gb12523": "GB 12523"}


def more(part: argparse.ArgumentParser, name: str) -> None:
    """Options of their own."""
    if name == "boundary":
        part.add_argument("--standard", choices=tuple(_BOUNDARY), default="", help="gb12348 厂界，gb22337 社会生活，gb12523 施工场界")
        part.add_argument("--indoors", action="store_true", help="边界距敏感建筑物过近、在室内测：限值减 10")
        part.add_argument("--quiet", action="store_true", help="已知背景低 10 dB(A) 以上，不必修正")


def _plausible(table: Samples, *names: str) -> None:
    for name in names:
        values = table.number(name)
        for row in np.flatnonzero(~np.isnan(values) & ~noise.plausible(values)).tolist():
            why = "疑为声压（Pa），先换算为声级" if 0 <= values[row] < 10 else "不是 dB(A) 声级"
            table.fault(row, f"{name} {values[row]:g} 不在 10～150 dB(A)，{why}")


def _when(table: Samples) -> np.ndarray:
    known = {"昼间": "day", "昼": "day", "day": "day", "白天": "day", "夜间": "night", "夜": "night", "night": "night"}
    for row, word in enumerate(table.column("时段")):
        if word not in known:
            table.fault(row, f"时段“{word}”须写昼间或夜间" if word else "缺时段，须写昼间或夜间")
    return np.array([known.get(w, "") for w in table.column("时段")], object)


def _checked_area(table: Samples, std: standards.Edition) -> None:
    for row in np.flatnonzero(table.good).tolist():
        word = table.column("功能区")[row]
        try:
            if not word:
                raise LookupError("缺功能区类别，不作默认")
            noise.limit(std, word, "day")
        except LookupError as error:
            table.fault(row, str(error.args[0]))


def _functional(table: Samples, options: argparse.Namespace) -> Result:
    if not table.has("昼间") and not table.has("夜间"):
        raise Refused("缺列 昼间、夜间（等效声级 dB(A)），至少一列")
    _plausible(table, "昼间", "夜间", "夜间最大声级")
    out = blank(table, "昼间限值", "昼间超标dB", "昼间达标", "夜间限值", "夜间超标dB", "夜间达标", "夜间突发达标")
    rests, marks, lines = [], [], []
    hj640 = ruling(table, "HJ 640", options.at)
    for std, mine in edition_spans(table, "GB 3096", options.at, options.edition):
        _checked_area(table, std)
        for row in np.flatnonzero(mine & table.good & np.isnan(table.number("昼间")) & np.isnan(table.number("夜间"))).tolist():
            table.fault(row, "昼间、夜间都缺测")
        rows = np.flatnonzero(mine & table.good)
        if not rows.size:
            continue
        area = np.array(table.column("功能区"), object)[rows]
        for word, when in (("昼间", "day"), ("夜间", "night")):
            found = noise.meets(std, area, when, table.number(word)[rows])
            for k, row in enumerate(rows.tolist()):
                if found.judged[k]:
                    out[f"{word}限值"][row], out[f"{word}超标dB"][row] = fixed(found.limit[k], 0), fixed(found.over[k], 1)
                    out[f"{word}达标"][row] = "达标" if found.met[k] else "超标"
        if table.has("夜间最大声级"):
            burst = noise.sudden(std, area, table.number("夜间最大声级")[rows])
            for k, row in enumerate(rows.tolist()):
                out["夜间突发达标"][row] = "" if not burst.judged[k] else "达标" if burst.met[k] else f"超标 {burst.over[k]:.1f} dB"
        for one in noise.functional(hj640, std, area, table.number("昼间")[rows], table.number("夜间")[rows]):
            if one.times:
                name = f"{one.area} 类" if one.area else "合计"
                lines.append(
                    f"{name}{noise.WHEN[one.when]}：{one.times} 点次，达标 {one.met}，达标率 {one.rate:g}%"
                    + (f"，缺测 {one.missing}" if one.missing else "")
                )
        rests += [std.clause("limit"), hj640.clause("functional")]
        marks += [f"{std} {m}" for m in std.verify_of("limit", "decimals", "sudden")] + [
            f"{hj640} {m}" for m in hj640.verify_of("functional")
        ]
    return Result(out, rests, marks, lines)


def _mean(subject: str):  # type: ignore[no-untyped-def]
    def judge(table: Samples, options: argparse.Namespace) -> Result:
        when = _when(table)
        _plausible(table, "等效声级")
        table.need("等效声级")
        if subject == "road":
            table.need("路段长度")
            for row in np.flatnonzero(table.number("路段长度") <= 0).tolist():
                table.fault(row, f"路段长度 {table.number('路段长度')[row]:g} 不是正数，不能加权")
        columns: dict[str, list[object]] = {n: [] for n in ("时段", "测点数", "平均等效声级dB(A)", "等级", "评价")}
        if subject == "road":
            columns |= {"路段总长m": [], "超标路段长度m": [], "超标比例(%)": []}
        rests, marks = [], []
        spans = edition_spans(table, "HJ 640", options.at, options.edition)
        if len(spans) > 1:
            raise Refused("时间跨 HJ 640 的两版，分开评价")
        for std, mine in spans:
            for word, time in (("昼间", "day"), ("夜间", "night")):
                rows = np.flatnonzero(mine & table.good & (when == time))
                if not rows.size:
                    continue
                levels = table.number("等效声级")[rows]
                road = noise.road_mean(std, levels, table.number("路段长度")[rows]) if subject == "road" else None
                mean = road.mean if road else noise.region_mean(std, levels)
                grade = noise.grade(std, subject, time, mean)
                cells: list[object] = [
                    word,
                    int(rows.size),
                    fixed(mean, 1),
                    f"{'一二三四五'[int(grade) - 1]}级",
                    str(noise.grade_words(std, subject, grade)),
                ]
                if road:
                    by_day = time == "day"
                    cells += [road.length, road.exceeding_length if by_day else "", fixed(road.exceeding_share, 1) if by_day else ""]
                for name, cell in zip(columns, cells, strict=True):
                    columns[name].append(cell)
            rests += [std.clause("mean"), std.clause(f"{subject}_grade")]
            marks += [f"{std} {m}" for m in std.verify_of("mean", f"{subject}_grade")]
        lines = [] if table.good.all() else [f"平均值未含 {int((~table.good).sum())} 行有错的，改正后重算"]
        return Result(columns, rests, marks, lines, own=True)

    return judge


def _boundary(table: Samples, options: argparse.Namespace) -> Result:
    if not options.standard:
        raise Refused("写明按哪个标准：--standard gb12348（工业企业厂界）、gb22337（社会生活）、gb12523（施工场界），不作默认")
    code = _BOUNDARY[options.standard]
    when = _when(table)
    _plausible(table, "测量值", "背景值")
    table.need("测量值")
    if options.quiet and table.has("背景值"):
        raise Refused("--quiet 与背景值列只取一个")
    out = blank(table, "限值", "修正值dB", "修正后声级", "超标dB", "结论", "说明")
    rests, marks = [], []
    hj706 = ruling(table, "HJ 706", options.at)
    if code == "GB 12523":
        for row, zone in enumerate(table.column("功能区")):
            if zone and table.good[row]:
                table.notes.append("施工场界限值不分功能区，功能区列未用")
                break
    for std, mine in edition_spans(table, code, options.at, options.edition):

        def judge(row: int, std=std, mine=mine) -> None:  # type: ignore[no-untyped-def]
            if not mine[row]:
                return
            zone, room = table.column("功能区")[row], table.column("房间")[row].upper().removesuffix("类房间").removesuffix("类")
            if code == "GB 12523":
                zone = ""
            elif not zone:
                raise ValueError("缺功能区类别：限值按边界外功能区定，不作默认")
            background = None if options.quiet else table.number("背景值")[row]
            found = noise.emission(
                std,
                hj706,
                str(when[row]),
                table.number("测量值")[row],
                background,
                zone=zone,
                room=room,
                indoors=options.indoors,
                quiet=options.quiet,
            )
            if not bool(found.judged) or np.isnan(float(found.level)):
                raise ValueError(str(found.note))
            out["限值"][row], out["修正值dB"][row] = fixed(float(found.limit), 0), fixed(float(found.correction), 0)
            out["修正后声级"][row], out["超标dB"][row] = fixed(float(found.level), 0), fixed(float(found.over), 0)
            out["结论"][row], out["说明"][row] = "达标" if bool(found.met) else "超标", str(found.note)
            if not rests or f"{std}" not in rests[0]:
                rests.extend(found.rests_on)
                marks.extend(dict.fromkeys(found.verify))

        table.each(judge)
    return Result(out, rests, marks)


KINDS = {
    "functional": Kind(
        "功能区声环境：昼间、夜间达标与达标率（GB 3096、HJ 640）",
        FUNCTIONAL,
        _functional,
        ("at", "edition"),
        "功能区写 0、1、2、3、4a、4b。",
    ),
    "region": Kind("区域声环境：平均等效声级与总体水平等级（HJ 640）", REGION, _mean("region"), ("at", "edition")),
    "road": Kind("道路交通噪声：长度加权平均与强度等级（HJ 640）", ROAD, _mean("road"), ("at", "edition", "unit")),
    "boundary": Kind(
        "厂界、社会生活、施工场界噪声排放：背景修正与达标", BOUNDARY, _boundary, ("at", "edition"), "没有背景值而测量值不低于限值的不评价。"
    ),
}
