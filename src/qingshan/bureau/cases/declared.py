"""What a bureau declares about cases: a workflow with its states, steps, clocks and proofs (办理流程)."""

from __future__ import annotations

import datetime as dt
import math
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from qingshan.bureau.base.packs import Declaration, kinds
from qingshan.bureau.base.packs.declared import Faults, Part
from qingshan.bureau.cases import soundness
from qingshan.terms.registry import Registry, unknown

actors: Registry = Registry("办理人")
"""Who may take a step: ``actor(case, person) -> bool``, ``actor.among(person) -> Q``. Declarations name them in ``by``."""

checks: Registry = Registry("销号条件")
"""What must be so before a step, beyond proofs: ``check(case) -> str``, empty when met, else what is missing."""


class Limit(Part):
    """How long a state may last (时限); exactly one of four."""

    hours: int | None = Field(None, gt=0)
    days: int | None = Field(None, gt=0)
    workhours: int | None = Field(None, gt=0)
    workdays: int | None = Field(None, gt=0)
    roll: bool = False
    """a last day of `days` that is off moves to the next working day (民法典 203 条)"""

    @model_validator(mode="after")
    def _one(self):
        if len(self._said) != 1:
            raise ValueError("时限须恰好写 hours、days、workhours、workdays 之一")
        if self.roll and not self.days:
            raise ValueError("roll 只用于 days")
        return self

    @property
    def _said(self) -> list[str]:
        return [name for name in UNITS if getattr(self, name) is not None]

    @property
    def words(self) -> str:
        name = self._said[0]
        return f"{getattr(self, name)} {UNITS[name]}"


UNITS = {"hours": "小时", "days": "天", "workhours": "个工作小时", "workdays": "个工作日"}


class Ask(Part):
    """Something asked of the person who opens a case or takes a step (填报项)."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    """under which the answer is kept"""
    title: str
    type: str = Field("text", pattern="^(text|choice|number|date|flag)$")
    """`text`, `choice`, `number`, `date` or `flag` (是、否)"""
    choices: dict[str, str] = Field(default_factory=dict)
    """name = words, of a choice"""
    required: bool = True
    secret: bool = False
    """shown only to those who hand out and verify: who reported, and how to reach them"""
    help: str = ""
    """shown under the field"""

    @model_validator(mode="before")
    @classmethod
    def _flag_is_a_choice(cls, raw):
        if isinstance(raw, dict) and raw.get("type") == "flag" and not raw.get("choices"):
            raw = {**raw, "choices": {"yes": "是", "no": "否"}}
        return raw

    @model_validator(mode="after")
    def _choices(self):
        if (self.type in ("choice", "flag")) != bool(self.choices):
            raise ValueError(f"填报项“{self.name}”：choice 须有 choices，{self.type} 不能有")
        return self

    def read(self, said: object) -> str:
        """What was typed, as it is kept; ValueError says what is wrong with it."""
        value = str(said or "").strip()
        if not value:
            if self.required:
                raise ValueError(f"请{'选择' if self.choices else '填写'}“{self.title}”")
            return ""
        if self.choices:
            value = next((key for key, words in self.choices.items() if value in (key, words)), value)
            if value not in self.choices:
                raise ValueError(f"“{self.title}”没有这一项：{value[:20]}")
        elif self.type == "number":
            try:
                if not math.isfinite(float(value)):
                    raise ValueError
            except ValueError:
                raise ValueError(f"“{self.title}”须填数，写成了“{value[:20]}”") from None
        elif self.type == "date":
            try:
                value = dt.date.fromisoformat(value[:10].replace("/", "-").replace(".", "-")).isoformat()
            except ValueError:
                raise ValueError(f"“{self.title}”须填日期，如 2026-11-27，写成了“{value[:20]}”") from None
        return value[:2000]

    def words(self, value: str) -> str:
        return self.choices.get(value, value)


class Gauge(Part):
    """What is measured for a case (实测): hours or days of an item at its station, or an indicator of its area."""

    item: str = ""
    indicator: str = ""
    statistic: Literal["hour", "day", "month"] = "day"
    """hours and days of a station's item; days and months of an indicator"""
    limit: float
    worse: Literal["above", "below"] = "above"
    """on which side of the limit a value is bad; a value equal to it meets it"""

    @model_validator(mode="after")
    def _one_source(self):
        if bool(self.item) == bool(self.indicator):
            raise ValueError("实测须恰好写 item（站点的监测项目）、indicator（指标口径）之一")
        if (self.item and self.statistic == "month") or (self.indicator and self.statistic == "hour"):
            raise ValueError("statistic：站点项目用 hour、day，指标口径用 day、month")
        return self

    def is_bad(self, value: float) -> bool:
        return value > self.limit if self.worse == "above" else value < self.limit

    @property
    def words(self) -> str:
        kind = {"hour": "小时值", "day": "日均值", "month": "月均值"}[self.statistic]
        return f"{self.item or self.indicator} {kind}{'不高于' if self.worse == 'above' else '不低于'} {self.limit:g}"


