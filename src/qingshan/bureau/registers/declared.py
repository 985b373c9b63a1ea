"""What a bureau declares here: registers (登记册) with their fields, states and who sees them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field as Key
from pydantic import model_validator

from qingshan.bureau.base import linked
from qingshan.bureau.base.linked import counts
from qingshan.bureau.base.packs import Declaration, kinds
from qingshan.bureau.base.packs.declared import Part
from qingshan.bureau.registers import figured, gates, musts, rules
from qingshan.terms.registry import unknown

RESERVED = ("area", "state", "lon", "lat", "id", "register", "version", "day", "basis")
"""Names that every entry has of itself"""
PAGES = ("due", "coverage", "firm", "duplicates", "compose", "at")
"""names that pages over all registers have in the address"""


NUMBERING = re.compile(r"(?:[^{}\s]|\{(?:town|街镇|year|年)\}){0,60}\{(?:n|序号)\}")
WHOLE, EDITORS = "bureau", "editor"
"""who may see a field, beside roles: those who see the whole bureau, those who keep registers"""


class Field(Part):
    """One field of a register: what is written in it and how it is checked."""

    name: str = Key(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    title: str = Key(min_length=1)
    type: Literal["text", "number", "integer", "date", "choice", "flag"] = "text"
    unit: str = ""
    decimals: int | None = Key(None, ge=0, le=6)
    low: float | None = None
    """least value of a number"""
    high: float | None = None
    """largest value of a number"""
    choices: dict[str, str] = {}
    """stored word → word shown, of a `choice`"""
    required: bool = True
    key: bool = False
    """the entry's own number, taken once in its register"""
    heading: bool = False
    """the entry's name; the key where no field says so"""
    help: str = ""
    entry_of: str = ""
    """the register in which what is written here is the number of an entry: 产生单位 of a transfer"""
    group: str = ""
    """the heading it stands under in the form of an entry"""
    scored: bool = True
    """counts in how complete an entry is (完整度)"""
    seen_by: tuple[str, ...] = ()
    """who sees it and fills it in: ``bureau`` (the whole bureau, no town), ``editor`` (who keeps registers), or roles; empty: all"""

    @model_validator(mode="after")
    def _sense(self) -> Field:
        if self.name in RESERVED:
            raise ValueError(f"字段不能叫“{self.name}”：每个条目本来就有")
        if self.seen_by and (self.key or self.heading):
            raise ValueError(f"字段“{self.name}”：编号和名称到处要用，不能写 seen_by")
        if self.entry_of and self.type != "text":
            raise ValueError(f"字段“{self.name}”：entry_of 只用于文字")
        if (self.type == "choice") != bool(self.choices):
            raise ValueError(f"字段“{self.name}”：type = “choice”与 choices 要一起写")
        if self.type not in ("number", "integer") and (self.low is not None or self.high is not None or self.decimals is not None):
            raise ValueError(f"字段“{self.name}”：low、high、decimals 只用于 number、integer")
        return self

    @property
    def is_number(self) -> bool:
        return self.type in ("number", "integer")

    @property
    def label(self) -> str:
        """The title with its unit: 入河水量（m³/d）."""
        return f"{self.title}（{self.unit}）" if self.unit else self.title


class Light(Part):
    """When an entry's light turns: a date field, days before it, and the states in which it matters."""

    by: str
    warn: int = Key(30, ge=0, le=3660)
    in_: tuple[str, ...] = Key((), alias="in")


class Whose(Part):
    """Whose an entry is (主体): the fields of the firm's credit code and name."""

    code: str
    name: str


def _fits(field: Field | None, said: rules.Condition) -> bool:
    """Whether a condition on a day or a number is put to a field of that type."""
    return field is not None and (field.type == "date" if said.older is not None else field.is_number)


