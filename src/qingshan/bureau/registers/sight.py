"""Who sees which field of a register (字段可见): every page, sheet, search and sum works on the register as one person sees it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.crypto import salted_hmac

from qingshan.bureau.base.models import Person
from qingshan.bureau.registers.declared import EDITORS, WHOLE, Field, Register
from qingshan.bureau.registers.models import Entry


def as_seen(of: Register, person: Person | None) -> Register:
    """The register with the fields a person sees; rules that ask a hidden one go with it. None, a set-up command, sees all."""
    if person is None or person.is_superuser or not any(f.seen_by for f in of.known):
        return of
    hidden = {f.name for f in of.known if not sees(person, f)}
    if not hidden:
        return of
    asked = set().union(*(of.inputs(c.field) for c in of.grade.conditions)) if of.grade else set()
    return of.model_copy(
        update={
            "field": tuple(f for f in of.field if f.name not in hidden),
            "retired": tuple(f for f in of.retired if f.name not in hidden),
            "light": None if of.light and of.light.by in hidden else of.light,
            "due": tuple(due for due in of.due if due.by not in hidden),
            "grade": None if asked & hidden else of.grade,
            "figure": tuple(f for f in of.figure if not of.inputs(f.name) & hidden),
            "shortlist": tuple(x for x in of.shortlist if not of.inputs(x.name) & hidden),
        }
    )


def sees(person: Person, field: Field) -> bool:
    """Whether a person sees a field: all do where it names nobody."""
    if not field.seen_by or person.is_superuser:
        return True
    if WHOLE in field.seen_by and person.scope_areas() is None:
        return True
    if EDITORS in field.seen_by and person.has_perm("registers.edit_entry"):
        return True
    return not _roles(person).isdisjoint(field.seen_by)


def values(entry: Entry, of: Register) -> dict[str, Any]:
    """What an entry says in the fields of a register as someone sees it."""
    return {f.name: entry.values.get(f.name) for f in of.field}


def shows(person: Person, of: Register, names: Collection[str]) -> bool:
    """Whether a person sees all of these fields (and ``state``, which everyone sees)."""
    asked = set().union(*(of.inputs(name) for name in names))
    return all(sees(person, field) for field in of.field if field.name in asked)


def sealed(of: Register, entry_id: int, said: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """An entry as the audit trail keeps it: of a field not everyone sees, only a keyed digest that shows whether it was the same."""
    guarded = {f.name for f in of.known if f.seen_by}
    if said is None or not guarded:
        return dict(said) if said is not None else None
    values = {name: _digest(entry_id, name, value) if name in guarded else value for name, value in said["values"].items()}
    return {**said, "values": values}


def _digest(entry_id: int, name: str, value: Any) -> str | None:
    if value is None:
        return None
    return f"限定可见#{salted_hmac('registers.field', f'{entry_id}.{name}.{value!r}', algorithm='sha256').hexdigest()[:16]}"


def _roles(person: Person) -> frozenset[str]:
    if not hasattr(person, "_role_names"):
        person._role_names = frozenset(person.groups.values_list("name", flat=True))
    return person._role_names
