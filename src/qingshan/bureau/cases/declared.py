"""What a bureau declares about cases: a workflow with its states, steps, clocks and proofs (办理流程)."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from qingshan.bureau.base.packs import Declaration, kinds
from qingshan.bureau.base.packs.declared import Part
from qingshan.terms.registry import Registry, unknown

actors: Registry = Registry("办理人")
"""Who may take a step: ``actor(case, person) -> bool``. Declarations name them in ``by``."""

checks: Registry = Registry("销号条件")
"""What must be so before a step, beyond proofs: ``check(case) -> str``, empty when met, else what is missing."""


class Limit(Part):
    """How long a state may last (时限); exactly one of four."""

    hours: int | None = Field(None, gt=0)
    days: int | None = Field(None, gt=0)
    workhours: int | None = Field(None, gt=0)
    workdays: int | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _one(self):
        if len(self.model_fields_set) != 1:
            raise ValueError("时限须恰好写 hours、days、workhours、workdays 之一")
        return self

    @property
    def words(self) -> str:
        name = next(iter(self.model_fields_set))
        return f"{getattr(self, name)} " + {"hours": "小时", "days": "天", "workhours": "个工作小时", "workdays": "个工作日"}[name]


class Ask(Part):
    """A question a step asks of the person who takes it (填报项)."""

    name: str
    """under which the answer is kept"""
    title: str
    type: str = Field("text", pattern="^(text|choice)$")
    """`text` or `choice`"""
    choices: dict[str, str] = Field(default_factory=dict)
    """name = words, of a choice"""
    required: bool = True
    help: str = ""
    """shown under the field"""

    @model_validator(mode="after")
    def _choices(self):
        if (self.type == "choice") != bool(self.choices):
            raise ValueError(f"填报项“{self.name}”：choice 须有 choices，text 不能有")
        return self


class Step(Part):
    """One transition (办理步骤): from which states to which, by whom, and what it needs."""

    name: str
    title: str
    start: tuple[str, ...] = Field(alias="from")
    """the state or states it starts from"""
    to: str
    """the state it leads to"""
    by: str
    """who may take it: `responsible`, `verifier` or `office`"""
    needs: tuple[str, ...] = ()
    """proofs that must be there"""
    checks: tuple[str, ...] = ()
    """conditions that must hold"""
    reason: bool = False
    """a note must be written"""
    ask: tuple[Ask, ...] = ()
    """questions answered with it"""
    back: bool = False
    """sends the case back"""

    @model_validator(mode="before")
    @classmethod
    def _start_is_many(cls, raw):
        if isinstance(raw, dict) and isinstance(raw.get("from"), str):
            raw = {**raw, "from": (raw["from"],)}
        return raw


@kinds.add("cases")
class Workflow(Declaration):
    """How cases of one sort are handled: the first state is where a case starts, `final` where it ends."""

    words: ClassVar[str] = "办理流程"

    state: dict[str, str]
    """name = words, in the order passed; a case starts in the first"""
    final: tuple[str, ...]
    """where a case ends"""
    limit: dict[str, Limit] = Field(default_factory=dict)
    """state = how long it may last"""
    proof: dict[str, str] = Field(default_factory=dict)
    """name = words"""
    photo: tuple[str, ...] = ()
    """proofs that must be photographs"""
    step: tuple[Step, ...]
    prefix: str = Field(pattern="^[A-Z]{1,4}$")
    """of the case number"""

    @model_validator(mode="after")
    def _steps_join_states(self):
        faults = []
        for step in self.step:
            faults += [f"步骤“{step.name}”：{unknown('状态', s, self.state)}" for s in (*step.start, step.to) if s not in self.state]
            faults += [f"步骤“{step.name}”：{unknown('佐证', p, self.proof)}" for p in step.needs if p not in self.proof]
            if step.by not in actors:
                faults.append(f"步骤“{step.name}”：{unknown('办理人', step.by, actors)}")
            if step.to in self.final and not (step.needs and step.reason):
                faults.append(f"步骤“{step.name}”办结事项，须写 needs（佐证）和 reason = true（意见）")
        faults += [f"时限：{unknown('状态', s, self.state)}" for s in self.limit if s not in self.state]
        faults += [f"photo：{unknown('佐证', p, self.proof)}" for p in self.photo if p not in self.proof]
        faults += [f"final：{unknown('状态', s, self.state)}" for s in self.final if s not in self.state]
        names = [s.name for s in self.step]
        faults += [f"步骤“{n}”写了 {names.count(n)} 次" for n in sorted({n for n in names if names.count(n) > 1})]
        if not faults:
            faults += self._unreachable()
        if faults:
            raise ValueError("；".join(faults))
        return self

    def _unreachable(self) -> list[str]:
        """States that cannot be reached, or from which no end can be reached."""
        reached, ending = {self.first}, set(self.final)
        for _ in self.state:
            for step in self.step:
                if reached & set(step.start):
                    reached.add(step.to)
                if step.to in ending:
                    ending.update(step.start)
        faults = [f"状态“{s}”没有步骤能到" for s in self.state if s not in reached]
        return faults + [f"状态“{s}”没有出路，到不了{'、'.join(self.final)}" for s in self.state if s not in ending]

    def faults(self, catalogue) -> list[str]:
        """Conditions that apps above register are known only once all is loaded."""
        return [f"步骤“{s.name}”：{unknown('销号条件', c, checks)}" for s in self.step for c in s.checks if c not in checks]

    @property
    def first(self) -> str:
        return next(iter(self.state))

    def find_step(self, name: str) -> Step:
        """The step of that name; an unknown one says which there are."""
        for step in self.step:
            if step.name == name:
                return step
        raise LookupError(unknown("步骤", name, [s.name for s in self.step]))

    def steps_from(self, state: str) -> list[Step]:
        return [s for s in self.step if state in s.start]

    def forward(self, state: str) -> Step | None:
        """The step that leads on from `state`, the first declared that is not a return."""
        return next((s for s in self.steps_from(state) if not s.back), None)

    def line(self) -> list[str]:
        """States in the order a case passes them when nothing is sent back."""
        path, state = [], self.first
        while state not in path:
            path.append(state)
            step = self.forward(state)
            if step is None:
                break
            state = step.to
        return path


@kinds.add("holidays")
class Holidays(Declaration):
    """Days off and days worked by the State Council's notice for one year (节假日安排)."""

    words: ClassVar[str] = "节假日安排"

    off: tuple[str, ...]
    """`2026-10-08`, or first and last `2026-10-01/2026-10-07`"""
    work: tuple[str, ...] = ()
    """days worked that would be off"""
    hours: tuple[str, ...] = ("09:00-12:00", "13:30-17:30")
    """of a working day, for limits in working hours"""
