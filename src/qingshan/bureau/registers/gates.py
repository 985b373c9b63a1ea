"""What must be so before an entry takes a state (状态的门槛): fields filled, conditions met, a quota not overdrawn. Knows no database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field as Key
from pydantic import model_validator

from qingshan.bureau.base.packs.declared import Part
from qingshan.bureau.registers import rules


class Gate(Part):
    """A door into states: nobody takes an entry through it with less."""

    to: tuple[str, ...] = ()
    """states it stands before; empty: all, a rule for entries of whatever state"""
    from_: tuple[str, ...] = Key((), alias="from")
    """states an entry must come from; a new entry may be entered as it already stands"""
    when: tuple[rules.Condition, ...] = ()
    """only for entries for which all of these hold"""
    needs: tuple[str, ...] = ()
    """fields that must be filled"""
    must: tuple[rules.Condition, ...] = ()
    """conditions that must all hold; the words say what must be so: 已断电"""
    basis: str = ""

    @model_validator(mode="after")
    def _asks(self) -> Gate:
        if not (self.from_ or self.needs or self.must):
            raise ValueError("gate：from、needs、must 至少写一个")
        if any(c.count for c in (*self.when, *self.must)):
            raise ValueError("gate：条件不能用 count")
        return self


class Book(Part):
    """Amounts booked against a total in another register (额度): what approved entries take may not exceed what there is."""

    title: str = Key(min_length=1)
    field: str
    """the number field of this register that is booked"""
    in_: tuple[str, ...] = Key(alias="in", min_length=1)
    """states in which it is"""
    of: str
    """the register that holds the total"""
    total: str
    """its number field"""
    of_in: tuple[str, ...] = ()
    """states of that register that count; empty: all"""


def empty(gates: Sequence[Gate], said: Mapping[str, Any], on: dt.date) -> tuple[str, ...]:
    """The fields an entry, as it would stand, has to have filled and has not."""
    asked = [name for gate in gates if _stands_before(gate, said, on) for name in gate.needs]
    return tuple(name for name in dict.fromkeys(asked) if said.get(name) in (None, ""))


def _stands_before(gate: Gate, said: Mapping[str, Any], on: dt.date) -> bool:
    return (not gate.to or said.get("state", "") in gate.to) and all(rules.holds(c, said, {}, on) for c in gate.when)


def lacking(
    gates: Sequence[Gate], titles: Mapping[str, str], states: Mapping[str, str], was: str, said: Mapping[str, Any], on: dt.date
) -> list[str]:
    """What keeps an entry, as it would stand (`said`, with ``state``), out of its state.

    `was` is the state it comes from, empty for a new one; `titles` and `states` are the words for fields and states.
    """
    lines: list[str] = []
    now = said.get("state", "")
    for gate in gates:
        if not _stands_before(gate, said, on):
            continue
        if gate.from_ and was and was != now and was not in gate.from_:
            lines.append(f"须先是“{'”或“'.join(states[s] for s in gate.from_)}”，现在是“{states.get(was, was)}”")
        blank = [titles[name] for name in empty((gate,), said, on)]
        lines += [f"没有填{'、'.join(blank)}"] if blank else []
        lines += [f"没有做到：{c.words}" for c in gate.must if not rules.holds(c, said, {}, on)]
    return list(dict.fromkeys(lines))
