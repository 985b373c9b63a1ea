"""The light of a row (亮灯): a pure judgement of the task, the day, the scheme's thresholds and what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from qingshan.bureau.ledger.measures import Measure
from qingshan.bureau.ledger.models import Task
from qingshan.bureau.ledger.models.task import figure

if TYPE_CHECKING:
    from qingshan.bureau.ledger.declared import LightScheme

REACHING = (">=", "=", ">", "approx", "maintain", "")


@dataclass(frozen=True)
class Light:
    """A judged light: colour, the reason as a word, who judged (数据, 反馈 or nobody), percentages of the pace bar."""

    colour: str
    words: str
    source: str = ""
    why: str = ""
    value: str = ""
    done: float | None = None
    due: float | None = None
    capped: bool = False
    clash: str = ""

    @property
    def late(self) -> bool:
        return self.colour == "red"


@dataclass(frozen=True)
class Signal:
    """What one source says of a row: `source` is 时间, 数据 or 反馈; `colour` as of a light; the word, and the sentence behind it."""

    source: str
    colour: str
    words: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.source}：{self.words}" + (f"，{self.why}" if self.why else "")


@dataclass(frozen=True)
class Signals:
    """The three lights of a row, each for itself: time against progress, what was measured or verified, what the unit reports."""

    time: Signal
    data: Signal
    report: Signal

    def __iter__(self):
        return iter((self.time, self.data, self.report))

    def __str__(self) -> str:
        return "；".join(map(str, self))


def elapsed(begins: date, deadline: date, on: date) -> float:
    """Percentage of the time from the first day to the deadline that has passed at the end of `on` (序时进度), 0 to 100."""
    days = (deadline - begins).days + 1
    return 100.0 if days <= 0 else min(100.0, max(0.0, 100 * ((on - begins).days + 1) / days))


def judge(task: Task, scheme: LightScheme, on: date, measure: Measure | None = None) -> Light:
    """The light of `task` on `on`. Measured values stand above reported ones; where they part the row is 数未达."""
    due = round(elapsed(task.begins, task.deadline, on), 1)
    if task.state == Task.State.CANCELLED:
        return Light("none", "已撤销")
    measured = measure if measure is not None and measure.value is not None else None
    value, source = _judged_value(task, measured)
    shown = (measured.text if measured and measured.text else figure(value)) if value is not None else ""
    done = _share(task, value)
    if task.state == Task.State.CLOSED:
        return Light(
            "blue", "已销号", source, f"{task.closed} 销号" if task.closed else "", shown, done if done is not None else 100.0, due
        )
    clash = _clash(task, measured)
    if clash:
        return Light("red", "数未达", "数据", clash, shown, done, due, clash=clash)
    late = -task.days_left(on)
    if measured:
        paced = {"done": measured.done, "due": measured.due, "capped": measured.capped}
        if late > 0 and not task.meets(measured.value) and task.value is not None:
            return Light("red", f"逾期 {late} 天", "数据", measured.gap, shown, **paced)
        return Light(measured.light, measured.words, "数据", measured.gap, shown, **paced)
    if task.state == Task.State.REPORTED:
        return Light("green", "已报完成", source, "待核查销号", shown, done, due)
    if late > 0:
        return Light("red", f"逾期 {late} 天", source, "期限已过，还没有报完成", shown, done, due)
    if done is not None and value is not None:
        return _paced(task, scheme, on, value, source, shown, done, due)
    return _unpaced(task, scheme, on, source, shown, due, measure)


def _judged_value(task: Task, measured: Measure | None) -> tuple[Decimal | float | None, str]:
    """The value the light goes by and who gave it: measured, then verified, then reported."""
    if measured:
        return measured.value, "数据"
    if task.verified is not None:
        newer = task.last_return is not None and task.verified_on is not None and task.last_return.date() > task.verified_on
        doubted = task.reported is not None and task.meets(task.reported) and not task.meets(task.verified)
        if not newer or doubted or task.reported is None:
            return task.verified, "数据"
    return task.reported, "反馈" if task.last_return else ""


def _share(task: Task, value) -> float | None:
    """Percentage of the figure that is reached; None where the figure is a cap, a state or missing."""
    if task.value is None or task.value <= 0 or task.operator not in REACHING or task.is_target:
        return None
    return 0.0 if value is None else round(float(Decimal(str(value)) / task.value * 100), 1)


def _clash(task: Task, measured: Measure | None) -> str:
    """The sentence where a unit reports the figure reached and the measured or verified value says otherwise (数未达)."""
    if task.value is None:
        return ""
    claims = task.state == Task.State.REPORTED or (task.reported is not None and task.meets(task.reported))
    truth = measured.value if measured else task.verified
    if not claims or truth is None or task.meets(truth):
        return ""
    said = figure(task.reported) if task.reported is not None else "完成"
    return f"单位报 {said}，{'实测' if measured else '核实'} {figure(truth)}"


def _paced(task, scheme, on, value, source, shown, done, due) -> Light:
    behind = due - done
    if task.meets(value):
        return Light("green", "已达到", source, "数量已达到，等报完成", shown, done, due)
    why = f"完成 {done:g}%，序时 {due:g}%"
    if behind > scheme.red_behind:
        return Light("red", "滞后", source, why, shown, done, due)
    if behind > scheme.amber_behind or task.days_left(on) <= scheme.due_soon:
        return Light("amber", "偏紧", source, why, shown, done, due)
    return Light("green", "按序时", source, why, shown, done, due)


def _unpaced(task, scheme, on, source, shown, due, measure) -> Light:
    if task.is_target:
        if task.value is not None and task.reported is not None:
            met = task.meets(task.reported)
            return Light("green" if met else "amber", "达标" if met else "未达", source, "单位填报，没有实测", shown)
        return Light("none", "未取数", "", measure.reason if measure else "没有指标口径给这项目标取数", shown)
    left, silent = task.days_left(on), scheme.silent.get(task.rhythm)
    pace = 0.0 if task.value is not None and task.value > 0 and task.operator in REACHING else None
    if task.last_return is None and due <= scheme.starting:
        return Light("none", "未开始", "", "", shown, pace, due if pace is not None else None)
    if pace is not None and due > scheme.red_behind:
        return Light("red", "滞后", "", f"还没有反馈，序时 {due:g}%", shown, pace, due)
    if left <= scheme.due_soon:
        return Light("amber", f"剩 {left} 天", source, "期限将到，还没有报完成", shown)
    since = task.last_return.date() if task.last_return else task.begins
    if silent is not None and (on - since).days > silent:
        return Light(
            "amber", f"{(on - since).days} 天未反馈", source, f"{task.get_rhythm_display()}反馈，已 {(on - since).days} 天没有动静", shown
        )
    if task.last_return is None:
        return Light("none", "未开始", "", "", shown)
    return Light("green", "推进中", source, "", shown)


def signals(task: Task, scheme: LightScheme, on: date, measure: Measure | None = None, *, blocked: bool = False) -> Signals:
    """The three lights of `task` on `on`; `blocked` says the unit's last return was that it cannot be done."""
    measured = measure if measure is not None and measure.value is not None else None
    value = _judged_value(task, measured)[0]
    return Signals(_time(task, scheme, on, value), _data(task, scheme, on, measured, measure), _report(task, scheme, on, blocked))