class Evidence(Part):
    """One kind of proof (佐证), and what makes it count."""

    title: str
    type: Literal["file", "photo", "document", "link", "measured", "recheck", "visit"] = "file"
    """`document`: a file with its number and date; `link`: a publication; `measured`: values; `recheck`: by another unit;
    `visit`: what those concerned say"""
    days: int = Field(0, ge=0)
    """of a link: days it must have been public; of a measured proof: days in a row that must meet the limit"""
    own: bool = False
    """a merged case must have its own; `visit` always must"""
    gauge: Gauge | None = None
    """of a measured proof: what is measured"""
    branch: bool = False
    """asked on some of the ways to 销号; without it, no way may pass it by"""
    help: str = ""

    @model_validator(mode="before")
    @classmethod
    def _words_alone(cls, raw):
        return {"title": raw} if isinstance(raw, str) else raw

    @model_validator(mode="after")
    def _fits(self):
        if (self.type == "measured") != (self.gauge is not None and self.days > 0):
            raise ValueError(f"佐证“{self.title}”：measured 须写 gauge 和 days，别的不能写 gauge")
        if self.days and self.type not in ("measured", "link"):
            raise ValueError(f"佐证“{self.title}”：days 只用于 link、measured")
        return self


FOUR = {"found": "问题查清", "done": "整改到位", "duty": "责任落实", "people": "群众满意"}
"""what 四个不放过 asks for, in its order"""


SHOWN_BY = {"done": ("photo", "measured", "recheck"), "people": ("visit", "link")}
"""what shows that it was put right, and that people know or agree: a paper alone does not"""


class Extension(Part):
    """How far a limit may be put off (延期)."""

    most: int = Field(1, gt=0)
    """how often"""
    days: int | None = Field(None, gt=0)
    """at most so many days each time"""
    workdays: int | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _one(self):
        if (self.days is None) == (self.workdays is None):
            raise ValueError("延期须恰好写 days、workdays 之一")
        return self

    @property
    def span(self) -> int:
        return self.days or self.workdays or 0

    @property
    def unit(self) -> str:
        return "天" if self.days else "个工作日"


class Relapse(Part):
    """When a closed case opens again by itself (反弹重启)."""

    name: str
    title: str
    gauge: Gauge | None = None
    """what is measured; without it, the same thing reported again at the same place counts"""
    workflow: tuple[str, ...] = ()
    """whose new cases count, where nothing is measured; empty: its own"""
    metres: int = Field(200, gt=0)
    """how near a new case must be"""
    times: int = Field(1, gt=0)
    """so many bad values, or new cases"""
    within: int = Field(7, gt=0)
    """in so many days"""
    watch: int = Field(180, gt=0)
    """days after the closing in which it is watched"""
    basis: str = ""