@kinds.add("registers")
class Register(Declaration):
    """A register, list or directory (登记册、清单、名录): what is kept of each entry."""

    words: ClassVar[str] = "登记册"

    shape: Literal["none", "point", "area"] = "none"
    """whether entries have a place on the map: a point, or an outline whose every version is kept"""
    keeper: str = ""
    """the office that keeps it, as people know it"""
    seen_by: tuple[Literal["town"], ...] = ()
    """who else sees it, each in its own area; the whole bureau always does"""
    numbering: str = ""
    """how an entry without a number gets one: ``GD-{year}-{n}``, ``MTG-{街镇}-{年}-{序号}``; empty: every number is written by hand"""
    state: dict[str, str] = {}
    """stored word → word shown; the first is where an entry starts"""
    light: Light | None = None
    due: tuple[rules.Due, ...] = ()
    """what else falls due, beside the light's own date"""
    locked: tuple[str, ...] = ()
    """states in which what an entry says cannot be changed: it is first sent back to another state, with the reason"""
    must: tuple[musts.Must, ...] = ()
    """what every entry must have in another register, so often in a span (每家每年至少一次演练)"""
    grade: rules.Grade | None = None
    """the grade an entry has by rule (红黄绿、信用、风险)"""
    figure: tuple[figured.Figure, ...] = ()
    """numbers that follow from fields"""
    shortlist: tuple[rules.Shortlist, ...] = ()
    """entries picked by rule"""
    gate: tuple[gates.Gate, ...] = ()
    """what must be so before an entry takes a state"""
    book: tuple[gates.Book, ...] = ()
    """amounts booked against a total in another register"""
    finding: str = "entry_finding"
    """the workflow (`cases`) opened at an entry: 检查发现"""
    checklist: str = ""
    """the register of clauses a finding may name (检查条款)"""
    clauses: dict[str, tuple[str, ...]] = {}
    """of its entries, only those whose fields have one of these values"""
    firm: Whose | None = None
    """whose an entry is; without it, the field titled …信用代码 and the firm's name beside it"""
    total: str = ""
    """the number added up in the file of a firm: its fines, its tax"""
    coverage: Literal["", "town"] = ""
    """every town must have an entry"""
    field: tuple[Field, ...] = Key(min_length=1)
    retired: tuple[Field, ...] = ()
    """fields no longer asked (停用): kept in old entries and their past, gone from the form, the list and the sheet"""

    @model_validator(mode="after")
    def _sense(self) -> Register:
        if self.numbering and not NUMBERING.fullmatch(self.numbering):
            raise ValueError(
                f"numbering（自动编号）写成“{self.numbering}”；写法：固定的字加 {{街镇}}、{{年}}，"
                "最后是 {序号}，如 MTG-{街镇}-{年}-{序号}"
            )
        if kept := [f.title for f in self.retired if f.key or f.heading]:
            raise ValueError(f"字段“{kept[0]}”作编号或名称，不能停用；先改由别的字段作名称")
        used = {f.name for f in self.field} & {f.name for f in self.retired}
        if used:
            raise ValueError(f"字段“{sorted(used)[0]}”既在用又已停用；停用字段的代码不能再给别的字段用")
        names = [f.name for f in self.field]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise ValueError(f"字段“{twice[0]}”写了两次")
        titles = [f.title for f in self.field]
        if len(set(titles)) < len(titles):
            raise ValueError("两个字段的 title 相同；Excel 往返按 title 对列，须各不相同")
        if [f.key for f in self.field].count(True) != 1:
            raise ValueError("须有且只有一个字段写 key = true（条目自己的编号）")
        if [f.heading for f in self.field].count(True) > 1:
            raise ValueError("heading = true 只能写在一个字段上")
        if self.light:
            dates = [f.name for f in self.field if f.type == "date"]
            if self.light.by not in dates:
                raise ValueError(f"light.by：{unknown('日期字段', self.light.by, dates)}")
            for state in self.light.in_:
                if state not in self.state:
                    raise ValueError(f"light.in：{unknown('状态', state, self.state)}")
        if self.numbering and self.key.type != "text":
            raise ValueError("写了 numbering（自动编号），编号字段须是文字（type = “text”）")
        if self.name in PAGES:
            raise ValueError(f"登记册不能叫“{self.name}”：这个地址是汇总页")
        for name in (self.firm.code, self.firm.name) if self.firm else ():
            if name not in names:
                raise ValueError(f"firm：{unknown('字段', name, names)}")
        if self.whose and any(f.seen_by for f in self.field if f.name in (self.whose.code, self.whose.name)):
            raise ValueError(f"字段“{self.whose.code}”“{self.whose.name}”用来归一企一档和查重，不能写 seen_by")
        numbers = [f.name for f in self.field if f.is_number]
        if self.total and self.total not in numbers:
            raise ValueError(f"total：{unknown('数字字段', self.total, numbers)}")
        self._dues_make_sense()
        self._figures_make_sense()
        self._conditions_make_sense("grade", self.grade.conditions if self.grade else ())
        for short in self.shortlist:
            self._conditions_make_sense(f"shortlist“{short.title}”", short.when)
        self._gates_make_sense()
        self._states_make_sense()
        return self

    def _states_make_sense(self) -> None:
        names = [f.name for f in self.field]
        for key, states in (("locked", self.locked), *((f"must“{m.title}”", m.in_) for m in self.must)):
            if strange := [state for state in states if state not in self.state]:
                raise ValueError(f"{key}：{unknown('状态', strange[0], self.state)}")
        if self.locked and set(self.locked) == set(self.state):
            raise ValueError("locked：至少要有一个状态没有锁定，否则改不了错")
        for must in self.must:
            if must.own and must.own not in names:
                raise ValueError(f"must“{must.title}”的 own：{unknown('字段', must.own, names)}")

    def _figures_make_sense(self) -> None:
        fields = {f.name: f for f in self.field}
        made = [*(f.name for f in self.figure), *(s.name for s in self.shortlist)]
        types = {f.name: "number" if f.is_number else f.type for f in self.field}
        for name in made:
            if name in fields or name in RESERVED or made.count(name) > 1:
                raise ValueError(f"算出的栏、清单“{name}”与别的同名")
        for figure in self.figure:
            for name in figure.inputs:
                if name not in types:
                    raise ValueError(f"figure“{figure.title}”：{unknown('字段', name, types)}")
                if types[name] != figure.wants:
                    raise ValueError(f"figure“{figure.title}”：“{self.title_of(name)}”的类型不对，须是 {figure.wants}")
            types[figure.name] = "number"  # one that follows may rest on it

    def _gates_make_sense(self) -> None:
        names = {f.name: f for f in self.field}
        for gate in self.gate:
            for state in (*gate.to, *gate.from_):
                if state not in self.state:
                    raise ValueError(f"gate：{unknown('状态', state, self.state)}")
            for name in gate.needs:
                if name not in names:
                    raise ValueError(f"gate：{unknown('字段', name, names)}")
            self._conditions_make_sense("gate", (*gate.when, *gate.must))
        for book in self.book:
            if book.field not in names or not names[book.field].is_number:
                raise ValueError(f"book“{book.title}”：“{book.field}”不是数的字段")
            if strange := [s for s in book.in_ if s not in self.state]:
                raise ValueError(f"book“{book.title}”：{unknown('状态', strange[0], self.state)}")

    def _dues_make_sense(self) -> None:
        dates = [f.name for f in self.field if f.type == "date"]
        for due in self.due:
            if due.by not in dates:
                raise ValueError(f"due“{due.title}”：{unknown('日期字段', due.by, dates)}")
            if strange := [state for state in due.in_ if state not in self.state]:
                raise ValueError(f"due“{due.title}”：{unknown('状态', strange[0], self.state)}")

    def _conditions_make_sense(self, where: str, conditions: Sequence[rules.Condition]) -> None:
        fields = {f.name: f for f in self.field}
        made = {f.name for f in self.figure}
        for said in conditions:
            if said.count:
                continue  # rooms that count are known once all have started
            field = fields.get(said.field)
            if field is None and said.field not in made and not (said.field == "state" and self.state):
                raise ValueError(f"{where}“{said.words}”：{unknown('字段', said.field, fields)}")
            if said.is_:
                known = {True, False} if field and field.type == "flag" else set(field.choices if field else self.state)
                if strange := [value for value in said.is_ if known and value not in known]:
                    raise ValueError(f"{where}“{said.words}”：{unknown('取值', str(strange[0]), known)}")
            elif said.empty is None and said.field not in made and not _fits(field, said):
                raise ValueError(f"{where}“{said.words}”：older 只用于日期，above、below、at_least、at_most 只用于数")

    def faults(self, catalogue) -> list[str]:
        asked = [c.count for c in self.grade.conditions if c.count] if self.grade else []
        lines = [unknown("关联计数", name, counts) for name in asked if name not in counts]
        known = {WHOLE, EDITORS, *catalogue.items.get("roles", {})}
        lines += [f"字段“{f.name}”的 seen_by：{unknown('角色', who, known)}" for f in self.known for who in f.seen_by if who not in known]
        flows, registers = catalogue.items.get("cases", {}), catalogue.items.get("registers", {})
        if self.finding not in flows and self.finding != "entry_finding":
            lines.append(f"finding：{unknown('流程', self.finding, flows)}")
        lines += [said for must in self.must for said in musts.faults(must, catalogue)]
        named = [*(f.entry_of for f in self.field), *(b.of for b in self.book), self.checklist]
        lines += [unknown("登记册", name, registers) for name in named if name and name not in registers]
        for book in self.book:
            if book.of in registers:
                there = registers[book.of][-1].declaration
                if not any(f.name == book.total and f.is_number for f in there.field):
                    lines.append(f"book“{book.title}”：{there.title}没有数的字段“{book.total}”")
        return lines

    def said(self, state: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """An entry as conditions see it: its fields, its state, and the numbers that follow from them."""
        return {**values, "state": state} | self.figures(values)

    def figures(self, values: Mapping[str, Any]) -> dict[str, float | None]:
        """The numbers that follow from an entry's fields."""
        said, made = dict(values), {}
        for f in self.figure:
            said[f.name] = made[f.name] = figured.figured(f, said, linked.calendar)
        return made

    def lists(self, said: Mapping[str, Any], on: dt.date) -> dict[str, bool]:
        """On which shortlists an entry, as conditions see it, is."""
        return {short.name: rules.listed(short, said, on) for short in self.shortlist}

    def inputs(self, name: str) -> set[str]:
        """The fields written by people behind a field, a figure or a shortlist."""
        if figure := next((f for f in self.figure if f.name == name), None):
            return set().union(*(self.inputs(used) for used in figure.inputs))
        if short := next((s for s in self.shortlist if s.name == name), None):
            return set().union(*(self.inputs(c.field) for c in short.when))
        return {name}

    def title_of(self, name: str) -> str:
        """How people call a field, a figure or the state."""
        if name == "state":
            return "状态"
        return next((f.title for f in (*self.field, *self.figure) if f.name == name), name)

    @property
    def whose(self) -> Whose | None:
        """The fields that say which firm an entry belongs to; None where no field is a credit code."""
        if self.firm:
            return self.firm
        code = next((f.name for f in self.field if f.title.endswith("信用代码")), None)
        if code is None:
            return None
        names = [f.name for f in self.field]
        beside = "owner" if code.startswith("owner") else "firm"
        return Whose(code=code, name=beside if beside in names else self.heading.name)

    @property
    def dues(self) -> tuple[rules.Due, ...]:
        """All that falls due: the light's date first."""
        if self.light is None:
            return self.due
        title = self.get(self.light.by).title
        own = rules.Due.model_validate({"title": title, "by": self.light.by, "warn": self.light.warn, "in": self.light.in_})
        return (own, *self.due)

    def complete(self, values: dict, has_place: bool) -> tuple[int, list[str]]:
        """How much of an entry is filled, in whole percent rounded down, and the titles of what is not."""
        asked = {f.title: values.get(f.name) not in (None, "") for f in self.field if f.scored and not f.key}
        asked |= {"经纬度": has_place} if self.shape == "point" else {}
        return (100 * sum(asked.values()) // len(asked) if asked else 100), [title for title, there in asked.items() if not there]

    @property
    def known(self) -> tuple[Field, ...]:
        """Every field an entry or its past may have, those no longer asked too."""
        return (*self.field, *self.retired)

    @property
    def key(self) -> Field:
        return next(f for f in self.field if f.key)

    @property
    def heading(self) -> Field:
        return next((f for f in self.field if f.heading), self.key)

    @property
    def start(self) -> str:
        """The state a new entry has; empty where the register has no states."""
        return next(iter(self.state), "")

    def get(self, name: str) -> Field:
        """A field by name; LookupError with those there are otherwise."""
        found = next((f for f in self.field if f.name == name), None)
        if found is None:
            raise LookupError(unknown(f"{self.title}的字段", name, [f.name for f in self.field]))
        return found

    def light_of(self, state: str, values: dict, on: dt.date) -> tuple[str, str]:
        """The light of an entry and its words: red once past the date, amber some days before; none where it does not matter."""
        if self.light is None or (self.light.in_ and state not in self.light.in_):
            return "none", ""
        written = values.get(self.light.by)
        if not written:
            return "none", ""
        return rules.light((dt.date.fromisoformat(written) - on).days, self.light.warn)