def combine(found: Signals, rows) -> Signal:
    """One light out of three by a declared table (合灯规则): the first row that fits; its word, or that of the source it follows."""
    for row in rows:
        wanted = ((row.time, found.time), (row.data, found.data), (row.report, found.report))
        if all(not colours or signal.colour in colours for colours, signal in wanted):
            followed = getattr(found, row.follows)
            return Signal("合灯", row.light, row.title or followed.words, followed.why)
    raise LookupError("合灯规则没有兜底的一行")


def _time(task: Task, scheme: LightScheme, on: date, value) -> Signal:
    if task.state in (Task.State.CLOSED, Task.State.CANCELLED):
        return Signal("时间", "none", "不再计时")
    left, due, done = task.days_left(on), round(elapsed(task.begins, task.deadline, on), 1), _share(task, value)
    if left < 0:
        return Signal("时间", "red", f"逾期 {-left} 天", f"期限 {task.deadline:%Y-%m-%d}")
    if done is not None and due > scheme.starting:
        colour, words = _pace_of(scheme, done, due)
        return Signal("时间", colour, words, f"完成 {done:g}%，序时 {due:g}%")
    if left <= scheme.due_soon:
        return Signal("时间", "amber", f"剩 {left} 天", f"期限 {task.deadline:%Y-%m-%d}")
    return Signal("时间", "green", "期内", f"剩 {left} 天")


def _pace_of(scheme: LightScheme, done: float, due: float) -> tuple[str, str]:
    behind = due - done
    if done >= 100 or behind <= scheme.amber_behind:
        return "green", "按序时"
    return ("red", "滞后") if behind > scheme.red_behind else ("amber", "偏紧")


def _data(task: Task, scheme: LightScheme, on: date, measured: Measure | None, measure: Measure | None) -> Signal:
    truth = measured.value if measured else task.verified
    if truth is None:
        return Signal("数据", "none", "没有数据", (measure.reason if measure else "") or "没有指标口径或登记册给这项任务取数，也没有核实")
    said = f"{'实测' if measured else '核实'} {figure(truth)}" + (f"，要求 {task.goal}" if task.value is not None else "")
    if task.value is None:
        return Signal("数据", measured.light if measured else "green", (measured.words if measured else "") or "有数", said)
    if task.meets(truth):
        return Signal("数据", "green", "数已达到", said)
    if measured and measured.light in ("red", "amber", "green"):
        return Signal("数据", measured.light, measured.words or "未达", said)
    share = _share(task, truth)
    if share is None or task.days_left(on) < 0:
        return Signal("数据", "red", "数未达", said)
    colour, words = _pace_of(scheme, share, round(elapsed(task.begins, task.deadline, on), 1))
    return Signal("数据", colour, words, said)


def _report(task: Task, scheme: LightScheme, on: date, blocked: bool) -> Signal:
    if task.state == Task.State.CLOSED:
        return Signal("反馈", "blue", "已销号", f"{task.closed} 销号" if task.closed else "")
    if task.state == Task.State.REPORTED:
        return Signal("反馈", "green", "已报完成", "待核查销号")
    if blocked:
        return Signal("反馈", "red", "报办不了", "单位最近一次报办不了")
    since = task.last_return.date() if task.last_return else task.begins
    quiet, silent = (on - since).days, scheme.silent.get(task.rhythm)
    if silent is not None and quiet > silent:
        return Signal("反馈", "amber", f"{quiet} 天未反馈", f"{task.get_rhythm_display()}反馈")
    if task.last_return is None:
        return Signal("反馈", "none", "未反馈")
    if task.reported is not None and task.value is not None and task.meets(task.reported):
        return Signal("反馈", "green", "报已达到", f"单位报 {figure(task.reported)}")
    return Signal("反馈", "green", "报推进中", f"单位报 {figure(task.reported)}" if task.reported is not None else "")
