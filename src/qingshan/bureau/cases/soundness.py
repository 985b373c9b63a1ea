"""Whether a workflow holds together (流程校核): every state reached and left, no way to 销号 past a proof, clocks that can be kept.

Knows no database and no clock. A finding says where (``("step", 3)``, ``("state", "fixing")``), what is so and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qingshan.bureau.cases.declared import Limit, Step, Workflow

Finding = tuple[tuple, str]
LONGEST = 3660
"""days no limit may exceed"""
DAYS = {"hours": 1 / 24, "days": 1.0, "workhours": 7 / 5 / 8, "workdays": 7 / 5}
"""about how many calendar days one of a unit is, holidays left out"""


def shape(flow: Workflow) -> Iterator[Finding]:
    """States no step reaches, or that no end can be reached from."""
    reached, ending = {flow.first}, set(flow.final)
    for _ in flow.state:
        for step in flow.step:
            if reached & set(step.start):
                reached.add(step.to)
            if step.to in ending:
                ending.update(step.start)
    for name, title in flow.state.items():
        if name not in reached:
            yield ("state", name), f"状态“{title}”没有步骤能到；请加一个走到它的步骤，或去掉这个状态"
        if name not in ending:
            ends = "、".join(flow.state[s] for s in flow.final)
            yield ("state", name), f"状态“{title}”没有出路，到不了“{ends}”；请加一个从它走出去的步骤"


def muddles(flow: Workflow) -> Iterator[Finding]:
    """What the engine could take and people could not tell apart; a form does not let it pass."""
    titles: dict[str, str] = {}
    for name, title in flow.state.items():
        if title in titles:
            yield ("state", name), f"状态“{title}”写了两次；请改一个名称"
        titles[title] = name
    for n, step in enumerate(flow.step):
        if step.to in step.start:
            yield ("step", n), f"步骤“{step.title}”从“{flow.state[step.to]}”又走到“{flow.state[step.to]}”；请改“到”"
        if step.back and step.ask:
            yield ("step", n), f"步骤“{step.title}”是退回，只写原因；请去掉它填报的“{step.ask[0].title}”，或不勾“是退回”"
    seen: dict[tuple[str, str], str] = {}
    for n, step in enumerate(flow.step):
        for state in step.start:
            if (state, step.title) in seen:
                yield ("step", n), f"从“{flow.state[state]}”走出的步骤有两个都叫“{step.title}”，办的人分不清；请改一个名称"
            seen[state, step.title] = step.name


def proofs(flow: Workflow) -> Iterator[Finding]:
    """Proofs that some way to 销号 passes by, with that way; a proof marked as `branch` may be passed by."""
    for name, proof in flow.proof.items():
        asked = [s for s in flow.step if name in flow.needs_of(s) and s.to not in flow.void and not s.back]
        if not asked or proof.branch:
            continue
        if way := _past(flow, name):
            states = " → ".join(flow.state[s] for s in (flow.first, *(step.to for step in way)))
            yield (
                ("proof", name),
                f"佐证“{proof.title}”可以绕过去：{states}，一路不要它就销号了；请在步骤“{way[-1].title}”上要它，"
                "只在有的路上才要的，注明“不是每条路都要”（branch）",
            )


def _past(flow: Workflow, proof: str) -> list[Step]:
    """The shortest way from the first state to 销号 on which no step needs the proof; empty where there is none."""
    ways: dict[str, list[Step]] = {flow.first: []}
    waiting = [flow.first]
    while waiting:
        state = waiting.pop(0)
        for step in flow.steps_from(state):
            if proof in flow.needs_of(step) or step.to in ways:
                continue
            ways[step.to] = [*ways[state], step]
            if step.to in flow.final and step.to not in flow.void:
                return ways[step.to]
            waiting.append(step.to)
    return []


def days(limit: Limit) -> float:
    """About how many calendar days a limit is."""
    return next(getattr(limit, unit) * share for unit, share in DAYS.items() if getattr(limit, unit) is not None)


def clocks(flow: Workflow) -> Iterator[Finding]:
    """Limits that cannot be kept or say nothing."""
    for name, limit in flow.limit.items():
        if name in flow.final:
            yield ("limit", name), f"“{flow.state[name]}”已经办结，不计时限；请去掉它的时限"
        elif days(limit) > LONGEST:
            yield ("limit", name), f"“{flow.state[name]}”的时限 {limit.words} 超过十年，像是单位选错了"
        elif flow.term and days(limit) > days(flow.term):
            yield ("limit", name), f"“{flow.state[name]}”的时限 {limit.words} 比全程 {flow.term.words} 还长；请改短，或放长全程"
    if flow.term and days(flow.term) > LONGEST:
        yield ("term",), f"全程时限 {flow.term.words} 超过十年，像是单位选错了"
    if flow.extension and flow.extension.span * DAYS["days" if flow.extension.days else "workdays"] > LONGEST:
        yield ("extension",), f"一次延期 {flow.extension.span} {flow.extension.unit} 超过十年，像是单位选错了"
    if flow.extension and not flow.limit and not flow.term:
        yield ("extension",), "写了延期而没有任何时限；请写时限，或去掉延期"


def notes(flow: Workflow) -> Iterator[str]:
    """What is allowed and yet worth a look before it is published."""
    line = [s for s in flow.line() if s in flow.limit]
    together = sum(days(flow.limit[s]) for s in line)
    if flow.term and together > days(flow.term):
        yield f"各环节时限合计约 {together:.0f} 天，超过全程 {flow.term.words}；先到的算，后面的环节会没有时间"
    if not flow.limit and not flow.term:
        yield "没有任何时限，这种事项不会亮灯，也不会逾期"
    for step in flow.step:
        if step.to in flow.final and step.to not in flow.void and step.by in ("responsible", "handler"):
            yield f"步骤“{step.title}”由责任单位自己销号，没有别的单位核查"
    unused = [p.title for name, p in flow.proof.items() if not any(name in flow.needs_of(s) for s in flow.step)]
    if unused:
        yield f"没有步骤要的佐证，可交可不交：{'、'.join(unused)}"


def nobody(flow: Workflow, roles: dict[str, tuple[str, tuple[str, ...]]], permission_of) -> Iterator[Finding]:
    """Steps restricted to roles none of which may take them: `roles` are name → (title, permissions)."""
    for n, step in enumerate(flow.step):
        wanted = permission_of(step.by)
        named = [roles[r] for r in step.roles if r in roles]
        if wanted and named and not any(wanted in held for _, held in named):
            words = "、".join(title for title, _ in named)
            yield ("step", n), f"步骤“{step.title}”限“{words}”办，而这些角色没有办这一步的权限（{wanted}），没有人能办；请改“谁办”或角色"