class Step(Part):
    """One transition (办理步骤): from which states to which, by whom, and what it needs."""

    name: str
    title: str
    start: tuple[str, ...] = Field(alias="from")
    """the state or states it starts from"""
    to: str
    """the state it leads to"""
    by: str
    """who may take it: `responsible`, `handler` (that unit or one that helps), `verifier` (a unit that does neither) or `office`"""
    roles: tuple[str, ...] = ()
    """and who must hold one of these roles besides"""
    units: tuple[str, ...] = ()
    """and whose unit must be of one of these kinds (`bureau`, `office`, `department`, `committee`, `town`, `firm`)"""
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

    called: str = Field("", max_length=20)
    """what one of its cases is called, in headings, columns, messages and exports (移交问题、信访件); empty: as the title"""
    state: dict[str, str]
    """name = words, in the order passed; a case starts in the first"""
    final: tuple[str, ...]
    """where a case ends"""
    void: tuple[str, ...] = ()
    """ends that are no 销号: not accepted, not true, passed on"""
    limit: dict[str, Limit] = Field(default_factory=dict)
    """state = how long it may last"""
    term: Limit | None = None
    """how long the whole may last, from its opening"""
    extension: Extension | None = None
    """how a limit may be put off; without it, not at all"""
    proof: dict[str, Evidence] = Field(default_factory=dict)
    """name = words, or a table with its type"""
    four: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """四个不放过: `found`, `done`, `duty`, `people` = the proofs that show it; no 销号 without all of them"""
    field: tuple[Ask, ...] = ()
    """facts written down when a case is opened"""
    firm: str = ""
    """the fact that names whose it is; the case stands in the file of that firm (一企一档)"""
    by_hand: bool = True
    """may be opened by a person or from a sheet; false: by a rule alone"""
    merge: bool = False
    """may be merged with others about the same thing; each keeps its own steps and clock"""
    reopen: str = ""
    """the state a closed case goes back to when it opens again"""
    relapse: tuple[Relapse, ...] = ()
    """rules by which it does so by itself"""
    photo: tuple[str, ...] = ()
    """proofs that must be photographs"""
    step: tuple[Step, ...]
    prefix: str = Field(pattern="^[A-Z]{1,4}$")
    """of the case number"""

    @model_validator(mode="after")
    def _holds_together(self):
        faults: list[soundness.Finding] = []
        for n, step in enumerate(self.step):
            words = [unknown("状态", s, self.state) for s in (*step.start, step.to) if s not in self.state]
            words += [unknown("佐证", p, self.proof) for p in step.needs if p not in self.proof]
            words += [unknown("办理人", step.by, actors)] if step.by not in actors else []
            faults += [(("step", n), f"步骤“{step.name}”：{said}") for said in words]
            if step.to in self.final and not (step.needs and step.reason):
                faults.append((("step", n), f"步骤“{step.title}”办结事项，须写 needs（佐证）和 reason = true（意见）"))
        faults += [(("limit", s), f"时限：{unknown('状态', s, self.state)}") for s in self.limit if s not in self.state]
        faults += [(("photo",), f"photo：{unknown('佐证', p, self.proof)}") for p in self.photo if p not in self.proof]
        faults += [(("final",), f"final：{unknown('状态', s, self.state)}") for s in self.final if s not in self.state]
        faults += [(("void",), f"void：{unknown('办结状态', s, self.final)}") for s in self.void if s not in self.final]
        faults += self._ends_are_ends()
        open_facts = [ask.name for ask in self.field if ask.type == "text" and not ask.secret]
        if self.firm and self.firm not in open_facts:
            faults.append((("firm",), f"firm：{unknown('文字填报项（不保密的）', self.firm, open_facts)}"))
        faults += self._four_are_whole() + self._reopens_somewhere()
        names = [s.name for s in self.step]
        faults += [
            (("step", names.index(n)), f"步骤“{n}”写了 {names.count(n)} 次") for n in sorted({n for n in names if names.count(n) > 1})
        ]
        if not faults:
            faults += [*soundness.shape(self), *soundness.clocks(self)]
        if not faults:
            faults += soundness.proofs(self)
        if faults:
            raise Faults(faults)
        return self

    @model_validator(mode="after")
    def _photos(self):
        """`photo = ["scene"]` says the same as `type = "photo"`."""
        for name in self.photo:
            if name in self.proof and self.proof[name].type == "file":
                self.proof[name] = self.proof[name].model_copy(update={"type": "photo"})
        return self

    def _ends_are_ends(self) -> list[soundness.Finding]:
        if not self.state or not self.final:
            return [(("final",), "state、final 都要写：从哪里开始、在哪里办结")]
        faults: list[soundness.Finding] = []
        if self.first in self.final:
            faults.append((("final",), f"final：“{self.state[self.first]}”是第一个状态，事项一开出来就办结了"))
        if set(self.final) <= set(self.void):
            faults.append((("void",), "void：办结状态都写进了 void，没有一个算销号"))
        return faults

    def _four_are_whole(self) -> list[soundness.Finding]:
        if not self.four:
            return []
        found = [(("four", c), f"four：{unknown('条件', c, FOUR)}") for c in self.four if c not in FOUR]
        found += [(("four", c), f"four：缺“{words}”（{c}）的佐证") for c, words in FOUR.items() if not self.four.get(c)]
        found += [
            (("four", c), f"four：{unknown('佐证', p, self.proof)}") for c, names in self.four.items() for p in names if p not in self.proof
        ]
        for key, types in SHOWN_BY.items():
            given = {"photo" if p in self.photo else self.proof[p].type for p in self.four.get(key, ()) if p in self.proof}
            if given and not given & set(types):
                words = f"four：“{FOUR[key]}”（{key}）只凭{'、'.join(sorted(given))}证明不了，须有 {'、'.join(types)} 之一"
                found.append((("four", key), words))
        return found

    def _reopens_somewhere(self) -> list[soundness.Finding]:
        if self.reopen and (self.reopen not in self.state or self.reopen in self.final):
            open_ = [s for s in self.state if s not in self.final]
            return [(("reopen",), f"reopen：{unknown('未办结的状态', self.reopen, open_)}")]
        return [(("reopen",), "写了 relapse（反弹规则），须写 reopen（退到哪个状态）")] if self.relapse and not self.reopen else []

    def faults(self, catalogue) -> list[str]:
        """Conditions that apps above register are known only once all is loaded."""
        lines = [f"步骤“{s.name}”：{unknown('销号条件', c, checks)}" for s in self.step for c in s.checks if c not in checks]
        roles, flows = catalogue.items.get("roles", {}), catalogue.items.get("cases", {})
        lines += [f"步骤“{s.name}”：{unknown('角色', r, roles)}" for s in self.step for r in s.roles if r not in roles]
        held = {name: (found[-1].declaration.title, found[-1].declaration.permissions) for name, found in roles.items()}
        lines += [words for _, words in soundness.nobody(self, held, lambda by: getattr(actors[by], "permission", ""))]
        lines += [f"反弹规则“{r.name}”：{unknown('流程', w, flows)}" for r in self.relapse for w in r.workflow if w not in flows]
        known = catalogue.items.get("indicators", {})
        gauges = [g for g in (*(r.gauge for r in self.relapse), *(e.gauge for e in self.proof.values())) if g]
        return lines + [f"实测：{unknown('指标口径', g.indicator, known)}" for g in gauges if g.indicator and g.indicator not in known]

    @classmethod
    def lost(cls, name: str, state: str) -> Workflow:
        """What is known of a workflow whose file is gone: cases of it are shown as they stand, and no step can be taken."""
        return cls.model_construct(name=name, title=f"{name}（声明已不在）", state={state: state}, final=(), step=(), prefix="X")

    @property
    def is_lost(self) -> bool:
        return not self.step

    @property
    def noun(self) -> str:
        return self.called or self.title

    @property
    def ending(self) -> str:
        """How its end is called: 销号, 结案."""
        return next((self.state[s] for s in self.final if s not in self.void), "办结").removeprefix("已")

    @property
    def first(self) -> str:
        return next(iter(self.state))

    @property
    def asks(self) -> dict[str, list[Ask]]:
        """All that is asked, at the opening and in steps, by name."""
        found: dict[str, list[Ask]] = {}
        for ask in (*self.field, *(a for step in self.step for a in step.ask)):
            found.setdefault(ask.name, []).append(ask)
        return found

    def find_step(self, name: str) -> Step:
        """The step of that name; an unknown one says which there are."""
        for step in self.step:
            if step.name == name:
                return step
        raise LookupError(unknown("步骤", name, [s.name for s in self.step]))

    def needs_of(self, step: Step) -> tuple[str, ...]:
        """The proofs a step needs: its own, and all of 四个不放过 where it ends in 销号."""
        if step.to not in self.final or step.to in self.void:
            return step.needs
        return tuple(dict.fromkeys((*step.needs, *(p for names in self.four.values() for p in names))))

    def steps_from(self, state: str) -> list[Step]:
        return [s for s in self.step if state in s.start]

    def forward(self, state: str) -> Step | None:
        """The step that leads on from `state`, the first declared that is neither a return nor an end that is no 销号."""
        return next((s for s in self.steps_from(state) if not s.back and s.to not in self.void), None)

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

    year: int | None = None
    """the year it is for; else the one most of its days lie in"""
    off: tuple[str, ...]
    """`2026-10-08`, or first and last `2026-10-01/2026-10-07`"""
    work: tuple[str, ...] = ()
    """days worked that would be off"""
    hours: tuple[str, ...] = ("09:00-12:00", "13:30-17:30")
    """of a working day, for limits in working hours"""

    @property
    def of(self) -> int:
        """The year it is for."""
        said = [int(text[:4]) for text in self.off]
        return self.year or max(set(said), key=said.count)


class Same(Part):
    """When two cases are proposed as one (疑似重复)."""

    metres: int = Field(200, gt=0)
    days: int = Field(30, gt=0)
    share: float = Field(0.4, gt=0, le=1)
    """pairs of characters their words share"""


class Repeat(Part):
    """When a place is called a repeat place (重复发生地点)."""

    metres: int = Field(150, gt=0)
    days: int = Field(365, gt=0)
    least: int = Field(3, gt=1)


class Rung(Part):
    """One rung of the overdue ladder (逾期阶梯): working days past the limit, and what follows."""

    kind: Literal["remind", "supervise", "interview"]
    title: str
    after: int = Field(ge=0)
    """working days past the limit"""


@kinds.add("case_rules")
class CaseRules(Declaration):
    """What holds for cases of all sorts (事项通则): duplicates, repeat places, league, overdue ladder."""

    words: ClassVar[str] = "事项通则"

    same: Same = Same()
    repeat: Repeat = Repeat()
    league_least: int = Field(5, gt=0)
    """cases a unit must have had to be ranked"""
    rung: tuple[Rung, ...] = ()

    @model_validator(mode="after")
    def _rungs_rise(self):
        if [r.after for r in self.rung] != sorted({r.after for r in self.rung}):
            raise ValueError("rung：after 须逐级增大")
        return self
